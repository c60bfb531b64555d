"""Redesigns of a funnel: every stage that may be dropped, and neighbours that may be merged, as interventions."""

from __future__ import annotations

import json

from funnelsim.causes import Label
from funnelsim.files.wording import canonical_text
from funnelsim.model import Change, Funnel, Intervention, Stage

#: How many neighbours are merged into one at most.
MOST_MERGED = 4


def list_redesigns(funnel: Funnel) -> tuple[Intervention, ...]:
    """Return an intervention for each stage that is removable, and for each run of neighbours that are mergeable.

    Those that touch one stage exclude each other: a stage is dropped, or merged with one run of neighbours, or stays.
    They cost nothing; what else a redesign takes or loses is for an intervention of the file to say.
    """
    stages = [stage for stage in funnel.stages if not stage.removed]
    moves: list[tuple[str, Label, dict[str, object], frozenset[str]]] = [
        (
            f"drop_{stage.name}",
            Label(f"Drop: {stage.label.en}", f"Убрать: {stage.label.ru}"),
            {"remove_stage": stage.name},
            frozenset({stage.name}),
        )
        for stage in stages
        if stage.removable
    ]
    way = [stage for stage in stages if not stage.aside]
    for first in range(len(way)):
        for last in range(first + 1, min(first + MOST_MERGED, len(way))):
            run = way[first : last + 1]
            if all(stage.mergeable for stage in run):
                moves.append(_merger(run, {stage.name for stage in stages}))
    return tuple(
        Intervention(
            name,
            label,
            tuple(Change(text) for text in _changes(change, label)),
            excludes=tuple(other for other, _, _, touched in moves if other != name and touched & touches),
        )
        for name, label, change, touches in moves
    )


def _merger(run: list[Stage], taken: set[str]) -> tuple[str, Label, dict[str, object], frozenset[str]]:
    names = [stage.name for stage in run]
    into = "_".join(names)
    while into in taken:
        into += "_"
    together = Label(" + ".join(stage.label.en for stage in run), " + ".join(stage.label.ru for stage in run))
    label = Label(f"Merge: {together.en}", f"Объединить: {together.ru}")
    return f"merge_{into}", label, {"merge_stages": names, "into": into}, frozenset(names)


def _changes(change: dict[str, object], label: Label) -> list[str]:
    """Return the change, and for merged stages the label of the one that stands."""
    changes = [change]
    if "into" in change:
        to = {"en": label.en.partition(": ")[2], "ru": label.ru.partition(": ")[2]}
        changes.append({"set": f"stages.{change['into']}.label", "to": to})
    return [canonical_text(json.loads(json.dumps(one))) for one in changes]
