"""The file format, first half: labels, causes, responses, touchpoints, routes and stages.

Every model reads the shorthands of its mapping and writes the canonical document: everything expanded, what is default
left out. Docstrings of fields are the descriptions in the JSON Schema.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from inspect import cleandoc, getsource
from itertools import pairwise
from textwrap import dedent
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from funnelsim.files.fields import (
    Amount,
    Decay,
    Duration,
    Name,
    Number,
    PositiveDuration,
    Share,
    Text,
    TimeLaw,
)
from funnelsim.files.wording import Mistake, Mistakes, join, show, suggest, wanted

MECHANISMS = ("chance", "patience", "time_to_loss", "forgetting")
ROUNDING = 1e-9
"""Shares that are meant to add up to 100% may miss it by this much in floating point."""

Moment = Literal["entry", "exit"]


class Part(BaseModel):
    """A mapping of the file: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        arbitrary_types_allowed=True,
        serialize_by_alias=True,
        strict=True,
    )

    note: Text | None = None
    """A remark, printed in reports."""

    @model_serializer(mode="wrap")
    def _leave_out_defaults(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        document: dict[str, Any] = handler(self)
        for name, field in type(self).model_fields.items():
            key = field.alias or name
            if key not in document or field.is_required() or self._always(name):
                continue
            value = getattr(self, name)
            if value is None or value == field.get_default(call_default_factory=True):
                del document[key]
        if "note" in document:
            document["note"] = document.pop("note")  # last, as people write it
        return document

    @classmethod
    def _always(cls, name: str) -> bool:
        """Return whether a field is written even where it has its default."""
        del name
        return False

    @classmethod
    def _shorthand(cls) -> JsonSchemaValue | None:
        """Return the JSON Schema of the short way to write this mapping, if there is one."""
        return None

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the mapping's schema, or either it or its shorthand; what is said of a field here is said there."""
        found = handler(core)
        schema = handler.resolve_ref_schema(found)
        said = describe_fields(cls)
        for name, field in cls.model_fields.items():
            entry = schema.get("properties", {}).get(field.alias or name)
            if entry is not None and name in said:
                entry.setdefault("description", said[name])
        shorthand = cls._shorthand()
        if shorthand is not None and "anyOf" not in schema:
            mapping = dict(schema)
            schema.clear()
            description = mapping.pop("description", "")
            schema.update({"description": description, "anyOf": [shorthand, mapping]})
        return found


@cache
def describe_fields(model: type[Part]) -> dict[str, str]:
    """Return the docstrings of a model's fields. Pydantic would read the sources each time that it is imported."""
    said: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, Part):
            (definition,) = ast.parse(dedent(getsource(base))).body
            body = definition.body if isinstance(definition, ast.ClassDef) else []
            for field, text in pairwise(body):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    match text:
                        case ast.Expr(ast.Constant(str(words))):
                            said[field.target.id] = cleandoc(words)
                        case _:
                            said.pop(field.target.id, None)
    return said


def canonical(part: Part) -> dict[str, Any]:
    """Return the canonical document of a model: JSON values only."""
    return part.model_dump(mode="json")


def refuse(*found: Mistake) -> None:
    """Raise the mistakes, if any."""
    if found:
        raise Mistakes(*found)


# ---- labels, causes, losses ----------------------------------------------------------------------------------------


class LabelFile(Part):
    """What people read: one text, or one in each language."""

    en: Text
    """In English."""
    ru: Text
    """In Russian."""

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"en": value, "ru": value}
        if isinstance(value, Mapping):
            known = value.keys() & {"en", "ru"}
            if not known and not value.keys() - {"note"}:
                raise ValueError("expected a text, or one in each language: `{en: …, ru: …}`")
            other = value[min(known)] if known else "?"
            return {"en": other, "ru": other, **value}
        if isinstance(value, LabelFile):
            return value
        hint = " (put it in quotes)" if isinstance(value, int | float) else ""
        raise ValueError(f"expected a text or `{{en: …, ru: …}}`, found {show(value)}{hint}")

    @classmethod
    def _shorthand(cls) -> JsonSchemaValue:
        return {"type": "string", "minLength": 1}


class ForgettingFile(Part):
    """Forgetting by the power law R(t) = (1 + t/s)^(−decay), tried at the exit from the stage."""

    half_life: PositiveDuration
    """The time after which half have forgotten."""
    decay: Decay = 0.5
    """The exponent: the smaller, the longer the tail."""


