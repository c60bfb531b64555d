"""Between the questions of a file and those of a study: interventions, scenarios, run settings, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from funnelsim.causes import Label
from funnelsim.files.interventions import InterventionFile, LevelFile
from funnelsim.files.parts import LabelFile, canonical
from funnelsim.files.schema import QuestionsFile, RunFile, ScenarioFile
from funnelsim.files.verbs import VERBS
from funnelsim.files.wording import canonical_text
from funnelsim.model import Change, Intervention, Level, Run, Scenario, Study


def label(given: LabelFile | None, otherwise: str | Label) -> Label:
    """Return a label, or what stands for it."""
    if given is not None:
        return Label(given.en, given.ru)
    return otherwise if isinstance(otherwise, Label) else Label(otherwise, otherwise)


def scenario_label(scenario: ScenarioFile, interventions: Mapping[str, Intervention]) -> Label:
    """Return what people read for a scenario."""
    return label(scenario.label, usual_label(scenario.name, scenario.interventions, interventions))


def usual_label(name: str, names: Sequence[str], interventions: Mapping[str, Intervention]) -> Label:
    """Return the label of a scenario that gives none: that of the one intervention that it is called after."""
    return interventions[name].label if list(names) == [name] and name in interventions else Label(name, name)


def interventions(
    name: str, written: InterventionFile, place: Callable[..., str] = lambda *_: ""
) -> dict[str, Intervention]:
    """Return an intervention by its name, or one for each of its levels; `place` says where each change stands.

    A level is called `name.level`. It makes the changes that all levels have in common, then its own, and costs both.
    """
    common = _intervention(name, written, place)
    if not written.levels:
        return {name: common}
    found = {}
    for key, level in written.levels.items():
        own = _intervention(key, level, place, "levels", key)
        found[f"{name}.{key}"] = Intervention(
            f"{name}.{key}",
            Label(f"{common.label.en}: {own.label.en}", f"{common.label.ru}: {own.label.ru}"),
            common.changes + own.changes,
            common.once + own.once,
            common.per_month + own.per_month,
            " ".join(filter(None, (common.note, own.note))),
            tuple(dict.fromkeys(common.excludes + own.excludes)),
            tuple(dict.fromkeys(common.requires + own.requires)),
            Level(common, own),
        )
    return found


def _intervention(
    name: str, written: InterventionFile | LevelFile, place: Callable[..., str], *below: str
) -> Intervention:
    changes = tuple(
        Change(canonical_text(change), place(*below, "changes", number))
        for number, change in enumerate(written.changes)
    )
    cost = written.cost
    return Intervention(
        name,
        label(written.label, name),
        changes,
        cost.once if cost is not None else 0.0,
        cost.per_month if cost is not None else 0.0,
        written.note or "",
        tuple(written.excludes),
        tuple(written.requires),
    )


def run(written: RunFile | None) -> Run:
    """Return run settings."""
    if written is None:
        return Run()
    return Run(
        replications=written.replications,
        seed=written.seed,
        start=written.start or Run().start,
        horizon=written.horizon,
        warm_up=written.warm_up,
        cohort=written.cohort,
    )


def study_document(study: Study) -> dict[str, Any]:
    """Return the canonical document of a study, its funnels written out; the base under `funnel`."""
    given = {one.name: one for scenario in study.scenarios for one in scenario.interventions}
    given |= {one.name: one for one in study.interventions}
    document: dict[str, Any] = {"funnelsim": 1, "funnel": json.loads(study.funnel.document)}
    if study.name != study.funnel.name:
        document["name"] = label_document(study.name)
    document["interventions"] = intervention_documents(given.values())
    document["scenarios"] = [scenario_document(scenario) for scenario in study.scenarios]
    document["run"] = run_document(study.run)
    document["note"] = "" if study.note == study.funnel.note else study.note
    return {key: value for key, value in document.items() if value}


def questions_document(questions: QuestionsFile) -> dict[str, Any]:
    """Return the canonical document of a file's questions, as `study_document` would write them."""
    given: dict[str, Intervention] = {}
    for name, written in questions.interventions.items():
        given |= interventions(name, written)
    scenarios = []
    for item in questions.scenarios:
        document = canonical(item)
        if item.label is not None and label(item.label, "") == usual_label(item.name, item.interventions, given):
            del document["label"]
        scenarios.append(document)
    document = {
        "interventions": intervention_documents(given.values()),
        "scenarios": scenarios,
        "run": run_document(run(questions.run)),
    }
    return {key: value for key, value in document.items() if value or key in canonical(questions)}


def intervention_documents(given: Iterable[Intervention]) -> dict[str, Any]:
    """Return the canonical documents of interventions by name; levels stand in the one that they are levels of."""
    documents: dict[str, Any] = {}
    for one in given:
        if one.level is None:
            documents[one.name] = intervention_document(one)
            continue
        of, own = one.level.of, one.level.own
        if of.name not in documents:
            common = intervention_document(of)
            documents[of.name] = {key: value for key, value in common.items() if value} | {"levels": {}}
        documents[of.name]["levels"][own.name] = intervention_document(own)
    return {
        name: {key: document[key] for key in sorted(document, key=lambda key: key == "note")}
        for name, document in documents.items()
    }


def intervention_document(given: Intervention) -> dict[str, Any]:
    """Return the canonical document of an intervention without levels, or of one level."""
    cost = {key: value for key, value in (("once", given.once), ("per_month", given.per_month)) if value}
    changes = [verb_first(json.loads(change.document)) for change in given.changes]
    shown = label_document(given.label) if given.label != Label(given.name, given.name) else None
    document = {
        "label": shown,
        "cost": cost,
        "excludes": list(given.excludes),
        "requires": list(given.requires),
        "changes": changes,
        "note": given.note,
    }
    return {key: value for key, value in document.items() if value or key == "changes"}


def verb_first(change: dict[str, Any]) -> dict[str, Any]:
    """Return a change in the order in which people write it: the verb, what stands beside it, the note."""
    return dict(sorted(change.items(), key=lambda item: (item[0] not in VERBS, item[0] == "note")))


def scenario_document(scenario: Scenario) -> dict[str, Any]:
    """Return the canonical document of a scenario."""
    names = [given.name for given in scenario.interventions]
    usual = usual_label(scenario.name, names, {given.name: given for given in scenario.interventions})
    document = {
        "name": scenario.name,
        "label": label_document(scenario.label) if scenario.label != usual else None,
        "interventions": names,
        "funnel": json.loads(scenario.start.document) if scenario.start is not None else None,
        "note": scenario.note,
    }
    return {key: value for key, value in document.items() if value}


def run_document(settings: Run) -> dict[str, Any]:
    """Return the canonical document of run settings: what is not default."""
    written = RunFile.model_construct(**{name: getattr(settings, name) for name in Run.__slots__})
    document = canonical(written)
    if settings.start == Run().start:
        document.pop("start", None)
    return document


def label_document(text: Label) -> dict[str, str]:
    """Return the canonical document of a label."""
    return {"en": text.en, "ru": text.ru}


def with_digest(study: Study) -> Study:
    """Return a study with the digest of all that it says, whatever the order of its mappings."""
    document = study_document(study) | {"funnel": study.funnel.digest}
    if study.uncertain:
        document["uncertain"] = sorted(
            [number.address, canonical_text(json.loads(number.document))] for number in study.uncertain
        )
    funnels = [scenario.funnel.digest for scenario in study.scenarios]
    text = canonical_text([document, funnels])
    return replace(study, digest=hashlib.sha256(text.encode()).hexdigest())
