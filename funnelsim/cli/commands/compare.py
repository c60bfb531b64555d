"""`funnelsim compare`: compare scenarios with their base."""

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
    short_help="Compare scenarios: the lift in revenue of each.",
    epilog=examples(
        "funnelsim compare scenarios/saas_owner.yaml",
        "funnelsim compare scenarios/saas_owner.yaml --precision 2% --lang ru -o lifts.xlsx",
        "funnelsim compare scenarios/problem_to_repeat.yaml --format json",
    ),
)
def compare(  # noqa: PLR0913 (one parameter for each option)
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
    """Compare scenarios with their base: the expected lift in revenue of each, with intervals.

    Base and scenarios meet the same customers with the same luck. Where the file has uncertain numbers, it also says
    how sure the lifts are, with what probability each scenario is best, and what to measure next (--draws). CSV has
    the columns world, label, measure, statistic, value; the ledger (who was saved, and what became of them) and teams
    are in table, JSON and XLSX.
    """
    language, form = str(lang), settle_form(form, output)
    from funnelsim import comparison
    from funnelsim.files.loading import load
    from funnelsim.simulation import make_run
    from funnelsim.views.documents import COMPARE_COLUMNS, list_comparison
    from funnelsim.views.doubts import list_doubts
    from funnelsim.views.naming import name_study

    study = load(file)
    tell_warnings(study, language)
    settings = make_run(study.run, replications, seed, horizon, None, cohort)
    funnels = [study.funnel, *(scenario.funnel for scenario in study.scenarios)]
    with show_progress(language) as progress, announce_compiling(language):
        result = comparison.compare(
            study,
            replications=replications,
            seed=seed,
            horizon=horizon,
            cohort=cohort,
            engine=engine,
            jobs=settle_jobs(jobs, engine, backend, funnels, settings),
            backend=backend,
            scheduler=scheduler,
            resume=resume,
            precision=precision,
            within=within,
            draws=draws,
            allow_large=allow_large,
            progress=progress,
        )
    document = comparison.comparison_document(result, language)
    names = name_study(study, language)

    def show(width: int) -> Sequence[RenderableType]:
        from funnelsim.views.lifts import show_comparison

        return show_comparison(document, study, names, width)

    def save(path: Path) -> None:
        from funnelsim.views.spreadsheet import save_comparison

        save_comparison(path, document, study, names)

    base_label = result.base.label.text(language)
    rows = [*list_comparison(document, base_label), *list_doubts(document, base_label)]
    deliver(Result(document, COMPARE_COLUMNS, rows, show, save), form, output, language)
