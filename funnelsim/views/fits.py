"""A fit as people read it: stages, losses with intervals, times, who is where by date, what to know about it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from funnelsim.fitting.fit import Fit
from funnelsim.laws import law_survival_time, mean
from funnelsim.views.fitted_files import list_warnings
from funnelsim.views.formats import SPACE, format_moment, format_number, format_share, format_time
from funnelsim.views.latent import list_latent, show_latent
from funnelsim.views.naming import Names, clean
from funnelsim.views.tables import Cell, bullets, grid, heading, paragraph
from funnelsim.views.texts import text
from funnelsim.views.workbook import PLAIN, SHARE, Sheet, write_workbook
from funnelsim.views.workbook import Cell as SheetCell

Document = Mapping[str, Any]

COLUMNS = ("stage", "touchpoint", "cause", "measure", "time", "statistic", "value")
NOTES = ("fit.note.censored", "fit.note.net", "fit.note.observational")


def show_fit(fit: Fit, document: Document, names: Names, width: int) -> list[RenderableType]:
    """Return the printed form of a fit."""
    language = names.language
    counted = {key: format_number(document[key], language) for key in ("customers", "visits", "censored")}
    title = Text(clean(document["funnel"]), style="bold", no_wrap=True, overflow="ignore")
    shown: list[RenderableType] = [title, paragraph(text("fit.head", language, **counted), width=width)]
    shown += _losses(document, names, width)
    shown += _times(fit, names, width)
    shown += _dates(document.get("at", ()), language, width)
    shown += show_latent(document, names, width)
    shown += _replies(document, names, width) + _repeat(document, language, width)
    return [*shown, heading(text("fit.notes", language)), *bullets(list_notes(fit, language), width)]


def list_notes(fit: Fit, language: str) -> list[str]:
    """Return what to know about a fit: its warnings, then what holds for all fits."""
    counted = any(kind == "counts_only" for kind, _, _ in fit.warnings)
    notes = NOTES[1:] if counted else NOTES  # of counts the open ones are left out
    return [clean(note) for note in list_warnings(fit, language)] + [text(note, language) for note in notes]


def list_fit(document: Document) -> Iterator[Sequence[str | float | None]]:
    """Yield the rows of the CSV: stage, touchpoint, cause, measure, time, statistic, value."""
    for stage in document["stages"]:
        name = stage["stage"]
        for measure in ("entered", "completed", "open", "lost"):
            yield name, "", "", measure, None, "count", stage[measure]
        for cause in stage["causes"]:
            place = (name, cause.get("touchpoint", ""), cause["cause"])
            yield *place, "lost", None, "count", cause["count"]
            for statistic, value in cause["probability"].items():
                yield *place, "probability", None, statistic, value
        for route in stage["routes"]:
            for statistic, value in route["share"].items():
                yield name, "", "", f"route:{route['to'] or 'end'}", None, statistic, value
    for parameter in document["parameters"]:
        for statistic in ("mean", "low", "high", "n", "events", "exposure"):
            yield "", "", "", parameter["parameter"], None, statistic, parameter[statistic]
    for date in document.get("at", ()):
        yield from _list_date(date)
    yield from list_latent(document)
    yield from _list_curves(document)


def _list_curves(document: Document) -> Iterator[Sequence[str | float | None]]:
    for band in document.get("replies", ()):
        for statistic, value in (("answered", band["answered"]), *band["share"].items()):
            yield band["stage"], "", "", "completed_by_reply", band["within"], statistic, value
    for row in document.get("repeat", {}).get("expected", ()):
        yield "", "", "", "repeat_purchases", row["time"], "mean", row["purchases"]


def _list_date(date: Document) -> Iterator[Sequence[str | float | None]]:
    time = date["time"]
    shares = [(("", "", "", measure), date[measure]) for measure in ("won", "open")]
    shares += [(("", "", cause, "lost"), share) for cause, share in date["lost"].items()]
    shares += [((stage, "", "", "open"), share) for stage, share in date["stages"].items()]
    for place, share in shares:
        for statistic, value in share.items():
            yield *place, time, statistic, value


def save_fit(path: Path, fit: Fit, document: Document, names: Names) -> None:
    """Write a fit as a spreadsheet. Raises MissingExtraError without XlsxWriter."""
    language = names.language
    keys = ("fit.parameter", "fit.method", "fit.n", "fit.events", "fit.exposure", "fit.estimate", "fit.low", "fit.high")
    headings = tuple(text(key, language) for key in keys)
    columns = ("parameter", "method", "n", "events", "exposure", "mean", "low", "high")
    number = "0.######"
    numbers = Sheet(
        text("fit.parameters", language),
        headings,
        (PLAIN, PLAIN, number, number, number, number, number, number),
        tuple(tuple(parameter[column] for column in columns) for parameter in document["parameters"]),
    )
    notes: list[tuple[SheetCell, ...]] = [(note,) for note in list_notes(fit, language)]
    notes += [(f"{key}: {value}",) for key, value in document["provenance"].items()]
    sheets = [
        _losses_sheet(document, names),
        numbers,
        Sheet(text("fit.notes", language), ("",), (PLAIN,), tuple(notes)),
    ]
    write_workbook(path, sheets, None)


def _losses(document: Document, names: Names, width: int) -> list[RenderableType]:
    language = names.language
    headings = [text(key, language) for key in ("stage", "fit.entered", "fit.completed", "lost", "open")]
    rows: list[list[Cell]] = [
        [
            names.stage(s["stage"]),
            *(format_number(s[key], language) for key in ("entered", "completed", "lost", "open")),
        ]
        for s in document["stages"]
    ]
    shown: list[RenderableType] = [heading(text("fit.stages", language)), grid(headings, rows, width)]
    found: list[list[Cell]] = [
        [
            f"{names.stage(stage['stage'])}{_place(cause)}",
            names.cause(cause["cause"]),
            _mechanism(cause, language),
            format_number(cause["count"], language),
            format_share(cause["probability"]["mean"], language),
            _range(cause["probability"], language),
        ]
        for stage in document["stages"]
        for cause in stage["causes"]
    ]
    if found:
        keys = ("stage", "cause", "fit.mechanism", "fit.count", "fit.probability", "fit.interval")
        headings = [text(key, language) for key in keys]
        shown += [heading(text("fit.losses", language)), grid(headings, found, width, names=3)]
    return shown


def _times(fit: Fit, names: Names, width: int) -> list[RenderableType]:
    language = names.language
    rows: list[list[Cell]] = []
    for stage in fit.stages:
        for touchpoint, node in stage.nodes:
            law = node.takes
            if law is None or (law.family == "fixed" and law.law.a == 0.0):
                continue
            place = f": {clean(fit.names.touchpoints[touchpoint])}" if touchpoint >= 0 else ""
            times = (law_survival_time(law.law, 0.5), mean(law.law))
            off = "" if law.family in {"fixed", "steps"} else format_share(law.distance, language)
            rows.append(
                [
                    f"{names.stage(fit.names.stages[stage.stage])}{place}",
                    text(f"fit.law.{law.law.family}", language),
                    format_number(law.events, language),
                    *(format_time(time if math.isfinite(time) else None, language, short=True) for time in times),
                    off,
                ]
            )
    if not rows:
        return []
    headings = [
        text(key, language) for key in ("stage", "fit.law", "fit.completed", "fit.median", "fit.mean", "fit.distance")
    ]
    return [heading(text("fit.takes", language)), grid(headings, rows, width, names=2)]


def _dates(dates: Sequence[Document], language: str, width: int) -> list[RenderableType]:
    if not dates:
        return []
    headings = [text(key, language) for key in ("exact.by", "won", "fit.interval", "lost", "open", "fit.interval")]
    rows: list[list[Cell]] = [
        [
            format_moment(date["time"], language),
            format_share(date["won"]["mean"], language),
            _range(date["won"], language),
            format_share(sum(share["mean"] for share in date["lost"].values()), language),
            format_share(date["open"]["mean"], language),
            _range(date["open"], language),
        ]
        for date in dates
    ]
    return [heading(text("fit.dates", language)), grid(headings, rows, width)]


def _replies(document: Document, names: Names, width: int) -> list[RenderableType]:
    language, bands = names.language, document.get("replies", ())
    if not bands:
        return []
    keys = ("stage", "fit.replies.time", "fit.replies.answered", "fit.replies.share", "fit.interval")
    adjusted = any(band["standardised"] for band in bands)
    headings = [text(key, language) for key in (*keys, *(("fit.replies.within",) if adjusted else ()))]
    rows: list[list[Cell]] = []
    for band in bands:
        ends = (format_time(band[end], language, short=True) for end in ("after", "within"))
        low, high = ends
        kind = "over" if band["within"] is None else "between" if band["after"] else "within_time"
        row: list[Cell] = [
            names.stage(band["stage"]),
            text(f"fit.replies.{kind}", language, low=low, high=high),
            format_number(band["answered"], language),
            format_share(band["share"]["mean"], language),
            _range(band["share"], language),
        ]
        like = band["standardised"]
        rows.append([*row, *([format_share(like["mean"] if like else None, language)] if adjusted else [])])
    told = paragraph(text("fit.replies.told", language), width=width)
    return [heading(text("fit.replies", language)), grid(headings, rows, width, names=2), told]


def _repeat(document: Document, language: str, width: int) -> list[RenderableType]:
    found = document.get("repeat")
    if found is None:
        return []
    headings = [text(key, language) for key in ("exact.by", "fit.repeat.purchases")]
    rows: list[list[Cell]] = [
        [format_time(row["time"], language), format_number(row["purchases"], language, 2)] for row in found["expected"]
    ]
    numbers = {name: format_number(found[name]["mean"], language, 3) for name in ("r", "alpha", "a", "b")}
    told = text("fit.repeat.told", language, customers=format_number(found["customers"], language), **numbers)
    return [heading(text("fit.repeat", language)), grid(headings, rows, width), paragraph(told, width=width)]


def _mechanism(cause: Document, language: str) -> str:
    law = cause["parameters"].get("law", "")
    return text(f"fit.how.{cause['mechanism']}", language, law=text(f"fit.law.{law}", language) if law else "")


def _place(cause: Document) -> str:
    return f": {clean(cause['touchpoint'])}" if "touchpoint" in cause else ""


def _range(interval: Document, language: str) -> str:
    low, high = interval["low"], interval["high"]
    if low is None or high is None:
        return format_share(None, language)
    return f"{format_number(100.0 * low, language, 1)}{SPACE}…{SPACE}{format_share(high, language)}"


def _losses_sheet(document: Document, names: Names) -> Sheet:
    language = names.language
    keys = ("stage", "cause", "fit.mechanism", "fit.count", "fit.probability", "fit.low", "fit.high")
    rows: Iterable[tuple[SheetCell, ...]] = (
        (
            f"{names.stage(stage['stage'])}{_place(cause)}",
            names.cause(cause["cause"]),
            _mechanism(cause, language),
            cause["count"],
            *(cause["probability"][end] for end in ("mean", "low", "high")),
        )
        for stage in document["stages"]
        for cause in stage["causes"]
    )
    formats = (PLAIN, PLAIN, PLAIN, "0.##", SHARE, SHARE, SHARE)
    return Sheet(text("sheet.losses", language), tuple(text(key, language) for key in keys), formats, tuple(rows))
