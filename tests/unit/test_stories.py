"""Reading a ledger: everyone is in one group, and the sums are those of the whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.model import Study
from funnelsim.views.naming import make_names, name_study
from funnelsim.views.stories import read_ledger, tell_saved

FATES = st.one_of(
    st.sampled_from(["won", "open", "absent"]).map(lambda fate: {"fate": fate, "stage": None, "cause": None}),
    st.builds(
        lambda stage, cause: {"fate": "lost", "stage": stage, "cause": cause},
        st.sampled_from(["lead", "demo", "payment"]),
        st.sampled_from(["spam", "forgot", "no_trust", "apathy"]),
    ),
)
ROWS = st.builds(
    lambda base, scenario, customers, revenue: {
        "base": base,
        "scenario": scenario,
        "customers": customers,
        "revenue": revenue,
    },
    FATES,
    FATES,
    st.floats(0, 1e6),
    st.floats(-1e9, 1e9),
)


@given(st.lists(ROWS, max_size=40))
def test_groups_cover_everyone_once(rows: list[dict[str, Any]]) -> None:
    """Customers and money of the groups add up to those of the ledger: nobody is dropped, nobody counted twice."""
    reading = read_ledger(rows, make_names([], "en"))
    for column in ("customers", "revenue"):
        whole = sum(row[column] for row in rows)
        groups = sum(getattr(group, column) for group in reading.groups)
        assert groups == pytest.approx(whole, rel=1e-9, abs=1e-3)
        assert getattr(reading.total, column) == pytest.approx(whole, rel=1e-9, abs=1e-3)


@given(st.lists(ROWS, max_size=40))
def test_the_saved_are_all_accounted_for(rows: list[dict[str, Any]]) -> None:
    """Saved = bought + lost at another stage + still open + no longer there."""
    reading = read_ledger(rows, make_names([], "en"))
    assert reading.won + reading.lost + reading.open + reading.absent == pytest.approx(reading.saved)
    assert sum(group.customers for group in reading.sources) == pytest.approx(reading.saved)
    assert sum(group.customers for group in reading.losses) == pytest.approx(reading.lost)


def test_saved_means_no_longer_lost_at_that_stage(ledger: list[dict[str, Any]], study: Study) -> None:
    """Who is lost at the same stage to another cause is not saved: 200 of the 203 are."""
    reading = read_ledger(ledger, name_study(study, "en"))
    assert (reading.saved, reading.won, reading.lost, reading.open, reading.not_won) == (200, 40, 148, 12, 160)
    assert [group.label for group in reading.sources] == ["Lead · Slow response"]


def test_the_rarest_losses_are_summed_not_dropped(ledger: list[dict[str, Any]], study: Study) -> None:
    """Three kinds of later losses are shown and the other two summed into one row (8 + 5 customers)."""
    reading = read_ledger(ledger, name_study(study, "en"))
    shown = {group.label.replace("\u00a0", " "): group.customers for group in reading.groups}
    assert shown["lost → lost: Demo · No trust in the company"] == 90
    assert shown["lost → lost: 2 other losses"] == 13
    assert shown["bought → lost"] == 2
    assert shown["same fate in both"] == 26847


def test_the_story_says_what_became_of_the_saved(ledger: list[dict[str, Any]], study: Study) -> None:
    """The sentences name how many were saved, where, and how they ended."""
    told = " ".join(tell_saved(read_ledger(ledger, name_study(study, "en")), name_study(study, "en")))
    assert told.replace("\u00a0", " ") == (
        "Saved, on average per replication: 200 customers who were lost in the base, most of all at "
        "Lead · Slow response. What became of them: bought 40; lost at a later stage 148 (mostly "
        "Demo · No trust in the company; Demo · Forgot); still open 12."
    )


def test_a_few_people_are_told_with_a_decimal(study: Study) -> None:
    """8 saved, of whom 6.5 bought and 1.5 were lost: the parts add up as they are shown."""
    lost = {"fate": "lost", "stage": "lead", "cause": "spam"}
    later = {"fate": "lost", "stage": "demo", "cause": "forgot"}
    won = {"fate": "won", "stage": None, "cause": None}
    rows = [
        {"base": lost, "scenario": won, "customers": 6.5, "revenue": 0.0},
        {"base": lost, "scenario": later, "customers": 1.5, "revenue": 0.0},
    ]
    told = " ".join(tell_saved(read_ledger(rows, name_study(study, "en")), name_study(study, "en")))
    assert "bought 6.5; lost at a later stage 1.5" in told


def test_losses_at_an_earlier_stage_are_not_called_later(study: Study) -> None:
    """Lost at the demo in the base and at the lead in the scenario: `another stage`, not `a later stage`."""
    row = {
        "base": {"fate": "lost", "stage": "demo", "cause": "forgot"},
        "scenario": {"fate": "lost", "stage": "lead", "cause": "spam"},
        "customers": 10.0,
        "revenue": 0.0,
    }
    names = name_study(study, "en")
    assert "lost at another stage 10" in " ".join(tell_saved(read_ledger([row], names), names))


def test_a_scenario_that_moves_nobody_says_so(study: Study) -> None:
    """No fate changes: one plain sentence in either language."""
    fate = {"fate": "won", "stage": None, "cause": None}
    rows = [{"base": fate, "scenario": fate, "customers": 5.0, "revenue": 0.0}]
    for language, said in (("en", "Nobody's fate changes."), ("ru", "Ничья судьба не меняется.")):
        names = name_study(study, language)
        assert tell_saved(read_ledger(rows, names), names) == [said]
