"""A check as people read it: the verdict, then shares, events, times and rivals beside what was observed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from funnelsim.views.formats import SPACE, format_moment, format_number, format_probability, format_share, format_time
from funnelsim.views.naming import Names, clean
from funnelsim.views.tables import Cell, bullets, format_date, grid, heading, paragraph
from funnelsim.views.texts import text
from funnelsim.views.workbook import PLAIN, SHARE, TENTHS, Sheet, write_workbook
from funnelsim.views.workbook import Cell as SheetCell

Document = Mapping[str, Any]

COLUMNS = ("kind", "origin", "since", "until", "stage", "cause", "measure", "time", "statistic", "value")
#: Rows of events that are shown.
SHOWN = 10
AROUND = ("all_observed", "all_expected", "before_observed", "before_expected", "like_observed", "like_expected")
BANDS = ("low_80", "high_80", "low_95", "high_95")


def show_check(document: Document, names: Names, width: int) -> list[RenderableType]:
    """Return the printed form of a check's document."""
    language = names.language
    shown: list[RenderableType] = []
    if document["funnel"]:
        shown.append(Text(clean(document["funnel"]), style="bold", no_wrap=True, overflow="ignore"))
    shown += [paragraph(_origin(one, language), width=width) for one in document["origins"]]
    shown += [heading(text("check.verdict", language)), paragraph(clean(document["verdict"]["text"]), width=width)]
    shown += _shares(document, names, width)
    shown += _rates(document["rates"], names, width)
    shown += _times(document["times"], names, width)
    shown += _arrivals(document["arrivals"], language, width) + _values(document["values"], language, width)
    shown += _scores(document["scores"], language, width)
    return [*shown, heading(text("check.notes", language)), *bullets(list_notes(document, language), width)]


def list_notes(document: Document, language: str) -> list[str]:
    """Return what to know about a check."""
    return [clean(note) for note in document["notes"]] + [text("check.note.marginal", language)]


def list_check(document: Document) -> Iterator[Sequence[str | float | None]]:
    """Yield the rows of the CSV: kind is share, rate, time, arrivals, values or score."""
    for one in document["at"]:
        where = ("share", one["origin"], one["since"], one["until"], one["stage"], one["cause"], one["measure"])
        for statistic in ("customers", "predicted", *BANDS, "observed", "p"):
            yield *where, one["age"], statistic, one[statistic]
    for one in document["rates"]:
        cause = one["name"] if one["outcome"] == "lost" else ""
        measure = one["outcome"] if one["outcome"] != "next" else f"next:{one['name']}"
        where = ("rate", one["origin"], one["since"], one["until"], one["stage"], cause, measure)
        for statistic in ("from_age", "to_age", "observed", "expected", "low", "high", *AROUND, "z", "p"):
            yield *where, None, statistic, one[statistic]
    for one in document["times"]:
        where = ("time", one["origin"], "", "", one["stage"], "", "stay")
        for statistic in ("stays", "censored", "distance", "p"):
            yield *where, None, statistic, one[statistic]
        for number, share in enumerate(one["bins"], start=1):
            yield *where, None, f"tenth_{number}", share
    yield from _list_incoming(document)
    for one in document["scores"]:
        for statistic in ("customers", "score", "worse", "low", "high"):
            yield "score", "", "", "", "", "", one["forecaster"], None, statistic, one[statistic]


def _list_incoming(document: Document) -> Iterator[Sequence[str | float | None]]:
    """Yield the rows of arrivals and order values."""
    for one in document["arrivals"]:
        where = ("arrivals", one["origin"], one["since"], one["until"], "", "", "whole" if one["whole"] else "period")
        for statistic in ("expected", *BANDS, "observed", "scatter", "p"):
            yield *where, None, statistic, one[statistic]
    for one in document["values"]:
        where = ("values", one["origin"], "", "", "", "", "order")
        for statistic in ("orders", "distance", "p"):
            yield *where, None, statistic, one[statistic]
        for number, share in enumerate(one["bins"], start=1):
            yield *where, None, f"tenth_{number}", share


