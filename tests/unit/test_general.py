"""The general verbs: `set`, `scale`, `add` and `remove` by path."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from funnelsim.causes import Label
from funnelsim.files.editing import edit
from funnelsim.files.paths import ChangeError
from funnelsim.files.resolving import resolve
from funnelsim.files.schema import FunnelFile, canonical
from funnelsim.model import Stage

SAMPLE = Path(__file__).parent.parent / "data" / "changes.yaml"
YAML_1_2 = YAML(typ="safe", pure=True)
DOCUMENT = canonical(FunnelFile.model_validate(YAML_1_2.load(SAMPLE.read_text(encoding="utf-8"))))


def cases(text: str) -> list[tuple[dict[str, Any], str, str]]:
    """Changes as a file writes them, and below each the key at fault and the message, over as many lines as needed."""
    found: list[tuple[dict[str, Any], str, str]] = []
    for block in re.split(r"\n(?=\{)", text.strip()):
        change, *lines = block.splitlines()
        key, _, message = " ".join(line.strip() for line in lines).partition("| ")
        found.append((YAML_1_2.load(change), key.strip(), message))
    return found


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


def touchpoint(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A touchpoint of the stage `offer`."""
    found: dict[str, Any] = next(one for one in stage(document, "offer")["touchpoints"] if one["name"] == name)
    return found


def resolved(document: Mapping[str, Any], name: str) -> Stage:
    """A stage of the funnel that a document says."""
    return next(one for one in resolve(FunnelFile.model_validate(document)).stages if one.name == name)


def hazards(document: Mapping[str, Any], name: str) -> dict[tuple[str, str], float]:
    """The hazards of all chances and the factors of everything else at a stage, by touchpoint and cause."""
    found: dict[tuple[str, str], float] = {}
    for point in resolved(document, name).touchpoints:
        found |= {(point.name, chance.cause): chance.hazard for chance in (*point.entry, *point.exit)}
        found |= {(point.name, drain.cause): drain.factor for drain in point.drains}
        found |= {(point.name, clock.cause): clock.factor for clock in point.clocks}
        found |= {(point.name, memory.cause): memory.factor for memory in point.memories}
    return found


def refused(change: Mapping[str, Any], key: str, message: str) -> None:
    """Check that a change is refused with exactly this message, for this key."""
    with pytest.raises(ChangeError) as caught:
        edit(DOCUMENT, change)
    assert (caught.value.key, caught.value.message) == (key, message)


# ---- set -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "there"),
    [
        ("stages.offer.takes", "4 h", {"fixed": "0.16666666666666666 d"}),
        ("stages.offer.takes.exponential.mean", "3 d", {"exponential": {"mean": "3.0 d"}}),
        ("stages.offer.cost", {"uniform": {"low": 1, "high": 3}}, {"uniform": {"low": 1.0, "high": 3.0}}),
        ("stages.request.loses.share", "30%", 0.3),
        ("stages.request.loses.split.no_next_step", 5, 5.0),
        ("stages.договор.note", "signed by both", "signed by both"),
    ],
)
def test_set_takes_the_shorthands_of_a_file(path: str, value: object, there: object) -> None:
    """`set` takes a value as a file writes it and leaves the canonical value (4 h is a sixth of a day)."""
    _, name, key, *inside = path.split(".")
    found: Any = stage(edited({"set": path, "to": value}), name)[key]
    for part in inside if inside[:1] != ["exponential"] else []:
        found = found[part]
    assert found == there


def test_set_makes_what_the_format_knows() -> None:
    """Setting a reply time at a stage without a response makes the response."""
    assert stage(edited({"set": "stages.offer.response.wait", "to": "2 h"}), "offer")["response"] == {
        "wait": {"fixed": "0.08333333333333333 d"}
    }


def test_set_replaces_a_stage_or_touchpoint_under_its_name() -> None:
    """A stage or touchpoint set as a whole keeps the name that addresses it."""
    after = edited(
        {"set": "stages.offer.touchpoints.site", "to": {"share": "10%"}},
        {"set": "stages.договор", "to": {"takes": "1 d"}},
    )
    assert touchpoint(after, "site") == {"name": "site", "share": 0.1}
    assert stage(after, "договор") == {"name": "договор", "takes": {"fixed": "1.0 d"}}


def test_set_with_a_star_touches_only_what_is_there() -> None:
    """`*` stands for names: every stage with a cost gets the new one, no other stage gets a cost."""
    after = edited({"set": "stages.*.cost", "to": 10})
    assert [one.get("cost") for one in after["stages"]] == [{"fixed": 10.0}, None, None, None]


def test_set_addresses_list_items_by_name_and_routes_by_destination() -> None:
    """Touchpoints are addressed by name, routes by where they lead, `end` and `won` both being the end."""
    after = edited(
        {"set": "stages.offer.touchpoints.site.share", "to": "50%"},
        {"set": "stages.payment.next.request.share", "to": "30%"},
        {"set": "stages.payment.next.won.key", "to": "done"},
        {"set": "stages.payment.next.done", "to": {"share": "70%"}},
    )
    assert touchpoint(after, "site")["share"] == 0.5
    assert stage(after, "payment")["next"] == [
        {"to": "request", "share": 0.3, "as": "regular"},
        {"end": "won", "share": 0.7},
    ]


