"""A workbook as data: sheets, a chart, and writing them."""

from __future__ import annotations

import importlib.util
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

    rows: how many rows, from the first.
    """

    sheet: Sheet
    title: str
    description: str
    names: int
    values: int
    rows: int
    arms: tuple[int, int] | None = None


def require_writer() -> None:
    """Raise MissingExtraError without XlsxWriter."""
    if importlib.util.find_spec("xlsxwriter") is None:
        raise MissingExtraError("XlsxWriter", "report")


def write_workbook(path: Path, sheets: Sequence[Sheet], chart: Chart | None) -> None:
    """Write sheets to a file, and the chart under its sheet. Raises MissingExtraError without XlsxWriter."""
    require_writer()
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        codes = {code for sheet in sheets for code in sheet.formats}
        formats = {code: book.add_format({"num_format": code}) for code in codes}
        title = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        for sheet in sheets:
            page = book.add_worksheet(sheet.title)
            for column, heading in enumerate(sheet.headings):
                page.write_string(0, column, heading, title)
            for number, row in enumerate(sheet.rows, start=1):
                for column, cell in enumerate(row):
                    code = sheet.formats[number - 1 if sheet.by_row else column]
                    _write_cell(page, number, column, cell, formats[code])
            page.freeze_panes(1, 1)
            page.set_landscape()
            page.set_paper(9)  # A4
            page.fit_to_pages(1, 0)
            page.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.headings) - 1)
            page.autofit(400)
            for block in sheet.shades:
                page.conditional_format(
                    *block, {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#E69F00"}
                )
            if chart is not None and chart.sheet is sheet:
                _insert(book, page, chart)


def _write_cell(page: Any, row: int, column: int, cell: Cell, number_format: Any) -> None:  # noqa: ANN401 (untyped)
    if isinstance(cell, str):
        page.write_string(row, column, cell[:_LONGEST])
    elif cell is not None:
        page.write_number(row, column, cell, number_format)


def _insert(book: Any, page: Any, chart: Chart) -> None:  # noqa: ANN401 (untyped)
    bars = book.add_chart({"type": "bar"})
    title = chart.sheet.title
    series: dict[str, Any] = {
        "name": chart.title,
        "categories": [title, 1, chart.names, chart.rows, chart.names],
        "values": [title, 1, chart.values, chart.rows, chart.values],
        "fill": {"color": "#0072B2"},
        "gap": 60,
    }
    if chart.arms is not None:
        plus, minus = (_range(title, column, chart.rows) for column in chart.arms)
        series["y_error_bars"] = {"type": "custom", "plus_values": plus, "minus_values": minus}
    bars.add_series(series)
    bars.set_title({"name": chart.title, "overlay": False})
    bars.set_legend({"none": True})
    bars.set_x_axis({"num_format": chart.sheet.formats[chart.values], "major_gridlines": {"visible": True}})
    bars.set_y_axis({"reverse": True, "label_position": "low"})
    bars.set_size({"width": 760, "height": 120 + 40 * chart.rows})
    options = {"description": chart.description[:_LONGEST], "object_position": 2}
    page.insert_chart(len(chart.sheet.rows) + 2, 0, bars, options)


def _range(title: str, column: int, rows: int) -> str:
    from xlsxwriter.utility import quote_sheetname, xl_range_abs

    return f"={quote_sheetname(title)}!{xl_range_abs(1, column, rows, column)}"
