"""One change of a funnel, as a pure function of its canonical document.

{set: PATH, to: V}      {scale: PATH, by: 0.5, side: buyer}      {add: PATH, value: V}      {remove: PATH}
{remove_stage: a, earnings_to: b}    {add_stage: {…}, after: a}    {reroute: a, next: […]}    {price: a, by: -10%}
{merge_stages: [a, b], into: c}      {move_stage: a, after: b}      {staff: sales, by: 2}     {hours: sales, to: […]}
{remind: a, every: 3 d, cost: 2}     {respond_within: {stage, time, share}}     {add_touchpoint: a, touchpoint: {…}}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from funnelsim.causes import Label
from funnelsim.files import general, merging, staffing, trade
from funnelsim.files.effects import Document
from funnelsim.files.known_parts import copy_document, make_canonical
from funnelsim.files.paths import ChangeError, NothingMatchedError, find
from funnelsim.files.schema import FunnelFile
from funnelsim.files.validating import validate
from funnelsim.files.verbs import check_change, verb_of
from funnelsim.files.wording import Mistakes, dotted

#: What each verb does to a document that it may write into.
EDITS: Mapping[str, Callable[[Document, Mapping[str, Any]], list[Label]]] = {
    "set": general.set_value,
    "scale": general.scale_value,
    "add": general.add_value,
    "remove": general.remove_value,
    "remove_stage": trade.remove_stage,
    "add_stage": trade.add_stage,
    "remind": trade.remind,
    "respond_within": trade.respond_within,
    "reroute": trade.reroute,
    "add_touchpoint": trade.add_touchpoint,
    "price": trade.price,
    "merge_stages": merging.merge_stages,
    "move_stage": trade.move_stage,
    "staff": staffing.staff,
    "hours": staffing.set_hours,
}
#: The key that holds what the verb puts in, for the mistakes in it.
GIVEN = {"set": "to", "add": "value", "reroute": "next", "add_touchpoint": "touchpoint", "staff": "by", "hours": "to"}
#: What a segment cannot do, because it holds for everyone.
FOR_EVERYONE: Mapping[str, str] = {
    "add_stage": "a segment cannot add a stage; add it for everyone, and remove it in the other segments",
    "merge_stages": "a segment cannot merge stages: which stages there are is the same for everyone",
    "move_stage": "a segment cannot move a stage: the order is the same for everyone; it may `reroute`",
    "staff": "a team answers everyone: the changes of a segment touch stages only",
    "hours": "a team answers everyone: the changes of a segment touch stages only",
}
MOST_SHOWN = 3


def edit(
    document: Mapping[str, Any], change: Mapping[str, Any], *, lenient: bool = False
) -> tuple[dict[str, Any], list[Label]]:
    """Return the canonical document after a change, and what the change assumed; the argument stays as it was.

    lenient: as in a segment: a change that names what is not there changes nothing, and only stages may be changed.
    Raises ChangeError, with the key of the change that is at fault, for a change that is wrong or cannot be made.
    """
    try:
        change = check_change(change)
    except Mistakes as error:
        key = next((".".join(map(str, path)) for path, _ in error.found if path), "")
        raise ChangeError(str(error), key) from None
    verb = verb_of(change)
    if lenient:
        _refuse_outside_stages(verb, change)
    draft = copy_document(document)
    try:
        said = EDITS[verb](draft, change)
    except NothingMatchedError:
        if not lenient:
            raise
        return copy_document(document), []
    try:
        return _canonical(draft, GIVEN.get(verb, verb)), list(dict.fromkeys(said))
    except ChangeError:
        if not (lenient and verb == "set" and _in_nothing(dict(document), change["set"])):
            raise
        return copy_document(document), []


def scale_together(document: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the canonical document after several `scale` of a segment, put into canonical form once for all of them.

    What `scale` writes is as canonical as what it reads, so that the next one may go on from there. None where one of
    them is no `scale`, or cannot be made: then `edit` says what holds, change by change.
    """
    draft = copy_document(document)
    try:
        for change in changes:
            checked = check_change(change)
            if verb_of(checked) != "scale":
                return None
            _refuse_outside_stages("scale", checked)
            general.scale_value(draft, checked)
        return _canonical(draft, "scale")
    except ValueError:
        return None


def _canonical(draft: Document, key: str) -> dict[str, Any]:
    """Return a draft with what the change wrote in shorthand written out. Raises ChangeError if it makes no sense."""
    try:
        return make_canonical(draft)
    except ValidationError:
        mistakes = validate(FunnelFile, draft).mistakes
        found = [f"`{dotted(path, draft)}`: {text}" if path else text for path, text in mistakes]
        more = f"; and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else ""
        raise ChangeError("; ".join(found[:MOST_SHOWN]) + more, key) from None


def _in_nothing(document: Document, path: str) -> bool:
    """Whether what a path sets a part of is not there, such as `loses` for its share after a change took it out."""
    try:
        find(document, path.split(".")[:-1], "set")
    except ChangeError:
        return True
    return False


def _refuse_outside_stages(verb: str, change: Mapping[str, Any]) -> None:
    path = change[verb]
    if verb in FOR_EVERYONE:
        raise ChangeError(FOR_EVERYONE[verb], verb)
    if verb in ("set", "scale", "add", "remove") and isinstance(path, str) and path.split(".")[0] != "stages":
        raise ChangeError(f"`{path}`: the changes of a segment touch stages only", verb)
