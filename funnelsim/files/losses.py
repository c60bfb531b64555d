"""The general verbs on causes in effect: `stages.A.causes.X`, `stages.A.touchpoints.B.causes.X`, keys inside them.

What is in effect, and how it is reached, is in `effects.py`; here a path becomes the causes that it names. A path
with `*` passes over what the verb has no meaning for; one that names a single cause says why it has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from funnelsim.causes import Label
from funnelsim.files import assumptions, effects
from funnelsim.files.amounts import NotANumberError, multiplied
from funnelsim.files.effects import Document, Entry, Scene
from funnelsim.files.parts import MECHANISMS
from funnelsim.files.paths import ChangeError, NothingMatchedError, Place, default_at, find, hint


@dataclass(frozen=True, slots=True)
class CausePath:
    """A path to causes in effect: that of the scenes, the cause, and the keys inside an entry of `causes`."""

    parts: tuple[str, ...]
    scene: tuple[str, ...]
    cause: str
    inside: tuple[str, ...]

    @property
    def text(self) -> str:
        """The path as the change writes it."""
        return ".".join(self.parts)

    @property
    def wild(self) -> bool:
        """Whether the path touches only what is there."""
        return "*" in self.parts


def cause_path(parts: tuple[str, ...]) -> CausePath | None:
    """Return a path as one to causes in effect, or None for any other."""
    if parts[0] != "stages":
        return None
    depth = 4 if parts[2:3] == ("touchpoints",) else 2
    if parts[depth : depth + 1] != ("causes",) or len(parts) == depth + 1:
        return None
    return CausePath(parts, parts[:depth], parts[depth + 1], parts[depth + 2 :])


# ---- the verbs -----------------------------------------------------------------------------------------------------


def set_causes(document: Document, path: CausePath, value: Any) -> list[Label]:
    """Make `value` the one origin of the causes, or set a key inside their entries."""
    if path.inside:
        scenes = [] if path.wild else _scenes(document, path, "set")
        for entry in [_new_entry(scene, path, "set") for scene in scenes] or _entries(document, path, "set"):
            entry.put(value)
        return []
    if path.wild:
        found = _matches(document, path, "set")
    else:
        effects.refuse_unknown(document, path.cause, "set")
        found = [(_scenes(document, path, "set")[0], path.cause)]
    able = _able(path, found, effects.why_not_set, "set")
    for scene, cause in able:
        effects.put_entry(scene, cause, value)
    return [assumptions.causes_set(document, able)]


def scale_causes(document: Document, path: CausePath, factor: float, side: str) -> list[Label]:
    """Multiply the hazards of the causes, or numbers inside their entries."""
    found = _matches(document, path, "scale")
    if side:
        found = [(scene, cause) for scene, cause in found if effects.side_of(document, cause) == side]
    if not found:
        raise NothingMatchedError(f"`{path.text}`: no cause there is on the side `{side}`", "side")
    if path.inside:
        _scale_inside(path, _entries_of(path, found, "scale"), factor)
        return []
    able = _able(path, found, effects.why_not_scaled, "scale")
    for scene, cause in able:
        effects.multiply(scene, cause, factor)
    return [] if factor == 1 else [assumptions.causes_scaled(document, able, factor)]


def add_causes(document: Document, path: CausePath, value: Any) -> list[Label]:
    """Add entries of `causes`, or keys inside them, where there are none."""
    added: list[tuple[Scene, str]] = []
    there: ChangeError | None = None
    effects.refuse_unknown(document, path.cause, "add")
    for scene in _scenes(document, path, "add"):
        try:
            _add_cause(scene, path, value)
        except AlreadyThereError as error:
            there = error
        else:
            added.append((scene, path.cause))
    if there is not None and not added:
        raise there
    return [] if path.inside else [assumptions.causes_added(document, added)]


def _add_cause(scene: Scene, path: CausePath, value: Any) -> None:
    text = f"{scene.path}.causes.{'.'.join((path.cause, *path.inside))}"
    if path.inside:
        entry = _new_entry(scene, path, "add")
        if entry.stands:
            raise AlreadyThereError(f"`{text}` is there already; `set` replaces it", "add")
        entry.put(value)
        return
    if path.cause in scene.holder.get("causes", {}):
        raise AlreadyThereError(f"`{text}` is there already; `set` replaces it", "add")
    if path.cause in scene.stage.get("factors", {}) or path.cause in scene.holder.get("factors", {}):
        raise ChangeError(f"`{text}`: an earlier change scaled this cause; add to it before that", "add")
    effects.put(scene.holder, "causes", scene.holder.get("causes", {}) | {path.cause: value})


def remove_causes(document: Document, path: CausePath) -> list[Label]:
    """Take causes out of effect, or keys out of their entries."""
    if path.inside:
        for entry in _entries(document, path, "remove"):
            entry.take_out()
        return []
    found = _matches(document, path, "remove")
    for scene, cause in found:
        effects.take_out(scene, cause)
    return [assumptions.causes_removed(document, found)]


def scale_defaults(document: Document, parts: tuple[str, ...], factor: float, side: str) -> list[Label]:
    """Multiply the hazards of top-level defaults: `causes.X`."""
    path, places = ".".join(parts), find(document, parts, "scale")
    if side:
        places = [place for place in places if effects.side_of(document, place.trail[-1]) == side]
    if not places:
        raise NothingMatchedError(f"`{path}`: no cause there is on the side `{side}`", "side")
    reasons = [_why_default_not_scaled(place) for place in places]
    able = [place for place, reason in zip(places, reasons, strict=True) if not reason]
    if not able or ("*" not in parts and any(reasons)):
        reason = next(filter(None, reasons))
        raise NothingMatchedError(f"`{path}` cannot be scaled: {reason}", "scale")
    for place in able:
        place.value["times"] = place.value.get("times", 1.0) * factor
    causes = [place.trail[-1] for place in able]
    return [] if factor == 1 else [assumptions.defaults_scaled(document, causes, factor)]


class AlreadyThereError(ChangeError):
    """`add` would overwrite something."""


# ---- what a path names ---------------------------------------------------------------------------------------------


def _scenes(document: Document, path: CausePath, key: str) -> list[Scene]:
    places = find(document, path.scene, key)
    if len(path.scene) == 2:
        return [Scene(document, place.value) for place in places]
    return [Scene(document, find(document, place.trail[:2], key)[0].value, place.value) for place in places]


def _matches(document: Document, path: CausePath, key: str) -> list[tuple[Scene, str]]:
    """Every cause in effect that a path names, with its scene. Raises NothingMatchedError if there is none."""
    there = [(scene, cause) for scene in _scenes(document, path, key) for cause in effects.origins(scene)]
    found = [(scene, cause) for scene, cause in there if path.cause in ("*", cause)]
    if found:
        return found
    if path.cause == "*":
        raise NothingMatchedError(f"`{path.text}`: no cause is in effect there", key)
    effects.refuse_unknown(document, path.cause, key)
    near = hint(path.cause, (cause for _, cause in there))
    raise NothingMatchedError(f"`{path.text}`: `{path.cause}` is not in effect there{near}", key)


def _able(
    path: CausePath, found: Iterable[tuple[Scene, str]], why_not: Callable[[Scene, str], str], key: str
) -> list[tuple[Scene, str]]:
    """Those for which the verb has a meaning. Raises ChangeError if none has, or if the path names just one."""
    able = []
    reason = ""
    for scene, cause in found:
        why = why_not(scene, cause)
        reason = why or reason
        if not why:
            able.append((scene, cause))
    if reason and (not path.wild or not able):
        done = {"scale": "scaled"}.get(key, key)
        if path.wild:
            raise NothingMatchedError(f"`{path.text}` cannot be {done}: {reason}", key)
        other = "; `set` or `remove` it" if key == "scale" else ""
        raise ChangeError(f"`{path.text}` cannot be {done}: {reason}{other}", key)
    return able


def _entries(document: Document, path: CausePath, key: str) -> list[Entry]:
    return _entries_of(path, _matches(document, path, key), key)


def _entries_of(path: CausePath, found: Iterable[tuple[Scene, str]], key: str) -> list[Entry]:
    """The entries that have the keys inside which a path names. Raises NothingMatchedError if there is none."""
    entries = []
    for scene, cause in found:
        entry = effects.entry_at(scene, cause, path.inside)
        if entry is None and not path.wild:
            raise effects.not_an_entry(scene, cause, path.inside, key)
        if entry is not None and (entry.stands or (key == "scale" and _by_default(entry))):
            entries.append(entry)
    if not entries:
        raise NothingMatchedError(f"`{path.text}`: there is no `{'.'.join(path.inside)}` to change", key)
    return entries


def _by_default(entry: Entry) -> bool:
    """Write out a number that the format leaves out because it is the default; whether there is one."""
    number = default_at(("stages", "*", "causes", entry.cause, *entry.keys))
    if number is None or not effects.stands(entry.entry, entry.keys[:-1]):
        return False
    entry.innermost()[entry.keys[-1]] = number
    return True


def _new_entry(scene: Scene, path: CausePath, key: str) -> Entry:
    """The entry of one cause at one scene, new if the cause is not in effect there."""
    entry = effects.entry_at(scene, path.cause, path.inside)
    if entry is not None:
        return entry
    effects.refuse_unknown(scene.document, path.cause, key)
    if path.cause in effects.origins(scene):
        raise effects.not_an_entry(scene, path.cause, path.inside, key)
    return Entry(scene.holder, path.cause, {}, path.inside)


def _scale_inside(path: CausePath, entries: Sequence[Entry], factor: float) -> None:
    done, reason = False, ""
    for entry in entries:
        try:
            entry.put(multiplied(entry.value, path.parts, factor))
        except NotANumberError as error:
            reason = str(error)
        else:
            done = True
    if reason and (not path.wild or not done):
        raise ChangeError(f"`{path.text}` cannot be scaled: {reason}", "scale")


def _why_default_not_scaled(place: Place) -> str:
    if not place.value.keys() & set(MECHANISMS):
        return f"it has no default mechanism; `stages.*.causes.{place.trail[-1]}` is the cause at the stages"
    return effects.why_not_multiplied(place.value)
