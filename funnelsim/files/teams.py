"""The file format, part of those who answer: teams, their hours and discipline, and the open deals at the start."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import (
    ConfigDict,
    Discriminator,
    PlainSerializer,
    PlainValidator,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue

from funnelsim import units
from funnelsim.files.fields import Count, Duration, Name, see
from funnelsim.files.parts import LabelFile, Part, refuse
from funnelsim.files.scalars import attempt, read_date
from funnelsim.files.wording import Mistake, Mistakes, join, show, suggest
from funnelsim.files.working_hours import Spans, read_hours, write_hours

DISCIPLINES = ("fifo", "lifo")
HOURS_OF_DAY = 24.0
COST = "a cost per person and hour such as `900 / h`"


def read_hourly(value: object) -> float:
    """Return an amount per hour; an amount per day is one per 24 hours."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0:
        raise ValueError(f"expected {COST}, found {show(value)} without a unit")
    amount, slash, unit = value.rpartition("/") if isinstance(value, str) else ("", "", "")
    if not slash:
        raise ValueError(f"expected {COST}, found {show(value)}")
    try:
        return units.parse_amount(amount) / (units.parse_duration(f"1 {unit.strip()}") * HOURS_OF_DAY)
    except ValueError:
        raise ValueError(f"expected {COST}, found {show(value)}") from None


def write_hourly(cost: float) -> str:
    """Return an amount per hour for the canonical document."""
    return f"{cost!r} / h"


def read_closed(value: object) -> tuple[date, ...]:
    """Return dates in the order of time, each of them once."""
    if not isinstance(value, list | tuple):
        raise ValueError(f"expected a list of dates such as `[2026-01-01]`, found {show(value)}")
    found: list[Mistake] = []
    days: list[date] = []
    for index, item in enumerate(value):
        day = attempt(found, (index,), read_date, item)
        if day is not None and day in days:
            found.append(((index,), f"the date {day.isoformat()} stands here twice"))
        elif day is not None:
            days.append(day)
    if found:
        raise Mistakes(*found)
    return tuple(sorted(days))


def write_closed(days: tuple[date, ...]) -> list[str]:
    """Return dates for the canonical document."""
    return [day.isoformat() for day in days]


def read_discipline(value: object) -> str:
    """Return the word for a discipline."""
    if value == "priority":
        raise ValueError("say who comes first: `{priority: {segments: [a, b]}}` or `{priority: {stages: [a, b]}}`")
    if not isinstance(value, str) or value not in DISCIPLINES:
        ways = "`fifo`, `lifo` or `{priority: {segments: [a, b]}}`"
        raise ValueError(f"expected {ways}, found {show(value)}{suggest(value, DISCIPLINES)}")
    return value


def _is_ranked(value: object) -> str:
    return "<ranks>" if isinstance(value, Mapping | DisciplineFile) else "<word>"


class PriorityFile(Part):
    """Whom a team serves first, the first of the list before the second; whoever is not named comes last."""

    segments: list[Name] | None = None
    """Segments, the first served first."""
    stages: list[Name] | None = None
    """Stages, the first served first."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["segments"]}, {"required": ["stages"]}]})

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found: list[Mistake] = []
        if self.segments is None and self.stages is None:
            found.append(((), "expected `segments` or `stages`, such as `{segments: [a, b]}`"))
        if self.segments is not None and self.stages is not None:
            found.append((("stages",), "a priority goes either by `segments` or by `stages`"))
        for key, names in (("segments", self.segments), ("stages", self.stages)):
            if names is not None and not names:
                found.append(((key,), f"is empty: name the {key} that come first"))
            found.extend(
                ((key, index), f"`{name}` stands here twice")
                for index, name in enumerate(names or [])
                if name in (names or [])[:index]
            )
        refuse(*found)
        return self


class DisciplineFile(Part):
    """An order of serving other than by time."""

    priority: PriorityFile
    """Who comes first: some segments, or those at some stages."""


WeekHours = Annotated[
    Spans,
    PlainValidator(read_hours),
    PlainSerializer(write_hours, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
            ]
        }
    ),
]
ClosedDates = Annotated[
    tuple[date, ...],
    PlainValidator(read_closed),
    PlainSerializer(write_closed, when_used="json"),
    WithJsonSchema(
        {
            "type": "array",
            "uniqueItems": True,
            "items": {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"},
        }
    ),
]
HourlyCost = Annotated[float, PlainValidator(read_hourly), PlainSerializer(write_hourly, when_used="json"), see("Rate")]
DisciplineWord = Annotated[str, PlainValidator(read_discipline), WithJsonSchema({"enum": list(DISCIPLINES)})]
DisciplineChoice = Annotated[
    Annotated[DisciplineFile, Tag("<ranks>")] | Annotated[DisciplineWord, Tag("<word>")], Discriminator(_is_ranked)
]


class TeamFile(Part):
    """People who answer the customers of one stage or several."""

    size: Count
    """How many people work at once."""
    hours: WeekHours = ()
    """When they work, such as `[Mon-Fri 09:00-18:00, Sat 10:00-14:00]`; by default around the clock."""
    closed: ClosedDates = ()
    """Dates on which nobody works."""
    cost: HourlyCost = 0.0
    """What one person costs in an hour of work, such as `900 / h`."""
    discipline: DisciplineChoice = "fifo"
    """Whom they serve first: who came first, who came last, or a priority."""
    label: LabelFile | None = None
    """What people read."""
    key: Name | None = None
    """The identity of the team; by default the name."""


class OpenDealsFile(Part):
    """Deals that are at a stage when the run begins, their customers deciding."""

    count: Count
    """How many they are."""
    age: Duration = 0.0
    """How long they have been deciding already."""

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: Any) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return {"count": value}
        if isinstance(value, str):
            raise ValueError(f"expected {join(['15'])} or `{{count: 120, age: 10 d}}`, found {show(value)}")
        return value

    @classmethod
    def _shorthand(cls) -> JsonSchemaValue:
        return {"type": "integer", "minimum": 1}
