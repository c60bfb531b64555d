"""`funnelsim sensitivity`: which number matters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from funnelsim.cli.app import app
from funnelsim.cli.commands.choose import ByOption, MethodOption, Objective
from funnelsim.cli.options import (
    BackendName,
    CohortOption,
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


@app.command(
    cls=Word,
    short_help="Which number matters, and where the best scenario changes.",
    epilog=examples(
        "funnelsim sensitivity scenarios/budget.yaml",
        "funnelsim sensitivity scenarios/saas_owner.yaml --sobol 64 --lang ru",
        "funnelsim sensitivity scenarios/smallest.yaml --by won -o numbers.xlsx",
    ),
)
def sensitivity(  # noqa: PLR0913 (one parameter for each option)
    file: FileArgument,
    *,
    by: ByOption = Objective.PROFIT,
    sobol: Annotated[
        int, typer.Option(metavar="N", help="Sobol indices from so many points (a power of two, such as 64); 0: none.")
    ] = 0,
    method: MethodOption = "auto",
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    horizon: HorizonOption = None,
    cohort: CohortOption = None,
    engine: EngineOption = EngineName.COMPILED,
    jobs: JobsOption = None,
    allow_large: LargeOption = False,
    lang: LanguageOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Turn every number of the base, one at a time: losses and times halved and doubled, and by a percentage point.

    And say at which values another scenario is the best, how interventions interact, and what the file's uncertain
    numbers do over what they may be. CSV has the columns part, number, world, measure, value.
    """
    language, form = str(lang), settle_form(form, output)
    from funnelsim import sensitivities as asked
    from funnelsim.files.loading import load
    from funnelsim.simulation import make_run
    from funnelsim.views.naming import clean, name_study
    from funnelsim.views.sensitivities import COLUMNS, list_sensitivity

    study = load(file)
    tell_warnings(study, language)
    settings = make_run(study.run, replications, seed, horizon, None, cohort)
    with show_progress(language) as progress, announce_compiling(language):
        result = asked.sensitivity(
            study,
            by=by,
            sobol=sobol,
            method=method,
            replications=replications,
            seed=seed,
            horizon=horizon,
            cohort=cohort,
            engine=engine,
            jobs=settle_jobs(jobs, engine, BackendName.LOCAL, [study.funnel], settings),
            allow_large=allow_large,
            progress=progress,
        )
    document = asked.sensitivity_document(result, language)
    names = name_study(study, language)
    sources = {source.name: clean(source.label.text(language)) for source in study.funnel.sources}

    def show(width: int) -> Sequence[RenderableType]:
        from funnelsim.views.sensitivities import show_sensitivity

        return show_sensitivity(document, names, sources, width, study)

    def save(path: Path) -> None:
        from funnelsim.views.sensitivities import save_sensitivity

        save_sensitivity(path, document, names, sources, study)

    deliver(Result(document, COLUMNS, list_sensitivity(document), show, save), form, output, language)
