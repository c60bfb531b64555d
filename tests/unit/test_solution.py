"""The exact answer as a value: tables, documents, texts, provenance, and funnels at the edge of what there is."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys

import numpy as np
import pytest

from funnelsim.errors import InputError
from funnelsim.exact.solution import Solution, losses_table, measures_table, solution_document
from funnelsim.exact.solving import parse_times, solve
from funnelsim.files.changes import apply
from funnelsim.files.loading import loads
from funnelsim.model import Run

SHOP = """
funnelsim: 1
name: {en: Shop <b>, ru: Лавка}
currency: RUB
sources: {all: {batch: 10, cost: 3}}
stages:
  - {name: window, causes: {distracted: 40%}}
  - {name: shop, takes: {exponential: {mean: 2 d}}, causes: {no_trust: 30%}}
  - {name: purchase, revenue: 1000, margin: 40%}
"""


def solved(text: str, at: str | float | None = None) -> Solution:
    """Solve the funnel of a text."""
    return solve(loads(f"funnelsim: 1\n{text}").funnel, at=at)


@pytest.fixture
def shop() -> Solution:
    """The answer for a small shop."""
    return solve(loads(SHOP).funnel, run=Run(cohort=100), at="1 d, 1 w")


def test_the_table_has_a_row_for_each_stage(shop: Solution) -> None:
    """Visits, completions, losses, days, and the revenue and profit from there on; a fresh copy each time."""
    table = shop.table
    assert table.columns.tolist() == ["stage", "visits", "completed", "lost", "time", "value", "worth"]
    assert table["stage"].tolist() == ["window", "shop", "purchase"]
    assert table["visits"].tolist() == pytest.approx([1.0, 0.6, 0.42])
    assert table["value"].tolist() == pytest.approx([420.0, 700.0, 1000.0])
    assert table["worth"].tolist() == pytest.approx([168.0, 280.0, 400.0])
    table.loc[0, "visits"] = 7.0
    assert shop.table.loc[0, "visits"] == 1.0
    losses = losses_table(shop)
    assert losses[["stage", "cause"]].to_numpy().tolist() == [["window", "distracted"], ["shop", "no_trust"]]
    assert losses["losses"].tolist() == pytest.approx([0.4, 0.18])
    measures = measures_table(shop).set_index("measure")["value"]
    assert measures["profit"] == pytest.approx(420.0 - 252.0 - 3.0)


def test_the_document_is_the_contract(shop: Solution) -> None:
    """The keys that the design promises, plain numbers, in the language asked for."""
    document = json.loads(json.dumps(solution_document(shop, "ru"), allow_nan=False))
    assert document["funnel"] == "Лавка"
    assert document["conversion"] == pytest.approx(0.42)
    assert document["stages"][1]["losses"] == {"no_trust": pytest.approx(0.18)}
    assert document["stages"][1]["time"] == pytest.approx(1.4)
    day, week = document["at"]
    assert (day["time"], week["time"]) == (1.0, 7.0)
    assert day["won"] == pytest.approx(0.42 * -math.expm1(-0.5), abs=1e-10)
    assert day["stages"]["shop"] == pytest.approx(0.42 * math.exp(-0.5), abs=1e-10)
    assert day["bounds"]["won"][0] <= day["won"] <= day["bounds"]["won"][1]
    assert "pipeline" not in document
    assert document["provenance"]["window"]["cohort"] == 100
    assert document["provenance"]["digest"] == loads(SHOP).funnel.digest


def test_it_says_what_it_is_in_one_line_and_as_a_page(shop: Solution) -> None:
    """The representation is one line; names in the HTML form are text."""
    assert repr(shop) == "Solution(per customer: conversion 0.42, revenue 420 RUB, profit 165)"
    page = solve(loads(SHOP.replace("RUB", "<b>")).funnel)._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


def test_it_is_frozen(shop: Solution) -> None:
    """Nothing in an answer can be changed."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        shop.revenue = 0.0  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        shop.visits[0] = 7.0


@pytest.mark.parametrize(
    ("at", "times"),
    [(None, ()), ("30 d, 365 d", (30.0, 365.0)), (7, (7.0,)), (["12 h", 2.0], (0.5, 2.0)), ("0 d", (0.0,))],
)
def test_times_are_read(at: str | float | list[str | float] | None, times: tuple[float, ...]) -> None:
    """A text with commas, a number, or a list of both."""
    assert parse_times(at) == times


