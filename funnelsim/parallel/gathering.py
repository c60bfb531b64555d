"""Gathering: the replications of a job, from whoever works at them, as they are finished."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from typing import Any, TypeVar

from funnelsim.errors import FunnelsimError
from funnelsim.parallel.jobs import Chunk, Job, Partials, add_partial, cut
from funnelsim.parallel.pools import Workers, open_pool

Result = TypeVar("Result")

#: How often a chunk may cost its worker the life before it is given up.
MOST_DEATHS = 3


def run_job(
    job: Job[Any, Result], numbers: Sequence[int], workers: Workers, *, ahead: bool = True
) -> Generator[tuple[int, Result]]:
    """Yield (replication, result) in the order in which they are finished, whatever it is.

    ahead: give workers the next chunk before they have finished the last; not where the run may end at any result.
    What a worker that died was working at is worked at again. Raises FunnelsimError where they keep dying. Closing
    the generator ends all work at once.
    """
    pool = open_pool(job, workers)
    at_once = True
    try:
        chunks = cut(job, numbers, pool.width, pool.seconds)
        room = pool.width * (2 if ahead else 1)
        under_way = 0
        deaths: Counter[Chunk] = Counter()
        found: dict[int, Partials] = {}
        while True:
            while under_way < room and (chunk := next(chunks, None)) is not None:
                pool.start(chunk)
                under_way += 1
            if not under_way:
                break
            chunk, partials = pool.take()
            if partials is None:
                deaths[chunk] += 1
                if deaths[chunk] > MOST_DEATHS:
                    raise FunnelsimError(_dying(chunk))
                pool.start(chunk)
                continue
            under_way -= 1
            for replication, parts, partial in partials:
                joined = found.setdefault(replication, [])
                add_partial(job, joined, replication, parts, partial)
                if joined[0][1] == job.parts(replication):
                    del found[replication]
                    yield replication, job.finish(replication, joined[0][2])
        at_once = False
    finally:
        pool.stop(at_once=at_once)


def _dying(chunk: Chunk) -> str:
    return (
        f"workers keep dying at replication {chunk[0][0]}; something ends them, most likely for want of memory: "
        "use fewer jobs, or a smaller run"
    )
