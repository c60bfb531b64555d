"""Hold the simulation against exact values and write VERIFICATION.md: `python -m benchmarks.verify`.

Each check is a z-score. In W1 customers are independent, so counts of those who enter a stage are binomial and standard
errors exact. Queues are seen in replications after a warm-up; their measures are ratios of sums over all replications
with the standard error of the linearised ratio (Cochran 1977, section 6.4), so their score follows Student's law and is
told as the z of the same probability. Whoever is still in the queue at the end of a replication is left out; at full
size this shortens mean waits by a hundredth of a standard error or so. With m checks |z| is held below the two-sided
normal quantile of ALPHA / m (Bonferroni), so a correct program fails with a probability of ALPHA at most. Seeds are
fixed: a failure stays.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

import funnelsim
from benchmarks.exact import (
    PUBLISHED,
    RIVAL_HALVED,
    STAGE_DROPPED,
    W1,
    Chain,
    Queue,
    erlang_a,
    erlang_c,
    impatient,
    solve_chain,
)
from benchmarks.machine import describe_machine
from benchmarks.workloads import FOLDER, FUNNELS

Floats = NDArray[np.float64]

#: The probability that a correct program fails.
ALPHA: Final = 1e-3
SEED: Final = 2015
#: Replications of W1; the most and the fewest of a queue, and how many mean services one should last.
PARTS: Final = 20
REPLICATIONS: Final = 50
FEWEST: Final = 10
LASTS: Final = 100.0
#: A queue is settled after so many times 1 / (n·(1 − √ρ)²), its relaxation time in services, and one service more.
SETTLED: Final = 15.0

QUEUE: Final = """\
funnelsim: 1
sources: {{all: {{arrivals: {rate!r} / d}}}}
teams: {{desk: {{size: {size}}}}}
stages: [{{name: call, response: {{team: desk, service: {{exponential: {{mean: 1 d}}}}}}{causes}}}]
"""
PATIENCE: Final = ", causes: {{slow_response: {{patience: {law}}}}}"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to simulate."""

    customers: int
    queue_customers: int
    engine: str
    jobs: int


@dataclass(frozen=True, slots=True)
class Check:
    """One value found and the exact one; z: how many standard errors lie between."""

    what: str
    exact: float
    found: float
    error: float
    z: float


@dataclass(frozen=True, slots=True)
class Case:
    """A queue: its team, arrivals per mean service, patience as it stands in a file, and what theory says of it."""

    title: str
    size: int
    rate: float
    exact: Queue
    patience: str = ""
    checks: tuple[str, ...] = ("waiting", "wait")


@dataclass(frozen=True, slots=True)
class Section:
    """Checks of one kind, and what to know about them."""

    title: str
    text: str
    checks: list[Check] = field(default_factory=list)


