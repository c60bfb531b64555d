"""Mapping files to mappings: every mistake at its place, in one go.

Whether a log has the columns is found out when it is read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path as FilePath
from typing import Any

from funnelsim import units
from funnelsim.errors import InputError
from funnelsim.files.loading import in_order, top_level
from funnelsim.files.mapping_checks import check_mapping
from funnelsim.files.mapping_parts import (
    FILES,
    CountsFile,
    CustomersFile,
    DealsFile,
    DurationsFile,
    EventsFile,
    LogFile,
    MappingFile,
    MomentFile,
    NamedFile,
    read_values,
)
from funnelsim.files.reading import Document, Node, read, read_bytes
from funnelsim.files.validating import validate, without_renamed
from funnelsim.files.wording import join, show, suggest
from funnelsim.mapping import END, SHAPES, Groups, LogMapping, Moment, Named, Reasons, StageColumns


def load_mapping(source: str | os.PathLike[str]) -> LogMapping:
    """Return the mapping that a file says. Raises InputError with every mistake at its place."""
    shown = os.fspath(source)
    return _mapping(read(read_bytes(FilePath(shown), shown), shown))


def loads_mapping(text: str, *, path: str = "<mapping>") -> LogMapping:
    """Return the mapping that a text says; `path` names it in messages."""
    return _mapping(read(text, path))


def make_mapping(document: Mapping[str, Any], *, path: str = "<mapping>") -> LogMapping:
    """Return the mapping that a dict says."""
    return _mapping(read(json.dumps(document, ensure_ascii=False, default=str, indent=1), path))


def _mapping(document: Document) -> LogMapping:
    if document.data is None:
        raise InputError(document.problem(((), "the file is empty: a mapping begins with its `shape`")))
    data = top_level(document)
    shape = str(data.get("shape"))
    if shape not in FILES:
        if "shape" in data:
            message = f"expected {join(SHAPES)}, found {show(data['shape'])}{suggest(shape, SHAPES)}"
        else:
            message = f"is missing: expected how the log is laid out, {join(SHAPES)}"
        raise InputError(*document.problems, document.problem((("shape",), message)))
    seen = validate(FILES[shape], data)
    mistakes = list(seen.mistakes)
    if seen.model is not None:
        found = [mistake for mistake in check_mapping(seen.model) if seen.clean(*mistake[0])]
        mistakes += without_renamed(found, [*mistakes, *found])
    problems = [*document.problems, *(document.problem(mistake) for mistake in mistakes)]
    if problems or seen.model is None:
        raise InputError(*in_order(problems))
    return _value(seen.model, document)


def _value(file: MappingFile, document: Document) -> LogMapping:
    """Return the mapping of a file without mistakes."""
    return LogMapping(
        shape=file.shape,
        start=_text(file.start),
        separator=file.separator or "",
        encoding=(file.encoding or "").lower(),
        sheet=file.sheet or "",
        query=file.query or "",
        censored_at=_moment(file.censored_at) or Moment(END),
        order=tuple(file.stages) if isinstance(file, LogFile) else (),
        file=document.file,
        places=dict(_places(document.marks.root)),
        **(_customers(file) if isinstance(file, CustomersFile) else {}),
        **(_counts(file) if isinstance(file, CountsFile) else {}),
    )


def _counts(file: CountsFile) -> dict[str, Any]:
    return {
        "row": file.row or "",
        "count": file.count or "",
        "reason": file.reason or "",
        "events": tuple(file.stages.items()),
        "won": file.won,
        "losses": tuple((stage, tuple(causes.items())) for stage, causes in file.lost.items()),
        "rest": tuple(file.rest.items()),
        "period": file.period or 0.0,
        "revenue": file.revenue,
        "ignore": file.ignore,
        "decimal": file.decimal or "",
    }


def _customers(file: CustomersFile) -> dict[str, Any]:
    lost, reasons = _lost(file.lost)
    currency = file.currency
    values: dict[str, Any] = {
        "lost": lost,
        "reasons": reasons,
        "currency": (currency.keep if currency is not None else None) or "",
        "currency_column": (currency.column if currency is not None else None) or "",
        "segment": _named(file.segment),
        "source": _named(file.source),
        "unit": units.parse_duration(f"1 {file.unit}") if file.unit else 0.0,
        "observed_from": _moment(file.observed_from),
        "won": file.won,
        "date_format": file.date_format,
    }
    for key in ("customer", "value", "zone", "decimal"):
        values[key] = getattr(file, key) or ""
    if isinstance(file, DealsFile):
        stages = [
            StageColumns(str(stage.stage), str(stage.entered), stage.started or "", stage.served or "")
            for stage in file.stages
        ]
        values |= {"stages": tuple(stages), "closed": file.closed, "status": file.status, "open": file.open}
    if isinstance(file, EventsFile):
        values |= {"event": file.event, "time": file.time, "censored": file.censored, "ignore": file.ignore}
        values |= {"events": tuple(file.stages.items()), "answered": tuple(file.answered.items())}
        values["together"] = file.together or 0.0
    if isinstance(file, DurationsFile):
        values |= {"stage": file.stage, "duration": file.duration, "status": file.status, "open": file.open}
    return values


def _lost(written: Mapping[str, Any]) -> tuple[Groups, Reasons | None]:
    if "column" not in written:
        return tuple((name, read_values(values)) for name, values in written.items()), None
    causes = tuple((name, read_values(values)) for name, values in written.get("causes", {}).items())
    missing = read_values(written.get("missing", []))
    return (), Reasons(str(written["column"]), read_values(written["when"]), causes, missing)


def _named(written: NamedFile | None) -> Named | None:
    return None if written is None else Named(str(written.column), tuple(written.values.items()))


def _moment(written: MomentFile | None) -> Moment | None:
    return None if written is None else Moment(written.time or "", written.column or "")


def _text(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _places(node: Node | None, path: str = "") -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the line and column of everything in a document: a value itself, or the key of a list or mapping."""
    if node is None:
        return
    for part, child in node.children.items():
        below = f"{path}.{part}" if path else str(part)
        word = not isinstance(child.value, dict | list)
        yield below, child.place if word else node.keys.get(str(part), child.place)
        yield from _places(child, below)
