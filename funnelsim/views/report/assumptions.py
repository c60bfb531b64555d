"""What a report takes for granted, in words, what the file notes, and where the numbers come from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from funnelsim.files.dumping import dumps, references_of, said
from funnelsim.model import Study
from funnelsim.views.lifts import explain, scenario_notes
from funnelsim.views.naming import clean, clean_quoted
from funnelsim.views.report.blocks import Block, Bullets, Facts, Heading, Section, Source
from funnelsim.views.report.frame import Frame
from funnelsim.views.tables import describe_window
from funnelsim.worlds import scenarios_of

#: What every funnel takes for granted, in this order; those of teams only where there are teams.
GENERAL = ("net", "saved", "luck", "choices")


def show_assumptions(frame: Frame) -> Section:
    """Return what is taken for granted: by every funnel, by the changes, and by whoever wrote the file."""
    return Section("assumptions", frame.say("report.assumptions"), tuple(_assumptions(frame)))


def _assumptions(frame: Frame) -> Iterator[Block]:
    general = [*GENERAL, *(["teams"] if frame.study.funnel.teams else [])]
    yield Bullets(tuple(frame.say(f"report.assumes.{key}") for key in general))
    yield Heading(frame.say("report.assumes.changes"))
    facts = [
        (
            clean(outcome.label.text(frame.language)),
            tuple(clean_quoted(one.text(frame.language), frame.language) for one in outcome.assumptions),
        )
        for outcome in frame.comparison.scenarios
        if outcome.assumptions
    ]
    yield Facts(tuple(facts)) if facts else Bullets((frame.say("report.assumes.no_changes"),))
    yield Heading(frame.say("report.notes"))
    notes = list_notes(frame)
    yield Facts(tuple(notes)) if notes else Bullets((frame.say("report.notes.none"),))
    yield Heading(frame.say("notes.title"))
    yield Bullets(tuple(explain(frame.document, frame.study, frame.language)))


def list_notes(frame: Frame) -> list[tuple[str, tuple[str, ...]]]:
    """Return the notes of the file: of what, and what they say."""
    study = frame.study
    found: dict[str, list[str]] = {}
    if study.note:
        found[frame.title] = [clean(study.note)]
    for path, note in _walk(json.loads(study.funnel.document)):
        found.setdefault(path or frame.say("base"), []).append(clean(note))
    for scenario in scenarios_of(study):
        if notes := scenario_notes(scenario.name, study):
            found.setdefault(clean(scenario.label.text(frame.language)), []).extend(notes)
    return [(where, tuple(dict.fromkeys(notes))) for where, notes in found.items()]


def _walk(value: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 (a document may hold anything)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "note" and isinstance(inner, str):
                yield path, inner
            else:
                yield from _walk(inner, f"{path}.{key}".strip("."))
    elif isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            name = inner.get("name", number) if isinstance(inner, Mapping) else number
            yield from _walk(inner, f"{path}.{name}")


def show_provenance(frame: Frame) -> Section:
    """Return what was run, of which file, with which versions, and the file itself."""
    return Section("provenance", frame.say("report.provenance"), tuple(_provenance(frame)))


def _provenance(frame: Frame) -> Iterator[Block]:
    comparison, study = frame.comparison, frame.study
    versions = comparison.provenance["versions"]
    facts: list[tuple[str, str]] = [
        (frame.say("report.file"), clean(Path(study.path).name) or frame.say("report.file.none")),
        (frame.say("report.digest"), str(comparison.provenance["digest"])),
        (frame.say("report.digest.base"), study.funnel.digest),
        (frame.say("sheet.window"), describe_window(comparison.provenance["window"], frame.language)),
        (frame.say("sheet.replications"), str(comparison.replications)),
        (frame.say("sheet.seed"), str(comparison.run.seed)),
        (frame.say("sheet.engine"), comparison.engine),
    ]
    if comparison.uncertainty is not None:
        facts.append((frame.say("report.draws"), str(comparison.uncertainty.draws)))
    facts += [(frame.say("report.version", package=package), str(version)) for package, version in versions.items()]
    facts.append((frame.say("report.repeat"), f"`{repeat(frame)}`"))
    yield Facts(tuple((what, (fact,)) for what, fact in facts))
    yield from _sources(study, frame)


def repeat(frame: Frame) -> str:
    """Return the command that makes the same numbers from the same file."""
    run = frame.comparison.run
    words = ["funnelsim", "report", Path(frame.study.path).name or "FILE"]
    words += ["--replications", str(run.replications), "--seed", str(run.seed)]
    if run.horizon is not None:
        words += ["--horizon", f'"{run.horizon:g} d"']
    elif run.cohort is not None:
        words += ["--cohort", str(run.cohort) if isinstance(run.cohort, int) else f'"{run.cohort:g} d"']
    words += ["--engine", frame.comparison.engine, "-o", "report.html"]
    return clean(" ".join(words))


def _sources(study: Study, frame: Frame) -> Iterator[Block]:
    """Give the file as it was read; where it refers to others, also all that it comes to, in one."""
    if study.text:
        yield Source(frame.say("report.source"), study.text)
    if not study.text or references_of(study, said(study.text, study.path) or {}, Path(study.path)):
        yield Source(frame.say("report.source.whole"), dumps(replace(study, text="", path="")))
