"""What an engine returns: everyone who came and everything they lived through, in one replication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Journeys:
    """Customers (CUSTOMER) and their visits (VISIT), as in `eventlog`.

    Customers are in order of identity: arrivals by source key, copy and number, then referrals by generation, parent,
    origin and number. Visits are in order of customer, then of time. Two engines agree when these arrays are equal.
    """

    customers: NDArray[Any]
    visits: NDArray[Any]
