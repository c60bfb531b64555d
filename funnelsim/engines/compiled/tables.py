"""The plan as the kernels read it: a walk through steps, with everything that a step needs in rows beside each other.

A *step* is what happens to a customer at one place: to visit one node of it, to choose among several, or to pass
through a stage that is removed. The same place is another step for those who come by a route of the same call, and for
open deals. Only steps that can be reached are here. Routes lead to steps, so the kernels know no stages, touchpoints or
segments.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.layout import (
    BUDGET,
    DEAL,
    LAW,
    MEMORY,
    SEGMENT,
    SOURCE,
    SPEND,
    TEAM,
)
from funnelsim.memory import Group, column, scalar

Table = NDArray[Any]

#: Codes of `step.kind`.
VISIT, CHOOSE, PASS = range(3)
STEP = np.dtype(
    [
        ("kind", "i4"),
        ("place", "i4"),
        ("stage", "i4"),
        ("variant", "i4"),
        ("node", "i4"),
        ("touchpoint", "i4"),
        ("word", "u4"),
        ("counts", "?"),  # this step counts the visit; a node that was chosen has it counted
        ("counter", "i4"),  # column of the counters of visits, or -1: nobody comes twice
        ("called", "?"),
        ("age", "f8"),  # of an open deal that is found here, else -1
        ("takes", "i4"),
        ("cost", "i4"),
        ("wait", "i4"),
        ("team", "i4"),
        ("rank", "i4"),
        ("service", "i4"),
        ("responds", "?"),  # the customer waits here, unless it is the same call
        ("within_time", "f8"),
        ("within_share", "f8"),
        ("automatic_time", "f8"),
        ("automatic_share", "f8"),
        ("automatic_holds", "f8"),
        ("first_option", "i4"),
        ("last_option", "i4"),
        ("first_spend", "i4"),
        ("last_spend", "i4"),
        ("first_entry", "i4"),
        ("last_entry", "i4"),
        ("first_entry_draw", "i4"),
        ("last_entry_draw", "i4"),
        ("first_clock", "i4"),
        ("last_clock", "i4"),
        ("first_clock_draw", "i4"),
        ("last_clock_draw", "i4"),
        ("first_exit", "i4"),
        ("last_exit", "i4"),
        ("first_exit_draw", "i4"),
        ("last_exit_draw", "i4"),
        ("first_memory", "i4"),
        ("last_memory", "i4"),
        ("first_route", "i4"),
        ("last_route", "i4"),
        ("first_earning", "i4"),
        ("last_earning", "i4"),
        ("draws_stage", "?"),  # the block of `takes` and the route `rest` is needed
        ("earns", "?"),
        ("purchase", "?"),
        ("passed", "i4"),  # column of the addresses of moved earnings, or -1
        ("meets", "?"),  # a team may be met from here on
        ("simple", "?"),  # nothing but entry, deciding, exit, own earnings and routes: a block is done in loops
        ("manned", "?"),  # somebody answers at this stage, in some variant
    ]
)
OPTION = np.dtype([("step", "i4"), ("share", "f8"), ("word", "u4"), ("lane", "i4")])
#: A uniform at or below `bound` does not ring within the instant, one above `sure` does at a first visit.
ENTRY = np.dtype(
    [
        ("cause", "i4"),
        ("hazard", "f8"),
        ("later", "f8"),
        ("budget", "i4"),
        ("row", "i4"),
        ("bound", "f8"),
        ("sure", "f8"),
    ]
)
CLOCK = np.dtype(
    [
        ("cause", "i4"),
        ("law", "i4"),
        ("power", "f8"),
        ("exposure", "i4"),
        ("row", "i4"),
        ("screen", "i4"),
    ]
)
#: Chances (`screen` −1) and forgetting, in the order in which they compete.
EXIT = np.dtype(
    [
        ("cause", "i4"),
        ("hazard", "f8"),
        ("later", "f8"),
        ("scale", "f8"),
        ("decay", "f8"),
        ("every", "f8"),
        ("row", "i4"),
        ("bound", "f8"),
        ("screen", "i4"),
    ]
)
ROUTE = np.dtype(
    [
        ("step", "i4"),
        ("to", "i4"),
        ("variant", "i4"),
        ("share", "f8"),
        ("after", "i4"),
        ("word", "u4"),
        ("lane", "i4"),
    ]
)
EARNING = np.dtype(
    [
        ("own", "?"),
        ("word", "u4"),
        ("stage", "i4"),
        ("counter", "i4"),
        ("passed", "i4"),
        ("revenue", "i4"),
        ("price", "f8"),
        ("margin", "f8"),
        ("referrals", "f8"),
        ("enters", "i4"),
        ("after", "i4"),
        ("joins", "i4"),
    ]
)


class Tables(Group):
    """Everything a kernel reads. start: [variants, stages], the step of whoever enters there; deal_start: by deal.

    foreseen: [teams], whether the wait for a team is known on joining its queue (see `building`).
    """

    step: Table = column(STEP)
    option: Table = column(OPTION)
    spend: Table = column(SPEND)
    budget: Table = column(BUDGET)
    entry: Table = column(ENTRY)
    clock: Table = column(CLOCK)
    exit: Table = column(EXIT)
    memory: Table = column(MEMORY)
    draw: NDArray[np.uint32] = column("u4")
    route: Table = column(ROUTE)
    earning: Table = column(EARNING)
    law: Table = column(LAW)
    knot_p: NDArray[np.float64] = column("f8")
    knot_x: NDArray[np.float64] = column("f8")
    screen: NDArray[np.float64] = column("f8", 2)
    start: NDArray[np.int32] = column("i4", 2)
    deal: Table = column(DEAL)
    deal_start: NDArray[np.int32] = column("i4", 2)
    segment: Table = column(SEGMENT)
    joined: NDArray[np.int32] = column("i4", 2)
    source: Table = column(SOURCE)
    team: Table = column(TEAM)
    foreseen: NDArray[np.bool_] = column("?")


class Settings(Group):
    """What holds for the whole run. limit: the horizon, or infinite; begin: whoever enters before it is not seen.

    stateful: customers have a state besides where they are. counters, budgets, passed: how wide it is.
    """

    seed: int = scalar("i8")
    replication: int = scalar("i8")
    limit: float = scalar("f8")
    warm_up: float = scalar("f8")
    begin: float = scalar("f8")
    calendar: bool = scalar("?")
    grid: float = scalar("f8")
    shortest: float = scalar("f8")
    stateful: bool = scalar("?")
    counters: int = scalar("i8")
    budgets: int = scalar("i8")
    passed: int = scalar("i8")
    stages: int = scalar("i8")
    causes: int = scalar("i8")
    most_earnings: int = scalar("i8")
