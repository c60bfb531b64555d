"""One replication of a funnel, or a part of it, run and counted, on any engine.

The reference engine gives everyone's journeys, which are then counted; the compiled engine adds up while it runs and
keeps nobody. Both ways give the same counts and the same fates.
"""

from __future__ import annotations

import difflib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from funnelsim.counts import Counts, Fates, count, count_totals, trace_fates
from funnelsim.engines.crowds import Crowd, make_crowd
from funnelsim.engines.journeys import Journeys
from funnelsim.engines.ranges import WHOLE, Chains, Cut, find_deals
from funnelsim.errors import InputError
from funnelsim.plan import Plan
from funnelsim.workloads import Staff, make_staffing

if TYPE_CHECKING:
    from funnelsim.engines.compiled import Runner
    from funnelsim.engines.totals import Totals

#: Engines by name; the first is the default.
ENGINES: Final = ("compiled", "reference")
#: Plans that a thread keeps ready, and crowds, each with room for so many at first.
MOST_READY: Final = 64
MOST_CROWDS: Final = 4
ROOM: Final = 8192

_ready = threading.local()
_chains: Final = Chains()


def check_engine(name: str) -> str:
    """Return the name of an engine; raises InputError, with a suggestion, where there is none."""
    if name not in ENGINES:
        close = difflib.get_close_matches(name, ENGINES, n=1, cutoff=0.5)
        guess = f" (did you mean {close[0]!r}?)" if close else ""
        raise InputError(f"engine: there is no engine {name!r}{guess}; there is: {', '.join(ENGINES)}")
    return name


def run_replication(engine: str, plan: Plan, seed: int, replication: int) -> Journeys:
    """Return everything that everyone lives through in one replication."""
    if engine == "reference":
        from funnelsim.engines import reference

        return reference.run_replication(plan, seed, replication)
    from funnelsim.engines import compiled

    return compiled.run_replication(plan, seed, replication)


def run_in_chunks(plan: Plan, seed: int, replication: int) -> Iterator[Journeys]:
    """Yield the same in chunks, on the compiled engine; see there."""
    from funnelsim.engines import compiled

    return compiled.run_in_chunks(plan, seed, replication)


def run_and_count(
    engine: str, plan: Plan, staff: Staff, seed: int, replication: int, *, fates: bool = False
) -> tuple[Counts, Fates | None]:
    """Return the counts of one replication and, if asked for, everyone's fate: until the next run of the plan."""
    if engine == "reference":
        journeys = run_replication(engine, plan, seed, replication)
        counts = count(journeys, plan.window, len(plan.stages), len(plan.causes), replication, staff)
        return counts, trace_fates(journeys, plan.window, len(plan.causes)) if fates else None
    totals, found = add_up_part(plan, staff, seed, replication, WHOLE, 0, fates=fates)
    return count_totals(totals, plan.window, replication, staff), found


def add_up_part(
    plan: Plan, staff: Staff, seed: int, replication: int, cut: Cut, part: int, *, fates: bool = False
) -> tuple[Totals, Fates | None]:
    """Return what one part of a replication adds up to and, if asked for, the fates of everyone in it.

    On the compiled engine. Both are there until the next run of the plan in this thread.
    """
    runner = _runner(plan, staff, fates=fates)
    if runner.crew is None:
        crowd = _crowd(runner, seed, replication, cut, part)
        world = runner.run_part(seed, replication, crowd, find_deals(plan, cut, part))
    else:
        world = runner.run(seed, replication)
    if not fates:
        return world.totals, None
    people = world.people.fates[: world.people.count[0]]
    return world.totals, Fates(*(people[name].copy() for name in ("key", "code", "belongs", "paid")))


def _runner(plan: Plan, staff: Staff, *, fates: bool) -> Runner:
    """Return a plan made ready, the same one for this thread as long as it is among the last it has run."""
    made: dict[tuple[int, int, bool], tuple[Plan, Staff, Runner]] = _ready.__dict__.setdefault("made", {})
    identity = (id(plan), id(staff), fates)
    if identity not in made:
        from funnelsim.engines import compiled

        if len(made) >= MOST_READY:
            del made[next(iter(made))]
        kept = compiled.FATES if fates else compiled.NOTHING
        made[identity] = (plan, staff, compiled.Runner(plan, make_staffing(staff, plan.window), kept))
    return made[identity][2]


def _crowd(runner: Runner, seed: int, replication: int, cut: Cut, part: int) -> Crowd:
    """Return everyone who arrives in a part: of scenarios with the same sources the same crowd, made once."""
    made: dict[bytes, tuple[object, Crowd]] = _ready.__dict__.setdefault("crowds", {})
    wanted = (cut, seed, replication, part)
    found, crowd = made.get(runner.identity, (None, None))
    if crowd is None:
        crowd = make_crowd(ROOM) if len(made) < MOST_CROWDS else made.pop(next(iter(made)))[1]
    if found != wanted:
        if cut.parts == 1:
            chain = runner.chain.begin(seed, replication)
        else:
            chain = _chains.find(runner.identity, runner.plan, cut, seed, replication)
        chain.gather(part, crowd)
        made[runner.identity] = (wanted, crowd)
    return crowd
