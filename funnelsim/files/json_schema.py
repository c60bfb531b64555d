"""The JSON Schema of the file format (draft 2020-12), with which editors complete and check files.

Made from the models: the docstring of a field is its description. `funnelsim.schema.json` beside this module is a copy
of what `schema_text` returns.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from funnelsim.files.believing import LAWS
from funnelsim.files.scalars import FAMILIES, NAME_PATTERN, PURE_NUMBERS
from funnelsim.files.schema import (
    ARRIVALS,
    ArrivalsFile,
    CombinedFile,
    RouteFile,
    StageFile,
    StudyFile,
    TouchpointFile,
)
from funnelsim.files.verbs import VERBS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
COPY = "funnelsim.schema.json"
NUMBER = r"[0-9.,][0-9., \u00a0\u2009\u202f]*([eE][-+]?[0-9]+)?"
PERCENT = r"0*100([.,]0*)?|0*[0-9]{1,2}([.,][0-9]*)?|[.,][0-9]+|[0-9.,]+e-[0-9]+"
FRACTION = r"0*1([.,]0*)?|0*([.,][0-9]*)?|[0-9.,]+e-[0-9]+"
UNIT = r"[A-Za-z\u0400-\u04ff]+\.?"
VERB_TEXTS: Mapping[str, str] = {
    "set": "Give a value: `{set: stages.lead.takes, to: 3 d}`.",
    "scale": "Multiply a hazard, a duration or an amount: `{scale: stages.*.causes.no_trust, by: 0.5}`.",
    "add": "Add what is not there: `{add: stages.lead.causes.spam, value: 8%}`.",
    "remove": "Take something away: `{remove: stages.lead.causes.spam}`.",
    "remove_stage": "Drop a stage: whoever would have come goes where it would have sent them.",
    "add_stage": "Put a new stage after another.",
    "remind": "Send reminders to those who decide at a stage.",
    "respond_within": "Answer a share of the customers of a stage within a time.",
    "reroute": "Give a stage other routes.",
    "add_touchpoint": "Add a touchpoint; its share comes from the others in proportion.",
    "price": "Change the price of what a stage sells: `{price: purchase, by: -10%}`.",
    "merge_stages": "Make neighbouring stages one: `{merge_stages: [request, demo], into: one_call}`.",
    "move_stage": "Put a stage elsewhere in the order: `{move_stage: demo, after: offer}`.",
    "staff": "Give a team more people, or fewer: `{staff: sales, by: 2}`.",
    "hours": "Give a team other hours: `{hours: sales, to: [Mon-Sun 09:00-21:00]}`.",
}


def schema_text() -> str:
    """Return the JSON Schema as the text of a file."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of funnel files and scenario files."""
    models = (CombinedFile, StudyFile, ArrivalsFile, StageFile, TouchpointFile, RouteFile)
    _, made = models_json_schema([(model, "validation") for model in models], ref_template="#/$defs/{model}")
    definitions = {name: tidy(schema) for name, schema in made["$defs"].items()}
    definitions.update({name: tidy(schema) for name, schema in shared_definitions().items()})
    source = definitions["SourceFile"]
    arrivals = next(option for option in definitions["ArrivalsFile"]["anyOf"] if option.get("type") == "object")
    source["properties"] = {**arrivals["properties"], **source["properties"]}
    source["required"] = []
    source["oneOf"] = [{"required": [key]} for key in ("arrivals", *ARRIVALS)]
    label = next(option for option in definitions["LabelFile"]["anyOf"] if option.get("type") == "object")
    label["anyOf"] = [{"required": [language]} for language in label.pop("required")]
    definitions["CombinedFile"]["description"] = "A funnel file; what to try on it may stand in the same file."
    return {
        "$schema": DIALECT,
        "title": "funnelsim",
        "description": "A funnel, or a scenario file: a base funnel (`funnel`) and what to try on it.",
        "type": "object",
        "if": {"required": ["funnel"]},
        "then": {"$ref": "#/$defs/StudyFile"},
        "else": {"$ref": "#/$defs/CombinedFile"},
        "$defs": dict(sorted(definitions.items())),
    }


