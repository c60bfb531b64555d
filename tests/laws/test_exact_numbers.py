"""The exact solver against numbers that were computed elsewhere, and the relations that need no luck.

The numbers of competing causes, of the race of clocks, of absorbing chains and of forgetting were computed twice by
independent means (30-digit arithmetic, R); W1 is a funnel of eight stages whose answer is known to nine digits.
"""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np
import pytest

from funnelsim.errors import FunnelsimError, NotExact
from funnelsim.exact.solution import Solution
from funnelsim.exact.solving import solve
from funnelsim.files.changes import apply
from funnelsim.files.loading import loads
from funnelsim.model import Run


def solved(text: str, at: str | float | None = None) -> Solution:
    """Solve the funnel of a text."""
    study = loads(f"funnelsim: 1\n{text}")
    return solve(study.funnel, run=study.run, at=at)


def losses(solution: Solution, stage: str) -> dict[str, float]:
    """Return what a stage loses by cause."""
    row = solution.losses[solution.stages.index(stage)]
    return {cause: float(p) for cause, p in zip(solution.causes, row, strict=True) if p > 0.0}


# ------------------------------------------------------------------------------------------ competing causes


@pytest.mark.parametrize(
    ("law", "time", "first", "second", "tolerance"),
    [
        ("exponential: {rate: 0.05 / d}", "20 d", 0.633475287755, 0.316737643877, 1e-10),
        ("weibull: {shape: 1.5, scale: 12 d}", "5 d", 0.3584706065, 0.1780332325, 1e-8),
        ("weibull: {shape: 1.5, scale: 12 d}", "20 d", 0.5752507059, 0.4090109842, 1e-8),
        ("weibull: {shape: 1.5, scale: 12 d}", "100000 d", 0.580984056507, 1 - 0.580984056507, 1e-9),
        ("weibull: {shape: 2, scale: 10 d}", "10 d", 0.5070711224, 0.3575935943, 1e-8),
        ("weibull: {shape: 2, scale: 10 d}", "100000 d", 0.545641360765, 1 - 0.545641360765, 1e-9),
        ("weibull: {shape: 0.7, scale: 20 d}", "20 d", 0.5743444456, 0.375868486, 1e-8),
    ],
)
def test_competing_pairs(law: str, time: str, first: float, second: float, tolerance: float) -> None:
    """Cause 1 with rate .10 a day against a second one: the cumulative incidences of both, by stage and by date."""
    cause = f"apathy: {{time_to_loss: {{exponential: {{rate: 0.10 / d}}}}}}, shyness: {{time_to_loss: {{{law}}}}}"
    by_stage = losses(solved(f"stages: [{{name: a, takes: {time}, causes: {{{cause}}}}}]"), "a")
    assert by_stage["apathy"] == pytest.approx(first, abs=tolerance)
    assert by_stage["shyness"] == pytest.approx(second, abs=tolerance)
    (date,) = solved(f"stages: [{{name: a, takes: 100000 d, causes: {{{cause}}}}}]", time).at
    assert date.lost["apathy"] == pytest.approx(first, abs=tolerance)
    assert date.lost["shyness"] == pytest.approx(second, abs=tolerance)


def test_race_of_clocks() -> None:
    """Two stages of the race of clocks: every share to the seven digits published."""
    solution = solved(f"""
stages:
  - name: lead
    takes: {{weibull: {{shape: 0.8, scale: 5 d}}}}
    causes:
      competitor_offer: {{time_to_loss: {{exponential: {{rate: 0.02 / d}}}}}}
      changed_mind: {{time_to_loss: {{weibull: {{shape: 1.5, scale: 40 d}}}}}}
      forgot: {{time_to_loss: {{lognormal: {{median: {math.exp(3.5)!r} d, sigma: 0.8}}}}}}
  - name: qualified
    takes: {{gamma: {{shape: 2, scale: 4 d}}}}
    causes:
      competitor_offer: {{time_to_loss: {{exponential: {{rate: 0.03 / d}}}}}}
      changed_mind: {{time_to_loss: {{exponential: {{rate: 0.01 / d}}}}}}
      slow_response: {{time_to_loss: {{weibull: {{shape: 2, scale: 30 d}}}}}}
""")
    lead = [
        solution.completed[0],
        *(losses(solution, "lead")[c] for c in ("competitor_offer", "changed_mind", "forgot")),
    ]
    assert lead == pytest.approx([0.8311236, 0.0884900, 0.0515909, 0.0287955], abs=5.1e-8)
    found = losses(solution, "qualified")
    qualified = [solution.completed[1], *(found[c] for c in ("competitor_offer", "changed_mind", "slow_response"))]
    expected = [0.6908630, 0.1838107, 0.0612702, 0.0640560]
    assert [share / solution.visits[1] for share in qualified] == pytest.approx(expected, abs=5.1e-8)


