"""Many at one instant: thousands who join, are answered, lose patience or are referred at the same time.

Tables have room for what a stretch of events can add, so an instant with more than that is taken in portions. Both
engines give the same journeys and the same counts, to the last bit.
"""

from __future__ import annotations

import pytest

from funnelsim.errors import RunawayError
from funnelsim.files.loading import loads
from funnelsim.simulation import simulate
from tests.engines.agreement import check_funnel

CROWD = 12_000
INSTANTS = {
    "all come while the desk is open, and wait in it": """
teams: {desk: {size: 2}}
stages:
  - name: ask
    response: {team: desk, service: {exponential: {mean: 5 min}}}
    causes: {slow_response: {patience: {exponential: {mean: 2 d}}}}
  - {name: purchase, revenue: 10}
""",
    "all are answered at once, without any service": """
teams: {desk: {size: 1}}
stages:
  - name: ask
    response: {team: desk}
    next: [{to: again, share: 50%}]
  - {name: again, response: {team: desk}}
  - {name: purchase, revenue: 10, referrals: {mean: 0.4, enters: ask}}
""",
    "all wait for the desk to open, and more people are there than a stretch of events": """
teams: {desk: {size: 3000, hours: "Mon-Fri 09:00-18:00", discipline: lifo}}
stages:
  - name: ask
    response: {team: desk, service: {uniform: {low: 1 min, high: 30 min}}}
    causes: {slow_response: {patience: {exponential: {mean: 10 h}}}}
  - {name: purchase, revenue: 10}
""",
}


@pytest.mark.parametrize("instant", INSTANTS)
@pytest.mark.parametrize("grid", [0.0, 0.25])
def test_an_instant_with_thousands_is_the_same_in_both_engines(instant: str, grid: float) -> None:
    """Journeys and counts of 12,000 who come together, off a grid of times and on one, where more falls together."""
    study = loads(
        f"funnelsim: 1\nsources: {{all: {{batch: {CROWD}}}}}\nrun: {{start: 2024-01-01}}\n{INSTANTS[instant]}"
    )
    check_funnel(study.funnel, study.run, grid, 0)


def test_referrals_that_do_not_die_out_end_the_run_where_teams_answer() -> None:
    """More than 100,000 customers who were referred at one instant are refused, not run until memory ends."""
    study = loads("""
funnelsim: 1
sources: {all: {batch: 25}}
teams: {desk: {size: 3}}
stages:
  - name: a
    response: {team: desk}
    revenue: 1
    referrals: {mean: 1.6, enters: a, after: 0}
  - {name: z}
""")
    with pytest.raises(RunawayError, match="referrals do not die out"):
        simulate(study.funnel, replications=1, seed=3, engine="compiled")
