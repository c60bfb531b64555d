"""Teams: congestion as queueing theory has it, and cases whose answer is arithmetic.

Theory is compared by the mean over independent replications; |t| is held below 7 with 9 degrees of freedom (two-sided
6.3e-5 for each of 17 comparisons: a false alarm in 0.1%), and the seeds are fixed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funnelsim.engines.reference.simulation import _Simulation
from funnelsim.eventlog import LOST
from funnelsim.files.loading import loads
from funnelsim.plan import make_plan

World = Callable[..., Any]
HOUR = 1.0 / 24.0
LIMIT = 7.0
REPLICATIONS = 10

QUEUE = """\
funnelsim: 1
sources: {{all: {{arrivals: {rate} / d}}}}
teams: {{desk: {{size: {size}}}}}
stages:
  - name: a
    response: {{team: desk, service: {{exponential: {{mean: 1 d}}}}}}
    causes: {{slow_response: {{patience: {patience}}}}}
"""
WINDOW = {"horizon": 460.0}
SETTLED = 60.0


def measure(world: World, text: str, what: Callable[[Any], float]) -> tuple[float, float]:
    """Mean and standard error over replications of a measure of the settled visits."""
    values = []
    for replication in range(REPLICATIONS):
        visits = world(text, replication=replication, **WINDOW).at("a")
        over = ~np.isnan(visits["started"]) | (visits["outcome"] == LOST)
        values.append(what(visits[(visits["entered"] >= SETTLED) & over]))
    return float(np.mean(values)), float(np.std(values, ddof=1) / math.sqrt(REPLICATIONS))


def waits(visits: Any) -> Any:
    """How long each visit was in the queue, answered or not."""
    return np.where(np.isnan(visits["started"]), visits["left"], visits["started"]) - visits["entered"]


def lost(visits: Any) -> float:
    """The share that left the queue."""
    return float(np.mean(visits["outcome"] == LOST))


def waited(visits: Any) -> float:
    """The share that did not find somebody free."""
    return float(np.mean(waits(visits) > 0.0))


def mean_wait(visits: Any) -> float:
    """The mean time in the queue."""
    return float(np.mean(waits(visits)))


# Erlang C with service rate 1: B(0) = 1, B(k) = aB(k−1)/(k + aB(k−1)), C = B/(1 − ρ(1 − B)), Wq = C/(n − λ).
@pytest.mark.parametrize(
    ("size", "rate", "queueing", "wait"),
    [(2, 1.6, 0.711111111, 1.77777778), (5, 4.5, 0.7624932207, 1.5249864415)],
)
def test_erlang_c(world: World, size: int, rate: float, queueing: float, wait: float) -> None:
    """M/M/c: the share that waits and the mean wait."""
    text = QUEUE.format(rate=rate * 4, size=size, patience=".inf").replace("mean: 1 d", "mean: 0.25 d")
    text = text.replace("    causes: {slow_response: {patience: .inf}}\n", "")
    for what, expected in ((waited, queueing), (mean_wait, wait / 4.0)):
        mean, error = measure(world, text, what)
        assert abs(mean - expected) < LIMIT * error


# Erlang A, λ = 10, μ = 1, n = 10, patience exponential with rate θ: birth–death, death rate min(k, n)μ + (k − n)⁺θ.
@pytest.mark.parametrize(
    ("theta", "abandoned", "queueing", "wait"),
    [
        (1.0, 0.1251100357, 0.5420702855, 0.1251100357),
        (0.5, 0.1039132123, 0.6196552309, 0.2078264247),
        (2.0, 0.1460092534, 0.4655746412, 0.0730046267),
    ],
)
def test_erlang_a(world: World, theta: float, abandoned: float, queueing: float, wait: float) -> None:
    """M/M/n+M: the share that gives up, the share that waits, the mean wait (30-digit arithmetic)."""
    text = QUEUE.format(rate=10, size=10, patience=f"{{exponential: {{rate: {theta} / d}}}}")
    for what, expected in ((lost, abandoned), (waited, queueing), (mean_wait, wait)):
        mean, error = measure(world, text, what)
        assert abs(mean - expected) < LIMIT * error


# Baccelli & Hebuterne 1981; Zeltyn & Mandelbaum 2005: all with mean patience 1.
GENERAL = {
    "fixed": ("1 d", 0.0682118205),
    "weibull 2": (f"{{weibull: {{shape: 2, scale: {1 / math.gamma(1.5)!r} d}}}}", 0.0954796421),
    "weibull 0.5": ("{weibull: {shape: 0.5, scale: 0.5 d}}", 0.1635737873),
}


def test_the_mean_of_patience_is_not_enough(world: World) -> None:
    """M/M/n+G with the same mean patience: from 6.8% to 16.4% give up, a spread of 2.4 times, by its shape alone."""
    found = {}
    for name, (patience, expected) in GENERAL.items():
        mean, error = measure(world, QUEUE.format(rate=10, size=10, patience=patience), lost)
        assert abs(mean - expected) < LIMIT * error
        found[name] = mean
    assert 2.0 < found["weibull 0.5"] / found["fixed"] < 2.8


def test_8_a_team_without_limits_is_no_team(world: World) -> None:
    """A million people: nobody waits, and every history is that of an answer at once."""
    team = QUEUE.format(rate=10, size=1_000_000, patience="{exponential: {rate: 1 / d}}")
    none = team.replace("teams: {desk: {size: 1000000}}\n", "").replace("team: desk", "wait: 0 d")
    a, b = world(team, horizon=60.0), world(none, horizon=60.0)
    for column in ("customer", "entered", "started", "served", "left", "outcome"):
        assert a.visits[column].tobytes() == b.visits[column].tobytes()


def test_9_one_more_agent_answers_not_fewer(world: World) -> None:
    """One team of equal people: in every replication here more of them answer more customers."""
    texts = [QUEUE.format(rate=10, size=size, patience="{exponential: {rate: 1 / d}}") for size in (8, 9, 10, 11)]
    for replication in range(4):
        shares = [lost(world(text, replication=replication, horizon=200.0).at("a")) for text in texts]
        assert shares == sorted(shares, reverse=True)


def test_littles_law(world: World) -> None:
    """The time average of the queue, counted instant by instant, is the arrival rate times the mean wait."""
    text = QUEUE.format(rate=10, size=10, patience="{exponential: {rate: 0.5 / d}}")
    visits = world(text, horizon=300.0).at("a")
    over = np.where(np.isnan(visits["started"]), visits["left"], visits["started"])
    over = np.where(np.isnan(over), 300.0, over)
    times = np.concatenate([visits["entered"], over])
    steps = np.concatenate([np.ones(visits.size), -np.ones(visits.size)])
    order = np.lexsort((-steps, times))
    queue = np.cumsum(steps[order])
    area = float(np.sum(queue[:-1] * np.diff(times[order])))
    assert queue.min() >= 0
    assert area / 300.0 == pytest.approx(visits.size / 300.0 * float(np.mean(over - visits["entered"])), rel=1e-9)


def test_busy_and_free_make_up_the_team_after_every_event() -> None:
    """No server leaks, nobody waits beside a free one in open hours, and no queue is left when all is over."""
    text = """\
