"""What was read before is known again by what it says: an edited funnel is what its document says.

Every claim compares with pydantic's own reading of the whole document, which knows nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from funnelsim import InputError, apply, load
from funnelsim.entries import Entry, Kind, change_of, find_entries
from funnelsim.files import resolving
from funnelsim.files.known_parts import copy_document, forget, make_canonical, read_funnel
from funnelsim.files.parts import canonical
from funnelsim.files.resolving import resolve
from funnelsim.files.schema import FunnelFile
from funnelsim.model import Funnel

SHIPPED = ("b2b_sales", "journey_map", "problem_to_repeat", "saas_owner")
SHORT: dict[str, Any] = {
    "funnelsim": 1,
    "note": "everything in shorthand",
    "sources": {"ads": {"arrivals": "40 / d"}, "fair": {"batch": 500}},
    "pipeline": {"shop": 15},
    "teams": {"staff": {"size": 2, "hours": "Mon-Fri 09:00-18:00"}},
    "causes": {"forgot": {"forgetting": {"half_life": "6 d"}}},
    "stages": [
        {"name": "shop", "label": "Shop", "takes": "2 d", "causes": {"no_trust": "30%", "forgot": "default"}},
        {"name": "purchase", "revenue": 1000},
    ],
}


@pytest.fixture(autouse=True)
def _know_nothing() -> Iterator[None]:
    """Each test begins, and ends, without anything known."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    forget()
    resolving.stage_of.cache_clear()


def _afresh(funnel: Funnel) -> Funnel:
    """Return the funnel that a document says, read as a whole by pydantic with nothing known."""
    _forget()
    return resolve(FunnelFile.model_validate(json.loads(funnel.document)), assumptions=funnel.assumptions)


def _some_value(entry: Entry, rng: np.random.Generator) -> float:
    assert isinstance(entry.value, float)
    if entry.kind is Kind.COUNT:
        return float(round(entry.value) + int(rng.integers(1, 4)))
    return entry.value * rng.uniform(0.3, 0.99)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_funnel_after_many_edits_is_what_its_document_says(name: str, root: Path) -> None:
    """After each of 25 random edits, and one intervention more, the funnel equals the one read afresh, part by part."""
    study, rng = load(root / "scenarios" / f"{name}.yaml"), np.random.default_rng(2015)
    entries = [
        entry for entry in find_entries(study) if entry.group[0] != "intervention" and entry.kind is not Kind.HOURS
    ]
    funnel, made = study.funnel, []
    for _ in range(25):
        entry = entries[rng.integers(len(entries))]
        funnel = apply(funnel, change_of(entry, _some_value(entry, rng)))
        made.append(funnel)
        made.append(apply(funnel, study.interventions[rng.integers(len(study.interventions))]))
    for one in made:
        found = _afresh(one)
        assert found.digest == one.digest
        assert found == one


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_known_does_not_depend_on_what_was_read_before(name: str, root: Path) -> None:
    """An edit gives the same funnel with nothing known, and after many others that touch the same parts."""
    study, rng = load(root / "scenarios" / f"{name}.yaml"), np.random.default_rng(7)
    entries = [
        entry for entry in find_entries(study) if entry.group[0] != "intervention" and entry.kind is not Kind.HOURS
    ]
    wanted = change_of(entries[0], _some_value(entries[0], np.random.default_rng(1)))
    _forget()
    first = apply(study.funnel, wanted)
    for _ in range(10):
        entry = entries[rng.integers(len(entries))]
        apply(study.funnel, change_of(entry, _some_value(entry, rng)))
    assert apply(study.funnel, wanted) == first


def test_stages_that_an_edit_leaves_alone_are_shared(root: Path) -> None:
    """One edit of one stage makes that stage anew, and no other."""
    funnel = load(root / "scenarios" / "problem_to_repeat.yaml").funnel
    first = funnel.stages[0]
    changed = apply(funnel, {"set": f"stages.{first.name}.label", "to": "Other words"})
    again = [new is not old for old, new in zip(funnel.stages, changed.stages, strict=True)]
    assert again == [True, *[False] * (len(funnel.stages) - 1)]


def test_shorthands_come_to_the_same_canonical_form() -> None:
    """Known parts give the canonical document of the whole, keys in the same order, and the same model."""
    whole = FunnelFile.model_validate(SHORT)
    for _ in range(2):  # nothing known, everything known
        assert json.dumps(make_canonical(SHORT)) == json.dumps(canonical(whole))
        assert read_funnel(SHORT) == whole
    assert make_canonical({"funnelsim": 1, "stages": SHORT["stages"]})["sources"] == {
        "all": {"arrivals": {"batch": 10000}}
    }


def test_what_is_returned_is_ones_own() -> None:
    """Whoever writes into a canonical document changes no other."""
    made = make_canonical(SHORT)
    made["stages"][0]["causes"].clear()
    made["sources"].clear()
    assert make_canonical(SHORT) == canonical(FunnelFile.model_validate(SHORT))
    copied = copy_document(SHORT)
    copied["stages"].clear()
    assert len(SHORT["stages"]) == 2


@pytest.mark.parametrize(
    "broken",
    [
        {"stages": [{"name": "shop", "causes": {"no_trust": "300%"}}, {"name": "purchase"}]},
        {"stages": [{"name": "shop"}, 5]},
        {"stages": "none"},
        {"stages": []},
        {"sources": {"ads": {"arrivals": 4}}},
        {"sources": {}},
        {"sources": 3},
        {"teams": {"two words": {"size": 1}}},
    ],
)
def test_mistakes_are_those_of_the_whole(broken: dict[str, Any]) -> None:
    """A document with mistakes has the same ones, at the same places, whether parts of it are known or not."""
    document = SHORT | broken
    with pytest.raises(ValidationError) as whole:
        FunnelFile.model_validate(document)
    make_canonical(SHORT)
    for read in (read_funnel, make_canonical):
        with pytest.raises(ValidationError) as found:
            read(document)
        told = [(error["loc"], error["msg"]) for error in found.value.errors()]
        assert told == [(error["loc"], error["msg"]) for error in whole.value.errors()]


def test_a_team_that_a_segment_makes_up_is_refused(root: Path) -> None:
    """Changes of segments may name teams; one that is not there is still told, with the segment."""
    funnel = load(root / "scenarios" / "b2b_sales.yaml").funnel
    segment, stage = funnel.segments[0].name, next(s for s in funnel.stages if s.touchpoints[0].response is not None)
    change = {"set": f"stages.{stage.name}.response.team", "to": "nobody"}
    with pytest.raises(InputError, match="there is no team `nobody`"):
        apply(funnel, {"set": f"segments.{segment}.changes", "to": [change]})
