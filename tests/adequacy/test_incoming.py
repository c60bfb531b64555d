"""How many come and what they pay, beside the forecast."""

from __future__ import annotations

import numpy as np
import pytest

from funnelsim.adequacy.checking import hold_out
from funnelsim.adequacy.cutting import select_customers
from funnelsim.adequacy.incoming import check_arrivals, expect_arrivals
from funnelsim.adequacy.outcome import adequacy_document
from funnelsim.files.loading import loads
from tests.adequacy.histories import changed_log, make_log

WEEKLY = (
    "funnelsim: 1\nsources: {web: {arrivals: {rate: 10 / d, week: [1, 1, 1, 1, 1, 0.5, 0]}}}\nstages: [{name: a}]\n"
)


def test_arrivals_are_expected_by_their_days() -> None:
    """From Thursday noon to Monday noon: ½ + 1 + ½ · 1 + 0 + ½ of a weekday's 10 (2024 began on a Monday)."""
    found = expect_arrivals(loads(WEEKLY).funnel, np.array([3.5, 7.5]), "2024-01-01")
    assert found == pytest.approx([10.0 * (0.5 + 1.0 + 0.5 + 0.0 + 0.5)])


def test_batches_are_not_forecast() -> None:
    """Who comes all at once comes at no rate."""
    text = "funnelsim: 1\nsources: {web: {batch: 10}}\nstages: [{name: a}]\n"
    assert expect_arrivals(loads(text).funnel, np.array([0.0, 7.0]), "2024-01-01") is None


@pytest.mark.parametrize(("scatter", "low", "high"), [(1.0, 0.93, 0.99), (4.0, 0.92, 0.99)])
def test_bands_of_arrivals_hold_what_they_say(scatter: float, low: float, high: float) -> None:
    """Of 400 windows of 4 weeks after 30 weeks, 95% bands hold 93–99% of totals; weeks scatter as by φ (200 a week).

    The band's ends are whole customers, outwards. Three standard errors of 400 windows are 3.3%.
    """
    dice = np.random.default_rng(8)
    log = make_log(1, days=10.0)
    bounds = 210.0 + 7.0 * np.arange(5.0)
    held = 0
    for _ in range(400):
        # A negative binomial law of variance 4 · 200 is one of Poisson whose mean is of a gamma law.
        mean = np.full(34, 200.0) if scatter == 1.0 else dice.gamma(200.0 / 3.0, 3.0, 34)
        counts = dice.poisson(mean)
        arrived = np.concatenate([7.0 * week + 7.0 * dice.random(n) for week, n in enumerate(counts.tolist())])
        people = np.zeros(len(arrived), dtype=log.customers.dtype)
        people["arrived"], people["parent"] = arrived, -1
        made = type(log)(**{name: getattr(log, name) for name in log.__slots__} | {"customers": people})
        drawn = [np.full(34, float(counts[:30].sum()) / 30.0 * factor) for factor in np.exp(dice.normal(0, 0.013, 40))]
        whole = check_arrivals("", made, made, bounds, drawn, 0.0)[0]
        held += whole.low_95 <= whole.observed <= whole.high_95
    assert low <= held / 400 <= high


def test_a_source_that_dries_up_is_told_in_words() -> None:
    """40 a day until day 60, 20 from then on: the verdict says that fewer came."""
    log = make_log(3, days=120.0)
    kept = (log.customers["arrived"] < 60.0) | (np.arange(len(log.customers)) % 2 == 0)
    found = hold_out(select_customers(log, kept), cut=60.0, at="5 d", draws=20)
    whole = found.arrivals[0]
    assert whole.whole
    assert whole.observed < whole.low_95
    assert "fewer came than forecast" in found.verdict.en
    assert "пришло меньше, чем ожидалось" in found.verdict.ru


def test_orders_of_another_value_are_told_in_words() -> None:
    """Orders of 900 before day 121 and of 2,700 after it: larger than forecast, also in the document and the tables."""
    log = changed_log(2, "revenue: 900", "revenue: 2700")
    found = hold_out(log, cut=121.0, at="5 d", draws=20)
    assert "Orders are larger than forecast" in found.verdict.en
    document = adequacy_document(found, "en")
    assert document["values"][0]["larger"] is True
    assert document["arrivals"][0]["whole"] is True
    assert len(found.orders_table) == 1
    assert len(found.arrivals_table) == len(found.arrivals)
