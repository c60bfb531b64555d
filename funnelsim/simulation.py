"""Simulation: replications of a funnel, one by one or side by side, and when there are enough of them.

Replication k is a pure function of (plan, seed, k), so the same replications give the same result for any
number of workers, wherever they are, and a run may be cut in two and merged, or ended and resumed. A run whose
size is beyond `BUDGET` is refused before it begins.
"""

from __future__ import annotations

import importlib.metadata
import math
import platform
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date
from typing import Any, TypeGuard, TypeVar

import numpy as np

from funnelsim import __version__
from funnelsim.causes import Label
from funnelsim.counts import Counts
from funnelsim.errors import InputError, InterruptedRunError, TooLargeError
from funnelsim.estimates import AHEAD, FEWEST, MOST, Precision, find_stop, is_precise
from funnelsim.journal import Journal
from funnelsim.model import Funnel, Run
from funnelsim.parallel.counting import CountJob
from funnelsim.parallel.gathering import run_job
from funnelsim.parallel.jobs import Job
from funnelsim.parallel.pools import ALONE, Workers, check_workers
from funnelsim.plan import expected_visits, make_plan
from funnelsim.replications import check_engine
from funnelsim.tallies import Tally, make_tally
from funnelsim.units import parse_amount, parse_duration, parse_share
from funnelsim.workloads import make_staff, parse_targets

T = TypeVar("T")
#: Called with how many runs of a funnel are done, and of how many at most.
Progress = Callable[[int, int], None]

#: Stage visits (replications × customers × stages × funnels) that a run may have: an hour or so in SimPy.
BUDGET = 200_000_000


def simulate(  # noqa: PLR0913 (the settings of a run, by keyword)
    funnel: Funnel,
    *,
    run: Run | None = None,
    replications: int | None = None,
    seed: int | None = None,
    horizon: float | str | None = None,
    warm_up: float | str | None = None,
    cohort: float | str | None = None,
    start: date | None = None,
    first: int = 0,
    engine: str = "compiled",
    jobs: int = 1,
    backend: str = "local",
    scheduler: str | None = None,
    resume: bool = False,
    precision: str | float | Precision | None = None,
    within: str | Sequence[float | str] | None = None,
    allow_large: bool = False,
    progress: Progress | None = None,
) -> Tally:
    """Run replications `first`, `first` + 1, … of a funnel and tally them.

    run: the settings, which the arguments after it override; times are days or texts with a unit. jobs: how
    many at a time (−1: one per core). backend: `"local"`, or `"dask"` for a Dask cluster, at the address
    `scheduler` or on this machine. resume: go on from what is kept of this run, if it was ended before.
    precision: go on until revenue is as precise (`"2%"` of the mean, or a number: an amount), with 10 to
    1,000 replications, or at most `replications`. within: the times within which an answer is wanted
    (`"2 min, 1 h"`; by default 2 minutes, an hour, a day). Raises InputError for wrong settings,
    TooLargeError beyond the budget, MissingExtraError without Dask, InterruptedRunError on Ctrl-C.
    """
    settings = make_run(run, replications, seed, horizon, warm_up, cohort, start)
    wanted = None if precision is None else parse_precision(precision)
    targets = parse_targets(within)
    workers = check_workers(jobs, backend, scheduler)
    check_engine(engine)
    most = check_size([funnel], settings, replications, wanted, allow_large=allow_large)
    plan = make_plan(funnel, settings)
    staff = make_staff(funnel, settings.start, plan.touchpoints, targets)
    job = CountJob(engine, settings.seed, expected_visits(funnel, settings), plan, staff)

    def is_enough(done: Sequence[Counts]) -> bool:
        return wanted is not None and is_precise([one.revenue for one in done], wanted)

    enough = is_enough if wanted else None
    counts, notes = replicate(job, most, enough, first=first, workers=workers, resume=resume, progress=progress)
    settings = replace(settings, replications=len(counts))
    provenance = describe_run(settings, engine) | {"first": first, "digest": funnel.digest}
    return make_tally(counts, funnel, settings, engine, provenance, notes, targets)


