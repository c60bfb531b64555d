"""Scalar types of the file format: how each is read, how the canonical document and the JSON Schema write it.

In Python a duration is a float in days, a rate a float per day, a share and an amount a float, a law a `Law`. The
canonical document writes `"3.0 d"`, `"0.05 / d"`, `0.12`, `350.0` and `{family: {parameter: value}}`; reading that back
gives the same floats, bit for bit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from funnelsim import units
from funnelsim.files.wording import Mistakes, join, show, suggest
from funnelsim.laws import Law, fixed, make_law

T = TypeVar("T")
NAME = re.compile(r"[^\W\d]\w*")
NAME_PATTERN = r"^[^\d\s!-/:-@\[-\^`{-~][^\s!-/:-@\[-\^`{-~]*$"
"""The JSON Schema's: in ECMAScript `\\w` knows ASCII letters only, so it names what a name must not hold."""
OPTION_PATTERN = NAME_PATTERN.replace("$", r"(\." + NAME_PATTERN[1:-1] + ")?$")
"""The same for an intervention or one of its levels: `people`, `people.two`."""
DECAYS = (0.01, 1000.0)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

FAMILIES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "exponential": (("mean",), ("rate",)),
    "weibull": (("shape", "scale"),),
    "gamma": (("shape", "scale"), ("mean", "sd")),
    "lognormal": (("mean", "sd"), ("median", "sigma")),
    "loglogistic": (("shape", "scale"),),
    "uniform": (("low", "high"),),
    "triangular": (("low", "mode", "high"),),
    "empirical": (("quantiles",),),
    "fixed": (("x",),),
}
"""Every family of laws with the parameter sets that it takes."""
PURE_NUMBERS = frozenset({"shape", "sigma"})


# ---- scalars -------------------------------------------------------------------------------------------------------


def read_number(value: object) -> float:
    """Return a finite number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number, found {show(value)}")
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"expected a finite number that is not negative, found {show(value)}")
    return float(value)


def read_decay(value: object) -> float:
    """Return the exponent of a forgetting curve: beyond these bounds its scale is no longer a number."""
    number = read_number(value)
    if not DECAYS[0] <= number <= DECAYS[1]:
        raise ValueError(f"expected a number between {DECAYS[0]:g} and {DECAYS[1]:g}, found {show(value)}")
    return number


def read_whole(value: object, least: int = 0, below: int | None = None) -> int:
    """Return a whole number, at least `least` and below `below`."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, found {show(value)}")
    if value < least:
        raise ValueError(f"expected a whole number of at least {least}, found {value}")
    if below is not None and value >= below:
        raise ValueError(f"expected a whole number below {below}, found {show(value)}")
    return value


def read_duration(value: object) -> float:
    """Return days."""
    return units.parse_duration(scalar(value, "a duration such as `3 d`"))


def read_positive_duration(value: object) -> float:
    """Return days above zero."""
    days = read_duration(value)
    if days == 0:
        raise ValueError(f"expected a duration above 0, found {show(value)}")
    return days


def read_rate(value: object) -> float:
    """Return events per day."""
    return units.parse_rate(scalar(value, "a rate such as `5 / d`"))


def read_positive_rate(value: object) -> float:
    """Return events per day above zero."""
    rate = read_rate(value)
    if rate == 0:
        raise ValueError("expected a rate above 0: with a rate of 0 nobody would ever come")
    return rate


def read_share(value: object) -> float:
    """Return a share between 0 and 1."""
    return units.parse_share(scalar(value, "a share such as `12%` or `0.12`"))


def read_amount(value: object) -> float:
    """Return an amount of money, attention or time."""
    return units.parse_amount(scalar(value, "an amount such as `350`"))


