"""`funnelsim causes`: the catalogue of causes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from funnelsim.cli.app import app
from funnelsim.cli.options import FormatOption, LanguageOption, OutputOption
from funnelsim.cli.results import Result, deliver, settle_form
from funnelsim.cli.words import Word, examples

if TYPE_CHECKING:
    from rich.console import RenderableType


@app.command(
    cls=Word,
    short_help="List the causes of loss.",
    epilog=examples("funnelsim causes", "funnelsim causes --lang ru --format csv -o causes.csv"),
)
def causes(*, lang: LanguageOption = None, form: FormatOption = None, output: OutputOption = None) -> None:
    """List the causes of loss: what each means, whose doing it is, how it acts, what acts on it."""
    language, form = str(lang), settle_form(form, output)
    from funnelsim.causes import CATALOGUE
    from funnelsim.views.catalogue import COLUMNS, list_causes, show_causes

    catalogue = tuple(CATALOGUE.values())
    document = list_causes(catalogue, language)
    rows = [tuple(row[column] for column in COLUMNS) for row in document]

    def show(width: int) -> Sequence[RenderableType]:
        return show_causes(catalogue, language, width)

    def save(path: Path) -> None:
        from funnelsim.views.spreadsheet import save_causes

        save_causes(path, rows, language)

    deliver(Result(document, COLUMNS, rows, show, save), form, output, language)
