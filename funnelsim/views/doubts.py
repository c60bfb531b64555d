"""Uncertain numbers as people read them: lifts over the draws, what each scenario risks, what to measure next."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from funnelsim.files.scalars import FAMILIES
from funnelsim.views.formats import (
    NOTHING,
    SPACE,
    format_interval,
    format_number,
    format_probability,
    format_share,
    format_time,
)
from funnelsim.views.naming import Names, clean
from funnelsim.views.tables import Cell, Money, bullets, grid, heading, paragraph
from funnelsim.views.texts import text
from funnelsim.views.workbook import CENTS, PLAIN, SHARE, Sheet

if TYPE_CHECKING:
    from funnelsim.model import Study

Document = Mapping[str, Any]
Number = float | None

LIFTED = ("revenue", "profit")
#: Uncertain numbers that are shown; the sheet and JSON have them all.
SHOWN = 8
#: What the keys of a number's address are called.
WORDS = ("once", "per_month", "takes", "wait", "service", "revenue", "margin", "cost", "arrivals")


def show_doubts(document: Document, study: Study, names: Names, money: Money, width: int) -> list[RenderableType]:
    """Return what a comparison's `uncertainty` says: lifts over the draws, and what to measure next."""
    found = document.get("uncertainty")
    if found is None:
        return []
    language = names.language
    shown: list[RenderableType] = [heading(text("doubt.title", language)), _how(found, language, width)]
    if not found["scenarios"]:
        return [*shown, *_measures(found["base"], money, width)]
    keys = ("scenario", "doubt.revenue", "doubt.profit", "doubt.inputs", "doubt.noise", "doubt.best", "doubt.regret")
    rows: list[list[Cell]] = [
        [text("base", language), *[NOTHING] * 4, *_risk(found["base"], money)],
        *(
            [
                clean(one["label"]),
                *(_between(one["lift"][measure], money) for measure in LIFTED),
                _between(one["lift"]["profit"]["input"], money),
                _noise(one["lift"]["profit"], money),
                *_risk(one, money),
            ]
            for one in found["scenarios"]
        ),
    ]
    shown.append(grid([text(key, language) for key in keys], rows, width))
    shown += bullets([text("doubt.explain", language), *map(clean, found["notes"])], width)
    return [*shown, *_measure_next(found, study, names, money, width)]


def show_spreads(document: Document, money: Money, width: int) -> list[RenderableType]:
    """Return what the `uncertainty` of one funnel says: its measures over the draws."""
    found = document.get("uncertainty")
    if found is None:
        return []
    language = money.language
    shown = [heading(text("doubt.title", language)), _how(found, language, width)]
    shown += _measures(found["measures"], money, width)
    return [*shown, *bullets(map(clean, found["notes"]), width)]


def tell_number(address: str, study: Study, names: Names) -> str:
    """Return an uncertain number in words: `Shop: No trust`, `Reply within 2 minutes: effect`."""
    parts = address.split(".")
    language = names.language
    if parts[0] == "stages" and len(parts) > 2:
        if parts[2] == "causes" and len(parts) > 3:
            rest = [part for part in parts[4:] if part != "chance"]
            what = text("number.all_causes", language) if parts[3] == "*" else names.cause(parts[3])
            return f"{_tell_stage(parts[1], names)}: {what}" + _rest(rest, language, ", ")
        return f"{_tell_stage(parts[1], names)}: " + _rest(parts[2:], language, "")
    if parts[0] == "interventions" and len(parts) > 2:
        one = next((one for one in study.interventions if one.name == parts[1]), None)
        label = clean(one.label.text(language) if one is not None else parts[1])
        if parts[2] == "changes" and one is not None:
            return f"{label}: {_tell_change(json.loads(one.changes[int(parts[3]) - 1].document), study, names)}"
        return f"{label}: " + _rest(parts[3 if parts[2] == "cost" else 2 :], language, "")
    if parts[0] == "causes" and len(parts) > 2:
        return f"{names.cause(parts[1])}" + _rest(parts[2:], language, ": ")
    if parts[0] == "sources" and len(parts) > 2:
        labels = {one.name: one.label.text(language) for one in study.funnel.sources}
        return clean(labels.get(parts[1], parts[1])) + _rest(parts[2:], language, ": ")
    return clean(address)


def _tell_stage(name: str, names: Names) -> str:
    return text("number.all_stages", names.language) if name == "*" else names.stage(name)


def _tell_change(change: Document, study: Study, names: Names) -> str:
    """Return in words the number that a change is uncertain of."""
    language = names.language
    path = next((change[verb] for verb in ("scale", "set", "add") if isinstance(change.get(verb), str)), None)
    if path is None:
        return text("number.price" if "price" in change else "number.effect", language)
    return f"{text('number.effect', language)} ({tell_number(path, study, names)})"


