"""`check`: whether a funnel reproduces data that it has not seen.

From what was known at a time, the funnel (at joint draws of its numbers) is simulated, and set beside what happened
then: who won, was lost or was where by an age, how many events of each kind came at each stage in each period, how long
stays lasted. `hold_out` fits to what was known, and may do so at several times in turn (rolling origins).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from funnelsim.adequacy.concluding import conclude
from funnelsim.adequacy.cutting import known_at, to_days
from funnelsim.adequacy.origins import check_origin
from funnelsim.adequacy.outcome import Adequacy
from funnelsim.adequacy.settings import FEWEST_DRAWS, Settings, first_day, last_moment, read_length, settle
from funnelsim.errors import InputError
from funnelsim.eventlog import EventLog
from funnelsim.fitting.drawing import Drawer
from funnelsim.fitting.fit import Fit, fit
from funnelsim.model import Funnel, Study
from funnelsim.simulation import Progress
from funnelsim.worlds import Worlds

#: Draws of the funnel's numbers, with two simulations in each.
DRAWS: Final = 100
#: Error level of the verdict.
LEVEL: Final = 0.05


def check(  # noqa: PLR0913 (settings, by keyword)
    funnel: Fit | Funnel | Study,
    log: EventLog,
    *,
    since: float | str | date | None = None,
    until: float | str | date | None = None,
    at: str | float | Sequence[float | str] | None = None,
    period: float | str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    level: float = LEVEL,
    progress: Progress | None = None,
) -> Adequacy:
    """Check a funnel against a log that it has not seen.

    funnel: a fit, a study (the base, at draws of its uncertain numbers) or a funnel (taken as certain). since: what
    came before is known: only what happened from then on is checked, by default all of it. until: the customers who
    came before then are forecast, by default all. Both are dates (their 00:00), texts, or days since the log's start.
    at: ages at which shares are compared (`"7 d, 14 d"`). period: in which events are counted, by default a week, or
    a quarter of the window if that is shorter. draws: of the numbers. level: the probability that an adequate funnel is
    called inadequate. Raises InputError for a log that does not fit to the funnel, or settings that make no sense.
    """
    begin = first_day(log) if since is None else to_days(log, since)
    end = math.inf if until is None else to_days(log, until)
    known = known_at(log, begin) if since is not None and begin > first_day(log) else None
    settings = settle(log, at, period, draws, seed, level, progress)
    base, draw = _drawn(funnel, settings)
    part = check_origin(base, draw, log, known, (begin, end), settings, fitted=0)
    provenance = {"digest": base.digest, "log": dict(log.provenance), "draws": draws, "seed": seed}
    return conclude(base, [part], settings, provenance)


def hold_out(  # noqa: PLR0913 (settings, by keyword)
    log: EventLog,
    *,
    cut: float | str | date | None = None,
    window: float | str | None = None,
    origins: int = 1,
    at: str | float | Sequence[float | str] | None = None,
    period: float | str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    level: float = LEVEL,
    name: str = "",
    progress: Progress | None = None,
) -> Adequacy:
    """Fit to what was known at a cut and check what came after it; with several origins, again and again.

    cut: by default when seven tenths of the customers had come. window: those who come within it are forecast, by
    default all until the log's end. origins: so many cuts, each a window later than the one before; the verdict holds
    for all of them together. The rest as in `check`. Raises InputError where a cut leaves nothing on one of its sides.
    """
    first = float(np.quantile(log.customers["arrived"], 0.7)) if cut is None else to_days(log, cut)
    first = math.floor(first) if cut is None and first > 1.0 else first
    if not isinstance(origins, int) or origins < 1:
        raise InputError(f"origins: expected a whole number from 1 on, not {origins!r}")
    length = read_length("window", window)
    if length is None and origins > 1:
        length = (last_moment(log) - first) / origins
    settings = settle(log, at, period, draws, seed, level, progress)
    parts = []
    base: Funnel | None = None
    for number in range(origins):
        begin = first + number * (length or 0.0)
        end = math.inf if length is None else begin + length
        known = known_at(log, begin)
        fitted = fit(known, draws=max(draws, FEWEST_DRAWS), seed=seed, name=name)
        funnel, draw = _drawn(fitted, settings)
        base = base or funnel
        parts.append(check_origin(funnel, draw, log, known, (begin, end), settings, fitted=len(known.customers)))
    assert base is not None  # noqa: S101 (there is an origin)
    provenance = {"log": dict(log.provenance), "draws": draws, "seed": seed, "origins": origins}
    return conclude(base, parts, settings, provenance)


def _drawn(funnel: Fit | Funnel | Study, settings: Settings) -> tuple[Funnel, Callable[[int], Funnel] | None]:
    """Return the funnel at its means, and what makes it at a draw (None: its numbers are certain)."""
    if isinstance(funnel, Fit):
        drawer = Drawer(funnel)
        return funnel.funnel, lambda draw: drawer.funnel(draw % drawer.number)
    if isinstance(funnel, Study):
        if not funnel.uncertain:
            return funnel.funnel, None
        worlds = Worlds(replace(funnel, scenarios=(), interventions=()), settings.seed)
        return funnel.funnel, lambda draw: worlds.world(draw).funnels[0]
    return funnel, None
