"""A workbook as data: sheets, a chart, and writing them."""

from __future__ import annotations

import importlib.util
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from funnelsim.errors import MissingExtraError

Cell = str | float | None

#: Number formats, as spreadsheets write them.
PLAIN, WHOLE, TENTHS, CENTS, SHARE = "General", "#,##0", "#,##0.0", "#,##0.00", "0.00%"
#: The most characters that a cell of a spreadsheet holds.
_LONGEST = 32767
#: The widest column, in pixels, and the characters that fit into a line of it; what is longer has several lines.
_WIDEST = 400
_LINE_OF_TEXT = 52
_MOST_LINES = 20
#: Height of a row, in pixels.
_ROW = 20
_KINDS = {
    "bars": {"type": "bar"},
    "stacked": {"type": "bar", "subtype": "stacked"},
    "line": {"type": "scatter", "subtype": "straight_with_markers"},
}
_LINE = {"line": {"color": "#0072B2", "width": 2.0}, "marker": {"type": "circle", "size": 7}}
#: Colours of Okabe and Ito, each with a pattern that tells it apart without colour.
_LOOKS = (
    ("#0072B2", ""),
    ("#E69F00", "wide_upward_diagonal"),
    ("#009E73", "wide_downward_diagonal"),
    ("#CC79A7", "large_grid"),
    ("#D55E00", "dotted_diamond"),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as data: headings, rows, and the number format of each column (`by_row`: of each row).

    shades: blocks of numbers with a shade by size, as (first row, first column, last row, last column) from 0.
    """

    title: str
    headings: tuple[str, ...]
    formats: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    by_row: bool = False
    shades: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """Horizontal bars of one column of a sheet by another, with an interval from two more; columns by number.

    rows: how many rows, from the first. more: further columns of values, each beside the bars of the first (`bars`) or
    after them (`stacked`). As a `line` it has the column of names, which are numbers, along the horizontal axis.
    """

    sheet: Sheet
    title: str
    description: str
    names: int
    values: int
    rows: int
    arms: tuple[int, int] | None = None
    more: tuple[int, ...] = ()
    kind: str = "bars"


def require_writer() -> None:
    """Raise MissingExtraError without XlsxWriter."""
    if importlib.util.find_spec("xlsxwriter") is None:
        raise MissingExtraError("XlsxWriter", "report")


def write_workbook(path: Path, sheets: Sequence[Sheet], *charts: Chart | None) -> None:
    """Write sheets to a file, and each chart under its sheet. Raises MissingExtraError without XlsxWriter."""
    require_writer()
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        codes = {code for sheet in sheets for code in sheet.formats}
        formats = {code: book.add_format({"num_format": code, "valign": "top"}) for code in codes}
        title = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
        titles = {side: book.add_format(title | {"align": side}) for side in ("left", "right")}
        texts = [book.add_format({"text_wrap": wrap, "valign": "top"}) for wrap in (False, True)]
        for sheet in sheets:
            page = book.add_worksheet(sheet.title)
            for column, heading in enumerate(sheet.headings):
                page.write_string(0, column, heading, titles["right" if _is_number(sheet, column) else "left"])
            for number, row in enumerate(sheet.rows, start=1):
                lines = max((math.ceil(len(cell) / _LINE_OF_TEXT) for cell in row if isinstance(cell, str)), default=1)
                if lines > 1:
                    page.set_row_pixels(number, _ROW * min(lines, _MOST_LINES))
                for column, cell in enumerate(row):
                    code = sheet.formats[number - 1 if sheet.by_row else column]
                    _write_cell(page, number, column, cell, formats[code], texts)
            page.freeze_panes(1, 1)
            page.repeat_rows(0)
            page.set_landscape()
            page.set_paper(9)  # A4
            page.fit_to_pages(1, 0)
            page.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.headings) - 1)
            page.autofit(_WIDEST)
            for block in sheet.shades:
                page.conditional_format(
                    *block, {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#E69F00"}
                )
            below = len(sheet.rows) + 2
            for chart in charts:
                if chart is not None and chart.sheet is sheet:
                    below += _insert(book, page, chart, below)


def _is_number(sheet: Sheet, column: int) -> bool:
    """Whether a column has numbers alone, which stand at the right, and its heading with them."""
    cells = [row[column] for row in sheet.rows if len(row) > column and row[column] is not None]
    return bool(cells) and not any(isinstance(cell, str) for cell in cells)


def _write_cell(page: Any, row: int, column: int, cell: Cell, number: Any, texts: Any) -> None:  # noqa: ANN401 (untyped)
    if isinstance(cell, str):
        page.write_string(row, column, cell[:_LONGEST], texts[len(cell) > _LINE_OF_TEXT])
    elif cell is not None:
        page.write_number(row, column, cell, number)


def _insert(book: Any, page: Any, chart: Chart, below: int) -> int:  # noqa: ANN401 (untyped)
    """Put a chart on its page from a row on; return how many rows it takes."""
    line = chart.kind == "line"
    drawn = book.add_chart(_KINDS[chart.kind])
    title = chart.sheet.title
    columns = (chart.values, *chart.more)
    for number, column in enumerate(columns):
        series: dict[str, Any] = {
            "name": chart.title if len(columns) == 1 else chart.sheet.headings[column],
            "categories": [title, 1, chart.names, chart.rows, chart.names],
            "values": [title, 1, column, chart.rows, column],
            **(_LINE if line else {"gap": 60, **_fill(number)}),
        }
        if chart.arms is not None:
            plus, minus = (_range(title, arm, chart.rows) for arm in chart.arms)
            series["y_error_bars"] = {"type": "custom", "plus_values": plus, "minus_values": minus}
        drawn.add_series(series)
    drawn.set_title({"name": chart.title, "overlay": False})
    drawn.set_legend({"none": True} if len(columns) == 1 else {"position": "bottom"})
    drawn.set_x_axis({"num_format": _axis_format(chart, chart.names if line else chart.values),
                      "major_gridlines": {"visible": True},
                      **({"name": chart.sheet.headings[chart.names]} if line else {})})  # fmt: skip
    drawn.set_y_axis(
        {"num_format": _axis_format(chart, chart.values), "name": chart.sheet.headings[chart.values]}
        if line
        else {"reverse": True, "label_position": "low"}
    )
    height = 420 if line else 140 + 40 * chart.rows
    drawn.set_size({"width": 760, "height": height})
    options = {"description": chart.description[:_LONGEST], "object_position": 2}
    page.insert_chart(below, 0, drawn, options)
    return height // _ROW + 2


def _axis_format(chart: Chart, column: int) -> str:
    """Return the number format of an axis: without decimals where its marks are whole numbers."""
    code = chart.sheet.formats[column]
    share = 100.0 if code.endswith("%") else 1.0
    cells = (row[column] for row in chart.sheet.rows[: chart.rows])
    most = max((abs(cell) * share for cell in cells if isinstance(cell, int | float)), default=0.0)
    return re.sub(r"\.0+", "", code) if most >= 10.0 else code


def _fill(number: int) -> dict[str, Any]:
    """Return how the bars of a series look: a colour each, and from the second on a pattern."""
    colour, pattern = _LOOKS[number % len(_LOOKS)]
    if not pattern:
        return {"fill": {"color": colour}}
    return {"pattern": {"pattern": pattern, "fg_color": "#FFFFFF", "bg_color": colour}}


def _range(title: str, column: int, rows: int) -> str:
    from xlsxwriter.utility import quote_sheetname, xl_range_abs

    return f"={quote_sheetname(title)}!{xl_range_abs(1, column, rows, column)}"
