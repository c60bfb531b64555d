"""Claims about logs with known truth: what is exported is read back, and reading finds just the dirt put in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from funnelsim.errors import InputError
from funnelsim.eventlog import EventLog
from funnelsim.files.loading import load
from funnelsim.files.mappings import loads_mapping
from funnelsim.findings import DROPPED, SHOWN_ROWS
from funnelsim.histories import history
from funnelsim.reading.dirt import ADDED, SPOILT, Export, export_log
from funnelsim.reading.logs import read_log

SAME = ["customer", "stage", "outcome", "cause", "to", "value"]


@pytest.fixture(scope="module")
def truth(root: Path) -> EventLog:
    """A history with teams, deals that are open at the start, returns and repeat purchases."""
    study = load(root / "scenarios" / "b2b_sales.yaml")
    return history(study.funnel, run=study.run, horizon=60.0, engine="reference")


def read_export(export: Export, folder: Path) -> EventLog:
    """The log that an export holds."""
    path = folder / "crm.csv"
    path.write_text(export.text, encoding="utf-8")
    return read_log(path, loads_mapping(export.mapping))


def test_a_clean_export_is_read_back(truth: EventLog, tmp_path: Path) -> None:
    """Stages, outcomes, causes, money and times are those of the history; nothing is dropped."""
    log = read_export(export_log(truth), tmp_path)
    assert log.report is not None
    assert log.report.dropped == 0
    table = truth.table[truth.table["stage"].notna()].reset_index(drop=True)
    ours = log.table
    ended = table["outcome"] != "next"
    pd.testing.assert_frame_equal(ours.loc[ended, SAME], table.loc[ended, SAME])
    assert ours["customer"].tolist() == table["customer"].tolist()
    assert ours["stage"].tolist() == table["stage"].tolist()
    shift = (pd.Timestamp(truth.start) - pd.Timestamp(log.start)).days
    np.testing.assert_allclose(ours["entered"], table["entered"] + shift, atol=1e-9)
    assert log.visits["value"].sum() == pytest.approx(truth.visits["value"].sum(), rel=1e-12)


@pytest.mark.parametrize("dirt", [0.01, 0.05])
def test_reading_finds_exactly_the_dirt(truth: EventLog, tmp_path: Path, dirt: float) -> None:
    """Every kind is found where it was put, nothing else is dropped, and what is left is the clean log."""
    export = export_log(truth, dirt=dirt, seed=7)
    assert set(export.planted) == {*ADDED, *SPOILT}
    log = read_export(export, tmp_path)
    assert log.report is not None
    found = {finding.kind: (finding.count, finding.rows) for finding in log.report.findings}
    planted = {kind: (len(rows), rows[:SHOWN_ROWS]) for kind, rows in export.planted.items()}
    assert {kind: found.get(kind) for kind in planted} == planted
    assert {kind for kind in found if kind in DROPPED} == set(ADDED)
    clean = read_export(export_log(truth), tmp_path)
    unspoilt = ["customer", "stage", "visit", "entered", "left", "outcome", "to"]
    pd.testing.assert_frame_equal(log.table[unspoilt], clean.table[unspoilt])


def test_more_dirt_spoils_more(truth: EventLog) -> None:
    """The same seed gives the same export; more dirt of a kind is not less of it."""
    one, two = (export_log(truth, dirt=share, seed=3) for share in (0.01, 0.03))
    assert export_log(truth, dirt=0.01, seed=3) == one
    assert export_log(truth, dirt=0.01, seed=4).planted != one.planted
    assert sum(map(len, two.planted.values())) > 2 * sum(map(len, one.planted.values()))


@pytest.mark.parametrize("dirt", [-0.1, 1.0])
def test_a_share_of_dirt_is_a_share(truth: EventLog, dirt: float) -> None:
    """All rows cannot be dirt."""
    with pytest.raises(InputError, match="dirt: expected a share from 0% to below 100%"):
        export_log(truth, dirt=dirt)


def test_history_writes_a_dirty_export_and_its_mapping(root: Path, tmp_path: Path) -> None:
    """`funnelsim history --dirt` writes two files, says what is in them, and the second reads the first."""
    words = [sys.executable, "-m", "funnelsim", "history", str(root / "scenarios/smallest.yaml"), "--cohort", "200",
             "--engine", "reference", "-o", "crm.csv", "--dirt", "5%"]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "crm.map.yaml" in done.stderr
    assert "Dirt in crm.csv, by what reading it finds: malformed " in done.stderr
    log = read_log(tmp_path / "crm.csv", tmp_path / "crm.map.yaml")
    assert len(log.customers) == 200
    refused = subprocess.run([*words[:-4], "--dirt", "5%"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert refused.returncode == 2
    assert "--dirt writes two files" in refused.stderr
