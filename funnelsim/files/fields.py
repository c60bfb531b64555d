"""The types of the file format's fields: how pydantic reads them, writes them and describes them to editors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from funnelsim.files.scalars import (
    AMOUNT,
    DECAYS,
    MONTHS,
    NAME_PATTERN,
    OPTION_PATTERN,
    TIME,
    read_amount,
    read_cohort,
    read_date,
    read_dates,
    read_decay,
    read_duration,
    read_law,
    read_name,
    read_number,
    read_option,
    read_positive_duration,
    read_positive_rate,
    read_profile,
    read_share,
    read_text,
    read_whole,
    write_duration,
    write_law,
    write_rate,
)
from funnelsim.files.wording import join, suggest
from funnelsim.laws import Law


def see(name: str) -> WithJsonSchema:
    """Return a reference into the JSON Schema's own definitions (see `jsonschema.py`)."""
    return WithJsonSchema({"x-ref": name})


def read_time_law(value: object) -> Law:
    """Return a law of a time in days."""
    return read_law(value, TIME)


def read_amount_law(value: object) -> Law:
    """Return a law of an amount."""
    return read_law(value, AMOUNT)


def write_time_law(law: Law) -> dict[str, Any]:
    """Return a law of a time for the canonical document."""
    return write_law(law, TIME)


def write_amount_law(law: Law) -> dict[str, Any]:
    """Return a law of an amount for the canonical document."""
    return write_law(law, AMOUNT)


def write_cohort(cohort: float) -> int | str:
    """Return a cohort for the canonical document."""
    return cohort if isinstance(cohort, int) else write_duration(cohort)


def write_dates(counts: Sequence[tuple[date, int]]) -> list[list[Any]]:
    """Return dated counts for the canonical document."""
    return [[day.isoformat(), count] for day, count in counts]


Duration = Annotated[
    float, PlainValidator(read_duration), PlainSerializer(write_duration, when_used="json"), see("Duration")
]
PositiveDuration = Annotated[
    float,
    PlainValidator(read_positive_duration),
    PlainSerializer(write_duration, when_used="json"),
    see("Duration"),
]
PositiveRate = Annotated[
    float, PlainValidator(read_positive_rate), PlainSerializer(write_rate, when_used="json"), see("Rate")
]
Share = Annotated[float, PlainValidator(read_share), see("Share")]
Amount = Annotated[float, PlainValidator(read_amount), see("Amount")]
Number = Annotated[float, PlainValidator(read_number), see("Number")]
Decay = Annotated[
    float,
    PlainValidator(read_decay),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": DECAYS[0], "maximum": DECAYS[1]}, {"x-ref": "Uncertain"}]}),
]
Count = Annotated[
    int,
    PlainValidator(lambda value: read_whole(value, 1)),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"x-ref": "Uncertain"}]}),
]
Replications = Annotated[
    int, PlainValidator(lambda value: read_whole(value, 1)), WithJsonSchema({"type": "integer", "minimum": 1})
]
Seed = Annotated[
    int,
    PlainValidator(lambda value: read_whole(value, 0, 2**63)),
    WithJsonSchema({"type": "integer", "minimum": 0, "exclusiveMaximum": 2**63}),
]
Cohort = Annotated[
    int | float,
    PlainValidator(read_cohort),
    PlainSerializer(write_cohort, when_used="json"),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "x-ref": "Duration"}]}),
]
Date = Annotated[
    date,
    PlainValidator(read_date),
    PlainSerializer(date.isoformat, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}),
]
DatedCounts = Annotated[
    tuple[tuple[date, int], ...],
    PlainValidator(read_dates),
    PlainSerializer(write_dates, when_used="json"),
    WithJsonSchema(
        {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "array",
                "prefixItems": [
                    {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"},
                    {"type": "integer", "minimum": 0},
                ],
                "minItems": 2,
                "maxItems": 2,
            },
        }
    ),
]


def profile(size: int, words: str) -> tuple[PlainValidator, PlainSerializer, WithJsonSchema]:
    """Return what makes a field a profile of `size` multipliers."""
    return (
        PlainValidator(lambda value: read_profile(value, size, words)),
        PlainSerializer(list, when_used="json"),
        WithJsonSchema({"type": "array", "minItems": size, "maxItems": size, "items": {"x-ref": "Number"}}),
    )


DayProfile = Annotated[tuple[float, ...], *profile(24, "one an hour from 00:00")]
WeekProfile = Annotated[tuple[float, ...], *profile(7, "one a day from Monday")]
Name = Annotated[str, PlainValidator(read_name), WithJsonSchema({"type": "string", "pattern": NAME_PATTERN})]
OptionName = Annotated[str, PlainValidator(read_option), WithJsonSchema({"type": "string", "pattern": OPTION_PATTERN})]
Text = Annotated[str, PlainValidator(read_text), WithJsonSchema({"type": "string", "minLength": 1})]
TimeLaw = Annotated[
    Law, PlainValidator(read_time_law), PlainSerializer(write_time_law, when_used="json"), see("TimeLaw")
]
AmountLaw = Annotated[
    Law,
    PlainValidator(read_amount_law),
    PlainSerializer(write_amount_law, when_used="json"),
    see("AmountLaw"),
]


def read_month(value: object) -> str:
    """Return the name of a month, three letters."""
    if not isinstance(value, str) or value not in MONTHS:
        raise ValueError(f"unknown month: expected {join(MONTHS)}{suggest(value, MONTHS)}")
    return value


Month = Annotated[str, PlainValidator(read_month), WithJsonSchema({"enum": list(MONTHS)})]
