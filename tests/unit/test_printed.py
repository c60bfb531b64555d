"""Claims about `funnelsim.views.printed`: a notebook prints what the command line prints, in either language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from funnelsim import compare, fit, history, hold_out, load, loads, simulate, solve
from funnelsim.findings import Report
from funnelsim.model import Study
from funnelsim.views.naming import clean_quoted, make_names
from funnelsim.views.printed import describe, describe_comparison

SMALLEST = Path(__file__).parents[2] / "scenarios" / "smallest.yaml"
TIMED = """\
funnelsim: 1
sources: {site: {arrivals: 5 / d}}
segments: {regular: {label: {en: Regulars, ru: Постоянные}, share: 20%, changes: []}}
stages:
  - {name: call, label: {en: Call, ru: Звонок}, takes: {exponential: {mean: 2 d}}, causes: {no_trust: 30%}}
  - {name: buy, label: {en: Purchase, ru: Покупка}, revenue: 100}
run: {replications: 2, seed: 1, horizon: 120 d}
"""


@pytest.fixture(scope="module")
def study() -> Study:
    """Return a funnel whose customers take their time."""
    return loads(TIMED)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_result_has_a_printed_form(study: Study, language: str) -> None:
    """Runs, exact answers, fits, checks and what reading found are told in words of the language, causes by label."""
    log = history(study.funnel, run=study.run)
    results = (
        simulate(study.funnel, run=study.run),
        solve(study.funnel),
        fit(log, draws=20),
        hold_out(log, cut="2024-03-01", window="20 d", at="5 d", draws=20),
    )
    trust = {"en": "No trust in the company", "ru": "Нет доверия к компании"}[language]
    for result in results:
        told = describe(result, language=language)
        assert trust in told
        assert "no_trust" not in told
        assert bool(re.search("[а-яё]", told)) == (language == "ru")
    assert "3" in describe(Report("log.csv", 3, 3, ()), language=language)


def test_a_comparison_is_told_with_its_answer_first() -> None:
    """The first sentence names the scenario that brings most, as `funnelsim compare` does."""
    study = load(SMALLEST)
    told = describe_comparison(compare(study, replications=2, seed=1), study)
    assert "Most revenue is expected from" in told


def test_lines_are_no_wider_than_asked(study: Study) -> None:
    """Tables and sentences fit into the width, where their numbers do."""
    told = describe(simulate(study.funnel, run=study.run), width=72)
    assert max(map(len, told.splitlines())) <= 72


def test_segments_have_labels(study: Study) -> None:
    """Whoever is in several segments is called by the labels of all of them, and nobody by a key."""
    names = make_names([study.funnel], "ru")
    assert names.segment("regular") == "Постоянные"
    assert names.segment("regular+vip") == "Постоянные + vip"
    assert names.segment("") == "без сегмента"


def test_quotation_marks_are_those_of_the_language() -> None:
    """English has “ ”, Russian « », whichever a sentence came with."""
    assert clean_quoted("to «Offer»", "en") == "to “Offer”"
    assert clean_quoted("на этап “Оферта”", "ru") == "на этап «Оферта»"
