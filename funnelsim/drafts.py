"""Drafts: a study being edited, as a value: which numbers were changed, and a scenario put together by hand.

Every edit returns a new draft. `Maker` turns drafts into funnels and studies, and makes anew only what an edit touches.
A draft is written to a new file by the study's own dump, so that comments and layout stay.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from funnelsim.causes import Label
from funnelsim.entries import Entry, Value, change_of, find_entries, give_way, is_as_it_was, read_value, with_values
from funnelsim.errors import InputError
from funnelsim.files.changes import apply
from funnelsim.files.dumping import text_of
from funnelsim.files.loading import loads
from funnelsim.files.options import exclude, with_required
from funnelsim.files.studies import with_digest
from funnelsim.files.uncertain import at
from funnelsim.model import Change, Funnel, Intervention, Scenario, Study

#: The scenario put together by hand, and the intervention that drops stages in it.
OWN: Final = "own_choice"
DROP: Final = "dropped_stages"
OWN_LABEL: Final = Label("Your scenario", "Свой сценарий")
ENDINGS: Final = (".yaml", ".yml")
#: Funnels that are kept.
MOST_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class Draft:
    """A study and the edits made to it.

    values: entries that are not as in the file, by key, the one edited last at the end. chosen: interventions of the
    scenario put together by hand; dropped: stages dropped in it.
    """

    study: Study
    values: tuple[tuple[str, Value], ...] = ()
    chosen: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def edited(self) -> bool:
        """Whether anything differs from the file."""
        return bool(self.values or self.chosen or self.dropped)


def put(draft: Draft, entry: Entry, value: object) -> Draft:
    """Return the draft with a value for an entry; that of the file takes the edit back. Raises InputError.

    Shares that have to find room with it give way (see `give_way`), and are edits beside it.
    """
    read = read_value(entry, value)
    others = give_way(entry, read, dict(draft.values)) if isinstance(read, float) else {}
    rest = tuple(pair for pair in draft.values if pair[0] != entry.key and pair[0] not in others)
    edits: list[tuple[str, Value, Value]] = [(key, before, others[key]) for key, before in entry.beside]
    edits.append((entry.key, entry.value, read))
    return replace(draft, values=(*rest, *((key, new) for key, before, new in edits if not is_as_it_was(before, new))))


def choose(draft: Draft, name: str, *, on: bool) -> Draft:
    """Return the draft with an intervention put into the scenario made by hand, with what it requires, or taken out.

    Raises InputError for an unknown one, and for two that exclude each other.
    """
    given = {one.name: one for one in draft.study.interventions}
    if name not in given:
        raise InputError(f"there is no intervention {name!r}")
    if on:
        wanted = {*draft.chosen, *with_required(name, given)}
        against = [other for other in wanted if other != name and exclude(given[name], given[other])]
        if against:
            raise InputError(f"{name} and {against[0]} exclude each other: take {against[0]} out first")
    else:
        wanted = {other for other in draft.chosen if other != name and name not in with_required(other, given)}
    return replace(draft, chosen=tuple(one for one in given if one in wanted))


def drop(draft: Draft, stage: str, *, on: bool) -> Draft:
    """Return the draft with a stage dropped in the scenario made by hand, or back in it. Raises InputError."""
    names = [one.name for one in draft.study.funnel.stages if not one.removed]
    if stage not in names:
        raise InputError(f"there is no stage {stage!r}")
    wanted = {*draft.dropped, stage} if on else set(draft.dropped) - {stage}
    return replace(draft, dropped=tuple(name for name in names if name in wanted))


@dataclass(slots=True)
class Maker:
    """Funnels of the drafts of one study; what was made for one draft is there for the next."""

    study: Study
    entries: Mapping[str, Entry] = field(init=False)
    _kept: dict[object, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.entries = {entry.key: entry for entry in find_entries(self.study)}

    def base(self, draft: Draft) -> Funnel:
        """Return the base with the edits of a draft. Raises InputError where the edits make no funnel together."""
        steps = tuple(pair for pair in draft.values if self.entries[pair[0]].group[0] != "intervention")
        return self._edited(steps)

    def interventions(self, draft: Draft) -> tuple[Intervention, ...]:
        """Return the interventions with the edits of a draft."""
        return tuple(with_values(one, dict(draft.values), self.entries) for one in self.study.interventions)

    def scenarios(self, draft: Draft) -> tuple[str, ...]:
        """Return the names of the scenarios of a draft; where the file has none, one for each intervention."""
        named = tuple(one.name for one in self.study.scenarios) or tuple(one.name for one in self.study.interventions)
        return (*named, self._own_name()) if draft.chosen or draft.dropped else named

    def scenario(self, draft: Draft, name: str) -> Scenario:
        """Return a scenario of a draft by its name. Raises InputError where it cannot be made, or there is none."""
        given = {one.name: one for one in self.interventions(draft)}
        if name == self._own_name() and (draft.chosen or draft.dropped):
            some = [given[one] for one in draft.chosen]
            if draft.dropped:
                some.append(self._dropping(draft))
            return Scenario(name, OWN_LABEL, self._applied(self.base(draft), tuple(some)), tuple(some))
        for one in self.study.scenarios:
            if one.name == name:
                some = [given.get(old.name, old) for old in one.interventions]
                start = one.start if one.start is not None else self.base(draft)
                return replace(one, funnel=self._applied(start, tuple(some)), interventions=tuple(some))
        if not self.study.scenarios and name in given:
            some = [given[other] for other in with_required(name, given)]
            return Scenario(name, given[name].label, self._applied(self.base(draft), tuple(some)), tuple(some))
        raise InputError(f"there is no scenario {name!r}")

    def study_of(self, draft: Draft) -> Study:
        """Return the study that a draft says. Raises InputError where a part of it cannot be made."""
        if not draft.edited:
            return self.study
        base = self.base(draft)
        own = (self._dropping(draft),) if draft.dropped else ()
        scenarios = tuple(self.scenario(draft, name) for name in self.scenarios(draft))
        made = replace(
            self.study,
            funnel=base,
            interventions=(*self.interventions(draft), *own),
            scenarios=scenarios,
        )
        return with_digest(replace(made, uncertain=_still_uncertain(made)))

    def _edited(self, steps: tuple[tuple[str, Value], ...]) -> Funnel:
        """Return the base after some edits; all but the last are kept, since the last is edited on and on.

        Shares that find room together are one edit: any of them alone may leave too little.
        """
        if not steps:
            return self.study.funnel

        def make(before: Funnel, *some: tuple[str, Value]) -> Funnel:
            made = apply(before, *(change_of(self.entries[key], value) for key, value in some))
            # What the changes of a scenario take for granted is said; that a number was edited is not.
            return replace(made, assumptions=self.study.funnel.assumptions)

        last = self.entries[steps[-1][0]]
        together = {last.key, *(key for key, _ in last.beside)}
        rest = tuple(pair for pair in steps if pair[0] not in together)
        newest = tuple(pair for pair in steps if pair[0] in together)
        before = self._keep(("base", rest), lambda: make(self.study.funnel, *rest)) if rest else self.study.funnel
        return self._keep(("base", steps), lambda: make(before, *newest))

    def _applied(self, base: Funnel, interventions: tuple[Intervention, ...]) -> Funnel:
        changes = tuple(change.document for one in interventions for change in one.changes)
        return self._keep(("scenario", base.digest, changes), lambda: apply(base, *interventions))

    def _keep(self, key: object, make: Any) -> Funnel:  # noqa: ANN401 (a function without arguments)
        if key not in self._kept:
            made = make()
            while len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = made
        found: Funnel = self._kept[key]
        return found

    def _own_name(self) -> str:
        return _free(OWN, [one.name for one in self.study.scenarios])

    def _dropping(self, draft: Draft) -> Intervention:
        """Return the intervention that drops the stages of a draft."""
        stages = {stage.name: stage.label for stage in self.study.funnel.stages}
        labels = [stages[name] for name in draft.dropped]
        label = Label(
            "Without " + ", ".join(f"“{one.en}”" for one in labels),
            "Без этапа " + ", ".join(f"«{one.ru}»" for one in labels),
        )
        name = _free(DROP, [one.name for one in self.study.interventions])
        changes = tuple(Change(json.dumps({"remove_stage": stage}, ensure_ascii=False)) for stage in draft.dropped)
        return Intervention(name, label, changes)


def save_draft(study: Study, folder: Path, name: str) -> Path:
    """Write an edited study to a new file of a folder, and return its path.

    The name is one of a file in that very folder, with the ending `.yaml` (which is added). Raises InputError for
    another, for a file that is there already, and for a study that would not load again.
    """
    bare = name.strip()
    if not bare or Path(bare).name != bare or bare.startswith(".") or "\\" in bare or "\0" in bare:
        raise InputError(f"expected the name of a new file, such as `my_funnel.yaml`, not {name!r}")
    target = folder / (bare if bare.lower().endswith(ENDINGS) else f"{bare}.yaml")
    text = text_of(study, target)
    loads(text, path=target)
    try:
        with target.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise InputError(f"`{target.name}` is there already: nothing is written over; choose another name") from None
    except OSError as error:
        raise InputError(f"{target}: {error.strerror}") from None
    return target


def _still_uncertain(study: Study) -> tuple[Any, ...]:
    """Return the uncertain numbers that were not edited."""
    from funnelsim.files.studies import study_document

    document = study_document(study)
    return tuple(
        number
        for number in study.uncertain
        if json.dumps(at(document, number.place), ensure_ascii=False) == number.plain
    )


def _free(name: str, taken: list[str]) -> str:
    """Return a name, with a number behind it if others have it."""
    if name not in taken:
        return name
    return next(other for other in (f"{name}_{n}" for n in range(2, len(taken) + 3)) if other not in taken)
