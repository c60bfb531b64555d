"""One visit to a stage at a touchpoint: what becomes of whoever has come in, and how long it takes.

Entry is a race over one instant and depends on what the customer has been through; the *stay* that follows (waiting,
service, deciding, exit) does not, but for chances that act at the first visit. Where clocks remember how long the
wait was, deciding is integrated over the waiting time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from funnelsim.errors import NotExact
from funnelsim.exact.curves import Curve, aged
from funnelsim.exact.exits import FREE, Exit, Memory, split_instant
from funnelsim.exact.moments import Moments, moments_of_service
from funnelsim.exact.races import run_race
from funnelsim.laws import Law, fixed
from funnelsim.model import Exposure, Response, Touchpoint

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stay:
    """What becomes of whoever was not lost at the entry.

    losses: (cause, probability, expected time × (1 if so, else 0)), in days; passed, passed_time: the same of passing.
    stuck: the probability of staying for ever. reminders: their expected cost.
    """

    losses: tuple[tuple[str, float, float], ...]
    passed: float
    passed_time: float
    stuck: float
    reminders: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """One way to wait, with its probability: for the first of the answers, against clocks."""

    share: float
    answers: tuple[Curve, ...]
    clocks: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class Phases:
    """A stay taken apart: waiting, if any (with the causes of its clocks), service, and deciding.

    going_on: whether a clock of deciding has run since the beginning of the wait, and remembers it.
    """

    waits: tuple[Waiting, ...]
    waiting_causes: tuple[str, ...]
    service: Law | None
    deciding: Deciding

    @property
    def remembers(self) -> bool:
        """Whether deciding depends on how long the wait was."""
        return bool(self.waits) and any(
            going_on and not clock.rate >= 0.0
            for clock, going_on in zip(self.deciding.clocks, self.deciding.going_on, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Deciding:
    """Deciding and exit: the time it takes against clocks, of which some have run since the wait began.

    As what comes at the end of a wait, its outcomes are: probabilities of the losses and of passing, the same with
    times, staying for ever, and the cost of reminders.
    """

    takes: Curve
    clocks: tuple[Curve, ...]
    going_on: tuple[bool, ...]
    causes: tuple[str, ...]
    exits: Exit

    @property
    def rows(self) -> int:
        """The number of outcomes."""
        return 2 * len(self.causes) + 4

    @property
    def memories(self) -> tuple[Memory, ...]:
        """Nothing is remembered while waiting."""
        return ()

    @property
    def constant(self) -> bool:
        """It depends on the wait."""
        return False

    def after(self, wait: float) -> tuple[tuple[Curve, ...], tuple[Curve, ...], Exit]:
        """Return the race of those who have waited so long."""
        clocks = tuple(
            aged(clock, wait) if going_on else clock for clock, going_on in zip(self.clocks, self.going_on, strict=True)
        )
        return (self.takes,), clocks, self.exits

    def shares(self, times: Floats) -> Floats:
        """Return the outcomes [rows, n] for some lengths of the wait."""
        columns = []
        for time in times.tolist():
            race = run_race.__wrapped__(*self.after(time))
            columns.append([*race.p, *race.t, race.stuck, race.reminders])
        return np.array(columns).T


def enter(touchpoint: Touchpoint, drops: Mapping[str, float], *, first: bool) -> tuple[list[tuple[str, float]], float]:
    """Return the losses at the entry, as (cause, probability), and the probability of coming in.

    drops: by how much the cumulative hazard of each budget grows by what the stage spends.
    """
    hazards = entry_hazards(touchpoint, drops, first=first)
    lost, passing = split_instant([hazard for _, hazard in hazards])
    return [(cause, p) for (cause, _), p in zip(hazards, lost, strict=True) if p > 0.0], passing


def entry_hazards(touchpoint: Touchpoint, drops: Mapping[str, float], *, first: bool) -> list[tuple[str, float]]:
    """Return what competes at the entry, as (cause, hazard over one instant), in the order that settles ties."""
    hazards = [(chance.cause, chance.hazard if first else chance.later) for chance in touchpoint.entry]
    hazards += [(drain.cause, drain.factor * drops.get(drain.budget, 0.0)) for drain in touchpoint.drains]
    return sorted(hazards, key=lambda pair: pair[0])


@lru_cache(maxsize=8192)
def stay(touchpoint: Touchpoint, first: bool, same_call: bool, age: float = 0.0) -> Stay:  # noqa: FBT001 (a cache key)
    """Return what becomes of a customer who has come in.

    first: on a first visit. same_call: the call of the stage before goes on, without waiting or service. age: for how
    long an open deal has been deciding already.
    """
    phases = take_apart(touchpoint, first=first, same_call=same_call, age=age)
    service = moments_of_service(phases.service) if phases.service is not None else Moments(1.0, 0.0, 0.0)
    deciding = phases.deciding
    if phases.remembers:
        return _stay_remembering(phases, service)
    race = run_race(*deciding.after(0.0))
    losses: list[tuple[str, float, float]] = []
    answered = answered_time = stuck = 0.0
    for wait in phases.waits:
        waited = run_race(wait.answers, wait.clocks, FREE)
        losses += [
            (cause, wait.share * float(waited.p[i]), wait.share * float(waited.t[i]))
            for i, cause in enumerate(phases.waiting_causes)
        ]
        answered += wait.share * float(waited.p[-1])
        answered_time += wait.share * float(waited.t[-1])
        stuck += wait.share * waited.stuck
    if not phases.waits:
        answered = 1.0
    served = answered * service.finite
    late = answered_time * service.finite + answered * service.first
    stuck += answered * (1.0 - service.finite) + served * race.stuck
    rows = [(served * p, served * t + late * p) for p, t in zip(race.p.tolist(), race.t.tolist(), strict=True)]
    losses += [(cause, *row) for cause, row in zip(deciding.causes, rows, strict=False)]
    return Stay(_merge(losses), *rows[-1], stuck, served * race.reminders)


def _stay_remembering(phases: Phases, service: Moments) -> Stay:
    """Integrate what comes after the wait over the wait."""
    deciding, causes = phases.deciding, len(phases.waiting_causes)
    losses: list[tuple[str, float, float]] = []
    passed = passed_time = stuck = reminders = 0.0
    size = len(deciding.causes) + 1
    for wait in phases.waits:
        race = run_race(wait.answers, wait.clocks, deciding)
        p, t = wait.share * race.p, wait.share * race.t
        losses += [(cause, float(p[i]), float(t[i])) for i, cause in enumerate(phases.waiting_causes)]
        # probabilities; time since the entry = waiting + service + deciding
        ended = p[causes : causes + size] * service.finite
        times = service.finite * (t[causes : causes + size] + p[causes + size : causes + 2 * size])
        times = times + p[causes : causes + size] * service.first
        losses += [(cause, float(ended[i]), float(times[i])) for i, cause in enumerate(deciding.causes)]
        answered = float(p[causes : causes + size].sum() + p[-2])
        stuck += wait.share * race.stuck + float(p[-2]) * service.finite + answered * (1.0 - service.finite)
        passed += float(ended[-1])
        passed_time += float(times[-1])
        reminders += float(p[-1]) * service.finite
    return Stay(_merge(losses), passed, passed_time, stuck, reminders)


def _merge(losses: list[tuple[str, float, float]]) -> tuple[tuple[str, float, float], ...]:
    """Return the losses with those of one cause added up."""
    merged: dict[str, tuple[float, float]] = {}
    for cause, p, t in losses:
        before = merged.get(cause, (0.0, 0.0))
        merged[cause] = (before[0] + p, before[1] + t)
    return tuple((cause, p, t) for cause, (p, t) in sorted(merged.items()) if p > 0.0)


def take_apart(touchpoint: Touchpoint, *, first: bool, same_call: bool, age: float = 0.0) -> Phases:
    """Return the phases of a stay. Raises NotExact where a team answers: its customers wait for each other."""
    response = None if same_call or age > 0.0 else touchpoint.response
    if response is not None and response.team is not None:
        raise NotExact(
            f"the team `{response.team}` answers, and how long its customers wait depends on one another",
            "one whose stages have `response: {wait: LAW}` in place of a team; `funnelsim run` simulates this one",
            ru=(
                f"отвечает команда `{response.team}`, и ожидание её клиентов зависит друг от друга",
                "с `response: {wait: LAW}` вместо команды; эту воронку просчитает `funnelsim run`",
            ),
        )
    clocks = sorted(touchpoint.clocks, key=lambda clock: (clock.cause, clock.exposure))
    later = [clock for clock in clocks if clock.exposure in (Exposure.DECIDING, Exposure.STAGE)]
    exits: list[tuple[str, float | Memory]] = [
        (chance.cause, chance.hazard if first else chance.later) for chance in touchpoint.exit
    ]
    for memory in touchpoint.memories:
        decay, reminders = memory.decay * memory.factor, memory.reminders
        every, cost = (reminders.every, reminders.cost) if reminders else (math.inf, 0.0)
        exits.append((memory.cause, Memory(decay, memory.scale, every, cost)))
    exits.sort(key=lambda pair: pair[0])
    curves = tuple(aged(Curve(clock.law, clock.factor), age) for clock in later)
    deciding = Deciding(
        takes=aged(Curve(touchpoint.takes), age),
        clocks=curves,
        going_on=tuple(clock.exposure is Exposure.STAGE for clock in later),
        causes=(*(clock.cause for clock in later), *(cause for cause, _ in exits)),
        exits=Exit(tuple(hazard for _, hazard in exits)),
    )
    if response is None:
        return Phases((), (), None, deciding)
    waiting = [clock for clock in clocks if clock.exposure is not Exposure.DECIDING]
    impatient = [clock.exposure is Exposure.PATIENCE for clock in waiting]
    running = tuple(Curve(clock.law, clock.factor) for clock in waiting)
    return Phases(
        _waits(response, running, impatient), tuple(clock.cause for clock in waiting), response.service, deciding
    )


def _waits(response: Response, running: tuple[Curve, ...], impatient: list[bool]) -> tuple[Waiting, ...]:
    """Return the ways to wait: within a promised time or not, held by an automatic answer or not."""
    if response.wait is None:
        raise AssertionError("a response has a wait or a team")
    answer = Curve(response.wait)
    ways = [Waiting(1.0, (answer,), running)]
    if response.within is not None and response.within.share > 0.0:
        share, cap = response.within.share, Curve(fixed(response.within.time))
        ways = [Waiting(share, (answer, cap), running), Waiting(1.0 - share, (answer,), running)]
    if response.automatic is not None and response.automatic.share > 0.0 and any(impatient):
        share, pause = response.automatic.share, (response.automatic.time, response.automatic.holds)
        held = tuple(
            replace(clock, held=pause) if patience else clock
            for clock, patience in zip(running, impatient, strict=True)
        )
        ways = [
            way for old in ways for way in (replace(old, share=old.share * share, clocks=held),
                                            replace(old, share=old.share * (1.0 - share)))
        ]  # fmt: skip
    return tuple(way for way in ways if way.share > 0.0)
