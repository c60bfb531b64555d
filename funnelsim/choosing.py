"""`choose`: the best set of interventions within a budget, by profit over the window, and the whole frontier.

Where the solver answers, every set that goes together is solved, or, beyond `MOST_SETS`, the best is searched for by
exchanging options. Where only simulation answers, ranking and selection finds the best of the sets on common random
numbers; of more than `MOST_SIMULATED`, those that a model of single and pairwise effects ranks first. What was chosen
is then simulated again with other luck, because the best of several looks better than it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice

import numpy as np

from funnelsim.causes import Label
from funnelsim.choice import Check, Choice, Option, Portfolio, Ranking
from funnelsim.counts import Floats
from funnelsim.errors import InputError, NotExact
from funnelsim.estimates import estimate_lift, expected_best, half_width, to_number
from funnelsim.files.combining import Combiner
from funnelsim.model import Intervention, Run, Study, title_of
from funnelsim.portfolios import (
    OBJECTIVES,
    Options,
    Worths,
    climb,
    find_frontier,
    go_greedy,
    is_within,
    make_options,
    pick_best,
)
from funnelsim.redesign import list_redesigns
from funnelsim.replications import check_engine
from funnelsim.selection import Selection, select
from funnelsim.simulation import Progress, check_size, describe_run, make_run, simulate
from funnelsim.units import parse_amount
from funnelsim.valuation import METHODS, spend, value_funnels

#: Sets that are all solved: of up to fifteen options. Beyond, the best is searched for, or `allow_large` solves all.
MOST_SETS = 32_768
#: Sets that are all simulated; of more, the most promising.
MOST_SIMULATED = 48
#: Of more sets than that, so many are candidates.
CANDIDATES = 24
#: Sets solved between two signs of progress.
CHUNK = 64
#: The most replications of a set, in first stages.
MOST_STAGES = 10
#: Sets that are listed from the best on.
MOST_RANKED = 10
#: The difference that does not matter, as a share of the base's revenue (or customers won).
ZONE = 0.01


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: of which funnel and run, what the best gains most of, and what it may cost."""

    study: Study
    run: Run
    by: str
    budget: float
    options: Options
    combiner: Combiner
    engine: str
    jobs: int
    allow_large: bool
    progress: Progress | None


def choose(  # noqa: PLR0913 (the settings of a run, by keyword)
    study: Study,
    budget: float | str | None = None,
    *,
    by: str = "profit",
    drop_stages: bool = False,
    method: str = "auto",
    replications: int | None = None,
    seed: int | None = None,
    horizon: float | str | None = None,
    warm_up: float | str | None = None,
    cohort: float | str | None = None,
    start: date | None = None,
    engine: str = "compiled",
    jobs: int = 1,
    confidence: float = 0.95,
    zone: float | str | None = None,
    allow_large: bool = False,
    progress: Progress | None = None,
) -> Choice:
    """Return the set of a study's interventions within a budget that brings most, and the best for other budgets.

    budget: what the interventions may cost over the window, one-off and running costs together; without one, anything.
    What they change in other costs (wages of a team, goods, visits) counts in the profit and not against the budget.
    by: `profit` (after the interventions' cost), `revenue` or `won`. drop_stages: try every way to drop and merge the
    stages that are `removable` and `mergeable`, instead of the interventions. method: as in `value_funnels`.
    confidence, zone: of ranking and selection, where sets are simulated; zone is the difference that does not matter,
    by default 1% of the base's revenue (or customers won). allow_large: solve every set, however many; simulate beyond
    the budget of size.
    The other arguments are those of `simulate`. Raises InputError for wrong settings and where there is nothing to
    choose from, NotExact with method `exact`, TooLargeError beyond the budget of size.
    """
    run = make_run(study.run, replications, seed, horizon, warm_up, cohort, start)
    limit = _parse_budget(budget)
    check_engine(engine)
    if by not in OBJECTIVES:
        raise InputError(f"by: expected one of {', '.join(OBJECTIVES)}, not {by!r}")
    if method not in METHODS:
        raise InputError(f"method: expected one of {', '.join(METHODS)}, not {method!r}")
    if not 0.5 < confidence < 1.0:
        raise InputError(f"confidence: expected a share between 50% and 100%, not {confidence!r}")
    interventions = list_redesigns(study.funnel) if drop_stages else study.interventions
    if not interventions:
        raise InputError(
            "there is no stage to drop or merge: mark some with `removable: true` or `mergeable: true`"
            if drop_stages
            else "there is nothing to choose from: the file has no `interventions`"
        )
    options = make_options(interventions)
    combiner = Combiner(study.funnel, interventions)
    question = Question(study, run, by, limit, options, combiner, engine, jobs, allow_large, progress)
    kind = "stages" if drop_stages else "interventions"
    if method != "simulation":
        try:
            return _solve(question, kind)
        except NotExact as error:
            if method == "exact":
                raise
            reason = error.reason
        notes = [
            Label(
                f"Simulated, as there is no exact answer: {reason}.",
                f"Это симуляция, так как точного ответа нет: {reason}.",
            )
        ]
    else:
        notes = []
    return _simulate(question, kind, confidence, _parse_zone(zone), notes)


