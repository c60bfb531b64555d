"""Uncertain numbers as people read them: what each does to an answer over what it may be, and its Sobol indices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from funnelsim.views.choices import size, spread_gain
from funnelsim.views.doubts import tell_known, tell_number
from funnelsim.views.formats import SPACE, format_share
from funnelsim.views.naming import Names
from funnelsim.views.tables import Cell, Money, grid, heading, paragraph
from funnelsim.views.texts import text
from funnelsim.views.workbook import CENTS, PLAIN, SHARE, Sheet

if TYPE_CHECKING:
    from funnelsim.model import Study

Document = Mapping[str, Any]

MEASURES = ("low", "high", "answer_low", "answer_high", "low_half", "high_half")
SHARES = ("first", "first_half", "total", "total_half")
#: Numbers that are printed; all are in the other forms.
MOST_PRINTED = 20


def list_swings(document: Document) -> Iterator[tuple[str | float | None, ...]]:
    """Give the rows of a sensitivity's uncertain numbers: part, number, world, measure, value."""
    for one in document.get("uncertain", {}).get("numbers", ()):
        for measure in (*MEASURES, *(share for share in SHARES if share in one)):
            yield "uncertain", one["number"], "", measure, one[measure]


def show_swings(document: Document, study: Study, names: Names, money: Money, width: int) -> list[RenderableType]:
    """Return the printed form of a sensitivity's uncertain numbers; nothing without any."""
    found = document.get("uncertain")
    if found is None:
        return []
    language, by = names.language, document["by"]
    indexed = "points" in found
    rows: list[list[Cell]] = [
        [
            tell_number(one["number"], study, names),
            tell_known(one, language),
            *(spread_gain(one[f"answer_{side}"], one[f"{side}_half"], by, money) for side in ("low", "high")),
            *(_share(one, key, language) for key in ("first", "total") if indexed),
        ]
        for one in found["numbers"][:MOST_PRINTED]
    ]
    headings = [text("measure.number", language), text("measure.now", language)]
    headings += [text(f"swing.{side}", language) for side in ("low", "high")]
    headings += [text(f"sensitivity.{key}", language) for key in ("first", "total") if indexed]
    hint = text("swing.hint", language)
    if indexed:
        spread = {key: size(found[key], by, money) for key in ("mean", "sd")}
        hint = f"{hint} {text('swing.sobol', language, **spread)}"
    return [heading(text("swing.title", language)), grid(headings, rows, width), paragraph(hint, width=width)]


def make_swing_sheets(document: Document, study: Study, names: Names) -> list[Sheet]:
    """Return the sheet of a sensitivity's uncertain numbers; none without any."""
    found = document.get("uncertain")
    if found is None:
        return []
    language = names.language
    shares = [key for key in ("first", "total") if "points" in found]
    headings = [text("measure.number", language), *(text(end, language) for end in ("mean", "low", "high"))]
    headings += [text(f"swing.{side}", language) for side in ("low", "high")]
    headings += [text(f"sensitivity.{key}", language) for key in shares]
    rows = tuple(
        (
            tell_number(one["number"], study, names),
            *(one[key] for key in ("mean", "low", "high", "answer_low", "answer_high")),
            *(one.get(key) for key in shares),
        )
        for one in found["numbers"]
    )
    formats = (PLAIN, *[PLAIN] * 3, CENTS, CENTS, *[SHARE] * len(shares))
    return [Sheet(text("sheet.doubt", language), tuple(headings), formats, rows)]


def _share(one: Document, key: str, language: str) -> str | tuple[str, ...]:
    if key not in one:
        return format_share(None, language)
    return format_share(one[key], language), f"±{SPACE}{format_share(one[f'{key}_half'], language)}"