class RemindersFile(Part):
    """Messages while the customer decides; each is a new contact for memory."""

    every: PositiveDuration
    """The time between two messages."""
    cost: Amount = 0.0
    """What one message costs."""


class MechanismsFile(Part):
    """How a cause takes customers; several mechanisms may stand together."""

    chance: Share | None = None
    """The share lost at one moment, `at: entry` or `at: exit`."""
    at: Moment = "entry"
    """When the chance acts."""
    visits: Literal["every", "first"] | None = None
    """Whether the chance acts at every visit or at the first one only (the default for spam and only_comparing)."""
    patience: TimeLaw | None = None
    """How long the customer waits for an answer, by the wall clock."""
    time_to_loss: TimeLaw | None = None
    """When the cause rings, if nothing else happens before."""
    exposure: Literal["waiting", "stage", "deciding"] = "stage"
    """When the clock of `time_to_loss` runs."""
    forgetting: ForgettingFile | None = None
    """Memory that fades with the time since the last contact."""
    reminders: RemindersFile | None = None
    """Messages that bring back those who had forgotten."""
    times: Number = 1.0
    """A factor on the hazard of this cause."""

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: Any) -> Any:
        if isinstance(value, str) and value.strip() == "default":
            if "default" not in cls.model_fields:
                raise ValueError(f"`default` is for stages: here a cause gets its {join(MECHANISMS)}")
            return {"default": True}
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            if isinstance(value, str) and not any(sign.isdigit() for sign in value):
                words = ("default",) if "default" in cls.model_fields else ()
                raise ValueError(
                    f"expected a share such as `8%`{', `default`' if words else ''} or a mapping with "
                    f"{join(MECHANISMS)}, found {show(value)}{suggest(value, words)}"
                )
            return {"chance": value}
        if isinstance(value, Mapping):
            own = value.keys() & {*MECHANISMS, "default"}
            if not own and value.keys() & {"times", "reminders"} and "default" in cls.model_fields:
                return {"default": True, **value}
        return value

    @model_validator(mode="after")
    def _agree(self) -> Self:
        given = self.model_fields_set
        own = [name for name in MECHANISMS if getattr(self, name) is not None]
        found: list[Mistake] = []
        if getattr(self, "default", False):
            found.extend(
                ((key,), f"`default` takes the top level's mechanisms: `{key}` cannot stand beside it")
                for key in (*MECHANISMS, "at", "visits", "exposure")
                if key in given
            )
        else:
            if "default" in type(self).model_fields and not own:
                found.append(((), f"has no mechanism: expected {join((*MECHANISMS, 'default'))}"))
            pairs = [("at", "chance"), ("visits", "chance"), ("exposure", "time_to_loss")]
            pairs.append(("reminders", "forgetting"))
            if not found:
                found.extend(
                    ((key,), f"needs `{partner}` beside it")
                    for key, partner in pairs
                    if key in given and getattr(self, partner) is None
                )
        if "times" in given and self.times != 1:
            found.extend(self._unscalable())
        refuse(*found)
        return self

    def _unscalable(self) -> Iterable[Mistake]:
        if self.chance == 1:
            yield ("times",), "a certain loss (100%) cannot be multiplied"
        for name in ("patience", "time_to_loss"):
            law = getattr(self, name)
            if law is not None and law.family == "fixed":
                yield ("times",), f"the hazard of a fixed time (`{name}`) cannot be multiplied"

    @classmethod
    def _shorthand(cls) -> JsonSchemaValue:
        share: JsonSchemaValue = {"x-ref": "Share"}
        return {"anyOf": [{"const": "default"}, share]} if "default" in cls.model_fields else share


class CauseFile(MechanismsFile):
    """A cause at a stage or touchpoint: a bare share is its chance, `default` takes the top level's mechanisms."""

    default: Literal[True] | None = None
    """Take the mechanisms that the top level gives this cause; so do `times` or `reminders` alone."""


class CauseDefinitionFile(MechanismsFile):
    """A cause of your own, or the default for all stages that name it."""

    label: LabelFile | None = None
    """What people read."""
    side: Literal["buyer", "company", "none"] | None = None
    """Whose doing the loss is."""


