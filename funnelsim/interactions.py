"""Interactions: interventions do not add up. Each alone, each pair, and all together.

Two interventions on one way through a funnel multiply: who is saved from one loss meets the next. The interaction of a
pair is what both bring together less what each brings alone; it is above 0 where they help each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from funnelsim.causes import Label
from funnelsim.counts import Floats
from funnelsim.estimates import half_width, mean
from funnelsim.files.combining import Combiner
from funnelsim.portfolios import Options
from funnelsim.valuation import Valuation, spend


@dataclass(frozen=True, slots=True)
class Single:
    """One intervention made alone, with what it requires: its gain, and half of a 95% interval (0: exact)."""

    name: str
    label: Label
    gain: float
    half: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two interventions: the gain of both together, and how much more that is than the sum of each alone."""

    one: str
    two: str
    together: float
    interaction: float
    half: float


@dataclass(frozen=True, slots=True)
class Interactions:
    """Each alone, each pair that can be made, their sum and all together (NaN where all cannot be made).

    refused: the pairs that cannot be made, or that exclude each other.
    """

    singles: tuple[Single, ...]
    pairs: tuple[Pair, ...]
    total: float
    together: float
    half: float
    refused: tuple[tuple[str, str], ...]


def find_interactions(
    options: Options, combiner: Combiner, value: Callable[[list[int]], Valuation], objective: str
) -> Interactions:
    """Return the interactions of interventions; value: what the sets of a list are worth, on paired replications.

    A pair that needs a third intervention is not taken, nor one of which the other needs it.
    """
    numbers = range(len(options))
    everything = (1 << len(options)) - 1
    singles = {number: options.with_required(number) for number in numbers}
    pairs = {(one, two): singles[one] | singles[two] for two in numbers for one in range(two)}
    wanted = [0, *singles.values(), *pairs.values(), everything]
    able = [bits for bits in dict.fromkeys(wanted) if options.agrees(bits) and combiner.funnel(bits) is not None]
    found = value(able)
    gains = _gains(found, able, combiner, objective)
    names = [one.name for one in options.interventions]
    kept = [(pair, bits) for pair, bits in pairs.items() if bits in gains and all(singles[n] in gains for n in pair)]
    kept = [(pair, bits) for pair, bits in kept if not singles[pair[0]] & singles[pair[1]]]
    differences = {pair: gains[bits] - gains[singles[pair[0]]] - gains[singles[pair[1]]] for pair, bits in kept}
    alone = [gains[bits] for bits in singles.values() if bits in gains]
    whole = gains.get(everything)
    return Interactions(
        singles=tuple(
            Single(one.name, one.label, *_seen(gains.get(singles[number])))
            for number, one in enumerate(options.interventions)
        ),
        pairs=tuple(
            Pair(names[one], names[two], mean(gains[bits]), *_seen(differences[one, two])) for (one, two), bits in kept
        ),
        total=mean(sum(alone, np.zeros_like(alone[0]))) if alone else 0.0,
        together=mean(whole) if whole is not None else math.nan,
        half=_seen(whole)[1],
        refused=tuple((names[one], names[two]) for (one, two), bits in pairs.items() if bits not in gains),
    )


def _gains(found: Valuation, sets: list[int], combiner: Combiner, objective: str) -> dict[int, Floats]:
    """Return what was asked for, scenario − base, by set and replication; the profit after the interventions' cost."""
    values = {"profit": found.profit, "revenue": found.revenue, "won": found.won}[objective]
    gains = {}
    for row, bits in enumerate(sets):
        cost = spend(combiner.chosen(bits), found.days[row]) if objective == "profit" else 0.0
        gains[bits] = values[row] - cost - values[sets.index(0)]
    return gains


def _seen(gains: Floats | None) -> tuple[float, float]:
    """Return the mean of paired differences and half of its interval, which is 0 where it is exact."""
    if gains is None:
        return math.nan, math.nan
    return mean(gains), half_width(gains) if len(gains) > 1 else 0.0
