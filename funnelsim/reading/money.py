"""The money of a log: amounts in one currency, with one decimal mark, known when all of them are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from funnelsim.errors import InputError, Problem
from funnelsim.mapping import LogMapping, normal
from funnelsim.reading.amounts import NOTHING, find_decimal, parse_number, split_amount
from funnelsim.reading.columns import ABSENT, count_values, texts_of
from funnelsim.reading.tallies import Numbers, Tally

if TYPE_CHECKING:
    import pandas as pd

Rows = NDArray[np.int64]
Codes = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(slots=True)
class Amounts:
    """The money of a log: texts of amounts are kept until all are known, since only then their decimal mark is.

    texts: the different texts, with their codes; parts: of each batch, [rows] the codes of texts and of currencies;
    own: the one currency that is written beside the amounts.
    """

    mapping: LogMapping
    tally: Tally
    own: str = ""
    texts: dict[str, int] = field(default_factory=dict)
    parts: list[tuple[Codes, Codes]] = field(default_factory=list)
    currencies: list[str] = field(default_factory=list)

    def add(self, column: pd.Series, currency: pd.Series | None) -> None:
        """Add the amounts of some rows, and the column that names their currency."""
        which, texts = texts_of(column)
        codes = np.array([self.texts.setdefault(text, len(self.texts)) for text in texts], dtype=np.int64)
        money = np.full(len(which), ABSENT)
        if currency is not None:
            names, written = texts_of(currency)
            money = np.append(np.array([self._currency(text) for text in written], dtype=np.int64), ABSENT)[names]
        self.parts.append((np.append(codes, ABSENT)[which], money))

    def _currency(self, text: str) -> int:
        found = split_amount(f"1 {text}")
        code = (found[1] if found else "") or text.upper()
        if normal(text) in NOTHING:
            return ABSENT
        if code not in self.currencies:
            self.currencies.append(code)
        return self.currencies.index(code)

    def finish(self, rows: Rows, paid: Flags) -> Floats:
        """Return the amounts of all rows added, NaN where none is known; what is odd about those `paid` is noted.

        Raises InputError for currencies or decimal marks that cannot be told apart.
        """
        codes, money = (np.concatenate([part[number] for part in self.parts]) for number in range(2))
        texts = list(self.texts)
        split = [split_amount(text) for text in texts]
        used = np.zeros(len(texts) + 1, dtype=np.bool_)
        used[codes[paid]] = True
        plain = [found[0] for found, flag in zip(split, used, strict=False) if found is not None and flag]
        decimal = self.mapping.decimal or find_decimal(plain)
        if decimal is None:
            self._refuse_marks(texts, codes, rows, paid)
        read = [np.nan if found is None else parse_number(found[0], decimal or ".") for found in split]
        beside = [self._currency(found[1]) if found and found[1] else ABSENT for found in split]
        missing = np.array([normal(text) in NOTHING for text in texts] + [True])
        money = np.where(money == ABSENT, np.array([*beside, ABSENT])[codes], money)
        amounts = np.array([*read, np.nan])[codes]
        empty = paid & missing[codes]
        self.tally.add("value_missing", rows[empty])
        broken = paid & ~empty & np.isnan(amounts)
        self.tally.add("value_unparsable", rows[broken], count_values(texts, codes, broken))
        return self._one_currency(amounts, money, rows, paid & ~np.isnan(amounts))

    def _refuse_marks(self, texts: Sequence[str], codes: Codes, rows: Rows, paid: Flags) -> None:
        numbers = Numbers()
        doubtful = np.array(["," in text for text in texts] + [False])
        numbers.add(rows[paid & doubtful[codes]])
        example = texts[int(codes[paid & doubtful[codes]][0])]
        raise InputError(
            Problem(
                f"'{self.mapping.value}': in '{example}' the comma could part thousands or decimals: give the mapping "
                f'`decimal: "."` or `decimal: ","` ({numbers.listed()})',
                "",
                self.tally.source,
                numbers.first[0],
            )
        )

    def _one_currency(self, amounts: Floats, money: Codes, rows: Rows, known: Flags) -> Floats:
        """Return the amounts of one currency, those of others as unknown."""
        there = [code for code in range(len(self.currencies)) if np.any(known & (money == code))]
        if self.mapping.currency:
            keep = self._currency(self.mapping.currency)
            other = known & (money != ABSENT) & (money != keep)
            self.tally.add(
                "currency_other",
                rows[other],
                [(self.currencies[c], int(np.count_nonzero(other & (money == c)))) for c in there if c != keep],
            )
            return np.where(other, np.nan, amounts)
        if len(there) > 1:
            counted = sorted(((int(np.count_nonzero(known & (money == code))), code) for code in there), reverse=True)
            numbers = Numbers()
            numbers.add(rows[known & (money != counted[0][1]) & (money != ABSENT)])
            shown = ", ".join(f"'{self.currencies[code]}' in {number}" for number, code in counted)
            raise InputError(
                Problem(
                    f"amounts in several currencies ({shown}): give the mapping the `currency` that counts, or amounts "
                    f"in one ({numbers.listed()})",
                    "",
                    self.tally.source,
                    numbers.first[0],
                )
            )
        if there:
            self.own = self.currencies[there[0]]
        return amounts

    @property
    def currency(self) -> str:
        """The currency of the amounts, if it is known."""
        return self.mapping.currency or self.own
