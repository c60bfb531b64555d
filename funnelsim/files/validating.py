"""Plain data to a model, with every mistake found at once.

A value with a mistake is put aside (left out, or replaced by a stand-in where it is required) and what remains is
validated again, so that one mistake never hides another. What a stand-in would cause is not reported.
"""

from __future__ import annotations

import math
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from funnelsim.files.wording import Mistake, Path, join, suggest, translate

M = TypeVar("M", bound=BaseModel)

ROUNDS = 30
FEW_KEYS = 8
STAND_IN = "stand_in__"
"""What the names begin with that no file has."""
STAND_INS: Mapping[str, Any] = {
    "funnelsim": 1,
    "wait": "1 d",
    "size": 1,
    "count": 1,
    "priority": {"segments": [STAND_IN]},
    "half_life": "1 d",
    "every": "1 d",
    "time": "1 d",
    "has": 1,
    "mean": 0,
    "hazard_ratio": 1,
    "arrivals": {"batch": 1},
    "changes": [],
    "split": {STAND_IN: 1},
    "cause": STAND_IN,
    "stages": [{"name": STAND_IN}],
}
"""Values of required keys that were left out or put aside."""
INSTEAD: Mapping[str, str] = {"wait": "team"}
"""Keys of which one must stand, and the other may stand instead."""


@dataclass(frozen=True, slots=True)
class Validated(Generic[M]):
    """A model, the mistakes in what it was made from, and what stood there.

    model: made without the values that have mistakes; None if nothing can be made of the rest.
    """

    model: M | None
    mistakes: tuple[Mistake, ...]
    data: Any

    def has(self, *path: str | int) -> bool:
        """Return whether something stands at a path, right or wrong."""
        return exists(self.data, path)

    def names(self, collection: str) -> set[str]:
        """Return the names that stand in a mapping or list at the top, right or wrong."""
        value = self.data.get(collection) if isinstance(self.data, Mapping) else None
        if isinstance(value, Mapping):
            return set(value)
        items = value if isinstance(value, list) else []
        return {str(item["name"]) for item in items if isinstance(item, Mapping) and "name" in item}

    def clean(self, *path: str | int) -> bool:
        """Return whether no mistake lies at or below a path."""
        return not any(found[: len(path)] == path for found, _ in self.mistakes)


def exists(data: Any, path: Path) -> bool:
    """Return whether something stands at a path."""
    for part in path:
        inside = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if not inside and not (isinstance(data, Mapping) and part in data):
            return False
        data = data[part]
    return True


def validate(model: type[M], data: Any) -> Validated[M]:
    """Return the model of a document, made as far as its mistakes allow, and all of its mistakes."""
    copy = clone(data)
    mistakes = list(unusable(data, ()))
    for path, _ in sorted(mistakes, key=lambda mistake: len(mistake[0]), reverse=True):
        put_aside(copy, path)
    for number in range(ROUNDS):
        try:
            return Validated(model.model_validate(copy), tuple(mistakes), data)
        except ValidationError as error:
            found = translate(error)
        earlier = [path for path, _ in mistakes]
        new = [
            (path, explain(model, path, text))
            for path, text in found
            if not follows(path, earlier, beside=number > 0 and not lacks(data, path, text))
        ]
        mistakes.extend(without_renamed(new, mistakes))
        for path, text in found:
            put_aside(copy, path, missing=text.startswith("is missing"))
    return Validated(None, tuple(mistakes), data)


def follows(path: Path, earlier: Iterable[Path], *, beside: bool = False) -> bool:
    """Return whether a mistake may come only from an earlier one, above or below it, or `beside` it in its mapping."""
    return any(
        path[: len(other)] == other
        or other[: len(path)] == path
        or (beside and len(path) > 1 and other[: len(path) - 1] == path[:-1])
        for other in earlier
    )


def lacks(data: Any, path: Path, text: str) -> bool:
    """Return whether a key that one of two must give is missing, and so is the other, whatever else is wrong there."""
    return text.startswith("is missing") and path[-1] in INSTEAD and not exists(data, instead(path))


def instead(path: Path) -> Path:
    """Return the path of the key that may stand instead of another."""
    return (*path[:-1], INSTEAD.get(str(path[-1]), path[-1]))


