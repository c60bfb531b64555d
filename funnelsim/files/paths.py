"""Places in a canonical document, addressed by paths such as `stages.lead.response.wait`.

A *path* is a text of components with dots between them. In a mapping a component is a key; in `stages` and
`touchpoints` it is the `name` of an item, in `next` the `key` or the destination of a route (`end` or `won` for the
end of the journey), in `earnings` the key of the stage that bore them. `*` stands for any name. A *place* is where a
path leads: the container that holds a value, and the value's slot in it.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from funnelsim.files.parts import Part
from funnelsim.files.scalars import FAMILIES
from funnelsim.files.schema import FunnelFile
from funnelsim.files.wording import join, show, suggest
from funnelsim.laws import Law

#: Mappings and lists whose members have names of their own, with the word for one member.
NAMED: Mapping[str, str] = {
    "stages": "stage",
    "touchpoints": "touchpoint",
    "next": "route",
    "earnings": "earning",
    "sources": "source",
    "segments": "segment",
    "budgets": "budget",
    "teams": "team",
    "pipeline": "stage",
    "causes": "cause",
    "split": "cause",
    "factors": "cause",
    "spends": "budget",
    "unless": "condition",
    "months": "month",
}
#: Those of them that are lists.
LISTS = ("stages", "touchpoints", "next", "earnings")
#: What a study says besides its funnel, and what says which format it is: no change reaches it.
OUTSIDE = ("funnelsim", "funnel", "interventions", "scenarios", "run")

_COMPONENT = re.compile(r"\w+|\*")


class ChangeError(ValueError):
    """A change that cannot be made; `key` is the key of the change that is at fault, if one is."""

    def __init__(self, message: str, key: str = "") -> None:
        self.message = message
        self.key = key
        super().__init__(message)


class NothingMatchedError(ChangeError):
    """A change names what is not there, though it might be: a mistake, except in a segment."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads: the names on the way, the container that holds the value, and its slot there."""

    trail: tuple[str, ...]
    holder: Any
    slot: Any

    @property
    def value(self) -> Any:
        """What stands there now."""
        return self.holder[self.slot]

    @property
    def path(self) -> str:
        """The place in words, without wildcards."""
        return ".".join(self.trail)


def parse_path(text: object, key: str) -> tuple[str, ...]:
    """Split a path into its components; `key` is the change's own key, for the message.

    Raises ChangeError for what is no path, and for what no change reaches.
    """
    if not isinstance(text, str) or not text:
        raise ChangeError(f"expected a path such as `stages.NAME.takes`, found {show(text)}", key)
    parts = tuple(text.split("."))
    for part in parts:
        if not _COMPONENT.fullmatch(part):
            raise ChangeError(
                f"`{text}` is not a path: expected names with dots between them, such as `stages.NAME.takes`, "
                "and `*` for any name",
                key,
            )
    if parts[0] in OUTSIDE:
        raise ChangeError(f"`{text}`: `{parts[0]}` is no part of a funnel, so that a change cannot reach it", key)
    return parts


def hint(word: str, names: Iterable[str]) -> str:
    """The end of a message: the name nearest to `word`, all names if they are few and none is near, or nothing."""
    known = list(dict.fromkeys(names))
    are = "is" if len(known) == 1 else "are"
    return suggest(word, known) or (f"; there {are} {join(known, 'and')}" if 0 < len(known) <= 8 else "")


def members(collection: str, value: Any) -> dict[str, Any]:
    """The names that a component may have inside `value`, each with its slot; `collection` is the key it stands at."""
    if isinstance(value, dict):
        return {str(key): key for key in value}
    if not isinstance(value, list) or collection not in LISTS:
        return {}
    if collection == "next":
        return _routes(value)
    identity = "key" if collection == "earnings" else "name"
    return {str(item[identity]): slot for slot, item in enumerate(value)}