def tidy(schema: Any) -> Any:
    """Return a part of the schema as editors want it: no titles, no nulls, names checked, references resolved."""
    if isinstance(schema, list):
        return [tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    tidied = {key: value for key, value in schema.items() if key not in {"title", "x-ref", "x-merge"}}
    if isinstance(schema.get("title"), dict):
        tidied["title"] = schema["title"]
    if "x-ref" in schema:
        tidied["$ref"] = f"#/$defs/{schema['x-ref']}"
    if "default" in tidied and tidied["default"] in (None, [], {}):
        del tidied["default"]
    options = tidied.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        kept = [option for option in options if option != {"type": "null"}]
        rest = {key: value for key, value in tidied.items() if key != "anyOf"}
        return tidy({**kept[0], **rest} if len(kept) == 1 else {**rest, "anyOf": kept})
    patterns = tidied.pop("patternProperties", None)
    if patterns:
        pattern, values = next(iter(patterns.items()))
        tidied["propertyNames"] = {"pattern": pattern}
        tidied["additionalProperties"] = values
    return {key: tidy_value(key, value) for key, value in tidied.items()}


def tidy_value(key: str, value: Any) -> Any:
    """Return a keyword's value tidied; the keys of `properties` are names, not keywords."""
    if key in {"properties", "$defs"}:
        return {name: tidy(item) for name, item in value.items()}
    return value if key in {"const", "enum", "default", "required", "examples"} else tidy(value)


def shared_definitions() -> dict[str, Any]:
    """Return the definitions that stand for scalars, laws and changes."""
    return {
        "Name": {"type": "string", "pattern": NAME_PATTERN},
        "Duration": {
            "description": "A duration: `2 min`, `36 h`, `3 d`, `2 w`, `1 mo`, `1 y`.",
            "anyOf": [
                {"type": "number", "const": 0},
                {"type": "string", "pattern": f"^\\s*{NUMBER}\\s*{UNIT}\\s*$"},
                {"x-ref": "Uncertain"},
            ],
        },
        "Rate": {
            "description": "A rate: `0.05 / d`, `3 / h`.",
            "anyOf": [
                {"type": "string", "pattern": f"^\\s*{NUMBER}\\s*/\\s*{UNIT}\\s*$"},
                {"x-ref": "Uncertain"},
            ],
        },
        "Share": {
            "description": "A share between 0 and 1: `12%` or `0.12`.",
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": f"^\\s*({PERCENT})\\s*%\\s*$"},
                {"type": "string", "pattern": f"^\\s*({FRACTION})\\s*$"},
                {"x-ref": "Uncertain"},
            ],
        },
        "Amount": {
            "description": "An amount: `350`.",
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": f"^\\s*{NUMBER}\\s*$"},
                {"x-ref": "Uncertain"},
            ],
        },
        "Number": {
            "description": "A number that is not negative.",
            "anyOf": [{"type": "number", "minimum": 0}, {"x-ref": "Uncertain"}],
        },
        "Uncertain": uncertain(),
        "TimeLaw": law("A law of a time: `{exponential: {mean: 3 d}}`, or a fixed duration.", "Duration", "Rate"),
        "AmountLaw": law("A law of an amount: `{exponential: {mean: 350}}`, or a fixed amount.", "Amount", "Amount"),
        "Change": {
            "description": "One edit of a funnel.",
            "type": "object",
            "anyOf": [change(verb) for verb in VERBS],
        },
    }