def without_renamed(mistakes: list[Mistake], earlier: Iterable[Mistake] = ()) -> list[Mistake]:
    """Return the mistakes without keys that are missing because they are misspelt beside."""
    meant = {
        (*path[:-1], text.split("`")[1])
        for path, text in (*earlier, *mistakes)
        if text.startswith("unknown key") and "(did you mean" in text
    }
    return [
        (path, text) for path, text in mistakes if not (text.startswith("is missing") and {path, instead(path)} & meant)
    ]


def unusable(value: Any, path: Path) -> Iterator[Mistake]:
    """Yield what no place of a file can hold: empty values and .nan."""
    if value is None and path and str(path[-1])[:1].isdigit():
        yield path, "a comma parts two entries here: write `12.5%`, or put `12,5%` in quotes"
    elif value is None:
        yield path, "has no value: write one, or leave the key out"
    elif isinstance(value, float) and math.isnan(value):
        yield path, "expected a number, found .nan"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from unusable(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unusable(item, (*path, index))


def clone(value: Any) -> Any:
    """Return a copy in which nothing is shared, whatever aliases the file has."""
    if isinstance(value, dict):
        return {key: clone(item) for key, item in value.items()}
    return [clone(item) for item in value] if isinstance(value, list) else value


def put_aside(data: Any, path: Path, *, missing: bool = False) -> None:
    """Take the value at a path out of the data, or put a stand-in for it there."""
    way = [data]
    written: list[str | int] = []
    for part in path[:-1] if missing else path:
        node = way[-1]
        if not exists(node, (part,)):
            continue  # a key that a shorthand leaves out
        written.append(part)
        way.append(node[part])
    key = str(path[-1]) if path else ""
    if missing and isinstance(way[-1], dict) and (key in STAND_INS or key == "name"):
        way[-1][key] = clone(STAND_INS.get(key, name_at(written)))
        return
    for depth in range(len(written) - 1, -1, -1):
        node, part = way[depth], written[depth]
        if isinstance(node, dict):
            del node[part]
            return
        item = stand_in(written[: depth + 1])
        if item is not None:
            node[part] = item
            return


def name_at(path: list[str | int]) -> str:
    """Return a name that no file has."""
    return STAND_IN + "_".join(map(str, path))


def stand_in(path: list[str | int]) -> Any:
    """Return what may stand for an item of a list, or None."""
    name = name_at(path)
    return {
        "stages": {"name": name},
        "touchpoints": {"name": name, "share": 0},
        "next": {"end": "won", "key": name, "share": 0},
        "combinations": {"causes": [name, f"{name}_"], "hazard_ratio": 1},
        "earnings": {"key": name},
        "scenarios": {"name": name},
        **dict.fromkeys(("interventions", "excludes", "requires"), name),
        "changes": {"remove": name},
    }.get(str(path[-2]) if len(path) > 1 else "")


# ---- hints ---------------------------------------------------------------------------------------------------------


def explain(model: type[BaseModel], path: Path, text: str) -> str:
    """Return the text of a mistake, with what was perhaps meant by an unknown key."""
    if text != "unknown key" or not path:
        return text
    if len(path) == 1 and "funnel" in model.model_fields and path[0] in keys_at(model, ("funnel",)):
        return "belongs to the funnel: it cannot stand beside `funnel`"
    known = [key for key in keys_at(model, path[:-1]) if key != "note"]
    near = suggest(path[-1], known)
    if near or len(known) > FEW_KEYS or not known:
        return f"unknown key{near}"
    return f"unknown key: expected {join(known)}"


def keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """Return the keys that a mapping may have."""
    kinds = [model]
    for part in path:
        nearer: list[type[BaseModel]] = []
        for kind in kinds:
            field = next((f for name, f in kind.model_fields.items() if (f.alias or name) == part), None)
            if field is not None:
                nearer.extend(models(field.annotation))
        kinds = nearer or kinds
    return [field.alias or name for kind in kinds for name, field in kind.model_fields.items()]


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models inside an annotation: of a list's items, a mapping's values, a union's members."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is Annotated:
        yield from models(get_args(annotation)[0])
    elif get_origin(annotation) in {Union, types.UnionType, list, dict}:
        for argument in get_args(annotation):
            yield from models(argument)
