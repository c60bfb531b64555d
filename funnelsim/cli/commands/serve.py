"""`funnelsim serve`: a page in the browser."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from funnelsim.cli.app import app
from funnelsim.cli.options import FileArgument, LanguageOption
from funnelsim.cli.results import announce_compiling, tell_warnings
from funnelsim.cli.words import Word, examples, tell


@app.command(
    cls=Word,
    short_help="Edit and compare on a page in the browser.",
    epilog=examples(
        "funnelsim serve scenarios/problem_to_repeat.yaml",
        "funnelsim serve scenarios/b2b_sales.yaml --lang ru --port 8080 --no-browser",
    ),
)
def serve(
    file: FileArgument,
    *,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port to listen at; 0: a free one.")] = 5006,
    address: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen at.")] = "127.0.0.1",
    public: Annotated[
        bool, typer.Option("--public", help="Allow an --address at which other machines reach the page.")
    ] = False,
    show: Annotated[
        bool | None,
        typer.Option(
            "--show/--no-browser",
            help="Open the page in the browser; by default where stderr is a terminal.",
            show_default=False,
        ),
    ] = None,
    lang: LanguageOption = None,
) -> None:
    """Edit a funnel and its interventions on a page in the browser, and compare at once.

    The page works without a network, and listens on this machine only. It never writes over a file: what you edit is
    saved under a new name, comments kept. Ctrl-C ends it.
    """
    from funnelsim.cli.russian_errors import translate_message
    from funnelsim.files.loading import load
    from funnelsim.views.page.serving import check_address, require_panel, serve_page
    from funnelsim.views.texts import text

    language = str(lang)
    require_panel()
    study = load(file)
    tell_warnings(study, language)
    port = check_address(address, port, public=public)

    def say(place: str) -> None:
        tell(text("page.served", language, file=file.name, address=place))

    with announce_compiling(language):
        serve_page(
            study,
            language,
            address=address,
            port=port,
            show=sys.stderr.isatty() if show is None else show,
            ready=say,
            say=translate_message if language == "ru" else str,
        )
