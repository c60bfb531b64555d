"""What a run holds while it goes on: who is where, what customers carry with them, and room to work in."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.compiling import bare
from funnelsim.engines.compiled.blocks import Floats, Integers, Keys
from funnelsim.engines.compiled.tables import Settings, Tables
from funnelsim.engines.staffing import Staffing
from funnelsim.engines.totals import Totals
from funnelsim.eventlog import CUSTOMER, VISIT
from funnelsim.memory import Group, column, part

#: Customers in a block.
BLOCK: Final = 1024
#: Bits of `State.flags`.
WON_BEFORE, COUNTED, DEAL = 1, 2, 4
#: What is kept of customers besides totals: nothing, their fates and payments, or everything they lived through.
NOTHING, FATES, ROWS = range(3)
#: One customer of a ledger.
FATE = np.dtype([("key", "u8"), ("paid", "f8"), ("code", "i8"), ("belongs", "?")])
#: Referrals that a customer made at one completion: `count` of them from `number` on are still to come.
LITTER = np.dtype(
    [
        ("parent", "i8"),
        ("lineage", "i8"),
        ("key", "u8"),
        ("time", "f8"),
        ("earning", "i4"),
        ("purchases", "i4"),
        ("visit", "i4"),
        ("number", "i4"),
        ("count", "i4"),
        ("generation", "i4"),
        ("row", "i8"),
        ("copy", "i8"),
        ("root", "i8"),
        ("next", "i8"),
    ]
)
#: Where a referred customer stands among others who come to a queue at the same time: by descent.
LINEAGE = np.dtype(
    [
        ("parent", "i8"),
        ("stage", "i8"),
        ("purchases", "i8"),
        ("visit", "i8"),
        ("number", "i8"),
        ("depth", "i8"),
    ]
)


#: One customer on the way. who: the row among the people kept; last_row: of the last visit; lineage: as in LINEAGE.
PERSON = np.dtype(
    [
        ("key", "u8"),
        ("arrived", "f8"),
        ("who", "i8"),
        ("last_row", "i8"),
        ("lineage", "i8"),
        ("generation", "i8"),
        ("flags", "i8"),
    ]
)


class State(Group):
    """What P customers carry, by slot; `free` [P] and `top` [1] are the slots that nobody holds.

    person, purchases: [P]; counters: [C, P, 2] visits since the last purchase and ever; spent, gone: [P, B] amounts and
    cumulative hazards of budgets; passed: [P, M, 4] purchases and visit where moved earnings would have been drawn, and
    where they were drawn last (−1: nowhere).
    """

    person: NDArray[Any] = column(PERSON)
    purchases: NDArray[np.int32] = column("i4")
    counters: NDArray[np.int32] = column("i4", 3)
    spent: Floats = column("f8", 2)
    gone: Floats = column("f8", 2)
    passed: NDArray[np.int32] = column("i4", 3)
    free: Integers = column("i8")
    top: Integers = column("i8")


class Buckets(Group):
    """Customers who wait to be moved on: count [S], and key, time, slot [S, room] by step."""

    count: Integers = column("i8")
    key: Keys = column("u8", 2)
    time: Floats = column("f8", 2)
    slot: Integers = column("i8", 2)


class Scratch(Group):
    """Room for one block; see `walk`."""

    key: Keys = column("u8")
    time: Floats = column("f8")
    slot: Integers = column("i8")
    nothing: Keys = column("u8")
    purchases: Keys = column("u8")
    visit: Keys = column("u8")
    ever: Integers = column("i8")
    out_key: Keys = column("u8")
    out_time: Floats = column("f8")
    out_slot: Integers = column("i8")
    out_rest: Floats = column("f8")
    out_purchases: Keys = column("u8")
    out_visit: Keys = column("u8")
    entry_u: Floats = column("f8", 2)
    clock_u: Floats = column("f8", 2)
    exit_u: Floats = column("f8", 2)
    stage_u: Floats = column("f8")
    rest_u: Floats = column("f8")
    money_u: Floats = column("f8")
    after_u: Floats = column("f8")
    option_u: Floats = column("f8")
    spare_u: Floats = column("f8")
    takes: Floats = column("f8")
    first: Floats = column("f8")
    cause: Integers = column("i8")
    rank: Integers = column("i8")
    gate: Integers = column("i8")
    ring: Floats = column("f8")
    ring_cause: Integers = column("i8")
    stage_ring: Floats = column("f8")
    stage_cause: Integers = column("i8")
    stage_rank: Integers = column("i8")
    exit_cause: Integers = column("i8")
    wait: Floats = column("f8")
    service: Floats = column("f8")
    cost: Floats = column("f8")
    drop: Floats = column("f8", 2)
    bins: Integers = column("i8")
    marks: Integers = column("i8")
    clear: Integers = column("i8")
    marked: Integers = column("i8")
    best: Floats = column("f8")
    pick: Integers = column("i8")
    value: Floats = column("f8")
    goods: Floats = column("f8")
    delay: Floats = column("f8")
    litter: Integers = column("i8")
    place: Integers = column("i8")
    spare: Floats = column("f8")
    source_row: NDArray[np.int32] = column("i4")
    copy: NDArray[np.int32] = column("i4")
    number: Integers = column("i8")
    variant: Integers = column("i8")


class People(Group):
    """Who is kept: `fates` (FATE), or `customers` (CUSTOMER) with generation; count [1]. Rooms grow by doubling."""

    fates: NDArray[Any] = column(FATE)
    customers: NDArray[Any] = column(CUSTOMER)
    generation: NDArray[np.int32] = column("i4")
    count: Integers = column("i8")


class Visits(Group):
    """The visits that are kept (VISIT), in order of time for each customer; count [1]."""

    rows: NDArray[Any] = column(VISIT)
    count: Integers = column("i8")


class Litters(Group):
    """Referrals that may still come (LITTER), `count` [1]; `free` [1] begins the list, by `next`, of rows to use again.

    ready: those that do come and have their time, `ready_count` [1].
    """

    rows: NDArray[Any] = column(LITTER)
    count: Integers = column("i8")
    free: Integers = column("i8")
    ready: Integers = column("i8")
    ready_count: Integers = column("i8")


#: A visit to a team that never ends.
UNFINISHED = np.dtype([("team", "i8"), ("joined", "f8"), ("started", "f8")])


class Unfinished(Group):
    """Visits to teams that never end (UNFINISHED), to be added when the run is over; count [1]."""

    rows: NDArray[Any] = column(UNFINISHED)
    count: Integers = column("i8")


#: Visits of a step that are noted before they are added to the totals together.
SHEET: Final = 256
#: What comes of a visit in `Sheets.fate`, besides the cause to which somebody is lost.
THROUGH, STAYS = -1, -2
#: Bits of `Sheets.marks`: queued for the team; found there by the start; is part of the team's load.
QUEUED, FOUND, LOADS = 1, 2, 4


class Sheets(Group):
    """Visits whose times are known, step by step, until they are added to the totals: count [S].

    [S, SHEET]: entered, started, served, left (NaN: not before the run ends), fate, marks; value, goods and cost where
    the step has any. spare: [4, SHEET], to work in.
    """

    count: Integers = column("i8")
    entered: Floats = column("f8", 2)
    started: Floats = column("f8", 2)
    served: Floats = column("f8", 2)
    left: Floats = column("f8", 2)
    fate: Integers = column("i8", 2)
    marks: Integers = column("i8", 2)
    value: Floats = column("f8", 2)
    goods: Floats = column("f8", 2)
    cost: Floats = column("f8", 2)
    spare: Floats = column("f8", 2)


def make_sheets(steps: int) -> Sheets:
    """Return empty sheets for so many steps."""
    return Sheets(
        count=np.zeros(steps, dtype=np.int64),
        spare=np.empty((4, SHEET)),
        **{name: np.empty((steps, SHEET), dtype=np.int64) for name in ("fate", "marks")},
        **{
            name: np.empty((steps, SHEET))
            for name in ("entered", "started", "served", "left", "value", "goods", "cost")
        },
    )


class World(Group):
    """Everything that a run reads and writes, but its calendar and the room for a block."""

    tables: Tables = part(Tables)
    settings: Settings = part(Settings)
    state: State = part(State)
    totals: Totals = part(Totals)
    people: People = part(People)
    visits: Visits = part(Visits)
    litters: Litters = part(Litters)
    staffing: Staffing = part(Staffing)
    unfinished: Unfinished = part(Unfinished)
    sheets: Sheets = part(Sheets)


def make_unfinished(room: int) -> Unfinished:
    """Return no visits, with room for so many."""
    return Unfinished(rows=np.zeros(room, dtype=UNFINISHED), count=np.zeros(1, dtype=np.int64))


def make_state(settings: Settings, room: int) -> State:
    """Return a state with room for so many customers."""
    return State(
        person=np.zeros(room, dtype=PERSON),
        purchases=np.zeros(room, dtype=np.int32),
        counters=np.zeros((settings.counters, room, 2), dtype=np.int32),
        spent=np.zeros((room, settings.budgets)),
        gone=np.zeros((room, settings.budgets)),
        passed=np.full((room, settings.passed, 4), -1, dtype=np.int32),
        free=np.arange(room)[::-1].copy(),
        top=np.array([room]),
    )


@bare
def clear_state(state: State) -> None:
    """Make every slot free."""
    room = state.free.size
    for i in range(room):
        state.free[i] = room - 1 - i
    state.top[0] = room


def grow_state(state: State) -> None:
    """Give a state twice the room."""
    old = len(state.free)
    grown = {name: _doubled(getattr(state, name)) for name in State.fields if name not in ("top", "counters")}
    grown["counters"] = np.concatenate([state.counters, np.zeros_like(state.counters)], axis=1)
    top = int(state.top[0])
    grown["free"][top : top + old] = np.arange(old, 2 * old)
    grown["passed"][old:] = -1
    state.top[0] = top + old
    state.put(**grown)


def _doubled(array: NDArray[Any]) -> NDArray[Any]:
    larger = np.zeros((2 * len(array), *array.shape[1:]), dtype=array.dtype)
    larger[: len(array)] = array
    return larger


def make_buckets(steps: int, room: int) -> Buckets:
    """Return empty buckets."""
    return Buckets(
        count=np.zeros(steps, dtype=np.int64),
        key=np.empty((steps, room), dtype=np.uint64),
        time=np.empty((steps, room)),
        slot=np.empty((steps, room), dtype=np.int64),
    )


def grow_buckets(buckets: Buckets) -> None:
    """Give buckets twice the room."""
    steps, room = buckets.key.shape
    grown = {}
    for name in ("key", "time", "slot"):
        old = getattr(buckets, name)
        grown[name] = np.empty((steps, 2 * room), dtype=old.dtype)
        grown[name][:, :room] = old
    buckets.put(**grown)


def make_scratch(tables: Tables, settings: Settings) -> Scratch:
    """Return room for a block. Addresses of customers without a state are those of a first visit."""
    step = tables.step

    def uniforms(phase: str) -> Floats:
        widest = (step[f"last_{phase}_draw"] - step[f"first_{phase}_draw"]).max(initial=0)
        return np.empty((2 * int(widest), BLOCK))

    def floats() -> Floats:
        return np.zeros(BLOCK)

    def integers() -> Integers:
        return np.zeros(BLOCK, dtype=np.int64)

    return Scratch(
        key=np.empty(BLOCK, dtype=np.uint64),
        time=floats(),
        slot=np.zeros(BLOCK, dtype=np.int64),
        nothing=np.zeros(BLOCK, dtype=np.uint64),
        purchases=np.zeros(BLOCK, dtype=np.uint64),
        visit=np.zeros(BLOCK, dtype=np.uint64),
        ever=np.ones(BLOCK, dtype=np.int64),
        out_key=np.empty(BLOCK, dtype=np.uint64),
        out_slot=np.zeros(BLOCK, dtype=np.int64),
        out_purchases=np.zeros(BLOCK, dtype=np.uint64),
        out_visit=np.zeros(BLOCK, dtype=np.uint64),
        entry_u=uniforms("entry"),
        clock_u=uniforms("clock"),
        exit_u=uniforms("exit"),
        drop=np.zeros((settings.budgets, BLOCK)),
        source_row=np.zeros(BLOCK, dtype=np.int32),
        copy=np.zeros(BLOCK, dtype=np.int32),
        **{
            name: floats()
            for name in (
                "stage_u", "rest_u", "money_u", "after_u", "option_u", "spare_u", "takes", "first", "ring",
                "stage_ring", "wait", "service", "cost", "best", "value", "goods", "delay", "spare", "out_time",
                "out_rest",
            )
        },
        **{
            name: integers()
            for name in (
                "cause", "rank", "gate", "ring_cause", "stage_cause", "stage_rank", "exit_cause", "bins", "marks",
                "clear", "marked", "pick", "litter", "place", "number", "variant",
            )
        },
    )  # fmt: skip


def make_people(kept: int, room: int) -> People:
    """Return nobody, with room for so many."""
    return People(
        fates=np.zeros(room if kept == FATES else 0, dtype=FATE),
        customers=np.zeros(room if kept == ROWS else 0, dtype=CUSTOMER),
        generation=np.zeros(room if kept == ROWS else 0, dtype=np.int32),
        count=np.zeros(1, dtype=np.int64),
    )


def grow_rows(group: People | Visits | Litters | Unfinished) -> None:
    """Give the rows of a group twice the room."""
    group.put(**{name: _doubled(getattr(group, name)) for name in group.fields if len(getattr(group, name)) > 1})


def make_visits(room: int) -> Visits:
    """Return no visits, with room for so many."""
    return Visits(rows=np.zeros(room, dtype=VISIT), count=np.zeros(1, dtype=np.int64))


def make_litters(room: int) -> Litters:
    """Return no referrals, with room for so many completions."""
    return Litters(
        rows=np.zeros(room, dtype=LITTER),
        count=np.zeros(1, dtype=np.int64),
        free=np.full(1, -1, dtype=np.int64),
        ready=np.zeros(room, dtype=np.int64),
        ready_count=np.zeros(1, dtype=np.int64),
    )