class LosesFile(Part):
    """A total loss, split between causes by weights; it adds to `causes`."""

    share: Share
    """The share lost to all of them together."""
    at: Moment = "entry"
    """When they act."""
    split: Annotated[dict[Name, Number], Field(json_schema_extra={"minProperties": 1})]
    """The weight of each cause."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if not self.split:
            refuse((("split",), "is empty: expected a weight for each cause, such as `{no_trust: 1}`"))
        if not any(self.split.values()):
            refuse((("split",), "all weights are 0: expected at least one above 0"))
        return self


class CombinationFile(Part):
    """Causes that, where all of them act, make each other stronger or weaker."""

    causes: Annotated[list[Name], Field(json_schema_extra={"minItems": 2, "uniqueItems": True})]
    """The causes that must all be above zero."""
    hazard_ratio: Number
    """The factor on the hazard of each of them."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        twice = [index for index, name in enumerate(self.causes) if name in self.causes[:index]]
        if len(self.causes) < 2:
            refuse((("causes",), "a combination needs at least two causes"))
        refuse(*((("causes", index), f"`{self.causes[index]}` stands here twice") for index in twice))
        return self


# ---- response, touchpoints, routes ---------------------------------------------------------------------------------


class WithinFile(Part):
    """A cap on the wait."""

    time: Duration
    """The longest wait."""
    share: Share = 1.0
    """The share of the visits that it holds for."""


class AutomaticFile(Part):
    """A first answer by a machine: patience pauses."""

    time: Duration
    """When it comes, if the customer is still waiting."""
    share: Share = 1.0
    """The share of the visits in which it comes."""
    holds: PositiveDuration | None = None
    """For how long patience pauses; without it, until a person answers."""


class ResponseFile(Part):
    """How the company answers: the customer waits, then is served; nothing rings during the service."""

    wait: TimeLaw | None = None
    """The reply time, where no team answers."""
    team: Name | None = None
    """The team that answers, when somebody of it is free."""
    service: TimeLaw | None = None
    """How long the conversation lasts; without it there is none."""
    within: WithinFile | None = None
    """A cap on the `wait` for a share of the visits."""
    automatic: AutomaticFile | None = None
    """A first answer by a machine."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["wait"]}, {"required": ["team"]}]})

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found: list[Mistake] = []
        if self.wait is None and self.team is None:
            found.append((("wait",), f"is missing: expected {wanted('wait')}, or `team: NAME`"))
        if self.wait is not None and self.team is not None:
            found.append((("team",), "a response has either a `wait` or a `team`"))
        elif self.within is not None and self.team is not None:
            text = "a team answers when somebody is free: `within` caps a `wait`; a first answer is `automatic`"
            found.append((("within",), text))
        refuse(*found)
        return self


class RouteFile(Part):
    """Where customers go after surviving the stage."""

    to: Name | None = None
    """The stage they go to."""
    end: Literal["won"] | None = None
    """The end of the journey."""
    key: Name | None = None
    """What addresses its draw; by default the stage it leads to, or `end`."""
    share: Share | None = None
    """The share that goes this way; one route of a stage may leave it out and takes the rest."""
    unless: dict[Name, Share] | None = None
    """Conditions with their probabilities: whoever fails one of them goes this way (share 1 − Π)."""
    after: TimeLaw | None = None
    """A delay on the way."""
    as_: Name | None = Field(None, alias="as")
    """The segment they join."""
    same_call: bool = False
    """The next stage's queue and service take no time."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["to"]}, {"required": ["end"]}]})

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found: list[Mistake] = []
        if self.to is None and self.end is None:
            found.append(((), "leads nowhere: expected `to: STAGE` or `end: won`"))
        if self.to is not None and self.end is not None:
            found.append((("end",), "a route has either `to` or `end`"))
        if self.share is not None and self.unless is not None:
            found.append((("unless",), "a route has either `share` or `unless`"))
        if self.unless is not None and not self.unless:
            found.append((("unless",), "is empty: expected conditions such as `{money: 80%}`"))
        if self.same_call and self.to is None:
            found.append((("same_call",), "there is no next stage after `end: won`"))
        if self.as_ is not None and self.to is None:
            found.append((("as",), "there is no next stage after `end: won`"))
        refuse(*found)
        return self

    @property
    def address(self) -> str:
        """The key that addresses the draw of this route."""
        return self.key or self.to or "end"

    @property
    def fraction(self) -> float | None:
        """The share that goes this way, or None for the rest: 1 − Π of the conditions of `unless`."""
        if self.unless is None:
            return self.share
        together = 1.0
        for probability in self.unless.values():
            together *= probability
        return 1.0 - together
