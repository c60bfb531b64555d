"""RESULTS.md: the figures of a run as tables, with the targets beside them. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from benchmarks.workloads import CONTENDERS, WORKLOADS

Row = list[str]
#: What theory says a customer of a workload brings; the other workloads are held against each other.
EXACT: Final = {
    "w1": {"conversion": 0.356849762036, "revenue": 48.889349914, "days": 4.678532985, "visits": 5.321683223},
    "w1_loops": {"conversion": 0.354595071, "revenue": 53.336118129},
    "w3": {"waiting": 1.5249864415},
}


@dataclass(slots=True)
class Results:
    """Everything measured; what was left out is empty. Shapes: see `benchmarks.run`."""

    machine: list[str]
    rounds: int
    share: float
    engine: str
    speed: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    start: dict[str, list[float]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    study: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    variance: dict[int, dict[str, Any]] = field(default_factory=dict)
    growth: list[dict[str, Any]] = field(default_factory=list)
    stages: list[dict[str, Any]] = field(default_factory=list)
    minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class Target:
    """A target and what was measured. steps: floor, aim, dream; below: whether small values are good."""

    name: str
    found: float
    steps: tuple[float, ...]
    unit: str
    below: bool = False

    def verdict(self) -> str:
        """How far it got."""
        passed = sum(self.found <= step if self.below else self.found >= step for step in self.steps)
        return ("**not met**", "floor", "aim", "dream")[passed]

    def cells(self) -> Row:
        """The row of the table."""
        steps = [show(step) + self.unit for step in self.steps]
        return [self.name, show(self.found) + self.unit, *steps, *[""] * (3 - len(steps)), self.verdict()]


def write_report(results: Results) -> str:
    """Return the whole page."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `python -m benchmarks.run` (`nox -s bench`); [README.md](README.md) says what is measured and how.",
    ]
    if results.share < 1.0 or results.engine != "compiled":
        lines += [
            "",
            f"**A smoke run**: {results.share:g} of the full sizes, engine {results.engine}. No figures to quote.",
        ]
    lines += ["", *(f"- {line}" for line in results.machine)]
    lines += [f"- {results.rounds} interleaved rounds, medians; {results.minutes:.0f} minutes in all"]
    lines += [
        "",
        "Absolute figures drift with the machine: quote ratios. A processor without AVX-512 reaches .4 to .7 of them.",
    ]
    for part in (_targets, _speed, _memory, _findings, _start, _jobs, _study, _variance, _growth, _stages):
        lines += part(results)
    return "\n".join([*lines, ""])


def find_targets(results: Results) -> list[Target]:
    """Return the targets of everything that was measured."""
    ratios = (
        ("w1", "W1, times SimPy by hand", (100.0, 150.0, 200.0)),
        ("stress", "Stress, times SimPy by hand", (60.0, 100.0)),
        ("w1_loops", "W1 with loops and segments, times SimPy by hand", (75.0, 110.0)),
        ("w2", "W2, times SimPy by hand", (60.0, 100.0, 120.0)),
        ("w2_calendar", "W2 through the calendar, times SimPy by hand", (35.0, 50.0)),
        ("w3", "W3, times SimPy by hand", (100.0, 190.0)),
    )
    found = [
        Target(title, median(_ratios(results, name, results.engine)), steps, "×")
        for name, title, steps in ratios
        if _ratios(results, name, results.engine)
    ]
    found += [
        Target(f"Two threads, {title}", _gain(result), (1.85, 1.97), "×") for title, result in results.jobs.items()
    ]
    for key, name, steps in (
        ("w1 warm", "Import to first result, compiled before (W1)", (0.6, 0.35)),
        ("w2 warm", "Import to first result, compiled before (W2)", (0.6, 0.35)),
        ("w1 cold", "Import to first result, nothing compiled (W1)", (15.0, 10.0)),
        ("w2 cold", "Import to first result, nothing compiled (W2)", (15.0, 10.0)),
        ("help", "`funnelsim --help`", (0.5,)),
    ):
        if key in results.start:
            found.append(Target(name, median(results.start[key]), steps, " s", below=True))
    if results.study:
        walls = [one["wall"] for one in results.study[1]]
        found.append(
            Target(
                "Ten scenarios × 200 × 5,000 on W1 compared, one thread", median(walls), (3.0, 1.0), " s", below=True
            )
        )
    if results.variance:
        longest = results.variance[max(results.variance)]
        found += [
            Target(
                "Variance, independent over paired: hazard halved", longest["rival_halved"]["ratio"], (50.0, 66.0), "×"
            ),
            Target(
                "Variance, independent over paired: stage dropped", longest["stage_dropped"]["ratio"], (8.0, 11.0), "×"
            ),
        ]
    if large := [one for one in results.growth if one["workload"] == "w1"]:
        most = max(large, key=lambda one: float(one["customers"]))
        found.append(
            Target(
                f"Peak of memory, W1 with {most['customers']:,} customers", most["memory"], (500.0,), " MB", below=True
            )
        )
    return found


