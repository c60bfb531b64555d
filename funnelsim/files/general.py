"""The general verbs: `set`, `scale`, `add` and `remove` what stands at a path.

Each function edits the canonical document that it is given (whoever calls makes the copy), puts values in as the
change writes them, and returns what it assumed. Causes in effect are in `losses.py`. A path with `*` touches what is
there and passes over what the verb has no meaning for; one without may create what the format knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from funnelsim.causes import Label, Side
from funnelsim.files import assumptions, effects, losses, team_assumptions
from funnelsim.files.amounts import NotANumberError, multiplied, read_factor
from funnelsim.files.effects import Document, Scene
from funnelsim.files.losses import AlreadyThereError, cause_path
from funnelsim.files.paths import (
    LISTS,
    NAMED,
    ChangeError,
    NothingMatchedError,
    Place,
    default_at,
    find,
    hint,
    legal_keys,
    members,
    missing,
    parse_path,
    refuse_removed,
)
from funnelsim.files.wording import join, show, suggest

ARRIVALS = ("rate", "batch", "dates", "times")
#: Numbers that mean something only beside a revenue.
PRICES = ("price", "margin")
#: Collections whose names mean nothing elsewhere, and those that `add` makes new members of.
FREE = ("unless", "months")
MADE = ("sources", "teams", "segments", "budgets", "causes", "touchpoints", "next")


# ---- set -----------------------------------------------------------------------------------------------------------


def set_value(document: Document, change: Mapping[str, Any]) -> list[Label]:
    """Put a value at a path: `{set: PATH, to: V}`."""
    parts, value = _path(change, "set"), change["to"]
    if value is None:
        raise ChangeError("there is no value; `remove` takes something out", "to")
    cause = cause_path(parts)
    if cause is not None:
        return losses.set_causes(document, cause, value)
    said: list[Label] = []
    for place in find(document, parts, "set") if "*" in parts else [_dig(document, parts, "set")]:
        before = place.holder.get(place.slot) if isinstance(place.holder, dict) else None
        place.holder[place.slot] = _with_identity(place, value)
        said.extend(_other_answer(document, place, before))
    return said


def _other_answer(document: Document, place: Place, before: Any) -> Iterable[Label]:
    """Take out what cannot stand beside the `wait` or the `team` of a response that was just set."""
    if place.trail[0] != "stages" or place.trail[-2:-1] != ("response",):
        return
    key = place.trail[-1]
    for other in {"wait": ("team",), "team": ("wait", "within")}.get(key, ()):
        place.holder.pop(other, None)
    team = document.get("teams", {}).get(place.value) if key == "team" and isinstance(place.value, str) else None
    if team is not None and before != place.value:
        stage = find(document, place.trail[:2], "set")[0].value
        yield team_assumptions.answered_by(stage, place.value, team)


def _with_identity(place: Place, value: Any) -> Any:
    """The value of a list item, with the name that the path gave it."""
    collection, part = place.trail[-2] if len(place.trail) > 1 else "", place.trail[-1]
    if collection not in LISTS or not isinstance(value, Mapping):
        return value
    if collection == "next":
        return value if value.keys() & {"to", "end"} else _destination(place.value) | dict(value)
    identity = "key" if collection == "earnings" else "name"
    if value.get(identity, part) != part:
        raise ChangeError(f"`{place.path}`: a {NAMED[collection]} keeps its {identity}; leave it out", "to")
    return {identity: part, **value}


def _destination(route: Mapping[str, Any]) -> dict[str, Any]:
    return {key: route[key] for key in ("to", "end") if key in route}


# ---- scale ---------------------------------------------------------------------------------------------------------


def scale_value(document: Document, change: Mapping[str, Any]) -> list[Label]:
    """Multiply what stands at a path: `{scale: PATH, by: 0.5, side: buyer}`."""
    parts, factor, side = _path(change, "scale"), read_factor(change["by"], "by"), _side(change)
    cause = cause_path(parts)
    if cause is not None:
        return losses.scale_causes(document, cause, factor, side)
    if parts[0] == "causes" and len(parts) == 2:
        return losses.scale_defaults(document, parts, factor, side)
    if side:
        raise ChangeError("`side` chooses between causes, and the path leads to none", "side")
    if parts[0] == "stages" and parts[2:] == ("loses",):
        return _scale_loses(document, parts, factor)
    arrivals = parts[2:3] in ((), ("arrivals",)) and (len(parts) < 4 or parts[3] in ARRIVALS) and len(parts) < 5
    if parts[0] == "sources" and len(parts) > 1 and arrivals:
        return _scale_arrivals(document, parts, factor)
    _scale_numbers(document, parts, factor)
    return []


def _side(change: Mapping[str, Any]) -> str:
    side = change.get("side", "")
    if side and side not in tuple(Side):
        raise ChangeError(f"expected {join(Side)}, found {show(side)}{suggest(side, Side)}", "side")
    return str(side)


def _scale_loses(document: Document, parts: tuple[str, ...], factor: float) -> list[Label]:
    places = find(document, parts, "scale")
    able = [place for place in places if place.value["share"] < 1]
    if not able or ("*" not in parts and len(able) < len(places)):
        raise ChangeError(f"`{'.'.join(parts)}` cannot be scaled: it takes everyone for certain", "scale")
    for place in able:
        place.value["share"] = effects.raised(place.value["share"], factor)
    scenes = [Scene(document, place.holder) for place in able]
    return [] if factor == 1 else [assumptions.losses_scaled(scenes, factor)]


def _scale_arrivals(document: Document, parts: tuple[str, ...], factor: float) -> list[Label]:
    kind = parts[3] if len(parts) == 4 else "times"
    places = find(document, parts[:2], "scale")
    able = [place for place in places if kind == "times" or kind in place.value["arrivals"]]
    if not able:
        there = [name for place in places for name in place.value["arrivals"]]
        raise NothingMatchedError(f"`{'.'.join(parts)}`: nothing is given there{hint(kind, there)}", "scale")
    for place in able:
        arrivals = place.value["arrivals"]
        arrivals["times"] = arrivals.get("times", 1.0) * factor
    names = [assumptions.named(place.value, place.trail[-1]) for place in able]
    return [] if factor == 1 else [assumptions.arrivals_scaled(names, factor)]


def _scale_numbers(document: Document, parts: tuple[str, ...], factor: float) -> None:
    number = default_at(parts) if parts[0] != "teams" else None  # a team without a cost has none to multiply
    for parent in find(document, parts[:-1], "scale") if number is not None else []:
        if parts[-1] not in PRICES or "revenue" in parent.value:
            parent.value.setdefault(parts[-1], number)
    done, reason = False, ""
    for place in find(document, parts, "scale"):
        try:
            place.holder[place.slot] = multiplied(place.value, place.trail, factor)
        except NotANumberError as error:
            reason = f"`{place.path}` cannot be scaled: {error}"
        else:
            done = True
    if reason and ("*" not in parts or not done):
        raise ChangeError(reason, "scale")


# ---- add -----------------------------------------------------------------------------------------------------------


def add_value(document: Document, change: Mapping[str, Any]) -> list[Label]:
    """Add a key to a mapping or an item to a list: `{add: PATH, value: V}`."""
    parts, value = _path(change, "add"), change["value"]
    if value is None:
        raise ChangeError("there is no value to add", "value")
    if parts[-1] == "*":
        raise ChangeError(f"`{'.'.join(parts)}`: what is added needs a name of its own, not `*`", "add")
    cause = cause_path(parts)
    if cause is not None:
        return losses.add_causes(document, cause, value)
    if "*" not in parts:
        return _add_at(document, parts, value)
    depth = max(i for i, part in enumerate(parts) if part == "*") + 1
    said: list[Label] = []
    there: AlreadyThereError | None = None
    added = False
    for place in find(document, parts[:depth], "add"):
        try:
            said.extend(_add_at(document, (*place.trail, *parts[depth:]), value))
            added = True
        except AlreadyThereError as error:
            there = error
    if there is not None and not added:
        raise there
    return said


def _add_at(document: Document, parts: tuple[str, ...], value: Any) -> list[Label]:
    cause = cause_path(parts)
    if cause is not None:
        return losses.add_causes(document, cause, value)
    place = _dig(document, parts, "add", new=True)
    collection, name = parts[-2] if len(parts) > 1 else "", parts[-1]
    if isinstance(place.holder, list):
        _append(place.holder, collection, _named_item(collection, name, value), ".".join(parts))
    elif name in LISTS or isinstance(place.holder.get(name), list):
        _append(place.holder.setdefault(name, []), name, value, ".".join(parts))
    elif name in NAMED and collection not in NAMED and isinstance(value, Mapping):
        place.holder.setdefault(name, {})
        return [said for key, item in value.items() for said in _add_at(document, (*parts, str(key)), item)]
    elif name in place.holder:
        raise AlreadyThereError(f"`{'.'.join(parts)}` is there already; `set` replaces it", "add")
    else:
        place.holder[name] = value
    return []


def _append(items: list[Any], collection: str, value: Any, path: str) -> None:
    names = members(collection, items)
    given = value if isinstance(value, Mapping) else {}
    name = str(given.get("name", ""))
    if collection == "next":
        name = str(given.get("key", given.get("to", "end")))
    if given and name in names:
        raise AlreadyThereError(f"`{path}`: there is a {NAMED[collection]} `{name}` already; `set` replaces it", "add")
    items.append(value)


def _named_item(collection: str, name: str, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if collection == "next" and not value.keys() & {"to", "end"}:
        return {"end": "won", **value} if name in ("end", "won") else {"to": name, **value}
    return {"key" if collection in ("next", "earnings") else "name": name, **value}


# ---- remove --------------------------------------------------------------------------------------------------------


def remove_value(document: Document, change: Mapping[str, Any]) -> list[Label]:
    """Take out what stands at a path: `{remove: PATH}`."""
    parts = _path(change, "remove")
    cause = cause_path(parts)
    if cause is not None:
        said = losses.remove_causes(document, cause)
    else:
        places = find(document, parts, "remove")
        said = list(_said_of_removal(document, places))
        for place in reversed(places):
            del place.holder[place.slot]
    effects.drop_idle_combinations(document)
    if not document.get("sources"):
        raise ChangeError(f"`{'.'.join(parts)}`: without a source nobody would come; `set` or `scale` it", "remove")
    return said


def _said_of_removal(document: Document, places: Sequence[Place]) -> Iterable[Label]:
    for place in places:
        collection = place.trail[-2] if len(place.trail) == 4 else ""
        if collection in ("touchpoints", "next"):
            stage = find(document, place.trail[:2], "remove")[0].value
            if collection == "next":
                yield assumptions.route_removed(stage)
            else:
                yield assumptions.touchpoint_removed(stage, place.value)


# ---- paths ---------------------------------------------------------------------------------------------------------


def _path(change: Mapping[str, Any], verb: str) -> tuple[str, ...]:
    """The path of a change. Raises ChangeError for what has a verb of its own, and for names, which are addresses."""
    parts = parse_path(change[verb], verb)
    path, depth = ".".join(parts), 4 if parts[2:3] == ("touchpoints",) else 2
    reason = ""
    if parts[0] == "stages" and len(parts) < 3 and not (verb == "set" and len(parts) == 2):
        reason = "name a key of a stage (`stages.NAME.KEY`); `add_stage` and `remove_stage` change the list"
    elif parts[0] == "stages" and parts[2:] == ("removed",):
        reason = "`remove_stage` takes a stage out"
    elif parts[0] == "stages" and parts[depth:] == ("name",):
        reason = "names are addresses, and no change touches them; `label` is free"
    elif parts[0] == "stages" and parts[depth:] == ("causes",) and verb != "add":
        reason = f"name a cause, or write `{path}.*` for all that are in effect"
    if reason:
        raise ChangeError(f"`{path}`: {reason}", verb)
    return parts


def _dig(document: Document, parts: tuple[str, ...], key: str, *, new: bool = False) -> Place:
    """The place of a path without `*`; what the format knows and the document lacks is made on the way.

    new: the last component may be a name that is not there yet. Raises NothingMatchedError for what the format does
    not know and for names that are not there.
    """
    place = Place((), {"": document}, "")
    for depth, part in enumerate(parts):
        value, collection, last = place.value, parts[depth - 1] if depth else "", depth == len(parts) - 1
        names = members(collection, value)
        slot = names.get(part, part)
        if part not in names and not (isinstance(value, dict) or (isinstance(value, list) and collection in LISTS)):
            raise missing([place], parts, depth, key)
        if part not in names and not (last and new and collection in NAMED):
            _refuse_unknown(document, place, parts, depth, key)
            if not last:
                value[part] = [] if part in LISTS else {}
        if part in names and collection == "stages":
            refuse_removed(value[slot], key)
        place = Place((*place.trail, part), value, slot)
    return place


def _refuse_unknown(document: Document, place: Place, parts: tuple[str, ...], depth: int, key: str) -> None:
    """Raise NothingMatchedError for a component that is not there and that the format does not know either."""
    part, collection = parts[depth], parts[depth - 1] if depth else ""
    if collection not in NAMED:
        known = legal_keys(parts[:depth])
        if known and part not in known:
            raise missing([place], parts, depth, key)
    elif collection not in FREE:
        known = _known_names(document, collection)
        if part not in known:
            more = "; `add` makes a new one" if depth == len(parts) - 1 and collection in MADE else ""
            text = f"there is no {NAMED[collection]} `{part}`{hint(part, [*members(collection, place.value), *known])}"
            raise NothingMatchedError(f"`{'.'.join(parts[: depth + 1])}`: {text}{more}", key)


def _known_names(document: Document, collection: str) -> list[str]:
    """Names that may stand in a collection because they are defined elsewhere."""
    if collection == "spends":
        return list(document.get("budgets", {}))
    if collection == "pipeline":
        return [stage["name"] for stage in document["stages"] if not stage.get("removed")]
    return effects.known_causes(document) if collection in ("causes", "split", "factors") else []