@pytest.mark.parametrize("at", ["", "soon", "30 d,", [-1.0], [math.inf], [math.nan]])
def test_times_that_make_no_sense_are_refused(at: str | list[str | float]) -> None:
    """What is no time since entering is said."""
    with pytest.raises(InputError, match="at: "):
        parse_times(at)


def test_a_stage_that_nobody_reaches_has_no_value() -> None:
    """Behind a certain loss there are no visits; what is undefined is null in the document."""
    solution = solved("stages: [{name: a, causes: {apathy: 100%}}, {name: b, revenue: 3}]", "1 d")
    assert solution.visits.tolist() == [1.0, 0.0]
    assert np.isnan(solution.value[1])
    assert np.isnan(solution.days_to_win)
    document = solution_document(solution, "en")
    assert document["stages"][1]["value"] is None
    assert document["days_to_win"] is None
    assert solution.at[0].lost == {"apathy": pytest.approx(1.0)}


def test_means_that_do_not_exist_are_infinite() -> None:
    """A time or a cost without a mean is not hidden behind a large number."""
    slow = solved("stages: [{name: a, takes: {loglogistic: {shape: 0.9, scale: 3 d}}}]")
    assert slow.conversion == pytest.approx(1.0)
    assert slow.time[0] == slow.days == math.inf
    dear = solved("stages: [{name: a, cost: {loglogistic: {shape: 0.9, scale: 3}}, revenue: 5}]")
    assert dear.cost == math.inf
    assert solution_document(dear, "en")["cost"] is None
    wild = solved("stages: [{name: a, revenue: {loglogistic: {shape: 1.5, scale: 3}}}]")
    assert wild.revenue_sd == math.inf


def test_who_stays_for_ever_is_open() -> None:
    """Half never end the stage: they are neither won nor lost, and the journey has no mean length."""
    text = "stages: [{name: a, takes: {empirical: {quantiles: [[0, 1 d], [0.5, 2 d], [1, .inf]]}}, revenue: 3}]"
    solution = solved(text, "30 d")
    assert [solution.conversion, solution.open] == pytest.approx([0.5, 0.5])
    assert solution.days == math.inf
    assert solution.days_to_win == pytest.approx(1.5)
    assert solution.time[0] == pytest.approx(1.5)
    assert solution.at[0].stages["a"] == pytest.approx(0.5)


def test_at_the_very_beginning() -> None:
    """At time 0 whoever is lost at an entry is lost, and the others are at the first stage that takes time."""
    text = "stages: [{name: a, causes: {apathy: 25%}}, {name: b, takes: {exponential: {mean: 2 d}}}]"
    (date,) = solved(text, 0).at
    assert date.lost["apathy"] == pytest.approx(0.25)
    assert date.stages == {"a": pytest.approx(0.0), "b": pytest.approx(0.75, abs=1e-6)}


def test_without_stages_everyone_wins_at_once() -> None:
    """Where every stage has been removed, whoever comes has won."""
    study = loads("funnelsim: 1\nstages: [{name: a, takes: 3 d, causes: {apathy: 20%}}, {name: b}]\n"
                  "interventions: {x: {changes: [{remove_stage: a}]}}")  # fmt: skip
    solution = solve(apply(study.funnel, *study.interventions))
    assert (solution.conversion, solution.days, solution.stages) == (1.0, 0.0, ("b",))


def test_a_fixed_stock_is_spent_exactly() -> None:
    """With 5 units and stages of 2 each, everyone is lost on entering the third."""
    text = "budgets: {attention: {has: 5, cause: low_attention}}\n"
    text += "stages: [{name: a, spends: {attention: 2}}, {name: b, spends: {attention: 2}}, "
    text += "{name: c, spends: {attention: 2}}]"
    assert solved(text).losses.tolist() == [[0.0], [0.0], [1.0]]


def test_the_solver_knows_no_engine_and_no_tables() -> None:
    """Asking for an answer imports neither an engine nor pandas."""
    code = (
        "import sys\nfrom funnelsim import loads, solve\n"
        "solve(loads('{funnelsim: 1, stages: [{name: a, causes: {apathy: 5%}}]}').funnel, at=1)\n"
        "print([name for name in sys.modules if name in ('pandas', 'simpy', 'matplotlib') or '.engines.' in name])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
