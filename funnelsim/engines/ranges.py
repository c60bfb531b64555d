"""Ranges of customers: one replication in parts, where customers meet nobody.

Part k of a replication is the k-th range of numbers of every source, every copy of it, and the deals open at every
stage. So the same customers are in part k of every scenario, however their arrivals differ; the referred are in the
part of their ancestor. What parts add up to does not depend on the cut (`totals`), so it decides nothing but who works
at what.

The time of an arrival is a sum over all that come before, added up one by one. So a part begins where the one before it
has made its arrivals, which takes little beside what follows: whoever makes a part leaves the state of its streams to
whoever comes next.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from funnelsim.engines.arrivals import AHEAD, ENDLESS, make_streams
from funnelsim.engines.crowds import Crowd, find_lasts, gather, grow_crowd, make_crowd
from funnelsim.plan import Plan, rows

Integers = NDArray[np.int64]

#: About how many stage visits a part has; and how many customers at least and at most, since a part has totals of its
#: own, and its arrivals are all made before they are let in.
VISITS: Final = 1 << 20
FEWEST, MOST = 1 << 16, 1 << 18
#: Replications in parts that may be under way at a time, each with any sources.
UNDER_WAY: Final = 64
#: The columns of `plan.source` that arrivals depend on.
ARRIVING: Final = ["word", "times", "rate", "profile", "size", "at", "first_number"]
#: Hours for which the expected number of arrivals is added up; beyond them their mean goes on.
HOURS: Final = 24 * 366 * 10


@dataclass(frozen=True, slots=True)
class Cut:
    """Into how many parts replications are cut, and how many numbers of each source or stage make a range.

    sizes: by the words that address their customers.
    """

    parts: int
    sizes: tuple[tuple[int, int], ...]


#: A replication as a whole.
WHOLE: Final = Cut(1, ())


def make_cut(plans: Sequence[Plan], visits: float) -> Cut:
    """Return how replications of some plans, by the same customers, are cut.

    visits: about how many stage visits one of a plan has. Where customers may meet in a queue they stay together.
    """
    if any(len(plan.team) for plan in plans):
        return WHOLE
    expected: dict[int, float] = {}
    for plan in plans:
        for word, number in _expect(plan).items():
            expected[word] = max(expected.get(word, 0.0), number)
    customers = math.fsum(expected.values())
    if not customers < ENDLESS:
        return WHOLE
    size = min(max(VISITS * customers / max(visits, 1.0), FEWEST), MOST)
    parts = max(1, int(customers / size))
    return Cut(parts, tuple((word, max(1, math.ceil(number / parts))) for word, number in sorted(expected.items())))


def _expect(plan: Plan) -> dict[int, float]:
    """Return about how far the numbers of customers go, by word."""
    window, sources = plan.window, rows(plan.source)
    endless = math.fsum(source.rate for source in sources if source.size < 0)
    expected: dict[int, float] = {}
    for source in sources:
        if source.size >= 0:
            number = float(source.first_number + source.size)
        elif window.until < math.inf:
            number = source.rate * _integrate(plan, source.profile)
        else:
            number = window.count * source.rate / endless if endless > 0.0 else 0.0
        if window.count >= 0:
            number = min(number, window.count)
        expected[source.word] = max(expected.get(source.word, 0.0), number)
    for deal in rows(plan.deal):
        expected[deal.word] = float(deal.count)
    return expected


def _integrate(plan: Plan, profile: int) -> float:
    """Return for how many days the plain rate would have to run for as many arrivals as with a profile."""
    until = plan.window.until
    if profile < 0 or until == 0.0:
        return until
    hours = np.arange(max(1, min(math.ceil(until * 24.0), HOURS)))
    factors = plan.profile[profile]
    months = plan.month_of_day[(hours // 24) % len(plan.month_of_day)].astype(np.int64)
    return until * float(np.mean(factors[(plan.first_weekday * 24 + hours) % 168] * factors[168 + months]))


def identify(plan: Plan) -> bytes:
    """Return what is the same of two plans only if everyone arrives at the same times in both."""
    columns = [np.ascontiguousarray(plan.source[name]) for name in ARRIVING]
    window = np.array([plan.window.count, plan.window.until, plan.grid, plan.first_weekday])
    digest = sha256()
    for array in (*columns, plan.profile, plan.month_of_day, window):
        digest.update(array.tobytes())
    return digest.digest()


class Chain:
    """The arrivals of one replication at a time, part after part; for any number of threads.

    A stream ends where a cohort by number does. Streams are in the order of identity: source, copy, number.
    """

    def __init__(self, plan: Plan, cut: Cut) -> None:
        self._plan = plan
        self._cut = cut
        self._streams = make_streams(plan)
        stream, self._count = self._streams.stream, int(self._streams.left[0])
        if len(stream) == 1 and stream["kept"][0] == 1.0:
            stream["last"] = np.minimum(stream["last"], stream["next"] + self._count)
            stream["over"] |= stream["next"] >= stream["last"]
            self._count = ENDLESS
        self._first = stream.copy()
        self._order = np.lexsort((stream["row"], stream["copy"], plan.source["source"][stream["row"]]))
        sizes = dict(cut.sizes)
        self._sizes = np.array([sizes.get(word, 0) for word in stream["word"][self._order].tolist()], dtype=np.int64)
        self._starts: list[NDArray[Any]] = []
        self._where = (0, 0)
        self._lock = threading.Lock()

    def begin(self, seed: int, replication: int) -> Self:
        """Begin with a replication."""
        self._where = (seed, replication)
        first = self._first
        if self._count < ENDLESS:
            passed = make_streams(self._plan)
            find_lasts(passed, seed, replication, make_crowd(AHEAD))
            first = self._first.copy()
            first["last"] = passed.stream["last"]
            first["over"] |= first["next"] >= first["last"]
        self._starts = [first[self._order]]
        return self

    def gather(self, part: int, crowd: Crowd) -> None:
        """Put everyone who arrives in a part into a crowd, whose room grows as needed."""
        with self._lock:
            while len(self._starts) <= part:
                self._make(len(self._starts) - 1, crowd)
            self._make(part, crowd)

    def fill(self, start: NDArray[Any] | None, crowd: Crowd) -> NDArray[Any] | None:
        """Put the next arrivals in the order of identity into a crowd, as many as there is room for.

        start: the state of the streams, as the call for those before returned it, or None for the first. Return None
        instead where there are no more.
        """
        with self._lock:
            self._streams.stream[:] = self._starts[0] if start is None else start
            crowd.count[0] = 0
            done = gather(self._streams, *self._where, np.full(len(self._sizes), ENDLESS), crowd)
            return None if done == len(self._sizes) else self._streams.stream.copy()

    def _make(self, part: int, crowd: Crowd) -> None:
        streams = self._streams
        streams.stream[:] = self._starts[part]
        last = part == self._cut.parts - 1
        upto = np.full(len(self._sizes), ENDLESS) if last else (part + 1) * self._sizes
        crowd.count[0] = 0
        while gather(streams, *self._where, upto, crowd) < len(upto):
            grow_crowd(crowd)
        if part == len(self._starts) - 1:
            self._starts.append(streams.stream.copy())


class Chains:
    """The chains of replications that are under way, each made by whoever needs it first, and used by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chains: OrderedDict[tuple[Any, ...], Chain] = OrderedDict()

    def find(self, identity: bytes, plan: Plan, cut: Cut, seed: int, replication: int) -> Chain:
        """Return the chain of a replication of a plan, or of another one with the same identity."""
        place = (identity, cut, seed, replication)
        with self._lock:
            if place not in self._chains:
                if len(self._chains) >= UNDER_WAY:
                    self._chains.popitem(last=False)
                self._chains[place] = Chain(plan, cut).begin(seed, replication)
            self._chains.move_to_end(place)
            return self._chains[place]


def find_deals(plan: Plan, cut: Cut, part: int) -> Integers:
    """Return the numbers, from and to, of the open deals of each row that are in a part; [D, 2]."""
    sizes = dict(cut.sizes)
    numbers = np.zeros((len(plan.deal), 2), dtype=np.int64)
    for row, deal in enumerate(rows(plan.deal)):
        size = sizes.get(deal.word, 0)
        numbers[row, 0] = min(part * size, deal.count)
        numbers[row, 1] = deal.count if part == cut.parts - 1 else min((part + 1) * size, deal.count)
    return numbers
