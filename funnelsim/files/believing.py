"""Beliefs as files write them: intervals and laws of one number, read by what the number is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from funnelsim import units
from funnelsim.beliefs import UPPER, Belief, from_interval, from_signed_interval
from funnelsim.files.scalars import read_number, scalar, write_duration, write_rate
from funnelsim.files.teams import read_hourly, write_hourly
from funnelsim.files.wording import Mistake, Mistakes, join, show, suggest
from funnelsim.laws import make_law

LAWS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "normal": (("mean", "sd"),),
    "lognormal": (("mean", "sd"), ("median", "sigma")),
    "gamma": (("mean", "sd"), ("shape", "scale")),
    "uniform": (("low", "high"),),
    "triangular": (("low", "mode", "high"),),
}
"""The laws of an uncertain number with the parameter sets that they take; beside them `beta: [a, b]` and `samples`."""
PURE_NUMBERS = ("sigma", "shape")
#: At least so much of a law must lie where the number can be; the rest is cut off.
INSIDE = 0.9
#: By how much of its width an interval may miss what the law has there, before a warning.
MISS = 0.2

#: A belief (None: no uncertainty), the kind of number, what stands for it at the mean, and what is doubtful.
Believed = tuple[Belief | None, "Kind", Any, list[str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of number: how it is read and written, its bounds, and the law that an interval stands for."""

    name: str
    read: Callable[[Any], float]
    write: Callable[[float], Any]
    least: float
    most: float
    law: str


def _read_factor(value: Any) -> float:
    text = scalar(value, "a factor such as `0.5` or `50%`")
    if isinstance(text, str) and text.strip().endswith("%"):
        return float(text.strip()[:-1].replace(",", ".")) / 100.0
    return units.parse_amount(text)


def _count(value: float) -> int:
    return max(1, round(value))


INFINITE = float("inf")
BELIEFS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("share", units.parse_share, float, 0.0, 1.0, "beta"),
        Kind("duration", units.parse_duration, write_duration, 0.0, INFINITE, "lognormal"),
        Kind("rate", units.parse_rate, write_rate, 0.0, INFINITE, "lognormal"),
        Kind("number", units.parse_amount, float, 0.0, INFINITE, "lognormal"),
        Kind("factor", _read_factor, float, 0.0, INFINITE, "lognormal"),
        Kind("signed", units.parse_signed_share, float, -1.0, INFINITE, "normal"),
        Kind("hourly", read_hourly, write_hourly, 0.0, INFINITE, "lognormal"),
        Kind("count", read_number, _count, 1.0, INFINITE, "lognormal"),
    )
}
"""The kinds of numbers by name. A count is a whole number: its draws are rounded, and are at least 1."""


def kind_named(kind: str | None, texts: list[Any]) -> Kind:
    """Return the kind of a number from its place, or from how it is written where the place does not tell."""
    if kind is not None:
        return BELIEFS[kind]
    for text in texts:
        if isinstance(text, str):
            if "%" in text:
                return BELIEFS["share"]
            if "/" in text:
                return BELIEFS["rate"]
            if any(sign.isalpha() for sign in text):
                return BELIEFS["duration"]
    return BELIEFS["number"]


def believe(family: str, body: Any, kind: str | None) -> Believed:
    """Return the belief that a file states: an `interval`, `beta`, or a law of LAWS. Raises Mistakes."""
    if family == "interval":
        return _interval(body, kind)
    try:
        return _beta(body, kind) if family == "beta" else _law(family, body, kind)
    except Mistakes as mistakes:
        raise Mistakes(*(((family, *path), text) for path, text in mistakes.found)) from None


def _interval(body: Mapping[str, Any], kind: str | None) -> Believed:
    own = {key: body[key] for key in ("mean", "low", "high")}
    of = kind_named(kind, list(own.values()))
    mean, low, high = _numbers(own, of)
    if low > high:
        raise Mistakes((("low",), f"must not be above high, found {show(own['low'])} and {show(own['high'])}"))
    if not low <= mean <= high:
        text = (
            f"must lie between low and high, found {show(own['mean'])} outside {show(own['low'])} … {show(own['high'])}"
        )
        raise Mistakes((("mean",), text))
    if low == high:
        return None, of, own["mean"], []
    if (of.least >= 0.0 and not of.least < mean < of.most) or (of.name == "count" and mean <= 0.0):
        edge = "between 0% and 100%" if of.name == "share" else "above 0"
        raise Mistakes((("mean",), f"an uncertain number has a mean {edge}, found {show(own['mean'])}"))
    try:
        if of.law == "normal":
            belief = from_signed_interval(mean, low, high, of.least)
        else:
            belief = from_interval(mean, low, high, share=of.law == "beta")
    except ValueError:
        text = (
            f"so wide an interval has no {of.law} law with this mean: write a law, such as `{{uniform: {{low, high}}}}`"
        )
        raise Mistakes(((), text)) from None
    ends = belief.quantile(1.0 - UPPER), belief.quantile(UPPER)
    doubts = []
    if max(abs(ends[0] - low), abs(ends[1] - high)) > MISS * (high - low):
        shown = " … ".join(str(_shown(end, of)) for end in ends)
        doubts.append(
            f"the {of.law} law with this mean and width has its 95% from {shown}: the interval leans another way"
        )
    return belief, of, own["mean"], doubts


