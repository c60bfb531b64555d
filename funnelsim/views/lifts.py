"""A comparison as people read it: the answer first, then lifts, worlds, who was saved, assumptions and notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from funnelsim.files.changes import changed_stages
from funnelsim.views.doubts import show_doubts
from funnelsim.views.formats import (
    NOTHING,
    Spread,
    decimals_of,
    format_number,
    format_probability,
    format_relative,
    format_share,
    format_spread,
    format_time,
)
from funnelsim.views.naming import Names, clean, clean_quoted
from funnelsim.views.staff import tell_changes
from funnelsim.views.stories import Reading, decimals_for, read_ledger, tell_saved
from funnelsim.views.tables import Cell, Money, bullets, choose_money, grid, head, heading, paragraph
from funnelsim.views.texts import count, text

if TYPE_CHECKING:
    from funnelsim.model import Study

Document = Mapping[str, Any]

MEASURES = ("customers", "won", "conversion", "revenue", "cost", "profit")
AMOUNTS = ("revenue", "cost", "profit")
#: Stages that a sentence names; the others are counted.
_STAGES = 3


def show_comparison(document: Document, study: Study, names: Names, width: int) -> list[RenderableType]:
    """Return the printed form of a comparison's document; study: for the notes of its file."""
    language = names.language
    worlds = [document["base"], *document["scenarios"]]
    money = choose_money(document["currency"], (world[a]["mean"] for world in worlds for a in AMOUNTS), language)
    shown = head(document, clean(document["funnel"]), money, width)
    scenarios = document["scenarios"]
    if scenarios:
        shown += tell_answer(scenarios, money, width)
        shown += show_lifts(scenarios, money, width)
        shown += show_doubts(document, study, names, money, width)
    else:
        shown += [paragraph("", width=width), paragraph(text("answer.alone", language), width=width)]
    shown += show_worlds(document, money, width)
    told: list[str] = []
    for scenario in scenarios:
        shown += show_story(scenario, study, names, money, width)
        shown += [
            paragraph(sentence, width=width) for sentence in tell_changes(document["base"], scenario, names, money)
        ]
        notes = list_notes(scenario, study, language)
        new = [note for note in notes if note not in told]
        above = [text("assumes.above", language)] if len(new) < len(notes) else []
        shown += bullets([*new, *above], width)
        told += new
    return [*shown, heading(text("notes.title", language)), *bullets(explain(document, study, language), width)]


def describe_lift(scenario: Document, money: Money) -> str:
    """Return the lift in revenue in words: `+1,235,000 ± 12,000 RUB (+6.6%)`."""
    lift = scenario["lift"]["revenue"]
    shown = money.spread(lift, signed=True)
    relative = lift["relative"]["mean"]
    share = "" if relative is None else f" ({format_share(relative, money.language, signed=True)})"
    return f"{money.named(Spread(shown.mean, shown.half))}{share}"


def tell_answer(scenarios: Sequence[Document], money: Money, width: int) -> list[RenderableType]:
    """Return what a comparison comes to: the scenarios with most revenue and most profit, and how sure that is."""
    language = money.language
    best = max(scenarios, key=lambda scenario: _size(scenario, "revenue"))
    richest = max(scenarios, key=lambda scenario: _size(scenario, "profit"))
    lift = best["lift"]["revenue"]
    sentences = []
    if _size(best, "revenue") <= 0:
        sentences.append(text("answer.none", language))
    else:
        sentences.append(text("answer.best", language, label=clean(best["label"]), lift=describe_lift(best, money)))
        if lift["p_better"] is not None:
            sentences.append(text("answer.sure", language, p=format_probability(lift["p_better"], language)))
        if lift["low_all"] is not None and lift["low_all"] <= 0:
            sentences.append(text("answer.unsure", language))
    if _size(richest, "profit") <= 0:
        sentences.append(text("answer.no_profit", language))
    elif richest is not best:
        profit = money.spread(richest["lift"]["profit"], signed=True)
        shown = money.named(Spread(profit.mean, profit.half))
        sentences.append(text("answer.profit", language, label=clean(richest["label"]), lift=shown))
    return [paragraph("", width=width), paragraph(" ".join(sentences), width=width, style="bold")]


def _size(scenario: Document, measure: str) -> float:
    mean = scenario["lift"][measure]["mean"]
    return float("-inf") if mean is None else float(mean)


def show_lifts(scenarios: Sequence[Document], money: Money, width: int) -> list[RenderableType]:
    """Return the table of the scenarios' lifts."""
    language = money.language
    headings = [
        text(key, language)
        for key in ("scenario", "lift.revenue", "lift.relative", "lift.profit", "lift.p_revenue", "lift.payback")
    ]
    rows: list[list[Cell]] = []
    for scenario in scenarios:
        revenue, profit = scenario["lift"]["revenue"], scenario["lift"]["profit"]
        rows.append(
            [
                clean(scenario["label"]),
                money.spread(revenue, signed=True).parts,
                format_relative(revenue["relative"], language),
                money.spread(profit, signed=True).parts,
                format_probability(revenue["p_better"], language),
                tell_payback(scenario["payback_days"], language),
            ]
        )
    return [heading(text("lifts.title", language)), grid(headings, rows, width)]


def tell_payback(days: float | None, language: str) -> str:
    """Return after what time an investment has come back; 0 where nothing is paid at the start."""
    return text("lift.at_once", language) if days == 0 else format_time(days, language)