@pytest.mark.parametrize(("reminders", "lost"), [("", 0.54), (", reminders: {every: 3 d, cost: 1}", 0.22)])
def test_forgetting(reminders: str, lost: float) -> None:
    """With a half-life of 6 days and 14 days to decide 54% have forgotten at the exit, 22% with reminders."""
    solution = solved(f"""
stages:
  - name: a
    takes: {{exponential: {{mean: 14 d}}}}
    causes: {{forgot: {{forgetting: {{half_life: 6 d, decay: 0.5}}{reminders}}}}}
""")
    assert losses(solution, "a")["forgot"] == pytest.approx(lost, abs=0.005)
    if reminders:
        # the number of reminders in an exponential time is geometric
        assert solution.reminder_cost == pytest.approx(1.0 / math.expm1(3.0 / 14.0), rel=1e-10)


def test_forgetting_is_the_integral() -> None:
    """Remembering after an exponential time is ∫ λ exp(−λt) (1 + t/s)^(−1) dt, here with the exponential integral."""
    from scipy.special import exp1

    scale = 6.0  # the half-life, where the decay is 1
    remembered = scale / 14.0 * math.exp(scale / 14.0) * exp1(scale / 14.0)
    forgets = "{forgot: {forgetting: {half_life: 6 d, decay: 1}}}"
    text = f"stages: [{{name: a, takes: {{exponential: {{mean: 14 d}}}}, causes: {forgets}}}]"
    assert solved(text).conversion == pytest.approx(remembered, abs=1e-12)


def test_a_clock_that_remembers_the_wait() -> None:
    """A stage clock goes on after the wait: a double integral, here as scipy's `dblquad` gives it to 1e-11."""
    solution = solved("""
stages:
  - name: a
    response: {wait: {exponential: {mean: 1 d}}}
    takes: {exponential: {mean: 2 d}}
    causes:
      apathy: {time_to_loss: {weibull: {shape: 2, scale: 3 d}}}
      slow_response: {patience: {weibull: {shape: 0.8, scale: 2 d}}}
""")
    assert solution.conversion == pytest.approx(0.34609693474272, abs=1e-11)


# ----------------------------------------------------------------------------------------------- absorbing chains


def test_gambler() -> None:
    """The gambler between 0 and 4: the fundamental matrix, the times and the chances of ruin, to the last digit."""
    stages = """
stages:
  - {name: one, takes: 1 d, causes: {apathy: {chance: 50%, at: exit}}}
  - {name: two, takes: 1 d, next: [{to: one, share: 50%}, {to: three, share: 50%}]}
  - {name: three, takes: 1 d, next: [{to: two, share: 50%}, {end: won}]}
"""
    rows = [solved(f"sources: {{all: {{batch: 1, enters: {stage}}}}}\n{stages}") for stage in ("one", "two", "three")]
    expected = [[1.5, 1.0, 0.5], [1.0, 2.0, 1.0], [0.5, 1.0, 1.5]]
    np.testing.assert_allclose([row.visits for row in rows], expected, atol=1e-13)
    np.testing.assert_allclose([row.days for row in rows], [3.0, 4.0, 3.0], atol=1e-13)
    np.testing.assert_allclose([row.fates.sum() for row in rows], [0.75, 0.5, 0.25], atol=1e-13)


