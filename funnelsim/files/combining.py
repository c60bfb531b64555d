"""Funnels of many sets of interventions, each as `apply` would make it, put together from parts that are made once.

What a stage becomes depends on the interventions that may touch it, and on no others: those whose changes name it,
those with a wildcard that matches it, and those that change which stages there are. So 2^n sets need few stages, and a
set is put together from stages that earlier sets have made. A set with a part that no earlier one has made is made by
`apply` itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from funnelsim.errors import InputError
from funnelsim.files.changes import apply
from funnelsim.files.verbs import verb_of
from funnelsim.model import Funnel, Intervention, Stage, Variant

#: Parts of a funnel beside its stages, which are taken over together.
REST = ("sources", "budgets", "segments", "teams", "pipeline", "currency", "name", "note")
#: Parts of a document whose changes do not touch stages.
OUTSIDE = ("sources", "teams", "pipeline", "currency", "name", "note")
#: Verbs that multiply what is there, so that no wildcard of another intervention finds more or less afterwards.
MULTIPLY = ("scale", "price")
#: Verbs about one stage that stands under their own key.
ABOUT_ONE = ("remind", "reroute", "add_touchpoint", "price")


@dataclass(frozen=True, slots=True)
class Reach:
    """What an intervention may touch: stages by name, all stages by a wildcard, the rest; `shape`: anything at all.

    adds: it does more than multiply, so that a wildcard of another intervention may find more or less afterwards.
    """

    stages: frozenset[str] = frozenset()
    wild: bool = False
    rest: bool = False
    shape: bool = False
    adds: bool = False


def reach_of(intervention: Intervention) -> Reach:
    """Return what the changes of an intervention may touch."""
    stages: set[str] = set()
    wild = rest = shape = adds = False
    for change in intervention.changes:
        one = _reach_of_change(json.loads(change.document))
        stages |= one.stages
        wild, rest, shape, adds = wild or one.wild, rest or one.rest, shape or one.shape, adds or one.adds
    return Reach(frozenset(stages), wild, rest, shape, adds)


def _reach_of_change(change: Mapping[str, Any]) -> Reach:
    verb = verb_of(change)
    value = change[verb]
    adds = verb not in MULTIPLY
    if verb in ("set", "scale", "add", "remove"):
        parts = str(value).split(".")
        if parts[0] == "stages" and len(parts) > 2 and parts[2] != "aside":
            return Reach(frozenset(parts[1:2]) - {"*"}, wild=parts[1] == "*", adds=adds)
        if parts[0] in OUTSIDE:
            return Reach(rest=True, adds=adds)
        return Reach(wild=True, rest=True, adds=adds) if parts[0] == "causes" else Reach(shape=True)
    if verb == "remove_stage":
        return Reach(frozenset({str(value), str(change.get("earnings_to", value))}), adds=True)
    if verb == "respond_within":
        return Reach(frozenset({str(value["stage"])}), adds=True)
    if verb in ABOUT_ONE:
        return Reach(frozenset({str(value)}), adds=adds)
    return Reach(rest=True) if verb in ("staff", "hours") else Reach(shape=True)


#: The stages of a funnel: the variants, and names in order with what is aside.
Shape = tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, bool], ...]]
#: A stage as all variants see it.
Part = tuple[Stage, ...]


@dataclass(slots=True, eq=False)
class Combiner:
    """Makes the funnels of sets of interventions, given as bits: the i-th intervention is in a set with bit i.

    Interventions apply in their order. A set that cannot be made has no funnel; `refused` says why, by set. applied:
    how many sets `apply` was asked for.
    """

    base: Funnel
    interventions: Sequence[Intervention]
    refused: dict[int, InputError] = field(default_factory=dict)
    applied: int = 0
    _shaping: int = 0
    _touching: dict[str, int] = field(default_factory=dict)
    _touching_rest: int = 0
    _shapes: dict[int, Shape] = field(default_factory=dict)
    _parts: dict[tuple[str, int], Part] = field(default_factory=dict)
    _rests: dict[int, dict[str, Any]] = field(default_factory=dict)
    _whole: dict[int, Funnel | None] = field(default_factory=dict)
    _conflicts: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Find out what each intervention touches: by what its changes name, and by what it does alone."""
        self._whole[0] = self.base
        everyone = range(len(self.interventions))
        alone = [self.made(1 << number) for number in everyone]
        reaches = [reach_of(intervention) for intervention in self.interventions]
        base = _shape(self.base)
        for number in everyone:
            funnel = alone[number]
            if reaches[number].shape or funnel is None or _shape(funnel) != base:
                self._shaping |= 1 << number
        changed = [_changed(self.base, funnel) if funnel is not None else set() for funnel in alone]
        wild = sum(1 << number for number in everyone if reaches[number].wild)
        for name in [stage.name for stage in self.base.stages]:
            touching = [n for n in everyone if name in reaches[n].stages or (name in changed[n])]
            adding = bool(self._shaping) or any(reaches[number].adds for number in touching)
            self._touching[name] = self._shaping | sum(1 << n for n in touching) | (wild if adding else 0)
        for funnel in alone:
            names = {stage.name for stage in funnel.stages} if funnel is not None else set(self._touching)
            gone = sum_of(self._touching[name] for name in self._touching.keys() - names)
            for name in names - self._touching.keys():
                literal = sum(1 << n for n in everyone if name in reaches[n].stages)
                self._touching[name] = gone | literal | wild | self._shaping
        self._touching_rest = self._shaping
        for number, funnel in enumerate(alone):
            if reaches[number].rest or (funnel is not None and _rest(funnel) != _rest(self.base)):
                self._touching_rest |= 1 << number
        for bits, funnel in list(self._whole.items()):
            self._keep(bits, funnel)

    def made(self, bits: int) -> Funnel | None:
        """Return the funnel of a set as `apply` makes it, or None where it cannot be made."""
        if bits not in self._whole:
            self.applied += 1
            try:
                self._whole[bits] = apply(self.base, *self.chosen(bits))
            except InputError as error:
                self._whole[bits], self.refused[bits] = None, error
            if self._touching:
                self._keep(bits, self._whole[bits])
        return self._whole[bits]

    def chosen(self, bits: int) -> list[Intervention]:
        """Return the interventions of a set."""
        return [intervention for number, intervention in enumerate(self.interventions) if bits >> number & 1]

    def funnel(self, bits: int) -> Funnel | None:
        """Return the funnel of a set, put together where that is possible; None where it cannot be made.

        Where two interventions cannot be made together, no set with both can.
        """
        if bits in self._whole:
            return self._whole[bits]
        if any(bits & pair == pair for pair in self._conflicts):
            return None
        found = self._put_together(bits)
        if found is None:
            found = self.made(bits)
            if found is None:
                self._find_conflicts(bits)
        return found

    def _put_together(self, bits: int) -> Funnel | None:
        """Return the funnel of a set from parts that other sets have made, or None where one of them is missing."""
        shape = self._shapes.get(bits & self._shaping)
        rest = self._rests.get(bits & self._touching_rest)
        if shape is None or rest is None:
            return None
        parts = []
        for name, _ in shape[1]:
            part = self._parts.get((name, bits & self._touching[name]))
            if part is None:
                return None
            parts.append(part)
        if all(part[0].removed for part in parts):
            return None
        variants = tuple(
            Variant(segments, tuple(part[number] for part in parts)) for number, segments in enumerate(shape[0])
        )
        return replace(self.base, **rest, stages=variants[0].stages, variants=variants, document="{}", digest="")

    def _keep(self, bits: int, funnel: Funnel | None) -> None:
        """Keep the parts of a funnel for other sets."""
        if funnel is None:
            return
        everyone = (1 << len(self.interventions)) - 1
        self._shapes.setdefault(bits & self._shaping, _shape(funnel))
        self._rests.setdefault(bits & self._touching_rest, _rest(funnel))
        for part in _parts(funnel):
            touching = self._touching.setdefault(part[0].name, everyone)
            self._parts.setdefault((part[0].name, bits & touching), part)

    def _find_conflicts(self, bits: int) -> None:
        """Find the pairs of a set of which each can be made alone and both cannot."""
        members = [number for number in range(len(self.interventions)) if bits >> number & 1]
        for index, one in enumerate(members):
            for two in members[:index]:
                pair = 1 << one | 1 << two
                if self.made(1 << one) is None or self.made(1 << two) is None:
                    continue
                if self.made(pair) is None:
                    self._conflicts.add(pair)


def sum_of(masks: Iterable[int]) -> int:
    """Return the union of some sets of bits."""
    together = 0
    for mask in masks:
        together |= mask
    return together


def _shape(funnel: Funnel) -> Shape:
    """Return what must be alike for funnels to have parts in common."""
    return tuple(one.segments for one in funnel.variants), tuple((one.name, one.aside) for one in funnel.stages)


def _parts(funnel: Funnel) -> list[Part]:
    return list(zip(*(variant.stages for variant in funnel.variants), strict=True))


def _rest(funnel: Funnel) -> dict[str, Any]:
    return {name: getattr(funnel, name) for name in REST}


def _changed(before: Funnel, after: Funnel) -> set[str]:
    """Return the stages of `before` that differ in any variant, or are gone."""
    if _shape(before)[0] != _shape(after)[0]:
        return {stage.name for stage in before.stages}
    there = {part[0].name: part for part in _parts(after)}
    return {part[0].name for part in _parts(before) if there.get(part[0].name) != part}
