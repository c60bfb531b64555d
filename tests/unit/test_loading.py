"""Loading: files to studies, with every mistake of every part at once and warnings for what is probably not meant."""

from __future__ import annotations

import json
import os
import random
import textwrap
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnelsim.causes import Label
from funnelsim.errors import InputError, Problem, TooLargeError
from funnelsim.files.journeys import referral_growth
from funnelsim.files.loading import check, load, loads
from funnelsim.files.reading import MAX_BYTES, read
from funnelsim.files.studies import with_digest
from funnelsim.files.writing import flow
from funnelsim.model import Run, Study

CASES = Path(__file__).parent.parent / "cases" / "valid"
SHOP = """
funnelsim: 1
sources: {a: {batch: 10}, b: {batch: 20}}
causes: {bad_fit: {side: none}}
stages:
  - {name: shop, causes: {no_trust: 30%, bad_fit: 5%}}
  - {name: purchase, revenue: 1000}
"""


def said(text: str, path: str = "<text>") -> list[str]:
    """The mistakes of a text."""
    with pytest.raises(InputError) as caught:
        loads(textwrap.dedent(text), path=path)
    return [str(problem) for problem in caught.value.problems]


def warned(text: str) -> list[str]:
    """The warnings of a text, without the place."""
    return [warning.split(": ", 1)[1] for warning in loads(text).warnings]


def test_a_scenario_file_loads_to_a_study(tmp_path: Path) -> None:
    """Base, interventions with their costs and places, scenarios in order, run settings: all as the file says."""
    (tmp_path / "bases").mkdir()
    (tmp_path / "bases" / "b.yaml").write_text("funnelsim: 1\nstages: [{name: site, revenue: 1}]\n", encoding="utf-8")
    path = tmp_path / "s.yaml"
    path.write_text(
        textwrap.dedent("""\
            funnelsim: 1
            name: {en: What to try, ru: Что попробовать}
            note: of the study
            funnel: {funnelsim: 1, stages: [{name: shop, causes: {no_trust: 30%}}, {name: buy, revenue: 2}]}
            interventions:
              trust:
                label: {en: More trust, ru: Больше доверия}
                cost: {once: 5, per_month: 7}
                changes:
                  - {scale: stages.shop.causes.no_trust, by: 0.5}
              skip: {changes: [{remove_stage: shop}]}
            scenarios: [trust, {name: all of it, interventions: [trust, skip]}, {name: site, funnel: bases/b.yaml}]
            run: {replications: 30, seed: 7, start: 2026-01-05, horizon: 365 d, warm_up: 1 w}
        """),
        encoding="utf-8",
    )
    study = load(path)
    trust, skip = study.interventions
    assert study.name == Label("What to try", "Что попробовать")
    assert study.note == "of the study"
    assert study.path == str(path)
    assert study.text == path.read_text(encoding="utf-8")
    assert study.run == Run(30, 7, date(2026, 1, 5), 365.0, 7.0)
    assert (trust.name, trust.label, trust.once, trust.per_month) == (
        "trust",
        Label("More trust", "Больше доверия"),
        5,
        7,
    )
    assert [change.where for change in trust.changes] == [f"{path}:10:9"]
    assert json.loads(trust.changes[0].document) == {"scale": "stages.shop.causes.no_trust", "by": 0.5}
    assert [(s.name, s.label.ru, s.interventions) for s in study.scenarios] == [
        ("trust", "Больше доверия", (trust,)),
        ("all of it", "all of it", (trust, skip)),
        ("site", "site", ()),
    ]
    assert [stage.name for stage in study.scenarios[2].funnel.stages] == ["site"]
    assert study.scenarios[1].funnel.stages[0].removed


def test_the_smallest_file_has_the_defaults_of_the_design() -> None:
    """10,000 customers at once into the first stage; 20 replications, seed 0, from Monday 2024-01-01, to the end."""
    study = loads("funnelsim: 1\nstages: [{name: shop}]")
    (source,) = study.funnel.sources
    assert (source.name, source.arrivals.size, source.arrivals.at, source.enters) == ("all", 10000, 0.0, "shop")  # type: ignore[union-attr]
    assert study.run == Run(20, 0, date(2024, 1, 1), None, 0.0, None)
    assert study.interventions == ()
    assert study.scenarios == ()
    assert study.run.start.weekday() == 0


