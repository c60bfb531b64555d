"""Workloads: how busy teams are, who waits for them and how soon people are answered.

A team is paid for the hours in which it is open, or in a cohort for those in which it serves. Its *utilisation* is
the time its people are busy, as a share of the time for which they are there; service that goes on past closing is
busy too, so it may exceed 1. Its *queue* is the mean number of those who wait for it. Both are over [warm_up, horizon)
by the calendar; in a cohort, from the start until the team is last needed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.bins import value_of
from funnelsim.compiling import compiled
from funnelsim.engines.staffing import FAR, LAW, TEAM, TICK_BITS, TICKS, TICKS_A_DAY, Staffing
from funnelsim.engines.totals import (
    ABANDONED,
    BUSY,
    FIRST_TARGET,
    HOURS_BUSY,
    HOURS_WAITING,
    NOTHING,
    SERVED,
    WAITING,
    WAITING_OPEN,
    WEEKS,
    Totals,
)
from funnelsim.engines.totals import HOURS as WEEK_HOURS
from funnelsim.errors import InputError
from funnelsim.eventlog import LOST
from funnelsim.hours import Openings, Schedule, make_openings, make_schedule, open_before, open_days, open_parts
from funnelsim.model import Funnel
from funnelsim.plan import Window
from funnelsim.sums import add_up, total
from funnelsim.units import parse_duration

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: Times within which an answer may be wanted, unless others are asked for: 2 minutes, an hour, a day.
TARGETS = (2 / 1440, 1 / 24, 1.0)
HOURS: Final = 24
#: Days that a wait may be longer than a target for the rounding of moments (less than 0.1 ms).
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Crew:
    """A team as its load is measured: people, cost per person and hour, when it works."""

    size: int
    cost: float
    schedule: Schedule


@dataclass(frozen=True, slots=True, eq=False)
class Staff:
    """Who answers where, and how soon it should be.

    crews: the teams, in the order of the funnel. answers: NOBODY, LAW or TEAM by [variant, stage, touchpoint]. called:
    [stage], whether a route leads there in the same call. targets: times in days, in order.
    """

    crews: tuple[Crew, ...]
    answers: Integers
    called: Flags
    targets: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Loads:
    """The loads of T teams in one replication, or in R of them with a first axis [R] more.

    Of the visits entered in the window: served, abandoned: [T], answered and lost while waiting; within: [T, K],
    answered within each target. In days: open, span: [T], how long it is open and how long the window is; busy,
    waiting, waiting_open: [T], of all people together, the last in open hours; *_by_hour: [T, 168], the same by hour
    of the week from Monday. paid: [T], hours of people; cost: [T].
    """

    served: Integers
    abandoned: Integers
    within: Integers
    open: Floats
    span: Floats
    busy: Floats
    waiting: Floats
    waiting_open: Floats
    open_by_hour: Floats
    span_by_hour: Floats
    busy_by_hour: Floats
    waiting_by_hour: Floats
    paid: Floats
    cost: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Load:
    """What the visits to one team add up to, as in `Loads`; by hour of the week in ticks."""

    served: int
    abandoned: int
    within: Integers
    busy: float
    waiting: float
    waiting_open: float
    busy_ticks: Integers
    waiting_ticks: Integers


def parse_targets(within: str | Sequence[float | str] | None) -> tuple[float, ...]:
    """Return times in days, in order: of a text such as `2 min, 1 h`, of numbers and texts, or the usual ones.

    A comma between two digits is a decimal one. Raises InputError with every mistake.
    """
    if within is None:
        return TARGETS
    items = (
        [item for item in re.split(r"(?<!\d),|,(?!\d)|;", within) if item.strip()]
        if isinstance(within, str)
        else within
    )
    mistakes: list[str] = []
    targets: set[float] = set()
    for item in items:
        try:
            days = parse_duration(item) if isinstance(item, str) else float(item)
        except (TypeError, ValueError) as error:
            mistakes.append(f"within: {error}")
            continue
        if not 0.0 <= days < math.inf:
            mistakes.append(f"within: expected a time in days, or a text such as `2 min`, not {item!r}")
        targets.add(days)
    if not items:
        mistakes.append("within: expected times such as `2 min, 1 h`")
    if mistakes:
        raise InputError(*mistakes)
    return tuple(sorted(targets))


def make_staff(funnel: Funnel, start: date, touchpoints: Sequence[str], targets: Sequence[float] = TARGETS) -> Staff:
    """Return who answers where; touchpoints: their names by the plan's numbers."""
    answers = np.zeros((len(funnel.variants), len(funnel.stages), len(touchpoints)), dtype=np.int64)
    called = np.zeros(len(funnel.stages), dtype=np.bool_)
    places = {stage.name: number for number, stage in enumerate(funnel.stages)}
    for v, variant in enumerate(funnel.variants):
        for s, stage in enumerate(variant.stages):
            for touchpoint in stage.touchpoints:
                if touchpoint.response is not None and not stage.removed:
                    code = LAW if touchpoint.response.team is None else TEAM
                    answers[v, s, touchpoints.index(touchpoint.name)] = code
            for route in stage.routes:
                if route.same_call and route.to is not None:
                    called[places[route.to]] = True
    crews = tuple(Crew(team.size, team.cost, make_schedule(team.hours, team.closed, start)) for team in funnel.teams)
    return Staff(crews, answers, called, tuple(targets))


