"""The printed form of leaks: in both languages, with hostile names, and as a spreadsheet."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from funnelsim.files.loading import loads
from funnelsim.histories import history
from funnelsim.leakage import leaks_document
from funnelsim.losses import leaks
from funnelsim.model import Study
from funnelsim.views.documents import to_csv
from funnelsim.views.leaking import LEAKS_COLUMNS, list_leaks, save_leaks, show_leaks
from funnelsim.views.naming import make_names
from funnelsim.views.tables import render

SHOP = """
funnelsim: 1
name: {en: "=Shop", ru: Лавка}
currency: RUB
segments: {big: {share: 40%, changes: [{scale: stages.*.causes.no_trust, by: 0.4}]}}
stages:
  - {name: window, label: {en: "[bold]Window", ru: Витрина}, causes: {distracted: 40%}}
  - name: shop
    label: {en: Shop, ru: Магазин}
    response: {wait: {exponential: {mean: 1 h}}}
    causes: {no_trust: 30%, slow_response: {patience: {exponential: {mean: 5 h}}}}
  - {name: purchase, label: {en: Purchase, ru: Покупка}, revenue: 1000, margin: 40%}
"""


@pytest.fixture(scope="module")
def study() -> Study:
    """A shop with two segments and a wait."""
    return loads(SHOP)


def shown(study: Study, language: str, *, bounds: bool = False, width: int = 100) -> str:
    """Return the printed form."""
    document = leaks_document(leaks(study.funnel, run=study.run), language)
    found = render(show_leaks(document, make_names([study.funnel], language), width, bounds=bounds))
    return found.replace("\u00a0", " ")


def test_the_printed_form_is_english(study: Study) -> None:
    """Losses, segments, causes, sides, stages, lifts and notes, each with its heading."""
    found = shown(study, "en", bounds=True)
    for words in (
        "=Shop", "exact expectations", "money in RUB", "losses; revenue", "Narrowest stage:", "One per cent more",
        "All answers one per cent slower: −0.17%", "Where the money goes", "[bold]Window", "At most", "big",
        "By segment",
        "Revenue lift of less of a cause", "Shapley part", "all causes", "Revenue lift of less of a side", "company",
        "One point", "No such stage", "Of answers", "independent within a segment",
    ):  # fmt: skip
        assert words in found, words
    assert "At most" not in shown(study, "en")


def test_the_printed_form_is_russian(study: Study) -> None:
    """The same in Russian, with no English heading left."""
    found = shown(study, "ru", bounds=True)
    for words in (
        "Лавка", "точные ожидания", "Куда уходят деньги", "Витрина", "Не больше", "По сегментам", "Доля по Шепли",
        "все причины", "покупатель", "Один пункт", "Без этапа", "независимыми",
    ):  # fmt: skip
        assert words in found, words
    for word in ("Cause", "Stage", "Lost", "company", "lift"):
        assert word not in found


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_log_is_shown_without_lifts(study: Study, language: str) -> None:
    """What was observed: no lifts, no elasticities, and a side that nobody knows is said to be unknown."""
    document = leaks_document(leaks(history(study.funnel, cohort=500)), language)
    document["leaks"][0]["side"] = ""
    found = render(show_leaks(document, make_names([], language), 100))
    assert {"en": "observed in an event log", "ru": "наблюдения из журнала"}[language] in found
    assert {"en": "unknown", "ru": "неизвестно"}[language] in found
    assert {"en": "Elasticity", "ru": "Эластичность"}[language] not in found


def test_nothing_lost_is_said() -> None:
    """Without losses there is a sentence in place of a table."""
    funnel = loads("funnelsim: 1\nstages: [{name: a, revenue: 1}]").funnel
    document = leaks_document(leaks(funnel), "en")
    assert "Nobody is lost." in render(show_leaks(document, make_names([funnel], "en"), 100))


def test_the_csv_has_every_figure_once(study: Study) -> None:
    """Rows are told apart by their keys, and harmless to a spreadsheet."""
    document = leaks_document(leaks(study.funnel), "en")
    rows = list(list_leaks(document))
    assert all(len(row) == len(LEAKS_COLUMNS) for row in rows)
    keys = [row[:-1] for row in rows]
    assert len(set(keys)) == len(keys)
    assert ("", "", "", "", "revenue", "mean", document["revenue"]["mean"]) in rows
    assert to_csv(LEAKS_COLUMNS, rows).startswith("stage,cause,side,segment,measure,statistic,value\n")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_spreadsheet_has_sheets_of_numbers(study: Study, tmp_path: Path, language: str) -> None:
    """Losses, causes, stages and notes; names are texts, never formulas."""
    document = leaks_document(leaks(study.funnel), language)
    save_leaks(tmp_path / "leaks.xlsx", document, make_names([study.funnel], language))
    book = openpyxl.load_workbook(tmp_path / "leaks.xlsx")
    assert len(book.sheetnames) == 4
    losses = book.worksheets[0]
    assert losses.max_row == 1 + len(document["leaks"])
    assert losses["F2"].value == pytest.approx(document["leaks"][0]["revenue"]["mean"])
    assert book.worksheets[3]["B2"].data_type == "s"
