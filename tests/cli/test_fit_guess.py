"""`funnelsim fit --guess` as a user meets it: a mapping to start from, with which the next command reads the log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from funnelsim.cli import app
from funnelsim.files.mapping_parts import mapping_schema_text

RUNNER = CliRunner()
DEALS = """Record ID,Deal Stage,Create Date,Close Date,Lost Reason,Amount
1,Closed Won,2024-01-02 10:15,2024-01-09 12:00,,1200.50
2,Closed Lost,2024-01-03 11:00,2024-01-20 12:00,Price,
3,Offer,2024-01-04 09:30,2024-03-01 00:00,,500
"""


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    """Three deals, as HubSpot exports them."""
    path = tmp_path / "deals.csv"
    path.write_text(DEALS, encoding="utf-8")
    return path


@pytest.mark.parametrize(("language", "word"), [("en", "look in"), ("ru", "проверьте")])
def test_the_guess_stands_beside_the_log_and_reads_it(deals: Path, language: str, word: str) -> None:
    """LOG.map.yaml is written, the messages say what to look at and how to go on, and going on works."""
    done = RUNNER.invoke(app, ["fit", str(deals), "--guess", "--lang", language])
    assert done.exit_code == 0, done.output
    mapping = deals.with_name("deals.map.yaml")
    assert "shape: deals" in mapping.read_text(encoding="utf-8")
    assert word in done.output
    assert f"funnelsim fit {deals} --map {mapping} -o FUNNEL.yaml" in done.output
    fitted = RUNNER.invoke(app, ["fit", str(deals), "--map", str(mapping), "--format", "json"])
    assert fitted.exit_code == 0, fitted.output


def test_no_file_is_written_over(deals: Path) -> None:
    """Where the mapping is there already, it stays as it is, and the exit code is 2; -o names another."""
    mapping = deals.with_name("deals.map.yaml")
    mapping.write_text("mine", encoding="utf-8")
    done = RUNNER.invoke(app, ["fit", str(deals), "--guess", "--lang", "en"])
    assert done.exit_code == 2
    assert "there is such a file already" in done.output
    assert mapping.read_text(encoding="utf-8") == "mine"
    other = deals.with_name("other.yaml")
    assert RUNNER.invoke(app, ["fit", str(deals), "--guess", "-o", str(other)]).exit_code == 0
    assert other.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--map", "x.yaml"], "give one of the two"),
        (["-o", "x.csv"], "expected -o MAP.yaml"),
    ],
)
def test_what_does_not_go_together_is_refused(deals: Path, arguments: list[str], message: str) -> None:
    """--guess with --map, or with a file that is no mapping, ends with exit code 2 and a reason."""
    done = RUNNER.invoke(app, ["fit", str(deals), "--guess", *arguments])
    assert done.exit_code == 2
    assert message in done.output


def test_a_database_is_not_guessed() -> None:
    """Without its query there is nothing to look at; the reason says what to do instead."""
    done = RUNNER.invoke(app, ["fit", "sqlite:///crm.db", "--guess"])
    assert done.exit_code == 2
    assert "save some rows of your query as CSV" in done.output


def test_editors_know_mapping_files() -> None:
    """`schema --map` prints the schema that is in the package."""
    done = RUNNER.invoke(app, ["schema", "--map"])
    assert done.exit_code == 0
    assert json.loads(done.stdout) == json.loads(mapping_schema_text())
