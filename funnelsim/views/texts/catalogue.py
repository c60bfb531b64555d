"""All words that people read in results, in English and Russian: one catalogue, with plurals.

A text is looked up by its key and language; `{names}` in it are filled in. Counted things are whole phrases, one for
each plural category of the language (CLDR: one, few, many, other), so that numerals and nouns always agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from funnelsim.causes import Label
from funnelsim.views.formats import SPACE, format_number, plural_form
from funnelsim.views.texts import (
    checking,
    checklist,
    choosing,
    comparing,
    doubting,
    fitting,
    general,
    leaking,
    lessons,
    pages,
    plots,
    reading,
    reporting,
    running,
    sensitivity,
    sheets,
    solving,
    starting,
)
from funnelsim.views.texts.counted import COUNTED

LANGUAGES: Final = ("en", "ru")
#: The topics, each in a module of its own; no key stands in two of them.
TOPICS: Final = (
    checking,
    checklist,
    choosing,
    comparing,
    doubting,
    fitting,
    general,
    leaking,
    lessons,
    pages,
    plots,
    reading,
    reporting,
    running,
    sensitivity,
    sheets,
    solving,
    starting,
)
TEXTS: Final[Mapping[str, Label]] = {key: label for topic in TOPICS for key, label in topic.TEXTS.items()}


def text(key: str, language: str, **values: object) -> str:
    """Return the text of `key` in `language`, with `values` filled in; a quotation within one has inner marks."""
    return _nest(TEXTS[key].text(language).format(**values), language)


def _nest(shown: str, language: str) -> str:
    """Return a text in which a quotation within a quotation has the marks that the language has for it."""
    (opening, closing), inner = ("«»", "„“") if language == "ru" else ("“”", "‘’")
    if shown.count(opening) < 2:
        return shown
    depth, letters = 0, []
    for letter in shown:
        depth += letter == opening
        letters.append({opening: inner[0], closing: inner[1]}.get(letter, letter) if depth > 1 else letter)
        depth -= letter == closing and depth > 0
    return "".join(letters)


def count(key: str, number: float, language: str, decimals: int = 0) -> str:
    """Return a counted thing (`1,234 customers`, `2 клиента`), its form chosen by the number as shown."""
    shown = format_number(number, language, decimals)
    phrase = COUNTED[key][language][plural_form(round(float(number), max(decimals, 0)), language)]
    return phrase.replace(" ", SPACE).format(n=shown)
