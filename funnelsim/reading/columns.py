"""Columns of a source: found by name, and their texts as ids, codes and names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.errors import InputError, Problem
from funnelsim.mapping import LogMapping, Named, normal
from funnelsim.reading.amounts import NOTHING
from funnelsim.reading.sources import Source

if TYPE_CHECKING:
    import pandas as pd

Rows = NDArray[np.int64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: Ids that say nothing, and the length of the longest.
NO_ID: Final = ("", "nan", "none", "null")
LONGEST_NOTHING: Final = 4
#: Codes of texts that say nothing, and of those that nobody knows.
ABSENT: Final = -1
UNKNOWN: Final = -2


def find_columns(mapping: LogMapping, source: Source) -> dict[str, str]:
    """Return for every column that the mapping names the one of the source. Raises InputError for those not there."""
    exact = set(source.columns)
    alike: dict[str, list[str]] = {}
    for column in source.columns:
        alike.setdefault(normal(column), []).append(column)
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for path, column in mapping.columns():
        same = [column] if column in exact else alike.get(normal(column), [])
        if len(same) == 1 and source.columns.count(same[0]) == 1:
            found[column] = same[0]
        elif same:
            problems.append(mapping.problem(path, f"{source.name} has several columns '{column}'"))
        else:
            near = get_close_matches(normal(column), alike, n=1, cutoff=0.6)
            guess = f" (did you mean '{alike[near[0]][0]}'?)" if near else f", only {_listed(source.columns)}"
            problems.append(mapping.problem(path, f"{source.name} has no column '{column}'{guess}"))
    if problems:
        raise InputError(*problems)
    return found


def _listed(columns: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(f"'{column}'" for column in columns[:most])
    return shown + (f" and {len(columns) - most} more" if len(columns) > most else "")


# ---- texts ---------------------------------------------------------------------------------------------------------


def texts_of(column: pd.Series) -> tuple[Codes, list[str]]:
    """Return [rows] codes of a column's different values (−1: none), and these as texts."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        places = column.cat.codes.to_numpy().astype(np.int64)
        return places, [text_of(value) for value in column.cat.categories]
    codes, values = pd.factorize(column)
    return codes.astype(np.int64), [text_of(value) for value in values]


def text_of(value: object) -> str:
    """Return a value as text, as a mapping writes it."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def ids_of(column: pd.Series) -> pd.Series:
    """Return ids as texts, missing where there is none."""
    import pandas as pd

    if pd.api.types.is_float_dtype(column.dtype) or column.dtype == object:
        column = column.map(text_of, na_action="ignore")
    texts = column.astype("str").str.strip()
    short = np.flatnonzero((texts.str.len() <= LONGEST_NOTHING).to_numpy(dtype=np.bool_, na_value=False))
    missing = short[texts.iloc[short].str.lower().isin(NO_ID).to_numpy()]
    if not len(missing):
        return texts
    flags = np.zeros(len(texts), dtype=np.bool_)
    flags[missing] = True
    return texts.mask(flags)


def number_ids(ids: pd.Series) -> tuple[Codes, pd.Index]:
    """Return [rows] the codes of ids, in the order in which they come first, and the ids; runs of one cost little."""
    import pandas as pd

    begins = np.ones(len(ids), dtype=np.bool_)
    begins[1:] = np.asarray(ids.iloc[1:].array != ids.iloc[:-1].array, dtype=np.bool_)
    codes, names = pd.factorize(ids[begins])
    return codes.astype(np.int64)[np.cumsum(begins) - 1], pd.Index(names)


@dataclass(slots=True)
class Roles:
    """What texts mean: a code for each, from the mapping; what is not there is UNKNOWN or, empty, ABSENT.

    patterns: texts with `*`, and their code.
    """

    codes: Mapping[str, int]
    patterns: tuple[tuple[str, int], ...] = ()

    def of(self, texts: Iterable[str]) -> Codes:
        """Return the codes of texts."""
        return np.array([self.code(text) for text in texts], dtype=np.int64)

    def code(self, text: str) -> int:
        """Return the code of a text."""
        known = normal(text)
        if known in self.codes:
            return self.codes[known]
        if known in NOTHING:
            return ABSENT
        return next((code for pattern, code in self.patterns if fnmatchcase(known, pattern)), UNKNOWN)

    def read(self, column: pd.Series) -> tuple[Codes, Codes, list[str]]:
        """Return [rows] the codes of a column's texts; and which text each row has, and the texts."""
        which, texts = texts_of(column)
        return np.append(self.of(texts), ABSENT)[which], which, texts


def roles_of(groups: Iterable[tuple[Iterable[str], int]]) -> Roles:
    """Return the roles of groups of texts, each with its code."""
    pairs = [(normal(text), code) for texts, code in groups for text in texts]
    return Roles(
        {text: code for text, code in pairs if "*" not in text},
        tuple((text, code) for text, code in pairs if "*" in text),
    )


def count_values(texts: Sequence[str], which: Codes, flags: Flags) -> list[tuple[str, int]]:
    """Return which texts the flagged rows have, and how often."""
    numbers = np.bincount(which[flags & (which >= 0)], minlength=len(texts))
    return [(texts[int(place)], int(numbers[place])) for place in np.flatnonzero(numbers)]


@dataclass(slots=True)
class Names:
    """Names that a column's texts stand for: those that the mapping lists, or one for each text as they come."""

    named: Named
    missing: tuple[str, ...] = ()
    names: list[str] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, values in self.named.groups:
            for value in values:
                self.known[normal(value)] = len(self.names)
            self.names.append(name)
        for value in self.missing:
            self.known[normal(value)] = ABSENT

    def read(self, column: pd.Series) -> Codes:
        """Return [rows] the places of names; ABSENT where nothing is said, UNKNOWN − i for `unknown[i]`."""
        which, texts = texts_of(column)
        return np.append(np.array([self._code(text) for text in texts], dtype=np.int64), ABSENT)[which]

    def _code(self, text: str) -> int:
        known = normal(text)
        if known not in self.known:
            if known in NOTHING:
                return ABSENT
            if self.named.groups:
                self.known[known] = UNKNOWN - len(self.unknown)
                self.unknown.append(text)
            else:
                self.known[known] = len(self.names)
                self.names.append(self._fresh(text))
        return self.known[known]

    def _fresh(self, text: str) -> str:
        name = name_of(text)
        number = 2
        while name in self.names:
            name, number = f"{name_of(text)}_{number}", number + 1
        return name


def name_of(text: str) -> str:
    """Return a name made of a text: letters, digits and `_`."""
    name = re.sub(r"\W+", "_", text).strip("_")
    return name if name and not name[0].isdigit() else f"_{name}"
