"""`funnelsim fit`: a funnel out of historical data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from funnelsim.cli.app import app
from funnelsim.cli.options import AtOption, FormatOption, LanguageOption, MapOption
from funnelsim.cli.results import Result, announce_compiling, deliver, settle_form, tell_report, tell_written
from funnelsim.cli.words import Word, examples, tell
from funnelsim.errors import InputError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from funnelsim.findings import Report
    from funnelsim.fitting.fit import Fit

#: Endings of the file that the funnel is written to.
FUNNEL_ENDINGS = (".yaml", ".yml")


@app.command(
    cls=Word,
    short_help="A funnel with its loss rates, from historical data.",
    epilog=examples(
        "funnelsim fit log.csv -o fitted.yaml",
        "funnelsim fit deals.csv --guess",
        'funnelsim fit deals.csv --map deals.map.yaml --at "30 d, 90 d" -o fitted.yaml',
    ),
)
def fit(  # noqa: PLR0913 (one parameter for each option)
    log: Annotated[
        str,
        typer.Argument(
            metavar="LOG",
            help="A table of deals, events, durations or counts, or an event log (.csv, .parquet, .xlsx).",
            show_default=False,
        ),
    ],
    *,
    mapping: MapOption = None,
    guess: Annotated[
        bool,
        typer.Option("--guess", help="Only write a mapping to start from, to -o or beside LOG; never over a file."),
    ] = False,
    at: AtOption = None,
    draws: Annotated[
        int, typer.Option(metavar="N", min=20, help="Joint draws of the numbers, for the uncertainty.")
    ] = 400,
    latent: Annotated[
        str | None,
        typer.Option(
            metavar="2|3|auto",
            help="Tell apart so many segments that nobody wrote down; `auto`: as many as BIC finds, up to three.",
            show_default=False,
        ),
    ] = None,
    certain: Annotated[bool, typer.Option("--certain", help="Write numbers only, without the table of draws.")] = False,
    name: Annotated[str, typer.Option(metavar="TEXT", help="Name of the funnel.", show_default=False)] = "",
    lang: LanguageOption = None,
    form: FormatOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="FUNNEL.yaml: the funnel, with its draws beside it; other endings: the result.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Estimate a funnel from what happened: losses by cause, times, routes, money, arrivals, each with its interval.

    Open deals are censored and late entries truncated, not dropped. CSV has the columns stage, touchpoint, cause,
    measure, time, statistic, value.
    """
    language = str(lang)
    if guess:
        _guess(log, mapping, output, language)
        return
    to_funnel = output is not None and output.suffix.lower() in FUNNEL_ENDINGS
    target = None if to_funnel else output
    form = settle_form(form, target)
    from funnelsim.fitting.outcome import fit_document
    from funnelsim.views.fits import COLUMNS, list_fit
    from funnelsim.views.fitted_files import fitted_text, samples_table
    from funnelsim.views.naming import make_names
    from funnelsim.views.saving import check_target, save_text

    if output is not None and to_funnel:
        check_target(output)
    with announce_compiling(language):
        found, report = _fit(log, mapping, at, latent, draws=draws, name=name or Path(log).stem, language=language)
    if output is not None and to_funnel:
        samples = "" if certain else f"{output.stem}.draws.csv"
        if samples:
            save_text(output.with_name(samples), samples_table(found))
        save_text(output, fitted_text(found, language, source=Path(log).name, samples=samples))
        tell_written(output, language)
    document = fit_document(found)
    if report is not None:
        document["reading"] = report.document
    names = make_names([found.funnel], language)

    def show(width: int) -> Sequence[RenderableType]:
        from funnelsim.views.fits import show_fit

        return show_fit(found, document, names, width)

    def save(path: Path) -> None:
        from funnelsim.views.fits import save_fit

        save_fit(path, found, document, names)

    deliver(Result(document, COLUMNS, list_fit(document), show, save), form, target, language)


def _fit(
    log: str, mapping: Path | None, at: str | None, latent: str | None, *, draws: int, name: str, language: str
) -> tuple[Fit, Report | None]:
    """Read and fit a log or a table of counts; say what reading found, and return it."""
    from funnelsim.fitting.aggregates import fit_counts
    from funnelsim.fitting.fit import fit as fit_log
    from funnelsim.mapping import COUNTS
    from funnelsim.reading.counts import read_counts
    from funnelsim.reading.logs import read_log, settle_mapping

    known = settle_mapping(mapping)
    if known.shape == COUNTS:
        if at is not None:
            raise InputError("--at: counts have no times")
        if latent is not None:
            raise InputError("--latent: counts have no customers")
        counts = read_counts(log, known)
        tell_report(counts.report, language)
        return fit_counts(counts, draws=draws, name=name), counts.report
    history = read_log(log, known)
    tell_report(history.report, language)
    return fit_log(history, at=at, draws=draws, name=name, latent=latent), history.report


def _guess(log: str, mapping: Path | None, output: Path | None, language: str) -> None:
    """Write a mapping file to start from, and say what to look at in it and what to do next."""
    from funnelsim.reading.guessing import guess_mapping
    from funnelsim.views.saving import save_new_text
    from funnelsim.views.texts import text

    if mapping is not None:
        raise InputError("--guess writes a mapping, and --map reads one: give one of the two")
    if "://" in log:
        raise InputError(
            "--guess looks at a file; of a database, save some rows of your query as CSV and guess from them"
        )
    target = Path(log).with_suffix(".map.yaml") if output is None else output
    if target.suffix.lower() not in FUNNEL_ENDINGS:
        raise InputError(f"--guess writes a mapping file: expected -o MAP.yaml, found {target}")
    save_new_text(target, guess_mapping(log))
    tell_written(target, language)
    tell(text("fit.guess.look", language, map=target))
    tell(text("fit.guess.next", language, log=log, map=target))
