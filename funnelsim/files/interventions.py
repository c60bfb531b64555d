"""The file format, third part: changes, and the interventions that name lists of them with what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator

from funnelsim.files.fields import Amount, Name, OptionName
from funnelsim.files.parts import LabelFile, Part, RouteFile, refuse
from funnelsim.files.stages import StageFile, TouchpointFile
from funnelsim.files.validating import validate
from funnelsim.files.verbs import check_change
from funnelsim.files.wording import Mistake, Path, show, wanted

PARTS_OF_CHANGES: Mapping[str, type[Part]] = {
    "add_stage": StageFile,
    "touchpoint": TouchpointFile,
    "next": RouteFile,
}
"""Keys of changes that hold a part of a funnel, or a list of them."""


def read_change(value: object) -> dict[str, Any]:
    """Return a change as written, checked as far as that is possible without the funnel."""
    change = check_change(value)
    found: list[Mistake] = []
    for key, model in PARTS_OF_CHANGES.items():
        given = change.get(key)
        if key not in change:
            continue
        if key != "next":
            found.extend(within((key,), model, given))
        elif isinstance(given, list):
            for number, item in enumerate(given):
                found.extend(within((key, number), model, item))
        else:
            found.append(((key,), f"expected a list of routes, found {show(given)}"))
    refuse(*found)
    return change


def within(path: Path, model: type[Part], value: object) -> Iterator[Mistake]:
    """Yield the mistakes of a part of a change, with their paths in the change."""
    for below, text in validate(model, value).mistakes:
        yield (*path, *below), text


ChangeFile = Annotated[dict[str, Any], PlainValidator(read_change), WithJsonSchema({"x-ref": "Change"})]


class CostFile(Part):
    """What an intervention costs."""

    once: Amount = 0.0
    """At the start."""
    per_month: Amount = 0.0
    """Every 30.4375 days."""


class LevelFile(Part):
    """One size of an intervention: what it changes and costs beside what all its levels do."""

    label: LabelFile | None = None
    """What people read."""
    cost: CostFile | None = None
    """What it costs, beside what the intervention costs at any level."""
    changes: list[ChangeFile]
    """What it changes, in this order, after what the intervention changes at any level."""
    excludes: list[OptionName] = []
    """Interventions, or levels of them, that cannot be made together with it."""
    requires: list[OptionName] = []
    """Interventions, or levels of them, without which it cannot be made."""


class InterventionFile(Part):
    """A named list of changes with its cost; with `levels`, one of several."""

    label: LabelFile | None = None
    """What people read."""
    cost: CostFile | None = None
    """What it costs."""
    changes: list[ChangeFile] = []
    """What it changes, in this order; at every level, where it has levels."""
    excludes: list[OptionName] = []
    """Interventions, or levels of them, that cannot be made together with it."""
    requires: list[OptionName] = []
    """Interventions, or levels of them, without which it cannot be made."""
    levels: Annotated[dict[Name, LevelFile], Field(json_schema_extra={"minProperties": 1})] = {}
    """Sizes of it, of which `choose` takes one or none: so many people, such a reply time."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["changes"]}, {"required": ["levels"]}]})

    @model_validator(mode="after")
    def _agree(self) -> Self:
        given = self.model_fields_set
        if not given & {"changes", "levels"}:
            refuse((("changes",), f"is missing: expected {wanted('changes')}"))
        if "levels" in given and not self.levels:
            refuse((("levels",), "is empty: expected levels such as `{two: {changes: [{staff: sales, by: 2}]}}`"))
        return self

    @classmethod
    def _always(cls, name: str) -> bool:
        return name == "changes"
