"""Reading a ledger: who was saved, where from, and what became of them.

A ledger (see the documents of a comparison) has a row for each pair of fates, base × scenario, with customers and
revenue as means per replication. *Saved* are those lost in the base who in the scenario are no longer lost at the same
stage. The groups made here cover every row once, so their sums are those of the whole ledger.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from funnelsim.views.formats import format_number
from funnelsim.views.naming import Names
from funnelsim.views.texts import count, text

Row = Mapping[str, Any]

#: Fates of saved customers that the table tells apart by stage and cause; the others are summed.
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Some rows of a ledger under one heading: how many customers, and their revenue (scenario − base)."""

    label: str
    customers: float
    revenue: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A ledger in groups. won, lost, open, absent: what became of the saved; sources: where they were lost."""

    saved: float
    won: float
    lost: float
    later: bool
    open: float
    absent: float
    sources: tuple[Group, ...]
    losses: tuple[Group, ...]
    groups: tuple[Group, ...]
    total: Group

    @property
    def not_won(self) -> float:
        """The saved who did not buy in the end."""
        return self.saved - self.won


def read_ledger(rows: Sequence[Row], names: Names) -> Reading:
    """Sort the rows of a ledger into groups, the saved first."""
    saved = [row for row in rows if _is_saved(row)]
    by_fate = {
        fate: [row for row in saved if row["scenario"]["fate"] == fate] for fate in ("won", "lost", "open", "absent")
    }
    return Reading(
        saved=_sum(saved, "customers"),
        won=_sum(by_fate["won"], "customers"),
        lost=_sum(by_fate["lost"], "customers"),
        later=all(_is_later(row, names) for row in by_fate["lost"]),
        open=_sum(by_fate["open"], "customers"),
        absent=_sum(by_fate["absent"], "customers"),
        sources=_rank(saved, lambda row: names.place(row["base"])),
        losses=_rank(by_fate["lost"], lambda row: names.place(row["scenario"])),
        groups=tuple(_groups(rows, by_fate["lost"], names)),
        total=_group(text("ledger.total", names.language), rows),
    )


def tell_saved(reading: Reading, names: Names) -> list[str]:
    """Return the sentences on who was saved and what became of them."""
    language = names.language
    if not reading.saved:
        moved = any(group.customers for group in reading.groups[:-1])
        return [text("ledger.none" if moved else "ledger.same", language)]
    decimals = decimals_for(reading.saved, reading.won, reading.lost, reading.open, reading.absent)
    places = [(group.label, format_number(group.customers, language, decimals)) for group in reading.sources[:2]]
    where = places[0][0] if len(places) == 1 else join([f"{label} ({number})" for label, number in places])
    parts = []
    for key, number in (
        ("won", reading.won),
        ("later" if reading.later else "elsewhere", reading.lost),
        ("open", reading.open),
        ("absent", reading.absent),
    ):
        if not number:
            continue
        part = text(f"ledger.became.{key}", language, n=format_number(number, language, decimals))
        if key in ("later", "elsewhere"):
            what = join([g.label for g in reading.losses[:2]])
            part = text("ledger.mostly", language, part=part, what=what)
        parts.append(part)
    return [
        text("ledger.saved", language, customers=count("customers", reading.saved, language, decimals), where=where),
        text("ledger.became", language, parts=join(parts)),
    ]


def join(parts: Sequence[str]) -> str:
    """Return parts as an enumeration, parted so that commas inside do not mislead."""
    return "; ".join(parts)


def decimals_for(whole: float, *parts: float) -> int:
    """Return the decimals for a mean of people and its parts: none where all are whole, or from 100 on."""
    if whole >= 100 or all(float(number).is_integer() for number in (whole, *parts)):
        return 0
    return 1 if whole >= 1 else 2


def _groups(rows: Sequence[Row], lost: Sequence[Row], names: Names) -> Iterable[Group]:
    language = names.language
    arrow = "{} → {}".format
    was_lost = text("ledger.lost", language)
    fates = {fate: text(f"fate.{fate}", language) for fate in ("won", "lost", "open", "absent")}

    def pick(label: str, chosen: Callable[[Row], bool]) -> Iterable[Group]:
        found = [row for row in rows if chosen(row)]
        if found:
            yield _group(label, found)

    yield from pick(arrow(was_lost, fates["won"]), lambda row: _is_saved(row) and _to(row) == "won")
    ranked = _rank(lost, lambda row: names.place(row["scenario"]))
    shown = ranked if len(ranked) <= SHOWN + 1 else ranked[:SHOWN]
    for group in shown:
        yield Group(arrow(was_lost, f"{was_lost}: {group.label}"), group.customers, group.revenue)
    rest = ranked[len(shown) :]
    if rest:
        label = text("ledger.others", language, losses=count("other_losses", len(rest), language))
        yield Group(label, math.fsum(g.customers for g in rest), math.fsum(g.revenue for g in rest))
    yield from pick(arrow(was_lost, fates["open"]), lambda row: _is_saved(row) and _to(row) == "open")
    yield from pick(arrow(was_lost, fates["absent"]), lambda row: _is_saved(row) and _to(row) == "absent")
    yield from pick(
        text("ledger.other_cause", language),
        lambda row: _from(row) == "lost" and not _is_saved(row) and not _is_same(row),
    )
    for before in ("won", "open", "absent"):
        for after in ("won", "lost", "open", "absent"):
            yield from pick(
                arrow(fates[before], fates[after]),
                lambda row, before=before, after=after: (  # type: ignore[misc]
                    _from(row) == before and _to(row) == after and not _is_same(row)
                ),
            )
    yield from pick(text("ledger.unchanged", language), _is_same)


def _from(row: Row) -> str:
    return str(row["base"]["fate"])


def _to(row: Row) -> str:
    return str(row["scenario"]["fate"])


def _is_same(row: Row) -> bool:
    return all(row["base"].get(part) == row["scenario"].get(part) for part in ("fate", "stage", "cause"))


def _is_saved(row: Row) -> bool:
    if _from(row) != "lost":
        return False
    return _to(row) != "lost" or row["base"]["stage"] != row["scenario"]["stage"]


def _is_later(row: Row, names: Names) -> bool:
    before, after = names.order.get(row["base"]["stage"]), names.order.get(row["scenario"]["stage"])
    return before is not None and after is not None and after > before


def _sum(rows: Iterable[Row], column: str) -> float:
    return math.fsum(row[column] for row in rows)


def _group(label: str, rows: Sequence[Row]) -> Group:
    return Group(label, _sum(rows, "customers"), _sum(rows, "revenue"))


def _rank(rows: Iterable[Row], label: Callable[[Row], str]) -> tuple[Group, ...]:
    """Sum rows of one label, most customers first."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(label(row), []).append(row)
    groups = [_group(name, some) for name, some in found.items()]
    return tuple(sorted(groups, key=lambda group: (-group.customers, group.label)))