def four_stages(shift: tuple[int, float] = (-1, 0.0)) -> Solution:
    """Solve the four stages; shift: from loss to going forward, at one stage."""
    forward, back = [0.30, 0.45, 0.50, 0.25], [0.0, 0.05, 0.10, 0.08]
    if shift[0] >= 0:
        forward[shift[0]] += shift[1]
    takes = [
        "fixed: 2 d",
        "exponential: {mean: 5 d}",
        "gamma: {mean: 14 d, sd: 9 d}",
        "uniform: {low: 0 d, high: 60 d}",
    ]
    lines = ["stages:"]
    names = "abcd"
    for i, name in enumerate(names):
        passed = forward[i] + back[i]
        route = f", next: [{{to: {names[i - 1]}, share: {back[i] / passed!r}}}]" if back[i] else ""
        law = f"{{{takes[i]}}}"
        lines.append(
            f"  - {{name: {name}, takes: {law}, causes: {{apathy: {{chance: {1 - passed!r}, at: exit}}}}{route}}}"
        )
    return solved("\n".join(lines))


def test_four_stages() -> None:
    """Four stages with ways back: winning, visits, mean days, and days given winning, whatever the laws of time."""
    solution = four_stages()
    assert solution.conversion == pytest.approx(0.01873750832778148, abs=1e-15)
    expected = [1.015989340439707, 0.3197868087941, 0.1499000666223, 0.0749500333111]
    np.testing.assert_allclose(solution.visits, expected, atol=1e-12)
    assert solution.days == pytest.approx(7.978014656895402, rel=1e-12)
    assert solution.days_to_win == pytest.approx(53.98623140128803, rel=1e-12)


def test_four_stages_sensitivity() -> None:
    """How winning grows when a share goes from loss to forward, at each stage."""
    step = 1e-5
    found = [(four_stages((i, step)).conversion - four_stages((i, -step)).conversion) / (2 * step) for i in range(4)]
    assert found == pytest.approx([0.0634570291, 0.0437194657, 0.0391144966, 0.0749500333], abs=2e-9)


# -------------------------------------------------------------------------------------------------------------- W1


def eight_stages(*, halved: int = 0, dropped: int = 0, changes: str = "[]") -> str:
    """W1: eight stages with an entry loss, a competitor and a Weibull clock, and a lognormal order at the end."""
    lines = [
        "sources: {ads: {arrivals: 100 / d}}",
        "causes:",
        "  competitor_offer: {time_to_loss: {exponential: {rate: 0.05 / d}}}",
        "  changed_mind: {time_to_loss: {weibull: {shape: 1.5, scale: 12 d}}}",
        "stages:",
    ]
    for i in range(1, 9):
        if i != dropped:
            times = 0.5 if i == halved else 1
            revenue = f", revenue: {{lognormal: {{median: {math.exp(4.6)!r}, sigma: 0.8}}}}" if i == 8 else ""
            lines.append(
                f"  - {{name: s{i}, takes: {{exponential: {{mean: 1 d}}}}, "
                f"causes: {{no_trust: 5%, competitor_offer: {{times: {times}}}, changed_mind: default}}{revenue}}}"
            )
    return "\n".join([*lines, f"interventions: {{change: {{changes: {changes}}}}}"])


def test_eight_stages() -> None:
    """W1: conversion, revenue, days and entries to nine digits."""
    solution = solved(eight_stages())
    assert solution.conversion == pytest.approx(0.356849762036, abs=1e-12)
    assert solution.revenue == pytest.approx(48.889349914, abs=6e-10)
    assert solution.days == pytest.approx(4.678532985, abs=6e-10)
    assert solution.visits.sum() == pytest.approx(5.321683223, abs=6e-10)
    mean, square = math.exp(4.6 + 0.32), math.exp(2 * 4.6 + 4 * 0.32)
    variance = solution.conversion * square - (solution.conversion * mean) ** 2
    assert solution.revenue_sd == pytest.approx(math.sqrt(variance), rel=1e-12)


@pytest.mark.parametrize(
    ("change", "revenue"),
    [
        ("{scale: stages.s3.causes.competitor_offer, by: 0.5}", 50.030660640),
        ("{remove_stage: s5}", 55.610088472),
    ],
)
def test_eight_stages_changed(change: str, revenue: float) -> None:
    """W1 with the competitor halved at stage 3, and without stage 5: by a change, and written so."""
    study = loads("funnelsim: 1\n" + eight_stages(changes=f"[{change}]"))
    changed = apply(study.funnel, study.interventions[0])
    assert solve(changed).revenue == pytest.approx(revenue, abs=6e-10)
    written = eight_stages(halved=3) if "scale" in change else eight_stages(dropped=5)
    assert solved(written).revenue == pytest.approx(revenue, abs=6e-10)


# ------------------------------------------------------------------------------------------------------ by a date


