"""Sensitivity as people read it: the tornado as a table, thresholds, Sobol indices, interactions of interventions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from funnelsim.views.choices import PLUS, gain, size, spread_gain
from funnelsim.views.formats import SPACE, format_number, format_share
from funnelsim.views.naming import Names, clean
from funnelsim.views.swings import list_swings, make_swing_sheets, show_swings
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
from funnelsim.views.workbook import CENTS, PLAIN, SHARE, Chart, Sheet, write_workbook
from funnelsim.views.workbook import Cell as SheetCell

if TYPE_CHECKING:
    from funnelsim.model import Study

Document = Mapping[str, Any]

COLUMNS = ("part", "number", "world", "measure", "value")
#: The widest bars are printed; all are in the other forms.
MOST_PRINTED = 20
MEASURES = ("low", "high", "low_half", "high_half", "share", "point")


def list_sensitivity(document: Document) -> Iterator[tuple[str | float | None, ...]]:
    """Give the rows of a sensitivity's document for COLUMNS.

    part: base, bar, curve (measure: the factor), threshold, index, uncertain, single, pair or together; number: of the
    funnel, such as `loss.demo.no_trust`, or the address of an uncertain one; world: a scenario, an intervention, or a
    pair joined by ` + `.
    """
    yield "base", "", "", document["by"], document["base"]
    for bar in document["bars"]:
        for measure in MEASURES:
            yield "bar", bar["name"], "", measure, bar[measure]
    for curve in document["curves"]:
        for world in curve["worlds"]:
            for factor, value in zip(curve["factors"], world["values"], strict=True):
                yield "curve", curve["name"], world["name"], f"{factor:.6g}", value
        for threshold in curve["thresholds"]:
            yield "threshold", curve["name"], threshold["above"], "factor", threshold["factor"]
    for index in document.get("indices", {}).get("numbers", ()):
        for measure in ("first", "first_half", "total", "total_half"):
            yield "index", index["name"], "", measure, index[measure]
    yield from list_swings(document)
    if "interactions" in document:
        yield from _list_interactions(document["interactions"])


def _list_interactions(found: Document) -> Iterator[tuple[str | float | None, ...]]:
    for one in found["singles"]:
        yield "single", "", one["name"], "gain", one["gain"]
    for pair in found["pairs"]:
        for measure in ("together", "interaction", "half"):
            yield "pair", "", PLUS.join(pair["interventions"]), measure, pair[measure]
    for measure in ("sum", "together"):
        yield "together", "", "", measure, found[measure]


# ---- printed -------------------------------------------------------------------------------------------------------


def show_sensitivity(
    document: Document, names: Names, sources: Mapping[str, str], width: int, study: Study | None = None
) -> list[RenderableType]:
    """Return the printed form of a sensitivity's document.

    sources: labels of sources. study: where it has uncertain numbers, they are told by what it says of them.
    """
    language, by = names.language, document["by"]
    money = choose_money(document["currency"], [document["base"]], language)
    facts = [text(f"sensitivity.of.{by}", language), text(f"choose.{document['method']}", language)]
    facts.append(describe_window(document["provenance"]["window"], language))
    facts.append(text("sensitivity.base", language, amount=size(document["base"], by, money)))
    if document["method"] == "simulation":
        facts.append(count("replications", document["provenance"]["replications"], language))
    title = Text(clean(document["funnel"]), style="bold", no_wrap=True, overflow="ignore")
    shown: list[RenderableType] = [title, paragraph(" · ".join(facts), width=width)]
    shown += _tornado(document, names, sources, money, width)
    shown += _thresholds(document, names, sources, money, width)
    shown += _sobol(document, names, sources, money, width)
    if study is not None:
        shown += show_swings(document, study, names, money, width)
    shown += _interactions(document, money, width)
    notes = (clean(note) for note in document["notes"])
    return [*shown, heading(text("notes.title", language)), *bullets(notes, width)]


def name_number(number: Document, names: Names, sources: Mapping[str, str]) -> str:
    """Return what a number is called."""
    place = number["place"]
    if number["kind"] == "arrivals":
        shown = sources.get(place, clean(place))
    else:
        shown = names.team(place) if number["kind"] == "staff" else names.stage(place)
    return text(f"sensitivity.kind.{number['kind']}", names.language, place=shown, cause=names.cause(number["cause"]))


def _tornado(
    document: Document, names: Names, sources: Mapping[str, str], money: Money, width: int
) -> list[RenderableType]:
    language, by = names.language, document["by"]
    keys = ("number", "turned", "low", "high", "share", "point")
    rows: list[list[Cell]] = [
        [
            name_number(bar, names, sources),
            _turned(bar, language),
            *(spread_gain(bar[side], bar[f"{side}_half"], by, money) for side in ("low", "high")),
            format_share(bar["share"], language),
            gain(bar["point"], by, money),
        ]
        for bar in document["bars"][:MOST_PRINTED]
    ]
    shown: list[RenderableType] = [heading(text("sensitivity.title", language))]
    shown.append(grid([text(f"sensitivity.{key}", language) for key in keys], rows, width))
    hint = text("sensitivity.hint", language)
    left = len(document["bars"]) - MOST_PRINTED
    if left > 0:
        hint = f"{text('sensitivity.more', language, n=left)} {hint}"
    return [*shown, paragraph(hint, width=width)]


def _turned(bar: Document, language: str) -> str:
    kinds = {"price": "price", "arrivals": "price", "staff": "staff"}
    return text(f"sensitivity.turn.{kinds.get(bar['kind'], 'loss')}", language)


def _thresholds(
    document: Document, names: Names, sources: Mapping[str, str], money: Money, width: int
) -> list[RenderableType]:
    language = money.language
    curves = document["curves"]
    if not curves or len(curves[0]["worlds"]) < 2:
        return []
    labels = {world["name"]: clean(world["label"]) for world in curves[0]["worlds"]}
    rows: list[list[Cell]] = [
        [
            name_number(curve, names, sources),
            labels[one["below"]],
            labels[one["above"]],
            text("sensitivity.factor", language, factor=format_number(one["factor"], language, 3)),
        ]
        for curve in curves
        for one in curve["thresholds"]
    ]
    shown: list[RenderableType] = [heading(text("sensitivity.thresholds", language))]
    if rows:
        headings = [text(f"sensitivity.{key}", language) for key in ("number", "below", "above", "at")]
        shown.append(grid(headings, rows, width, names=3))
    same = [curve for curve in curves if not curve["thresholds"]]
    if same:
        best = max(same[0]["worlds"], key=lambda world: world["values"][len(world["values"]) // 2])
        numbers = ", ".join(name_number(curve, names, sources) for curve in same)
        sentence = text("sensitivity.no_thresholds", language, numbers=numbers, best=labels[best["name"]])
        shown.append(paragraph(sentence, width=width))
    return shown


def _sobol(
    document: Document, names: Names, sources: Mapping[str, str], money: Money, width: int
) -> list[RenderableType]:
    language, found = names.language, document.get("indices")
    if found is None:
        return []
    by_name = {bar["name"]: bar for bar in document["bars"]}
    rows: list[list[Cell]] = []
    for index in found["numbers"]:
        ends = f"{SPACE}…{SPACE}".join(format_number(end, language, 2) for end in index["range"])
        shares = [_share(index[key], index[f"{key}_half"], language) for key in ("first", "total")]
        rows.append([name_number(by_name[index["name"]], names, sources), f"×{SPACE}{ends}", *shares])
    headings = [text(f"sensitivity.{key}", language) for key in ("number", "range", "first", "total")]
    hint = text(
        "sensitivity.sobol.hint",
        language,
        mean=size(found["mean"], document["by"], money),
        sd=size(found["sd"], document["by"], money),
    )
    title = heading(text("sensitivity.sobol", language))
    return [title, grid(headings, rows, width), paragraph(hint, width=width)]


def _share(value: float | None, half: float | None, language: str) -> str | tuple[str, ...]:
    return format_share(value, language), f"±{SPACE}{format_share(half, language)}"


def _interactions(document: Document, money: Money, width: int) -> list[RenderableType]:
    language, by, found = money.language, document["by"], document.get("interactions")
    if found is None:
        return []
    labels = {one["name"]: clean(one["label"]) for one in found["singles"]}
    rows: list[list[Cell]] = [
        [
            PLUS.join(labels[name] for name in pair["interventions"]),
            gain(pair["together"] - pair["interaction"], by, money),
            gain(pair["together"], by, money),
            spread_gain(pair["interaction"], pair["half"], by, money),
        ]
        for pair in sorted(found["pairs"], key=lambda pair: -abs(pair["interaction"]))[:MOST_PRINTED]
    ]
    if found["together"] is not None:
        moved = found["together"] - found["sum"]
        rows.append(
            [text("sensitivity.all", language), *(gain(x, by, money) for x in (found["sum"], found["together"], moved))]
        )
    headings = [text(f"sensitivity.{key}", language) for key in ("pair", "sum", "together", "more_together")]
    shown: list[RenderableType] = [heading(text("sensitivity.interactions", language)), grid(headings, rows, width)]
    if found["refused"]:
        pairs = "; ".join(PLUS.join(labels[name] for name in pair) for pair in found["refused"])
        shown.append(paragraph(text("sensitivity.refused", language, pairs=pairs), width=width))
    return shown


# ---- spreadsheet ---------------------------------------------------------------------------------------------------


def save_sensitivity(
    path: Path, document: Document, names: Names, sources: Mapping[str, str], study: Study | None = None
) -> None:
    """Write a sensitivity's document as a spreadsheet. Raises MissingExtraError without XlsxWriter."""
    language = names.language
    sheets = make_sensitivity_sheets(document, names, sources)
    if study is not None:
        sheets += make_swing_sheets(document, study, names)
    rows: list[tuple[SheetCell, ...]] = [
        (text("sheet.funnel", language), clean(document["funnel"])),
        (text("sheet.currency", language), document["currency"]),
        (text("sheet.note", language), text("sensitivity.hint", language)),
    ]
    rows += [(text("sheet.note", language), clean(note)) for note in document["notes"]]
    rows += [(text("sheet.provenance", language), f"{key}: {value}") for key, value in document["provenance"].items()]
    headings = (text("sheet.kind", language), text("sheet.text", language))
    sheets.append(Sheet(text("sheet.assumptions", language), headings, (PLAIN, PLAIN), tuple(rows)))
    write_workbook(path, sheets, chart_tornado(sheets[0], language))


