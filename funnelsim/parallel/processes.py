"""Processes of this machine, for units that keep other threads from running."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import resource_tracker
from queue import SimpleQueue
from typing import Any

from funnelsim.parallel.jobs import Chunk, Job, Partials, pack, run_packed

#: How often, in seconds, a worker looks whether its parent is still there.
WATCH = 0.5


class Processes:
    """Worker processes of this run alone, started with the first chunk; dead ones are replaced."""

    seconds = 0.3

    def __init__(self, job: Job[Any, Any], width: int) -> None:
        self.width = width
        self._packed = pack(job)
        self._done: SimpleQueue[tuple[Chunk, Future[Partials]]] = SimpleQueue()
        self._executor: Any = None

    def start(self, chunk: Chunk) -> None:
        """Have a chunk worked at."""
        try:
            future = self._submit(chunk)
        except BrokenProcessPool:
            self.stop(at_once=True)
            future = self._submit(chunk)
        future.add_done_callback(lambda done: self._done.put((chunk, done)))

    def take(self) -> tuple[Chunk, Partials | None]:
        """Wait for a chunk to end; None where its worker has died."""
        chunk, future = self._done.get()
        try:
            return chunk, future.result()
        except BrokenProcessPool:
            return chunk, None

    def stop(self, *, at_once: bool) -> None:
        """Let go; at once: of what is under way, too."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, kill_workers=at_once)
            self._executor = None

    def _submit(self, chunk: Chunk) -> Future[Partials]:
        if self._executor is None:
            from joblib.externals.loky import ProcessPoolExecutor

            with shielded():
                self._executor = ProcessPoolExecutor(self.width, initializer=_prepare, initargs=(os.getpid(),))
        with shielded():
            future: Future[Partials] = self._executor.submit(run_packed, self._packed, chunk)
        return future


@contextmanager
def shielded() -> Iterator[None]:
    """Start processes meanwhile: they leave interrupts to this one, which hears of them when all is started.

    Signals that are blocked stay so in processes and threads started meanwhile (POSIX; elsewhere `_prepare` has to do).
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it unblocks them when it is started
    heard: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGINT, handler or signal.SIG_DFL)
    if heard:
        signal.raise_signal(signal.SIGINT)


def _prepare(parent: int) -> None:
    """Leave interrupts to the parent, and go when it has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)
