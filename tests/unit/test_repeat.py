"""Repeat purchases: BG/NBD."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from funnelsim.fitting.repeat import expected_purchases, fit_repeat


def test_the_published_numbers_of_cdnow(shared: Path) -> None:
    """R .2426, α 4.4135, a .7929, b 2.4258, ln L −9582.43 of 2,357 customers (Fader, Hardie & Lee 2005, table 2)."""
    customers = pd.read_csv(shared / "data" / "cdnow" / "cdnow_customers_summary.csv")
    found = fit_repeat(customers["frequency"], customers["recency"], customers["T"])
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx((0.2426, 4.4135, 0.7929, 2.4258), abs=1e-4)
    assert found.log_likelihood == pytest.approx(-9582.43, abs=0.006)
    assert found.customers == 2357


def test_simulated_customers_are_recovered() -> None:
    """20,000 simulated customers: r, α, a, b within four standard errors, the mean of purchases within 5%."""
    generator = np.random.default_rng(31)
    size, horizon = 20_000, 40.0
    rate, stop = generator.gamma(0.8, 1.0 / 6.0, size), generator.beta(1.2, 3.0, size)
    frequency, recency = np.zeros(size), np.zeros(size)
    for i in range(size):
        time = 0.0
        while True:
            time += generator.exponential(1.0 / max(rate[i], 1e-12))
            if time > horizon:
                break
            frequency[i] += 1.0
            recency[i] = time
            if generator.random() < stop[i]:
                break
    found = fit_repeat(frequency, recency, np.full(size, horizon))
    errors = np.sqrt(np.diag(found.covariance))
    logs = np.log([found.r, found.alpha, found.a, found.b])
    assert (np.abs(logs - np.log([0.8, 6.0, 1.2, 3.0])) < 4.0 * errors).all()
    assert expected_purchases(found, horizon) == pytest.approx(frequency.mean(), rel=0.05)


def test_impossible_records_are_refused() -> None:
    """A purchase after the end, or one without a time, is refused; so is a likelihood without a maximum."""
    for x, t, span in (([1.0], [9.0], [5.0]), ([0.0], [1.0], [5.0]), ([-1.0], [0.0], [5.0])):
        with pytest.raises(ValueError, match="expected x ≥ 0 repeat purchases"):
            fit_repeat(x, t, span)
    with pytest.raises(ValueError, match="at least one customer"):
        fit_repeat([], [], [])
    with pytest.raises(ValueError, match="too few repeat purchases"):
        fit_repeat([0.0, 0.0], [0.0, 0.0], [5.0, 6.0])
