"""Which interventions go together: what `excludes`, `requires` and levels say, and mistakes in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from funnelsim.files.checking import option_names
from funnelsim.files.paths import hint
from funnelsim.files.schema import InterventionFile, LevelFile, QuestionsFile
from funnelsim.files.validating import STAND_IN, Validated, follows
from funnelsim.files.wording import Mistake, Path
from funnelsim.model import Intervention

KEYS = ("excludes", "requires")


def names_of(given: Intervention) -> tuple[str, ...]:
    """Return the names that stand for an intervention: its own, and for a level that of what it is a level of."""
    return (given.name,) if given.level is None else (given.name, given.level.of.name)


def exclude(one: Intervention, two: Intervention) -> bool:
    """Return whether two interventions cannot be made together: two levels of one, or because one of them says so."""
    if one.level is not None and two.level is not None and one.level.of.name == two.level.of.name:
        return True
    return any(name in one.excludes for name in names_of(two)) or any(name in two.excludes for name in names_of(one))


def with_required(name: str, interventions: Mapping[str, Intervention]) -> list[str]:
    """Return an intervention with all that it requires, and what those require, in the order of the file.

    Where any level would do, the first is taken.
    """
    wanted = [name]
    for one in wanted:
        for needed in interventions[one].requires:
            options = [other for other, given in interventions.items() if needed in names_of(given)]
            if options and not any(option in wanted for option in options):
                wanted.append(options[0])
    return [one for one in interventions if one in wanted]


# ---- mistakes ------------------------------------------------------------------------------------------------------


def check_options(file: QuestionsFile, seen: Validated[QuestionsFile]) -> list[Mistake]:
    """Return every mistake in what interventions exclude and require, and scenarios that do not keep to it."""
    known = {*option_names(file), *seen.names("interventions")}
    found = [*_entries(file, known), *_scenarios(file, known)]
    earlier = [path for path, _ in seen.mistakes]
    return [(path, text) for path, text in found if not follows(path, earlier) and STAND_IN not in text]


def _entries(file: QuestionsFile, known: set[str]) -> Iterator[Mistake]:
    for name, given in file.interventions.items():
        entries: list[tuple[Path, str, InterventionFile | LevelFile]] = [(("interventions", name), name, given)]
        entries += [(("interventions", name, "levels", key), f"{name}.{key}", one) for key, one in given.levels.items()]
        for path, own, entry in entries:
            for key in KEYS:
                listed: Sequence[str] = getattr(entry, key)
                for number, other in enumerate(listed):
                    text = _mistake(name, own, key, other, known)
                    if not text and other in listed[:number]:
                        text = f"`{other}` stands here twice"
                    if not text and key == "requires" and other in (*given.excludes, *entry.excludes):
                        text = f"`{other}` is excluded, too: nothing could be made with it and without it"
                    if text:
                        yield (*path, key, number), text


def _mistake(name: str, own: str, key: str, other: str, known: set[str]) -> str:
    if other not in known:
        return f"there is no intervention `{other}`{hint(other, known)}"
    if other in (name, own):
        return f"`{own}` cannot {'exclude' if key == 'excludes' else 'require'} itself"
    if other.startswith(f"{name}."):
        return f"of the levels of `{name}` one at most is chosen: they need not be named here"
    return ""


def _scenarios(file: QuestionsFile, known: set[str]) -> Iterator[Mistake]:
    """Yield the scenarios whose interventions exclude each other, or lack what one of them requires."""
    for place, scenario in enumerate(file.scenarios):
        names = [name for name in scenario.interventions if _entry(file, name)]
        for number, name in enumerate(scenario.interventions):
            if name not in names:
                continue
            at = ("scenarios", place, "interventions", number)
            others = {alias for other in names if other != name for alias in (other, other.split(".")[0])}
            excluded = next((other for other in names[:number] if _excludes(file, name, other)), None)
            if excluded is not None:
                yield at, f"`{excluded}` and `{name}` exclude each other"
            for needed in _listed(file, name, "requires"):
                if needed in known and needed not in others:
                    yield at, f"`{name}` requires `{needed}`, which is not in this scenario"


def _entry(file: QuestionsFile, name: str) -> list[InterventionFile | LevelFile]:
    """Return what says something about an intervention or a level: the level last."""
    key, _, level = name.partition(".")
    given = file.interventions.get(key)
    if given is None or bool(level) != bool(given.levels) or (level and level not in given.levels):
        return []
    return [given, given.levels[level]] if level else [given]


def _listed(file: QuestionsFile, name: str, key: str) -> list[str]:
    return list(dict.fromkeys(other for entry in _entry(file, name) for other in getattr(entry, key)))


def _excludes(file: QuestionsFile, one: str, two: str) -> bool:
    key = one.partition(".")[0]
    if key == two.partition(".")[0] and one != two:
        return True
    return any(
        alias in _listed(file, first, "excludes")
        for first, second in ((one, two), (two, one))
        for alias in (second, second.partition(".")[0])
    )
