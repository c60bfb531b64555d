"""Claims about `funnelsim.histories` and `funnelsim.logfiles`: written in chunks, a history is the same file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnelsim import histories, logfiles
from funnelsim.engines.compiled import histories as compiled_histories
from funnelsim.engines.compiled.building import make_tables
from funnelsim.errors import InputError, RunawayError
from funnelsim.eventlog import EventLog
from funnelsim.files.loading import load, loads
from funnelsim.histories import history, stream_history, write_history
from funnelsim.logfiles import make_csv_writer, tabulate, write_log, write_logs
from funnelsim.model import Funnel, Run
from funnelsim.plan import make_plan
from tests.engines.agreement import short
from tests.engines.studies import Drawn, studies

ROOT = Path(__file__).parents[2]
REFERRING = """
funnelsim: 1
sources: {ads: {arrivals: 20 / d}, list: {batch: 100, at: 1 d}}
pipeline: {shop: {count: 150, age: 3 d}}
stages:
  - {name: shop, takes: {exponential: {mean: 1 d}}, causes: {no_trust: 30%}}
  - {name: purchase, revenue: {exponential: {mean: 50}},
     referrals: {mean: 0.8, enters: shop, after: {exponential: {mean: 2 d}}}}
run: {horizon: 30 d, seed: 4}
"""
SCENARIOS = sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml"))


def print_log(log: EventLog) -> str:
    """A log as one CSV text, made at once."""
    file = io.StringIO()
    log.table.to_csv(file, index=False, lineterminator="\n")
    return file.getvalue()


def print_chunks(funnel: Funnel, run: Run, customers: int) -> tuple[str, int]:
    """The CSV text of a history made in chunks of so many customers, and how many chunks there were."""
    file, number = io.StringIO(), 0
    write = make_csv_writer(file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled_histories, "CUSTOMERS", customers)
        for log in stream_history(funnel, run, 0, "compiled", allow_large=True):
            number += 1
            for table in tabulate(log):
                write(table)
    return file.getvalue(), number


@settings(max_examples=40)
@given(drawn=studies(), customers=st.sampled_from((1, 2, 7, 40)))
def test_chunks_are_the_whole(drawn: Drawn, customers: int) -> None:
    """Random funnels over the whole format: the rows of any chunks are those of the whole, in its order."""
    check_chunks(drawn, customers)


def check_chunks(drawn: Drawn, customers: int) -> None:
    """Compare the history of a drawn study, made in chunks of so many customers, with the whole."""
    try:
        whole = print_log(history(drawn.funnel, run=drawn.run))
    except RunawayError:
        return
    found, number = print_chunks(drawn.funnel, drawn.run, customers)
    assert found == whole
    tables, _ = make_tables(make_plan(drawn.funnel, drawn.run))
    assert number == 1 or not tables.step["meets"].any()  # whom no stage calls, or only in the same call, nobody meets


@pytest.mark.parametrize("name", SCENARIOS)
def test_shipped_scenarios_in_chunks(name: str) -> None:
    """The base of every shipped file, with a pipeline, referrals, returns and several sources."""
    study = load(ROOT / "scenarios" / f"{name}.yaml")
    run = short(study, 60.0, 700)
    found, number = print_chunks(study.funnel, run, 100)
    assert found == print_log(history(study.funnel, run=run))
    assert (number > 3) != bool(study.funnel.teams)


@pytest.fixture
def study() -> tuple[Funnel, Run]:
    """Some hundred customers of two sources, open deals, and several generations of the referred."""
    loaded = loads(REFERRING)
    return loaded.funnel, loaded.run


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_files_do_not_depend_on_chunks(
    study: tuple[Funnel, Run], ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the chunks and the slices, a file has the same bytes, and a CSV file those of the table as a whole."""
    funnel, run = study
    log = history(funnel, run=run)
    monkeypatch.setattr(logfiles, "ROWS", 500)
    write_log(log, tmp_path / f"whole{ending}")
    whole = (tmp_path / f"whole{ending}").read_bytes()
    for customers in (50, 333):
        monkeypatch.setattr(compiled_histories, "CUSTOMERS", customers)
        write_history(funnel, tmp_path / f"chunks{ending}", run=run)
        assert (tmp_path / f"chunks{ending}").read_bytes() == whole
    assert len(log.visits) > 1000
    if ending == ".csv":
        assert whole.decode() == print_log(log)
    else:
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "chunks.parquet"), log.table)


def test_slices_keep_names(study: tuple[Funnel, Run]) -> None:
    """Slices of any size are the table, the names of the referred and of those who referred them included."""
    funnel, run = study
    log = history(funnel, run=run)
    assert (log.customers["parent"] >= 0).sum() > 5
    for rows in (1, 7, 100):
        few = replace(log, visits=log.visits[-300:])
        named = replace(
            few, names=np.array([f"n{i}" for i in range(len(log.customers))], dtype=np.dtypes.StringDType())
        )
        pd.testing.assert_frame_equal(pd.concat(tabulate(named, rows), ignore_index=True), named.table)
        pd.testing.assert_frame_equal(pd.concat(tabulate(few, rows), ignore_index=True), few.table)


def test_a_log_without_visits_has_a_header(study: tuple[Funnel, Run], tmp_path: Path) -> None:
    """A file of nobody has the names of the columns, however many parts it had."""
    log = history(study[0], run=study[1])
    nobody = replace(log, customers=log.customers[:0], visits=log.visits[:0])
    write_logs([nobody, nobody], tmp_path / "log.csv")
    assert (tmp_path / "log.csv").read_text(encoding="utf-8") == print_log(nobody)
    write_logs([nobody, log], tmp_path / "log.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "log.parquet"), log.table)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_what_goes_wrong_half_way_leaves_nothing(study: tuple[Funnel, Run], ending: str, tmp_path: Path) -> None:
    """If making the second part fails, or the disk is full then, the old file stays and no other is left."""
    path = tmp_path / f"log{ending}"
    path.write_text("old", encoding="utf-8")
    log = history(study[0], run=study[1])

    def fail(error: Exception) -> Iterator[EventLog]:
        yield log
        raise error

    with pytest.raises(InputError, match=r"log\.\w+: cannot be written: No space left on device"):
        write_logs(fail(OSError(28, "No space left on device")), path)
    with pytest.raises(RunawayError):
        write_logs(fail(RunawayError("no end")), path)
    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_wrong_ending_is_refused_before_the_run(study: tuple[Funnel, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is run for a file that could not be written."""

    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("it was run")

    monkeypatch.setattr(histories, "stream_history", fail)
    with pytest.raises(InputError, match=r"ending in \.csv or \.parquet"):
        write_history(study[0], "log.docx", run=study[1])


def test_memory_is_that_of_a_chunk(study: tuple[Funnel, Run]) -> None:
    """No chunk has more customers who were not referred than it may have."""
    funnel, run = study
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled_histories, "CUSTOMERS", 60)
        logs = list(stream_history(funnel, run, 0, "compiled"))
    assert max(int((log.customers["parent"] < 0).sum()) for log in logs) <= 60
