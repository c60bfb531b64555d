"""How long decisions take, in processor seconds: `python -m benchmarks.deciding`.

A solution of ten stages; the best of 4,096 sets of twelve interventions; lifts of eight scenarios of a ten-stage funnel
over 1,000 draws of 49 uncertain numbers, laws of time among them.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Final

from funnelsim.choosing import choose
from funnelsim.exact.races import run_race
from funnelsim.exact.solving import solve
from funnelsim.exact.visits import stay
from funnelsim.files.loading import loads
from funnelsim.model import Study
from funnelsim.uncertainty import assess

STAGES: Final = 10
REPEATED: Final = 30


def make_laws() -> Study:
    """Return ten stages of different gamma, lognormal and Weibull laws."""
    stages = [
        f"  - {{name: s{k}, takes: {{{'gamma' if k % 2 else 'lognormal'}: {{mean: {1 + 0.13 * k:.3f} d, "
        f"sd: {0.7 + 0.05 * k:.3f} d}}}}, causes: {{no_trust: 5%, changed_mind: {{time_to_loss: {{weibull: {{shape: "
        f"{1.1 + 0.07 * k:.3f}, scale: 12 d}}}}}}}}{', revenue: 10' if k == STAGES - 1 else ''}}}"
        for k in range(STAGES)
    ]
    return loads("\n".join(["funnelsim: 1", "stages:", *stages]))


def make_sets() -> Study:
    """Return ten stages and twelve interventions that all go together."""
    stages = [
        f"  - {{name: s{k}, takes: {{exponential: {{mean: 2 d}}}}, causes: {{no_trust: {5 + k}%, "
        f"competitor_offer: {{time_to_loss: {{weibull: {{shape: 1.{k}, scale: 20 d}}}}}}}}"
        f"{', revenue: 9000' if k == STAGES - 1 else ''}}}"
        for k in range(STAGES)
    ]
    given = [
        f"  i{k}: {{cost: {{once: {10000 * (1 + k % 7)}}}, changes: [{{scale: stages.s{k % STAGES}.causes."
        f"{'no_trust' if k < STAGES else 'competitor_offer'}, by: 0.{5 + k % 4}}}]}}"
        for k in range(12)
    ]
    return loads(
        "\n".join(["funnelsim: 1", "sources: {all: {batch: 1000}}", "stages:", *stages, "interventions:", *given])
    )


def make_uncertain() -> Study:
    """Return ten stages with 49 uncertain numbers, and eight scenarios."""
    stages = [
        f"""  - name: s{k}
    takes:
      gamma: {{mean: {{mean: {1 + 0.2 * k:.1f} d, low: {0.7 + 0.2 * k:.1f} d, high: {1.4 + 0.2 * k:.1f} d}}, sd: 1 d}}
    causes:
      no_trust: {{beta: [{20 + 3 * k}, {380 - 3 * k}]}}
      competitor_offer: {{time_to_loss: {{exponential: {{rate: {{mean: 0.05 / d, low: 0.03 / d, high: 0.08 / d}}}}}}}}
      changed_mind: {{time_to_loss: {{weibull: {{shape: 1.5, scale: {{mean: 12 d, low: 9 d, high: 16 d}}}}}}}}"""
        for k in range(STAGES)
    ]
    given = [
        f"  i{k}: {{cost: {{once: {10000 * (k + 1)}}}, changes: [{{scale: stages.s{k}.causes."
        f"{'no_trust' if k % 2 else 'competitor_offer'}, by: {{mean: 0.6, low: 0.4, high: 0.9}}}}]}}"
        for k in range(8)
    ]
    every = ", ".join(f"i{k}" for k in range(8))
    scenarios = f"scenarios: [{', '.join(f'i{k}' for k in range(7))}, {{name: all, interventions: [{every}]}}]"
    head = ["funnelsim: 1", "sources: {ads: {batch: 10000, cost: {mean: 40, low: 33, high: 48}}}", "stages:"]
    return loads("\n".join([*head, *stages, "    revenue: 9000", "interventions:", *given, scenarios]))


def spend(work: Callable[[], object]) -> float:
    """Return the processor seconds of some work."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def _solve_afresh(study: Study) -> None:
    run_race.cache_clear()
    stay.cache_clear()
    solve(study.funnel)


def main() -> int:
    """Print a line for each."""
    laws = make_laws()
    _solve_afresh(laws)  # compiling is not counted
    times = [spend(lambda: _solve_afresh(laws)) for _ in range(REPEATED)]
    lines = [
        f"solve, ten stages of different laws: {1e3 * statistics.median(times):.1f} ms, at best {1e3 * min(times):.1f}"
    ]
    sets = make_sets()
    lines.append(f"choose, 4,096 sets: {spend(lambda: choose(sets, 150_000)):.1f} s")
    uncertain = make_uncertain()
    lines.append(f"1,000 draws of 8 scenarios and their base: {spend(lambda: assess(uncertain, draws=1000)):.1f} s")
    sys.stdout.write("\n".join([*lines, ""]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
