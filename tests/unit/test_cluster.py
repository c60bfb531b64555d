"""Claims about `funnelsim.parallel.cluster`: a Dask cluster gives what one process gives."""

from __future__ import annotations

import ipaddress
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import pytest

from funnelsim.errors import FunnelsimError, MissingExtraError
from funnelsim.files.loading import loads
from funnelsim.model import Funnel
from funnelsim.parallel import cluster
from funnelsim.parallel.cluster import Cluster
from funnelsim.parallel.jobs import Chunk, Partials
from funnelsim.simulation import simulate
from funnelsim.tallies import Tally

FUNNEL = """
funnelsim: 1
sources: {all: {batch: 50}}
stages:
  - {name: shop, takes: {exponential: {mean: 2 d}}, causes: {no_trust: 30%}}
  - {name: purchase, revenue: {exponential: {mean: 1000}}}
"""

needs_dask = pytest.mark.usefixtures("dask")


@pytest.fixture(scope="module")
def dask() -> Any:
    """Dask, if it is installed."""
    return pytest.importorskip("distributed", reason="Dask is not installed: pip install 'funnelsim[dask]'")


@pytest.fixture(scope="module")
def funnel() -> Funnel:
    """Two stages, fifty customers."""
    return loads(FUNNEL).funnel


@pytest.fixture(scope="module")
def alone(funnel: Funnel) -> Tally:
    """Twelve replications in this process."""
    return simulate(funnel, replications=12, engine="reference")


def equal(one: Tally, other: Tally) -> bool:
    """Whether two tallies are the same, bit for bit."""
    return all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes()
        for name in ("replication", "revenue", "visits", "losses", "time")
    )


@contextmanager
def started(dask: Any, workers: int) -> Iterator[str]:
    """A cluster that somebody has started, by its address."""
    with dask.LocalCluster(
        n_workers=workers,
        threads_per_worker=2,
        processes=False,
        protocol="tcp://",
        host="127.0.0.1",
        dashboard_address=None,
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        silence_logs=logging.CRITICAL,
    ) as there:
        yield there.scheduler_address


@needs_dask
def test_a_local_cluster_changes_nothing_and_loses_nothing(
    funnel: Funnel, alone: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers, one of which is killed in the midst of it, give the same tally, and listen to this machine only."""
    psutil = pytest.importorskip("psutil", reason="psutil is not installed; it comes with Dask")
    heard: list[str] = []
    killed: list[int] = []
    take = Cluster.take

    def kill_first(self: Cluster) -> tuple[Chunk, Partials | None]:
        if not killed:
            own = psutil.Process()
            for process in (own, *own.children(recursive=True)):
                heard.extend(c.laddr.ip for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN)
            killed.extend(nanny.pid for nanny in self._local.workers.values())
            os.kill(killed[0], signal.SIGKILL)
        return take(self)

    monkeypatch.setattr(Cluster, "take", kill_first)
    monkeypatch.setattr(Cluster, "seconds", 0.0)
    tally = simulate(funnel, replications=12, engine="reference", jobs=2, backend="dask")
    assert equal(tally, alone)
    assert len(killed) == 2
    assert heard
    assert all(ipaddress.ip_address(address).is_loopback for address in heard)
    assert not [pid for pid in killed if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]


def test_a_cluster_with_an_address_changes_nothing(dask: Any, funnel: Funnel, alone: Tally) -> None:
    """A cluster that is there, with workers of two threads, gives the same tally, and stays there."""
    with started(dask, workers=2) as address:
        for _ in range(2):
            tally = simulate(funnel, replications=12, engine="reference", backend="dask", scheduler=address)
            assert equal(tally, alone)


def test_a_cluster_without_workers_is_told(dask: Any, funnel: Funnel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody would ever work, it is said how to start somebody."""
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with (
        started(dask, workers=0) as address,
        pytest.raises(FunnelsimError, match=rf"scheduler at {address} has no workers; .* dask worker {address}"),
    ):
        simulate(funnel, replications=2, backend="dask", scheduler=address)


def test_a_cluster_of_another_version_is_refused(dask: Any, funnel: Funnel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers with another version of the package, or none, would differ or fail; they are named before the work."""
    monkeypatch.setattr(cluster, "__version__", "9.9")
    with (
        started(dask, workers=1) as address,
        pytest.raises(FunnelsimError, match=r"the worker tcp://.* has funnelsim .*; it needs version 9\.9"),
    ):
        simulate(funnel, replications=2, backend="dask", scheduler=address)


@needs_dask
def test_nobody_at_an_address_is_told(funnel: Funnel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no scheduler answers, it is one line with the address."""
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(FunnelsimError, match=f"^no Dask scheduler answers at {address}$"):
            simulate(funnel, replications=2, backend="dask", scheduler=address)


def test_without_dask_it_is_said_what_to_install(funnel: Funnel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing extra is one line."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setitem(sys.modules, "distributed.utils", None)
    with pytest.raises(MissingExtraError, match=r"^Dask is not installed; .* pip install 'funnelsim\[dask\]'$"):
        simulate(funnel, replications=2, backend="dask")


class _Nobody:
    """A client whose cluster has no workers, or no scheduler."""

    def __init__(self, *, is_there: bool) -> None:
        self.is_there = is_there

    def nthreads(self) -> dict[str, int]:
        """Return the workers."""
        if not self.is_there:
            raise OSError("closed")
        return {}


@needs_dask
@pytest.mark.parametrize(("is_there", "message"), [(True, "no workers for 0 s"), (False, "scheduler is lost")])
def test_a_cluster_that_is_deserted_is_given_up(
    *, is_there: bool, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work that nobody will ever do is not waited for."""
    monkeypatch.setattr(cluster, "WATCH", 0.01)
    monkeypatch.setattr(cluster, "DESERTED", 0)
    deserted = Cluster.__new__(Cluster)
    deserted.__dict__.update(_done=SimpleQueue(), _seen=0.0, _client=_Nobody(is_there=is_there))
    with pytest.raises(FunnelsimError, match=message):
        deserted.take()
