"""Results as JSON and as tidy CSV.

JSON is the contract of the documents. CSV is long: one number a row, and the columns before `value` say which. Columns
and words are the keys of the JSON in every language; only `label` is for people.

    compare   world, label, measure, statistic, value
              world: base or a scenario's name; measure: customers, won, conversion, revenue, cost, profit, and for
              scenarios revenue_lift, revenue_lift_relative, profit_lift, payback_days, naive_lift
    run       stage, cause, team, measure, statistic, value
              stage, cause and team empty: the whole funnel; cause empty: all causes
    solve     stage, cause, measure, time, value
              per customer who enters; time: empty, or the days since entering of a measure by then
    causes    key, label, side, mechanism, interventions, meaning

`statistic` is mean, low, high (95% interval), low_all, high_all (for all scenarios at once), p05, p95 (of single
replications), p_better, p50, p90 (of visits), open (in working hours), value, a time (of reply_within: the share
answered in it) or an hour of the week, such as `Mon 09:00`. What is undefined is an empty cell.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from funnelsim.units import format_duration

Document = Mapping[str, Any]
Number = float | None

MEASURES = ("customers", "won", "conversion", "revenue", "cost", "profit")
COMPARE_COLUMNS = ("world", "label", "measure", "statistic", "value")
RUN_COLUMNS = ("stage", "cause", "team", "measure", "statistic", "value")
SOLVE_COLUMNS = ("stage", "cause", "measure", "time", "value")
#: A cell that begins so would be run as a formula by a spreadsheet.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\n")


def to_json(document: object) -> str:
    """Return a document as JSON: indented, letters of all alphabets as they are, no NaN."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[str | Number]]) -> str:
    """Return a table as CSV (RFC 4180, but with plain line ends); texts that look like formulas begin with a `'`."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow([protect(column) for column in columns])
    for row in rows:
        writer.writerow([protect(cell) if isinstance(cell, str) else _number(cell) for cell in row])
    return target.getvalue()


def protect(cell: str) -> str:
    """Return a text that no spreadsheet takes for a formula, with plain line ends."""
    plain = cell.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{plain}" if plain.startswith(FORMULA_STARTS) else plain


def list_comparison(document: Document, base_label: str) -> Iterator[tuple[str | Number, ...]]:
    """Give the rows of a comparison's document for COMPARE_COLUMNS."""
    for name, label, world in (
        ("base", base_label, document["base"]),
        *((scenario["name"], scenario["label"], scenario) for scenario in document["scenarios"]),
    ):
        for measure in MEASURES:
            for statistic, value in _statistics(world[measure]):
                yield name, label, measure, statistic, value
        for measure, lift in world.get("lift", {}).items():
            for statistic, value in _statistics(lift):
                yield name, label, f"{measure}_lift", statistic, value
            for statistic, value in _statistics(lift.get("relative", {})):
                yield name, label, f"{measure}_lift_relative", statistic, value
        for measure in ("payback_days", "naive_lift"):
            if measure in world:
                yield name, label, measure, "value", world[measure]


def list_tally(document: Document) -> Iterator[tuple[str | Number, ...]]:
    """Give the rows of a tally's document for RUN_COLUMNS."""
    for measure in MEASURES:
        for statistic, value in _statistics(document[measure]):
            yield "", "", "", measure, statistic, value
    for stage in document["stages"]:
        for measure, statistic, value in _list_stage(stage):
            yield stage["stage"], "", "", measure, statistic, value
        for cause, value in stage["losses"].items():
            yield stage["stage"], cause, "", "losses", "mean", value
    for team in document.get("teams", ()):
        for measure, statistic, value in _list_team(team):
            yield "", "", team["team"], measure, statistic, value


def list_solution(document: Document) -> Iterator[tuple[str | Number, ...]]:
    """Give the rows of a solution's document for SOLVE_COLUMNS."""
    for measure, value in _list_numbers(document):
        yield "", "", measure, None, value
    for stage in document["stages"]:
        for measure, value in _list_numbers(stage):
            yield stage["stage"], "", measure, None, value
        for kind in ("losses", "fates"):
            for cause, value in stage[kind].items():
                yield stage["stage"], cause, kind, None, value
    for measure, value in _list_numbers(document.get("totals", {})):
        yield "", "", f"total_{measure}", None, value
    for measure, value in _list_numbers(document.get("pipeline", {})):
        yield "", "", f"pipeline_{measure}", None, value
    for date in document.get("at", ()):
        for stage_name, cause, measure, value in _list_date(date):
            yield stage_name, cause, measure, date["time"], value


def _list_numbers(measures: Document) -> Iterator[tuple[str, Number]]:
    for measure, value in measures.items():
        if value is None or isinstance(value, float):
            yield measure, value


def _list_date(date: Document) -> Iterator[tuple[str, str, str, Number]]:
    low, high = date["bounds"]["won"]
    for measure, value in (("won", date["won"]), ("won_low", low), ("won_high", high), ("open", date["open"])):
        yield "", "", measure, value
    for cause, value in date["lost"].items():
        yield "", cause, "lost", value
    for stage, value in date["stages"].items():
        yield stage, "", "open", value


def _list_stage(stage: Document) -> Iterator[tuple[str, str, Number]]:
    for measure in ("visits", "completed", "lost", "open", "answered"):
        if measure in stage:
            yield measure, "mean", stage[measure]
    for measure in ("wait", "time"):
        for statistic, value in stage[measure].items():
            yield measure, statistic, value
    yield from _list_replies(stage)


def _list_team(team: Document) -> Iterator[tuple[str, str, Number]]:
    yield "size", "value", team["size"]
    for measure in ("served", "abandoned", "utilisation", "staff_hours", "staff_cost"):
        yield measure, "mean", team[measure]
    for statistic, value in team["queue"].items():
        yield "queue", statistic, value
    yield from _list_replies(team)
    for hour in team["by_hour"]:
        for measure in ("utilisation", "queue"):
            yield measure, f"{hour['weekday']} {hour['hour']:02}:00", hour[measure]


def _list_replies(answered: Document) -> Iterator[tuple[str, str, Number]]:
    for reply in answered.get("reply_within", ()):
        yield "reply_within", format_duration(reply["time"], "en"), reply["share"]


def _statistics(measure: Mapping[str, Any]) -> Iterator[tuple[str, Number]]:
    for statistic, value in measure.items():
        if statistic == "range":
            yield "p05", value[0]
            yield "p95", value[1]
        elif not isinstance(value, Mapping):
            yield statistic, value


def _number(value: Number) -> str:
    return "" if value is None else repr(value)
