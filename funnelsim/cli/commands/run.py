"""`funnelsim run`: simulate one funnel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from funnelsim.cli.app import app
from funnelsim.cli.options import (
    BackendName,
    BackendOption,
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
    PrecisionOption,
    ReplicationsOption,
    ResumeOption,
    SchedulerOption,
    SeedOption,
    WithinOption,
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
    short_help="Simulate one funnel.",
    epilog=examples(
        "funnelsim run scenarios/smallest.yaml",
        'funnelsim run scenarios/saas_owner.yaml --horizon "90 d" --format csv -o run.csv',
    ),
)
def run(  # noqa: PLR0913 (one parameter for each option)
    file: FileArgument,
    *,
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    horizon: HorizonOption = None,
    cohort: CohortOption = None,
    precision: PrecisionOption = None,
    within: WithinOption = None,
    draws: DrawsOption = None,
    engine: EngineOption = EngineName.COMPILED,
    jobs: JobsOption = None,
    backend: BackendOption = BackendName.LOCAL,
    scheduler: SchedulerOption = None,
    resume: ResumeOption = False,
    allow_large: LargeOption = False,
    lang: LanguageOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Simulate one funnel: stages, losses by cause, money.

    Of a scenario file, the base. CSV has the columns stage, cause, team, measure, statistic, value.
    """
    language, form = str(lang), settle_form(form, output)
    from funnelsim import simulation
    from funnelsim.files.loading import load
    from funnelsim.tallies import tally_document
    from funnelsim.uncertainty import spread_run
    from funnelsim.views.documents import RUN_COLUMNS, list_tally
    from funnelsim.views.doubts import list_spreads
    from funnelsim.views.naming import make_names

    study = load(file)
    tell_warnings(study, language)
    settings = simulation.make_run(study.run, replications, seed, horizon, None, cohort)
    with show_progress(language) as progress, announce_compiling(language):
        tally = simulation.simulate(
            study.funnel,
            run=settings,
            replications=replications,
            engine=engine,
            jobs=settle_jobs(jobs, engine, backend, [study.funnel], settings),
            backend=backend,
            scheduler=scheduler,
            resume=resume,
            precision=precision,
            within=within,
            allow_large=allow_large,
            progress=progress,
        )
        doubts = spread_run(
            study,
            tally.run,
            language,
            draws=draws,
            engine=engine,
            jobs=jobs or 1,
            allow_large=allow_large,
            progress=progress,
        )
    document = tally_document(tally, language) | doubts
    names = make_names([study.funnel], language)

    def show(width: int) -> Sequence[RenderableType]:
        from funnelsim.views.totals import show_tally

        return show_tally(document, study.funnel, names, width)

    def save(path: Path) -> None:
        from funnelsim.views.spreadsheet import save_tally

        save_tally(path, document, study.funnel, names)

    deliver(
        Result(document, RUN_COLUMNS, [*list_tally(document), *list_spreads(document, 3)], show, save),
        form,
        output,
        language,
    )