def test_setting_a_cause_makes_it_the_only_one_of_its_key() -> None:
    """`causes.X` is the cause in effect: what was a part of `loses` or a touchpoint's own is replaced by what is set.

    The others keep their hazards: −ln(1−0.2)·1/4 of changed_mind is untouched when the part 3/4 of no_next_step goes.
    """
    after = edited({"set": "stages.request.causes.no_next_step", "to": "7%"})
    hazard = -math.log1p(-0.2) / 4
    assert hazards(after, "request")["rest", "changed_mind"] == pytest.approx(hazard, rel=1e-14)
    assert hazards(after, "request")["rest", "no_next_step"] == pytest.approx(-1.4 * math.log1p(-0.07), rel=1e-14)
    one = edited({"set": "stages.offer.causes.inconvenient", "to": "7%"})
    assert "causes" not in touchpoint(one, "site")
    down = edited({"set": "stages.offer.causes.touchpoint_down", "to": "1%"})
    assert "availability" not in touchpoint(down, "site")
    assert stage(down, "offer")["causes"]["touchpoint_down"] == {"chance": 0.01}


def test_setting_a_cause_forgets_earlier_factors() -> None:
    """What is set is what acts, even if the cause was scaled before."""
    after = edited(
        {"scale": "stages.offer.causes.inconvenient", "by": 0.5}, {"set": "stages.offer.causes.inconvenient", "to": 0.2}
    )
    assert hazards(after, "offer")["site", "inconvenient"] == -math.log1p(-0.2)
    here = edited(
        {"scale": "stages.offer.causes.inconvenient", "by": 0.5},
        {"set": "stages.offer.touchpoints.site.causes.inconvenient", "to": 0.2},
    )
    assert hazards(here, "offer")["site", "inconvenient"] == pytest.approx(-math.log1p(-0.2), rel=1e-15)
    assert hazards(here, "offer")["phone", "inconvenient"] == pytest.approx(-0.5 * math.log1p(-0.05), rel=1e-15)


def test_set_goes_inside_an_entry_of_causes() -> None:
    """A key inside an entry is set there; a default is written out first, but `times` stays beside it."""
    after = edited({"set": "stages.request.causes.spam.chance", "to": "9%"})
    assert stage(after, "request")["causes"]["spam"] == {"chance": 0.09}
    own = edited({"set": "stages.offer.causes.competitor_offer.exposure", "to": "stage"})
    assert stage(own, "offer")["causes"]["competitor_offer"] == {
        "time_to_loss": {"exponential": {"rate": "0.04 / d"}},
        "times": 6.0,
    }
    assert own["causes"] == DOCUMENT["causes"]
    times = edited({"set": "stages.offer.causes.forgot.times", "to": 2})
    assert stage(times, "offer")["causes"]["forgot"] == {"default": True, "times": 2.0}
    reminded = edited({"set": "stages.offer.causes.forgot.reminders.every", "to": "3 d"})
    assert stage(reminded, "offer")["causes"]["forgot"] == {"default": True, "reminders": {"every": "3.0 d"}}


def test_set_inside_a_stages_entry_at_a_touchpoint_copies_it_there() -> None:
    """At a touchpoint without an entry of its own, the stage's is copied and changed there alone."""
    after = edited({"set": "stages.offer.touchpoints.phone.causes.inconvenient.at", "to": "exit"})
    assert touchpoint(after, "phone")["causes"]["inconvenient"] == {"chance": 0.05, "at": "exit"}
    assert stage(after, "offer")["causes"]["inconvenient"] == {"chance": 0.05}


def test_set_makes_a_cause_that_did_not_act() -> None:
    """A cause that the catalogue or the file knows may be set where it did not act."""
    after = edited({"set": "stages.offer.causes.no_demo_held.chance", "to": "5%"})
    assert stage(after, "offer")["causes"]["no_demo_held"] == {"chance": 0.05}