def save_check(path: Path, document: Document, names: Names) -> None:
    """Write a check as a spreadsheet. Raises MissingExtraError without XlsxWriter."""
    language = names.language
    facts = [document["verdict"]["text"], *(_origin(one, language) for one in document["origins"])]
    notes: list[tuple[SheetCell, ...]] = [(fact,) for fact in [*facts, *list_notes(document, language)]]
    notes += [(f"{key}: {value}",) for key, value in document["provenance"].items()]
    sheets = [
        Sheet(text("check.verdict", language), ("",), (PLAIN,), tuple(notes)),
        _shares_sheet(document, names),
        _rates_sheet(document, names),
        _times_sheet(document, names),
        *_incoming_sheets(document, language),
        _scores_sheet(document, language),
    ]
    write_workbook(path, sheets, None)


# ---- printed -------------------------------------------------------------------------------------------------------


def _origin(origin: Document, language: str) -> str:
    facts = {key: _date(origin[key], language) for key in ("cut", "end", "until")}
    said = text("check.head", language, customers=format_number(origin["customers"], language), **facts)
    fitted = text("check.fitted", language, customers=format_number(origin["fitted"], language))
    return f"{fitted} · {said}" if origin["fitted"] else said


def _shares(document: Document, names: Names, width: int) -> list[RenderableType]:
    language = names.language
    several = len(document["origins"]) > 1
    rows: list[list[Cell]] = []
    for one in document["at"]:
        if not one["whole"] or one["measure"] not in {"won", "lost", "open"}:
            continue
        row: list[Cell] = [
            _measure(one, names),
            format_moment(one["age"], language),
            format_share(one["predicted"], language),
            _range(one["low_95"], one["high_95"], language),
            format_share(one["observed"], language),
            text("check.inside" if one["inside_95"] else "check.outside", language),
        ]
        rows.append([_date(one["origin"], language), *row] if several else row)
    if not rows:
        return []
    keys = ["check.what", "check.age", "check.forecast", "check.band", "check.observed", "check.in_band"]
    headings = [text(key, language) for key in (["check.cut", *keys] if several else keys)]
    table = grid(headings, rows, width, names=2 if several else 1)
    shown: list[RenderableType] = [heading(text("check.shares", language)), table]
    covered = document["coverage"]["outcomes"]
    shares = {key: format_share(covered[f"inside_{band}"], language, 0) for key, band in (("low", 80), ("high", 95))}
    told = text("check.coverage", language, number=format_number(covered["observations"], language), **shares)
    return [*shown, paragraph(told, width=width)]


def _rates(rates: Sequence[Document], names: Names, width: int) -> list[RenderableType]:
    language = names.language
    rows: list[list[Cell]] = [
        [
            names.stage(one["stage"]),
            _event(one, names),
            _date(one["since"], language),
            _date(one["until"], language),
            format_number(one["expected"], language),
            _counts(one, language),
            format_number(one["observed"], language),
            format_probability(one["p"], language),
        ]
        for one in rates[:SHOWN]
    ]
    if not rows:
        return []
    keys = ("stage", "check.event", "check.since", "check.until", "check.expected", "check.band", "check.observed")
    headings = [text(key, language) for key in (*keys, "check.p")]
    shown: list[RenderableType] = [heading(text("check.rates", language)), grid(headings, rows, width, names=2)]
    if len(rates) > SHOWN:
        shown.append(paragraph(text("more", language, n=len(rates) - SHOWN), width=width))
    return [*shown, paragraph(text("check.rates.hint", language), width=width)]


def _times(times: Sequence[Document], names: Names, width: int) -> list[RenderableType]:
    language = names.language
    rows: list[list[Cell]] = [
        [
            names.stage(one["stage"]),
            format_number(one["stays"], language),
            format_number(one["censored"], language),
            SPACE.join(format_number(100.0 * share, language) for share in one["bins"]),
            format_share(one["distance"], language),
            format_probability(one["p"], language),
        ]
        for one in times
    ]
    if not rows:
        return []
    keys = ("stage", "check.stays", "check.censored", "check.bins", "check.distance", "check.p")
    return [heading(text("check.times", language)), grid([text(key, language) for key in keys], rows, width)]