@pytest.mark.parametrize(("written", "cohort"), [("100", 100), ("90 d", 90.0)])
def test_a_cohort_is_a_number_or_a_time(written: str, cohort: float) -> None:
    """A bare number counts customers (int), a duration is days (float)."""
    run = loads(f"funnelsim: 1\nstages: [{{name: shop}}]\nrun: {{cohort: {written}}}").run
    assert run.cohort == cohort
    assert type(run.cohort) is type(cohort)


def test_every_sketch_of_the_reference_material_loads(shared: Path) -> None:
    """The sketches written before there was code are files in this format."""
    for path in sorted((shared / "examples").glob("*.yaml")):
        assert load(path).funnel.stages


def test_every_shipped_scenario_loads(root: Path) -> None:
    """The scenario files of the project have no mistakes."""
    for path in sorted((root / "scenarios").glob("*.yaml")):
        assert check(path) == ()


def test_check_gives_the_problems_that_load_raises(tmp_path: Path) -> None:
    """`check` returns what `load` raises, and nothing for a file that loads."""
    path = tmp_path / "f.yaml"
    path.write_text("funnelsim: 1\nstages: [{name: shop, x: 1}]", encoding="utf-8")
    assert [str(problem) for problem in check(path)] == [f"{path}:2:23: stages.shop.x: unknown key"]
    path.write_text(SHOP, encoding="utf-8")
    assert check(path) == ()


# ---- digests -------------------------------------------------------------------------------------------------------


def digest(text: str) -> str:
    """The digest of a text's study."""
    return loads(text).digest


def test_the_order_of_causes_and_sources_does_not_matter() -> None:
    """Reordering causes or sources in the file leaves the digest as it was (METHODS.md, relation 3)."""
    reordered = SHOP.replace("no_trust: 30%, bad_fit: 5%", "bad_fit: 5%, no_trust: 30%")
    reordered = reordered.replace("a: {batch: 10}, b: {batch: 20}", "b: {batch: 20}, a: {batch: 10}")
    assert reordered != SHOP
    assert digest(reordered) == digest(SHOP)


def test_the_layout_does_not_matter() -> None:
    """Comments, shorthands and units leave the digest as it was."""
    other = SHOP.replace("30%", "{chance: 0.3}").replace("1000", "{fixed: 1e3}") + "# a remark\nrun: {seed: 0}\n"
    assert digest(other) == digest(SHOP)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("30%", "31%"),
        ("batch: 10", "batch: 11"),
        ("name: shop", "name: store"),
        ("revenue: 1000", "revenue: 1000, note: x"),
        ("stages:", "run: {seed: 1}\nstages:"),
        ("stages:", "run: {start: 2024-01-02}\nstages:"),
        ("stages:", "interventions: {a: {changes: []}}\nstages:"),
        ("stages:", "interventions: {a: {changes: []}}\nscenarios: [a]\nstages:"),
        ("stages:", "scenarios: [{name: same}]\nstages:"),
    ],
)
def test_whatever_a_study_says_is_in_its_digest(old: str, new: str) -> None:
    """Two studies that differ in anything but layout have different digests."""
    assert digest(SHOP.replace(old, new)) != digest(SHOP)


def test_the_order_of_scenarios_and_stages_matters() -> None:
    """What is a list in the file is ordered."""
    two = SHOP + "scenarios: [{name: x}, {name: y}]\n"
    assert digest(two) != digest(two.replace("{name: x}, {name: y}", "{name: y}, {name: x}"))


def test_a_digest_can_be_made_of_any_study() -> None:
    """`with_digest` gives a study made in Python the digest that loading would give."""
    study = loads(SHOP)
    assert with_digest(replace(study, digest="", text="", path="")).digest == study.digest
    assert with_digest(Study(study.funnel)).digest == study.digest


# ---- mistakes ------------------------------------------------------------------------------------------------------


def test_mistakes_of_all_parts_come_at_once(tmp_path: Path) -> None:
    """Form, values, references, changes and other files: one error tells of all, the file's own first, in its order."""
    (tmp_path / "b.yaml").write_text("funnelsim: 1\nstages: [{name: a, takes: 5}]\n", encoding="utf-8")
    text = """\
        funnelsim: 1
        stages:
          - {name: shop, causes: {no_turst: 5%, no_trust: 3, no_trust: 4%}}
        interventions: {x: {changes: [{scal: a, by: 2}]}}
        scenarios: [y, {name: other, funnel: b.yaml}]
        run: {seed: x}
    """
    found = said(text, str(tmp_path / "s.yaml"))
    places = [line.removeprefix(str(tmp_path)).split(" ")[0] for line in found]
    assert places == [
        "/s.yaml:3:27:",
        "/s.yaml:3:51:",
        "/s.yaml:3:54:",
        "/s.yaml:4:32:",
        "/s.yaml:5:13:",
        "/s.yaml:6:13:",
        "/b.yaml:2:27:",
    ]


