"""Instants at which one team answers after another has looked at its queue: who came first is still served first."""

from __future__ import annotations

from funnelsim import loads
from tests.engines.agreement import check_funnel

#: At an instant the first team looks at its queue, and then the second, which takes no time, sends more people there.
RELAY = """
funnelsim: 1
sources:
  ads: {arrivals: 4 / d}
  fair: {arrivals: {batch: 25}}
teams:
  sales: {size: 1}
  desk: {size: 1, closed: [2024-01-03]}
stages:
  - {name: a, response: {team: desk}, next: [{to: b, share: 10%, key: skip, same_call: true}]}
  - name: b
    response: {team: sales, service: 1 d}
    causes: {no_trust: 10%}
    next: [{to: a, share: 10%, same_call: true}]
  - {name: c, response: {team: desk, service: {exponential: {mean: 1 d}}}}
run: {cohort: 40}
"""


def test_who_is_sent_on_later_in_an_instant_waits_behind_who_came_before() -> None:
    """Both engines serve those who wait at an instant in one order, whichever team sent them and when in it."""
    study = loads(RELAY)
    for replication in range(20):
        check_funnel(study.funnel, study.run, 1.0, replication)
