"""The shape of a change: its verb and the keys beside it. What the verbs do is in `editing.py`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from funnelsim.files.wording import Mistake, Mistakes, join, show, suggest


@dataclass(frozen=True, slots=True)
class Verb:
    """The keys of one kind of change: what stands beside the verb itself, and what may.

    inside: for a verb whose own value is a mapping, the keys that it needs and those that it may have.
    """

    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    inside: tuple[tuple[str, ...], tuple[str, ...]] | None = None


VERBS: Mapping[str, Verb] = {
    "set": Verb(needs=("to",)),
    "scale": Verb(needs=("by",), may=("side",)),
    "add": Verb(needs=("value",)),
    "remove": Verb(),
    "remove_stage": Verb(may=("earnings_to",)),
    "add_stage": Verb(may=("after", "before")),
    "remind": Verb(needs=("every",), may=("cost",)),
    "respond_within": Verb(inside=(("stage", "time"), ("share", "holds"))),
    "reroute": Verb(needs=("next",)),
    "add_touchpoint": Verb(needs=("touchpoint",)),
    "price": Verb(needs=("by",)),
    "merge_stages": Verb(needs=("into",)),
    "move_stage": Verb(may=("after", "before")),
    "staff": Verb(needs=("by",)),
    "hours": Verb(needs=("to",)),
}


def check_change(value: object) -> dict[str, Any]:
    """Return a change as written, its infinities as `.inf`. Raises Mistakes for a change that no verb describes."""
    if not isinstance(value, Mapping):
        raise Mistakes(((), f"expected a change such as `{{scale: PATH, by: 0.5}}`, found {show(value)}"))
    verb = verb_of(value)
    shape = VERBS[verb]
    found = _keys(value, (verb, *shape.needs), shape.may, f"`{verb}`")
    if shape.inside is not None and not isinstance(value[verb], Mapping):
        wanted = ", ".join(f"{key}: …" for key in shape.inside[0])
        found.append(((verb,), f"expected a mapping such as `{{{wanted}}}`, found {show(value[verb])}"))
    elif shape.inside is not None:
        found.extend(((verb, *path), text) for path, text in _keys(value[verb], *shape.inside, f"`{verb}`"))
    if found:
        raise Mistakes(*found)
    return {str(key): _written(item) for key, item in value.items()}


def verb_of(change: Mapping[Any, Any]) -> str:
    """Return the one verb of a change. Raises Mistakes where there is none, or more than one."""
    found = [str(key) for key in change if key in VERBS]
    if len(found) > 1:
        raise Mistakes(((found[1],), f"a change has one verb, and here are {join(found, 'and')}: write two changes"))
    if not found:
        keys = [str(key) for key in change if key != "note"]
        near = next((hint for key in keys if (hint := suggest(key, VERBS))), "")
        given = f"found {join(keys, 'and')}" if keys else "found none"
        raise Mistakes((tuple(keys[:1]), f"expected one of the verbs {join(VERBS)}, {given}{near}"))
    return found[0]


def _keys(mapping: Mapping[Any, Any], needs: tuple[str, ...], may: tuple[str, ...], verb: str) -> list[Mistake]:
    known = (*needs, *may)
    unknown = [str(key) for key in mapping if key not in known and key != "note"]
    found: list[Mistake] = [
        ((key,), f"unknown key of {verb}: expected {join(known, 'and')}{suggest(key, known)}") for key in unknown
    ]
    found.extend(((), f"{verb} needs `{key}` beside it") for key in needs if key not in mapping)
    return found


def _written(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _written(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_written(item) for item in value]
    if isinstance(value, float) and math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return value
