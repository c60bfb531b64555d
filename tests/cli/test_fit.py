"""`funnelsim fit` as a user meets it: from a history to a file that runs and is compared with its uncertainty."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from funnelsim.cli import app
from funnelsim.files.loading import load

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """A history of the smallest scenario: 3,000 customers."""
    path = tmp_path_factory.mktemp("fit") / "log.csv"
    done = RUNNER.invoke(
        app, ["history", str(root / "scenarios" / "smallest.yaml"), "-o", str(path), "--cohort", "3000"]
    )
    assert done.exit_code == 0, done.output
    return path


def test_the_funnel_is_written_with_its_draws(log: Path) -> None:
    """-o FUNNEL.yaml writes a commented file that loads, with the table of draws that it names beside it."""
    target = log.with_name("fitted.yaml")
    done = RUNNER.invoke(app, ["fit", str(log), "-o", str(target), "--draws", "30", "--lang", "en"])
    assert done.exit_code == 0, done.output
    written = target.read_text(encoding="utf-8")
    assert "events of how many at risk" in written
    assert "{samples: fitted.draws.csv, column: stages.shop.causes.no_trust.chance}" in written
    with log.with_name("fitted.draws.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30
    assert "stages.shop.causes.no_trust.chance" in rows[0]
    assert [stage.name for stage in load(target).funnel.stages] == ["advertisement", "shop", "purchase"]
    assert "no trust" in done.output.lower()


def test_certain_numbers_stand_in_the_file(log: Path) -> None:
    """--certain writes plain numbers and no table."""
    target = log.with_name("plain.yaml")
    done = RUNNER.invoke(app, ["fit", str(log), "-o", str(target), "--certain", "--lang", "ru"])
    assert done.exit_code == 0, done.output
    assert "samples" not in target.read_text(encoding="utf-8")
    assert not log.with_name("plain.draws.csv").exists()
    assert "Потери" in done.output


def test_json_and_csv(log: Path) -> None:
    """--format json is the contract with --at; --format csv has a number a row."""
    done = RUNNER.invoke(app, ["fit", str(log), "--format", "json", "--at", "1 d"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert {"stages", "censored", "warnings", "at"} <= {*document}
    assert document["at"][0]["won"]["low"] < document["at"][0]["won"]["mean"] < document["at"][0]["won"]["high"]
    done = RUNNER.invoke(app, ["fit", str(log), "--format", "csv"])
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert rows[0] == ["stage", "touchpoint", "cause", "measure", "time", "statistic", "value"]
    assert len(rows) > 20


def test_a_spreadsheet(log: Path) -> None:
    """-o result.xlsx writes losses, numbers and notes."""
    openpyxl = pytest.importorskip("openpyxl")
    target = log.with_name("result.xlsx")
    done = RUNNER.invoke(app, ["fit", str(log), "-o", str(target), "--lang", "en"])
    assert done.exit_code == 0, done.output
    assert len(openpyxl.load_workbook(target).sheetnames) == 3


def test_what_is_not_a_log_is_refused(tmp_path: Path) -> None:
    """A missing file and a table that is no log end with exit code 2 and a reason."""
    assert RUNNER.invoke(app, ["fit", str(tmp_path / "none.csv")]).exit_code == 2
    broken = tmp_path / "broken.csv"
    broken.write_text("a,b\n1,2\n", encoding="utf-8")
    assert RUNNER.invoke(app, ["fit", str(broken)]).exit_code == 2


def test_latent_segments_on_request(log: Path) -> None:
    """--latent 2 prints what was tried and how the two differ, in Russian, too, and writes them to the file."""
    target = log.with_name("latent.yaml")
    done = RUNNER.invoke(app, ["fit", str(log), "--latent", "2", "-o", str(target), "--draws", "20", "--lang", "ru"])
    assert done.exit_code == 0, done.output
    assert "Сегменты, которых никто не записал" in done.output
    assert "BIC" in done.output
    assert [segment.name for segment in load(target).funnel.segments] == ["latent_1", "latent_2"]


def test_other_latent_segments_are_refused(log: Path) -> None:
    """--latent takes 2, 3 or auto, and says so in both languages."""
    for language, said in (
        ("en", "latent: expected `2`, `3` or `auto`, found '7'"),
        ("ru", "latent: ожидалось `2`, `3` или `auto`, а здесь '7'"),
    ):
        done = RUNNER.invoke(app, ["fit", str(log), "--latent", "7", "--lang", language])
        assert done.exit_code == 2
        assert said in done.stderr


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("rows = 3 kept + 1 dropped", "is dated after the cut", "First of them")),
        ("ru", ("принято 3 + отброшено 1", "дата позже среза", "Первые из них")),
    ],
)
def test_what_became_of_the_rows_is_said_in_words(root: Path, language: str, words: tuple[str, ...]) -> None:
    """On stderr, with the numbers of rows, in the language asked for; `reading` of the JSON holds the same.

    What is in the file stands at the head of its mapping: 4 rows, of which row 5 is dated after the cut.
    """
    cases = root / "tests" / "cases" / "logs"
    told = ["fit", str(cases / "after_the_cut.csv"), "--map", str(cases / "after_the_cut.yaml"), "--lang", language]
    done = RUNNER.invoke(app, [*told, "--format", "json"])
    assert done.exit_code == 0, done.output
    for word in words:
        assert word in done.stderr
    assert "after_cut" not in done.stderr
    reading = json.loads(done.stdout)["reading"]
    assert (reading["rows"], reading["kept"], reading["dropped"]) == (4, 3, 1)
    found = {one["kind"]: (one["count"], one["rows"]) for one in reading["findings"] if one["dropped"]}
    assert found == {"after_cut": (1, [5])}
