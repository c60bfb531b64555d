"""The file format's models: shorthands in, the canonical document out, and the JSON Schema made from them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import FrozenInstanceError
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from funnelsim import files
from funnelsim.errors import InputError
from funnelsim.files import parts, schema, stages
from funnelsim.files.json_schema import COPY, json_schema, schema_text
from funnelsim.files.reading import read
from funnelsim.files.scalars import FAMILIES
from funnelsim.files.schema import CombinedFile, FunnelFile, StudyFile, canonical
from funnelsim.files.uncertain import settle
from funnelsim.files.validating import validate
from funnelsim.files.verbs import VERBS
from funnelsim.files.wording import Mistakes, canonical_text, translate
from funnelsim.files.writing import compose, flow, percent, terse, terse_time

CASES = Path(__file__).parent.parent / "cases" / "valid"
SHOP = {"funnelsim": 1, "stages": [{"name": "shop"}]}
days = st.floats(min_value=0, max_value=1e6, allow_subnormal=False)


def stage(**keys: Any) -> dict[str, Any]:
    """The canonical document of a stage with these keys."""
    file = FunnelFile.model_validate({"funnelsim": 1, "stages": [{"name": "shop", **keys}]})
    document: dict[str, Any] = canonical(file)["stages"][0]
    return document


def models() -> Iterator[type[parts.Part]]:
    """Every model of the format."""
    for module in (parts, stages, schema):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, parts.Part) and value is not parts.Part:
                yield value


@pytest.mark.parametrize("path", sorted(CASES.rglob("*.yaml")), ids=lambda path: path.stem)
def test_the_canonical_document_is_a_fixed_point(path: Path) -> None:
    """Validating a canonical document gives the same model and the same document, bit for bit."""
    data = settle(read(path.read_bytes(), str(path)))[0].data
    model = StudyFile if "funnel" in data else CombinedFile
    once = canonical(model.model_validate(data))
    again = model.model_validate(json.loads(json.dumps(once, allow_nan=False)))
    assert canonical(again) == once
    assert canonical(model.model_validate(canonical(again))) == once


@pytest.mark.parametrize(
    ("written", "canon"),
    [
        ({"takes": "3 d"}, {"takes": {"fixed": "3.0 d"}}),
        ({"takes": 0}, {"takes": {"fixed": "0.0 d"}}),
        ({"takes": {"exponential": {"mean": "36 h"}}}, {"takes": {"exponential": {"mean": "1.5 d"}}}),
        ({"takes": {"exponential": {"rate": "2 / h"}}}, {"takes": {"exponential": {"rate": "48.0 / d"}}}),
        (
            {"takes": {"lognormal": {"median": "4 d", "sigma": 2}}},
            {"takes": {"lognormal": {"median": "4.0 d", "sigma": 2.0}}},
        ),
        (
            {"takes": {"empirical": {"quantiles": [[0, 0], ["50%", "1 w"], [1, math.inf]]}}},
            {"takes": {"empirical": {"quantiles": [[0.0, "0.0 d"], [0.5, "7.0 d"], [1.0, ".inf"]]}}},
        ),
        ({"revenue": 90}, {"revenue": {"fixed": 90.0}}),
        ({"cost": {"gamma": {"shape": 2, "scale": 5}}}, {"cost": {"gamma": {"shape": 2.0, "scale": 5.0}}}),
        ({"label": "Shop"}, {"label": {"en": "Shop", "ru": "Shop"}}),
        ({"label": {"ru": "Магазин"}}, {"label": {"en": "Магазин", "ru": "Магазин"}}),
        ({"causes": {"spam": "8%"}}, {"causes": {"spam": {"chance": 0.08}}}),
        ({"causes": {"spam": 0.08}}, {"causes": {"spam": {"chance": 0.08}}}),
        ({"causes": {"forgot": "default"}}, {"causes": {"forgot": {"default": True}}}),
        ({"causes": {"forgot": {"times": 2}}}, {"causes": {"forgot": {"times": 2.0, "default": True}}}),
        (
            {"causes": {"forgot": {"reminders": {"every": "3 d"}}}},
            {"causes": {"forgot": {"reminders": {"every": "3.0 d"}, "default": True}}},
        ),
        (
            {"causes": {"spam": {"chance": "8%", "at": "entry", "times": 1}}},
            {"causes": {"spam": {"chance": 0.08}}},
        ),
        ({"margin": "35%", "aside": False, "causes": {}, "next": []}, {"margin": 0.35}),
        ({"note": "text", "takes": "1 d"}, {"takes": {"fixed": "1.0 d"}, "note": "text"}),
    ],
)
def test_shorthands_are_written_out_and_defaults_left_out(written: dict[str, Any], canon: dict[str, Any]) -> None:
    """The canonical document of a stage holds what was said, in full, and nothing else."""
    assert stage(**written) == {"name": "shop", **canon}


@pytest.mark.parametrize(
    ("written", "canon"),
    [
        ({"arrivals": "5 / d"}, {"arrivals": {"rate": "5.0 / d"}}),
        (
            {"arrivals": {"rate": "5 / d", "months": {"dec": 2}}},
            {"arrivals": {"rate": "5.0 / d", "months": {"dec": 2.0}}},
        ),
        ({"batch": 500}, {"arrivals": {"batch": 500}}),
        ({"batch": 500, "at": "2 d", "cost": 3}, {"arrivals": {"batch": 500, "at": "2.0 d"}, "cost": {"fixed": 3.0}}),
        (
            {"dates": [["2026-02-01", 5], ["2026-01-15", 300]], "as": "vip"},
            {"arrivals": {"dates": [["2026-01-15", 300], ["2026-02-01", 5]]}, "as": "vip"},
        ),
    ],
)
def test_sources_are_written_out(written: dict[str, Any], canon: dict[str, Any]) -> None:
    """Arrivals may stand in the source itself; dates come in the order of time."""
    file = FunnelFile.model_validate({**SHOP, "sources": {"ads": written}})
    assert canonical(file)["sources"] == {"ads": canon}


def test_without_sources_ten_thousand_come_at_once() -> None:
    """The default source stands in the canonical document, so that changes can reach it (DESIGN.md, section 2)."""
    assert canonical(FunnelFile.model_validate(SHOP)) == {
        "funnelsim": 1,
        "sources": {"all": {"arrivals": {"batch": 10000}}},
        "stages": [{"name": "shop"}],
    }


def test_models_are_frozen() -> None:
    """A file that was read cannot be changed in place."""
    file = FunnelFile.model_validate(SHOP)
    with pytest.raises((ValidationError, FrozenInstanceError)):
        file.stages = []


@given(days)
def test_durations_survive_bit_for_bit(value: float) -> None:
    """A duration in days is written and read back as the very same float."""
    once = stage(takes=f"{value!r} d")
    assert FunnelFile.model_validate({**SHOP, "stages": [once]}).stages[0].takes.parameters[0][1] == value  # type: ignore[union-attr]
    assert stage(**{key: item for key, item in once.items() if key != "name"}) == once


@given(days, st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1e12, allow_subnormal=False))
def test_what_people_are_shown_reads_back_bit_for_bit(time: float, share: float, amount: float) -> None:
    """Shorter units and percentages are used only where they mean the very same number."""
    document = {
        "funnelsim": 1,
        "sources": {"all": {"arrivals": {"batch": 1}}},
        "stages": [{"name": "shop", "takes": {"fixed": f"{time!r} d"}, "margin": share, "revenue": {"fixed": amount}}],
    }
    read_back = canonical(FunnelFile.model_validate(read(compose(document)).data))
    assert canonical_text(read_back) == canonical_text(canonical(FunnelFile.model_validate(document)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.5 d", "36 h"),
        ("3.0 d", "3 d"),
        ("0.0 d", "0 d"),
        ("0.041666666666666664 d", "1 h"),
        ("30.4375 d", "1 mo"),
        ("0.05 / d", "0.05 / d"),
        ("48.0 / d", "48 / d"),
        ("name", "name"),
    ],
)
def test_times_are_shown_in_the_shortest_exact_unit(value: str, text: str) -> None:
    """Whichever unit is shortest and exact, days before others."""
    assert terse_time(value) == text


def test_shares_are_shown_as_percentages_where_exact() -> None:
    """12% is 0.12; a share that no short percentage means stays a number; weights are no shares."""
    assert percent(0.12) == "12%"
    assert percent(1 / 3) == 1 / 3
    assert terse({"split": {"share": 3.0}, "share": 0.5}) == {"split": {"share": 3}, "share": "50%"}


@given(st.text(max_size=30))
def test_any_text_is_written_so_that_it_reads_back(text: str) -> None:
    """Quotes, escapes and plain words: a label is read as it was."""
    try:
        data = read(f"[{flow(text)}, {{{flow(text)}: 1}}]").data
    except InputError:
        # Some characters stand in no file, however they are written: C0 and C1 controls, halves of pairs, U+FFFE.
        assert any(not letter.isprintable() for letter in text)
    else:
        import unicodedata

        composed = unicodedata.normalize("NFC", text)
        assert data == [composed, {composed: 1}]


def test_mistakes_come_in_our_words() -> None:
    """Each mistake is one sentence of ours, with the path to it."""
    with pytest.raises(ValidationError) as caught:
        FunnelFile.model_validate({"funnelsim": 1, "stages": [{"name": "a", "aside": "yes", "takes": {"gama": {}}}]})
    assert translate(caught.value) == [
        (("stages", 0, "aside"), "expected `true` or `false`, found 'yes'"),
        (
            ("stages", 0, "takes", "gama"),
            (
                "unknown law: expected `exponential`, `weibull`, `gamma`, `lognormal`, `loglogistic`, `uniform`, "
                "`triangular`, `empirical` or `fixed` (did you mean `gamma`?)"
            ),
        ),
    ]


def test_a_mistake_does_not_hide_another() -> None:
    """Validation goes on with what is left, and reports no consequences of what it took out."""
    seen = validate(
        CombinedFile,
        {"funnelsim": 1, "stages": [{"name": "a", "takes": "x", "response": {"service": "y"}}, 5], "run": {"seed": -1}},
    )
    assert [path for path, _ in seen.mistakes] == [
        ("run", "seed"),
        ("stages", 0, "response", "service"),
        ("stages", 0, "takes"),
        ("stages", 1),
        ("stages", 0, "response", "wait"),
    ]
    assert seen.model is not None


@pytest.mark.parametrize("model", list(models()), ids=lambda model: model.__name__)
def test_every_field_is_described(model: type[parts.Part]) -> None:
    """The docstring of a field is its description in the JSON Schema: there is one for each, and one for the model."""
    assert model.__doc__
    said = parts.describe_fields(model)
    assert [name for name, field in model.model_fields.items() if not (field.description or said.get(name))] == []


def test_the_shipped_json_schema_is_current() -> None:
    """The copy in the package is what the models say; `schema_text()` writes it anew."""
    assert resources.files(files).joinpath(COPY).read_text(encoding="utf-8") == schema_text()


def test_the_json_schema_is_one() -> None:
    """The schema itself is valid, and every reference in it leads somewhere."""
    document = json_schema()
    Draft202012Validator.check_schema(document)
    assert {reference.removeprefix("#/$defs/") for reference in references(document)} <= document["$defs"].keys()


def test_the_json_schema_knows_every_law_and_verb() -> None:
    """What the loader takes, editors can complete."""
    definitions = json_schema()["$defs"]
    laws = definitions["TimeLaw"]["anyOf"][1]["properties"]
    verbs = [next(iter(option["properties"])) for option in definitions["Change"]["anyOf"]]
    assert set(laws) - {"note"} == set(FAMILIES)
    assert verbs == list(VERBS)


@pytest.mark.parametrize("name", ["shop", "Магазин", "_x1", "étape", "n1"])
def test_names_are_letters_of_any_alphabet(name: str) -> None:
    """A name passes the loader and the JSON Schema alike."""
    document = {"funnelsim": 1, "stages": [{"name": name}]}
    assert FunnelFile.model_validate(document).stages[0].name == name
    assert Draft202012Validator(json_schema()).is_valid(document)


@pytest.mark.parametrize("name", ["1st", "the shop", "a-b", "", "a.b", "*", "a/b"])
def test_names_hold_nothing_else(name: str) -> None:
    """What is no name is refused by the loader and the JSON Schema alike."""
    document = {"funnelsim": 1, "stages": [{"name": name}]}
    with pytest.raises(ValidationError):
        FunnelFile.model_validate(document)
    assert not Draft202012Validator(json_schema()).is_valid(document)


def test_mistakes_read_as_one_text() -> None:
    """Several mistakes inside one value can be shown as one sentence."""
    assert str(Mistakes((("a",), "first"), (("b",), "second"))) == "first; second"


def references(node: Any) -> Iterator[str]:
    """Every `$ref` of a schema."""
    if isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)