def _arrivals(arrivals: Sequence[Document], language: str, width: int) -> list[RenderableType]:
    if not arrivals:
        return []
    several = len({one["origin"] for one in arrivals}) > 1
    told = [one for one in arrivals if one["whole"] or not several]
    rows: list[list[Cell]] = [
        [
            _date(one["since"], language),
            _date(one["until"], language),
            format_number(one["expected"], language),
            f"{format_number(one['low_95'], language)}{SPACE}…{SPACE}{format_number(one['high_95'], language)}",
            format_number(one["observed"], language),
            text("check.inside" if one["low_95"] <= one["observed"] <= one["high_95"] else "check.outside", language),
        ]
        for one in told[: SHOWN + 1]
    ]
    keys = ("since", "until", "expected", "band", "observed", "in_band")
    table = grid([text(f"check.{key}", language) for key in keys], rows, width)
    shown: list[RenderableType] = [heading(text("check.arrivals", language)), table]
    if len(told) > SHOWN + 1:
        shown.append(paragraph(text("more", language, n=len(told) - SHOWN - 1), width=width))
    scatter = format_number(arrivals[0]["scatter"], language, 1)
    return [*shown, paragraph(text("check.arrivals.hint", language, scatter=scatter), width=width)]


def _values(values: Sequence[Document], language: str, width: int) -> list[RenderableType]:
    if not values:
        return []
    rows: list[list[Cell]] = [
        [
            _date(one["origin"], language),
            format_number(one["orders"], language),
            SPACE.join(format_number(100.0 * share, language) for share in one["bins"]),
            format_share(one["distance"], language),
            format_probability(one["p"], language),
        ]
        for one in values
    ]
    keys = ("check.cut", "check.orders", "check.bins", "check.distance", "check.p")
    return [heading(text("check.values", language)), grid([text(key, language) for key in keys], rows, width)]


def _scores(scores: Sequence[Document], language: str, width: int) -> list[RenderableType]:
    known = [one for one in scores if one["score"] is not None]
    if len(known) < 2:
        return []
    rows: list[list[Cell]] = [
        [
            text(f"check.{one['forecaster']}", language),
            format_number(one["score"], language, 4),
            *(
                (format_number(one["worse"], language, 4, signed=True), _errors(one, language))
                if one["forecaster"] != "model"
                else ("", "")
            ),
        ]
        for one in known
    ]
    headings = [text(f"check.{key}", language) for key in ("forecaster", "score", "worse", "interval")]
    hint = paragraph(text("check.scores.hint", language), width=width)
    return [heading(text("check.scores", language)), grid(headings, rows, width), hint]


def _measure(one: Document, names: Names) -> str:
    language = names.language
    if one["measure"] == "lost":
        return text("check.lost", language, cause=names.cause(one["cause"]))
    if one["measure"] == "at":
        return text("check.at", language, stage=names.stage(one["stage"]))
    return text("check.between" if one["measure"] == "between" else one["measure"], language)


def _event(one: Document, names: Names) -> str:
    name = names.cause(one["name"]) if one["outcome"] == "lost" else names.stage(one["name"])
    event = text(f"check.event.{one['outcome']}", names.language, name=name)
    ages = _ages(one, names.language)
    return f"{event}, {ages}" if ages else event


def _ages(one: Document, language: str) -> str:
    """Return the ages of the stays that a row of events is about; '' for all."""
    young, old = one["from_age"], one["to_age"]
    if not young and old is None:
        return ""
    kind = "young" if not young else "old" if old is None else "between"
    said = {"from": format_time(young, language), "to": "" if old is None else format_time(old, language)}
    return text(f"check.ages.{kind}", language, **said)


def _date(moment: str, language: str) -> str:
    day, *rest = moment.split(" ")
    return SPACE.join([format_date(day, language), *rest])


def _range(low: float, high: float, language: str) -> str:
    return f"{format_number(100.0 * low, language, 1)}{SPACE}…{SPACE}{format_share(high, language)}"


def _counts(one: Document, language: str) -> str:
    return f"{format_number(one['low'], language)}{SPACE}…{SPACE}{format_number(one['high'], language)}"


def _errors(one: Document, language: str) -> str:
    low, high = (format_number(one[end], language, 4, signed=True) for end in ("low", "high"))
    return f"{low}{SPACE}…{SPACE}{high}"


# ---- spreadsheet ---------------------------------------------------------------------------------------------------


def _titles(keys: Sequence[str], language: str) -> tuple[str, ...]:
    return tuple(text(key, language) for key in keys)


