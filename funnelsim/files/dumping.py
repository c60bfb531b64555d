"""Studies to files: the text that was loaded, changed only where its meaning is; or a new text."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from funnelsim.errors import InputError
from funnelsim.files.loading import TEXT, loads, said_by
from funnelsim.files.reading import read
from funnelsim.files.rewriting import rewrite
from funnelsim.files.studies import label_document, study_document
from funnelsim.files.uncertain import restored, settle
from funnelsim.files.writing import compose
from funnelsim.model import Run, Study, Uncertain


def dump(study: Study, path: str | os.PathLike[str]) -> None:
    """Write a study to a file, all at once or not at all.

    A study that was loaded keeps its comments and layout. Funnels that stand in files of their own are referred to
    again where that is possible from the new place and they are unchanged, else written out.
    """
    target = FilePath(path)
    write(target, text_of(study, target))


def dumps(study: Study) -> str:
    """Return the text of a study, as `dump` would write it where it was loaded from."""
    return text_of(study, FilePath(study.path) if study.path else None)


def text_of(study: Study, target: FilePath | None) -> str:
    """Return the text of a study for a file at `target`."""
    before = said(study.text, study.path) if study.text else None
    wanted = wanted_document(study, before or {}, references_of(study, before or {}, target))
    if before is not None:
        text = rewrite(study.text, before, wanted)
        if said(text, study.path) == wanted:
            return text
    return compose(restored(wanted, numbers_of(study, wanted)))


def numbers_of(study: Study, wanted: Mapping[str, Any]) -> list[Uncertain]:
    """Return a study's uncertain numbers with their places in a document that may have the base at its top."""
    if "funnel" in wanted:
        return list(study.uncertain)
    return [
        replace(number, place=number.place[1:]) if number.place[:1] == ("funnel",) else number
        for number in study.uncertain
    ]


def said(text: str, path: str = "") -> dict[str, Any] | None:
    """Return the canonical document that a text says, files that it names by their paths; None if it has mistakes."""
    try:
        document = read(text, path or TEXT)
    except InputError:
        return None
    settled, found = settle(document)
    return None if document.problems or found.mistakes else said_by(settled.data)


def wanted_document(study: Study, before: Mapping[str, Any], references: Mapping[str, str]) -> dict[str, Any]:
    """Return the canonical document that a file is to say in the form of its text: the base at the top or apart."""
    whole = study_document(study)
    questions = {key: value for key, value in whole.items() if key not in {"funnel", "name", "note"}}
    if "" in references and "run" not in before and base_run(study, references[""]) == study.run:
        questions.pop("run", None)
    questions["scenarios"] = [
        scenario | {"funnel": references[scenario["name"]]} if scenario["name"] in references else scenario
        for scenario in whole.get("scenarios", [])
    ]
    said_apart = {"name": label_document(study.name), "note": study.note}
    own = {key: value for key, value in said_apart.items() if key in whole and before.get(key) != value}
    if "funnel" not in before and not own:
        written = {**whole["funnel"], **questions}
    else:
        kept = {key: value for key, value in said_apart.items() if "funnel" in before and before.get(key) == value}
        written = {"funnelsim": 1, "funnel": references.get("", whole["funnel"]), **own, **kept, **questions}
    return {key: value for key, value in written.items() if value != []}


def base_run(study: Study, reference: str) -> Run:
    """Return the run settings of a base in a file of its own, which hold where a scenario file has none."""
    source = FilePath(study.path).resolve().parent / reference
    return loads(source.read_bytes(), path=source).run


def references_of(study: Study, before: Mapping[str, Any], target: FilePath | None) -> dict[str, str]:
    """Return the files that a study's text names, for the base (``) and by scenario.

    Left out are those whose funnel has changed, and those that cannot be reached from `target`.
    """
    if not study.path:
        return {}
    named = {"": before.get("funnel"), **{item["name"]: item.get("funnel") for item in before.get("scenarios", [])}}
    funnels = {"": study.funnel, **{item.name: item.start or study.funnel for item in study.scenarios}}
    folder = FilePath(study.path).resolve().parent
    found = {}
    for name, reference in named.items():
        if not isinstance(reference, str) or name not in funnels:
            continue
        source = (folder / reference).resolve()
        here = target is None or (target.resolve().parent / reference).resolve() == source
        if here and unchanged(source, funnels[name].document):
            found[name] = reference
    return found


def unchanged(source: FilePath, document: str) -> bool:
    """Return whether a file still holds a funnel."""
    try:
        return bool(loads(source.read_bytes(), path=source).funnel.document == document)
    except (OSError, InputError):
        return False


def write(target: FilePath, text: str) -> None:
    """Write a file in one step: into a folder beside it first, then in its place."""
    real = target.resolve()
    with tempfile.TemporaryDirectory(prefix=f".{real.name}.", dir=real.parent) as folder:
        fresh = FilePath(folder) / real.name
        with fresh.open("w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if real.exists():
            shutil.copymode(real, fresh)
        fresh.replace(real)