SET_MISTAKES = """
{set: stages.ofer.takes, to: 1 d}
    set | `stages.ofer`: there is no stage `ofer` (did you mean `offer`?)
{set: stages.offer.respose.wait, to: 1 d}
    set | `stages.offer.respose`: there is no key `respose` (did you mean `response`?)
{set: stages.offer.response.wiat, to: 1 d}
    set | `stages.offer.response.wiat`: there is no key `wiat` (did you mean `wait`?)
{set: stages.offer.touchpoints.sit.share, to: 0.1}
    set | `stages.offer.touchpoints.sit`: there is no touchpoint `sit` (did you mean `site`?)
{set: stages.payment.next.ofer.share, to: 0.1}
    set | `stages.payment.next.ofer`: there is no route `ofer`; there are `request`, `end` and `won`
{set: stages.request.spends.atention, to: 1}
    set | `stages.request.spends.atention`: there is no budget `atention` (did you mean `attention`?)
{set: sources.add.cost, to: 1}
    set | `sources.add`: there is no source `add` (did you mean `ads`?)
{set: sources.tv, to: {batch: 5}}
    set | `sources.tv`: there is no source `tv`; there are `ads` and `mail`; `add` makes a new one
{set: causes.forgott.forgetting.half_life, to: 1 d}
    set | `causes.forgott`: there is no cause `forgott` (did you mean `forgot`?)
{set: stages.offer.causes.forgott.chance, to: 0.1}
    set | there is no cause `forgott` (did you mean `forgot`?)
{set: stages.offer.takes, to: 3 days ago}
    to | `stages.offer.takes`: expected a duration such as `2 min`, `36 h` or `3 d`, found '3 days ago'
{set: stages.request.causes.changed_mind.chance, to: 6%}
    set | `stages.request.causes.changed_mind.chance`: `changed_mind` has no entry of its own there; it is
    `stages.request.loses.share` (with all its causes) or `stages.request.loses.split.changed_mind`
{set: stages.offer.causes.shyness.chance, to: 6%}
    set | `stages.offer.causes.shyness.chance`: `shyness` has no entry of its own there; it is
    `stages.offer.touchpoints.phone.causes.shyness.chance`
{set: stages.request.causes.low_attention, to: 6%}
    set | `stages.request.causes.low_attention` cannot be set: it comes from a budget; set
    `stages.request.spends.attention`, what the stage spends of it, or scale the cause
{set: stages.offer.causes, to: {spam: 8%}}
    set | `stages.offer.causes`: name a cause, or write `stages.offer.causes.*` for all that are in effect
{set: stages.request.combinations.inconvenient.hazard_ratio, to: 2}
    set | `stages.request.combinations.inconvenient`: the items of `stages.request.combinations` have no names;
    change the list as a whole
{set: stages.payment.margin.gross, to: 2}
    set | `stages.payment.margin.gross`: `stages.payment.margin` is a single value, with nothing inside
{set: stages.*.*, to: 2}
    set | `stages.*.*`: `*` stands for a name, and these are keys: name, label, spends, response, cost, causes,
    loses, combinations, takes, touchpoints, next, revenue, margin
{set: stages.offer.name, to: quote}
    set | `stages.offer.name`: names are addresses, and no change touches them; `label` is free
{set: stages.offer, to: {name: quote}}
    to | `stages.offer`: a stage keeps its name; leave it out
{set: stages.offer.removed, to: true}
    set | `stages.offer.removed`: `remove_stage` takes a stage out
{set: stages, to: []}
    set | `stages`: name a key of a stage (`stages.NAME.KEY`); `add_stage` and `remove_stage` change the list
{set: run.seed, to: 1}
    set | `run.seed`: `run` is no part of a funnel, so that a change cannot reach it
{set: stages.offer.takes, to: null}
    to | there is no value; `remove` takes something out
{set: stages.offer., to: 1}
    set | `stages.offer.` is not a path: expected names with dots between them, such as `stages.NAME.takes`, and
    `*` for any name
{set: stages.request.touchpoints.*.share, to: 1}
    set | `stages.request.touchpoints`: nothing is given there
{set: stages.offer.takes.exponental.mean, to: 1 d}
    set | `stages.offer.takes.exponental`: there is no key `exponental` (did you mean `exponential`?)
{set: stages.offer.takes.exponential.men, to: 1 d}
    set | `stages.offer.takes.exponential.men`: there is no key `men` (did you mean `mean`?)
{set: stages.request.causes.spam.chance.most, to: 1%}
     | `chance` of `spam` is a single value, with nothing inside
{set: stages.offer.touchpoints.site.causes.touchpoint_down.chance, to: 1%}
    set | `stages.offer.touchpoints.site.causes.touchpoint_down.chance`: `touchpoint_down` has no entry of its own
    there; it is `stages.offer.touchpoints.site.availability`
{set: stages.request.causes.low_attention.chance, to: 1%}
    set | `stages.request.causes.low_attention.chance`: `low_attention` has no entry of its own there; it is
    `stages.request.spends.attention`
{set: 3, to: 1}
    set | expected a path such as `stages.NAME.takes`, found 3
"""


@pytest.mark.parametrize(("change", "key", "message"), cases(SET_MISTAKES))
def test_set_says_what_is_wrong(change: Mapping[str, Any], key: str, message: str) -> None:
    """Every mistake of a `set` names the failing component, what was perhaps meant, and the key at fault."""
    refused(change, key, message)


# ---- scale ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "point", "cause"),
    [
        ("request", "rest", "spam"),
        ("request", "rest", "slow_response"),
        ("request", "rest", "no_next_step"),
        ("request", "rest", "low_attention"),
        ("offer", "site", "touchpoint_down"),
        ("offer", "site", "inconvenient"),
        ("offer", "phone", "inconvenient"),
        ("offer", "phone", "shyness"),
        ("offer", "site", "forgot"),
        ("offer", "phone", "competitor_offer"),
    ],
)
def test_scaling_a_cause_multiplies_its_hazard_wherever_it_comes_from(name: str, point: str, cause: str) -> None:
    """Half the hazard it is, of an entry, a default, `loses`, availability, a budget or a touchpoint's own."""
    path = f"stages.{name}.causes.{cause}"
    before, after = hazards(DOCUMENT, name), hazards(edited({"scale": path, "by": "50%"}), name)
    assert after[point, cause] == pytest.approx(0.5 * before[point, cause], rel=1e-15)
    assert {key: value for key, value in after.items() if key[1] != cause} == {
        key: value for key, value in before.items() if key[1] != cause
    }