def _shares_sheet(document: Document, names: Names) -> Sheet:
    keys = ("check.cut", "check.since", "check.until", "check.what", "check.age", "customers", "check.forecast")
    bands = ("80% −", "80% +", "95% −", "95% +")
    rows = tuple(
        (
            *(one[key] for key in ("origin", "since", "until")),
            _measure(one, names),
            *(one[key] for key in ("age", "customers", "predicted", *BANDS, "observed")),
        )
        for one in document["at"]
    )
    titles = (*_titles(keys, names.language), *bands, text("check.observed", names.language))
    formats = (PLAIN, PLAIN, PLAIN, PLAIN, "0.###", "0", *[SHARE] * 6)
    return Sheet(text("check.shares", names.language)[:31], titles, formats, rows)


def _rates_sheet(document: Document, names: Names) -> Sheet:
    keys = ("check.cut", "stage", "check.event", "check.since", "check.until", "check.expected")
    rows = tuple(
        (
            one["origin"],
            names.stage(one["stage"]),
            _event(one, names),
            *(one[key] for key in ("since", "until", "expected", "low", "high", "observed", "p")),
            text(f"check.cycle.{one['cycle']}", names.language) if one["cycle"] else "",
            *(one[key] for key in ("like_observed", "like_expected")),
        )
        for one in document["rates"]
    )
    tail = (text("check.observed", names.language), text("check.p", names.language))
    like = _titles(("check.cycle", "check.like_observed", "check.like_expected"), names.language)
    titles = (*_titles(keys, names.language), "95% −", "95% +", *tail, *like)
    formats = (*[PLAIN] * 5, TENTHS, TENTHS, TENTHS, TENTHS, "0.0000", PLAIN, TENTHS, TENTHS)
    return Sheet(text("check.event", names.language), titles, formats, rows)


def _times_sheet(document: Document, names: Names) -> Sheet:
    keys = ("check.cut", "stage", "check.stays", "check.censored", "check.distance", "check.p")
    rows = tuple(
        (
            one["origin"],
            names.stage(one["stage"]),
            *(one[key] for key in ("stays", "censored", "distance", "p")),
            *one["bins"],
        )
        for one in document["times"]
    )
    titles = (*_titles(keys, names.language), *(f"{10 * number}%" for number in range(1, 11)))
    formats = (PLAIN, PLAIN, "0", "0", SHARE, "0.0000", *[SHARE] * 10)
    return Sheet(text("check.times", names.language)[:31], titles, formats, rows)


def _incoming_sheets(document: Document, language: str) -> list[Sheet]:
    sheets = []
    if document["arrivals"]:
        keys = ("check.cut", "check.since", "check.until", "check.expected")
        titles = (*_titles(keys, language), "80% −", "80% +", "95% −", "95% +", *_titles(("check.observed",), language))
        rows = tuple(
            tuple(one[key] for key in ("origin", "since", "until", "expected", *BANDS, "observed"))
            for one in document["arrivals"]
        )
        formats = (PLAIN, PLAIN, PLAIN, *[TENTHS] * 5, "0")
        sheets.append(Sheet(text("check.arrivals", language)[:31], titles, formats, rows))
    if document["values"]:
        titles = (
            *_titles(("check.cut", "check.orders", "check.distance", "check.p"), language),
            *(f"{10 * number}%" for number in range(1, 11)),
        )
        rows = tuple(
            (*(one[key] for key in ("origin", "orders", "distance", "p")), *one["bins"]) for one in document["values"]
        )
        formats = (PLAIN, "0", SHARE, "0.0000", *[SHARE] * 10)
        sheets.append(Sheet(text("check.values", language)[:31], titles, formats, rows))
    return sheets


def _scores_sheet(document: Document, language: str) -> Sheet:
    keys = ("check.forecaster", "customers", "check.score", "check.worse")
    rows = tuple(
        (
            text(f"check.{one['forecaster']}", language),
            *(one[k] for k in ("customers", "score", "worse", "low", "high")),
        )
        for one in document["scores"]
    )
    titles = (*_titles(keys, language), "95% −", "95% +")
    return Sheet(text("check.scores", language)[:31], titles, (PLAIN, "0", *["0.0000"] * 4), rows)