def make_staffing(staff: Staff, window: Window) -> Staffing:
    """Return who answers where as the engine that adds up loads by itself reads it."""
    return Staffing(
        openings=make_openings([crew.schedule for crew in staff.crews]),
        answers=np.ascontiguousarray(staff.answers, dtype=np.int64),
        called=np.ascontiguousarray(staff.called, dtype=np.bool_),
        limits=_limits(staff.targets),
        first_weekday=staff.crews[0].schedule.first_weekday if staff.crews else 0,
        begin=window.warm_up if window.calendar else 0.0,
        end=window.horizon if window.calendar else math.inf,
    )


def find_waiting(visits: NDArray[Any], people: NDArray[Any], staff: Staff) -> Flags:
    """Return which visits waited for an answer until they had it or were lost: not yet answered ones have no wait.

    Who turned back at the door did not wait, nor did who is already being talked to in the same call, nor an open deal
    at the stage where the start found it.
    """
    if not staff.answers.any():
        return np.zeros(len(visits), dtype=np.bool_)
    entered, started, team = visits["entered"], visits["started"], visits["team"]
    over = ~np.isnan(started) | ((visits["outcome"] == LOST) & (visits["left"] > entered))
    stage = visits["stage"]
    answers = staff.answers[visits["variant"], stage, visits["touchpoint"]]
    same_call = (answers == LAW) & staff.called[stage] & (started == entered)
    queued = (answers == LAW) & ~same_call | (answers == TEAM) & (team >= 0)
    deal = (people["source"] < 0) & (people["parent"] < 0)
    found = deal[visits["customer"]] & (entered <= 0.0)
    return np.asarray(over & queued & (stage >= 0) & ~found)


def find_prompt(visits: NDArray[Any], waiting: Flags, targets: Sequence[float]) -> Flags:
    """Return [visits, targets]: which of those who waited were answered within each target."""
    limits = visits["entered"][:, None] + _limits(targets)
    return np.asarray(waiting[:, None] & (visits["started"][:, None] <= limits))


def measure_loads(visits: NDArray[Any], waiting: Flags, prompt: Flags, staff: Staff, window: Window) -> Loads:
    """Measure the loads of every team in one replication.

    waiting, prompt: as found above, restricted to the visits entered in the window.
    """
    openings = make_openings([crew.schedule for crew in staff.crews])
    loads = []
    for number, crew in enumerate(staff.crews):
        mine = np.flatnonzero(visits["team"] == number)
        span = _span(visits[mine], window)
        load = _measure(visits[mine], waiting[mine], prompt[mine], openings, number, crew, span)
        loads.append(_describe(load, crew, window, span))
    return _join(loads) if loads else no_loads(len(staff.targets))


