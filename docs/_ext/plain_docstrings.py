"""Docstrings are plain text: code in backticks, drawings indented. Here they become what autodoc reads."""

from __future__ import annotations

import re
from typing import Any

CODE = re.compile(r"(`[^`]+`)")
SPECIAL = re.compile(r"([\\*|_])")


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx."""
    app.connect("autodoc-process-docstring", translate)
    return {"parallel_read_safe": True}


def translate(app: object, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Write a docstring anew: paragraphs escaped, indented lines as they are."""
    del app, what, name, obj, options
    written: list[str] = []
    drawn = False
    for line in lines:
        indented = line.startswith("  ") or (drawn and not line)
        if indented and not drawn:
            written += ["", ".. code-block:: text", ""]
        if drawn and not indented:
            written.append("")
        drawn = indented
        written.append(f"   {line}" if indented else escape(line))
    lines[:] = written


def escape(line: str) -> str:
    """Return a line of plain text as reStructuredText: what is in backticks is code, and nothing else is marked."""
    parts = CODE.split(line)
    return "".join(
        f"``{part[1:-1].strip()}``" if CODE.fullmatch(part) else SPECIAL.sub(r"\\\1", part) for part in parts
    )
