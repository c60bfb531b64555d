"""Names that a file takes, out of names that data have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable


def to_names(texts: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Return for each text a name of letters, digits and `_`, all different: the text itself where it is one."""
    used = set(taken)
    found: dict[str, str] = {}
    for text in texts:
        plain = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", text)).strip("_") or "unnamed"
        name = plain if not plain[0].isdigit() else f"n{plain}"
        name = name if name == text else name.lower()
        number = 1
        unique = name
        while unique in used:
            number += 1
            unique = f"{name}_{number}"
        used.add(unique)
        found[text] = unique
    return found