def _routes(routes: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    names = {str(route["key"]): slot for slot, route in enumerate(routes) if "key" in route}
    aliases: dict[str, list[int]] = {}
    for slot, route in enumerate(routes):
        for alias in (str(route["to"]),) if "to" in route else ("end", "won"):
            aliases.setdefault(alias, []).append(slot)
    for alias, slots in aliases.items():
        if alias not in names and len(slots) == 1:
            names[alias] = slots[0]
    return names


def find(document: dict[str, Any], parts: Sequence[str], key: str) -> list[Place]:
    """Every place that a path leads to, in the order of the document; stages dropped earlier match no `*`.

    Raises NothingMatchedError at the first component that leads nowhere, with the names that would have; ChangeError
    for a key that the format does not know.
    """
    level = [Place((), {"": document}, "")]
    for depth, part in enumerate(parts):
        below = [place for above in level for place in _step(above, part, key)]
        if not below:
            raise missing(level, parts, depth, key)
        level = below
    return level


def _step(above: Place, part: str, key: str) -> list[Place]:
    collection = above.trail[-1] if above.trail else ""
    names = members(collection, above.value)
    if part == "*":
        if collection not in NAMED:
            return []
        first = {slot: name for name, slot in reversed(names.items())}
        slots = sorted(first) if isinstance(above.value, list) else list(above.value)
        places = [Place((*above.trail, first[slot]), above.value, slot) for slot in slots]
        return [place for place in places if collection != "stages" or not place.value.get("removed")]
    if part not in names:
        return []
    place = Place((*above.trail, part), above.value, names[part])
    if collection == "stages":
        refuse_removed(place.value, key)
    return [place]


def missing(level: Sequence[Place], parts: Sequence[str], depth: int, key: str) -> ChangeError:
    """The mistake of a path whose component `depth` is found in none of the places of `level`."""
    part, path, parent = parts[depth], ".".join(parts[: depth + 1]), ".".join(parts[:depth])
    collection = parts[depth - 1] if depth else ""
    there = [name for place in level for name in members(collection, place.value)]
    word, known = NAMED.get(collection), legal_keys(parts[:depth])
    kind: type[ChangeError] = NothingMatchedError
    if part == "*" and word is None:
        kind, text = (
            ChangeError,
            f"`*` stands for a name, and these are keys: {', '.join(dict.fromkeys(there)) or 'none'}",
        )
    elif word is not None:
        text = f"there is no {word} `{part}`{hint(part, there)}"
    elif part in known:
        text = "nothing is given there"
    elif any(isinstance(place.value, dict) for place in level):
        kind, text = ChangeError, f"there is no key `{part}`{hint(part, [*known, *there])}"
    elif all(isinstance(place.value, list) for place in level):
        kind, text = ChangeError, f"the items of `{parent}` have no names; change the list as a whole"
    else:
        kind, text = ChangeError, f"`{parent}` is a single value, with nothing inside"
    return kind(f"`{path}`: {text}", key)


def legal_keys(parts: Sequence[str]) -> list[str]:
    """The keys that the format knows in the mapping at a path; none where names stand, or a value."""
    kind = _kind_at(parts)
    if kind is Law:
        return list(FAMILIES)
    if isinstance(kind, str):
        return [name for names in FAMILIES[kind] for name in names]
    return list(_fields(kind))


def default_at(parts: Sequence[str]) -> float | None:
    """The number that the format takes where nothing stands at a path, if it is a number."""
    field = _fields(_kind_at(parts[:-1])).get(parts[-1])
    default = field.default if field is not None else None
    if parts[-1] == "margin" and field is not None:
        return 1.0
    return default if isinstance(default, float) and not isinstance(default, bool) else None


def _kind_at(parts: Sequence[str]) -> Any:
    """What the format has at a path: a model, `dict[…]`, `list[…]`, Law, the family of a law, or another type."""
    kind: Any = FunnelFile
    for part in parts:
        if kind is Law:
            kind = part if part in FAMILIES else None
        elif get_origin(kind) in (dict, list):
            kind = _plain(get_args(kind)[-1])
        else:
            field = _fields(kind).get(part)
            kind = _plain(field.annotation) if field is not None else None
    return kind


def _fields(kind: Any) -> dict[str, FieldInfo]:
    if not (isinstance(kind, type) and issubclass(kind, Part)):
        return {}
    return {field.alias or name: field for name, field in kind.model_fields.items()}


def _plain(annotation: Any) -> Any:
    """A type without what may accompany it: `Annotated[X, …]` and `X | None` are X."""
    while get_origin(annotation) in (Annotated, Union, types.UnionType):
        inner = [kind for kind in get_args(annotation) if kind is not type(None)]
        annotation = inner[0]
    return annotation


def refuse_removed(stage: Mapping[str, Any], key: str) -> None:
    """Raise NothingMatchedError for a stage that an earlier change dropped."""
    if stage.get("removed"):
        raise NothingMatchedError(f"stage `{stage['name']}` was dropped by an earlier change", key)


def stage_at(document: Mapping[str, Any], name: object, key: str, *, removed: bool = False) -> dict[str, Any]:
    """The stage called `name`; one that was dropped only if `removed`.

    Raises NothingMatchedError with the names nearest.
    """
    if not isinstance(name, str):
        raise ChangeError(f"expected the name of a stage, found {show(name)}", key)
    stages: list[dict[str, Any]] = document["stages"]
    for stage in stages:
        if stage["name"] == name:
            if not removed:
                refuse_removed(stage, key)
            return stage
    raise NothingMatchedError(f"there is no stage `{name}`{hint(name, (s['name'] for s in stages))}", key)
