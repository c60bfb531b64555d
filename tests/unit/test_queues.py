"""Queues in the long run against published and independently computed numbers (METHODS.md)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import gamma

from funnelsim.errors import NotExact
from funnelsim.exact.queues import Floats, erlang_b, erlang_c, find_queue


def exponential(rate: float) -> object:
    """Patience with a constant rate."""
    return lambda times: np.exp(-rate * times)


def never(times: Floats) -> Floats:
    """Nobody gives up."""
    return np.ones(len(times))


@pytest.mark.parametrize(
    ("servers", "busy", "waits", "wait"),
    [
        (1, 0.9, 0.9, 9.0),
        (2, 0.8, 0.711111111, 1.77777778),
        (5, 0.9, 0.7624932207, 1.5249864415),
        (10, 0.9, 0.6687315241, 0.6687315241),
        (50, 0.96, 0.694455611, 0.347227806),
    ],
)
def test_nobody_gives_up(servers: int, busy: float, waits: float, wait: float) -> None:
    """M/M/c: Erlang C, and the same by the general formula; E[W] = C/(nμ − λ)."""
    load = servers * busy
    assert erlang_c(load, servers) == pytest.approx(waits, abs=1e-9)
    assert erlang_c(load, servers) / (servers - load) == pytest.approx(wait, abs=1e-8)
    queue = find_queue(load, 1.0, servers, never)
    assert queue.waits == pytest.approx(erlang_c(load, servers), rel=1e-11)
    assert queue.wait == pytest.approx(queue.waits / (servers - load), rel=1e-10)
    assert queue.abandoned == 0.0
    middle = np.searchsorted(queue.below, 0.5)
    assert queue.below[middle] == pytest.approx(-math.expm1(-(servers - load) * queue.times[middle]), rel=1e-10)


@pytest.mark.parametrize(
    ("arrivals", "rate", "servers", "abandoned", "waits", "wait"),
    [
        (10.0, 1.0, 10, 0.1251100357, 0.5420702855, 0.1251100357),
        (10.0, 0.5, 10, 0.1039132123, 0.6196552309, 0.2078264247),
        (10.0, 2.0, 10, 0.1460092534, 0.4655746412, 0.0730046267),
        (48.0, 0.5, 50, 0.0309122492, 0.4677740686, 0.0618244983),
        (100.0, 1.0, 105, 0.0200410519, 0.3215927753, 0.0200410519),
    ],
)
def test_exponential_patience(
    arrivals: float, rate: float, servers: int, abandoned: float, waits: float, wait: float
) -> None:
    """Erlang A: P(ab), P(W > 0) and E[W] = P(ab)/θ."""
    queue = find_queue(arrivals, 1.0, servers, lambda times: np.exp(-rate * times))
    assert (queue.abandoned, queue.waits, queue.wait) == pytest.approx((abandoned, waits, wait), abs=1e-10)
    assert queue.wait == pytest.approx(queue.abandoned / rate, rel=1e-11)


@pytest.mark.parametrize(
    ("shape", "abandoned"), [(1.0, 0.1251100357), (math.inf, 0.0682118205), (2.0, 0.0954796421), (0.5, 0.1635737873)]
)
def test_the_shape_of_patience_matters(shape: float, abandoned: float) -> None:
    """M/M/10+G with λ = 10, μ = 1 and mean patience 1, Weibull shapes and a fixed one: P(ab)."""

    def patience(times: Floats) -> Floats:
        if shape == math.inf:
            return np.asarray(times < 1.0, dtype=np.float64)
        return np.exp(-((times * gamma(1.0 + 1.0 / shape)) ** shape))

    queue = find_queue(10.0, 1.0, 10, patience, breaks=[1.0])
    assert queue.abandoned == pytest.approx(abandoned, abs=1e-10)
    # What is not lost is served: λ (1 − P(ab)) = μ E[busy] ≤ nμ.
    assert 10.0 * (1.0 - queue.abandoned) < 10.0


def test_too_many_for_the_team() -> None:
    """Overload is no trouble where customers give up, and has no answer where they do not."""
    queue = find_queue(30.0, 1.0, 10, lambda times: np.exp(-times))
    assert queue.abandoned == pytest.approx(2.0 / 3.0, abs=1e-4)
    with pytest.raises(NotExact, match="more than the team can serve"):
        find_queue(10.0, 1.0, 10, never)
    assert (erlang_c(10.0, 10), erlang_b(0.0, 3)) == (1.0, 0.0)


def test_units_do_not_matter() -> None:
    """The same queue in minutes: the same probabilities, and waits 1,440 times as long."""
    days = find_queue(500.0, 60.0, 9, lambda times: np.exp(-((times * 20.0) ** 0.7)))
    minutes = find_queue(500.0 / 1440, 60.0 / 1440, 9, lambda times: np.exp(-((times * 20.0 / 1440) ** 0.7)))
    assert minutes.abandoned == pytest.approx(days.abandoned, rel=1e-12)
    assert minutes.wait == pytest.approx(1440 * days.wait, rel=1e-12)