def test_an_unused_intervention_is_tried_too() -> None:
    """A change that names what is not there is a mistake even if no scenario uses it."""
    found = said(SHOP + "interventions: {x: {changes: [{remove_stage: shp}]}}")
    assert found == [
        "<text>:8:46: interventions.x.changes.1.remove_stage: there is no stage `shp` (did you mean `shop`?)"
    ]


def test_one_mistake_in_several_scenarios_is_reported_once() -> None:
    """The place of a change's mistake is the change, however many scenarios use it."""
    changes = "interventions: {x: {changes: [{remove_stage: shp}]}, y: {changes: []}}\n"
    assert len(said(SHOP + changes + "scenarios: [x, {name: both, interventions: [x, y]}]")) == 1


def test_after_a_change_a_stage_may_be_left_aside() -> None:
    """A stage that no customer comes to is a mistake in a file, but not after a change."""
    text = SHOP + "interventions: {x: {changes: [{reroute: shop, next: [{end: won}]}]}}\nscenarios: [x]\n"
    assert [stage.name for stage in loads(text).scenarios[0].funnel.stages] == ["shop", "purchase"]


def test_problems_carry_their_parts() -> None:
    """A problem can be taken apart: file, line, column, key, message."""
    with pytest.raises(InputError) as caught:
        loads("funnelsim: 1\nstages: [{name: shop, takes: 3}]", path="dir/f.yaml")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column, problem.key) == ("dir/f.yaml", 2, 30, "stages.shop.takes")


# ---- other files ---------------------------------------------------------------------------------------------------


def test_links_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    """A symbolic link in the folder to a funnel outside it is refused like the path itself."""
    outside = tmp_path / "outside.yaml"
    outside.write_text(SHOP, encoding="utf-8")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.yaml").symlink_to(outside)
    for reference in ("link.yaml", "../outside.yaml", str(outside)):
        (inner / "s.yaml").write_text(f"funnelsim: 1\nfunnel: {flow(reference)}\n", encoding="utf-8")
        (problem,) = check(inner / "s.yaml")
        assert problem.message == f"'{reference}' is outside this file's own folder: expected a file in it or below it"


