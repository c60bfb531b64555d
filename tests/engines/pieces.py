"""What random funnels are made of: durations, laws of time and of amounts, causes and how they act.

Numbers are few and round, so that funnels are easy to read and much happens at one instant. The simplest comes first
in every choice: that is what a failing example shrinks to.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

Document = dict[str, Any]
T = TypeVar("T")

DURATIONS = ("1 d", "6 h", "2 d", "1 h", "12 h", "5 d", "30 min", "90 min", "50 s")
AMOUNTS = (1, 10, 2.5, 100, 7.3)
SHARES = ("10%", "30%", "50%", "5%", "80%")
FAMILIES = (
    "fixed",
    "exponential",
    "weibull",
    "gamma",
    "lognormal",
    "loglogistic",
    "uniform",
    "triangular",
    "empirical",
)
SHAPES = (1, 0.5, 2, 0.8, 3.5)
#: Causes whose hazards are never multiplied, so that a loss may be certain or at a fixed time; and all others.
RIGID = ("slow_response", "broken_promise", "no_next_step")
PLIANT = ("no_trust", "spam", "apathy", "competitor_offer", "forgot", "changed_mind", "own_fault", "only_comparing")

_PERCENT = st.integers(0, 99)


def perhaps(draw: DrawFn, percent: int) -> bool:
    """Draw yes with about this probability; no is simpler."""
    return draw(_PERCENT) >= 100 - percent


def one_of(draw: DrawFn, values: Sequence[T]) -> T:
    """Draw one of some values, the first being the simplest."""
    return values[draw(_below(len(values)))]


def some_of(draw: DrawFn, values: Sequence[T], least: int, most: int) -> list[T]:
    """Draw some different values, in any order."""
    return draw(_subsets(tuple(values), least, most))


@cache
def _below(end: int) -> st.SearchStrategy[int]:
    """Return the strategy of the numbers from 0; to make one takes longer than to draw from it."""
    return st.integers(0, end - 1)


@cache
def _subsets(values: tuple[Any, ...], least: int, most: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=most, unique=True)


# ---- laws ------------------------------------------------------------------------------------------------------------


def time_law(draw: DrawFn, *, fixed: bool = True) -> Any:
    """Draw a law of time: of one of the nine families, or of all but `fixed`."""
    family = "fixed" if fixed and perhaps(draw, 20) else one_of(draw, FAMILIES[1:])
    if family == "fixed":
        return one_of(draw, (*DURATIONS, "0 d"))
    return {family: _parameters(draw, family, DURATIONS, endless=True)}


def amount_law(draw: DrawFn, *, fixed: bool = True, endless: bool = False) -> Any:
    """Draw a law of an amount; where `endless` it may be infinite."""
    family = "fixed" if fixed and perhaps(draw, 20) else one_of(draw, FAMILIES[1:])
    if family == "fixed":
        return one_of(draw, AMOUNTS)
    return {family: _parameters(draw, family, AMOUNTS, endless=endless)}


def _parameters(draw: DrawFn, family: str, values: Sequence[Any], *, endless: bool) -> Document:
    """Draw the parameters of a family, in either way that it may be written; `values` are durations or amounts."""
    of_time = isinstance(values[0], str)
    value, nothing = one_of(draw, values), "0 d" if of_time else 0
    other_way = perhaps(draw, 50)
    match family:
        case "exponential" if other_way:
            return {"rate": one_of(draw, ("3 / d", "0.5 / d", "0 / d") if of_time else (0.5, 0.01))}
        case "exponential":
            return {"mean": value}
        case "gamma" if other_way:
            return {"mean": one_of(draw, values[:3]), "sd": one_of(draw, values[:3])}
        case "weibull" | "loglogistic" | "gamma":
            return {"shape": one_of(draw, SHAPES), "scale": value}
        case "lognormal" if other_way:
            return {"mean": value, "sd": one_of(draw, values)}
        case "lognormal":
            return {"median": value, "sigma": one_of(draw, SHAPES)}
        case "uniform":
            return {"low": nothing, "high": value}
        case "triangular":
            return {"low": nothing, "mode": value if other_way else nothing, "high": value}
    last = one_of(draw, (value, ".inf") if endless else (value,))
    jump = [[0.5, one_of(draw, (nothing, value))]] if other_way else []
    return {"quantiles": [[0, nothing], *jump, [1, last]]}


# ---- causes ----------------------------------------------------------------------------------------------------------


def mechanism(draw: DrawFn, cause: str, *, answers: bool) -> Any:
    """Draw how a cause acts: in one way or in two at once; `answers`: somebody waits there."""
    rigid = cause in RIGID
    kinds = ("chance", "time_to_loss", "forgetting", *(("patience",) if answers else ()))
    chosen = {one_of(draw, kinds)} | ({one_of(draw, kinds)} if perhaps(draw, 15) else set())
    entry: Document = {}
    if chosen == {"chance"} and perhaps(draw, 40):
        return one_of(draw, (*SHARES, "0%"))
    if "chance" in chosen:
        entry["chance"] = one_of(draw, (*SHARES, "100%") if rigid else SHARES)
        entry |= {"at": "exit"} if perhaps(draw, 50) else {}
        entry |= {"visits": one_of(draw, ("first", "every"))} if perhaps(draw, 40) else {}
    if "patience" in chosen:
        entry["patience"] = time_law(draw, fixed=rigid)
    if "time_to_loss" in chosen:
        entry["time_to_loss"] = time_law(draw, fixed=rigid)
        exposures = ("stage", "deciding", *(("waiting",) if answers else ()))
        entry |= {"exposure": one_of(draw, exposures)} if perhaps(draw, 70) else {}
    if "forgetting" in chosen:
        decay = {"decay": one_of(draw, (0.5, 2))} if perhaps(draw, 50) else {}
        entry["forgetting"] = {"half_life": one_of(draw, DURATIONS), **decay}
        entry |= reminders(draw) if perhaps(draw, 50) else {}
    if not rigid and perhaps(draw, 25):
        entry["times"] = one_of(draw, (2, 0.5, 0))
    return entry


def reminders(draw: DrawFn) -> Document:
    """Draw what brings back those who forget, as a part of an entry."""
    cost = {"cost": one_of(draw, AMOUNTS)} if perhaps(draw, 60) else {}
    return {"reminders": {"every": one_of(draw, DURATIONS[:5]), **cost}}


#: Causes that the top level may declare, with what `default` may then mean at the stages.
DEFAULTS: dict[str, tuple[Document, ...]] = {
    "own_fault": ({"chance": "10%"}, {"chance": "30%", "at": "exit", "visits": "first"}),
    "forgot": ({"forgetting": {"half_life": "1 d"}}, {"forgetting": {"half_life": "6 h", "decay": 2}, "times": 2}),
    "competitor_offer": (
        {"time_to_loss": {"exponential": {"mean": "2 d"}}},
        {"time_to_loss": {"weibull": {"shape": 2, "scale": "1 d"}}, "exposure": "deciding", "chance": "5%"},
    ),
}


def definitions(draw: DrawFn) -> Document:
    """Draw the top level's causes; `own_fault` is always there, because the catalogue does not know it."""
    found: Document = {}
    for cause, ways in DEFAULTS.items():
        if cause == "own_fault" or perhaps(draw, 50):
            found[cause] = {"side": "company", **one_of(draw, ways)}
    return found


def causes(draw: DrawFn, defined: Document, most: int, *, answers: bool) -> Document:
    """Draw the `causes` of a stage or a touchpoint; what the top level declares may be taken from there."""
    found: Document = {}
    for cause in some_of(draw, (*PLIANT, *RIGID), 0, most):
        if cause in defined and perhaps(draw, 60):
            found[cause] = {"times": one_of(draw, (2, 0.5))} if perhaps(draw, 40) else "default"
            if "forgetting" in defined[cause] and perhaps(draw, 40):
                found[cause] = reminders(draw)
        else:
            found[cause] = mechanism(draw, cause, answers=answers)
    return found