def _parse_budget(budget: float | str | None) -> float:
    if budget is None:
        return math.inf
    try:
        return parse_amount(budget)
    except ValueError as error:
        raise InputError(f"budget: {error}") from None


def _parse_zone(zone: float | str | None) -> float | None:
    if zone is None:
        return None
    try:
        amount = parse_amount(zone)
    except ValueError as error:
        raise InputError(f"zone: {error}") from None
    if amount == 0.0:
        raise InputError("zone: expected an amount above 0: what is nearly equal can never be told apart for certain")
    return amount


# ---- by the solver -------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Solved:
    """Sets solved so far: their rows of spend, won, revenue, profit beside the base; None for what cannot be made."""

    question: Question
    rows: dict[int, tuple[float, float, float, float] | None] = field(default_factory=dict)
    base: dict[str, float] = field(default_factory=dict)
    notes: tuple[Label, ...] = ()
    days: float = 0.0

    def solve(self, sets: Sequence[int]) -> None:
        """Solve some sets. Raises NotExact where one has no exact answer."""
        question = self.question
        made = [(bits, question.combiner.funnel(bits)) for bits in sets if bits not in self.rows]
        self.rows |= {bits: None for bits, funnel in made if funnel is None}
        funnels = [(bits, funnel) for bits, funnel in made if funnel is not None]
        found = value_funnels([funnel for _, funnel in funnels], question.run, method="exact")
        for number, (bits, _) in enumerate(funnels):
            days = float(found.days[number, 0])
            cost = float(spend(question.combiner.chosen(bits), days))
            won, revenue, profit = (float(array[number, 0]) for array in (found.won, found.revenue, found.profit))
            if bits == 0:
                self.base, self.notes, self.days = {"won": won, "revenue": revenue, "profit": profit}, found.notes, days
            base = self.base
            self.rows[bits] = (cost, won - base["won"], revenue - base["revenue"], profit - cost - base["profit"])

    def gain(self, bits: int) -> tuple[float, float] | None:
        """Return the gain and the cost of a set, solving it if need be."""
        self.solve([bits])
        row = self.rows[bits]
        return None if row is None else (row[1 + ("won", "revenue", "profit").index(self.question.by)], row[0])

    def worths(self) -> Worths:
        """Return all that was solved."""
        rows = {bits: row for bits, row in self.rows.items() if row is not None}
        columns = np.array(list(rows.values())).T
        return Worths(tuple(rows), *columns)


def _solve(question: Question, kind: str) -> Choice:
    solved = _Solved(question)
    solved.solve([0])
    sets = list(islice(question.options.sets(), MOST_SETS + 1))
    whole = len(sets) <= MOST_SETS or question.allow_large
    if whole:
        sets = list(question.options.sets())
        for begin in range(0, len(sets), CHUNK):
            solved.solve(sets[begin : begin + CHUNK])
            if question.progress is not None:
                question.progress(min(begin + CHUNK, len(sets)), len(sets))
    greedy = go_greedy(question.options, solved.gain, question.budget)
    notes = list(solved.notes)
    if not whole:
        climb(question.options, solved.gain, greedy, question.budget)
        climb(question.options, solved.gain, 0, question.budget)
        notes.append(
            Label(
                "More sets go together than were solved. The best was searched for by adding, leaving out and "
                "exchanging options until nothing gained any more; it is not proved to be the best.",
                "Наборов больше, чем рассчитано. Лучший найден добавлением, исключением и заменой мер, пока это "
                "улучшало итог; что лучше нет, не доказано.",
            )
        )
    for number in range(len(question.options)):
        solved.gain(question.options.with_required(number))
    worths = solved.worths()
    place = pick_best(worths, question.by, question.budget)
    portfolios = {bits: _portfolio(question, bits, worths, index) for index, bits in enumerate(worths.sets)}
    return _answer(
        question,
        kind,
        "exact" if whole else "search",
        solved.base,
        portfolios,
        worths.sets[place],
        greedy,
        [worths.sets[one] for one in find_frontier(worths, question.by)],
        sets=len(sets) if whole else len(solved.rows),
        impossible=sum(row is None for row in solved.rows.values()),
        notes=notes,
    )