def _shown(value: float, of: Kind) -> Any:
    rounded = float(f"{value:.3g}")
    return f"{100.0 * value:.3g}%" if of.name in ("share", "signed") else of.write(rounded)


def _numbers(own: Mapping[str, Any], of: Kind) -> list[float]:
    found: list[Mistake] = []
    numbers = []
    for key, item in own.items():
        try:
            numbers.append(read_number(item) if key in PURE_NUMBERS else of.read(item))
        except (ValueError, TypeError) as error:
            found.append(((key,), str(error) if isinstance(error, ValueError) else f"found {show(item)}"))
    if found:
        raise Mistakes(*found)
    return numbers


def _beta(body: Any, kind: str | None) -> Believed:
    expected = "expected two numbers above 0 (what happened, what did not), such as `{beta: [12, 88]}`"
    if kind not in (None, "share"):
        raise Mistakes(((), "a beta law is that of a share: expected `{mean, low, high}` or a law of this number"))
    if not isinstance(body, list) or len(body) != 2:
        raise Mistakes(((), f"{expected}, found {show(body)}"))
    try:
        a, b = (read_number(item) for item in body)
    except ValueError as error:
        raise Mistakes(((), f"{expected}: {error}")) from None
    if not (a > 0.0 and b > 0.0):
        raise Mistakes(((), f"{expected}, found {show(body[0])} and {show(body[1])}"))
    belief = Belief("beta", (a, b), 0.0, 1.0)
    return belief, BELIEFS["share"], belief.mean, []


def _law(family: str, body: Any, kind: str | None) -> Believed:
    sets = LAWS[family]
    wanted = " or ".join("{" + ", ".join(names) + "}" for names in sets)
    if not isinstance(body, Mapping):
        raise Mistakes(((), f"expected the parameters {wanted}, found {show(body)}"))
    known = {name for names in sets for name in names}
    given = {str(name): body[name] for name in body if name != "note"}
    unknown = [name for name in given if name not in known]
    if unknown:
        raise Mistakes(
            *(
                ((name,), f"unknown parameter of `{family}`: expected {wanted}{suggest(name, known)}")
                for name in unknown
            )
        )
    if not any(set(given) == set(names) for names in sets):
        raise Mistakes(((), f"expected the parameters {wanted}, found {{{', '.join(given)}}}"))
    of = kind_named(kind, [value for name, value in given.items() if name not in PURE_NUMBERS])
    values = dict(zip(given, _numbers(given, of), strict=True))
    belief = _made(family, values, of)
    if belief is None:
        return None, of, given[next(name for name in ("mean", "low", "median") if name in given)], []
    if belief.inside < INSIDE:
        where = "between 0% and 100%" if of.name == "share" else f"at {of.least:g} or above"
        raise Mistakes(((), f"only {100.0 * belief.inside:.3g}% of this law lies {where}, where the number can be"))
    return belief, of, of.write(float(f"{belief.mean:.12g}")), []


def _made(family: str, values: Mapping[str, float], of: Kind) -> Belief | None:
    """Return the belief of a law's parameters; None where it has no width."""
    if values.get("sd") == 0.0 or values.get("sigma") == 0.0 or values.get("low", 0.0) == values.get("high", 1.0):
        return None
    if family == "normal":
        return Belief("normal", (values["mean"], values["sd"]), of.least, of.most)
    if family in ("uniform", "triangular"):
        names = LAWS[family][0]
        parameters = tuple(values[name] for name in names)
        if list(parameters) != sorted(parameters):
            raise Mistakes(((), f"{join(names, 'and')} must rise"))
        if of.name == "count" and parameters[0] < 1.0:
            raise Mistakes((("low",), "expected a number of at least 1"))
        return Belief(family, parameters, of.least, of.most)
    try:
        law = make_law(family, values)
    except ValueError as error:
        raise Mistakes(((), str(error).removeprefix(f"{family}: "))) from None
    first = math.log(law.a) if family == "lognormal" else law.a
    return Belief(family, (first, law.b), of.least, of.most)
