"""Where the money goes as people read it: losses by stage and cause, lifts by cause, side and stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from funnelsim.views.documents import Number
from funnelsim.views.formats import format_number, format_share
from funnelsim.views.leak_doubts import make_leak_doubt_sheets, show_leak_doubts
from funnelsim.views.naming import Names, clean
from funnelsim.views.stories import decimals_for
from funnelsim.views.tables import (
    Cell,
    Money,
    bullets,
    choose_money,
    describe_window,
    grid,
    heading,
    paragraph,
)
from funnelsim.views.texts import count, text
from funnelsim.views.workbook import CENTS, PLAIN, SHARE, TENTHS, Sheet, write_workbook
from funnelsim.views.workbook import Cell as SheetCell

Document = Mapping[str, Any]

#: Rows of losses that are shown; the others are summed into one.
SHOWN = 15
LEAKS_COLUMNS = ("stage", "cause", "side", "segment", "measure", "statistic", "value")
_KEYS = ("stage", "cause", "side", "segment")


def show_leaks(document: Document, names: Names, width: int, *, bounds: bool = False) -> list[RenderableType]:
    """Return the printed form of a leaks' document; bounds: with the most that each figure may be."""
    language = names.language
    amounts = [document["revenue"]["mean"], document["total"]["mean"]]
    money = choose_money(
        document["currency"], (*amounts, *(one["most"]["mean"] for one in document["stages"])), language
    )
    facts = [text(f"leaks.head.{document['method']}", language)]
    if window := document["provenance"].get("window"):
        facts.append(describe_window(window, language))
    if replications := document["provenance"].get("replications"):
        facts.append(count("replications", replications, language))
    if money.currency:
        facts.append(text("head.currency", language, currency=money.unit))
    shown: list[RenderableType] = []
    if document["funnel"]:
        shown.append(Text(clean(document["funnel"]), style="bold", no_wrap=True, overflow="ignore"))
    shown.append(paragraph(" · ".join(facts), width=width))
    shown += [paragraph(line, width=width) for line in _sums(document, names, money)]
    shown += _losses(document["leaks"], names, money, width, bounds=bounds)
    shown += _segments(document["leaks"], names, money, width)
    if document["method"] != "observed":
        shown += _parts(document, names, money, width, bounds=bounds)
    shown += _stages(document, names, money, width)
    shown += show_leak_doubts(document, names, money, width)
    notes = (clean(note) for note in document["notes"])
    return [*shown, heading(text("notes.title", language)), *bullets(notes, width)]


def list_leaks(document: Document) -> Iterator[tuple[str | Number, ...]]:
    """Give the rows of a leaks' document for LEAKS_COLUMNS."""
    whole = {key: value for key, value in document.items() if isinstance(value, Mapping) and "mean" in value}
    for bearer in (whole, *document["stages"], *document["causes"], *document["sides"], *document["leaks"]):
        keys = [bearer.get(key, "") for key in _KEYS]
        for measure, value in bearer.items():
            if isinstance(value, Mapping):
                for statistic, number in value.items():
                    yield (*keys, measure, statistic, number)


def save_leaks(path: Path, document: Document, names: Names) -> None:
    """Write a leaks' document as a spreadsheet. Raises MissingExtraError without XlsxWriter."""
    language = names.language
    sheets = [make_leaks_sheet(document, names), make_parts_sheet(document, names), make_levels_sheet(document, names)]
    sheets += make_leak_doubt_sheets(document, names)
    rows: list[tuple[SheetCell, ...]] = [
        (text("sheet.funnel", language), clean(document["funnel"])),
        (text("sheet.currency", language), document["currency"]),
    ]
    rows += [(text("sheet.note", language), note) for note in document["notes"]]
    rows += [(text("sheet.provenance", language), f"{key}: {value}") for key, value in document["provenance"].items()]
    headings = (text("sheet.kind", language), text("sheet.text", language))
    sheets.append(Sheet(text("sheet.assumptions", language), headings, (PLAIN, PLAIN), tuple(rows)))
    write_workbook(path, sheets, None)


