"""Numbers for people: separators of the language, signs, spreads rounded to the precision they have, times."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from babel.core import Locale
from babel.numbers import format_decimal

from funnelsim.units import format_duration, format_short
from funnelsim.units import format_moment as _format_moment

#: What stands where nothing is defined.
NOTHING = "–"
#: Keeps a number and its unit on one line.
SPACE = "\u00a0"
MINUS = "\u2212"
#: Room for the digits of every float.
_EXACT = Context(prec=700, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean with half its interval, and half the one that holds for all scenarios at once; empty where undefined."""

    mean: str
    half: str = ""
    half_all: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """What is shown: `1,235,000`, `± 12,000`, `(± 15,000)`."""
        half = (f"±{SPACE}{self.half}",) if self.half else ()
        half_all = (f"(±{SPACE}{self.half_all})",) if self.half_all else ()
        return (self.mean, *half, *half_all)

    def __str__(self) -> str:
        return SPACE.join(self.parts)


def format_number(value: float | None, language: str, decimals: int = 0, *, signed: bool = False) -> str:
    """Return a number with the separators of `language`, rounded to `decimals` (negative: to tens, hundreds …).

    Halves are rounded away from zero, as people do.
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), context=_EXACT)
    places = max(decimals, 0)
    pattern = "#,##0." + "0" * places if places else "#,##0"
    digits = format_decimal(abs(rounded), format=pattern, locale=language)
    if rounded == 0:
        return digits
    return (MINUS if rounded < 0 else "+" if signed else "") + digits


def format_share(value: float | None, language: str, decimals: int = 1, *, signed: bool = False) -> str:
    """Return a share between 0 and 1 as a percentage (`12.3%`, `12,3 %`)."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return format_number(100.0 * value, language, decimals, signed=signed) + _percent(language)


def format_probability(value: float | None, language: str) -> str:
    """Return a probability in per cent; what is nearly certain is `> 99.9%`, never a rounded 100%."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if value < 0.001:
        return f"<{SPACE}{format_share(0.001, language)}"
    if value > 0.999:
        return f">{SPACE}{format_share(0.999, language)}"
    return format_share(value, language)


def format_spread(
    measure: Mapping[str, float | None], language: str, *, share: bool = False, signed: bool = False, per: float = 1.0
) -> Spread:
    """Return mean ± half-width of `{mean, low, high, low_all?, high_all?}`, to two digits of the half-width.

    Shares are written as percentages, amounts divided by `per`. An interval of no width is left out, and so is a
    simultaneous one that is no wider than the other.
    """
    unit = 100.0 if share else 1.0 / per
    tail = _percent(language) if share else ""
    mean = measure["mean"]
    if mean is None or not math.isfinite(mean):
        return Spread(NOTHING)
    half = _half(mean, measure.get("low"), measure.get("high"), unit)
    half_all = _half(mean, measure.get("low_all"), measure.get("high_all"), unit)
    decimals = decimals_of(unit * mean, half, 4 if share else 2)
    if share and half is None:
        decimals = max(decimals, 1)
    shown = format_number(unit * mean, language, decimals, signed=signed) + tail
    if half is None:
        return Spread(shown)
    wider = half_all is not None and half_all > half * (1 + 1e-9)
    return Spread(
        shown,
        format_number(half, language, decimals) + tail,
        format_number(half_all, language, decimals) + tail if wider else "",
    )


def _half(mean: float, low: float | None, high: float | None, unit: float) -> float | None:
    """Return the longer arm of an interval (an end may be cut off where the quantity ends); None if there is none."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return None
    return unit * max(high - mean, mean - low)


def format_interval(
    low: float | None, high: float | None, language: str, *, share: bool = False, per: float = 1.0
) -> str:
    """Return `low … high`, both to two digits of the half-width; the percent sign comes once."""
    unit = 100.0 if share else 1.0 / per
    half = None if low is None or high is None else _half((low + high) / 2.0, low, high, unit)
    if low is None or high is None or half is None:
        return NOTHING
    decimals = decimals_of(0.0, half, 2)
    ends = [format_number(unit * end, language, decimals) for end in (low, high)]
    return f"{ends[0]}{SPACE}…{SPACE}{ends[1]}" + (_percent(language) if share else "")


def format_relative(change: Mapping[str, float | None], language: str) -> tuple[str, ...]:
    """Return a relative change and its interval, `+6.6%` and `(4.6 … 8.8%)`, to tenths of a per cent or hundredths."""
    mean, low, high = change["mean"], change.get("low"), change.get("high")
    half = None if mean is None or not math.isfinite(mean) else _half(mean, low, high, 100.0)
    if low is None or high is None or half is None:
        return (format_share(mean, language, signed=True),)
    decimals = 1 if half >= 0.1 else 2
    ends = [format_number(100.0 * end, language, decimals) for end in (low, high)]
    interval = f"({ends[0]}{SPACE}…{SPACE}{ends[1]}{_percent(language)})"
    return (format_share(mean, language, decimals, signed=True), interval)


def format_time(days: float | None, language: str, *, short: bool = False) -> str:
    """Return a length of time in the unit that suits it: `2.5 h`, `27 days` (short: `27 d`); no time at all is 0."""
    if days == 0:
        return "0"
    if days is None:
        return NOTHING
    return SPACE.join((format_short if short else format_duration)(days, language).rsplit(" ", 1))


def format_moment(days: float, language: str) -> str:
    """Return a time that somebody chose, as exactly as it was said: `138 days`, not `4.53 months`."""
    return SPACE.join(_format_moment(days, language).rsplit(" ", 1)) if days else "0"


def plural_form(value: float, language: str) -> str:
    """Return the plural category (CLDR: one, few, many, other) of a number as it is shown."""
    rule: Callable[[Any], str] = Locale.parse(language).plural_form
    return rule(int(value) if float(value).is_integer() else Decimal(repr(float(value))))


def decimals_of(value: float, half: float | None, most: int) -> int:
    """Return the decimals that show two digits of the half-width, or three of the value where there is none."""
    if half is not None and math.isfinite(half) and half > 0:
        return min(1 - math.floor(math.log10(half)), most)
    if float(value).is_integer():
        return 0
    return min(_digits(value), most)


def _digits(value: float) -> int:
    size = abs(value)
    if float(value).is_integer():
        return 0
    return 0 if size >= 20 else 1 if size >= 1 else 2


def _percent(language: str) -> str:
    return SPACE + "%" if language == "ru" else "%"
