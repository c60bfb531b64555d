"""Files in the format: a valid one loads, dumps and passes the JSON Schema; an invalid one says just what is wrong.

The first line of a valid file states what it shows (`# shows: …`). An invalid file begins with the mistakes that it is
to have, one a line, as they are printed after its name (`# error: line:column: key: message`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from funnelsim.errors import InputError
from funnelsim.files.dumping import dumps
from funnelsim.files.json_schema import json_schema
from funnelsim.files.loading import load, loads
from funnelsim.files.reading import read
from funnelsim.files.studies import study_document

HERE = Path(__file__).parent
VALID = sorted((HERE / "valid").rglob("*.yaml"))
INVALID = sorted((HERE / "invalid").glob("*.yaml"))
SHOWS = "# shows: "
ERROR = "# error: "
# fmt: off
STRUCTURAL = (
    "amount_negative", "aside_yes", "automatic", "budget_has", "budget_renews", "cause_at", "cause_default_misspelt",
    "cause_default_true", "cause_exposure", "cause_side", "cause_visits", "change_keys", "change_two_verbs",
    "change_unknown_verb", "combination_of_one", "dates_wrong", "duration_negative", "duration_list", "duration_rate",
    "duration_without_unit", "forgetting_half_life", "funnel_and_stages", "include_number", "intervention_changes",
    "intervention_cost", "label_language", "label_number", "law_parameters_both", "law_parameters_missing",
    "law_parameter_unknown", "law_quantiles_shape", "law_scalar", "law_two", "law_unknown", "list_at_top",
    "loses_empty", "loses_scalar", "loses_share", "many_mistakes", "name_missing", "name_number", "name_with_digit",
    "name_with_space", "no_stages", "no_version", "profile_day", "profile_months", "profile_week", "rate_bare_number",
    "rate_negative", "response_misspelt", "response_scalar", "response_without_wait", "route_both", "route_end",
    "route_list_of_names", "route_nowhere", "route_scalar", "run_cohort", "run_key", "run_replications",
    "run_seed_large", "run_start", "scenario_mapping", "scenario_without_name", "segment_changes", "share_text",
    "source_arrivals_twice", "source_batch", "source_empty", "source_two_kinds", "source_without_arrivals",
    "stage_scalar", "stages_empty", "stages_mapping", "touchpoint_loses",
    "team_and_wait", "team_cost_law", "team_cost_number", "team_not_mapping", "team_size_fraction", "team_size_zero",
    "team_unknown_key", "team_without_size", "hours_empty", "hours_mapping", "hours_number", "closed_dates",
    "closed_scalar", "closed_twice", "discipline_empty", "discipline_priority_both", "discipline_priority_neither",
    "discipline_unknown", "pipeline_age", "pipeline_count", "pipeline_list", "change_staff_keys",
    "levels", "redesign",
    "touchpoint_without_share", "unknown_key_deep", "unknown_key_stage", "unknown_key_top", "wrong_version",
)
# fmt: on


def name_of(path: Path) -> str:
    """What a test of this file is called."""
    return path.stem


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    """The JSON Schema, ready to check documents."""
    return Draft202012Validator(json_schema())


def test_there_are_enough_cases() -> None:
    """The corpus holds at least 60 valid and 120 invalid files."""
    assert len(VALID) >= 60
    assert len(INVALID) >= 120


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_a_valid_file_loads(path: Path) -> None:
    """A valid file says what it shows, and loads without a warning to a study with its own text and a digest."""
    study = load(path)
    assert study.warnings == ()
    assert study.text.startswith(SHOWS)
    assert len(study.digest) == 64
    assert study.funnel.stages


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_a_valid_file_dumps_as_it_is(path: Path) -> None:
    """A study that was not changed dumps to the very text that it was loaded from."""
    study = load(path)
    assert dumps(study) == study.text


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_a_valid_file_survives_being_written_anew(path: Path) -> None:
    """Without its text a study is written in full, and loads back equal: same document, same digest, same run."""
    study = load(path)
    again = loads(dumps(replace(study, text="")), path=path)
    assert study_document(again) == study_document(study)
    assert again.digest == study.digest
    assert again.run == study.run
    assert [scenario.funnel.digest for scenario in again.scenarios] == [s.funnel.digest for s in study.scenarios]


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_a_valid_file_passes_the_json_schema(path: Path, validator: Draft202012Validator) -> None:
    """What the loader takes, editors take: shorthands included."""
    assert [error.message for error in validator.iter_errors(read(path.read_bytes()).data)] == []


@pytest.mark.parametrize("path", INVALID, ids=name_of)
def test_an_invalid_file_says_what_is_wrong(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mistake of a file is reported at once, in order, once, at its place, in the words that the file states."""
    monkeypatch.chdir(path.parent)
    with pytest.raises(InputError) as caught:
        load(path.name)
    said = [str(problem).removeprefix(f"{path.name}:") for problem in caught.value.problems]
    assert said == list(expected(path))


@pytest.mark.parametrize("name", STRUCTURAL)
def test_the_json_schema_refuses_what_is_structurally_wrong(name: str, validator: Draft202012Validator) -> None:
    """Editors mark structural mistakes: unknown and missing keys, wrong types, wrong units, values out of bounds."""
    document = read((HERE / "invalid" / f"{name}.yaml").read_bytes()).data
    assert not validator.is_valid(document)


def expected(path: Path) -> Iterator[str]:
    """The mistakes that an invalid file states."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith(ERROR):
            return
        yield line.removeprefix(ERROR)
