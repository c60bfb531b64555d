"""The file format: one model a mapping, shorthands in, the canonical document out.

`FunnelFile.model_validate(document)` reads any way of writing a funnel; `canonical(file)`, its `model_dump`, is the
same funnel with every shorthand expanded and everything that is default left out, and reading that back gives an equal
model. Mistakes are `ValidationError`; `wording.translate` puts them into words. Docstrings of fields are the
descriptions in the JSON Schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    PlainValidator,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from funnelsim.files.fields import (
    AmountLaw,
    Cohort,
    Count,
    Date,
    DatedCounts,
    DayProfile,
    Duration,
    Month,
    Name,
    Number,
    OptionName,
    PositiveDuration,
    PositiveRate,
    Replications,
    Seed,
    Share,
    Text,
    WeekProfile,
)
from funnelsim.files.interventions import ChangeFile, CostFile, InterventionFile, LevelFile
from funnelsim.files.parts import (
    ROUNDING,
    AutomaticFile,
    CauseDefinitionFile,
    CauseFile,
    CombinationFile,
    ForgettingFile,
    LabelFile,
    LosesFile,
    MechanismsFile,
    Part,
    RemindersFile,
    ResponseFile,
    RouteFile,
    WithinFile,
    canonical,
    refuse,
)
from funnelsim.files.scalars import MONTHS
from funnelsim.files.stages import EarningFile, ReferralsFile, StageFile, TouchpointFile
from funnelsim.files.teams import DisciplineFile, OpenDealsFile, PriorityFile, TeamFile
from funnelsim.files.wording import Mistake, join, show

__all__ = [
    "ARRIVALS",
    "ROUNDING",
    "ArrivalsFile",
    "AutomaticFile",
    "BudgetFile",
    "CauseDefinitionFile",
    "CauseFile",
    "CombinationFile",
    "CombinedFile",
    "CostFile",
    "DisciplineFile",
    "EarningFile",
    "ForgettingFile",
    "FunnelFile",
    "FunnelReference",
    "InterventionFile",
    "LabelFile",
    "LevelFile",
    "LosesFile",
    "MechanismsFile",
    "OpenDealsFile",
    "Part",
    "PriorityFile",
    "QuestionsFile",
    "ReferralsFile",
    "RemindersFile",
    "ResponseFile",
    "RouteFile",
    "RunFile",
    "ScenarioFile",
    "SegmentFile",
    "SourceFile",
    "StageFile",
    "StudyFile",
    "TeamFile",
    "TouchpointFile",
    "WithinFile",
    "canonical",
]

ARRIVALS = ("rate", "batch", "dates")


class ArrivalsFile(Part):
    """How customers arrive: at a rate, in a batch, or on dates."""

    rate: PositiveRate | None = None
    """Arrivals a day, hour or other unit of time, at random (Poisson)."""
    day: DayProfile | None = None
    """24 multipliers of the rate, one an hour from 00:00."""
    week: WeekProfile | None = None
    """7 multipliers of the rate, one a day from Monday."""
    months: Annotated[
        dict[Month, Number] | None, Field(json_schema_extra={"propertyNames": {"enum": list(MONTHS)}})
    ] = None
    """Multipliers of the rate by month; the others are 1."""
    batch: Count | None = None
    """So many customers at once."""
    at: Duration = 0.0
    """When the batch comes, after the start."""
    dates: DatedCounts | None = None
    """So many customers on each date."""
    times: Number = 1.0
    """A factor on the arrivals; written by changes."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [key]} for key in ARRIVALS]})

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"rate": value}
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise ValueError(
                f"expected a rate such as `{value} / d` or a batch such as `{{batch: {value}}}`, found {value}"
            )
        return value

    @model_validator(mode="after")
    def _agree(self) -> Self:
        given = self.model_fields_set
        kinds = [kind for kind in ARRIVALS if kind in given]
        found: list[Mistake] = []
        if not kinds:
            found.append(((), f"expected {join(ARRIVALS)}, such as `{{rate: 5 / d}}` or `{{batch: 500}}`"))
        found.extend(((kind,), f"`{kinds[0]}` and `{kind}` cannot stand together") for kind in kinds[1:])
        for key, partner in (("day", "rate"), ("week", "rate"), ("months", "rate"), ("at", "batch")):
            if key in given and partner not in given and kinds:
                found.append(((key,), f"needs `{partner}` beside it"))
        if self.months is not None and len(self.months) == 12 and not any(self.months.values()):
            found.append((("months",), "all multipliers are 0: nobody would ever come"))
        if self.dates is not None and not any(count for _, count in self.dates):
            found.append((("dates",), "all numbers are 0: nobody would ever come"))
        refuse(*found)
        return self

    @classmethod
    def _shorthand(cls) -> JsonSchemaValue:
        return {"x-ref": "Rate"}


