"""Deviations that recur, told from changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from funnelsim.adequacy.checking import hold_out
from funnelsim.adequacy.recurring import Past, find_recurrence
from funnelsim.eventlog import LOST, OPEN, EventLog
from tests.adequacy.histories import changed_log, make_log

START = date(2024, 1, 1)
#: Weeks from 1 January 2024 to 30 December 2024.
WEEKS = np.arange(0.0, 365.0, 7.0)


def _ends_of_quarters() -> np.ndarray:
    """Tell which weeks are mostly within the last 14 days of a quarter (90 or 91 days; 2024)."""
    ends = np.array([91.0, 182.0, 274.0, 366.0])
    middle = 0.5 * (WEEKS[:-1] + WEEKS[1:])
    return np.asarray([bool(((ends - m > 0.0) & (ends - m <= 14.0)).any()) for m in middle])


def test_ends_of_quarters_recur() -> None:
    """Twice as many in the last fortnight of each quarter of 2024: late March 2025 is the quarter's, and explained."""
    expected = np.full(len(WEEKS) - 1, 20.0)
    past = Past(WEEKS, np.where(_ends_of_quarters(), 40.0, 17.0), expected)
    found = find_recurrence(past, (441.0, 455.0), 78.0, 40.0, START)
    assert found is not None
    assert (found.cycle, found.whole) == ("quarter", True)
    assert found.observed == pytest.approx(2.0 * found.expected)


def test_what_is_much_more_than_recurs_is_not_explained() -> None:
    """Ten times as many as expected, where like periods had twice as many, is named, but not explained."""
    past = Past(WEEKS, np.where(_ends_of_quarters(), 40.0, 17.0), np.full(len(WEEKS) - 1, 20.0))
    found = find_recurrence(past, (441.0, 455.0), 400.0, 40.0, START)
    assert found is not None
    assert not found.whole


def test_one_like_period_is_no_pattern() -> None:
    """In twenty weeks a quarter has come to its end only once: one coincidence says nothing."""
    past = Past(WEEKS[:21], np.where(_ends_of_quarters(), 40.0, 17.0)[:20], np.full(20, 20.0))
    assert find_recurrence(past, (168.0, 182.0), 78.0, 40.0, START) is None


def test_the_error_level_of_a_pattern() -> None:
    """Of 400 pasts without one a pattern is found in at most 5% + 3 errors (8.3%), also where weeks scatter more.

    Counts of a negative binomial law with twice the variance of Poisson's.
    """
    dice = np.random.default_rng(4)
    named = 0
    for number in range(400):
        mean = 20.0 * (dice.gamma(20.0, 1.0 / 20.0, len(WEEKS) - 1) if number % 2 else np.ones(len(WEEKS) - 1))
        past = Past(WEEKS, dice.poisson(mean).astype(float), np.full(len(WEEKS) - 1, 20.0))
        named += find_recurrence(past, (441.0, 455.0), 78.0, 40.0, START) is not None
    assert named / 400 <= 0.083


def _with_month_ends(seed: int) -> EventLog:
    """A history of 240 days in which 60% of offers that would end 5 to 16 days before a month does end in its last 5.

    What follows moves with the end.
    """
    log = make_log(seed, days=240.0)
    visits = log.visits.copy()
    offer = log.stages.index("offer")
    ends = np.cumsum([31.0, 29.0, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0])
    dice = np.random.default_rng(seed)
    done = np.flatnonzero((visits["stage"] == offer) & np.isfinite(visits["left"]) & (visits["outcome"] != LOST))
    for row in done.tolist():
        end = float(ends[np.searchsorted(ends, visits["left"][row], side="right").clip(max=7)])
        wait = end - float(visits["left"][row])
        if 5.0 < wait < 16.0 and dice.random() < 0.6:
            moved = end - 5.0 * dice.random() - float(visits["left"][row])
            visits["left"][row] += moved
            following = row + 1
            while following < len(visits) and visits["customer"][following] == visits["customer"][row]:
                for name in ("entered", "started", "served", "left"):
                    visits[name][following] += moved
                following += 1
    late = visits["left"] >= 240.0
    visits["left"][late], visits["outcome"][late], visits["to"][late], visits["cause"][late] = np.nan, OPEN, -1, -1
    return replace(log, visits=visits[visits["entered"] < 240.0])


def test_a_change_that_came_once_is_no_pattern() -> None:
    """Rates that changed in May, seen from May on: drifted, with no cycle, although four months came before."""
    log = changed_log(3, "mean: 30 d", "mean: 6 d")
    found = hold_out(log, cut=110.0, at="10 d", draws=20)
    assert found.kind == "drifted"
    assert all(one.nature == "changed" and not one.cycle for one in found.drifts)


def test_ends_of_months_recur() -> None:
    """Where offers wait for the end of the month, as they did for five months, the verdict is seasonal and says so."""
    found = hold_out(_with_month_ends(5), cut=182.0, at="10 d", period="5 d", draws=20)
    assert found.kind == "seasonal"
    assert {one.cycle for one in found.drifts} == {"month"}
    assert "This recurs every month" in found.verdict.en
    assert "цикл — месяц" in found.verdict.ru