def test_scaling_a_cause_at_a_touchpoint_leaves_the_others_alone() -> None:
    """The factor of a touchpoint multiplies that of its stage, and holds there alone."""
    after = edited(
        {"scale": "stages.offer.causes.inconvenient", "by": 3},
        {"scale": "stages.offer.touchpoints.phone.causes.inconvenient", "by": 0.5},
    )
    assert hazards(after, "offer")["phone", "inconvenient"] == pytest.approx(-1.5 * math.log1p(-0.05), rel=1e-15)
    assert hazards(after, "offer")["site", "inconvenient"] == pytest.approx(-3 * math.log1p(-0.1), rel=1e-15)


def test_a_star_passes_over_what_cannot_be_scaled() -> None:
    """At `договор` a fixed time and a certain loss have no hazard to multiply; no_trust has."""
    after, said = edit(DOCUMENT, {"scale": "stages.договор.causes.*", "by": 0.5})
    assert stage(after, "договор")["factors"] == {"no_trust": 0.5}
    assert said == [
        Label(
            "the hazard of «No trust in the company» at «договор» is multiplied by 0.5; the other causes act as "
            "before: causes are taken to be independent, which data cannot test",
            "интенсивность потерь по причине «Нет доверия к компании» на этапе «договор» умножена на 0,5; остальные "
            "причины действуют как прежде: причины считаются независимыми, а проверить это по данным нельзя",
        )
    ]


def test_a_side_keeps_only_its_causes() -> None:
    """`side: company` keeps the company's causes of the catalogue and of the file, and no others."""
    after = edited({"add": "stages.offer.causes.no_demo_held", "value": "5%"})
    after = edited({"scale": "stages.*.causes.*", "by": 0.5, "side": "company"}, document=after)
    assert stage(after, "request")["factors"] == {"slow_response": 0.5, "no_next_step": 0.5}
    assert stage(after, "offer")["factors"] == {"no_demo_held": 0.5, "touchpoint_down": 0.5}
    assert stage(after, "payment") == stage(DOCUMENT, "payment")


def test_scaling_a_default_multiplies_its_times() -> None:
    """`causes.X` at the top multiplies the hazard of the default, 2 by 1.5, wherever a stage takes it."""
    after = edited({"scale": "causes.competitor_offer", "by": 1.5})
    assert after["causes"]["competitor_offer"]["times"] == 3.0
    assert hazards(after, "offer")["site", "competitor_offer"] == 9.0
    assert edited({"scale": "causes.*", "by": 2, "side": "buyer"})["causes"]["forgot"]["times"] == 2.0


def test_scaling_a_total_loss_multiplies_its_hazard() -> None:
    """A loss of 20% with the hazard times two is 1 − 0.8² = 36%."""
    after = edited({"scale": "stages.*.loses", "by": 2})
    assert stage(after, "request")["loses"]["share"] == pytest.approx(0.36, rel=1e-15)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("stages.offer.takes", {"exponential": {"mean": "24.0 d"}}),
        ("stages.offer.takes.exponential.mean", {"exponential": {"mean": "24.0 d"}}),
        ("stages.payment.takes", {"gamma": {"mean": "10.0 d", "sd": "4.0 d"}}),
        ("stages.договор.takes", {"fixed": "4.0 d"}),
        ("stages.request.cost", {"fixed": 240.0}),
        ("stages.payment.revenue", {"lognormal": {"mean": 180000.0, "sd": 120000.0}}),
        ("stages.request.response.wait", {"wait": {"exponential": {"mean": f"{1 / 3!r} d"}}}),
        ("stages.request.spends.attention", {"attention": 4.0}),
        ("stages.payment.price", 2.0),
        ("stages.payment.margin", 0.7),
    ],
)
def test_scaling_what_is_no_cause_multiplies_times_and_amounts(path: str, found: object) -> None:
    """Durations and amounts are doubled, shapes are not; a price that is not written is 1."""
    _, name, key, *_ = path.split(".")
    assert stage(edited({"scale": path, "by": 2}), name)[key] == found


def test_scaling_a_law_keeps_its_shape_and_divides_its_rate() -> None:
    """Twice the time of an exponential law is half its rate; the shape of a Weibull law stays."""
    after = edited({"set": "stages.offer.takes", "to": {"exponential": {"rate": "0.5 / d"}}})
    assert stage(edited({"scale": "stages.offer.takes", "by": 2}, document=after), "offer")["takes"] == {
        "exponential": {"rate": "0.25 / d"}
    }
    weibull = edited({"set": "stages.offer.takes", "to": {"weibull": {"shape": 0.8, "scale": "2 d"}}})
    assert stage(edited({"scale": "stages.*.takes", "by": 0.5}, document=weibull), "offer")["takes"] == {
        "weibull": {"shape": 0.8, "scale": "1.0 d"}
    }


def test_a_number_inside_causes_is_scaled_where_it_stands() -> None:
    """One number of an entry is multiplied, of a default in a copy of its own, and so is one that is not written."""
    after = edited({"scale": "stages.request.causes.spam.chance", "by": 2})
    assert stage(after, "request")["causes"]["spam"] == {"chance": 0.16}
    own = edited({"scale": "stages.offer.causes.forgot.forgetting.half_life", "by": 2})
    assert stage(own, "offer")["causes"]["forgot"] == {"forgetting": {"half_life": "12.0 d"}}
    decay = edited({"scale": "causes.forgot.forgetting.decay", "by": 2})  # 0.5 where a file does not say
    assert decay["causes"]["forgot"]["forgetting"]["decay"] == 1.0
    times = edited({"scale": "stages.offer.causes.forgot.times", "by": 3})
    assert stage(times, "offer")["causes"]["forgot"] == {"default": True, "times": 3.0}


