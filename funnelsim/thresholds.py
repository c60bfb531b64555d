"""Curves: an answer of some worlds along one number, and the values at which another of them is the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from funnelsim.causes import Label
from funnelsim.counts import Floats
from funnelsim.knobs import Kind, Knob, find_knobs, turn
from funnelsim.model import Funnel, Intervention

#: Factors along a curve, from a quarter to four times.
FACTORS = tuple(2.0 ** (step / 2.0) for step in range(-4, 5))
#: Of a price or arrivals, from half to half as much again.
NARROW = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5)
#: How exactly a threshold is found, as a share of its factor.
CLOSE = 1e-6
#: Answers that differ by less, as a share, are alike: a world that does what another does is no better.
ALIKE = 1e-9

Answer = Callable[[Sequence[tuple[Funnel, Sequence[Intervention]]]], Floats]


@dataclass(frozen=True, slots=True)
class Rival:
    """The base or a scenario: its funnel, and the interventions that it pays for."""

    name: str
    label: Label
    funnel: Funnel
    interventions: tuple[Intervention, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A factor at which another world becomes the best: names of those below and above it."""

    factor: float
    below: str
    above: str


@dataclass(frozen=True, slots=True)
class Curve:
    """The answer of each world (name, label, values) at factors of a knob, 1 being what the file says."""

    knob: Knob
    factors: tuple[float, ...]
    worlds: tuple[tuple[str, Label, tuple[float, ...]], ...]
    thresholds: tuple[Threshold, ...]


def find_curve(knob: Knob, worlds: Sequence[Rival], answer: Answer) -> Curve:
    """Return the curve of a knob, and its thresholds by bisection between neighbouring factors.

    In a world without the knob (its stage is dropped, its cause does not act) the answer stays the same. Of two changes
    between neighbouring factors both are found, as long as the world between them is the best at one of the halvings.
    """
    factors = NARROW if knob.kind in (Kind.PRICE, Kind.ARRIVALS) else FACTORS
    known = [knob in find_knobs(world.funnel) for world in worlds]

    def values(factor: float) -> Floats:
        funnels = [
            (turn(world.funnel, knob, factor) if there else world.funnel, world.interventions)
            for world, there in zip(worlds, known, strict=True)
        ]
        return answer(funnels)

    seen = {factor: values(factor) for factor in factors}
    thresholds: list[Threshold] = []

    def search(low: float, high: float) -> None:
        below, above = (_best(seen[factor]) for factor in (low, high))
        if below == above:
            return
        if high - low <= CLOSE * high:
            thresholds.append(Threshold(0.5 * (low + high), worlds[below].name, worlds[above].name))
            return
        middle = 0.5 * (low + high)
        seen[middle] = values(middle)
        search(low, middle)
        search(middle, high)

    for low, high in pairwise(factors):
        search(low, high)
    shown = tuple(
        (world.name, world.label, tuple(float(seen[factor][number]) for factor in factors))
        for number, world in enumerate(worlds)
    )
    return Curve(knob, factors, shown, tuple(thresholds))


def _best(values: Floats) -> int:
    """Return the first world that is as good as any, but for rounding."""
    most = float(values.max())
    return int(np.argmax(values >= most - ALIKE * abs(most)))