def show_worlds(document: Document, money: Money, width: int) -> list[RenderableType]:
    """Return the table of what the base and each scenario bring."""
    language = money.language
    rows: list[list[Cell]] = []
    worlds = [(text("base", language), document["base"])]
    worlds += [(clean(scenario["label"]), scenario) for scenario in document["scenarios"]]
    for label, world in worlds:
        counts = [format_spread(world[measure], language).parts for measure in ("customers", "won")]
        conversion = format_spread(world["conversion"], language, share=True).parts
        rows.append([label, *counts, conversion, *(money.spread(world[amount]).parts for amount in AMOUNTS)])
    headings = [text("world", language), *(text(measure, language) for measure in MEASURES)]
    return [heading(text("worlds.title", language)), grid(headings, rows, width)]


def show_story(scenario: Document, study: Study, names: Names, money: Money, width: int) -> list[RenderableType]:
    """Return who is saved in a scenario, what becomes of them, and the naive estimate, under its name."""
    reading = read_ledger(scenario["ledger"], names)
    shown: list[RenderableType] = [heading(clean(scenario["label"]))]
    shown += [paragraph(" ".join(tell_saved(reading, names)), width=width)]
    changed = [
        stage
        for found in study.scenarios
        if found.name == scenario["name"]
        for stage in changed_stages(study.funnel, found.funnel)
    ]
    if naive := tell_naive(scenario, changed, reading, names, money):
        shown.append(paragraph(naive, width=width))
    if any(group.customers and group is not reading.groups[-1] for group in reading.groups):
        shown.append(_ledger(reading, scenario["lift"]["revenue"], money, width))
    return shown


def list_notes(scenario: Document, study: Study, language: str) -> list[str]:
    """Return what a scenario takes for granted, and what the file notes on it."""
    notes = [text("assumes", language, text=clean_quoted(item, language)) for item in scenario["assumptions"]]
    return notes + [text("note", language, text=item) for item in scenario_notes(scenario["name"], study)]


def scenario_notes(name: str, study: Study) -> list[str]:
    """Return the notes of the file on a scenario, its interventions and its own funnel."""
    found = [scenario for scenario in study.scenarios if scenario.name == name]
    notes = [scenario.note for scenario in found]
    notes += [intervention.note for scenario in found for intervention in scenario.interventions]
    notes += [scenario.funnel.note for scenario in found if scenario.funnel.note != study.funnel.note]
    return [clean(note) for note in dict.fromkeys(notes) if note]


def tell_naive(scenario: Document, changed: Sequence[str], reading: Reading, names: Names, money: Money) -> str:
    """Return the naive estimate beside the lift, and why they differ; empty where it is not defined.

    changed: the stages that the scenario changes.
    """
    language = names.language
    naive, lift = scenario["naive_lift"], scenario["lift"]["revenue"]
    if naive is None or lift["mean"] is None or not changed:
        return ""
    values = {
        "where": _list_stages(changed, names),
        "naive": money.named(money.number(naive, _decimals(lift, money))),
        "lift": money.named(money.spread(lift, signed=True).mean),
    }
    if not reading.not_won or naive <= lift["mean"]:
        return text("naive", language, **values)
    decimals = decimals_for(reading.saved, reading.not_won)
    return text(
        "naive.because",
        language,
        **values,
        customers=count("customers", reading.saved, language, decimals),
        n=format_number(reading.not_won, language, decimals),
    )


def _list_stages(stages: Sequence[str], names: Names) -> str:
    """Return the labels of some stages, the first few of many."""
    shown = stages if len(stages) <= _STAGES + 1 else stages[:_STAGES]
    quoted = [text("quoted", names.language, text=names.stage(stage)) for stage in shown]
    rest = [text("more", names.language, n=len(stages) - len(shown))] if len(stages) > len(shown) else []
    return ", ".join([*quoted, *rest])


def _ledger(reading: Reading, lift: Document, money: Money, width: int) -> RenderableType:
    language = money.language
    sizes = [group.customers for group in reading.groups if group.customers]
    whole = all(float(size).is_integer() for size in sizes) or min(sizes) >= 100
    decimals = _decimals(lift, money)
    rows: list[list[Cell]] = [
        [
            group.label,
            format_number(group.customers, language, 0 if whole else 1),
            money.number(group.revenue, decimals),
        ]
        for group in (*reading.groups, reading.total)
    ]
    headings = [text(f"ledger.{key}", language) for key in ("change", "customers", "revenue")]
    return grid(headings, rows, width, end=True)


def _decimals(lift: Document, money: Money) -> int:
    """Return the decimals that a lift in revenue supports, for its parts and for what stands beside it."""
    half = None if lift["high"] is None else (lift["high"] - lift["low"]) / 2.0 / money.per
    return decimals_of((lift["mean"] or 0.0) / money.per, half, 2)


def explain(document: Document, study: Study, language: str) -> Iterable[str]:
    """Give the sentences on how to read a comparison, and the notes of the file."""
    scenarios = document["scenarios"]
    number = count("scenarios", len(scenarios), language)
    if document["replications"] == 1:
        yield text("notes.single", language)
    else:
        yield text("notes.interval", language)
    if any(lift["low_all"] != lift["low"] for scenario in scenarios for lift in scenario["lift"].values()):
        yield text("notes.all", language, scenarios=number)
    if any(scenario["payback_days"] is None for scenario in scenarios):
        yield text("notes.payback", language, never=NOTHING)
    yield text("notes.luck", language)
    for note in dict.fromkeys((*document.get("notes", ()), study.note, study.funnel.note)):
        if note:
            yield clean(note)
