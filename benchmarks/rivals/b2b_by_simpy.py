"""The base of `scenarios/b2b_sales.yaml` in SimPy, by hand: half a year of a sales department, from its open deals on.

The numbers are those of the scenario file, copied. Losses at one moment (at entry, at exit) are tried one after the
other: that loses as many as when they compete, with slightly other shares of the causes, which are not compared. Time
is in days from Monday, 2026-01-12; segments are sets of names.
"""

from __future__ import annotations

import math
import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import simpy

from benchmarks.rivals.sums import Sums
from benchmarks.workloads import HALF_YEAR

Events = Generator[simpy.Event, Any, None]
Segments = frozenset[str]

HORIZON: Final = 26 * 7
HOUR: Final = 1.0 / 24.0
MINUTE: Final = HOUR / 60.0
#: Requests a day on a weekday, by the hour and by the day of the week.
REQUESTS: Final = 34.0
DAY: Final = (
    *(0.3, 0.1, 0.1, 0.1, 0.1, 0.2, 0.4, 0.7, 1.2, 1.6, 1.9, 1.9),
    *(1.6, 1.5, 1.7, 1.7, 1.6, 1.5, 1.2, 1.1, 1.1, 1.1, 0.8, 0.5),
)
WEEK: Final = (1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.4)
SELLERS: Final = 4
#: 23 February, 9 March, 1 May, 11 May, 12 June.
HOLIDAYS: Final = frozenset({42, 56, 109, 119, 151})
OPENS, CLOSES = 9.0 * HOUR, 18.0 * HOUR
#: Open deals: where, how many, and for how long they have been deciding.
DEALS: Final = (
    ("deferred", 85, 15.0),
    ("offer_sent", 32, 5.0),
    ("terms_agreed", 16, 2.0),
    ("delivered", 28, 6.0),
    ("payment", 16, 4.0),
)
TOUCHPOINTS: Final = (
    ("form", 0.60, (("touchpoint_down", 0.01), ("inconvenient", 0.08), ("information_not_found", 0.10))),
    ("messenger", 0.25, (("information_not_found", 0.06),)),
    ("phone", 0.15, (("shyness", 0.10),)),
)
#: Forgetting: R(t) = (1 + t / MEMORY)^(−1/2), one half after 60 days.
MEMORY: Final = 60.0 / (2.0**2 - 1.0)

