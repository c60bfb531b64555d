"""`funnelsim report` as a user meets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from funnelsim.cli import app

FILE = """
funnelsim: 1
name: {en: A shop, ru: Магазин}
stages:
  - {name: lead, causes: {no_trust: 20%}}
  - {name: buy, revenue: 10}
"""
RUNNER = CliRunner()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A funnel file without scenarios."""
    path = tmp_path / "shop.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.mark.parametrize(("language", "title"), [("en", "A shop"), ("ru", "Магазин")])
def test_a_report_is_written_and_its_name_is_said(file: Path, language: str, title: str) -> None:
    """The run options hold, the file is said on stderr, and stdout stays empty."""
    target = file.parent / "report.html"
    options = ["--cohort", "50", "--replications", "3", "--seed", "7", "--without", "leaks", "--lang", language]
    found = RUNNER.invoke(app, ["report", str(file), "-o", str(target), *options])
    assert found.exit_code == 0, found.output
    assert found.stdout == ""
    assert str(target) in found.stderr
    page = target.read_text(encoding="utf-8")
    assert f"<h1>{title}</h1>" in page
    assert "--replications 3 --seed 7 --cohort 50 --engine compiled" in page


def test_the_ending_makes_the_form(file: Path) -> None:
    """An .xlsx is a spreadsheet (a ZIP archive); another ending is refused before anything is done."""
    target = file.parent / "report.xlsx"
    found = RUNNER.invoke(app, ["report", str(file), "-o", str(target), "--replications", "2"])
    assert found.exit_code == 0, found.output
    assert target.read_bytes()[:2] == b"PK"
    refused = RUNNER.invoke(app, ["report", str(file), "-o", str(file.parent / "report.pdf")])
    assert refused.exit_code == 2
    assert "expected a name that ends with .html, .htm or .xlsx, not '.pdf'" in refused.stderr


def test_a_broken_file_leaves_an_old_report_as_it_was(file: Path) -> None:
    """Mistakes are said with their places, with exit code 2, and nothing is written over what is there."""
    target = file.parent / "report.html"
    target.write_text("old", encoding="utf-8")
    file.write_text(FILE.replace("no_trust", "no_trist"), encoding="utf-8")
    found = RUNNER.invoke(app, ["report", str(file), "-o", str(target)])
    assert found.exit_code == 2
    assert "shop.yaml:5:" in found.stderr
    assert "no_trust" in found.stderr
    assert target.read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in file.parent.iterdir()) == ["report.html", "shop.yaml"]


def test_help_has_examples() -> None:
    """The help says what can be left out, and ends with commands to type."""
    found = RUNNER.invoke(app, ["report", "--help"])
    assert found.exit_code == 0
    assert "--without" in found.stdout
    assert "funnelsim report scenarios/problem_to_repeat.yaml -o report.html" in found.stdout
