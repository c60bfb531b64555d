"""Event logs as files, CSV or Parquet, written slice by slice: little of a long log is in memory as a table."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import numpy as np

from funnelsim.errors import InputError, MissingExtraError
from funnelsim.eventlog import EventLog, replacing

if TYPE_CHECKING:
    import pandas as pd

#: Rows that are put into words at a time, and rows of a group of a Parquet file.
ROWS: Final = 1 << 16
#: What a log may say of each of its customers.
OWN: Final = ("names", "since", "until")
#: Gets the tables of a log, one after the other.
Write = Callable[["pd.DataFrame"], None]


def write_log(log: EventLog, path: str | os.PathLike[str]) -> None:
    """Write `log.table` to a `.csv` (UTF-8) or a `.parquet` file, whole or not at all.

    Raises InputError for another suffix or where the file cannot be written, MissingExtraError without
    pyarrow.
    """
    check_ending(path)
    write_logs([log], path)


def write_logs(logs: Iterable[EventLog], path: str | os.PathLike[str]) -> None:
    """Write a log that comes in parts, at least one, whose tables follow one another; as `write_log`.

    The file depends on the rows only, not on the parts.
    """
    target = Path(path)
    open_writer = _ENDINGS[check_ending(path)]
    try:
        with replacing(target) as temporary, open_writer(temporary) as write:
            for log in logs:
                for table in tabulate(log):
                    write(table)
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror or error}") from error


def check_ending(path: str | os.PathLike[str]) -> str:
    """Return the suffix of a file for a log; raises InputError for one that says no form of a log."""
    ending = Path(path).suffix.lower()
    if ending not in _ENDINGS:
        raise InputError(f"{Path(path)}: an event log is written to a file ending in .csv or .parquet")
    return ending


def tabulate(log: EventLog, rows: int = ROWS) -> Iterator[pd.DataFrame]:
    """Yield `log.table` in slices of so many rows, at least one."""
    for first in range(0, max(len(log.visits), 1), rows):
        whole = first == 0 and len(log.visits) <= rows
        yield (log if whole else _take(log, slice(first, first + rows))).table


def make_csv_writer(file: TextIO) -> Write:
    """Return what writes tables into a text file, with the names of the columns once."""
    header = True

    def write(table: pd.DataFrame) -> None:
        nonlocal header
        table.to_csv(file, index=False, lineterminator="\n", header=header)
        header = False

    return write


def _take(log: EventLog, visits: slice) -> EventLog:
    """Return a log of some visits, of their customers and of those whom these descend from."""
    rows = log.visits[visits].copy()
    parents = log.customers["parent"]
    kept = np.unique(rows["customer"])
    while len(more := np.setdiff1d(parents[kept], kept)) > int(-1 in more):
        kept = np.union1d(kept, more[more >= 0])
    rows["customer"] = np.searchsorted(kept, rows["customer"])
    customers = log.customers[kept]
    referred = customers["parent"] >= 0
    customers["parent"][referred] = np.searchsorted(kept, customers["parent"][referred])
    own = {name: value[kept] for name in OWN if isinstance(value := getattr(log, name), np.ndarray)}
    return replace(log, customers=customers, visits=rows, **own)


@contextmanager
def _open_csv(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as file:
        yield make_csv_writer(file)


@contextmanager
def _open_parquet(path: Path) -> Iterator[Write]:
    """Give what writes tables into a file, in groups of `ROWS` rows whatever the sizes of the tables."""
    try:
        pyarrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtraError("pyarrow", "data") from error
    writer: Any = None
    waiting: Any = None

    def write(table: pd.DataFrame) -> None:
        nonlocal writer, waiting
        if writer is None:
            waiting = pyarrow.Table.from_pandas(table, preserve_index=False)
            writer = parquet.ParquetWriter(path, waiting.schema)
        else:
            new = pyarrow.Table.from_pandas(table, schema=waiting.schema, preserve_index=False)
            waiting = pyarrow.concat_tables([waiting, new])
        while waiting.num_rows >= ROWS:
            writer.write_table(waiting.slice(0, ROWS), ROWS)
            waiting = waiting.slice(ROWS)

    try:
        yield write
        if writer is not None:
            if waiting.num_rows:
                writer.write_table(waiting, ROWS)
            writer.close()
    except BaseException:
        if writer is not None:
            with suppress(Exception):  # the file is thrown away; what went wrong is told already
                writer.close()
        raise


_ENDINGS: Final = {".csv": _open_csv, ".parquet": _open_parquet}
