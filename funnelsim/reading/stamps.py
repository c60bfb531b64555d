"""Times as data writes them: dates in a format, with and without offsets, or numbers with a unit; whole days or not.

Dates are whole microseconds since 1970 (*ticks*, int64) until all of a log has been read; numbers are days (float64).
Stamps with an offset from UTC, or of a zone that the mapping names, are instants: durations between them are true, also
over the change to summer time. Afterwards all of them are put to the offset of the earliest one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from funnelsim.errors import InputError, Problem
from funnelsim.mapping import LogMapping, normal
from funnelsim.reading.amounts import NOTHING, find_decimal, parse_number, split_amount
from funnelsim.reading.quick import PlainStamps, offset_minutes, read_plain_numbers, read_plain_stamps
from funnelsim.reading.tallies import Numbers, Tally

if TYPE_CHECKING:
    import pandas as pd

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]
States = NDArray[np.uint8]
Ticks: TypeAlias = NDArray[Any]
"""int64 microseconds since 1970, or float64 days."""

DAY: Final = 86_400_000_000
MINUTE: Final = 60_000_000
#: Of what stamps may all be multiples, coarsest first, in microseconds.
RESOLUTIONS: Final = (DAY, 60 * MINUTE, MINUTE, 1_000_000)
#: Dates with the day or the month first.
SLASHED: Final = re.compile(r"(\d{1,2})([./-])(\d{1,2})[./-](\d{4}|\d{2})(?!\d)(?:,?[ T]+\d{1,2}:\d\d(:\d\d)?)?")
OFFSET: Final = r":\d\d(?:[.,]\d+)?\s*(?:Z|[+-]\d\d(?::?\d\d)?)$"
FIXED: Final = r"(Z|[+-]\d\d(?::?\d\d)?)$"
NUMBER: Final = r"\d+(?:[.,]\d+)?"
DEFAULT_START: Final = "2024-01-01"
#: Characters of the shortest date, 20240131.
SHORTEST: Final = 8
#: So many dates without a format are looked at for what their format may be.
LOOKED_AT: Final = 10_000

FINE, MISSING, UNREADABLE = range(3)
"""What became of a stamp."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A column as its different values: codes, [rows] which value a row has (−1: none), and the numbers of the rows."""

    column: str
    codes: Rows
    rows: Rows

    def rows_of(self, places: NDArray[Any]) -> Rows:
        """Return the numbers of the rows that have one of some values, given by their places or as flags."""
        flags = places
        if places.dtype != np.bool_:
            flags = np.zeros(int(self.codes.max(initial=-1)) + 1, dtype=np.bool_)
            flags[places] = True
        return np.asarray(self.rows[np.append(flags, np.False_)[self.codes]])


@dataclass(slots=True)
class Offset:
    """An offset from UTC: when it was met first, and in which rows."""

    earliest: int
    numbers: Numbers


