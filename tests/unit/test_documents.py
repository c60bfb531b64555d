"""Results as JSON and CSV: every number of the document, none that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.views.documents import (
    COMPARE_COLUMNS,
    RUN_COLUMNS,
    list_comparison,
    list_tally,
    protect,
    to_csv,
    to_json,
)

Document = dict[str, Any]


def _numbers(value: object) -> list[float]:
    """Return all numbers in a document, however deep."""
    if isinstance(value, dict):
        return [number for item in value.values() for number in _numbers(item)]
    if isinstance(value, list):
        return [number for item in value for number in _numbers(item)]
    return [value] if isinstance(value, float) else []


def _read(columns: tuple[str, ...], rows: Any) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(to_csv(columns, rows)), keep_default_na=False, na_values={"value": [""]})


def test_json_is_the_document(compared: Document) -> None:
    """What is printed reads back as the very document, with Cyrillic as letters."""
    compared["funnel"] = "Воронка"
    assert json.loads(to_json(compared)) == compared
    assert "Воронка" in to_json(compared)


def test_json_has_no_nan() -> None:
    """NaN is not JSON: it is refused rather than printed."""
    with pytest.raises(ValueError, match="JSON"):
        to_json({"mean": float("nan")})


def test_csv_of_a_comparison_holds_every_estimate(compared: Document) -> None:
    """All numbers of measures and lifts are in the table, each once, exactly; the ledger is not."""
    table = _read(COMPARE_COLUMNS, list_comparison(compared, "Base"))
    for part in compared["scenarios"]:
        part.pop("ledger")
    document = {"base": compared["base"], "scenarios": compared["scenarios"]}
    assert sorted(table["value"].dropna()) == sorted(_numbers(document))
    assert not table.duplicated(["world", "measure", "statistic"]).any()


def test_csv_of_a_comparison_is_addressed_by_name(compared: Document) -> None:
    """A number is found by world, measure and statistic, whatever the language of the label."""
    rows = list(csv.DictReader(io.StringIO(to_csv(COMPARE_COLUMNS, list_comparison(compared, "База")))))
    found = {(row["world"], row["measure"], row["statistic"]): row["value"] for row in rows}
    assert float(found["fast", "revenue_lift", "high_all"]) == 412345.0 + 1.25 * 41000.0
    assert float(found["fast", "revenue_lift_relative", "mean"]) == 0.0664
    assert float(found["base", "conversion", "p95"]) == pytest.approx(0.02295 + 0.00045)
    assert found["evil", "payback_days", "value"] == ""
    assert {row["label"] for row in rows if row["world"] == "base"} == {"База"}


def test_csv_of_a_run_holds_every_mean(ran: Document) -> None:
    """All numbers of totals and stages are in the table, each once, exactly."""
    table = _read(RUN_COLUMNS, list_tally(ran))
    totals = {key: ran[key] for key in ("customers", "won", "conversion", "revenue", "cost", "profit")}
    assert sorted(table["value"].dropna()) == sorted(_numbers(totals) + _numbers(ran["stages"]))
    assert not table.duplicated(["stage", "cause", "measure", "statistic"]).any()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1"])
def test_texts_that_look_like_formulas_are_disarmed(text: str) -> None:
    """A text in a cell or a heading that a spreadsheet would run begins with an apostrophe; numbers keep their sign."""
    rows = list(csv.reader(io.StringIO(to_csv([text], [[text], [-1.5]]), newline="")))
    assert rows == [[f"'{text}"], [f"'{text}"], ["-1.5"]]


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2), max_size=5))
def test_texts_survive_csv(rows: list[list[str]]) -> None:
    """Commas, quotes and line breaks in a text read back as they were (line ends as plain ones)."""
    read = list(csv.reader(io.StringIO(to_csv(["a", "b"], rows), newline="")))
    assert read == [["a", "b"], *([protect(cell) for cell in row] for row in rows)]