# ---- printed -------------------------------------------------------------------------------------------------------


def _sums(document: Document, names: Names, money: Money) -> Iterator[str]:
    language = names.language
    lost = sum(one["people"]["mean"] for one in document["causes"])
    sums = {
        "people": format_number(lost, language, decimals_for(lost)),
        "revenue": money.named(money.spread(document["revenue"])),
        "lift": money.named(money.spread(document["total"])),
    }
    yield text("leaks.sums.observed" if document["method"] == "observed" else "leaks.sums", language, **sums)
    for stage in document["stages"]:
        if stage["stage"] == document["narrowest"]:
            share = format_share(stage["completed"]["mean"] / stage["visits"]["mean"], language)
            yield text("leaks.narrowest", language, stage=names.stage(stage["stage"]), share=share)
    for key in ("top", "answers"):
        if (change := document[key]["mean"]) is not None:
            yield text(f"leaks.{key}", language, **{key: format_share(0.01 * change, language, 2, signed=True)})


def _losses(leaks: Sequence[Document], names: Names, money: Money, width: int, *, bounds: bool) -> list[RenderableType]:
    """Return the losses by stage and cause, the most money first."""
    language = names.language
    title = heading(text("leaks.title", language))
    found = sorted(_by_place(leaks).items(), key=lambda item: (-(item[1]["revenue"] or 0.0), item[0]))
    if not found:
        return [title, paragraph(text("losses.none", language), width=width)]
    whole = sum(row["revenue"] or 0.0 for _, row in found)
    shown = found if len(found) <= SHOWN + 1 else found[:SHOWN]
    rest = found[len(shown) :]
    columns = ("revenue", "most") if bounds else ("revenue",)
    rows: list[list[Cell]] = []
    for (stage, cause), row in shown:
        numbers = [_amount(row[column], money) for column in columns]
        share = format_share((row["revenue"] or 0.0) / whole if whole else None, language)
        people = format_number(row["people"], language, decimals_for(row["people"] or 0.0))
        rows.append([names.stage(stage), names.cause(cause), _side(row["side"], language), people, *numbers, share])
    if rest:
        sums = [sum(row[column] or 0.0 for _, row in rest) for column in ("people", *columns)]
        others = count("other_losses", len(rest), language)
        money_lost = [_amount(amount, money) for amount in sums[1:]]
        share = format_share(sums[1] / whole if whole else None, language)
        rows.append([others, "", "", format_number(sums[0], language), *money_lost, share])
    headings = [text(key, language) for key in ("stage", "cause", "side", "lost", "leaks.money")]
    headings += [text("leaks.most", language)] if bounds else []
    return [
        title,
        grid([*headings, text("leaks.of_money", language)], rows, width, names=3, end=bool(rest)),
        paragraph(text("leaks.hint", language), width=width),
    ]


def _segments(leaks: Sequence[Document], names: Names, money: Money, width: int) -> list[RenderableType]:
    language = money.language
    sums: dict[str, list[float]] = {}
    for leak in leaks:
        row = sums.setdefault(leak["segment"], [0.0, 0.0])
        row[0] += leak["people"]["mean"] or 0.0
        row[1] += leak["revenue"]["mean"] or 0.0
    if len(sums) < 2:
        return []
    rows: list[list[Cell]] = [
        [
            names.segment(segment),
            format_number(people, language, decimals_for(people)),
            _amount(revenue, money),
        ]
        for segment, (people, revenue) in sorted(sums.items(), key=lambda item: -item[1][1])
    ]
    headings = [text(key, language) for key in ("leaks.segment", "lost", "leaks.money")]
    return [heading(text("leaks.segments", language)), grid(headings, rows, width)]


