"""Weekly hours as people write them: `Mon-Fri 09:00-18:00`, `Пн,Ср 9:00-13:00 14:00-18:00`, `always`.

Inside, hours are *spans*: (from, to) in whole minutes from Monday 00:00, in order and apart; none at all means always.
The canonical document writes the days with equal times together, `["Mon-Fri 09:00-18:00", "Sat 10:00-14:00"]`, in the
order of their first days; times that go past midnight are parted there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from funnelsim.files.wording import Mistake, Mistakes, show, suggest

Spans: TypeAlias = tuple[tuple[int, int], ...]

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTES_OF_DAY = 24 * 60
MINUTES_OF_WEEK = 7 * MINUTES_OF_DAY
ALWAYS = ("always", "24/7", "круглосуточно")
DAILY = ("daily", "ежедневно")
WORDS = (
    ("mon", "monday", "пн", "понедельник"),
    ("tue", "tues", "tuesday", "вт", "вторник"),
    ("wed", "wednesday", "ср", "среда"),
    ("thu", "thurs", "thursday", "чт", "четверг"),
    ("fri", "friday", "пт", "пятница"),
    ("sat", "saturday", "сб", "суббота"),
    ("sun", "sunday", "вс", "воскресенье"),
)
SHORT = (*DAYS, *(words[-2].capitalize() for words in WORDS))
NUMBERS = {word: day for day, words in enumerate(WORDS) for word in words}
EXPECTED = "days and times such as `Mon-Fri 09:00-18:00`"
_DASH = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")
_ITEM = re.compile(r"(?P<days>\D*)(?P<times>.*)", re.DOTALL)
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d\d))?")


def read_hours(value: object) -> Spans:
    """Return the spans of one text or a list of texts. Raises ValueError, or Mistakes with a mistake for every text."""
    if isinstance(value, str):
        value, single = [value], True
    else:
        single = False
    if not isinstance(value, list | tuple):
        raise ValueError(f"expected a list of {EXPECTED}, found {show(value)}")
    if not value:
        raise ValueError(
            "is empty: nobody would ever answer; write hours such as `Mon-Fri 09:00-18:00`, or leave `hours` out for "
            "around the clock"
        )
    found: list[Mistake] = []
    spans: list[tuple[int, int, int]] = []
    for index, item in enumerate(value):
        try:
            spans.extend((start, end, index) for start, end in read_item(item))
        except ValueError as error:
            found.append((() if single else (index,), str(error)))
    if not found:
        found.extend(overlaps(spans, value, single=single))
    if found:
        raise Mistakes(*found)
    return joined((start, end) for start, end, _ in spans)


def read_item(item: object) -> list[tuple[int, int]]:
    """Return the spans of one text, those past midnight parted there."""
    if not isinstance(item, str) or not item.strip():
        raise ValueError(f"expected {EXPECTED}, found {show(item)}")
    text = _DASH.sub("-", item.strip())
    if text.casefold() in ALWAYS:
        return [(0, MINUTES_OF_WEEK)]
    parts = _ITEM.fullmatch(text)
    if parts is None or not parts["times"]:
        words = [word for word in re.split(r"[-,\s.]+", text.casefold()) if word]
        if words and all(word in NUMBERS for word in words):
            raise ValueError(
                f"{show(item)} has no times: expected {EXPECTED} (a text with a comma needs quotes in […])"
            )
        raise ValueError(f"expected {EXPECTED}, found {show(item)}{suggest(text, ALWAYS)}")
    if not parts["days"].strip():
        raise ValueError(f"{show(item)} has no days: expected {EXPECTED}")
    days = list(read_days(parts["days"]))
    return [
        (start, end)
        for first, last in read_times(parts["times"])
        for day in days
        for start, end in placed(day, first, last)
    ]


def read_days(text: str) -> Iterator[int]:
    """Yield the days of the week, 0 for Monday, of `Mon-Wed,Sat`; a range may go over Sunday."""
    for part in text.split(","):
        words = [word.strip().rstrip(".") for word in part.split("-")]
        if words == [words[0]] and words[0].casefold() in DAILY:
            yield from range(7)
            continue
        if len(words) > 2:
            raise ValueError(f"expected a day or a range of days such as `Mon-Fri`, found {show(part.strip())}")
        ends = [read_day(word) for word in words]
        yield from ((ends[0] + step) % 7 for step in range((ends[-1] - ends[0]) % 7 + 1))


def read_day(word: str) -> int:
    """Return a day of the week, 0 for Monday."""
    day = NUMBERS.get(word.casefold())
    if day is None:
        raise ValueError(f"{show(word)} is no day: expected Mon, Tue, Wed, Thu, Fri, Sat or Sun{suggest(word, SHORT)}")
    return day


def read_times(text: str) -> Iterator[tuple[int, int]]:
    """Yield (from, to) in minutes of the day; `to` is not above `from` where the time goes past midnight."""
    for part in re.split(r"[,\s]+", text.strip(" ,")):
        ends = [_TIME.fullmatch(word) for word in part.split("-")]
        if len(ends) != 2 or ends[0] is None or ends[1] is None:
            raise ValueError(f"expected times such as `09:00-18:00`, found {show(part)}")
        first, last = (60 * int(end[1]) + int(end[2] or 0) for end in ends if end is not None)
        late = first >= MINUTES_OF_DAY or last > MINUTES_OF_DAY
        if late or any(int(end[2] or 0) > 59 for end in ends if end is not None):
            raise ValueError(f"expected times from 00:00 to 24:00, found {show(part)}")
        if first == last:
            raise ValueError(f"{show(part)} lasts no time: the whole day is 00:00-24:00")
        yield first, last


def placed(day: int, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the week that a time on a day covers."""
    start = day * MINUTES_OF_DAY
    if last > first:
        yield start + first, start + last
        return
    yield start + first, start + MINUTES_OF_DAY
    if last:
        morning = (day + 1) % 7 * MINUTES_OF_DAY
        yield morning, morning + last


