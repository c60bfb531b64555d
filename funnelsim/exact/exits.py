"""What comes at the end of a race: chances that act there, and forgetting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Memory:
    """Forgetting: the hazard decay × log(1 + t/scale) at the exit, t the time since the last reminder."""

    decay: float
    scale: float
    every: float = math.inf
    cost: float = 0.0


class End(Protocol):
    """What comes when an ender rings: `rows` outcomes, with probabilities that may depend on the time."""

    @property
    def rows(self) -> int:
        """The number of outcomes."""

    @property
    def memories(self) -> tuple[Memory, ...]:
        """What there is of memory, which reminders refresh."""

    @property
    def constant(self) -> bool:
        """Whether the outcomes do not depend on the time."""

    def shares(self, times: Floats) -> Floats:
        """Return the probabilities [rows, n] of the outcomes at some times."""


@dataclass(frozen=True, slots=True)
class Exit:
    """What competes at the exit: hazards over one instant, constant or of memory, in the order that settles ties.

    Its outcomes are these, and last passing.
    """

    hazards: tuple[float | Memory, ...] = ()

    @property
    def rows(self) -> int:
        """The number of outcomes."""
        return len(self.hazards) + 1

    @property
    def memories(self) -> tuple[Memory, ...]:
        """Those that depend on the time."""
        return tuple(hazard for hazard in self.hazards if isinstance(hazard, Memory))

    @property
    def constant(self) -> bool:
        """Whether there is nothing to forget."""
        return not self.memories

    def shares(self, times: Floats) -> Floats:
        """Return the probabilities of losing to each and of passing: 1 − exp(−Σh) in proportion to the h."""
        if self.constant:
            lost, passing = split_instant([float(hazard) for hazard in self.hazards if not isinstance(hazard, Memory)])
            return np.repeat(np.array([[*lost, passing]]).T, len(times), axis=1)
        hazards = np.array([_hazard(hazard, times) for hazard in self.hazards]).reshape(-1, len(times))
        certain = np.isinf(hazards)
        if certain.any():
            lost, passing = split_instant([float(hazard) for hazard in hazards[:, 0]])
            return np.repeat(np.array([[*lost, passing]]).T, len(times), axis=1)
        total = hazards.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            lost_each = hazards * np.where(total > 0.0, -np.expm1(-total) / total, 1.0)
        return np.vstack([lost_each, np.exp(-total)])


#: Passing, whatever the time.
FREE = Exit()


def split_instant(hazards: Sequence[float]) -> tuple[list[float], float]:
    """Return the probability of losing to each of the hazards over one instant, and of surviving them all.

    The first of those that are certain takes everyone.
    """
    for number, hazard in enumerate(hazards):
        if math.isinf(hazard):
            return [float(place == number) for place in range(len(hazards))], 0.0
    total = math.fsum(hazards)
    if total == 0.0:
        return [0.0] * len(hazards), 1.0
    lost = -math.expm1(-total)
    return [lost * hazard / total for hazard in hazards], math.exp(-total)


def _hazard(hazard: float | Memory, times: Floats) -> Floats:
    if not isinstance(hazard, Memory):
        return np.full(len(times), hazard)
    since = times if hazard.every == math.inf else np.fmod(times, hazard.every)
    return hazard.decay * np.log1p(since / hazard.scale)
