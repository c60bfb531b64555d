"""The best set of interventions where only simulation answers: ranking and selection on common random numbers.

Of more than `MOST_SIMULATED` sets those are candidates that a model of single and pairwise effects ranks first. What
was chosen is then simulated again with other luck, because the best of several looks better than it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from funnelsim.asking import MOST_SETS, Found, Question, make_portfolio
from funnelsim.causes import Label
from funnelsim.choice import Check, Ranking
from funnelsim.counts import Floats
from funnelsim.errors import InputError
from funnelsim.estimates import estimate_lift, expected_best, half_width
from funnelsim.portfolios import Worths, find_frontier, go_greedy, is_within
from funnelsim.selection import Selection, select
from funnelsim.simulation import check_size, simulate
from funnelsim.valuation import spend

#: Sets that are all simulated; of more, the most promising.
MOST_SIMULATED = 48
#: Of more sets than that, so many are candidates.
CANDIDATES = 24
#: The most replications of a set, in first stages.
MOST_STAGES = 10
#: The difference that does not matter, as a share of the base's revenue (or customers won).
ZONE = 0.01


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


def choose_simulated(question: Question, confidence: float, zone: float | None, notes: Sequence[Label]) -> Found:
    """Return the best set by ranking and selection of simulated sets; zone: None for 1% of the base's revenue."""
    notes = list(notes)
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
        if bits not in simulated.rows:  # no candidate, but perhaps on the way of whoever takes one at a time
            simulated.run([bits], 0, stage, 0)
        if bits not in simulated.rows:
            return None
        one = simulated.worths([bits], stage)
        return float(one.gain(question.by)[0]), float(one.spend[0])

    greedy = go_greedy(question.options, gain_of, question.budget)
    shown = list(dict.fromkeys([*candidates, greedy]))
    worths = simulated.worths(shown, stage)
    portfolios = {
        bits: make_portfolio(
            question, bits, worths, place,
            half_width(simulated.gains(bits)[:stage] - simulated.gains(0)[:stage]) if bits else 0.0,
        )
        for place, bits in enumerate(shown)
    }  # fmt: skip
    return Found(
        method="simulation",
        base=dict(zip(("won", "revenue", "profit"), (float(x) for x in base[1:]), strict=True)),
        portfolios=portfolios,
        best=best,
        greedy=greedy,
        frontier=[worths.sets[one] for one in find_frontier(worths, question.by)],
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
