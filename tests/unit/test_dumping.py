"""Dumping: a study goes back into its text with comments and layout, or into a new one; always all or nothing."""

from __future__ import annotations

import difflib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from funnelsim.causes import Label
from funnelsim.files.changes import apply
from funnelsim.files.dumping import dump, dumps
from funnelsim.files.loading import load, loads
from funnelsim.files.rewriting import rewrite
from funnelsim.files.studies import study_document
from funnelsim.model import Change, Intervention, Run, Scenario, Study

TEXT = """\
# A funnel with remarks in every place.
funnelsim: 1   # the version
name:     {en: Shop,   ru: Магазин}

sources:
  ads:      {arrivals: {rate: 40 / d, months: {dec: 1.6}}, cost: 350}   # bought
  outbound: {batch: 500}                                               # called

causes:                                  # our own
  forgot: {forgetting: {half_life: 6 d, decay: 0.5}}
stages:
  # the first
  - name: request
    takes: {exponential: {mean: 1 d}}       # A: assumed
    response: {wait: {exponential: {mean: 3 h}}}
    causes:
      spam: 8%                              # counted
      forgot: default

      no_trust: {chance: 30%}  # a poll
    next:
      - {to: payment, share: 20%}   # at once
      - {end: won,
         share: 5%}
  - {name: offer, takes: 3 d, loses: {share: 20%, split: {no_next_step: 3, changed_mind: 1}}}   # the second
  - name: payment   # the last
    revenue: {lognormal: {mean: 90000, sd: 60000}}
interventions:
  trust: {changes: [{scale: stages.*.causes.no_trust, by: 0.5}]}   # cheap
scenarios: [trust,
            {name: again, interventions: [trust]}]
run: {horizon: 365 d, seed: 1}   # a year
# the end
"""
REMARKS = [line.split("#", 1)[1] for line in TEXT.splitlines() if "#" in line]


def changed_lines(text: str) -> tuple[list[str], list[str]]:
    """The lines of TEXT that a text has no longer, and those that it has instead."""
    lines = list(difflib.ndiff(TEXT.splitlines(), text.splitlines()))
    return [line[2:] for line in lines if line.startswith("- ")], [line[2:] for line in lines if line.startswith("+ ")]


def with_funnel(*changes: Mapping[str, Any]) -> Study:
    """The study of TEXT with a changed base."""
    study = loads(TEXT)
    return replace(study, funnel=apply(study.funnel, *changes))


def test_what_did_not_change_is_written_as_it_was() -> None:
    """A study just loaded dumps to its own text, letter for letter."""
    assert dumps(loads(TEXT)) == TEXT


@pytest.mark.parametrize(
    ("change", "gone", "come"),
    [
        (
            {"set": "stages.request.takes", "to": {"exponential": {"mean": "36 h"}}},
            ["    takes: {exponential: {mean: 1 d}}       # A: assumed"],
            ["    takes: {exponential: {mean: 36 h}}       # A: assumed"],
        ),
        (
            {"set": "stages.request.causes.spam", "to": "5%"},
            ["      spam: 8%                              # counted"],
            ["      spam: 5%                              # counted"],
        ),
        (
            {"set": "stages.request.causes.no_trust", "to": "20%"},
            ["      no_trust: {chance: 30%}  # a poll"],
            ["      no_trust: {chance: 20%}  # a poll"],
        ),
        ({"remove": "stages.request.causes.spam"}, ["      spam: 8%                              # counted"], []),
        ({"add": "stages.request.causes.shyness", "value": "4%"}, [], ["      shyness: 4%"]),
        (
            {"add": "stages.offer.causes.shyness", "value": {"chance": "4%", "at": "exit"}},
            [TEXT.splitlines()[24]],
            [TEXT.splitlines()[24].replace("}}}", "}}, causes: {shyness: {chance: 4%, at: exit}}}")],
        ),
        (
            {"set": "sources.ads.arrivals.months.dec", "to": 2},
            [TEXT.splitlines()[5]],
            [TEXT.splitlines()[5].replace("1.6", "2")],
        ),
        (
            {"set": "stages.request.next.end.share", "to": "10%"},
            ["         share: 5%}"],
            ["         share: 10%}"],
        ),
        ({"remove": "stages.request.next.payment"}, ["      - {to: payment, share: 20%}   # at once"], []),
        (
            {"add": "stages.request.next", "value": {"to": "offer", "share": "1%"}},
            [],
            ["      - {to: offer, share: 1%}"],
        ),
        ({"add_stage": {"name": "demo", "takes": "1 h"}, "after": "request"}, [], ["  - {name: demo, takes: 1 h}"]),
        ({"price": "payment", "by": "-10%"}, [], ["    price: 0.9"]),
        (
            {"remind": "request", "every": "3 d", "cost": 2},
            ["      forgot: default"],
            ["      forgot: {reminders: {every: 3 d, cost: 2}}"],
        ),
        (
            {"scale": "sources.outbound.arrivals", "by": 2},
            [TEXT.splitlines()[6]],
            [TEXT.splitlines()[6].replace("{batch: 500}", "{arrivals: {batch: 500, times: 2}}")],
        ),
    ],
    ids=lambda value: next(iter(value.values())) if isinstance(value, dict) else None,
)
def test_a_change_touches_only_its_own_lines(change: dict[str, Any], gone: list[str], come: list[str]) -> None:
    """What changed is written in place; every other line, remark and blank stays."""
    text = dumps(with_funnel(change))
    assert changed_lines(text) == (gone, come)


