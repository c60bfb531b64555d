"""Who arrives when: the one list of arrivals that every engine starts from.

Arrival i of a source comes at Λ⁻¹(E₁ + … + Eᵢ), Λ the integrated rate and E standard exponentials, each drawn with the
customer's own key (time change of a Poisson process; Çinlar 1975, §4.7). Copy c of a source scaled by m keeps an
arrival when its own uniform is below m − c, so that more arrivals leave the earlier ones as they were.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.arithmetic import log
from funnelsim.compiling import compiled
from funnelsim.draws import ARRIVAL, customer_key, uniforms
from funnelsim.plan import Plan, rows

#: One row per arrival: the row of `plan.source`, copy and number, the time, and the customer's key.
ARRIVALS = np.dtype(
    [
        ("source_row", "i4"),
        ("copy", "i4"),
        ("number", "i8"),
        ("time", "f8"),
        ("k0", "u8"),
        ("k1", "u8"),
    ]
)
HOURS_OF_WEEK = 168
FOUR_CENTURIES = 146_097


def arrivals(plan: Plan, seed: int, replication: int) -> NDArray[Any]:
    """Return everyone who arrives in the window's time, by (time, source key, copy, number), at most `window.count`."""
    parts = []
    for row, source in enumerate(rows(plan.source)):
        for copy in range(math.ceil(source.times)):
            kept = min(1.0, source.times - copy)
            if source.size >= 0:
                parts.append(_batch(plan, seed, replication, row, source, copy, kept))
            else:
                parts.append(_stream(plan, seed, replication, row, source, copy, kept))
    if not parts:
        return np.empty(0, dtype=ARRIVALS)
    everyone = np.concatenate(parts)
    order = np.lexsort((everyone["number"], everyone["copy"], everyone["source_row"], everyone["time"]))
    everyone = everyone[order]
    return everyone if plan.window.count < 0 else everyone[: plan.window.count]


def _batch(plan: Plan, seed: int, replication: int, row: int, source: Any, copy: int, kept: float) -> NDArray[Any]:
    if source.at >= plan.window.until:
        return np.empty(0, dtype=ARRIVALS)
    out = np.empty(source.size, dtype=ARRIVALS)
    out["source_row"], out["copy"], out["time"] = row, copy, source.at
    count = _fill_batch(seed, replication, source.word, copy, kept, source.first_number, out)
    return out[:count]


def _stream(plan: Plan, seed: int, replication: int, row: int, source: Any, copy: int, kept: float) -> NDArray[Any]:
    limit = plan.window.count if plan.window.count >= 0 else 1 << 62
    expected = source.rate * plan.window.until if math.isfinite(plan.window.until) else float(limit)
    profile = plan.profile[source.profile] if source.profile >= 0 else np.ones(HOURS_OF_WEEK + 12)
    capacity = int(min(limit, expected * 1.2 + 1000.0)) + 1
    while True:
        out = np.empty(capacity, dtype=ARRIVALS)
        out["source_row"], out["copy"] = row, copy
        count = _fill_stream(
            seed, replication, source.word, copy, kept, source.rate, source.profile >= 0, profile,
            plan.month_of_day, plan.first_weekday, plan.window.until, limit, out,
        )  # fmt: skip
        if count < capacity:
            return out[:count]
        capacity *= 2


@compiled
def _fill_batch(seed: int, replication: int, word: int, copy: int, kept: float, first: int, out: NDArray[Any]) -> int:
    count = 0
    for i in range(out.size):
        k0, k1 = customer_key(seed, replication, word, copy, first + i)
        if kept < 1.0 and uniforms(k0, k1, 0, ARRIVAL, 0, 0)[1] >= kept:
            continue
        out[count].number = first + i
        out[count].k0 = k0
        out[count].k1 = k1
        count += 1
    return count


@compiled
def _fill_stream(
    seed: int,
    replication: int,
    word: int,
    copy: int,
    kept: float,
    rate: float,
    profiled: int,
    profile: NDArray[np.float64],
    month_of_day: NDArray[np.int8],
    first_weekday: int,
    until: float,
    limit: int,
    out: NDArray[Any],
) -> int:
    """Fill `out` in order of time and return how many; out.size means that there may be more."""
    count = 0
    number = 0
    total = 0.0  # E₁ + … + Eᵢ
    hour = 0
    integral = 0.0  # Λ at the beginning of `hour`
    while count < out.size and count < limit:
        k0, k1 = customer_key(seed, replication, word, copy, number)
        gap, luck = uniforms(k0, k1, 0, ARRIVAL, 0, 0)
        total = total - log(gap)
        if profiled >= 0:
            while True:
                day = hour // 24
                month = month_of_day[day % FOUR_CENTURIES]
                cell = rate / 24.0 * profile[(first_weekday * 24 + hour) % 168] * profile[168 + month]
                if integral + cell > total or hour / 24.0 >= until:
                    break
                integral += cell
                hour += 1
            if hour / 24.0 >= until:
                break
            time = (hour + (total - integral) / cell) / 24.0
        else:
            time = total / rate
        if time >= until:
            break
        if luck < kept:
            out[count].number = number
            out[count].time = time
            out[count].k0 = k0
            out[count].k1 = k1
            count += 1
        number += 1
    return count