def make_run(
    run: Run | None,
    replications: int | None = None,
    seed: int | None = None,
    horizon: float | str | None = None,
    warm_up: float | str | None = None,
    cohort: float | str | None = None,
    start: date | None = None,
) -> Run:
    """Return the settings of a run with those given put in their place.

    A horizon takes the place of a cohort and the reverse. Raises InputError, with every mistake, for
    numbers that make no sense.
    """
    old = run or Run()
    mistakes: list[str] = []
    new_horizon = _time("horizon", horizon, mistakes)
    new_warm_up = _time("warm_up", warm_up, mistakes)
    new_cohort = _cohort(cohort, mistakes)
    if horizon is not None and cohort is not None:
        mistakes.append("run: give a horizon or a cohort, not both")
    if cohort is not None:
        old = replace(old, horizon=None, warm_up=0.0)
    elif horizon is not None:
        old = replace(old, cohort=None)
    new = Run(
        replications=old.replications if replications is None else replications,
        seed=old.seed if seed is None else seed,
        start=old.start if start is None else start,
        horizon=old.horizon if new_horizon is None else new_horizon,
        warm_up=old.warm_up if new_warm_up is None else new_warm_up,
        cohort=old.cohort if new_cohort is None else new_cohort,
    )
    if not _is_whole(new.replications) or new.replications < 1:
        mistakes.append(f"replications: expected a whole number from 1 on, not {new.replications!r}")
    if not _is_whole(new.seed) or not 0 <= new.seed < 1 << 63:
        mistakes.append(f"seed: expected a whole number from 0 to 2^63 - 1, not {new.seed!r}")
    if new.horizon is None and new.warm_up > 0.0:
        mistakes.append("warm_up: needs a horizon")
    if new.horizon is not None and not new.warm_up < new.horizon:
        mistakes.append(f"warm_up: {new.warm_up:g} d leaves nothing of a horizon of {new.horizon:g} d")
    if mistakes:
        raise InputError(*mistakes)
    return new


def parse_precision(value: str | float | Precision) -> Precision:
    """Read `"2%"` as a share of the mean, and a number, or the text of one, as an amount of money.

    Raises InputError for anything else, and for what is not above 0 (a share: not below 100%).
    """
    if isinstance(value, Precision):
        return value
    text = str(value).strip()
    try:
        if text.endswith("%"):
            share = parse_share(text)
            if 0.0 < share < 1.0:
                return Precision(share=share)
        else:
            amount = parse_amount(text)
            if amount > 0.0:
                return Precision(amount=amount)
    except ValueError:
        pass
    raise InputError(
        "precision: expected half the interval as a share of the mean, such as `2%`, "
        f"or as an amount, such as `5000`, not {text!r}"
    )


def check_size(
    funnels: Sequence[Funnel],
    run: Run,
    replications: int | None,
    precision: Precision | None,
    *,
    allow_large: bool,
) -> int:
    """Return how many replications to run at most; raise TooLargeError where they exceed `BUDGET`.

    With a precision it is `replications` if given, or 1,000, or as many as the budget allows.
    """
    visits = math.fsum(expected_visits(funnel, run) for funnel in funnels)
    most = run.replications
    if precision is not None:
        most = MOST if replications is None else replications
        if not allow_large and visits * (FEWEST + AHEAD) <= BUDGET < visits * most:
            most = int(BUDGET / visits)
    if not allow_large and visits * most > BUDGET:
        several = f" of {len(funnels)} funnels" if len(funnels) > 1 else ""
        raise TooLargeError(
            f"the run is too large: {most:,} replications{several} with about {visits:,.0f} stage visits each "
            f"are {visits * most:,.0f} visits, and the budget is {BUDGET:,}; "
            "use fewer replications or a shorter time, or allow it with --allow-large (allow_large=True)"
        )
    return most


