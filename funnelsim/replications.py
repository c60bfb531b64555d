"""One replication of a funnel, run and counted, on any engine.

The reference engine gives everyone's journeys, which are then counted; the compiled engine adds up while it runs and
keeps nobody. Both ways give the same counts and the same fates.
"""

from __future__ import annotations

import difflib
import threading
from typing import TYPE_CHECKING, Final

from funnelsim.counts import Counts, Fates, count, count_totals, trace_fates
from funnelsim.engines.journeys import Journeys
from funnelsim.errors import InputError
from funnelsim.plan import Plan
from funnelsim.workloads import Staff, make_staffing

if TYPE_CHECKING:
    from funnelsim.engines.compiled import Runner

#: Engines by name; the first is the default.
ENGINES: Final = ("compiled", "reference")
#: Plans that a thread keeps ready.
MOST_READY: Final = 64

_ready = threading.local()


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


def run_and_count(
    engine: str, plan: Plan, staff: Staff, seed: int, replication: int, *, fates: bool = False
) -> tuple[Counts, Fates | None]:
    """Return the counts of one replication and, if asked for, everyone's fate."""
    if engine == "reference":
        journeys = run_replication(engine, plan, seed, replication)
        counts = count(journeys, plan.window, len(plan.stages), len(plan.causes), replication, staff)
        return counts, trace_fates(journeys, plan.window, len(plan.causes)) if fates else None
    world = _runner(plan, staff, fates=fates).run(seed, replication)
    counts = count_totals(world.totals, plan.window, replication, staff)
    if not fates:
        return counts, None
    people = world.people.fates[: world.people.count[0]]
    return counts, Fates(*(people[name].copy() for name in ("key", "code", "belongs", "paid")))


def _runner(plan: Plan, staff: Staff, *, fates: bool) -> Runner:
    """Return a plan made ready, the same one for this thread as long as it is among the last it has run."""
    from funnelsim.engines import compiled

    made: dict[tuple[int, int, bool], tuple[Plan, Staff, Runner]] = _ready.__dict__.setdefault("made", {})
    identity = (id(plan), id(staff), fates)
    if identity not in made:
        if len(made) >= MOST_READY:
            del made[next(iter(made))]
        kept = compiled.FATES if fates else compiled.NOTHING
        made[identity] = (plan, staff, compiled.Runner(plan, make_staffing(staff, plan.window), kept))
    return made[identity][2]