@pytest.mark.parametrize("path", ["sources.ads", "sources.ads.arrivals", "sources.ads.arrivals.rate"])
def test_scaling_arrivals_adds_copies_of_the_stream(path: str) -> None:
    """More customers are copies of the stream: `times`, never the rate, so that those who came before still come."""
    after, said = edit(DOCUMENT, {"scale": path, "by": 1.5})
    assert after["sources"]["ads"]["arrivals"] == {"rate": "40.0 / d", "months": {"dec": 1.6}, "times": 1.5}
    assert after["sources"]["mail"] == DOCUMENT["sources"]["mail"]
    assert said[0].en.startswith("arrivals from «ads» are multiplied by 1.5: the new customers are like")


def test_scaling_all_sources_takes_them_all_or_those_of_a_kind() -> None:
    """`sources.*` is every source, `sources.*.arrivals.batch` those with a batch."""
    assert [one["arrivals"].get("times") for one in edited({"scale": "sources.*", "by": 2})["sources"].values()] == [
        2,
        2,
    ]
    batches = edited({"scale": "sources.*.arrivals.batch", "by": 2})["sources"].values()
    assert [one["arrivals"].get("times") for one in batches] == [None, 2]


def test_scaling_shares_multiplies_the_number() -> None:
    """A share of a route, touchpoint or segment is multiplied as a number; the rest takes what is left."""
    after = edited(
        {"scale": "stages.payment.next.request.share", "by": 2},
        {"scale": "stages.offer.touchpoints.*.share", "by": 0.5},
        {"scale": "segments.large.share", "by": 2},
    )
    assert stage(after, "payment")["next"][0]["share"] == 0.5
    assert [one["share"] for one in stage(after, "offer")["touchpoints"]] == [0.3, 0.2]
    assert after["segments"]["large"]["share"] == 0.6


def test_scaling_by_nothing_is_allowed() -> None:
    """Factor 0 is a cause that never acts, a time of zero, nobody who comes."""
    after = edited(
        {"scale": "stages.request.causes.spam", "by": 0},
        {"scale": "stages.offer.takes", "by": 0},
        {"scale": "sources.mail", "by": "0%"},
    )
    assert ("rest", "spam") not in hazards(after, "request")
    assert stage(after, "offer")["takes"] == {"fixed": "0.0 d"}
    assert after["sources"]["mail"]["arrivals"]["times"] == 0


SCALABLE = [
    "stages.*.causes.*",
    "stages.offer.touchpoints.*.causes.*",
    "stages.offer.causes.competitor_offer",
    "causes.*",
    "stages.*.loses",
    "stages.*.takes",
    "stages.request.response.wait",
    "stages.payment.revenue",
    "stages.payment.price",
    "stages.*.cost",
    "sources.*",
    "segments.*.share",
    "stages.*.causes.forgot.forgetting.decay",
]


@pytest.mark.parametrize("path", [*SCALABLE[:-1], "stages.request.causes.spam.chance"])
def test_a_factor_of_one_changes_nothing(path: str) -> None:
    """Factor 1 leaves the document as it was, to the byte, and assumes nothing."""
    after, said = edit(DOCUMENT, {"scale": path, "by": 1})
    assert json.dumps(after) == json.dumps(DOCUMENT)
    assert said == []


@given(st.sampled_from([path for path in SCALABLE if "loses" not in path and "decay" not in path]), st.integers(-3, 3))
@settings(max_examples=60)
def test_a_factor_and_its_inverse_cancel(path: str, power: int) -> None:
    """Scaling by a power of two (exact in floating point) and by its inverse gives the document back."""
    if path == "segments.*.share":
        power = min(power, 1)
    after = edited({"scale": path, "by": 2.0**power}, {"scale": path, "by": 2.0**-power})
    assert json.dumps(after, sort_keys=True) == json.dumps(DOCUMENT, sort_keys=True)