def _portfolio(question: Question, bits: int, worths: Worths, place: int, half: float = 0.0) -> Portfolio:
    return Portfolio(
        tuple(one.name for one in question.combiner.chosen(bits)),
        float(worths.spend[place]),
        float(worths.won[place]),
        float(worths.revenue[place]),
        float(worths.profit[place]),
        half,
    )


# ---- by simulation -------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Simulated:
    """Replications of sets so far: by set, [replications, 5] of spend, won, revenue, profit after spend, cost apart."""

    question: Question
    rows: dict[int, Floats] = field(default_factory=dict)
    done: int = 0

    def run(self, sets: Sequence[int], first: int, count: int, most: int) -> None:
        """Simulate replications `first`, … of sets that can be made."""
        question = self.question
        for bits in sets:
            funnel = question.combiner.made(bits)
            if funnel is None:
                continue
            tally = simulate(
                funnel, run=question.run, replications=count, first=first, engine=question.engine, jobs=question.jobs,
                allow_large=True,
            )  # fmt: skip
            cost = spend(question.combiner.chosen(bits), tally.days)
            columns = (np.broadcast_to(cost, tally.days.shape), tally.won, tally.revenue, tally.profit - cost)
            fresh = np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])
            self.rows[bits] = np.vstack([self.rows[bits], fresh]) if bits in self.rows else fresh
            self.done += count
            if question.progress is not None:
                question.progress(self.done, max(most, self.done))

    def gains(self, bits: int) -> Floats:
        """Return what was asked for, minus nothing, in each replication of a set."""
        return np.asarray(self.rows[bits][:, 1 + ("won", "revenue", "profit").index(self.question.by)])

    def worths(self, sets: Sequence[int], count: int) -> Worths:
        """Return means of paired differences to the base over the first so many replications."""
        base = self.rows[0][:count, 1:].mean(axis=0)
        rows = np.array([[self.rows[bits][:count, 0].mean(), *(self.rows[bits][:count, 1:].mean(axis=0) - base)]
                         for bits in sets])  # fmt: skip
        return Worths(tuple(sets), *rows.T)


