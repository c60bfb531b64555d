"""Hours: when a team works, by weekday and date, and how long within a span of time.

Times are floats in days since the start; day d begins at float(d), and what opens or closes on it does so at
float(d) + offset, where the offset is a fraction of the day, so that an instant has one float wherever it is
computed. Days have 24 hours. Everything is half-open: at its opening a team is open, at its closing it is not.

Engines ask the compiled functions, with the `Openings` of all teams; the others ask the same of one `Schedule`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.compiling import inlined
from funnelsim.memory import Group, column

_SECONDS: Final = 86400
_WEEK: Final = 7
_ALWAYS: Final = ((0.0, 1.0),)
_NEVER: Final = math.inf
#: From here on a float has no hours.
_LAST: Final = 2.0**52

Spans = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a team works.

    hours: (from, to) in days from Monday 00:00; empty means always. A span may go over midnight, also from Sunday to
    Monday (to > 7). closed: days since the start on which nobody works, in order. first_weekday: that of day 0,
    Monday being 0.
    """

    hours: tuple[tuple[float, float], ...] = ()
    closed: tuple[int, ...] = ()
    first_weekday: int = 0


class Openings(Group):
    """When each of T teams works, as arrays.

    first_span: [T, 8], where the spans of a day begin in `opens` and `closes` (fractions of the day, in order and
    apart); the days are those since the start, modulo 7. first_closed: [T + 1], where a team's days off begin in
    `closed`, in order and once. always_from: [T], the time from which on a team never closes; NaN for most.
    so_far: [T, 8], for how long it is open in the first 0 to 7 days, days off aside. lost_so_far: what its days off
    take from that, of none, one, … all of them, team by team.
    """

    first_span: NDArray[np.int64] = column("i8", 2)
    opens: NDArray[np.float64] = column("f8")
    closes: NDArray[np.float64] = column("f8")
    first_closed: NDArray[np.int64] = column("i8")
    closed: NDArray[np.int64] = column("i8")
    always_from: NDArray[np.float64] = column("f8")
    so_far: NDArray[np.float64] = column("f8", 2)
    lost_so_far: NDArray[np.float64] = column("f8")


def make_schedule(hours: Iterable[tuple[float, float]], closed: Iterable[date], start: date) -> Schedule:
    """Return the schedule of a week with some dates off, where time 0 is the midnight of `start`."""
    days = sorted({(day - start).days for day in closed})
    return Schedule(tuple(hours), tuple(days), start.weekday())


def make_openings(schedules: Sequence[Schedule]) -> Openings:
    """Return the schedules of teams as arrays, for the compiled functions below."""
    first_span = np.zeros((len(schedules), _WEEK + 1), dtype=np.int64)
    always_from = np.full(len(schedules), math.nan)
    so_far = np.zeros((len(schedules), _WEEK + 1))
    spans: list[tuple[float, float]] = []
    closed: list[int] = []
    first_closed: list[int] = [0]
    lost_so_far: list[float] = []
    for team, schedule in enumerate(schedules):
        week, days = _days(schedule), sorted(set(schedule.closed))
        first_span[team] = len(spans) + np.cumsum([0, *map(len, week)])
        spans.extend(span for day in week for span in day)
        if all(day == _ALWAYS for day in week):
            always_from[team] = days[-1] + 1.0 if days else -math.inf
        lengths = [Fraction(math.fsum(closes - opens for opens, closes in day)) for day in week]
        so_far[team] = [float(total) for total in accumulate(lengths, initial=Fraction())]
        closed.extend(days)
        first_closed.append(len(closed))
        lost = accumulate((lengths[day % _WEEK] for day in days), initial=Fraction())
        lost_so_far.extend(float(total) for total in lost)
    pairs = np.array(spans, dtype=np.float64).reshape(-1, 2)
    return Openings(
        first_span=first_span,
        opens=np.ascontiguousarray(pairs[:, 0]),
        closes=np.ascontiguousarray(pairs[:, 1]),
        first_closed=np.array(first_closed, dtype=np.int64),
        closed=np.array(closed, dtype=np.int64),
        always_from=always_from,
        so_far=so_far,
        lost_so_far=np.array(lost_so_far, dtype=np.float64),
    )


@inlined
def _first_from(openings: Openings, team: int, day: int) -> int:
    """Return which of a team's days off is the first from `day` on, as an index of `closed`."""
    low: int = openings.first_closed[team]
    high: int = openings.first_closed[team + 1]
    while low < high:
        middle = (low + high) >> 1
        if openings.closed[middle] < day:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def _is_closed(openings: Openings, team: int, day: int) -> bool:
    """Return whether the team has the day off."""
    first = _first_from(openings, team, day)
    return bool(first < openings.first_closed[team + 1] and openings.closed[first] == day)


@inlined
def next_span_at(openings: Openings, team: int, time: float) -> tuple[float, float]:
    """Return from when to when a team works, now or next, without the end of a span that is over at `time`.

    The end is that of the day at the latest, or infinite where the team never closes again; both are infinite where it
    never opens again.
    """
    if time >= openings.always_from[team]:
        return openings.always_from[team], _NEVER
    if not abs(time) < _LAST or openings.first_span[team, 0] == openings.first_span[team, _WEEK]:
        return _NEVER, _NEVER
    today = math.floor(time)
    # A week has an opening, unless a closed day took it: each takes one week's at most.
    for ahead in range(_WEEK * (1 + openings.first_closed[team + 1] - openings.first_closed[team]) + 1):
        day = today + ahead
        for span in range(openings.first_span[team, day % _WEEK], openings.first_span[team, day % _WEEK + 1]):
            if time < day + openings.closes[span] and not _is_closed(openings, team, day):
                return day + openings.opens[span], day + openings.closes[span]
    return _NEVER, _NEVER


