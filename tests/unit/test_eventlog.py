"""Claims about `funnelsim.eventlog`: the table, the names of customers, and files written whole or not at all."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd
import pytest

from funnelsim.errors import InputError, MissingExtraError
from funnelsim.eventlog import (
    CUSTOMER,
    END,
    LOST,
    NEXT,
    OPEN,
    OUTCOMES,
    VISIT,
    WON,
    EventLog,
    customer_ids,
    replacing,
)
from funnelsim.logfiles import write_log

NAN = math.nan
COLUMNS = [
    "customer", "source", "segment", "parent", "stage", "visit", "touchpoint", "entered", "started", "served",
    "left", "outcome", "cause", "to", "value", "cost",
]  # fmt: skip

#: Row 0 refers row 2, which refers row 1: parents may stand below their children.
PEOPLE = [
    (11, 0, 0, 17, -1, -1, 0, 0, 0.5, True, 3.0),
    (12, -1, 0, 0, 2, 1, 1, 2, 9.0, False, 0.0),
    (13, -1, 0, 3, 0, 1, 0, 0, 6.0, False, 0.0),
    (14, 0, 1, 17, -1, -1, 0, 0, 0.75, True, 3.0),
    (15, 1, 0, 17, -1, -1, 0, 0, 1.0, True, 3.0),
]
VISITS = [
    (0, 1, 0, 1, 0, -1, 0.5, 0.5, 0.75, 1.0, NEXT, -1, 1, 0.0, 0.0, 2.0, 0.5),
    (0, 1, 1, 1, 1, -1, 1.0, 1.0, 1.0, 2.0, WON, -1, -1, 100.0, 65.0, 0.0, 0.0),
    (0, 0, 1, 2, 1, -1, 2.0, 2.0, 2.0, 3.0, END, -1, -1, 50.0, 20.0, 0.0, 0.0),
    (1, 0, -1, 0, -1, -1, 9.0, NAN, NAN, NAN, OPEN, -1, -1, 0.0, 0.0, 0.0, 0.0),
    (2, 0, 0, 1, 0, -1, 6.0, NAN, NAN, 6.5, LOST, 1, -1, 0.0, 0.0, 2.0, 0.0),
]


def make_log(people: list[tuple[Any, ...]], visits: list[tuple[Any, ...]]) -> EventLog:
    """An event log of a funnel of two stages."""
    return EventLog(
        customers=np.array(people, dtype=CUSTOMER),
        visits=np.array(visits, dtype=VISIT),
        stages=("request", "payment"),
        causes=("forgot", "spam"),
        sources=("ads", "письма"),
        touchpoints=("rest", "phone"),
        variants=("", "enterprise+regular"),
        start="2026-01-05",
        provenance={},
    )


@pytest.fixture
def log() -> EventLog:
    """A small history with every outcome."""
    return make_log(PEOPLE, VISITS)


def test_table_has_the_columns_of_the_format(log: EventLog) -> None:
    """One row per visit, in the documented columns, with names in the place of numbers."""
    table = log.table
    assert list(table.columns) == COLUMNS
    first = dict(zip(COLUMNS, table.iloc[0], strict=True))
    assert first | {"parent": None, "cause": None} == {
        "customer": "ads:17", "source": "ads", "segment": "enterprise+regular", "parent": None, "stage": "request",
        "visit": 1, "touchpoint": "rest", "entered": 0.5, "started": 0.5, "served": 0.75, "left": 1.0,
        "outcome": "next", "cause": None, "to": "payment", "value": 0.0, "cost": 2.5,
    }  # fmt: skip
    assert table["outcome"].tolist() == ["next", "won", "end", "open", "lost"]
    assert table["cost"].tolist() == [2.5, 65.0, 20.0, 0.0, 2.0]  # goods + visit + reminders


def test_undefined_cells_are_missing(log: EventLog) -> None:
    """An open visit has no end, a completed one no cause, a customer between stages no stage, an arrival no parent."""
    table = log.table
    between = table.iloc[3]
    missing = ["source", "segment", "stage", "touchpoint", "started", "served", "left", "cause", "to"]
    assert between[missing].isna().all()
    assert table["parent"].isna().tolist() == [True, True, True, False, False]
    assert table["cause"].isna().tolist() == [True, True, True, True, False]


def test_customers_are_named_by_their_origin(log: EventLog) -> None:
    """Arrivals are `source:number`, those of a further copy `source.copy:number`, the referred add to their parent."""
    assert customer_ids(log) == [
        "ads:17",
        "ads:17/payment.0.0.3/payment.1.2.0",
        "ads:17/payment.0.0.3",
        "ads.1:17",
        "письма:17",
    ]
    assert log.table["parent"].dropna().tolist() == ["ads:17/payment.0.0.3", "ads:17"]


def test_names_are_unique_however_deep_the_line() -> None:
    """A line of 3,000 referrals, youngest first in the table, has as many different names."""
    count = 3000
    line = [(row, -1, 0, 0, row + 1, 1, 0, 0, 1.0, False, 0.0) for row in range(count - 1)]
    deep = make_log([*line, (count, 0, 0, 0, -1, -1, 0, 0, 0.0, True, 0.0)], [])
    ids = customer_ids(deep)
    assert len(set(ids)) == count
    assert ids[0].count("/") == count - 1


def test_a_history_without_visits_has_an_empty_table() -> None:
    """Nobody came: the table has its columns and no row."""
    table = make_log([], []).table
    assert list(table.columns) == COLUMNS
    assert len(table) == 0


def test_table_is_a_copy(log: EventLog) -> None:
    """Writing into a table leaves the log as it was."""
    table = log.table
    table.loc[0, "value"] = 999.0
    assert log.table.loc[0, "value"] == 0.0


def test_outcomes_are_named_in_the_order_of_their_codes() -> None:
    """The names of outcomes stand where their codes say."""
    assert [OUTCOMES[code] for code in (NEXT, WON, LOST, END, OPEN)] == ["next", "won", "lost", "end", "open"]


def test_short_forms(log: EventLog) -> None:
    """The text form is one line; the HTML form escapes names."""
    assert repr(log) == "EventLog(5 customers, 5 visits, 2 stages, from 2026-01-05)"
    html = replace(log, stages=("<script>", "payment"))._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_csv_is_read_back_as_it_was(log: EventLog, tmp_path: Path) -> None:
    """A log written as CSV reads back equal, times to the last bit."""
    path = tmp_path / "log.csv"
    third = replace(log, visits=log.visits.copy())
    third.visits["left"][0] = 1.0 / 3.0
    write_log(third, path)
    texts = dict.fromkeys(("customer", "source", "segment", "parent", "cause", "to"), "str")
    pd.testing.assert_frame_equal(pd.read_csv(path, dtype=texts), third.table)
    assert [file.name for file in tmp_path.iterdir()] == ["log.csv"]


def test_parquet_is_read_back_as_it_was(log: EventLog, tmp_path: Path) -> None:
    """A log written as Parquet reads back equal."""
    path = tmp_path / "log.parquet"
    write_log(log, path)
    pd.testing.assert_frame_equal(pd.read_parquet(path), log.table)


def test_parquet_without_pyarrow_says_what_to_install(
    log: EventLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pyarrow one line says how to get it, and no file is left."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pyarrow is not installed; .* 'funnelsim\[data\]'"):
        write_log(log, tmp_path / "log.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["log", "log.xlsx", "log.csv.gz"])
def test_other_files_are_refused(log: EventLog, tmp_path: Path, name: str) -> None:
    """Only .csv and .parquet are written."""
    with pytest.raises(InputError, match=r"ending in \.csv or \.parquet"):
        write_log(log, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_an_error_of_the_input(log: EventLog, tmp_path: Path) -> None:
    """Where the folder is missing, the message names the file."""
    with pytest.raises(InputError, match=r"nowhere/log\.csv: cannot be written: No such file"):
        write_log(log, tmp_path / "nowhere" / "log.csv")


def test_a_failed_write_leaves_the_old_file(log: EventLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk fills up half way, the file of before is untouched and nothing else is left."""
    path = tmp_path / "log.csv"
    path.write_text("old", encoding="utf-8")

    def fill_up(_: pd.DataFrame, file: TextIO, **_options: object) -> None:
        file.write("customer,sou")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fill_up)
    with pytest.raises(InputError, match=r"cannot be written: No space left on device"):
        write_log(log, path)
    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["log.csv"]


def test_replacing_keeps_the_old_file_when_interrupted(tmp_path: Path) -> None:
    """An interrupt while writing leaves the old file and no temporary one."""
    path = tmp_path / "result.txt"
    path.write_text("old", encoding="utf-8")

    def write() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["result.txt"]


@pytest.mark.parametrize("module", ["eventlog", "counts", "tallies", "simulation", "ledger", "comparison"])
def test_tables_are_loaded_when_asked_for(module: str) -> None:
    """Importing what computes does not import pandas, joblib or pydantic, so that a first answer comes soon."""
    code = f"import sys, funnelsim.{module}; print([m for m in ('pandas', 'joblib', 'pydantic') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
