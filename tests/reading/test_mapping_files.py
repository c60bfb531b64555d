"""Mapping files: a valid one loads and passes the JSON Schema; an invalid one says just what is wrong.

The first line of a valid file states what it shows (`# shows: …`). An invalid file begins with the mistakes that it is
to have, one a line, as they are printed after its name (`# error: line:column: key: message`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from funnelsim import files
from funnelsim.errors import InputError
from funnelsim.files.mapping_parts import COPY, mapping_schema, mapping_schema_text
from funnelsim.files.mappings import load_mapping, loads_mapping, make_mapping
from funnelsim.files.reading import read
from funnelsim.mapping import Moment, Named, StageColumns

CASES = Path(__file__).parent.parent / "cases" / "mappings"
VALID = sorted((CASES / "valid").glob("*.yaml"))
INVALID = sorted((CASES / "invalid").glob("*.yaml"))
ERROR = "# error: "
#: Mistakes that editors see too: unknown and missing keys, and values of a wrong type.
STRUCTURAL = ("shape_misspelt", "unknown_key", "customer_misspelt", "nothing_else", "stages_mapping", "lost_list",
              "stage_name", "decimal", "log_customer", "start", "currency_key", "cut_column")  # fmt: skip


def name_of(path: Path) -> str:
    """What a test of this file is called."""
    return path.stem


def expected(path: Path) -> Iterator[str]:
    """The mistakes that a file states."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(ERROR):
            yield line.removeprefix(ERROR)


def test_there_are_enough_cases() -> None:
    """Every shape is there, and 50 mistakes."""
    assert {load_mapping(path).shape for path in VALID} == {"deals", "events", "durations", "counts", "log"}
    assert len(INVALID) >= 50


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_a_valid_mapping_loads(path: Path) -> None:
    """A valid file says what it shows, loads, and passes the JSON Schema."""
    assert path.read_text(encoding="utf-8").startswith("# shows: ")
    assert load_mapping(path).file == str(path)
    data = read(path.read_bytes()).data
    assert [error.message for error in Draft202012Validator(mapping_schema()).iter_errors(data)] == []


@pytest.mark.parametrize("path", INVALID, ids=name_of)
def test_an_invalid_mapping_says_what_is_wrong(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mistake is reported at once, in order, at its place, in the words that the file states."""
    monkeypatch.chdir(path.parent)
    with pytest.raises(InputError) as caught:
        load_mapping(path.name)
    assert [str(problem).removeprefix(f"{path.name}:") for problem in caught.value.problems] == list(expected(path))


@pytest.mark.parametrize("name", STRUCTURAL)
def test_the_json_schema_refuses_what_is_structurally_wrong(name: str) -> None:
    """Editors mark structural mistakes."""
    data = read((CASES / "invalid" / f"{name}.yaml").read_bytes()).data
    assert not Draft202012Validator(mapping_schema()).is_valid(data)


def test_the_shipped_json_schema_is_current() -> None:
    """The copy in the package is what the models say, and a schema itself."""
    assert resources.files(files).joinpath(COPY).read_text(encoding="utf-8") == mapping_schema_text()
    Draft202012Validator.check_schema(json.loads(mapping_schema_text()))


@pytest.mark.parametrize("name", ["maven_crm", "bpi2012"])
def test_the_shipped_mappings_load(root: Path, name: str) -> None:
    """The mapping files of `scenarios/mappings` load, and pass the JSON Schema."""
    path = root / "scenarios" / "mappings" / f"{name}.yaml"
    assert load_mapping(path).shape in {"deals", "events"}
    assert Draft202012Validator(mapping_schema()).is_valid(read(path.read_bytes()).data)


def test_a_mapping_becomes_a_frozen_value() -> None:
    """What a file says stands in the fields of the value; numbers and truths of YAML are texts of the data."""
    mapping = loads_mapping(
        "{shape: deals, customer: id, stages: [{stage: a, entered: b, started: c}], closed: d, status: e,\n"
        " won: [1, true], lost: {column: f, when: [2.0], missing: ['?']}, unit: h,\n"
        " segment: {column: g, values: {x: [y]}}, censored_at: 24, observed_from: {column: i}}"
    )
    assert mapping.stages == (StageColumns("a", "b", "c", ""),)
    assert mapping.won == ("1", "true")
    assert mapping.reasons is not None
    assert (mapping.reasons.when, mapping.reasons.missing) == (("2",), ("?",))
    assert mapping.segment == Named("g", (("x", ("y",)),))
    assert (mapping.unit, mapping.censored_at, mapping.observed_from) == (1 / 24, Moment("24"), Moment(column="i"))
    assert dict(mapping.columns())["stages.0.started"] == "c"


def test_a_dict_is_a_mapping_too() -> None:
    """A mapping may be given as a dict; its mistakes name the key."""
    assert make_mapping({"shape": "log", "start": "2026-01-05"}).start == "2026-01-05"
    with pytest.raises(InputError, match=r"<mapping>:2:2: sart: unknown key \(did you mean `start`\?\)"):
        make_mapping({"sart": "2026-01-05", "shape": "log"})
