"""Two engines, one truth: every customer lives through the same in both, to the last bit, also where all times tie."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from funnelsim.engines.journeys import Journeys
from funnelsim.engines.reference import run_replication
from funnelsim.errors import RunawayError
from funnelsim.files.loading import load, loads
from funnelsim.plan import Plan, make_plan
from tests.engines.agreement import DisagreementError, assert_same, check_file, check_study, first_difference
from tests.engines.features import ALL, features
from tests.engines.studies import Drawn, studies

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "valid"
FILES = [path.relative_to(ROOT).as_posix() for path in (*CASES.rglob("*.yaml"), *(ROOT / "scenarios").glob("*.yaml"))]
SMALL = """\
funnelsim: 1
sources: {ads: {batch: 5}}
teams: {desk: {size: 1}}
stages:
  - {name: a, causes: {no_trust: 30%}}
  - {name: b, takes: 1 d, response: {team: desk, service: 1 h}}
"""


def test_engines_agree() -> None:
    """500 random funnels over the whole format, on a grid and off it, before and after an intervention."""
    seen: Counter[str] = Counter()

    @settings(max_examples=500)
    @given(studies())
    def check(drawn: Drawn) -> None:
        seen.update(features(drawn) | check_study(drawn))

    check()
    assert {name: seen[name] for name in ALL if seen[name] < 10} == {}


@pytest.mark.parametrize("name", sorted(FILES))
def test_engines_agree_on_files(name: str) -> None:
    """Base and scenarios of every shipped file and of every valid case, in a small window, on a grid and off it."""
    check_file(load(ROOT / name), days=10.0, customers=100)


@settings(max_examples=60)
@given(studies())
def test_drawn_documents_load_as_they_are(drawn: Drawn) -> None:
    """A random document loads, its intervention included, to the very funnels that are run."""
    study = loads(json.dumps(drawn.document))
    assert study.funnel.digest == drawn.funnel.digest
    assert [s.funnel.digest for s in study.scenarios] == [drawn.changed.digest] * ("scenarios" in drawn.document)


# ---- the comparison itself -------------------------------------------------------------------------------------------


def plan_of(text: str = SMALL) -> Plan:
    """The plan of a text."""
    study = loads(text)
    return make_plan(study.funnel, study.run)


def altered(journeys: Journeys, table: str, row: int, column: str, value: Any) -> Journeys:
    """The journeys with one value replaced."""
    tables = {"customers": journeys.customers.copy(), "visits": journeys.visits.copy()}
    tables[table][column][row] = value
    return Journeys(**tables)


@pytest.mark.parametrize(
    ("table", "column", "value", "words"),
    [
        ("visits", "left", 0.5, "`left` is 0.041666666666666664 and 0.5"),
        ("visits", "value", -0.0, "`value` is 0.0 and -0.0"),
        ("visits", "cause", -1, "`cause` is `no_trust` and -1"),
        ("customers", "source_cost", np.nan, "`source_cost` is 0.0 and nan"),
    ],
)
def test_one_bit_is_a_difference(table: str, column: str, value: float, words: str) -> None:
    """Whatever is not equal to the last bit is found, the sign of a zero included, and said in words."""
    plan = plan_of()
    journeys = run_replication(plan, 0, 0)
    row = 0
    if column == "cause":
        row = int(np.argmax(journeys.visits["cause"] >= 0))
    if column == "left":
        row = int(np.argmax(journeys.visits["stage"] == 1))
    other = altered(journeys, table, row, column, value)
    assert first_difference(plan, journeys, journeys) == ""
    if column == "left":
        journeys = altered(journeys, table, row, column, 1 / 24)
    assert words in first_difference(plan, journeys, other)


def test_undefined_times_are_equal() -> None:
    """NaN is the same as NaN here."""
    plan = plan_of()
    journeys = run_replication(plan, 0, 0)
    assert np.isnan(journeys.visits["started"]).any()
    assert assert_same(plan, 0, 0, run_replication, run_replication) is not None


def test_a_missing_visit_and_a_missing_customer_are_named() -> None:
    """Where one engine has more, it says what comes next there."""
    plan = plan_of()
    journeys = run_replication(plan, 0, 0)
    fewer = Journeys(journeys.customers, journeys.visits[:-1])
    assert "visits, the next one at `b`" in first_difference(plan, journeys, fewer)
    nobody = Journeys(journeys.customers[:-1], journeys.visits[journeys.visits["customer"] < 4])
    assert first_difference(plan, nobody, journeys).startswith("4 and 5 customers")
    assert "customer 4 (ads, copy 0, number 4" in first_difference(plan, nobody, journeys)


def test_engines_that_do_not_end_agree() -> None:
    """A run that never ends has to be stopped by both engines, or by neither."""

    def stopped(plan: Plan, seed: int, replication: int) -> Journeys:
        raise RunawayError(f"{plan.stages} {seed} {replication}")

    assert assert_same(plan_of(), 0, 0, stopped, stopped) is None
    with pytest.raises(DisagreementError, match="only the second"):
        assert_same(plan_of(), 0, 0, run_replication, stopped)
