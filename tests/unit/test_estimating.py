"""The estimate for funnels with teams: exact where the queue is one of theory, near the simulation elsewhere."""

from __future__ import annotations

import math

import pytest

from funnelsim.errors import InputError, NotExact
from funnelsim.exact.estimating import estimate
from funnelsim.exact.solving import solve
from funnelsim.files.changes import apply
from funnelsim.files.loading import loads
from funnelsim.model import Funnel, Run
from funnelsim.simulation import simulate

YEAR = Run(horizon=365.0)
ONE = """
sources: {all: {arrivals: 240 / d}}
teams: {sales: {size: 10}}
stages:
  - name: call
    response: {team: sales, service: {exponential: {mean: 1 h}}}
    causes: {slow_response: {patience: {exponential: {mean: 1 h}}}}
  - {name: purchase, revenue: 100}
"""


def funnel(text: str) -> Funnel:
    """The funnel of a text."""
    return loads(f"funnelsim: 1\n{text}").funnel


@pytest.mark.parametrize(
    ("patience", "lost"),
    [
        ("exponential: {mean: 1 h}", 0.1251100357),
        ("exponential: {mean: 2 h}", 0.1039132123),
        ("exponential: {mean: 30 min}", 0.1460092534),
        ("fixed: 1 h", 0.0682118205),
    ],
)
def test_one_queue_is_that_of_theory(patience: str, lost: float) -> None:
    """λ = nμ = 10 an hour: P(ab) of Erlang A and of M/M/10+D (METHODS.md), as near as the quantiles of the wait are."""
    changed = apply(funnel(ONE), {"set": "stages.call.causes.slow_response", "to": {"patience": _law(patience)}})
    solution = estimate(changed, run=YEAR)
    assert solution.provenance["teams"]["sales"]["abandoned"] == pytest.approx(lost, abs=1e-6)
    assert 1.0 - solution.conversion == pytest.approx(lost, abs=1e-4)


def _law(text: str) -> object:
    family, _, rest = text.partition(": ")
    return {family: {"mean": rest[7:-1]}} if rest.startswith("{") else rest


def test_it_is_called_an_estimate() -> None:
    """The first note and the provenance say so; the funnel is the one that was asked about."""
    one = funnel(ONE)
    solution = estimate(one, run=YEAR)
    assert solution.notes[0].en.startswith("An estimate, not an exact answer")
    assert solution.notes[0].ru.startswith("Это оценка, а не точный ответ")
    assert solution.provenance["solver"] == "estimate"
    assert solution.funnel is one


def test_without_teams_it_is_the_solution() -> None:
    """Nothing is estimated of a wait that is a law: the same numbers."""
    one = apply(funnel(ONE), {"set": "stages.call.response", "to": {"wait": {"exponential": {"mean": "20 min"}}}})
    assert estimate(one, run=YEAR).revenue == solve(one, run=YEAR).revenue


def test_a_shared_team_is_near_its_simulation() -> None:
    """A team at two stages, two lengths of service: revenue is .6% off, and who gives up 7%, of 330 simulated days."""
    shared = funnel("""
sources: {ads: {arrivals: 60 / d}}
teams: {sales: {size: 4}}
stages:
  - name: call
    response: {team: sales, service: {exponential: {mean: 40 min}}}
    causes: {slow_response: {patience: {weibull: {shape: 0.8, scale: 1 h}}}, shyness: 10%}
  - {name: think, takes: {exponential: {mean: 3 d}}, causes: {apathy: {chance: 40%, at: exit}}}
  - name: offer
    response: {team: sales, service: {exponential: {mean: 80 min}}}
    causes: {slow_response: {patience: {exponential: {mean: 2 h}}}}
    revenue: 100
    next: [{to: call, share: 20%, after: 30 d}, {end: won}]
""")
    expected = estimate(shared, run=YEAR)
    tallies = [
        simulate(shared, horizon=260.0, warm_up=95.0, replications=1, seed=seed, engine="reference") for seed in (0, 1)
    ]
    revenue = [float(tally.revenue[0] / tally.customers[0]) for tally in tallies]
    assert expected.revenue == pytest.approx(math.fsum(revenue) / 2, rel=0.02)
    slow = expected.causes.index("slow_response")
    gave_up = [float(tally.losses[0, 0, tally.causes.index("slow_response")] / tally.visits[0, 0]) for tally in tallies]
    assert expected.losses[0, slow] / expected.visits[0] == pytest.approx(math.fsum(gave_up) / 2, rel=0.10)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hours": "sales", "to": ["Mon-Fri 09:00-18:00"]}, "has working hours"),
        ({"set": "teams.sales.discipline", "to": "lifo"}, "does not serve in order"),
        ({"set": "sources.all.arrivals", "to": {"batch": 100}}, "needs a rate"),
        ({"remove": "stages.call.causes.slow_response"}, "more than the team can serve"),
    ],
)
def test_what_has_no_estimate_is_refused(change: dict[str, object], message: str) -> None:
    """Where a queue of the long run says nothing, it says why."""
    with pytest.raises(NotExact, match=message):
        estimate(apply(funnel(ONE), change), run=YEAR)


def test_a_window_is_needed() -> None:
    """Arrivals per day are those of a window of time."""
    for run in (Run(), Run(cohort=100)):
        with pytest.raises(InputError, match="give a `horizon`"):
            estimate(funnel(ONE), run=run)
    assert math.isfinite(estimate(funnel(ONE), run=Run(cohort=30.0)).revenue)


@pytest.mark.parametrize(("service", "stretch"), [("30 min", 0.5), ("{lognormal: {mean: 30 min, sd: 60 min}}", 2.5)])
def test_one_person_is_as_pollaczek_and_khinchine_say(service: str, stretch: float) -> None:
    """M/G/1: the mean wait is ρ / (1 − ρ) × E[S] × (1 + CV²) / 2, here 4 × 30 min times the last."""
    text = f"""
funnelsim: 1
sources: {{all: {{arrivals: {0.8 * 48} / d}}}}
teams: {{desk: {{size: 1}}}}
stages: [{{name: call, response: {{team: desk, service: {service}}}, revenue: 1}}]
run: {{horizon: 100 d}}
"""
    study = loads(text)
    (team,) = estimate(study.funnel, run=study.run).provenance["teams"].values()
    assert team["wait"] * 1440.0 == pytest.approx(4.0 * 30.0 * stretch, rel=1e-5)
