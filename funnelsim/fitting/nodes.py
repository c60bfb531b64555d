"""What happens at one stage (or touchpoint): chances, clocks and times, each by the likelihood that its data allow.

Exact stamps: who is lost in the instant of entering meets a chance; every other cause has a clock, fitted by itself,
since the likelihood of competing clocks falls apart into one factor for each. In a simulated history a loss at the exit
can be told from a clock, because it comes when the stage would have been completed: both are tried, and AIC decides;
likewise forgetting. Whole-day stamps: chances and clocks are fitted jointly (`grouped`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from funnelsim.estimates import Interval
from funnelsim.fitting.clocks import COMPARED, FEW, NUMBERS, LawFit, always, fit_law
from funnelsim.fitting.exits import Exits, find_exits
from funnelsim.fitting.grouped import fit_grouped
from funnelsim.fitting.incidence import aalen_johansen, incidence_at, kaplan_meier
from funnelsim.fitting.proportions import wilson_interval
from funnelsim.fitting.risk_sets import CENSORED, Integers, make_risk_sets
from funnelsim.fitting.sojourns import TAIL, Sojourns, make_sojourns
from funnelsim.fitting.stays import Phase, Stays, deciding, waiting, whole
from funnelsim.fitting.steps import fit_steps, has_jumps
from funnelsim.laws import law_survival

CHANCE, EXIT, CLOCK, PATIENCE, FORGETTING = "chance", "exit", "time_to_loss", "patience", "forgetting"
#: Causes that act at the first visit only, unless the data say otherwise.
FIRST_ONLY: Final = ("spam", "only_comparing")
#: So many losses have to be missing at later visits before a chance is taken to act at the first one only.
MISSED: Final = 3.0
#: Times equal to within this share of themselves are one time.
SAME: Final = 1e-9
#: More than this share of times of exactly 0 is kept as such.
AT_ONCE: Final = 0.005
#: A unit of time of which the median stay has so many, at whose end hardly anybody is at once, is as good as none.
FINE: Final = 400.0
HARDLY: Final = 0.002
#: A law further than this from what was observed, and than so many 1/√events, gives way to what was observed.
POOR: Final = 0.04
POOR_TIMES: Final = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class CauseFit:
    """How a cause takes customers at a node, by one mechanism.

    count: losses by this mechanism (with their share of the losses without a reason). at_risk: visits; exposure: days
    in which it could act. chance: of a chance at entry or exit. law: of a clock or patience; memory: scale and decay
    of forgetting, as a fit on the logarithmic scale. exposed: when a clock runs. first: acts at first visits only.
    """

    cause: int
    mechanism: str
    count: float
    at_risk: float
    exposure: float
    chance: Interval | None = None
    law: LawFit | None = None
    exposed: str = "stage"
    first: bool = False
    worth: float = math.nan


@dataclass(frozen=True, slots=True, eq=False)
class NodeFit:
    """What happens at a stage or touchpoint.

    entered, completed, open: visits. losses: [causes] counted, known reasons only; unknown: without a reason.
    probability: of each cause [causes], over a visit followed to its end (Aalen–Johansen at the last event).
    """

    entered: int
    completed: int
    open: int
    losses: Integers
    unknown: int
    probability: tuple[Interval, ...]
    causes: tuple[CauseFit, ...]
    takes: LawFit | None
    wait: LawFit | None
    service: LawFit | None
    warnings: tuple[tuple[str, int], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Causes:
    """The causes of a log: how many, which act at first visits only by nature, which may be forgetting."""

    number: int
    first_only: tuple[bool, ...]
    memories: tuple[int, ...] = ()


def fit_node(stays: Stays, known_causes: Causes, resolution: float, *, simulated: bool) -> NodeFit:
    """Fit a node from its stays.

    resolution: of the stamps in days, 0 exact. simulated: the planned end of every visit is known. warnings: kinds
    with the cause they are about (−1: none).
    """
    causes = known_causes.number
    losses = np.bincount(stays.cause[stays.lost & (stays.cause >= 0)], minlength=causes)
    unknown = int((stays.lost & (stays.cause < 0)).sum())
    known = int(losses.sum())
    factor = 1.0 + unknown / known if known else 1.0
    warnings: list[tuple[str, int]] = [("reasons_missing", -1)] if unknown else []
    waits = bool((stays.wait > 0.0).any() and (stays.answered & (stays.wait > 0.0)).any()) or bool(
        (~stays.answered & ~stays.at_entry).any()
    )
    found: list[CauseFit]
    wait = None
    if resolution > 0.0 and is_fine(stays, resolution):
        # Who is lost in the unit of entering is lost at entry.
        at_once = stays.lost & (stays.total <= 0.0) & (not waits)
        stays, resolution = replace(stays, answered=stays.answered & ~at_once), 0.0
    if resolution > 0.0:
        found, takes, wait = _fit_coarse(stays, causes, factor, resolution, waits=waits, warnings=warnings)
    else:
        found = _fit_entries(stays, causes, factor, known_causes.first_only)
        moved = stays.select(~stays.at_entry)
        clocks, takes, wait = _fit_clocks(moved, known_causes, factor, waits=waits, simulated=simulated)
        found += clocks
    served = stays.service[stays.answered & (stays.service > 0.0)]
    service = None
    if len(served):
        service = fit_time(Phase(served, np.zeros(len(served)), np.zeros(len(served), dtype=np.int64)), 0)
    return NodeFit(
        len(stays),
        int(stays.completed.sum()),
        int(stays.open.sum()),
        losses,
        unknown,
        _probabilities(stays, causes, factor),
        tuple(found),
        takes,
        wait,
        service,
        tuple(warnings),
    )


def is_fine(stays: Stays, resolution: float) -> bool:
    """Tell whether stamps are so fine that durations here are as good as exact."""
    total = stays.total
    ended = total[(stays.completed | stays.lost) & (total > 0.0)]
    if not len(ended) or float(np.median(ended)) < FINE * resolution:
        return False
    return float((total[stays.completed] <= 0.0).mean()) < HARDLY if stays.completed.any() else True


def count_node(stays: Stays, causes: int) -> NodeFit:
    """Count what happens at a stage, without saying how: mechanisms are those of its touchpoints."""
    losses = np.bincount(stays.cause[stays.lost & (stays.cause >= 0)], minlength=causes)
    unknown = int((stays.lost & (stays.cause < 0)).sum())
    factor = 1.0 + unknown / float(losses.sum()) if losses.sum() else 1.0
    probability = _probabilities(stays, causes, factor)
    completed, still_open = int(stays.completed.sum()), int(stays.open.sum())
    return NodeFit(len(stays), completed, still_open, losses, unknown, probability, (), None, None, None)


def counts_of(node: NodeFit) -> NodeFit:
    """Return what `count_node` would of the stays that a node was fitted to."""
    return replace(node, causes=(), takes=None, wait=None, service=None, warnings=())


def fit_time(phase: Phase, done: int) -> LawFit | None:
    """Fit the law of a time that ends with cause `done`, everything else censored; None if it never ended.

    A time that never varies is fixed; where many share one time (0, say), or no law comes near, it is taken as it was
    observed (Kaplan–Meier).
    """
    rang = phase.cause == done
    ended = phase.duration[rang]
    if not len(ended):
        return None
    low, high = float(ended.min()), float(ended.max())
    exposure = float(phase.duration.sum() - phase.late.sum())
    if high - low <= SAME * max(high, 1e-6):
        return always(0.0 if high <= 1e-9 else float(np.median(ended)), float(len(ended)), exposure)
    if float((ended <= 0.0).mean()) > AT_ONCE or has_jumps(ended):
        return fit_steps(phase.duration, rang, phase.late)
    fit = fit_law(make_sojourns(phase.duration, rang, phase.late))
    if fit is not None and _is_poor(fit):
        return replace(fit_steps(phase.duration, rang, phase.late), candidates=fit.candidates)
    return fit


def _is_poor(fit: LawFit) -> bool:
    """Tell whether a law is too far from what was observed."""
    return fit.distance > max(POOR, POOR_TIMES / math.sqrt(fit.events))


def _probabilities(stays: Stays, causes: int, factor: float) -> tuple[Interval, ...]:
    """Return the probability of each cause over a visit; losses without a reason are shared like those with one."""
    cause = np.where(
        stays.completed, causes, np.where(stays.lost, np.where(stays.cause < 0, causes + 1, stays.cause), -1)
    )
    if not (cause >= 0).any():
        return tuple(Interval(0.0, 0.0, 1.0) for _ in range(causes))
    total = stays.total
    found = incidence_at(aalen_johansen(make_risk_sets(total, cause, stays.late, number=causes + 2)), [math.inf])[0]
    scale = [Interval(min(1.0, factor * p.mean), min(1.0, factor * p.low), min(1.0, factor * p.high)) for p in found]
    return tuple((found if factor == 1.0 else scale)[:causes])


def _fit_entries(stays: Stays, causes: int, factor: float, first_only: Sequence[bool]) -> list[CauseFit]:
    """Estimate chances at entry from who was lost there; each hazard is its count by the exposure of its visits.

    A group of n visits with D losses is worth E = D/−ln(1 − D/n) unit exposures (n without a loss), so that chances
    that compete give their counts back.
    """
    seen = stays.select(stays.late <= 0.0)
    lost = seen.at_entry
    first = seen.visit <= 1
    groups = (first, ~first)
    exposure, counts = [], []
    for group in groups:
        number, gone = float(group.sum()), float((lost & group).sum())
        exposure.append(number if gone == 0.0 else (0.0 if gone == number else gone / -math.log1p(-gone / number)))
        counts.append(np.bincount(seen.cause[lost & group & (seen.cause >= 0)], minlength=causes) * factor)
    found = []
    for j in np.flatnonzero(counts[0] + counts[1]).tolist():
        wanted = counts[0][j] * exposure[1] / max(exposure[0], 1e-300)
        only = counts[1][j] == 0.0 and (wanted >= MISSED or (first_only[j]))
        count = float(counts[0][j] + (0.0 if only else counts[1][j]))
        spent = exposure[0] + (0.0 if only else exposure[1])
        number = float(first.sum() if only else len(seen))
        chance = -math.expm1(-count / spent) if spent > 0.0 else 1.0
        size = max(count / chance, 1e-12)
        interval = Interval(chance, *wilson_interval(count, size))
        found.append(CauseFit(j, CHANCE, count, number, 0.0, interval, first=only or first_only[j]))
    return found


def _fit_clocks(
    stays: Stays, known_causes: Causes, factor: float, *, waits: bool, simulated: bool
) -> tuple[list[CauseFit], LawFit | None, LawFit | None]:
    """Fit clocks, exits, takes and wait from exact times."""
    causes = known_causes.number
    found: list[CauseFit] = []
    decided = deciding(stays, causes)
    wait = None
    running = np.bincount(decided.cause[decided.cause >= 0], minlength=causes + 1)[:causes]
    if waits:
        waited = waiting(stays, causes)
        wait = fit_time(waited, causes)
        early = np.bincount(waited.cause[waited.cause >= 0], minlength=causes + 1)[:causes]
        all_of_it = whole(stays, causes)
        for j in np.flatnonzero(early).tolist():
            both = running[j] > 0
            phase, exposed = (all_of_it, "stage") if both else (waited, PATIENCE)
            running[j] = 0
            found.append(_clock(phase, j, factor, exposed))
    exits = find_exits(decided, causes, running, simulated=simulated, memories=known_causes.memories)
    found += [_exit(exits, decided, j, factor) for j in exits.chances]
    found += [
        CauseFit(j, FORGETTING, float(running[j]), exits.reached, _exposure(decided), law=memory)
        for j, memory in exits.memories
    ]
    gone = {*exits.chances, *(j for j, _ in exits.memories)}
    exposed = "deciding" if waits else "stage"
    like = make_sojourns(decided.duration, decided.cause == causes, decided.late)
    found += [_clock(decided, j, factor, exposed, like) for j in np.flatnonzero(running).tolist() if j not in gone]
    takes = fit_time(Phase(decided.duration, decided.late, exits.ends), causes)
    return found, takes, wait


def _clock(phase: Phase, j: int, factor: float, exposed: str, like: Sojourns | None = None) -> CauseFit:
    rang = phase.cause == j
    sojourns = make_sojourns(phase.duration, rang, phase.late, factor, like)
    law = fit_law(sojourns)
    ended = phase.duration[rang]
    if law is not None and factor == 1.0 and (has_jumps(ended[ended > 0.0]) or _is_poor(law)):
        law = replace(fit_steps(phase.duration, rang, phase.late), candidates=law.candidates)
    mechanism = PATIENCE if exposed == PATIENCE else CLOCK
    exposed = "waiting" if exposed == PATIENCE else exposed
    if law is None:  # rang at 0, where no law has its beginning: a chance in all but name
        count = float(rang.sum()) * factor
        chance = Interval(count / len(rang), *wilson_interval(count, float(len(rang))))
        return CauseFit(j, CHANCE, count, float(len(rang)), 0.0, chance)
    return CauseFit(
        j, mechanism, float(rang.sum()) * factor, float(len(rang)), sojourns.exposure, law=law, exposed=exposed
    )


def _exit(exits: Exits, decided: Phase, j: int, factor: float) -> CauseFit:
    count = float((decided.cause == j).sum()) * factor
    chance = exits.chance(j, count)
    interval = Interval(chance, *wilson_interval(count, count / chance))
    return CauseFit(j, EXIT, count, exits.reached, _exposure(decided), interval)


def _exposure(phase: Phase) -> float:
    return float(phase.duration.sum() - phase.late.sum())


def _fit_coarse(
    stays: Stays, causes: int, factor: float, resolution: float, *, waits: bool, warnings: list[tuple[str, int]]
) -> tuple[list[CauseFit], LawFit | None, LawFit | None]:
    """Fit everything jointly from whole-day stamps."""
    found: list[CauseFit] = []
    wait = None
    phases = [(deciding(stays, causes), "deciding") if waits else (whole(stays, causes), "stage")]
    if waits:
        phases.insert(0, (waiting(stays, causes), PATIENCE))
    takes: LawFit | None = None
    for number, (phase, exposed) in enumerate(phases):
        counted = np.bincount(phase.cause[phase.cause >= 0], minlength=causes + 1)
        ended = phase.duration[phase.cause == causes]
        # What always ends within its unit of time takes none, as far as these stamps can say.
        at_once = len(ended) > 0 and float(ended.max()) == 0.0
        used = np.flatnonzero(counted).tolist()
        place = np.full(causes + 2, CENSORED)
        place[used] = np.arange(len(used))
        cause = place[phase.cause]
        may = [j != causes and number == 0 for j in used]
        factors = [1.0 if j == causes else factor for j in used]
        fits = fit_grouped(phase.duration, cause, len(used), may, entries=phase.late, unit=resolution, factors=factors)
        for j, fit in zip(used, fits, strict=True):
            if j == causes:
                law = None if fit.clock is None else _close_enough(phase, causes, fit.clock, resolution)
                if at_once or law is None:
                    law = always(0.0, float(counted[j]), _exposure(phase))
                takes, wait = (law, wait) if number == len(phases) - 1 else (takes, law)
                continue
            count = float(counted[j]) * factor
            share = 0.0 if not fit.chance.mean > 0.0 else fit.chance.mean
            number_at_risk = float(len(phase.duration))
            if share > 0.0:
                lost = min(count, share * number_at_risk)
                found.append(CauseFit(j, CHANCE, lost, number_at_risk, 0.0, fit.chance, worth=fit.worth))
                count -= lost
            elif not math.isnan(fit.worth):
                warnings.append(("entry_not_told", j))
            if fit.clock is not None:
                clock = fit.clock if share > 0.0 else _close_enough(phase, j, fit.clock, resolution)
                clock = _with_middles(phase, j, clock, resolution, later=share > 0.0)
                mechanism = PATIENCE if exposed == PATIENCE else CLOCK
                when = "waiting" if exposed == PATIENCE else exposed
                found.append(CauseFit(j, mechanism, count, number_at_risk, _exposure(phase), None, clock, when))
    return found, takes, wait


def _with_middles(phase: Phase, j: int, fit: LawFit, resolution: float, *, later: bool) -> LawFit:
    """Return a law of a family with its sojourns, each in the middle of its day; later: first days are a chance's."""
    if fit.family not in NUMBERS or fit.events > FEW:
        return fit
    rang = (phase.cause == j) & ((phase.duration > 0.0) | (not later))
    if not rang.any():
        return fit
    return replace(fit, sojourns=make_sojourns(phase.duration + 0.5 * resolution, rang, phase.late))


def _close_enough(phase: Phase, j: int, fit: LawFit, resolution: float) -> LawFit:
    """Return a law fitted to whole units with its distance from Kaplan–Meier, or, where that is far, what was observed.

    A duration of k units is on average k and a half at its end.
    """
    rang = phase.cause == j
    found = kaplan_meier(make_risk_sets(phase.duration, np.where(rang, 0, -1), phase.late, number=1))
    sure = found.at_risk >= TAIL * found.at_risk.max(initial=0.0)
    every = max(1, int(sure.sum()) // COMPARED)
    pairs = zip(found.times[sure][::every].tolist(), found.survival[sure][::every].tolist(), strict=True)
    distance = max((abs(law_survival(fit.law, t + 0.5 * resolution) - s) for t, s in pairs), default=0.0)
    fit = replace(fit, distance=distance)
    if _is_poor(fit):
        return replace(fit_steps(phase.duration, rang, phase.late), candidates=fit.candidates)
    return fit