@pytest.mark.parametrize("time", [0.3, 1.0, 5.0, 30.0])
def test_two_stages_by_a_date(time: float) -> None:
    """Two exponential stages with a competitor: the convolution is known, and the bounds close around it."""
    study = loads("""
funnelsim: 1
stages:
  - {name: a, takes: {exponential: {mean: 1 d}}, causes: {apathy: {time_to_loss: {exponential: {rate: 0.05 / d}}}}}
  - {name: b, takes: {exponential: {mean: 2 d}}}
""")
    first, second = 1.05, 0.5
    late = (first * math.exp(-second * time) - second * math.exp(-first * time)) / (first - second)
    (date,) = solve(study.funnel, at=time).at
    assert date.won == pytest.approx((1.0 - late) / 1.05, abs=1e-10)
    assert date.lost["apathy"] == pytest.approx(0.05 / 1.05 * (1.0 - math.exp(-first * time)), abs=1e-10)
    assert date.stages["a"] == pytest.approx(math.exp(-first * time), abs=1e-10)
    assert date.won_bounds[0] <= (1.0 - late) / 1.05 <= date.won_bounds[1]


def test_bounds_close_under_refinement() -> None:
    """With twice as fine a lattice the bounds are half as far apart, and always around the answer."""
    from scipy.stats import gamma

    from funnelsim.exact.chain import Chain
    from funnelsim.exact.dates import solve_dates

    stages = "".join(f"\n  - {{name: s{i}, takes: {{exponential: {{mean: 1 d}}}}}}" for i in range(5))
    chain = Chain(loads(f"funnelsim: 1\nstages:{stages}").funnel, [("s0", None)])
    starts = np.eye(len(chain.visits))[0]
    widths = []
    for steps in (64, 128, 256, 512):
        (date,) = solve_dates(chain, starts, (4.0,), steps)
        low, high = date.won_bounds
        assert low <= gamma.cdf(4.0, 5) <= high
        widths.append(high - low)
    assert [b / a for a, b in pairwise(widths)] == pytest.approx([0.5, 0.5, 0.5], abs=0.03)


def test_fixed_delays_are_exact() -> None:
    """Where all durations are fixed, the answer jumps exactly when it should, with bounds of no width."""
    text = """
stages:
  - {name: a, takes: 3 d}
  - {name: b, takes: 2 d, causes: {apathy: {chance: 20%, at: exit}}, next: [{to: a, share: 50%, after: 12 h}]}
"""
    solution = solved(text, "4.5 d, 5 d, 10 d, 10.5 d")
    assert [date.won for date in solution.at] == pytest.approx([0.0, 0.4, 0.4, 0.56], abs=1e-9)
    assert [date.open for date in solution.at] == pytest.approx([1.0, 0.4, 0.4, 0.16], abs=1e-9)
    assert all(high - low < 1e-9 for low, high in (date.won_bounds for date in solution.at))
    assert solution.at[1].between == pytest.approx(0.4, abs=1e-9)
    assert solution.at[2].stages["b"] == pytest.approx(0.4, abs=1e-9)


def test_a_date_far_off_is_the_end() -> None:
    """By a time at which all is over, the shares are those of the whole journey."""
    solution = solved(eight_stages(), "400 d")
    (date,) = solution.at
    assert date.won == pytest.approx(solution.conversion, abs=1e-9)
    for cause, share in zip(solution.causes, solution.fates.sum(axis=0), strict=True):
        assert date.lost[cause] == pytest.approx(share, abs=1e-9)


# ------------------------------------------------------------------------------------------------------ relations

