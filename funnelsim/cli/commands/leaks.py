"""`funnelsim leaks`: where the money goes."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from funnelsim.cli.app import app
from funnelsim.cli.options import (
    BackendName,
    CohortOption,
    EngineName,
    EngineOption,
    Format,
    FormatOption,
    HorizonOption,
    JobsOption,
    LanguageOption,
    LargeOption,
    OutputOption,
    ReplicationsOption,
    SeedOption,
)
from funnelsim.cli.results import (
    Result,
    announce_compiling,
    deliver,
    settle_form,
    settle_jobs,
    show_progress,
    tell_warnings,
)
from funnelsim.cli.words import Word, examples

if TYPE_CHECKING:
    from rich.console import RenderableType

    from funnelsim.leakage import Leaks
    from funnelsim.uncertain_leaks import UncertainLeaks
    from funnelsim.views.naming import Names


class MethodName(StrEnum):
    """How to answer."""

    AUTO = "auto"
    EXACT = "exact"
    SIMULATION = "simulation"


@app.command(
    cls=Word,
    short_help="Where the money goes, and what less of a loss brings.",
    epilog=examples(
        "funnelsim leaks scenarios/smallest.yaml --bounds",
        "funnelsim leaks scenarios/b2b_sales.yaml --replications 10",
        "funnelsim history scenarios/smallest.yaml -o log.csv && funnelsim leaks log.csv",
    ),
)
def leaks(  # noqa: PLR0913 (one parameter for each option)
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A funnel or scenario file (YAML), or an event log that `history` wrote (.csv, .parquet).",
            show_default=False,
        ),
    ],
    *,
    bounds: Annotated[
        bool, typer.Option("--bounds", help="Show the most that each figure may be if causes depend on one another.")
    ] = False,
    orders: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=2,
            help="Orders to draw for the Shapley split of more than 12 causes (100), or of simulated ones (none).",
            show_default=False,
        ),
    ] = None,
    method: Annotated[
        MethodName, typer.Option(help="The solver where it is exact, or as said here.")
    ] = MethodName.AUTO,
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    horizon: HorizonOption = None,
    cohort: CohortOption = None,
    draws: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="How many draws of the file's uncertain numbers; by default 400 by the solver or 50 by simulation; "
            "0: only at the means.",
            show_default=False,
        ),
    ] = None,
    engine: EngineOption = EngineName.COMPILED,
    jobs: JobsOption = None,
    allow_large: LargeOption = False,
    lang: LanguageOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Say where people and money are lost, by stage and cause, and what less of each loss would bring.

    Of a scenario file, the base. Where the file has uncertain numbers, it also says how sure that is (--draws). CSV
    has the columns stage, cause, side, segment, measure, statistic, value.
    """
    language, form = str(lang), settle_form(form, output)
    from funnelsim.losses import leaks as find_leaks
    from funnelsim.views.naming import make_names

    if file.suffix.lower() in (".csv", ".parquet"):
        from funnelsim.observing import read_record

        _deliver(find_leaks(read_record(file)), None, make_names([], language), form, output, bounds=bounds)
        return
    from funnelsim.files.loading import load
    from funnelsim.simulation import make_run

    study = load(file)
    tell_warnings(study, language)
    settings = make_run(study.run, replications, seed, horizon, None, cohort)
    with show_progress(language) as progress, announce_compiling(language):
        found = find_leaks(
            study.funnel,
            run=settings,
            method=method,
            engine=engine,
            jobs=settle_jobs(jobs, engine, BackendName.LOCAL, [study.funnel], settings),
            orders=orders,
            allow_large=allow_large,
            progress=progress,
        )
        doubts = None
        if study.uncertain and draws != 0:
            from funnelsim.uncertain_leaks import spread_leaks

            doubts = spread_leaks(
                study,
                settings,
                draws=draws,
                method=method,
                engine=engine,
                allow_large=allow_large,
                progress=progress,
            )
    _deliver(found, doubts, make_names([study.funnel], language), form, output, bounds=bounds)


def _deliver(
    found: Leaks, doubts: UncertainLeaks | None, names: Names, form: Format, output: Path | None, *, bounds: bool
) -> None:
    from funnelsim.leakage import leaks_document
    from funnelsim.views.leak_doubts import list_leak_doubts
    from funnelsim.views.leaking import LEAKS_COLUMNS, list_leaks, save_leaks, show_leaks

    document = leaks_document(found, names.language)
    if doubts is not None:
        from funnelsim.uncertain_leaks import describe_uncertain_leaks

        document["uncertainty"] = describe_uncertain_leaks(doubts, names.language)
    rows = [*list_leaks(document), *list_leak_doubts(document)]

    def show(width: int) -> Sequence[RenderableType]:
        return show_leaks(document, names, width, bounds=bounds)

    def save(path: Path) -> None:
        save_leaks(path, document, names)

    deliver(Result(document, LEAKS_COLUMNS, rows, show, save), form, output, names.language)