def _parts(document: Document, names: Names, money: Money, width: int, *, bounds: bool) -> list[RenderableType]:
    """Return the lifts of causes and of sides."""
    language = names.language
    split = any(one["shapley"]["mean"] is not None for one in document["causes"])
    shown: list[RenderableType] = []
    for kind, parts, shapley in (("causes", document["causes"], split), ("sides", document["sides"], True)):
        if not parts:
            continue
        columns = ["removed", *(["removed_most"] if bounds and kind == "causes" else []), "halved"]
        columns += ["shapley"] if shapley else []
        rows: list[list[Cell]] = []
        for part in parts:
            label = names.cause(part["cause"]) if kind == "causes" else _side(part["side"], language)
            cells: list[Cell] = [_spread(part[column], money) for column in columns]
            rows.append([label, *cells, _elastic(part["elasticity"], language)])
        if kind == "causes":
            whole: Cell = _spread(document["total"], money)
            cells = [whole if column in ("removed", "shapley") else "" for column in columns]
            rows.append([text("leaks.all", language), *cells, ""])
        keys = ["cause" if kind == "causes" else "side", *(f"leaks.{column}" for column in columns)]
        headings = [text(key, language) for key in (*keys, "leaks.elasticity")]
        shown += [heading(text(f"leaks.{kind}", language)), grid(headings, rows, width, end=kind == "causes")]
        if kind == "causes":
            shown.append(paragraph(text("leaks.causes.hint", language), width=width))
    return shown


def _stages(document: Document, names: Names, money: Money, width: int) -> list[RenderableType]:
    language = names.language
    stages, modelled = document["stages"], document["method"] != "observed"
    rows: list[list[Cell]] = []
    for one in stages:
        visits, completed, people = (one[key]["mean"] for key in ("visits", "completed", "people"))
        share = format_share(completed / visits if visits else None, language)
        counts = [format_number(number, language, decimals_for(number)) for number in (visits, people)]
        amounts = [_amount(one[key]["mean"], money) for key in ("revenue", "onward", "point")]
        rows.append([names.stage(one["stage"]), counts[0], share, counts[1], *amounts])
    keys = ("stage", "visits", "leaks.passes", "lost", "leaks.money", "leaks.onward", "leaks.point")
    shown: list[RenderableType] = [
        heading(text("leaks.stages", language)),
        grid([text(key, language) for key in keys], rows, width),
        paragraph(text("leaks.stages.hint", language), width=width),
    ]
    if not modelled:
        return shown
    answers = any(one["response"]["mean"] is not None for one in stages)
    elastic = ("elasticity", "response") if answers else ("elasticity",)
    lifts: list[list[Cell]] = [
        [
            names.stage(one["stage"]),
            *(_spread(one[key], money) for key in ("removed", "halved", "dropped")),
            *(_elastic(one[key], language) for key in elastic),
        ]
        for one in stages
    ]
    titles = ("stage", "leaks.stage.removed", "leaks.halved", "leaks.stage.dropped")
    headings = [text(key, language) for key in (*titles, *(f"leaks.{key}" for key in elastic))]
    return [
        *shown,
        heading(text("leaks.lifts", language)),
        grid(headings, lifts, width),
        paragraph(text("leaks.lifts.hint", language), width=width),
    ]


