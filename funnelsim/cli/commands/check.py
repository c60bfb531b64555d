"""`funnelsim check`: whether a funnel reproduces data that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from funnelsim.cli.app import app
from funnelsim.cli.options import AtOption, Format, FormatOption, LanguageOption, MapOption, OutputOption
from funnelsim.cli.results import (
    Result,
    announce_compiling,
    deliver,
    settle_form,
    show_progress,
    tell_report,
    tell_warnings,
)
from funnelsim.cli.words import Word, examples
from funnelsim.errors import InputError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from funnelsim.adequacy.outcome import Adequacy
    from funnelsim.model import Funnel

#: Endings of funnel files.
FUNNEL_ENDINGS = (".yaml", ".yml", ".json")


@app.command(
    cls=Word,
    short_help="Whether a funnel reproduces data that it has not seen.",
    epilog=examples(
        "funnelsim check fitted.yaml log.csv --cut 2025-10-01",
        'funnelsim check deals.csv --map deals.map.yaml --cut 2025-10-01 --at "7 d, 30 d"',
        'funnelsim check deals.csv --map deals.map.yaml --cut 2025-07-01 --window "30 d" --origins 3',
    ),
)
def check(  # noqa: PLR0913 (one parameter for each option)
    data: Annotated[
        list[str],
        typer.Argument(
            metavar="[FUNNEL] LOG",
            help="A funnel file (YAML) and a log that it has not seen; or a log only: fit at the cut, check the rest.",
            show_default=False,
        ),
    ],
    *,
    mapping: MapOption = None,
    cut: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="What happened before it (00:00) is known; what comes is forecast. With a log only, by default when "
            "seven tenths of the customers had come.",
            show_default=False,
        ),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Forecast who comes within it; by default to the end.", show_default=False),
    ] = None,
    origins: Annotated[
        int, typer.Option(metavar="N", min=1, help="So many cuts, each a window later; fitted anew at each.")
    ] = 1,
    at: AtOption = None,
    period: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Count events in such periods; by default a week.", show_default=False),
    ] = None,
    draws: Annotated[int, typer.Option(metavar="N", min=20, help="Draws of the funnel's numbers.")] = 100,
    level: Annotated[
        float, typer.Option(metavar="SHARE", help="How often an adequate funnel may be called inadequate.")
    ] = 0.05,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of the random numbers.")] = 0,
    lang: LanguageOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Forecast what came after a cut, and set it beside what happened: who won, was lost or is where, and when.

    Bands hold what is not known of the numbers and the luck of a finite cohort. Rates that have changed are named with
    stage and date. CSV has the columns kind, origin, since, until, stage, cause, measure, time, statistic, value.
    """
    language, form = str(lang), settle_form(form, output)
    funnel, log = _tell_apart(data)
    from funnelsim.adequacy.checking import check as check_funnel
    from funnelsim.adequacy.checking import hold_out
    from funnelsim.adequacy.cutting import to_days
    from funnelsim.adequacy.settings import first_day, read_length
    from funnelsim.files.loading import load
    from funnelsim.reading.logs import read_log

    length = read_length("window", window)
    study = None if funnel is None else load(funnel)
    if study is not None:
        tell_warnings(study, language)
    with announce_compiling(language):
        history = read_log(log, mapping)
        tell_report(history.report, language)
        with show_progress(language) as progress:
            if study is None:
                found = hold_out(
                    history,
                    cut=cut,
                    window=length,
                    origins=origins,
                    at=at,
                    period=period,
                    draws=draws,
                    seed=seed,
                    level=level,
                    name=Path(log).name.split(".")[0],
                    progress=progress,
                )
            else:
                if origins > 1:
                    raise InputError("--origins: a funnel file is not fitted anew: give the log only")
                begin = None if cut is None else to_days(history, cut)
                start = first_day(history) if begin is None else begin
                until = None if length is None else start + length
                found = check_funnel(
                    study,
                    history,
                    since=begin,
                    until=until,
                    at=at,
                    period=period,
                    draws=draws,
                    seed=seed,
                    level=level,
                    progress=progress,
                )
    _deliver(found, None if study is None else study.funnel, form, output, language)


def _tell_apart(data: Sequence[str]) -> tuple[Path | None, str]:
    """Return the funnel file, if there is one, and the log."""
    if len(data) == 2:
        first, second = data
        swapped = Path(second).suffix.lower() in FUNNEL_ENDINGS and Path(first).suffix.lower() not in FUNNEL_ENDINGS
        if swapped:
            raise InputError(f"{second}: the funnel comes first: funnelsim check {second} {first}")
        return Path(first), second
    if len(data) == 1:
        if Path(data[0]).suffix.lower() in FUNNEL_ENDINGS:
            raise InputError(f"{data[0]}: this is a funnel; give a log that it has not seen, too")
        return None, data[0]
    raise InputError(f"expected a funnel and a log, or a log, found {len(data)} files")


def _deliver(found: Adequacy, funnel: Funnel | None, form: Format, output: Path | None, language: str) -> None:
    from funnelsim.adequacy.outcome import adequacy_document
    from funnelsim.views.checks import COLUMNS, list_check
    from funnelsim.views.naming import make_names

    document = adequacy_document(found, language)
    names = make_names([] if funnel is None else [funnel], language)

    def show(width: int) -> Sequence[RenderableType]:
        from funnelsim.views.checks import show_check

        return show_check(document, names, width)

    def save(path: Path) -> None:
        from funnelsim.views.checks import save_check

        save_check(path, document, names)

    deliver(Result(document, COLUMNS, list_check(document), show, save), form, output, language)