def _simulate(question: Question, kind: str, confidence: float, zone: float | None, notes: list[Label]) -> Choice:
    stage = question.run.replications
    if stage < 2:
        raise InputError("choose: a choice by simulation needs at least 2 replications")
    sets = list(islice(question.options.sets(), MOST_SETS + 1))
    simulated = _Simulated(question)
    if len(sets) <= MOST_SIMULATED:
        candidates = sets
        _check_size(question, candidates)
        simulated.run(candidates, 0, stage, stage * len(candidates))
    else:
        candidates = _screen(question, simulated, sets, stage)
        notes.append(
            Label(
                "Not every set was simulated: the candidates are those that a model of single effects and of pairs "
                "ranks first. The probability of a correct selection is among them.",
                "Рассчитаны не все наборы: отобраны те, что впереди по модели одиночных и парных эффектов. "
                "Вероятность верного выбора — среди отобранных.",
            )
        )
    candidates = [bits for bits in candidates if bits in simulated.rows]
    worths = simulated.worths(candidates, stage)
    base = simulated.rows[0][:stage].mean(axis=0)
    zone = zone or ZONE * abs(float(base[1] if question.by == "won" else base[2])) or 1.0
    affordable = [bits for bits, cost in zip(candidates, worths.spend.tolist(), strict=True)
                  if is_within(cost, question.budget)]  # fmt: skip

    def more(left: Sequence[int], r: int) -> Floats:
        missing = [affordable[one] for one in left if len(simulated.rows[affordable[one]]) <= r]
        simulated.run(missing, r, 1, 0)
        return np.array([simulated.gains(affordable[one])[r] for one in left])

    first = np.array([simulated.gains(bits)[:stage] for bits in affordable])
    chosen = select(first, more, zone, confidence, stage * MOST_STAGES)
    best = affordable[chosen.best]
    if len(simulated.rows[0]) < chosen.replications:
        simulated.run([0], len(simulated.rows[0]), chosen.replications - len(simulated.rows[0]), 0)
    ranking = _rank(question, simulated, candidates, chosen, best, zone)

    def gain_of(bits: int) -> tuple[float, float] | None:
        if bits not in worths.sets:
            return None
        place = worths.sets.index(bits)
        return float(worths.gain(question.by)[place]), float(worths.spend[place])

    greedy = go_greedy(question.options, gain_of, question.budget)
    portfolios = {
        bits: _portfolio(
            question, bits, worths, place,
            half_width(simulated.gains(bits)[:stage] - simulated.gains(0)[:stage]) if bits else 0.0,
        )
        for place, bits in enumerate(candidates)
    }  # fmt: skip
    return _answer(
        question,
        kind,
        "simulation",
        dict(zip(("won", "revenue", "profit"), (float(x) for x in base[1:]), strict=True)),
        portfolios,
        best,
        greedy,
        [worths.sets[one] for one in find_frontier(worths, question.by)],
        sets=len(sets),
        impossible=sum(bits in question.combiner.refused for bits in sets),
        notes=[*notes, *_notes(len(affordable))],
        ranking=ranking,
    )


def _check_size(question: Question, sets: Sequence[int]) -> None:
    funnels = [funnel for bits in sets if (funnel := question.combiner.made(bits)) is not None]
    check_size(funnels, question.run, None, None, allow_large=question.allow_large)


def _screen(question: Question, simulated: _Simulated, sets: Sequence[int], stage: int) -> list[int]:
    """Return the most promising sets: simulate single options and pairs, and add up effects and interactions."""
    options = question.options
    singles = [options.with_required(number) for number in range(len(options))]
    pairs = [
        options.with_required(two, options.with_required(one)) for one in range(len(options)) for two in range(one)
    ]
    first = [0, *dict.fromkeys(bits for bits in (*singles, *pairs) if options.agrees(bits))]
    _check_size(question, first)
    simulated.run(first, 0, stage, stage * (len(first) + CANDIDATES))
    known = {bits: simulated.rows[bits][:stage, 1:].mean(axis=0) for bits in first if bits in simulated.rows}
    effects: dict[int, Floats] = {}
    for bits in sorted(known, key=int.bit_count):
        below = [part for part in effects if part & bits == part and part != bits]
        effects[bits] = known[bits] - sum((effects[part] for part in below), np.zeros(3))
    column = ("won", "revenue", "profit").index(question.by)
    guesses = {
        bits: sum(float(effect[column]) for part, effect in effects.items() if part & bits == part) for bits in sets
    }
    costs = {bits: _cost(simulated, question, bits) for bits in sets}
    ranked = sorted(sets, key=lambda bits: (-guesses[bits], bits))
    within = [bits for bits in ranked if is_within(costs[bits], question.budget)]
    chosen = list(dict.fromkeys([*(bits for bits in first if bits in known), *within[:CANDIDATES]]))
    missing = [bits for bits in chosen if bits not in simulated.rows]
    simulated.run(missing, 0, stage, simulated.done + stage * len(missing))
    return [bits for bits in chosen if bits in simulated.rows]


def _cost(simulated: _Simulated, question: Question, bits: int) -> float:
    """Return what a set costs, by what its options cost alone."""
    singles = [simulated.rows.get(1 << number) for number in question.options.members(bits)]
    return math.fsum(float(row[:, 0].mean()) if row is not None else 0.0 for row in singles)


