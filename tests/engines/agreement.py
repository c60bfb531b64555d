"""Whether two engines agree: the same customers and visits to the last bit, and if not, where they part, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.counts import Fates, count, trace_fates
from funnelsim.engines.compiled import run_replication as run_compiled
from funnelsim.engines.journeys import Journeys
from funnelsim.engines.reference import run_replication as run_reference
from funnelsim.errors import RunawayError
from funnelsim.eventlog import CUSTOMER, OUTCOMES, VISIT
from funnelsim.model import Funnel, Rate, Run, Study
from funnelsim.plan import Plan, make_plan
from funnelsim.replications import run_and_count
from funnelsim.workloads import Staff, make_staff
from tests.engines.features import events
from tests.engines.studies import Drawn

Engine = Callable[[Plan, int, int], Journeys]
#: What names mean in the columns of the tables.
NAMES = {"stage": "stages", "to": "stages", "origin_stage": "stages", "cause": "causes", "source": "sources"}
NAMES |= {"team": "teams", "touchpoint": "touchpoints"}


TICK = 1 / 16


class DisagreementError(AssertionError):
    """Two engines give different journeys; the text says what is different first."""


def check_study(drawn: Drawn) -> set[str]:
    """Check that the engines agree on a random study; return what happens in its histories.

    The base is run off the grid and on it, the changed funnel one way or the other.
    """
    plans = [(drawn.funnel, 0.0), (drawn.funnel, drawn.grid)]
    if drawn.changed is not drawn.funnel:
        plans.append((drawn.changed, drawn.grid if drawn.replication else 0.0))
    return set().union(*(check_funnel(funnel, drawn.run, grid, drawn.replication) for funnel, grid in plans))


def check_file(study: Study, days: float, customers: int) -> None:
    """Check that the engines agree on the base and all scenarios of a file, off a grid and on it, in a small window."""
    for funnel in (study.funnel, *(scenario.funnel for scenario in study.scenarios)):
        run = short(replace(study, funnel=funnel), days, customers)
        for grid in (0.0, TICK):
            check_funnel(funnel, run, grid, 0)


def check_funnel(funnel: Funnel, run: Run, grid: float, replication: int) -> set[str]:
    """Check that the engines agree on one replication, and what they count in it; return what happens there."""
    plan = make_plan(funnel, run, grid)
    journeys = assert_same(plan, run.seed, replication, run_reference, run_compiled)
    if journeys is None:
        return set()
    staff = make_staff(funnel, run.start, plan.touchpoints)
    assert_same_counts(plan, staff, run.seed, replication, journeys)
    return events(plan, journeys)


def short(study: Study, days: float, customers: int) -> Run:
    """Return a file's run, made short: at most so many days, or so many customers."""
    run, sources = study.run, study.funnel.sources
    if run.horizon is not None:
        return replace(run, horizon=min(run.horizon, days), warm_up=min(run.warm_up, days / 5.0))
    if isinstance(run.cohort, int):
        return replace(run, cohort=min(run.cohort, customers))
    if run.cohort is not None:
        return replace(run, cohort=min(run.cohort, days / 2.0))
    if study.funnel.pipeline or any(isinstance(source.arrivals, Rate) for source in sources):
        return replace(run, horizon=days)
    return run if any(source.times != 1.0 for source in sources) else replace(run, cohort=customers)


def assert_same(plan: Plan, seed: int, replication: int, engine_a: Engine, engine_b: Engine) -> Journeys | None:
    """Return the journeys that both engines give, or None where both say that they do not die out.

    Raises DisagreementError with the first difference: the first customer of whom anything differs, there the first
    visit, and there the first column.
    """
    one, other = (_journeys(engine, plan, seed, replication) for engine in (engine_a, engine_b))
    if one is None or other is None:
        if one is not other:
            raise DisagreementError(f"only the {'first' if one is None else 'second'} engine says that it never ends")
        return None
    difference = first_difference(plan, one, other)
    if difference:
        raise DisagreementError(difference)
    return one


def assert_same_counts(plan: Plan, staff: Staff, seed: int, replication: int, journeys: Journeys) -> None:
    """Check that what the compiled engine adds up while it runs is what is counted in the journeys, to the last bit.

    Raises DisagreementError with the first number that differs. The fates of customers may come in any order.
    """
    counts = count(journeys, plan.window, len(plan.stages), len(plan.causes), replication, staff)
    fates = trace_fates(journeys, plan.window, len(plan.causes))
    streamed, others = run_and_count("compiled", plan, staff, seed, replication, fates=True)
    if others is None:
        raise DisagreementError("the compiled engine gives no fates")
    difference = unequal(counts, streamed, "counts") or unequal(_in_order(fates), _in_order(others), "fates")
    if difference:
        raise DisagreementError(difference)


