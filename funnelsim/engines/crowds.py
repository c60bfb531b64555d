"""Crowds: arrivals that are made before they are let in, where customers meet nobody.

They stand stream after stream, each in the order of its numbers: without teams nobody has to be let in in the order of
time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from funnelsim.compiling import kernel
from funnelsim.engines.arrivals import AHEAD, Streams, next_arrivals, write_next
from funnelsim.memory import Group, column

Integers = NDArray[np.int64]


class Crowd(Group):
    """Arrivals that are made before they are let in; `count` [1] of them, with the columns of `ARRIVALS`."""

    source_row: NDArray[np.int32] = column("i4")
    copy: NDArray[np.int32] = column("i4")
    number: Integers = column("i8")
    time: NDArray[np.float64] = column("f8")
    key: NDArray[np.uint64] = column("u8")
    count: Integers = column("i8")


def make_crowd(room: int) -> Crowd:
    """Return nobody, with room for so many."""
    return Crowd(
        source_row=np.empty(room, dtype=np.int32),
        copy=np.empty(room, dtype=np.int32),
        number=np.empty(room, dtype=np.int64),
        time=np.empty(room),
        key=np.empty(room, dtype=np.uint64),
        count=np.zeros(1, dtype=np.int64),
    )


def grow_crowd(crowd: Crowd) -> None:
    """Give a crowd twice the room."""
    crowd.put(
        **{
            name: np.concatenate([getattr(crowd, name), np.empty_like(getattr(crowd, name))])
            for name in crowd.fields
            if name != "count"
        }
    )


@kernel
def gather(streams: Streams, seed: int, replication: int, upto: Integers, crowd: Crowd) -> int:
    """Add the next arrivals of each stream, one stream after the other, up to a number of each.

    Return how many streams are done with: fewer than there are where there is no room for more.
    """
    stream = streams.stream
    for i in range(stream.size):
        while not stream[i].over and stream[i].next < upto[i]:
            place = crowd.count[0]
            most = min(AHEAD, upto[i] - stream[i].next, crowd.time.size - place)
            if most == 0:
                return i
            count = write_next(
                streams, i, seed, replication, most, crowd.time[place:], crowd.key[place:], crowd.number[place:]
            )
            for j in range(place, place + count):
                crowd.source_row[j] = stream[i].row
                crowd.copy[j] = stream[i].copy
            crowd.count[0] = place + count
    return stream.size


@kernel
def find_lasts(streams: Streams, seed: int, replication: int, crowd: Crowd) -> None:
    """Let all arrivals pass that a cohort by number has, and end each stream with the last of its own."""
    stream = streams.stream
    while True:
        count = next_arrivals(
            streams, seed, replication, AHEAD, crowd.source_row, crowd.copy, crowd.number, crowd.time, crowd.key
        )
        if count < AHEAD:
            break
    for i in range(stream.size):
        waiting = stream[i].head < stream[i].tail
        stream[i].last = streams.numbers[i, stream[i].head] if waiting else stream[i].next
