"""Uncertain numbers of a file: found in what was read, checked, and replaced by a value each.

    {mean: 12%, low: 9%, high: 16%}       {beta: [12, 88]}        {normal: {mean: 3 d, sd: 12 h}}
    {lognormal: {…}}  {gamma: {…}}        {uniform: {low, high}}  {triangular: {low, mode, high}}
    {samples: fit.csv, column: no_trust}

A number is one word of the file, so a draw of it is put in its place before anything else is checked: whatever the
format says of numbers holds for every draw. `{lognormal: …}` and the like are laws of the customers where the format
has laws (see `amounts.QUANTITIES`), and uncertain numbers elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from funnelsim.files.amounts import QUANTITIES, SHARES
from funnelsim.files.believing import BELIEFS, LAWS, Believed, believe
from funnelsim.files.reading import Document
from funnelsim.files.samples import Sampled, read_sample
from funnelsim.files.scalars import FAMILIES
from funnelsim.files.validating import clone
from funnelsim.files.wording import Mistake, Mistakes, Path, canonical_text, dotted, suggest
from funnelsim.model import Uncertain

INTERVAL = ("mean", "low", "high")
BESIDE = ("name", "note")
SAMPLES = ("samples", "column", "unit")
#: Mappings whose keys are names or parameters, so that what stands in them is no uncertain number.
NAMED = (
    *(
        "sources",
        "teams",
        "budgets",
        "segments",
        "causes",
        "pipeline",
        "interventions",
        "levels",
        "unless",
        "spends",
        "split",
    ),
    *(family for family in FAMILIES if family != "fixed"),
)
#: Numbers of people, deals or customers.
COUNTS = ("size", "count", "batch")
#: What is not part of a funnel.
OUTSIDE = ("run",)

#: Gives an uncertain number its value; None for the mean.
Draw = Callable[[Uncertain], float]


@dataclass(slots=True)
class Found:
    """The uncertain numbers of one document: what they are, the mistakes in them, where those stand, warnings.

    any: whether there is anything written as one, were it without any width.
    """

    any: bool = False
    numbers: list[Uncertain] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    refused: list[Path] = field(default_factory=list)
    warnings: list[Mistake] = field(default_factory=list)


def settle(document: Document, draw: Draw | None = None) -> tuple[Document, Found]:
    """Return a document with a plain value for every uncertain number: its draw, or its mean; and the numbers."""
    found = Found()
    data = _settled(document, document.data, (), found, draw)
    return (replace(document, data=data) if found.any else document), found


def _settled(document: Document, value: Any, path: Path, found: Found, draw: Draw | None) -> Any:
    if path and path[0] in OUTSIDE:
        return value
    if isinstance(value, Mapping):
        if not _is_uncertain(value, path, document.data):
            return {key: _settled(document, item, (*path, key), found, draw) for key, item in value.items()}
        found.any = True
        try:
            number, plain, doubts = _read(document, value, path)
        except Mistakes as mistakes:
            found.mistakes.extend(((*path, *below), text) for below, text in mistakes.found)
            found.refused.append(path)
            return _guess(value)
        found.warnings.extend((path, text) for text in doubts)
        if number is None:
            return plain
        found.numbers.append(number)
        return plain if draw is None else BELIEFS[number.kind].write(draw(number))
    if isinstance(value, list):
        return [_settled(document, item, (*path, index), found, draw) for index, item in enumerate(value)]
    return value


def _guess(value: Mapping[str, Any]) -> Any:
    """Return what may stand for a wrong number while the rest of the file is checked; its own mistakes are told."""
    return next((value[key] for key in INTERVAL if isinstance(value.get(key), str | int | float)), dict(value))


def _is_uncertain(value: Mapping[str, Any], path: Path, data: Any) -> bool:
    """Return whether a mapping is meant as an uncertain number, right or wrong."""
    if not path or path[-1] in NAMED:
        return False
    own = {str(key) for key in value} - set(BESIDE)
    if own & {"low", "high"} and not own - {*INTERVAL, "sd"} and len(own) > 1:
        return "sd" not in own
    if "samples" in own:
        return True
    if len(own) != 1:
        return False
    kind = next(iter(own))
    return kind in ("beta", "normal") or (kind in LAWS and key_of(path, data) not in QUANTITIES)


def key_of(path: Path, data: Any) -> str:
    """Return the key that says what a number is: in a change, the last part of the path that it changes."""
    key = str(path[-1])
    if key not in ("to", "value") or len(path) < 2:
        return key
    change = data
    for part in path[:-1]:
        change = change[part]
    target = change.get("set", change.get("add")) if isinstance(change, Mapping) else None
    if not isinstance(target, str):
        return key
    parts = target.split(".")
    return "chance" if parts[-2:-1] == ["causes"] else parts[-1]


def _kind(path: Path, data: Any) -> str | None:
    """Return the kind that the place of a number says it has; None where only its unit can tell."""
    key = key_of(path, data)
    if key in SHARES or (len(path) > 1 and path[-2] in ("causes", "unless")):
        return "share"
    if key in COUNTS:
        return "count"
    if key == "cost" and path[-3:-2] == ("teams",):
        return "hourly"
    if key == "by":
        change = data
        for part in path[:-1]:
            change = change[part]
        if isinstance(change, Mapping) and "price" in change:
            return "signed"
        return "factor"
    return None


def _read(document: Document, value: Mapping[str, Any], path: Path) -> tuple[Uncertain | None, Any, list[str]]:
    """Return an uncertain number, what stands for it at the mean, and what is doubtful in it. Raises Mistakes.

    A number of no width is no uncertain number: it is the plain one.
    """
    own = [str(key) for key in value if key not in BESIDE]
    name = value.get("name")
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise Mistakes((("name",), "expected a name that numbers drawn together have in common, such as `trust`"))
    kind = _kind(path, document.data)
    rows = ""
    if "samples" in own:
        sampled = _sampled(document, value, kind)
        rows, of = sampled.rows, BELIEFS[sampled.kind]
        believed: Believed = sampled.belief, of, of.write(sampled.belief.mean), []
    elif set(own) & {"low", "high"}:
        missing = [key for key in INTERVAL if key not in own]
        if missing:
            text = "is missing: expected an interval such as `{mean: 12%, low: 9%, high: 16%}`"
            raise Mistakes(*(((key,), text) for key in missing))
        believed = believe("interval", value, kind)
    else:
        believed = believe(own[0], value[own[0]], kind)
    belief, of, plain, doubts = believed
    if belief is None:
        return None, plain, doubts
    line, column = document.marks.place(path)
    number = Uncertain(
        address=name or "",
        kind=of.name,
        belief=belief,
        mean=belief.mean,
        rows=rows,
        document=json.dumps(value, ensure_ascii=False),
        where=f"{document.file}:{line}:{column}",
    )
    return number, plain, doubts


def _sampled(document: Document, value: Mapping[str, Any], kind: str | None) -> Sampled:
    unknown = [str(key) for key in value if key not in (*SAMPLES, *BESIDE)]
    if unknown:
        text = "unknown key: expected `samples`, `column` and `unit`"
        raise Mistakes(*(((key,), f"{text}{suggest(key, SAMPLES)}") for key in unknown))
    return read_sample(document.file, value, kind)


def placed(
    document: Document, found: Found, said: Callable[[Any], Any], prefix: Callable[[Path], Path]
) -> list[Uncertain]:
    """Return numbers with their places in the canonical document of the study.

    said: the canonical document that some data of the file says. prefix: the place in the study's document of a path in
    the file's. Two draws differ just where the numbers stand.
    """
    # Numbers of one table are put in from one of its rows: only together do they make a funnel (shares that rise).
    values = {
        number.where: number.belief.quantile(0.51 if number.rows else (index + 0.5) / len(found.numbers))
        for index, number in enumerate(found.numbers)
    }
    low, plain, high = (
        said(settle(document, draw)[0].data)
        for draw in (lambda number: number.belief.quantile(0.01), None, lambda number: values[number.where])
    )
    there = {str(value): path for path, value in differing(low, high)}
    result = []
    for number in found.numbers:
        path = there.get(str(written(number, values[number.where])))
        if path is not None:
            address = number.address or address_of(path, plain)
            number = replace(number, address=address, place=prefix(path), plain=canonical_text(at(plain, path)))  # noqa: PLW2901
        result.append(number)
    return result


def address_of(path: Path, document: Any) -> str:
    """Return the address of a number: its path in its funnel, as changes write it, in the canonical document."""
    if path[0] == "funnel":
        path, document = path[1:], document["funnel"]
    elif path[0] == "scenarios" and path[2:3] == ("funnel",):
        path, document = path[3:], document["scenarios"][path[1]]["funnel"]
    return dotted(path, document).removesuffix(".fixed")


def at(document: Any, path: Path) -> Any:
    """Return what stands at a path of a document; None where nothing does."""
    for part in path:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def restored(document: dict[str, Any], numbers: Sequence[Uncertain]) -> dict[str, Any]:
    """Return the canonical document of a study with its uncertain numbers written as such, where they still stand."""
    result: dict[str, Any] = clone(document)
    for number in numbers:
        if number.place and canonical_text(at(result, number.place)) == number.plain:
            at(result, number.place[:-1])[number.place[-1]] = json.loads(number.document)
    return result


def written(number: Uncertain, value: float) -> Any:
    """Return a value as the file would write it in place of an uncertain number."""
    return BELIEFS[number.kind].write(value)


def differing(before: Any, after: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the paths at which two documents of one shape differ, with what the second has there."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in before.keys() & after.keys():
            yield from differing(before[key], after[key], (*path, key))
    elif isinstance(before, list) and isinstance(after, list):
        for index, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from differing(one, other, (*path, index))
    elif before != after:
        yield path, after
