"""Pools: who works at chunks. The settings that choose one, what all of them do, and the one that needs no others."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Any, Protocol

from funnelsim.errors import InputError
from funnelsim.parallel.cores import count_cores
from funnelsim.parallel.jobs import Chunk, Job, Partials, run_chunk

#: Where work is done: on this machine, or on a Dask cluster.
BACKENDS = ("local", "dask")
#: How a scheduler is addressed.
ADDRESS = re.compile(r"(tcp|tls)://[^\s/]+:\d+/?")


@dataclass(frozen=True, slots=True)
class Workers:
    """Who does the work.

    jobs: how many at a time (−1: one per core); a cluster with an address has a size of its own. backend: `local` or
    `dask`. scheduler: the address of a Dask cluster; without one, it is started on this machine for the run.
    """

    jobs: int = 1
    backend: str = "local"
    scheduler: str | None = None


#: One at a time, here.
ALONE = Workers()


class Pool(Protocol):
    """Whoever works at chunks, `width` of them at a time; a chunk should take about `seconds`."""

    width: int
    seconds: float

    def start(self, chunk: Chunk) -> None:
        """Have a chunk worked at."""

    def take(self) -> tuple[Chunk, Partials | None]:
        """Wait for a chunk to end, whichever; None instead of what came of it: the worker has died.

        Raises what went wrong.
        """

    def stop(self, *, at_once: bool) -> None:
        """Let go; at once: whatever is being worked at is not wanted any more."""


def check_workers(jobs: int, backend: str, scheduler: str | None) -> Workers:
    """Return the settings; raises InputError, with every mistake, for those that make no sense."""
    mistakes: list[str] = []
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs == 0 or jobs < -1:
        mistakes.append(f"jobs: expected how many work at a time, or -1 for one per core, not {jobs!r}")
    if backend not in BACKENDS:
        mistakes.append(f"backend: expected one of {', '.join(BACKENDS)}, not {backend!r}")
    elif scheduler is not None and backend != "dask":
        mistakes.append("scheduler: an address is for the backend dask (--backend dask)")
    if scheduler is not None and not ADDRESS.fullmatch(scheduler):
        mistakes.append(f"scheduler: expected an address such as tcp://192.168.1.5:8786, not {scheduler!r}")
    if mistakes:
        raise InputError(*mistakes)
    return Workers(count_cores() if jobs == -1 else jobs, backend, scheduler)


def open_pool(job: Job[Any, Any], workers: Workers) -> Pool:
    """Return a pool for a job.

    Units that let others run have threads, also a single one, so that an interrupt need not wait for them; the others
    have processes, and a single worker is this process itself.
    """
    if workers.backend == "dask":
        from funnelsim.parallel.cluster import Cluster

        return Cluster(job, workers)
    if job.threads:
        from funnelsim.parallel.threads import Threads

        return Threads(job, workers.jobs)
    if workers.jobs == 1:
        return Alone(job)
    from funnelsim.parallel.processes import Processes

    return Processes(job, workers.jobs)


class Alone:
    """Works at chunks itself, when their results are asked for."""

    width = 1
    seconds = 0.0

    def __init__(self, job: Job[Any, Any]) -> None:
        self._job = job
        self._waiting: deque[Chunk] = deque()

    def start(self, chunk: Chunk) -> None:
        """Have a chunk worked at."""
        self._waiting.append(chunk)

    def take(self) -> tuple[Chunk, Partials | None]:
        """Work at the next chunk."""
        chunk = self._waiting.popleft()
        return chunk, run_chunk(self._job, chunk)

    def stop(self, *, at_once: bool) -> None:
        """There is nothing to let go of."""
        del at_once
