"""Stays at stages as a race: how long each lasted, what ended it, from when on and until when it was watched.

What can end a stay is one race: each cause of loss, and each way on, to a stage or out. So a change of a route is seen
like that of a cause. Real and simulated histories are translated into the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from funnelsim.adequacy.cutting import coarsened, without_stages
from funnelsim.errors import InputError, Problem
from funnelsim.eventlog import END, EventLog
from funnelsim.fitting.names import to_names
from funnelsim.fitting.risk_sets import Floats, Integers
from funnelsim.fitting.stays import make_stays
from funnelsim.model import Funnel

#: Longer than any stay: what a simulated customer does not end in this many days never ends.
FOREVER = 1e7
#: A stay that is open.
OPEN = -1


@dataclass(frozen=True, slots=True)
class Places:
    """The names of stages and causes that stays are counted by; outcomes are causes, then ways on, then `out`."""

    stages: tuple[str, ...]
    causes: tuple[str, ...]

    @property
    def out(self) -> int:
        """The outcome of going out of the funnel: won, or at an end after winning."""
        return len(self.causes) + len(self.stages)

    @property
    def unknown(self) -> int:
        """The outcome of a loss without a reason."""
        return self.out + 1

    def outcome(self, number: int) -> tuple[str, str]:
        """Return an outcome as kind (lost, next, out) and name."""
        if number < len(self.causes):
            return "lost", self.causes[number]
        return ("next", self.stages[number - len(self.causes)]) if number < self.out else ("out", "")


@dataclass(frozen=True, slots=True, eq=False)
class Episodes:
    """Stays [n]: customer; stage; entered (days); lasted, late (since entering); outcome, OPEN if censored; limit.

    limit: how long the stay could have been watched.
    """

    customer: Integers
    stage: Integers
    entered: Floats
    lasted: Floats
    late: Floats
    outcome: Integers
    limit: Floats

    def select(self, chosen: NDArray[np.bool_]) -> Episodes:
        """Return some of the stays."""
        return Episodes(*(getattr(self, name)[chosen] for name in self.__slots__))

    def __len__(self) -> int:
        return len(self.stage)


def find_places(funnel: Funnel, log: EventLog) -> Places:
    """Return the names that stays are counted by. Raises InputError for stages of the log that the funnel lacks."""
    stages = tuple(stage.name for stage in funnel.stages if not stage.removed)
    seen = _names_of(log.stages)
    visited = np.bincount(log.visits["stage"][log.visits["stage"] >= 0], minlength=len(seen))
    strangers = [name for name, count in zip(seen, visited.tolist(), strict=True) if count and name not in stages]
    if strangers:
        listed = ", ".join(f"'{name}'" for name in strangers)
        source = str(log.provenance.get("source", "log"))
        raise InputError(
            Problem(
                f"the funnel has no stage {listed}; it has: {', '.join(stages)}. Give the log's stages these names "
                "in the mapping, or check a funnel that was fitted to such a log",
                "",
                source,
            )
        )
    causes = {cause.key: None for cause in funnel.causes} | dict.fromkeys(_names_of(log.causes))
    lasting = {name for name, count in zip(seen, visited.tolist(), strict=True) if count}
    # Stages at which nothing is seen to happen, as the `_paid` that `fit` makes, are passed over.
    hidden = {stage.name for stage in funnel.stages if stage.aside and stage.name not in lasting}
    return Places(tuple(name for name in stages if name not in hidden), tuple(causes))


def as_seen(log: EventLog, places: Places, resolution: float) -> EventLog:
    """Return a simulated history as data would show it: without the stages that data lack, and with its stamps.

    Whoever is still under way when a history without an end breaks off is watched for ever.
    """
    known = np.array([name in places.stages for name in _names_of(log.stages)], dtype=np.bool_)
    seen = coarsened(without_stages(log, known), resolution)
    until = np.where(np.isfinite(log.watched[1]), log.watched[1], FOREVER)
    return replace(seen, until=until)


def make_episodes(log: EventLog, places: Places) -> Episodes:
    """Return the stays of a history in the numbers of `places`."""
    stays = make_stays(log)
    rows = log.visits[stays.row]
    stage_of = _translate(_names_of(log.stages), places.stages)
    cause_of = _translate(_names_of(log.causes), places.causes)
    person = rows["customer"]
    to = rows["to"].astype(np.int64)
    # A first win may not say where the customer goes on to: the next row does.
    following = np.minimum(stays.row + 1, len(log.visits) - 1)
    same = (following > stays.row) & (log.visits["customer"][following] == person)
    onward = same & (to < 0) & (rows["outcome"] != END)
    to = np.where(onward, log.visits["stage"][following], to)
    target = np.where(to < 0, -1, stage_of[to])
    way = np.where(target < 0, places.out, len(places.causes) + target)
    loss = np.where(stays.cause >= 0, cause_of[stays.cause], places.unknown)
    outcome = np.where(stays.open, OPEN, np.where(stays.lost, loss, way))
    entered = rows["entered"]
    until = log.watched[1][person]
    limit = np.maximum(until - entered, 0.0)
    return Episodes(person, stage_of[stays.stage], entered, stays.total, stays.late, outcome, limit)


def _names_of(texts: Sequence[str]) -> list[str]:
    names = to_names(texts)
    return [names[text] for text in texts]


def _translate(names: Sequence[str], places: Sequence[str]) -> Integers:
    """Return the place of each name, −1 where there is none; the last entry is that of no name."""
    known = {name: place for place, name in enumerate(places)}
    return np.array([*(known.get(name, -1) for name in names), -1], dtype=np.int64)
