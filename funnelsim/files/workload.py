"""How much a funnel asks of its teams: load that cannot be served, and open deals that cannot be there.

Load is what a team would be asked for if it answered everyone at once: nobody is lost while waiting. Chances are those
of every visit, clocks and memory act while customers decide, budgets are left out; so it is a little more than would
come. With x the flow of visits into each state (variant, stage, whether by the same call), e the flow from sources
and T the expected visits and referrals that one visit leads to, x = e + x·T. A visit by the same call is not served.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from funnelsim.arithmetic import exp, power
from funnelsim.files.journeys import constant_hazard
from funnelsim.files.wording import Mistake
from funnelsim.laws import law_survival, law_survival_time, mean
from funnelsim.model import Exposure, Funnel, Memory, Rate, Stage, Team, Touchpoint, join
from funnelsim.units import format_duration

HOURS_OF_DAY = 24.0
HOPELESS = 2.5
"""A queue that people leave never grows without end; it is warned of where this many times what is given is asked."""
DAYS_OF_MONTHS = (31.0, 28.25, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0)
MOST_STEPS = 5000
POINTS = 64
LITTLE = 1e-9
"""The part of the arrivals that may still be on the way when the sum is broken off."""


def overloaded(funnel: Funnel) -> Iterator[tuple[Team, str]]:
    """Yield the teams that are asked for more hours of service than they work, and the warning.

    Where somebody always leaves the queue in time it limits itself, so those visits count only if far too many.
    """
    asked = ask(funnel)
    for team in funnel.teams:
        wanted, each = asked.get(team.name, Asked()), hours_worked(team)
        if wanted.staying < team.size * each and wanted.all < HOPELESS * team.size * each:
            continue
        load = wanted.all
        if math.isinf(load):
            yield team, "a `service` without a mean asks for hours without end: no number of people could serve it"
            continue
        gives = f"{team.size} {'person gives' if team.size == 1 else 'people give'} {figure(team.size * each)}"
        needed = math.floor(load / each) + 1
        yield (
            team,
            f"about {figure(load)} hours of service a day are asked for, {gives}; it would take about {needed} people",
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """Hours of service a day: in all, and for visits in which no clock ends the waiting."""

    all: float = 0.0
    staying: float = 0.0


def figure(x: float) -> str:
    """Return a number for people, in three digits."""
    return f"{x:.0f}" if x >= 100 else f"{x:.3g}"


def hours_worked(team: Team) -> float:
    """Return the hours a day that one person of a team works, on average over a week."""
    return math.fsum(end - start for start, end in team.hours) * HOURS_OF_DAY / 7 if team.hours else HOURS_OF_DAY


def hours_asked(funnel: Funnel) -> dict[str, float]:
    """Return the hours of service a day that are asked of each team in all (see `ask`)."""
    return {team: hours.all for team, hours in ask(funnel).items()}


def ask(funnel: Funnel) -> dict[str, Asked]:
    """Return the hours of service a day that arrivals at a rate ask of each team, in the long run and at most.

    Empty where nobody comes at a rate, and where referrals or loops have no end (which is said elsewhere).
    """
    if not funnel.teams or not any(isinstance(source.arrivals, Rate) for source in funnel.sources):
        return {}
    states = _States(funnel)
    states.collect()
    visits = states.visits()
    if visits is None:
        return {}
    asked = dict.fromkeys((team.name for team in funnel.teams), Asked())
    for (variant, stage, called), number in states.numbers.items():
        if called or visits[number] == 0.0:
            continue
        for touchpoint in states.stages[variant][stage].touchpoints:
            response = touchpoint.response
            if response is not None and response.team is not None and response.service is not None:
                reached = exp(-math.fsum(chance.later for chance in touchpoint.entry))
                often = float(visits[number]) * touchpoint.share * reached
                hours = often * mean(response.service) * HOURS_OF_DAY if often > 0.0 else 0.0
                before = asked.get(response.team, Asked())
                staying = 0.0 if any(c.exposure is not Exposure.DECIDING for c in touchpoint.clocks) else hours
                asked[response.team] = Asked(before.all + hours, before.staying + staying)
    return asked


@lru_cache(maxsize=4096)
def surviving(touchpoint: Touchpoint) -> float:
    """Return the share of the visits answered at once that survive a touchpoint: its chances, then its time.

    The mean over the law of the time, at the middles of POINTS equal shares of it.
    """
    clocks = [clock for clock in touchpoint.clocks if clock.exposure in (Exposure.STAGE, Exposure.DECIDING)]
    if not clocks and not touchpoint.memories:
        return exp(-constant_hazard(touchpoint))
    points = 1 if touchpoint.takes.family == "fixed" else POINTS
    total = 0.0
    for point in range(points):
        time = law_survival_time(touchpoint.takes, (point + 0.5) / points)
        if math.isinf(time):
            continue  # whoever never decides does not go on
        left = math.prod(power(law_survival(clock.law, time), clock.factor) for clock in clocks)
        total += left * math.prod(remembering(memory, time) for memory in touchpoint.memories)
    return exp(-constant_hazard(touchpoint)) * total / points


def remembering(memory: Memory, time: float) -> float:
    """Return the share of customers who remember after deciding for some time."""
    since = math.fmod(time, memory.reminders.every) if memory.reminders is not None else time
    return power(1.0 + since / memory.scale, -memory.decay * memory.factor)


def daily(rate: Rate) -> float:
    """Return the arrivals a day, on average over a year."""
    months = rate.months or (1.0,) * 12
    seasonal = math.fsum(m * days for m, days in zip(months, DAYS_OF_MONTHS, strict=True)) / math.fsum(DAYS_OF_MONTHS)
    hourly = math.fsum(rate.day) / 24 if rate.day else 1.0
    weekly = math.fsum(rate.week) / 7 if rate.week else 1.0
    return rate.per_day * hourly * weekly * seasonal


@dataclass(slots=True)
class _States:
    """The states that customers at a rate come to, numbered as they are found, and the ways between them."""

    funnel: Funnel
    numbers: dict[tuple[tuple[str, ...], str, bool], int] = field(default_factory=dict)
    stages: dict[tuple[str, ...], Mapping[str, Stage]] = field(init=False)
    start: list[tuple[int, float]] = field(default_factory=list)
    ways: list[tuple[int, int, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stages = {v.segments: {stage.name: stage for stage in v.stages} for v in self.funnel.variants}

    def collect(self) -> None:
        """Find every state and way, from the sources on."""
        for source in self.funnel.sources:
            if isinstance(source.arrivals, Rate):
                flow = daily(source.arrivals) * source.times
                self.start.extend((self.number(segments, source.enters), share * flow)
                                  for segments, share in self.drawn(source.joins))  # fmt: skip
        done = 0
        while done < len(self.numbers):
            found = list(self.numbers)[done:]
            for state in found:
                self.leave(*state)
            done += len(found)

    def number(self, segments: tuple[str, ...], stage: str, *, called: bool = False) -> int:
        """Return the number of a state."""
        return self.numbers.setdefault((segments, stage, called), len(self.numbers))

    def drawn(self, joins: str | None) -> Iterator[tuple[tuple[str, ...], float]]:
        """Yield the segments of a new customer, with their shares."""
        shared = {segment.name: segment.share for segment in self.funnel.segments if segment.share is not None}
        rest = max(1.0 - math.fsum(shared.values()), 0.0)
        for segments, share in [*(((name,), share) for name, share in shared.items()), ((), rest)]:
            if share > 0.0:
                yield self.joined(segments, joins), share

    def joined(self, segments: tuple[str, ...], joins: str | None) -> tuple[str, ...]:
        """Return the segments after `as:`."""
        if joins is None:
            return segments
        order = [segment.name for segment in self.funnel.segments]
        return join(segments, joins, (s.name for s in self.funnel.segments if s.share is not None), order)

    def leave(self, segments: tuple[str, ...], name: str, called: bool) -> None:  # noqa: FBT001 (part of the state)
        """Add the ways out of a state: routes, and those whom its customers refer."""
        here, stage = self.numbers[segments, name, called], self.stages[segments][name]
        passing = 1.0 if stage.removed else math.fsum(t.share * surviving(t) for t in stage.touchpoints)
        for route in stage.routes:
            if route.to is not None and route.share > 0.0:
                same = route.same_call and (called or not stage.removed)
                there = self.number(self.joined(segments, route.joins), route.to, called=same)
                self.ways.append((here, there, passing * route.share))
        for earning in stage.earnings:
            brings = earning.referrals
            if brings is not None and brings.mean > 0.0:
                for new, share in self.drawn(brings.joins):
                    self.ways.append((here, self.number(new, brings.enters), passing * brings.mean * share))

    def visits(self) -> NDArray[np.float64] | None:
        """Return the visits a day of every state, or None where they never end."""
        size = len(self.numbers)
        flow: NDArray[np.float64] = np.zeros(size)
        for number, share in self.start:
            flow[number] += share
        origins = np.array([here for here, _, _ in self.ways], dtype=np.int64)
        goals = np.array([there for _, there, _ in self.ways], dtype=np.int64)
        weights = np.array([weight for _, _, weight in self.ways], dtype=np.float64)
        total, least = flow.copy(), LITTLE * float(flow.sum())
        for _ in range(MOST_STEPS):
            flow = np.bincount(goals, weights=flow[origins] * weights, minlength=size).astype(np.float64)
            total += flow
            if float(flow.sum()) <= least:
                return total
        return None


# ---- open deals ----------------------------------------------------------------------------------------------------


def check_ages(funnel: Funnel) -> Iterator[Mistake]:
    """Yield the open deals that are older than anybody at their stage can be."""
    for deals in funnel.pipeline:
        stages = (stage for variant in funnel.variants for stage in variant.stages if stage.name == deals.stage)
        reasons = (
            too_old(touchpoint, deals.age) for stage in stages if not stage.removed for touchpoint in stage.touchpoints
        )
        reason = next(filter(None, reasons), "")
        if deals.age > 0.0 and reason:
            age = format_duration(deals.age)
            yield ("pipeline", deals.stage, "age"), f"nobody is at `{deals.stage}` for {age}: {reason}"


def too_old(touchpoint: Touchpoint, age: float) -> str:
    """Return why nobody has been deciding for so long at a touchpoint, or nothing."""
    if touchpoint.share > 0.0 and law_survival(touchpoint.takes, age) <= 0.0:
        takes = touchpoint.takes
        if takes.family != "fixed":
            return "what it `takes` is over by then"
        return f"it takes {format_duration(takes.a)}" if takes.a > 0.0 else "it takes no time (`takes`)"
    for clock in touchpoint.clocks:
        running = clock.exposure in (Exposure.STAGE, Exposure.DECIDING)
        if touchpoint.share > 0.0 and running and law_survival(clock.law, age) <= 0.0:
            return f"`{clock.cause}` has taken everyone by then"
    return ""
