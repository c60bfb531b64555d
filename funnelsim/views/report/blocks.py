"""What the sections of a report are made of, and the printed form of results as such blocks.

The report says what the commands print, in the same words and with the same digits: paragraphs, lists and tables are
taken from the printed form (`views/tables.py`), which knows the width of a terminal, and set as HTML, which knows its
own. All texts are plain; the template escapes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from funnelsim.views.formats import SPACE

#: Wider than any table or sentence: nothing is wrapped for a terminal.
WIDE = 100_000


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within a section, of level 3, or 4 under another; name: to refer to it (empty: nobody does)."""

    kind: ClassVar[str] = "heading"
    title: str
    name: str = ""
    level: int = 3


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; strong: what a reader in a hurry reads."""

    kind: ClassVar[str] = "paragraph"
    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """Sentences as a list."""

    kind: ClassVar[str] = "bullets"
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the first `names` columns are names, the others numbers; total: the last row is a sum."""

    kind: ClassVar[str] = "grid"
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: int = 1
    total: bool = False
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing (SVG) and its alternative text."""

    kind: ClassVar[str] = "picture"
    svg: str
    alt: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that a decision hangs on, in large type: what it is, the number, and what to know about it."""

    label: str
    value: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """A row of numbers in large type."""

    kind: ClassVar[str] = "figures"
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Things and what is to be said of each; a fact of several lines is a list."""

    kind: ClassVar[str] = "facts"
    facts: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A file, word by word, folded up."""

    kind: ClassVar[str] = "source"
    title: str
    text: str


Block = Heading | Paragraph | Bullets | Grid | Picture | Figures | Facts | Source


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report with a heading of its own; name: to refer to it."""

    name: str
    title: str
    blocks: tuple[Block, ...]


def set_printed(renderables: Iterable[RenderableType], level: int = 3) -> list[Block]:
    """Return the printed form of a result, made `WIDE`, as blocks; its title is left out. A heading names its table."""
    return _caption(_collect(_read(renderables, level)))


def _read(renderables: Iterable[RenderableType], level: int) -> Iterator[Block]:
    for number, part in enumerate(renderables):
        if isinstance(part, Table):
            yield _read_table(part)
        elif isinstance(part, Text) and part.plain.strip():
            bold = "bold" in str(part.style)
            if part.plain.startswith("\n") and bold:
                yield Heading(_join(part.plain), level=level)
            elif part.plain.startswith("- "):
                yield Bullets((_join(part.plain[2:]),))
            elif not (number == 0 and bold and part.overflow == "ignore" and "\n" not in part.plain):
                yield Paragraph(_join(part.plain), strong=bold)


def _read_table(table: Table) -> Grid:
    columns = [[_part(_join(str(cell))) for cell in column.cells] for column in table.columns]
    rows = tuple(zip(*columns, strict=True))
    names = [column.justify for column in table.columns].index("right") if _has_numbers(table) else len(columns)
    total = any(row.end_section for row in table.rows[:-1])
    return Grid(tuple(_join(str(column.header)) for column in table.columns), rows, names, total)


def _part(cell: str) -> str:
    """Return a cell that may be broken before its interval, where a table is wide."""
    return cell.replace(f"{SPACE}(", " (").replace(f"{SPACE}±", " ±")


def _has_numbers(table: Table) -> bool:
    return any(column.justify == "right" for column in table.columns)


def _collect(blocks: Iterable[Block]) -> list[Block]:
    """Put the items of a list together."""
    found: list[Block] = []
    for block in blocks:
        last = found[-1] if found else None
        if isinstance(block, Bullets) and isinstance(last, Bullets):
            found[-1] = Bullets((*last.items, *block.items))
        else:
            found.append(block)
    return found


def _caption(blocks: Sequence[Block]) -> list[Block]:
    """Give each table the heading above it as its name."""
    found: list[Block] = []
    title = ""
    for block in blocks:
        title = block.title if isinstance(block, Heading) else title
        found.append(replace(block, caption=title) if isinstance(block, Grid) else block)
    return found


def _join(lines: str) -> str:
    """Return a wrapped text on one line; spaces that do not break stay."""
    return re.sub(r"[ \n]+", " ", lines).strip(" ")
