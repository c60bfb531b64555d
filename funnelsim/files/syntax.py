"""YAML's words: what a plain scalar means, and what the parser's mistakes mean in plain sentences."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from ruamel.yaml.error import MarkedYAMLError, StreamMark

from funnelsim.files.wording import shorten

Place: TypeAlias = tuple[int, int]

MAX_DIGITS = 30
NULL = re.compile(r"|~|null|Null|NULL")
TRUE = re.compile(r"true|True|TRUE")
FALSE = re.compile(r"false|False|FALSE")
INTEGER = re.compile(r"[-+]?[0-9]+")
BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
INFINITE = re.compile(r"([-+]?)\.(inf|Inf|INF)")
NAN = re.compile(r"\.(nan|NaN|NAN)")


def resolve(text: str) -> Any:
    """Return what a plain scalar means in the core schema of YAML 1.2."""
    if NULL.fullmatch(text):
        return None
    if TRUE.fullmatch(text):
        return True
    if FALSE.fullmatch(text):
        return False
    if INTEGER.fullmatch(text):
        return int(text) if len(text) <= MAX_DIGITS else float(text)
    if BASED.fullmatch(text) and len(text) <= MAX_DIGITS:
        return int(text, 0)
    if FLOAT.fullmatch(text):
        return float(text)
    infinite = INFINITE.fullmatch(text)
    if infinite:
        return float("-inf") if infinite[1] == "-" else float("inf")
    return float("nan") if NAN.fullmatch(text) else text


def mark_place(mark: StreamMark | None) -> Place:
    """Return the line and column of a mark of the parser, from 1."""
    return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)


def text_place(text: str, index: int) -> Place:
    """Return the line and column of a character, from 1."""
    before = text[:index]
    return before.count("\n") + 1, index - before.rfind("\n")


QUOTES = "this character cannot start a value: put the text in quotes"
EXPLANATIONS: tuple[tuple[str, str], ...] = (
    ("character '\\t'", "a tab cannot stand here: use spaces"),
    (
        "mapping values are not allowed",
        "a `:` cannot stand here: check the indentation, or put the text in quotes",
    ),
    ("could not find expected ':'", "expected `key: value`: a `:` is missing"),
    ("unexpected end of stream", "a text in quotes is not closed"),
    ("unexpected document separator", "a text in quotes is not closed"),
    (
        "expected ',' or ']'",
        "expected `,` or `]`: the list from line LINE is not closed, or a text in it needs quotes",
    ),
    (
        "expected ',' or '}'",
        "expected `,` or `}`: the mapping from line LINE is not closed, or a text in it needs quotes",
    ),
    ("expected <block end>", "this line does not fit: check its indentation and what stands before it"),
    ("sequence entries are not allowed", "a list entry (`- `) cannot stand here: check the indentation"),
    ("cannot start any token", QUOTES),
    ("unknown escape character", "unknown escape in a text in double quotes: write `\\\\` for a backslash"),
    ("undefined tag handle", "unknown tag: a file holds plain values only"),
    ("expected alphabetic or numeric", QUOTES),
    ("mapping keys are not allowed", QUOTES),
    ("expected ' ', but found", QUOTES),
    ("chomping or indentation", "`|` and `>` begin a text of several lines: put a text on one line in quotes"),
    ("a comment or a line break", "`|` and `>` begin a text of several lines: put a text on one line in quotes"),
    ("expected URI", "unknown tag: a file holds plain values only"),
    ("expected the node content", "a value is missing before this"),
    ("did not find expected <document start>", "a second document begins here: a file holds one"),
    ("expected '<document start>'", "this does not belong to the document before it: check the indentation"),
)
"""What the parser says, and what it means."""


def explain(error: MarkedYAMLError, text: str) -> tuple[Place, str]:
    """Return the place and a plain sentence for a mistake in the syntax."""
    place = mark_place(error.problem_mark or error.context_mark)
    begin = mark_place(error.context_mark or error.problem_mark)
    problem = str(error.problem or error.context or "")
    before = _line(text, place[0])[: place[1]]
    if "\t" in before and not before.strip():
        return place, "a tab cannot stand here: use spaces"
    for words, sentence in EXPLANATIONS:
        if words in problem:
            return (begin if "quotes is not closed" in sentence else place), sentence.replace("LINE", str(begin[0]))
    return place, f"this is not YAML: {shorten(problem)}"


def _line(text: str, number: int) -> str:
    lines = text.split("\n")
    return lines[number - 1] if number <= len(lines) else ""
