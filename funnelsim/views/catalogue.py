"""The catalogue of causes as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from funnelsim.causes import Cause, Side
from funnelsim.views.tables import MEASURE, heading
from funnelsim.views.texts import text

#: Columns of the catalogue, in the order of all its formats.
COLUMNS = ("key", "label", "side", "mechanism", "interventions", "meaning")


def list_causes(causes: Iterable[Cause], language: str) -> list[dict[str, str]]:
    """Return the catalogue as rows of texts in a language, one for each of COLUMNS."""
    return [
        {
            "key": cause.key,
            "label": cause.label.text(language),
            "side": str(cause.side),
            "mechanism": cause.mechanism,
            "interventions": ", ".join(cause.interventions),
            "meaning": cause.meaning.text(language),
        }
        for cause in causes
    ]


def show_causes(causes: Sequence[Cause], language: str, width: int) -> list[RenderableType]:
    """Return the printed form of the catalogue: a table for each side."""
    shown: list[RenderableType] = []
    for side in Side:
        shown.append(heading(text(f"causes.side.{side}", language)))
        table = Table(
            box=SIMPLE_HEAD,
            show_edge=False,
            pad_edge=False,
            padding=(0, 1, 0, 0),
            header_style="bold",
            width=max(80, min(width, MEASURE + 20)),
        )
        for column, wide in (("cause", 23), ("mechanism", 12), ("interventions", 14)):
            table.add_column(Text(text(column, language)), width=wide, overflow="fold")
        table.add_column(Text(text("meaning", language)), ratio=1, min_width=24)
        for cause in causes:
            if cause.side is side:
                name = Text.assemble((cause.key, "bold"), "\n", cause.label.text(language))
                meaning = Text(cause.meaning.text(language))
                table.add_row(
                    name, Text(cause.mechanism), Text("\n".join(cause.interventions)), meaning, end_section=True
                )
        shown.append(table)
    return shown
