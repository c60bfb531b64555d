"""`funnelsim history`: one replication as an event log."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from funnelsim.cli.app import app
from funnelsim.cli.options import (
    CohortOption,
    EngineName,
    EngineOption,
    FileArgument,
    HorizonOption,
    LanguageOption,
    LargeOption,
    LogOption,
    SeedOption,
)
from funnelsim.cli.results import announce_compiling, tell_warnings, tell_written
from funnelsim.cli.words import Word, examples, tell

if TYPE_CHECKING:
    from funnelsim.eventlog import EventLog


@app.command(
    cls=Word,
    short_help="Write one replication as an event log.",
    epilog=examples(
        "funnelsim history scenarios/smallest.yaml -o log.csv",
        "funnelsim history scenarios/smallest.yaml -o crm.csv --dirt 2%",
    ),
)
def history(  # noqa: PLR0913 (one parameter for each option)
    file: FileArgument,
    *,
    replication: Annotated[int, typer.Option(metavar="K", min=0, help="Which replication.")] = 0,
    seed: SeedOption = None,
    horizon: HorizonOption = None,
    cohort: CohortOption = None,
    engine: EngineOption = EngineName.COMPILED,
    dirt: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE",
            help="Write it as a CRM would export it, with this share of rows spoilt in each way, "
            "and the mapping file that reads it beside it.",
            show_default=False,
        ),
    ] = None,
    allow_large: LargeOption = False,
    lang: LanguageOption = None,
    output: LogOption = None,
) -> None:
    """Write one replication as an event log: one row per visit to a stage."""
    from funnelsim.files.loading import load
    from funnelsim.histories import history as whole_history
    from funnelsim.histories import stream_history
    from funnelsim.logfiles import check_ending, make_csv_writer, tabulate, write_logs
    from funnelsim.simulation import make_run
    from funnelsim.views.saving import check_target

    if output is not None:
        check_target(output)
        check_ending(output)
    share = _share(dirt, output)
    study = load(file)
    tell_warnings(study, str(lang))
    settings = make_run(study.run, 1, seed, horizon, None, cohort)
    with announce_compiling(str(lang)):
        if share is not None and output is not None:
            log = whole_history(
                study.funnel, run=settings, replication=replication, engine=engine, allow_large=allow_large
            )
            _write_export(log, share, settings.seed, output, str(lang))
            return
        logs = stream_history(study.funnel, settings, replication, engine, allow_large=allow_large)
        if output is None:
            write = make_csv_writer(sys.stdout)
            for log in logs:
                for table in tabulate(log):
                    write(table)
        else:
            write_logs(logs, output)
            tell_written(output, str(lang))


def _share(dirt: str | None, output: Path | None) -> float | None:
    """Return the share of dirt that is asked for; it needs a file, beside which its mapping stands."""
    if dirt is None:
        return None
    from funnelsim.errors import InputError
    from funnelsim.units import parse_share

    if output is None or output.suffix.lower() != ".csv":
        raise InputError("--dirt writes two files, a log and its mapping: name the first, such as -o crm.csv")
    try:
        return parse_share(dirt)
    except ValueError as error:
        raise InputError(f"--dirt: {error}") from None


def _write_export(log: EventLog, share: float, seed: int, output: Path, language: str) -> None:
    """Write a log as a CRM exports it, and the mapping file beside it; say what dirt is in it."""
    from funnelsim.reading.dirt import export_log
    from funnelsim.views.saving import save_text
    from funnelsim.views.texts import text

    export = export_log(log, dirt=share, seed=seed)
    mapping = output.with_suffix(".map.yaml")
    for path, content in ((output, export.text), (mapping, export.mapping)):
        save_text(path, content)
        tell_written(path, language)
    kinds = ", ".join(f"{kind} {len(rows)}" for kind, rows in export.planted.items())
    tell(text("reading.planted" if kinds else "reading.clean", language, file=output, kinds=kinds))
