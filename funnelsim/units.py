"""Durations, rates, shares and amounts as people write them, in English and Russian; inside, time is in days.

    duration   2 min, 36 h, 3 d, 1.5 w, 1 mo (30.4375 d), 1 y (365.25 d), 3 дня, 1,5 ч      float days
    rate       0.05 / d, 3 / h, 40 / нед                                                   float per day
    share      12%, 12,5%, 0.12                                                            float in [0, 1]
    amount     350, 1 200.50                                                               float

Decimals may have a point or a comma, thousands may be parted by spaces (of any kind). Results are the nearest
floats to what was written. Everything else raises ValueError, saying what was expected and what was found.
"""

from __future__ import annotations

import math
import re
from difflib import get_close_matches
from fractions import Fraction
from typing import Final

DAYS: Final[dict[str, Fraction]] = {
    "s": Fraction(1, 86400),
    "min": Fraction(1, 1440),
    "h": Fraction(1, 24),
    "d": Fraction(1),
    "w": Fraction(7),
    "mo": Fraction(487, 16),  # 30.4375
    "y": Fraction(1461, 4),  # 365.25
}
WORDS: Final[dict[str, tuple[str, ...]]] = {
    "s": ("s", "sec", "secs", "second", "seconds", "с", "сек", "секунда", "секунды", "секунд", "секунду"),
    "min": ("min", "mins", "minute", "minutes", "мин", "минута", "минуты", "минут", "минуту"),
    "h": ("h", "hr", "hrs", "hour", "hours", "ч", "час", "часа", "часов"),
    "d": ("d", "day", "days", "д", "дн", "день", "дня", "дней", "сутки", "суток", "сут"),
    "w": ("w", "wk", "wks", "week", "weeks", "нед", "неделя", "недели", "недель", "неделю"),
    "mo": ("mo", "mos", "month", "months", "мес", "месяц", "месяца", "месяцев"),
    "y": ("y", "yr", "yrs", "year", "years", "г", "год", "года", "лет"),
}
#: Short for the units that people read.
SHORT: Final = {
    **dict.fromkeys(("day", "days"), "d"),
    **dict.fromkeys(("month", "months"), "mo"),
    **dict.fromkeys(("year", "years"), "y"),
    **dict.fromkeys(("день", "дня", "дней"), "дн."),
    **dict.fromkeys(("месяц", "месяца", "месяцев"), "мес."),
    **dict.fromkeys(("год", "года", "лет"), "г."),
}
UNITS: Final = {word: unit for unit, words in WORDS.items() for word in words}
UNIT_LIST: Final = "s, min, h, d, w, mo, y"
SPACES: Final = "\u0020\u00a0\u2009\u202f"  # plain, no-break, thin, narrow no-break
LONGEST: Final = 60  # characters of a value; nobody writes more, and exact arithmetic stays small

_WHOLE = rf"[0-9]{{1,3}}(?:[{SPACES}][0-9]{{3}})+|[0-9]+"
_NUMBER = rf"[+-]?(?:(?:{_WHOLE})(?:[.,][0-9]*)?|[.,][0-9]+)(?:e[+-]?[0-9]{{1,3}})?"
_ALONE = re.compile(rf"({_NUMBER})", re.IGNORECASE)
_WITH_UNIT = re.compile(rf"({_NUMBER})[{SPACES}]*([^\W\d_]+)\.?", re.IGNORECASE)
_PER_UNIT = re.compile(rf"({_NUMBER})[{SPACES}]*/[{SPACES}]*([^\W\d_]+)\.?", re.IGNORECASE)
_PERCENT = re.compile(rf"({_NUMBER})[{SPACES}]*%", re.IGNORECASE)

_DURATION = "a duration such as `2 min`, `36 h` or `3 d`"
_RATE = "a rate such as `0.05 / d` or `3 / h`"
_SHARE = "a share such as `12%` or `0.12`"
_AMOUNT = "an amount such as `350` or `1200.50`"


