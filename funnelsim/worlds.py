"""Worlds: the base and all scenarios of a study at each draw of its uncertain numbers.

The first draws are resolved in full and, where every float is recognised (see `filling.py`), the others are filled in.
All funnels of a world have the same draw, so that differences between them are paired.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from funnelsim.errors import InputError
from funnelsim.files.changes import apply
from funnelsim.files.drawing import ATTEMPTS, Drawing
from funnelsim.files.options import with_required
from funnelsim.filling import RESOLVED, ImpossibleError, Recogniser
from funnelsim.model import Funnel, Scenario, Study, Uncertain

Floats = NDArray[np.float64]
_Tree: TypeAlias = tuple[tuple[Funnel, ...], tuple[tuple[float, float], ...]]


@dataclass(frozen=True, slots=True)
class World:
    """One draw: the base and the scenarios, and what these cost once and per month (0 for the base).

    drawn: values of the uncertain numbers, in the order of `Worlds.numbers`. attempts: how many draws were refused
    before it, because their numbers made no funnel together.
    """

    funnels: tuple[Funnel, ...]
    once: tuple[float, ...]
    per_month: tuple[float, ...]
    drawn: tuple[float, ...]
    attempts: int = 0


class Worlds:
    """The worlds of a study; `world(d)` is a pure function of (study, seed, d).

    numbers: the uncertain numbers, each address once. filled: whether draws are filled in rather than resolved. Funnels
    that are filled in have no `document` and `digest` of their own; `draw_study` resolves a draw in full.
    """

    def __init__(self, study: Study, seed: int | None = None) -> None:
        self.study = study
        self._drawing = Drawing.of(study, seed)
        unique = {number.address: number for number in reversed(self._drawing.numbers.values())}
        self.numbers: tuple[Uncertain, ...] = tuple(reversed(unique.values()))
        self._first = [self._resolve(draw) for draw in range(RESOLVED if self.numbers else 1)]
        self._recogniser: Recogniser | None = None
        if self.numbers:
            values = np.array([world.drawn for world in self._first])
            found = Recogniser(values, [_tree(world) for world in self._first])
            self._recogniser = found if found.found else None

    @property
    def filled(self) -> bool:
        """Whether draws are filled in rather than resolved."""
        return self._recogniser is not None

    def world(self, draw: int) -> World:
        """Return one draw. Raises InputError where its numbers make no funnel, however often they are drawn anew."""
        if not self.numbers:
            return self._first[0]
        if draw < len(self._first):
            return self._first[draw]
        if self._recogniser is None:
            return self._resolve(draw)
        for attempt in range(ATTEMPTS):
            values = self._values(draw, attempt)
            try:
                funnels, costs = self._recogniser.fill(values)
            except ImpossibleError:
                continue
            except ValueError:
                try:  # outside the bounds: only resolving can tell
                    return _world(self._drawing.resolved(draw, attempt), values, attempt)
                except InputError:
                    continue
            return World(funnels, tuple(one for one, _ in costs), tuple(one for _, one in costs), values, attempt)
        return self._resolve(draw)  # says why

    def at(self, values: Sequence[float]) -> World:
        """Return the world with values of the numbers of one's own, in the order of `numbers`.

        Raises InputError where they make no funnel together.
        """
        chosen = tuple(float(value) for value in values)
        if self._recogniser is not None:
            with suppress(ValueError):  # only resolving can tell
                funnels, costs = self._recogniser.fill(chosen)
                return World(funnels, tuple(one for one, _ in costs), tuple(one for _, one in costs), chosen)
        return _world(
            self._drawing.at(dict(zip((one.address for one in self.numbers), chosen, strict=True))), chosen, 0
        )

    def _values(self, draw: int, attempt: int) -> tuple[float, ...]:
        return tuple(self._drawing.value(number, draw, attempt) for number in self.numbers)

    def _resolve(self, draw: int) -> World:
        drawn = self._drawing.draw(draw)
        return _world(drawn.study, self._values(draw, drawn.attempts), drawn.attempts)


def scenarios_of(study: Study) -> tuple[Scenario, ...]:
    """Return the scenarios of a study; where it names none, one for each intervention, with those that it requires."""
    if study.scenarios:
        return study.scenarios
    given = {one.name: one for one in study.interventions}
    made = {name: [given[other] for other in with_required(name, given)] for name in given}
    return tuple(
        Scenario(name, given[name].label, apply(study.funnel, *some), tuple(some)) for name, some in made.items()
    )


def _world(study: Study, values: tuple[float, ...], attempts: int) -> World:
    scenarios = scenarios_of(study)
    return World(
        (study.funnel, *(scenario.funnel for scenario in scenarios)),
        (0.0, *(float(sum(one.once for one in scenario.interventions)) for scenario in scenarios)),
        (0.0, *(float(sum(one.per_month for one in scenario.interventions)) for scenario in scenarios)),
        values,
        attempts,
    )


def _tree(world: World) -> _Tree:
    return world.funnels, tuple(zip(world.once, world.per_month, strict=True))
