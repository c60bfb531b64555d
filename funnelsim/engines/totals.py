"""Totals: what one replication, or a part of it, adds up to, in whole numbers that do not depend on the order.

Numbers are added and peaks combined by their maximum, so totals of parts give the totals of the whole. Sums of floats
are exact (`sums`), times are also counted by size (`bins`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.bins import BINS, bin_of, value_of
from funnelsim.compiling import bare
from funnelsim.memory import Group, column
from funnelsim.sums import WORDS

Integers = NDArray[np.int64]

#: Codes of fates; `FIRST_LOSS` + stage × causes + cause is lost there, by the stages and causes of the plan.
WON_FATE, OPEN_FATE, ABSENT_FATE, FIRST_LOSS = range(4)
#: Columns of `Totals.people`: customers of the window, those of them who won, and all who came.
CUSTOMERS, WINNERS, EVERYONE = range(3)
#: Columns of `Totals.stage`, of the visits entered in the window. WAITED and ANSWERED as in `Counts`; ENDED are the
#: visits in the statistics of time, WAITS those in the statistics of waiting.
VISITS, COMPLETED, LOST_HERE, OPEN_HERE, WAITED, ANSWERED, ENDED, WAITS = range(8)
#: Rows of `Totals.money`.
REVENUE, GOODS, VISIT_COST, REMINDER_COST, SOURCE_COST = range(5)
#: First index of `sums`, `bins` and `extremes`.
WAIT, TIME = range(2)
#: Columns of `Totals.team` (the targets follow), rows of `Totals.team_sums` and of `Totals.team_hours`.
SERVED, ABANDONED, FIRST_TARGET = range(3)
BUSY, WAITING, WAITING_OPEN = range(3)
HOURS_BUSY, HOURS_WAITING = range(2)
#: Of `Totals.team_hours`: moments by hour of the week, ticks after the full hour, whole weeks.
HOURS = 168
WEEKS = 2 * HOURS
#: Last index of `extremes`: the smallest value (as minus its bits) and the largest (its bits).
SMALLEST, LARGEST = range(2)
#: A peak of nothing.
NOTHING: Final = -1 << 63


class Totals(Group):
    """The totals of S stages (removed ones included), C causes, K targets and T teams, as int64 arrays.

    people: [3]; stage: [S, 8]; within: [S, K]; losses, fates: [S, C]; money: [5, WORDS]; sums: [2, S, WORDS] and
    bins: [2, S, BINS] of waits and times; team: [T, 2 + K]; team_sums: [T, 3, WORDS]; team_hours: [T, 2, 337].
    Peaks: extremes: [2, S, 2] of waits and times; last_arrival: [1] of the counted, last_end: [T] of a visit for a
    team. A peak holds the bits of a float that is not negative, read as a whole number, which keep their order.
    """

    people: Integers = column("i8")
    stage: Integers = column("i8", 2)
    within: Integers = column("i8", 2)
    losses: Integers = column("i8", 2)
    fates: Integers = column("i8", 2)
    money: Integers = column("i8", 2)
    sums: Integers = column("i8", 3)
    bins: Integers = column("i8", 3)
    team: Integers = column("i8", 2)
    team_sums: Integers = column("i8", 3)
    team_hours: Integers = column("i8", 3)
    extremes: Integers = column("i8", 3)
    last_arrival: Integers = column("i8")
    last_end: Integers = column("i8")


#: Those that are combined by their maximum.
PEAKS = ("extremes", "last_arrival", "last_end")


def make_totals(stages: int, causes: int, targets: int, teams: int) -> Totals:
    """Return empty totals."""
    shapes = {
        "people": (3,),
        "stage": (stages, 8),
        "within": (stages, targets),
        "losses": (stages, causes),
        "fates": (stages, causes),
        "money": (5, WORDS),
        "sums": (2, stages, WORDS),
        "bins": (2, stages, BINS),
        "team": (teams, FIRST_TARGET + targets),
        "team_sums": (teams, 3, WORDS),
        "team_hours": (teams, 2, WEEKS + 1),
        "extremes": (2, stages, 2),
        "last_arrival": (1,),
        "last_end": (teams,),
    }
    return Totals(
        **{name: np.full(shape, NOTHING if name in PEAKS else 0, dtype=np.int64) for name, shape in shapes.items()}
    )


@bare
def clear_totals(totals: Totals) -> None:
    """Make totals empty. Of the bins, of which there are many, those are emptied that times have fallen into."""
    extremes = totals.extremes
    for kind in range(extremes.shape[0]):
        for stage in range(extremes.shape[1]):
            if extremes[kind, stage, LARGEST] != NOTHING:
                first = bin_of(value_of(-extremes[kind, stage, SMALLEST]))
                last = bin_of(value_of(extremes[kind, stage, LARGEST]))
                totals.bins[kind, stage, first : last + 1] = 0
    totals.people[:] = 0
    totals.stage[:] = 0
    totals.within[:] = 0
    totals.losses[:] = 0
    totals.fates[:] = 0
    totals.money[:] = 0
    totals.sums[:] = 0
    totals.team[:] = 0
    totals.team_sums[:] = 0
    totals.team_hours[:] = 0
    extremes[:] = NOTHING
    totals.last_arrival[:] = NOTHING
    totals.last_end[:] = NOTHING


def copy_totals(totals: Totals) -> Totals:
    """Return totals of their own."""
    return Totals(**{name: getattr(totals, name).copy() for name in Totals.fields})


def add_totals(into: Totals, other: Totals) -> None:
    """Add the totals of another part of the same replication."""
    for name in Totals.fields:
        mine, theirs = getattr(into, name), getattr(other, name)
        if name in PEAKS:
            np.maximum(mine, theirs, out=mine)
        else:
            mine += theirs
