"""A Dask cluster: one that is there, at an address, or one on this machine for the run."""

from __future__ import annotations

import logging
import os
import signal
import time
from contextlib import ExitStack, suppress
from queue import Empty, SimpleQueue
from typing import Any

from funnelsim import __version__
from funnelsim.errors import FunnelsimError, MissingExtraError
from funnelsim.parallel.jobs import Chunk, Job, Partials, pack, run_packed
from funnelsim.parallel.pools import Workers
from funnelsim.parallel.processes import shielded

#: How long, in seconds, a scheduler and its first worker are waited for; how often one looks whether they are there,
#: and how long a cluster may be without any; how long whatever is let go may take.
PATIENCE, WATCH, DESERTED, FAREWELL = 10, 5, 60, 1
#: Windows has one way to end a process.
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


class Cluster:
    """The workers of a Dask cluster, each thread of which takes a chunk at a time.

    The job is the result of a small task, which workers hand on to each other, and which is done again where the one
    that holds it dies; so are chunks.
    """

    seconds = 0.5

    def __init__(self, job: Job[Any, Any], workers: Workers) -> None:
        try:
            from distributed.utils import silence_logging_cmgr
        except ImportError:
            raise MissingExtraError("Dask", "dask") from None
        self._silence = ExitStack()
        self._silence.enter_context(silence_logging_cmgr(logging.CRITICAL))
        self._silence.enter_context(silence_logging_cmgr(logging.CRITICAL, "distributed.client"))
        self._local: Any = None
        self._client: Any = None
        self._under_way: dict[str, tuple[Chunk, Any]] = {}
        self._done: SimpleQueue[Any] = SimpleQueue()
        self._seen = time.monotonic()
        try:
            if workers.scheduler is None:
                with shielded():
                    self._local = _start_cluster(workers.jobs)
            self._client = _connect(self._local, workers.scheduler)
            _check_versions(self._client)
            self.width = max(1, sum(self._client.nthreads().values()))
            self._job = self._client.submit(bytes, pack(job), pure=False)
        except BaseException:
            self.stop(at_once=True)
            raise

    def start(self, chunk: Chunk) -> None:
        """Have a chunk worked at."""
        future = self._client.submit(run_packed, self._job, chunk, pure=False)
        self._under_way[future.key] = (chunk, future)
        future.add_done_callback(self._done.put)

    def take(self) -> tuple[Chunk, Partials | None]:
        """Wait for a chunk to end; None where its worker has died, and others at the same chunk."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        while True:
            try:
                future = self._done.get(timeout=WATCH)
                break
            except Empty:
                self._look_after()
        chunk, _ = self._under_way.pop(future.key)
        self._seen = time.monotonic()
        try:
            partials: Partials = future.result()
        except KilledWorker:
            return chunk, None
        except (FutureCancelledError, OSError):
            raise _lost() from None
        return chunk, partials

    def stop(self, *, at_once: bool) -> None:
        """Let go; at once: of what is under way, too."""
        if self._client is not None:
            with suppress(OSError, TimeoutError):
                if at_once and self._local is None:
                    self._client.cancel([future for _, future in self._under_way.values()])
                self._client.close(timeout=FAREWELL)
        if self._local is not None:
            if at_once:
                _kill(self._local)
            with suppress(OSError, TimeoutError):
                self._local.close(timeout=PATIENCE)
        self._silence.close()

    def _look_after(self) -> None:
        """Raise FunnelsimError where there has been no worker, or no scheduler, for some time."""
        try:
            if self._client.nthreads():
                self._seen = time.monotonic()
        except OSError:
            raise _lost() from None
        if time.monotonic() - self._seen > DESERTED:
            raise FunnelsimError(f"the cluster has had no workers for {DESERTED} s")


def _lost() -> FunnelsimError:
    return FunnelsimError("the connection to the Dask scheduler is lost")


def _start_cluster(jobs: int) -> Any:  # noqa: ANN401 (Dask has no types)
    """Return a cluster for this machine alone: nothing listens to other machines, and there is no dashboard."""
    import distributed

    try:
        return distributed.LocalCluster(
            n_workers=jobs,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            memory_limit=0,
            silence_logs=logging.CRITICAL,
        )
    except RuntimeError as error:  # a worker has died before it was there
        raise FunnelsimError(f"the workers of a Dask cluster cannot be started on this machine: {error}") from None


def _connect(local: Any, scheduler: str | None) -> Any:  # noqa: ANN401 (the same)
    import distributed

    if scheduler is None:
        return distributed.Client(local, set_as_default=False)
    try:
        client = distributed.Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError):
        raise FunnelsimError(f"no Dask scheduler answers at {scheduler}") from None
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        client.close(timeout=FAREWELL)
        raise FunnelsimError(
            f"the scheduler at {scheduler} has no workers; start some with: dask worker {scheduler}"
        ) from None
    return client


def _check_versions(client: Any) -> None:  # noqa: ANN401 (Dask has no types)
    """Raise FunnelsimError where a worker has not the same version of this package, and would fail or differ."""
    for worker, versions in client.get_versions(packages=["funnelsim"])["workers"].items():
        found = versions["packages"].get("funnelsim")
        if found != __version__:
            has = f"funnelsim {found}" if found else "no funnelsim"
            raise FunnelsimError(f"the worker {worker} has {has}; it needs version {__version__}, as there is here")


def _kill(local: Any) -> None:  # noqa: ANN401 (Dask has no types)
    """End the workers of a local cluster, whatever they are at."""
    for nanny in local.workers.values():
        nanny.auto_restart = False
        if nanny.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(nanny.pid, KILL)
