"""The simulation against theory: each expectation comes with its source, each test with its error level.

All z-scores are held below 4.4: with fewer than 100 of them the chance of a false alarm is below 0.2% (two-sided normal
tail 1.1e-5 each), and the seeds are fixed, so a failure is a change of the program.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

World = Callable[..., Any]
Z = Callable[[float, int, float], float]
LIMIT = 4.4
ALONE = "funnelsim: 1\nsources: {{all: {{batch: {size}}}}}\nstages:\n"


# Exact cumulative incidences of cause 1 Exp(0.10 / d) against others; 30-digit arithmetic, and R cmprsk agrees.
@pytest.mark.parametrize(
    ("other", "at", "first", "second"),
    [
        ("{exponential: {rate: 0.05 / d}}", 20, 0.633475287755, 0.316737643877),
        ("{weibull: {shape: 1.5, scale: 12 d}}", 5, 0.3584706065, 0.1780332325),
        ("{weibull: {shape: 1.5, scale: 12 d}}", 20, 0.5752507059, 0.4090109842),
        ("{weibull: {shape: 2, scale: 10 d}}", 10, 0.5070711224, 0.3575935943),
        ("{weibull: {shape: 0.7, scale: 20 d}}", 20, 0.5743444456, 0.375868486),
    ],
)
def test_competing_clocks_have_the_exact_cumulative_incidence(
    world: World, z: Z, other: str, at: int, first: float, second: float
) -> None:
    """Two clocks that compete for `at` days take what competing-risks theory says, not what each would take alone."""
    size = 20_000
    text = ALONE.format(size=size) + (
        f"  - {{name: a, takes: {at} d,"
        " causes: {competitor_offer: {time_to_loss: {exponential: {rate: 0.1 / d}}},"
        f" changed_mind: {{time_to_loss: {other}}}}}}}"
    )
    w = world(text, seed=11)
    assert abs(z(w.lost("a", "competitor_offer"), size, first)) < LIMIT
    assert abs(z(w.lost("a", "changed_mind"), size, second)) < LIMIT


RACE = ALONE + (
    "  - name: lead\n"
    "    takes: {{weibull: {{shape: 0.8, scale: 5 d}}}}\n"
    "    causes:\n"
    "      competitor_offer: {{time_to_loss: {{exponential: {{rate: 0.02 / d}}}}}}\n"
    "      changed_mind: {{time_to_loss: {{weibull: {{shape: 1.5, scale: 40 d}}}}}}\n"
    "      forgot: {{time_to_loss: {{lognormal: {{median: {median} d, sigma: 0.8}}}}}}\n"
    "  - name: qualified\n"
    "    takes: {{gamma: {{shape: 2, scale: 4 d}}}}\n"
    "    causes:\n"
    "      competitor_offer: {{time_to_loss: {{exponential: {{rate: 0.03 / d}}}}}}\n"
    "      changed_mind: {{time_to_loss: {{exponential: {{rate: 0.01 / d}}}}}}\n"
    "      slow_response: {{time_to_loss: {{weibull: {{shape: 2, scale: 30 d}}}}}}\n"
)


def test_races_of_clocks_of_mixed_laws_have_the_exact_shares(world: World, z: Z) -> None:
    """Weibull, exponential, lognormal and gamma clocks share customers as quadrature says (30-digit arithmetic)."""
    size = 30_000
    w = world(RACE.format(size=size, median=repr(math.exp(3.5))), seed=5)
    lead = {"competitor_offer": 0.0884900, "changed_mind": 0.0515909, "forgot": 0.0287955}
    for cause, share in lead.items():
        assert abs(z(w.lost("lead", cause), size, share)) < LIMIT
    qualified = w.at("qualified").size
    assert abs(z(qualified, size, 0.8311236)) < LIMIT
    later = {"competitor_offer": 0.1838107, "changed_mind": 0.0612702, "slow_response": 0.0640560}
    for cause, share in later.items():
        assert abs(z(w.lost("qualified", cause), qualified, share)) < LIMIT


CHAIN = ALONE + (
    "  - {{name: first, takes: {{exponential: {{mean: 2 d}}}},"
    " loses: {{share: 70%, at: exit, split: {{apathy: 1}}}}}}\n"
    "  - {{name: second, takes: {{exponential: {{mean: 5 d}}}}, loses: {{share: 50%, at: exit, split: {{apathy: 1}}}},"
    " next: [{{to: first, share: 10%}}, {{to: third}}]}}\n"
    "  - {{name: third, takes: {{exponential: {{mean: 14 d}}}}, loses: {{share: 40%, at: exit, split: {{apathy: 1}}}},"
    " next: [{{to: second, share: {back!r}}}, {{to: fourth}}]}}\n"
    "  - {{name: fourth, takes: {{exponential: {{mean: 30 d}}}}, loses: {{share: 67%, at: exit, split: {{apathy: 1}}}},"
    " next: [{{to: third, share: {last!r}}}, {{end: won}}]}}\n"
)


def test_a_chain_with_returns_has_the_visits_of_its_fundamental_matrix(world: World) -> None:
    """Visits, time and wins are those of N = (I − Q)⁻¹ (Kemeny & Snell 1960; 30-digit arithmetic)."""
    size = 60_000
    w = world(CHAIN.format(size=size, back=0.10 / 0.60, last=0.08 / 0.33), seed=2)
    expected = {
        "first": 1.015989340439707,
        "second": 0.3197868087941,
        "third": 0.1499000666223,
        "fourth": 0.0749500333111,
    }
    for stage, visits in expected.items():
        per_customer = np.bincount(w.at(stage)["customer"], minlength=size)
        error = per_customer.std(ddof=1) / size**0.5
        assert abs(per_customer.mean() - visits) / error < LIMIT
    won = 0.01873750832778148
    assert abs(w.won() - size * won) / (size * won * (1.0 - won)) ** 0.5 < LIMIT
    days = np.bincount(w.visits["customer"], w.visits["left"] - w.visits["entered"], minlength=size)
    assert abs(days.mean() - 7.978014656895402) / (days.std(ddof=1) / size**0.5) < LIMIT


W1_STAGE = (
    "  - {{name: s{i}, takes: {{exponential: {{mean: 1 d}}}}, causes: {{no_trust: 5%,"
    " competitor_offer: {{time_to_loss: {{exponential: {{rate: 0.05 / d}}}}}},"
    " forgot: {{time_to_loss: {{weibull: {{shape: 1.5, scale: 12 d}}}}}}}}{money}}}\n"
)


def test_eight_stages_in_a_row_have_the_exact_conversion_and_revenue(world: World, z: Z) -> None:
    """Conversion .3568, revenue 48.889, 4.6785 days and 5.3217 stage entries per customer (quadrature, 12 digits)."""
    money = f", revenue: {{lognormal: {{median: {math.exp(4.6)!r}, sigma: 0.8}}}}"
    text = "funnelsim: 1\nsources: {ads: {arrivals: 100 / d}}\nstages:\n" + "".join(
        W1_STAGE.format(i=i, money=money if i == 7 else "") for i in range(8)
    )
    size = 20_000
    w = world(text, seed=4, cohort=size)
    assert w.size == size
    assert abs(z(w.won(), size, 0.356849762036)) < LIMIT
    rows = w.visits
    for values, expected in (
        (np.bincount(rows["customer"], rows["value"], minlength=size), 48.889349914),
        (np.bincount(rows["customer"], rows["left"] - rows["entered"], minlength=size), 4.678532985),
        (np.bincount(rows["customer"], minlength=size), 5.321683223),
    ):
        assert abs(values.mean() - expected) / (values.std(ddof=1) / size**0.5) < LIMIT


def test_entry_chances_join_as_a_product_and_divide_by_their_hazards(world: World, z: Z) -> None:
    """Chances of 40% and 20% lose 1 − .6 × .8 = 52% in all, divided as ln(1/.6) to ln(1/.8)."""
    size = 30_000
    w = world(ALONE.format(size=size) + "  - {name: a, causes: {distracted: 40%, forgot: 20%}}", seed=6)
    total, first = 0.52, math.log(1 / 0.6) / math.log(1 / 0.48)
    assert abs(z(w.lost("a", "distracted"), size, total * first)) < LIMIT
    assert abs(z(w.lost("a", "forgot"), size, total * (1.0 - first))) < LIMIT


@pytest.mark.parametrize(("reminders", "every"), [("", math.inf), (", reminders: {every: 3 d}", 3.0)])
def test_forgetting_is_a_power_law_of_the_time_since_the_last_contact(
    world: World, z: Z, reminders: str, every: float
) -> None:
    """Half-life 6 d, decay .5, deciding Exp(14 d): no reminder loses 54%, one every 3 d 22% (quadrature)."""
    scale, decay, mean = 6.0 / (2.0**2 - 1.0), 0.5, 14.0

    def forgotten(takes: float) -> float:
        since = takes if math.isinf(every) else math.fmod(takes, every)
        return float((1.0 - (1.0 + since / scale) ** -decay) * math.exp(-takes / mean) / mean)

    cuts = [0.0, *np.arange(3.0, 300.0, 3.0)] if every == 3.0 else [0.0, 5.0, 50.0, 600.0]
    expected = sum(quad(forgotten, a, b)[0] for a, b in pairwise(cuts))
    assert round(expected, 2) == (0.54 if math.isinf(every) else 0.22)
    size = 20_000
    text = ALONE.format(size=size) + (
        "  - {name: a, takes: {exponential: {mean: 14 d}},"
        f" causes: {{forgot: {{forgetting: {{half_life: 6 d, decay: 0.5}}{reminders}}}}}}}"
    )
    assert abs(z(world(text, seed=8).lost("a", "forgot"), size, expected)) < LIMIT


def test_budgets_take_what_their_survival_drops_by(world: World, z: Z) -> None:
    """Of a stock with mean 10 (exponential), a stage that spends 3 after 4 takes S(4) − S(7) of all."""
    size = 20_000
    text = (
        f"funnelsim: 1\nsources: {{all: {{batch: {size}}}}}\n"
        "budgets: {attention: {has: {exponential: {mean: 10}}, cause: low_attention}}\n"
        "stages: [{name: a, spends: {attention: 4}}, {name: b, spends: {attention: 3}}]"
    )
    w = world(text, seed=9)
    assert abs(z(w.lost("a", "low_attention"), size, 1.0 - math.exp(-0.4))) < LIMIT
    assert abs(z(w.lost("b", "low_attention"), size, math.exp(-0.4) - math.exp(-0.7))) < LIMIT


def test_a_hazard_factor_is_a_power_of_the_survival_function(world: World, z: Z) -> None:
    """`times: 2.5` on a log-logistic clock: S(t)^2.5 are left at time t (S from scipy.stats.fisk)."""
    size = 20_000
    text = ALONE.format(size=size) + (
        "  - {name: a, takes: 4 d,"
        " causes: {apathy: {times: 2.5, time_to_loss: {loglogistic: {shape: 1.7, scale: 9 d}}}}}"
    )
    left = float(stats.fisk.sf(4.0, 1.7, scale=9.0)) ** 2.5
    assert abs(z(world(text, seed=10).won(), size, left)) < LIMIT


def test_arrivals_follow_the_profile(world: World) -> None:
    """Counts by weekday and by hour are those of the integrated rate (chi-square, error level 1e-5)."""
    day = [0.0] * 9 + [2.0] * 9 + [0.5] * 6
    week = [1.0, 1.0, 1.0, 1.0, 1.0, 0.3, 0.2]
    text = (
        "funnelsim: 1\nsources: {ads: {arrivals: {rate: 100 / d, "
        f"day: {day}, week: {week}, months: {{feb: 2}}}}}}}}\nstages: [{{name: a}}]"
    )
    arrived = world(text, seed=12, horizon=56.0).customers["arrived"]
    february = arrived >= 31.0
    weights = np.outer(week, day) / 24.0 * 100.0
    jan = [np.sum((arrived % 7 // 1 == d) & ~february) for d in range(7)]
    # January 2024 has 31 days from a Monday: five of each weekday up to Wednesday, four of the others.
    expected = weights.sum(axis=1) * np.array([5, 5, 5, 4, 4, 4, 4])
    assert stats.chisquare(jan, expected * sum(jan) / expected.sum()).pvalue > 1e-5
    assert abs(sum(jan) - expected.sum()) / expected.sum() ** 0.5 < LIMIT
    twice = weights.sum(axis=1) @ np.array([3, 3, 3, 4, 4, 4, 4]) * 2.0  # 25 days of February, doubled
    assert abs(february.sum() - twice) / twice**0.5 < LIMIT
    hours = np.bincount((arrived * 24.0 % 24.0).astype(int), minlength=24)
    open_hours = np.array(day) > 0
    assert hours[~open_hours].sum() == 0
    wanted = np.array(day)[open_hours]
    assert stats.chisquare(hours[open_hours], wanted * hours.sum() / wanted.sum()).pvalue > 1e-5


def test_options_are_chosen_by_their_shares(world: World) -> None:
    """Segments, touchpoints and routes are drawn with the shares that the file gives (chi-square, error level 1e-5)."""
    size = 20_000
    text = (
        f"funnelsim: 1\nsources: {{all: {{batch: {size}}}}}\n"
        "segments: {big: {share: 30%, changes: [{set: stages.a.cost, to: 5}]}}\n"
        "stages:\n"
        "  - {name: a, touchpoints: [{name: site, share: 50%}, {name: phone, share: 30%}],"
        " next: [{to: c, share: 15%}, {to: d, share: 25%}]}\n"
        "  - {name: b}\n  - {name: c}\n  - {name: d}\n"
    )
    w = world(text, seed=13)
    visits = w.at("a")
    assert abs(np.sum(visits["visit_cost"] == 5.0) - 0.3 * size) / (size * 0.21) ** 0.5 < LIMIT
    names = np.array(w.plan.touchpoints)[visits["touchpoint"]]
    found = [np.sum(names == name) for name in ("site", "phone", "rest")]
    assert stats.chisquare(found, np.array([0.5, 0.3, 0.2]) * size).pvalue > 1e-5
    to = np.array(w.plan.stages)[visits["to"]]
    found = [np.sum(to == name) for name in "bcd"]
    assert stats.chisquare(found, np.array([0.6, 0.15, 0.25]) * size).pvalue > 1e-5


def test_referrals_are_poisson_and_total_as_a_branching_process(world: World) -> None:
    """With 0.5 referrals at each of all completions, 1 / (1 − .5) = 2 customers come of each arrival."""
    size = 5_000
    text = (
        f"funnelsim: 1\nsources: {{all: {{batch: {size}}}}}\n"
        "stages: [{name: a, revenue: 1, referrals: {mean: 0.5}}]"
    )
    w = world(text, seed=14)
    # The total progeny of a Poisson(m) branching process is Borel: mean 1/(1−m), variance m/(1−m)³ (Borel 1942).
    assert abs(w.size - 2 * size) / (size * 0.5 / 0.5**3) ** 0.5 < LIMIT
    children = np.bincount(w.customers["parent"][w.customers["parent"] >= 0], minlength=w.size)
    counts = np.bincount(np.minimum(children, 4), minlength=5)
    expected = np.append(stats.poisson.pmf(range(4), 0.5), stats.poisson.sf(3, 0.5)) * w.size
    assert stats.chisquare(counts, expected).pvalue > 1e-5
