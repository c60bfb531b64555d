"""Jobs: what is run, in units that may be worked at anywhere and in any order.

A *unit* is one part of one replication; a *chunk* is some units that are sent to a worker together. What comes out
depends on the job and the number of the replication only, never on chunks, workers or the order in which they end:
parts are joined as they come, and joining does not depend on an order.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar

from funnelsim import __version__
from funnelsim.errors import FunnelsimError

Partial = TypeVar("Partial")
P = TypeVar("P")
Result_co = TypeVar("Result_co", covariant=True)
#: The number of a replication, and which part of it.
Unit = tuple[int, int]
Chunk = tuple[Unit, ...]
#: What came of the units of a chunk: of a replication, how many parts, and what they are together.
Partials = list[tuple[int, int, Any]]

#: Chunks for each worker at least, where there are enough units, so that all of them end at about the same time.
SHARES = 4


class Job(Protocol[Partial, Result_co]):
    """A pure function of the number of a replication.

    Jobs are frozen dataclasses of plain data, defined in a module: they are sent to other processes, and their digest
    names what is kept of them (`journal`).
    """

    @property
    def kinds(self) -> tuple[type, ...]:
        """The dataclasses of which results are made."""

    @property
    def threads(self) -> bool:
        """Whether units let other threads run meanwhile; otherwise they need processes of their own."""

    @property
    def seconds(self) -> float:
        """About how long a unit takes: chunks are made by it, and nothing else depends on it."""

    def parts(self, replication: int) -> int:
        """Return into how many parts a replication is cut."""

    def run(self, replication: int, part: int) -> Partial:
        """Work at one part; what is returned is sent to whoever puts the parts together."""

    def join(self, one: Partial, other: Partial) -> Partial:
        """Put two parts, or what has been put together, together, whichever they are; they are not used again."""

    def finish(self, replication: int, whole: Partial) -> Result_co:
        """Return what comes of a replication of which all parts have been put together."""


class Whole(Generic[Partial]):
    """Of jobs whose replications are run as a whole."""

    __slots__ = ()

    def parts(self, replication: int) -> int:
        """Return 1."""
        del replication
        return 1

    def join(self, one: Partial, other: Partial) -> Partial:
        """There is only one part."""
        raise NotImplementedError

    def finish(self, replication: int, whole: Partial) -> Partial:
        """Return the one part."""
        del replication
        return whole


def cut(job: Job[Any, Any], numbers: Sequence[int], width: int, seconds: float) -> Iterator[Chunk]:
    """Cut replications, in their order, into chunks of about so many seconds for `width` workers."""
    if not numbers:
        return iter(())
    units = ((number, part) for number in numbers for part in range(job.parts(number)))
    few = len(numbers) * job.parts(numbers[0]) // (SHARES * width)
    size = max(1, min(few, int(seconds / max(job.seconds, 1e-9))))
    return iter(lambda: tuple(islice(units, size)), ())


def run_chunk(job: Job[Any, Any], chunk: Chunk, is_stopped: Callable[[], bool] = bool) -> Partials:
    """Work at the units of a chunk, one after the other, until it is stopped."""
    partials: Partials = []
    for replication, part in chunk:
        if is_stopped():
            break
        add_partial(job, partials, replication, 1, job.run(replication, part))
    return partials


def add_partial(job: Job[P, Any], partials: Partials, replication: int, parts: int, partial: P) -> None:
    """Add what came of some parts of a replication; join it to the last if that is of the same one."""
    if partials and partials[-1][0] == replication:
        _, before, joined = partials.pop()
        partials.append((replication, before + parts, job.join(joined, partial)))
    else:
        partials.append((replication, parts, partial))


def pack(job: Job[Any, Any]) -> bytes:
    """Return a job as it is sent to other processes, with the version of this package.

    Only for processes of one's own and for a cluster that one trusts: to unpack is to run whatever it says.
    """
    return zlib.compress(pickle.dumps((__version__, pickle.dumps(job))), 1)


def run_packed(packed: bytes, chunk: Chunk) -> Partials:
    """Work at the units of a chunk in another process; the job is unpacked there once.

    Raises FunnelsimError where another version of this package is installed: its results might differ.
    """
    return run_chunk(_unpack(packed), chunk)


@lru_cache(maxsize=2)
def _unpack(packed: bytes) -> Job[Any, Any]:
    version, job = pickle.loads(zlib.decompress(packed))  # noqa: S301 (of whoever gives this process its work)
    if version != __version__:
        raise FunnelsimError(
            f"a worker has funnelsim {__version__} installed, and the run is of {version}: install the same version"
        )
    unpacked: Job[Any, Any] = pickle.loads(job)  # noqa: S301 (the same)
    return unpacked
