"""The causes in effect at a stage: where each comes from, and how a change reaches it wherever that is.

A cause acts at a stage through one or more *origins*: an entry of its `causes` or of a touchpoint's, its part of
`loses`, the `availability` of a touchpoint, or a budget that the stage spends. `scale` writes one factor for all of
them; `remove` and `set` take them away one by one. Functions here edit the document that they are given.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from funnelsim.arithmetic import expm1, log1p
from funnelsim.causes import CATALOGUE, Side
from funnelsim.files.paths import ChangeError, NothingMatchedError, hint

Document: TypeAlias = dict[str, Any]

#: The cause of a touchpoint that is not available.
TOUCHPOINT_DOWN = "touchpoint_down"
#: What an entry of `causes` may add to a default without having a mechanism of its own.
BESIDE_DEFAULT = ("times", "reminders")
_NO_MECHANISM = ("label", "side", "note", "key")


@dataclass(frozen=True, slots=True)
class Origin:
    """One way in which a cause is in effect: `what` it is, the `path` that says it, and the part of the document.

    what: `causes`, `loses`, `availability` or `budget`. touchpoint: where it holds, if not at the whole stage.
    """

    what: str
    path: str
    part: Mapping[str, Any]
    touchpoint: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A stage, or one touchpoint of it, in a document: where causes act."""

    document: Document
    stage: Document
    touchpoint: Document | None = None

    @property
    def holder(self) -> Document:
        """The mapping that the scene's own `causes` and `factors` stand in."""
        return self.stage if self.touchpoint is None else self.touchpoint

    @property
    def path(self) -> str:
        """The scene as a path."""
        stage = f"stages.{self.stage['name']}"
        return stage if self.touchpoint is None else f"{stage}.touchpoints.{self.touchpoint['name']}"


def origins(scene: Scene) -> dict[str, list[Origin]]:
    """Every cause in effect at a scene with its origins, in the order of the document."""
    found: dict[str, list[Origin]] = {}
    stage = scene.stage
    path = f"stages.{stage['name']}"
    own = {} if scene.touchpoint is None else scene.touchpoint.get("causes", {})
    for cause, entry in stage.get("causes", {}).items():
        if cause not in own:
            found.setdefault(cause, []).append(Origin("causes", f"{path}.causes.{cause}", entry))
    touchpoints = stage.get("touchpoints", []) if scene.touchpoint is None else [scene.touchpoint]
    for touchpoint in touchpoints:
        place = f"{path}.touchpoints.{touchpoint['name']}"
        for cause, entry in touchpoint.get("causes", {}).items():
            origin = Origin("causes", f"{place}.causes.{cause}", entry, touchpoint["name"])
            found.setdefault(cause, []).append(origin)
        if "availability" in touchpoint:
            origin = Origin("availability", f"{place}.availability", touchpoint, touchpoint["name"])
            found.setdefault(TOUCHPOINT_DOWN, []).append(origin)
    for cause in stage.get("loses", {}).get("split", {}):
        found.setdefault(cause, []).append(Origin("loses", f"{path}.loses", stage["loses"]))
    for name in stage.get("spends", {}):
        budget = scene.document.get("budgets", {}).get(name, {})
        if "cause" in budget:
            found.setdefault(budget["cause"], []).append(Origin("budget", f"{path}.spends.{name}", budget))
    return found


def side_of(document: Mapping[str, Any], cause: str) -> str:
    """Whose doing a loss by this cause is: the file's word first, then the catalogue's, else nobody's."""
    own = document.get("causes", {}).get(cause, {}).get("side")
    return str(own or (CATALOGUE[cause].side if cause in CATALOGUE else Side.NONE))


def known_causes(document: Mapping[str, Any]) -> list[str]:
    """Every cause that a stage may name: the file's own and the catalogue's."""
    return [*document.get("causes", {}), *CATALOGUE]


def refuse_unknown(document: Mapping[str, Any], cause: str, key: str) -> None:
    """Raise NothingMatchedError for a cause that neither the file nor the catalogue has."""
    known = known_causes(document)
    if cause not in known:
        raise NothingMatchedError(f"there is no cause `{cause}`{hint(cause, known)}", key)


def resolved(document: Mapping[str, Any], cause: str, entry: Mapping[str, Any]) -> Document:
    """An entry of `causes` with the top-level default that it takes written out, as its own."""
    if not entry.get("default"):
        return copy.deepcopy(dict(entry))
    default = document.get("causes", {}).get(cause, {})
    whole = {key: copy.deepcopy(value) for key, value in default.items() if key not in _NO_MECHANISM}
    whole |= {key: copy.deepcopy(value) for key, value in entry.items() if key not in ("default", "times")}
    times = default.get("times", 1.0) * entry.get("times", 1.0)
    whole.pop("times", None)
    return whole if times == 1 else whole | {"times": times}


