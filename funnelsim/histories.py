"""Histories: one replication as an event log, in memory, or on disk without ever being in memory as a whole."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from funnelsim.engines.journeys import Journeys
from funnelsim.eventlog import EventLog
from funnelsim.logfiles import check_ending, write_logs
from funnelsim.model import Funnel, Run
from funnelsim.parallel.counting import THREADED
from funnelsim.parallel.threads import run_aside
from funnelsim.plan import Plan, make_plan
from funnelsim.replications import check_engine, run_in_chunks, run_replication
from funnelsim.simulation import check_size, describe_run, make_run


def history(  # noqa: PLR0913 (the settings of a run, by keyword)
    funnel: Funnel,
    *,
    run: Run | None = None,
    seed: int | None = None,
    horizon: float | str | None = None,
    warm_up: float | str | None = None,
    cohort: float | str | None = None,
    start: date | None = None,
    replication: int = 0,
    engine: str = "compiled",
    allow_large: bool = False,
) -> EventLog:
    """Return one replication as an event log, of everyone who came; arguments as in `simulate`."""
    settings = make_run(run, 1, seed, horizon, warm_up, cohort, start)
    plan, name = _prepare(funnel, settings, replication, engine, allow_large=allow_large)
    live = partial(run_replication, engine, plan, settings.seed, replication)
    return name(run_aside(live) if engine in THREADED else live())


def write_history(  # noqa: PLR0913 (the settings of a run, by keyword)
    funnel: Funnel,
    path: str | os.PathLike[str],
    *,
    run: Run | None = None,
    seed: int | None = None,
    horizon: float | str | None = None,
    warm_up: float | str | None = None,
    cohort: float | str | None = None,
    start: date | None = None,
    replication: int = 0,
    engine: str = "compiled",
    allow_large: bool = False,
) -> None:
    """Write one replication to a `.csv` or a `.parquet` file, whole or not at all, as `write_log` writes its `history`.

    Where nobody meets a team, the engine `compiled` runs and writes it in chunks, and memory does not grow with it.
    Raises InputError also where the file cannot be written, MissingExtraError without pyarrow.
    """
    check_ending(path)
    settings = make_run(run, 1, seed, horizon, warm_up, cohort, start)
    write_logs(stream_history(funnel, settings, replication, engine, allow_large=allow_large), path)


def stream_history(
    funnel: Funnel, run: Run, replication: int, engine: str, *, allow_large: bool = False
) -> Iterator[EventLog]:
    """Return an iterator over one replication in parts, whose tables, one after the other, are that of the whole."""
    plan, name = _prepare(funnel, run, replication, engine, allow_large=allow_large)
    if engine not in THREADED:
        return map(name, iter([run_replication(engine, plan, run.seed, replication)]))
    return map(name, _run_aside(run_in_chunks(plan, run.seed, replication)))


def _run_aside(chunks: Iterator[Journeys]) -> Iterator[Journeys]:
    """Yield what an iterator does, made in other threads: an interrupt need not wait for it."""
    while (journeys := run_aside(partial(next, chunks, None))) is not None:
        yield journeys


def _prepare(
    funnel: Funnel, run: Run, replication: int, engine: str, *, allow_large: bool
) -> tuple[Plan, Callable[[Journeys], EventLog]]:
    """Return the plan of a run that is not too large, and what gives the names to its journeys."""
    check_engine(engine)
    check_size([funnel], run, None, None, allow_large=allow_large)
    plan = make_plan(funnel, run)
    provenance = describe_run(run, engine) | {"replication": replication, "digest": funnel.digest}

    def name(journeys: Journeys) -> EventLog:
        return EventLog(
            customers=journeys.customers,
            visits=journeys.visits,
            stages=plan.stages,
            causes=plan.causes,
            sources=plan.sources,
            touchpoints=plan.touchpoints,
            variants=tuple("+".join(plan.segments[number] for number in variant) for variant in plan.variants),
            start=run.start.isoformat(),
            provenance=provenance,
            until=math.inf if run.horizon is None else run.horizon,
        )

    return plan, name
