"""Histories as they were known at a time."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from funnelsim.adequacy.cutting import came_between, describe, known_at, to_days
from funnelsim.eventlog import LOST, OPEN, EventLog
from funnelsim.fitting.fit import fit
from funnelsim.reading.logs import read_log
from tests.adequacy.histories import FUNNEL, make_log

DEALS = pd.DataFrame(
    [
        ("a", "2024-01-01", "2024-01-03", "Won"),
        ("b", "2024-01-02", "2024-01-05", "Lost"),
        ("c", "2024-01-05", "2024-01-09", "Won"),
        ("d", "2024-01-04", None, "Open"),
    ],
    columns=["id", "came", "closed", "state"],
)
MAPPING = {
    "shape": "deals",
    "customer": "id",
    "stages": [{"stage": "deal", "entered": "came"}],
    "closed": "closed",
    "status": "state",
    "won": ["Won"],
    "lost": {"lost": ["Lost"]},
    "open": ["Open"],
    "censored_at": "2024-01-31",
}


def test_what_came_later_is_open_or_unseen() -> None:
    """A history that ends at day 100 is the one of 150 days, cut there: visits that go on are open."""
    whole, short = make_log(4), make_log(4, days=100.0)
    known = known_at(whole, 100.0)
    assert len(known.customers) == len(short.customers)
    for name in ("customer", "stage", "visit", "entered", "left", "outcome", "cause", "value"):
        np.testing.assert_array_equal(known.visits[name], short.visits[name], err_msg=name)
    assert set(known.watched[1].tolist()) == {100.0}
    assert known.provenance["known_at"] == "2024-04-10"


def test_the_fit_to_a_cut_is_that_of_the_shorter_history() -> None:
    """Estimates from a cut history are those from a history that ended there."""
    one, other = fit(known_at(make_log(4), 100.0), draws=20), fit(make_log(4, days=100.0), draws=20)
    pd.testing.assert_frame_equal(one.table, other.table)


@pytest.fixture
def deals() -> EventLog:
    """Four deals, with stamps of whole days."""
    return read_log(DEALS, MAPPING)


def test_a_date_is_its_beginning(deals: EventLog) -> None:
    """Known on 5 January is what is stamped up to the 4th: whoever is lost on the 5th is open, who came then unseen."""
    known = known_at(deals, "2024-01-05")
    assert known.names is not None
    assert known.names.tolist() == ["a", "b", "d"]
    assert known.visits["outcome"].tolist()[1:] == [OPEN, OPEN]
    assert known.watched[1].tolist() == [3.0, 3.0, 3.0]
    assert known_at(deals, "2024-01-06").visits["outcome"].tolist()[1] == LOST


def test_moments() -> None:
    """Dates, dates with a time, numbers of days and durations are moments; they are told as dates."""
    log = make_log(4, days=10.0)
    for moment in (3.5, "2024-01-04 12:00", "2024-01-04T12:00", "3.5 d", "84 h"):
        assert to_days(log, moment) == pytest.approx(3.5)
    assert to_days(log, date(2024, 1, 4)) == 3.0
    assert (describe(log, 3.0), describe(log, 3.5)) == ("2024-01-04", "2024-01-04 12:00")


def test_cohorts_part_the_customers() -> None:
    """Customers who came in one window after the other are all of them, each once, with their visits."""
    log = make_log(4, FUNNEL, 30.0)
    parts = [came_between(log, begin, begin + 10.0) for begin in (0.0, 10.0, 20.0)]
    assert sum(len(part.customers) for part in parts) == len(log.customers)
    np.testing.assert_array_equal(np.concatenate([part.visits["entered"] for part in parts]), log.visits["entered"])
