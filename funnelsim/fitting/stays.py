"""A log's visits as stays: how long each phase lasted, what ended it, and from when on it was watched.

A stay has three phases: waiting for an answer, being answered (the service, in which nothing happens), deciding. What
nobody wrote down is taken as a wait of 0. Times are days since entering, so that clocks begin at 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.eventlog import END, LOST, NEXT, OPEN, WON, EventLog
from funnelsim.fitting.risk_sets import CENSORED, Floats, Integers

Flags = NDArray[np.bool_]
Codes = NDArray[np.int32]

#: What the arrays of `Stays` hold, in their order.
KINDS: Final = (np.int64, *[np.int32] * 4, *[np.float64] * 4, *[np.bool_] * 4, np.int32)
#: Rows that are made into stays at a time, so that what is made in between stays small.
BLOCK: Final = 1 << 15


@dataclass(frozen=True, slots=True, eq=False)
class Stays:
    """One entry per visit to a stage [n], in the order of the log.

    row: of the log's visits. wait: until answered, or until the end of whoever was not; answered: whether somebody
    was. service, decide: of the answered (otherwise 0). late: how long the stay had lasted when watching began
    (0: watched from its beginning). completed, lost, open: how it ended; cause: of the lost, −1 where unknown.
    """

    row: Integers
    stage: Codes
    touchpoint: Codes
    variant: Codes
    visit: Codes
    wait: Floats
    service: Floats
    decide: Floats
    late: Floats
    answered: Flags
    completed: Flags
    lost: Flags
    open: Flags
    cause: Codes

    def select(self, chosen: Flags) -> Stays:
        """Return some of the stays."""
        places = np.flatnonzero(chosen)
        if len(places) == len(self):
            return self
        return Stays(*(getattr(self, name)[places] for name in self.__slots__))

    def first(self, count: int) -> Stays:
        """Return the first so many of the stays."""
        return Stays(*(getattr(self, name)[:count] for name in self.__slots__))

    def __len__(self) -> int:
        return len(self.row)

    @property
    def at_entry(self) -> Flags:
        """Who was lost in the instant of entering."""
        return self.lost & ~self.answered & (self.wait <= 0.0)

    @property
    def total(self) -> Floats:
        """How long each stay lasted, or was watched."""
        return np.asarray(self.wait + self.service + self.decide)


def make_stays(log: EventLog) -> Stays:
    """Return the stays of a log; a stay that was over before watching began is left out."""
    visits = log.visits
    row = np.flatnonzero(visits["stage"] >= 0)
    told = np.bincount(visits["stage"][row][np.isfinite(visits["started"][row])], minlength=len(log.stages)) > 0
    made = Stays(*(np.empty(len(row), dtype=kind) for kind in KINDS))
    count = 0
    for begin in range(0, len(row), BLOCK):
        part = _make_part(log, row[begin : begin + BLOCK], told)
        for name in Stays.__slots__:
            getattr(made, name)[count : count + len(part)] = getattr(part, name)
        count += len(part)
    return made if count == len(row) else made.first(count)


def _make_part(log: EventLog, row: Integers, told: Flags) -> Stays:
    """Return the stays of some rows; told: [stages] whether anybody wrote down answers there."""
    seen = log.visits[row]
    since, until = (times[seen["customer"]] for times in log.watched)
    outcome, entered, stage = seen["outcome"], seen["entered"], seen["stage"]
    left = np.where(np.isnan(seen["left"]), until, seen["left"])
    started, served = seen["started"], seen["served"]
    completed, lost = (outcome == NEXT) | (outcome == WON) | (outcome == END), outcome == LOST
    # Nobody wrote down answers at this stage, or not this one, although the customer went on.
    plain = ~told[stage] | (np.isnan(started) & completed)
    answered = plain | np.isfinite(started)
    if log.resolution == 0.0:
        answered &= ~(plain & lost & (left <= entered))
    started = np.where(plain & answered, entered, np.where(answered, started, left))
    served = np.where(plain & answered, entered, np.where(np.isnan(served), np.where(answered, left, started), served))
    served = np.minimum(served, left)
    late = np.maximum(since - entered, 0.0)
    late[~np.isfinite(late)] = 0.0
    part = Stays(
        row,
        stage,
        seen["touchpoint"],
        seen["variant"],
        seen["visit"],
        np.maximum(started - entered, 0.0),
        np.maximum(served - started, 0.0),
        np.maximum(left - served, 0.0),
        late,
        answered,
        completed,
        lost,
        outcome == OPEN,
        np.where(lost, seen["cause"], CENSORED),
    )
    return part.select(np.isfinite(left) & ((left - entered > late) | (late <= 0.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Phase:
    """One phase of some stays [n]: how long it lasted, from when on it was watched, and what ended it.

    cause: a cause's number, `completed` where it came to its end, −1 censored.
    """

    duration: Floats
    late: Floats
    cause: Integers


def waiting(stays: Stays, done: int) -> Phase:
    """Return the waits: ended by an answer (cause `done`), a loss, or censored."""
    began = np.zeros(len(stays))
    cause = np.where(stays.answered, done, np.where(stays.lost, stays.cause, CENSORED))
    return _watched(stays.wait, began, stays.late, cause)


def deciding(stays: Stays, done: int) -> Phase:
    """Return what came after the answer: ended by completion (cause `done`), a loss, or censored."""
    told = stays.select(stays.answered)
    cause = np.where(told.completed, done, np.where(told.lost, told.cause, CENSORED))
    return _watched(told.decide, told.wait + told.service, told.late, cause)


def whole(stays: Stays, done: int) -> Phase:
    """Return waiting and deciding as one time, without the service: what a clock of the whole stage sees."""
    cause = np.where(stays.completed, done, np.where(stays.lost, stays.cause, CENSORED))
    return _watched(stays.wait + stays.decide, np.zeros(len(stays)), stays.late, cause)


def _watched(duration: Floats, began: Floats, late: Floats, cause: Integers) -> Phase:
    """Return a phase that began some time into its stay, of those whose phase was still on when watching began."""
    before = np.maximum(late - began, 0.0)
    seen = (duration > before) | (before <= 0.0)
    return Phase(duration[seen], before[seen], cause[seen].astype(np.int64))
