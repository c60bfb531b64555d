"""Hold `solve --estimate` against the engine, over like windows: `python -m benchmarks.estimates`.

The estimate is of the long run, so the engine has a warm-up, and counts who comes and what is dated in the days after.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

import funnelsim
from benchmarks.workloads import FOLDER, FUNNELS
from funnelsim.exact.estimating import estimate
from funnelsim.model import Study

PAGE: Final = FOLDER.parent / "docs" / "exact.md"
BEGIN, END = "<!-- estimates -->", "<!-- end of estimates -->"
WARM_UP, DAYS, REPLICATIONS, SEED = 30.0, 300.0, 20, 2026

DESK: Final = """
funnelsim: 1
sources: {{all: {{arrivals: {rate} / d}}}}
teams: {{desk: {{size: {size}}}}}
stages:
  - name: call
    response: {{team: desk, service: {service}}}
    causes: {causes}
  - {{name: order, takes: {{exponential: {{mean: 1 d}}}}, causes: {{no_trust: 20%}}, revenue: 100}}
"""
TWICE: Final = """
funnelsim: 1
sources: {all: {arrivals: 60 / d}}
teams: {desk: {size: 4}}
stages:
  - name: call
    response: {team: desk, service: {lognormal: {mean: 40 min, sd: 25 min}}}
    causes: {slow_response: {patience: {exponential: {mean: 90 min}}}}
  - name: offer
    response: {team: desk, service: {lognormal: {mean: 80 min, sd: 50 min}}}
    takes: {exponential: {mean: 3 d}}
    causes: {slow_response: {patience: {exponential: {mean: 8 h}}}, changed_mind: 30%}
    next: [{to: call, share: 15%}]
  - {name: order, revenue: 100}
"""
GIVE_UP: Final = "{slow_response: {patience: {exponential: {mean: 30 min}}}}"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: the estimate, the engine's mean over replications, and half of its 95% interval."""

    funnel: str
    figure: str
    estimate: float
    found: float
    half: float


def cases() -> list[tuple[str, Study]]:
    """Return funnels with teams, by what they are called."""
    found = [("W2, ten people at two of eight stages", funnelsim.load(FUNNELS / "w2.yaml"))]
    for name, service in (
        ("services exponential", "{exponential: {mean: 30 min}}"),
        ("services lognormal, sd ½ mean", "{lognormal: {mean: 30 min, sd: 15 min}}"),
        ("services lognormal, sd 2 means", "{lognormal: {mean: 30 min, sd: 60 min}}"),
        ("services fixed", "30 min"),
    ):
        for kind, causes, rate in (("patience of 30 min", GIVE_UP, 250), ("nobody gives up", "{spam: 5%}", 215)):
            text = DESK.format(rate=rate, size=5, service=service, causes=causes)
            found.append((f"five people, {name}, {kind}", funnelsim.loads(text)))
    found.append(("four people at two stages, returns", funnelsim.loads(TWICE)))
    return found


def compare(name: str, study: Study, replications: int) -> list[Row]:
    """Return who gives up, the mean wait (minutes) and revenue per customer at the first stage with a team."""
    run = funnelsim.Run(horizon=WARM_UP + DAYS, warm_up=WARM_UP)
    guess = estimate(study.funnel, run=run)
    tally = funnelsim.simulate(study.funnel, run=run, replications=replications, seed=SEED, allow_large=True)
    rows = []
    stages = [stage.name for stage in study.funnel.stages if any(t.response for t in stage.touchpoints)]
    s = tally.stages.index(stages[0])
    patient = "slow_response" in tally.causes
    if patient:
        c, k = tally.causes.index("slow_response"), guess.causes.index("slow_response")
        share = float(guess.losses[s, k] / guess.visits[s])
        rows.append(_row(name, "gives up", share, tally.losses[:, s, c] / tally.visits[:, s]))
    (team,) = guess.provenance["teams"].values()
    if len(stages) == 1:
        rows.append(_row(name, "mean wait, min", 1440.0 * team["wait"], 1440.0 * tally.wait[:, s, 0]))
    per_customer = tally.revenue / tally.customers
    rows.append(_row(name, "revenue per customer", guess.revenue, per_customer))
    return rows


def _row(name: str, figure: str, guess: float, found: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Row:
    half = 1.96 * float(np.std(found, ddof=1)) / math.sqrt(len(found))
    return Row(name, figure, guess, float(found.mean()), half)


def write_table(rows: list[Row]) -> str:
    """Return the table of the page."""
    lines = ["| funnel | figure | estimate | engine | off by |", "|---|---|---|---|---|"]
    for row in rows:
        share = row.figure == "gives up"
        shown = [f"{x:.2%}" if share else f"{x:.2f}" for x in (row.estimate, row.found, row.half)]
        off = (row.estimate - row.found) / row.found
        lines.append(
            f"| {row.funnel} | {row.figure} | {shown[0]} | {shown[1]} ± {shown[2]} | {off:+.1%} |".replace("-", "−")
        )
    return "\n".join(lines)


def main() -> int:
    """Print the table, or put it into docs/exact.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--write", action="store_true", help="put the table into docs/exact.md")
    asked = parser.parse_args()
    rows = [row for name, study in cases() for row in compare(name, study, asked.replications)]
    table = write_table(rows)
    if asked.write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        Path(PAGE).write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    sys.stdout.write(table + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
