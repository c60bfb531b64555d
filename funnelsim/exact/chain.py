"""The embedded chain: from visit to visit.

A *state* is all that what comes next depends on: the stage as the customer's segments see it, whether a call goes on,
which stages with chances for a first visit have been visited, what is spent of the budgets that remember it, and
whether the customer has won. States are found by following the routes from where customers enter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from funnelsim.errors import NotExact
from funnelsim.exact.moments import NOTHING, Moments, moments_of
from funnelsim.exact.visits import Stay, enter, stay
from funnelsim.laws import EXPONENTIAL, Law, law_cumulative_hazard
from funnelsim.model import Funnel, Route, Stage, join

#: More states than this are too many.
_MOST_STATES = 4_000


@dataclass(frozen=True, slots=True)
class State:
    """Where a customer is, and what matters of the way there.

    variant, stage: numbers. seen: stages with chances for a first visit that have been visited. spent: of each
    budget, 0 where it does not matter. age: for how long an open deal has been deciding, negative for those who come
    in.
    """

    variant: int
    stage: int
    same_call: bool = False
    seen: frozenset[int] = frozenset()
    spent: tuple[float, ...] = ()
    won: bool = False
    age: float = -1.0


@dataclass(frozen=True, slots=True)
class Move:
    """A way on, with its share of those who complete the stage: to a state, or to the end (None), after a delay."""

    to: int | None
    share: float
    after: Law | None

    @property
    def delay(self) -> Moments:
        """The moments of the delay."""
        return NOTHING if self.after is None else moments_of(self.after)


@dataclass(frozen=True, slots=True)
class Option:
    """A touchpoint with its share: losses at the entry (cause, probability), the probability of coming in, the stay."""

    share: float
    entry: tuple[tuple[str, float], ...]
    inside: float
    stay: Stay
    touchpoint: int


@dataclass(slots=True)
class Visit:
    """What happens in a state: at which touchpoints, and the ways on. A removed stage has no options."""

    state: State
    stage: Stage
    options: list[Option]
    moves: list[Move] = field(default_factory=list)
    passed: float = field(init=False)

    def __post_init__(self) -> None:
        """Work out `passed`, the probability of completing the stage, which is asked for again and again."""
        self.passed = math.fsum(o.share * o.inside * o.stay.passed for o in self.options) if self.options else 1.0

    @property
    def passed_time(self) -> float:
        """The expected time until then × (1 if so, else 0)."""
        return math.fsum(option.share * option.inside * option.stay.passed_time for option in self.options)

    @property
    def stuck(self) -> float:
        """The probability of staying for ever."""
        return math.fsum(option.share * option.inside * option.stay.stuck for option in self.options)

    def losses(self) -> dict[str, tuple[float, float]]:
        """Return by cause: the probability of being lost to it, and the expected time × (1 if so, else 0)."""
        found: dict[str, tuple[float, float]] = {}
        for option in self.options:
            rows = [(cause, p, 0.0) for cause, p in option.entry]
            rows += [(cause, option.inside * p, option.inside * t) for cause, p, t in option.stay.losses]
            for cause, p, t in rows:
                before = found.get(cause, (0.0, 0.0))
                found[cause] = (before[0] + option.share * p, before[1] + option.share * t)
        return found


class Chain:
    """The states of a funnel and what happens in them.

    starts: for each way of coming in (stage, segment joined or None), the states with their probabilities.
    """

    def __init__(self, funnel: Funnel, ways: Iterable[tuple[str, str | None]]) -> None:
        self.funnel = funnel
        self.names = [stage.name for stage in funnel.stages]
        self._variants = {variant.segments: number for number, variant in enumerate(funnel.variants)}
        self._shared = {segment.name for segment in funnel.segments if segment.share is not None}
        self._order = [segment.name for segment in funnel.segments]
        self._tracked = [budget.has.code != EXPONENTIAL for budget in funnel.budgets]
        self._fresh = _first_visit_stages(funnel)
        self._called = _called_stages(funnel)
        self._numbers: dict[State, int] = {}
        self._done = 0
        self._amounts: dict[tuple[int, int, int], float] = {}
        self.visits: list[Visit] = []
        self.starts: dict[tuple[str, str | None], list[tuple[int, float]]] = {}
        for stage, joins in ways:
            self.start(stage, joins)

    def start(self, stage: str, joins: str | None) -> list[tuple[int, float]]:
        """Return the states in which customers come into a stage, and follow them wherever they go."""
        if (stage, joins) not in self.starts:
            found: dict[int, float] = {}
            self.starts[stage, joins] = []
            for variant, share in self._segments(joins):
                number = self._number(State(variant, self.names.index(stage), spent=self._nothing))
                found[number] = found.get(number, 0.0) + share
            self.starts[stage, joins] = sorted(found.items())
            self._explore()
        return self.starts[stage, joins]

    def start_deals(self, stage: str, age: float) -> list[tuple[int, float]]:
        """Return the states of open deals that have been deciding for so long."""
        found = [
            (self._number(State(variant, self.names.index(stage), spent=self._nothing, age=age)), share)
            for variant, share in self._segments(None)
        ]
        self._explore()
        return found

    @property
    def _nothing(self) -> tuple[float, ...]:
        return (0.0,) * len(self.funnel.budgets)

    def _segments(self, joins: str | None) -> Iterable[tuple[int, float]]:
        """Yield the variants of newcomers with their shares."""
        drawn = [(segment.name, segment.share) for segment in self.funnel.segments if segment.share]
        left = max(0.0, 1.0 - math.fsum(share for _, share in drawn))
        whole = left + math.fsum(share for _, share in drawn)
        for name, share in [*drawn, (None, left)]:
            if share > 0.0:
                variant = 0 if name is None else self._join(0, name)
                yield variant if joins is None else self._join(variant, joins), share / whole

    def _join(self, variant: int, name: str) -> int:
        segments = self.funnel.variants[variant].segments
        return self._variants[join(segments, name, self._shared, self._order)]

    def _number(self, state: State) -> int:
        if state not in self._numbers:
            if len(self._numbers) >= _MOST_STATES:
                raise NotExact(
                    f"there are more than {_MOST_STATES} ways to be somewhere, by segments, first visits and budgets",
                    "one with fewer segments, or with chances that act at every visit (`visits: every`)",
                    ru=(
                        f"по сегментам, первым визитам и бюджетам состояний больше, чем {_MOST_STATES}",
                        "с меньшим числом сегментов или с причинами, действующими на каждом визите (`visits: every`)",
                    ),
                )
            self._numbers[state] = len(self._numbers)
            self.visits.append(self._visit(state))
        return self._numbers[state]

    def _explore(self) -> None:
        while self._done < len(self.visits):
            self._done += 1
            self._move_on(self.visits[self._done - 1])

    def _visit(self, state: State) -> Visit:
        stage = self.funnel.variants[state.variant].stages[state.stage]
        if stage.removed:
            return Visit(state, stage, [])
        drops = self.drops(state, stage)
        whole = math.fsum(touchpoint.share for touchpoint in stage.touchpoints)
        first = state.stage not in state.seen
        options = []
        for number, touchpoint in enumerate(stage.touchpoints):
            if touchpoint.share <= 0.0:
                continue
            lost: list[tuple[str, float]] = []
            inside = 1.0
            if state.age < 0.0:
                lost, inside = enter(touchpoint, drops, first=first)
            try:
                found = stay(touchpoint, first, state.same_call or state.age >= 0.0, max(state.age, 0.0))
            except NotExact as error:
                raise NotExact(
                    f"stage `{stage.name}`: {error.reason}",
                    error.nearest,
                    ru=(f"этап `{stage.name}`: {error.ru[0]}", error.ru[1]),
                ) from None
            options.append(Option(touchpoint.share / whole, tuple(lost), inside, found, number))
        return Visit(state, stage, options)

    def drops(self, state: State, stage: Stage) -> dict[str, float]:
        """Return by how much the cumulative hazard of each budget grows here, and refuse what depends on the path."""
        found = {}
        for name, amount in stage.spends:
            number = next(i for i, budget in enumerate(self.funnel.budgets) if budget.name == name)
            law = self.funnel.budgets[number].has
            before = state.spent[number]
            if not self._tracked[number]:
                found[name] = law_cumulative_hazard(law, amount)
                continue
            if amount > 0.0 and state.age < 0.0:
                known = self._amounts.setdefault((number, state.variant, state.stage), before)
                if abs(known - before) > 1e-9 * max(known, before):
                    raise NotExact(
                        f"stage `{stage.name}`: how much of the budget `{name}` is spent before it depends on the path "
                        f"({known:g} or {before:g})",
                        "one in which the budget's law is exponential (it has no memory), or one path leads to each "
                        "stage that spends it, with `renews: purchase` before the next visit",
                        ru=(
                            f"этап `{stage.name}`: трата бюджета `{name}` до него зависит от пути",
                            "с показательным законом бюджета или с одним путём к каждому этапу, который его тратит",
                        ),
                    )
            gone = law_cumulative_hazard(law, before + amount)
            found[name] = gone if gone == math.inf else gone - law_cumulative_hazard(law, before)
        return found

    def _move_on(self, visit: Visit) -> None:
        """Fill in the ways on from a visit."""
        if visit.passed <= 0.0:
            return
        state, stage = visit.state, visit.stage
        seen = state.seen | ({state.stage} & self._fresh)
        spent = list(state.spent)
        for name, amount in stage.spends if state.age < 0.0 else ():
            number = next(i for i, budget in enumerate(self.funnel.budgets) if budget.name == name)
            spent[number] += amount if self._tracked[number] else 0.0
        if stage.purchase:
            spent = [0.0 if budget.renews else x for budget, x in zip(self.funnel.budgets, spent, strict=True)]
        won = state.won or earns(stage)
        whole = math.fsum(route.share for route in stage.routes)
        for route in stage.routes:
            if route.share > 0.0:
                to = None
                if route.to is not None:
                    variant = state.variant if route.joins is None else self._join(state.variant, route.joins)
                    number = self.names.index(route.to)
                    to = self._number(
                        State(variant, number, self._goes_on(state, stage, route, number), seen, tuple(spent), won)
                    )
                visit.moves.append(Move(to, route.share / whole, route.after))

    def _goes_on(self, state: State, stage: Stage, route: Route, number: int) -> bool:
        """Whether one call covers the next stage too, if that matters there."""
        return route.same_call and (state.same_call or not stage.removed) and number in self._called


def earns(stage: Stage) -> bool:
    """Whether completing a stage brings money, and so wins."""
    return any(earning.revenue is not None for earning in stage.earnings) and not stage.removed


def _first_visit_stages(funnel: Funnel) -> frozenset[int]:
    """Return the stages at which some chance is another one after the first visit."""
    return frozenset(
        number
        for variant in funnel.variants
        for number, stage in enumerate(variant.stages)
        for touchpoint in stage.touchpoints
        for chance in (*touchpoint.entry, *touchpoint.exit)
        if chance.hazard != chance.later
    )


def _called_stages(funnel: Funnel) -> frozenset[int]:
    """Return the stages at which it matters whether a call goes on: they answer, or are passed through."""
    return frozenset(
        number
        for variant in funnel.variants
        for number, stage in enumerate(variant.stages)
        if stage.removed or any(touchpoint.response is not None for touchpoint in stage.touchpoints)
    )
