"""`funnelsim validate`: check files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from funnelsim.cli.app import app
from funnelsim.cli.options import LanguageOption
from funnelsim.cli.results import tell_warnings
from funnelsim.cli.words import Word, examples
from funnelsim.errors import InputError, Problem


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
