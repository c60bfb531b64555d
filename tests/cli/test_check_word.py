"""`funnelsim check` as a user meets it: a fitted file and a log, a log only, all formats, both languages, bad input."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from funnelsim.cli import app
from tests.adequacy.histories import FUNNEL

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of 60 days, and beside it the funnel that it comes from."""
    folder = tmp_path_factory.mktemp("check")
    (folder / "funnel.yaml").write_text(FUNNEL, encoding="utf-8")
    asked = ["history", str(folder / "funnel.yaml"), "-o", str(folder / "log.csv"), "--horizon", "60 d"]
    done = RUNNER.invoke(app, asked)
    assert done.exit_code == 0, done.output
    return folder / "log.csv"


def run(*arguments: str) -> str:
    """What the command prints on stdout."""
    done = RUNNER.invoke(app, ["check", *arguments, "--draws", "20", "--at", "5 d"])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_funnel_and_a_log(log: Path) -> None:
    """The verdict comes first, in words; then shares, events, times, rivals."""
    shown = run(str(log.with_name("funnel.yaml")), str(log), "--cut", "2024-02-10", "--lang", "en")
    assert "Verdict\nAdequate: nothing deviates" in shown
    for title in ("Shares of customers by age", "Events by stage", "How long stays last", "Against naive forecasts"):
        assert title in shown
    assert "taken as certain" in shown


def test_a_log_only_in_russian(log: Path) -> None:
    """A log is fitted to at the cut and checked on the rest; the verdict is in the language asked for."""
    shown = run(str(log), "--cut", "2024-02-10", "--lang", "ru")
    assert "Вывод" in shown
    assert "Модель пригодна" in shown
    assert "10.02.2024" in shown


def test_json_csv_and_a_spreadsheet(log: Path) -> None:
    """--format json has the documented keys, csv a number a row; -o FILE.xlsx writes seven sheets."""
    openpyxl = pytest.importorskip("openpyxl")
    arguments = (str(log), "--cut", "2024-02-10", "--window", "14 d")
    document = json.loads(run(*arguments, "--format", "json"))
    assert document["verdict"]["kind"] in {"adequate", "drifted", "seasonal", "shares", "times"}
    assert document["origins"][0]["cut"] == "2024-02-10"
    assert {"predicted", "low_95", "high_95", "observed", "inside_95"} <= {*document["at"][0]}
    rows = list(csv.reader(io.StringIO(run(*arguments, "--format", "csv"))))
    assert rows[0] == [
        "kind", "origin", "since", "until", "stage", "cause", "measure", "time", "statistic", "value",
    ]  # fmt: skip
    assert {row[0] for row in rows[1:]} == {"share", "rate", "time", "arrivals", "values", "score"}
    target = log.with_name("check.xlsx")
    run(*arguments, "-o", str(target), "--lang", "ru")
    assert len(openpyxl.load_workbook(target).sheetnames) == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.csv"], "none.csv"),
        (["funnel.yaml"], "give a log"),
        (["log.csv", "funnel.yaml"], "the funnel comes first"),
        (["funnel.yaml", "log.csv", "log.csv"], "found 3 files"),
        (["log.csv", "--cut", "soon"], "cut: expected a date"),
        (["log.csv", "--window", "long"], "window: "),
        (["funnel.yaml", "log.csv", "--origins", "2"], "--origins"),
    ],
)
def test_what_is_wrong_is_said(log: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str) -> None:
    """Bad input ends with exit code 2 and one line that says what was expected, never a traceback."""
    monkeypatch.chdir(log.parent)
    done = RUNNER.invoke(app, ["check", *arguments])
    assert done.exit_code == 2
    assert message in done.output
    assert "Traceback" not in done.output
