"""`funnelsim schema`: the JSON Schema of the files."""

from __future__ import annotations

from typing import Annotated

import typer

from funnelsim.cli.app import app
from funnelsim.cli.options import LanguageOption, OutputOption
from funnelsim.cli.results import deliver_text
from funnelsim.cli.words import Word, examples


@app.command(
    cls=Word,
    short_help="Print the JSON Schema of the files.",
    epilog=examples("funnelsim schema -o funnelsim.schema.json", "funnelsim schema --map -o mapping.schema.json"),
)
def schema(
    *,
    mapping: Annotated[bool, typer.Option("--map", help="That of mapping files, for `fit`.")] = False,
    output: OutputOption = None,
    lang: LanguageOption = None,
) -> None:
    """Print the JSON Schema of funnel and scenario files, or of mapping files, for editors that complete and check."""
    from funnelsim.files.json_schema import json_schema
    from funnelsim.files.mapping_parts import mapping_schema
    from funnelsim.views.documents import to_json
    from funnelsim.views.saving import check_target

    if output is not None:
        check_target(output)
    deliver_text(to_json(mapping_schema() if mapping else json_schema()), output, str(lang))