RICH = """
segments:
  big: {share: 30%, changes: [{scale: stages.*.causes.competitor_offer, by: 0.6}]}
  regular: {changes: [{scale: stages.*.causes.no_trust, by: 0.3}]}
causes: {forgot: {forgetting: {half_life: 6 d, decay: 0.5}}}
stages:
  - {name: see, takes: {exponential: {mean: 1 d}}, causes: {distracted: 20%, forgot: default}}
  - name: look
    takes: {gamma: {shape: 2, scale: 1 d}}
    response: {wait: {lognormal: {median: 4 h, sigma: 1}}}
    causes:
      no_trust: 15%
      slow_response: {patience: {weibull: {scale: 12 h, shape: 0.8}}}
      competitor_offer: {time_to_loss: {exponential: {rate: 0.05 / d}}}
      changed_mind: {time_to_loss: {loglogistic: {shape: 2, scale: 20 d}}, exposure: deciding}
    next: [{to: later, share: 10%}]
  - name: later
    aside: true
    takes: 7 d
    causes: {forgot: {times: 2, reminders: {every: 3 d, cost: 1}}}
    next: [{to: look}]
  - name: buy
    takes: {exponential: {mean: 2 d}}
    loses: {share: 25%, at: exit, split: {limited_resources: 2, terms_unsuitable: 1}}
    revenue: {lognormal: {mean: 500, sd: 300}}
    margin: 40%
    referrals: {mean: 0.15, after: {exponential: {mean: 9 d}}}
    next: [{to: look, share: 30%, after: {exponential: {mean: 10 d}}, as: regular}, {end: won}]
"""


def same(a: Solution, b: Solution, tolerance: float = 1e-12) -> None:
    """Hold two solutions to be the same, but for names and times."""
    for name in ("conversion", "revenue", "revenue_sd", "cost", "purchases", "referred"):
        assert getattr(a, name) == pytest.approx(getattr(b, name), rel=tolerance), name
    np.testing.assert_allclose(a.visits, b.visits, rtol=tolerance)
    np.testing.assert_allclose(a.losses.sum(axis=1), b.losses.sum(axis=1), rtol=tolerance)


def test_units_of_time_do_not_matter() -> None:
    """Days called hours, with rates to match: the same shares and money, times divided by 24."""
    hours = re.sub(r"([\d.]+) h\b", lambda m: f"{float(m[1]) / 24!r} h", RICH)
    hours = re.sub(r"([\d.]+) d\b", lambda m: f"{m[1]} h", hours).replace("/ d", "/ h")
    a, b = solved(RICH), solved(hours)
    same(a, b, 1e-10)
    np.testing.assert_allclose(a.time, 24.0 * b.time, rtol=1e-10)
    assert a.days_to_win == pytest.approx(24.0 * b.days_to_win, rel=1e-10)


HALF_AT_EXIT = ", ".join(f"{key}: {{chance: {1 - math.sqrt(0.85)!r}, at: exit}}" for key in ("no_trust", "apathy"))
HALF_A_CLOCK = ", ".join(
    f"{key}: {{time_to_loss: {{weibull: {{shape: 0.7, scale: 3 d}}}}, times: 0.5}}" for key in ("no_trust", "apathy")
)


@pytest.mark.parametrize(
    ("whole", "halves"),
    [
        ("no_trust: 15%", f"no_trust: {1 - math.sqrt(0.85)!r}, apathy: {1 - math.sqrt(0.85)!r}"),
        ("no_trust: {chance: 15%, at: exit}", HALF_AT_EXIT),
        ("no_trust: {time_to_loss: {weibull: {shape: 0.7, scale: 3 d}}}",
         HALF_A_CLOCK),
        ("forgot: {forgetting: {half_life: 3 d}}",
         "forgot: {forgetting: {half_life: 3 d}, times: 0.5}, apathy: {forgetting: {half_life: 3 d}, times: 0.5}"),
    ],
)  # fmt: skip
def test_a_cause_split_in_two_halves_loses_the_same(whole: str, halves: str) -> None:
    """Two halves of a hazard lose as many as the whole, each half of them, whatever the mechanism."""
    text = "stages: [{name: a, takes: {exponential: {mean: 2 d}}, causes: {shyness: 5%, CAUSES}}, {name: b}]"
    one, two = solved(text.replace("CAUSES", whole)), solved(text.replace("CAUSES", halves))
    assert two.conversion == pytest.approx(one.conversion, rel=1e-12)
    key = whole.split(":", maxsplit=1)[0]
    parts = losses(two, "a")
    assert parts[key] == pytest.approx(parts["apathy"], rel=1e-12)
    assert parts[key] + parts["apathy"] == pytest.approx(losses(one, "a")[key], rel=1e-12)


@pytest.mark.parametrize("cause", ["apathy: 0%", "apathy: {time_to_loss: {exponential: {rate: 0 / d}}}"])
def test_a_cause_that_never_acts_changes_nothing(cause: str) -> None:
    """A hazard of 0 leaves every figure as it was."""
    same(solved(RICH), solved(RICH.replace("{distracted: 20%,", f"{{distracted: 20%, {cause},")))


