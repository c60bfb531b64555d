"""Why there is no exact answer, in both languages."""

from __future__ import annotations

import re

import pytest

from funnelsim.errors import NotExact
from funnelsim.exact.solving import solve
from funnelsim.files.loading import loads
from funnelsim.valuation import value_funnels

TEAM = """
funnelsim: 1
sources: {all: {arrivals: 5 / d}}
teams: {desk: {size: 2}}
stages:
  - {name: call, response: {team: desk, service: 10 min}, causes: {slow_response: {patience: 1 h}}}
  - {name: purchase, revenue: 10}
run: {horizon: 5 d, replications: 2}
"""
REFERRALS = """
funnelsim: 1
stages: [{name: purchase, revenue: 10, referrals: {mean: 2, enters: purchase}}]
"""
BUDGET = """
funnelsim: 1
budgets: {attention: {has: {uniform: {low: 2, high: 12}}, cause: low_attention}}
stages:
  - {name: a, spends: {attention: 3}, next: [{to: c, share: 50%}]}
  - {name: b, spends: {attention: 1}}
  - {name: c, spends: {attention: 2}, revenue: 10}
"""


@pytest.mark.parametrize("text", [TEAM, REFERRALS, BUDGET])
def test_a_refusal_is_told_in_both_languages(text: str) -> None:
    """In Russian nothing of the English sentence is left but names and keys in ticks."""
    study = loads(text)
    with pytest.raises(NotExact) as caught:
        solve(study.funnel, run=study.run)
    assert str(caught.value) == caught.value.tell("en")
    told = caught.value.tell("ru")
    assert told.startswith("точного ответа нет: ")
    assert not re.search(r"[A-Za-z]{3,}", re.sub(r"`[^`]*`", "", told))


def test_the_note_of_a_simulation_says_why_in_both_languages() -> None:
    """Whoever reads Russian is told in Russian why something is simulated."""
    study = loads(TEAM)
    (note,) = value_funnels([study.funnel], study.run).notes
    assert "the team `desk` answers" in note.en
    assert "отвечает команда `desk`" in note.ru
    assert not re.search(r"[A-Za-z]{3,}", re.sub(r"`[^`]*`", "", note.ru))