def loads_of(totals: Totals, staff: Staff, window: Window) -> Loads:
    """Return what `measure_loads` gives for the visits behind the totals of one replication."""
    loads = []
    for number, crew in enumerate(staff.crews):
        sums, hours, answers = totals.team_sums[number], totals.team_hours[number], totals.team[number]
        last = int(totals.last_end[number])
        load = _Load(
            served=int(answers[SERVED]),
            abandoned=int(answers[ABANDONED]),
            within=answers[FIRST_TARGET:].copy(),
            busy=total(sums[BUSY]),
            waiting=total(sums[WAITING]),
            waiting_open=total(sums[WAITING_OPEN]),
            busy_ticks=_ticks(hours[HOURS_BUSY]),
            waiting_ticks=_ticks(hours[HOURS_WAITING]),
        )
        end = 0.0 if last == NOTHING else float(value_of(last))
        span = (window.warm_up, window.horizon) if window.calendar else (0.0, end)
        loads.append(_describe(load, crew, window, span))
    return _join(loads) if loads else no_loads(len(staff.targets))


@lru_cache(maxsize=16)
def no_loads(targets: int) -> Loads:
    """Return the loads of a funnel without teams, in one replication; targets: how many."""
    whole, part = np.zeros(0, dtype=np.int64), np.zeros(0)
    shapes: dict[str, Any] = {field.name: part for field in fields(Loads)}
    shapes |= {name: np.zeros((0, WEEK_HOURS)) for name in shapes if name.endswith("_by_hour")}
    shapes |= {"served": whole, "abandoned": whole, "within": np.zeros((0, targets), dtype=np.int64)}
    return Loads(**{name: _frozen(shape) for name, shape in shapes.items()})


def stack(loads: Iterable[Loads]) -> Loads:
    """Put the loads of replications side by side."""
    return _join(list(loads))


def concatenate(loads: Sequence[Loads], order: NDArray[np.intp]) -> Loads:
    """Put stacks of replications together, in an order."""
    return Loads(
        **{
            field.name: _frozen(np.concatenate([getattr(one, field.name) for one in loads])[order])
            for field in fields(Loads)
        }
    )


def utilisation(loads: Loads, sizes: Sequence[int]) -> Floats:
    """Return busy time per time paid for, [R, T]; NaN where the team never is open."""
    return divide(loads.busy, np.array(sizes) * loads.open)


def utilisation_by_hour(loads: Loads, sizes: Sequence[int]) -> Floats:
    """Return the same by hour of the week, [R, T, 168]; NaN in hours in which the team is closed."""
    return divide(loads.busy_by_hour, np.array(sizes)[:, None] * loads.open_by_hour)


def divide(parts: NDArray[Any], wholes: NDArray[Any]) -> Floats:
    """Return parts / wholes, NaN where there is no whole."""
    none = wholes == 0
    return np.where(none, np.nan, parts / np.where(none, 1, wholes))


def _measure(
    visits: NDArray[Any],
    waiting: Flags,
    prompt: Flags,
    openings: Openings,
    number: int,
    crew: Crew,
    span: tuple[float, float],
) -> _Load:
    """Add up the visits to one team."""
    begin, end = span
    answered = ~np.isnan(visits["started"])
    gone = np.where(answered, visits["started"], visits["left"])
    joined, gone = _clip(visits["entered"], begin, end), _clip(gone, begin, end)
    started, served = (_clip(visits[name][answered], begin, end) for name in ("started", "served"))
    shift = crew.schedule.first_weekday
    return _Load(
        served=int(np.count_nonzero(waiting & answered)),
        abandoned=int(np.count_nonzero(waiting & ~answered)),
        within=np.count_nonzero(prompt, axis=0),
        busy=add_up(served - started),
        waiting=add_up(gone - joined),
        waiting_open=add_up(_open_before(openings, number, gone) - _open_before(openings, number, joined)),
        busy_ticks=_passed(served, shift) - _passed(started, shift),
        waiting_ticks=_passed(gone, shift) - _passed(joined, shift),
    )


