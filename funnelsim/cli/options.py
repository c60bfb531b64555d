"""The options that commands share, and the words that they take."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from funnelsim.languages import environment_language


class Language(StrEnum):
    """Languages of results."""

    EN = "en"
    RU = "ru"


class Format(StrEnum):
    """Forms of results."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


class EngineName(StrEnum):
    """Engines that simulate."""

    COMPILED = "compiled"
    REFERENCE = "reference"


class BackendName(StrEnum):
    """Where work is done."""

    LOCAL = "local"
    DASK = "dask"


def _remember_language(ctx: typer.Context, value: Language | None) -> Language:
    """Return the language asked for, here or before the command, else that of the environment."""
    language = value or Language(ctx.find_root().obj or environment_language())
    ctx.find_root().obj = language
    return language


def _option(metavar: str, description: str, *names: str, **rest: Any) -> Any:  # noqa: ANN401 (typer's own type is private)
    """Return an option without a default of its own: the description says what holds without it."""
    return typer.Option(*names, metavar=metavar, help=description, show_default=False, **rest)


FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A funnel file or a scenario file (YAML).", show_default=False)
]
SeedOption = Annotated[int | None, _option("N", "Seed of the random numbers; by default the file's, or 0.")]
ReplicationsOption = Annotated[int | None, _option("N", "How many independent runs; by default the file's, or 20.")]
DrawsOption = Annotated[
    int | None,
    _option(
        "N",
        "How many draws of the file's uncertain numbers; by default 1,000 by the solver or 200 by simulation; "
        "0: only at the means.",
    ),
]
CohortOption = Annotated[
    str | None, _option("N|TIME", "Follow the first N customers, or all who come in TIME (90 d), to the end.")
]
HorizonOption = Annotated[str | None, _option("TIME", "Simulate a calendar window of this length (365 d).")]
PrecisionOption = Annotated[
    str | None,
    _option(
        "SHARE|AMOUNT",
        "Add replications until half the interval is this narrow: 2% of the mean, or an amount of money.",
    ),
]
WithinOption = Annotated[
    str | None,
    _option("TIMES", "Share of those who waited who were answered in each time; by default 2 min, 1 h, 1 d."),
]
AtOption = Annotated[
    str | None, _option("TIMES", 'Where customers are by some times since entering, such as "30 d, 365 d".')
]
MapOption = Annotated[
    Path | None, _option("MAP", "What the log's columns mean; without it, an event log of `history`.", "--map")
]
EngineOption = Annotated[EngineName, typer.Option(help="What simulates.")]
JobsOption = Annotated[
    int | None,
    _option(
        "N",
        "How many work at a time, 0 for one per core; by default more than one if it pays. Results are the same.",
        min=0,
    ),
]
BackendOption = Annotated[BackendName, typer.Option(help="Where to work: on this machine, or on a Dask cluster.")]
SchedulerOption = Annotated[
    str | None,
    _option("ADDRESS", "Dask scheduler, tcp://HOST:PORT; by default a cluster is started on this machine."),
]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on where the same run was ended.")]
LargeOption = Annotated[bool, typer.Option("--allow-large", help="Run even beyond the budget of size.")]
LanguageOption = Annotated[
    Language | None,
    typer.Option(
        "--lang", callback=_remember_language, help="Language of the result; by default that of the environment."
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="Form of the result; by default that of the ending of -o, or table."),
]
OutputOption = Annotated[
    Path | None, _option("FILE", "Write to a file, whole or not at all, instead of stdout.", "--output", "-o")
]
LogOption = Annotated[
    Path | None, _option("LOG", "Write to a .csv or .parquet file instead of CSV to stdout.", "--output", "-o")
]
