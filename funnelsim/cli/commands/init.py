"""`funnelsim init`: a folder to start from."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from funnelsim.cli.app import app
from funnelsim.cli.options import LanguageOption
from funnelsim.cli.words import Word, examples


@app.command(
    cls=Word,
    short_help="Write a first funnel to start from.",
    epilog=examples("funnelsim init my_funnel", "funnelsim init моя_воронка --lang ru --defaults"),
)
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder to write to; made if need be.", show_default=False)
    ],
    *,
    defaults: Annotated[bool, typer.Option("--defaults", help="Ask nothing, also at a terminal.")] = False,
    lang: LanguageOption = None,
) -> None:
    """Write a first funnel, scenarios, a sample log with its mapping, a notebook and editor settings into a folder.

    At a terminal it asks about your funnel first. All files are written or none, and never over one that is there.
    """
    from funnelsim.views.starting.folder import check_folder
    from funnelsim.views.starting.folder import init as begin

    language = str(lang)
    check_folder(folder)
    answers = None
    if sys.stdin is not None and sys.stdin.isatty() and not defaults:
        from funnelsim.cli.questions import ask_answers

        answers = ask_answers(language)
    begin(folder, language=language, answers=answers)
    _tell_next(folder, language)


def _tell_next(folder: Path, language: str) -> None:
    """Say what has been made, and what to do next."""
    from funnelsim.views.naming import clean
    from funnelsim.views.texts import text

    made = [
        (name, text(f"start.file.{name}", language))
        for name in ("funnel.yaml", "scenarios.yaml", "crm.csv", "crm.map.yaml", "first_steps.ipynb")
    ]
    made.append((".vscode", text("start.file.vscode", language)))
    chosen = " --lang ru" if language == "ru" else ""
    steps = [
        (f"cd {shlex.quote(str(folder))}", ""),
        (f"funnelsim run funnel.yaml{chosen}", text("start.next.run", language)),
        (f"funnelsim compare scenarios.yaml{chosen}", text("start.next.compare", language)),
        (f"funnelsim fit crm.csv --map crm.map.yaml{chosen} -o fitted.yaml", text("start.next.fit", language)),
        ("funnelsim lab first_steps.ipynb", text("start.next.lab", language)),
    ]
    for title, rows in (
        (text("start.made", language, folder=clean(str(folder))), made),
        (text("start.next", language), steps),
    ):
        width = max(len(left) for left, _ in rows)
        typer.echo(title)
        for left, right in rows:
            typer.echo(f"  {clean(left):{width}}  {right}".rstrip())
