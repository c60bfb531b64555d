"""The verb `merge_stages`: neighbouring stages become one.

The one that stands adds the hazards of one cause, what the stages spend and cost; it keeps the first's key and
response and the last's time, money and routes. The waits of the others are gone, and whatever acted only during them.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from funnelsim.arithmetic import expm1, log1p
from funnelsim.causes import Label
from funnelsim.files import effects
from funnelsim.files import team_assumptions as assumptions
from funnelsim.files.adding import NoSumError, added, added_costs
from funnelsim.files.effects import Document, Scene
from funnelsim.files.parts import MECHANISMS
from funnelsim.files.paths import ChangeError, stage_at
from funnelsim.files.redirecting import redirect, refuse_told_apart
from funnelsim.files.scalars import read_name
from funnelsim.files.trade import leads_to
from funnelsim.files.wording import join, show

Change = Mapping[str, Any]
VERB = "merge_stages"
OF_LAST = ("takes", "revenue", "price", "margin", "referrals", "next", "earnings", "purchase")


def merge_stages(document: Document, change: Change) -> list[Label]:
    """Make neighbouring stages one: `{merge_stages: [a, b], into: one_call}`."""
    parts = _parts(document, change[VERB])
    into = _new_name(document, change["into"], parts)
    _refuse_apart(document, parts)
    names = [part["name"] for part in parts]
    refuse_told_apart(document, parts, VERB)
    said = assumptions.stages_merged(parts, into)
    try:
        merged = _merged(document, parts, into)
    except NoSumError as error:
        raise ChangeError(f"{join(names, 'and')} cannot be merged: {error}", VERB) from None
    stages: list[Document] = document["stages"]
    stages[stages.index(parts[-1])] = merged
    document["stages"] = [stage for stage in stages if not any(stage is part for part in parts)]
    redirect(document, names, into, VERB)
    return [said]


# ---- what can be merged --------------------------------------------------------------------------------------------


def _parts(document: Document, names: object) -> list[Document]:
    """The stages to merge, in the order of the funnel."""
    if not isinstance(names, list | tuple) or len(names) < 2:
        found = show(names) if not isinstance(names, list | tuple) else f"{len(names)} of them"
        raise ChangeError(f"expected at least two stages such as `[a, b]`, found {found}", VERB)
    given = [stage_at(document, name, VERB) for name in names]
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise ChangeError(f"`{twice[0]}` stands here twice", VERB)
    parts = [stage for stage in document["stages"] if any(stage is one for one in given)]
    for part in parts:
        reason = ""
        if part.get("touchpoints"):
            reason = "it has touchpoints; only stages without them can be merged"
        elif part.get("aside"):
            reason = "it is aside, so that no default way leads through it"
        if reason:
            raise ChangeError(f"`{part['name']}` cannot be merged: {reason}", VERB)
    for part in parts[:-1]:
        for key, what in (("revenue", "earns money"), ("referrals", "bears referrals"), ("earnings", "earns money")):
            if key in part:
                text = f"`{part['name']}` {what}, which would be lost: only the last stage keeps what it earns"
                raise ChangeError(text, VERB)
        if part.get("purchase"):
            raise ChangeError(f"completing `{part['name']}` counts as a purchase, which would be lost", VERB)
    return parts


def _new_name(document: Document, into: object, parts: Sequence[Document]) -> str:
    try:
        name = read_name(into)
    except ValueError as error:
        raise ChangeError(str(error), "into") from None
    key = parts[0].get("key", parts[0]["name"])
    for stage in document["stages"]:
        if any(stage is part for part in parts):
            continue
        if name == stage["name"] or name == stage.get("key", stage["name"]) or stage["name"] == key:
            raise ChangeError(f"there is a stage `{stage['name']}` already", "into")
    return name


def _refuse_apart(document: Document, parts: Sequence[Document]) -> None:
    """Raise ChangeError for stages that do not follow one another."""
    stages: list[Document] = document["stages"]
    for part, following in pairwise(parts):
        pair = f"`{part['name']}` and `{following['name']}`"
        for between in stages[stages.index(part) + 1 : stages.index(following)]:
            passed = between.get("removed") and not between.get("purchase") and "next" not in between
            if not between.get("aside") and not passed:
                raise ChangeError(f"{pair} are not neighbours: `{between['name']}` stands between them", VERB)
        if not leads_to(document, part, following):
            raise ChangeError(f"{pair} are not neighbours: no route leads from one to the other", VERB)


# ---- the merged stage ----------------------------------------------------------------------------------------------


def _merged(document: Document, parts: Sequence[Document], into: str) -> Document:
    first, last = parts[0], parts[-1]
    merged: Document = {"name": into}
    key = first.get("key", first["name"])
    if key != into:
        merged["key"] = key
    label = next((part["label"] for part in parts if part["name"] == into and "label" in part), None)
    if label is not None:
        merged["label"] = label
    if "response" in first:
        merged["response"] = first["response"]
    merged |= {key: last[key] for key in OF_LAST if key in last}
    spends: dict[str, float] = {}
    cost = None
    for part in parts:
        for budget, amount in part.get("spends", {}).items():
            spends[budget] = spends.get(budget, 0.0) + amount
        cost = added_costs(cost, part.get("cost"))
    effects.put(merged, "spends", spends)
    if cost is not None:
        merged["cost"] = cost
    merged |= _losses(document, [first, *(_without_waits(document, part) for part in parts[1:])])
    return copy.deepcopy(merged)


def _without_waits(document: Document, part: Document) -> Document:
    """A stage without what acts only while customers wait there."""
    causes = {}
    for cause, entry in part.get("causes", {}).items():
        whole = effects.resolved(document, cause, entry)
        waits = [key for key in ("patience",) if key in whole]
        if "time_to_loss" in whole and whole.get("exposure") == "waiting":
            waits += ["time_to_loss", "exposure"]
        left = {key: value for key, value in whole.items() if key not in waits} if waits else entry
        if not waits or left.keys() & set(MECHANISMS):
            causes[cause] = left
    rest = {key: value for key, value in part.items() if key != "response"} | {"causes": causes}
    acting = effects.origins(Scene(document, rest))
    rest["factors"] = {cause: factor for cause, factor in part.get("factors", {}).items() if cause in acting}
    rest["combinations"] = [one for one in part.get("combinations", []) if all(c in acting for c in one["causes"])]
    return rest


def _losses(document: Document, parts: Sequence[Document]) -> Document:
    """The `causes`, `loses`, `combinations` and `factors` of the stage that stands for some."""
    acting = [effects.origins(Scene(document, part)) for part in parts]
    factors = [dict(part.get("factors", {})) for part in parts]
    found: Document = {}
    combinations = list(_combinations(parts, [set(one) for one in acting], factors))
    if combinations:
        found["combinations"] = combinations
    drafts = [copy.deepcopy(part) for part in parts]
    common: dict[str, float] = {}
    for cause in dict.fromkeys(cause for one in acting for cause in one):
        here = [number for number, one in enumerate(acting) if cause in one]
        values = {factors[number].get(cause, 1.0) for number in here}
        if len(values) == 1:
            common[cause] = values.pop()
            continue
        for number in here:
            _fold(acting[number][cause], drafts[number], cause, factors[number].get(cause, 1.0))
    effects.put(found, "factors", {cause: factor for cause, factor in common.items() if factor != 1.0})
    causes: Document = {}
    loses = _loses(drafts)
    if loses is not None:
        found["loses"] = loses
    for draft in drafts:
        for cause, entry in draft.get("causes", {}).items():
            try:
                causes[cause] = added(document, cause, causes[cause], entry) if cause in causes else entry
            except NoSumError as error:
                raise NoSumError(
                    f"`{cause}` acts at more than one of them, and {error}; set one of them first"
                ) from None
    effects.put(found, "causes", causes)
    return found


def _combinations(
    parts: Sequence[Document], acting: Sequence[set[str]], factors: Sequence[dict[str, float]]
) -> Iterator[Document]:
    """Yield the combinations that can stand as they are; the others become factors of their own stage."""
    kept: list[Document] = []
    for number, part in enumerate(parts):
        for one in part.get("combinations", []):
            causes = set(one["causes"])
            where = [other for other in range(len(parts)) if causes & acting[other]]
            alike = all(any(_alike(one, two) for two in parts[other].get("combinations", [])) for other in where)
            if alike:
                if not any(_alike(one, two) for two in kept):
                    kept.append(one)
                    yield one
            elif all(factors[number].get(cause, 1.0) > 0.0 for cause in causes):
                for cause in causes:
                    factors[number][cause] = factors[number].get(cause, 1.0) * one["hazard_ratio"]


def _alike(one: Document, two: Document) -> bool:
    return set(one["causes"]) == set(two["causes"]) and one["hazard_ratio"] == two["hazard_ratio"]


def _fold(origins: Sequence[effects.Origin], draft: Document, cause: str, factor: float) -> None:
    """Multiply a cause's hazards at one stage in its origins, where a common factor is not possible."""
    if factor == 1.0:
        return
    for origin in origins:
        if origin.what == "budget":
            raise NoSumError(f"`{cause}` comes from a budget, and is multiplied differently at each of them")
        if origin.what == "causes":
            reason = effects.why_not_multiplied(draft["causes"][cause])
            if reason:
                raise NoSumError(f"`{cause}` is multiplied differently at each of them, and {reason}")
            entry = draft["causes"][cause]
            entry["times"] = entry.get("times", 1.0) * factor
        if origin.what == "loses":
            hazards = _hazards(draft["loses"])
            draft["loses"] = _total(hazards | {cause: hazards[cause] * factor}, draft["loses"].get("at"))


