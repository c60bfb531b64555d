"""`funnelsim lab`: JupyterLab on the notebooks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from funnelsim.cli.app import app
from funnelsim.cli.options import LanguageOption
from funnelsim.cli.words import Word, examples, tell


@app.command(
    cls=Word,
    short_help="Open JupyterLab on the notebooks.",
    epilog=examples("funnelsim lab", "funnelsim lab my_notebooks", "funnelsim lab my_funnel/first_steps.ipynb"),
)
def lab(
    target: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR|NOTEBOOK",
            help="A folder to copy the notebooks to, or a notebook to open; by default those of the clone, "
            "or the folder funnelsim_notebooks.",
            show_default=False,
        ),
    ] = None,
    *,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address and open no browser.")] = False,
    lang: LanguageOption = None,
) -> None:
    """Open JupyterLab on the notebooks: seven lessons from the first funnel to your own causes.

    They and the scenario files that they read are copied first; what is in the folder already stays as it is.
    """
    from funnelsim.views.naming import clean
    from funnelsim.views.starting.lab import FOLDER, copy_notebooks, find_clone, make_command
    from funnelsim.views.texts import text

    language = str(lang)
    place = target or find_clone() or Path(FOLDER)
    if place.suffix == ".ipynb":
        command = make_command(place, browser=not no_browser)
    else:
        make_command(Path.cwd())  # without JupyterLab, nothing is copied either
        copied = copy_notebooks(place)
        if copied.written:
            facts = {"written": len(copied.written), "kept": len(copied.kept), "folder": clean(str(place))}
            tell(text("start.lab.copied", language, **facts))
        command = make_command(place / "notebooks", browser=not no_browser)
    if sys.platform == "win32":
        raise typer.Exit(subprocess.call(command))  # noqa: S603 (our own Python)
    os.execv(command[0], command)  # noqa: S606 (the same)
