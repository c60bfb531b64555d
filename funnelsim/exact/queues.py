"""Queues of one team in the long run: Erlang's formulas, and customers who give up by any law (M/M/n+G).

Customers come at rate λ and are served at rate μ by each of n people. Let Ḡ(x) be the probability to wait longer than
x before giving up, H(x) = ∫₀ˣ Ḡ, J = ∫₀^∞ exp(λH(x) − nμx) dx and ε = ∫₀^∞ e^(−t) (1 + tμ/λ)^(n−1) dt = 1/B(n − 1).
Whoever would wait for ever waits V with density λ exp(λH(x) − nμx)/(ε + λJ), and not at all with probability
ε/(ε + λJ) (Baccelli & Hebuterne 1981; Zeltyn & Mandelbaum 2005, Queueing Systems 51, 361); 1 − Ḡ(V) give up first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from funnelsim.errors import NotExact

Floats = NDArray[np.float64]

_POINTS = 12
_NODES, _WEIGHTS = legendre.leggauss(_POINTS)
#: Integrals from −1 to each node of the polynomial through all nodes [to, from].
_CUMULATIVE: Floats = np.column_stack(
    [legendre.legval(_NODES, legendre.legint(row, lbnd=-1)) for row in np.eye(_POINTS)]
) @ np.linalg.inv(legendre.legvander(_NODES, _POINTS - 1))
#: Panels grow by this factor, from this share of a service time of the whole team on; survivors below e^−this are none.
_RATIO, _FIRST, _NOTHING = 1.1, 1e-9, 46.0
#: Waits longer than so many service times of the whole team are not followed.
_LONGEST = 1e8


@dataclass(frozen=True, slots=True, eq=False)
class Queue:
    """A queue in the long run.

    waits: the probability that whoever comes has to wait; abandoned: that they give up; wait: the mean time until they
    are answered or give up. times, below [N]: the distribution of the wait V > 0 of whoever would not give up.
    """

    waits: float
    abandoned: float
    wait: float
    times: Floats
    below: Floats


def erlang_b(load: float, servers: int) -> float:
    """Return Erlang's loss probability: B(0) = 1, B(k) = aB(k − 1)/(k + aB(k − 1))."""
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(load: float, servers: int) -> float:
    """Return the probability to wait where nobody gives up, B/(1 − ρ(1 − B)); 1 from ρ = 1 on."""
    busy = load / servers
    if busy >= 1.0:
        return 1.0
    blocked = erlang_b(load, servers)
    return blocked / (1.0 - busy * (1.0 - blocked))


def find_queue(
    arrivals: float,
    services: float,
    servers: int,
    patience: Callable[[Floats], Floats],
    breaks: Sequence[float] = (),
) -> Queue:
    """Return the queue of λ `arrivals` and `servers` with μ `services` each, both per day.

    patience: Ḡ at some times [n]; breaks: times at which it jumps or bends. Raises NotExact where the queue grows
    without bound, as nobody gives up.
    """
    speed = servers * services
    top = 50.0
    while True:
        edges = _edges(top / speed, speed, breaks)
        half = 0.5 * np.diff(edges)
        times = edges[:-1, None] + half[:, None] * (1.0 + _NODES)
        staying = patience(times.ravel()).reshape(times.shape)
        panels = half * (staying @ _WEIGHTS)
        so_far = np.concatenate([[0.0], np.cumsum(panels)])
        waited = so_far[:-1, None] + half[:, None] * (staying @ _CUMULATIVE.T)
        power = arrivals * waited - speed * times
        highest = max(0.0, float(power.max()))
        if arrivals * so_far[-1] - speed * edges[-1] < highest - _NOTHING:
            break
        top *= 2.0
        if top > _LONGEST:
            raise NotExact(
                f"{arrivals:g} customers a day are more than the team can serve ({speed:g}), and they do not give up",
                "one with more people, or with `patience`",
                ru=(
                    f"{arrivals:g} клиентов в день — больше, чем успевает команда ({speed:g}), и они не уходят",
                    "с большим числом людей или с `patience`",
                ),
            )
    density = np.exp(power - highest)
    mass = half * (density @ _WEIGHTS)
    at_once = math.exp(-highest) / erlang_b(arrivals / services, servers - 1)
    whole = at_once + arrivals * float(mass.sum())
    share = arrivals / whole
    ends = np.cumsum(mass)
    inside = ends[:, None] - mass[:, None] + half[:, None] * (density @ _CUMULATIVE.T)
    below = np.concatenate([[0.0], np.column_stack([inside, ends]).ravel()])
    return Queue(
        waits=share * float(mass.sum()),
        abandoned=share * float(half @ ((density * (1.0 - staying)) @ _WEIGHTS)),
        wait=share * float(half @ ((density * waited) @ _WEIGHTS)),
        times=np.concatenate([[0.0], np.column_stack([times, edges[1:]]).ravel()]),
        below=np.asarray(below / below[-1]),
    )


def _edges(end: float, speed: float, breaks: Sequence[float]) -> Floats:
    """Return the edges of panels from 0 to a time: ever wider, and with the breaks among them."""
    first = _FIRST / speed
    count = 2 + int(math.log(end / first) / math.log(_RATIO))
    wide = np.geomspace(first, end, count)
    inside = [time for time in breaks if first < time < end]
    return np.unique(np.concatenate([[0.0], wide, inside]))
