"""Claims about where logs come from: the same rows give the same log, whatever holds them."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import sqlalchemy

from funnelsim.errors import InputError, MissingExtraError
from funnelsim.eventlog import EventLog
from funnelsim.reading.ahead import read_ahead
from funnelsim.reading.logs import read_log

MAPPING: dict[str, Any] = {
    "shape": "deals",
    "customer": "id",
    "stages": [{"stage": "lead", "entered": "created"}, {"stage": "offer", "entered": "offered"}],
    "closed": "closed",
    "status": "state",
    "won": ["won"],
    "lost": {"column": "why", "when": ["lost"]},
    "open": ["open"],
    "value": "amount",
    "censored_at": "2024-06-30",
}
QUERY = MAPPING | {"query": "SELECT * FROM deals ORDER BY id"}
POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]


def make_deals() -> pd.DataFrame:
    """Deals with dates as dates, ids and amounts as numbers, and cells without anything."""
    return pd.DataFrame(
        {
            "id": [1, 2, 3, 4],
            "created": pd.to_datetime(pd.Series(["2024-01-01", "2024-01-02", "2024-01-03", None])),
            "offered": pd.to_datetime(pd.Series(["2024-01-05", None, None, None])),
            "closed": pd.to_datetime(pd.Series(["2024-02-01", "2024-01-20", None, "2024-02-02"])),
            "state": ["won", "lost", "open", "lost"],
            "why": [None, "price", None, None],
            "amount": [1234.5, None, None, None],
        }
    )


@pytest.fixture(scope="module")
def expected() -> EventLog:
    """The log of the deals, read from a DataFrame; its facts are checked below."""
    return read_log(make_deals(), MAPPING)


def check(log: EventLog, expected: EventLog, first: int = 1) -> None:
    """A log is the expected one; its rows are numbered from `first` on."""
    pd.testing.assert_frame_equal(log.table, expected.table)
    assert (log.start, log.resolution) == (expected.start, expected.resolution)
    assert log.report is not None
    found = {finding.kind: finding.rows for finding in log.report.findings}
    assert found == {"date_missing": (3 + first,), "open": (2 + first,)}


def test_a_data_frame_is_a_source(expected: EventLog) -> None:
    """Numbers are ids, dates are dates: 4 rows, one without a date of entering."""
    check(expected, expected)
    table = expected.table
    assert table["customer"].tolist() == ["1", "1", "2", "3"]
    assert table["outcome"].tolist() == ["next", "won", "lost", "open"]
    assert table["value"].tolist() == [0.0, 1234.5, 0.0, 0.0]
    assert table["entered"].tolist() == [0.0, 4.0, 1.0, 2.0]
    assert expected.resolution == 1.0


def test_csv_is_a_source(expected: EventLog, tmp_path: Path) -> None:
    """Rows of a text file are numbered as a spreadsheet shows them."""
    make_deals().to_csv(tmp_path / "deals.csv", index=False)
    check(read_log(tmp_path / "deals.csv", MAPPING), expected, first=2)


def test_parquet_is_a_source(expected: EventLog, tmp_path: Path) -> None:
    """DuckDB reads Parquet files, with their types."""
    make_deals().to_parquet(tmp_path / "deals.parquet")
    check(read_log(tmp_path / "deals.parquet", MAPPING), expected)


def test_reading_parquet_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB would draw a bar among the results of whatever takes longer than 2 s: it is told not to."""
    path = tmp_path / "deals.parquet"
    make_deals().to_parquet(path)
    made: list[duckdb.DuckDBPyConnection] = []
    connect = duckdb.connect

    def kept(*args: Any, **named: Any) -> duckdb.DuckDBPyConnection:
        made.append(connect(*args, **named))
        return made[-1]

    monkeypatch.setattr(duckdb, "connect", kept)
    read_log(path, MAPPING)
    assert made
    for connection in made:
        assert connection.execute("SELECT current_setting('enable_progress_bar')").fetchall() == [(False,)]


def test_excel_is_a_source(expected: EventLog, tmp_path: Path) -> None:
    """Cells of dates are dates; the sheet is the first, or the one that the mapping names."""
    path = tmp_path / "deals.xlsx"
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        make_deals().to_excel(writer, sheet_name="deals", index=False)
        pd.DataFrame({"x": [1]}).to_excel(writer, sheet_name="other", index=False)
    check(read_log(path, MAPPING), expected, first=2)
    check(read_log(path, MAPPING | {"sheet": "deals"}), expected, first=2)
    with pytest.raises(InputError, match=r"sheet: there is no sheet 'deal' in .*, only: deals, other"):
        read_log(path, MAPPING | {"sheet": "deal"})


