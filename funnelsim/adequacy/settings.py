"""Settings of a check: ages, periods, and the window of time that a log holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from funnelsim.errors import InputError
from funnelsim.eventlog import LOST, WON, EventLog
from funnelsim.exact.solving import parse_times
from funnelsim.fitting.risk_sets import Floats
from funnelsim.simulation import Progress
from funnelsim.units import parse_duration

#: Fewest draws that bands are made of.
FEWEST_DRAWS: Final = 20
#: Length of a period in days; a window shorter than a day has so many periods, and no window more than the most.
WEEK: Final = 7.0
FEWEST_PERIODS, MOST_PERIODS = 4, 60
#: Shares of journeys ended, at which shares are compared by default.
ENDED: Final = (0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Settings:
    """How to check: ages and period in days (None: by default), draws, seed, error level, who is told how far it is."""

    ages: tuple[float, ...]
    period: float | None
    draws: int
    seed: int
    level: float
    progress: Callable[[int, int], None] | None


def settle(
    log: EventLog,
    at: str | float | Sequence[float | str] | None,
    period: float | str | None,
    draws: int,
    seed: int,
    level: float,
    progress: Progress | None,
) -> Settings:
    """Return settings, read from what `check` takes. Raises InputError for what makes no sense."""
    if draws < FEWEST_DRAWS:
        raise InputError(f"draws: expected at least {FEWEST_DRAWS}, not {draws}")
    if not 0.0 < level < 1.0:
        raise InputError(f"level: expected a share between 0 and 1, such as 0.05, not {level!r}")
    if not len(log.customers):
        raise InputError("the history has no customers: there is nothing to check")
    ages = parse_times(at) or _usual_ages(log)
    return Settings(ages, read_length("period", period), draws, seed, level, progress)


def read_length(key: str, value: float | str | None) -> float | None:
    """Return a length of time in days."""
    if value is None:
        return None
    try:
        days = parse_duration(value) if isinstance(value, str) else float(value)
    except ValueError as error:
        raise InputError(f"{key}: {error}") from None
    if not 0.0 < days < math.inf:
        raise InputError(f"{key}: expected a length of time such as `7 d`, not {value!r}")
    return days


def _usual_ages(log: EventLog) -> tuple[float, ...]:
    """Return the ages by which half, and nine tenths, of the journeys that ended had ended, in handy numbers."""
    visits = log.visits
    ended = np.isin(visits["outcome"], (WON, LOST))
    spent = visits["left"][ended] - log.customers["arrived"][visits["customer"][ended]]
    spent = spent[np.isfinite(spent)]
    if not len(spent):
        return (1.0,)
    return tuple(sorted({_handy(float(np.quantile(spent, share))) for share in ENDED}))


def _handy(days: float) -> float:
    """Return whole days, or hours below a day, or minutes below an hour."""
    unit = 1.0 if days > 0.75 else 1.0 / 24.0 if days > 0.75 / 24.0 else 1.0 / 1440.0
    return max(1.0, math.ceil(days / unit - 1e-9)) * unit


def first_day(log: EventLog) -> float:
    """Return the beginning of the first day on which somebody came."""
    return math.floor(float(log.customers["arrived"].min()))


def last_moment(log: EventLog) -> float:
    """Return when watching ended: with whole-day stamps, at the end of the last day."""
    until = log.watched[1]
    ends = until[np.isfinite(until)]
    if len(ends):
        return float(ends.max()) + log.resolution
    times = [log.visits[name] for name in ("entered", "left")]
    return float(max(np.nanmax(one) for one in times if np.isfinite(one).any())) + log.resolution


def make_bounds(begin: float, end: float, period: float | None, resolution: float) -> Floats:
    """Return where periods begin and end: weeks by default; the last one may be longer or shorter by half."""
    length = end - begin
    step = period
    if step is None:
        # Whole weeks, as days of the week differ; hours of one day, where there is no more.
        step = WEEK if length >= 2.0 * WEEK else length if length > FEWEST_PERIODS else length / FEWEST_PERIODS
        step *= max(1.0, math.ceil(length / step / MOST_PERIODS))
    step = max(step, resolution, length / 1000.0)
    count = max(1, math.floor(length / step + 1e-9))
    bounds = begin + step * np.arange(count + 1)
    # What is left over is a period of its own if it is half of one at least.
    rest = end - float(bounds[-1])
    if rest >= 0.5 * step:
        return np.append(bounds, end)
    bounds[-1] = end
    return np.asarray(bounds)
