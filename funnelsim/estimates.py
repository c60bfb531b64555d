"""Estimates from replications: means with t-intervals, paired and relative lifts, payback, when to stop.

Replications are independent, so a mean over R of them has the t-interval x̄ ± t(R−1) s/√R. A *lift* is the
mean of paired differences, scenario − base, one per replication under common random numbers (Law,
Simulation Modeling and Analysis, 5th ed., §10.2.1). Undefined numbers are NaN; a replication without a
value (NaN) is left out. Sums are exactly rounded, so no result depends on an order, and swapping base and
scenario changes the sign of a lift only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

NAN = math.nan
#: Confidence of every interval.
LEVEL = 0.95
#: Share of single replications that `Estimate.range` leaves out at either end.
TAIL = 0.05
#: The precision rule: the fewest and the most replications, and how far ahead it looks.
FEWEST, MOST, AHEAD = 10, 1000, 5
#: A lift that is this small beside the base needs no relative precision of its own.
NEGLIGIBLE = 0.01


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95% confidence interval; NaN where undefined."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replications, its 95% t-interval, and the [5%, 95%] quantiles of single replications."""

    mean: float
    low: float
    high: float
    range: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Lift:
    """The mean paired difference, scenario − base.

    low, high: pointwise 95%; low_all, high_all: 95% for all scenarios at once. relative: ratio of the means
    − 1. p_better: the probability that the expected lift is above 0.
    """

    mean: float
    low: float
    high: float
    low_all: float
    high_all: float
    relative: Interval
    p_better: float


#: What is undefined.
NO_INTERVAL = Interval(NAN, NAN, NAN)
NO_LIFT = Lift(NAN, NAN, NAN, NAN, NAN, NO_INTERVAL, NAN)


@dataclass(frozen=True, slots=True)
class Precision:
    """How narrow a 95% interval has to be: half of it as a `share` of the mean, or as an `amount`."""

    share: float = NAN
    amount: float = NAN


def estimate_mean(values: ArrayLike, lowest: float = -math.inf, highest: float = math.inf) -> Estimate:
    """Estimate a mean from one value per replication.

    lowest, highest: what the quantity can be at all; the interval is cut off there. From one replication
    there is no interval. `range` holds quantiles by linear interpolation (Hyndman & Fan 1996, type 7).
    """
    known = _known(values)
    if not known:
        return Estimate(NAN, NAN, NAN, (NAN, NAN))
    mean, half = _mean(known), half_width(known)
    tail = np.quantile(np.array(known), [TAIL, 1.0 - TAIL])
    low, high = max(lowest, mean - half), min(highest, mean + half)
    if math.isnan(half):
        low = high = NAN
    return Estimate(mean, low, high, (float(tail[0]), float(tail[1])))


def estimate_lift(base: ArrayLike, scenario: ArrayLike, scenarios: int = 1) -> Lift:
    """Estimate scenario − base from the same replications of both.

    `*_all` are Bonferroni intervals for so many `scenarios`: the confidence of each is 1 − .05/scenarios,
    so that all of them hold together with at least 95%. p_better is the share of Student's t with R − 1
    degrees of freedom, centred at the lift and scaled by s/√R, that is above 0: .5 for a lift identically
    zero, 0 or 1 for another constant.
    """
    pairs = _pairs(base, scenario)
    differences = [after - before for before, after in pairs]
    if not pairs:
        return NO_LIFT
    mean = _mean(differences)
    half = half_width(differences)
    half_all = half_width(differences, 1.0 - (1.0 - LEVEL) / scenarios)
    return Lift(
        mean,
        mean - half,
        mean + half,
        mean - half_all,
        mean + half_all,
        estimate_ratio([before for before, _ in pairs], [after for _, after in pairs]),
        _probability_above_zero(differences),
    )


