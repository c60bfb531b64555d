"""The commands: each loads a file, asks the library one question, and hands the answer on."""

from __future__ import annotations

import atexit
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from funnelsim import __version__
from funnelsim.cli.options import (
    AtOption,
    BackendName,
    BackendOption,
    CohortOption,
    EngineName,
    EngineOption,
    FileArgument,
    FormatOption,
    HorizonOption,
    JobsOption,
    LanguageOption,
    LargeOption,
    LogOption,
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
    deliver_text,
    settle_form,
    settle_jobs,
    show_progress,
    tell_warnings,
    tell_written,
)
from funnelsim.cli.words import INTERRUPTED, Word, Words, examples, tell_warning
from funnelsim.errors import InputError, Problem

if TYPE_CHECKING:
    from rich.console import RenderableType

app = typer.Typer(
    cls=Words,
    name="funnelsim",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if stream.isatty():
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
        else:
            stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    warnings.showwarning = tell_warning
    try:
        app(prog_name="funnelsim")
    except SystemExit as leaving:
        if leaving.code == INTERRUPTED:
            # Tidy up, and go: Python would take its time, and stumble over a compiled loop in another thread.
            atexit._run_exitfuncs()  # noqa: SLF001 (there is no other way to call them)
            sys.stderr.flush()
            os._exit(INTERRUPTED)
        raise


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"funnelsim {__version__}")
        raise typer.Exit


@app.callback(epilog=examples("funnelsim compare scenarios/smallest.yaml"))
def _start(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Simulate a sales funnel stage by stage, and see which change brings how much revenue.

    A funnel and its scenarios are YAML files. Results go to stdout, messages to stderr.
    Exit codes: 0 fine, 1 unexpected, 2 the input is wrong, 130 interrupted.
    """


@app.command(
    cls=Word, short_help="Check files: every mistake at once.", epilog=examples("funnelsim validate scenarios/*.yaml")
)
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Funnel or scenario files.", show_default=False)],
    *,
    lang: LanguageOption = None,
) -> None:
    """Check files: every mistake at once, as file:line:column, and exit code 2."""
    from funnelsim.files.loading import load
    from funnelsim.views.naming import describe_study

    problems: list[Problem] = []
    for file in files:
        try:
            study = load(file)
        except InputError as error:
            problems += error.problems
        else:
            tell_warnings(study, str(lang))
            typer.echo(describe_study(study, str(file), str(lang)))
    if problems:
        raise InputError(*problems)


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
    from funnelsim.views.documents import RUN_COLUMNS, list_tally
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
    document = tally_document(tally, language)
    names = make_names([study.funnel], language)

    def show(width: int) -> Sequence[RenderableType]:
        from funnelsim.views.totals import show_tally

        return show_tally(document, study.funnel, names, width)

    def save(path: Path) -> None:
        from funnelsim.views.spreadsheet import save_tally

        save_tally(path, document, study.funnel, names)

    deliver(Result(document, RUN_COLUMNS, list_tally(document), show, save), form, output, language)


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

    Base and scenarios meet the same customers with the same luck. CSV has the columns world, label, measure,
    statistic, value; the ledger (who was saved, and what became of them) and teams are in table, JSON and XLSX.
    """
    language, form = str(lang), settle_form(form, output)
    from funnelsim import comparison
    from funnelsim.files.loading import load
    from funnelsim.simulation import make_run
    from funnelsim.views.documents import COMPARE_COLUMNS, list_comparison
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

    rows = list_comparison(document, result.base.label.text(language))
    deliver(Result(document, COMPARE_COLUMNS, rows, show, save), form, output, language)


@app.command(
    cls=Word,
    short_help="The exact answer, without simulating.",
    epilog=examples(
        "funnelsim solve scenarios/problem_to_repeat.yaml",
        'funnelsim solve scenarios/saas_owner.yaml --at "30 d, 365 d"',
    ),
)
def solve(
    file: FileArgument,
    *,
    at: AtOption = None,
    lang: LanguageOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Say exactly what is expected per customer who enters: stages, losses by cause, money.

    Of a scenario file, the base. Where there is no exact answer (teams, whose customers wait for each other), it says
    why. CSV has the columns stage, cause, measure, time, value.
    """
    language, form = str(lang), settle_form(form, output)
    from funnelsim.exact import solving
    from funnelsim.exact.solution import solution_document
    from funnelsim.files.loading import load
    from funnelsim.views.documents import SOLVE_COLUMNS, list_solution
    from funnelsim.views.naming import make_names

    study = load(file)
    tell_warnings(study, language)
    solution = solving.solve(study.funnel, run=study.run, at=at)
    document = solution_document(solution, language)
    names = make_names([study.funnel], language)

    def show(width: int) -> Sequence[RenderableType]:
        from funnelsim.views.solutions import show_solution

        return show_solution(document, study.funnel, names, width)

    def save(path: Path) -> None:
        from funnelsim.views.solutions import save_solution

        save_solution(path, document, study.funnel, names)

    deliver(Result(document, SOLVE_COLUMNS, list_solution(document), show, save), form, output, language)


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


@app.command(
    cls=Word,
    short_help="List the causes of loss.",
    epilog=examples("funnelsim causes", "funnelsim causes --lang ru --format csv -o causes.csv"),
)
def causes(*, lang: LanguageOption = None, form: FormatOption = None, output: OutputOption = None) -> None:
    """List the causes of loss: what each means, whose doing it is, how it acts, what acts on it."""
    language, form = str(lang), settle_form(form, output)
    from funnelsim.causes import CATALOGUE
    from funnelsim.views.catalogue import COLUMNS, list_causes, show_causes

    catalogue = tuple(CATALOGUE.values())
    document = list_causes(catalogue, language)
    rows = [tuple(row[column] for column in COLUMNS) for row in document]

    def show(width: int) -> Sequence[RenderableType]:
        return show_causes(catalogue, language, width)

    def save(path: Path) -> None:
        from funnelsim.views.spreadsheet import save_causes

        save_causes(path, rows, language)

    deliver(Result(document, COLUMNS, rows, show, save), form, output, language)


@app.command(
    cls=Word,
    short_help="Print the JSON Schema of the files.",
    epilog=examples("funnelsim schema -o funnelsim.schema.json"),
)
def schema(*, output: OutputOption = None, lang: LanguageOption = None) -> None:
    """Print the JSON Schema of the files, for editors that complete and check them."""
    from funnelsim.files.json_schema import json_schema
    from funnelsim.views.documents import to_json
    from funnelsim.views.saving import check_target

    if output is not None:
        check_target(output)
    deliver_text(to_json(json_schema()), output, str(lang))
