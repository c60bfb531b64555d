"""Spreadsheets read back: real numbers, texts that are texts, a native chart with words for it."""

from __future__ import annotations

import importlib.util
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from funnelsim.errors import MissingExtraError
from funnelsim.model import Study
from funnelsim.views.naming import name_study
from funnelsim.views.spreadsheet import save_causes, save_comparison, save_tally
from funnelsim.views.workbook import CENTS, PLAIN, Chart, Sheet, write_workbook

Document = dict[str, Any]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where a spreadsheet is written."""
    return tmp_path / "result.xlsx"


def _rows(path: Path, sheet: int) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(path).worksheets[sheet].iter_rows(values_only=True))


def _part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode("utf-8")


@pytest.mark.parametrize(
    ("language", "titles", "heading"),
    [
        ("en", ["Summary", "Lift", "Ledger", "Assumptions"], "Revenue, USD: mean"),
        ("ru", ["Итоги", "Прирост", "Кто сохранён", "Допущения"], "Выручка, USD: среднее"),
    ],
)
def test_comparison_sheets(
    compared: Document, study: Study, target: Path, language: str, titles: list[str], heading: str
) -> None:
    """Four sheets with headings in the language, each with its first row and column frozen."""
    save_comparison(target, compared, study, name_study(study, language))
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == titles
    assert heading in next(book.worksheets[0].iter_rows(values_only=True))
    assert [sheet.freeze_panes for sheet in book.worksheets] == ["B2"] * 4


def test_comparison_numbers_are_exact(compared: Document, study: Study, target: Path) -> None:
    """Cells hold the numbers of the document, unrounded and typed as numbers; undefined is an empty cell."""
    save_comparison(target, compared, study, name_study(study, "en"))
    worlds, lifts = _rows(target, 0), _rows(target, 1)
    base = dict(zip(worlds[0], worlds[1], strict=True))
    assert base["Revenue, USD: from (95%)"] == compared["base"]["revenue"]["low"]
    assert base["Conversion: mean"] == compared["base"]["conversion"]["mean"]
    fast, evil = (dict(zip(lifts[0], row, strict=True)) for row in lifts[1:3])
    assert (fast["Mean, USD"], fast["To (all at once), USD"], fast["P(better)"]) == (412345.0, 463595.0, 0.99991)
    assert (fast["Naive estimate, USD"], evil["Naive estimate, USD"]) == (2000000.0, None)
    assert [row[1] for row in lifts[1:]] == ["Revenue lift", "Revenue lift", "Profit lift", "Profit lift"]


def test_ledger_sheet_is_whole(compared: Document, study: Study, target: Path) -> None:
    """Every row of every ledger is there: the customers of a scenario add up to all of them."""
    save_comparison(target, compared, study, name_study(study, "en"))
    rows = _rows(target, 2)[1:]
    assert len(rows) == sum(len(scenario["ledger"]) for scenario in compared["scenarios"])
    assert sum(row[7] for row in rows if row[0] == "Answer within 5 minutes") == 27056
    assert ("Answer within 5 minutes", "lost", "Lead", "Slow response", "bought", None, None, 40, 400000) in rows


def test_texts_are_texts_not_formulas(compared: Document, study: Study, target: Path) -> None:
    """A label that begins with `=` is a string in its cell, and no cell of the book is a formula."""
    compared["currency"] = "=CMD()"
    save_comparison(target, compared, study, name_study(study, "en"))
    cells = [cell for sheet in openpyxl.load_workbook(target).worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert any(str(cell.value).startswith("=1+1 [red]") for cell in cells)


def test_assumptions_sheet_says_how_it_was_made(compared: Document, study: Study, target: Path) -> None:
    """Window, seed, engine, digest, assumptions and every note stand on the last sheet."""
    save_comparison(target, compared, study, name_study(study, "en"))
    rows = {(kind, text) for kind, _, text in _rows(target, 3)[1:]}
    assert {
        ("Window", "365\u00a0days from 2026-01-05"),
        ("Seed", "2015"),
        ("Provenance", "abc"),
        ("Assumption", "Who is saved meets the later stages like everyone else."),
        ("Note", "Observational, not causal."),
        ("Note", "A note of the comparison."),
    } <= rows


def test_lift_chart_is_native_with_error_bars_and_words(compared: Document, study: Study, target: Path) -> None:
    """One bar chart of the revenue lifts, its error bars taken from the sheet, described for who cannot see it."""
    save_comparison(target, compared, study, name_study(study, "en"))
    chart = _part(target, "xl/charts/chart1.xml")
    assert "<c:barChart>" in chart
    assert "Lift!$C$2:$C$3" in chart
    assert "<c:errBars>" in chart
    assert "Lift!$N$2:$N$3" in chart
    drawing = _part(target, "xl/drawings/drawing1.xml")
    assert "Bars of the expected revenue lift" in drawing
    assert "Answer within 5 minutes: +412,000" in drawing


def test_error_bars_reach_the_ends_of_the_interval(compared: Document, study: Study, target: Path) -> None:
    """The arms beside each lift are high − mean and mean − low."""
    compared["scenarios"][0]["lift"]["revenue"] |= {"low": 400000.0, "high": 500000.0}
    save_comparison(target, compared, study, name_study(study, "en"))
    rows = _rows(target, 1)
    fast = dict(zip(rows[0], rows[1], strict=True))
    assert (fast["Interval, up"], fast["Interval, down"]) == (500000.0 - 412345.0, 412345.0 - 400000.0)


def test_run_sheets(ran: Document, study: Study, target: Path) -> None:
    """A run has totals, stages, losses and how it was made; stages and losses are whole."""
    save_tally(target, ran, study.funnel, name_study(study, "ru"))
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["Итоги", "Этапы", "Потери", "Допущения"]
    assert [row[0] for row in _rows(target, 1)] == ["Этап", "Лид", "Демо", "Оплата"]
    losses = _rows(target, 2)[1:]
    assert sum(row[3] for row in losses) == sum(stage["lost"] for stage in ran["stages"])
    assert sum(row[4] for row in losses) == pytest.approx(1.0)
    assert "<c:barChart>" in _part(target, "xl/charts/chart1.xml")


def test_formats_suit_the_measure(ran: Document, study: Study, target: Path) -> None:
    """Conversion is a percentage and money has thousands in the totals, though they share a column."""
    save_tally(target, ran, study.funnel, name_study(study, "en"))
    page = openpyxl.load_workbook(target).worksheets[0]
    assert page["B4"].number_format == "0.00%"
    assert page["B5"].number_format == "#,##0"


def test_small_money_keeps_its_cents(ran: Document, study: Study, target: Path) -> None:
    """Where the largest amount is below ten thousand, two decimals are shown."""
    for amount in ("revenue", "cost", "profit"):
        ran[amount] |= {"mean": 12.5}
    save_tally(target, ran, study.funnel, name_study(study, "en"))
    assert openpyxl.load_workbook(target).worksheets[0]["B5"].number_format == "#,##0.00"


def test_a_study_without_scenarios_has_no_chart(compared: Document, study: Study, target: Path) -> None:
    """Nothing to draw: the sheets are there, the chart is not."""
    compared["scenarios"] = []
    save_comparison(target, compared, study, name_study(study, "en"))
    with zipfile.ZipFile(target) as archive:
        assert not [name for name in archive.namelist() if "chart" in name]


def test_texts_too_long_for_a_cell_are_cut_not_lost(target: Path) -> None:
    """A cell holds 32,767 characters (the limit of the format); a longer text fills it."""
    save_causes(target, [["x" * 40000]], "en")
    assert len(_rows(target, 0)[1][0]) == 32767


def test_without_the_writer_it_says_what_to_install(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where XlsxWriter is missing, the error is one line with the command that installs it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'funnelsim\[report\]'"):
        save_causes(target, [], "en")


def test_headings_stand_over_their_numbers_and_long_texts_have_several_lines(tmp_path: Path) -> None:
    """A column of numbers has its heading at the right, and on the next printed page too; a long text is not cut."""
    text = "Drop a stage, remind whoever forgot, answer within two minutes, and all of this at once"
    sheet = Sheet("S", ("set", "money"), (PLAIN, CENTS), ((text, 1234.5), ("nothing", 0.0)))
    write_workbook(tmp_path / "s.xlsx", [sheet], Chart(sheet, "Money", "bars", 0, 1, 2))
    page = openpyxl.load_workbook(tmp_path / "s.xlsx")["S"]
    assert [page.cell(1, column).alignment.horizontal for column in (1, 2)] == ["left", "right"]
    assert page.cell(2, 1).alignment.wrap_text
    assert not page.cell(3, 1).alignment.wrap_text
    assert page.print_title_rows == "$1:$1"
    assert page.row_dimensions[2].height == pytest.approx(30.0)
    assert 'formatCode="#,##0"' in _part(tmp_path / "s.xlsx", "xl/charts/chart1.xml")
