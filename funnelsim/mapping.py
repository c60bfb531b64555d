"""What a mapping file says: which columns of a log mean what. A frozen, checked value; `files.mappings` reads it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from funnelsim.errors import Problem
from funnelsim.units import parse_duration

Groups: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""Names, each with the values of the data that mean it, in the order of the file."""

DEALS, EVENTS, DURATIONS, COUNTS, LOG = "deals", "events", "durations", "counts", "log"
SHAPES = (DEALS, EVENTS, DURATIONS, COUNTS, LOG)
#: What has become of those that no row counts: they are still open.
OPEN_YET = "open"
#: Open at the last time that stands in the data.
END = "end"


def normal(value: str) -> str:
    """Return a value as it is compared: without outer and double blanks, case or compatibility forms."""
    return " ".join(unicodedata.normalize("NFKC", value).split()).casefold()


def parse_days(text: str) -> float:
    """Return days from a number of days or a duration. Raises ValueError."""
    try:
        return float(text)
    except ValueError:
        return parse_duration(text)


@dataclass(frozen=True, slots=True)
class Named:
    """A column whose values are names of segments or sources; without `groups` each value is a name."""

    column: str
    groups: Groups = ()


@dataclass(frozen=True, slots=True)
class StageColumns:
    """A stage of a deal: its name and the columns of its dates; empty: the data has none."""

    stage: str
    entered: str
    started: str = ""
    served: str = ""


@dataclass(frozen=True, slots=True)
class Reasons:
    """Losses whose reason stands in a column, where the status (deals, durations) or the event is one of `when`.

    causes: names and what stands in the column for them; empty: each value is a name. missing: values that say that the
    reason is not known.
    """

    column: str
    when: tuple[str, ...]
    causes: Groups = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that holds for everyone (a date or a number as the data writes them, or `end`), or a column of times."""

    time: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class LogMapping:
    """A mapping file, checked. What a shape does not have is empty.

    deals: stages, closed, status. events: event, time, events, answered, censored, ignore, together (days). durations:
    stage, duration, status. counts: row, count, reason, events (rows of those who entered a stage), losses (stage, its
    causes and their rows or reasons), rest (stage, and what has become of those that no row counts), period (days in
    which all came, 0: unknown), revenue. All but `counts` and `log`: customer, won, lost or reasons, value, segment,
    source. unit: days of one unit of a number; 0: times are dates. start: the ISO date of time 0 of numbers. order: of
    the stages of our own log. file: of the mapping, and places: line and column of its keys, for messages.
    """

    shape: str
    customer: str = ""
    stages: tuple[StageColumns, ...] = ()
    closed: str = ""
    status: str = ""
    event: str = ""
    time: str = ""
    events: Groups = ()
    answered: Groups = ()
    censored: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    together: float = 0.0
    stage: str = ""
    duration: str = ""
    row: str = ""
    count: str = ""
    reason: str = ""
    losses: tuple[tuple[str, Groups], ...] = ()
    rest: tuple[tuple[str, str], ...] = ()
    period: float = 0.0
    revenue: tuple[str, ...] = ()
    won: tuple[str, ...] = ()
    lost: Groups = ()
    reasons: Reasons | None = None
    open: tuple[str, ...] = ()
    value: str = ""
    currency: str = ""
    currency_column: str = ""
    segment: Named | None = None
    source: Named | None = None
    date_format: tuple[str, ...] = ()
    unit: float = 0.0
    zone: str = ""
    decimal: str = ""
    censored_at: Moment = Moment(END)
    observed_from: Moment | None = None
    start: str = ""
    order: tuple[str, ...] = ()
    separator: str = ""
    encoding: str = ""
    sheet: str = ""
    query: str = ""
    file: str = ""
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def columns(self) -> Iterator[tuple[str, str]]:
        """Yield every column that is named, with the path of its key in the file."""
        for key in (
            "customer", "event", "time", "closed", "status", "duration", "value", "row", "count", "reason",
        ):  # fmt: skip
            if getattr(self, key):
                yield key, getattr(self, key)
        if self.currency_column:
            yield "currency.column", self.currency_column
        for number, stage in enumerate(self.stages):
            for key in ("entered", "started", "served"):
                if getattr(stage, key):
                    yield f"stages.{number}.{key}", getattr(stage, key)
        if self.reasons is not None:
            yield "lost.column", self.reasons.column
        for key, named in (("segment", self.segment), ("source", self.source)):
            if named is not None:
                yield (f"{key}.column" if f"{key}.column" in self.places else key), named.column
        for key, moment in (("censored_at", self.censored_at), ("observed_from", self.observed_from)):
            if moment is not None and moment.column:
                yield f"{key}.column", moment.column

    def stage_names(self) -> tuple[str, ...]:
        """Return the names of the stages, in their order."""
        if self.shape == DEALS:
            return tuple(stage.stage for stage in self.stages)
        return tuple(name for name, _ in self.events) if self.shape in {EVENTS, COUNTS} else (self.stage,)

    def problem(self, path: str, message: str) -> Problem:
        """Return a mistake at a key of the file."""
        line, column = self.places.get(path, (0, 0))
        return Problem(message, path, self.file, line, column)