def why_not_scaled(scene: Scene, cause: str) -> str:
    """Why a hazard factor has no meaning for a cause at a scene; empty where it has one."""
    return next(filter(None, (_why_not(scene.document, cause, origin) for origin in origins(scene)[cause])), "")


def _why_not(document: Document, cause: str, origin: Origin) -> str:
    part = origin.part
    if origin.what == "loses":
        return "`loses` takes everyone for certain" if part["share"] >= 1 else ""
    if origin.what == "availability":
        return "a touchpoint that is never available takes everyone for certain" if part["availability"] <= 0 else ""
    if origin.what == "budget":
        return "a budget that is the same for everyone runs out for certain" if "fixed" in part["has"] else ""
    return why_not_multiplied(resolved(document, cause, part))


def why_not_multiplied(entry: Mapping[str, Any]) -> str:
    """Why the hazards of an entry of `causes` cannot be multiplied; empty where they can."""
    if entry.get("chance", 0) >= 1:
        return "it takes everyone for certain"
    for clock in ("patience", "time_to_loss"):
        if "fixed" in entry.get(clock, {}):
            return f"its `{clock}` is a fixed time, and has no hazard to multiply"
    return ""


def why_not_set(scene: Scene, cause: str) -> str:
    """Why a cause cannot be given one origin at a scene; empty where it can."""
    for origin in origins(scene).get(cause, []):
        if origin.what == "budget":
            return f"it comes from a budget; set `{origin.path}`, what the stage spends of it, or scale the cause"
        if origin.what == "loses" and scene.touchpoint is not None:
            return f"at every touchpoint `{origin.path}` takes its part; scale it here, or set it at the whole stage"
    if scene.touchpoint is not None and scene.stage.get("factors", {}).get(cause) == 0:
        return "an earlier change scaled it by 0 at the whole stage; set it there"
    return ""


def multiply(scene: Scene, cause: str, factor: float) -> None:
    """Multiply the hazard of whatever is this cause at the scene; a factor that comes to 1 is not written."""
    factors = dict(scene.holder.get("factors", {}))
    total = factors.pop(cause, 1.0) * factor
    if total != 1:
        factors[cause] = total
    put(scene.holder, "factors", factors)


def take_out(scene: Scene, cause: str) -> None:
    """Take a cause out of effect at the scene, whatever its origins, and leave the hazards of all others alone."""
    if scene.touchpoint is None:
        _take_out_of_stage(scene, cause)
    else:
        _take_out_of_touchpoint(scene, scene.touchpoint, cause)


def _take_out_of_stage(scene: Scene, cause: str) -> None:
    stage = scene.stage
    spent = any(origin.what == "budget" for origin in origins(scene).get(cause, []))
    for holder in (stage, *stage.get("touchpoints", [])):
        for key in ("causes", "factors"):
            put(holder, key, {name: value for name, value in holder.get(key, {}).items() if name != cause})
        if cause == TOUCHPOINT_DOWN:
            holder.pop("availability", None)
    if "loses" in stage:
        lower_loses(stage, cause)
    if spent:
        stage["factors"] = stage.get("factors", {}) | {cause: 0.0}


def _take_out_of_touchpoint(scene: Scene, touchpoint: Document, cause: str) -> None:
    left = {origin.what for origin in origins(scene).get(cause, [])} & {"loses", "budget"}
    causes = {name: value for name, value in touchpoint.get("causes", {}).items() if name != cause}
    if cause in scene.stage.get("causes", {}):
        causes[cause] = {"chance": 0.0}  # a touchpoint's own entry wins over the stage's
    put(touchpoint, "causes", causes)
    if cause == TOUCHPOINT_DOWN:
        touchpoint.pop("availability", None)
    factors = {name: value for name, value in touchpoint.get("factors", {}).items() if name != cause}
    put(touchpoint, "factors", factors | ({cause: 0.0} if left else {}))


def lower_loses(stage: Document, cause: str) -> None:
    """Take a cause out of a stage's `loses`, the share lowered so that all others keep their hazards.

    The part w of the weights W carries the hazard −ln(1−share)·w/W; without it share' = 1 − (1−share)^((W−w)/W).
    """
    loses = stage["loses"]
    weights = loses.get("split", {})
    if cause not in weights:
        return
    split = {name: weight for name, weight in weights.items() if name != cause}
    kept = sum(split.values())
    if kept <= 0:
        del stage["loses"]
        return
    if weights[cause] > 0:
        loses["share"] = raised(loses["share"], kept / (kept + weights[cause]))
    loses["split"] = split


