"""Numbers as exports write them: blanks, thousands, decimal commas, currency signs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

#: What stands for nothing, as `normal` writes it.
NOTHING: Final = frozenset(
    ("", "-", "–", "—", "nan", "nat", "null", "none", "n/a", "na", "#n/a", "(blank)", "(empty)", "не указано",
     "не указана", "не указан", "нет данных")
)  # fmt: skip
CURRENCIES: Final[Mapping[str, str]] = {
    "₽": "RUB", "руб": "RUB", "руб.": "RUB", "р.": "RUB", "р": "RUB", "rur": "RUB", "$": "USD", "us$": "USD",
    "€": "EUR", "£": "GBP", "₸": "KZT", "тг": "KZT", "₴": "UAH", "грн": "UAH", "¥": "JPY", "₹": "INR", "₺": "TRY",
    "br": "BYN",
}  # fmt: skip
"""Signs and words beside amounts; three letters are a code of their own."""
_AMOUNT = re.compile(
    r"(?P<before>[^\W\d_]+\.?|us\$|[$€£¥₽₸₴₹₺])?\s*(?P<number>[-+−]?\s*\d[\d\s'.,]*)\s*(?P<after>[^\W\d_]+\.?|us\$|[$€£¥₽₸₴₹₺])?",
    re.IGNORECASE,
)
#: A mark that parts groups of three digits, or the decimals: both fit.
_EITHER = re.compile(r"[-+−]?[1-9]\d{0,2}[.,]\d{3}")


def split_amount(text: str) -> tuple[str, str] | None:
    """Return the number and the currency code in a text (empty: none), or None if it is no amount."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or (found["before"] and found["after"]):
        return None
    word = (found["before"] or found["after"] or "").casefold()
    code = CURRENCIES.get(word, word.upper() if len(word) == 3 else "") if word else ""
    if word and not code:
        return None
    return re.sub(r"[\s']", "", found["number"]).replace("−", "-"), code


def find_decimal(numbers: list[str]) -> str | None:
    """Return the decimal mark of numbers (`.` or `,`); None if there is only such as `1,234`, which may be both."""
    marks = set()
    either = False
    for number in numbers:
        last = max(number.rfind(","), number.rfind("."))
        if last < 0:
            continue
        mark = number[last]
        other = "," if mark == "." else "."
        if other in number:
            marks.add(mark)
        elif number.count(mark) > 1:
            marks.add(other)
        elif _EITHER.fullmatch(number):
            either = either or mark == ","
        else:
            marks.add(mark)
    if len(marks) == 1:
        return marks.pop()
    if not marks:
        return None if either else "."
    return "."


def parse_number(number: str, decimal: str) -> float:
    """Return the number that a text means with a decimal mark; NaN if it means none."""
    thousands = "," if decimal == "." else "."
    whole, mark, rest = number.partition(decimal)
    if thousands in rest or decimal in rest:
        return np.nan
    groups = whole.lstrip("+-").split(thousands)
    if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:])):
        return np.nan
    try:
        return float(whole.replace(thousands, "") + ("." + rest if mark else ""))
    except ValueError:
        return np.nan


def read_floats(column: pd.Series) -> NDArray[np.float64]:
    """Return plain numbers (`12.5`); NaN where there is none."""
    import pandas as pd

    return np.asarray(pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan))
