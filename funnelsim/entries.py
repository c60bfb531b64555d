"""Entries: the numbers of a study that may be edited one by one, and the change that each edit is.

An *entry* stands for one number of the base (a chance of loss, a time, a price, people of a team) or of an intervention
(what it costs, by how much it changes something). What is a law of time is turned by a factor; what is one number is
put in its place. Bounds are those of a control on a page, inside those of the format.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeAlias

from funnelsim.errors import InputError
from funnelsim.files.working_hours import read_hours
from funnelsim.model import Change, Funnel, Intervention, Study
from funnelsim.units import parse_duration, parse_rate, parse_share

Value: TypeAlias = float | str

#: The largest factor by which a control turns a law or a hazard.
MOST: Final = 3.0
#: What a control of an amount goes up to, as a multiple of what the file says.
ROOM: Final = 4.0
#: Shares that are meant to fill their room may miss it by this much in floating point.
ROUNDING: Final = 1e-9
_PER_CENT: Final = re.compile(r"[-+]?\d+(\.\d+)?%")


class Kind(StrEnum):
    """What a number is, and so how it is edited."""

    SHARE = "share"  # between 0 and 1
    FACTOR = "factor"  # of what the file says: 1 leaves it as it is
    COUNT = "count"  # a whole number
    AMOUNT = "amount"  # of money, or a rate per day
    CHANGE = "change"  # a relative change: −0.1 is 10% less
    TIME = "time"  # a text such as `2 min`
    HOURS = "hours"  # a text such as `Mon-Fri 09:00-18:00; Sat 10:00-14:00`


@dataclass(frozen=True, slots=True)
class Entry:
    """One number that may be edited.

    key: its name; of the base the path that changes it, of an intervention `interventions.NAME.…`. group: what it
    belongs to, `stage`, `source`, `team`, `segment`, `budget` or `intervention`, and the name of that. what: which of
    its numbers (`chance`, `strength`, `takes` …); cause (or condition), touchpoint, to: whose, where that says more.
    value: as the file has it (a factor: 1). low, high, step: of its control; a text has none. beside: keys and values
    of the shares that have to find room with it, up to `high` together.
    """

    key: str
    kind: Kind
    group: tuple[str, str]
    what: str
    value: Value
    low: float = 0.0
    high: float = 1.0
    step: float = 0.005
    cause: str = ""
    touchpoint: str = ""
    to: str = ""
    inside: tuple[str | int, ...] = ()
    unit: str = ""
    beside: tuple[tuple[str, float], ...] = ()


def find_entries(study: Study) -> tuple[Entry, ...]:
    """Return every entry of a study: stages in their order, sources, teams, segments, budgets, then interventions.

    Left out is what differs for a segment besides its share, and the levels of interventions.
    """
    document = json.loads(study.funnel.document)
    found = [entry for stage in document["stages"] for entry in _stage(stage)]
    for name, source in document.get("sources", {}).items():
        found.extend(_source(name, source))
    for name, team in document.get("teams", {}).items():
        found.extend(_team(name, team))
    found.extend(_segments(document.get("segments", {})))
    for name, budget in document.get("budgets", {}).items():
        found.extend(_law(f"budgets.{name}.has", ("budget", name), "has", budget["has"]))
    for intervention in study.interventions:
        if intervention.level is None:
            found.extend(_intervention(intervention))
    return tuple(found)


def read_value(entry: Entry, value: object) -> Value:
    """Return a value for an entry. Raises InputError where it is none, or is outside the bounds of its control."""
    if entry.kind is Kind.TIME:
        try:
            if isinstance(value, str) and parse_duration(value) > 0.0:
                return value
        except ValueError:
            pass
        raise InputError(f"{entry.key}: expected a time such as `2 min`, not {value!r}")
    if entry.kind is Kind.HOURS:
        try:
            read_hours(_items(str(value)))
        except ValueError as error:
            raise InputError(f"{entry.key}: {error}") from None
        return "; ".join(_items(str(value)))
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{entry.key}: expected a number, not {value!r}")
    number = float(round(value) if entry.kind is Kind.COUNT else value)
    if not entry.low <= number <= entry.high:
        raise InputError(f"{entry.key}: expected a number from {entry.low:g} to {entry.high:g}, not {value!r}")
    return number


def _items(hours: str) -> list[str]:
    return [part.strip() for part in hours.split(";")]


def is_as_it_was(before: Value, value: Value) -> bool:
    """Whether a value is that of the file."""
    if isinstance(value, str) or isinstance(before, str):
        return value == before
    return math.isclose(value, before, rel_tol=1e-12, abs_tol=1e-15)


def give_way(entry: Entry, value: float, values: Mapping[str, Value]) -> dict[str, float]:
    """Return the shares beside an entry that gets a value; values: what was edited before, by key.

    Where all of them fill their room, they go on filling it: the others give way, or grow, in proportion. Where room
    is left, they stay as they are as long as it lasts. Others that are all 0 grow in the proportions of the file.
    """
    beside = {key: float(values.get(key, before)) for key, before in entry.beside}
    before, room = float(values.get(entry.key, entry.value)), entry.high - value
    if not beside or (
        math.fsum([before, *beside.values()]) < entry.high - ROUNDING and math.fsum(beside.values()) <= room
    ):
        return beside
    for weights in (beside, dict(entry.beside), dict.fromkeys(beside, 1.0)):
        if (total := math.fsum(weights.values())) > 0.0:
            return {key: max(0.0, room) * weight / total for key, weight in weights.items()}
    return beside


def change_of(entry: Entry, value: Value) -> dict[str, Any]:
    """Return the change that puts a value in the place of an entry of the base."""
    if entry.kind is Kind.FACTOR:
        return {"scale": entry.key, "by": value}
    if entry.kind is Kind.COUNT:
        return {"set": entry.key, "to": int(float(value))}
    if entry.kind is Kind.HOURS:
        return {"set": entry.key, "to": _items(str(value))}
    return {"set": entry.key, "to": f"{value!r} {entry.unit}" if entry.unit else value}


def with_values(given: Intervention, values: Mapping[str, Value], entries: Mapping[str, Entry]) -> Intervention:
    """Return an intervention with the values of some of its entries, by their keys, put in their place."""
    own = {key: value for key, value in values.items() if entries[key].group == ("intervention", given.name)}
    costs = {entries[key].what: float(value) for key, value in own.items() if not entries[key].inside}
    changes = list(given.changes)
    for key, value in own.items():
        entry = entries[key]
        if entry.inside:
            place, *path = entry.inside
            assert isinstance(place, int)  # noqa: S101 (so `_intervention` makes it)
            changes[place] = _rewritten(changes[place], path, _written(entry, value))
    return replace(
        given,
        changes=tuple(changes),
        once=costs.get("once", given.once),
        per_month=costs.get("per_month", given.per_month),
    )


def _rewritten(change: Change, path: list[str | int], value: Any) -> Change:  # noqa: ANN401 (as a file writes it)
    document = json.loads(change.document)
    holder = document
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return replace(change, document=text)


def _written(entry: Entry, value: Value) -> Any:  # noqa: ANN401 (as a file writes it)
    if entry.kind is Kind.COUNT:
        return int(float(value))
    if entry.kind in (Kind.CHANGE, Kind.SHARE):
        return f"{100.0 * float(value):.10g}%"
    return value


# ---- the base ------------------------------------------------------------------------------------------------------


def _stage(stage: Mapping[str, Any]) -> Iterator[Entry]:
    if stage.get("removed"):
        return
    group, path = ("stage", str(stage["name"])), f"stages.{stage['name']}"
    yield from _causes(stage, path, group)
    if (loses := stage.get("loses")) is not None:
        yield _share(f"{path}.loses.share", group, "loses", loses["share"])
    yield from _touchpoints(stage, path, group)
    yield from _law(f"{path}.takes", group, "takes", stage.get("takes"))
    response = stage.get("response") or {}
    for what in ("wait", "service"):
        yield from _law(f"{path}.response.{what}", group, what, response.get(what))
    yield from _routes(stage, path, group)
    yield from _money(f"{path}.revenue", group, "revenue", stage.get("revenue"))
    if "revenue" in stage:
        yield _share(f"{path}.margin", group, "margin", stage.get("margin", 1.0))
    yield from _money(f"{path}.cost", group, "visit", stage.get("cost"))


def _touchpoints(stage: Mapping[str, Any], path: str, group: tuple[str, str]) -> Iterator[Entry]:
    shares = [
        _share(f"{path}.touchpoints.{touchpoint['name']}.share", group, "share", touchpoint["share"])
        for touchpoint in stage.get("touchpoints", ())
    ]
    for touchpoint, share in zip(stage.get("touchpoints", ()), _with_each_other(shares, 1.0), strict=True):
        here, name = f"{path}.touchpoints.{touchpoint['name']}", str(touchpoint["name"])
        inside = [
            share,
            *(
                [_share(f"{here}.availability", group, "availability", touchpoint["availability"])]
                if "availability" in touchpoint
                else []
            ),
            *_causes(touchpoint, here, group),
        ]
        yield from (replace(entry, touchpoint=name) for entry in inside)


def _routes(stage: Mapping[str, Any], path: str, group: tuple[str, str]) -> Iterator[Entry]:
    """Yield the conditions of routes, then the routes that have a share of their own."""
    shares, left = [], 1.0
    for route in stage.get("next", ()):
        name = str(route.get("key", route.get("to", route.get("end", ""))))
        if isinstance(route.get("share"), float) and name:
            shares.append(replace(_share(f"{path}.next.{name}.share", group, "route", route["share"]), to=name))
        elif "unless" in route:
            left -= 1.0 - math.prod(route["unless"].values())
            for condition, probability in route["unless"].items() if name else ():
                key = f"{path}.next.{name}.unless.{condition}"
                yield replace(_share(key, group, "condition", probability), to=name, cause=condition)
    yield from _with_each_other(shares, left)


def _with_each_other(shares: Sequence[Entry], room: float) -> list[Entry]:
    """Return shares that have to find room together."""
    values = [(entry.key, float(entry.value)) for entry in shares]
    return [replace(entry, high=room, beside=tuple(one for one in values if one[0] != entry.key)) for entry in shares]


def _causes(holder: Mapping[str, Any], path: str, group: tuple[str, str]) -> Iterator[Entry]:
    """Yield the causes of a stage or a touchpoint: a plain chance by its share, anything else by its strength."""
    for cause, said in holder.get("causes", {}).items():
        key = f"{path}.causes.{cause}"
        if "chance" in said and set(said) <= {"chance", "at", "visits", "note"}:
            if said["chance"] < 1.0:
                yield replace(_share(f"{key}.chance", group, "chance", said["chance"]), cause=cause, high=0.99)
        elif not _is_fixed(said.get("time_to_loss")) and not _is_fixed(said.get("patience")):
            yield replace(_factor(key, group, "strength"), cause=cause)


def _source(name: str, source: Mapping[str, Any]) -> Iterator[Entry]:
    group, path, arrivals = ("source", name), f"sources.{name}", source["arrivals"]
    if "rate" in arrivals:
        rate = parse_rate(arrivals["rate"])
        yield replace(_amount(f"{path}.arrivals.rate", group, "rate", rate), unit="/ d")
    elif "batch" in arrivals:
        size = float(arrivals["batch"])
        yield Entry(f"{path}.arrivals.batch", Kind.COUNT, group, "batch", size, 0.0, ROOM * size, max(1.0, size // 100))
    yield from _money(f"{path}.cost", group, "lead", source.get("cost"))


def _team(name: str, team: Mapping[str, Any]) -> Iterator[Entry]:
    group, size = ("team", name), float(team["size"])
    yield Entry(f"teams.{name}.size", Kind.COUNT, group, "size", size, 1.0, max(10.0, ROOM * size), 1.0)
    if "hours" in team:
        yield Entry(f"teams.{name}.hours", Kind.HOURS, group, "hours", "; ".join(team["hours"]))
    if isinstance(cost := team.get("cost"), str):
        yield replace(_amount(f"teams.{name}.cost", group, "wage", float(cost.split()[0])), unit="/ h")


def _segments(segments: Mapping[str, Any]) -> list[Entry]:
    """Return the shares of segments; one without a share is given by `as:`."""
    shares = [
        _share(f"segments.{name}.share", ("segment", name), "segment", segment["share"])
        for name, segment in segments.items()
        if "share" in segment
    ]
    return _with_each_other(shares, 1.0)


def _law(path: str, group: tuple[str, str], what: str, law: object) -> Iterator[Entry]:
    """Yield the factor of a law that is not 0."""
    if isinstance(law, Mapping) and law.get("fixed") not in (0.0, "0.0 d"):
        yield _factor(path, group, what)


def _money(path: str, group: tuple[str, str], what: str, law: object) -> Iterator[Entry]:
    """Yield an amount that is always the same as a number, a law of amounts as a factor."""
    if isinstance(law, Mapping) and isinstance(law.get("fixed"), float):
        yield _amount(path, group, what, law["fixed"])
    else:
        yield from _law(path, group, what, law)


def _is_fixed(law: object) -> bool:
    """Whether a clock rings at a fixed time, so that it has no hazard to turn."""
    return isinstance(law, Mapping) and "fixed" in law


def _share(key: str, group: tuple[str, str], what: str, value: float) -> Entry:
    return Entry(key, Kind.SHARE, group, what, float(value))


def _factor(key: str, group: tuple[str, str], what: str) -> Entry:
    return Entry(key, Kind.FACTOR, group, what, 1.0, 0.0 if what == "strength" else 0.1, MOST, 0.05)


def _amount(key: str, group: tuple[str, str], what: str, value: float) -> Entry:
    high = ROOM * value if value > 0.0 else 1e6
    return Entry(key, Kind.AMOUNT, group, what, float(value), 0.0, high, _nice(high / 200.0))


def _nice(step: float) -> float:
    """Return the power of ten, or its double or fivefold, at or below a step."""
    base = 10.0 ** math.floor(math.log10(step))
    return max(part * base for part in (1.0, 2.0, 5.0) if part * base <= step * (1.0 + 1e-9))


# ---- interventions -------------------------------------------------------------------------------------------------


def _intervention(given: Intervention) -> Iterator[Entry]:
    group, path = ("intervention", given.name), f"interventions.{given.name}"
    for what, cost in (("once", given.once), ("per_month", given.per_month)):
        high = max(ROOM * cost, 1e6)
        yield Entry(f"{path}.cost.{what}", Kind.AMOUNT, group, what, cost, 0.0, high, _nice(high / 200.0))
    for number, change in enumerate(given.changes):
        document = json.loads(change.document)
        for what, kind, inside, value in _numbers(document):
            low, high, step = _BOUNDS[what]
            key = ".".join(map(str, (path, "changes", number, *inside)))
            yield Entry(key, kind, group, what, value, low, high, step, inside=(number, *inside), to=_about(document))


#: Bounds and steps of the controls for the numbers of changes.
_BOUNDS: Final[Mapping[str, tuple[float, float, float]]] = {
    "by": (0.0, MOST, 0.05),
    "people": (-10.0, 20.0, 1.0),
    "reached": (0.0, 1.0, 0.005),
    "within": (0.0, 1.0, 1.0),
    "price": (-0.9, 1.0, 0.01),
    "every": (0.0, 1.0, 1.0),
}


def _numbers(change: Mapping[str, Any]) -> Iterator[tuple[str, Kind, tuple[str, ...], Value]]:
    """Yield the numbers of a change that may be edited: what, kind, where in it, value."""
    if "scale" in change and isinstance(change["by"], int | float) and 0.0 <= change["by"] <= MOST:
        yield "by", Kind.AMOUNT, ("by",), float(change["by"])
    elif "staff" in change and isinstance(change["by"], int) and -10 <= change["by"] <= 20:
        yield "people", Kind.COUNT, ("by",), float(change["by"])
    elif "price" in change:
        by = str(change["by"])
        if _PER_CENT.fullmatch(by) and -0.9 <= float(by[:-1]) / 100.0 <= 1.0:
            yield "price", Kind.CHANGE, ("by",), float(by[:-1]) / 100.0
    elif "respond_within" in change:
        said = change["respond_within"]
        yield "within", Kind.TIME, ("respond_within", "time"), str(said["time"])
        if "share" in said:
            yield "reached", Kind.SHARE, ("respond_within", "share"), parse_share(str(said["share"]))
    elif "remind" in change:
        yield "every", Kind.TIME, ("every",), str(change["every"])


def _about(change: Mapping[str, Any]) -> str:
    """Return what a change is about: the path or the name that its verb takes."""
    verb = next(verb for verb in ("scale", "staff", "price", "respond_within", "remind") if verb in change)
    said = change[verb]
    return str(said["stage"] if isinstance(said, Mapping) else said)


def stage_names(funnel: Funnel) -> tuple[str, ...]:
    """Return the stages that a customer may pass, in order."""
    return tuple(stage.name for stage in funnel.stages if not stage.removed)
