"""The format of mapping files: which columns of a log mean what.

Docstrings of fields are the descriptions in the JSON Schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, PlainValidator, WithJsonSchema, model_validator
from pydantic.json_schema import models_json_schema

from funnelsim import units
from funnelsim.files.fields import Date, Name, Text
from funnelsim.files.json_schema import DIALECT, tidy
from funnelsim.files.scalars import read_positive_duration
from funnelsim.files.wording import show
from funnelsim.mapping import COUNTS, DEALS, DURATIONS, EVENTS, LOG, SHAPES

#: The copy of the JSON Schema in the package.
COPY: Final = "mapping.schema.json"


def read_value(value: object) -> str:
    """Return a value of the data as text: YAML may take it for a number or a truth."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(f"expected a value of the data, found {show(value)}")


def read_values(value: object) -> tuple[str, ...]:
    """Return the values of a list; one value may stand alone."""
    return tuple(read_value(item) for item in (value if isinstance(value, list) else [value]))


def read_moment_text(value: object) -> str:
    """Return a date, a number or `end` as text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"expected a date such as `2026-01-31`, or `end`, found {show(value)}")
    return str(value)


def read_unit(value: object) -> str:
    """Return a unit of time: `d`, `mo`, `h`."""
    word = read_value(value)
    units.parse_duration(f"1 {word}")
    return word


VALUE = {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}
Values = Annotated[
    tuple[str, ...],
    PlainValidator(read_values),
    WithJsonSchema({"anyOf": [*VALUE["anyOf"], {"type": "array", "items": VALUE}]}),
]
MomentText = Annotated[
    str, PlainValidator(read_moment_text), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]})
]
Unit = Annotated[str, PlainValidator(read_unit), WithJsonSchema({"type": "string", "minLength": 1})]
Span = Annotated[float, PlainValidator(read_positive_duration), WithJsonSchema({"type": "string", "minLength": 1})]
Column = Text


class MappingPart(BaseModel):
    """A mapping of a mapping file: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, arbitrary_types_allowed=True, strict=True
    )

    note: Text | None = None
    """A remark."""


def _alone(key: str, *types: str) -> Any:
    """Return the configuration of a mapping for which the value of one key may stand alone, of one of some types."""

    def widen(schema: dict[str, Any]) -> None:
        inside = dict(schema)
        schema.clear()
        schema["anyOf"] = [inside, *({"type": kind} for kind in types)]
        schema["description"] = inside.pop("description", key)

    return ConfigDict(json_schema_extra=widen)


class NamedFile(MappingPart):
    """A column whose values are names: `{column: product, values: {gtx_pro: [GTXPro, GTX Pro]}}`."""

    model_config = _alone("column", "string")

    column: Column | None = None
    """The column."""
    values: dict[Name, Values] = {}
    """Names, each with the values that mean it; without it every value is a name."""

    @model_validator(mode="before")
    @classmethod
    def _read_alone(cls, value: Any) -> Any:
        return value if isinstance(value, dict | list) else {"column": value}


class MomentFile(MappingPart):
    """A time for everyone, or a column of times: `2026-01-31`, `{column: last_seen}`."""

    model_config = _alone("time", "string", "number")

    time: MomentText | None = None
    """A date, or a number where times are numbers."""
    column: Column | None = None
    """The column."""

    @model_validator(mode="before")
    @classmethod
    def _read_alone(cls, value: Any) -> Any:
        return value if isinstance(value, dict | list) else {"time": value}


class CurrencyFile(MappingPart):
    """The currency of the amounts: `RUB`, `{column: currency, keep: RUB}`."""

    model_config = _alone("keep", "string")

    column: Column | None = None
    """The column that names the currency of each amount."""
    keep: Text | None = None
    """The currency whose amounts count; others are taken as unknown."""

    @model_validator(mode="before")
    @classmethod
    def _read_alone(cls, value: Any) -> Any:
        return value if isinstance(value, dict | list) else {"keep": value}


