"""Who arrives when: the one stream of arrivals that every engine starts from.

Arrival i of a source comes at Λ⁻¹(E₁ + … + Eᵢ), Λ the integrated rate and E standard exponentials, each drawn with the
customer's own key (time change of a Poisson process; Çinlar 1975, §4.7). Copy c of a source scaled by m keeps an
arrival when its own uniform is below m − c, so that more arrivals leave the earlier ones as they were.

The stream is made block by block, so that it needs no memory to speak of however long it is.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.arithmetic import log
from funnelsim.compiling import bare
from funnelsim.draws import ARRIVAL, customer_key, uniforms
from funnelsim.laws import snap
from funnelsim.memory import Group, column, scalar
from funnelsim.plan import Plan, rows

#: One row per arrival: the row of `plan.source`, copy and number, the time, and the customer's key.
ARRIVALS = np.dtype(
    [
        ("source_row", "i4"),
        ("copy", "i4"),
        ("number", "i8"),
        ("time", "f8"),
        ("key", "u8"),
    ]
)
#: One copy of one source, and how far it has come: its arrivals are numbered from `next` to `last`, and `dated` by a
#: rate or all at one time. `total` is E₁ + … + Eᵢ, `integral` is Λ at the beginning of `hour`, and [`head`, `tail`)
#: are those arrivals made ahead that nobody has taken yet.
STREAM = np.dtype(
    [
        ("row", "i4"),
        ("copy", "i4"),
        ("word", "u4"),
        ("profile", "i4"),
        ("dated", "?"),
        ("rate", "f8"),
        ("kept", "f8"),
        ("at", "f8"),
        ("next", "i8"),
        ("last", "i8"),
        ("total", "f8"),
        ("integral", "f8"),
        ("hour", "i8"),
        ("head", "i8"),
        ("tail", "i8"),
        ("over", "?"),
    ]
)
FOUR_CENTURIES = 146_097
#: How many arrivals of a stream are made at once.
AHEAD = 256
ENDLESS = 1 << 62
HALF = np.uint64(32)


class Streams(Group):
    """Every copy of every source at work.

    stream: STREAM, in order of source and copy; times, keys, numbers: [streams, AHEAD], made ahead; gaps, lucks:
    [AHEAD], scratch; left: [1], how many may still come; profile, month_of_day, first_weekday, until, grid: the plan's.
    """

    stream: NDArray[Any] = column(STREAM)
    times: NDArray[np.float64] = column("f8", 2)
    keys: NDArray[np.uint64] = column("u8", 2)
    numbers: NDArray[np.int64] = column("i8", 2)
    gaps: NDArray[np.float64] = column("f8")
    lucks: NDArray[np.float64] = column("f8")
    left: NDArray[np.int64] = column("i8")
    profile: NDArray[np.float64] = column("f8", 2)
    month_of_day: NDArray[np.int8] = column("i1")
    first_weekday: int = scalar("i8")
    until: float = scalar("f8")
    grid: float = scalar("f8")


def make_streams(plan: Plan) -> Streams:
    """Return the streams of a plan before their first arrival; dates of a source are streams of their own."""
    found = []
    for row, source in enumerate(rows(plan.source)):
        for copy in range(math.ceil(source.times)):
            kept = min(1.0, source.times - copy)
            batch = source.size >= 0
            last = source.first_number + source.size if batch else ENDLESS
            over = batch and not source.at < plan.window.until
            found.append(
                (row, copy, source.word, source.profile, not batch, 0.0 if batch else source.rate, kept, source.at,
                 source.first_number, last, 0.0, 0.0, 0, 0, 0, over)
            )  # fmt: skip
    return Streams(
        stream=np.array(found, dtype=STREAM),
        times=np.empty((len(found), AHEAD)),
        keys=np.empty((len(found), AHEAD), dtype=np.uint64),
        numbers=np.empty((len(found), AHEAD), dtype=np.int64),
        gaps=np.empty(AHEAD),
        lucks=np.empty(AHEAD),
        left=np.array([plan.window.count if plan.window.count >= 0 else ENDLESS]),
        profile=plan.profile,
        month_of_day=plan.month_of_day,
        first_weekday=plan.first_weekday,
        until=plan.window.until,
        grid=plan.grid,
    )


def arrivals(plan: Plan, seed: int, replication: int) -> NDArray[Any]:
    """Return everyone who arrives in the window's time, by (time, source key, copy, number), at most `window.count`."""
    streams = make_streams(plan)
    parts = []
    while True:
        part = np.empty(AHEAD, dtype=ARRIVALS)
        count = next_arrivals(
            streams, seed, replication, AHEAD,
            part["source_row"], part["copy"], part["number"], part["time"], part["key"],
        )  # fmt: skip
        parts.append(part[:count])
        if count < AHEAD:
            return np.concatenate(parts)