def parse_duration(value: str | float) -> float:
    """Return a duration in days; only 0 may come without a unit."""
    text = _text(value, _DURATION)
    alone = _ALONE.fullmatch(text)
    if alone is not None:
        if _exact(alone[1], _DURATION, value) == 0:
            return 0.0
        raise ValueError(f"expected {_DURATION}, found {value!r} without a unit; the units are {UNIT_LIST}")
    parts = _WITH_UNIT.fullmatch(text)
    if parts is None:
        raise ValueError(f"expected {_DURATION}, found {value!r}")
    return _finite(_exact(parts[1], _DURATION, value) * DAYS[_unit(parts[2], _DURATION)], _DURATION, value)


def parse_rate(value: str | float) -> float:
    """Return a rate per day; only 0 may come without a unit."""
    text = _text(value, _RATE)
    alone = _ALONE.fullmatch(text)
    if alone is not None:
        if _exact(alone[1], _RATE, value) == 0:
            return 0.0
        raise ValueError(f"expected {_RATE}, found {value!r} without a unit; the units are {UNIT_LIST}")
    parts = _PER_UNIT.fullmatch(text)
    if parts is None:
        raise ValueError(f"expected {_RATE}, found {value!r}")
    return _finite(_exact(parts[1], _RATE, value) / DAYS[_unit(parts[2], _RATE)], _RATE, value)


def parse_share(value: str | float) -> float:
    """Return a share between 0 and 1."""
    share = _relative(value, _SHARE)
    if not 0 <= share <= 1:
        raise ValueError(f"expected {_SHARE}, between 0% and 100%, found {value!r}")
    return float(share)


def parse_signed_share(value: str | float) -> float:
    """Return a relative change such as `-10%` or 0.1; no less than −100%."""
    expected = "a relative change such as `-10%` or `0.1`"
    change = _relative(value, expected)
    if change < -1:
        raise ValueError(f"expected {expected}, no less than -100%, found {value!r}")
    return _finite(change, expected, value, signed=True)


def parse_amount(value: str | float) -> float:
    """Return an amount of money or of effort, finite and not negative."""
    parts = _ALONE.fullmatch(_text(value, _AMOUNT))
    if parts is None:
        raise ValueError(f"expected {_AMOUNT}, found {value!r}")
    return _finite(_exact(parts[1], _AMOUNT, value), _AMOUNT, value)


def _text(value: object, expected: str) -> str:
    """Return a value as text to match, or refuse what is neither a text nor a finite number."""
    if isinstance(value, str):
        if len(value) > LONGEST:
            raise ValueError(f"expected {expected}, found {len(value)} characters: {value[:20]!r}…")
        return value.strip(SPACES + "\t").replace("\u2212", "-")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -math.inf < value < math.inf:
        raise ValueError(f"expected {expected}, found {value!r}")
    return repr(float(value))


def _exact(number: str, expected: str, value: object) -> Fraction:
    """Return a matched number as a fraction."""
    digits = "".join(character for character in number if character not in SPACES)
    if re.search(r",\d{3}(?!\d)", digits) and not re.match(r"[+-]?0*,", digits):
        raise ValueError(f"expected {expected}, found {value!r}, where the comma could part thousands or decimals")
    return Fraction(digits.replace(",", "."))


def _relative(value: str | float, expected: str) -> Fraction:
    text = _text(value, expected)
    percent = _PERCENT.fullmatch(text)
    if percent is not None:
        return _exact(percent[1], expected, value) / 100
    alone = _ALONE.fullmatch(text)
    if alone is None:
        raise ValueError(f"expected {expected}, found {value!r}")
    return _exact(alone[1], expected, value)


def _finite(exact: Fraction, expected: str, value: object, *, signed: bool = False) -> float:
    if exact < 0 and not signed:
        raise ValueError(f"expected {expected}, not below 0, found {value!r}")
    try:
        return float(exact)
    except OverflowError:
        raise ValueError(f"expected {expected}, found {value!r}, which is too large") from None