def test_a_folder_may_be_reached_through_a_link(tmp_path: Path) -> None:
    """What counts is where files really are: a scenario file opened through a link still finds its base."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "base.yaml").write_text(SHOP, encoding="utf-8")
    (tmp_path / "real" / "s.yaml").write_text("funnelsim: 1\nfunnel: base.yaml\n", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert check(tmp_path / "link" / "s.yaml") == ()


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    """Links that lead round in a circle are no file."""
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    (tmp_path / "s.yaml").write_text("funnelsim: 1\nfunnel: a.yaml\n", encoding="utf-8")
    assert len(check(tmp_path / "s.yaml")) == 1
    assert len(check(tmp_path / "a.yaml")) == 1


def test_a_file_cannot_include_itself(tmp_path: Path) -> None:
    """A base that names a base of its own is refused, so that no chain of files can go on for ever."""
    (tmp_path / "s.yaml").write_text("funnelsim: 1\nfunnel: s.yaml\n", encoding="utf-8")
    (problem,) = check(tmp_path / "s.yaml")
    assert problem.message == "expected a funnel here, found a scenario file that names another file"


def test_a_text_without_a_folder_names_no_files() -> None:
    """A text that came from nowhere cannot say where its base is."""
    (problem,) = said("funnelsim: 1\nfunnel: base.yaml\n")
    assert (
        problem == "<text>:2:9: funnel: a text has no folder to look for 'base.yaml' in: write the funnel itself here"
    )


def test_the_limits_hold_for_files_that_are_named(tmp_path: Path) -> None:
    """A base beyond a limit is refused with its own name."""
    (tmp_path / "base.yaml").write_bytes(b"# " + b"x" * MAX_BYTES)
    (tmp_path / "s.yaml").write_text("funnelsim: 1\nfunnel: base.yaml\n", encoding="utf-8")
    assert [problem.message for problem in check(tmp_path / "s.yaml")] == ["the file is larger than 1 MiB"]
    with pytest.raises(TooLargeError):
        load(tmp_path / "base.yaml")


def test_what_cannot_be_read_is_an_error_of_the_input(tmp_path: Path) -> None:
    """A missing file, a folder and a pipe are refused and nothing waits."""
    os.mkfifo(tmp_path / "pipe")
    for name in ("none.yaml", ".", "pipe"):
        with pytest.raises(InputError):
            load(tmp_path / name)


# ---- warnings ------------------------------------------------------------------------------------------------------


def test_arrivals_without_end_are_warned_of() -> None:
    """A rate needs a horizon or a cohort; a batch does not."""
    text = "funnelsim: 1\nsources: {a: {arrivals: 5 / d}, b: {batch: 5}}\nstages: [{name: shop}]\n"
    expected = ["sources.a: arrivals at a rate never end: `run` needs a `horizon` or a `cohort`"]
    assert warned(text) == expected
    assert warned(text + "run: {seed: 1}") == expected
    assert warned(text + "run: {horizon: 9 d}") == warned(text + "run: {cohort: 9}") == []


def test_clocks_that_never_run_are_warned_of() -> None:
    """Forgetting and clocks need time to pass at their stage."""
    law = "{time_to_loss: {exponential: {mean: 3 d}}"
    text = (
        "funnelsim: 1\nstages:\n"
        f"  - {{name: a, causes: {{apathy: {law}, exposure: deciding}}, shyness: {law}}}, "
        "forgot: {forgetting: {half_life: 6 d}}}}\n"
        f"  - {{name: b, takes: 1 d, causes: {{apathy: {law}, exposure: deciding}}, shyness: {law}}}}}}}\n"
        f"  - {{name: c, response: {{wait: 1 h}}, causes: {{shyness: {law}}}}}}}\n"
    )
    assert warned(text) == [
        "stages.a.causes.apathy: this clock never runs: the stage has no `takes`",
        "stages.a.causes.shyness: this clock never runs: the stage has neither `takes` nor `response`",
        "stages.a.causes.forgot: nobody forgets in no time: the stage has no `takes`",
    ]


def test_a_segment_that_nobody_belongs_to_is_warned_of() -> None:
    """A segment without a share needs an `as:` somewhere, be it in a change of another segment."""
    text = (
        "funnelsim: 1\nstages: [{name: x}]\n"
        "segments: {a: {changes: []}, b: {share: 10%, changes: [{set: stages.x.next, to: [{end: won}]}]}}\n"
    )
    assert warned(text) == ["segments.a: nobody belongs to it: it has no `share`, and no `as:` gives it"]
    assert warned(text.replace("stages: [{name: x}]", "stages: [{name: x, referrals: {mean: 0.1, as: a}}]")) == []
    assert warned(text.replace("{end: won}", "{to: x, share: 5%, as: a}")) == []


def test_questions_in_a_base_are_warned_of(tmp_path: Path) -> None:
    """Interventions and scenarios of a base's own file are not taken over, and that is said."""
    (tmp_path / "base.yaml").write_text(SHOP + "interventions: {x: {changes: []}}\nscenarios: [x]\n", encoding="utf-8")
    (tmp_path / "s.yaml").write_text("funnelsim: 1\nfunnel: base.yaml\n", encoding="utf-8")
    study = load(tmp_path / "s.yaml")
    assert study.scenarios == ()
    assert [warning.rsplit("/", 1)[1] for warning in study.warnings] == [
        "base.yaml:8:1: interventions: not taken over: only the funnel of a base is, and its run settings",
        "base.yaml:9:1: scenarios: not taken over: only the funnel of a base is, and its run settings",
    ]


