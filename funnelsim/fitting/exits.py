"""Losses at the exit told from clocks, where the planned end of a visit is known: in a simulated history.

A cause that acts at the exit takes a customer when the stage would have been completed, so its losses have the law of
the completions; a clock's do not. Both readings of each cause are fitted, and the sum of AIC decides, cause by cause
as long as something improves. Forgetting is a chance at the exit that grows with the time t since the last contact,
h(t) = decay ln(1 + t/scale).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from funnelsim.fitting.clocks import LawFit, fit_law, maximise
from funnelsim.fitting.risk_sets import Floats, Integers
from funnelsim.fitting.sojourns import Sojourns, gather, make_sojourns
from funnelsim.fitting.stays import Phase
from funnelsim.laws import fixed

SAME: Final = 1e-7
#: Fewest losses for which a shape of forgetting is fitted.
FEWEST: Final = 20
#: The decay of a memory that a file can hold.
DECAYS: Final = (0.02, 500.0)
#: The families by which clocks and exits are told apart.
QUICK: Final = ("exponential", "weibull", "gamma", "lognormal", "loglogistic")


@dataclass(frozen=True, slots=True, eq=False)
class Exits:
    """Which causes act at the exit: chances, and memories with scale (days) and decay.

    ends: the phase's causes, with every loss at the exit taken as a completion. reached: how many came to the exit.
    hazards: of the chances, by cause.
    """

    chances: tuple[int, ...]
    memories: tuple[tuple[int, LawFit], ...]
    ends: Integers
    reached: float
    hazards: dict[int, float]

    def chance(self, j: int, count: float) -> float:
        """Return p of a cause's chance; count: its losses, where they stand for more than are known."""
        hazard = self.hazards[j]
        return min(1.0, -math.expm1(-hazard)) if count > 0.0 else 0.0


def find_exits(phase: Phase, done: int, running: Integers, *, simulated: bool, memories: Sequence[int] = ()) -> Exits:
    """Tell which of the causes with `running` losses in a phase act at the exit.

    memories: causes that may be forgetting. Nothing acts at the exit unless the history is simulated.
    """
    used = np.flatnonzero(running).tolist()
    completed = phase.cause == done
    none = Exits((), (), phase.cause, float(completed.sum()), {})
    if not simulated or not used or not completed.any():
        return none
    ended = phase.duration[completed]
    low, high = float(ended.min()), float(ended.max())
    if high - low <= SAME * max(high, 1e-6):
        at_exit = [j for j in used if _all_at(phase.duration[phase.cause == j], low)]
    else:
        at_exit = _by_criterion(phase, done, used, memories)
    if not at_exit:
        return none
    ends = np.where(np.isin(phase.cause, at_exit), done, phase.cause)
    reached = float((ends == done).sum())
    gone = {j: float((phase.cause == j).sum()) for j in at_exit}
    lost = sum(gone.values())
    total = -math.log1p(-lost / reached) if lost < reached else math.inf
    hazards = {j: total * count / lost for j, count in gone.items()}
    found = []
    for j in at_exit:
        if j in memories:
            memory = fit_memory(phase, done, j, at_exit)
            if memory is not None:
                found.append((j, memory))
    forgotten = {j for j, _ in found}
    return Exits(tuple(j for j in at_exit if j not in forgotten), tuple(found), ends, reached, hazards)


