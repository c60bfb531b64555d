"""Measure everything and write RESULTS.md: `python -m benchmarks.run`, from the folder above this one.

Every measurement has a process of its own (`benchmarks.measure`). Rounds are interleaved: each runs every workload with
every contender once, so a drift of the machine meets them all, and ratios are formed within a round.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.machine import describe_machine
from benchmarks.report import Results, write_report
from benchmarks.workloads import CONTENDERS, FOLDER, FUNNELS, ROOT, WORKLOADS, Workload, parse_names

PARTS: Final = ("speed", "start", "jobs", "study", "variance", "growth")
#: From nothing to a first result, in a fresh process.
FIRST_RESULT: Final = """\
import time
begin = time.perf_counter()
import funnelsim
study = funnelsim.load({path!r})
funnelsim.simulate(study.funnel, run=study.run, cohort=1000, engine={engine!r})
print(time.perf_counter() - begin)
"""
#: The reference engine is some thousand times slower, and gets as many fewer customers.
SLOW: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure. share: of the full size; engine: the one that is held against the others."""

    workloads: tuple[str, ...]
    parts: tuple[str, ...]
    rounds: int
    share: float
    engine: str

    @property
    def quick(self) -> bool:
        """Whether this is a smoke run."""
        return self.share < 1.0

    def size(self, customers: float, least: int = 200) -> int:
        """Return how many customers to take instead of the full number."""
        slow = SLOW if self.engine == "reference" else 1.0
        return max(least, round(customers * self.share * slow))


