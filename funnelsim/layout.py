"""The columns of the plan's tables, and the codes in them.

Every row names its parts as half-open slices `first_x:last_x` of the other tables, and its laws as rows of `law`;
absent laws, stages, segments, teams and budgets are −1. Times are in days since the start. `word` and `lane` say
where a draw is looked up.
"""

from __future__ import annotations

import numpy as np

from funnelsim.model import Discipline, Exposure

#: Codes of `clock.exposure`.
PATIENCE, WAITING, DECIDING, WHOLE_STAGE = range(4)
EXPOSURES = {
    Exposure.PATIENCE: PATIENCE,
    Exposure.WAITING: WAITING,
    Exposure.DECIDING: DECIDING,
    Exposure.STAGE: WHOLE_STAGE,
}

STAGE = np.dtype([("word", "u4"), ("removed", "?"), ("purchase", "?")])
PLACE = np.dtype(
    [
        ("stage", "i4"),
        ("variant", "i4"),
        ("removed", "?"),
        ("purchase", "?"),
        ("first_option", "i4"),
        ("last_option", "i4"),
        ("first_spend", "i4"),
        ("last_spend", "i4"),
        ("first_route", "i4"),
        ("last_route", "i4"),
        ("first_earning", "i4"),
        ("last_earning", "i4"),
    ]
)
OPTION = np.dtype([("node", "i4"), ("share", "f8"), ("word", "u4"), ("lane", "i4")])
SPEND = np.dtype([("budget", "i4"), ("amount", "f8")])
NODE = np.dtype(
    [
        ("place", "i4"),
        ("touchpoint", "i4"),
        ("takes", "i4"),
        ("cost", "i4"),
        ("wait", "i4"),
        ("team", "i4"),
        ("rank", "i4"),
        ("service", "i4"),
        ("within_time", "f8"),
        ("within_share", "f8"),
        ("automatic_time", "f8"),
        ("automatic_share", "f8"),
        ("automatic_holds", "f8"),
        ("first_entry", "i4"),
        ("last_entry", "i4"),
        ("first_clock", "i4"),
        ("last_clock", "i4"),
        ("first_memory", "i4"),
        ("last_memory", "i4"),
        ("first_exit", "i4"),
        ("last_exit", "i4"),
    ]
)
#: `hazard` holds at the first visit, `later` after it; where `budget` is not −1 both multiply what its law loses.
CHANCE = np.dtype(
    [
        ("cause", "i4"),
        ("hazard", "f8"),
        ("later", "f8"),
        ("budget", "i4"),
        ("word", "u4"),
        ("lane", "i4"),
    ]
)
#: `power` is 1/factor: the clock rings when the law's survival falls to u^power.
CLOCK = np.dtype([("cause", "i4"), ("law", "i4"), ("power", "f8"), ("exposure", "i4"), ("word", "u4"), ("lane", "i4")])
#: `decay` includes the factor; `every` is infinite without reminders.
MEMORY = np.dtype(
    [
        ("cause", "i4"),
        ("scale", "f8"),
        ("decay", "f8"),
        ("every", "f8"),
        ("cost", "f8"),
        ("word", "u4"),
        ("lane", "i4"),
    ]
)
ROUTE = np.dtype(
    [
        ("to", "i4"),
        ("share", "f8"),
        ("after", "i4"),
        ("joins", "i4"),
        ("same_call", "?"),
        ("word", "u4"),
        ("lane", "i4"),
    ]
)
#: `stage` is the stage that bore the earning, whose key addresses its draws.
EARNING = np.dtype(
    [
        ("stage", "i4"),
        ("revenue", "i4"),
        ("price", "f8"),
        ("margin", "f8"),
        ("referrals", "f8"),
        ("enters", "i4"),
        ("after", "i4"),
        ("joins", "i4"),
    ]
)
#: Codes of `team.discipline`; with PRIORITY a node's `rank` says who comes first.
FIFO, LIFO, PRIORITY = range(3)
DISCIPLINES = {Discipline.FIFO: FIFO, Discipline.LIFO: LIFO, Discipline.PRIORITY: PRIORITY}
TEAM = np.dtype(
    [
        ("size", "i8"),
        ("discipline", "i4"),
        ("first_shift", "i4"),
        ("last_shift", "i4"),
        ("first_closed", "i4"),
        ("last_closed", "i4"),
    ]
)
#: From and to, in days from Monday 00:00; a team without shifts works always.
SHIFT = np.dtype([("begin", "f8"), ("end", "f8")])
#: Open deals at time 0; their word addresses the customers' keys.
DEAL = np.dtype([("stage", "i4"), ("word", "u4"), ("count", "i8"), ("age", "f8")])
BUDGET = np.dtype([("law", "i4"), ("renews", "?")])
SEGMENT = np.dtype([("share", "f8"), ("word", "u4"), ("lane", "i4")])
LAW = np.dtype([("code", "i4"), ("a", "f8"), ("b", "f8"), ("c", "f8"), ("first_knot", "i4"), ("last_knot", "i4")])
#: `size` is −1 for a rate. Rows of a source with dates share its word and number its customers onwards.
SOURCE = np.dtype(
    [
        ("source", "i4"),
        ("word", "u4"),
        ("times", "f8"),
        ("rate", "f8"),
        ("profile", "i4"),
        ("size", "i8"),
        ("at", "f8"),
        ("first_number", "i8"),
        ("enters", "i4"),
        ("cost", "i4"),
        ("joins", "i4"),
    ]
)