def test_dropping_a_stage_of_constant_losses() -> None:
    """Without a stage that loses a constant share, conversion is 1 / (1 − loss) times as large."""
    text = """
stages:
  - {name: a, causes: {distracted: 40%, forgot: 20%}}
  - {name: b, takes: {exponential: {mean: 3 d}}, causes: {apathy: {time_to_loss: {weibull: {shape: 2, scale: 5 d}}}}}
  - {name: c, causes: {no_trust: {chance: 30%, at: exit}}}
interventions: {without: {changes: [{remove_stage: a}, {remove_stage: c}]}}
"""
    study = loads(f"funnelsim: 1\n{text}")
    factor = 1.0 / (0.6 * 0.8) / 0.7
    base, without = solve(study.funnel), solve(apply(study.funnel, study.interventions[0]))
    assert without.conversion == pytest.approx(factor * base.conversion, rel=1e-12)


def test_segments_are_a_mixture() -> None:
    """A funnel of segments is the mean of their funnels, weighted with their shares."""
    text = "{head}stages: [{{name: a, causes: {{no_trust: {trust}}}}}, {{name: b, revenue: 10}}]"
    head = "segments: {big: {share: 30%, changes: [{set: stages.a.causes.no_trust, to: 10%}]}}\n"
    mixed = solved(text.format(head=head, trust="50%"))
    parts = [solved(text.format(head="", trust=trust)) for trust in ("10%", "50%")]
    assert mixed.conversion == pytest.approx(0.3 * parts[0].conversion + 0.7 * parts[1].conversion, rel=1e-14)
    assert mixed.value[0] == pytest.approx(mixed.revenue, rel=1e-14)


def test_a_faster_stage_has_the_same_shares() -> None:
    """All clocks c times as fast: the same shares in 1/c of the time."""
    text = (
        "stages: [{{name: a, takes: {{weibull: {{shape: 1.3, scale: {0} d}}}}, causes: {{apathy: {{time_to_loss: "
        "{{lognormal: {{median: {1} d, sigma: 1}}}}}}}}}}]"
    )
    slow, fast = solved(text.format(3, 5)), solved(text.format(0.3, 0.5))
    assert fast.conversion == pytest.approx(slow.conversion, abs=1e-12)
    assert fast.days == pytest.approx(slow.days / 10.0, rel=1e-11)


def test_twice_the_order_values() -> None:
    """Twice the order values: twice the revenue, its spread and the cost of the goods."""
    one, two = solved(RICH), solved(RICH.replace("mean: 500, sd: 300", "mean: 1000, sd: 600"))
    assert two.revenue == pytest.approx(2.0 * one.revenue, rel=1e-14)
    assert two.revenue_sd == pytest.approx(2.0 * one.revenue_sd, rel=1e-12)
    assert two.goods == pytest.approx(2.0 * one.goods, rel=1e-14)


def test_the_value_of_a_stage_is_what_comes_from_there() -> None:
    """Revenue on entering is the value of the first stage; profit is that less costs still to come."""
    solution = solved("sources: {all: {batch: 10, cost: 7}}\n" + RICH)
    assert solution.value[0] == pytest.approx(solution.revenue, rel=1e-12)
    assert solution.worth[0] == pytest.approx(solution.profit + 7.0, rel=1e-12)


def test_referrals_are_a_branching_process() -> None:
    """Everyone buys and brings .25 others: 1/(1 − .25) customers and purchases, and the variance of such a tree."""
    solution = solved("stages: [{name: a, revenue: 10, referrals: {mean: 0.25}}]")
    assert solution.reproduction == pytest.approx(0.25)
    assert solution.referred == pytest.approx(1.0 / 0.75 - 1.0)
    assert solution.revenue == pytest.approx(10.0 / 0.75)
    assert solution.revenue_sd == pytest.approx(10.0 * math.sqrt(0.25 / 0.75**3))  # Borel law of a Poisson tree


# ----------------------------------------------------------------------------------------------------- who comes in


