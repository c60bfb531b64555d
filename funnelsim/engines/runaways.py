"""Runs that would not end: customers who walk in a circle, referrals that do not die out."""

from __future__ import annotations

from typing import Final

from funnelsim.errors import RunawayError

#: A customer with more visits to a stage than this walks in a circle.
MOST_VISITS: Final = 100_000
#: Referrals have run away when there are more customers than this and this many times the arrivals.
MOST_REFERRED: Final = 100_000
MOST_PER_ARRIVAL: Final = 50


def circle(stage: str) -> RunawayError:
    """Return what is said of a customer who comes to a stage again and again."""
    return RunawayError(
        f"a customer came more than {MOST_VISITS:,} times to the stage {stage!r} without a way out; "
        "give the loop a loss, or a route to the end"
    )


def endless_referrals(replication: int) -> RunawayError:
    """Return what is said of referrals that do not die out."""
    return RunawayError(
        f"referrals do not die out in replication {replication}; lower `referrals.mean`, or give the run a `horizon`"
    )
