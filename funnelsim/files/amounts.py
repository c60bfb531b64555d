"""Numbers of a canonical document, multiplied: shares, amounts, durations, rates, and laws of time and of amounts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from funnelsim.files.paths import ChangeError
from funnelsim.files.scalars import AMOUNT, FAMILIES, TIME, read_law, write_duration, write_law, write_rate
from funnelsim.files.wording import join, show
from funnelsim.laws import scaled
from funnelsim.units import parse_duration, parse_rate

#: What a law of the format is about, by the key that it stands at.
QUANTITIES = {
    **dict.fromkeys(("takes", "wait", "service", "after", "patience", "time_to_loss"), TIME),
    **dict.fromkeys(("cost", "revenue", "has"), AMOUNT),
}
#: Keys whose numbers are people or deals, and what the message calls them.
WHOLE = {"size": "people", "count": "deals"}
#: Keys whose numbers are shares, which stop at 100%.
SHARES = ("share", "chance", "availability", "margin")


class NotANumberError(ValueError):
    """What stands at a place cannot be multiplied; the text says why."""


def read_factor(value: object, key: str) -> float:
    """Return a number or a percentage that is finite and not negative."""
    text = "" if isinstance(value, bool) or not isinstance(value, str | int | float) else str(value).strip()
    try:
        factor = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise ChangeError(f"expected a factor such as `0.5` or `50%`, found {show(value)}", key) from None
    if not math.isfinite(factor) or factor < 0:
        raise ChangeError(f"expected a finite factor that is not negative, found {show(value)}", key)
    return factor


def multiplied(value: Any, trail: Sequence[str], factor: float) -> Any:
    """Return what stands at the end of `trail`, multiplied: of a law its durations or amounts.

    Raises NotANumberError where that has no meaning, and ChangeError for a share that would exceed 100%.
    """
    key = trail[-1]
    if isinstance(value, Mapping):
        return _multiplied_law(value, trail, factor)
    if isinstance(value, str):
        return _multiplied_text(value, factor)
    if key in WHOLE and trail[0] in ("teams", "pipeline"):
        return _multiplied_count(value, trail, factor)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotANumberError(f"expected a number, a duration or a law there, found {show(value)}")
    product = value * factor
    if product > 1 and (key in SHARES or "unless" in trail[-2:-1]):
        raise ChangeError(f"`{'.'.join(trail)}`: {100 * value:.6g}% times {factor:.6g} is over 100%", "by")
    return product


def _multiplied_count(value: int, trail: Sequence[str], factor: float) -> int:
    key = trail[-1]
    product = round(value * factor, 9)
    if not product.is_integer() or product < 1:
        text = (
            f"{value} times {factor:.6g} is {value * factor:.6g}: expected a whole number of {WHOLE[key]}, at least 1"
        )
        raise ChangeError(f"`{'.'.join(trail)}`: {text}", "by")
    return int(product)


def _multiplied_text(value: str, factor: float) -> str:
    if value.endswith(" / h"):
        return f"{float(value.removesuffix(' / h')) * factor!r} / h"
    for parse, write in ((parse_duration, write_duration), (parse_rate, write_rate)):
        try:
            return write(parse(value) * factor)
        except ValueError:
            continue
    raise NotANumberError(f"expected a number, a duration or a law there, found {show(value)}")


def _multiplied_law(value: Mapping[str, Any], trail: Sequence[str], factor: float) -> dict[str, Any]:
    key = trail[-1]
    if "causes" in trail[::2]:  # every second one is a name
        raise NotANumberError(
            "inside `causes` a factor could mean the hazard or the time; scale the cause itself, or a number in "
            f"{join(value)}"
        )
    if key not in QUANTITIES or not value.keys() & FAMILIES.keys():
        raise NotANumberError(f"it is a mapping; name what to multiply inside it: {join(value, 'or')}")
    quantity = QUANTITIES[key]
    return write_law(scaled(read_law(value, quantity), factor), quantity)
