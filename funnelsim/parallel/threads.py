"""Threads of this process, for units that let other threads run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from funnelsim.parallel.cores import count_cores
from funnelsim.parallel.jobs import Chunk, Job, Partials, run_chunk

S = TypeVar("S")
T = TypeVar("T")

#: Where waiting cannot be interrupted (on Windows), it is at least this often, in seconds.
PATIENCE = 0.5
#: How long threads are waited for that are not wanted any more.
FAREWELL = 0.5


class Threads:
    """A thread for each chunk at a time.

    They are daemons: a compiled loop cannot be told to end, and whoever interrupts a run does not wait for it.
    """

    seconds = 0.05

    def __init__(self, job: Job[Any, Any], width: int) -> None:
        self.width = width
        self._job = job
        self._waiting: SimpleQueue[Chunk | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[Chunk, Partials | BaseException]] = SimpleQueue()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(width)]
        for thread in self._threads:
            thread.start()

    def start(self, chunk: Chunk) -> None:
        """Have a chunk worked at."""
        self._waiting.put(chunk)

    def take(self) -> tuple[Chunk, Partials | None]:
        """Wait for a chunk to end; None where its worker has died."""
        chunk, partials = _get(self._done)
        if isinstance(partials, BaseException):
            raise partials
        return chunk, partials

    def stop(self, *, at_once: bool) -> None:
        """Let go; at once: of what is under way, too."""
        if at_once:
            self._stopped.set()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(FAREWELL / self.width if at_once else None)

    def _work(self) -> None:
        while (chunk := self._waiting.get()) is not None:
            if self._stopped.is_set():
                return
            try:
                partials: Partials | BaseException = run_chunk(self._job, chunk, self._stopped.is_set)
            except BaseException as error:  # noqa: BLE001 (it is raised where the chunk is waited for)
                partials = error
            self._done.put((chunk, partials))


def map_in_threads(function: Callable[[S], T], items: Iterable[S]) -> list[T]:
    """Return function(item) of every item, in their order, as many at a time as there are cores.

    What the calls return must not depend on which of them runs when. An interrupt waits for those under way only.
    """
    listed = list(items)
    width = min(len(listed), count_cores())
    if width <= 1:
        return [function(item) for item in listed]
    threads = ThreadPoolExecutor(width)
    try:
        return list(threads.map(function, listed))
    finally:
        threads.shutdown(cancel_futures=True)


def run_aside(call: Callable[[], T]) -> T:
    """Return call(), made in another thread, so that an interrupt need not wait for a compiled loop."""
    done: SimpleQueue[tuple[list[T], BaseException | None]] = SimpleQueue()

    def work() -> None:
        try:
            done.put(([call()], None))
        except BaseException as error:  # noqa: BLE001 (it is raised below)
            done.put(([], error))

    threading.Thread(target=work, daemon=True).start()
    results, error = _get(done)
    if error is not None:
        raise error
    return results[0]


def _get(queue: SimpleQueue[T]) -> T:
    while True:
        try:
            return queue.get(timeout=PATIENCE)
        except Empty:
            continue