def main() -> int:
    """Measure what the command line asks for; only a full run replaces RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a smoke run of two minutes: small sizes, one round")
    parser.add_argument("--only", metavar="NAMES", help="some workloads, such as w1,w3")
    parser.add_argument("--parts", metavar="NAMES", help=f"some parts of {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, help="interleaved rounds (5)")
    parser.add_argument(
        "--engine", default="compiled", help="the engine to measure: compiled (the default) or reference"
    )
    parser.add_argument(
        "-o", "--output", type=Path, help="where to write; `RESULTS.md` for a full run, else the screen"
    )
    asked = parser.parse_args()
    try:
        options = Options(
            workloads=parse_names(asked.only, [workload.name for workload in WORKLOADS]),
            parts=parse_names(asked.parts, PARTS),
            rounds=asked.rounds or (1 if asked.quick else 5),
            share=0.02 if asked.quick else 1.0,
            engine=asked.engine,
        )
    except ValueError as error:
        parser.error(str(error))
    full = not asked.quick and asked.only is None and asked.parts is None and asked.engine == "compiled"
    report = write_report(measure(options))
    path = asked.output or (FOLDER / "RESULTS.md" if full else None)
    if path is None:
        print(report)
    else:
        path.write_text(report, encoding="utf-8")
    return 0


def measure(options: Options) -> Results:
    """Take all measurements, one after the other."""
    began = time.monotonic()
    results = Results(machine=describe_machine(), rounds=options.rounds, share=options.share, engine=options.engine)
    if "speed" in options.parts:
        results.speed = measure_speed(options)
    if "start" in options.parts:
        results.start = measure_start(options)
    if "jobs" in options.parts:
        results.jobs = measure_jobs(options)
    if "study" in options.parts:
        results.study = measure_study(options)
    if "variance" in options.parts:
        results.variance = measure_variance(options)
    if "growth" in options.parts:
        results.growth = measure_growth(options)
        results.stages = measure_stages(options)
    results.minutes = (time.monotonic() - began) / 60.0
    return results


def measure_speed(options: Options) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Run every workload with every contender that has it, in rounds."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for number in range(options.rounds):
        for name in options.workloads:
            workload = next(workload for workload in WORKLOADS if workload.name == name)
            for contender, customers in _sizes(workload, options):
                result = run_child("speed", contender=contender, workload=name, customers=customers, seed=100 + number)
                found.setdefault(name, {}).setdefault(contender, []).append(result)
                speed = result["sums"]["customers"] / result["cpu"]
                tell(f"round {number + 1} of {options.rounds}: {name}, {contender}: {speed:,.0f} customers a second")
    return found


def measure_start(options: Options) -> dict[str, list[float]]:
    """Take the times from import to a first result, with and without compiled code, and of asking for help."""
    found: dict[str, list[float]] = {}
    help_command = [sys.executable, "-m", "funnelsim", "--help"]
    codes = {
        name: [sys.executable, "-c", FIRST_RESULT.format(path=str(FUNNELS / f"{name}.yaml"), engine=options.engine)]
        for name in ("w1", "w2")
    }
    for number in range(options.rounds):
        for name, code in codes.items():
            if number < 2 and not (options.quick and name == "w2"):  # each of these takes long
                with tempfile.TemporaryDirectory() as folder:
                    environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
                    found.setdefault(f"{name} cold", []).append(float(run(code, environment)))
                    run(code, environment)  # what was compiled must serve the next process
            found.setdefault(f"{name} warm", []).append(float(run(code)))
        began = time.perf_counter()
        run(help_command)
        found.setdefault("help", []).append(time.perf_counter() - began)
        tell(f"round {number + 1} of {options.rounds}: start-up")
    return found


def measure_jobs(options: Options) -> dict[str, dict[str, Any]]:
    """Run the same replications with one thread and with two."""
    found = {}
    for title, workload, replications, customers in (
        ("W1, 200 × 5,000", "w1", 200, 5_000),
        ("W1, 200 × 100,000", "w1", 200, 100_000),
        ("W1, 1 × 20,000,000", "w1", 1, 20_000_000),
        ("W2, 200 × 20,000", "w2", 200, 20_000),
    )[: 1 if options.quick else None]:
        found[title] = run_child(
            "jobs",
            pinned=False,
            engine=options.engine,
            workload=workload,
            replications=max(1, round(replications * options.share)),
            customers=options.size(customers),
            rounds=options.rounds,
            jobs=[1, 2],
        )
        tell(f"two threads: {title}")
    return found


def measure_study(options: Options) -> dict[int, list[dict[str, Any]]]:
    """Compare ten scenarios, with one thread and with two."""
    found: dict[int, list[dict[str, Any]]] = {1: [], 2: []}
    for number in range(options.rounds):
        for jobs, results in found.items():
            results.append(
                run_child(
                    "study",
                    pinned=jobs == 1,
                    engine=options.engine,
                    replications=max(2, round(200 * options.share)),
                    customers=options.size(5_000),
                    jobs=jobs,
                )
            )
        tell(f"round {number + 1} of {options.rounds}: ten scenarios compared")
    return found


def measure_variance(options: Options) -> dict[int, dict[str, Any]]:
    """Estimate lifts from pairs and from independent runs: 200 replications, and more for the ratio in the long run."""
    found = {}
    for replications in (200, 4_000)[: 1 if options.quick else None]:
        number = max(20, round(replications * options.share))
        if number not in found:
            found[number] = run_child(
                "variance", engine=options.engine, replications=number, customers=options.size(5_000), seed=5
            )
            tell(f"variance of the lift: {number} replications")
    return found


def measure_growth(options: Options) -> list[dict[str, Any]]:
    """Take time and memory from 10⁴ customers on: W1 up to 10⁸, W2 up to 10⁷."""
    found = []
    for workload, most in (("w1", 8), ("w2", 7)):
        sizes = sorted({options.size(10.0**power) for power in range(4, most + 1)})
        for customers in sizes:
            result = run_child("speed", contender=options.engine, workload=workload, customers=customers, seed=1)
            found.append({"workload": workload, "customers": customers, **result})
            tell(f"growth: {workload}, {customers:,} customers: {result['cpu']:.3g} s, {result['memory']:.0f} MB")
    return found


def measure_stages(options: Options) -> list[dict[str, Any]]:
    """Take time and memory of chains of 2 to 200 stages, each with about as many visits."""
    found = []
    for stages in (2, 20, 200) if options.quick else (2, 5, 10, 20, 50, 100, 200):
        customers = options.size(20_000_000 / stages)
        result = run_child("stages", engine=options.engine, stages=stages, customers=customers, seed=1)
        found.append({"stages": stages, "customers": customers, **result})
        tell(f"growth: {stages} stages: {result['cpu']:.3g} s")
    return found


def run_child(what: str, *, pinned: bool = True, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 (any setting)
    """Take one measurement in a process of its own, on one core if `pinned`."""
    command = [sys.executable, "-m", "benchmarks.measure", json.dumps({"what": what, "pinned": pinned, **asked})]
    result: dict[str, Any] = json.loads(run(command).splitlines()[-1])
    return result


def run(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    """Run a command from the folder above this one and return what it prints; its mistakes are shown.

    Python keeps bytecode, as it does for whoever has not switched that off.
    """
    kept = {name: value for name, value in (environment or os.environ).items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, cwd=ROOT, env=kept, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def tell(message: str) -> None:
    """Say how far it is."""
    print(message, file=sys.stderr, flush=True)


def _sizes(workload: Workload, options: Options) -> Iterator[tuple[str, int]]:
    """Yield the contenders that have a workload and are installed, with their numbers of customers."""
    for contender in CONTENDERS:
        customers = workload.customers.get(contender.name)
        wanted = contender.name != "compiled" or options.engine == "compiled"
        if customers is not None and wanted and importlib.util.find_spec(contender.package) is not None:
            yield contender.name, max(200, round(customers * options.share))


if __name__ == "__main__":
    raise SystemExit(main())
