"""Where a hazard that is constant on pieces changes: cuts chosen by the likelihood, and how many by a criterion.

With D events and the exposure E of each piece the likelihood at its best is Σ D log(D/E) − D. The best cuts for each
number of pieces come from dynamic programming over candidate times (Bellman 1961). The number is the one that makes
−2 log L + 3 K log n + Σ log(D_i/n) smallest, K cuts of n events: the modified BIC, which counts that a cut has been
searched for (Zhang & Siegmund 2007, Biometrics 63, 22).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from funnelsim.fitting.risk_sets import Floats, Integers
from funnelsim.fitting.sojourns import Sojourns, Times

#: Fewest events of a piece, and most pieces.
EVENTS_PER_PIECE: Final = 15.0
MOST_PIECES: Final = 24
#: Cuts are looked for at so many quantiles of the events.
CANDIDATES: Final = 240


def find_cuts(sojourns: Sojourns) -> Floats | None:
    """Return where pieces begin, the first at 0; None where one piece is best, or there are too few events for two."""
    events = sojourns.events
    total = events.total
    if total < 2.0 * EVENTS_PER_PIECE:
        return None
    running = np.cumsum(events.weight)
    wanted = total * np.arange(1, CANDIDATES) / CANDIDATES
    inner = np.unique(events.at[np.searchsorted(running, wanted).clip(max=len(running) - 1)])
    edges = np.concatenate([[0.0], inner[inner < events.at[-1]], [np.inf]])
    counted = np.concatenate([[0.0], running])[np.searchsorted(events.at, edges, side="right")]
    spent = exposure_until(sojourns, edges)
    chosen = _choose(counted, spent, total)
    return None if len(chosen) < 2 else np.asarray(edges[chosen])


def exposure_until(sojourns: Sojourns, times: Floats) -> Floats:
    """Return for how long the clock was watched up to some times."""
    return _spent(sojourns.exits, times) - _spent(sojourns.entries, times)


def _spent(ends: Times, times: Floats) -> Floats:
    """Return Σ min(end, time) for each of the times."""
    days = np.concatenate([[0.0], np.cumsum(ends.at * ends.weight)])
    number = np.concatenate([[0.0], np.cumsum(ends.weight)])
    place = np.searchsorted(ends.at, times, side="right")
    beyond = number[-1] - number[place]
    return np.asarray(days[place] + np.where(beyond > 0.0, beyond * np.where(np.isfinite(times), times, 0.0), 0.0))


def _choose(counted: Floats, spent: Floats, total: float) -> Integers:
    """Return the places of the edges at which the best pieces begin; counted, spent: up to each edge."""
    size = len(counted) - 1
    happened = counted[None, 1:] - counted[:-1, None]  # [from edge, to edge + 1]
    exposed = spent[None, 1:] - spent[:-1, None]
    possible = (happened >= EVENTS_PER_PIECE) & (exposed > 0.0) & (np.arange(size)[None] >= np.arange(size)[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(possible, happened * np.log(happened / exposed), -np.inf)
        # What the criterion takes for the length of a piece goes into its gain.
        gain -= np.where(possible, 0.5 * np.log(happened / total), 0.0)
    best = gain[0].copy()  # of one piece up to each edge
    before: list[Integers] = []
    found = [float(best[-1])]
    for _ in range(1, MOST_PIECES):
        # The last piece begins at edge i ≥ 1, after the best pieces up to it.
        options = best[:-1, None] + gain[1:]
        before.append(options.argmax(axis=0) + 1)
        best = options.max(axis=0)
        if not np.isfinite(best[-1]):
            break
        found.append(float(best[-1]))
    worth = np.array(found) - 1.5 * np.log(total) * np.arange(len(found))
    cuts = int(worth.argmax())
    chosen = [size]
    for level in range(cuts, 0, -1):
        chosen.append(int(before[level - 1][chosen[-1] - 1]))
    return np.array([0, *sorted(chosen[1:])])
