"""Facts about real data: what is in two published logs, read with the mapping files that are shipped.

The numbers are those of the reference material (`METHODS.md`), counted there by independent means.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from funnelsim.eventlog import LOST, NEXT, OPEN, WON, EventLog
from funnelsim.reading.logs import read_log


@pytest.fixture(scope="module")
def maven(shared: Path, root: Path) -> EventLog:
    """8,800 deals of a hardware seller."""
    return read_log(shared / "data/maven_crm/sales_pipeline.csv", root / "scenarios/mappings/maven_crm.yaml")


@pytest.fixture(scope="module")
def bank(shared: Path, root: Path) -> EventLog:
    """138,797 events of 7,455 loan applications."""
    return read_log(shared / "data/bpi2012/events.csv.gz", root / "scenarios/mappings/bpi2012.yaml")


def count_outcomes(log: EventLog) -> dict[int, int]:
    """How many visits end how."""
    return dict(Counter(log.visits["outcome"].tolist()))


def test_deals_of_maven(maven: EventLog) -> None:
    """8,800 deals = 4,238 won, 2,473 lost, 1,589 engaging (censored 2017-12-31), 500 without a date."""
    assert count_outcomes(maven) == {WON: 4238, LOST: 2473, OPEN: 1589}
    report = maven.report
    assert report is not None
    assert (report.rows, report.kept, report.dropped) == (8800, 8300, 500)
    assert (report.count("date_missing"), report.count("open")) == (500, 1589)
    assert maven.visits["value"].sum() == 10_005_534


def test_open_deals_of_maven_are_censored_when_the_export_was_made(maven: EventLog) -> None:
    """What is open was last seen on 2017-12-31; days are whole, and time 0 is the first deal's."""
    assert (maven.start, maven.resolution) == ("2016-10-20", 1.0)
    _, until = maven.watched
    assert set(until.tolist()) == {(pd.Timestamp("2017-12-31") - pd.Timestamp("2016-10-20")).days}
    assert np.isnan(maven.visits["left"][maven.visits["outcome"] == OPEN]).all()


def test_products_of_maven_that_are_written_in_two_ways_are_one(maven: EventLog) -> None:
    """`GTXPro` and `GTX Pro` are one product: seven segments, and everyone has one."""
    assert len(maven.variants) == 8
    assert maven.table["segment"].notna().all()
    assert maven.names is not None
    assert maven.names[0] == "1C1I7A6R"


def test_applications_at_the_bank(bank: EventLog) -> None:
    """7,455 applications, 138,797 events, 645 open at the cut; 414 offers follow another within an hour."""
    assert len(bank.customers) == 7455
    assert count_outcomes(bank) == {NEXT: 12444 - 414, WON: 1130, LOST: 5680, OPEN: 645}
    report = bank.report
    assert report is not None
    assert report.rows == 138_797 == report.kept + report.dropped
    assert (report.count("event_unknown"), report.count("repeated")) == (0, 414)


def find_incidence(times: NDArray[np.float64], ends: NDArray[np.int64], by: float) -> list[float]:
    """Aalen–Johansen by the book: shares who ended by a time, of each kind from 1 on; kind 0 is censored."""
    surviving = 1.0
    shares = np.zeros(int(ends.max()))
    for time in np.unique(times[(ends > 0) & (times <= by)]):
        at_risk = np.count_nonzero(times >= time)
        now = np.array([np.count_nonzero((times == time) & (ends == kind + 1)) for kind in range(len(shares))])
        shares += surviving * now / at_risk
        surviving *= 1.0 - now.sum() / at_risk
    return [float(share) for share in shares]


@pytest.mark.parametrize(("days", "shares"), [(14.0, (0.08711, 0.10083, 0.5611)), (30.0, (0.16558, 0.13528, 0.58721))])
def test_outcomes_at_the_bank_by_a_day(bank: EventLog, days: float, shares: tuple[float, ...]) -> None:
    """CIFs of `METHODS.md`, approved, cancelled and declined, come out of the log within .00015.

    They are no nearer: computed from the raw file by pandas alone, the shares are those of the log to the last digit.
    """
    last = bank.visits[bank.visits["outcome"] != NEXT]
    is_open = last["outcome"] == OPEN
    times = np.where(is_open, bank.watched[1], last["left"]) - bank.customers["arrived"]
    ends = np.where(is_open, 0, np.where(last["outcome"] == WON, 1, last["cause"] + 2))
    assert find_incidence(times, ends, days) == pytest.approx(shares, abs=1.5e-4)


@pytest.mark.parametrize(("shares", "naive"), [((0.519439, 0.301741), 0.631501)])
def test_outcomes_of_maven(maven: EventLog, shares: tuple[float, ...], naive: float) -> None:
    """The CIFs of `METHODS.md` at day 138, won and lost, and the win rate of those who take no notice of open deals."""
    visits = maven.visits
    is_open = visits["outcome"] == OPEN
    times = np.where(is_open, maven.watched[1], visits["left"]) - visits["entered"]
    ends = np.where(is_open, 0, np.where(visits["outcome"] == WON, 1, 2))
    assert find_incidence(times, ends, 138.0) == pytest.approx(shares, abs=6e-7)
    assert np.mean(ends[ends > 0] == 1) == pytest.approx(naive, abs=6e-7)


def test_durations_at_the_bank_are_true_over_the_change_of_the_clock(bank: EventLog, shared: Path) -> None:
    """Stamps change from +02:00 to +01:00: times are elapsed days, checked against pandas' own instants."""
    events = pd.read_csv(shared / "data/bpi2012/events.csv.gz")
    case = events[events["activity"].isin(["A_SUBMITTED", "A_DECLINED"])]
    stamps = pd.to_datetime(case["timestamp"], utc=True, format="ISO8601")
    spent = stamps.groupby(case["case_id"]).agg(lambda group: (group.max() - group.min()).total_seconds() / 86400)
    assert bank.names is not None
    lost = bank.visits[(bank.visits["outcome"] == LOST) & (bank.visits["cause"] == 1)]
    took = lost["left"] - bank.customers["arrived"][lost["customer"]]
    expected = spent.loc[bank.names[lost["customer"]].astype(int)].to_numpy()
    np.testing.assert_allclose(took, expected, atol=1e-9)
    assert bank.report is not None
    assert bank.report.count("clock_changed") > 0