funnelsim: 1
sources: {all: {arrivals: 30 / d}}
teams: {desk: {size: 3, hours: [Mon-Sat 09:00-18:00]}, back: {size: 1, discipline: lifo}}
stages:
  - {name: a, response: {team: desk, service: {exponential: {mean: 1 h}}}, causes: {slow_response: {patience: 5 h}}}
  - {name: b, response: {team: back, service: {exponential: {mean: 30 min}}}, next: [{to: a, share: 20%}]}
  - {name: c, response: {team: desk, service: 20 min}}
"""
    study = loads(text + "run: {cohort: 300}\n")
    simulation = _Simulation(make_plan(study.funnel, study.run), 1, 0)
    sizes = [team.size for team in study.funnel.teams]
    checked = 0

    def check() -> None:
        nonlocal checked
        checked += 1
        for size, team in zip(sizes, simulation.teams, strict=True):
            assert team.free + team.busy == size
            assert 0 <= team.busy <= size

    step = simulation.calendar.step

    def checked_step() -> None:
        step()
        check()

    simulation.calendar.step = checked_step  # type: ignore[method-assign]
    journeys = simulation.run()
    assert checked > 2000
    assert [team.busy for team in simulation.teams] == [0, 0]
    assert [team.waiting() for team in simulation.teams] == [0, 0]
    assert not np.isnan(journeys.visits["left"]).any()


SHIFT = """\
funnelsim: 1
sources: {{all: {{batch: {size}, at: {at}}}}}
teams: {{desk: {{size: 1, hours: [Mon-Fri 09:00-18:00], closed: [2024-01-08]}}}}
stages: [{{name: a, response: {{team: desk, service: {service}}}{more}}}]
"""


def starts(world: World, **given: Any) -> list[float]:
    """When the services begin, in hours from Monday, 1 January 2024, 00:00."""
    values = {"size": 3, "service": "2 h", "more": ""} | given
    visits = world(SHIFT.format(**values)).at("a")
    return [round(float(x), 9) for x in sorted(visits["started"] * 24.0)]


def test_a_service_begun_before_closing_is_finished_after_it(world: World) -> None:
    """Three come on Monday at 16:30 for 2 h each: 16:30–18:30, then Tuesday 9:00 and 11:00."""
    assert starts(world, at="16.5 h") == [16.5, 33.0, 35.0]


def test_no_service_begins_at_closing_time(world: World) -> None:
    """Who comes at 18:00 sharp, or is next when somebody is free at 18:00 sharp, begins on the next morning."""
    assert starts(world, at="18 h", size=1) == [33.0]
    assert starts(world, at="16 h", size=2) == [16.0, 33.0]


def test_night_weekend_and_closed_days_are_waited_out(world: World) -> None:
    """Before opening: 9:00. On Friday at 17:00, 2 h each: Friday, then past the closed Monday 8 January to Tuesday."""
    assert starts(world, at="3 h", size=1) == [9.0]
    assert starts(world, at="113 h", size=2) == [113.0, 8 * 24 + 9.0]


def test_patience_runs_by_the_wall_clock_at_night(world: World) -> None:
    """At 17:00, 4 h of patience: the first is served for 2 h, the second leaves at 21:00 with the desk closed."""
    more = ", causes: {slow_response: {patience: 4 h}}"
    w = world(SHIFT.format(size=2, at="17 h", service="2 h", more=more))
    visits = w.at("a")
    assert sorted((visits["left"] * 24.0).round(9)) == [19.0, 21.0]
    assert w.lost("a", "slow_response") == 1


def test_an_answer_beats_a_farewell_at_one_instant(world: World) -> None:
    """Free at the very instant at which patience ends: served. All times are on a grid of an hour."""
    text = """\
