"""Hold the solver against the engine and write the table of docs/exact.md: `python -m benchmarks.agreement`.

Every shipped funnel without teams, base and scenarios, and W1 with its changes: each figure of the solver against as
many simulated customers, everybody followed to the end. What becomes of those who enter (wins, losses by stage and
cause before winning) is binomial: the score is the normal one of the exact tail, half of what is found counted. Mean
revenue has the solver's own standard deviation. All else (visits, completions, losses, times, costs, referrals) are
ratios of sums over replications with the standard error of the linearised ratio, told as the z of the same Student
probability (Cochran 1977, section 6.4). Seeds are fixed: a failure stays. A figure fails beyond MOST, which a correct
one does with a probability of 1.1e-5.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

import funnelsim
from benchmarks.workloads import FOLDER, FUNNELS
from funnelsim.exact.solution import Solution
from funnelsim.exact.solving import solve
from funnelsim.model import Funnel, Rate, Run, Study
from funnelsim.tallies import Tally

Floats = NDArray[np.float64]

#: Standard errors that no figure may be off by.
MOST: Final = 4.4
CUSTOMERS: Final = 2_000_000
REPLICATIONS: Final = 200
SEED: Final = 2026
#: Relative differences of what has no luck in it that are rounding.
ROUNDING: Final = 1e-9
SCENARIOS: Final = FOLDER.parent / "scenarios"
PAGE: Final = FOLDER.parent / "docs" / "exact.md"
BEGIN, END = "<!-- agreement -->", "<!-- end -->"


@dataclass(frozen=True, slots=True)
class Check:
    """One figure of the solver, and how many standard errors from it the simulation is."""

    what: str
    exact: float
    found: float
    z: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """All figures of one funnel."""

    file: str
    world: str
    customers: int
    checks: tuple[Check, ...]

    @property
    def worst(self) -> Check:
        """The figure that is farthest off."""
        return max(self.checks, key=lambda check: abs(check.z))

    def named(self, what: str) -> Check:
        """Return the figure of this name."""
        return next(check for check in self.checks if check.what == what)


def list_worlds() -> list[tuple[Path, str]]:
    """Return every shipped funnel without a team, as (file, scenario or base), and W1 with its changes."""
    paths = [*sorted(SCENARIOS.glob("*.yaml")), FUNNELS / "w1_study.yaml"]
    return [
        (path, name)
        for path in paths
        for name, funnel in funnels_of(funnelsim.load(path)).items()
        if not any(
            touchpoint.response is not None and touchpoint.response.team is not None
            for variant in funnel.variants
            for stage in variant.stages
            for touchpoint in stage.touchpoints
        )
    ]


def funnels_of(study: Study) -> dict[str, Funnel]:
    """Return the base and the scenarios by name."""
    return {"base": study.funnel, **{scenario.name: scenario.funnel for scenario in study.scenarios}}


def compare(path: Path, world: str, customers: int = CUSTOMERS, jobs: int = 1) -> Agreement:
    """Simulate a funnel of a file, and hold every figure of the solver against it."""
    study = funnelsim.load(path)
    funnel = funnels_of(study)[world]
    funnel = replace(funnel, pipeline=())  # open deals are no entering customers
    run = _window(funnel, replace(study.run, horizon=None, warm_up=0.0, seed=SEED), customers // REPLICATIONS)
    tally = funnelsim.simulate(funnel, run=run, replications=REPLICATIONS, jobs=jobs, allow_large=True)
    checks = tuple(check_all(solve(funnel, run=run), tally))
    return Agreement(path.stem, world, int(tally.customers.sum()), checks)


def _window(funnel: Funnel, run: Run, size: int) -> Run:
    """Return a cohort of about so many customers: of a length of time where arrivals are scaled."""
    if all(source.times == 1.0 for source in funnel.sources):
        return replace(run, cohort=size)
    per_day = sum(source.times * source.arrivals.per_day for source in funnel.sources
                  if isinstance(source.arrivals, Rate))  # fmt: skip
    return replace(run, cohort=size / per_day)


def check_all(solution: Solution, tally: Tally) -> Iterator[Check]:
    """Yield every figure of a solution beside that of a tally, per customer who enters."""
    size, customers = int(tally.customers.sum()), tally.customers.astype(np.float64)
    yield _share("conversion", int(tally.won.sum()), size, solution.conversion)
    yield _revenue(float(tally.revenue.sum()), size, solution)
    for name in ("goods", "visit_cost", "reminder_cost", "source_cost"):
        yield _ratio(name, getattr(tally, name), customers, getattr(solution, name))
    for s, stage in enumerate(solution.stages):
        visits = tally.visits[:, s].astype(np.float64)
        yield _ratio(f"{stage}: visits", visits, customers, float(solution.visits[s]))
        yield _ratio(f"{stage}: completed", tally.completed[:, s], customers, float(solution.completed[s]))
        ended = visits - tally.open_at[:, s]
        yield _ratio(f"{stage}: time", np.nan_to_num(tally.time[:, s, 0]) * ended, ended, float(solution.time[s]))
        for c, cause in enumerate(solution.causes):
            place = tally.causes.index(cause)
            fates, losses = tally.fates[:, s, place], tally.losses[:, s, place]
            yield _share(f"{stage}: {cause}", int(fates.sum()), size, float(solution.fates[s, c]))
            if np.any(losses != fates):  # also after winning, or of those referred
                yield _ratio(f"{stage}: {cause}, all", losses, customers, float(solution.losses[s, c]))


def _share(what: str, count: int, size: int, exact: float) -> Check:
    """Compare a binomial count; the tail is that beyond the count, with half of the count's own probability."""
    exact = min(max(exact, 0.0), 1.0)
    law = stats.binom(size, exact)
    if exact in (0.0, 1.0):
        return Check(what, exact, count / size, 0.0 if count == size * exact else math.inf)
    above = count > law.mean()
    own = 0.5 * float(law.pmf(count))
    tail = own + float(law.sf(count) if above else law.cdf(count - 1))
    z = float(stats.norm.isf(tail)) if tail > 0.0 else math.inf
    return Check(what, exact, count / size, z if above else -z)


