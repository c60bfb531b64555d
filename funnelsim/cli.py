"""The command line: its words are the verbs of the library, and it alone prints.

Results go to stdout, everything else to stderr. Exit codes: 0 fine, 1 unexpected, 2 the input is wrong, 130
interrupted. Heavy packages are imported inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from funnelsim import __version__
from funnelsim.errors import FunnelsimError, InputError, Problem

if TYPE_CHECKING:
    from rich.console import RenderableType

    from funnelsim.model import Funnel, Study
    from funnelsim.simulation import Progress

#: Stage visits from which on starting more processes pays.
MANY_VISITS = 200_000
#: Columns of a table that is not printed on a terminal.
WIDTH = 100


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

    REFERENCE = "reference"


class Word(TyperCommand):
    """A command, with its arguments plain in the usage line."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 (typer's own type is private)
        """Return the parts of the usage line, without braces."""
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]


class Words(TyperGroup):
    """The commands, in the order of their use, with every error as a line on stderr and an exit code."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 (typer's own type is private)
        """Return the names of the commands as they are written down here."""
        return list(self.commands)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 (typer's own type is private)
        """Run a command; what goes wrong becomes lines on stderr and an exit code."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except KeyboardInterrupt:
            _tell(_text(ctx, "interrupted"))
            raise typer.Exit(130) from None
        except InputError as error:
            _tell_problems(error, ctx)
            raise typer.Exit(2) from None
        except FunnelsimError as error:
            _tell(str(error))
            raise typer.Exit(2) from None
        except BrokenPipeError:
            # The reader has seen enough; the rest must not be flushed at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except Exception as error:
            if os.environ.get("FUNNELSIM_DEBUG") == "1":
                raise
            _tell_unexpected(error)
            raise typer.Exit(1) from None
        return result


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
        if not stream.isatty():
            stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    app(prog_name="funnelsim")


def _print_version(value: bool) -> None:
    if value:
        print(f"funnelsim {__version__}")
        raise typer.Exit


def _remember_language(ctx: typer.Context, value: Language | None) -> Language:
    """Return the language asked for, else that of the environment; errors are told in it too."""
    language = value or Language(_environment_language())
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
EngineOption = Annotated[EngineName, typer.Option(help="What simulates.")]
JobsOption = Annotated[
    int | None,
    _option(
        "N", "Processes, 0 for one per core; by default more than one if the run is long. Results are the same.", min=0
    ),
]
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


