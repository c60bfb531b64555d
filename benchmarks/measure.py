"""One measurement in a process of its own: what to measure is told in JSON, and so is what was found.

CPU time is that of the whole process (all threads) between the beginning and the end of a run, after a small one that
warms up; the peak of memory is the most that the process ever held, and is told beside what it held before the run.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from benchmarks.rivals.sums import Model
from benchmarks.workloads import FUNNELS, Workload, find_workload, make_chain

T = TypeVar("T")
#: Modules with `MODELS` by workload, and the name of that table.
RIVALS: Final = {
    "simpy": ("by_simpy", "MODELS"),
    "simpy_events": ("by_simpy", "EVENTS"),
    "salabim": ("by_salabim", "MODELS"),
    "ciw": ("by_ciw", "MODELS"),
    "numpy": ("by_numpy", "MODELS"),
}
#: Customers in the run that warms up.
FEW: Final = 200
MEGABYTE: Final = 1e6


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds that something took: of the processor (all threads), and by the clock on the wall."""

    cpu: float
    wall: float


def measure_speed(contender: str, workload: str, customers: int, seed: int) -> dict[str, Any]:
    """Run a workload once."""
    model = find_model(contender, find_workload(workload))
    model(FEW, seed)
    before = peak_memory()
    sums, timing = timed(lambda: model(customers, seed))
    return {
        "cpu": timing.cpu,
        "wall": timing.wall,
        "memory": peak_memory(),
        "before": before,
        "sums": sums.as_dict(),
    }


def measure_stages(engine: str, stages: int, customers: int, seed: int) -> dict[str, Any]:
    """Run a chain of so many stages."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.yaml"
        path.write_text(make_chain(stages), encoding="utf-8")
        model = find_model(engine, Workload("chain", "", path, {}))
        model(FEW, seed)
        sums, timing = timed(lambda: model(customers, seed))
    return {"cpu": timing.cpu, "visits": sums.visits, "memory": peak_memory()}


def measure_jobs(
    engine: str, workload: str, replications: int, customers: int, rounds: int, jobs: list[int]
) -> dict[str, Any]:
    """Run the same replications with one thread or process, and with several, in turns."""
    import funnelsim

    study = funnelsim.load(find_workload(workload).path)
    walls: dict[int, list[float]] = {number: [] for number in jobs}
    digests: set[str] = set()
    for number in jobs:
        funnelsim.simulate(study.funnel, replications=2, cohort=FEW, engine=engine, jobs=number)
    for _ in range(rounds):
        for number in jobs:
            tally, timing = timed(
                lambda number=number: funnelsim.simulate(  # type: ignore[misc]  # called before the next turn
                    study.funnel,
                    replications=replications,
                    cohort=customers,
                    seed=1,
                    engine=engine,
                    jobs=number,
                    allow_large=True,
                )
            )
            walls[number].append(timing.wall)
            digests.add(digest(tally))
    return {"walls": {str(number): found for number, found in walls.items()}, "equal": len(digests) == 1}


def measure_study(engine: str, replications: int, customers: int, jobs: int) -> dict[str, Any]:
    """Compare the ten scenarios on W1."""
    import funnelsim

    study = funnelsim.load(FUNNELS / "w1_study.yaml")
    funnelsim.compare(study, replications=2, cohort=FEW, engine=engine, jobs=jobs)
    before = peak_memory()
    comparison, timing = timed(
        lambda: funnelsim.compare(
            study, replications=replications, cohort=customers, engine=engine, jobs=jobs, allow_large=True
        )
    )
    return {
        "cpu": timing.cpu,
        "wall": timing.wall,
        "memory": peak_memory(),
        "before": before,
        "scenarios": len(comparison.scenarios),
    }


def measure_variance(engine: str, replications: int, customers: int, seed: int) -> dict[str, Any]:
    """Estimate a lift per customer from pairs that share their random numbers, and from independent runs."""
    import numpy as np

    import funnelsim

    study = funnelsim.load(FUNNELS / "w1_study.yaml")
    study = replace(study, scenarios=tuple(s for s in study.scenarios if s.name in {"rival_halved", "stage_dropped"}))
    first, other = (
        funnelsim.compare(
            study, replications=replications, cohort=customers, seed=seed + step, engine=engine, allow_large=True
        )
        for step in (0, 1)
    )
    luck = np.random.default_rng(seed)
    base = first.base.tally.revenue / customers
    found: dict[str, Any] = {}
    for here, there in zip(first.scenarios, other.scenarios, strict=True):
        paired = here.tally.revenue / customers - base
        independent = there.tally.revenue / customers - base
        picks = luck.integers(0, replications, (4000, replications))
        ratios = independent[picks].var(axis=1, ddof=1) / paired[picks].var(axis=1, ddof=1)
        found[here.name] = {
            "paired": [float(paired.mean()), float(paired.std(ddof=1) / replications**0.5)],
            "independent": [float(independent.mean()), float(independent.std(ddof=1) / replications**0.5)],
            "ratio": float(independent.var(ddof=1) / paired.var(ddof=1)),
            "interval": [float(bound) for bound in np.quantile(ratios, (0.025, 0.975))],
        }
    return found


def find_model(contender: str, workload: Workload) -> Model:
    """Return what runs a workload with a contender."""
    if contender in RIVALS:
        module, table = RIVALS[contender]
        models: Mapping[str, Model] = getattr(importlib.import_module(f"benchmarks.rivals.{module}"), table)
        return models[workload.name]
    from benchmarks.rivals.by_funnelsim import make_model

    return make_model(workload, contender)


def timed(run: Callable[[], T]) -> tuple[T, Timing]:
    """Run something and say how long it took."""
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    result = run()
    return result, Timing(time.process_time() - cpu, time.perf_counter() - wall)


def peak_memory() -> float:
    """The most memory that this process has held, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE


def digest(tally: Any) -> str:  # noqa: ANN401 (funnelsim is imported where it is measured)
    """A digest of every number of a tally."""
    found = hashlib.sha256()
    for name in ("customers", "won", "open", "revenue", "cost", "days", "visits", "losses", "fates", "wait", "time"):
        found.update(getattr(tally, name).tobytes())
    return found.hexdigest()


MEASURES: Final[Mapping[str, Callable[..., dict[str, Any]]]] = {
    "speed": measure_speed,
    "stages": measure_stages,
    "jobs": measure_jobs,
    "study": measure_study,
    "variance": measure_variance,
}


def main() -> None:
    """Measure what the first argument asks for, on one core if it says so."""
    asked = json.loads(sys.argv[1])
    if asked.pop("pinned") and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(json.dumps(MEASURES[asked.pop("what")](**asked)))


if __name__ == "__main__":
    main()