def _loses(drafts: Sequence[Document]) -> Document | None:
    """Return the total loss that stands for all; those at another moment than the first become entries of `causes`."""
    given = [draft for draft in drafts if "loses" in draft]
    if len(given) < 2:
        return given[0]["loses"] if given else None
    at = given[0]["loses"].get("at")
    hazards: dict[str, float] = {}
    for draft in given:
        own = _hazards(draft["loses"])
        if draft["loses"].get("at") == at:
            for cause, hazard in own.items():
                hazards[cause] = hazards.get(cause, 0.0) + hazard
            continue
        moment = draft["loses"].get("at", "entry")
        for cause, hazard in own.items():
            entry: Document = {"chance": float(-expm1(-hazard))} | ({"at": moment} if moment != "entry" else {})
            if cause in draft.get("causes", {}):
                raise NoSumError(
                    f"`{cause}` acts by `causes` and by `loses` at `{draft['name']}`, at different moments"
                )
            draft["causes"] = draft.get("causes", {}) | {cause: entry}
    return _total(hazards, at)


def _hazards(loses: Document) -> dict[str, float]:
    """The hazard of each cause of a total loss."""
    if loses["share"] >= 1:
        raise NoSumError("`loses` takes everyone for certain")
    total, weights = float(-log1p(-loses["share"])), sum(loses["split"].values())
    return {cause: total * weight / weights for cause, weight in loses["split"].items()}


def _total(hazards: Mapping[str, float], at: str | None) -> Document:
    """A total loss with these hazards, its weights adding up to 1."""
    total = sum(hazards.values())
    split = {cause: hazard / total if total > 0.0 else 1.0 for cause, hazard in hazards.items()}
    return {"share": float(-expm1(-total)), "split": split} | ({"at": at} if at is not None else {})
