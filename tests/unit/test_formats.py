"""Numbers as people read them: the separators of the language, rounded to the precision they have."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.views.formats import (
    NOTHING,
    Spread,
    decimals_of,
    format_interval,
    format_number,
    format_probability,
    format_relative,
    format_share,
    format_spread,
    format_time,
)


def _plain(shown: str) -> str:
    return shown.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "decimals", "english", "russian"),
    [
        (1234567.5, 1, "1,234,567.5", "1 234 567,5"),
        (-1234.0, 0, "−1,234", "−1 234"),
        (-0.4, 0, "0", "0"),
        (1234567.0, -4, "1,230,000", "1 230 000"),
        (0.125, 2, "0.13", "0,13"),
        (None, 0, "–", "–"),
        (math.nan, 0, "–", "–"),
    ],
)
def test_numbers_have_the_separators_of_the_language(
    value: float | None, decimals: int, english: str, russian: str
) -> None:
    """CLDR: en groups by comma with a decimal point, ru by no-break space with a comma; undefined is a dash."""
    assert format_number(value, "en", decimals) == english
    assert _plain(format_number(value, "ru", decimals)) == russian


def test_numbers_never_break_at_the_end_of_a_line() -> None:
    """A Russian number and its per cent sign hold no ordinary blank."""
    assert " " not in format_number(1234567.0, "ru") + format_share(0.5, "ru")


def test_signs_are_shown_where_asked_for() -> None:
    """A change has a sign, no change has none."""
    assert format_number(5.0, "en", signed=True) == "+5"
    assert format_number(0.0, "en", signed=True) == "0"
    assert format_share(-0.125, "en", signed=True) == "−12.5%"


@pytest.mark.parametrize(
    ("mean", "half", "shown"),
    [
        (1234567.0, 12345.0, "1,235,000 ± 12,000"),
        (1234567.0, 99.6, "1,234,567 ± 100"),
        (621.3, 4.13, "621.3 ± 4.1"),
        (621.3, 0.0413, "621.30 ± 0.04"),
        (500.0, 125000.0, "0 ± 130,000"),
        (12.0, 0.0, "12"),
    ],
)
def test_means_are_rounded_to_two_digits_of_their_half_width(mean: float, half: float, shown: str) -> None:
    """No digit is shown that the interval does not support; nothing has more than two decimals."""
    measure = {"mean": mean, "low": mean - half, "high": mean + half}
    assert _plain(str(format_spread(measure, "en"))) == shown


def test_an_interval_cut_off_at_zero_shows_its_longer_arm() -> None:
    """Of [0, 5] around 2, cut off at 0, the half-width is 3, not 2.5."""
    assert _plain(str(format_spread({"mean": 2.0, "low": 0.0, "high": 5.0}, "en"))) == "2.0 ± 3.0"


def test_the_simultaneous_interval_stands_in_parentheses_if_it_is_wider() -> None:
    """With one scenario both intervals are the same, and the second is left out."""
    wide = {"mean": 100.0, "low": 90.0, "high": 110.0, "low_all": 88.0, "high_all": 112.0}
    same = wide | {"low_all": 90.0, "high_all": 110.0}
    assert format_spread(wide, "en").parts == ("100", "±\u00a010", "(±\u00a012)")
    assert format_spread(same, "en").parts == ("100", "±\u00a010")


def test_without_an_interval_the_mean_stands_alone() -> None:
    """One replication has a mean and nothing else; an undefined mean is a dash."""
    assert format_spread({"mean": 12.5, "low": None, "high": None}, "en") == Spread("12.5")
    assert format_spread({"mean": 0.352, "low": None, "high": None}, "en", share=True) == Spread("35.2%")
    assert format_spread({"mean": None}, "en") == Spread(NOTHING)


@pytest.mark.parametrize(
    ("value", "shown"), [(0.5, "50.0%"), (0.9999, "> 99.9%"), (1.0, "> 99.9%"), (0.0, "< 0.1%"), (None, "–")]
)
def test_probabilities_are_never_rounded_to_certainty(value: float | None, shown: str) -> None:
    """An estimated probability is neither 0% nor 100%."""
    assert _plain(format_probability(value, "en")) == shown


def test_relative_changes_keep_their_unequal_arms() -> None:
    """A relative interval is shown by its ends, since it is not symmetric."""
    shown = format_relative({"mean": 0.0664, "low": 0.0465, "high": 0.0883}, "en")
    assert [_plain(part) for part in shown] == ["+6.6%", "(4.7 … 8.8%)"]
    assert format_relative({"mean": None, "low": None, "high": None}, "en") == ("–",)


def test_intervals_share_one_rounding() -> None:
    """Both ends have the decimals of the half-width."""
    assert _plain(format_interval(6089345.0, 6335345.0, "ru")) == "6 090 000 … 6 340 000"
    assert format_interval(None, 1.0, "en") == NOTHING


@pytest.mark.parametrize(("days", "shown"), [(0.0, "0"), (None, "–"), (1 / 24 / 30, "2 min"), (27.1, "27.1 days")])
def test_times_are_in_the_unit_that_suits_them(days: float | None, shown: str) -> None:
    """Minutes, hours and days by size; none at all is 0 without a unit."""
    assert _plain(format_time(days, "en")) == shown


@pytest.mark.parametrize(
    ("days", "english", "russian"),
    [(27.1, "27.1 d", "27,1 дн."), (98.0, "3.22 mo", "3,22 мес."), (731.0, "2 y", "2 г."), (0.1, "2.4 h", "2,4 ч")],
)
def test_times_in_columns_are_short(days: float, english: str, russian: str) -> None:
    """In narrow columns the unit is abbreviated."""
    assert _plain(format_time(days, "en", short=True)) == english
    assert _plain(format_time(days, "ru", short=True)) == russian


@given(st.floats(1e-6, 1e12), st.floats(1e-3, 1e9))
def test_half_widths_keep_at_most_two_digits(mean: float, half: float) -> None:
    """However large or small, a shown half-width has at most two significant digits, or two decimals."""
    decimals = decimals_of(mean, half, 2)
    shown = format_number(half, "en", decimals).replace(",", "")
    digits = shown.replace(".", "").strip("0")
    assert len(digits) <= 2 or (decimals == 2 and half < 1)
