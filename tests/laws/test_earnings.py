"""What a dropped stage earned is paid elsewhere: as it would have been there, and nothing of it twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funnelsim.files.changes import apply
from funnelsim.files.loading import loads

World = Callable[..., Any]

REPEATED = """\
funnelsim: 1
sources: {ads: {batch: 300}}
stages:
  - {name: offer}
  - {name: payment, revenue: {exponential: {mean: 10}}, referrals: {mean: 0.2}}
  - {name: use, next: [{to: offer, share: 40%}, {end: won}]}
"""
CIRCLING = """\
funnelsim: 1
sources: {ads: {batch: 200}}
teams: {desk: {size: 1}}
stages:
  - {name: shop, next: [{to: shop, share: 30%}]}
  - {name: advice, referrals: {mean: 0.3, enters: call}, next: [{end: won}]}
  - {name: call, response: {team: desk, service: 1 h}}
"""


def payments(world: Any) -> dict[int, list[float]]:
    """What every customer paid, one amount after the other."""
    paid: dict[int, list[float]] = {int(key): [] for key in world.customers["key"]}
    for visit in world.visits[world.visits["value"] > 0.0]:
        paid[int(world.customers["key"][visit["customer"]])].append(float(visit["value"]))
    return paid


@pytest.mark.parametrize("heir", ["offer", "use"])
def test_repeated_payments_move_with_their_luck(world: World, heir: str) -> None:
    """Before the dropped stage or after it: everyone pays, and brings, what they would have, purchase by purchase."""
    funnel = loads(REPEATED).funnel
    base, moved = world(funnel), world(apply(funnel, {"remove_stage": "payment", "earnings_to": heir}))
    assert payments(moved) == payments(base)


def test_nobody_comes_twice(world: World) -> None:
    """Whoever comes to the heir again and again brings other people each time, not the same ones."""
    people = world(apply(loads(CIRCLING).funnel, {"remove_stage": "advice", "earnings_to": "shop"})).customers
    assert len(people) > 250
    assert np.unique(people["key"]).size == people.size
