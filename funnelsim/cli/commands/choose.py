"""`funnelsim choose`: the best set of interventions within a budget."""

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
    DrawsOption,
    EngineName,
    EngineOption,
    FileArgument,
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


class Objective(StrEnum):
    """What the best gains most of."""

    PROFIT = "profit"
    REVENUE = "revenue"
    WON = "won"


ByOption = Annotated[Objective, typer.Option("--by", help="What is to gain most; profit is after what it costs.")]
MethodOption = Annotated[
    str, typer.Option(metavar="auto|exact|simulation", help="How to value: by the solver where it answers, or not.")
]


@app.command(
    cls=Word,
    short_help="The best interventions for a budget.",
    epilog=examples(
        "funnelsim choose scenarios/budget.yaml --budget 1000000",
        "funnelsim choose scenarios/budget.yaml --drop-stages",
        "funnelsim choose scenarios/b2b_sales.yaml --budget 1000000 --lang ru -o choice.xlsx",
    ),
)
def choose(  # noqa: PLR0913 (one parameter for each option)
    file: FileArgument,
    *,
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNT",
            help="What the interventions may cost, once and per month over the window; by default anything.",
            show_default=False,
        ),
    ] = None,
    by: ByOption = Objective.PROFIT,
    drop_stages: Annotated[
        bool,
        typer.Option(
            "--drop-stages", help="Try every way to drop and merge stages marked `removable` and `mergeable` instead."
        ),
    ] = False,
    method: MethodOption = "auto",
    confidence: Annotated[
        float, typer.Option(metavar="SHARE", help="Of a simulated choice: how surely it is to be right.")
    ] = 0.95,
    zone: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNT",
            help="Of a simulated choice: the difference that does not matter; by default 1% of the base's revenue.",
            show_default=False,
        ),
    ] = None,
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    horizon: HorizonOption = None,
    cohort: CohortOption = None,
    draws: DrawsOption = None,
    engine: EngineOption = EngineName.COMPILED,
    jobs: JobsOption = None,
    allow_large: LargeOption = False,
    lang: LanguageOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Choose the interventions of a file that bring most within a budget, and say what is best for every other budget.

    Sets keep to `excludes`, `requires` and `levels`. Where the solver answers, every set is solved; else sets are
    simulated on the same customers, and the best again with other luck. Where the file has uncertain numbers, it also
    says how sure the best is (--draws). CSV has the columns part, option, set, measure, value.
    """
    language, form = str(lang), settle_form(form, output)
    from funnelsim import choosing
    from funnelsim.choice import choice_document
    from funnelsim.files.loading import load
    from funnelsim.simulation import make_run
    from funnelsim.views.choices import COLUMNS, list_choice

    study = load(file)
    tell_warnings(study, language)
    settings = make_run(study.run, replications, seed, horizon, None, cohort)
    with show_progress(language) as progress, announce_compiling(language):
        result = choosing.choose(
            study,
            budget,
            by=by,
            drop_stages=drop_stages,
            method=method,
            confidence=confidence,
            zone=zone,
            replications=replications,
            seed=seed,
            horizon=horizon,
            cohort=cohort,
            draws=draws,
            engine=engine,
            jobs=settle_jobs(jobs, engine, BackendName.LOCAL, [study.funnel], settings),
            allow_large=allow_large,
            progress=progress,
        )
    document = choice_document(result, language)

    def show(width: int) -> Sequence[RenderableType]:
        from funnelsim.views.choices import show_choice

        return show_choice(document, language, width)

    def save(path: Path) -> None:
        from funnelsim.views.choices import save_choice

        save_choice(path, document, language)

    deliver(Result(document, COLUMNS, list_choice(document), show, save), form, output, language)