def scalar(value: object, expected: str) -> str | int | float:
    """Return the value if it is one word or number, else say what was expected."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"expected {expected}, found {show(value)}")
    return value


def read_name(value: object) -> str:
    """Return a name: letters of any alphabet, digits and `_`, not starting with a digit."""
    if not isinstance(value, str):
        raise ValueError(f"expected a name, found {show(value)} (put it in quotes)")
    if not NAME.fullmatch(value):
        guess = re.sub(r"\W+", "_", value).strip("_")
        near = f" (did you mean `{guess}`?)" if NAME.fullmatch(guess) else ""
        raise ValueError(f"{show(value)} is not a name: letters, digits and `_`, the first not a digit{near}")
    return value


def read_option(value: object) -> str:
    """Return the name of an intervention, or of one of its levels: two names with a dot between them."""
    parts = value.split(".") if isinstance(value, str) else []
    if len(parts) == 2 and all(NAME.fullmatch(part) for part in parts):
        return ".".join(parts)
    return read_name(value)


def read_text(value: object) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str):
        hint = " (put it in quotes)" if isinstance(value, int | float) else ""
        raise ValueError(f"expected a text, found {show(value)}{hint}")
    if not value.strip():
        raise ValueError("expected a text, and it is empty")
    return value


def read_date(value: object) -> date:
    """Return a date written as 2026-01-31."""
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f"expected a date such as `2026-01-31`, found {show(value)}")


def read_dates(value: object) -> tuple[tuple[date, int], ...]:
    """Return dates with the number of customers on each, in the order of time."""
    expected = "a list of dates and numbers, such as `[[2026-01-15, 300]]`"
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"expected {expected}, found {'an empty list' if value == [] else show(value)}")
    found: list[tuple[tuple[str | int, ...], str]] = []
    counts: dict[date, int] = {}
    for index, pair in enumerate(value):
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            found.append(((index,), f"expected a date and a number, such as `[2026-01-15, 300]`, found {show(pair)}"))
            continue
        day = attempt(found, (index, 0), read_date, pair[0])
        count = attempt(found, (index, 1), read_whole, pair[1])
        if day is not None and day in counts:
            found.append(((index, 0), f"the date {day.isoformat()} stands here twice"))
        elif day is not None and count is not None:
            counts[day] = count
    if found:
        raise Mistakes(*found)
    return tuple(sorted(counts.items()))


def read_profile(value: object, size: int, words: str) -> tuple[float, ...]:
    """Return `size` multipliers that are not all zero."""
    if not isinstance(value, list | tuple):
        raise ValueError(f"expected a list of {size} numbers, {words}, found {show(value)}")
    if len(value) != size:
        raise ValueError(f"expected {size} numbers, {words}, found {len(value)}")
    found: list[tuple[tuple[str | int, ...], str]] = []
    numbers = [attempt(found, (index,), read_number, item) for index, item in enumerate(value)]
    if found:
        raise Mistakes(*found)
    if not any(numbers):
        raise ValueError("all multipliers are 0: nobody would ever come")
    return tuple(number for number in numbers if number is not None)


def read_cohort(value: object) -> int | float:
    """Return a number of customers (int), or the days in which they arrive (float)."""
    if isinstance(value, str):
        return read_positive_duration(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(
            f"expected a number of customers of at least 1, or a duration such as `90 d`, found {show(value)}"
        )
    return value


def attempt(
    found: list[tuple[tuple[str | int, ...], str]],
    path: tuple[str | int, ...],
    read: Callable[[object], T],
    value: object,
) -> T | None:
    """Return what `read` makes of the value, or note its mistake at `path`."""
    try:
        return read(value)
    except ValueError as error:
        found.append((path, str(error)))
        return None


# ---- laws ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a law is about: how its values are read and written."""

    word: str
    example: str
    read: Callable[[object], float]
    read_rate: Callable[[object], float]
    write: Callable[[float], Any]
    write_rate: Callable[[float], Any]


def write_duration(days: float) -> str:
    """Return days as the canonical document writes them."""
    return ".inf" if math.isinf(days) else f"{days!r} d"


def write_rate(per_day: float) -> str:
    """Return a rate as the canonical document writes it."""
    return f"{per_day!r} / d"


def write_amount(amount: float) -> float | str:
    """Return an amount as the canonical document writes it."""
    return ".inf" if math.isinf(amount) else amount


TIME = Quantity("a duration", "3 d", read_duration, read_rate, write_duration, write_rate)
AMOUNT = Quantity("an amount", "350", read_amount, read_number, write_amount, float)


