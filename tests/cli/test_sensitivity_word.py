"""`funnelsim sensitivity` as a user meets it."""

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
  - {name: lead, label: {en: Lead, ru: Лид}, causes: {no_trust: 20%}}
  - {name: shop, label: {en: "=Shop", ru: Лавка}, takes: 1 d, causes: {no_trust: 30%}}
  - {name: buy, revenue: 10}
interventions:
  trust: {label: {en: Trust, ru: Доверие}, cost: {once: 9000}, changes: [{scale: stages.*.causes.no_trust, by: 0.5}]}
  no_shop: {label: {en: No shop, ru: Без лавки}, cost: {once: 9000}, changes: [{remove_stage: shop}]}
"""
RUNNER = CliRunner()


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A funnel file with two interventions."""
    path = tmp_path / "shop.yaml"
    path.write_text(FILE, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ["Which number matters", "Lead: No trust", "add up"]), ("ru", ["Какое число важнее", "Лид: ", "Меры не"])],
)
def test_the_table_is_in_both_languages(file: str, language: str, said: list[str]) -> None:
    """Tornado, thresholds, indices, interactions, notes."""
    found = RUNNER.invoke(app, ["sensitivity", file, "--sobol", "8", "--lang", language])
    assert found.exit_code == 0, found.output
    assert all(text in found.stdout for text in said)


def test_json_and_csv_hold_the_same_numbers(file: str) -> None:
    """Every bar of the document is in the rows."""
    document = json.loads(RUNNER.invoke(app, ["sensitivity", file, "--format", "json"]).stdout)
    rows = list(csv.DictReader(io.StringIO(RUNNER.invoke(app, ["sensitivity", file, "--format", "csv"]).stdout)))
    for bar in document["bars"]:
        low = next(row for row in rows if (row["part"], row["number"], row["measure"]) == ("bar", bar["name"], "low"))
        assert float(low["value"]) == bar["low"]


def test_a_spreadsheet_has_its_sheets(file: str, tmp_path: Path) -> None:
    """Numbers, curves, thresholds, indices, interactions, assumptions; names are texts, never formulas."""
    target = tmp_path / "numbers.xlsx"
    found = RUNNER.invoke(app, ["sensitivity", file, "--sobol", "8", "-o", str(target), "--lang", "en"])
    assert found.exit_code == 0, found.output
    book = load_workbook(target)
    names = ["Numbers", "Curves", "Thresholds", "Sobol indices", "Interactions", "Assumptions"]
    assert book.sheetnames == names
    assert {cell.data_type for cell in book["Numbers"]["A"]} == {"s"}


def test_what_is_wrong_is_said_in_a_line(file: str) -> None:
    """Points that are no power of two end with exit code 2; the help has examples."""
    found = RUNNER.invoke(app, ["sensitivity", file, "--sobol", "10"])
    assert found.exit_code == 2
    assert "power of two" in found.stderr
    assert "funnelsim sensitivity scenarios/budget.yaml" in RUNNER.invoke(app, ["sensitivity", "--help"]).stdout
