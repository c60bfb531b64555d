"""One change as a pure function, and changes applied to a funnel."""

from __future__ import annotations

import contextlib
import copy
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from funnelsim.causes import Label
from funnelsim.errors import InputError
from funnelsim.files.changes import apply, changed_stages
from funnelsim.files.editing import EDITS, edit
from funnelsim.files.paths import ChangeError, NothingMatchedError
from funnelsim.files.resolving import resolve
from funnelsim.files.schema import FunnelFile, canonical
from funnelsim.model import Change, Funnel, Intervention

SAMPLE = Path(__file__).parent.parent / "data" / "changes.yaml"
YAML_1_2 = YAML(typ="safe", pure=True)
DOCUMENT = canonical(FunnelFile.model_validate(YAML_1_2.load(SAMPLE.read_text(encoding="utf-8"))))


def edited(*changes: Mapping[str, Any], document: Mapping[str, Any] = DOCUMENT) -> dict[str, Any]:
    """The sample after some changes."""
    result = dict(document)
    for change in changes:
        result = edit(result, change)[0]
    return result


def stage(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A stage of a document."""
    found: dict[str, Any] = next(one for one in document["stages"] if one["name"] == name)
    return found


def funnel(document: Mapping[str, Any] = DOCUMENT) -> Funnel:
    """A document, resolved."""
    return resolve(FunnelFile.model_validate(document))


# ---- verbs, segments, purity ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message", "key"),
    [
        ({"sett": "stages.offer.takes", "to": 1}, "(did you mean `set`?)", "sett"),
        ({}, "found none", ""),
        ({"set": "stages.offer.takes"}, "`set` needs `to` beside it", ""),
        (
            {"set": "stages.offer.takes", "to": "1 d", "by": 2},
            "unknown key of `set`: expected `set` and `to`",
            "by",
        ),
        (
            {"set": "stages.offer.takes", "to": "1 d", "remove": "x"},
            "a change has one verb, and here are `set` and `remove`: write two changes",
            "remove",
        ),
        ({"merge_stages": ["a", "b"]}, "`merge_stages` needs `into` beside it", ""),
        ({"staff": "sales", "by": 2, "to": 6}, "unknown key of `staff`: expected `staff` and `by`", "to"),
        ({"hours": "sales", "by": 2}, "`hours` needs `to` beside it", "by"),
    ],
)
def test_a_change_has_one_known_verb_and_its_keys(change: Mapping[str, Any], message: str, key: str) -> None:
    """Unknown verbs, unknown keys and missing keys are told apart."""
    with pytest.raises(ChangeError, match=re.escape(message)) as caught:
        edit(DOCUMENT, change)
    assert caught.value.key == key


def test_a_note_is_allowed_in_a_change() -> None:
    """`note` may stand in every mapping."""
    assert edited({"scale": "stages.offer.takes", "by": 1, "note": "to see"}) == DOCUMENT


def test_in_a_segment_matching_nothing_is_no_mistake() -> None:
    """What is not there changes nothing in a segment; a key that the format does not know is a mistake even there."""
    for change in (
        {"scale": "stages.payment.causes.spam", "by": 2},
        {"scale": "stages.nowhere.causes.*", "by": 2},
        {"set": "stages.offer.loses.share", "to": "10%"},
        {"remind": "request", "every": "3 d"},
    ):
        assert edit(DOCUMENT, change, lenient=True) == (DOCUMENT, [])
    with pytest.raises(ChangeError, match="no key `tekes`"):
        edit(DOCUMENT, {"set": "stages.offer.tekes", "to": "1 d"}, lenient=True)
    with pytest.raises(ChangeError, match="expected a duration"):
        edit(DOCUMENT, {"set": "stages.offer.takes", "to": "soon"}, lenient=True)


@pytest.mark.parametrize(
    "change", [{"scale": "sources.ads", "by": 2}, {"add_stage": {"name": "demo"}, "after": "offer"}]
)
def test_a_segment_changes_stages_only(change: Mapping[str, Any]) -> None:
    """Sources, budgets and the list of stages are the same for everyone."""
    with pytest.raises(ChangeError, match="a segment"):
        edit(DOCUMENT, change, lenient=True)


COMMUTING: list[dict[str, Any]] = [
    {"scale": "stages.*.causes.competitor_offer", "by": 0.5},
    {"scale": "stages.offer.touchpoints.site.causes.inconvenient", "by": 3},
    {"scale": "sources.ads", "by": 1.25},
    {"set": "stages.request.response.wait", "to": "2 min"},
    {"remove": "stages.request.causes.spam"},
    {"add": "stages.payment.causes.limited_resources", "value": "4%"},
    {"remind": "offer", "every": "3 d"},
    {"price": "payment", "by": "25%"},
]


@given(st.permutations(COMMUTING))
@settings(max_examples=25)
def test_changes_of_different_things_commute(changes: list[dict[str, Any]]) -> None:
    """Changes that touch different parts give the same funnel in any order."""
    assert funnel(edited(*changes)).digest == funnel(edited(*COMMUTING)).digest


@given(st.sampled_from([*COMMUTING, {"remove_stage": "offer"}, {"scale": "nowhere", "by": 1}]), st.booleans())
@settings(max_examples=30)
def test_edit_never_writes_into_its_argument(change: dict[str, Any], lenient: bool) -> None:  # noqa: FBT001
    """Whether a change succeeds or fails, the document and the change given are as they were."""
    document, given_change = copy.deepcopy(DOCUMENT), copy.deepcopy(change)
    with contextlib.suppress(ChangeError):
        edit(document, given_change, lenient=lenient)
    assert (document, given_change) == (DOCUMENT, change)


# ---- apply ---------------------------------------------------------------------------------------------------------


def intervention(name: str, *changes: tuple[Mapping[str, Any], str]) -> Intervention:
    """An intervention as a file gives it, each change with its place."""
    return Intervention(name, Label(name, name), tuple(Change(json.dumps(change), where) for change, where in changes))


def test_apply_makes_changes_in_order_and_collects_what_they_assume() -> None:
    """Interventions are applied in the order given, changes in the order of the file; the base stays as it was."""
    base = funnel()
    digest = base.digest
    once = apply(base, {"scale": "stages.offer.takes", "by": 2})
    after = apply(
        once,
        intervention(
            "faster", ({"set": "stages.offer.takes", "to": "10 d"}, ""), ({"remove": "stages.offer.causes.forgot"}, "")
        ),
        Change('{"scale": "stages.offer.takes", "by": 0.5}'),
        {"changes": [{"remove_stage": "договор"}]},
    )
    assert stage(json.loads(after.document), "offer")["takes"] == {"fixed": "5.0 d"}
    assert [said.en.split(";")[0] for said in after.assumptions] == [
        "nobody is lost to «Forgot» at «offer»",
        "whoever would have come to «договор» goes where it would have sent them: to «payment»",
    ]
    assert base.digest == digest == funnel().digest
    assert apply(base) is base
    assert apply(base, {"scale": "stages.*.causes.*", "by": 1}).digest == digest


def test_apply_reports_every_change_that_fails_with_its_place() -> None:
    """All failing changes are reported, each with file, line, column and the key of the file."""
    with pytest.raises(InputError) as caught:
        apply(
            funnel(),
            intervention(
                "fast",
                ({"set": "stages.ofer.takes", "to": "1 d"}, "study.yaml:7:11"),
                ({"scale": "stages.offer.takes", "by": 2}, "study.yaml:8:11"),
                ({"remove_stage": "payment"}, "study.yaml:9:11"),
            ),
            {"scale": "stages.offer.takes", "by": -1},
        )
    assert str(caught.value) == (
        "study.yaml:7:11: interventions.fast.changes[0].set: `stages.ofer`: there is no stage `ofer` (did you mean "
        "`offer`?)\n"
        "study.yaml:9:11: interventions.fast.changes[2].remove_stage: `payment` earns money: say where that goes, such "
        "as `earnings_to: договор`\n"
        "changes[1].by: expected a finite factor that is not negative, found -1"
    )
    assert [(problem.file, problem.line, problem.column) for problem in caught.value.problems] == [
        ("study.yaml", 7, 11),
        ("study.yaml", 9, 11),
        ("", 0, 0),
    ]


def test_apply_blames_the_change_that_broke_the_funnel() -> None:
    """What only shows when all parts meet is reported at the change after which it went wrong."""
    with pytest.raises(InputError) as caught:
        apply(
            funnel(),
            intervention(
                "more",
                ({"scale": "stages.offer.takes", "by": 2}, "study.yaml:7:11"),
                ({"add": "stages.offer.next", "value": {"to": "nowhere", "share": "10%"}}, "study.yaml:8:11"),
                ({"scale": "stages.offer.takes", "by": 2}, "study.yaml:9:11"),
            ),
        )
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (8, "interventions.more.changes[1]")
    assert problem.message.startswith("stages.offer.next.nowhere.to: there is no stage `nowhere`")


def test_apply_allows_a_funnel_that_is_whole_only_at_the_end() -> None:
    """Shares over 100% between two changes are no mistake if the second one mends them."""
    after = apply(
        funnel(),
        {"add": "stages.offer.touchpoints.desk", "value": {"share": "10%"}},
        {"set": "stages.offer.touchpoints.site.share", "to": "50%"},
    )
    assert [point.share for point in after.stages[1].touchpoints] == [0.5, 0.4, 0.1]


def test_a_change_may_lead_everyone_past_a_stage() -> None:
    """A stage that no customer reaches is a mistake in a file; after a change it is what was asked for."""
    after = apply(funnel(), {"reroute": "request", "next": [{"to": "payment"}]})
    assert [route.to for route in after.stages[0].routes] == ["payment"]


def test_segment_changes_apply_after_interventions() -> None:
    """A large customer's factor 0.6 multiplies the intervention's 0.5; where the cause is gone it changes nothing."""
    half = apply(funnel(), {"scale": "stages.offer.causes.competitor_offer", "by": 0.5})
    factors = {
        variant.segments: [clock.factor for clock in variant.stages[1].touchpoints[0].clocks]
        for variant in half.variants
    }
    assert factors[()] == [3.0]  # `times` 3 at the stage, 2 in the default, 0.5 by the intervention
    assert factors["large",] == pytest.approx([1.8], rel=1e-15)
    gone = apply(funnel(), {"remove": "stages.offer.causes.competitor_offer"})
    assert all(not variant.stages[1].touchpoints[0].clocks for variant in gone.variants)


def test_changed_stages_are_those_that_differ_somewhere() -> None:
    """Changed are stages that differ in any variant, are dropped or new; sources change no stage."""
    base = funnel()
    assert changed_stages(base, apply(base, {"scale": "sources.*", "by": 2})) == ()
    assert changed_stages(base, apply(base, {"scale": "stages.*.causes.competitor_offer", "by": 0.5})) == ("offer",)
    assert changed_stages(base, apply(base, {"remove_stage": "договор"})) == ("договор",)
    added = apply(base, {"add_stage": {"name": "demo", "causes": {"shyness": "5%"}}, "after": "договор"})
    assert changed_stages(base, added) == ("договор", "demo")  # the default route of the former leads elsewhere
    for_some = apply(base, {"set": "segments.regular.changes", "to": [{"remove": "stages.договор.causes.no_trust"}]})
    assert changed_stages(base, for_some) == ("договор",)


@pytest.mark.parametrize(
    ("change", "matters"),
    [
        ({"scale": "stages.offer.causes.spam.chance", "by": 2}, False),
        ({"scale": "stages.offer.causes.spamm", "by": 2}, False),
        ({"set": "stages.offer.tekes", "to": 1}, True),
        ({"scale": "stages.*.*", "by": 1}, True),
    ],
)
def test_what_is_not_there_is_told_from_what_cannot_be(change: Mapping[str, Any], matters: bool) -> None:  # noqa: FBT001
    """A name may be missing because a change took it out; a key that the format does not know never can."""
    with pytest.raises(ChangeError) as caught:
        edit(DOCUMENT, change)
    assert isinstance(caught.value, NothingMatchedError) is not matters


# ---- the page ------------------------------------------------------------------------------------------------------

PAGE = (Path(__file__).parent.parent.parent / "docs" / "changes.md").read_text(encoding="utf-8")
EXAMPLES = [YAML_1_2.load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]


def whole(part: object) -> dict[str, Any]:
    """The canonical document of an example: one stage, a list of stages, or sections of a file."""
    sections = {"stages": part} if isinstance(part, list) else part
    assert isinstance(sections, dict)
    return canonical(
        FunnelFile.model_validate({"funnelsim": 1, **({"stages": [sections]} if "name" in sections else sections)})
    )


def rounded(value: Any) -> Any:
    """A document with its numbers to twelve digits."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


@pytest.mark.parametrize("example", EXAMPLES, ids=[str(example["change"]) for example in EXAMPLES])
def test_every_example_of_the_page_is_right(example: dict[str, Any]) -> None:
    """What the page shows before a change becomes what it shows after, and assumes what it says."""
    after, said = edit(whole(example["before"]), example["change"])
    assert rounded(after) == rounded(whole(example["after"]))
    assert "assumes" not in example or [label.en for label in said] == [example["assumes"]]


def test_the_page_shows_every_verb() -> None:
    """No verb is without an example."""
    assert {key for example in EXAMPLES for key in example["change"]} >= EDITS.keys()
