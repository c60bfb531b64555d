"""Hours: when a team works, by weekday and date, and how long within a span of time.

Times are floats in days since the start; day d begins at float(d), and what opens or closes on it does so at
float(d) + offset, where the offset is a fraction of the day, so that an instant has one float wherever it is
computed. Days have 24 hours. Everything is half-open: at its opening a team is open, at its closing it is not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

_SECONDS = 86400
_WEEK = 7
_ALWAYS = ((0.0, 1.0),)

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


def make_schedule(hours: Iterable[tuple[float, float]], closed: Iterable[date], start: date) -> Schedule:
    """Return the schedule of a week with some dates off, where time 0 is the midnight of `start`."""
    days = sorted({(day - start).days for day in closed})
    return Schedule(tuple(hours), tuple(days), start.weekday())


def is_open(schedule: Schedule, time: float) -> bool:
    """Return whether the team works at `time`."""
    day = math.floor(time)
    return any(day + opens <= time < day + closes for opens, closes in _day_spans(schedule, day))


def next_opening(schedule: Schedule, time: float) -> float:
    """Return the first moment from `time` on at which the team works; infinity where it never does again."""
    day = math.floor(time)
    # A week has an opening or none ever has, unless a closed day took it: each takes one week's at most.
    for ahead in range(_WEEK * (1 + len(schedule.closed)) + 1):
        for opens, closes in _day_spans(schedule, day + ahead):
            if time < day + ahead + closes:
                return max(time, day + ahead + opens)
    return math.inf


def open_days(schedule: Schedule, begin: float, end: float) -> float:
    """Return for how many days the team works within [begin, end), `end` being finite."""
    return math.fsum(_length(span, begin, end) for span in _spans(schedule, begin, end))


def open_spans(schedule: Schedule, begin: float, end: float) -> list[tuple[float, float]]:
    """Return when the team works within [begin, end) as (from, to) in order; none crosses a midnight."""
    return [(max(day + opens, begin), min(day + closes, end)) for day, opens, closes in _spans(schedule, begin, end)]


def _spans(schedule: Schedule, begin: float, end: float) -> Iterator[tuple[int, float, float]]:
    """Give (day, opens, closes) of what is at least in part within [begin, end)."""
    for day in range(math.floor(begin), math.ceil(end)):
        for opens, closes in _day_spans(schedule, day):
            if day + closes > begin and day + opens < end:
                yield day, opens, closes


def _length(span: tuple[int, float, float], begin: float, end: float) -> float:
    day, opens, closes = span
    if begin <= day + opens and day + closes <= end:
        return closes - opens  # not of the dates: those would lose the last bits
    return min(day + closes, end) - max(day + opens, begin)


def _day_spans(schedule: Schedule, day: int) -> Spans:
    if day in schedule.closed:
        return ()
    if not schedule.hours:
        return _ALWAYS
    return _week(schedule.hours)[(schedule.first_weekday + day) % _WEEK]


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