def _targets(results: Results) -> list[str]:
    targets = find_targets(results)
    if not targets:
        return []
    lines = ["", "## Targets", ""]
    lines += _table(["", "measured", "floor", "aim", "dream", "reached"], [target.cells() for target in targets])
    missed = [target for target in targets if target.verdict() == "**not met**"]
    lines += ["", "Below the floor: " + ("; ".join(_miss(target) for target in missed) if missed else "nothing") + "."]
    unequal = [title for title, result in results.jobs.items() if not result["equal"]]
    if results.jobs:
        lines += [
            "",
            f"Results with two threads differ: {'; '.join(unequal)}."
            if unequal
            else "Results with one thread and with two are equal, bit for bit.",
        ]
    return lines


def _miss(target: Target) -> str:
    share = target.steps[0] / target.found if target.below else target.found / target.steps[0]
    return f"{target.name}, at {share:.0%} of it"


def _speed(results: Results) -> list[str]:
    if not results.speed:
        return []
    names = [workload.name for workload in WORKLOADS if workload.name in results.speed]
    lines = [
        "",
        "## Speed",
        "",
        "Customers in a second of processor time, on one core; in brackets times SimPy by hand.",
    ]
    rows = []
    for contender in CONTENDERS:
        cells = []
        for name in names:
            speeds = _speeds(results, name, contender.name)
            ratios = _ratios(results, name, contender.name)
            ratio = f" ({show(median(ratios))}×)" if ratios else ""
            cells.append(f"{show(median(speeds))}{ratio}" if speeds else "–")
        if any(cell != "–" for cell in cells):
            rows.append([contender.title, *cells])
    lines += ["", *_table(["", *names], rows), ""]
    lines += [f"- `{workload.name}`: {workload.title}" for workload in WORKLOADS if workload.name in names]
    spread = [
        f"{name} {show(min(ratios))} to {show(max(ratios))}"
        for name in names
        if (ratios := _ratios(results, name, results.engine))
    ]
    if spread:
        lines += ["", f"Smallest and largest ratio of a round: {'; '.join(spread)}."]
    return lines


def _memory(results: Results) -> list[str]:
    names = [workload.name for workload in WORKLOADS if workload.name in results.speed]
    rows = []
    for contender in CONTENDERS:
        cells = []
        for name in names:
            runs = results.speed[name].get(contender.name, [])
            if runs:
                customers = show(median(one["sums"]["customers"] for one in runs))
                cells.append(f"{median(one['memory'] for one in runs):.0f} ({customers})")
            else:
                cells.append("–")
        if any(cell != "–" for cell in cells):
            rows.append([contender.title, *cells])
    if not rows:
        return []
    lines = ["", "## Memory", "", "Peak of the whole process in MB, in brackets the customers of that run."]
    return [*lines, "", *_table(["", *names], rows)]


def _findings(results: Results) -> list[str]:
    """Hold what the contenders found against theory and each other: whether they run the same model."""
    rows = []
    for workload in WORKLOADS:
        for contender in CONTENDERS:
            runs = results.speed.get(workload.name, {}).get(contender.name, [])
            if runs:
                rows.append([workload.name, contender.title, *_per_customer([one["sums"] for one in runs])])
        if workload.name in results.speed and (exact := EXACT.get(workload.name)):
            names = ("conversion", "revenue", "days", "visits", "slow", "waiting")
            rows.append([workload.name, "*exact*", "", *(show(exact[n], 5) if n in exact else "" for n in names)])
    if not rows:
        return []
    lines = ["", "## What they find", "", "Per customer, over all rounds: do they run the same model?", ""]
    head = [
        "",
        "",
        "customers",
        "conversion",
        "revenue",
        "days at stages",
        "visits",
        "lost to slow response",
        "days waiting",
    ]
    return [*lines, *_table(head, rows)]


def _per_customer(sums: Sequence[dict[str, float]]) -> Row:
    customers = sum(one["customers"] for one in sums)
    cells = [show(customers)]
    for name in ("won", "revenue", "days", "visits", "slow", "waiting"):
        total = math.fsum(one[name] for one in sums)
        cells.append(show(total / customers, 4) if total else "–")
    return cells


def _start(results: Results) -> list[str]:
    if not results.start:
        return []
    titles = {
        "w1 warm": "import to first result of W1, compiled before",
        "w2 warm": "import to first result of W2, compiled before",
        "w1 cold": "import to first result of W1, nothing compiled",
        "w2 cold": "import to first result of W2, nothing compiled",
        "help": "`funnelsim --help`, the whole process",
    }
    rows = [
        [title, _seconds(median(found)), f"{_seconds(min(found))} to {_seconds(max(found))}"]
        for key, title in titles.items()
        if (found := results.start.get(key))
    ]
    return ["", "## Start-up", "", *_table(["", "median", "range"], rows)]


