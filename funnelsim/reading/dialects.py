"""How a text file writes its rows: encoding, separator and heading, found by looking at it."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from funnelsim.errors import InputError, Problem
from funnelsim.mapping import normal

SEPARATORS: Final = (",", ";", "\t", "|")
#: Rows that are looked at for the separator.
LOOKED_AT: Final = 50
#: Bytes that are looked at for the heading and the separator, and read at a time for the encoding.
SAMPLE: Final = 1 << 20
BINARY: Final = "is no text: expected CSV; Parquet and Excel files are known by their endings, .parquet and .xlsx"
GZIP: Final = b"\x1f\x8b"
MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file is written: encoding, separator, heading; packed: by gzip; bare: nothing but the heading."""

    encoding: str
    separator: str
    heading: tuple[str, ...]
    packed: bool
    bare: bool


def open_binary(path: Path, *, packed: bool) -> IO[bytes]:
    """Open a file that may be packed."""
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def find_dialect(path: Path, shown: str, encoding: str = "", separator: str = "", known: Iterable[str] = ()) -> Dialect:
    """Return how a file is written; `known` are names that its heading should have.

    Not UTF-8, and without a mark of UTF-16, means cp1251. Raises InputError for an empty or damaged file, or one that
    is not in the encoding given.
    """
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    try:
        with open_binary(path, packed=packed) as stream:
            sample = stream.read(SAMPLE)
        found, closed = _scan(path, sample, packed=packed)
    except (EOFError, OSError) as error:
        raise InputError(Problem(f"cannot be unpacked: {error}", "", shown)) from None
    encoding = encoding or found
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if b"\0" in sample and not encoding.startswith("utf-16"):
            raise InputError(Problem(BINARY, "", shown)) from None
        wrong = (
            f"is not in the encoding {encoding}: byte {error.object[error.start]:#04x} at {error.start} is none of it"
        )
        raise InputError(Problem(f"{wrong}; give the mapping its `encoding`", "", shown)) from None
    if not text.strip():
        raise InputError(Problem("the file is empty", "", shown))
    if "\0" in text:
        raise InputError(Problem(BINARY, "", shown))
    separator = separator or _find_separator(text, known)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    heading = tuple(name.strip() for name in next(rows))
    bare = len(sample) < SAMPLE and next(rows, None) is None
    dialect = Dialect(encoding, separator, heading, packed, bare)
    if not closed:
        _refuse_open_quote(path, shown, dialect)
    return dialect


def open_rows(dialect: Dialect, stream: IO[bytes]) -> Iterator[list[str]]:
    """Return the rows of a file, heading included, as Python's own reader sees them."""
    return csv.reader(io.TextIOWrapper(stream, dialect.encoding, newline=""), delimiter=dialect.separator)


def _scan(path: Path, sample: bytes, *, packed: bool) -> tuple[str, bool]:
    """Return the encoding, by reading everything, and whether quotation marks come in pairs."""
    name = next((name for mark, name in MARKS if sample.startswith(mark)), "")
    decoder = codecs.getincrementaldecoder("utf-8")()
    quotes = 0
    with open_binary(path, packed=packed) as stream:
        while block := stream.read(SAMPLE):
            quotes += block.count(b'"')
            if not name and (decoder.getstate()[0] or not block.isascii()):
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    name = "cp1251"
    return name or ("cp1251" if decoder.getstate()[0] else "utf-8"), quotes % 2 == 0


def _refuse_open_quote(path: Path, shown: str, dialect: Dialect) -> None:
    """Refuse a file whose last row goes on and on because a quotation mark in it is not closed."""
    with open_binary(path, packed=dialect.packed) as stream:
        text = io.TextIOWrapper(stream, dialect.encoding, newline="")
        rows = csv.reader(text, delimiter=dialect.separator)
        number = line = before = 0
        try:
            for number, _ in enumerate(rows, start=1):  # noqa: B007 (its last value is what is asked for)
                before, line = line, rows.line_num
        except csv.Error as error:
            raise InputError(Problem(f"is not CSV: {error}", "", shown, number + 1)) from None
    if line - before > 1:
        raise InputError(Problem("a quotation mark in this row is not closed", "", shown, number))


def _find_separator(text: str, known: Iterable[str]) -> str:
    """Return the separator with most of the known names in the heading, then with most rows as wide as the heading."""
    wanted = {normal(name) for name in known}
    lines = text.splitlines(keepends=True)[:LOOKED_AT]

    def rank(separator: str) -> tuple[int, int, int]:
        rows = list(csv.reader(lines, delimiter=separator))
        heading = rows[0] if rows else []
        named = len(wanted & {normal(name) for name in heading})
        alike = _alike(rows)
        return named, alike if len(heading) > 1 else 0, len(heading)

    return max(SEPARATORS, key=rank)


def _alike(rows: Sequence[Sequence[str]]) -> int:
    return sum(len(row) == len(rows[0]) for row in rows)
