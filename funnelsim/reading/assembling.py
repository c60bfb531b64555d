"""What happened to customers, in any order, made into visits: one algorithm for every shape of data.

A *step* is something that happened to a customer at a time: entering a stage, being answered or served there, winning,
being lost, being seen. A visit begins with a step that enters and ends

- with the first win in it;
- else with the first loss, which is final only if nothing comes after it: who comes back was not lost for good;
- else when the next stage is entered; or it is open.

Steps at one time are taken in the order of the stages, then wins, losses, sightings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.eventlog import END, LOST, NEXT, OPEN, VISIT, WON
from funnelsim.reading.tallies import Ledger

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ENTERS, ANSWERED, SERVED, WINS, LOSES, SEEN = range(6)
"""Kinds of steps."""
FAR: Final = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """What happened: each array [steps].

    customer: a code; time: in days; kind: one of the above; what: the stage, or the cause of a loss (negative: not
    known); place: of the row that says so (see `Ledger`).
    """

    customer: Integers
    time: Floats
    kind: NDArray[np.int8]
    what: NDArray[np.int32]
    place: Integers

    def take(self, which: NDArray[Any]) -> Steps:
        """Return some of the steps."""
        return Steps(*(getattr(self, name)[which] for name in self.__slots__))


def join_steps(parts: list[Steps]) -> Steps:
    """Return steps put one after the other."""
    return Steps(*(np.concatenate([getattr(part, name) for part in parts]) for name in Steps.__slots__))


def sort_steps(steps: Steps, ledger: Ledger) -> Steps:
    """Return steps by customer, time and order of the stages, each once; the second of two equal ones is dropped."""
    order = _order(steps)
    if not _rises(steps.customer, steps.time, order):
        places = np.lexsort((order, steps.time, steps.customer))
        steps, order = steps.take(places), order[places]
    same = np.zeros(len(order), dtype=np.bool_)
    same[1:] = (
        (steps.customer[1:] == steps.customer[:-1]) & (steps.time[1:] == steps.time[:-1]) & (order[1:] == order[:-1])
    )
    if not same.any():
        return steps
    ledger.drop("duplicate", steps.place[same])
    return steps.take(~same)


def join_repeats(steps: Steps, together: float, ledger: Ledger) -> Steps:
    """Return sorted steps without those that enter the stage that the step before has entered, less than so long ago.

    together: days; 0: every step that enters is a visit. Of several in a row each is compared with the one before.
    """
    if together <= 0.0:
        return steps
    repeated = np.zeros(len(steps.kind), dtype=np.bool_)
    repeated[1:] = (
        (steps.customer[1:] == steps.customer[:-1])
        & (steps.kind[1:] == ENTERS)
        & (steps.kind[:-1] == ENTERS)
        & (steps.what[1:] == steps.what[:-1])
        & (steps.time[1:] - steps.time[:-1] < together)
    )
    ledger.drop("repeated", steps.place[repeated])
    return steps.take(~repeated) if repeated.any() else steps


def _order(steps: Steps) -> Integers:
    """Return the order of steps at one time."""
    stage = steps.what.astype(np.int64)
    order = stage * 3 + steps.kind
    ends = steps.kind >= WINS
    order[ends] = FAR * (steps.kind[ends].astype(np.int64) - WINS + 1) + np.where(
        steps.kind[ends] == LOSES, stage[ends] + 1, 0
    )
    return order


def _rises(customer: Integers, time: Floats, order: Integers) -> bool:
    later = (customer[1:] > customer[:-1]) | (
        (customer[1:] == customer[:-1])
        & ((time[1:] > time[:-1]) | ((time[1:] == time[:-1]) & (order[1:] >= order[:-1])))
    )
    return bool(later.all())


@dataclass(frozen=True, slots=True, eq=False)
class Assembled:
    """Visits (VISIT, by customer and time, `customer` the code of the steps, without values), and what is beside them.

    places: [visits] of the rows that entered them; won: [visits] the place of the row of their win, −1: none; causes:
    [visits] of losses, negative where not known; lost: the place of the row of the loss; seen: [visits] when an open
    visit was last seen, NaN if nothing says so.
    """

    visits: NDArray[Any]
    places: Integers
    won: Integers
    lost: Integers
    causes: Integers
    seen: Floats


def assemble(steps: Steps, stages: int, ledger: Ledger) -> Assembled:
    """Return the visits that sorted steps make; what does not fit is dropped, what is odd noted.

    stages: how many there are; a win before the last of them has passed over some.
    """
    steps = _begin_with_stages(steps, ledger)
    enters = steps.kind == ENTERS
    number = np.cumsum(enters) - 1
    begins = np.flatnonzero(enters)
    size = len(begins)
    visits = np.zeros(size, dtype=VISIT)
    if not size:
        nothing = np.zeros(0, dtype=np.int64)
        return Assembled(visits, nothing, nothing, nothing, nothing, np.zeros(0))
    customer, stage, entered = steps.customer[begins], steps.what[begins].astype(np.int64), steps.time[begins]
    last = np.ones(size, dtype=np.bool_)
    last[:-1] = customer[1:] != customer[:-1]
    win = _first(steps.kind == WINS, number, size)
    lose = _first(steps.kind == LOSES, number, size)
    _note_ends(steps, number, win, lose, last, ledger)
    won, lost = win >= 0, (lose >= 0) & (win < 0)
    following = np.append(entered[1:], np.nan)
    outcome = np.select([won & ~_earlier(won, customer), lost & last, won & last, last], [WON, LOST, END, OPEN], NEXT)
    visits["customer"], visits["stage"], visits["entered"], visits["outcome"] = customer, stage, entered, outcome
    visits["left"] = np.where(won, steps.time[win], np.where(lost, steps.time[lose], np.where(last, np.nan, following)))
    visits["touchpoint"] = visits["team"] = -1
    causes = np.where(outcome == LOST, steps.what[lose].astype(np.int64), -1)
    visits["cause"] = np.maximum(causes, -1)
    visits["to"] = np.where(last, -1, np.append(stage[1:], -1))
    visits["visit"] = _count_visits(customer, stage, won)
    for name, kind in (("started", ANSWERED), ("served", SERVED)):
        place = _first((steps.kind == kind) & (steps.what == stage[number]), number, size)
        visits[name] = np.where(place >= 0, steps.time[place], np.nan)
    visits["served"] = np.where(np.isnan(visits["served"]), visits["started"], visits["served"])
    places = steps.place[begins]
    _note_moves(visits, places, won & (stage < stages - 1), ledger)
    return Assembled(
        visits,
        places,
        np.where(won, steps.place[win], -1),
        np.where(outcome == LOST, steps.place[lose], -1),
        causes,
        _sightings(steps, number, outcome, ledger),
    )


def _begin_with_stages(steps: Steps, ledger: Ledger) -> Steps:
    """Return the steps without those of a customer before the first stage."""
    enters = np.cumsum(steps.kind == ENTERS)
    begins = np.ones(len(enters), dtype=np.bool_)
    begins[1:] = steps.customer[1:] != steps.customer[:-1]
    before = (enters - (steps.kind == ENTERS))[begins]
    early = enters == before[np.cumsum(begins) - 1]
    ledger.drop("no_stage", steps.place[early])
    return steps.take(~early) if early.any() else steps


def _first(flags: Flags, number: Integers, size: int) -> Integers:
    """Return [visits] the place of the first flagged step of each visit, −1: none."""
    places = np.flatnonzero(flags)
    first = np.full(size, -1)
    first[number[places][::-1]] = places[::-1]
    return first


def _note_ends(steps: Steps, number: Integers, win: Integers, lose: Integers, last: Flags, ledger: Ledger) -> None:
    """Note losses that were not for good, and drop ends after the end."""
    place = np.arange(len(number))
    wins, losses = steps.kind == WINS, steps.kind == LOSES
    ends = np.where(win >= 0, win, lose)[number]
    late = (wins | losses) & (place > ends)
    ledger.drop("after_end", steps.place[late])
    undone = losses & ((place < win[number]) | ((place == lose[number]) & (win[number] < 0) & ~last[number]))
    ledger.note("reopened", steps.place[undone])


def _earlier(flags: Flags, customer: Integers) -> Flags:
    """Return which rows have a flagged row of the same customer before them."""
    total: Integers = np.cumsum(flags) - flags
    begins = np.ones(len(flags), dtype=np.bool_)
    begins[1:] = customer[1:] != customer[:-1]
    return np.asarray(total > total[begins][np.cumsum(begins) - 1]) if len(flags) else flags


def _count_visits(customer: Integers, stage: Integers, won: Flags) -> Integers:
    """Return [visits] which visit to its stage each is since the customer's last purchase, from 1."""
    purchases: Integers = np.cumsum(won) - won
    order = np.lexsort((stage, purchases, customer))
    keys = [key[order] for key in (customer, purchases, stage)]
    begins = np.ones(len(order), dtype=np.bool_)
    begins[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    place = np.arange(len(order))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = place - place[begins][np.cumsum(begins) - 1] + 1
    return number


def _note_moves(visits: NDArray[Any], places: Integers, early: Flags, ledger: Ledger) -> None:
    """Note passing over stages (`early`: by a win), coming back to one, and entering two at one time."""
    begins = np.ones(len(visits), dtype=np.bool_)
    begins[1:] = visits["customer"][1:] != visits["customer"][:-1]
    before = np.where(begins, -1, np.append(-1, visits["stage"][:-1])[: len(visits)])
    ledger.note("skipped", places[early | (visits["stage"] > before + 1)])
    ledger.note("returned", places[visits["visit"] > 1])
    same = np.zeros(len(visits), dtype=np.bool_)
    same[1:] = ~begins[1:] & (visits["entered"][1:] == visits["entered"][:-1])
    ledger.note("simultaneous", places[same])


def _sightings(steps: Steps, number: Integers, outcome: NDArray[Any], ledger: Ledger) -> Floats:
    """Return [visits] when an open visit was last seen."""
    seen = np.full(len(outcome), np.nan)
    sightings = np.flatnonzero(steps.kind == SEEN)
    final = outcome[number[sightings]] == OPEN
    seen[number[sightings[final]]] = steps.time[sightings[final]]
    moved = outcome[number[sightings]] == NEXT
    ledger.note("seen_again", steps.place[sightings[moved]])
    return seen