funnelsim: 1
sources: {{all: {{batch: 2}}}}
teams: {{desk: {{size: 1}}}}
stages: [{{name: a, response: {{team: desk, service: 2 h}}, causes: {{slow_response: {{patience: {patience}}}}}}}]
"""
    assert world(text.format(patience="2 h")).won() == 2
    assert world(text.format(patience="1 h")).lost("a", "slow_response") == 1


def test_ties_on_a_coarse_grid_are_those_of_lindleys_recursion(world: World) -> None:
    """With all times in eighths of a day, where nearly everything ties, each customer is served as an oracle says.

    Whoever joins first is served first by whoever of the equal people is free first, at max(join, free), if that is no
    later than join + patience (Lindley 1952, with patience known on joining); equal joins go by source, then number.
    """
    random = np.random.default_rng(5)
    batches = [
        (int(size), int(at)) for size, at in zip(random.integers(1, 5, 60), random.integers(0, 160, 60), strict=True)
    ]
    sources = "".join(f"  s{i:02}: {{batch: {size}, at: {at / 8} d}}\n" for i, (size, at) in enumerate(batches))
    patience, service = {"x": 2, "y": 3, "z": 1}, {"x": 3, "y": 6, "z": 9}
    points = ", ".join(
        f"{{name: {name}, share: {share}, response: {{team: desk, service: {service[name] / 8} d}},"
        f" causes: {{slow_response: {{patience: {patience[name] / 8} d}}}}}}"
        for name, share in (("x", 0.3), ("y", 0.3), ("z", 0.4))
    )
    w = world(
        f"funnelsim: 1\nsources:\n{sources}teams: {{desk: {{size: 5}}}}\nstages: [{{name: a, touchpoints: [{points}]}}]"
    )
    free = [0.0] * 5
    rows = w.visits[np.lexsort((w.visits["customer"], w.visits["entered"]))]
    ties = 0
    for row in rows:
        name = w.plan.touchpoints[row["touchpoint"]]
        free.sort()
        start = max(row["entered"], free[0])
        deadline = row["entered"] + patience[name] / 8
        ties += start == deadline
        if start <= deadline:
            free[0] = start + service[name] / 8
            assert (row["started"], row["left"]) == (start, free[0])
        else:
            assert (row["outcome"], row["left"]) == (LOST, deadline)
    assert ties > 5
    assert 20 < w.lost("a", "slow_response") < w.size - 20


def test_ends_and_arrivals_come_before_serving_at_one_instant(world: World) -> None:
    """Somebody of a preferred segment who arrives when a service ends is served before one who has waited."""
    text = """\