def test_a_query_over_sqlite_is_a_source(expected: EventLog, tmp_path: Path) -> None:
    """What a query gives is a source; a broken one is refused with what the database says."""
    address = f"sqlite:///{tmp_path}/crm.db"
    engine = sqlalchemy.create_engine(address)
    make_deals().to_sql("deals", engine, index=False)
    engine.dispose()
    check(read_log(address, QUERY), expected)
    with pytest.raises(InputError, match=r"query: sqlite:.*: no such table: dealz"):
        read_log(address, QUERY | {"query": "SELECT * FROM dealz"})
    with pytest.raises(InputError, match="query: is missing: a database needs a query"):
        read_log(address, MAPPING)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as the tests of this module."""
    if not POSTGRES:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    folder = tmp_path_factory.mktemp("postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    run: list[str] = []
    if shutil.which("runuser") and Path("/proc/self").stat().st_uid == 0:  # the server refuses to run as root
        run = ["runuser", "-u", "postgres", "--"]
        for place in (folder, *folder.parents):
            if place.is_relative_to(tmp_path_factory.getbasetemp().parent.parent):
                place.chmod(place.stat().st_mode | 0o011)
        shutil.chown(folder, "postgres")
    control = [*run, str(POSTGRES[0] / "pg_ctl"), "-D", str(data), "-s", "-w"]
    subprocess.run(
        [*run, str(POSTGRES[0] / "initdb"), "-D", str(data), "-U", "crm", "--auth=trust", "-E", "UTF8"],
        check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    log = folder / "log"
    subprocess.run([*control, "-l", str(log), "-o", options, "start"], check=True, cwd=folder)
    try:
        yield f"postgresql+pg8000://crm@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, cwd=folder)


def test_a_query_over_postgresql_is_a_source(expected: EventLog, postgres: str) -> None:
    """A real server gives the same log, in batches."""
    engine = sqlalchemy.create_engine(postgres)
    make_deals().to_sql("deals", engine, index=False)
    engine.dispose()
    check(read_log(postgres, QUERY), expected)


def test_postgresql_keeps_the_zones_of_its_stamps(postgres: str) -> None:
    """Stamps with a zone are instants, so durations over the change of the clock are true."""
    query = (
        "SELECT * FROM (VALUES (1, 'made', TIMESTAMPTZ '2024-03-30 12:00+01'),"
        " (1, 'paid', TIMESTAMPTZ '2024-03-31 12:00+02'))"
        " AS log (who, what, at)"
    )
    log = read_log(
        postgres,
        {"shape": "events", "customer": "who", "event": "what", "time": "at", "stages": {"new": ["made"]},
         "won": ["paid"], "query": query},
    )  # fmt: skip
    assert (log.visits["left"] - log.visits["entered"]).tolist() == [pytest.approx(23 / 24)]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere.csv", "nowhere.csv: cannot be read: there is no such file"),
        ("old.xls", r"old\.xls: this kind of spreadsheet is not read: save it as \.xlsx or \.csv"),
        ("broken.xlsx", r"broken\.xlsx: is no Excel file"),
        ("broken.parquet", r"broken\.parquet: is no Parquet file"),
        ("nodb://x", "this address of a database is not understood"),
    ],
)
def test_what_is_no_source_is_refused(
    source: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every way to miss a source is one line."""
    monkeypatch.chdir(tmp_path)
    for name in ("old.xls", "broken.xlsx", "broken.parquet"):
        Path(name).write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match=message):
        read_log(source, QUERY)


@pytest.mark.parametrize(("module", "ending"), [("duckdb", "parquet"), ("openpyxl", "xlsx")])
def test_a_missing_extra_says_what_to_install(
    module: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the packages of the extra `data`, one line says how to get them."""
    (tmp_path / f"log.{ending}").write_bytes(b"")
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"{module} is not installed; .* 'funnelsim\[data\]'"):
        read_log(tmp_path / f"log.{ending}", MAPPING)


def test_reading_ahead_keeps_order_and_mistakes() -> None:
    """What was fetched in a thread comes in its order; what went wrong is raised where it would have come."""

    def parts() -> Iterator[int]:
        yield from range(3)
        raise InputError("the file ends in the middle")

    found: list[int] = []
    with pytest.raises(InputError, match="in the middle"):
        found.extend(read_ahead(parts()))
    coming = read_ahead(iter(range(5)))
    assert [next(coming), next(coming)] == [0, 1]
    coming.close()