def _rest(parts: Sequence[str], language: str, before: str) -> str:
    """Return the keys of an address in words, without the names of laws."""
    words = [text(f"number.{part}", language) if part in WORDS else part for part in parts if part not in FAMILIES]
    words = [text("mean", language).lower() if word == "mean" else clean(word) for word in words]
    return before + ", ".join(words) if words else ""


def list_doubts(document: Document, base_label: str) -> Iterator[tuple[str | Number, ...]]:
    """Give the rows of a comparison's `uncertainty` for COMPARE_COLUMNS: world, label, measure, statistic, value."""
    found = document.get("uncertainty")
    if found is None:
        return
    for name, label, world in (
        ("base", base_label, found["base"]),
        *((one["name"], one["label"], one) for one in found["scenarios"]),
    ):
        for key in ("p_best", "regret"):
            yield name, label, f"uncertain_{key}", "value", world[key]
        for measure, spread in world.get("lift", {}).items():
            for statistic, value in flatten_spread(spread):
                yield name, label, f"uncertain_{measure}_lift", statistic, value
    yield "", "", "evpi", "value", found["evpi"]
    for number in found["numbers"]:
        yield "", number["number"], "evppi", "value", number["evppi"]
        for one in number["evsi"]:
            yield "", number["number"], "evsi", str(one["customers"]), one["value"]


def flatten_spread(spread: Document) -> Iterator[tuple[str, Number]]:
    """Give the statistics of a spread by name."""
    for statistic, value in spread.items():
        if isinstance(value, Mapping):
            for end, inner in value.items():
                yield f"{statistic}_{end}", inner
        else:
            yield statistic, value


def make_doubt_sheets(document: Document, study: Study, names: Names) -> list[Sheet]:
    """Return the sheets Uncertainty and Measure next of a comparison; none where it has no uncertain numbers."""
    found = document.get("uncertainty")
    if found is None:
        return []
    language = names.language
    headings = [text("scenario", language)]
    for measure in LIFTED:
        what = text(f"lift.{measure}", language)
        headings += [f"{what}: {text(end, language).lower()}" for end in ("mean", "low", "high")]
        headings += [f"{what}, {text('doubt.inputs', language).lower()}: {text(e, language).lower()}" for e in ENDS]
        headings += [f"{what}, {text('doubt.noise', language).lower()}: ±"]
    headings += [text("doubt.best", language), text("doubt.regret", language)]
    rows = [
        (
            clean(one["label"]),
            *(
                value
                for measure in LIFTED
                for statistic, value in flatten_spread(one["lift"][measure])
                if statistic not in ("input_share", "p_better")
            ),
            one["p_best"],
            one["regret"],
        )
        for one in found["scenarios"]
    ]
    sheets = []
    if rows:
        sheets.append(
            Sheet(text("sheet.doubt", language), tuple(headings), (PLAIN, *[CENTS] * 12, SHARE, CENTS), tuple(rows))
        )
    more = [one["customers"] for one in max((n["evsi"] for n in found["numbers"]), key=len, default=[])]
    titles = [text("measure.number", language), *(text(end, language) for end in ("mean", "low", "high"))]
    titles += [text("measure.exactly", language), *(_more(count, language) for count in more)]
    known = tuple(
        (
            tell_number(one["number"], study, names),
            *(one[end] for end in ("mean", "low", "high")),
            one["evppi"],
            *({item["customers"]: item["value"] for item in one["evsi"]}.get(count) for count in more),
        )
        for one in found["numbers"]
    )
    formats = (PLAIN, *[PLAIN] * 3, *[CENTS] * (1 + len(more)))
    return [*sheets, Sheet(text("sheet.measure", language), tuple(titles), formats, known)]


def make_spread_sheets(document: Document, names: Names) -> list[Sheet]:
    """Return the sheet Uncertainty of one funnel; none where it has no uncertain numbers."""
    found = document.get("uncertainty")
    if found is None:
        return []
    language = names.language
    inputs, noise = text("doubt.inputs", language), text("doubt.noise", language)
    headings = [text(key, language) for key in ("measure", "mean", "low", "high")]
    headings += [*(f"{inputs}: {text(end, language).lower()}" for end in ENDS), f"{noise}: ±"]
    rows = tuple(
        (
            text(f"{measure}.long", language),
            *(spread[end] for end in ("mean", *ENDS)),
            *(spread["input"][end] for end in ENDS),
            spread["monte_carlo"],
        )
        for measure, spread in found["measures"].items()
    )
    formats = tuple(SHARE if measure == "conversion" else CENTS for measure in found["measures"])
    return [Sheet(text("sheet.doubt", language), tuple(headings), formats, rows, by_row=True)]


