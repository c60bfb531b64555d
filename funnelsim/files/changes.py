"""Changes applied to a funnel: the same funnel edited, checked and resolved anew.

A *change* is one edit (see `editing.py`), an *intervention* a named list of them. Changes are made in the order of the
file, interventions in the order given; the funnel they start from stays as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from funnelsim.causes import Label
from funnelsim.errors import InputError, Problem
from funnelsim.files.checking import check_funnel
from funnelsim.files.editing import edit
from funnelsim.files.known_parts import read_funnel
from funnelsim.files.paths import ChangeError
from funnelsim.files.resolving import resolve
from funnelsim.files.wording import dotted
from funnelsim.files.workload import check_ages
from funnelsim.model import Change, Funnel, Intervention, Stage

_WHERE = re.compile(r"(?P<file>.*?)(?::(?P<line>\d+))?(?::(?P<column>\d+))?")


@dataclass(frozen=True, slots=True)
class _Step:
    """One change to make: as a mapping, with its key in the file and where it stands."""

    change: Mapping[str, Any]
    key: str
    where: str

    def problem(self, message: str, key: str = "") -> Problem:
        place = _WHERE.fullmatch(self.where)
        line, column = (place["line"], place["column"]) if place else (None, None)
        return Problem(
            message,
            key=".".join(filter(None, (self.key, key))),
            file=place["file"] if place else self.where,
            line=int(line or 0),
            column=int(column or 0),
        )


def apply(funnel: Funnel, *interventions: Intervention | Change | Mapping[str, Any]) -> Funnel:
    """Return the funnel after some interventions; what they assumed is added to its assumptions.

    A mapping is a change as a file writes it, or an intervention if it has `changes`. Raises InputError with a problem
    for every change that cannot be made, and for what the changed funnel cannot be.
    """
    steps = [step for i, given in enumerate(interventions) for step in _steps(given, i)]
    documents: list[dict[str, Any]] = [json.loads(funnel.document)]
    assumed = dict.fromkeys(funnel.assumptions)
    problems: list[Problem] = []
    for step in steps:
        try:
            document, said = edit(documents[-1], step.change)
        except ChangeError as error:
            problems.append(step.problem(error.message, error.key))
        else:
            documents.append(document)
            assumed |= dict.fromkeys(said)
    if problems:
        raise InputError(*problems)
    return _resolved(documents, steps, tuple(assumed)) if steps else funnel


def changed_stages(before: Funnel, after: Funnel) -> tuple[str, ...]:
    """Return the names of the stages that differ in any variant or exist on one side only, those of `after` first."""
    ours, theirs = _stages(after), _stages(before)
    names = dict.fromkeys(name for _, name in (*ours, *theirs))
    variants = {segments for segments, _ in ours} & {segments for segments, _ in theirs}
    return tuple(
        name
        for name in names
        if any(ours.get((segments, name)) != theirs.get((segments, name)) for segments in variants)
    )


def _stages(funnel: Funnel) -> dict[tuple[tuple[str, ...], str], Stage]:
    return {(variant.segments, stage.name): stage for variant in funnel.variants for stage in variant.stages}


def _steps(given: Intervention | Change | Mapping[str, Any], position: int) -> Iterator[_Step]:
    if isinstance(given, Intervention):
        for i, change in enumerate(given.changes):
            yield _Step(json.loads(change.document), f"interventions.{given.name}.changes[{i}]", change.where)
    elif isinstance(given, Change):
        yield _Step(json.loads(given.document), f"changes[{position}]", given.where)
    elif isinstance(given, Mapping) and isinstance(given.get("changes"), list | tuple):
        for i, change in enumerate(given["changes"]):
            yield _Step(change, f"interventions[{position}].changes[{i}]", "")
    else:
        yield _Step(given, f"changes[{position}]", "")


def _resolved(documents: list[dict[str, Any]], steps: list[_Step], assumed: tuple[Label, ...]) -> Funnel:
    """Resolve the last document; if that fails, blame the change after which it has failed ever since."""
    try:
        return _resolve(documents[-1], assumed)
    except InputError as error:
        last = len(steps)
        while last > 1 and not _resolves(documents[last - 1]):
            last -= 1
        step = steps[last - 1]
        raise InputError(*(step.problem(": ".join(filter(None, (p.key, p.message)))) for p in error.problems)) from None


def _resolve(document: dict[str, Any], assumed: tuple[Label, ...]) -> Funnel:
    file = read_funnel(document)
    mistakes = check_funnel(file, unreached=False)  # a change may well lead everyone past a stage
    if mistakes:
        raise InputError(*(Problem(text, dotted(path, document)) for path, text in mistakes))
    funnel = resolve(file, document, assumptions=assumed)
    ages = list(check_ages(funnel))
    if ages:
        raise InputError(*(Problem(text, dotted(path, document)) for path, text in ages))
    return funnel


def _resolves(document: dict[str, Any]) -> bool:
    try:
        _resolve(document, ())
    except InputError:
        return False
    return True