Chances = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A stage: minutes of service (mean, sd), patience (Weibull), exponential clocks, chances, and time to decide."""

    name: str
    service: tuple[float, float] | None = None
    patience: tuple[float, float] | None = None
    clocks: Chances = ()
    entry: Chances = ()
    exit: Chances = ()
    exponential: float = 0.0
    gamma: tuple[float, float] | None = None
    forgets: bool = False
    first: Chances = ()  # at exit, at the first visit only


RIVAL: Final = ("competitor_offer", 0.008)
MIND: Final = ("changed_mind", 0.004)
STEPS: Final = (
    Step(
        "lead",
        clocks=(("distracted", 0.15 / HOUR),),
        entry=(("no_trust", 0.06),),
        exponential=10.0 * MINUTE,
    ),
    Step(
        "new_request",
        service=(15.0, 8.0),
        patience=(0.6, 12.0 * HOUR),
        clocks=(("competitor_offer", 0.1),),
        first=(("spam", 0.08), ("only_comparing", 0.12)),
    ),
    Step(
        "qualified",
        service=(12.0, 6.0),
        patience=(1.0, 4.0),
        clocks=(RIVAL,),
        exit=(("no_need", 0.18),),
    ),
    Step("deferred", clocks=(RIVAL, MIND), gamma=(30.0, 12.0), forgets=True),
    Step(
        "presentation",
        service=(90.0, 30.0),
        patience=(1.0, 5.0),
        clocks=(RIVAL, MIND),
        entry=(("did_not_understand", 0.03),),
        exit=(("no_next_step", 0.06),),
        exponential=2.0,
    ),
    Step(
        "offer_sent",
        service=(100.0, 45.0),
        patience=(1.0, 5.0),
        clocks=(("competitor_offer", 0.024), MIND),
        entry=(("no_trust", 0.04),),
        exit=(("terms_unsuitable", 1.0 - 0.92**1.5), ("only_comparing", 0.08), ("no_next_step", 0.06)),
        exponential=8.0,
        forgets=True,
    ),
    Step(
        "terms_agreed",
        service=(75.0, 30.0),
        patience=(1.0, 7.0),
        clocks=(RIVAL, MIND),
        exit=(("terms_unsuitable", 0.08),),
        exponential=4.0,
    ),
    Step("delivered", clocks=(MIND,), exit=(("broken_promise", 0.02),), gamma=(12.0, 5.0)),
    Step("payment", exit=(("limited_resources", 0.01),), exponential=7.0),
    Step("review", service=(10.0, 5.0), exponential=5.0),
)
#: What a segment does to the hazard of a cause.
FACTORS: Final[Mapping[str, Mapping[str, float]]] = {
    "regular": {"no_trust": 0.3, "competitor_offer": 0.5, "only_comparing": 0.0, "spam": 0.0},
    "referred": {"no_trust": 0.5, "competitor_offer": 0.7, "spam": 0.0},
}


@dataclass(slots=True)
class Person:
    """A customer on the way: segments, whether a customer of the window (a deal is not), and what has happened."""

    segments: Segments = frozenset()
    counted: bool = True
    won: bool = False
    seen: set[str] = field(default_factory=set)


@cache
def steps_of(segments: Segments) -> dict[str, Step]:
    """Return the stages as the customers of some segments meet them."""

    def factor(cause: str) -> float:
        return math.prod(FACTORS[segment].get(cause, 1.0) for segment in segments)

    def scaled(chances: Chances) -> Chances:
        return tuple((cause, 1.0 - (1.0 - p) ** factor(cause)) for cause, p in chances)

    return {
        step.name: Step(
            step.name,
            step.service,
            step.patience,
            tuple((cause, rate * factor(cause)) for cause, rate in step.clocks),
            scaled(step.entry),
            scaled(step.exit),
            step.exponential,
            step.gamma,
            step.forgets,
            scaled(step.first),
        )
        for step in STEPS
    }


class Department:
    """One replication: the sales department, everyone on the way, and the sums."""

    def __init__(self, luck: random.Random, sums: Sums) -> None:
        self.luck = luck
        self.sums = sums
        self.env = simpy.Environment()
        self.team = simpy.PriorityResource(self.env, SELLERS)
        self.env.process(self.keep_hours())
        for stage, count, age in DEALS:
            for _ in range(count):
                self.env.process(self.live(Person(counted=False), stage, age=age))
        self.env.process(self.arrive())

    def arrive(self) -> Events:
        """Let leads come by the hour and the day of the week: the rate is thinned."""
        env, luck = self.env, self.luck
        most = REQUESTS * max(DAY)
        while True:
            yield env.timeout(luck.expovariate(most))
            day, time = divmod(env.now, 1.0)
            if luck.random() * max(DAY) < DAY[int(time * 24.0)] * WEEK[int(day) % 7]:
                self.sums.customers += 1
                env.process(self.live(Person(), "lead"))

    def keep_hours(self) -> Events:
        """Send everybody of the team home until the next opening: they ask before all customers."""
        env = self.env
        opening = OPENS
        while True:
            for _ in range(SELLERS):
                env.process(self.be_home(opening))
            day = math.floor(opening)
            yield env.timeout(day + CLOSES - env.now)
            day += 1
            while day % 7 > 4 or day in HOLIDAYS:
                day += 1
            opening = day + OPENS

    def be_home(self, until: float) -> Events:
        """Occupy one of the team, once free, until the opening."""
        env = self.env
        with self.team.request(priority=-1) as request:
            yield request | env.timeout(until - env.now)
            if env.now < until:
                yield env.timeout(until - env.now)

    def live(self, person: Person, stage: str, *, age: float | None = None, after: float = 0.0) -> Events:
        """Go through the stages from one on; an age is that of a deal that is deciding there."""
        env = self.env
        if after > 0.0:
            yield env.timeout(after)
            self.sums.customers += 1  # somebody referred arrives now
        same_call = False
        while stage:
            step = steps_of(person.segments)[stage]
            self.sums.visits += 1
            if age is None and (self.is_lost(step.entry) or (stage == "lead" and self.is_lost(self.touchpoint()))):
                return
            rings = min((self.luck.expovariate(rate) for _, rate in step.clocks if rate > 0.0), default=math.inf)
            if step.service is not None and age is None and not same_call:
                since = env.now
                shape, scale = step.patience or (1.0, math.inf)
                patience = self.luck.weibullvariate(scale, shape) if step.patience else math.inf
                with self.team.request() as request:
                    if (deadline := min(patience, rings)) < math.inf:
                        yield request | env.timeout(deadline)
                    else:
                        yield request
                    self.sums.waiting += env.now - since
                    if not request.triggered:
                        self.sums.slow += patience < rings
                        return
                    rings -= env.now - since
                    yield env.timeout(self.serve(*step.service))
            if not (yield from self.decide(person, step, rings, age or 0.0)):
                return
            age = None
            if stage == "payment":
                self.pay(person)
            stage, delay, same_call = self.go_on(person, stage)
            if delay > 0.0:
                yield env.timeout(delay)

    def decide(self, person: Person, step: Step, rings: float, age: float) -> Generator[simpy.Event, Any, bool]:
        """Take the customer's own time, and say whether nothing has happened in it or at its end."""
        luck = self.luck
        time = 0.0
        if step.gamma is not None:
            mean, sd = step.gamma
            while time <= age:  # of those who have come so far
                time = luck.gammavariate((mean / sd) ** 2, sd * sd / mean)
        elif step.exponential > 0.0:
            time = age + luck.expovariate(1.0 / step.exponential)
        if rings < time - age:
            yield self.env.timeout(rings)
            return False
        if time > age:
            yield self.env.timeout(time - age)
        first = step.name not in person.seen
        person.seen.add(step.name)
        if (first and self.is_lost(step.first)) or self.is_lost(step.exit):
            return False
        return not (step.forgets and luck.random() > (1.0 + time / MEMORY) ** -0.5)

    def go_on(self, person: Person, stage: str) -> tuple[str, float, bool]:
        """Choose what comes next, after how long, and whether in the same call; no stage is the end."""
        chance = self.luck.random()
        if stage == "new_request":
            return ("qualified", 0.0, True) if chance < 0.6 else ("qualified", self.luck.expovariate(4.0), False)
        if stage == "qualified":
            regular = "regular" in person.segments
            simple, deferred = (0.35, 1.0 - 0.95 * 0.98 * 0.85) if regular else (0.10, 1.0 - 0.85 * 0.90 * 0.80)
            if chance < simple:
                return "terms_agreed", 0.0, True
            if chance < simple + 0.20:
                return "offer_sent", 0.0, False
            return ("deferred" if chance < simple + 0.20 + deferred else "presentation"), 0.0, False
        if stage == "review":
            self.refer()
            if chance < 0.3:
                person.segments |= {"regular"}
                return "new_request", self.luck.expovariate(1.0 / 75.0), False
            self.sums.visits += 1  # of `closed`
            return "", 0.0, False
        return FOLLOWING[stage], 0.0, False

    def pay(self, person: Person) -> None:
        """Take the money of an order."""
        self.sums.revenue += self.lognormal(120_000.0, 80_000.0)
        self.sums.won += person.counted and not person.won
        person.won = True

    def refer(self) -> None:
        """Bring new customers: a Poisson number of mean 0.15."""
        rest = 0.15 - self.luck.expovariate(1.0)
        while rest > 0.0:
            after = self.luck.expovariate(1.0 / 20.0)
            self.env.process(self.live(Person(frozenset({"referred"})), "new_request", after=after))
            rest -= self.luck.expovariate(1.0)

    def touchpoint(self) -> Chances:
        """Choose a touchpoint and return what loses customers there."""
        chance = self.luck.random()
        for _, share, chances in TOUCHPOINTS:
            chance -= share
            if chance < 0.0:
                return chances
        return TOUCHPOINTS[-1][2]

    def is_lost(self, chances: Chances) -> bool:
        """Try chances one after the other."""
        chance = self.luck.random
        return any(chance() < p for _, p in chances)

    def serve(self, mean: float, sd: float) -> float:
        """Draw the length of a service that is given in minutes."""
        return self.lognormal(mean * MINUTE, sd * MINUTE)

    def lognormal(self, mean: float, sd: float) -> float:
        """Draw from a lognormal law by its mean and standard deviation."""
        square = math.log(1.0 + (sd / mean) ** 2)
        return self.luck.lognormvariate(math.log(mean) - square / 2.0, math.sqrt(square))


FOLLOWING: Final = {
    "lead": "new_request",
    "deferred": "qualified",
    "presentation": "offer_sent",
    "offer_sent": "terms_agreed",
    "terms_agreed": "delivered",
    "delivered": "payment",
    "payment": "review",
}


def half_years(customers: int, seed: int) -> Sums:
    """As many replications as there are so many customers in each."""
    luck = random.Random(seed)
    sums = Sums(0)
    for _ in range(max(1, round(customers / HALF_YEAR))):
        Department(luck, sums).env.run(HORIZON)
    return sums