@dataclass(slots=True)
class Clock:
    """Reads the stamps of one log, and remembers what they have in common.

    exactness: of each column, the place in RESOLUTIONS of what all its stamps are multiples of. offsets: in minutes.
    local, fixed: rows of stamps without and with an offset. unformatted: columns with dates that need a format, and
    examples; unitless: columns with numbers; dated: columns with a date. shift: what puts instants on the local clock;
    origin: time 0; both in microseconds, known after `begin`.
    """

    mapping: LogMapping
    tally: Tally
    exactness: dict[str, int] = field(default_factory=dict)
    whole: bool = True
    offsets: dict[int, Offset] = field(default_factory=dict)
    local: Numbers = field(default_factory=Numbers)
    fixed: Numbers = field(default_factory=Numbers)
    unformatted: dict[str, Numbers] = field(default_factory=dict)
    unitless: dict[str, Numbers] = field(default_factory=dict)
    dated: set[str] = field(default_factory=set)
    shift: int = 0
    origin: int = 0

    @property
    def numeric(self) -> bool:
        """Whether times are numbers."""
        return self.mapping.unit > 0

    # ---- columns

    def read(self, column: pd.Series, rows: Rows, name: str) -> tuple[Ticks, States]:
        """Return the ticks of a column's stamps and what became of each (FINE, MISSING or UNREADABLE)."""
        import pandas as pd

        quick = None if self.numeric or self.mapping.date_format or self.mapping.zone else read_plain_stamps(column)
        if quick is not None:
            self._note_quick(quick, rows, name)
            return quick.ticks, np.where(quick.there, FINE, MISSING).astype(np.uint8)
        if self.numeric:
            numbers = read_plain_numbers(column, self.mapping.decimal)
            if numbers is not None:
                return self._take_numbers(numbers, np.isnan(numbers))
        codes, different = pd.factorize(column)
        values = pd.Series(different)
        cells = Cells(name, codes.astype(np.int64), rows)
        ticks, state = self._read_numbers(values) if self.numeric else self._read_dates(values, cells)
        return np.append(ticks, ticks.dtype.type(0))[codes], np.append(state, np.uint8(MISSING))[codes]

    def _read_numbers(self, values: pd.Series) -> tuple[Ticks, States]:
        texts = [str(value) for value in values]
        split = [split_amount(text) for text in texts]
        plain = [found[0] for found in split if found is not None]
        decimal = self.mapping.decimal or find_decimal(plain) or "."
        read = [np.nan if found is None or found[1] else parse_number(found[0], decimal) for found in split]
        numbers = np.array(read, dtype=np.float64)
        missing = np.array([normal(text) in NOTHING for text in texts], dtype=np.bool_)
        return self._take_numbers(numbers, missing)

    def _take_numbers(self, numbers: NDArray[np.float64], missing: NDArray[np.bool_]) -> tuple[Ticks, States]:
        """Return the ticks of numbers of units, and what became of each."""
        finite = np.isfinite(numbers)
        state = np.select([missing, ~finite], [MISSING, UNREADABLE], FINE).astype(np.uint8)
        self.whole = self.whole and bool(np.all(numbers[finite] == np.round(numbers[finite])))
        return np.where(finite, numbers, 0.0) * self.mapping.unit, state

    def _read_dates(self, values: pd.Series, cells: Cells) -> tuple[Ticks, States]:
        import pandas as pd

        if pd.api.types.is_numeric_dtype(values.dtype):
            if len(values):
                self.unitless.setdefault(cells.column, Numbers()).add(cells.rows_of(np.arange(len(values))))
            return np.zeros(len(values), dtype=np.int64), np.full(len(values), UNREADABLE, dtype=np.uint8)
        parsed = self._parse(values, cells).astype("datetime64[us]")
        readable = parsed.notna().to_numpy()
        state = np.where(readable, FINE, UNREADABLE).astype(np.uint8)
        gone = np.flatnonzero(~readable)
        if len(gone):
            few = values.iloc[gone]
            state[gone[[normal(str(value)) in NOTHING for value in few]]] = MISSING
        ticks = np.where(readable, parsed.astype(np.int64).to_numpy(), 0)
        self._look(ticks[readable], cells.column)
        return ticks, state

    def _parse(self, values: pd.Series, cells: Cells) -> pd.Series:
        """Return the instants, of the local clock where no offset is known; NaT is unreadable."""
        import pandas as pd

        everywhere = np.arange(len(values))
        if values.dtype == object:
            values = _uniform(values)
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            plain = values.dt.tz_convert("UTC").dt.tz_localize(None)
            away = ((values.dt.tz_localize(None) - plain) // pd.Timedelta(minutes=1)).to_numpy(dtype=np.int64)
            self._note_offsets(plain, away, everywhere, cells)
            return _series(plain)
        if pd.api.types.is_datetime64_any_dtype(values.dtype):
            return self._localised(values, everywhere, cells)
        texts = values.astype("str").str.strip()
        parsed, fixed = self._parse_formats(texts) if self.mapping.date_format else self._parse_iso(texts, cells)
        plain = parsed.dt.tz_localize(None).astype("datetime64[us]")
        places = np.flatnonzero(fixed)
        if len(places):
            marks = texts.iloc[places].str.extract(FIXED)[0]
            known = {mark: offset_minutes(mark) for mark in marks.unique()}
            self._note_offsets(plain.iloc[places], marks.map(known).to_numpy(dtype=np.int64), places, cells)
        places = np.flatnonzero(parsed.notna().to_numpy() & ~fixed)
        if len(places):
            local = self._localised(plain.iloc[places], places, cells)
            plain = local if len(places) == len(plain) else plain.where(~parsed.notna() | fixed, local)
        return _series(plain)

    def _parse_iso(self, texts: pd.Series, cells: Cells) -> tuple[pd.Series, Flags]:
        """Return ISO dates, and which have an offset; remember those that need a format."""
        import pandas as pd

        parsed = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True)
        parsed = parsed.mask(texts.str.len() < SHORTEST)  # a year or a month is no date
        gone = parsed.isna().to_numpy()
        if not gone.all():
            self.dated.add(cells.column)
        if gone.any():
            plain = texts.str.fullmatch(NUMBER).to_numpy(dtype=np.bool_, na_value=False) & gone
            self.unitless.setdefault(cells.column, Numbers()).add(cells.rows_of(plain))
            odd = texts.str.match(SLASHED.pattern).to_numpy(dtype=np.bool_, na_value=False) & gone
            if odd.any():
                numbers = self.unformatted.setdefault(cells.column, Numbers())
                numbers.add(cells.rows_of(odd))
                numbers.texts.update(texts[odd].head(LOOKED_AT))
        return parsed, texts.str.contains(OFFSET, regex=True).to_numpy(dtype=np.bool_, na_value=False) & ~gone

    def _parse_formats(self, texts: pd.Series) -> tuple[pd.Series, Flags]:
        """Return dates in the formats of the mapping, the first that fits, and which have an offset."""
        import pandas as pd

        parsed = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us, UTC]")
        fixed = np.zeros(len(texts), dtype=np.bool_)
        for form in self.mapping.date_format:
            rest = parsed.isna().to_numpy()
            if rest.any():
                new = pd.to_datetime(texts[rest], format=form, errors="coerce", utc=True)
                parsed[rest] = new.astype(parsed.dtype)
                fixed[rest] = new.notna().to_numpy() & ("%z" in form)
        return parsed, fixed

    def _localised(self, values: pd.Series, places: Rows, cells: Cells) -> pd.Series:
        """Return stamps of a local clock as they are, or as instants if the mapping names the zone."""
        import pandas as pd

        if not self.mapping.zone:
            self.local.add(cells.rows_of(places[values.notna().to_numpy()]))
            return values
        zone = ZoneInfo(self.mapping.zone)
        values = values.astype("datetime64[us]")
        summer = np.ones(len(values), dtype=np.bool_)
        never = values.dt.tz_localize(zone, ambiguous=summer, nonexistent="NaT").isna() & values.notna()
        twice = values.dt.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward").isna() & values.notna()
        self.tally.add("clock_ambiguous", cells.rows_of(places[twice.to_numpy()]))
        self.tally.add("clock_skipped", cells.rows_of(places[never.to_numpy()]))
        local = values.dt.tz_localize(zone, ambiguous=summer, nonexistent="shift_forward")
        plain = local.dt.tz_convert("UTC").dt.tz_localize(None)
        away = ((local.dt.tz_localize(None) - plain) // pd.Timedelta(minutes=1)).fillna(0).to_numpy(dtype=np.int64)
        self._note_offsets(plain, np.asarray(away), places, cells)
        return plain

    def _note_offsets(self, plain: pd.Series, minutes: Rows, places: Rows, cells: Cells) -> None:
        """Remember which offsets there are, since when, and in which rows."""
        good = plain.notna().to_numpy()
        ticks = plain.astype("datetime64[us]").astype(np.int64).to_numpy()[good]
        minutes, places = minutes[good], places[good]
        for minute in np.unique(minutes):
            which = minutes == minute
            self._note_offset(int(minute), int(ticks[which].min()), cells.rows_of(places[which]))
        if not self.mapping.zone:
            self.fixed.add(cells.rows_of(places))

    def _note_quick(self, quick: PlainStamps, rows: Rows, name: str) -> None:
        """Remember what stamps that were read quickly have in common."""
        ticks, there = quick.ticks[quick.there], rows[quick.there]
        self._look(ticks, name)
        if quick.minutes is None:
            self.local.add(there)
            return
        self.fixed.add(there)
        for minute in np.unique(quick.minutes):
            which = quick.minutes == minute
            self._note_offset(int(minute), int(ticks[which].min()), there[which])

    def _note_offset(self, minute: int, earliest: int, rows: Rows) -> None:
        known = self.offsets.setdefault(minute, Offset(earliest, Numbers()))
        known.earliest = min(known.earliest, earliest)
        known.numbers.add(rows)

    def _look(self, ticks: Rows, name: str) -> None:
        place = self.exactness.get(name, 0)
        while place < len(RESOLUTIONS) and bool(np.any(ticks % RESOLUTIONS[place])):
            place += 1
        self.exactness[name] = place

    # ---- the whole log

    def refuse(self) -> None:
        """Raise InputError for dates without a format, numbers without a unit, clocks that cannot be compared."""
        problems = [self._ask_for_format(column, numbers) for column, numbers in self.unformatted.items()]
        problems += [
            self._problem(
                numbers,
                f"'{column}' holds numbers: give the mapping a `unit` such as `unit: d`, or dates in the data",
            )
            for column, numbers in self.unitless.items()
            if numbers.count and column not in self.dated
        ]
        if self.local.count and self.fixed.count:
            fewer, words = min(
                (self.local, "have no offset from UTC, and others have one: give the mapping the `zone` of these"),
                (
                    self.fixed,
                    "have an offset from UTC, and others have none: give the mapping the `zone` of the others",
                ),
                key=lambda pair: pair[0].count,
            )
            problems.append(self._problem(fewer, f"the times of some rows {words}"))
        if problems:
            raise InputError(*problems)

    def _problem(self, numbers: Numbers, message: str) -> Problem:
        return Problem(f"{message} ({numbers.listed()})", "", self.tally.source, numbers.first[0])

    def _ask_for_format(self, column: str, numbers: Numbers) -> Problem:
        found = [match for value in numbers.texts if (match := SLASHED.match(value))]
        days_first = any(int(match[1]) > 12 for match in found)
        months_first = any(int(match[3]) > 12 for match in found)
        forms = [
            form for form, possible in (("%d{0}%m{0}", not months_first), ("%m{0}%d{0}", not days_first)) if possible
        ]
        one = found[0]
        year = "%Y" if len(one[4]) == 4 else "%y"
        time = "" if ":" not in one[0] else " %H:%M:%S" if one[5] else " %H:%M"
        written = " or ".join(
            f'`date_format: "{form.format(one[2])}{year}{time}"`' for form in forms or ("%d{0}%m{0}",)
        )
        return self._problem(numbers, f"'{column}': the date '{one[0]}' needs a format: give the mapping {written}")

    def begin(self, earliest: float) -> None:
        """Settle time 0: midnight of the local day of the earliest tick, or the mapping's `start`."""
        if self.numeric:
            return
        if self.offsets:
            first = min(self.offsets, key=lambda minute: self.offsets[minute].earliest)
            self.shift = first * MINUTE
            for minute, offset in self.offsets.items():
                if minute != first:
                    known = self.tally.found.setdefault("clock_changed", Numbers())
                    known.count += offset.numbers.count
                    known.first = tuple(sorted([*known.first, *offset.numbers.first])[: len(offset.numbers.first) or 1])
        given = self.mapping.start
        self.origin = _ticks(datetime.fromisoformat(given)) if given else (int(earliest) + self.shift) // DAY * DAY

    @property
    def start(self) -> str:
        """The ISO date of time 0."""
        if self.numeric:
            return self.mapping.start or DEFAULT_START
        return date.fromordinal(date(1970, 1, 1).toordinal() + self.origin // DAY).isoformat()

    def days(self, ticks: Ticks) -> NDArray[np.float64]:
        """Return times in days since time 0."""
        if self.numeric:
            return np.asarray(ticks, dtype=np.float64)
        return np.asarray((ticks + (self.shift - self.origin)) / DAY, dtype=np.float64)

    def moment(self, text: str) -> float:
        """Return a time that the mapping gives, in days since time 0."""
        if self.numeric:
            return float(text) * self.mapping.unit
        given = datetime.fromisoformat(text)
        if given.tzinfo is not None:
            return (_ticks(given.astimezone(UTC)) + self.shift - self.origin) / DAY
        return (_ticks(given) - self.origin) / DAY

    @property
    def resolution(self) -> float:
        """Days of which all stamps are multiples, those of the coarsest column; 0: exact."""
        if self.numeric:
            return self.mapping.unit if self.whole else 0.0
        place = min(self.exactness.values(), default=len(RESOLUTIONS))
        return RESOLUTIONS[place] / DAY if place < len(RESOLUTIONS) else 0.0


def _uniform(values: pd.Series) -> pd.Series:
    """Return objects of a spreadsheet or a database as dates, if all are dates, else as texts."""
    import pandas as pd

    if all(isinstance(value, datetime | date) for value in values):
        stamps = [pd.Timestamp(value) for value in values]
        aware = any(stamp.tzinfo is not None for stamp in stamps)
        return pd.Series(pd.to_datetime(stamps, utc=True) if aware else stamps, index=values.index)
    texts = [value.isoformat() if isinstance(value, datetime | date) else str(value) for value in values]
    return pd.Series(texts, index=values.index, dtype="str")


def _series(values: Any) -> pd.Series:  # noqa: ANN401 (pandas' own types lose track)
    """Return a column."""
    column: pd.Series = values
    return column


def _ticks(moment: datetime) -> int:
    plain = moment.replace(tzinfo=None)
    return (plain - datetime(1970, 1, 1)) // timedelta(microseconds=1)  # noqa: DTZ001 (of a local clock)
