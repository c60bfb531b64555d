"""Between the questions of a file and those of a study: interventions, scenarios, run settings, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from funnelsim.causes import Label
from funnelsim.files.parts import LabelFile, canonical
from funnelsim.files.schema import InterventionFile, QuestionsFile, RunFile, ScenarioFile
from funnelsim.files.verbs import VERBS
from funnelsim.files.wording import canonical_text
from funnelsim.model import Change, Intervention, Run, Scenario, Study


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


def intervention(name: str, written: InterventionFile, places: Sequence[str] = ()) -> Intervention:
    """Return an intervention; `places` says where each change stands."""
    changes = tuple(
        Change(canonical_text(change), where) for change, where in zip_longest(written.changes, places, fillvalue="")
    )
    cost = written.cost
    once, per_month = (cost.once, cost.per_month) if cost is not None else (0.0, 0.0)
    return Intervention(name, label(written.label, name), changes, once, per_month, written.note or "")


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
    interventions = {given.name: given for scenario in study.scenarios for given in scenario.interventions}
    interventions |= {given.name: given for given in study.interventions}
    document: dict[str, Any] = {"funnelsim": 1, "funnel": json.loads(study.funnel.document)}
    if study.name != study.funnel.name:
        document["name"] = label_document(study.name)
    document["interventions"] = {name: intervention_document(given) for name, given in interventions.items()}
    document["scenarios"] = [scenario_document(scenario) for scenario in study.scenarios]
    document["run"] = run_document(study.run)
    document["note"] = "" if study.note == study.funnel.note else study.note
    return {key: value for key, value in document.items() if value}


def questions_document(questions: QuestionsFile) -> dict[str, Any]:
    """Return the canonical document of a file's questions, as `study_document` would write them."""
    interventions = {name: intervention(name, written) for name, written in questions.interventions.items()}
    scenarios = []
    for item in questions.scenarios:
        document = canonical(item)
        if item.label is not None and label(item.label, "") == usual_label(
            item.name, item.interventions, interventions
        ):
            del document["label"]
        scenarios.append(document)
    document = {
        "interventions": {name: intervention_document(given) for name, given in interventions.items()},
        "scenarios": scenarios,
        "run": run_document(run(questions.run)),
    }
    return {key: value for key, value in document.items() if value or key in canonical(questions)}


def intervention_document(given: Intervention) -> dict[str, Any]:
    """Return the canonical document of an intervention."""
    cost = {key: value for key, value in (("once", given.once), ("per_month", given.per_month)) if value}
    changes = [verb_first(json.loads(change.document)) for change in given.changes]
    shown = label_document(given.label) if given.label != Label(given.name, given.name) else None
    document = {"label": shown, "cost": cost, "changes": changes, "note": given.note}
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
    funnels = [scenario.funnel.digest for scenario in study.scenarios]
    text = canonical_text([document, funnels])
    return replace(study, digest=hashlib.sha256(text.encode()).hexdigest())
