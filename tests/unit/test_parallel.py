"""Claims about `funnelsim.parallel`: chunks, threads and processes change nothing in what comes out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.errors import FunnelsimError, InputError
from funnelsim.files.loading import loads
from funnelsim.model import Funnel
from funnelsim.parallel import gathering, jobs, pools
from funnelsim.parallel.cores import count_cores
from funnelsim.parallel.gathering import run_job
from funnelsim.parallel.jobs import Chunk, Partials, Whole, cut, pack, run_packed
from funnelsim.parallel.pools import ALONE, Alone, Workers, check_workers
from funnelsim.parallel.processes import Processes, shielded
from funnelsim.parallel.threads import Threads, run_aside
from funnelsim.simulation import simulate

FUNNEL = """
funnelsim: 1
sources: {all: {batch: 50}}
stages:
  - {name: shop, takes: {exponential: {mean: 2 d}}, causes: {no_trust: 30%}}
  - {name: purchase, revenue: {exponential: {mean: 1000}}}
"""


@pytest.fixture(scope="module")
def funnel() -> Funnel:
    """Two stages, fifty customers."""
    return loads(FUNNEL).funnel


@dataclass(frozen=True)
class Squares(Whole[int]):
    """Squares of numbers, by threads; `units` are those that have been run."""

    seconds: float = 1.0
    threads: bool = True
    units: list[int] = field(default_factory=list)

    kinds: ClassVar = ()

    def run(self, replication: int, part: int) -> int:
        """Square a number."""
        assert part == 0
        self.units.append(replication)
        return replication * replication


@dataclass(frozen=True)
class Backwards(Squares):
    """Squares of 0, …, n − 1 that wait for each other, so that the last is finished first."""

    finished: tuple[threading.Event, ...] = ()

    def run(self, replication: int, part: int) -> int:
        """Wait for the next number, then square this one."""
        if replication + 1 < len(self.finished):
            assert self.finished[replication + 1].wait(60)
        square = super().run(replication, part)
        self.finished[replication].set()
        return square


@dataclass(frozen=True)
class Pieces:
    """Replication k has k + 1 parts, letters, which may be put together in any order."""

    seconds: float = 1.0
    threads: bool = False
    kinds: ClassVar = ()

    def parts(self, replication: int) -> int:
        """Return the number of parts."""
        return replication + 1

    def run(self, replication: int, part: int) -> str:
        """Return a letter."""
        del replication
        return chr(ord("a") + part)

    def join(self, one: str, other: str) -> str:
        """Put letters together, in the order of the alphabet."""
        return "".join(sorted(one + other))

    def finish(self, replication: int, whole: str) -> str:
        """Spell the letters."""
        assert len(whole) == replication + 1
        return whole


# ---- chunks


@given(
    numbers=st.lists(st.integers(0, 12), max_size=12, unique=True),
    width=st.integers(1, 5),
    seconds=st.floats(0.0, 20.0),
    each=st.floats(0.0, 3.0),
)
def test_chunks_are_all_units_once(numbers: list[int], width: int, seconds: float, each: float) -> None:
    """Whatever the sizes, every part of every replication is in one chunk, and in order."""
    chunks = list(cut(Pieces(seconds=each), numbers, width, seconds))
    assert [unit for chunk in chunks for unit in chunk] == [(k, part) for k in numbers for part in range(k + 1)]
    assert all(chunks)


def test_chunks_take_their_time() -> None:
    """Units of .1 s make chunks of three for .35 s, unless there are too few of them for all workers."""
    numbers = range(1200)
    assert {len(chunk) for chunk in cut(Squares(0.1), numbers, 2, 0.35)} == {3}
    assert {len(chunk) for chunk in cut(Squares(0.1), numbers, 100, 0.35)} == {3}
    assert {len(chunk) for chunk in cut(Squares(0.001), numbers, 2, 0.3)} == {1200 // (2 * jobs.SHARES)}
    assert {len(chunk) for chunk in cut(Squares(5.0), numbers, 2, 0.3)} == {1}


# ---- order


def test_what_is_finished_last_comes_last() -> None:
    """Results come as they are finished, with the number of their replication; here the other way round."""
    events = tuple(threading.Event() for _ in range(4))
    found = list(run_job(Backwards(finished=events), range(4), Workers(4)))
    assert sorted(found) == [(k, k * k) for k in range(4)]
    assert found[-1] == (0, 0)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_parts_are_put_together_as_they_come(order: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks that end in any order give the same replication."""

    class Shuffled(Alone):
        """Ends its first chunks in another order."""

        width = 6

        def __init__(self, job: Pieces) -> None:
            super().__init__(job)
            self.ended: list[tuple[Chunk, Partials | None]] = []

        def take(self) -> tuple[Chunk, Partials | None]:
            """Work at all that is there, and give it in another order."""
            while self._waiting:
                self.ended.append(super().take())
            self.ended[:3] = [self.ended[i] for i in order] if len(self.ended) == 6 else self.ended[:3]
            return self.ended.pop(0)

    monkeypatch.setattr(gathering, "open_pool", lambda job, _: Shuffled(job))
    assert dict(run_job(Pieces(), range(3), ALONE)) == {0: "a", 1: "ab", 2: "abc"}


