"""Simulation: replications of a funnel, one by one or side by side, and when there are enough of them.

Replication k is a pure function of (plan, seed, k), so the same replications give the same result for any
number of processes, and a run may be cut in two and merged. A run whose size is beyond `BUDGET` is refused
before it begins.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import math
import platform
import signal
import threading
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, Self, TypeGuard, TypeVar

import numpy as np

from funnelsim import __version__
from funnelsim.causes import Label
from funnelsim.counts import Counts, count
from funnelsim.engines.journeys import Journeys
from funnelsim.errors import InputError, TooLargeError
from funnelsim.estimates import AHEAD, FEWEST, MOST, Precision, find_stop, is_precise
from funnelsim.eventlog import EventLog
from funnelsim.model import Funnel, Run
from funnelsim.plan import Plan, expected_visits, make_plan
from funnelsim.tallies import Tally, make_tally
from funnelsim.units import parse_amount, parse_duration, parse_share
from funnelsim.workloads import Staff, make_staff, parse_targets

T = TypeVar("T")
Engine = Callable[[Plan, int, int], Journeys]
#: Called with how many runs of a funnel are done, and of how many at most.
Progress = Callable[[int, int], None]

#: Engines by name; each module has `run_replication(plan, seed, replication)`.
ENGINES = {"reference": "funnelsim.engines.reference"}
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
    engine: str = "reference",
    jobs: int = 1,
    precision: str | float | Precision | None = None,
    within: str | Sequence[float | str] | None = None,
    allow_large: bool = False,
    progress: Progress | None = None,
) -> Tally:
    """Run replications `first`, `first` + 1, … of a funnel and tally them.

    run: the settings, which the arguments after it override; times are days or texts with a unit. jobs:
    processes (−1: one per core). precision: go on until revenue is as precise (`"2%"` of the mean, or a
    number: an amount), with 10 to 1,000 replications, or at most `replications`. within: the times within
    which an answer is wanted (`"2 min, 1 h"`; by default 2 minutes, an hour, a day). Raises InputError for
    wrong settings, TooLargeError beyond the budget.
    """
    settings = make_run(run, replications, seed, horizon, warm_up, cohort, start)
    wanted = None if precision is None else parse_precision(precision)
    targets = parse_targets(within)
    run_one = find_engine(engine)
    most = check_size([funnel], settings, replications, wanted, allow_large=allow_large)
    plan = make_plan(funnel, settings)
    staff = make_staff(funnel, settings.start, plan.touchpoints, targets)
    task = partial(_count_one, run_one, plan, staff, settings.seed)

    def is_enough(done: Sequence[Counts]) -> bool:
        return wanted is not None and is_precise([one.revenue for one in done], wanted)

    enough = is_enough if wanted else None
    counts, notes = replicate(task, most, enough, first=first, jobs=jobs, progress=progress)
    settings = replace(settings, replications=len(counts))
    provenance = describe_run(settings, engine) | {"first": first, "digest": funnel.digest}
    return make_tally(counts, funnel, settings, engine, provenance, notes, targets)


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
    engine: str = "reference",
    allow_large: bool = False,
) -> EventLog:
    """Return one replication as an event log, of everyone who came; arguments as in `simulate`."""
    settings = make_run(run, 1, seed, horizon, warm_up, cohort, start)
    run_one = find_engine(engine)
    check_size([funnel], settings, None, None, allow_large=allow_large)
    plan = make_plan(funnel, settings)
    journeys = run_one(plan, settings.seed, replication)
    return EventLog(
        customers=journeys.customers,
        visits=journeys.visits,
        stages=plan.stages,
        causes=plan.causes,
        sources=plan.sources,
        touchpoints=plan.touchpoints,
        variants=tuple("+".join(plan.segments[number] for number in variant) for variant in plan.variants),
        start=settings.start.isoformat(),
        provenance=describe_run(settings, engine) | {"replication": replication, "digest": funnel.digest},
    )


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


def find_engine(name: str) -> Engine:
    """Return the engine of a name; raises InputError, with a suggestion, where there is none."""
    if name not in ENGINES:
        close = difflib.get_close_matches(name, ENGINES, n=1, cutoff=0.5)
        guess = f" (did you mean {close[0]!r}?)" if close else ""
        raise InputError(f"engine: there is no engine {name!r}{guess}; there is: {', '.join(ENGINES)}")
    run_replication: Engine = importlib.import_module(ENGINES[name]).run_replication
    return run_replication


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
    task: Callable[[int], T],
    most: int,
    is_enough: Callable[[Sequence[T]], bool] | None = None,
    *,
    first: int = 0,
    jobs: int = 1,
    progress: Progress | None = None,
    weight: int = 1,
) -> tuple[list[T], tuple[Label, ...]]:
    """Return task(first), task(first + 1), …: `most` of them, or as many as the precision rule asks for.

    is_enough: whether the results so far are precise; then the smallest number that is and stays so for
    five more is returned, the same for any `jobs`. Notes say if `most` did not suffice. progress counts
    `weight` for each.
    """
    done: list[T] = []
    precise: list[bool] = []
    with _Workers(jobs) as workers:
        while len(done) < most:
            size = most - len(done)
            if is_enough is not None:
                size = min(size, max(FEWEST + AHEAD - len(done), workers.jobs))
            batch = range(first + len(done), first + len(done) + size)
            with closing(workers.run(task, batch)) as results:
                for result in results:
                    done.append(result)
                    if is_enough is not None:
                        precise.append(is_enough(done))
                    if progress is not None:
                        progress(weight * len(done), weight * most)
            if (stop := find_stop(precise)) is not None:
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


class _Workers:
    """Processes that are started when first needed and stopped at once when anything goes wrong."""

    def __init__(self, jobs: int) -> None:
        if not _is_whole(jobs) or jobs == 0 or jobs < -1:
            raise InputError(f"jobs: expected a number of processes, or -1 for one per core, not {jobs!r}")
        if jobs == -1:
            from joblib import effective_n_jobs

            jobs = int(effective_n_jobs(-1))
        self.jobs = jobs

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self.jobs > 1:
            from joblib.externals.loky import get_reusable_executor

            get_reusable_executor().shutdown(wait=True, kill_workers=True)

    def run(self, task: Callable[[int], T], numbers: Iterable[int]) -> Generator[T]:
        """Yield the results in order."""
        if self.jobs == 1:
            yield from map(task, numbers)
            return
        from joblib import Parallel, delayed

        parallel = Parallel(n_jobs=self.jobs, backend="loky", return_as="generator")
        with _ignored_interrupts():  # processes started here inherit it, and leave interrupts to their parent
            results = parallel(delayed(task)(number) for number in numbers)
        try:
            for result in results:  # noqa: UP028 (`yield from` would close them where the warning is not ignored)
                yield result
        finally:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # joblib's, of results that nobody will use
                results.close()


@contextmanager
def _ignored_interrupts() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.default_int_handler)


def _count_one(engine: Engine, plan: Plan, staff: Staff, seed: int, replication: int) -> Counts:
    journeys = engine(plan, seed, replication)
    return count(journeys, plan.window, len(plan.stages), len(plan.causes), replication, staff)


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