def read_law(value: object, quantity: Quantity) -> Law:
    """Return the law that a value says: one number is `fixed`, else `{family: {parameter: value}}`."""
    if isinstance(value, Law):
        return value
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return fixed(quantity.read(value))
    example = f"`{{exponential: {{mean: {quantity.example}}}}}`"
    if not isinstance(value, Mapping):
        raise ValueError(f"expected {quantity.word} or a law such as {example}, found {show(value)}")
    families = [key for key in value if key != "note"]
    if len(families) != 1:
        raise ValueError(f"expected one law such as {example}, found {join(families, 'and') or 'nothing'}")
    family, body = families[0], value[families[0]]
    if family not in FAMILIES:
        hint = suggest(family, FAMILIES)
        raise Mistakes(((family,), f"unknown law: expected {join(FAMILIES)}{hint}"))
    try:
        if family == "fixed":
            return fixed(quantity.read(body))
        return read_parameters(family, body, quantity)
    except Mistakes as mistakes:
        raise Mistakes(*(((family, *path), message) for path, message in mistakes.found)) from None
    except ValueError as error:
        message = str(error).removeprefix(f"{family}: ")
        name, _, rest = message.partition(" ")
        known = isinstance(body, Mapping) and name in body and rest.startswith("should ")
        raise Mistakes(((family, name), rest) if known else ((family,), message)) from None


def read_parameters(family: str, body: object, quantity: Quantity) -> Law:
    """Return a law of a family from its parameters."""
    sets = FAMILIES[family]
    wanted = " or ".join("{" + ", ".join(names) + "}" for names in sets)
    if not isinstance(body, Mapping):
        raise ValueError(f"expected the parameters {wanted}, found {show(body)}")
    known = {name for names in sets for name in names}
    given = [name for name in body if name != "note"]
    unknown = [name for name in given if name not in known]
    if unknown:
        raise Mistakes(
            *(((n,), f"unknown parameter of `{family}`: expected {wanted}{suggest(n, known)}") for n in unknown)
        )
    if not any(set(given) == set(names) for names in sets):
        raise ValueError(f"expected the parameters {wanted}, found {{{', '.join(given)}}}")
    if family == "empirical":
        return make_law(family, {}, read_quantiles(body["quantiles"], quantity))
    found: list[tuple[tuple[str | int, ...], str]] = []
    parameters: dict[str, float] = {}
    for name in given:
        read = read_number if name in PURE_NUMBERS else quantity.read_rate if name == "rate" else quantity.read
        number = attempt(found, (name,), read, body[name])
        if number is not None:
            parameters[name] = number
    if found:
        raise Mistakes(*found)
    return make_law(family, parameters)


def read_quantiles(value: object, quantity: Quantity) -> tuple[tuple[float, float], ...]:
    """Return the knots of an empirical law: shares from 0 to 1, values that do not fall, the last may be infinite."""
    expected = f"`[[0, 0], [0.5, {quantity.example}], [1, .inf]]`"
    if not isinstance(value, list | tuple) or len(value) < 2:
        raise Mistakes((("quantiles",), f"expected at least two pairs, such as {expected}"))
    found: list[tuple[tuple[str | int, ...], str]] = []
    knots: list[tuple[float, float]] = []
    for index, pair in enumerate(value):
        place = ("quantiles", index)
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            found.append((place, f"expected a share and {quantity.word}, such as `[0.5, {quantity.example}]`"))
            continue
        share = attempt(found, (*place, 0), read_share, pair[0])
        infinite = index == len(value) - 1 and pair[1] in (".inf", math.inf)
        number = math.inf if infinite else attempt(found, (*place, 1), quantity.read, pair[1])
        if share is None or number is None:
            continue
        if knots and share <= knots[-1][0]:
            found.append(((*place, 0), f"shares must rise: {share!r} comes after {knots[-1][0]!r}"))
        elif knots and number < knots[-1][1]:
            found.append(((*place, 1), "values must not fall from one quantile to the next"))
        knots.append((share, number))
    if not found and knots[0][0] != 0:
        found.append((("quantiles", 0, 0), f"the first share must be 0, found {knots[0][0]!r}"))
    if not found and knots[-1][0] != 1:
        found.append((("quantiles", len(knots) - 1, 0), f"the last share must be 1, found {knots[-1][0]!r}"))
    if found:
        raise Mistakes(*found)
    return tuple(knots)


def write_law(law: Law, quantity: Quantity) -> dict[str, Any]:
    """Return a law as the canonical document writes it."""
    if law.family == "fixed":
        return {"fixed": quantity.write(law.parameters[0][1])}
    if law.family == "empirical":
        return {"empirical": {"quantiles": [[share, quantity.write(x)] for share, x in law.quantiles]}}
    return {
        law.family: {
            name: number
            if name in PURE_NUMBERS
            else (quantity.write_rate if name == "rate" else quantity.write)(number)
            for name, number in law.parameters
        }
    }
