"""`funnelsim history`: one replication as an event log."""

from __future__ import annotations

import sys
from typing import Annotated

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
from funnelsim.cli.words import Word, examples


@app.command(
    cls=Word,
    short_help="Write one replication as an event log.",
    epilog=examples("funnelsim history scenarios/smallest.yaml -o log.csv"),
)
def history(  # noqa: PLR0913 (one parameter for each option)
    file: FileArgument,
    *,
    replication: Annotated[int, typer.Option(metavar="K", min=0, help="Which replication.")] = 0,
    seed: SeedOption = None,
    horizon: HorizonOption = None,
    cohort: CohortOption = None,
    engine: EngineOption = EngineName.COMPILED,
    allow_large: LargeOption = False,
    lang: LanguageOption = None,
    output: LogOption = None,
) -> None:
    """Write one replication as an event log: one row per visit to a stage."""
    from funnelsim import simulation
    from funnelsim.eventlog import write_log
    from funnelsim.files.loading import load
    from funnelsim.views.saving import check_target

    if output is not None:
        check_target(output)
    study = load(file)
    tell_warnings(study, str(lang))
    with announce_compiling(str(lang)):
        log = simulation.history(
            study.funnel,
            run=study.run,
            seed=seed,
            horizon=horizon,
            cohort=cohort,
            replication=replication,
            engine=engine,
            allow_large=allow_large,
        )
    if output is None:
        log.table.to_csv(sys.stdout, index=False, lineterminator="\n")
    else:
        write_log(log, output)
        tell_written(output, str(lang))
