"""`funnelsim report`: a report to hand on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from funnelsim.cli.app import app
from funnelsim.cli.options import (
    BackendName,
    CohortOption,
    DrawsOption,
    EngineName,
    EngineOption,
    FileArgument,
    HorizonOption,
    JobsOption,
    LanguageOption,
    LargeOption,
    PrecisionOption,
    ReplicationsOption,
    SeedOption,
)
from funnelsim.cli.results import announce_compiling, settle_jobs, show_progress, tell_warnings, tell_written
from funnelsim.cli.words import Word, examples


class Part(StrEnum):
    """What can be left out."""

    LEAKS = "leaks"
    SENSITIVITY = "sensitivity"
    BUDGET = "budget"


@app.command(
    cls=Word,
    short_help="Write a report to hand on: the decision first.",
    epilog=examples(
        "funnelsim report scenarios/problem_to_repeat.yaml -o report.html",
        "funnelsim report scenarios/problem_to_repeat.yaml --lang ru -o отчёт.xlsx",
        "funnelsim report scenarios/b2b_sales.yaml --without sensitivity --without leaks -o quick.html",
    ),
)
def report(  # noqa: PLR0913 (one parameter for each option)
    file: FileArgument,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The report to write.", show_default=False)
    ],
    without: Annotated[
        list[Part] | None,
        typer.Option(
            metavar="leaks|sensitivity|budget",
            help="Leave out a part that takes long where teams answer; may be repeated.",
            show_default=False,
        ),
    ] = None,
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    horizon: HorizonOption = None,
    cohort: CohortOption = None,
    precision: PrecisionOption = None,
    draws: DrawsOption = None,
    engine: EngineOption = EngineName.COMPILED,
    jobs: JobsOption = None,
    allow_large: LargeOption = False,
    lang: LanguageOption = None,
) -> None:
    """Write a report: the decision, the funnel, leaks, who was saved, sensitivity, assumptions, provenance.

    By the ending of -o: one HTML file that needs no server and no network, or a spreadsheet with native charts. With
    the STRESS-DES checklist filled from the file and the run.
    """
    language = str(lang)
    from funnelsim.files.loading import load
    from funnelsim.simulation import make_run
    from funnelsim.views.report import report as write
    from funnelsim.views.report.writing import check_ending
    from funnelsim.views.saving import check_target

    check_ending(output)
    check_target(output)
    study = load(file)
    tell_warnings(study, language)
    settings = make_run(study.run, replications, seed, horizon, None, cohort)
    funnels = [study.funnel, *(scenario.funnel for scenario in study.scenarios)]
    with show_progress(language) as progress, announce_compiling(language):
        write(
            study,
            output,
            lang=language,
            without=[str(part) for part in without or ()],
            replications=replications,
            seed=seed,
            horizon=horizon,
            cohort=cohort,
            precision=precision,
            draws=draws,
            engine=engine,
            jobs=settle_jobs(jobs, engine, BackendName.LOCAL, funnels, settings),
            allow_large=allow_large,
            progress=progress,
        )
    tell_written(output, language)
