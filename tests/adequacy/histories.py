"""Histories with a known truth, for checks of what is fitted to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from funnelsim.adequacy.cutting import came_between
from funnelsim.eventlog import EventLog
from funnelsim.files.loading import loads
from funnelsim.histories import history

FUNNEL = """
funnelsim: 1
sources: {web: {arrivals: 40 / d}}
stages:
  - name: lead
    takes: {exponential: {mean: 2 d}}
    causes: {spam: 8%, competitor_offer: {time_to_loss: {weibull: {shape: 1.5, scale: 6 d}}}}
  - name: offer
    takes: {gamma: {shape: 3, scale: 2 d}}
    causes: {no_trust: 10%, changed_mind: {time_to_loss: {exponential: {mean: 30 d}}}}
    next: [{to: lead, share: 10%}]
  - name: payment
    revenue: 900
"""
#: Days after which the rates of `changed_log` are others: the first of May 2024, a Wednesday.
CHANGED = 121.0


def make_log(seed: int, text: str = FUNNEL, days: float = 150.0) -> EventLog:
    """A history of a funnel."""
    return history(loads(text).funnel, seed=seed, horizon=days)


def changed_log(seed: int, before: str, after: str) -> EventLog:
    """A history in which something is said differently of everyone who comes from day 121 on."""
    old, new = make_log(seed), make_log(seed + 1000, FUNNEL.replace(before, after))
    return joined(came_between(old, -np.inf, CHANGED), came_between(new, CHANGED, np.inf))


def joined(first: EventLog, second: EventLog) -> EventLog:
    """Two histories of the same names as one, the customers of the second after those of the first."""
    visits = second.visits.copy()
    visits["customer"] += len(first.customers)
    return replace(
        first,
        customers=np.concatenate([first.customers, second.customers]),
        visits=np.concatenate([first.visits, visits]),
        since=np.concatenate([first.watched[0], second.watched[0]]),
        until=np.concatenate([first.watched[1], second.watched[1]]),
    )