CHANGES: list[list[dict[str, Any]]] = [
    [{"remove_stage": "offer"}],
    [{"remove_stage": "offer"}, {"price": "payment", "by": "5%"}],
    [{"scale": "stages.*.causes.*", "by": 0.5}],
    [{"reroute": "request", "next": [{"to": "payment", "share": "50%"}]}],
    [{"respond_within": {"stage": "request", "time": "2 min", "share": "90%"}}],
    [{"add_touchpoint": "offer", "touchpoint": {"name": "phone", "share": "30%", "causes": {"shyness": "4%"}}}],
    [{"set": "stages.request.response", "to": {"wait": "1 h"}}, {"remove": "stages.offer.takes"}],
    [{"set": "sources", "to": {"one": {"batch": 5}}}],
    [{"remove": "sources.ads"}, {"add": "sources.fair", "value": {"dates": [["2026-01-15", 300]]}}],
    [{"set": "name", "to": "Лавка: №1"}],
    [{"set": "currency", "to": "RUB"}, {"set": "note", "to": "two\nlines # no remark"}],
    [{"add_stage": {"name": "x"}, "after": "payment"}, {"remove_stage": "payment", "earnings_to": "x"}],
    [{"add_stage": {"name": "x"}, "after": "request"}, {"add_stage": {"name": "y"}, "after": "request"}],
    [{"set": "stages.offer.loses.split", "to": {"apathy": 1}}],
    [{"remove": "stages.request.causes.forgot"}, {"remove": "causes.forgot"}],
]


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: next(iter(changes[0])))
def test_a_changed_funnel_loads_back_equal(changes: list[dict[str, Any]]) -> None:
    """The dumped text says the changed funnel, and so does one written anew."""
    study = with_funnel(*changes)
    for text in (dumps(study), dumps(replace(study, text=""))):
        again = loads(text)
        assert json.loads(again.funnel.document) == json.loads(study.funnel.document)
        assert again.run == study.run


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: next(iter(changes[0])))
def test_remarks_stay(changes: list[dict[str, Any]]) -> None:
    """All remarks but those on lines that had to go are still there, in order."""
    text = dumps(with_funnel(*changes))
    kept = [remark for remark in REMARKS if remark in text]
    assert len(kept) >= len(REMARKS) - 5
    assert text.startswith("# A funnel with remarks in every place.\nfunnelsim: 1   # the version\n")
    assert text.endswith("# the end\n")