class StageColumnsFile(MappingPart):
    """A stage and the columns of its dates: `{stage: offer, entered: offer_date}`."""

    stage: Name | None = None
    """The name of the stage."""
    entered: Column | None = None
    """The column with the date of entering it."""
    started: Column | None = None
    """The column with the date at which the customer was answered there."""
    served: Column | None = None
    """The column with the date at which the answer had been given."""


class MappingFile(MappingPart):
    """What every mapping may say."""

    shape: str
    """How the data is laid out: `deals`, `events`, `durations`, `counts` or `log`."""
    start: Date | None = None
    """The date of time 0, where times are numbers."""
    separator: Text | None = None
    """What parts the columns of a CSV file; found by itself."""
    encoding: Text | None = None
    """The encoding of a CSV file; UTF-8, UTF-16 and cp1251 are found by themselves."""
    sheet: Text | None = None
    """The sheet of an Excel file; by default the first."""
    query: Text | None = None
    """The query that gives the rows, where the source is the address of a database."""
    censored_at: MomentFile | None = None
    """When the data was cut: what is open then is censored; `end` (the default): the last time in the data."""


class CustomersFile(MappingFile):
    """What mappings of data that is not our own may say."""

    customer: Column | None = None
    """The column with the id of the customer or deal."""
    won: Values = ()
    """The values that mean won."""
    lost: dict[str, Any] = {}
    """Causes of loss, each with its values; or `{column, when, causes, missing}`: the cause stands in a column."""
    value: Column | None = None
    """The column with the money received."""
    currency: CurrencyFile | None = None
    """The currency whose amounts count, or `{column, keep}`."""
    decimal: Literal[",", "."] | None = None
    """The decimal mark of numbers; found by itself where only one can be meant."""
    segment: NamedFile | None = None
    """The column that names a customer's segment."""
    source: NamedFile | None = None
    """The column that says where a customer came from."""
    date_format: Values = ()
    """The format of dates, such as `%d.%m.%Y`, or several that are tried in turn; by default ISO 8601."""
    unit: Unit | None = None
    """The unit of times that are numbers: `d`, `mo`, `h`."""
    zone: Text | None = None
    """The time zone of stamps without an offset, such as `Europe/Moscow`."""
    observed_from: MomentFile | None = None
    """From when on the data is complete: journeys that ended before are not in it (left truncation)."""


class DealsFile(CustomersFile):
    """One row per deal, with a date for each stage."""

    stages: list[StageColumnsFile] = []
    """The stages in their order, each with the column of its date."""
    closed: Column | None = None
    """The column with the date of the end."""
    status: Column | None = None
    """The column that says how the deal stands."""
    open: Values = ()
    """The values of the status that mean open."""


class EventsFile(CustomersFile):
    """One row per event."""

    event: Column | None = None
    """The column that names the event."""
    time: Column | None = None
    """The column with its time."""
    stages: dict[Name, Values] = {}
    """The stages in their order, each with the events that enter it."""
    answered: dict[Name, Values] = {}
    """Stages, each with the events that say that the customer has been answered there."""
    censored: Values = ()
    """Events that say when the customer was last seen."""
    ignore: Values = ()
    """Events that mean nothing here; `*` stands for any characters."""
    together: Span | None = None
    """Events that enter one stage within so long of each other, such as `1 h`, are one visit: the first enters it."""


class DurationsFile(CustomersFile):
    """One row per customer, with the time spent."""

    stage: Name | None = None
    """The name of the stage."""
    duration: Column | None = None
    """The column with the time spent, a number of `unit`."""
    status: Column | None = None
    """The column that says how it ended."""
    open: Values = ()
    """The values of the status that mean that it still goes on."""


