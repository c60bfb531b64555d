"""A fitted stage and a fitted segment: what is known of each, put together."""

from __future__ import annotations

from dataclasses import dataclass

from funnelsim.estimates import Interval
from funnelsim.fitting.nodes import NodeFit
from funnelsim.fitting.routes import EarningFit, ReferralFit, RouteFit


@dataclass(frozen=True, slots=True, eq=False)
class StageFit:
    """A stage: counted as a whole, and fitted at each touchpoint (−1: it has none), with what follows it.

    default: the stage that a customer goes to without a route (−1: the end). aside: entered by named routes only.
    visit_cost: the mean of what a visit cost.
    """

    stage: int
    whole: NodeFit
    nodes: tuple[tuple[int, NodeFit], ...]
    routes: tuple[RouteFit, ...]
    earning: EarningFit | None
    referrals: ReferralFit | None
    default: int
    aside: bool = False
    visit_cost: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class SegmentFit:
    """A segment: the share of those who arrive that belong to it (None: it is given on the way), of how many.

    nodes: stages at which it has hazards and times of its own; amounts: stages at which it pays otherwise.
    """

    name: str
    share: Interval | None
    count: int
    of: int
    nodes: tuple[tuple[int, NodeFit], ...] = ()
    amounts: tuple[tuple[int, EarningFit], ...] = ()