class SourceFile(Part):
    """Where customers come from."""

    arrivals: ArrivalsFile
    """How they arrive; the keys of it may also stand in the source itself (`{batch: 500}`)."""
    cost: AmountLaw | None = None
    """Cost of one customer: an amount or a law."""
    enters: Name | None = None
    """The stage they enter; by default the first."""
    as_: Name | None = Field(None, alias="as")
    """The segment they belong to."""
    label: LabelFile | None = None
    """What people read."""
    key: Name | None = None
    """What addresses its draws; by default the name."""

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            arrivals = {key: value[key] for key in value if key in ArrivalsFile.model_fields and key != "note"}
            if arrivals and "arrivals" in value:
                refuse(*(((key,), f"`arrivals` and `{key}` cannot stand together") for key in arrivals))
            if arrivals:
                rest = {key: value[key] for key in value if key not in arrivals}
                return {"arrivals": arrivals, **rest}
        elif isinstance(value, str | int | float):
            raise ValueError(
                f"expected a mapping such as `{{arrivals: 5 / d}}` or `{{batch: 500}}`, found {show(value)}"
            )
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema with either `arrivals` or its keys in the source itself (see `jsonschema.py`)."""
        found = super().__get_pydantic_json_schema__(core, handler)
        handler.resolve_ref_schema(found)["x-merge"] = "ArrivalsFile"
        return found


class BudgetFile(Part):
    """A stock that each customer carries through the journey; stages spend it."""

    has: AmountLaw
    """How much a customer has."""
    cause: Name
    """The cause of loss when it runs out."""
    renews: Literal["purchase", "never"] = "never"
    """When it is full again."""
    label: LabelFile | None = None
    """What people read."""
    key: Name | None = None
    """What addresses its draws; by default the name."""


class SegmentFile(Part):
    """A named list of changes that holds for some customers."""

    share: Share | None = None
    """The share of the customers; without it the segment is given by `as:`."""
    label: LabelFile | None = None
    """What people read."""
    key: Name | None = None
    """What addresses its draw; by default the name."""
    changes: list[ChangeFile]
    """What differs for them; stages only."""


# ---- funnels and studies -------------------------------------------------------------------------------------------


class FunnelFile(Part):
    """A funnel: where customers come from, the stages they pass, and why they are lost."""

    funnelsim: Literal[1]
    """The version of the format."""
    name: LabelFile | None = None
    """What people read."""
    currency: Text | None = None
    """The currency of all amounts, such as RUB."""
    sources: Annotated[dict[Name, SourceFile], Field(json_schema_extra={"minProperties": 1})] = Field(
        default_factory=lambda: {"all": SourceFile.model_validate({"batch": 10000})}
    )
    """Where customers come from; by default 10,000 of them at once into the first stage."""
    pipeline: dict[Name, OpenDealsFile] = {}
    """Open deals at time 0, by the stage that they are at."""
    teams: dict[Name, TeamFile] = {}
    """People who answer."""
    budgets: dict[Name, BudgetFile] = {}
    """Stocks that each customer carries: attention, time, money."""
    segments: dict[Name, SegmentFile] = {}
    """Groups of customers for whom stages differ."""
    causes: dict[Name, CauseDefinitionFile] = {}
    """Causes of your own, and defaults for all stages."""
    stages: Annotated[list[StageFile], Field(json_schema_extra={"minItems": 1})]
    """The levels of the funnel, in order."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found: list[Mistake] = []
        if not self.stages:
            found.append((("stages",), "is empty: a funnel needs at least one stage"))
        if not self.sources:
            found.append((("sources",), "is empty: name one, or leave `sources` out"))
        refuse(*found)
        return self

    @classmethod
    def _always(cls, name: str) -> bool:
        return name == "sources"


class RunFile(Part):
    """How to run: never part of a funnel."""

    replications: Replications = 20
    """How many independent runs."""
    seed: Seed = 0
    """What addresses all random numbers."""
    start: Date | None = None
    """Time 0; by default 2024-01-01, a Monday."""
    horizon: PositiveDuration | None = None
    """The end of the calendar window."""
    warm_up: Duration = 0.0
    """The part of the horizon thrown away at its start."""
    cohort: Cohort | None = None
    """So many first arrivals, or all arriving in so long a time, followed to the end."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found: list[Mistake] = []
        if self.horizon is not None and self.cohort is not None:
            found.append((("cohort",), "a run has either a `horizon` or a `cohort`"))
        if self.warm_up and self.horizon is None:
            found.append((("warm_up",), "needs `horizon` beside it"))
        if self.horizon is not None and self.warm_up >= self.horizon:
            found.append((("warm_up",), "must be shorter than the horizon: nothing would be left to count"))
        refuse(*found)
        return self


def _is_inline(value: object) -> str:
    return "<inline>" if isinstance(value, Mapping | FunnelFile) else "<path>"


def _read_reference(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected the path of a funnel file, or the funnel itself, found {show(value)}")
    return value


Reference = Annotated[str, PlainValidator(_read_reference), WithJsonSchema({"type": "string", "minLength": 1})]
FunnelReference = Annotated[
    Annotated[Reference, Tag("<path>")] | Annotated[FunnelFile, Tag("<inline>")], Discriminator(_is_inline)
]


class ScenarioFile(Part):
    """What to compare with the base; a bare name is the intervention of that name alone."""

    name: Text
    """Its name."""
    label: LabelFile | None = None
    """What people read."""
    interventions: list[OptionName] = []
    """Names of interventions, applied in this order; one level of an intervention with levels is `people.two`."""
    funnel: FunnelReference | None = None
    """Another base funnel: a path below this file's folder, or the funnel itself."""

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value, "interventions": [value]}
        return value

    @classmethod
    def _shorthand(cls) -> JsonSchemaValue:
        return {"type": "string", "minLength": 1}


class QuestionsFile(Part):
    """What to try on a funnel, and how to run it."""

    interventions: dict[Name, InterventionFile] = {}
    """Named lists of changes with their costs."""
    scenarios: list[ScenarioFile] = []
    """What to compare with the base, in order."""
    run: RunFile | None = None
    """How to run."""


class StudyFile(QuestionsFile):
    """A scenario file: a base funnel and what to try."""

    funnelsim: Literal[1]
    """The version of the format."""
    name: LabelFile | None = None
    """What people read."""
    funnel: FunnelReference
    """The base: a path below this file's folder, or the funnel itself."""


class CombinedFile(FunnelFile, QuestionsFile):
    """A funnel file; interventions, scenarios and run settings may stand in the same file."""