@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("seconds", [1e-9, 0.01, 10.0])
def test_threads_and_chunks_change_nothing(width: int, seconds: float) -> None:
    """Squares by one, two or three threads, in chunks of any size."""
    assert dict(run_job(Squares(seconds), range(5, 40), Workers(width))) == {k: k * k for k in range(5, 40)}


def test_processes_and_chunks_change_nothing(funnel: Funnel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three processes, in chunks of one replication and of several, give what one gives, bit for bit."""
    alone = simulate(funnel, replications=13, engine="reference")
    for seconds in (0.0, 10.0):
        monkeypatch.setattr(Processes, "seconds", seconds)
        tally = simulate(funnel, replications=13, engine="reference", jobs=3)
        assert tally.revenue.tolist() == alone.revenue.tolist()
        assert tally.time.tobytes() == alone.time.tobytes()


# ---- ends


def test_mistakes_come_through() -> None:
    """An error in a thread is raised where the results are wanted, and the threads end."""

    @dataclass(frozen=True)
    class Wrong(Squares):
        def run(self, replication: int, part: int) -> int:
            if replication == 3:
                raise FunnelsimError("no")
            return super().run(replication, part)

    before = threading.active_count()
    with pytest.raises(FunnelsimError, match=r"^no$"):
        list(run_job(Wrong(), range(8), Workers(2)))
    assert threading.active_count() == before


def test_closing_ends_the_work() -> None:
    """What nobody waits for any more is not begun."""
    before = threading.active_count()
    job = Squares()
    with closing(run_job(job, range(10_000), Workers(2), ahead=False)) as found:
        next(found)
    assert threading.active_count() == before
    assert len(job.units) < 10


def test_a_call_aside_returns_and_raises() -> None:
    """A call in another thread gives its result, or raises what went wrong."""
    assert run_aside(threading.get_ident) != threading.get_ident()

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match=r"^no$"):
        run_aside(fail)


# ---- workers that die


def test_a_killed_worker_costs_nothing(funnel: Funnel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker process that is killed in the midst of its work is replaced, and the result is the same."""
    killed: list[int] = []
    take = Processes.take

    def kill_first(self: Processes) -> tuple[Chunk, Partials | None]:
        if not killed:
            killed.append(next(iter(self._executor._processes)))  # noqa: SLF001 (their numbers)
            os.kill(killed[0], signal.SIGKILL)
        return take(self)

    monkeypatch.setattr(Processes, "seconds", 0.0)
    alone = simulate(funnel, replications=13, engine="reference")
    monkeypatch.setattr(Processes, "take", kill_first)
    tally = simulate(funnel, replications=13, engine="reference", jobs=2)
    assert killed
    assert tally.revenue.tolist() == alone.revenue.tolist()


def test_workers_that_keep_dying_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk that costs its worker the life again and again is an error that says why that may be."""

    class Deadly(Alone):
        """Nobody survives it."""

        def take(self) -> tuple[Chunk, Partials | None]:
            """Lose the worker."""
            return self._waiting.popleft(), None

    monkeypatch.setattr(gathering, "open_pool", lambda job, _: Deadly(job))
    with pytest.raises(FunnelsimError, match=r"workers keep dying at replication 4; .* want of memory"):
        list(run_job(Squares(), [4], ALONE))


def test_a_worker_goes_with_its_parent() -> None:
    """A worker whose parent is no longer the process that it was started by ends itself."""
    code = "from funnelsim.parallel.processes import _watch; _watch(-1)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 1


def test_interrupts_wait_until_all_is_started() -> None:
    """Ctrl-C while workers are being started is heard when they are there, so that they can be ended."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    steps: list[str] = []

    def start() -> None:
        with shielded():
            os.kill(os.getpid(), signal.SIGINT)
            steps.append("started")

    try:
        with pytest.raises(KeyboardInterrupt):
            start()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert steps == ["started"]


# ---- what is sent


def test_a_packed_job_is_the_job() -> None:
    """What another process unpacks does the same."""
    assert run_packed(pack(Pieces()), ((2, 0), (2, 2))) == [(2, 2, "ac")]


def test_other_versions_do_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker with another version of the package refuses, instead of giving other results."""
    packed = pack(Pieces(seconds=2.0))
    monkeypatch.setattr(jobs, "__version__", "9.9")
    with pytest.raises(FunnelsimError, match=r"a worker has funnelsim 9\.9 installed, .*install the same version"):
        run_packed(packed, ((0, 0),))


# ---- settings


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ((0, "local", None), "jobs: expected how many work at a time, or -1 for one per core, not 0"),
        ((True, "local", None), "jobs: expected"),
        ((1, "cloud", None), "backend: expected one of local, dask, not 'cloud'"),
        ((1, "local", "tcp://a:1"), "scheduler: an address is for the backend dask"),
        ((1, "dask", "a:1"), "scheduler: expected an address such as tcp://"),
        ((1, "dask", "tcp://a"), "scheduler: expected an address"),
    ],
)
def test_wrong_workers_are_refused(settings: tuple[int, str, str | None], message: str) -> None:
    """Settings that make no sense are refused with what was expected."""
    with pytest.raises(InputError, match=message):
        check_workers(*settings)


def test_workers_are_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """−1 is one per core; an address may be of TLS."""
    monkeypatch.setattr(pools, "count_cores", lambda: 6)
    assert check_workers(-1, "local", None) == Workers(6)
    assert check_workers(2, "dask", "tls://10.0.0.1:8786") == Workers(2, "dask", "tls://10.0.0.1:8786")


@pytest.mark.parametrize(
    ("limit", "cores"), [("max 100000", 8), ("250000 100000", 3), ("10000 100000", 1), ("9900000 100000", 8), ("?", 8)]
)
def test_cores_are_those_that_may_be_used(limit: str, cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cores of the process's affinity, or fewer where a container has a share of them."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.setattr("pathlib.Path.read_text", lambda *_, **__: limit)
    assert count_cores() == cores


@pytest.mark.parametrize(
    ("job", "workers", "pool"),
    [(Squares(), Workers(1), Threads), (Pieces(), Workers(1), Alone), (Pieces(), Workers(2), Processes)],
)
def test_the_pool_fits_the_job(job: Any, workers: Workers, pool: type) -> None:
    """What lets others run has threads, also one alone; what does not has processes, if more than one."""
    opened = pools.open_pool(job, workers)
    assert type(opened) is pool
    opened.stop(at_once=True)
