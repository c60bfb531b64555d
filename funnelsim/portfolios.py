"""Portfolios: which sets of interventions go together, what each is worth, and the best for every budget.

An *option* is an intervention, or one level of one. A set of options is given as bits: option i is in it with bit i. It
*goes together* if no two of its options exclude each other, it has what they require, and the changes can be made. The
*gain* of a set is what is asked for (profit after its own cost, revenue, or customers won), scenario minus base.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from funnelsim.counts import Floats
from funnelsim.files.options import exclude, names_of
from funnelsim.model import Intervention

#: What a gain can be of.
OBJECTIVES = ("profit", "revenue", "won")


@dataclass(frozen=True, slots=True)
class Options:
    """Interventions that can be chosen, with what they say of each other.

    excluded: by option, those that cannot be made with it. required: by option, sets of each of which one is needed.
    """

    interventions: tuple[Intervention, ...]
    excluded: tuple[int, ...]
    required: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.interventions)

    def members(self, bits: int) -> list[int]:
        """Return the numbers of the options of a set."""
        return [number for number in range(len(self)) if bits >> number & 1]

    def complete(self, bits: int) -> bool:
        """Return whether a set has all that its options require."""
        return all(bits & needed for number in self.members(bits) for needed in self.required[number])

    def with_required(self, number: int, bits: int = 0) -> int:
        """Return a set with an option, and the first of those that would do for whatever it requires."""
        wanted = bits | 1 << number
        for one in (done := [number]):
            for needed in self.required[one]:
                if needed and not wanted & needed:
                    first = (needed & -needed).bit_length() - 1
                    wanted |= 1 << first
                    done.append(first)
        return wanted

    def agrees(self, bits: int) -> bool:
        """Return whether a set goes together, as far as options say so."""
        return self.complete(bits) and not any(bits & self.excluded[number] for number in self.members(bits))

    def sets(self) -> Iterator[int]:
        """Yield every set that goes together, as far as options say so, the empty one first."""
        yield from (bits for bits in self._extended(0, 0) if self.complete(bits))

    def _extended(self, number: int, bits: int) -> Iterator[int]:
        if number == len(self):
            yield bits
            return
        yield from self._extended(number + 1, bits)
        if not bits & self.excluded[number]:
            yield from self._extended(number + 1, bits | 1 << number)


def make_options(interventions: Sequence[Intervention]) -> Options:
    """Return interventions as options."""
    excluded, required = [], []
    for one in interventions:
        excluded.append(sum(1 << n for n, two in enumerate(interventions) if two is not one and exclude(one, two)))
        required.append(
            tuple(
                sum(1 << n for n, two in enumerate(interventions) if needed in names_of(two)) for needed in one.requires
            )
        )
    return Options(tuple(interventions), tuple(excluded), tuple(required))


@dataclass(frozen=True, slots=True, eq=False)
class Worths:
    """Sets of options with what each costs and brings: arrays [sets]; the first set is empty.

    spend: what its options cost over the window. won, revenue, profit: scenario − base, profit after `spend`.
    """

    sets: tuple[int, ...]
    spend: Floats
    won: Floats
    revenue: Floats
    profit: Floats

    def gain(self, objective: str) -> Floats:
        """Return what is asked for, by set."""
        return {"profit": self.profit, "revenue": self.revenue, "won": self.won}[objective]


def pick_best(worths: Worths, objective: str, budget: float) -> int:
    """Return the place of the set within a budget that gains most; of equals the cheapest, then the smallest."""
    gain = worths.gain(objective)
    affordable = [place for place in range(len(worths.sets)) if is_within(float(worths.spend[place]), budget)]
    return min(
        affordable,
        key=lambda place: (-gain[place], worths.spend[place], worths.sets[place].bit_count(), worths.sets[place]),
    )


def is_within(spend: float, budget: float) -> bool:
    """Return whether a cost keeps to a budget, rounding errors of the sum forgiven."""
    return spend <= budget * (1.0 + 1e-12)


def find_frontier(worths: Worths, objective: str) -> list[int]:
    """Return the places of the sets that no set as cheap or cheaper beats, from the cheapest on.

    So each is the best for every budget from its own cost up to that of the next.
    """
    gain = worths.gain(objective)
    order = sorted(
        range(len(worths.sets)),
        key=lambda place: (worths.spend[place], -gain[place], worths.sets[place].bit_count(), worths.sets[place]),
    )
    found: list[int] = []
    for place in order:
        if not found or gain[place] > gain[found[-1]]:
            found.append(place)
    return found


def go_greedy(options: Options, gain_of: Callable[[int], tuple[float, float] | None], budget: float) -> int:
    """Return the set that is found by taking, again and again, the option that gains most for what it costs.

    gain_of: gain and cost of a set, or None where it cannot be made. An option is taken together with what it
    requires. What costs nothing more comes first, by its gain; it ends where nothing gains any more, or fits.
    """
    bits = 0
    gain, spend = gain_of(0) or (0.0, 0.0)
    while True:
        best: tuple[tuple[float, float], int, float, float] | None = None
        for number in range(len(options)):
            more = options.with_required(number, bits)
            found = gain_of(more) if more != bits and options.agrees(more) else None
            if found is None or not is_within(found[1], budget) or not found[0] > gain:
                continue
            extra = found[1] - spend
            rate = float(f"{(found[0] - gain) / extra:.12g}") if extra > 0.0 else np.inf  # equal but for rounding
            if best is None or (rate, found[0]) > best[0]:
                best = ((rate, found[0]), more, *found)
        if best is None:
            return bits
        _, bits, gain, spend = best


def climb(options: Options, gain_of: Callable[[int], tuple[float, float] | None], bits: int, budget: float) -> int:
    """Return the set that is reached from one by adding, leaving out and swapping options while that gains.

    Each step takes the best of the neighbours; where none gains, it ends: a local best, not proved to be the best.
    """
    gain = (gain_of(bits) or (-np.inf, 0.0))[0]
    while True:
        best, best_gain = bits, gain
        for near in sorted(_neighbours(options, bits)):
            found = gain_of(near)
            if found is not None and found[0] > best_gain and is_within(found[1], budget):
                best, best_gain = near, found[0]
        if best == bits:
            return bits
        bits, gain = best, best_gain


def _neighbours(options: Options, bits: int) -> set[int]:
    inside = options.members(bits)
    outside = [number for number in range(len(options)) if not bits >> number & 1]
    found = {bits ^ 1 << number for number in inside}
    found |= {options.with_required(number, bits) for number in outside}
    found |= {options.with_required(number, bits ^ 1 << left) for number in outside for left in inside}
    return {one for one in found if options.agrees(one)}
