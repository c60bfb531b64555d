"""Samples of uncertain numbers: columns of a CSV file, whose rows are drawn as they stand."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from funnelsim.beliefs import Belief
from funnelsim.files.believing import BELIEFS, kind_named
from funnelsim.files.references import find_file
from funnelsim.files.wording import Mistakes, join, show, suggest

#: Fewer rows say too little of a law; more take too long to read.
FEWEST, MOST = 20, 1_000_000
#: A number as programs write it, read without more ado.
PLAIN = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?(e-[0-9]{2})?")


@dataclass(frozen=True, slots=True)
class Sampled:
    """A column of a samples file: the belief, the kind of its numbers, and the file that its rows stand in."""

    belief: Belief
    kind: str
    rows: str


def read_sample(file: str, value: Mapping[str, Any], kind: str | None) -> Sampled:
    """Return the column that `{samples: FILE, column: NAME, unit: d}` means, FILE beside `file`. Raises Mistakes."""
    reference, unit = value["samples"], value.get("unit", "")
    if not isinstance(reference, str) or not reference.strip():
        raise Mistakes((("samples",), f"expected the path of a CSV file, found {show(reference)}"))
    if not isinstance(unit, str):
        raise Mistakes((("unit",), f"expected a unit such as `d` or `/ d`, found {show(unit)}"))
    target = find_file(None if file.startswith("<") else FilePath(file), reference)
    if isinstance(target, str):
        raise Mistakes((("samples",), target))
    try:
        status = target.stat()
        header, rows = _table(os.fspath(target), status.st_mtime_ns, status.st_size)
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise Mistakes((("samples",), f"'{reference}' cannot be read as CSV: {error}")) from None
    if len(rows) < FEWEST:
        text = f"'{reference}' has {len(rows)} rows of numbers: expected at least {FEWEST}"
        raise Mistakes((("samples",), text))
    column = _column(header, value, reference)
    of = BELIEFS[kind] if kind is not None else kind_named(None, [unit])
    try:
        belief = _belief(os.fspath(target), status.st_mtime_ns, status.st_size, column, of.name, unit)
    except ValueError as error:
        raise Mistakes((("samples",), f"'{reference}', {error}")) from None
    return Sampled(belief, of.name, f"samples:{reference}")


EXPECTED = {
    "share": "a share between 0 and 1",
    "duration": "a number of the unit",
    "rate": "a number of the unit",
    "number": "a number that is not negative",
    "factor": "a number that is not negative",
    "signed": "a relative change of at least -1",
    "count": "a number",
    "hourly": "an amount of the unit `/ h`",
}


def _column(header: list[str], value: Mapping[str, Any], reference: str) -> int:
    name = value.get("column")
    if name is None and len(header) == 1:
        return 0
    if name is None:
        raise Mistakes(((), f"'{reference}' has {len(header)} columns: name one with `column: {header[0]}`"))
    if name not in header:
        known = join(header[:8]) + (" …" if len(header) > 8 else "")
        raise Mistakes(
            (("column",), f"'{reference}' has no column {show(name)}: expected {known}{suggest(name, header)}")
        )
    return header.index(name)


@lru_cache(maxsize=4096)
def _belief(path: str, changed: int, size: int, column: int, kind: str, unit: str) -> Belief:
    """Return the law of a column's rows; the same column of the same file, unchanged, is read once."""
    _, rows = _table(path, changed, size)
    of = BELIEFS[kind]
    numbers = []
    as_it_stands = kind == "count" or of.read(f"1 {unit}".strip()) == 1.0
    for number, row in enumerate(rows, 2):
        cell = row[column] if column < len(row) else ""
        try:
            if kind == "count" or (as_it_stands and PLAIN.fullmatch(cell) and of.least <= float(cell) <= of.most):
                numbers.append(float(cell))
            else:
                numbers.append(of.read(f"{cell} {unit}".strip()))
        except ValueError:
            raise ValueError(f"row {number}: expected {EXPECTED[kind]}, found {show(cell)}") from None
    return Belief("samples", tuple(numbers), of.least, of.most)


@lru_cache(maxsize=8)
def _table(path: str, changed: int, size: int) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of a CSV file; the same file, unchanged, is read once."""
    del changed, size
    with FilePath(path).open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        header = [cell.strip() for cell in next(reader, [])]
        rows = [row for row in reader if row]
    if not header:
        raise ValueError("it is empty")
    if len(rows) > MOST:
        raise ValueError(f"it has more than {MOST:,} rows")
    return header, rows
