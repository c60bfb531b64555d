"""`funnelsim lesson`: a page for the classroom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from funnelsim.cli.app import app
from funnelsim.cli.options import FileArgument, LanguageOption
from funnelsim.cli.results import announce_compiling, tell_warnings, tell_written
from funnelsim.cli.words import Word, examples


@app.command(
    cls=Word,
    short_help="Write a page for the classroom.",
    epilog=examples(
        "funnelsim lesson scenarios/smallest.yaml -o lesson.html",
        "funnelsim lesson scenarios/problem_to_repeat.yaml --lang ru -o урок.html",
    ),
)
def lesson(
    file: FileArgument,
    *,
    lang: LanguageOption = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The page to write.", show_default=False)
    ],
) -> None:
    """Write a page for the classroom: drop stages, weaken causes, and see what becomes of those who were saved.

    One HTML file that needs no server and no network; its answers are exact. Of a scenario file, the base.
    """
    from funnelsim.files.loading import load
    from funnelsim.views.lesson import write_lesson
    from funnelsim.views.saving import check_target

    language = str(lang)
    check_target(output)
    study = load(file)
    tell_warnings(study, language)
    with announce_compiling(language):
        write_lesson(study, output, language)
    tell_written(output, language)
