"""The language of what people read: English or Russian."""

from __future__ import annotations

import os


def environment_language() -> str:
    """Return the language of the environment (LC_ALL, LC_MESSAGES, LANG): `ru` where it is Russian, else `en`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "ru" if value.lower().startswith("ru") else "en"
    return "en"
