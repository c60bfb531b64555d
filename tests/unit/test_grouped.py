"""Whole-day stamps: chances and clocks by the grouped likelihood."""

from __future__ import annotations

import math

import numpy as np
import pytest

from funnelsim.fitting.grouped import fit_grouped


def _whole_days(number: int, size: int, chance: float) -> tuple[np.ndarray, np.ndarray]:
    """Return durations between whole-day stamps, and causes: 0 a chance at entry and a Weibull clock, 1 completion."""
    generator = np.random.default_rng([21, number])
    begun = generator.random(size)
    clock, takes = 12.0 * generator.weibull(0.7, size), generator.exponential(8.0, size)
    at_once = generator.random(size) < chance
    cause = np.where(at_once | (clock < takes), 0, 1)
    time = np.where(at_once, 0.0, np.minimum(clock, takes))
    return np.floor(begun + time) - np.floor(begun), cause


def test_a_chance_and_a_clock_are_told_apart_in_many_whole_days() -> None:
    """20,000 customers, truth 8% at entry, Weibull(.7, 12 d), completion Exp(8 d): all inside three standard errors."""
    lost, done = fit_grouped(*_whole_days(0, 20_000, 0.08), 2, [True, False])
    assert lost.clock is not None
    assert done.clock is not None
    assert lost.clock.family == "weibull"
    assert abs(lost.log_hazard - math.log(-math.log1p(-0.08))) < 3.0 * lost.error
    errors = np.sqrt(np.diag(lost.clock.covariance))
    assert (np.abs(lost.clock.logs - np.log([0.7, 12.0])) < 3.0 * errors).all()
    assert abs(done.clock.interval(done.clock.names[0]).mean - 8.0) < 0.3 or done.clock.family != "exponential"


def test_a_chance_that_is_not_there_is_not_kept() -> None:
    """Without a chance, it adds less than 3.84/2 to the likelihood and is left out (as in 95 of 100 data sets)."""
    lost, _ = fit_grouped(*_whole_days(1, 4000, 0.0), 2, [True, False])
    assert not lost.chance.mean > 0.0
    assert lost.worth < 3.85


def test_hours_are_days_in_other_units() -> None:
    """The same durations in units of half a day: times halve, shares stay."""
    days, cause = _whole_days(2, 3000, 0.1)
    whole = fit_grouped(days, cause, 2, [True, False])
    halves = fit_grouped(days * 0.5, cause, 2, [True, False], unit=0.5)
    assert whole[1].clock is not None
    assert halves[1].clock is not None
    assert halves[0].chance.mean == pytest.approx(whole[0].chance.mean, rel=1e-6)
    assert (
        halves[1].clock.law.a == pytest.approx(whole[1].clock.law.a * 0.5, rel=1e-6) or whole[1].clock.family == "gamma"
    )


def test_censored_and_late_records_count() -> None:
    """Exponential clock, mean 10 days, some censored, some seen only from a later day on: the mean is inside 3 se."""
    generator = np.random.default_rng(23)
    size = 20_000
    begun, time = generator.random(size), generator.exponential(10.0, size)
    cut = generator.integers(1, 30, size).astype(float)
    late = np.where(generator.random(size) < 0.3, np.floor(generator.uniform(1.0, 5.0, size)), 0.0)
    days = np.floor(begun + time)
    cause = np.where(days <= cut, 0, -1)
    seen = (late == 0.0) | (time > late)
    shown = np.minimum(days, cut)
    seen &= shown > late - (late == 0.0)
    (found,) = fit_grouped(shown[seen], cause[seen], 1, [False], entries=late[seen])
    assert found.clock is not None
    if found.clock.family == "exponential":
        assert abs(found.clock.logs[0] - math.log(10.0)) < 0.05
    assert found.clock.interval(found.clock.names[-1]).mean > 0.0


def test_many_units_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weibull(1.3, 30 d) stamped in hours, 660 on average: bins move no number by a twentieth of its standard error."""
    generator = np.random.default_rng(31)
    hours = np.floor(generator.random(4000) + 720.0 * generator.weibull(1.3, 4000))
    found = []
    for told_apart in (64.0, 1e9):
        monkeypatch.setattr("funnelsim.fitting.grouped.TOLD_APART", told_apart)
        (fit,) = fit_grouped(hours / 24.0, np.zeros(4000, dtype=np.int64), 1, [False], unit=1.0 / 24.0)
        assert fit.clock is not None
        found.append(fit.clock)
    binned, exact = found
    assert binned.family == exact.family == "weibull"
    assert (np.abs(binned.logs - exact.logs) < 0.05 * np.sqrt(np.diag(exact.covariance))).all()


def test_a_cause_that_only_acts_at_entry_is_a_chance() -> None:
    """8% lost on entering, all else a clock: in whole days it is a chance of 8%, within 3 standard errors, no clock."""
    dice = np.random.default_rng(8)
    lost = dice.random(4000) < 0.08
    lasted = np.where(lost, 0.0, np.floor(dice.random(4000) + dice.exponential(3.0, 4000)))
    chance, clock = fit_grouped(lasted, np.where(lost, 0, 1), 2, [True, False])
    assert chance.clock is None
    assert abs(chance.chance.mean - 0.08) < 3.0 * np.sqrt(0.08 * 0.92 / 4000)
    assert chance.chance.low < 0.08 < chance.chance.high
    assert clock.clock is not None
