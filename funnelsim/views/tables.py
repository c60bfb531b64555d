"""Parts of which the printed tables are made: grids that fit, paragraphs, headings, amounts in a unit that fits.

Everything is a rich renderable made of `Text`, so that markup in names is printed, not obeyed. Colour is never used;
headings are bold on a terminal and plain elsewhere.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from funnelsim.views.formats import SPACE, Spread, format_number, format_spread
from funnelsim.views.naming import clean
from funnelsim.views.texts import count, text

#: Sentences are no wider than this, however wide the terminal.
MEASURE = 100
#: Between two columns.
GAP = 2
#: The first column of a table, with names in it, is never narrower.
NARROWEST = 12

#: A text, or parts that stand side by side where there is room, else one under the other.
Cell = str | tuple[str, ...]


#: Wider than any table, so that nothing is cut: tables and paragraphs know their own width.
_PAGE = 1000
#: A rule under the headings and one above a sum.
_LINES = Box("    \n    \n ── \n    \n ── \n ── \n    \n    \n")


@dataclass(frozen=True, slots=True)
class Money:
    """The currency, in units, thousands, millions …, so that amounts have at most nine digits."""

    currency: str
    per: float
    language: str

    @property
    def unit(self) -> str:
        """What amounts are counted in: `RUB`, `thousand RUB`."""
        prefix = text(f"per.{self.per:.0e}", self.language) + SPACE if self.per > 1 else ""
        return prefix + clean(self.currency)

    def named(self, shown: object) -> str:
        """Return an amount, as it is shown, with its unit; a file may name no currency."""
        return f"{shown} {self.unit}".rstrip()

    def number(self, amount: float | None, decimals: int) -> str:
        """Return a change of an amount in this unit, signed."""
        return format_number(None if amount is None else amount / self.per, self.language, decimals, signed=True)

    def spread(self, measure: Mapping[str, float | None], *, signed: bool = False) -> Spread:
        """Return mean ± half-width in this unit."""
        return format_spread(measure, self.language, signed=signed, per=self.per)


def choose_money(currency: str, amounts: Iterable[float | None], language: str) -> Money:
    """Return the unit in which the largest of the amounts has at most nine digits before the point."""
    largest = max((abs(amount) for amount in amounts if amount is not None), default=0.0)
    per = 1.0
    while largest / per >= 1e9 and per < 1e12:
        per *= 1e3
    return Money(currency, per, language)


def grid(
    headings: Sequence[str], rows: Sequence[Sequence[Cell]], width: int, *, names: int = 1, end: bool = False
) -> Table:
    """Return a table whose first `names` columns are names, which wrap, and the others numbers, which never do.

    If the table does not fit into `width` on single lines, the parts of a cell and the words of a heading go one under
    the other, and then the widest names wrap. Numbers are never cut: a table may be wider than `width`. `end`: the
    last row is a sum.
    """
    titles = list(headings)
    shown = [[cell if isinstance(cell, str) else SPACE.join(cell) for cell in row] for row in rows]
    widths = _widths([titles, *shown])
    if _total(widths) > width:
        shown = [[cell if isinstance(cell, str) else "\n".join(cell) for cell in row] for row in rows]
        numbers = _widths(shown)
        titles = [t if i < names else _break(t, numbers[i]) for i, t in enumerate(titles)]
        widths = _widths([titles, *shown])
    while _total(widths) > width and max(widths[:names]) > NARROWEST:
        widths[widths.index(max(widths[:names]))] -= 1
    table = Table(box=_LINES, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0), header_style="bold")
    for number, title in enumerate(titles):
        table.add_column(
            Text(title), width=widths[number], justify="left" if number < names else "right", overflow="fold"
        )
    for number, row in enumerate(shown):
        if end and number == len(shown) - 1:
            table.add_section()
        table.add_row(*(Text(cell) for cell in row))
    return table


def paragraph(sentence: str, *, width: int, indent: str = "", hanging: str | None = None, style: str = "") -> Text:
    """Return a sentence wrapped to the width; numbers and their units stay together."""
    lines = textwrap.wrap(
        sentence,
        width=max(20, min(width, MEASURE)),
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_on_hyphens=False,
    )
    return Text("\n".join(lines), style=style, no_wrap=True, overflow="ignore")


def bullets(sentences: Iterable[str], width: int) -> list[RenderableType]:
    """Return sentences as a list."""
    return [paragraph(sentence, width=width, indent="- ", hanging="  ") for sentence in sentences]


def heading(title: str) -> Text:
    """Return a heading, after an empty line."""
    return Text(f"\n{title}", style="bold", no_wrap=True, overflow="ignore")


def head(document: Mapping[str, Any], title: str, money: Money, width: int) -> list[RenderableType]:
    """Return the title and, under it, what was simulated."""
    language = money.language
    facts = [
        describe_window(document["provenance"]["window"], language),
        count("replications", document["replications"], language),
        text("head.seed", language, seed=document["seed"]),
        text("head.engine", language, engine=document["engine"]),
    ]
    if money.currency:
        facts.append(text("head.currency", language, currency=money.unit))
    return [Text(title, style="bold", no_wrap=True, overflow="ignore"), paragraph(" · ".join(facts), width=width)]


def describe_window(window: Mapping[str, Any], language: str) -> str:
    """Return in words whom and what a run counts; window: start, and horizon with warm_up or cohort, if given."""
    start = format_date(window["start"], language)
    horizon, cohort = window.get("horizon"), window.get("cohort")
    if horizon is not None:
        warm_up = window.get("warm_up", 0.0)
        words = text("head.horizon", language, days=_days(horizon - warm_up, language), start=start)
        return f"{words} {text('head.warm_up', language, days=_days(warm_up, language))}" if warm_up else words
    if cohort is None:
        return text("head.everyone", language)
    if isinstance(cohort, int):
        return text("head.cohort", language, customers=count("customers", cohort, language))
    return text("head.cohort_days", language, days=_days(cohort, language), start=start)


def format_date(iso: str, language: str) -> str:
    """Return a date as it is written in the language: 2026-01-05, 05.01.2026."""
    return ".".join(reversed(iso.split("-"))) if language == "ru" else iso


def render(renderables: Iterable[RenderableType], *, bold: bool = False) -> str:
    """Return renderables as text without trailing blanks; `bold`: headings are, for a terminal."""
    target = io.StringIO()
    console = Console(
        file=target, width=_PAGE, color_system="standard" if bold else None, force_terminal=bold, legacy_windows=False
    )
    console.print(Group(*renderables), crop=False)
    return "\n".join(line.rstrip() for line in target.getvalue().splitlines()) + "\n"


def _days(days: float, language: str) -> str:
    return count("days", days, language, 0 if float(days).is_integer() else 1)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(cell_len(line) for cell in column for line in cell.split("\n")) for column in zip(*rows, strict=True)]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _break(title: str, width: int) -> str:
    longest = max(cell_len(word) for word in title.split())
    return "\n".join(textwrap.wrap(title, max(width, longest), break_long_words=False, break_on_hyphens=False))