funnelsim: 1
sources: {first: {batch: 2}, vip: {batch: 1, at: 2 h, as: vip}}
segments: {vip: {changes: []}}
teams: {desk: {size: 1, discipline: {priority: {segments: [vip]}}}}
stages: [{name: a, response: {team: desk, service: 2 h}}]
"""
    w = world(text)
    source = np.array(w.plan.sources)[w.customers["source"]]
    started = dict(zip(source[w.at("a")["customer"]].tolist(), (w.at("a")["started"] * 24).tolist(), strict=True))
    assert started["vip"] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("discipline", "order"),
    [("fifo", [0, 1, 2, 3]), ("lifo", [0, 3, 2, 1]), ("{priority: {stages: [b]}}", [0, 1, 2, 3])],
)
def test_disciplines(world: World, discipline: str, order: list[int]) -> None:
    """Four who come an hour apart for 5 h each: in order of arrival, or the last first; one is being served already."""
    text = """\
funnelsim: 1
sources: {s0: {batch: 1}, s1: {batch: 1, at: 1 h}, s2: {batch: 1, at: 2 h}, s3: {batch: 1, at: 3 h}}
teams: {desk: {size: 1, discipline: DISCIPLINE}}
stages:
  - {name: a, response: {team: desk, service: 5 h}}
  - {name: b, response: {team: desk, service: 1 s}}
""".replace("DISCIPLINE", discipline)
    w = world(text)
    rows = w.at("a")[np.argsort(w.at("a")["started"])]
    assert w.customers["source"][rows["customer"]].tolist() == order


def test_priority_by_stage_serves_the_later_stage_first(world: World) -> None:
    """With the second stage preferred, whoever finishes the first goes on before the next one begins."""
    text = """\
funnelsim: 1
sources: {all: {batch: 3}}
teams: {desk: {size: 1, discipline: {priority: {stages: [b]}}}}
stages:
  - {name: a, response: {team: desk, service: 2 h}}
  - {name: b, response: {team: desk, service: 1 h}}