def estimate_ratio(base: ArrayLike, scenario: ArrayLike) -> Interval:
    """Estimate the relative lift ȳ/x̄ − 1, y of the scenario and x of the base, from pairs.

    The interval is taken on the log scale by the delta method: ln(ȳ/x̄) ± t(R−1) sd(yᵢ/ȳ − xᵢ/x̄)/√R
    (Casella & Berger, Statistical Inference, 2nd ed., §5.5.4). Where ȳ ≤ 0 has no logarithm it is
    Fieller's, the ρ with (ȳ − ρx̄)² ≤ t² s²(y − ρx)/R (Fieller 1954, J. R. Stat. Soc. B 16, 175), if that
    is bounded. Undefined (NaN) for a base mean that is not positive.
    """
    pairs = _pairs(base, scenario)
    before, after = [x for x, _ in pairs], [y for _, y in pairs]
    if not pairs or not (x_mean := _mean(before)) > 0.0:
        return NO_INTERVAL
    y_mean = _mean(after)
    ratio = y_mean / x_mean
    relative = (y_mean - x_mean) / x_mean
    if len(pairs) == 1:
        return Interval(relative, NAN, NAN)
    if before == after:
        return Interval(0.0, 0.0, 0.0)
    if y_mean > 0.0:
        half = half_width([y / y_mean - x / x_mean for x, y in pairs])
        return Interval(relative, ratio * math.exp(-half) - 1.0, ratio * math.exp(half) - 1.0)
    low, high = _fieller(before, after)
    return Interval(relative, low - 1.0, high - 1.0)


def half_width(values: ArrayLike, level: float = LEVEL) -> float:
    """Return half the t-interval of a mean, t s/√R; NaN from fewer than two values, 0 for a constant."""
    known = _known(values)
    if len(known) < 2:
        return NAN
    from scipy.special import stdtrit

    return float(stdtrit(len(known) - 1, (1.0 + level) / 2.0)) * _standard_error(known)


def payback_days(once: float, gain: float, days: float) -> float:
    """Return after how many days `once` has come back.

    gain: the lift in profit before `once` is paid, over a window of `days`. 0 if there is nothing to pay
    back and a gain; NaN where there is no gain, or no time over which it comes.
    """
    if not gain > 0.0:
        return NAN
    if once <= 0.0:
        return 0.0
    return once / (gain / days) if days > 0.0 else NAN


def expected_best(scenarios: int) -> float:
    """Return by how many standard errors the best of so many equal scenarios looks too good (winner's curse).

    The mean of the largest of k standard normals, ∫₀^∞ (1 − Φᵏ(x) − Φᵏ(−x)) dx (David & Nagaraja, Order
    Statistics, §3.1): .56, .85, 1.16, 1.54 for k = 2, 3, 5, 10.
    """
    from scipy.special import ndtr

    x = np.linspace(0.0, 12.0, 4001)
    rest = 1.0 - ndtr(x) ** scenarios - ndtr(-x) ** scenarios
    return float(np.trapezoid(rest, x))


def is_precise(values: Sequence[float], precision: Precision, scale: float = NAN) -> bool:
    """Tell whether an interval is narrow enough: t s/√R ≤ γ′|x̄| with γ′ = γ/(1 + γ), or ≤ the amount.

    γ′ makes γ hold relative to the true mean (Law, §9.4.1). With a `scale`, such as the revenue of the
    base, a half below γ of 1% of it is enough too: a lift near zero has no relative precision. A constant
    is precise.
    """
    half = half_width(values)
    if math.isnan(half):
        return False
    if not math.isnan(precision.amount):
        return half <= precision.amount
    wanted = precision.share / (1.0 + precision.share) * abs(_mean(_known(values)))
    negligible = precision.share * NEGLIGIBLE * abs(scale)
    return half <= wanted or half <= negligible


def find_stop(precise: Sequence[bool]) -> int | None:
    """Return the smallest number of replications, from 10 on, that is precise and is so for the next five.

    precise: whether the first 1, 2, 3, … replications are. None: not found yet. (Hoad, Robinson & Davies
    2010, J. Oper. Res. Soc. 61, 1632.)
    """
    for number in range(FEWEST, len(precise) - AHEAD + 1):
        if all(precise[number - 1 : number + AHEAD]):
            return number
    return None


def mean(values: ArrayLike) -> float:
    """Return the mean of the values that are not NaN; NaN without any."""
    known = _known(values)
    return _mean(known) if known else NAN


def to_number(value: float) -> float | None:
    """Return a number as JSON may hold it: None for what is undefined or infinite."""
    return float(value) if math.isfinite(value) else None