def _revenue(total: float, size: int, solution: Solution) -> Check:
    found = total / size
    error = solution.revenue_sd / math.sqrt(size)
    return Check("revenue", solution.revenue, found, _score(found - solution.revenue, error, solution.revenue))


def _ratio(what: str, sums: NDArray[np.generic], numbers: Floats, exact: float) -> Check:
    """Compare Σ sums / Σ numbers over replications."""
    values = np.asarray(sums, dtype=np.float64)
    whole = float(numbers.sum())
    if not whole > 0.0 or math.isnan(exact):
        return Check(what, exact, math.nan, 0.0)
    found = math.fsum(values.tolist()) / whole
    rest = values - found * numbers
    degrees = len(values) - 1
    t = _score(found - exact, math.sqrt(float(np.sum(rest * rest)) * len(values) / degrees) / whole, exact)
    tail = float(stats.t.sf(abs(t), degrees))
    return Check(what, exact, found, math.copysign(float(stats.norm.isf(tail)) if tail > 0.0 else math.inf, t))


def _score(difference: float, error: float, scale: float) -> float:
    if abs(difference) <= ROUNDING * abs(scale):
        return 0.0
    return difference / error if error > 0.0 else math.copysign(math.inf, difference)


def write_table(found: Sequence[Agreement]) -> str:
    """Return the table of the page: a row a funnel."""
    columns = ("funnel", "customers", "conversion: exact", "simulated", "z", "revenue: exact", "simulated", "z",
               "figures", "largest abs(z)")  # fmt: skip
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    for one in found:
        won, money = one.named("conversion"), one.named("revenue")
        name = one.file if one.world == "base" else f"– {one.world}"
        if one.world != "base" and not any(other.file == one.file and other.world == "base" for other in found):
            name = f"{one.file}, {one.world}"
        lines.append(
            f"| {name} | {one.customers:,} | {won.exact:.6f} | {won.found:.6f} | {_sign(won.z)} "
            f"| {money.exact:,.4f} | {money.found:,.4f} | {_sign(money.z)} | {len(one.checks)} "
            f"| {abs(one.worst.z):.2f} ({one.worst.what}) |"
        )
    return "\n".join(lines)


def _sign(z: float) -> str:
    return f"{z:.2f}".replace("-", "−")


def write_page(page: str, found: Sequence[Agreement]) -> str:
    """Return the page with its table, and what it comes to, in the place of the old one."""
    checks = [check for one in found for check in one.checks]
    beyond = float(np.mean([abs(check.z) > 1.96 for check in checks if check.z != 0.0]))
    worst = max(abs(check.z) for check in checks)
    text = (
        f"{len(checks):,} figures of {len(found)} funnels; the largest |z| is {worst:.2f}, and {beyond:.1%} of those "
        "that luck has a part in lie beyond 1.96, where 5% are expected."
    )
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{write_table(found)}\n\n{text}\n{END}{after}"


def main() -> int:
    """Compare all funnels; the status is 1 if any figure is too far off."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=float, default=CUSTOMERS, help="of each funnel (2e6)")
    parser.add_argument("--jobs", type=int, default=1, help="threads")
    parser.add_argument("--write", action="store_true", help="put the table into docs/exact.md")
    asked = parser.parse_args()
    found = []
    for path, world in list_worlds():
        found.append(compare(path, world, round(asked.customers), asked.jobs))
        print(f"{path.stem}, {world}: {len(found[-1].checks)} figures, largest |z| {abs(found[-1].worst.z):.2f} "
              f"({found[-1].worst.what})", file=sys.stderr, flush=True)  # fmt: skip
    page = write_page(PAGE.read_text(encoding="utf-8"), found)
    if asked.write:
        PAGE.write_text(page, encoding="utf-8")
    print(page.partition(BEGIN)[2].partition(END)[0].strip())
    return int(any(not abs(check.z) <= MOST for one in found for check in one.checks))


if __name__ == "__main__":
    raise SystemExit(main())
