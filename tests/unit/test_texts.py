"""The catalogue of texts: complete in both languages, with numerals and nouns that agree."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from babel.core import Locale

from funnelsim.causes import Label
from funnelsim.views import texts
from funnelsim.views.texts import COUNTED, LANGUAGES, TEXTS, TOPICS, count, text

PACKAGE = Path(texts.__file__).parents[2]


def _placeholders(template: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def test_no_key_stands_in_two_topics() -> None:
    """The topics share no key, so none of them overwrites what another says."""
    assert sum(len(topic.TEXTS) for topic in TOPICS) == len(TEXTS)


@pytest.mark.parametrize("key", TEXTS)
def test_text_is_complete(key: str) -> None:
    """Every text is there in both languages and fills in the same values in both."""
    label: Label = TEXTS[key]
    assert label.en.strip()
    assert label.ru.strip()
    assert _placeholders(label.en) == _placeholders(label.ru)


@pytest.mark.parametrize("key", [key for key, label in TEXTS.items() if len(re.sub(r"\{\w+\}", "", label.en)) > 20])
def test_long_texts_are_translated(key: str) -> None:
    """A Russian sentence is written in Cyrillic, not left in English."""
    assert re.search("[а-яё]", TEXTS[key].ru)


@pytest.mark.parametrize("key", COUNTED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_counted_phrases_are_complete(key: str, language: str) -> None:
    """Every counted thing has a phrase for each plural category of its language, and each has its number."""
    categories = set(Locale.parse(language).plural_form.tags) | {"other"}
    assert set(COUNTED[key][language]) == categories
    assert all(_placeholders(phrase) == ["n"] for phrase in COUNTED[key][language].values())


@pytest.mark.parametrize(
    ("number", "english", "russian"),
    [
        (0, "0 customers", "0 клиентов"),
        (1, "1 customer", "1 клиент"),
        (2, "2 customers", "2 клиента"),
        (5, "5 customers", "5 клиентов"),
        (11, "11 customers", "11 клиентов"),
        (21, "21 customers", "21 клиент"),
        (22, "22 customers", "22 клиента"),
        (112, "112 customers", "112 клиентов"),
        (1001, "1,001 customers", "1 001 клиент"),
        (27056, "27,056 customers", "27 056 клиентов"),
    ],
)
def test_numerals_and_nouns_agree(number: int, english: str, russian: str) -> None:
    """Whole numbers take the plural of their language (Russian grammar: 1, 21 → one; 2–4, 22 → few; else many)."""
    assert count("customers", number, "en").replace("\u00a0", " ") == english
    assert count("customers", number, "ru").replace("\u00a0", " ") == russian


def test_fractions_take_the_genitive_singular_in_russian() -> None:
    """1,5 клиента and 12,4 клиента, by the number as it is shown and not as it was before rounding."""
    assert count("customers", 1.5, "ru", 1).replace("\u00a0", " ") == "1,5 клиента"
    assert count("customers", 12.4, "ru", 1).replace("\u00a0", " ") == "12,4 клиента"
    assert count("customers", 20.9, "ru").replace("\u00a0", " ") == "21 клиент"


def test_values_with_braces_are_not_filled_in_again() -> None:
    """A label from a file that looks like a placeholder is printed as it is."""
    assert text("note", "en", text="{0} {text} {}") == "Note: {0} {text} {}"


def test_every_key_that_the_code_names_exists() -> None:
    """No view and no command asks for a text or a counted thing that the catalogue lacks."""
    sources = [*(PACKAGE / "cli").rglob("*.py"), *(PACKAGE / "views").rglob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    asked = set(re.findall(r"\b_?text\((?:ctx, )?\"([^\"{}]+)\"", code))
    counted = set(re.findall(r"\bcount\(\s*\"([^\"{}]+)\"", code))
    assert len(asked) > 40
    assert asked <= set(TEXTS)
    assert counted <= set(COUNTED)


def test_no_text_is_left_over() -> None:
    """Every key of the catalogue stands in the code, whole or as the beginning of a composed key."""
    endings = {".py", ".js", ".html"}
    sources = [
        path
        for part in ("cli", "views")
        for path in (PACKAGE / part).rglob("*.*")
        if path.suffix in endings and path.parent.name != "texts"
    ]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    code = code.replace("'", '"')
    composed = {*re.findall(r"f\"((?:\w+\.)+)\{", code), "wait.", "time."}
    left = {
        key
        for key in TEXTS
        if f'"{key}"' not in code and not key.endswith(".long") and not any(key.startswith(part) for part in composed)
    }
    assert left == set()


def test_quotations_nest() -> None:
    """A label that holds a quotation gets the inner marks of the language: „ “ in Russian, ‘ ’ in English."""
    assert text("plot.ledger", "ru", label="Без «Визита»") == "«Без „Визита“»: чья судьба меняется"
    assert text("plot.ledger", "en", label="Without “Visit”") == "“Without ‘Visit’”: whose fate changes"
    assert text("quoted", "ru", text="Визит") == "«Визит»"