def _by_place(leaks: Iterable[Document]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return people and money by stage and cause, all segments together; None where one of them is not known."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for leak in leaks:
        row = found.setdefault((leak["stage"], leak["cause"]), {"side": leak["side"]})
        for key in ("people", "revenue", "most"):
            value, before = leak[key]["mean"], row.get(key, 0.0)
            row[key] = None if value is None or before is None else before + value
    return found


def _side(side: str, language: str) -> str:
    return text(f"side.{side}", language) if side else text("leaks.unknown", language)


def _amount(value: float | None, money: Money) -> str:
    """Return an amount to three digits or to whole units."""
    if value is None:
        return format_number(None, money.language)
    amount = value / money.per
    return format_number(amount, money.language, 0 if abs(amount) >= 100 or amount == 0 else 2)


def _spread(lift: Document, money: Money) -> Cell:
    """Return a lift with half its interval, where it has one."""
    shown = money.spread(lift, signed=True)
    return shown.parts if shown.half else f"{'+' if (lift['mean'] or 0.0) > 0.0 else ''}{_amount(lift['mean'], money)}"


def _elastic(elasticity: Document, language: str) -> str:
    return format_number(elasticity["mean"], language, 3)


# ---- spreadsheet ---------------------------------------------------------------------------------------------------


def _money_titles(keys: Sequence[str], document: Document, language: str) -> list[str]:
    currency = f", {clean(document['currency'])}" if document["currency"] else ""
    return [f"{text(key, language)}{currency}" for key in keys]


def make_leaks_sheet(document: Document, names: Names) -> Sheet:
    """Return the sheet of people and money lost by stage, cause and segment."""
    language = names.language
    headings = [text(key, language) for key in ("stage", "cause", "side", "leaks.segment", "lost")]
    headings += _money_titles(("leaks.money", "leaks.profit", "leaks.most"), document, language)
    rows = tuple(
        (
            names.stage(one["stage"]),
            names.cause(one["cause"]),
            _side(one["side"], language),
            clean(one["segment"]),
            *(one[key]["mean"] for key in ("people", "revenue", "profit", "most")),
        )
        for one in document["leaks"]
    )
    formats = (PLAIN, PLAIN, PLAIN, PLAIN, TENTHS, CENTS, CENTS, CENTS)
    return Sheet(text("sheet.losses", language), tuple(headings), formats, rows)


def make_parts_sheet(document: Document, names: Names) -> Sheet:
    """Return the sheet of the causes and sides, and what less of each would bring."""
    language = names.language
    columns = ("revenue", "removed", "removed_most", "halved", "shapley")
    keys = ("leaks.money", "leaks.removed", "leaks.removed_most", "leaks.halved", "leaks.shapley")
    headings = [text(key, language) for key in ("cause", "side", "lost")]
    headings += [*_money_titles(keys, document, language), text("leaks.elasticity", language)]
    rows = tuple(
        (
            names.cause(one["cause"]) if "cause" in one else text("leaks.all", language),
            _side(one["side"], language),
            one["people"]["mean"],
            *(one[column]["mean"] for column in columns),
            one["elasticity"]["mean"],
        )
        for one in (*document["causes"], *document["sides"])
    )
    formats = (PLAIN, PLAIN, TENTHS, *[CENTS] * len(columns), "0.0000")
    return Sheet(text("sheet.causes", language), tuple(headings), formats, rows)


def make_levels_sheet(document: Document, names: Names) -> Sheet:
    """Return the sheet of the stages, and what less of a loss there would bring."""
    language = names.language
    columns = ("revenue", "onward", "point", "removed", "halved", "dropped")
    keys = ("leaks.money", "leaks.onward", "leaks.point", "leaks.stage.removed", "leaks.halved", "leaks.stage.dropped")
    headings = [text(key, language) for key in ("stage", "visits", "leaks.share", "lost")]
    headings += _money_titles(keys, document, language)
    headings += [text(key, language) for key in ("leaks.elasticity", "leaks.response")]
    rows = tuple(
        (
            names.stage(one["stage"]),
            one["visits"]["mean"],
            one["completed"]["mean"] / one["visits"]["mean"] if one["visits"]["mean"] else None,
            one["people"]["mean"],
            *(one[column]["mean"] for column in columns),
            one["elasticity"]["mean"],
            one["response"]["mean"],
        )
        for one in document["stages"]
    )
    formats = (PLAIN, TENTHS, SHARE, TENTHS, *[CENTS] * len(columns), "0.0000", "0.0000")
    return Sheet(text("sheet.stages", language), tuple(headings), formats, rows)
