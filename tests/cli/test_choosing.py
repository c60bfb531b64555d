"""`funnelsim choose` as a user meets it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from funnelsim.cli import app

FILE = """
funnelsim: 1
name: {en: A shop, ru: Магазин}
currency: RUB
stages:
  - {name: lead, label: {en: Lead, ru: Лид}, causes: {no_trust: 20%}, mergeable: true}
  - {name: shop, label: {en: Shop, ru: Лавка}, causes: {no_trust: 30%}, removable: true, mergeable: true}
  - {name: buy, revenue: 10}
interventions:
  trust: {label: {en: "=Trust", ru: Доверие}, cost: {once: 2000}, changes: [{scale: stages.*.causes.no_trust, by: 0.5}]}
  no_shop: {cost: {once: 9000}, changes: [{remove_stage: shop}]}
"""
RUNNER = CliRunner()


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A funnel file with two interventions."""
    path = tmp_path / "shop.yaml"
    path.write_text(FILE, encoding="utf-8")
    return str(path)


def test_the_table_says_what_to_make(file: str) -> None:
    """The best set, the frontier with a star over the budget, and each intervention, in both languages."""
    english = RUNNER.invoke(app, ["choose", file, "--budget", "5 000", "--lang", "en"])
    assert english.exit_code == 0, english.output
    assert "Best: =Trust" in english.stdout
    assert "* over the budget" in english.stdout
    russian = RUNNER.invoke(app, ["choose", file, "--budget", "5000", "--lang", "ru"])
    assert "Лучше всего: Доверие" in russian.stdout
    assert "Примечания" in russian.stdout


def test_json_and_csv_hold_the_same_numbers(file: str) -> None:
    """The profit of the best set is in both; 10,000 customers of whom 8,000 × 0.7 bought."""
    document = json.loads(RUNNER.invoke(app, ["choose", file, "--format", "json"]).stdout)
    assert document["best"]["options"] == ["trust", "no_shop"]
    assert document["base"]["won"] == pytest.approx(5600.0)
    table = RUNNER.invoke(app, ["choose", file, "--format", "csv"]).stdout
    rows = list(csv.DictReader(io.StringIO(table)))
    best = next(row for row in rows if row["part"] == "best" and row["measure"] == "profit")
    assert best["set"] == "trust + no_shop"
    assert float(best["value"]) == document["best"]["profit"]


def test_a_spreadsheet_has_its_sheets(file: str, tmp_path: Path) -> None:
    """Choice, budgets, best sets, interventions, assumptions; names are texts, never formulas."""
    target = tmp_path / "choice.xlsx"
    found = RUNNER.invoke(app, ["choose", file, "-o", str(target), "--lang", "en"])
    assert found.exit_code == 0, found.output
    book = load_workbook(target)
    assert book.sheetnames == ["Choice", "Budgets", "Best sets", "Interventions", "Assumptions"]
    assert book["Interventions"]["A2"].data_type == "s"


def test_stages_can_be_dropped(file: str) -> None:
    """The way through the best funnel is named, and what each dropped stage was worth."""
    found = RUNNER.invoke(app, ["choose", file, "--drop-stages", "--lang", "en"])
    assert found.exit_code == 0, found.output
    assert "Best: Drop: Shop" in found.stdout
    assert "Lead → buy" in found.stdout


def test_what_is_wrong_is_said_in_a_line(file: str) -> None:
    """A budget that is no amount, and a file without anything to drop, end with exit code 2."""
    found = RUNNER.invoke(app, ["choose", file, "--budget", "lots"])
    assert found.exit_code == 2
    assert "budget: expected" in found.stderr
    help_page = RUNNER.invoke(app, ["choose", "--help"])
    assert "funnelsim choose scenarios/budget.yaml" in help_page.stdout