def list_spreads(document: Document, blanks: int) -> Iterator[tuple[str | Number, ...]]:
    """Give the rows of one funnel's `uncertainty`: some blanks, measure, statistic, value."""
    for measure, spread in document.get("uncertainty", {}).get("measures", {}).items():
        for statistic, value in flatten_spread(spread):
            yield *[""] * blanks, f"uncertain_{measure}", statistic, value


ENDS = ("low", "high")


def _how(found: Document, language: str, width: int) -> RenderableType:
    draws = format_number(found["draws"], language)
    return paragraph(
        text(f"doubt.how.{found['method']}", language, draws=draws, replications=found["replications"]), width=width
    )


def _measures(spreads: Document, money: Money, width: int) -> list[RenderableType]:
    language = money.language
    rows: list[list[Cell]] = []
    for measure, spread in spreads.items():
        if not isinstance(spread, Mapping):
            continue
        amount = measure in ("revenue", "cost", "profit")
        per, share = (money.per if amount else 1.0), measure == "conversion"
        title = f"{text(f'{measure}.long', language)}, {money.unit}".rstrip(", ") if amount else None
        rows.append(
            [
                title or text(f"{measure}.long", language),
                format_share(spread["mean"], language, 2)
                if share
                else format_number(None if spread["mean"] is None else spread["mean"] / per, language),
                format_interval(spread["low"], spread["high"], language, share=share, per=per),
                format_interval(spread["input"]["low"], spread["input"]["high"], language, share=share, per=per),
                _plus_minus(spread["monte_carlo"], language, share=share, per=per),
            ]
        )
    keys = ("measure", "mean", "doubt.total", "doubt.inputs", "doubt.noise")
    return [grid([text(key, language) for key in keys], rows, width)]


def _measure_next(found: Document, study: Study, names: Names, money: Money, width: int) -> list[RenderableType]:
    language = names.language
    shown: list[RenderableType] = [heading(text("measure.title", language))]
    numbers, whole = found["numbers"], found["evpi"]
    if not whole:
        return [*shown, paragraph(text("measure.none", language), width=width)]
    best = numbers[0]
    worth = {"all": money.named(_amount(whole, money)), "exactly": money.named(_amount(best["evppi"], money))}
    key = "measure.best" if best["evppi"] > 0.0 else "measure.little"
    told = text(key, language, number=tell_number(best["number"], study, names), **worth)
    more = [one["customers"] for one in max((n["evsi"] for n in numbers), key=len)]
    headings = [text(key, language) for key in ("measure.number", "measure.now", "measure.exactly")]
    headings += [_more(count, language) for count in more]
    rows: list[list[Cell]] = [
        [
            tell_number(one["number"], study, names),
            tell_known(one, language),
            _amount(one["evppi"], money),
            *(_amount({item["customers"]: item["value"] for item in one["evsi"]}.get(count), money) for count in more),
        ]
        for one in numbers[:SHOWN]
    ]
    shown += [paragraph(told, width=width, style="bold"), grid(headings, rows, width)]
    return [*shown, *bullets([text("measure.explain", language)], width)]


def _more(count: int, language: str) -> str:
    return text("measure.more", language, n=format_number(count, language))


def tell_known(one: Document, language: str) -> Cell:
    """Return an uncertain number's mean and its interval."""
    if one["kind"] == "duration":
        ends = [format_time(one[end], language, short=True) for end in ENDS]
        return (format_time(one["mean"], language, short=True), f"({ends[0]}{SPACE}…{SPACE}{ends[1]})")
    share = one["kind"] in ("share", "signed")
    mean = format_share(one["mean"], language) if share else format_number(one["mean"], language, _places(one["mean"]))
    return (mean, f"({format_interval(one['low'], one['high'], language, share=share)})")


def _places(value: float) -> int:
    return 0 if abs(value) >= 100 else 2


def _between(spread: Document, money: Money) -> Cell:
    if spread["low"] is not None and spread["low"] == spread["high"]:
        return format_number(spread["low"] / money.per, money.language)
    return format_interval(spread["low"], spread["high"], money.language, per=money.per)


def _noise(spread: Document, money: Money) -> Cell:
    return _plus_minus(spread["monte_carlo"], money.language, share=False, per=money.per)


def _plus_minus(half: Number, language: str, *, share: bool, per: float) -> str:
    if half is None or half == 0.0:
        return NOTHING
    shown = format_share(half, language, 2) if share else format_number(half / per, language, _places(half / per))
    return f"±{SPACE}{shown}"


def _risk(world: Document, money: Money) -> tuple[Cell, Cell]:
    return format_probability(world["p_best"], money.language), _amount(world["regret"], money)


def _amount(value: Number, money: Money) -> str:
    if value is None:
        return NOTHING
    return format_number(value / money.per, money.language, _places(value / money.per) if value else 0)
