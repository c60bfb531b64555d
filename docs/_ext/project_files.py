"""Links to files of the project that are not pages: checked, and shown as their names, as nothing here is a copy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.util import logging

LINK = re.compile(r"\[([^\]]+)\]\((?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]*)?\)")
LOG = logging.getLogger(__name__)


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx."""
    app.connect("source-read", name_files)
    return {"parallel_read_safe": True}


def name_files(app: Any, page: str, source: list[str]) -> None:
    """Put the text of a link that leads out of the pages in its place; warn of one that leads nowhere."""
    pages = Path(app.srcdir).resolve()
    place = (pages / page).parent

    def name(link: re.Match[str]) -> str:
        target = (place / link[2]).resolve()
        if not target.exists():
            LOG.warning("the link to %s leads nowhere", link[2], location=page)
        return link[0] if target.is_relative_to(pages) and target.is_file() else link[1]

    source[0] = LINK.sub(name, source[0])
