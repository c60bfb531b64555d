"""Sheets: visits whose times are known, step by step, added to the totals many at a time.

One by one a visit would be added to up to six exact sums and as many histograms; together they are loops over a block.
"""

from __future__ import annotations

import math
from typing import Any

from funnelsim.compiling import inner
from funnelsim.engines.compiled.state import FOUND, LOADS, QUEUED, STAYS, Sheets, World
from funnelsim.engines.staffing import add_answer, add_loads, add_unfinished, has_waited
from funnelsim.engines.summaries import add_times
from funnelsim.engines.totals import (
    COMPLETED,
    ENDED,
    GOODS,
    LOST_HERE,
    OPEN_HERE,
    REVENUE,
    TIME,
    VISIT_COST,
    VISITS,
    WAIT,
    WAITS,
)
from funnelsim.eventlog import LOST, OPEN
from funnelsim.sums import add_block


@inner
def add_all_sheets(world: World) -> None:
    """Add everything that has been noted, when the run is over; last the visits to teams that never end."""
    for s in range(world.sheets.count.size):
        if world.sheets.count[s] > 0:
            add_sheet(world, s)
    for place in range(world.unfinished.count[0]):
        row = world.unfinished.rows[place]
        add_unfinished(world.totals, world.staffing, row.team, row.joined, row.started)


@inner
def add_sheet(world: World, s: int) -> None:
    """Add what has been noted of one step to the totals, and clear its sheet."""
    totals, sheets = world.totals, world.sheets
    step = world.tables.step[s]
    count = sheets.count[s]
    sheets.count[s] = 0
    if step.earns:
        add_block(totals.money[REVENUE], sheets.value[s], count)
        add_block(totals.money[GOODS], sheets.goods[s], count)
    if step.cost >= 0:
        add_block(totals.money[VISIT_COST], sheets.cost[s], count)
    _count_visits(world, s, count)
    if step.manned:
        _count_waits(world, step, s, count)
    if step.responds and step.team >= 0:
        loads = _put_loads_together(sheets, s, count)
        add_loads(
            totals, world.staffing, step.team, sheets.entered[s], sheets.started[s], sheets.served[s], sheets.left[s],
            loads, sheets.spare,
        )  # fmt: skip


@inner
def _count_visits(world: World, s: int, count: int) -> None:
    """Add visits, fates and times at the stage, of those who entered in the window."""
    totals, sheets, begin = world.totals, world.sheets, world.settings.begin
    stage = world.tables.step[s].stage
    entered, started, left, fate = sheets.entered[s], sheets.started[s], sheets.left[s], sheets.fate[s]
    times = sheets.spare[0]
    seen = answered = lost = ended = 0
    for j in range(count):
        if entered[j] >= begin:
            seen += 1
            answered += 0 if math.isnan(started[j]) else 1
            if fate[j] >= 0:
                lost += 1
                totals.losses[stage, fate[j]] += 1
            if fate[j] != STAYS:
                times[ended] = left[j] - entered[j]
                ended += 1
    totals.stage[stage, VISITS] += seen
    totals.stage[stage, LOST_HERE] += lost
    totals.stage[stage, OPEN_HERE] += seen - ended
    totals.stage[stage, COMPLETED] += ended - lost
    totals.stage[stage, ENDED] += ended
    if not world.tables.step[s].manned:
        totals.stage[stage, WAITS] += answered
    add_times(totals.sums[TIME, stage], totals.bins[TIME, stage], totals.extremes[TIME, stage], times, ended)


@inner
def _count_waits(world: World, step: Any, s: int, count: int) -> None:
    """Add the waits for an answer that are over, as `workloads.find_waiting` has it."""
    totals, sheets, staffing, begin = world.totals, world.sheets, world.staffing, world.settings.begin
    stage = step.stage
    entered, started, left, fate, marks = (
        sheets.entered[s], sheets.started[s], sheets.left[s], sheets.fate[s], sheets.marks[s],
    )  # fmt: skip
    waits = sheets.spare[0]
    waited = 0
    for j in range(count):
        if not entered[j] >= begin or marks[j] & FOUND:
            continue
        team = step.team if marks[j] & QUEUED else -1
        outcome = LOST if fate[j] >= 0 else OPEN
        if has_waited(staffing, step.variant, stage, step.touchpoint, team, entered[j], started[j], left[j], outcome):
            waits[waited] = (left[j] if math.isnan(started[j]) else started[j]) - entered[j]
            waited += 1
            add_answer(totals, staffing, stage, team, entered[j], started[j])
    totals.stage[stage, WAITS] += waited
    add_times(totals.sums[WAIT, stage], totals.bins[WAIT, stage], totals.extremes[WAIT, stage], waits, waited)


@inner
def _put_loads_together(sheets: Sheets, s: int, count: int) -> int:
    """Put the visits that are part of a team's load at the beginning of the sheet; return how many they are."""
    entered, started, served, left, marks = (
        sheets.entered[s], sheets.started[s], sheets.served[s], sheets.left[s], sheets.marks[s],
    )  # fmt: skip
    loads = 0
    for j in range(count):
        entered[loads] = entered[j]
        started[loads] = started[j]
        served[loads] = served[j]
        left[loads] = left[j]
        loads += 1 if marks[j] & LOADS else 0
    return loads