def test_questions_are_written_in_place() -> None:
    """Run settings, interventions and scenarios are edited like the funnel."""
    study = loads(TEXT)
    more = Intervention("more", Label("more", "more"), (Change('{"scale":"sources.ads.arrivals","by":2}'),), once=500)
    study = replace(
        study,
        run=replace(study.run, seed=2, horizon=30.0),
        interventions=(*study.interventions, more),
        scenarios=(
            replace(study.scenarios[0], label=Label("Trust", "Доверие")),
            Scenario("both", Label("Both", "Оба"), study.funnel, (more, study.interventions[0]), "a note"),
        ),
    )
    text = dumps(study)
    _, come = changed_lines(text)
    assert come == [
        "  more: {cost: {once: 500}, changes: [{scale: sources.ads.arrivals, by: 2}]}",
        (
            "scenarios: [{name: trust, label: {en: Trust, ru: Доверие}, interventions: [trust]}, "
            "{name: both, label: {en: Both, ru: Оба}, interventions: [more, trust], note: a note}]"
        ),
        "run: {horizon: 30 d, seed: 2}   # a year",
    ]
    assert study_document(loads(text)) == study_document(study)


def test_a_study_made_in_python_is_written() -> None:
    """A study needs no file to come from: the smallest is a funnel, and it is written as people would."""
    base = loads("funnelsim: 1\nstages: [{name: shop, causes: {no_trust: 30%}}, {name: purchase, revenue: 1000}]")
    study = Study(base.funnel, Run(replications=5))
    assert dumps(study) == (
        "funnelsim: 1\nsources:\n  all: {batch: 10000}\nstages:\n  - name: shop\n    causes:\n      no_trust: 30%\n"
        "  - name: purchase\n    revenue: 1000\nrun: {replications: 5}\n"
    )


def test_a_study_with_a_name_of_its_own_keeps_its_base_apart() -> None:
    """Where the study's name is not the funnel's, the funnel stands under `funnel`."""
    study = replace(loads("funnelsim: 1\nname: Base\nstages: [{name: shop}]"), name=Label("Study", "Study"), text="")
    again = loads(dumps(study))
    assert (again.name.en, again.funnel.name.en) == ("Study", "Base")
    assert study_document(again) == study_document(study)


def test_windows_line_ends_stay() -> None:
    """A text with Windows line ends keeps them, also in new lines."""
    text = TEXT.replace("\n", "\r\n")
    study = loads(text)
    fresh = dumps(replace(study, funnel=apply(study.funnel, {"add": "stages.request.causes.shyness", "value": "4%"})))
    assert "      shyness: 4%\r\n" in fresh
    assert fresh.count("\n") == fresh.count("\r\n") == text.count("\n") + 1


def test_what_aliases_share_is_written_anew_if_only_one_changes() -> None:
    """An alias is replaced by its own value; where that cannot be, the whole text is written anew, and still right."""
    text = "funnelsim: 1\nstages:\n  - {name: a, takes: &t 1 d}\n  - {name: b, takes: *t}   # same\n"
    study = loads(text)
    changed = replace(study, funnel=apply(study.funnel, {"set": "stages.b.takes", "to": "2 d"}))
    assert dumps(changed) == text.replace("*t", "2 d")
    changed = replace(study, funnel=apply(study.funnel, {"set": "stages.a.takes", "to": "2 d"}))
    assert json.loads(loads(dumps(changed)).funnel.document) == json.loads(changed.funnel.document)


def test_a_list_without_dents_is_edited() -> None:
    """Lists at the column of their key, and nested lists, are edited or replaced."""
    text = "funnelsim: 1\nstages:\n- name: a\n  next:\n  - {end: won, share: 10%}\n- name: b\n"
    study = loads(text)
    more = apply(
        study.funnel, {"add_stage": {"name": "c"}, "after": "b"}, {"reroute": "a", "next": [{"to": "c", "share": 0.5}]}
    )
    fresh = dumps(replace(study, funnel=more))
    assert fresh.startswith("funnelsim: 1\nstages:\n- name: a\n")
    assert "\n- {name: c}\n" in fresh
    assert json.loads(loads(fresh).funnel.document) == json.loads(more.document)


