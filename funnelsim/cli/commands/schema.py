"""`funnelsim schema`: the JSON Schema of the files."""

from __future__ import annotations

from funnelsim.cli.app import app
from funnelsim.cli.options import LanguageOption, OutputOption
from funnelsim.cli.results import deliver_text
from funnelsim.cli.words import Word, examples


@app.command(
    cls=Word,
    short_help="Print the JSON Schema of the files.",
    epilog=examples("funnelsim schema -o funnelsim.schema.json"),
)
def schema(*, output: OutputOption = None, lang: LanguageOption = None) -> None:
    """Print the JSON Schema of the files, for editors that complete and check them."""
    from funnelsim.files.json_schema import json_schema
    from funnelsim.views.documents import to_json
    from funnelsim.views.saving import check_target

    if output is not None:
        check_target(output)
    deliver_text(to_json(json_schema()), output, str(lang))