@app.callback(
    epilog="""
    Example:

    \b
      funnelsim compare scenarios/smallest.yaml
    """
)
def _start(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Simulate a sales funnel stage by stage, and see which change brings how much revenue.

    A funnel and its scenarios are YAML files. Results go to stdout, messages to stderr.
    Exit codes: 0 fine, 1 unexpected, 2 the input is wrong, 130 interrupted.
    """


@app.command(cls=Word, short_help="Check files: every mistake at once.")
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Funnel or scenario files.", show_default=False)],
    lang: LanguageOption = None,
) -> None:
    """Check files: every mistake at once, as file:line:column, and exit code 2.

    \b
    Example:
      funnelsim validate scenarios/*.yaml
    """
    from funnelsim.files.loading import load
    from funnelsim.views.naming import clean
    from funnelsim.views.texts import count, text

    problems: list[Problem] = []
    for file in files:
        try:
            study = load(file)
        except InputError as error:
            problems += error.problems
            continue
        _warn(study, str(lang))
        counts = ", ".join(count(key, number, str(lang)) for key, number in _sizes(study) if number)
        print(clean(text("fine", str(lang), file=file, counts=counts)))
    if problems:
        raise InputError(*problems)


@app.command(cls=Word, short_help="Simulate one funnel.")
def run(  # noqa: PLR0913 (one parameter for each option)
    file: FileArgument,
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    horizon: HorizonOption = None,
    cohort: CohortOption = None,
    precision: PrecisionOption = None,
    engine: EngineOption = EngineName.REFERENCE,
    jobs: JobsOption = None,
    allow_large: LargeOption = False,
    lang: LanguageOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Simulate one funnel: stages, losses by cause, money.

    Of a scenario file, the base. CSV has the columns stage, cause, measure, statistic, value.

    \b
    Examples:
      funnelsim run scenarios/smallest.yaml
      funnelsim run scenarios/smallest.yaml --horizon "90 d" --format csv -o run.csv
    """
    language, form = str(lang), _settle_form(form, output)
    from funnelsim.files.loading import load
    from funnelsim.simulation import simulate
    from funnelsim.tallies import tally_document
    from funnelsim.views.documents import RUN_COLUMNS, list_tally
    from funnelsim.views.naming import make_names

    study = load(file)
    _warn(study, language)
    with _progress(language) as progress:
        tally = simulate(
            study.funnel,
            run=study.run,
            replications=replications,
            seed=seed,
            horizon=horizon,
            cohort=cohort,
            engine=engine,
            jobs=_settle_jobs(jobs, [study.funnel], study, replications, seed, horizon, cohort),
            precision=precision,
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

    _deliver(form, output, language, document, (RUN_COLUMNS, list_tally(document)), show, save)


@app.command(cls=Word, short_help="Compare scenarios: the lift in revenue of each.")
def compare(  # noqa: PLR0913 (one parameter for each option)
    file: FileArgument,
    replications: ReplicationsOption = None,
    seed: SeedOption = None,
    horizon: HorizonOption = None,
    cohort: CohortOption = None,
    precision: PrecisionOption = None,
    engine: EngineOption = EngineName.REFERENCE,
    jobs: JobsOption = None,
    allow_large: LargeOption = False,
    lang: LanguageOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Compare scenarios with their base: the expected lift in revenue of each, with intervals.

    Base and scenarios meet the same customers with the same luck. CSV has the columns world, label, measure,
    statistic, value; the ledger (who was saved, and what became of them) is in table, JSON and XLSX.

    \b
    Examples:
      funnelsim compare scenarios/saas_owner.yaml
      funnelsim compare scenarios/saas_owner.yaml --precision 2% --lang ru -o lifts.xlsx
      funnelsim compare scenarios/problem_to_repeat.yaml --format json
    """
    language, form = str(lang), _settle_form(form, output)
    from funnelsim import comparison
    from funnelsim.files.loading import load
    from funnelsim.views.documents import COMPARE_COLUMNS, list_comparison
    from funnelsim.views.naming import name_study

    study = load(file)
    _warn(study, language)
    funnels = [study.funnel, *(scenario.funnel for scenario in study.scenarios)]
    with _progress(language) as progress:
        result = comparison.compare(
            study,
            replications=replications,
            seed=seed,
            horizon=horizon,
            cohort=cohort,
            engine=engine,
            jobs=_settle_jobs(jobs, funnels, study, replications, seed, horizon, cohort),
            precision=precision,
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
    _deliver(form, output, language, document, (COMPARE_COLUMNS, rows), show, save)


@app.command(cls=Word, short_help="Write one replication as an event log.")
def history(  # noqa: PLR0913 (one parameter for each option)
    file: FileArgument,
    replication: Annotated[int, typer.Option(metavar="K", min=0, help="Which replication.")] = 0,
    seed: SeedOption = None,
    horizon: HorizonOption = None,
    cohort: CohortOption = None,
    engine: EngineOption = EngineName.REFERENCE,
    allow_large: LargeOption = False,
    lang: LanguageOption = None,
    output: Annotated[
        Path | None, _option("LOG", "Write to a .csv or .parquet file instead of CSV to stdout.", "--output", "-o")
    ] = None,
) -> None:
    """Write one replication as an event log: one row per visit to a stage.

    \b
    Example:
      funnelsim history scenarios/smallest.yaml -o log.csv
    """
    language = str(lang)
    from funnelsim import simulation
    from funnelsim.eventlog import write_log
    from funnelsim.files.loading import load
    from funnelsim.views.saving import check_target
    from funnelsim.views.texts import text

    if output is not None:
        check_target(output)
    study = load(file)
    _warn(study, language)
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
        _tell(text("wrote", language, file=output))


@app.command(cls=Word, short_help="List the causes of loss.")
def causes(lang: LanguageOption = None, form: FormatOption = None, output: OutputOption = None) -> None:
    """List the causes of loss: what each means, whose doing it is, how it acts, what acts on it.

    \b
    Examples:
      funnelsim causes
      funnelsim causes --lang ru --format csv -o causes.csv
    """
    language, form = str(lang), _settle_form(form, output)
    from funnelsim.causes import CATALOGUE
    from funnelsim.views.catalogue import COLUMNS, list_causes, show_causes
    from funnelsim.views.texts import text

    catalogue = tuple(CATALOGUE.values())
    listed = list_causes(catalogue, language)
    rows = [tuple(row[column] for column in COLUMNS) for row in listed]

    def save(path: Path) -> None:
        from funnelsim.views.spreadsheet import save_rows

        save_rows(path, text("sheet.causes", language), [text(column, language) for column in COLUMNS], rows)

    _deliver(
        form, output, language, listed, (COLUMNS, rows), lambda width: show_causes(catalogue, language, width), save
    )


@app.command(cls=Word, short_help="Print the JSON Schema of the files.")
def schema(output: OutputOption = None, lang: LanguageOption = None) -> None:
    """Print the JSON Schema of the files, for editors that complete and check them.

    \b
    Example:
      funnelsim schema -o funnelsim.schema.json
    """
    from funnelsim.files.schema import json_schema

    _deliver(Format.JSON, output, str(lang), json_schema())


def _settle_form(form: Format | None, output: Path | None) -> Format:
    """Return the form of the result, by default that of the file's ending; refuse early what cannot be written."""
    if form is None:
        ending = output.suffix[1:].lower() if output else ""
        form = Format(ending) if ending in set(Format) else Format.TABLE
    if form is Format.XLSX:
        if output is None:
            raise InputError("--format xlsx is not for a terminal: name a file, such as -o result.xlsx")
        from funnelsim.views.spreadsheet import require_writer

        require_writer()
    if output is not None:
        from funnelsim.views.saving import check_target

        check_target(output)
    return form


def _settle_jobs(
    jobs: int | None,
    funnels: Sequence[Funnel],
    study: Study,
    replications: int | None,
    seed: int | None,
    horizon: str | None,
    cohort: str | None,
) -> int:
    """Return the number of processes (−1: one per core): as asked for, else more than one for a long run."""
    if jobs is not None:
        return jobs or -1
    from funnelsim.plan import expected_visits
    from funnelsim.simulation import make_run

    settings = make_run(study.run, replications, seed, horizon, None, cohort)
    visits = settings.replications * sum(expected_visits(funnel, settings) for funnel in funnels)
    return -1 if visits > MANY_VISITS and settings.replications > 1 else 1


def _deliver(
    form: Format,
    output: Path | None,
    language: str,
    document: object,
    table: tuple[Sequence[str], Any] | None = None,
    show: Callable[[int], Sequence[RenderableType]] | None = None,
    save: Callable[[Path], None] | None = None,
) -> None:
    """Print a result in its form, or write it to a file and say so on stderr."""
    from funnelsim.views import saving
    from funnelsim.views.texts import text

    if form is Format.XLSX and save is not None and output is not None:
        saving.save(output, save)
    else:
        content = _format(form, output, document, table, show)
        if output is None:
            sys.stdout.write(content)
            return
        saving.save_text(output, content)
    _tell(text("wrote", language, file=output))


def _format(
    form: Format,
    output: Path | None,
    document: object,
    table: tuple[Sequence[str], Any] | None,
    show: Callable[[int], Sequence[RenderableType]] | None,
) -> str:
    from funnelsim.views.documents import to_csv, to_json

    if form is Format.CSV and table is not None:
        return to_csv(*table)
    if form is Format.TABLE and show is not None:
        from funnelsim.views.tables import render

        on_terminal = output is None and sys.stdout.isatty()
        width = typer.get_terminal_size((WIDTH, 24)).columns if on_terminal else WIDTH
        return render(show(width), bold=on_terminal and os.environ.get("TERM") != "dumb")
    return to_json(document)


@contextmanager
def _progress(language: str) -> Iterator[Progress]:
    """Show on stderr, if that is a terminal, how far a run is."""
    from tqdm.auto import tqdm

    from funnelsim.views.texts import text

    with tqdm(desc=text("progress", language), disable=None, leave=False, file=sys.stderr) as bar:

        def move(done: int, most: int) -> None:
            bar.total = most
            bar.update(done - bar.n)

        yield move


def _sizes(study: Study) -> tuple[tuple[str, int], ...]:
    return (
        ("stages", sum(not stage.removed for stage in study.funnel.stages)),
        ("causes", len(study.funnel.causes)),
        ("scenarios", len(study.scenarios)),
    )


def _warn(study: Study, language: str) -> None:
    from funnelsim.views.texts import text

    for warning in study.warnings:
        _tell(text("warning", language, text=warning))


def _tell(message: str) -> None:
    """Say something on stderr, on one line and harmlessly."""
    from funnelsim.views.naming import clean

    print(clean(message), file=sys.stderr)


def _tell_problems(error: InputError, ctx: typer.Context) -> None:
    from funnelsim.views.texts import count, text

    language = str(ctx.find_root().obj or _environment_language())
    for problem in error.problems:
        _tell(str(problem))
    _tell(text("found", language, problems=count("problems", len(error.problems), language)))


def _tell_unexpected(error: Exception) -> None:
    if isinstance(error, OSError) and error.strerror:
        _tell(f"{error.filename or 'stdout'}: {error.strerror}")
        return
    _tell(
        f"unexpected error: {type(error).__name__}: {error}; please report it, with the command and the file "
        "(FUNNELSIM_DEBUG=1 shows where it happened)"
    )


def _text(ctx: typer.Context, key: str) -> str:
    from funnelsim.views.texts import text

    return text(key, str(ctx.find_root().obj or _environment_language()))


def _environment_language() -> str:
    """Return the language of the environment (LC_ALL, LC_MESSAGES, LANG): `ru` where it is Russian, else `en`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "ru" if value.lower().startswith("ru") else "en"
    return "en"