def _describe(load: _Load, crew: Crew, window: Window, span: tuple[float, float]) -> Loads:
    """Return the load of one team with its opening hours and its cost."""
    begin, end = span
    days, open_ticks = _open(crew.schedule, begin, end)
    shift = crew.schedule.first_weekday
    paid = HOURS * (crew.size * days if window.calendar else load.busy)
    numbers: dict[str, Any] = {
        "served": load.served,
        "abandoned": load.abandoned,
        "within": load.within,
        "open": days,
        "span": end - begin,
        "busy": load.busy,
        "waiting": load.waiting,
        "waiting_open": load.waiting_open,
        "open_by_hour": open_ticks / TICKS_A_DAY,
        "span_by_hour": (_passed(np.array([end]), shift) - _passed(np.array([begin]), shift)) / TICKS_A_DAY,
        "busy_by_hour": load.busy_ticks / TICKS_A_DAY,
        "waiting_by_hour": load.waiting_ticks / TICKS_A_DAY,
        "paid": paid,
        "cost": paid * crew.cost,
    }
    return Loads(**{name: np.asarray(number) for name, number in numbers.items()})


def _span(visits: NDArray[Any], window: Window) -> tuple[float, float]:
    """Return the time over which a team is measured; in a cohort until the last of its visits is over for it."""
    if window.calendar:
        return window.warm_up, window.horizon
    ends = np.where(np.isnan(visits["started"]), visits["left"], visits["served"])
    ends = ends[np.isfinite(ends)]
    return 0.0, float(ends.max()) if len(ends) else 0.0


@lru_cache(maxsize=64)
def _open(schedule: Schedule, begin: float, end: float) -> tuple[float, Integers]:
    """Return for how many days a team is open, and for how many ticks of each hour of the week."""
    ticks = np.zeros(WEEK_HOURS, dtype=np.int64)
    for times, day, opens, closes in open_parts(schedule, begin, min(end, FAR)):
        since, until = np.array([day + opens]), np.array([day + closes])
        ticks += times * (_passed(until, schedule.first_weekday) - _passed(since, schedule.first_weekday))
    return open_days(schedule, begin, end), ticks


def _clip(times: NDArray[Any], begin: float, end: float) -> Floats:
    """Return times within a window; what is not over yet (NaN) lasts until its end."""
    return np.clip(np.where(np.isnan(times), end, times), begin, end)


@compiled
def _open_before(openings: Openings, team: int, times: Floats) -> Floats:
    """Return for how many days a team has worked at some moments, up to a constant."""
    worked = np.empty(times.size)
    for i in range(times.size):
        worked[i] = open_before(openings, team, times[i])
    return worked


def _passed(times: Floats, first_weekday: int) -> Integers:
    """Return how many ticks of each hour of the week have gone by at some moments, all together."""
    ticks = np.rint((np.minimum(times, FAR) + first_weekday) * TICKS_A_DAY).astype(np.int64)
    weeks, hour = np.divmod(ticks >> TICK_BITS, WEEK_HOURS)
    here = np.bincount(hour, minlength=WEEK_HOURS)
    # Floats add up 2^27 parts of an hour exactly.
    part = np.bincount(hour, weights=ticks & (TICKS - 1), minlength=WEEK_HOURS).astype(np.int64)
    return _ticks(np.concatenate([here, part, [weeks.sum()]]))


def _ticks(hours: Integers) -> Integers:
    """Return ticks by hour of the week from what `Totals.team_hours` holds of some moments."""
    here, part = hours[:WEEK_HOURS], hours[WEEK_HOURS:WEEKS]
    later = here.sum() - np.cumsum(here)
    return np.asarray((hours[WEEKS] + later) * TICKS + part)


def _limits(targets: Sequence[float]) -> Floats:
    """Return the longest waits that are within targets."""
    return np.asarray(targets, dtype=np.float64) + _ROUNDING


def _join(loads: Sequence[Loads]) -> Loads:
    return Loads(
        **{field.name: _frozen(np.stack([getattr(one, field.name) for one in loads])) for field in fields(Loads)}
    )


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
