"""Dirty logs: each is accepted with the very findings that its mapping states, or refused with row numbers.

A case is a log (`NAME.csv` or `NAME.csv.gz`) and its mapping (`NAME.yaml`). The mapping begins with what the case shows
(`# shows: …`) and either the refusals, as they are printed (`# error: …`), or the sum of rows
(`# rows: in = kept + dropped`) and every finding (`# kind: count (rows first, …) 'value' count, …`).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from funnelsim.errors import InputError
from funnelsim.eventlog import EventLog
from funnelsim.findings import DROPPED, NOTED, Report
from funnelsim.reading import sources
from funnelsim.reading.logs import read_log

CASES = Path(__file__).parent.parent / "cases" / "logs"
NAMES = sorted(path.stem for path in CASES.glob("*.yaml"))


def log_of(name: str) -> str:
    """The file name of a case's log."""
    return next(path.name for path in CASES.glob(f"{name}.csv*"))


def stated(name: str) -> list[str]:
    """What a case states."""
    lines = (CASES / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("# ") for line in lines if line.startswith("# ") and not line.startswith("# shows: ")]


def describe(report: Report) -> list[str]:
    """A report, as cases state it."""
    lines = [f"rows: {report.rows} = {report.kept} + {report.dropped}"]
    for finding in report.findings:
        texts = ", ".join(f"{value!r} {count}" for value, count in finding.texts)
        rows = ", ".join(map(str, finding.rows))
        lines.append(f"{finding.kind}: {finding.count} (rows {rows}){' ' * bool(texts)}{texts}")
    return lines


def read_case(name: str) -> EventLog | list[str]:
    """The log of a case, or why it is refused."""
    try:
        return read_log(log_of(name), f"{name}.yaml")
    except InputError as error:
        return [f"error: {problem}" for problem in error.problems]


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)


def test_there_are_enough_cases() -> None:
    """At least 40 dirty logs; together they show every finding but those of tables of counts (`test_counts`)."""
    assert len(NAMES) >= 40
    said = "\n".join("\n".join(stated(name)) for name in NAMES)
    kinds = [kind for kind in (*DROPPED, *NOTED) if not kind.startswith("row_")]
    assert [kind for kind in kinds if f"{kind}: " not in said] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_dirty_log_is_read_as_documented(name: str) -> None:
    """Rows in = rows kept + rows dropped, by reason and with their numbers; or the log is refused with row numbers."""
    result = read_case(name)
    if isinstance(result, list):
        assert result == stated(name)
        return
    assert result.report is not None
    assert describe(result.report) == stated(name)
    assert result.report.rows == result.report.kept + result.report.dropped


@pytest.mark.parametrize("name", NAMES)
def test_a_log_is_the_same_without_pyarrow(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's own reader of CSV, where pyarrow is not installed, finds just the same."""
    with_arrow = read_case(name)
    monkeypatch.setattr(sources, "has_pyarrow", lambda: False)
    without = read_case(name)
    if isinstance(with_arrow, list) or isinstance(without, list):
        assert with_arrow == without
        return
    assert with_arrow.report == without.report
    pd.testing.assert_frame_equal(with_arrow.table, without.table)