class CountsFile(MappingFile):
    """Counts only: how many entered each stage, were lost there by cause, and won."""

    row: Column | None = None
    """The column that says what each row counts."""
    count: Column | None = None
    """The column with the counts."""
    reason: Column | None = None
    """The column with the cause, where losses stand in rows of their stage; empty there: all who entered it."""
    stages: dict[Name, Values] = {}
    """The stages in their order, each with the rows that count who entered it."""
    won: Values = ()
    """The rows that count who won."""
    lost: dict[Name, dict[Name, Values]] = {}
    """Stages, each with its causes of loss and the rows (with `reason`: the reasons) that mean them."""
    rest: dict[Name, Name] = {}
    """Stages, and what has become of those who entered and whom no row counts: `open`, or a cause of loss."""
    period: Span | None = None
    """The time in which all of them came, such as `6 mo`; without it they are a batch."""
    revenue: Values = ()
    """The rows with the money that was received in all."""
    ignore: Values = ()
    """Rows that mean nothing here; `*` stands for any characters."""
    decimal: Literal[",", "."] | None = None
    """The decimal mark of numbers; found by itself where only one can be meant."""


class LogFile(MappingFile):
    """Our own event log, as `funnelsim history` writes it; `censored_at` is its horizon, `365 d`."""

    stages: list[Name] = []
    """The stages in their order; by default that in which they come."""


FILES: Mapping[str, type[MappingFile]] = {
    DEALS: DealsFile,
    EVENTS: EventsFile,
    DURATIONS: DurationsFile,
    COUNTS: CountsFile,
    LOG: LogFile,
}
NEEDED: Mapping[str, Mapping[str, str]] = {
    DEALS: {
        "customer": "the column of ids, such as `customer: deal_id`",
        "stages": "the stages, such as `[{stage: new, entered: created}]`",
        "closed": "the column of end dates, such as `closed: close_date`",
        "status": "the column of states, such as `status: deal_stage`",
    },
    EVENTS: {
        "customer": "the column of ids, such as `customer: case_id`",
        "event": "the column of events, such as `event: activity`",
        "time": "the column of times, such as `time: timestamp`",
        "stages": "the stages and their events, such as `{new: [CREATED]}`",
    },
    DURATIONS: {
        "customer": "the column of ids, such as `customer: account`",
        "stage": "the name of the stage, such as `stage: using`",
        "duration": "the column of times spent, such as `duration: months`",
        "unit": "the unit of the durations, such as `unit: mo`",
        "status": "the column of states, such as `status: state`",
    },
    COUNTS: {
        "row": "the column that says what each row counts, such as `row: stage`",
        "count": "the column of counts, such as `count: total`",
        "stages": "the stages and the rows of those who entered them, such as `{lead: [leads]}`",
        "won": "the rows of those who won, such as `won: [closed_won]`",
    },
    LOG: {},
}
"""What must be there, and what it looks like."""


def mapping_schema() -> dict[str, Any]:
    """Return the JSON Schema of mapping files."""
    _, made = models_json_schema([(model, "validation") for model in FILES.values()], ref_template="#/$defs/{model}")
    definitions = {name: tidy(schema) for name, schema in made["$defs"].items()}
    for shape, model in FILES.items():
        definition = definitions[model.__name__]
        definition["properties"]["shape"]["const"] = shape
        definition["required"] = ["shape", *NEEDED[shape]]
    return {
        "$schema": DIALECT,
        "title": "funnelsim mapping",
        "description": "Which columns of a log mean what.",
        "type": "object",
        "required": ["shape"],
        "properties": {"shape": {"enum": list(SHAPES)}},
        "allOf": [
            {
                "if": {"properties": {"shape": {"const": shape}}, "required": ["shape"]},
                "then": {"$ref": f"#/$defs/{model.__name__}"},
            }
            for shape, model in FILES.items()
        ],
        "$defs": dict(sorted(definitions.items())),
    }


def mapping_schema_text() -> str:
    """Return the JSON Schema of mapping files as the text of a file."""
    return json.dumps(mapping_schema(), indent=1, ensure_ascii=False) + "\n"
