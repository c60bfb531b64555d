"""`choose`: the best set of interventions within a budget, by profit over the window, and the whole frontier.

Where the solver answers, every set that goes together is solved, or, beyond `MOST_SETS`, the best is searched for by
exchanging options. Where only simulation answers, ranking and selection finds the best of the sets on common random
numbers; of more than `MOST_SIMULATED`, those that a model of single and pairwise effects ranks first. What was chosen
is then simulated again with other luck, because the best of several looks better than it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from funnelsim.asking import Found, Question
from funnelsim.causes import Label
from funnelsim.choice import Choice, Option, Portfolio
from funnelsim.errors import InputError, NotExact
from funnelsim.estimates import to_number
from funnelsim.files.combining import Combiner
from funnelsim.model import Intervention, Study, title_of
from funnelsim.portfolios import OBJECTIVES, Options, is_within, make_options
from funnelsim.prospects import Prospects, weigh_sets
from funnelsim.redesign import list_redesigns
from funnelsim.replications import check_engine
from funnelsim.simulated_sets import choose_simulated
from funnelsim.simulation import Progress, describe_run, make_run
from funnelsim.solved_sets import choose_solved
from funnelsim.units import parse_amount
from funnelsim.valuation import METHODS, tell_why

#: Sets that are listed from the best on.
MOST_RANKED = 10


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
    draws: int | None = None,
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
    draws: of the study's uncertain numbers, at which the best sets are valued; by default 1,000 by the solver and
    200 by simulation, 0 for none. The other arguments are those of `simulate`. Raises InputError for wrong settings and
    where there is nothing to choose from, NotExact with method `exact`, TooLargeError beyond the budget of size.
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
            return _answer(question, kind, choose_solved(question), draws)
        except NotExact as error:
            if method == "exact":
                raise
            notes = [tell_why(error)]
    else:
        notes = []
    return _answer(question, kind, choose_simulated(question, confidence, _parse_zone(zone), notes), draws)


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


def _answer(question: Question, kind: str, found: Found, draws: int | None) -> Choice:
    study, run, options = question.study, question.run, question.options
    ranked = _ranked(question, found.portfolios.values())
    everything = (1 << len(options)) - 1
    return Choice(
        name=title_of(study),
        currency=study.funnel.currency,
        run=run,
        kind=kind,
        method=found.method,
        by=question.by,
        budget=question.budget,
        base=found.base,
        options=tuple(_option(question, number, found) for number in range(len(options))),
        sets=found.sets,
        impossible=found.impossible,
        best=found.portfolios[found.best],
        greedy=found.portfolios[found.greedy],
        together=found.portfolios.get(everything),
        frontier=tuple(found.portfolios[bits] for bits in found.frontier),
        ranked=ranked,
        path=_path(question, found.best),
        ranking=found.ranking,
        prospects=_weigh(question, kind, ranked, draws),
        notes=tuple(found.notes),
        provenance=describe_run(run, question.engine if found.method == "simulation" else "solver")
        | {"digest": study.digest or study.funnel.digest, "budget": to_number(question.budget), "by": question.by},
    )


def _weigh(question: Question, kind: str, ranked: Sequence[Portfolio], draws: int | None) -> Prospects | None:
    """Value the best sets at draws of the uncertain numbers, if there are any."""
    study = question.study
    if not study.uncertain or draws == 0:
        return None
    if kind == "stages":  # what is uncertain of interventions plays no part
        kept = tuple(one for one in study.uncertain if not one.address.startswith("interventions."))
        study = replace(study, interventions=question.options.interventions, uncertain=kept)
    given = {one.name: one for one in question.options.interventions}
    return weigh_sets(
        study,
        [[given[name] for name in one.options] for one in ranked],
        question.run,
        by=question.by,
        draws=draws,
        engine=question.engine,
        jobs=question.jobs,
        allow_large=question.allow_large,
        progress=question.progress,
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


def _option(question: Question, number: int, found: Found) -> Option:
    portfolios, best = found.portfolios, found.best
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