def _unit(word: str, expected: str) -> str:
    """Return the unit that a word stands for."""
    unit = UNITS.get(word) or UNITS.get(word.lower())
    if unit is not None:
        return unit
    if word.lower() in ("m", "м"):
        raise ValueError(f"expected {expected}, found the unit {word!r}: write min for minutes or mo for months")
    close = get_close_matches(word.lower(), UNITS, n=1, cutoff=0.6)
    guess = f" (did you mean {close[0]}?)" if close else ""
    raise ValueError(f"expected {expected}, found the unit {word!r}{guess}; the units are {UNIT_LIST}")


# For one, few (in Russian 2–4 and fractions) and many; an unchanging abbreviation has one form.
FORMS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "en": {
        "s": ("s",),
        "min": ("min",),
        "h": ("h",),
        "d": ("day", "days", "days"),
        "mo": ("month", "months", "months"),
        "y": ("year", "years", "years"),
    },
    "ru": {
        "s": ("с",),
        "min": ("мин",),
        "h": ("ч",),
        "d": ("день", "дня", "дней"),
        "mo": ("месяц", "месяца", "месяцев"),
        "y": ("год", "года", "лет"),
    },
}
# A unit goes up to the next at these numbers; months begin where they would be two.
LADDER: Final = (("s", 60.0), ("min", 60.0), ("h", 48.0), ("d", 60.875), ("mo", 24.0), ("y", math.inf))


def format_duration(days: float, language: str = "en") -> str:
    """Return a duration for people, in the fitting unit to three significant digits: `2 min`, `1,5 дня`."""
    if math.isnan(days):
        return "–"
    if math.isinf(days):
        return "никогда" if language == "ru" else "never"
    size = abs(days)
    number, unit = 0.0, "s"
    for unit, limit in LADDER:
        exact = size / float(DAYS[unit])
        number = _round(exact)
        if number < limit:
            break
        if exact < limit:  # rounded up to the next unit: 59.99 min is 1 h
            size = limit * float(DAYS[unit])
    if (number, unit) in ((24.0, "h"), (12.0, "mo")):
        number, unit = 1.0, "d" if unit == "h" else "y"
    text = f"{number:.6f}".rstrip("0").rstrip(".")
    sign = "−" if days < 0.0 and text != "0" else ""
    shown = text.replace(".", ",") if language == "ru" else text
    return f"{sign}{shown} {_form(text, FORMS[language][unit], language)}"


def format_short(days: float, language: str = "en") -> str:
    """Return a duration for people with a short unit: `12.8 d`, `12,8 дн.`."""
    number, _, unit = format_duration(days, language).rpartition(" ")
    return f"{number} {SHORT.get(unit, unit)}".lstrip()


def format_moment(days: float, language: str = "en") -> str:
    """Return a time that somebody chose: like a duration where that is exact, whole days as days (`138 days`)."""
    shown = format_duration(days, language)
    if not (math.isfinite(days) and days >= 1.0 and float(days).is_integer()) or parse_duration(shown) == days:
        return shown
    return f"{days:.0f} {_form(f'{days:.0f}', FORMS[language]['d'], language)}"


def _round(number: float) -> float:
    """Round to three significant digits, and to whole ones from 100 on."""
    return float(f"{number:.0f}") if number >= 100.0 else float(f"{number:.3g}")


def _form(number: str, forms: tuple[str, ...], language: str) -> str:
    """Return the word that agrees with a number as written."""
    if len(forms) == 1:
        return forms[0]
    if language != "ru":
        return forms[0] if number == "1" else forms[1]
    if "." in number:
        return forms[1]
    tens, ones = int(number) % 100, int(number) % 10
    if 10 < tens < 20 or ones == 0 or ones > 4:
        return forms[2]
    return forms[0] if ones == 1 else forms[1]
