"""The command line itself: its start, its version, and how it ends."""

from __future__ import annotations

import atexit
import os
import sys
import warnings
from typing import Annotated

import typer

from funnelsim import __version__
from funnelsim.cli.options import LanguageOption
from funnelsim.cli.words import Words, examples, tell_warning
from funnelsim.interrupts import INTERRUPTED

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
    lang: LanguageOption = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Simulate a sales funnel stage by stage, and see which change brings how much revenue.

    A funnel and its scenarios are YAML files. Results go to stdout, messages to stderr.
    Exit codes: 0 fine, 1 unexpected, 2 the input is wrong, 130 interrupted.
    """