def drop_idle_combinations(document: Document) -> None:
    """Take out the combinations that name a cause which is no longer in effect at their stage: they had no effect."""
    for stage in document["stages"]:
        acting = origins(Scene(document, stage))
        kept = [one for one in stage.get("combinations", []) if all(cause in acting for cause in one["causes"])]
        if len(kept) < len(stage.get("combinations", [])):
            stage["combinations"] = kept


def raised(share: float, factor: float) -> float:
    """The share lost when the hazard of `share` is multiplied: 1 − (1−share)^factor; a certain loss stays certain."""
    if factor == 1 or share >= 1:
        return float(share)
    return float(-expm1(log1p(-share) * factor))


def put_entry(scene: Scene, cause: str, entry: Any) -> None:
    """Make `entry` the one origin of a cause at the scene; see `why_not_set` for where it cannot be."""
    take_out(scene, cause)
    put(scene.holder, "causes", scene.holder.get("causes", {}) | {cause: entry})
    above = scene.stage.get("factors", {}).get(cause, 1.0)
    if scene.touchpoint is not None and above != 1:
        multiply(scene, cause, 1 / above)  # the stage's factor is not meant for what is set here


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of `causes`, copied for a change of what stands at `keys` inside it, and the mapping it belongs to."""

    holder: Document
    cause: str
    entry: Document
    keys: tuple[str, ...]

    @property
    def stands(self) -> bool:
        """Whether there is something at the keys."""
        return stands(self.entry, self.keys)

    @property
    def value(self) -> Any:
        """What stands at the keys."""
        inner: Any = self.entry
        for key in self.keys:
            inner = inner[key]
        return inner

    def put(self, value: Any) -> None:
        """Put a value at the keys, and the entry back where it belongs."""
        self.innermost()[self.keys[-1]] = value
        put(self.holder, "causes", self.holder.get("causes", {}) | {self.cause: self.entry})

    def take_out(self) -> None:
        """Take out what stands at the keys, and put the entry back where it belongs."""
        del self.innermost()[self.keys[-1]]
        put(self.holder, "causes", self.holder.get("causes", {}) | {self.cause: self.entry})

    def innermost(self) -> Document:
        """The mapping inside the entry that has the last of the keys, made on the way."""
        inner = self.entry
        for key in self.keys[:-1]:
            below = inner.setdefault(key, {})
            if not isinstance(below, dict):
                raise ChangeError(f"`{key}` of `{self.cause}` is a single value, with nothing inside")
            inner = below
        return inner


def entry_at(scene: Scene, cause: str, keys: tuple[str, ...]) -> Entry | None:
    """Return the entry of a cause at a scene, for a change of what stands at `keys`; None where it has no entry.

    At a touchpoint without one it is a copy of the stage's. A default is written out where the change reaches into it;
    `times` stays beside `default`, and multiplies it.
    """
    entry = scene.holder.get("causes", {}).get(cause)
    if entry is None and scene.touchpoint is not None:
        entry = scene.stage.get("causes", {}).get(cause)
    if entry is None:
        return None
    own = copy.deepcopy(dict(entry))
    if own.get("default") and keys[0] != "times" and not stands(own, keys):
        whole = resolved(scene.document, cause, own)
        if stands(whole, keys) or keys[0] not in BESIDE_DEFAULT:
            own = whole
    return Entry(scene.holder, cause, own, keys)


def stands(entry: Any, keys: Sequence[str]) -> bool:
    """Whether there is something at the keys inside an entry."""
    for key in keys:
        if not isinstance(entry, dict) or key not in entry:
            return False
        entry = entry[key]
    return True


def not_an_entry(scene: Scene, cause: str, keys: Sequence[str], key: str) -> NothingMatchedError:
    """The mistake of a path inside an entry where the cause has none: says which paths lead to it."""
    right = {
        "loses": "{0}.share` (with all its causes) or `{0}.split." + cause,
        "availability": "{0}",
        "budget": "{0}",
        "causes": "{0}." + ".".join(keys),
    }
    ways = " or ".join(f"`{right[origin.what].format(origin.path)}`" for origin in origins(scene)[cause])
    path = f"`{scene.path}.causes.{'.'.join((cause, *keys))}`"
    return NothingMatchedError(f"{path}: `{cause}` has no entry of its own there; it is {ways}", key)


def put(holder: Document, key: str, value: Document) -> None:
    """Put a mapping at a key, or take the key out if the mapping is empty."""
    if value:
        holder[key] = value
    else:
        holder.pop(key, None)
