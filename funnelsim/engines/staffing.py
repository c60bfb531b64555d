"""Loads of teams, added up some visits at a time: what `workloads` measures of journeys, for those that are not stored.

A visit is added when it is over, in any order. What is not over when the run ends lasts until the end of the time over
which its team is measured; in a cohort that is known only when all the others have been added.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.bins import bits_of, value_of
from funnelsim.compiling import bare, inlined, inner
from funnelsim.engines.totals import (
    ABANDONED,
    ANSWERED,
    BUSY,
    FIRST_TARGET,
    HOURS,
    HOURS_BUSY,
    HOURS_WAITING,
    SERVED,
    WAITED,
    WAITING,
    WAITING_OPEN,
    WEEKS,
    Totals,
)
from funnelsim.eventlog import LOST
from funnelsim.hours import Openings, open_before
from funnelsim.memory import Group, column, part, scalar
from funnelsim.sums import add, add_block

Floats = NDArray[np.float64]

#: Codes of `Staffing.answers`.
NOBODY, LAW, TEAM = range(3)
#: Times by the hour are added up in whole ticks, exactly: 2^26 to an hour.
TICK_BITS: Final = 26
TICKS: Final = 1 << TICK_BITS
TICKS_A_DAY: Final = 24.0 * TICKS
#: Days from which on no hours are told apart (12 million years): ticks stay below 2^63.
FAR: Final = 2.0**32


class Staffing(Group):
    """Who answers where, how soon it should be, and over which time the load of teams is measured.

    answers: NOBODY, LAW or TEAM by [variant, stage, touchpoint]. called: [stage], whether a route leads there in the
    same call. limits: [K], the targets in days, with what moments are rounded by. first_weekday: that of day 0, Monday
    being 0. begin, end: in days since the start; a cohort's end is infinite, as it is not known beforehand.
    """

    openings: Openings = part(Openings)
    answers: NDArray[np.int64] = column("i8", 3)
    called: NDArray[np.bool_] = column("?")
    limits: Floats = column("f8")
    first_weekday: int = scalar("i8")
    begin: float = scalar("f8")
    end: float = scalar("f8")


@inlined
def has_waited(
    staffing: Staffing,
    variant: int,
    stage: int,
    touchpoint: int,
    team: int,
    entered: float,
    started: float,
    left: float,
    outcome: int,
) -> bool:
    """Return whether a visit waited for an answer until it had it or was lost, as `workloads.find_waiting` does.

    team: whose queue it joined, or -1. An open deal has not waited where the start found it: it is not asked for here.
    """
    answered = started == started  # noqa: PLR0124 (not NaN)
    if staffing.answers.size == 0 or not (answered or (outcome == LOST and left > entered)):
        return False
    answer = staffing.answers[variant, stage, touchpoint]
    if answer == LAW:
        return not (staffing.called[stage] and started == entered)
    return bool(answer == TEAM and team >= 0)


@inlined
def add_answer(totals: Totals, staffing: Staffing, stage: int, team: int, entered: float, started: float) -> None:
    """Count a visit of the window that has waited: whether it was answered (started is not NaN), and how soon."""
    answered = started == started  # noqa: PLR0124 (not NaN)
    totals.stage[stage, WAITED] += 1
    totals.stage[stage, ANSWERED] += answered
    if team >= 0:
        totals.team[team, SERVED if answered else ABANDONED] += 1
    for target in range(staffing.limits.size):
        if started <= entered + staffing.limits[target]:
            totals.within[stage, target] += 1
            if team >= 0:
                totals.team[team, FIRST_TARGET + target] += 1


@bare
def add_loads(
    totals: Totals,
    staffing: Staffing,
    team: int,
    joined: Floats,
    started: Floats,
    served: Floats,
    left: Floats,
    count: int,
    spare: Floats,
) -> None:
    """Add visits that joined a team's queue, once it is known when they are over for the team.

    started, served: NaN for who left unserved; left: does not matter for who was answered. spare: [4, count], to work
    in. In a cohort a visit that is never over is not among them: `add_unfinished` adds it.
    """
    since, until, spans, in_open = spare[0], spare[1], spare[2], spare[3]
    begin, end = staffing.begin, staffing.end
    last = totals.last_end[team]
    waits = 0
    for j in range(count):
        unanswered = math.isnan(started[j])
        over = left[j] if unanswered else served[j]
        if over < math.inf:
            last = max(last, bits_of(max(over, 0.0)))
        since[waits] = _clip(joined[j], begin, end)
        until[waits] = _clip(left[j] if unanswered else started[j], begin, end)
        waits += 1 if since[waits] != until[waits] else 0
    totals.last_end[team] = last
    for j in range(waits):
        spans[j] = until[j] - since[j]
        in_open[j] = open_before(staffing.openings, team, until[j]) - open_before(staffing.openings, team, since[j])
    add_block(totals.team_sums[team, WAITING], spans, waits)
    add_block(totals.team_sums[team, WAITING_OPEN], in_open, waits)
    _add_hours(totals.team_hours[team, HOURS_WAITING], until, waits, 1, staffing.first_weekday)
    _add_hours(totals.team_hours[team, HOURS_WAITING], since, waits, -1, staffing.first_weekday)
    services = 0
    for j in range(count):
        since[services] = _clip(started[j], begin, end)
        until[services] = _clip(served[j], begin, end)
        services += 1 if not math.isnan(started[j]) and since[services] != until[services] else 0
    for j in range(services):
        spans[j] = until[j] - since[j]
    add_block(totals.team_sums[team, BUSY], spans, services)
    _add_hours(totals.team_hours[team, HOURS_BUSY], until, services, 1, staffing.first_weekday)
    _add_hours(totals.team_hours[team, HOURS_BUSY], since, services, -1, staffing.first_weekday)


@bare
def add_unfinished(totals: Totals, staffing: Staffing, team: int, joined: float, started: float) -> None:
    """Add a visit that is not over at the end of the run, after all that are; started: NaN for who is waiting."""
    end = staffing.end
    if end == math.inf:
        end = value_of(max(totals.last_end[team], 0))
    since, until = _clip(joined, staffing.begin, end), _clip(started, staffing.begin, end)
    if since != until:
        in_open = open_before(staffing.openings, team, until) - open_before(staffing.openings, team, since)
        add(totals.team_sums[team, WAITING], until - since)
        add(totals.team_sums[team, WAITING_OPEN], in_open)
        _add_hour(totals.team_hours[team, HOURS_WAITING], until, 1, staffing.first_weekday)
        _add_hour(totals.team_hours[team, HOURS_WAITING], since, -1, staffing.first_weekday)
    if not math.isnan(started) and until != end:
        add(totals.team_sums[team, BUSY], end - until)
        _add_hour(totals.team_hours[team, HOURS_BUSY], end, 1, staffing.first_weekday)
        _add_hour(totals.team_hours[team, HOURS_BUSY], until, -1, staffing.first_weekday)


@inlined
def _clip(time: float, begin: float, end: float) -> float:
    """Return a time within a window; what is not over yet (NaN) lasts until its end."""
    if not time < end:
        return end
    return max(time, begin)


@inlined
def _add_hour(hours: NDArray[np.int64], time: float, sign: int, first_weekday: int) -> None:
    """Add the end of a span of time to the hours of the week, or, with sign −1, take its beginning from them."""
    ticks = np.int64(np.rint((min(time, FAR) + first_weekday) * TICKS_A_DAY))
    passed = ticks >> TICK_BITS
    week = passed // HOURS
    hour = passed - week * HOURS
    hours[hour] += sign
    hours[HOURS + hour] += sign * (ticks & (TICKS - 1))
    hours[WEEKS] += sign * week


@inner
def _add_hours(hours: NDArray[np.int64], times: Floats, count: int, sign: int, first_weekday: int) -> None:
    """Do the same with `count` times."""
    for j in range(count):
        _add_hour(hours, times[j], sign, first_weekday)