def test_rewriting_nothing_is_nothing() -> None:
    """Equal documents leave the text as it is, even one without a document."""
    assert rewrite("# empty\n", {}, {"a": 1}) == "# empty\n"
    assert rewrite("a: 1\n", {"a": 1}, {"a": 1}) == "a: 1\n"


# ---- files ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a scenario file, its base and another base."""
    (tmp_path / "bases").mkdir()
    (tmp_path / "bases" / "a.yaml").write_text("funnelsim: 1\nstages: [{name: a, revenue: 1}]\n", encoding="utf-8")
    (tmp_path / "bases" / "b.yaml").write_text("funnelsim: 1\nstages: [{name: b, revenue: 2}]\n", encoding="utf-8")
    (tmp_path / "s.yaml").write_text(
        "funnelsim: 1\nfunnel: bases/a.yaml   # base\nscenarios: [{name: other, funnel: bases/b.yaml}]\n",
        encoding="utf-8",
    )
    return tmp_path


def test_files_that_are_named_stay_named(folder: Path) -> None:
    """Funnels in files of their own are referred to again, from the same place."""
    study = load(folder / "s.yaml")
    dump(study, folder / "t.yaml")
    assert (folder / "t.yaml").read_text(encoding="utf-8") == study.text
    assert load(folder / "t.yaml").digest == study.digest


def test_run_settings_of_a_base_stay_with_it(folder: Path) -> None:
    """Settings that hold because the base's file has them are written only once they differ."""
    base = folder / "bases" / "a.yaml"
    base.write_text(base.read_text(encoding="utf-8") + "run: {seed: 3}\n", encoding="utf-8")
    study = load(folder / "s.yaml")
    assert study.run.seed == 3
    assert dumps(study) == study.text
    assert dumps(replace(study, run=Run(seed=4))) == study.text + "run: {seed: 4}\n"


def test_from_elsewhere_they_are_written_out(folder: Path) -> None:
    """In a folder where the references lead nowhere, the funnels stand in the file itself."""
    study = load(folder / "s.yaml")
    (folder / "far").mkdir()
    dump(study, folder / "far" / "t.yaml")
    text = (folder / "far" / "t.yaml").read_text(encoding="utf-8")
    assert "bases/" not in text
    assert "# base" in text
    assert load(folder / "far" / "t.yaml").digest == study.digest


def test_a_changed_base_is_written_out(folder: Path) -> None:
    """A dump never writes into the file that it names: a changed base stands in the scenario file."""
    study = load(folder / "s.yaml")
    changed = replace(study, funnel=apply(study.funnel, {"set": "stages.a.revenue", "to": 5}))
    dump(changed, folder / "s.yaml")
    again = load(folder / "s.yaml")
    assert json.loads(again.funnel.document) == json.loads(changed.funnel.document)
    assert "funnel: bases/b.yaml" in again.text
    assert "revenue: 1" in (folder / "bases" / "a.yaml").read_text(encoding="utf-8")


def test_a_base_that_is_gone_is_written_out(folder: Path) -> None:
    """Where a file that the text names is no longer there, everything is written out."""
    study = load(folder / "s.yaml")
    (folder / "bases" / "a.yaml").unlink()
    dump(study, folder / "s.yaml")
    again = load(folder / "s.yaml")
    assert study_document(again) == study_document(study)


def test_a_dump_is_all_or_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If writing fails half-way, the file is as it was and nothing lies beside it."""

    def fail(_: int) -> None:
        raise OSError(28, "no space left on device")

    study = load(folder / "s.yaml")
    before = sorted(folder.iterdir())
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        dump(replace(study, run=Run(seed=9)), folder / "s.yaml")
    assert (folder / "s.yaml").read_text(encoding="utf-8") == study.text
    assert sorted(folder.iterdir()) == before


def test_a_file_keeps_its_rights(folder: Path) -> None:
    """A file that is written over keeps who may read it; a link stays a link."""
    target = folder / "s.yaml"
    target.chmod(0o640)
    (folder / "link.yaml").symlink_to(target)
    dump(replace(load(target), run=Run(seed=9)), folder / "link.yaml")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert (folder / "link.yaml").is_symlink()
    assert load(target).run.seed == 9