def _jobs(results: Results) -> list[str]:
    if not results.jobs:
        return []
    rows = [
        [
            title,
            *(_seconds(median(result["walls"][jobs])) for jobs in ("1", "2")),
            f"{_gain(result):.2f}×",
            "equal" if result["equal"] else "**different**",
        ]
        for title, result in results.jobs.items()
    ]
    head = ["replications × customers", "one thread", "two threads", "gain", "results"]
    return ["", "## Two threads", "", "Time on the wall, medians of turns in one process.", "", *_table(head, rows)]


def _study(results: Results) -> list[str]:
    if not results.study:
        return []
    rows = [
        [
            str(jobs),
            _seconds(median(one["wall"] for one in runs)),
            _seconds(median(one["cpu"] for one in runs)),
            f"{max(one['memory'] for one in runs):.0f} MB",
        ]
        for jobs, runs in results.study.items()
    ]
    lines = [
        "",
        "## Ten scenarios compared",
        "",
        "`compare` of `funnels/w1_study.yaml`: 200 replications of 5,000 customers, 11 funnels.",
    ]
    return [*lines, "", *_table(["threads", "time", "processor time", "peak of memory"], rows)]


def _variance(results: Results) -> list[str]:
    if not results.variance:
        return []
    titles = {"rival_halved": "competitor halved at stage 3", "stage_dropped": "stage 5 dropped"}
    exact = {"rival_halved": 50.030660640 - 48.889349914, "stage_dropped": 55.610088472 - 48.889349914}
    rows = []
    for replications, found in results.variance.items():
        for name, title in titles.items():
            one = found[name]
            cells = [f"{one[kind][0]:.4f} ± {1.96 * one[kind][1]:.4f}" for kind in ("paired", "independent")]
            low, high = one["interval"]
            ratio = f"{show(one['ratio'])}× ({show(low)} to {show(high)})"
            rows.append([title, f"{replications:,}", f"{exact[name]:.4f}", *cells, ratio])
    lines = ["", "## Variance of a lift", ""]
    lines += [
        "Lift in revenue per customer of W1, replications of 5,000; 95% intervals, that of the ratio by bootstrap."
    ]
    head = ["", "replications", "exact", "paired", "independent", "variance, independent over paired"]
    return [*lines, "", *_table(head, rows)]


def _growth(results: Results) -> list[str]:
    if not results.growth:
        return []
    rows = [
        [
            one["workload"],
            f"{one['customers']:,}",
            _seconds(one["cpu"]),
            f"{show(1e9 * one['cpu'] / one['sums']['customers'])} ns",
            f"{one['memory']:.0f} MB",
            f"{one['memory'] - one['before']:.1f} MB",
        ]
        for one in results.growth
    ]
    head = ["", "customers", "processor time", "a customer", "peak of memory", "above a small run"]
    return ["", "## Growth with the customers", "", *_table(head, rows)]


def _stages(results: Results) -> list[str]:
    if not results.stages:
        return []
    rows = [
        [
            str(one["stages"]),
            f"{one['customers']:,}",
            f"{one['visits']:,}",
            _seconds(one["cpu"]),
            f"{show(1e9 * one['cpu'] / one['visits'])} ns",
            f"{one['memory']:.0f} MB",
        ]
        for one in results.stages
    ]
    head = ["stages", "customers", "visits", "processor time", "a visit", "peak of memory"]
    return [
        "",
        "## Growth with the stages",
        "",
        "Three causes at each stage, of which hardly anybody is lost.",
        "",
        *_table(head, rows),
    ]


def _speeds(results: Results, workload: str, contender: str) -> list[float]:
    runs = results.speed.get(workload, {}).get(contender, [])
    return [one["sums"]["customers"] / one["cpu"] for one in runs]


def _ratios(results: Results, workload: str, contender: str) -> list[float]:
    """Return the speed over that of SimPy by hand, round by round."""
    return [
        own / other
        for own, other in zip(_speeds(results, workload, contender), _speeds(results, workload, "simpy"), strict=False)
    ]


def _gain(result: dict[str, Any]) -> float:
    one, two = result["walls"]["1"], result["walls"]["2"]
    gain: float = median(a / b for a, b in zip(one, two, strict=True))
    return gain


def show(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits, in full and with commas."""
    if value == 0.0 or not math.isfinite(value):
        return f"{value:g}"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{round(value, digits - 1 - math.floor(math.log10(abs(value)))):,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text and digits <= 3 else text


def _seconds(value: float) -> str:
    return f"{show(value)} s" if value >= 0.1 else f"{show(1e3 * value)} ms"


def _table(head: Row, rows: list[Row]) -> list[str]:
    return [_line(head), "|" + "---|" * len(head), *(_line(row) for row in rows)]


def _line(cells: Row) -> str:
    return f"| {' | '.join(cells)} |"