def uncertain() -> dict[str, Any]:
    """Return the schema of a number that is written with its uncertainty."""
    number = {"type": ["number", "string"]}
    kinds: dict[str, Any] = dict.fromkeys(("mean", "low", "high"), number)
    kinds["beta"] = {"type": "array", "items": {"type": "number", "exclusiveMinimum": 0}, "minItems": 2, "maxItems": 2}
    for name, sets in LAWS.items():
        parameters = {parameter: number for names in sets for parameter in names}
        kinds[name] = {
            "type": "object",
            "properties": parameters | {"note": {"type": "string"}},
            "oneOf": [{"required": list(names)} for names in sets],
            "additionalProperties": False,
        }
    text = {"type": "string", "minLength": 1}
    return {
        "description": "A number with its uncertainty: a mean and a 95% interval, a law, or a column of samples.",
        "type": "object",
        "properties": kinds
        | {"samples": text, "column": text, "unit": {"type": "string"}, "name": text, "note": {"type": "string"}},
        "oneOf": [
            {"required": ["mean", "low", "high"]},
            *({"required": [name]} for name in ("beta", *LAWS, "samples")),
        ],
        "additionalProperties": False,
    }


def law(description: str, quantity: str, rate: str) -> dict[str, Any]:
    """Return the schema of a law: a bare value, or one family with its parameters."""
    return {
        "description": description,
        "anyOf": [
            {"x-ref": quantity},
            {
                "type": "object",
                "properties": {name: family(name, quantity, rate) for name in FAMILIES} | {"note": {"type": "string"}},
                "additionalProperties": False,
                "oneOf": [{"required": [name]} for name in FAMILIES],
            },
        ],
    }


def family(name: str, quantity: str, rate: str) -> dict[str, Any]:
    """Return the schema of one family's parameters."""
    if name == "fixed":
        return {"x-ref": quantity}
    sets = FAMILIES[name]
    properties: dict[str, Any] = {"note": {"type": "string"}}
    for parameter in (parameter for names in sets for parameter in names):
        if parameter == "quantiles":
            last = {"anyOf": [{"x-ref": quantity}, {"type": "number", "minimum": 0}, {"const": ".inf"}]}
            pair = {"type": "array", "prefixItems": [{"x-ref": "Share"}, last], "minItems": 2, "maxItems": 2}
            properties[parameter] = {"type": "array", "items": pair, "minItems": 2}
        elif parameter in PURE_NUMBERS:
            properties[parameter] = {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"x-ref": "Uncertain"}]}
        else:
            properties[parameter] = {"x-ref": rate if parameter == "rate" else quantity}
    choice = [{"required": list(names)} for names in sets]
    shape = choice[0] if len(choice) == 1 else {"oneOf": choice}
    return {"type": "object", "properties": properties, "additionalProperties": False, **shape}


VALUES: Mapping[str, Any] = {
    "to": {},
    "value": {},
    "by": {"anyOf": [{"type": "number"}, {"type": "string"}, {"x-ref": "Uncertain"}]},
    "side": {"enum": ["buyer", "company", "none"]},
    "every": {"x-ref": "Duration"},
    "time": {"x-ref": "Duration"},
    "holds": {"x-ref": "Duration"},
    "share": {"x-ref": "Share"},
    "cost": {"x-ref": "Amount"},
    "next": {"type": "array", "items": {"x-ref": "RouteFile"}},
    "touchpoint": {"x-ref": "TouchpointFile"},
    "add_stage": {"x-ref": "StageFile"},
    "merge_stages": {"type": "array", "items": {"type": "string", "pattern": NAME_PATTERN}, "minItems": 2},
    "into": {"type": "string", "pattern": NAME_PATTERN},
}
"""What stands at each key of a change; a path or a name where nothing is said."""


def change(verb: str) -> dict[str, Any]:
    """Return the schema of one kind of change."""
    shape = VERBS[verb]
    text: dict[str, Any] = {"type": "string", "minLength": 1}
    own: dict[str, Any] = VALUES.get(verb, text)
    if shape.inside is not None:
        needs, may = shape.inside
        own = {
            "type": "object",
            "properties": {key: VALUES.get(key, text) for key in (*needs, *may, "note")},
            "required": list(needs),
            "additionalProperties": False,
        }
    beside = {key: VALUES.get(key, text) for key in (*shape.needs, *shape.may, "note")}
    return {
        "type": "object",
        "properties": {verb: {"description": VERB_TEXTS.get(verb, ""), **own}, **beside},
        "required": [verb, *shape.needs],
        "additionalProperties": False,
    }