SCALE_MISTAKES = """
{scale: stages.offer.takes, by: -1}
    by | expected a finite factor that is not negative, found -1
{scale: stages.offer.takes, by: .inf}
    by | expected a factor such as `0.5` or `50%`, found '.inf'
{scale: stages.offer.takes, by: nan}
    by | expected a finite factor that is not negative, found 'nan'
{scale: stages.offer.takes, by: a lot}
    by | expected a factor such as `0.5` or `50%`, found 'a lot'
{scale: stages.offer.takes, by: true}
    by | expected a factor such as `0.5` or `50%`, found true
{scale: stages.договор.causes.terms_unsuitable, by: 2}
    scale | `stages.договор.causes.terms_unsuitable` cannot be scaled: it takes everyone for certain; `set` or
    `remove` it
{scale: stages.договор.causes.changed_mind, by: 2}
    scale | `stages.договор.causes.changed_mind` cannot be scaled: its `time_to_loss` is a fixed time, and has
    no hazard to multiply; `set` or `remove` it
{scale: stages.*.causes.terms_unsuitable, by: 2}
    scale | `stages.*.causes.terms_unsuitable` cannot be scaled: it takes everyone for certain
{scale: stages.payment.causes.spam, by: 2}
    scale | `stages.payment.causes.spam`: `spam` is not in effect there
{scale: stages.payment.causes.*, by: 2}
    scale | `stages.payment.causes.*`: no cause is in effect there
{scale: stages.request.causes.spam, by: 2, side: buyer}
    side | `stages.request.causes.spam`: no cause there is on the side `buyer`
{scale: stages.request.causes.spam, by: 2, side: buyers}
    side | expected `buyer`, `company` or `none`, found 'buyers' (did you mean `buyer`?)
{scale: stages.offer.takes, by: 2, side: buyer}
    side | `side` chooses between causes, and the path leads to none
{scale: causes.no_demo_held, by: 2}
    scale | `causes.no_demo_held` cannot be scaled: it has no default mechanism; `stages.*.causes.no_demo_held`
    is the cause at the stages
{scale: stages.request.causes.slow_response.patience, by: 2}
    scale | `stages.request.causes.slow_response.patience` cannot be scaled: inside `causes` a factor could mean
    the hazard or the time; scale the cause itself, or a number in `weibull`
{scale: stages.offer.touchpoints.site.share, by: 2}
    by | `stages.offer.touchpoints.site.share`: 60% times 2 is over 100%
{scale: stages.*.causes.*.chance, by: 20}
    by | `stages.*.causes.*.chance`: 8% times 20 is over 100%
{scale: stages.request.combinations, by: 2}
    scale | `stages.request.combinations` cannot be scaled: expected a number, a duration or a law there, found a list
{scale: stages.*.causes.*.reminders.cost, by: 2}
    scale | `stages.*.causes.*.reminders.cost`: there is no `reminders.cost` to change
{scale: stages.request.causes.changed_mind.chance, by: 2}
    scale | `stages.request.causes.changed_mind.chance`: `changed_mind` has no entry of its own there; it is
    `stages.request.loses.share` (with all its causes) or `stages.request.loses.split.changed_mind`
{scale: causes.forgot, by: 2, side: company}
    side | `causes.forgot`: no cause there is on the side `company`
{scale: stages.request.response, by: 2}
    scale | `stages.request.response` cannot be scaled: it is a mapping; name what to multiply inside it: `wait`
{scale: stages.request.label.en, by: 2}
    scale | `stages.request.label.en` cannot be scaled: expected a number, a duration or a law there, found
    'Request'
{scale: stages.request.takes, by: 2}
    scale | `stages.request.takes`: nothing is given there
{scale: sources.ads.arrivals.batch, by: 2}
    scale | `sources.ads.arrivals.batch`: nothing is given there; there are `rate` and `months`
{scale: stages.payment.next.won.share, by: 2}
    scale | `stages.payment.next.won.share`: nothing is given there
"""


@pytest.mark.parametrize(("change", "key", "message"), cases(SCALE_MISTAKES))
def test_scale_says_what_is_wrong(change: Mapping[str, Any], key: str, message: str) -> None:
    """Every mistake of a `scale` says what cannot be multiplied and why."""
    refused(change, key, message)


def test_a_certain_total_loss_is_passed_over() -> None:
    """A total of 100% has no hazard to multiply: refused by name, passed over by `*`, with its causes."""
    certain = edited({"set": "stages.request.loses.share", "to": "100%"})
    assert stage(edited({"scale": "stages.request.causes.*", "by": 2}, document=certain), "request")["factors"] == {
        "spam": 2.0,
        "inconvenient": 2.0,
        "slow_response": 2.0,
        "low_attention": 2.0,
    }
    for path, reason in (
        ("stages.request.loses", "it takes everyone for certain"),
        ("stages.request.causes.changed_mind", "`loses` takes everyone for certain"),
    ):
        with pytest.raises(ChangeError, match=re.escape(f"`{path}` cannot be scaled: {reason}")):
            edit(certain, {"scale": path, "by": 2})


def test_a_touchpoint_cannot_set_what_the_stage_takes() -> None:
    """What comes from the stage's `loses`, or was scaled away at the stage, is set at the stage."""
    shared = edited({"add": "stages.offer.loses", "value": {"share": "5%", "split": {"shyness": 1}}})
    with pytest.raises(ChangeError, match=r"at every touchpoint `stages\.offer\.loses` takes its part"):
        edit(shared, {"set": "stages.offer.touchpoints.site.causes.shyness", "to": "2%"})
    assert touchpoint(edited({"remove": "stages.offer.touchpoints.site.causes.shyness"}, document=shared), "site")[
        "factors"
    ] == {"shyness": 0.0}
    gone = edited({"scale": "stages.offer.causes.inconvenient", "by": 0})
    with pytest.raises(ChangeError, match="an earlier change scaled it by 0 at the whole stage"):
        edit(gone, {"set": "stages.offer.touchpoints.site.causes.inconvenient", "to": "2%"})


def test_set_with_a_star_sets_the_causes_in_effect() -> None:
    """`stages.*.causes.x` is set where it acts, whatever its origin, and nowhere else."""
    after = edited({"set": "stages.*.causes.changed_mind", "to": "1%"})
    assert stage(after, "request")["causes"]["changed_mind"] == {"chance": 0.01}
    assert stage(after, "request")["loses"]["split"] == {"no_next_step": 3.0}
    assert stage(after, "договор")["causes"]["changed_mind"] == {"chance": 0.01}
    assert "changed_mind" not in stage(after, "offer")["causes"]
    inside = edited({"set": "stages.*.causes.inconvenient.chance", "to": "1%"})
    assert stage(inside, "offer")["causes"]["inconvenient"] == {"chance": 0.01}
    assert touchpoint(inside, "site")["causes"]["inconvenient"] == {"chance": 0.1}  # the touchpoint's own