@pytest.mark.parametrize(
    ("stages", "growth"),
    [
        # one stage: mean × what survives the constant chances
        ("[{name: a, causes: {no_trust: 40%}, referrals: {mean: 2}}]", 1.2),
        # two chances together, one of them halved in hazard: 0.6 · √0.81
        ("[{name: a, causes: {no_trust: 40%, apathy: {chance: 19%, times: 0.5}}, referrals: {mean: 2}}]", 1.08),
        # who refers at the second stage has passed both
        ("[{name: a, causes: {no_trust: 50%}}, {name: b, causes: {apathy: 20%}, referrals: {mean: 3}}]", 1.2),
        # new customers enter behind the first stage's loss
        (
            "[{name: a, causes: {no_trust: 50%}}, {name: b, causes: {apathy: 20%}, referrals: {mean: 3, enters: b}}]",
            2.4,
        ),
        # repeat purchases: 1 / (1 − 0.5) completions, each with 0.3
        ("[{name: a, referrals: {mean: 0.3}, next: [{to: a, share: 50%}]}]", 0.6),
        # a touchpoint for half of them, where 20% find it closed
        ("[{name: a, referrals: {mean: 1}, touchpoints: [{name: t, share: 50%, availability: 80%}]}]", 0.9),
        # a loss at the first visit only does not bound the visits after it
        ("[{name: a, causes: {spam: 40%}, referrals: {mean: 1}}]", 1.0),
        ("[{name: a}]", 0.0),
    ],
)
def test_referral_growth_is_bounded_by_constant_chances(stages: str, growth: float) -> None:
    """The bound is the next-generation number of the branching process with constant chances only (by arithmetic)."""
    study = loads(f"funnelsim: 1\nstages: {stages}\n")
    assert referral_growth(study.funnel) == pytest.approx(growth, abs=1e-12)
    assert len(study.warnings) == (growth >= 1)


def test_referrals_that_may_explode_are_warned_of() -> None:
    """The warning says how many customers one customer brings at most, at the place of the referrals."""
    study = loads("funnelsim: 1\nstages: [{name: a, referrals: {mean: 2}}]")
    (warning,) = study.warnings
    assert warning == (
        "<text>:2:20: stages.a.referrals: referrals may never end: by the constant chances alone one customer brings "
        "up to 2 others (1 or more explodes)"
    )


# ---- robustness ----------------------------------------------------------------------------------------------------

JUNK: list[Any] = [
    None,
    True,
    float("nan"),
    float("inf"),
    -1,
    0,
    10**40,
    "",
    ".inf",
    "x" * 99,
    [],
    {},
    [[]],
    [None],
    "3 d",
]
DOCUMENTS = [read(path.read_bytes()).data for path in sorted(CASES.glob("*.yaml"))]


def nodes(value: Any) -> list[Any]:
    """Every mapping and list in a document."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, dict | list) else []
    return own + [node for item in inside for node in nodes(item)]


def fragments(value: Any) -> list[Any]:
    """Every value in a document."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value] + [fragment for item in inside for fragment in fragments(item)]


FRAGMENTS = [fragment for document in DOCUMENTS for fragment in fragments(document)]
KEYS = sorted({key for fragment in FRAGMENTS if isinstance(fragment, dict) for key in fragment})


def broken(chance: random.Random) -> Any:
    """A valid document with a few things put out of place."""
    document = json.loads(json.dumps(chance.choice(DOCUMENTS)))
    for _ in range(chance.randint(1, 4)):
        node = chance.choice(nodes(document))
        value = json.loads(json.dumps(chance.choice(chance.choice([JUNK, FRAGMENTS]))))
        if isinstance(node, dict):
            key = chance.choice([*node, chance.choice(KEYS)])
            node[key] = value
            if chance.random() < 0.3:
                del node[key]
        else:
            place = chance.randint(0, len(node))
            node[place : place + chance.randint(0, 1)] = [value] * chance.randint(0, 1)
    return document


def text_of(value: Any) -> str:
    """A document as YAML on one line, whatever it holds."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(str(key))}: {text_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(text_of, value)) + "]"
    return "null" if value is None else ".nan" if value != value else flow(value)  # noqa: PLR0124 (NaN differs from itself)


@settings(max_examples=250)
@given(st.randoms(use_true_random=False))
def test_no_document_crashes_the_loader(chance: random.Random) -> None:
    """Whatever is wrong with a file, the answer is a list of problems with places, each once, in plain words."""
    problems = problems_of(text_of(broken(chance)))
    assert len(set(problems)) == len(problems)
    assert all(problem.line for problem in problems if problem.file.endswith("made_up.yaml"))
    words = "\n".join(map(str, problems))
    assert not any(jargon in words for jargon in ("Input should", "validation error", "stand_in"))


def problems_of(text: str) -> tuple[Problem, ...]:
    """What is wrong with a text."""
    try:
        loads(text, path=CASES / "made_up.yaml")
    except InputError as error:
        return error.problems
    return ()
