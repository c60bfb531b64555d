"""Claims about `funnelsim.tallies`: replications side by side, merged, estimated, and as plain data."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from funnelsim.causes import Label
from funnelsim.counts import Counts
from funnelsim.errors import InputError
from funnelsim.files.changes import apply
from funnelsim.files.loading import loads
from funnelsim.model import Funnel, Run
from funnelsim.tallies import (
    MEASURES,
    Tally,
    losses_table,
    make_tally,
    measure,
    measures_table,
    merge,
    tally_document,
)
from funnelsim.workloads import Loads, no_loads

NAN = math.nan
FUNNEL = """
funnelsim: 1
name: {en: Shop, ru: Лавка}
currency: RUB
stages:
  - {name: window, causes: {distracted: 40%}}
  - {name: door, causes: {shyness: 10%}}
  - {name: till, causes: {distracted: 10%}, revenue: 1000}
"""


@pytest.fixture(scope="module")
def funnel() -> Funnel:
    """A funnel of three stages, the one in the middle removed, and the one cause that is left."""
    return apply(loads(FUNNEL).funnel, {"remove_stage": "door"})


def counts(replication: int, **changed: Any) -> Counts:
    """One replication of the funnel, removed stage included: 100 customers, 54 won, 46 lost."""
    numbers: dict[str, Any] = {
        "customers": 100,
        "won": 54,
        "open": 0,
        "revenue": 54_000.0,
        "goods": 10_000.0,
        "visit_cost": 200.0,
        "reminder_cost": 30.0,
        "source_cost": 4.0,
        "staff_cost": 0.0,
        "days": 30.0,
        "visits": np.array([100, 0, 60]),
        "completed": np.array([60, 0, 54]),
        "lost": np.array([40, 0, 6]),
        "open_at": np.array([0, 0, 0]),
        "losses": np.array([[40], [0], [6]]),
        "fates": np.array([[40], [0], [6]]),
        "wait": np.array([[0.5, 0.25, 1.0], [NAN] * 3, [0.0, 0.0, 0.0]]),
        "time": np.array([[2.0, 1.5, 4.0], [NAN] * 3, [1.0, 1.0, 1.0]]),
        "waited": np.array([0, 0, 0]),
        "answered": np.array([0, 0, 0]),
        "within": np.zeros((3, 3), dtype=np.int64),
        "loads": no_loads(3),
    }
    return Counts(replication=replication, **(numbers | changed))


def make(funnel: Funnel, *replications: Counts, run: Run | None = None) -> Tally:
    """The tally of some replications."""
    settings = run or Run(replications=len(replications))
    provenance = {"replications": len(replications), "first": replications[0].replication}
    return make_tally(replications, funnel, settings, "reference", provenance)


def test_removed_stages_are_left_out(funnel: Funnel) -> None:
    """A tally has a column for each stage that is still there."""
    tally = make(funnel, counts(0), counts(1))
    assert tally.stages == ("window", "till")
    assert tally.causes == ("distracted",)
    assert tally.visits.tolist() == [[100, 60], [100, 60]]
    assert tally.losses.shape == (2, 2, 1)
    assert tally.wait.shape == (2, 2, 3)


def test_cost_is_the_sum_of_its_parts(funnel: Funnel) -> None:
    """Cost is goods + visits + reminders + sources, and profit is revenue less that."""
    tally = make(funnel, counts(0))
    assert tally.cost.tolist() == [10_234.0]
    assert tally.profit.tolist() == [54_000.0 - 10_234.0]


def test_conversion_needs_customers(funnel: Funnel) -> None:
    """Conversion is won per customer, undefined where nobody came, and estimated from the rest."""
    tally = make(funnel, counts(0), counts(1, customers=0, won=0), counts(2, won=50))
    assert tally.conversion.tolist() == pytest.approx([0.54, NAN, 0.5], nan_ok=True)
    assert measure(tally)["conversion"].mean == pytest.approx(0.52)
    assert math.isnan(measure(make(funnel, counts(0, customers=0, won=0)))["conversion"].mean)


def test_a_tally_cannot_be_changed(funnel: Funnel) -> None:
    """The arrays of a tally are read-only."""
    tally = make(funnel, counts(0))
    with pytest.raises(ValueError, match="read-only"):
        tally.revenue[0] = 0.0


def test_measures_come_in_one_order(funnel: Funnel) -> None:
    """Customers, won, conversion, revenue, cost and profit are estimated, further costs included where asked."""
    tally = make(funnel, counts(0), counts(1, revenue=56_000.0))
    assert tuple(measure(tally)) == MEASURES
    assert measure(tally)["revenue"].mean == 55_000.0
    dearer = measure(tally, np.array([1.0, 3.0]))
    assert dearer["cost"].mean == 10_236.0
    assert dearer["profit"].mean == 55_000.0 - 10_236.0


def test_two_halves_are_the_whole(funnel: Funnel) -> None:
    """Halves of a run merge to the tally of the run, bit for bit, in whatever order they come (relation 16)."""
    replications = [counts(k, revenue=1000.0 / (k + 1), won=50 + k) for k in range(6)]
    whole = make(funnel, *replications)
    merged = merge(make(funnel, *replications[3:]), make(funnel, *replications[:3]))
    for field in fields(Tally):
        one, other = getattr(merged, field.name), getattr(whole, field.name)
        if isinstance(one, Loads):
            for part in fields(Loads):
                np.testing.assert_array_equal(getattr(one, part.name), getattr(other, part.name), strict=True)
        elif isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other, err_msg=field.name, strict=True)
        else:
            assert one == other, field.name
    assert merged.replications == 6


def test_only_like_is_merged_with_like(funnel: Funnel) -> None:
    """Other funnels, seeds or windows, and the same replication twice, are refused."""
    tally = make(funnel, counts(0))
    other = make(loads(FUNNEL).funnel, counts(1))
    with pytest.raises(InputError, match="different funnels"):
        merge(tally, other)
    with pytest.raises(InputError, match="different funnels, seeds"):
        merge(tally, make(funnel, counts(1), run=Run(seed=1)))
    with pytest.raises(InputError, match="in more than one"):
        merge(tally, make(funnel, counts(0)))


def test_document_follows_the_contract(funnel: Funnel) -> None:
    """`run` prints the measures and the stages as strict JSON, undefined as null."""
    document = tally_document(make(funnel, counts(0), counts(1, losses=np.array([[38], [0], [6]]))), "ru")
    read = json.loads(json.dumps(document, allow_nan=False))
    assert read["funnel"] == "Лавка"
    assert (read["currency"], read["seed"], read["replications"], read["engine"]) == ("RUB", 0, 2, "reference")
    assert set(read["won"]) == {"mean", "low", "high", "range"}
    assert read["won"]["range"] == [54.0, 54.0]
    window, till = read["stages"]
    assert list(window) == ["stage", "visits", "completed", "lost", "open", "losses", "wait", "time"]
    assert window["losses"] == {"distracted": 39.0}
    assert window["wait"] == {"mean": 0.5, "p50": 0.25, "p90": 1.0}
    assert (till["stage"], till["visits"], till["time"]["mean"]) == ("till", 60.0, 1.0)


def test_one_replication_has_no_intervals(funnel: Funnel) -> None:
    """From one replication low and high are null, and a stage nobody came to has no durations."""
    empty = np.full((3, 3), NAN)
    document = tally_document(make(funnel, counts(0, wait=empty, time=empty)), "en")
    assert (document["revenue"]["low"], document["revenue"]["high"]) == (None, None)
    assert document["revenue"]["range"] == [54_000.0, 54_000.0]
    assert document["stages"][0]["wait"] == {"mean": None, "p50": None, "p90": None}


def test_causes_that_may_act_are_listed_even_at_zero() -> None:
    """A stage lists the causes that act there, with 0 where nobody was lost, and no other."""
    three = np.zeros((3, 2), dtype=np.int64)
    funnel = loads(FUNNEL).funnel
    tally = make(funnel, counts(0, losses=three, fates=three))
    stages = {stage["stage"]: stage["losses"] for stage in tally_document(tally, "en")["stages"]}
    assert stages == {"window": {"distracted": 0.0}, "door": {"shyness": 0.0}, "till": {"distracted": 0.0}}
    assert losses_table(tally)[["stage", "cause"]].to_numpy().tolist() == [
        ["window", "distracted"],
        ["door", "shyness"],
        ["till", "distracted"],
    ]


def test_tables(funnel: Funnel) -> None:
    """The table has a row per stage, with numbers throughout; measures have a table of their own."""
    tally = make(funnel, counts(0, wait=np.full((3, 3), NAN)), counts(1))
    table = tally.table
    assert table["stage"].tolist() == ["window", "till"]
    assert list(table.columns[:5]) == ["stage", "visits", "completed", "lost", "open"]
    assert all(pd.api.types.is_float_dtype(table[column]) for column in table.columns[1:])
    assert table.loc[0, "wait_p90"] == 1.0
    assert measures_table(tally)["measure"].tolist() == list(MEASURES)


def test_short_forms(funnel: Funnel) -> None:
    """The text form is one line with the revenue and its interval; the HTML form escapes names."""
    tally = make(replace(funnel, currency="<b>"), counts(0), counts(1))
    assert repr(tally) == "Tally(2 replications: 100 customers, 54 won, revenue 54000 [54000, 54000] <b>)"
    html = tally._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt;" in html


def test_notes_are_kept(funnel: Funnel) -> None:
    """Notes of merged tallies are kept once each, and printed in the language asked for."""
    note = Label("mind the gap", "осторожно")
    one, two = (replace(make(funnel, counts(k)), notes=(note,)) for k in range(2))
    assert tally_document(merge(one, two), "ru")["notes"] == ["осторожно"]