def _rank(
    question: Question, simulated: _Simulated, candidates: Sequence[int], chosen: Selection, best: int, zone: float
) -> Ranking:
    """Return how the best was found, and simulate it again with another seed."""
    count = chosen.replications
    seed = question.run.seed + 1
    again = _Simulated(replace(question, run=replace(question.run, seed=seed), progress=None))
    again.run([0, best] if best else [0], 0, count, 0)
    return Ranking(
        candidates=len(candidates),
        zone=zone,
        confidence=chosen.confidence,
        probability=chosen.probability,
        replications=count,
        spent=simulated.done,
        left=len(chosen.left),
        check=Check(
            chosen=estimate_lift(simulated.gains(0)[:count], simulated.gains(best)[:count]),
            fresh=estimate_lift(again.gains(0), again.gains(best)),
            seed=seed,
            replications=count,
        ),
    )


def _notes(systems: int) -> list[Label]:
    if systems < 2:
        return []
    errors = f"{expected_best(systems):.2f}"
    return [
        Label(
            f"The best of {systems} sets looks too good where they are nearly equal: by up to {errors} standard "
            "errors. The lift of the check, with fresh luck, is not flattered.",
            f"Лучший из наборов (их {systems}) выглядит лучше, чем есть, если они почти равны: до "
            f"{errors.replace('.', ',')} стандартной ошибки. Проверка с новой случайностью от этого свободна.",
        )
    ]


# ---- the answer ----------------------------------------------------------------------------------------------------


def _answer(  # noqa: PLR0913 (what the two ways to find it have in common)
    question: Question,
    kind: str,
    method: str,
    base: dict[str, float],
    portfolios: dict[int, Portfolio],
    best: int,
    greedy: int,
    frontier: Sequence[int],
    *,
    sets: int,
    impossible: int,
    notes: Sequence[Label],
    ranking: Ranking | None = None,
) -> Choice:
    study, run, options = question.study, question.run, question.options
    everything = (1 << len(options)) - 1
    return Choice(
        name=title_of(study),
        currency=study.funnel.currency,
        run=run,
        kind=kind,
        method=method,
        by=question.by,
        budget=question.budget,
        base=base,
        options=tuple(_option(question, number, portfolios, best) for number in range(len(options))),
        sets=sets,
        impossible=impossible,
        best=portfolios[best],
        greedy=portfolios[greedy],
        together=portfolios.get(everything),
        frontier=tuple(portfolios[bits] for bits in frontier),
        ranked=_ranked(question, portfolios.values()),
        path=_path(question, best),
        ranking=ranking,
        notes=tuple(notes),
        provenance=describe_run(run, question.engine if method == "simulation" else "solver")
        | {"digest": study.digest or study.funnel.digest, "budget": to_number(question.budget), "by": question.by},
    )


def _ranked(question: Question, portfolios: Iterable[Portfolio]) -> tuple[Portfolio, ...]:
    """Return the best sets within the budget; of equals the cheapest, then the smallest, first."""
    affordable = [one for one in portfolios if is_within(one.spend, question.budget)]
    affordable.sort(key=lambda one: (-one.gain(question.by), one.spend, len(one.options)))
    return tuple(affordable[:MOST_RANKED])


def _path(question: Question, bits: int) -> tuple[Label, ...]:
    """Return the stages that customers of a set's funnel pass."""
    funnel = question.combiner.made(bits) or question.study.funnel
    return tuple(stage.label for stage in funnel.stages if not (stage.removed or stage.aside))


def _option(question: Question, number: int, portfolios: dict[int, Portfolio], best: int) -> Option:
    options, combiner = question.options, question.combiner
    given: Intervention = options.interventions[number]
    takes = options.with_required(number)
    alone = portfolios.get(takes)
    without = _without(options, best, number)
    worth = math.nan
    if best >> number & 1 and without in portfolios:
        worth = portfolios[best].gain(question.by) - portfolios[without].gain(question.by)
    refused = combiner.refused.get(takes)
    return Option(
        name=given.name,
        label=given.label,
        once=given.once,
        per_month=given.per_month,
        alone=alone,
        takes=tuple(one.name for one in combiner.chosen(takes)),
        chosen=bool(best >> number & 1),
        worth=worth,
        why=refused.problems[0].message if refused is not None else "",
    )


def _without(options: Options, bits: int, number: int) -> int:
    """Return a set without an option, and without those that then lack what they require."""
    left = bits & ~(1 << number)
    while not options.complete(left):
        left = sum(1 << one for one in options.members(left) if all(left & needed for needed in options.required[one]))
    return left