@pytest.mark.parametrize(
    ("sources", "run", "share"),
    [
        ("one: {arrivals: 3 / d}, two: {arrivals: 1 / d, enters: b}", Run(horizon=30.0), 0.75),
        ("one: {arrivals: 3 / d}, two: {arrivals: 1 / d, enters: b}", Run(cohort=100), 0.75),
        ("one: {arrivals: 3 / d}, two: {arrivals: 1 / d, enters: b}", None, 0.75),
        ("one: {batch: 30}, two: {arrivals: 1 / d, enters: b}", Run(cohort=10.0), 0.75),
        ("one: {batch: 30}, two: {batch: 10, at: 5 d, enters: b}", None, 0.75),
        ("one: {batch: 30}, two: {batch: 10, at: 5 d, enters: b}", Run(cohort=32), 30 / 32),
        ("one: {arrivals: {rate: 4 / d, week: [1, 1, 1, 1, 1, 0, 0]}}, two: {arrivals: 1 / d, enters: b}",
         Run(horizon=14.0), 40 / 54),
        ("one: {dates: [[2024-01-03, 6], [2024-02-01, 9]]}, two: {batch: 2, enters: b}", Run(horizon=31.0), 0.75),
    ],
)  # fmt: skip
def test_sources_share_the_customers_of_the_window(sources: str, run: Run | None, share: float) -> None:
    """Each source has its share of those whom the run counts."""
    funnel = loads(f"funnelsim: 1\nsources: {{{sources}}}\nstages: [{{name: a}}, {{name: b}}]").funnel
    assert solve(funnel, run=run).visits[0] == pytest.approx(share, rel=1e-12)


# ---------------------------------------------------------------------------------------------------------- NotExact


LOOP_WITH_A_BUDGET = """
budgets: {time: {has: {uniform: {low: 1, high: 9}}, cause: limited_resources}}
stages: [{name: a, spends: {time: 1}, next: [{to: a, share: 30%}]}]
"""
TWO_RHYTHMS = """
sources: {one: {batch: 9}, two: {arrivals: 1 / d, enters: b}}
stages: [{name: a}, {name: b}]
run: {cohort: 12}
"""
MANY_REMINDERS = """
stages:
  - name: a
    takes: {exponential: {mean: 300 d}}
    causes: {forgot: {forgetting: {half_life: 9 d}, reminders: {every: 1 min}}}
"""


@pytest.mark.parametrize(
    ("text", "reason", "nearest"),
    [
        ("teams: {sales: {size: 2}}\nstages: [{name: a, response: {team: sales, service: 1 h}}]",
         r"stage `a`: the team `sales` answers", r"`response: \{wait: LAW\}`"),
        (LOOP_WITH_A_BUDGET,
         r"stage `a`: how much of the budget `time` is spent before it depends on the path \(0 or 1\)", "exponential"),
        ("stages: [{name: a, revenue: 1, referrals: {mean: 1.6}}]",
         "one customer brings 1.6 others", "`referrals.mean` is less than 0.625 times"),
        (TWO_RHYTHMS, "of which sources the first 12 arrivals are", "`cohort: 90 d`"),
        (MANY_REMINDERS, "reminders every", "fewer reminders"),
    ],
)  # fmt: skip
def test_not_exact_says_why_and_what_would_do(text: str, reason: str, nearest: str) -> None:
    """Where there is no exact answer, the message names what has none and the nearest funnel that has one."""
    with pytest.raises(NotExact, match=reason) as caught:
        solved(text)
    assert re.search(nearest, caught.value.nearest)
    assert caught.value.reason in str(caught.value)
    assert isinstance(caught.value, FunnelsimError)


def test_memoryless_budgets_are_exact_on_any_path() -> None:
    """An exponential stock forgets what was spent: a loop that spends it is a constant loss."""
    text = "budgets: {time: {has: {exponential: {mean: 10}}, cause: limited_resources}}\n"
    text += "stages: [{name: a, spends: {time: 2}, next: [{to: a, share: 30%}]}]"
    passed = math.exp(-0.2)
    assert solved(text).conversion == pytest.approx(0.7 * passed / (1.0 - 0.3 * passed), rel=1e-14)


def test_a_team_that_nobody_needs_is_no_obstacle() -> None:
    """A call that goes on needs no one else."""
    text = "teams: {sales: {size: 2}}\nstages: [{name: a, next: [{to: b, same_call: true}]}, "
    text += "{name: b, response: {team: sales, service: 1 h}, causes: {apathy: 10%}}]"
    assert solved(text).conversion == pytest.approx(0.9, rel=1e-14)
