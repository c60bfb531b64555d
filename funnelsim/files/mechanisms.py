"""The mechanisms of loss at one touchpoint, from all that a file says about causes there.

A cause is in effect through its entries in `causes` (the touchpoint's own win), its part of `loses`, the touchpoint's
`availability` and the budgets that the stage spends. `times`, `factors` and combinations multiply its hazard wherever
it comes from; what has no hazard left is not there. Chances of one cause at one moment are one chance with the sum of
the hazards.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from funnelsim.arithmetic import log1p, power
from funnelsim.causes import CATALOGUE
from funnelsim.errors import InputError, Problem
from funnelsim.files.schema import (
    CauseDefinitionFile,
    CauseFile,
    MechanismsFile,
    StageFile,
    TouchpointFile,
)
from funnelsim.laws import Law
from funnelsim.model import Chance, Clock, Drain, Exposure, Memory, Reminders

TOUCHPOINT_DOWN = "touchpoint_down"


@dataclass(slots=True)
class Effects:
    """Gathers the mechanisms of every cause at one touchpoint, before and after factors.

    definitions: the top level's causes; drained: by the name of a budget, the cause when it runs out.
    """

    definitions: Mapping[str, CauseDefinitionFile]
    drained: Mapping[str, str]
    stage: StageFile
    touchpoint: TouchpointFile | None
    answers: bool
    chances: dict[tuple[str, str, bool], float] = field(default_factory=dict)  # (cause, moment, first) -> hazard
    drains: list[tuple[str, str]] = field(default_factory=list)
    clocks: list[tuple[str, Law, Exposure, float]] = field(default_factory=list)
    memories: list[tuple[str, MechanismsFile, Reminders | None, float]] = field(default_factory=list)
    combinations: list[tuple[tuple[str, ...], float]] = field(default_factory=list)

    def collect(self) -> dict[str, Any]:
        """Return the mechanisms as the fields of a Touchpoint."""
        own = self.touchpoint.causes if self.touchpoint else {}
        for key, entry in {**self.stage.causes, **own}.items():
            self._add(key, entry)
        loses = self.stage.loses
        if loses is not None:
            total, weights = -log1p(-loses.share), math.fsum(loses.split.values())
            for key, weight in loses.split.items():
                if weight > 0.0:
                    self._chance(key, loses.at, total * (weight / weights), first=self._first_only(key, None))
        if self.touchpoint is not None and self.touchpoint.availability < 1.0:
            self._chance(TOUCHPOINT_DOWN, "entry", -log1p(self.touchpoint.availability - 1.0), first=False)
        self.drains = [
            (self.drained[budget], budget)
            for budget, amount in self.stage.spends.items()
            if amount > 0.0 and budget in self.drained
        ]
        return self._multiplied(self._factors())

    def _add(self, key: str, entry: CauseFile) -> None:
        """Add the mechanisms of one entry of `causes`, taken from the top level where it says `default`."""
        definition = self.definitions.get(key)
        source: CauseFile | CauseDefinitionFile = entry
        times = entry.times
        if entry.default and definition is not None:
            source, times = definition, entry.times * definition.times
        if source.chance is not None:
            hazard = -log1p(-source.chance)
            self._chance(key, source.at, _product(hazard, times), first=self._first_only(key, source.visits))
        if source.patience is not None and self.answers:
            self.clocks.append((key, source.patience, Exposure.PATIENCE, times))
        if source.time_to_loss is not None and (self.answers or source.exposure != "waiting"):
            self.clocks.append((key, source.time_to_loss, Exposure(source.exposure), times))
        if source.forgetting is not None:
            reminders = entry.reminders or source.reminders
            self.memories.append(
                (key, source, Reminders(reminders.every, reminders.cost) if reminders else None, times)
            )

    def _first_only(self, key: str, visits: str | None) -> bool:
        if visits is None:
            definition = self.definitions.get(key)
            visits = definition.visits if definition else None
        if visits is None and key in CATALOGUE:
            visits = CATALOGUE[key].visits
        return visits == "first"

    def _chance(self, key: str, moment: str, hazard: float, *, first: bool) -> None:
        if hazard > 0.0:
            place = (key, moment, first)
            self.chances[place] = self.chances.get(place, 0.0) + hazard

    def _factors(self) -> dict[str, float]:
        """Return the factor of every cause in effect; combinations act where all their causes do."""
        own = self.touchpoint.factors if self.touchpoint else {}
        keys = (
            {key for key, _, _ in self.chances}
            | {key for key, _ in self.drains}
            | {key for key, _, _, times in self.clocks if times > 0.0}
            | {key for key, _, _, times in self.memories if times > 0.0}
        )
        factors = {key: self.stage.factors.get(key, 1.0) * own.get(key, 1.0) for key in keys}
        active = {key for key, factor in factors.items() if factor > 0.0}
        for combination in self.stage.combinations:
            if active.issuperset(combination.causes):
                self.combinations.append((tuple(sorted(combination.causes)), combination.hazard_ratio))
                for key in combination.causes:
                    factors[key] *= combination.hazard_ratio
        return factors

    def _multiplied(self, factors: dict[str, float]) -> dict[str, Any]:
        for key in sorted(factors):
            self._refuse_unscalable(key, factors[key])
        keys = [key for key in sorted(factors) if factors[key] > 0.0]
        return {
            "entry": self._merged(keys, factors, "entry"),
            "exit": self._merged(keys, factors, "exit"),
            "drains": tuple(Drain(key, budget, factors[key]) for key, budget in sorted(self.drains) if key in keys),
            "clocks": tuple(
                Clock(key, law, exposure, factors[key] * times)
                for key, law, exposure, times in sorted(self.clocks, key=lambda clock: (clock[0], clock[2]))
                if key in keys and times > 0.0
            ),
            "memories": tuple(
                Memory(key, _scale(source), source.forgetting.decay, factors[key] * times, reminders)
                for key, source, reminders, times in sorted(self.memories, key=lambda memory: memory[0])
                if key in keys and times > 0.0 and source.forgetting is not None
            ),
            "combinations": tuple(sorted(self.combinations)),
        }

    def _merged(self, keys: list[str], factors: dict[str, float], moment: str) -> tuple[Chance, ...]:
        chances = []
        for key in keys:
            always = self.chances.get((key, moment, False), 0.0)
            first = self.chances.get((key, moment, True), 0.0)
            if always + first > 0.0:
                factor = factors[key]
                chances.append(Chance(key, _product(always + first, factor), _product(always, factor)))
        return tuple(chances)

    def _refuse_unscalable(self, key: str, factor: float) -> None:
        if factor == 1.0:
            return
        certain = any(cause == key and hazard == math.inf for (cause, _, _), hazard in self.chances.items())
        timed = any(cause == key and law.family == "fixed" for cause, law, _, _ in self.clocks)
        if certain or timed:
            what = "a certain loss" if certain else "a fixed time to loss"
            raise InputError(
                Problem(
                    f"{what} has no hazard that could be multiplied by {factor:g}; set the cause anew instead",
                    f"stages.{self.stage.name}.causes.{key}",
                )
            )


def _product(hazard: float, factor: float) -> float:
    """Return hazard × factor, with 0 × ∞ = 0."""
    return hazard * factor if factor > 0.0 and hazard > 0.0 else 0.0


def _scale(source: MechanismsFile) -> float:
    """Return s of R(t) = (1 + t/s)^(−decay), for which R(half life) = 1/2."""
    forgetting = source.forgetting
    if forgetting is None:
        raise AssertionError("only forgetting has a scale")
    return forgetting.half_life / (power(2.0, 1.0 / forgetting.decay) - 1.0)
