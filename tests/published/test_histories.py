"""Estimates on published data, against published or independently computed numbers (METHODS.md)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from funnelsim.fitting.cox import fit_cox
from funnelsim.fitting.incidence import aalen_johansen
from funnelsim.fitting.risk_sets import make_risk_sets, step_at


@pytest.fixture(scope="module")
def aidssi(shared: Path) -> pd.DataFrame:
    """AIDS and SI switch in the Amsterdam cohort: 329 men (Putter, Fiocco & Geskus 2007)."""
    return pd.read_csv(shared / "data" / "aidssi" / "aidssi.csv")


@pytest.fixture(scope="module")
def deals(shared: Path) -> pd.DataFrame:
    """The CRM export of a hardware seller."""
    return pd.read_csv(shared / "data" / "maven_crm" / "sales_pipeline.csv")


def test_aids_and_si_switch(aidssi: pd.DataFrame) -> None:
    """CIFs at 5 and 10 years, their errors at 10, and what 1 − KM of each cause would say."""
    times, causes = aidssi["time"].to_numpy(), aidssi["status"].to_numpy() - 1
    found = aalen_johansen(make_risk_sets(times, causes))
    assert step_at(found.times, found.cumulative, [5.0])[0] == pytest.approx([0.129712, 0.157557], abs=5e-7)
    assert step_at(found.times, found.cumulative, [10.0])[0] == pytest.approx([0.335052, 0.334590], abs=5e-7)
    errors = np.sqrt(step_at(found.times, found.variance, [10.0])[0])
    assert errors == pytest.approx([0.02808, 0.02784], abs=5e-6)
    for cause, naive in ((0, 0.438715), (1, 0.411257)):
        alone = aalen_johansen(make_risk_sets(times, np.where(causes == cause, 0, -1)))
        assert step_at(alone.times, alone.cumulative, [10.0])[0] == pytest.approx([naive], abs=5e-7)


def test_cox_coefficients_of_ccr5(aidssi: pd.DataFrame) -> None:
    """Cause-specific Cox coefficients of CCR5, as published: AIDS −1.2358 (.3071), SI −.2542 (.2380)."""
    known = aidssi["ccr5"].notna()
    times, status = aidssi["time"][known].to_numpy(), aidssi["status"][known].to_numpy()
    mutated = (aidssi["ccr5"][known] == "WM").to_numpy(dtype=float)
    for cause, coefficient, error in ((1, -1.2358, 0.3071), (2, -0.2542, 0.2380)):
        found = fit_cox(times, status == cause, mutated)
        assert found.coefficients == pytest.approx([coefficient], abs=5e-5)
        assert found.standard_errors == pytest.approx([error], abs=5e-5)


def test_a_crm_export(deals: pd.DataFrame) -> None:
    """The open deals are censored: 51.9439% won and 30.1741% lost by day 138, where closed deals alone say 63.1501%."""
    dated = deals[deals["engage_date"].notna()]
    begun = pd.to_datetime(dated["engage_date"], format="%Y-%m-%d")
    closed = pd.to_datetime(dated["close_date"], format="%Y-%m-%d").fillna(pd.Timestamp("2017-12-31"))
    causes = dated["deal_stage"].map({"Won": 0, "Lost": 1, "Engaging": -1}).to_numpy()
    found = aalen_johansen(make_risk_sets((closed - begun).dt.days.to_numpy(float), causes))
    assert step_at(found.times, found.cumulative, [138.0])[0] == pytest.approx([0.519439, 0.301741], abs=5e-7)
    assert (causes == 0).sum() / (causes >= 0).sum() == pytest.approx(0.631501, abs=5e-7)


def test_loan_applications(shared: Path) -> None:
    """CIFs of 7,455 real applications at days 14 and 30: approved, cancelled, declined; 645 still open.

    The reference takes those still open as watched until the end of the last day.
    """
    events = pd.read_csv(shared / "data" / "bpi2012" / "events.csv.gz")
    moments = pd.to_datetime(events["timestamp"], utc=True, format="ISO8601")
    events = events.assign(moment=moments)
    begun = events.groupby("case_id")["moment"].min()
    groups = {
        "A_APPROVED": 0,
        "A_REGISTERED": 0,
        "A_ACTIVATED": 0,
        "A_CANCELLED": 1,
        "A_DECLINED": 2,
    }
    final = events[events["activity"].isin(groups)].sort_values(["moment"], kind="stable").groupby("case_id").first()
    ended = final["moment"].reindex(begun.index)
    open_until = events["moment"].max().normalize() + pd.Timedelta(days=1)
    causes = final["activity"].map(groups).reindex(begun.index).fillna(-1).to_numpy(dtype=int)
    assert (causes < 0).sum() == 645
    days = (ended.fillna(open_until) - begun).dt.total_seconds().to_numpy() / 86400.0
    found = aalen_johansen(make_risk_sets(days, causes))
    assert step_at(found.times, found.cumulative, [14.0])[0] == pytest.approx([0.08711, 0.10083, 0.56110], abs=5e-6)
    assert step_at(found.times, found.cumulative, [30.0])[0] == pytest.approx([0.16558, 0.13528, 0.58721], abs=5e-6)
