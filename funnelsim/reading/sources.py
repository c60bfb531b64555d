"""Where logs come from: text files, Parquet, Excel, queries and tables, all as batches of columns with row numbers."""

from __future__ import annotations

import csv
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.errors import InputError, MissingExtraError, Problem
from funnelsim.mapping import LogMapping
from funnelsim.reading.ahead import read_ahead
from funnelsim.reading.dialects import Dialect, find_dialect, open_binary, open_rows

if TYPE_CHECKING:
    import pandas as pd

Rows = NDArray[np.int64]

#: Rows of a batch.
BATCH: Final = 1_000_000
#: Bytes of text that are read at a time.
BLOCK: Final = 1 << 25
#: Rows that Python's own reader of CSV takes at a time.
FEW: Final = 50_000
EXCEL: Final = (".xlsx", ".xlsm")
OLD_EXCEL: Final = (".xls", ".xlsb", ".ods")
PARQUET: Final = (".parquet", ".pq")
NO_NUMBERS: Final = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a source: their columns, as texts or as the source has them, their numbers, and rows left out.

    malformed: numbers of rows whose number of fields is not that of the heading.
    """

    table: pd.DataFrame
    rows: Rows
    malformed: Rows


@dataclass(frozen=True, slots=True)
class Source:
    """A log to be read: what messages call it, its columns, the number of its first row, and how to read it.

    read(columns, numbers, few): yields the columns in batches; where that is quicker, those in `numbers` are read as
    floats, and those in `few`, with few different texts, as categories.
    separator: of a text file, else empty.
    """

    name: str
    columns: tuple[str, ...]
    read: Callable[..., Iterator[Batch]]
    separator: str = ""


def open_source(source: object, mapping: LogMapping) -> Source:
    """Return a source: the path of a file, the address of a database, or a DataFrame. Raises InputError."""
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        return _open_table(source)
    if not isinstance(source, str | os.PathLike):
        raise InputError(f"expected a file, the address of a database or a DataFrame, found {type(source).__name__}")
    shown = os.fspath(source)
    if "://" in shown:
        return _open_database(shown, mapping)
    path = Path(shown)
    if not path.is_file():
        reason = "there is no such file" if not path.exists() else "this is not a file"
        raise InputError(Problem(f"cannot be read: {reason}", "", shown))
    ending = path.suffix.lower()
    if ending in OLD_EXCEL:
        raise InputError(Problem("this kind of spreadsheet is not read: save it as .xlsx or .csv", "", shown))
    try:
        if ending in PARQUET:
            return _open_parquet(shown)
        if ending in EXCEL:
            return _open_excel(path, shown, mapping)
        return _open_text(path, shown, mapping)
    except OSError as error:
        raise InputError(Problem(f"cannot be read: {str(error.strerror or error).lower()}", "", shown)) from None


# ---- text ----------------------------------------------------------------------------------------------------------


def _open_text(path: Path, shown: str, mapping: LogMapping) -> Source:
    known = [column for _, column in mapping.columns()]
    dialect = find_dialect(path, shown, mapping.encoding, mapping.separator, known)
    read = partial(_read_arrow if has_pyarrow() else _read_plain, path, shown, dialect)
    return Source(shown, dialect.heading, read, dialect.separator)


def has_pyarrow() -> bool:
    """Return whether pyarrow is there to read text files quickly."""
    return find_spec("pyarrow") is not None


def _read_arrow(
    path: Path,
    shown: str,
    dialect: Dialect,
    columns: Sequence[str],
    numbers: Sequence[str] = (),
    few: Sequence[str] = (),
) -> Iterator[Batch]:
    """Read a text file with pyarrow: quick, in blocks, on one core, so that every row has its number."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    if dialect.bare:
        return
    bad: list[int] = []

    def skip(row: arrow.InvalidRow) -> str:
        bad.append(row.number)
        return "skip"

    names = [str(number) for number in range(len(dialect.heading))]
    wanted = {str(dialect.heading.index(column)): column for column in columns}
    coded = pa.dictionary(pa.int32(), pa.string())
    types = {
        name: pa.float64() if column in numbers else coded if column in few else pa.string()
        for name, column in wanted.items()
    }
    with open_binary(path, packed=dialect.packed) as stream:
        try:
            reader = arrow.open_csv(
                pa.PythonFile(stream, mode="r"),
                read_options=arrow.ReadOptions(
                    block_size=BLOCK,
                    use_threads=False,
                    column_names=names,
                    skip_rows_after_names=1,
                    encoding=dialect.encoding.removesuffix("-sig"),
                ),
                parse_options=arrow.ParseOptions(
                    delimiter=dialect.separator,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=skip,
                ),
                convert_options=arrow.ConvertOptions(
                    include_columns=list(wanted), column_types=types, strings_can_be_null=False, null_values=[""]
                ),
            )
            tables = (batch.to_pandas().rename(columns=wanted) for batch in reader)
            yield from read_ahead(_numbered(tables, bad))
        except pa.ArrowInvalid as error:
            if numbers:
                raise NotNumbersError from None
            raise InputError(Problem(f"is not CSV: {error}", "", shown)) from None