def make_sensitivity_sheets(document: Document, names: Names, sources: Mapping[str, str]) -> list[Sheet]:
    """Return the sheets of a sensitivity's document, the tornado first."""
    sheets = [_tornado_sheet(document, names, sources)]
    if document["curves"]:
        sheets += [_curves_sheet(document, names, sources), _thresholds_sheet(document, names, sources)]
    if "indices" in document:
        sheets.append(_indices_sheet(document, names, sources))
    if "interactions" in document:
        sheets.append(_interactions_sheet(document, names.language))
    return sheets


def chart_tornado(tornado: Sheet, language: str) -> Chart | None:
    """Return the chart of the widest bars, turned down and up, on their sheet; None where there are none."""
    shown = tornado.rows[:MOST_PRINTED]
    if not shown:
        return None
    title = text("sensitivity.title", language)
    bars = "; ".join(f"{row[0]}: {_told(row[2])}, {_told(row[3])}" for row in shown)
    down, up = text("sensitivity.low", language), text("sensitivity.high", language)
    return Chart(tornado, title, f"{title} ({down}, {up}). {bars}", 0, 2, len(shown), more=(3,))


def _told(cell: SheetCell) -> str:
    return f"{cell:.6g}" if isinstance(cell, float) else "–"


def _tornado_sheet(document: Document, names: Names, sources: Mapping[str, str]) -> Sheet:
    language = names.language
    return Sheet(
        text("sheet.tornado", language),
        tuple(text(f"sensitivity.{key}", language) for key in ("number", "turned", "low", "high", "share", "point")),
        (PLAIN, PLAIN, CENTS, CENTS, SHARE, CENTS),
        tuple(
            (
                name_number(bar, names, sources),
                _turned(bar, language),
                *(bar[key] for key in ("low", "high", "share", "point")),
            )
            for bar in document["bars"]
        ),
    )


