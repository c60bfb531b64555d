"""Studies to files: the text that was loaded, changed only where its meaning is; or a new text."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from funnelsim.errors import InputError
from funnelsim.files.loading import loads
from funnelsim.files.reading import read
from funnelsim.files.rewriting import rewrite
from funnelsim.files.studies import study_document
from funnelsim.files.writing import compose
from funnelsim.model import Study


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
    wanted = study_document(study)
    shown = "<text>" if target is None else os.fspath(target)
    references = references_of(study, target)
    if study.text:
        try:
            loaded = loads(study.text, path=study.path or shown)
        except InputError:
            loaded = None  # a file that it names is gone
        if loaded is not None:
            before = written_document(study_document(loaded), references_of(loaded, None), study.text)
            text = rewrite(study.text, before, written_document(wanted, references, study.text))
            if says(text, shown, wanted):
                return text
    return compose(written_document(wanted, references, study.text))


def says(text: str, shown: str, wanted: Mapping[str, Any]) -> bool:
    """Return whether a text loads to a study document."""
    try:
        return study_document(loads(text, path=shown)) == wanted
    except InputError:
        return False


def written_document(document: Mapping[str, Any], references: Mapping[str, str], text: str) -> dict[str, Any]:
    """Return a study document as a file holds it: funnels by reference, or the base at the top with its questions."""
    written = dict(document)
    if "" in references:
        written["funnel"] = references[""]
    elif (
        "name" not in written
        and not (written["funnel"].get("note") and "note" in written)
        and not inline(text)
    ):
        written = {**written["funnel"], **{key: value for key, value in written.items() if key != "funnel"}}
    if "scenarios" in written:
        written["scenarios"] = [
            scenario | {"funnel": references[scenario["name"]]}
            if "funnel" in scenario and scenario["name"] in references
            else scenario
            for scenario in written["scenarios"]
        ]
    return written


def inline(text: str) -> bool:
    """Return whether a text writes its base under `funnel`."""
    return bool(text) and "funnel" in raw(text)


def raw(text: str) -> dict[str, Any]:
    """Return the plain data of a study's text."""
    data = read(text).data
    return data if isinstance(data, dict) else {}


def references_of(study: Study, target: FilePath | None) -> dict[str, str]:
    """Return the files that a study's text names, for the base (``) and by scenario.

    Left out are those whose funnel has changed, and those that cannot be reached from `target`.
    """
    if not study.text or not study.path:
        return {}
    data = raw(study.text)
    scenarios = [item for item in data.get("scenarios", []) if isinstance(item, Mapping)]
    named = {"": data.get("funnel"), **{str(item.get("name")): item.get("funnel") for item in scenarios}}
    funnels = {
        "": study.funnel,
        **{scenario.name: scenario.start or study.funnel for scenario in study.scenarios},
    }
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
    """Write a file in one step: into a neighbour first, which then takes its place."""
    real = target.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{real.name}.", suffix=".tmp", dir=real.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if real.exists():
            shutil.copymode(real, name)
        else:
            FilePath(name).chmod(0o666 & ~_umask())
        FilePath(name).replace(real)
    except BaseException:
        FilePath(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
