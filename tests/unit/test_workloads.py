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
from funnelsim.engines.staffing import LAW, TEAM, add_answer, add_loads, add_unfinished, has_waited
from funnelsim.engines.totals import ANSWERED, WAITED, Totals, make_totals
from funnelsim.errors import InputError
from funnelsim.eventlog import CUSTOMER, LOST, NEXT, OPEN, VISIT, WON
from funnelsim.hours import Schedule
from funnelsim.laws import fixed
from funnelsim.model import Batch, Funnel, Response, Route, Run, Source, Stage, Team, Touchpoint, Variant
from funnelsim.plan import Window
from funnelsim.tallies import describe_teams, hours_table, make_tally, tally_document, teams_table
from funnelsim.workloads import (
    TARGETS,
    Crew,
    Loads,
    Staff,
    concatenate,
    loads_of,
    make_staff,
    make_staffing,
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
    assert median == pytest.approx(0.5 / 24, rel=1 / 64)  # as far as a quantile may be off


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
    assert_streamed(journeys, WEEK, ONE_TEAM)


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


# ---- loads that are added up as visits end


def stream(journeys: Journeys, window: Window, staff: Staff, order: list[int]) -> Totals:
    """The totals of journeys whose visits are added some at a time, as an engine does that does not store them.

    By the calendar every other unfinished visit is added like those that are over.
    """
    stages = staff.called.size
    totals = make_totals(stages, 1, len(staff.targets), len(staff.crews))
    staffing = make_staffing(staff, window)
    rows = [journeys.visits[number] for number in order]
    lasting, streamed = [], []
    for row in rows:
        entered, started, served, left = (float(row[name]) for name in ("entered", "started", "served", "left"))
        place = int(row["variant"]), int(row["stage"]), int(row["touchpoint"]), int(row["team"])
        deal = journeys.customers["source"][row["customer"]] < 0
        inside = entered >= window.warm_up or (deal and window.warm_up == 0.0)
        if (
            row["stage"] >= 0
            and inside
            and not (deal and entered <= 0.0)
            and has_waited(staffing, *place, entered, started, left, int(row["outcome"]))
        ):
            add_answer(totals, staffing, place[1], place[3], entered, started)
        if row["team"] >= 0:
            over = left if math.isnan(started) else served
            lasts = not math.isfinite(over) and (not window.calendar or row["customer"] % 2 == 1)
            if lasts:
                lasting.append((place[3], entered, started))
            else:
                streamed.append((place[3], (entered, started, served, left)))
    for first in range(0, len(streamed), 3):
        for team in range(len(staff.crews)):
            times = np.array([row for of_team, row in streamed[first : first + 3] if of_team == team])
            columns = times.reshape(-1, 4).T.copy()
            spare = np.empty_like(columns)
            add_loads(totals, staffing, team, columns[0], columns[1], columns[2], columns[3], len(times), spare)
    for team, joined, began in lasting:
        add_unfinished(totals, staffing, team, joined, began)
    return totals


def assert_streamed(journeys: Journeys, window: Window, staff: Staff, order: list[int] | None = None) -> Counts:
    """Check that loads added up as visits end are those measured afterwards, to the bit; return what was measured."""
    order = list(range(len(journeys.visits))) if order is None else order
    totals = stream(journeys, window, staff, order)
    counts = count(journeys, window, staff.called.size, 1, 0, staff)
    loads = loads_of(totals, staff, window)
    for field in fields(Loads):
        np.testing.assert_array_equal(
            getattr(loads, field.name), getattr(counts.loads, field.name), err_msg=field.name, strict=True
        )
    assert totals.stage[:, WAITED].tolist() == counts.waited.tolist()
    assert totals.stage[:, ANSWERED].tolist() == counts.answered.tolist()
    assert totals.within.tolist() == counts.within.tolist()
    return counts


def test_the_week_by_hand_added_up_visit_by_visit() -> None:
    """By the calendar, after a warm-up and as a cohort; in the last, who is left waiting does so until it ends."""
    late = replace(WEEK, warm_up=at(0, 9.5))
    for window in (WEEK, late, COHORT):
        assert_streamed(BY_HAND, window, ONE_TEAM)
    journeys = world(
        visit(0, 1.0, 1.5, 2.0, left=3.0),
        visit(1, 1.25, NAN, NAN, left=NAN, outcome=OPEN),  # waits for .75 days, until the last service ends at 2
        visit(2, 1.75, 1.75, math.inf, left=math.inf, outcome=OPEN),  # is served for a quarter of a day
        visit(3, 5.0, NAN, NAN, left=NAN, outcome=OPEN),  # comes when everything is over
    )
    loads = assert_streamed(journeys, COHORT, ONE_TEAM).loads
    assert (loads.span[0], loads.waiting[0], loads.busy[0]) == (2.0, 1.25, 0.75)


def test_a_cohort_in_which_nothing_is_ever_over() -> None:
    """Without an end there is no time to be busy in."""
    journeys = world(visit(0, 1.0, NAN, NAN, left=NAN, outcome=OPEN))
    loads = assert_streamed(journeys, COHORT, ONE_TEAM).loads
    assert (loads.span[0], loads.waiting[0], loads.open[0]) == (0.0, 0.0, 0.0)


def test_times_beyond_all_hours() -> None:
    """A cohort that lasts for 10^12 days has loads; beyond 2^32 days they have no hour of the week."""
    loads = assert_streamed(world(visit(0, 1.0, 1e12, 3e12, left=3e12)), COHORT, ONE_TEAM).loads
    assert (loads.waiting[0], loads.busy[0]) == (1e12 - 1, 2e12)
    assert loads.open[0] == pytest.approx(3e12 * 45 / 168, rel=1e-12)
    assert loads.waiting_by_hour.sum() == pytest.approx(2.0**32 - 1, rel=1e-12)
    assert loads.busy_by_hour.sum() == 0.0


NIGHTS = tuple((day + 22 / 24, day + 30 / 24) for day in range(7))
weeks = st.one_of(
    st.sampled_from([(), OFFICE, NIGHTS, ((1.0, 1.0),), ((5.5, 8.5),)]),
    st.lists(st.tuples(st.floats(0.0, 6.99), st.floats(0.0, 1.0)), max_size=4).map(
        lambda spans: tuple((begin, begin + length) for begin, length in spans)
    ),
)
crews = st.builds(
    lambda size, cost, hours, closed, weekday: Crew(size, cost, Schedule(hours, tuple(sorted(closed)), weekday)),
    st.integers(1, 3),
    st.floats(0.0, 50.0),
    weeks,
    st.sets(st.integers(-1, 20), max_size=6),
    st.shared(st.integers(0, 6), key="weekday"),
)
windows = st.one_of(
    st.just(COHORT),
    st.just(WEEK),
    st.builds(
        lambda warm_up, length: Window(True, warm_up, warm_up + length, -1, warm_up + length),  # noqa: FBT003
        st.floats(0.0, 8.0),
        st.floats(0.0, 12.0),
    ),
)
#: Moments and lengths of any kind; on a coarse grid many of them fall together, and on opening hours.
free = st.tuples(st.floats(0.0, 20.0), st.floats(0.0, 3.0), st.floats(0.0, 3.0))
coarse = st.tuples(st.integers(0, 160), st.integers(0, 24), st.integers(0, 24)).map(lambda t: tuple(x / 8 for x in t))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Journeys, Staff]:
    """Visits to three stages, two variants and some teams: over, given up, waiting or being served at the end."""
    teams = draw(st.lists(crews, max_size=3))
    codes = draw(st.lists(st.integers(0, 2 if teams else 1), min_size=6, max_size=6))
    called = draw(st.lists(st.booleans(), min_size=3, max_size=3))
    targets = tuple(sorted(draw(st.sets(st.sampled_from([0.0, 0.125, 0.5, 1.0, 3.0])))))
    staff = Staff(tuple(teams), np.array(codes).reshape(2, 3, 1), np.array(called), targets)
    rows, deals = [], []
    for number, (entered, waits, serves) in enumerate(draw(st.lists(st.one_of(free, coarse), max_size=12))):
        variant, stage = draw(st.tuples(st.integers(0, 1), st.integers(-1, 2)))
        answer = staff.answers[variant, stage, 0] if stage >= 0 else 0
        team = draw(st.integers(-1, len(teams) - 1)) if answer == TEAM else -1
        deal = draw(st.booleans())
        joined = entered - 3.0 if deal else entered
        kind = draw(st.sampled_from(["over", "lost", "waiting", "served", "endless"]))
        started = max(joined + waits, 0.0) if kind not in {"lost", "waiting"} else NAN
        served = {"over": started + serves, "endless": math.inf}.get(kind, NAN)
        left = {"over": served, "lost": max(joined + waits, 0.0)}.get(kind, NAN)
        outcome = {"over": NEXT, "lost": LOST}.get(kind, OPEN)
        cause = 0 if outcome == LOST else -1
        times = (joined, started, served, left)
        rows.append((number, variant, stage, 1, 0, team, *times, outcome, cause, -1, 0.0, 0.0, 0.0, 0.0))
        deals.append(deal)
    people = [(k, -1 if deal else 0, 0, k, -1, -1, 0, 0, 0.0, not deal, 0.0) for k, deal in enumerate(deals)]
    return Journeys(np.array(people, dtype=CUSTOMER), np.array(rows, dtype=VISIT)), staff


@given(worlds(), windows, st.randoms(use_true_random=False))
def test_loads_added_up_visit_by_visit_are_those_measured(
    drawn: tuple[Journeys, Staff], window: Window, random: Any
) -> None:
    """Whatever the hours, the days off, the window and the order in which visits are over: equal to the bit."""
    journeys, staff = drawn
    order = list(range(len(journeys.visits)))
    random.shuffle(order)
    assert_streamed(journeys, window, staff, order)


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