"""
    w = world(text)
    assert (w.at("b")["started"] * 24).round(9).tolist() == [2.0, 5.0, 8.0]
    fifo = world(text.replace(", discipline: {priority: {stages: [b]}}", ""))
    assert (fifo.at("b")["started"] * 24).round(9).tolist() == [6.0, 7.0, 8.0]


def test_one_call_covers_two_stages(world: World) -> None:
    """After `same_call` the team is not asked again: the second stage begins to be decided at once."""
    text = """\
funnelsim: 1
sources: {all: {batch: 2}}
teams: {desk: {size: 1}}
stages:
  - {name: a, response: {team: desk, service: 1 h}, next: [{to: b, same_call: true}]}
  - {name: b, response: {team: desk, service: 5 h}}
"""
    w = world(text)
    assert (w.at("a")["served"] * 24).round(9).tolist() == [1.0, 2.0]
    assert (w.at("b")["left"] * 24).round(9).tolist() == [1.0, 2.0]
    assert set(w.at("b")["team"]) == {-1}


def test_an_automatic_answer_holds_patience_until_a_person_answers(world: World) -> None:
    """With patience of 2 h and a service of 5 h before them, the second is lost without a first answer, kept with."""
    text = """\
funnelsim: 1
sources: {all: {batch: 2}}
teams: {desk: {size: 1}}
stages:
  - name: a
    response: {team: desk, service: 5 h AUTOMATIC}
    causes: {slow_response: {patience: 2 h}}
"""
    assert world(text.replace(" AUTOMATIC", "")).won() == 1
    held = world(text.replace(" AUTOMATIC", ", automatic: {time: 1 min}"))
    assert held.won() == 2
    brief = world(text.replace(" AUTOMATIC", ", automatic: {time: 1 min, holds: 1 h}"))
    assert sorted((brief.at("a")["left"] * 24).round(9)) == [3.0, 5.0]


def test_open_deals_go_on_from_their_age(world: World) -> None:
    """A stage of 10 days at age 4 ends on day 6, its cost paid already; the deals are no customers of the window."""
    text = """\
funnelsim: 1
sources: {all: {batch: 1}}
pipeline: {offer: {count: 5, age: 4 d}}
stages: [{name: request}, {name: offer, takes: 10 d, cost: 7, revenue: 100}]
run: {horizon: 30 d}
"""
    w = world(text, horizon=30.0)
    deals = w.at("offer")[np.isin(w.at("offer")["customer"], np.flatnonzero(w.customers["source"] < 0))]
    assert deals["left"].tolist() == [6.0] * 5
    assert deals["entered"].tolist() == [-4.0] * 5
    assert set(deals["visit_cost"]) == {0.0}
    assert w.revenue() == 600.0
    assert int(w.customers["counted"].sum()) == 1


def test_clocks_of_open_deals_are_conditional_on_their_age(world: World) -> None:
    """Weibull clocks at age 6: the share lost before day 5 is that of T < 11 given T > 6 (closed form)."""
    text = """\
funnelsim: 1
sources: {all: {batch: 1, at: 20 d}}
pipeline: {offer: {count: 8000, age: 6 d}}
stages:
  - name: offer
    takes: {weibull: {shape: 0.8, scale: 9 d}}
    causes: {competitor_offer: {time_to_loss: {weibull: {shape: 1.5, scale: 14 d}}, times: 2, exposure: deciding}}
run: {horizon: 5 d}
"""
    w = world(text, horizon=5.0)
    left = math.exp(-((11 / 9) ** 0.8) - 2 * (11 / 14) ** 1.5 + (6 / 9) ** 0.8 + 2 * (6 / 14) ** 1.5)
    open_deals = w.open()
    assert abs(open_deals - 8000 * left) < 4.4 * math.sqrt(8000 * left * (1 - left))