# ---- add and remove ------------------------------------------------------------------------------------------------


def test_add_puts_new_keys_and_items() -> None:
    """`add` makes a source, a cause, a route and a touchpoint, in lists at the end."""
    after = edited(
        {"add": "sources.tv", "value": {"arrivals": "3 / d"}},
        {"add": "sources", "value": {"radio": {"batch": 5}}},
        {"add": "stages.offer.causes.no_trust", "value": "2%"},
        {"add": "stages.offer.causes.forgot.reminders", "value": {"every": "3 d"}},
        {"add": "stages.offer.next", "value": {"to": "payment", "share": "10%"}},
        {"add": "stages.offer.next.request", "value": {"share": "5%"}},
        {"add": "stages.request.touchpoints", "value": {"name": "chat", "share": "20%"}},
        {"add": "stages.request.touchpoints.desk", "value": {"share": "10%"}},
    )
    assert list(after["sources"]) == ["ads", "mail", "tv", "radio"]
    assert stage(after, "offer")["causes"]["no_trust"] == {"chance": 0.02}
    assert stage(after, "offer")["causes"]["forgot"] == {"default": True, "reminders": {"every": "3.0 d"}}
    assert stage(after, "offer")["next"] == [{"to": "payment", "share": 0.1}, {"to": "request", "share": 0.05}]
    assert [one["name"] for one in stage(after, "request")["touchpoints"]] == ["chat", "desk"]


def test_add_with_a_star_adds_to_every_stage_that_lacks_it() -> None:
    """A cause added to all stages keeps those that have it; the assumption counts the others."""
    after, said = edit(DOCUMENT, {"add": "stages.*.causes.inconvenient", "value": "1%"})
    assert stage(after, "payment")["causes"] == {"inconvenient": {"chance": 0.01}}
    assert stage(after, "request")["causes"] == stage(DOCUMENT, "request")["causes"]
    assert said[0].en.startswith("«Inconvenient to use» at 2 stages takes customers beside the other causes")
    assert said[0].ru.startswith("причина «Неудобно пользоваться» на 2 этапах действует наряду с остальными")


ADD_MISTAKES = """
{add: stages.offer.takes, value: 1 d}
    add | `stages.offer.takes` is there already; `set` replaces it
{add: stages.offer.causes.forgot, value: 1%}
    add | `stages.offer.causes.forgot` is there already; `set` replaces it
{add: sources, value: {ads: {batch: 1}}}
    add | `sources.ads` is there already; `set` replaces it
{add: stages.offer.touchpoints, value: {name: site, share: 0}}
    add | `stages.offer.touchpoints`: there is a touchpoint `site` already; `set` replaces it
{add: stages.payment.next, value: {to: request, share: 0.1}}
    add | `stages.payment.next`: there is a route `request` already; `set` replaces it
{add: stages.request.causes.spam.chance, value: 1%}
    add | `stages.request.causes.spam.chance` is there already; `set` replaces it
{add: stages.offer.touchpoints, value: chat}
    value | `stages.offer.touchpoints.3`: expected a mapping such as `{name: phone, share: 40%}`, found 'chat'
{add: stages, value: {name: demo}}
    add | `stages`: name a key of a stage (`stages.NAME.KEY`); `add_stage` and `remove_stage` change the list
{add: stages.demo, value: {}}
    add | `stages.demo`: name a key of a stage (`stages.NAME.KEY`); `add_stage` and `remove_stage` change the
    list
{add: stages.offer.causes.*, value: 1%}
    add | `stages.offer.causes.*`: what is added needs a name of its own, not `*`
{add: stages.offer.causes.spamm, value: 1%}
    add | there is no cause `spamm` (did you mean `spam`?)
{add: stages.offer.causes.spam, value: null}
    value | there is no value to add
{add: sources.tv, value: {arrivals: "3"}}
    value | `sources.tv.arrivals.rate`: expected a rate such as `0.05 / d` or `3 / h`, found '3' without a unit;
    the units are s, min, h, d, w, mo, y
"""


@pytest.mark.parametrize(("change", "key", "message"), cases(ADD_MISTAKES))
def test_add_refuses_to_overwrite(change: Mapping[str, Any], key: str, message: str) -> None:
    """`add` never replaces anything, and says what does."""
    refused(change, key, message)


def test_add_with_a_star_passes_over_what_is_there() -> None:
    """A route added to every stage leaves out the stage that has one to the same place."""
    after = edited({"add": "stages.*.next", "value": {"end": "won", "share": "1%"}})
    assert [len(one["next"]) for one in after["stages"]] == [1, 1, 1, 2]
    with pytest.raises(ChangeError, match=r"`stages\.payment\.next`: there is a route `end` already"):
        edit(after, {"add": "stages.*.next", "value": {"end": "won", "share": "1%"}})
    causes = edited({"add": "stages.payment.causes", "value": {"spam": "1%", "shyness": "2%"}})
    assert list(stage(causes, "payment")["causes"]) == ["spam", "shyness"]


