"""Our own event log is read back equal: the inverse of `write_log`."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from funnelsim.errors import InputError
from funnelsim.eventlog import EventLog
from funnelsim.files.loading import load
from funnelsim.histories import history
from funnelsim.logfiles import write_log
from funnelsim.reading.logs import read_log

FILES = ["b2b_sales", "problem_to_repeat"]


def simulate_some(root: Path, name: str) -> EventLog:
    """A short history of a shipped funnel."""
    study = load(root / "scenarios" / f"{name}.yaml")
    if study.run.horizon is None:
        return history(study.funnel, run=study.run, cohort=300)
    return history(study.funnel, run=study.run, horizon=min(study.run.horizon, 30.0))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_written_log_is_read_back_equal(root: Path, tmp_path: Path, name: str, ending: str) -> None:
    """Tables, start, horizon and order of the stages are those of the log that was written, bit for bit."""
    log = simulate_some(root, name)
    path = tmp_path / f"log.{ending}"
    write_log(log, path)
    until = {} if log.until == math.inf else {"censored_at": log.until}
    again = read_log(path, {"shape": "log", "start": log.start, "stages": list(log.stages), **until})
    pd.testing.assert_frame_equal(again.table, log.table)
    assert (again.start, again.until, again.stages) == (log.start, log.until, log.stages)
    np.testing.assert_array_equal(again.customers["parent"], log.customers["parent"])
    np.testing.assert_array_equal(again.visits["entered"], log.visits["entered"])
    assert again.report is not None
    assert (again.report.rows, again.report.dropped) == (len(log.visits), 0)


def test_a_log_without_a_mapping_is_our_own(root: Path, tmp_path: Path) -> None:
    """Without a mapping, time 0 is the usual start, and what is open is open until the last time in the log."""
    log = simulate_some(root, "b2b_sales")
    write_log(log, tmp_path / "log.csv")
    again = read_log(tmp_path / "log.csv")
    assert again.start == "2024-01-01"
    assert 25.0 < float(np.max(again.until)) <= 30.0


def test_a_data_frame_is_read_like_a_file(root: Path) -> None:
    """The table of a log is a source itself."""
    log = simulate_some(root, "smallest")
    pd.testing.assert_frame_equal(read_log(log.table).table, log.table)


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    """A file with other columns needs a mapping, and the message says so."""
    path = tmp_path / "deals.csv"
    path.write_text("id,created\n1,2024-01-01\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"is no event log of funnelsim: it has no column 'customer', .* needs a mapping"
    ):
        read_log(path)


def test_rows_of_a_log_that_make_no_sense_are_refused_with_their_numbers(root: Path, tmp_path: Path) -> None:
    """Our own log has no dirt: what does not fit is refused, with the rows as a spreadsheet numbers them."""
    table = simulate_some(root, "smallest").table.astype({"entered": object})
    table.loc[[0, 2], "outcome"] = "wonn"
    table.loc[3, "entered"] = "soon"
    table.loc[5, "left"] = -5.0
    path = tmp_path / "log.csv"
    table.to_csv(path, index=False)
    with pytest.raises(InputError) as caught:
        read_log(path)
    assert [str(problem).removeprefix(str(path)) for problem in caught.value.problems] == [
        ":2: 'outcome' is none of `next`, `won`, `lost`, `end`, `open` (rows 2, 4)",
        ":5: 'entered' is no number (row 5)",
        ":5: 'entered' is missing (row 5)",
        ":7: 'left' is before 'entered' (row 7)",
    ]
