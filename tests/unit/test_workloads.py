"""Claims about `funnelsim.workloads`, on a team's week written out by hand."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.causes import Label
from funnelsim.counts import Counts, count, trace_fates
from funnelsim.engines.journeys import Journeys
from funnelsim.errors import InputError
from funnelsim.eventlog import CUSTOMER, LOST, NEXT, OPEN, VISIT, WON
from funnelsim.hours import Schedule
from funnelsim.laws import fixed
from funnelsim.model import Batch, Funnel, Response, Route, Run, Source, Stage, Team, Touchpoint, Variant
from funnelsim.plan import Window
from funnelsim.tallies import describe_teams, hours_table, make_tally, tally_document, teams_table
from funnelsim.workloads import (
    LAW,
    TARGETS,
    TEAM,
    Crew,
    Loads,
    Staff,
    concatenate,
    make_staff,
    parse_targets,
    stack,
    utilisation,
    utilisation_by_hour,
)

NAN = math.nan
WEEK = Window(calendar=True, warm_up=0.0, horizon=7.0, count=-1, until=7.0)
COHORT = Window(calendar=False, warm_up=0.0, horizon=math.inf, count=-1, until=math.inf)
OFFICE = tuple((day + 9 / 24, day + 18 / 24) for day in range(5))
TWO = Crew(2, 10.0, Schedule(OFFICE))
HALF_HOUR, HOUR = 0.5 / 24, 1 / 24
ONE_TEAM = Staff((TWO,), np.array([[[TEAM]]]), np.array([False]), (2 / 1440, HALF_HOUR, HOUR))


def at(day: int, hour: float) -> float:
    """A time in days: Monday is day 0."""
    return day + hour / 24


def visit(
    person: int, entered: float, started: float, served: float, *, left: float, outcome: int = NEXT, team: int = 0
) -> tuple[Any, ...]:
    """A row of VISIT at the one stage."""
    cause = 0 if outcome == LOST else -1
    return (person, 0, 0, 1, 0, team, entered, started, served, left, outcome, cause, -1, 0.0, 0.0, 0.0, 0.0)


def world(*visits: tuple[Any, ...]) -> Journeys:
    """The journeys of as many customers as there are visits."""
    people = [(k, 0, 0, k, -1, -1, 0, 0, max(row[6], 0.0), True, 0.0) for k, row in enumerate(visits)]
    return Journeys(np.array(people, dtype=CUSTOMER), np.array(list(visits), dtype=VISIT))


#: A week of two people who work from 9 to 18, Monday to Friday.
BY_HAND = world(
    visit(0, at(0, 9), at(0, 9), at(0, 10), left=at(0, 10)),
    visit(1, at(0, 8), at(0, 9), at(0, 11), left=at(0, 12)),  # waits for an hour, for the door to open
    visit(2, at(0, 9.5), at(0, 10), at(0, 10.5), left=at(0, 12)),  # waits for half an hour
    visit(3, at(0, 17.5), NAN, NAN, left=at(0, 20), outcome=LOST),  # gives up after 2.5 hours
    visit(4, at(4, 17), at(4, 17.5), at(4, 18.5), left=at(5, 0)),  # served half an hour past closing
    visit(5, at(6, 20), NAN, NAN, left=NAN, outcome=OPEN),  # waits for the last 4 hours of the week
    visit(6, at(1, 9), at(1, 9), at(1, 9), left=at(1, 10), team=-1),  # in the same call
    visit(7, at(1, 9), NAN, NAN, left=at(1, 9), outcome=LOST, team=-1),  # turns back at the door
)


def measured(journeys: Journeys, window: Window = WEEK, staff: Staff = ONE_TEAM) -> Counts:
    """The counts of a funnel of one stage and one cause."""
    return count(journeys, window, 1, 1, 0, staff)


def hour(day: int, number: int) -> int:
    """The place of an hour in a week."""
    return 24 * day + number


def test_who_was_answered_and_how_soon() -> None:
    """Of the five whose waiting is over four were answered: 1 within 2 minutes, 3 within half an hour, 4 in one."""
    counts = measured(BY_HAND)
    assert (counts.waited.tolist(), counts.answered.tolist()) == ([5], [4])
    assert counts.within.tolist() == [[1, 3, 4]]
    assert (counts.loads.served.tolist(), counts.loads.abandoned.tolist()) == ([4], [1])
    assert counts.loads.within.tolist() == [[1, 3, 4]]


def test_waits_are_of_those_who_waited() -> None:
    """Waits 0, 1, .5, 2.5 and .5 hours: neither the same call nor turning back at the door is a wait."""
    mean, median, _ = measured(BY_HAND).wait[0]
    assert mean == pytest.approx(4.5 / 5 / 24, rel=1e-12)
    assert median == pytest.approx(0.5 / 24, rel=1e-12)


def test_busy_hours_and_utilisation() -> None:
    """Busy for 1 + 2 + .5 + 1 of the 90 hours that two people are paid for: 5%."""
    loads = stack([measured(BY_HAND).loads])
    assert loads.busy[0, 0] * 24 == pytest.approx(4.5, rel=1e-12)
    assert loads.open[0, 0] * 24 == 45.0
    assert loads.paid.tolist() == [[90.0]]
    assert loads.cost.tolist() == [[900.0]]
    assert utilisation(loads, [2])[0, 0] == pytest.approx(0.05, rel=1e-12)


def test_queue_over_all_and_over_open_hours() -> None:
    """Waiting takes 0 + 1 + .5 + 2.5 + .5 + 4 of 168 hours; in open hours .5 + .5 + .5 of 45."""
    loads = measured(BY_HAND).loads
    assert loads.waiting[0] / loads.span[0] == pytest.approx(8.5 / 168, rel=1e-12)
    assert loads.waiting_open[0] / loads.open[0] == pytest.approx(1.5 / 45, rel=1e-9)


def test_hours_of_the_week() -> None:
    """Both are busy on Monday at 9, one and a half at 10; overtime is busy but has no utilisation."""
    loads = stack([measured(BY_HAND).loads])
    used = utilisation_by_hour(loads, [2])[0, 0]
    assert used[hour(0, 9)] == pytest.approx(1.0, abs=1e-7)
    assert used[hour(0, 10)] == pytest.approx(0.75, abs=1e-7)
    assert used[hour(4, 17)] == pytest.approx(0.25, abs=1e-7)
    assert used[hour(1, 9)] == 0.0
    assert math.isnan(used[hour(4, 18)])
    assert np.count_nonzero(~np.isnan(used)) == 45
    assert loads.busy_by_hour[0, 0, hour(4, 18)] * 24 == pytest.approx(0.5, abs=1e-7)
    queue = loads.waiting_by_hour[0, 0] / loads.span_by_hour[0, 0]
    expected = {(0, 8): 1.0, (0, 9): 0.5, (0, 17): 0.5, (0, 18): 1.0, (0, 19): 1.0, (4, 17): 0.5}
    expected |= {(6, number): 1.0 for number in (20, 21, 22, 23)}
    for day in range(7):
        for number in range(24):
            assert queue[hour(day, number)] == pytest.approx(expected.get((day, number), 0.0), abs=1e-7)


def test_a_cohort_pays_for_busy_hours() -> None:
    """A cohort pays 4.5 hours of 10; it is measured until the team is last needed, on Friday at 18:30."""
    done = Journeys(BY_HAND.customers, BY_HAND.visits[BY_HAND.visits["outcome"] != OPEN])
    counts = measured(done, COHORT)
    assert counts.staff_cost == pytest.approx(45.0, rel=1e-12)
    assert counts.loads.paid[0] == pytest.approx(4.5, rel=1e-12)
    assert counts.loads.span[0] == at(4, 18.5)
    assert counts.loads.open[0] * 24 == pytest.approx(45.0, rel=1e-12)


def test_a_warm_up_is_cut_off() -> None:
    """After a warm-up until Monday 9:30, visits entered before are not counted, but keep people busy from then on."""
    counts = measured(BY_HAND, Window(calendar=True, warm_up=at(0, 9.5), horizon=7.0, count=-1, until=7.0))
    assert (counts.waited.tolist(), counts.answered.tolist()) == ([3], [2])
    assert counts.loads.busy[0] * 24 == pytest.approx(0.5 + 1.5 + 0.5 + 1.0, rel=1e-12)
    assert counts.loads.open[0] * 24 == pytest.approx(44.5, rel=1e-12)
    assert counts.staff_cost == pytest.approx(890.0, rel=1e-12)


def test_service_that_goes_on_at_the_horizon() -> None:
    """Who is being served when the window closes has kept somebody busy until then."""
    journeys = world(visit(0, at(6, 20), at(6, 21), NAN, left=NAN, outcome=OPEN))
    counts = measured(journeys, staff=replace(ONE_TEAM, crews=(Crew(1, 0.0, Schedule()),)))
    assert counts.loads.busy[0] * 24 == pytest.approx(3.0, rel=1e-12)
    assert counts.answered.tolist() == [1]


def test_a_wait_that_is_just_the_target_is_within_it() -> None:
    """Waits of exactly two minutes from any moment are within two minutes, whatever the sum is rounded to."""
    moments = np.random.default_rng(7).uniform(0.0, 6.9, 200)  # the seed is fixed: the same moments always
    journeys = world(*(visit(k, t, t + 2 / 1440, t + 0.01, left=t + 0.01) for k, t in enumerate(moments.tolist())))
    assert measured(journeys).within[0, 0] == 200


@given(
    st.lists(st.tuples(st.floats(0.0, 21.0), st.floats(0.0, 3.0), st.floats(0.0, 3.0)), max_size=30),
    st.integers(0, 6),
    st.floats(0.0, 10.0),
)
def test_hours_of_the_week_add_up_to_the_whole(
    spans: list[tuple[float, float, float]], weekday: int, warm_up: float
) -> None:
    """Busy, waiting and open time by the hour add up to those of the window, whatever day it begins on."""
    journeys = world(*(visit(k, t, t + w, t + w + s, left=t + w + s) for k, (t, w, s) in enumerate(spans)))
    window = Window(calendar=True, warm_up=warm_up, horizon=20.0, count=-1, until=20.0)
    staff = replace(ONE_TEAM, crews=(Crew(3, 1.0, Schedule(OFFICE, (3, 4), weekday)),))
    loads = measured(journeys, window, staff).loads
    for name in ("open", "span", "busy", "waiting"):
        assert getattr(loads, f"{name}_by_hour").sum() == pytest.approx(getattr(loads, name)[0], abs=1e-6)
    assert 0.0 <= loads.waiting_open[0] <= loads.waiting[0] + 1e-9


def test_rows_in_any_order_give_the_same_loads() -> None:
    """Shuffling the visits changes no number, to the last bit."""
    random = np.random.default_rng(3)
    joined = random.uniform(0.0, 7.0, 500)
    started = joined + random.exponential(0.1, 500)
    rows = [
        visit(k, float(t), float(s), float(s) + 0.01, left=float(s) + 0.02)
        for k, (t, s) in enumerate(zip(joined, started, strict=True))
    ]
    ordered = world(*rows)
    shuffled = Journeys(ordered.customers, ordered.visits[random.permutation(500)])
    one, other = measured(ordered).loads, measured(shuffled).loads
    for field in fields(Loads):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name), err_msg=field.name)


def test_littles_law() -> None:
    """Mean queue = arrivals per day × mean wait, when nobody is in the queue at either end (an identity then)."""
    random = np.random.default_rng(5)
    joined = np.sort(random.uniform(0.0, 5.0, 300))
    waits = random.exponential(0.2, 300).clip(max=1.9)
    journeys = world(
        *(
            visit(k, float(t), float(t + w), float(t + w), left=float(t + w))
            for k, (t, w) in enumerate(zip(joined, waits, strict=True))
        )
    )
    counts = measured(journeys)
    assert counts.loads.waiting[0] / 7.0 == pytest.approx(300 / 7.0 * counts.wait[0, 0], rel=1e-12)


# ---- from a funnel to a result


def label(name: str) -> Label:
    """The same label in both languages."""
    return Label(name, name)


def make_funnel(size: int = 2) -> Funnel:
    """Three stages: a team answers at the first, a law at the second (also in the same call), nobody at the third."""
    team = Team("sales", "sales", label("Sales"), size, OFFICE, (date(2024, 1, 3),), cost=10.0)
    answers: list[Response | None] = [Response(team="sales"), Response(wait=fixed(0.1)), None]
    stages = tuple(
        Stage(
            name,
            name,
            label(name),
            (Touchpoint("rest", "rest", label("rest"), 1.0, fixed(0.0), response=response),),
            (Route("rest", to, 1.0, same_call=name == "a"),),
        )
        for name, response, to in zip("abc", answers, ("b", "c", None), strict=True)
    )
    source = Source("all", "all", label("All"), Batch(1), "a")
    return Funnel(label("F"), "", (source,), stages, (Variant((), stages),), teams=(team,))


def test_staff_of_a_funnel() -> None:
    """Who answers where is read from the funnel; closed dates become days since the start."""
    staff = make_staff(make_funnel(), date(2024, 1, 1), ("rest",))
    assert staff.answers.ravel().tolist() == [TEAM, LAW, 0]
    assert staff.called.tolist() == [False, True, False]
    assert staff.crews == (Crew(2, 10.0, Schedule(OFFICE, (2,), 0)),)
    assert staff.targets == TARGETS


def test_a_same_call_is_no_wait_for_a_law_either() -> None:
    """At a stage that a route reaches in the same call, who is served on entering is taken to be in that call."""
    rows = [visit(0, 1.0, 1.0, 1.0, left=1.0, team=-1), visit(1, 1.0, 1.1, 1.1, left=2.0, team=-1)]
    journeys = world(*rows)
    journeys.visits["stage"] = 1
    staff = make_staff(make_funnel(), date(2024, 1, 1), ("rest",))
    counts = count(journeys, WEEK, 3, 1, 0, staff)
    assert counts.waited.tolist() == [0, 1, 0]
    assert counts.wait[1, 0] == pytest.approx(0.1)


def make_result(size: int = 2) -> Any:
    """The tally of two replications of the week by hand."""
    funnel = make_funnel(size)
    run = Run(replications=2, horizon=7.0)
    staff = make_staff(funnel, run.start, ("rest",))
    counts = [count(BY_HAND, WEEK, 3, 0, k, staff) for k in range(2)]
    return make_tally(counts, funnel, run, "reference", {})


def test_document_of_a_run_with_a_team() -> None:
    """Stages with a response say how soon people were answered; teams have their loads and 168 hours."""
    journeys = BY_HAND.visits.copy()
    journeys["cause"] = -1
    funnel = make_funnel()
    staff = make_staff(funnel, date(2024, 1, 1), ("rest",))
    quiet = Journeys(BY_HAND.customers, journeys[journeys["outcome"] != LOST])
    tally = make_tally([count(quiet, WEEK, 3, 0, 0, staff)], funnel, Run(replications=1, horizon=7.0), "reference", {})
    document = tally_document(tally, "en")
    first, second, third = document["stages"]
    assert first["answered"] == 4.0
    assert first["reply_within"] == [
        {"time": 2 / 1440, "share": 0.25},
        {"time": 1 / 24, "share": 1.0},
        {"time": 1.0, "share": 1.0},
    ]
    assert second["reply_within"][0] == {"time": 2 / 1440, "share": None}
    assert "reply_within" not in third
    (team,) = document["teams"]
    assert (team["team"], team["size"], team["served"], team["abandoned"]) == ("sales", 2, 4.0, 0.0)
    assert team["staff_hours"] == 72.0  # two people, four days of nine hours: Wednesday is closed
    assert team["staff_cost"] == 720.0
    assert team["utilisation"] == pytest.approx(4.5 / 72, rel=1e-12)
    assert team["queue"]["mean"] == pytest.approx(6.0 / 168, rel=1e-12)
    assert len(team["by_hour"]) == 168
    assert team["by_hour"][9] | {"utilisation": 1.0} == {"weekday": "Mon", "hour": 9, "utilisation": 1.0, "queue": 0.5}
    assert team["by_hour"][48 + 9]["utilisation"] is None
    assert "by_hour" not in describe_teams(tally, by_hour=False)[0]
    assert tally.staff_cost.tolist() == [720.0]
    assert tally.cost.tolist() == [720.0]
    assert teams_table(tally).loc[0, "staff_cost"] == 720.0
    assert len(hours_table(tally)) == 168


def test_stacks_put_together() -> None:
    """Loads of replications put side by side in parts are those put side by side at once."""
    loads = [replace(measured(BY_HAND).loads, served=np.array([k])) for k in range(4)]
    whole = stack(loads)
    parts = concatenate([stack(loads[2:]), stack(loads[:2])], np.array([2, 3, 0, 1]))
    assert parts.served.tolist() == whole.served.tolist() == [[0], [1], [2], [3]]


# ---- deals that are open at the start


def test_open_deals_count_where_they_are() -> None:
    """A deal entered before the start has a visit in the stage table and money, but is no customer and did not wait."""
    rows = [visit(0, -10.0, -10.0, -10.0, left=2.0, outcome=WON, team=-1)]
    journeys = world(*rows)
    for name, value in (("source", -1), ("origin_stage", 0), ("counted", False), ("arrived", -10.0)):
        journeys.customers[name] = value
    journeys.visits["value"], journeys.visits["visit_cost"] = 500.0, 3.0
    staff = replace(ONE_TEAM, answers=np.array([[[LAW]]]))
    counts = measured(journeys, staff=staff)
    assert (counts.customers, counts.won, counts.revenue, counts.visit_cost) == (0, 0, 500.0, 0.0)
    assert (counts.visits.tolist(), counts.completed.tolist(), counts.waited.tolist()) == ([1], [1], [0])
    assert counts.time[0, 0] == 12.0
    assert trace_fates(journeys, WEEK, 1).belongs.tolist() == [True]
    late = Window(calendar=True, warm_up=1.0, horizon=7.0, count=-1, until=7.0)
    counts = measured(journeys, late, staff)
    assert (counts.visits.tolist(), counts.revenue) == ([0], 500.0)
    assert trace_fates(journeys, late, 1).belongs.tolist() == [False]


# ---- targets


@pytest.mark.parametrize(
    ("text", "days"),
    [
        (None, TARGETS),
        ("2 min, 1 h", (2 / 1440, 1 / 24)),
        ("1 d,2 min", (2 / 1440, 1.0)),
        ("1,5 ч; 30 мин", (30 / 1440, 1.5 / 24)),
        ("0", (0.0,)),
        ([0.5, "1 h", 0.5], (1 / 24, 0.5)),
    ],
)
def test_targets_are_read(text: Any, days: tuple[float, ...]) -> None:
    """Targets are times parted by commas or semicolons, in order and once each; a comma may be a decimal one."""
    assert parse_targets(text) == days


@pytest.mark.parametrize(
    ("text", "what"),
    [("soon", "a duration"), ("", "expected times"), ("5", "without a unit"), ([-1.0], "a time in days")],
)
def test_targets_that_are_none(text: Any, what: str) -> None:
    """What is no time is refused, saying what was expected."""
    with pytest.raises(InputError, match=what):
        parse_targets(text)