def test_add_does_not_fall_under_an_earlier_factor() -> None:
    """A cause that an earlier change scaled at this stage cannot be added to: the factor was not meant for it."""
    scaled = edited({"scale": "stages.request.causes.no_next_step", "by": 0.5})
    with pytest.raises(ChangeError, match="an earlier change scaled this cause"):
        edit(scaled, {"add": "stages.request.causes.no_next_step", "value": "1%"})


def test_removing_a_part_of_a_total_loss_keeps_the_other_hazards() -> None:
    """Without the weight 3 of 4, the share 20% becomes 1 − 0.8^(1/4), and changed_mind keeps its hazard."""
    after, said = edit(DOCUMENT, {"remove": "stages.request.causes.no_next_step"})
    assert stage(after, "request")["loses"]["share"] == pytest.approx(1 - 0.8**0.25, rel=1e-14)
    before = hazards(DOCUMENT, "request")["rest", "changed_mind"]
    assert hazards(after, "request")["rest", "changed_mind"] == pytest.approx(before, rel=1e-14)
    assert "combinations" not in stage(after, "request")  # it named the cause, and could act no more
    assert said == [
        Label(
            "nobody is lost to «No next step agreed» at «Request»; the other causes act as before: causes are taken to "
            "be independent, which data cannot test",
            "по причине «Не назначен следующий шаг» на этапе «Заявка» никто не теряется; остальные причины действуют "
            "как прежде: причины считаются независимыми, а проверить это по данным нельзя",
        )
    ]


@pytest.mark.parametrize(
    ("name", "cause"),
    [("request", "spam"), ("request", "low_attention"), ("offer", "touchpoint_down"), ("offer", "inconvenient")],
)
def test_removing_a_cause_takes_every_origin_away(name: str, cause: str) -> None:
    """Whether it is an entry, a budget's, an availability or a touchpoint's own: nobody is lost to it any more."""
    before, after = hazards(DOCUMENT, name), hazards(edited({"remove": f"stages.{name}.causes.{cause}"}), name)
    assert any(key[1] == cause for key in before)
    assert after == {key: value for key, value in before.items() if key[1] != cause and key[1] != "no_next_step"} | {
        key: value for key, value in after.items() if key[1] == "no_next_step"
    }


@pytest.mark.parametrize("cause", ["inconvenient", "touchpoint_down"])
def test_removing_a_cause_at_a_touchpoint_leaves_the_other_touchpoints(cause: str) -> None:
    """Out of effect at the site, the cause goes on at the telephone."""
    before = hazards(DOCUMENT, "offer")
    after = hazards(edited({"remove": f"stages.offer.touchpoints.site.causes.{cause}"}), "offer")
    assert after == {key: value for key, value in before.items() if key != ("site", cause)}


def test_removing_all_causes_leaves_a_stage_that_loses_nobody() -> None:
    """`causes.*` is every cause in effect: entries, `loses`, the budget."""
    assert hazards(edited({"remove": "stages.request.causes.*"}), "request") == {}


def test_remove_takes_keys_items_and_sources_out() -> None:
    """A key, a route, a touchpoint, a segment and a source can be taken out; what they leave goes with the rest."""
    after = edited(
        {"remove": "stages.offer.takes"},
        {"remove": "stages.request.causes.slow_response"},
        {"remove": "stages.request.response"},
        {"remove": "sources.mail"},
        {"remove": "segments.large"},
    )
    assert "takes" not in stage(after, "offer")
    assert "response" not in stage(after, "request")
    assert list(after["sources"]) == ["ads"]
    assert list(after["segments"]) == ["regular"]
    route, said = edit(DOCUMENT, {"remove": "stages.payment.next.request"})
    assert stage(route, "payment")["next"] == [{"end": "won"}]
    assert said[0].en == "whoever took that route after «payment» goes on with the rest"
    site, said = edit(DOCUMENT, {"remove": "stages.offer.touchpoints.site"})
    assert [one.name for one in resolved(site, "offer").touchpoints] == ["phone", "rest"]
    assert said[0].ru.startswith("60\u00a0% посещений, которые на этапе «offer» приходились на «site»")


def test_remove_takes_a_key_out_of_an_entry() -> None:
    """A key inside an entry goes, the entry stays."""
    reminded = edited({"set": "stages.offer.causes.forgot.reminders", "to": {"every": "3 d"}})
    after = edited({"remove": "stages.*.causes.*.reminders"}, document=reminded)
    assert after == DOCUMENT


REMOVE_MISTAKES = """
{remove: stages.offer}
    remove | `stages.offer`: name a key of a stage (`stages.NAME.KEY`); `add_stage` and `remove_stage` change
    the list
{remove: sources.*}
    remove | `sources.*`: without a source nobody would come; `set` or `scale` it
{remove: stages.offer.cost}
    remove | `stages.offer.cost`: nothing is given there
{remove: stages.offer.causes.spam}
    remove | `stages.offer.causes.spam`: `spam` is not in effect there; there are `forgot`, `competitor_offer`,
    `inconvenient`, `touchpoint_down` and `shyness`
{remove: stages.request.response.wait}
    remove | `stages.request.response.wait`: is missing: expected a reply time, such as `wait: {exponential:
    {mean: 2 h}}`, or `team: NAME`
"""


@pytest.mark.parametrize(("change", "key", "message"), cases(REMOVE_MISTAKES))
def test_remove_says_what_is_wrong(change: Mapping[str, Any], key: str, message: str) -> None:
    """What is not there cannot be removed, and what is needed neither."""
    refused(change, key, message)