def _numbered(tables: Iterator[pd.DataFrame], bad: Sequence[int]) -> Iterator[Batch]:
    """Yield tables with the numbers of their rows; `bad` grows meanwhile by the numbers of those that were skipped."""
    after, told = 1, 0
    for table in tables:
        skipped = np.array(bad, dtype=np.int64)
        candidates = np.arange(after + 1, after + 1 + len(table) + np.count_nonzero(skipped > after))
        rows = candidates[~np.isin(candidates, skipped)][: len(table)]
        after = int(rows[-1]) if len(rows) else after
        yield Batch(table, rows, skipped[told:])
        told = len(skipped)
    if len(bad) > told:
        yield Batch(_no_rows(), NO_NUMBERS, np.array(bad[told:], dtype=np.int64))


class NotNumbersError(Exception):
    """A column that was to be read as numbers holds something else."""


def _read_plain(
    path: Path,
    shown: str,
    dialect: Dialect,
    columns: Sequence[str],
    numbers: Sequence[str] = (),
    few: Sequence[str] = (),
) -> Iterator[Batch]:
    """Read a text file without pyarrow: the same batches, slowly."""
    import pandas as pd

    del numbers, few  # all are texts here
    width, places = len(dialect.heading), [dialect.heading.index(column) for column in columns]
    with open_binary(path, packed=dialect.packed) as stream:
        rows = open_rows(dialect, stream)
        next(rows)
        first = 2
        try:
            while chunk := list(islice(rows, FEW)):
                fits = np.array([len(row) in {width, 0} for row in chunk])
                kept = [row or [""] * width for row, fit in zip(chunk, fits, strict=True) if fit]
                table = pd.DataFrame(
                    {
                        column: pd.array([row[place] for row in kept], dtype="str")
                        for column, place in zip(columns, places, strict=True)
                    }
                )
                numbered = np.arange(first, first + len(chunk))
                yield Batch(table, numbered[fits], numbered[~fits])
                first += len(chunk)
        except csv.Error as error:
            raise InputError(Problem(f"is not CSV: {error}", "", shown)) from None


# ---- tables --------------------------------------------------------------------------------------------------------


def _open_table(table: pd.DataFrame, name: str = "DataFrame", first: int = 1) -> Source:
    names = tuple(str(column) for column in table.columns)

    def read(columns: Sequence[str], numbers: Sequence[str] = (), few: Sequence[str] = ()) -> Iterator[Batch]:
        del numbers, few  # a table has types of its own
        for start in range(0, len(table), BATCH):
            part = table.iloc[start : start + BATCH, [names.index(column) for column in columns]]
            part = part.set_axis(list(columns), axis="columns").reset_index(drop=True)
            yield Batch(part, np.arange(first + start, first + start + len(part)), NO_NUMBERS)

    return Source(name, names, read)