def main() -> int:
    """Run all checks; the status is 1 if any z is too large."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=float, default=2e7, help="customers of W1 (2e7); a queue gets half as many")
    parser.add_argument("--engine", default="compiled", help="compiled (the default) or reference")
    parser.add_argument("--jobs", type=int, default=1, help="threads, or processes for the reference engine")
    parser.add_argument(
        "-o", "--output", type=Path, help="where to write; VERIFICATION.md for a full run, else nowhere"
    )
    asked = parser.parse_args()
    settings = Settings(round(asked.customers), round(asked.customers / 2.0), asked.engine, asked.jobs)
    sections = []
    for make in (check_w1, check_scenarios, check_erlang_c, check_erlang_a, check_impatient):
        section = make(settings)
        sections.append(section)
        worst = max(abs(check.z) for check in section.checks)
        print(f"{section.title}: {len(section.checks)} checks, largest |z| {worst:.2f}", file=sys.stderr, flush=True)
    limit = find_limit(sections)
    report = write_report(sections, settings, limit)
    full = asked.customers >= 2e7 and asked.engine == "compiled"
    path = asked.output or (FOLDER / "VERIFICATION.md" if full else None)
    if path is not None:
        path.write_text(report, encoding="utf-8")
    failed = [check for section in sections for check in section.checks if not abs(check.z) <= limit]
    for check in failed:
        print(f"too far: {check.what}: {check.found:.9g}, exact {check.exact:.9g}, z {check.z:.2f}")
    print(f"{'failed' if failed else 'passed'}: |z| held below {limit:.2f}")
    return 1 if failed else 0


def find_limit(sections: Sequence[Section]) -> float:
    """Return the largest |z| that passes."""
    return float(stats.norm.isf(ALPHA / 2.0 / sum(len(section.checks) for section in sections)))


def check_w1(settings: Settings) -> Section:
    """W1: what becomes of those who enter each stage, and what a customer brings."""
    study = funnelsim.load(FUNNELS / "w1.yaml")
    exact = solve_chain(W1)
    tally, size = _simulate_w1(study.funnel, settings, SEED)
    section = Section(
        "W1, eight stages in a row",
        f"{size:,} customers: what becomes of those who enter each stage, and what a customer brings.",
    )
    for number, (stage, outcome) in enumerate(zip(tally.stages, exact.outcomes, strict=True)):
        entered = int(tally.visits[:, number].sum())
        for cause in ("no_trust", "competitor_offer", "forgot"):
            count = tally.losses[:, number, tally.causes.index(cause)].sum()
            section.checks.append(_share(f"{stage}: {cause}", count, entered, getattr(outcome, cause)))
        section.checks.append(_share(f"{stage}: passed", tally.completed[:, number].sum(), entered, outcome.passed))
    section.checks.append(_share("conversion", tally.won.sum(), size, exact.conversion))
    section.checks.extend(_means(tally, size, exact))
    return section


def check_scenarios(settings: Settings) -> Section:
    """W1 changed in two ways: what a customer brings then."""
    study = funnelsim.load(FUNNELS / "w1_study.yaml")
    funnels = {scenario.name: scenario.funnel for scenario in study.scenarios}
    section = Section("W1 with a change", "Two of the scenarios of `funnels/w1_study.yaml`, as many customers.")
    for title, name, stages, seed in (
        ("competitor halved at stage 3", "rival_halved", RIVAL_HALVED, SEED + 1),
        ("stage 5 dropped", "stage_dropped", STAGE_DROPPED, SEED + 2),
    ):
        exact = solve_chain(stages)
        tally, size = _simulate_w1(funnels[name], settings, seed)
        section.checks.append(_share(f"{title}: conversion", tally.won.sum(), size, exact.conversion))
        means = _means(tally, size, exact)
        section.checks.extend(replace(check, what=f"{title}: {check.what}") for check in means)
    return section


def check_erlang_c(settings: Settings) -> Section:
    """Queues that nobody leaves."""
    cases = [
        Case(f"M/M/{size}, ρ = {rate / size:g}", size, rate, erlang_c(size, rate))
        for size, rate in ((1, 0.9), (2, 1.6), (5, 4.5), (10, 9.0), (50, 48.0))
    ]
    return _check_queues("Erlang C", "Services of mean 1.", cases, settings)


def check_erlang_a(settings: Settings) -> Section:
    """Queues that customers with exponential patience leave."""
    cases = [
        Case(
            f"M/M/{size}+M, λ = {rate:g}, θ = {leaving:g}",
            size,
            rate,
            erlang_a(size, rate, leaving),
            PATIENCE.format(law=f"{{exponential: {{rate: {leaving!r} / d}}}}"),
            ("lost", "waiting", "wait"),
        )
        for size, rate, leaving in (
            (10, 10.0, 1.0),
            (10, 10.0, 0.5),
            (10, 10.0, 2.0),
            (50, 48.0, 0.5),
            (105, 100.0, 1.0),
        )
    ]
    return _check_queues("Erlang A", "Services of mean 1, patience exponential with rate θ.", cases, settings)


def check_impatient(settings: Settings) -> Section:
    """Queues that customers leave whose patience has other laws, of the same mean."""
    two, half = 1.0 / math.gamma(1.5), 1.0 / math.gamma(3.0)
    laws: tuple[tuple[str, str, Callable[[float], float], float], ...] = (
        ("fixed", "1 d", lambda x: float(x < 1.0), 1.0),
        ("Weibull, shape 2", _weibull(2.0, two), lambda x: math.exp(-((x / two) ** 2.0)), math.inf),
        ("Weibull, shape ½", _weibull(0.5, half), lambda x: math.exp(-((x / half) ** 0.5)), math.inf),
    )
    cases = [
        Case(
            f"M/M/10+G, {name}",
            10,
            10.0,
            impatient(10, 10.0, patient, ends),
            PATIENCE.format(law=law),
            ("lost", "waiting", "wait"),
        )
        for name, law, patient, ends in laws
    ]
    text = "As the first queue above, with other laws of patience, all of mean 1."
    return _check_queues("M/M/n+G", text, cases, settings)


def write_report(sections: Sequence[Section], settings: Settings, limit: float) -> str:
    """Return the whole page."""
    checks = [check for section in sections for check in section.checks]
    worst = max(checks, key=lambda check: abs(check.z))
    beyond = np.mean([abs(check.z) > 1.96 for check in checks])
    exact = solve_chain(W1)
    verdict = "Passed" if all(abs(check.z) <= limit for check in checks) else "Failed"
    lines = ["# Verification", ""]
    lines += ["Written by `python -m benchmarks.verify` (`nox -s verify`): the simulation against exact values.", ""]
    lines += [f"- {line}" for line in describe_machine()]
    lines += [
        f"- engine {settings.engine}; {settings.customers:,} customers of W1, {settings.queue_customers:,} of a queue"
    ]
    lines += ["", f"**{verdict}**: of {len(checks)} checks the largest |z| is {abs(worst.z):.2f} ({worst.what})."]
    lines += [f"A correct program goes beyond {limit:.2f} with a probability of {ALPHA:g} at most (Bonferroni)."]
    lines += [f"Of the z-scores {beyond:.1%} lie beyond 1.96, where 5% are expected.", ""]
    lines += [
        "`exact.py` computes the exact values by quadrature and by the formulas of queueing theory. For W1 it finds",
        "",
    ]
    lines += ["| a customer of W1 | here | by 30-digit arithmetic |", "|---|---|---|"]
    here = {
        "conversion": exact.conversion,
        "revenue": exact.revenue.mean,
        "days": exact.days.mean,
        "visits": exact.visits.mean,
        "revenue, competitor halved at stage 3": solve_chain(RIVAL_HALVED).revenue.mean,
        "revenue, stage 5 dropped": solve_chain(STAGE_DROPPED).revenue.mean,
    }
    lines += [f"| {name} | {value:.9f} | {PUBLISHED[name]:.9f} |" for name, value in here.items()]
    for section in sections:
        lines += ["", f"## {section.title}", "", section.text, ""]
        lines += ["| | exact | found | standard error | z |", "|---|---|---|---|---|"]
        lines += [
            f"| {check.what} | {check.exact:.9f} | {check.found:.9f} | {check.error:.2e} | {check.z:+.2f} |"
            for check in section.checks
        ]
    return "\n".join([*lines, ""])


def _simulate_w1(funnel: funnelsim.Funnel, settings: Settings, seed: int) -> tuple[funnelsim.Tally, int]:
    """Run a funnel in independent parts; return the tally and the number of customers."""
    part = -(-settings.customers // PARTS)
    tally = funnelsim.simulate(
        funnel,
        replications=PARTS,
        seed=seed,
        cohort=part,
        engine=settings.engine,
        jobs=settings.jobs,
        allow_large=True,
    )
    return tally, part * PARTS


def _share(what: str, count: int, size: int, exact: float) -> Check:
    found = count / size
    error = math.sqrt(exact * (1.0 - exact) / size)
    return Check(what, exact, found, error, (found - exact) / error)


def _means(tally: funnelsim.Tally, size: int, exact: Chain) -> Iterator[Check]:
    """Compare what a customer brings: money, days at stages and stages entered."""
    days = math.fsum((tally.time[:, :, 0] * tally.visits).ravel())
    totals = (
        ("revenue", math.fsum(tally.revenue), exact.revenue),
        ("days", days, exact.days),
        ("stages entered", float(tally.visits.sum()), exact.visits),
    )
    for what, total, moments in totals:
        error = moments.deviation / math.sqrt(size)
        yield Check(what, moments.mean, total / size, error, (total / size - moments.mean) / error)


def _check_queues(title: str, text: str, cases: Sequence[Case], settings: Settings) -> Section:
    section = Section(title, f"{text} About {settings.queue_customers:,} customers each.")
    for number, case in enumerate(cases):
        section.checks.extend(_check_queue(case, settings, SEED + number))
    return section


def _check_queue(case: Case, settings: Settings, seed: int) -> Iterator[Check]:
    """Simulate a queue and compare the share that waits, the share that leaves and the mean wait."""
    busy = math.sqrt(min(1.0, case.rate / case.size))
    relaxation = 2.0 if case.patience else 1.0 + 1.0 / (case.size * (1.0 - busy) ** 2)
    warm_up = SETTLED * relaxation
    days = settings.queue_customers / case.rate
    replications = min(REPLICATIONS, max(FEWEST, int(days / LASTS)))
    study = funnelsim.loads(QUEUE.format(rate=case.rate, size=case.size, causes=case.patience))
    tally = funnelsim.simulate(
        study.funnel,
        replications=replications,
        seed=seed,
        horizon=warm_up + days / replications,
        warm_up=warm_up,
        within=[0.0],
        engine=settings.engine,
        jobs=settings.jobs,
        allow_large=True,
    )
    waited: Floats = tally.waited[:, 0].astype(np.float64)
    found: dict[str, tuple[Floats, str]] = {
        "lost": (tally.lost[:, 0].astype(np.float64), "share that gives up"),
        "waiting": (waited - tally.within[:, 0, 0], "share that waits"),
        "wait": (tally.wait[:, 0, 0] * waited, "mean wait"),
    }
    for name in case.checks:
        sums, what = found[name]
        yield _ratio(f"{case.title}: {what}", sums, waited, getattr(case.exact, name))


def _ratio(what: str, sums: Floats, numbers: Floats, exact: float) -> Check:
    """Compare Σ sums / Σ numbers over replications."""
    found = float(sums.sum() / numbers.sum())
    rest = sums - found * numbers
    degrees = len(sums) - 1
    error = float(np.sqrt(np.sum(rest * rest) * len(sums) / degrees) / numbers.sum())
    t = (found - exact) / error
    # The normal score with the same tail; from the logarithm, since far tails vanish.
    z = math.copysign(_normal_score(float(stats.t.logsf(abs(t), degrees))), t)
    return Check(what, exact, found, error, z)


def _normal_score(log_tail: float) -> float:
    """Return z with log P(Z > z) = log_tail."""
    return float(-stats.norm.ppf(math.exp(log_tail))) if log_tail > -700.0 else math.sqrt(-2.0 * log_tail)


def _weibull(shape: float, scale: float) -> str:
    return f"{{weibull: {{shape: {shape!r}, scale: {scale!r} d}}}}"


if __name__ == "__main__":
    raise SystemExit(main())
