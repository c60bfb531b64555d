"""Running a plan: tables once, then any number of replications."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from funnelsim.engines.arrivals import make_streams
from funnelsim.engines.compiled.building import make_tables
from funnelsim.engines.compiled.calendar import run_calendar
from funnelsim.engines.compiled.free import CIRCLE, CIRCLE_AT, NARROW, ROOM, RUNAWAY, run_free
from funnelsim.engines.compiled.queues import clear_crew, grow_crew, grow_heaps, make_crew
from funnelsim.engines.compiled.settle import RECORD
from funnelsim.engines.compiled.state import (
    BLOCK,
    ROWS,
    World,
    clear_state,
    grow_buckets,
    grow_rows,
    grow_state,
    make_buckets,
    make_litters,
    make_people,
    make_scratch,
    make_sheets,
    make_state,
    make_unfinished,
    make_visits,
)
from funnelsim.engines.crowds import Crowd, make_crowd
from funnelsim.engines.ranges import WHOLE, Chain, find_deals, identify
from funnelsim.engines.runaways import circle, endless_referrals
from funnelsim.engines.staffing import Staffing
from funnelsim.engines.totals import clear_totals, make_totals
from funnelsim.plan import Plan


class Runner:
    """A plan made ready: its tables and the room to run it in, used again for each replication.

    identity: as in `ranges.identify`; chain: of whole replications. Not for two threads at once.
    """

    def __init__(self, plan: Plan, staffing: Staffing, kept: int) -> None:
        self.plan = plan
        tables, settings = make_tables(plan)
        settings.put(stateful=settings.stateful or kept == ROWS)
        self.world = World(
            tables=tables,
            settings=settings,
            state=make_state(settings, 4 * BLOCK if settings.stateful else 1),
            totals=make_totals(len(plan.stages), len(plan.causes), len(staffing.limits), len(plan.teams)),
            people=make_people(kept, 8 * BLOCK),
            visits=make_visits(8 * BLOCK if kept == ROWS else 0),
            litters=make_litters(4 * BLOCK),
            staffing=staffing,
            unfinished=make_unfinished(8 * BLOCK if len(plan.teams) else 0),
            sheets=make_sheets(len(tables.step)),
        )
        self.identity = identify(plan)
        self.chain = Chain(plan, WHOLE)
        self.streams = make_streams(plan)
        self.first_streams = (self.streams.stream.copy(), self.streams.left.copy())
        self.buckets = make_buckets(len(tables.step), 4 * BLOCK)
        self.scratch = make_scratch(tables, settings)
        self.log = np.zeros(1, dtype=RECORD)
        self.meets = bool(tables.step["meets"].any())
        self.crew = make_crew(plan.team["size"], len(tables.step), len(self.world.state.free)) if self.meets else None

    def run(self, seed: int, replication: int) -> World:
        """Run one replication; the world holds it until the next."""
        if self.crew is None:
            crowd = make_crowd(8 * BLOCK)
            self.chain.begin(seed, replication).gather(0, crowd)
            return self.run_part(seed, replication, crowd, find_deals(self.plan, WHOLE, 0))
        self._begin_anew(seed, replication)
        crew, progress = self.crew, np.zeros(5, dtype=np.int64)

        def run() -> int:
            return run_calendar(self.world, crew, self.streams, self.buckets, self.scratch, self.log, progress)

        return self._run(run, progress, replication)

    def run_part(self, seed: int, replication: int, crowd: Crowd, deals: NDArray[np.int64]) -> World:
        """Run those of one replication, in which nobody meets a team, who are in a crowd or these open deals.

        deals: as `ranges.find_deals` gives them. The world holds them until the next run.
        """
        self._begin_anew(seed, replication)
        progress = np.zeros(5, dtype=np.int64)

        def run() -> int:
            return run_free(self.world, crowd, deals, self.buckets, self.scratch, self.log, progress)

        return self._run(run, progress, replication)

    def _run(self, run: Callable[[], int], progress: NDArray[np.int64], replication: int) -> World:
        """Run to the end, with more room whenever it is wanted."""
        while (ended := run()) == NARROW:
            self._make_room()
        if ended == CIRCLE:
            raise circle(self.plan.stages[progress[CIRCLE_AT]])
        if ended == RUNAWAY:
            raise endless_referrals(replication)
        return self.world

    def _begin_anew(self, seed: int, replication: int) -> None:
        world = self.world
        world.settings.put(seed=seed, replication=replication)
        clear_totals(world.totals)
        self.streams.stream[:], self.streams.left[:] = self.first_streams
        self.buckets.count[:] = 0
        world.sheets.count[:] = 0
        clear_state(world.state)
        for group in (world.people, world.visits, world.litters, world.unfinished):
            group.count[0] = 0
        world.litters.free[0] = -1
        world.litters.ready_count[0] = 0
        if self.crew is not None:
            clear_crew(self.crew, self.plan.team["size"])

    def _make_room(self) -> None:
        """Give everything that is nearly full twice the room."""
        world = self.world
        if world.settings.stateful and world.state.top[0] < BLOCK:
            grow_state(world.state)
        for group in (world.people, world.visits, world.unfinished):
            rows = max(len(getattr(group, name)) for name in group.fields if name != "count")
            if 0 < rows < group.count[0] + ROOM:
                grow_rows(group)
        if len(world.litters.rows) < world.litters.count[0] + world.settings.most_earnings * BLOCK:
            grow_rows(world.litters)
        if self.buckets.count.max() > self.buckets.key.shape[1] - 3 * BLOCK:
            grow_buckets(self.buckets)
        if self.crew is not None:
            grow_heaps(self.crew)
            if len(world.state.free) > len(self.crew.at):
                grow_crew(self.crew, len(world.state.free))
