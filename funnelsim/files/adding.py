"""Sums of parts of a canonical document, for stages that become one: entries of `causes`, total losses, costs.

Hazards of one cause add up: chances at one moment and on the same visits, clocks of one exposure that are exponential
or alike, forgetting that is alike (a law's hazard twice over is the law with `times: 2`). Everything else has no sum
that the format could write, and is refused with NoSumError.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from funnelsim.files.effects import Document, raised, resolved
from funnelsim.files.scalars import AMOUNT, TIME, read_law, write_law
from funnelsim.laws import make_law

CLOCKS = ("patience", "time_to_loss")


class NoSumError(ValueError):
    """Two parts of a document have no sum; the text says why."""


@dataclass(slots=True)
class _Sum:
    """An entry being made: what a factor was folded into, and the factors that stay beside the rest as `times`."""

    entry: Document = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    rates: dict[str, float] = field(default_factory=dict)  # of exponential clocks, the factor folded in


def added(document: Mapping[str, Any], cause: str, one: Document, other: Document) -> Document:
    """Return the entry of `causes` whose hazards are the sum of those of two entries."""
    factors = [entry.get("times", 1.0) for entry in (one, other)]
    if 0.0 in factors:
        return other if factors[0] == 0.0 else one
    if one.get("default") and other.get("default"):
        return {"default": True, "times": sum(factors), **_reminders(one, other)}
    pair = (resolved(document, cause, one), resolved(document, cause, other))
    total = _Sum()
    _add_chances(total, *pair)
    for clock in CLOCKS:
        _add_clocks(total, clock, *pair)
    _add_memories(total, *pair)
    return _finished(total)


def _finished(total: _Sum) -> Document:
    times = set(total.times) or {1.0}
    if len(times) > 1:
        raise NoSumError("their hazards are multiplied by different factors (`times`)")
    factor, entry = times.pop(), total.entry
    if "chance" in entry:
        entry["chance"] = raised(entry["chance"], 1.0 / factor)
    for clock, rate in total.rates.items():
        entry[clock] = write_law(make_law("exponential", {"rate": rate / factor}), TIME)
    if factor != 1.0:
        if any("fixed" in entry.get(clock, {}) for clock in CLOCKS):
            raise NoSumError("a fixed time has no hazard that could be multiplied")
        entry["times"] = factor
    return entry


def _add_chances(total: _Sum, one: Document, other: Document) -> None:
    both = [entry for entry in (one, other) if "chance" in entry]
    if not both:
        return
    for key, usual, words in (("at", "entry", "at different moments"), ("visits", None, "on different visits")):
        if len({entry.get(key, usual) for entry in both}) > 1:
            raise NoSumError(f"one has a chance `{key}: {both[0].get(key, usual)}`, so that they act {words}")
    missed = 1.0
    for entry in both:
        missed *= 1.0 - raised(entry["chance"], entry.get("times", 1.0))
    total.entry["chance"] = both[0]["chance"] if len(both) == 1 and "times" not in both[0] else 1.0 - missed
    total.entry |= {key: both[0][key] for key in ("at", "visits") if key in both[0]}


def _add_clocks(total: _Sum, clock: str, one: Document, other: Document) -> None:
    both = [entry for entry in (one, other) if clock in entry]
    if not both:
        return
    if clock == "time_to_loss":
        if len({entry.get("exposure", "stage") for entry in both}) > 1:
            raise NoSumError("their clocks (`time_to_loss`) run at different times (`exposure`)")
        total.entry |= {key: both[0][key] for key in ("exposure",) if key in both[0]}
    laws = [read_law(entry[clock], TIME) for entry in both]
    factors = [entry.get("times", 1.0) for entry in both]
    if all(law == laws[0] for law in laws):
        total.entry[clock] = both[0][clock]
        total.times.append(1.0 if laws[0].family == "fixed" else sum(factors))
    elif all(law.family == "exponential" for law in laws):
        total.rates[clock] = sum(factor / read_mean(law.parameters) for law, factor in zip(laws, factors, strict=True))
        total.entry[clock] = both[0][clock]
    else:
        raise NoSumError(f"only exponential clocks (`{clock}`) add up, or clocks of the same law")


def read_mean(parameters: tuple[tuple[str, float], ...]) -> float:
    """Return the mean of an exponential law, written either way."""
    ((name, value),) = parameters
    return 1.0 / value if name == "rate" else value


def _add_memories(total: _Sum, one: Document, other: Document) -> None:
    both = [entry for entry in (one, other) if "forgetting" in entry]
    if not both:
        return
    if any(entry["forgetting"] != both[0]["forgetting"] for entry in both):
        raise NoSumError("only forgetting with the same half-life and decay adds up")
    total.entry["forgetting"] = both[0]["forgetting"]
    total.entry |= _reminders(*both)
    total.times.append(sum(entry.get("times", 1.0) for entry in both))


def _reminders(*entries: Document) -> Document:
    given = [entry["reminders"] for entry in entries if "reminders" in entry]
    if any(reminders != given[0] for reminders in given):
        raise NoSumError("their reminders differ")
    return {"reminders": given[0]} if given else {}


def added_costs(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the cost of two visits together: amounts add up, a law only to nothing."""
    given = [cost for cost in (one, other) if cost is not None and cost != {"fixed": 0.0}]
    if len(given) < 2:
        return dict(given[0]) if given else None
    laws = [read_law(cost, AMOUNT) for cost in given]
    if any(law.family != "fixed" for law in laws):
        raise NoSumError("costs of a visit add up only if they are amounts, and here is a law")
    return {"fixed": sum(law.a for law in laws)}