def _in_order(fates: Fates) -> Fates:
    """Return everyone's fate in the order of their keys."""
    order = np.lexsort((fates.paid, fates.code, fates.key))
    return Fates(fates.key[order], fates.code[order], fates.belongs[order], fates.paid[order])


def unequal(one: Any, other: Any, name: str) -> str:
    """Return the first part in which two values differ, with its name; empty where every bit is equal."""
    if is_dataclass(one):
        parts = (field.name for field in fields(one))
        return next(filter(None, (unequal(getattr(one, p), getattr(other, p), f"{name}.{p}") for p in parts)), "")
    ours, theirs = np.asarray(one), np.asarray(other)
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return f"`{name}` is {ours.shape} {ours.dtype} and {theirs.shape} {theirs.dtype}"
    if ours.tobytes() == theirs.tobytes():
        return ""
    for place in np.ndindex(ours.shape):
        if ours[place].tobytes() != theirs[place].tobytes():
            return f"`{name}{list(place) if place else ''}` is {ours[place].item()!r} and {theirs[place].item()!r}"
    return ""


def _journeys(engine: Engine, plan: Plan, seed: int, replication: int) -> Journeys | None:
    try:
        return engine(plan, seed, replication)
    except RunawayError:
        return None


def first_difference(plan: Plan, one: Journeys, other: Journeys) -> str:
    """Return the first difference between two histories in words; empty where every bit is equal."""
    for journeys in (one, other):
        if (journeys.customers.dtype, journeys.visits.dtype) != (CUSTOMER, VISIT):
            return f"the columns are {journeys.customers.dtype} and {journeys.visits.dtype}"
    if one.customers.tobytes() == other.customers.tobytes() and one.visits.tobytes() == other.visits.tobytes():
        return ""
    for row in range(min(one.customers.size, other.customers.size)):
        difference = _first_column(plan, one.customers[row], other.customers[row])
        visits = [_visits_of(journeys, row) for journeys in (one, other)]
        place = ""
        for number in range(max(len(visits[0]), len(visits[1]))):
            if difference:
                break
            if number >= min(len(visits[0]), len(visits[1])):
                there = max(visits, key=len)[number]
                difference = f"{_numbers(visits)} visits, the next one at {_value(plan, 'stage', there['stage'])}"
                continue
            difference = _first_column(plan, visits[0][number], visits[1][number])
            place = f", visit {number} (stage {_value(plan, 'stage', visits[0][number]['stage'])})"
        if difference:
            return f"{_customer(plan, one, row)}{place}: {difference}"
    people = [journeys.customers for journeys in (one, other)]
    return f"{_numbers(people)} customers; those of the shorter list are the same, the next one is " + _customer(
        plan, max((one, other), key=lambda journeys: journeys.customers.size), min(map(len, people))
    )


def _visits_of(journeys: Journeys, row: int) -> NDArray[Any]:
    found: NDArray[Any] = journeys.visits[journeys.visits["customer"] == row]
    return found


def _numbers(parts: list[NDArray[Any]]) -> str:
    return " and ".join(str(len(part)) for part in parts)


def _first_column(plan: Plan, one: Any, other: Any) -> str:
    """Return the first column in which two rows differ with both values; empty where every bit is equal."""
    for column in one.dtype.names:
        if one[column].tobytes() != other[column].tobytes():
            both = " and ".join(_value(plan, column, row[column]) for row in (one, other))
            return f"`{column}` is {both}"
    return ""


def _customer(plan: Plan, journeys: Journeys, row: int) -> str:
    person = journeys.customers[row]
    if person["source"] >= 0:
        origin = f"{plan.sources[person['source']]}, copy {person['copy']}, number {person['number']}"
    elif person["parent"] >= 0:
        origin = f"referred by customer {person['parent']}, number {person['number']}"
    else:
        origin = f"open deal {person['number']} at {plan.stages[person['origin_stage']]}"
    return f"customer {row} ({origin}; arrived {float(person['arrived'])!r})"


def _value(plan: Plan, column: str, value: Any) -> str:
    """Return a value with the name behind the number, floats to the last bit."""
    if column == "outcome":
        return OUTCOMES[value] if 0 <= value < len(OUTCOMES) else str(value)
    if column in NAMES and value >= 0:
        return f"`{getattr(plan, NAMES[column])[value]}`"
    return repr(value.item()) if isinstance(value, np.generic) else repr(value)
