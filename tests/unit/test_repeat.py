"""Repeat purchases: BG/NBD."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from funnelsim.eventlog import CUSTOMER, END, LOST, NEXT, VISIT, WON, EventLog
from funnelsim.fitting.repeat import expected_purchases, fit_purchases, fit_repeat, purchases


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


def test_a_log_is_summed_up_by_customer() -> None:
    """Two buyers watched to day 100: bought on days 10, 30 and 60, so x 2, t 50, T 90; and on day 40 only."""
    visits = np.zeros(6, dtype=VISIT)
    visits["customer"] = [0, 0, 0, 1, 1, 2]
    visits["left"] = [10.0, 30.0, 60.0, 40.0, 45.0, 50.0]
    visits["outcome"] = [WON, NEXT, END, WON, LOST, LOST]
    visits["value"] = [5.0, np.nan, 7.0, 5.0, 0.0, 0.0]
    log = EventLog(
        np.zeros(3, dtype=CUSTOMER), visits, ("shop",), ("spam",), (), (), ("",), "2024-01-01", {}, until=100.0
    )
    x, t, span = purchases(log)
    assert (x.tolist(), t.tolist(), span.tolist()) == ([2.0, 0.0], [50.0, 0.0], [90.0, 60.0])
    assert fit_purchases(log) is None  # too few


def test_cdnow_as_a_log_gives_the_published_numbers(shared: Path) -> None:
    """The purchases of 2,357 customers as visits, time in weeks: r .2426, α 4.4135, a .7929, b 2.4258 (table 2)."""
    customers = pd.read_csv(shared / "data" / "cdnow" / "cdnow_customers_summary.csv")
    number = customers["frequency"].to_numpy(dtype=np.int64) + 1
    visits = np.zeros(int(number.sum()), dtype=VISIT)
    visits["customer"] = np.repeat(np.arange(len(number)), number)
    begins = np.cumsum(number) - number
    visits["left"][begins + number - 1] = customers["recency"]  # where the others lie does not matter
    visits["outcome"], visits["value"] = NEXT, 1.0
    people = np.zeros(len(number), dtype=CUSTOMER)
    until = customers["T"].to_numpy(dtype=np.float64)
    log = EventLog(people, visits, ("shop",), (), (), (), ("",), "2024-01-01", {}, until=until)
    found = fit_purchases(log)
    assert found is not None
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx((0.2426, 4.4135, 0.7929, 2.4258), abs=1e-4)
    assert found.interval("r").low < found.r < found.interval("r").high
