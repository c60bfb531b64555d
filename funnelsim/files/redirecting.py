"""Whatever names a stage, made to name another: routes, sources, referrals, open deals, priorities, segments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from funnelsim.files import effects
from funnelsim.files.effects import Document, Scene
from funnelsim.files.paths import ChangeError
from funnelsim.files.wording import join

OF_FIRST = ("response",)
OF_LAST = ("takes", "revenue", "price", "margin", "referrals", "next")
PATHS = ("set", "scale", "add", "remove")


def redirect(document: Document, names: Collection[str], into: str, key: str) -> None:
    """Make everything that names one of some stages name another one, which stands for all of them.

    Routes keep the keys that address their draws. Raises ChangeError for open deals that cannot be one group.
    """
    for source in document.get("sources", {}).values():
        _rename(source, "enters", names, into)
    for stage in document["stages"]:
        for route in stage.get("next", []):
            if route.get("to") in names:
                route.setdefault("key", route["to"])
                route["to"] = into
        for earner in (stage, *stage.get("earnings", [])):
            _rename(earner.get("referrals", {}), "enters", names, into)
    for team in document.get("teams", {}).values():
        discipline = team.get("discipline")
        ranks = discipline["priority"] if isinstance(discipline, dict) else {}
        if "stages" in ranks:
            ranks["stages"] = list(dict.fromkeys(into if name in names else name for name in ranks["stages"]))
    _gather(document, names, into, key)
    for segment in document.get("segments", {}).values():
        segment["changes"] = [_renamed(change, names, into) for change in segment["changes"]]


def _rename(holder: Document, key: str, names: Collection[str], into: str) -> None:
    if holder.get(key) in names:
        holder[key] = into


def _gather(document: Document, names: Collection[str], into: str, key: str) -> None:
    """Make the open deals at some stages one group."""
    pipeline = document.get("pipeline", {})
    given = [deals for name, deals in pipeline.items() if name in names]
    if not given:
        return
    if any(deals.get("age") != given[0].get("age") for deals in given):
        raise ChangeError(f"the open deals at {join(names, 'and')} differ in age, and would become one group", key)
    kept = {name: deals for name, deals in pipeline.items() if name not in names}
    document["pipeline"] = kept | {into: given[0] | {"count": sum(deals["count"] for deals in given)}}


# ---- segments ------------------------------------------------------------------------------------------------------


def refuse_told_apart(document: Document, parts: Sequence[Document], key: str) -> None:
    """Raise ChangeError where a segment changes what has no place of its own in the stage that stands for some."""
    for name, segment in document.get("segments", {}).items():
        for change in segment["changes"]:
            for text in _lost(document, parts, change):
                raise ChangeError(
                    f"the segment `{name}` changes `{text}`, which has no place of its own in the merged stage; first "
                    f"change the segment (`set: segments.{name}.changes`)",
                    key,
                )


def _lost(document: Document, parts: Sequence[Document], change: Mapping[str, Any]) -> Iterator[str]:
    names = [part["name"] for part in parts]
    for verb in PATHS:
        path = change.get(verb)
        words = path.split(".") if isinstance(path, str) else []
        if len(words) > 2 and words[0] == "stages" and words[1] in names and not _keeps(document, parts, words):
            yield str(path)
    for verb, kept in (("reroute", names[-1]), ("price", names[-1])):
        if change.get(verb) in names and change[verb] != kept:
            yield str(change[verb])
    for verb in ("remove_stage", "remind", "add_touchpoint", "earnings_to"):
        if change.get(verb) in names:
            yield str(change[verb])
    inside = change.get("respond_within")
    if isinstance(inside, Mapping) and inside.get("stage") in names[1:]:
        yield str(inside["stage"])


def _keeps(document: Document, parts: Sequence[Document], words: Sequence[str]) -> bool:
    """Whether what a path names stays what it is: of the first stage, of the last, or at no other of them."""
    names = [part["name"] for part in parts]
    others = [part for part in parts if part["name"] != words[1]]
    if words[2] in OF_FIRST:
        return bool(words[1] == names[0])
    if words[2] in OF_LAST:
        return bool(words[1] == names[-1])
    if words[2] == "causes" and len(words) > 3 and words[3] != "*":
        return not any(words[3] in effects.origins(Scene(document, part)) for part in others)
    if words[2] == "spends" and len(words) > 3 and words[3] != "*":
        return not any(words[3] in part.get("spends", {}) for part in others)
    return False


def _renamed(change: Mapping[str, Any], names: Collection[str], into: str) -> dict[str, Any]:
    """A segment's change that names the stage which stands for some."""
    found: dict[str, Any] = {}
    for verb, value in change.items():
        words = value.split(".") if verb in PATHS and isinstance(value, str) else []
        if len(words) > 1 and words[0] == "stages" and words[1] in names:
            found[verb] = ".".join(["stages", into, *words[2:]])
        elif verb in ("reroute", "price") and value in names:
            found[verb] = into
        else:
            found[verb] = _pointed(value, names, into)
    return found


def _pointed(value: Any, names: Collection[str], into: str) -> Any:
    """Part of a change, its routes and referrals leading to the stage which stands for some."""
    if isinstance(value, Mapping):
        pointed = {key: _pointed(item, names, into) for key, item in value.items()}
        for key in ("to", "enters", "stage"):
            if pointed.get(key) in names:
                pointed |= {"key": pointed.get("key", pointed[key])} if key == "to" else {}
                pointed[key] = into
        return pointed
    return [_pointed(item, names, into) for item in value] if isinstance(value, list) else value
