"""Where customers go after a stage, after how long, what they pay, and whom they bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from funnelsim.estimates import Interval
from funnelsim.eventlog import END, NEXT, WON, EventLog
from funnelsim.fitting.clocks import LawFit, fit_law
from funnelsim.fitting.nodes import fit_time
from funnelsim.fitting.proportions import estimate_shares
from funnelsim.fitting.risk_sets import Floats, Integers
from funnelsim.fitting.sojourns import make_sojourns
from funnelsim.fitting.stays import Flags, Phase

#: The end of the journey, as a destination.
OUT: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class RouteFit:
    """A route: to a stage or OUT, the segment it gives ('': none), how many took it, its share, the delay after it.

    earned: how many were paid for on this route, where not everyone who completes the stage pays.
    """

    to: int
    joins: str
    count: int
    share: Interval
    after: LawFit | None
    earned: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class EarningFit:
    """What completions pay: how many paid, of how many; the law of an amount; the share that is not the goods' cost.

    mean, error: of the amounts as they were.
    """

    paid: int
    completed: int
    unknown: int
    amount: LawFit | None
    margin: float
    mean: float
    error: float


@dataclass(frozen=True, slots=True, eq=False)
class ReferralFit:
    """Whom completions of a stage bring: how many in all, the mean of each, where they enter, after how long."""

    count: int
    mean: Interval
    enters: int
    after: LawFit | None


@dataclass(frozen=True, slots=True, eq=False)
class Journeys:
    """What follows each visit of a log [visits]: its number (−1: none), how long after, whether that is censored."""

    following: Integers
    delay: Floats
    censored: Flags


def follow(log: EventLog) -> Journeys:
    """Return what follows each visit: the next row of the same customer, if there is one."""
    visits = log.visits
    person = visits["customer"]
    same = np.zeros(len(visits), dtype=bool)
    same[:-1] = person[1:] == person[:-1]
    following = np.where(same, np.arange(1, len(visits) + 1), -1)
    _, until = log.watched
    delay = np.zeros(len(visits))
    here = np.flatnonzero(same)
    left = visits["left"]
    delay[here] = visits["entered"][here + 1] - left[here]
    between = same.copy()
    between[here] = visits["stage"][here + 1] < 0
    gone = np.flatnonzero(between)
    delay[gone] = until[person[gone]] - left[gone]
    # Whoever goes to a stage and has no row there yet is on the way.
    lone = ~same & (visits["outcome"] <= WON) & (visits["to"] >= 0)
    delay[lone] = until[person[lone]] - left[lone]
    return Journeys(following, delay, between | lone)


def is_completed(log: EventLog) -> Flags:
    """Tell which visits completed their stage [visits]."""
    outcome = log.visits["outcome"]
    return np.asarray((log.visits["stage"] >= 0) & ((outcome == NEXT) | (outcome == WON) | (outcome == END)))


def completed_rows(log: EventLog) -> list[Integers]:
    """Return for each stage the rows of the visits that completed it."""
    done = np.flatnonzero(is_completed(log))
    stage = log.visits["stage"][done]
    order = np.argsort(stage.astype(np.int16) if len(log.stages) < 1 << 15 else stage, kind="stable")
    return np.split(done[order], np.searchsorted(stage[order], np.arange(1, len(log.stages))))


def fit_routes(log: EventLog, done: Integers, journeys: Journeys) -> list[RouteFit]:
    """Return the routes out of a stage, the most used first; done: its `completed_rows`."""
    visits = log.visits
    if not len(done):
        return []
    ended = visits["outcome"][done] == END
    to = np.where(ended, OUT, visits["to"][done]).astype(np.int64)
    after = journeys.following[done]
    on = np.flatnonzero((after >= 0) & (to == OUT) & ~ended)
    to[on] = visits["stage"][after[on]]
    joins, joined = _joins(log, done, after)
    pays = _pays(log, done)
    # Destinations from OUT on, with what they join; in their order, and by name.
    kinds = (to - OUT) * len(joined) + joins
    present = [divmod(kind, len(joined)) for kind in np.flatnonzero(np.bincount(kinds)).tolist()]
    groups = sorted((t + OUT, joined[j]) for t, j in present)
    members = [kinds == (t - OUT) * len(joined) + joined.index(j) for t, j in groups]
    shares = estimate_shares([float(m.sum()) for m in members])
    found = []
    for (target, segment), member, share in zip(groups, members, shares, strict=True):
        rows = done[member]
        delay, censored = journeys.delay[rows], journeys.censored[rows]
        law = None
        if target != OUT and (delay[~censored] > 0.0).any():
            law = fit_time(Phase(np.maximum(delay, 0.0), np.zeros(len(rows)), np.where(censored, -1, 0)), 0)
        found.append(RouteFit(target, segment, len(rows), share, law, int(pays[member].sum())))
    return sorted(found, key=lambda route: -route.count)


def _joins(log: EventLog, done: Integers, after: Integers) -> tuple[Integers, list[str]]:
    """Return which segment is joined between visits and those that follow (0: none), and the segments' names."""
    variant = log.visits["variant"]
    joined, joins = [""], np.zeros(len(done), dtype=np.int64)
    on = np.flatnonzero(after >= 0)
    before, now = variant[done[on]].astype(np.int64), variant[after[on]].astype(np.int64)
    moved = before != now
    pairs, pair = np.unique(before[moved] * len(log.variants) + now[moved], return_inverse=True)
    names = [_newest(log.variants, *divmod(code, len(log.variants))) for code in pairs.tolist()]
    joined += sorted({*names} - {""})
    joins[on[moved]] = np.array([joined.index(name) for name in names], dtype=np.int64)[pair]
    return joins, joined