def _open_excel(path: Path, shown: str, mapping: LogMapping) -> Source:
    """Read a sheet as a table of what its cells hold: texts, numbers and dates."""
    try:
        import openpyxl
    except ImportError as error:
        raise MissingExtraError("openpyxl", "data") from error
    import pandas as pd

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(Problem(f"is no Excel file: {error}", "", shown)) from None
    try:
        if mapping.sheet and mapping.sheet not in book.sheetnames:
            known = ", ".join(book.sheetnames)
            raise InputError(mapping.problem("sheet", f"there is no sheet '{mapping.sheet}' in {shown}, only: {known}"))
        sheet = book[mapping.sheet] if mapping.sheet else book.worksheets[0]
        rows = [tuple(row) for row in sheet.iter_rows(values_only=True)]
    finally:
        book.close()
    if not rows:
        raise InputError(Problem("the sheet is empty", "", shown))
    heading = ["" if name is None else str(name).strip() for name in rows[0]]
    table = pd.DataFrame(rows[1:], columns=pd.RangeIndex(len(heading)), dtype=object)
    return _open_table(table.set_axis(heading, axis="columns"), shown, 2)


def _open_parquet(shown: str) -> Source:
    """Read a Parquet file with DuckDB, which needs no more memory than a batch."""
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError("duckdb", "data") from error

    connection = duckdb.connect(":memory:")
    connection.execute("SET enable_progress_bar = false")  # it would be drawn among the results
    try:
        names = tuple(connection.sql("FROM read_parquet($path) LIMIT 0", params={"path": shown}).columns)
    except duckdb.Error as error:
        raise InputError(Problem(f"is no Parquet file: {error}", "", shown)) from None

    def read(columns: Sequence[str], numbers: Sequence[str] = (), few: Sequence[str] = ()) -> Iterator[Batch]:
        del numbers, few  # the file has types of its own
        listed = ", ".join('"' + column.replace('"', '""') + '"' for column in columns)
        query = f"SELECT {listed} FROM read_parquet($path)"  # noqa: S608 (the file's own columns, quoted)
        first = 1
        for batch in read_ahead(connection.sql(query, params={"path": shown}).to_arrow_reader(BATCH)):
            table = batch.to_pandas()
            yield Batch(table, np.arange(first, first + len(table)), NO_NUMBERS)
            first += len(table)

    return Source(shown, names, read)


def _open_database(address: str, mapping: LogMapping) -> Source:
    """Read what the mapping's query gives, in batches, from any database that SQLAlchemy knows."""
    try:
        import sqlalchemy
    except ImportError as error:
        raise MissingExtraError("SQLAlchemy", "data") from error
    import pandas as pd

    if not mapping.query:
        raise InputError(
            mapping.problem("query", "is missing: a database needs a query, such as `query: SELECT * FROM deals`")
        )
    try:
        engine = sqlalchemy.create_engine(address)
    except (sqlalchemy.exc.ArgumentError, sqlalchemy.exc.NoSuchModuleError) as error:
        raise InputError(f"this address of a database is not understood: {error}") from None
    except ImportError as error:
        raise InputError(f"the driver of this database is not installed: {error}") from None
    name = engine.url.render_as_string(hide_password=True)

    def tables(size: int) -> Iterator[pd.DataFrame]:
        try:
            with engine.connect() as connection:
                streamed = connection.execution_options(stream_results=True, max_row_buffer=size)
                yield from pd.read_sql_query(sqlalchemy.text(mapping.query), streamed, chunksize=size)
        except (sqlalchemy.exc.SQLAlchemyError, pd.errors.DatabaseError) as error:
            cause = error if isinstance(error, sqlalchemy.exc.SQLAlchemyError) else error.__cause__ or error
            reason = str(getattr(cause, "orig", None) or cause).splitlines()[0]
            raise InputError(mapping.problem("query", f"{name}: {reason}")) from None
        finally:
            engine.dispose()

    columns_of = next(iter(tables(1)), None)
    names = () if columns_of is None else tuple(map(str, columns_of.columns))

    def read(columns: Sequence[str], numbers: Sequence[str] = (), few: Sequence[str] = ()) -> Iterator[Batch]:
        del numbers, few  # a database has types of its own
        first = 1
        for table in tables(FEW):
            yield Batch(table[list(columns)], np.arange(first, first + len(table)), NO_NUMBERS)
            first += len(table)

    return Source(name, names, read)


def _no_rows() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame()