def overlaps(spans: Iterable[tuple[int, int, int]], items: Sequence[object], *, single: bool) -> Iterator[Mistake]:
    """Yield every text whose times another text, or the text itself, has already."""
    ordered = sorted(spans)
    told: set[tuple[int, int]] = set()
    reach, owner = -1, -1
    for start, end, index in ordered:
        if start < reach:
            first, later = sorted((owner, index))
            if (first, later) not in told:
                told.add((first, later))
                day = DAYS[start // MINUTES_OF_DAY]
                other = "itself" if first == later else f"`{items[first]}`"
                yield (() if single else (later,)), f"overlaps {other} on {day}"
        if end > reach:
            reach, owner = end, index


def joined(spans: Iterable[tuple[int, int]]) -> Spans:
    """Return spans in order, those that touch made one; none if they cover the week."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return () if found == [(0, MINUTES_OF_WEEK)] else tuple(found)


def write_hours(spans: Spans) -> list[str]:
    """Return spans as the canonical document writes them."""
    times: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for day in range(7):
        begin, finish = day * MINUTES_OF_DAY, (day + 1) * MINUTES_OF_DAY
        here = tuple((max(a, begin) - begin, min(b, finish) - begin) for a, b in spans if a < finish and b > begin)
        if here:
            times.setdefault(here, []).append(day)
    return [f"{write_days(days)} {' '.join(map(write_time, here))}" for here, days in times.items()]


def write_days(days: Sequence[int]) -> str:
    """Return days of the week, neighbours as a range."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs)


def write_time(span: tuple[int, int]) -> str:
    """Return a span of one day."""
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in span)


def hours_of_week(spans: Spans) -> float:
    """Return the hours worked in a week."""
    return sum(end - start for start, end in spans) / 60 if spans else 168.0
