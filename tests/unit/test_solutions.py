"""The printed form of the exact answer: in both languages, with hostile names, in a narrow window."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from funnelsim.exact.solution import solution_document
from funnelsim.exact.solving import solve
from funnelsim.files.loading import loads
from funnelsim.model import Study
from funnelsim.views.documents import SOLVE_COLUMNS, list_solution, to_csv
from funnelsim.views.naming import make_names
from funnelsim.views.solutions import save_solution, show_solution
from funnelsim.views.tables import render

SHOP = """
funnelsim: 1
name: {en: "=Shop", ru: Лавка}
currency: RUB
sources: {all: {arrivals: 3 / d, cost: 3}}
pipeline: {shop: 20}
stages:
  - {name: window, label: {en: "[bold]Window", ru: Витрина}, causes: {distracted: 40%}}
  - {name: shop, label: {en: Shop, ru: Магазин}, takes: {exponential: {mean: 2 d}}, causes: {no_trust: 30%}}
  - {name: purchase, label: {en: Purchase, ru: Покупка}, revenue: 1000, margin: 40%, referrals: {mean: 0.5}}
run: {horizon: 90 d}
"""


@pytest.fixture
def study() -> Study:
    """A shop with deals that are open."""
    return loads(SHOP)


def shown(study: Study, language: str, width: int = 100) -> str:
    """Return the printed form."""
    document = solution_document(solve(study.funnel, run=study.run, at="1 d, 30 d"), language)
    found = render(show_solution(document, study.funnel, make_names([study.funnel], language), width))
    return found.replace("\u00a0", " ")


def test_the_printed_form_is_english(study: Study) -> None:
    """Measures, stages, losses, dates, open deals and notes, each with its heading."""
    found = shown(study, "en")
    for words in (
        "Expected of one customer", "Wins", "42.000%", "of it goods", "Customers brought by referral",
        "Stages, per 1,000", "[bold]Window", "Losses by cause, per 1,000", "Got distracted",
        "By a time since entering", "1 day", "Where those are who are still open", "Deals open at the start",
        "follow", "money in RUB",
    ):  # fmt: skip
        assert words in found, words


def test_the_window_has_totals(study: Study) -> None:
    """Of 3 a day for 90 days, 270 come and .42 of them win; where customers never stop there are none."""
    document = solution_document(solve(study.funnel, run=study.run), "en")
    assert document["totals"]["customers"] == pytest.approx(270.0)
    assert document["totals"]["won"] == pytest.approx(270.0 * 0.42)
    for name in ("revenue", "cost", "profit"):
        assert document["totals"][name] == pytest.approx(270.0 * document[name])
    assert ("", "", "total_won", None, document["totals"]["won"]) in list(list_solution(document))
    assert "Of 270 customers who are expected to come in the window: 113 won" in shown(study, "en")
    assert "totals" not in solution_document(solve(study.funnel), "en")


def test_the_printed_form_is_russian(study: Study) -> None:
    """The same in Russian, with no English heading left."""
    found = shown(study, "ru")
    for words in ("Лавка", "Чего ждать от одного клиента", "Купит", "42,000", "Витрина", "Сделки, открытые на начало"):
        assert words in found, words
    for words in ("Expected", "Stage", "Losses", "Lost", "Notes"):
        assert words not in found, words


def test_it_fits_a_narrow_window(study: Study) -> None:
    """At 72 columns no line is longer."""
    assert max(len(line) for line in shown(study, "en", 72).splitlines()) <= 72


def test_csv_is_long_and_harmless(study: Study) -> None:
    """One number a row; a time where there is one; what looks like a formula is text."""
    document = solution_document(solve(study.funnel, run=study.run, at=30), "en")
    lines = to_csv(SOLVE_COLUMNS, list_solution(document)).splitlines()
    assert lines[0] == "stage,cause,measure,time,value"
    assert any(line.startswith(",,conversion,,0.42") for line in lines)
    assert any(line.startswith("shop,,open,30.0,") for line in lines)
    assert any(line.startswith(",,pipeline_count,,20.0") for line in lines)


def test_the_spreadsheet_has_its_sheets(study: Study, tmp_path: Path) -> None:
    """Numbers are numbers, names are text, in the language asked for."""
    document = solution_document(solve(study.funnel, run=study.run, at="30 d"), "ru")
    path = tmp_path / "answer.xlsx"
    save_solution(path, document, study.funnel, make_names([study.funnel], "ru"))
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Итоги", "Этапы", "Потери", "К сроку", "Допущения"]
    assert book["Этапы"]["A2"].value == "Витрина"
    assert book["Этапы"]["B2"].value == pytest.approx(document["stages"][0]["visits"])
    assert book["К сроку"]["B2"].value == pytest.approx(document["at"][0]["won"])