def show(estimate: Estimate | Interval | Lift) -> str:
    """Return `mean [low, high]` to six digits, for one line; without the interval where there is none."""
    if math.isnan(estimate.low):
        return f"{estimate.mean:.6g}"
    return f"{estimate.mean:.6g} [{estimate.low:.6g}, {estimate.high:.6g}]"


def describe_estimates(estimates: Mapping[str, Estimate]) -> dict[str, object]:
    """Return estimates as plain data: name to `{"mean", "low", "high", "range"}`; undefined is None."""
    return {
        name: {
            "mean": to_number(estimate.mean),
            "low": to_number(estimate.low),
            "high": to_number(estimate.high),
            "range": [to_number(end) for end in estimate.range],
        }
        for name, estimate in estimates.items()
    }


def describe_lift(lift: Lift) -> dict[str, Any]:
    """Return a lift as plain data; undefined is None."""
    names = ("mean", "low", "high", "low_all", "high_all", "p_better")
    document: dict[str, Any] = {name: to_number(getattr(lift, name)) for name in names}
    relative = {name: to_number(getattr(lift.relative, name)) for name in ("mean", "low", "high")}
    return document | {"relative": relative}


def flatten_estimate(name: str, estimate: Estimate) -> dict[str, float]:
    """Return an estimate as columns of a table: `name`, `name_low`, … ."""
    return {
        name: estimate.mean,
        f"{name}_low": estimate.low,
        f"{name}_high": estimate.high,
        f"{name}_range_low": estimate.range[0],
        f"{name}_range_high": estimate.range[1],
    }


def flatten_lift(name: str, lift: Lift) -> dict[str, float]:
    """Return a lift as columns of a table: `name`, `name_low`, … ."""
    return {
        name: lift.mean,
        f"{name}_low": lift.low,
        f"{name}_high": lift.high,
        f"{name}_low_all": lift.low_all,
        f"{name}_high_all": lift.high_all,
        f"{name}_relative": lift.relative.mean,
        f"{name}_relative_low": lift.relative.low,
        f"{name}_relative_high": lift.relative.high,
        f"{name}_p_better": lift.p_better,
    }


def _known(values: ArrayLike) -> list[float]:
    listed: Iterable[float] = np.asarray(values, dtype=float).ravel().tolist()
    return [value for value in listed if not math.isnan(value)]


def _pairs(base: ArrayLike, scenario: ArrayLike) -> list[tuple[float, float]]:
    before: Iterable[float] = np.asarray(base, dtype=float).ravel().tolist()
    after: Iterable[float] = np.asarray(scenario, dtype=float).ravel().tolist()
    return [(x, y) for x, y in zip(before, after, strict=True) if not (math.isnan(x) or math.isnan(y))]


def _mean(known: Sequence[float]) -> float:
    # n·x/n is not always x in floats.
    return known[0] if min(known) == max(known) else math.fsum(known) / len(known)


def _variance(known: Sequence[float]) -> float:
    centre = _mean(known)
    return math.fsum((value - centre) ** 2 for value in known) / (len(known) - 1)


def _standard_error(known: Sequence[float]) -> float:
    return math.sqrt(_variance(known) / len(known))


def _probability_above_zero(differences: Sequence[float]) -> float:
    centre = _mean(differences)
    if all(difference == 0.0 for difference in differences):
        return 0.5
    if len(differences) < 2:
        return NAN
    error = _standard_error(differences)
    if error == 0.0:
        return 1.0 if centre > 0.0 else 0.0
    from scipy.special import stdtr

    return float(stdtr(len(differences) - 1, centre / error))


def _fieller(before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    """Return the ρ between which (ȳ − ρx̄)² ≤ t² s²(y − ρx)/R; NaN where they are not bounded."""
    from scipy.special import stdtrit

    count = len(before)
    x, y = _mean(before), _mean(after)
    scale = float(stdtrit(count - 1, (1.0 + LEVEL) / 2.0)) ** 2 / count
    x_error, y_error = scale * _variance(before), scale * _variance(after)
    covariance = math.fsum((a - x) * (b - y) for a, b in zip(before, after, strict=True)) / (count - 1)
    quadratic, linear, constant = x * x - x_error, x * y - scale * covariance, y * y - y_error
    if quadratic <= 0.0:
        return NAN, NAN
    root = math.sqrt(max(0.0, linear * linear - quadratic * constant))
    return (linear - root) / quadratic, (linear + root) / quadratic
