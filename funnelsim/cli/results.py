"""Results on their way out: in a form, to stdout or to a file; how far a run is, and how many work at it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer

from funnelsim.cli.options import BackendName, EngineName, Format
from funnelsim.cli.words import tell
from funnelsim.errors import InputError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from funnelsim.findings import Report
    from funnelsim.model import Funnel, Run, Study
    from funnelsim.simulation import Progress

#: Stage visits from which on starting more processes pays.
MANY_VISITS = 200_000
#: Columns of a table that is not printed on a terminal.
WIDTH = 100


@dataclass(frozen=True, slots=True)
class Result:
    """A result in all its forms: the JSON document, the CSV table, the printed table for a width, the spreadsheet."""

    document: object
    columns: Sequence[str]
    rows: Iterable[Sequence[str | float | None]]
    show: Callable[[int], Sequence[RenderableType]]
    save: Callable[[Path], None]


def settle_form(form: Format | None, output: Path | None) -> Format:
    """Return the form of the result, by default that of the file's ending; refuse early what cannot be written."""
    if form is None:
        ending = output.suffix[1:].lower() if output else ""
        form = Format(ending) if ending in set(Format) else Format.TABLE
    if form is Format.XLSX:
        if output is None:
            raise InputError("--format xlsx is not for a terminal: name a file, such as -o result.xlsx")
        from funnelsim.views.workbook import require_writer

        require_writer()
    if output is not None:
        from funnelsim.views.saving import check_target

        check_target(output)
    return form


def settle_jobs(jobs: int | None, engine: EngineName, backend: BackendName, funnels: Sequence[Funnel], run: Run) -> int:
    """Return how many work at a time (−1: one per core): as asked for, else more than one where that pays."""
    if jobs is not None:
        return jobs or -1
    if engine is EngineName.COMPILED or backend is BackendName.DASK:
        return -1
    from funnelsim.plan import expected_visits

    visits = run.replications * sum(expected_visits(funnel, run) for funnel in funnels)
    return -1 if visits > MANY_VISITS and run.replications > 1 else 1


def deliver(result: Result, form: Format, output: Path | None, language: str) -> None:
    """Print a result in a form, or write it to a file."""
    if form is Format.XLSX and output is not None:
        from funnelsim.views.saving import save

        save(output, result.save)
        tell_written(output, language)
    else:
        deliver_text(_format(result, form, on_terminal=output is None and sys.stdout.isatty()), output, language)


def deliver_text(content: str, output: Path | None, language: str) -> None:
    """Print a text, or write it to a file."""
    if output is None:
        sys.stdout.write(content)
        return
    from funnelsim.views.saving import save_text

    save_text(output, content)
    tell_written(output, language)


def tell_written(output: Path, language: str) -> None:
    """Say on stderr which file was written."""
    from funnelsim.views.texts import text

    tell(text("wrote", language, file=output))


def tell_warnings(study: Study, language: str) -> None:
    """Say on stderr what a file is warned of."""
    from funnelsim.views.texts import text

    for warning in study.warnings:
        tell(text("warning", language, text=warning))


def tell_report(report: Report | None, language: str) -> None:
    """Say on stderr what became of every row of a source, in words, with the numbers of the first rows."""
    if report is None:
        return
    from funnelsim.views.reading import show_report
    from funnelsim.views.tables import render

    sys.stderr.write(render(show_report(report, language, _width(sys.stderr))) + "\n")


@contextmanager
def show_progress(language: str) -> Iterator[Progress]:
    """Show on stderr, if that is a terminal, how far a run is."""
    from tqdm.auto import tqdm

    from funnelsim.views.texts import text

    with tqdm(desc=text("progress", language), disable=None, leave=False, unit="run", file=sys.stderr) as bar:

        def move(done: int, most: int) -> None:
            bar.total = most
            bar.update(done - bar.n)

        yield move


@contextmanager
def announce_compiling(language: str) -> Iterator[None]:
    """Say on stderr, once, when something has to be compiled meanwhile."""
    from funnelsim.compiling import on_compile
    from funnelsim.views.texts import text

    def announce() -> None:
        from tqdm.auto import tqdm

        tqdm.write(text("compiling", language), file=sys.stderr)  # without harm to a bar

    with on_compile(announce):
        yield


def _format(result: Result, form: Format, *, on_terminal: bool) -> str:
    from funnelsim.views.documents import to_csv, to_json

    if form is Format.JSON:
        return to_json(result.document)
    if form is Format.CSV:
        return to_csv(result.columns, result.rows)
    from funnelsim.views.tables import render

    width = _width(sys.stdout) if on_terminal else WIDTH
    return render(result.show(width), bold=on_terminal and os.environ.get("TERM") != "dumb")


def _width(stream: TextIO) -> int:
    """Return the columns of a terminal; of anything else, those of a table that is not printed on one."""
    return typer.get_terminal_size((WIDTH, 24)).columns if stream.isatty() else WIDTH