@bare
def next_arrivals(
    streams: Streams,
    seed: int,
    replication: int,
    wanted: int,
    source_row: NDArray[np.int32],
    copy: NDArray[np.int32],
    number: NDArray[np.int64],
    time: NDArray[np.float64],
    key: NDArray[np.uint64],
) -> int:
    """Write the next arrivals in order and return how many: fewer than `wanted` only when no more come."""
    wanted = min(wanted, streams.left[0])
    count = 0
    while count < wanted:
        first = -1
        second = -1
        for i in range(streams.stream.size):
            if streams.stream[i].head == streams.stream[i].tail and not streams.stream[i].over:
                _make(streams, i, seed, replication)
            if streams.stream[i].head == streams.stream[i].tail:
                continue
            now = streams.times[i, streams.stream[i].head]
            if first < 0 or now < streams.times[first, streams.stream[first].head]:
                second = first
                first = i
            elif second < 0 or now < streams.times[second, streams.stream[second].head]:
                second = i
        if first < 0:
            break
        # `first` goes on until `second` comes before it; of equal times the earlier stream is first
        head = streams.stream[first].head
        tail = min(streams.stream[first].tail, head + wanted - count)
        limit = math.inf if second < 0 else streams.times[second, streams.stream[second].head]
        times = streams.times[first]
        run = head
        while run < tail and (second < 0 or times[run] < limit or (times[run] == limit and first < second)):
            run += 1
        _take(
            times, streams.keys[first], streams.numbers[first], head, run - head, count, time, key, number,
        )  # fmt: skip
        for j in range(count, count + run - head):
            source_row[j] = streams.stream[first].row
            copy[j] = streams.stream[first].copy
        count += run - head
        streams.stream[first].head = run
    streams.left[0] -= count
    return count


@bare
def _take(
    times: NDArray[np.float64],
    keys: NDArray[np.uint64],
    numbers: NDArray[np.int64],
    head: int,
    count: int,
    place: int,
    time: NDArray[np.float64],
    key: NDArray[np.uint64],
    number: NDArray[np.int64],
) -> None:
    for j in range(count):
        time[place + j] = times[head + j]
        key[place + j] = keys[head + j]
        number[place + j] = numbers[head + j]


@bare
def _draw(
    seed: int,
    replication: int,
    word: int,
    copy: int,
    start: int,
    count: int,
    keys: NDArray[np.uint64],
    gaps: NDArray[np.float64],
    lucks: NDArray[np.float64],
) -> None:
    """Write keys, standard exponentials and the uniforms that decide who is kept."""
    for j in range(count):
        k0, k1 = customer_key(seed, replication, word, copy, start + j)
        keys[j] = (np.uint64(k0) << HALF) | np.uint64(k1)
        gap, lucks[j] = uniforms(k0, k1, 0, ARRIVAL, 0, 0)
        gaps[j] = -log(gap)


@bare
def _make(streams: Streams, i: int, seed: int, replication: int) -> None:
    """Make the next arrivals of one stream ahead, at least one unless it is over."""
    stream = streams.stream
    stream[i].head = 0
    stream[i].tail = 0
    while stream[i].tail == 0 and not stream[i].over:
        stream[i].tail = write_next(
            streams, i, seed, replication, AHEAD, streams.times[i], streams.keys[i], streams.numbers[i]
        )


@bare
def write_next(
    streams: Streams,
    i: int,
    seed: int,
    replication: int,
    most: int,
    times: NDArray[np.float64],
    keys: NDArray[np.uint64],
    numbers: NDArray[np.int64],
) -> int:
    """Write those of the next arrivals of one stream, at most AHEAD, who come and are kept; return how many."""
    stream = streams.stream
    count: int = min(most, stream[i].last - stream[i].next)
    word, copy, start = stream[i].word, stream[i].copy, stream[i].next
    _draw(seed, replication, word, copy, start, count, keys, streams.gaps, streams.lucks)
    stream[i].next = start + count
    if stream[i].next == stream[i].last:
        stream[i].over = True
    if stream[i].dated:
        count = _date(streams, i, count, times)
    else:
        for j in range(count):
            times[j] = stream[i].at
    for j in range(count):
        numbers[j] = start + j
    if not stream[i].kept < 1.0:
        return count
    place = 0
    for j in range(count):
        keys[place] = keys[j]
        times[place] = times[j]
        numbers[place] = start + j
        place += 1 if streams.lucks[j] < stream[i].kept else 0
    return place


@bare
def _date(streams: Streams, i: int, count: int, times: NDArray[np.float64]) -> int:
    """Write the times of a rate's arrivals; return how many come before the end."""
    stream = streams.stream
    rate, total, until = stream[i].rate, stream[i].total, streams.until
    hour, integral = stream[i].hour, stream[i].integral
    made = count
    gaps, grid, profiled = streams.gaps, streams.grid, stream[i].profile >= 0
    for j in range(count):
        total = total + gaps[j]
        if profiled:
            profile = streams.profile[stream[i].profile]
            while True:
                month = streams.month_of_day[(hour // 24) % FOUR_CENTURIES]
                cell = rate / 24.0 * profile[(streams.first_weekday * 24 + hour) % 168] * profile[168 + month]
                if integral + cell > total or hour / 24.0 >= until:
                    break
                integral += cell
                hour += 1
            time = math.inf if hour / 24.0 >= until else (hour + (total - integral) / cell) / 24.0
        else:
            time = total / rate
        time = snap(time, grid)
        if time >= until:
            stream[i].over = True
            made = j
            break
        times[j] = time
    stream[i].total = total
    stream[i].hour = hour
    stream[i].integral = integral
    return made
