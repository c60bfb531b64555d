"""Mistakes in our own words: what a message says, whatever found it.

A *path* is the tuple of keys and list indexes that leads to a value; a *mistake* is a path and a sentence.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from pydantic import ValidationError

Path: TypeAlias = tuple[str | int, ...]
Mistake: TypeAlias = tuple[Path, str]


class Key(str):
    """The last part of a path where the mistake is the key itself, not its value."""

    __slots__ = ()


ABOUT_KEYS = (
    "unknown key",
    "unknown law",
    "unknown parameter",
    "expected one of the verbs",
    "a change has one verb",
)
"""How mistakes begin that concern a key, whatever stands there."""

WANTED = {
    "funnelsim": "the version of the format, `funnelsim: 1`",
    "stages": "the list of stages, or `funnel`, the path of a file with stages",
    "wait": "a reply time, such as `wait: {exponential: {mean: 2 h}}`",
    "changes": "a list of changes, such as `[{scale: stages.*.causes.no_trust, by: 0.5}]`",
    "name": "a name",
    "share": "a share, such as `share: 40%`",
    "time": "a duration, such as `time: 2 min`",
    "every": "a duration, such as `every: 3 d`",
    "half_life": "a duration, such as `half_life: 6 d`",
    "mean": "a number, such as `mean: 0.2`",
    "split": "a weight for each cause, such as `split: {no_trust: 1}`",
    "hazard_ratio": "a factor, such as `hazard_ratio: 1.4`",
    "cause": "the cause of loss when it runs out, such as `cause: low_attention`",
    "arrivals": "`arrivals: 5 / d`, `batch: 500` or `dates: [[2026-01-15, 300]]`",
    "size": "a number of people, such as `size: 4`",
    "count": "a number of deals, such as `count: 120`",
    "priority": "who comes first, such as `priority: {segments: [a, b]}`",
    "has": "an amount or a law, such as `{exponential: {mean: 30}}`",
}


EXAMPLES = {
    "StageFile": "`{name: shop, causes: {no_trust: 30%}}`",
    "TouchpointFile": "`{name: phone, share: 40%}`",
    "RouteFile": "`{to: shop, share: 20%}`",
    "CauseFile": "`{chance: 8%}`",
    "CauseDefinitionFile": "`{chance: 8%}`",
    "ForgettingFile": "`{half_life: 6 d, decay: 0.5}`",
    "RemindersFile": "`{every: 3 d, cost: 2}`",
    "LosesFile": "`{share: 20%, split: {no_trust: 1}}`",
    "CombinationFile": "`{causes: [no_trust, shyness], hazard_ratio: 1.4}`",
    "ResponseFile": "`{wait: {exponential: {mean: 2 h}}}`",
    "WithinFile": "`{time: 2 min, share: 90%}`",
    "AutomaticFile": "`{time: 1 min, share: 90%}`",
    "ReferralsFile": "`{mean: 0.2}`",
    "TeamFile": "`{size: 4, hours: [Mon-Fri 09:00-18:00]}`",
    "DisciplineFile": "`{priority: {segments: [a, b]}}`",
    "PriorityFile": "`{segments: [a, b]}`",
    "OpenDealsFile": "`{count: 120, age: 10 d}`",
    "BudgetFile": "`{has: 30, cause: low_attention}`",
    "SegmentFile": "`{share: 30%, changes: []}`",
    "SourceFile": "`{arrivals: 5 / d}`",
    "ArrivalsFile": "`{rate: 5 / d}`",
    "InterventionFile": "`{changes: [{scale: stages.*.causes.no_trust, by: 0.5}]}`",
    "LevelFile": "`{changes: [{staff: sales, by: 2}]}`",
    "CostFile": "`{once: 50000, per_month: 1000}`",
    "ScenarioFile": "the name of an intervention or `{name: both, interventions: [a, b]}`",
    "RunFile": "`{replications: 20, horizon: 365 d}`",
}
"""What a mapping of the file looks like; by its model."""


class Mistakes(ValueError):  # noqa: N818 (several at once)
    """Several mistakes inside one value, each with its path below that value."""

    def __init__(self, *found: Mistake) -> None:
        self.found = found
        super().__init__("; ".join(message for _, message in found))


def show(value: object) -> str:
    """Return a value as a message names it, short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{shorten(value)}'"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, float):
        return {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(repr(value), repr(value))
    return shorten(str(value))


def shorten(text: str, limit: int = 60) -> str:
    """Return a text on one line and of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def suggest(word: object, options: Iterable[str]) -> str:
    """Return ` (did you mean `x`?)` for the option nearest to `word`, or nothing."""
    if not isinstance(word, str):
        return ""
    by_folded = {option.casefold().replace("-", "_"): option for option in sorted(options)}
    near = difflib.get_close_matches(
        word.casefold().replace("-", "_").replace(" ", "_"), list(by_folded), n=1, cutoff=0.6
    )
    return f" (did you mean `{by_folded[near[0]]}`?)" if near else ""


def join(words: Iterable[str], last: str = "or") -> str:
    """Return `a`, `b` or `c`, in backticks."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"


def translate(error: ValidationError) -> list[Mistake]:
    """Return the mistakes that a validation found, in our words and without the validator's own path parts."""
    found: list[Mistake] = []
    for item in error.errors(include_url=False):
        path: Path = tuple(part for part in item["loc"] if not str(part).startswith("<"))
        if path and path[-1] == "[key]":
            path = key_path(path[:-1])
        context = item.get("ctx", {})
        cause = context.get("error")
        if isinstance(cause, Mistakes):
            found.extend(((*path, *below), message) for below, message in cause.found)
        else:
            found.append((path, sentence(item["type"], path, item["input"], context, item["msg"])))
    return [(key_path(path) if text.startswith(ABOUT_KEYS) else path, text) for path, text in found]


def key_path(path: Path) -> Path:
    """Return a path to a key itself."""
    return (*path[:-1], Key(path[-1])) if path and isinstance(path[-1], str) else path


def sentence(kind: str, path: Path, value: object, context: Mapping[str, object], text: str) -> str:
    """Return what is wrong and what was expected, for one kind of validation error."""
    key = str(path[-1]) if path else ""
    if kind in {"value_error", "assertion_error"}:
        return str(context["error"])
    if kind == "missing":
        return f"is missing: expected {wanted(key)}" if key in WANTED else "is missing"
    if kind == "extra_forbidden":
        return "unknown key"
    if kind in {"model_type", "dict_type", "model_attributes_type", "mapping_type"}:
        example = EXAMPLES.get(str(context.get("class_name", "")), "a mapping (`key: value`)")
        return f"expected {'a mapping such as ' * example.startswith('`')}{example}, found {show(value)}"
    if kind in {"list_type", "tuple_type"}:
        return f"expected a list (`[…]`, or lines that start with `-`), found {show(value)}"
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'|(\d+)", str(context.get("expected", "")))
        words = [first or second for first, second in options]
        return f"expected {join(words)}, found {show(value)}{suggest(value, words)}"
    if kind in {"bool_type", "bool_parsing"}:
        return f"expected `true` or `false`, found {show(value)}"
    if kind == "string_type":
        return f"expected a text, found {show(value)}" + (" (put it in quotes)" if is_scalar(value) else "")
    return text[:1].lower() + text[1:]


def wanted(key: str) -> str:
    """Return what a key that must be there says, with an example."""
    return WANTED[key]


def is_scalar(value: object) -> bool:
    """Return whether a value is one word or number, rather than a mapping or a list."""
    return isinstance(value, str | int | float)


def dotted(path: Path, document: object) -> str:
    """Return a path as changes write it: list items by their `name`, `to` or place, joined by dots."""
    words: list[str] = []
    node: object = document
    for part in path:
        word = str(part)
        if isinstance(part, int) and isinstance(node, list) and part < len(node):
            node = node[part]
            if isinstance(node, Mapping):
                word = title(node, words[-1] if words else "") or str(part + 1)
            else:
                word = str(part + 1)
        elif isinstance(node, Mapping):
            node = node.get(part)
        else:
            node = None
        words.append(word)
    return ".".join(words)


def title(item: Mapping[str, object], collection: str) -> str:
    """Return what a message calls an item of a list, or nothing."""
    keys = {"next": ("key", "to"), "earnings": ("key",), "changes": ()}.get(collection, ("name",))
    name = next((item[key] for key in keys if isinstance(item.get(key), str)), "")
    return str(name) or ("end" if collection == "next" and "end" in item else "")


def canonical_text(document: object) -> str:
    """Return JSON with sorted keys and no spaces: equal meaning, equal text."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