def replicate(
    job: Job[Any, T],
    most: int,
    is_enough: Callable[[Sequence[T]], bool] | None = None,
    *,
    first: int = 0,
    workers: Workers = ALONE,
    resume: bool = False,
    progress: Progress | None = None,
    weight: int = 1,
) -> tuple[list[T], tuple[Label, ...]]:
    """Return replications `first`, `first` + 1, … of a job: `most`, or as many as the precision rule asks for.

    is_enough: whether the first so many results are precise; then the smallest number that is and stays so
    for five more is returned, the same for any workers. Notes say if `most` did not suffice. progress counts
    `weight` for each. What is finished is kept on disk until all is: resume goes on from there. Raises
    InterruptedRunError, which says how many are kept, on Ctrl-C.
    """
    journal: Journal[T] = Journal(job, job.kinds, first)
    wanted = range(first, first + most)
    found = {number: result for number, result in journal.load().items() if number in wanted} if resume else {}
    done: list[T] = []
    precise: list[bool] = []
    stop = _put_in_order(found, first, done, precise, is_enough)
    missing = [number for number in wanted if number not in found] if found else wanted
    if found and progress is not None:
        progress(weight * len(found), weight * most)
    try:
        if missing and stop is None:
            with closing(run_job(job, missing, workers, ahead=is_enough is None)) as finished:
                for number, result in finished:
                    found[number] = result
                    journal.keep(number, result)
                    if progress is not None:
                        progress(weight * len(found), weight * most)
                    stop = _put_in_order(found, first, done, precise, is_enough)
                    if stop is not None:
                        break
    except KeyboardInterrupt as interrupt:
        raise InterruptedRunError(journal.write(), most) from interrupt
    except BaseException as error:
        if kept := journal.write():
            error.add_note(f"{kept} replications are kept: resume=True (--resume) goes on from there")
        raise
    journal.remove()
    if stop is not None:
        return done[:stop], ()
    return done, () if is_enough is None else (_not_reached(most),)


def describe_run(run: Run, engine: str) -> dict[str, Any]:
    """Return the provenance of a run as plain data: seed, replications, window, engine, versions."""
    window: dict[str, Any] = {"start": run.start.isoformat()}
    if run.horizon is not None:
        window |= {"horizon": run.horizon, "warm_up": run.warm_up}
    if run.cohort is not None:
        window |= {"cohort": run.cohort}
    versions = {"funnelsim": __version__, "python": platform.python_version(), "numpy": np.__version__}
    for package in ("numba", "simpy"):
        with suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    return {
        "seed": run.seed,
        "replications": run.replications,
        "window": window,
        "engine": engine,
        "versions": versions,
    }


def _put_in_order(
    found: Mapping[int, T],
    first: int,
    done: list[T],
    precise: list[bool],
    is_enough: Callable[[Sequence[T]], bool] | None,
) -> int | None:
    """Add to `done` what comes next of what is found, asking after each; return how many suffice, if they do."""
    while (number := first + len(done)) in found:
        done.append(found[number])
        if is_enough is not None:
            precise.append(is_enough(done))
            if (stop := find_stop(precise)) is not None:
                return stop
    return None


def _not_reached(most: int) -> Label:
    return Label(
        f"The precision asked for was not reached within {most:,} replications.",
        f"Заданная точность не достигнута; наибольшее число повторов: {most}.",
    )


def _time(name: str, value: float | str | None, mistakes: list[str]) -> float | None:
    """Return a time in days, or note the mistake."""
    if value is None:
        return None
    try:
        days = parse_duration(value) if isinstance(value, str) else float(value)
    except (TypeError, ValueError) as error:
        mistakes.append(f"{name}: {error}")
        return None
    if not (0.0 <= days < math.inf) or (name == "horizon" and days == 0.0):
        mistakes.append(f"{name}: expected a time in days, or a text such as `90 d`, not {value!r}")
        return None
    return days


def _cohort(value: float | str | None, mistakes: list[str]) -> int | float | None:
    """Return a number of arrivals (a whole number, or the text of one) or a time in days."""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if _is_whole(value):
        if value < 1:
            mistakes.append(f"cohort: expected at least one arrival, not {value!r}")
        return int(value)
    days = _time("cohort", value, mistakes)
    if days == 0.0:
        mistakes.append("cohort: expected a time above 0")
    return days


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