def _curves_sheet(document: Document, names: Names, sources: Mapping[str, str]) -> Sheet:
    language = names.language
    labels = [clean(world["label"]) for world in document["curves"][0]["worlds"]]
    rows = [
        (name_number(curve, names, sources), factor, *(world["values"][place] for world in curve["worlds"]))
        for curve in document["curves"]
        for place, factor in enumerate(curve["factors"])
    ]
    headings = (text("sensitivity.number", language), text("sheet.turned", language), *labels)
    return Sheet(text("sheet.curves", language), headings, (PLAIN, "0.000", *[CENTS] * len(labels)), tuple(rows))


def _thresholds_sheet(document: Document, names: Names, sources: Mapping[str, str]) -> Sheet:
    language = names.language
    rows = []
    for curve in document["curves"]:
        labels = {world["name"]: clean(world["label"]) for world in curve["worlds"]}
        rows += [
            (name_number(curve, names, sources), labels[one["below"]], labels[one["above"]], one["factor"])
            for one in curve["thresholds"]
        ]
    headings = tuple(text(f"sensitivity.{key}", language) for key in ("number", "below", "above", "at"))
    return Sheet(text("sheet.thresholds", language), headings, (PLAIN, PLAIN, PLAIN, "0.000"), tuple(rows))


def _indices_sheet(document: Document, names: Names, sources: Mapping[str, str]) -> Sheet:
    language = names.language
    by_name = {bar["name"]: bar for bar in document["bars"]}
    rows = tuple(
        (name_number(by_name[index["name"]], names, sources), *index["range"], index["first"], index["total"])
        for index in document["indices"]["numbers"]
    )
    spread = text("sensitivity.range", language)
    headings = (
        text("sensitivity.number", language),
        f"{spread}: {text('sensitivity.low', language)}",
        f"{spread}: {text('sensitivity.high', language)}",
        text("sensitivity.first", language),
        text("sensitivity.total", language),
    )
    return Sheet(text("sheet.indices", language), headings, (PLAIN, "0.000", "0.000", SHARE, SHARE), rows)


def _interactions_sheet(document: Document, language: str) -> Sheet:
    found = document["interactions"]
    labels = {one["name"]: clean(one["label"]) for one in found["singles"]}
    rows: Sequence[tuple[SheetCell, ...]] = [
        (
            PLUS.join(labels[name] for name in pair["interventions"]),
            pair["together"] - pair["interaction"],
            pair["together"],
            pair["interaction"],
        )
        for pair in found["pairs"]
    ]
    headings = tuple(text(f"sensitivity.{key}", language) for key in ("pair", "sum", "together", "more_together"))
    return Sheet(text("sheet.interactions", language), headings, (PLAIN, CENTS, CENTS, CENTS), tuple(rows))
