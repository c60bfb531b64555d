"""Claims about reading and showing durations, rates, shares and amounts in `funnelsim.units`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.units import (
    UNITS,
    format_duration,
    format_moment,
    parse_amount,
    parse_duration,
    parse_rate,
    parse_share,
    parse_signed_share,
)

THIN = "\u2009"
HARD = "\u00a0"
NARROW = "\u202f"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("30 s", 30 / 86400),
        ("2 min", 2 / 1440),
        ("36 h", 1.5),
        ("3 d", 3.0),
        ("2 w", 14.0),
        ("1 mo", 30.4375),
        ("1 y", 365.25),
        ("1.5 h", 0.0625),
        ("1,5 ч", 0.0625),
        ("0,125 d", 0.125),
        (".5 d", 0.5),
        ("5. d", 5.0),
        ("1e3 s", 1000 / 86400),
        ("1e-07 d", 1e-7),
        ("3d", 3.0),
        ("  3   d ", 3.0),
        (f"3{HARD}d", 3.0),
        (f"1{HARD}000 d", 1000.0),
        (f"10{NARROW}000,5{THIN}дней", 10000.5),
        ("1 000 000 s", 1e6 / 86400),
        ("3 days", 3.0),
        ("1 Day", 1.0),
        ("5 hrs", 5 / 24),
        ("10 секунд", 10 / 86400),
        ("2 мин", 2 / 1440),
        ("2 мин.", 2 / 1440),
        ("5 ч", 5 / 24),
        ("3 дня", 3.0),
        ("1 сутки", 1.0),
        ("1 нед", 7.0),
        ("2 недели", 14.0),
        ("2 мес", 60.875),
        ("5 лет", 1826.25),
        ("0", 0.0),
        ("0 d", 0.0),
        ("0 min", 0.0),
        (0, 0.0),
        (0.0, 0.0),
    ],
)
def test_durations_in_both_languages(text: str | float, days: float) -> None:
    """Units, decimals and spaces of either language give the nearest number of days."""
    assert parse_duration(text) == days


@pytest.mark.parametrize("word", UNITS)
def test_every_word_for_a_unit_is_read(word: str) -> None:
    """Each word in the table is understood, in capitals too."""
    assert parse_duration(f"2 {word}") == parse_duration(f"2 {word.upper()}") == 2 * parse_duration(f"1 {word}")


EXPECTED = "expected a duration such as `2 min`, `36 h` or `3 d`"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, f"{EXPECTED}, found 5 without a unit; the units are s, min, h, d, w, mo, y"),
        ("5", f"{EXPECTED}, found '5' without a unit; the units are s, min, h, d, w, mo, y"),
        ("3 dayz", f"{EXPECTED}, found the unit 'dayz' (did you mean day?); the units are s, min, h, d, w, mo, y"),
        ("3 #", f"{EXPECTED}, found '3 #'"),
        ("3 m", f"{EXPECTED}, found the unit 'm': write min for minutes or mo for months"),
        ("3 м", f"{EXPECTED}, found the unit 'м': write min for minutes or mo for months"),
        ("-3 d", f"{EXPECTED}, not below 0, found '-3 d'"),
        ("1e999 y", f"{EXPECTED}, found '1e999 y', which is too large"),
        ("1,000 d", f"{EXPECTED}, found '1,000 d', where the comma could part thousands or decimals"),
        ("1,5,5 d", f"{EXPECTED}, found '1,5,5 d'"),
        ("1 00 d", f"{EXPECTED}, found '1 00 d'"),
        ("1 h 30 min", f"{EXPECTED}, found '1 h 30 min'"),
        ("d", f"{EXPECTED}, found 'd'"),
        ("", f"{EXPECTED}, found ''"),
        ("nan d", f"{EXPECTED}, found 'nan d'"),
        ("inf d", f"{EXPECTED}, found 'inf d'"),
        ("1e9999 d", f"{EXPECTED}, found '1e9999 d'"),
        ("٣ d", f"{EXPECTED}, found '٣ d'"),
        (math.nan, f"{EXPECTED}, found nan"),
        (math.inf, f"{EXPECTED}, found inf"),
        (True, f"{EXPECTED}, found True"),
        (None, f"{EXPECTED}, found None"),
        ([3], f"{EXPECTED}, found [3]"),
        ("9" * 61 + " d", f"{EXPECTED}, found 63 characters: '99999999999999999999'…"),
    ],
)
def test_what_is_no_duration_is_explained(value: Any, message: str) -> None:
    """A refusal says what was expected and what was found."""
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the whole message is compared)
        parse_duration(value)
    assert str(error.value) == message


@given(st.floats(0.0, 1e300))
def test_days_as_written_by_python_come_back(days: float) -> None:
    """The canonical form of a duration, `repr` and `d`, gives the same float."""
    assert parse_duration(f"{days!r} d") == days
    assert parse_rate(f"{days!r} / d") == days
    assert parse_amount(days) == days


@pytest.mark.parametrize(
    ("text", "per_day"),
    [
        ("0.05 / d", 0.05),
        ("3 / h", 72.0),
        ("40/d", 40.0),
        ("40 / нед", 40 / 7),
        ("1,5 / час", 36.0),
        ("1 000 / y", 1000 / 365.25),
        ("0", 0.0),
        (0, 0.0),
        ("0 / d", 0.0),
    ],
)
def test_rates(text: str | float, per_day: float) -> None:
    """A rate is a number per unit of time."""
    assert parse_rate(text) == per_day


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("5", "found '5' without a unit"),
        (5, "found 5 without a unit"),
        ("5 d", "found '5 d'"),
        ("5 / dd", r"found the unit 'dd'"),
        ("-5 / d", "not below 0, found '-5 / d'"),
        (math.nan, "found nan"),
    ],
)
def test_what_is_no_rate_is_explained(value: str | float, message: str) -> None:
    """A refusal shows the form of a rate and what was found."""
    with pytest.raises(ValueError, match=rf"expected a rate such as `0.05 / d` or `3 / h`, {message}"):
        parse_rate(value)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("12%", 0.12),
        ("12,5%", 0.125),
        ("12.5 %", 0.125),
        (f"8{HARD}%", 0.08),
        ("29%", 0.29),
        ("0.12", 0.12),
        ("0,12", 0.12),
        (0.12, 0.12),
        (1, 1.0),
        (0, 0.0),
        ("100%", 1.0),
        ("0%", 0.0),
        (1e-7, 1e-7),
    ],
)
def test_shares(text: str | float, share: float) -> None:
    """A share is written with a percent sign or as a number between 0 and 1; 29% is the float 0.29."""
    assert parse_share(text) == share


@pytest.mark.parametrize("value", ["120%", 1.2, 12, "-1%", -0.1])
def test_shares_outside_0_to_1_are_refused(value: str | float) -> None:
    """More than all and less than nothing are refused."""
    with pytest.raises(ValueError, match=r"expected a share such as `12%` or `0.12`, between 0% and 100%, found"):
        parse_share(value)


@pytest.mark.parametrize("value", ["abc", "%", "", math.nan, True, None, "12%%", "1/2"])
def test_what_is_no_share_is_refused(value: Any) -> None:
    """Texts that are no number, NaN and booleans are refused."""
    with pytest.raises(ValueError, match=r"expected a share such as `12%` or `0.12`, found"):
        parse_share(value)


@pytest.mark.parametrize(
    ("text", "change"),
    [("-10%", -0.1), ("+10%", 0.1), ("\u221210%", -0.1), (-0.1, -0.1), ("250%", 2.5), ("-100%", -1.0)],
)
def test_relative_changes(text: str | float, change: float) -> None:
    """A change of price has a sign, written with either minus, and may exceed 100% upwards."""
    assert parse_signed_share(text) == change


def test_nothing_falls_by_more_than_all() -> None:
    """A change below −100% is refused."""
    with pytest.raises(ValueError, match="no less than -100%"):
        parse_signed_share("-101%")


@pytest.mark.parametrize(
    ("text", "amount"),
    [(350, 350.0), (0, 0.0), (1200.5, 1200.5), ("350", 350.0), ("1 200,50", 1200.5), (f"90{HARD}000", 90000.0)],
)
def test_amounts(text: str | float, amount: float) -> None:
    """An amount is a number, with thousands parted by spaces if one likes."""
    assert parse_amount(text) == amount


@pytest.mark.parametrize("value", [-1, math.inf, math.nan, "1,000", "5 RUB", "", False, None, {}])
def test_what_is_no_amount_is_refused(value: Any) -> None:
    """Negative, infinite and undefined amounts are refused, and `1,000`, which is 1 to some and 1000 to others."""
    with pytest.raises(ValueError, match=r"expected an amount such as `350` or `1200.50`"):
        parse_amount(value)


@pytest.mark.parametrize(
    ("days", "english", "russian"),
    [
        (0.0, "0 s", "0 с"),
        (30 / 86400, "30 s", "30 с"),
        (0.25 / 86400, "0.25 s", "0,25 с"),
        (2 / 1440, "2 min", "2 мин"),
        (59.96 / 86400, "1 min", "1 мин"),
        (59.99 / 1440, "1 h", "1 ч"),
        (1.25 / 24, "1.25 h", "1,25 ч"),
        (0.999, "1 day", "1 день"),
        (1.0, "1 day", "1 день"),
        (1.5, "36 h", "36 ч"),
        (1.999, "2 days", "2 дня"),
        (2.5, "2.5 days", "2,5 дня"),
        (3.0, "3 days", "3 дня"),
        (5.0, "5 days", "5 дней"),
        (11.0, "11 days", "11 дней"),
        (12.345, "12.3 days", "12,3 дня"),
        (21.0, "21 days", "21 день"),
        (22.0, "22 days", "22 дня"),
        (60.0, "60 days", "60 дней"),
        (60.875, "2 months", "2 месяца"),
        (152.1875, "5 months", "5 месяцев"),
        (365.25, "1 year", "1 год"),
        (730.5, "2 years", "2 года"),
        (913.125, "2.5 years", "2,5 года"),
        (36525.0, "100 years", "100 лет"),
        (36890.25, "101 years", "101 год"),
        (40542.75, "111 years", "111 лет"),
        (-3.0, "−3 days", "−3 дня"),
        (-1e-15, "0 s", "0 с"),
        (math.inf, "never", "никогда"),
        (math.nan, "–", "–"),
    ],
)
def test_durations_for_people(days: float, english: str, russian: str) -> None:
    """The unit fits the size, three digits are enough, 60 of a unit are 1 of the next, and plurals agree."""
    assert format_duration(days) == english
    assert format_duration(days, "ru") == russian


@pytest.mark.parametrize(
    ("days", "english", "russian"),
    [
        (138.0, "138 days", "138 дней"),
        (30.0, "30 days", "30 дней"),
        (1001.0, "1001 days", "1001 день"),
        (365.25, "1 year", "1 год"),
        (0.25, "6 h", "6 ч"),
        (100.3, "3.3 months", "3,3 месяца"),
        (math.inf, "never", "никогда"),
    ],
)
def test_times_that_somebody_chose_stay_what_they_are(days: float, english: str, russian: str) -> None:
    """Whole days are said as such where three digits of a larger unit would not be exact."""
    assert format_moment(days) == english
    assert format_moment(days, "ru") == russian


@given(st.floats(0.0, 1e6))
def test_shown_durations_are_readable_and_close(days: float) -> None:
    """What is shown reads back to within half a unit of its third digit, in both languages alike."""
    for language in ("en", "ru"):
        shown = parse_duration(format_duration(days, language))
        assert shown == pytest.approx(days, rel=0.0051, abs=1e-6 / 86400)


@pytest.mark.parametrize("parse", [parse_duration, parse_rate, parse_share, parse_signed_share, parse_amount])
@given(text=st.text(max_size=12))
def test_any_text_is_read_or_refused(parse: Callable[[str], float], text: str) -> None:
    """Whatever stands in a file gives a finite number or a ValueError that begins with what was expected."""
    try:
        number = parse(text)
    except ValueError as error:
        assert str(error).startswith("expected a")  # noqa: PT017 (either is right)
    else:
        assert math.isfinite(number)
