"""`funnelsim solve`: the exact answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from funnelsim.cli.app import app
from funnelsim.cli.options import (
    AtOption,
    CohortOption,
    DrawsOption,
    FileArgument,
    FormatOption,
    HorizonOption,
    LanguageOption,
    OutputOption,
)
from funnelsim.cli.results import Result, deliver, settle_form, tell_warnings
from funnelsim.cli.words import Word, examples

if TYPE_CHECKING:
    from rich.console import RenderableType


@app.command(
    cls=Word,
    short_help="The exact answer, without simulating.",
    epilog=examples(
        "funnelsim solve scenarios/problem_to_repeat.yaml",
        'funnelsim solve scenarios/saas_owner.yaml --at "30 d, 365 d"',
    ),
)
def solve(  # noqa: PLR0913 (one parameter for each option)
    file: FileArgument,
    *,
    at: AtOption = None,
    horizon: HorizonOption = None,
    cohort: CohortOption = None,
    draws: DrawsOption = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Take teams as queues in the long run: near the truth, not exact.")
    ] = False,
    lang: LanguageOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Say exactly what is expected per customer who enters: stages, losses by cause, money.

    Of a scenario file, the base. --cohort and --horizon say who comes, of which sources and how many; all are followed
    to the end. Where there is no exact answer (teams, whose customers wait for each other), it says why. CSV has the
    columns stage, cause, measure, time, value.
    """
    language, form = str(lang), settle_form(form, output)
    from funnelsim.exact import estimating, solving
    from funnelsim.exact.solution import solution_document
    from funnelsim.files.loading import load
    from funnelsim.simulation import make_run
    from funnelsim.uncertainty import spread_solution
    from funnelsim.views.documents import SOLVE_COLUMNS, list_solution
    from funnelsim.views.doubts import list_spreads
    from funnelsim.views.naming import make_names

    study = load(file)
    tell_warnings(study, language)
    run = make_run(study.run, horizon=horizon, cohort=cohort)
    answer = estimating.estimate if estimate else solving.solve
    solution = answer(study.funnel, run=run, at=at)
    document = solution_document(solution, language) | spread_solution(study, run, draws=0 if estimate else draws)
    names = make_names([study.funnel], language)

    def show(width: int) -> Sequence[RenderableType]:
        from funnelsim.views.solutions import show_solution

        return show_solution(document, study.funnel, names, width)

    def save(path: Path) -> None:
        from funnelsim.views.solutions import save_solution

        save_solution(path, document, study.funnel, names)

    spreads = (
        ("", "", f"{measure}_{statistic}", None, value) for _, measure, statistic, value in list_spreads(document, 1)
    )
    rows = [*list_solution(document), *spreads]
    deliver(Result(document, SOLVE_COLUMNS, rows, show, save), form, output, language)