def _newest(variants: Sequence[str], before: int, now: int) -> str:
    """Return the segment that whoever is of one variant has joined to become of another; '' if none."""
    return min({*variants[now].split("+")} - {*variants[before].split("+"), ""}, default="")


def fit_earning(log: EventLog, done: Integers, variants: Flags | None = None) -> EarningFit | None:
    """Return what completions of a stage pay; None if nobody ever does, or nobody knows how much.

    done: its `completed_rows`. variants: [variants] whose completions are meant, by default all.
    """
    visits = log.visits
    if variants is not None:
        done = done[variants[visits["variant"][done]]]
    pays = _pays(log, done)
    value = visits["value"][done]
    known = pays & np.isfinite(value)
    if not known.any():
        return None
    goods = float(visits["goods"][done][known].sum())
    amounts = value[known]
    phase = Phase(amounts, np.zeros(len(amounts)), np.zeros(len(amounts), dtype=np.int64))
    return EarningFit(
        int(pays.sum()),
        len(done),
        int((pays & ~known).sum()),
        fit_time(phase, 0),
        1.0 - goods / float(amounts.sum()),
        float(amounts.mean()),
        float(amounts.std()) / float(np.sqrt(len(amounts))),
    )


def fit_referrals(log: EventLog, stage: int, done: Integers) -> ReferralFit | None:
    """Return whom completions of a stage bring; None if nobody. done: its `completed_rows`."""
    people, visits = log.customers, log.visits
    brought = np.flatnonzero((people["parent"] >= 0) & (people["origin_stage"] == stage))
    if not len(brought) or not len(done):
        return None
    completed = len(done)
    first = first_rows(log)
    entered = visits["stage"][first[brought]]
    mean = len(brought) / completed
    # the end of the parent's visit that brought them: the same visit number at that stage
    key = visits["customer"][done] * 4096 + visits["visit"][done]
    order = np.argsort(key, kind="stable")
    wanted = people["parent"][brought] * 4096 + people["origin_visit"][brought]
    place = np.searchsorted(key[order], wanted).clip(max=len(order) - 1)
    match = key[order][place] == wanted
    delay = people["arrived"][brought][match] - visits["left"][done[order[place[match]]]]
    law = fit_law(make_sojourns(delay, np.ones(len(delay), dtype=bool))) if (delay > 0.0).any() else None
    half = 1.959963984540054 * np.sqrt(len(brought)) / completed
    enters = int(np.bincount(entered[entered >= 0]).argmax()) if (entered >= 0).any() else 0
    return ReferralFit(len(brought), Interval(mean, max(0.0, mean - half), mean + half), enters, law)


def _pays(log: EventLog, rows: Integers) -> Flags:
    value = log.visits["value"][rows]
    return np.asarray(np.isnan(value) | (value > 0.0))


def first_rows(log: EventLog) -> Integers:
    """Return the first visit of each customer [customers] (0 for who has none)."""
    person = log.visits["customer"]
    first = np.zeros(len(log.customers), dtype=np.int64)
    starts = (
        np.flatnonzero(np.concatenate([[True], person[1:] != person[:-1]]))
        if len(person)
        else np.zeros(0, dtype=np.int64)
    )
    first[person[starts]] = starts
    return first