def fit_memory(phase: Phase, done: int, j: int, at_exit: Sequence[int]) -> LawFit | None:
    """Fit forgetting to who came to the exit after t and had forgotten, or not; None if a chance does as well.

    P(forgot at t) = 1 − (1 + t/scale)^−decay, judged against a constant chance by AIC. at_exit: all who act there.
    """
    here = (phase.cause == done) | np.isin(phase.cause, at_exit) | (phase.cause == j)
    time, forgot = phase.duration[here], phase.cause[here] == j
    number, others = float(forgot.sum()), float((~forgot).sum())
    if number < FEWEST or (time[forgot] <= 0.0).any():
        return None
    lost, kept = gather(time[forgot]), gather(time[~forgot])
    share = number / (number + others)
    constant = 2.0 - 2.0 * (number * math.log(share) + others * math.log1p(-share))

    def objective(theta: Floats) -> float:
        scale, decay = np.exp(np.clip(theta, -40.0, 40.0))
        with np.errstate(divide="ignore"):
            value = float(lost.weight @ np.log(-np.expm1(-decay * np.log1p(lost.at / scale))))
        value -= float(decay * (kept.weight @ np.log1p(kept.at / scale)))
        return value if math.isfinite(value) else -math.inf

    typical = float(np.median(time))
    guess = -math.log1p(-min(share, 0.99)) / math.log(2.0)
    found = maximise(objective, np.array([math.log(max(typical, 1e-6)), math.log(guess)]), number)
    if found is None or 4.0 - 2.0 * found[1] > constant:
        return None
    logs, value, covariance = found
    if not math.log(DECAYS[0]) < logs[1] < math.log(DECAYS[1]):
        return None
    return LawFit("forgetting", fixed(0.0), ("scale", "decay"), logs, covariance, value, number, float(time.sum()))


def hold_memory(fit: LawFit, drawn: Floats) -> Floats:
    """Return draws of a memory's numbers (scale, decay) [draws, 2] with decays that a file can hold.

    A decay beyond is put to the nearest that is, and its scale to what goes with that: the regression of one logarithm
    on the other, along which the likelihood of few events is flat.
    """
    logs = np.log(drawn)
    held = np.clip(logs[:, 1], math.log(1.01 * DECAYS[0]), math.log(0.99 * DECAYS[1]))
    slope = fit.covariance[0, 1] / fit.covariance[1, 1] if fit.covariance[1, 1] > 0.0 else 0.0
    return np.asarray(np.exp(np.stack([logs[:, 0] + slope * (held - logs[:, 1]), held], axis=1)))


def _by_criterion(phase: Phase, done: int, used: Sequence[int], memories: Sequence[int]) -> list[int]:
    """Return the causes that are better taken as acting at the exit, adding the best one as long as AIC falls."""
    like = make_sojourns(phase.duration, phase.cause == done, phase.late)
    clocks = {j: _criterion(phase, [j], like) for j in used}
    chosen: list[int] = []
    now = _at_exit(phase, done, [], memories, like)
    while True:
        rest = [j for j in used if j not in chosen]
        tried = {j: _at_exit(phase, done, [*chosen, j], memories, like) for j in rest}
        gains = {j: now + clocks[j] - tried[j] for j in rest}
        best = max(gains, key=lambda j: gains[j], default=None)
        if best is None or gains[best] <= 0.0:
            return sorted(chosen)
        chosen.append(best)
        now = tried[best]


def _criterion(phase: Phase, causes: Sequence[int], like: Sojourns) -> float:
    """Return the AIC of one clock behind the events of some causes."""
    fit = fit_law(make_sojourns(phase.duration, np.isin(phase.cause, causes), like=like), QUICK)
    return math.inf if fit is None else fit.aic


def _at_exit(phase: Phase, done: int, causes: Sequence[int], memories: Sequence[int], like: Sojourns) -> float:
    """Return the AIC of completions and losses at the exit as one clock, and of which of them it was."""
    forgotten = [
        (j, memory) for j in causes if j in memories and (memory := fit_memory(phase, done, j, causes)) is not None
    ]
    gone = {j for j, _ in forgotten}
    counts = np.array([float((phase.cause == j).sum()) for j in (done, *causes) if j not in gone])
    split = float(counts @ np.log(counts / counts.sum())) + sum(memory.log_likelihood for _, memory in forgotten)
    return _criterion(phase, [done, *causes], like) + 2.0 * (len(causes) + len(forgotten)) - 2.0 * split


def _all_at(times: Floats, moment: float) -> bool:
    return bool((np.abs(times - moment) <= SAME * max(moment, 1e-6)).all())