@inlined
def is_open_at(openings: Openings, team: int, time: float) -> bool:
    """Return whether a team works at `time`."""
    return next_span_at(openings, team, time)[0] <= time


@inlined
def next_opening_at(openings: Openings, team: int, time: float) -> float:
    """Return the first moment from `time` on at which a team works; infinity where it never does again."""
    return max(time, next_span_at(openings, team, time)[0])


@inlined
def open_before(openings: Openings, team: int, time: float) -> float:
    """Return for how many days a team has worked when it is `time`, up to a constant: differences are what counts."""
    time = min(time, _LAST)
    day = math.floor(time)
    week = day // _WEEK
    first = _first_from(openings, team, day)
    so_far: float = week * openings.so_far[team, _WEEK] + openings.so_far[team, day - _WEEK * week]
    so_far -= openings.lost_so_far[team + first]
    if first < openings.first_closed[team + 1] and openings.closed[first] == day:
        return so_far
    for span in range(openings.first_span[team, day % _WEEK], openings.first_span[team, day % _WEEK + 1]):
        opens, closes = openings.opens[span], openings.closes[span]
        if time >= day + closes:
            so_far += closes - opens
        elif time > day + opens:
            so_far += time - (day + opens)
    return so_far


def next_span(schedule: Schedule, time: float) -> tuple[float, float]:
    """Return from when to when the team works, now or next, as `next_span_at` does."""
    return next_span_at(_openings(schedule), 0, time)


def is_open(schedule: Schedule, time: float) -> bool:
    """Return whether the team works at `time`."""
    return is_open_at(_openings(schedule), 0, time)


def next_opening(schedule: Schedule, time: float) -> float:
    """Return the first moment from `time` on at which the team works; infinity where it never does again."""
    return next_opening_at(_openings(schedule), 0, time)


def open_days(schedule: Schedule, begin: float, end: float) -> float:
    """Return for how many days the team works within [begin, end), `end` being finite; exactly rounded."""
    parts = open_parts(schedule, begin, end)
    # Not of the dates: those would lose the last bits.
    return float(sum(times * Fraction(closes - opens) for times, _, opens, closes in parts))


def open_parts(schedule: Schedule, begin: float, end: float) -> list[tuple[int, int, float, float]]:
    """Return when the team works within [begin, end) as (times, day, opens, closes), `end` being finite.

    The days between those at the ends are taken together by weekday: as so many `times` the same hours of one of them.
    """
    begin, end = min(begin, _LAST), min(end, _LAST)
    first, last = math.floor(begin), math.floor(end)
    if first == last:
        return _cut(schedule, first, begin, end)
    inner = range(first + 1, last)
    days_off = Counter((day - inner.start) % _WEEK for day in set(schedule.closed) if day in inner)
    return [
        *_cut(schedule, first, begin, end),
        *(
            (times, day, opens, closes)
            for number, day in enumerate(inner[:_WEEK])
            if (times := len(inner[number::_WEEK]) - days_off[number]) > 0
            for opens, closes in _days(schedule)[day % _WEEK]
        ),
        *_cut(schedule, last, begin, end),
    ]


def _cut(schedule: Schedule, day: int, begin: float, end: float) -> list[tuple[int, int, float, float]]:
    """Return when the team works on one day, as the parts above."""
    hours = () if day in schedule.closed else _days(schedule)[day % _WEEK]
    cut = ((max(opens, begin - day), min(closes, end - day)) for opens, closes in hours)
    return [(1, day, opens, closes) for opens, closes in cut if opens < closes]


def _days(schedule: Schedule) -> tuple[Spans, ...]:
    """Return the (opens, closes) of the days from the start on, modulo 7."""
    if not schedule.hours:
        return (_ALWAYS,) * _WEEK
    week = _week(schedule.hours)
    return week[schedule.first_weekday :] + week[: schedule.first_weekday]


@lru_cache(maxsize=256)
def _openings(schedule: Schedule) -> Openings:
    return make_openings([schedule])


@lru_cache(maxsize=256)
def _week(hours: Spans) -> tuple[Spans, ...]:
    """Return each weekday's (opens, closes) as fractions of the day, in order and apart."""
    days: list[list[tuple[float, float]]] = [[] for _ in range(_WEEK)]
    for begin, end in hours:
        for day in range(math.floor(begin), math.ceil(end)):
            opens, closes = max(_offset(begin, day), 0.0), min(_offset(end, day), 1.0)
            if opens < closes:
                days[day % _WEEK].append((opens, closes))
    return tuple(_unite(spans) for spans in days)


def _offset(time: float, day: int) -> float:
    """Return `time` − `day`; a whole number of seconds is freed of the rounding by subtraction."""
    offset = time - day
    whole = round(offset * _SECONDS) / _SECONDS
    return whole if abs(whole - offset) < 1e-12 else offset


def _unite(spans: list[tuple[float, float]]) -> Spans:
    united: list[tuple[float, float]] = []
    for opens, closes in sorted(spans):
        if united and opens <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], closes))
        else:
            united.append((opens, closes))
    return tuple(united)
