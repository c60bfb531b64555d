"""Laws of time by maximum likelihood, censored and truncated, chosen by AIC.

Each family has its numbers on the logarithmic scale, where its likelihood is closest to a parabola; intervals are
exp(θ ± z se) with errors from the second derivatives (ABGK, §VI.1.2). AIC = 2k − 2 log L with k numbers (Akaike
1974). The hazard and the survival of each family are those of `laws`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import chdtri, ndtri

from funnelsim.estimates import LEVEL, Interval
from funnelsim.families import derive
from funnelsim.fitting.change_points import exposure_until, find_cuts
from funnelsim.fitting.pieces import piecewise_law
from funnelsim.fitting.risk_sets import Floats
from funnelsim.fitting.sojourns import Sojourns, log_likelihood, nelson_aalen_survival
from funnelsim.laws import CODES, Law, fixed, law_survival, make_law

#: The families that are tried, with the names of their numbers; `piecewise` has one rate for each of its pieces.
NUMBERS: Final[dict[str, tuple[str, ...]]] = {
    "exponential": ("mean",),
    "weibull": ("shape", "scale"),
    "gamma": ("shape", "scale"),
    "lognormal": ("median", "sigma"),
    "loglogistic": ("shape", "scale"),
}
PIECEWISE: Final = "piecewise"
#: Pieces have to be better by so much in AIC (Burnham & Anderson 2002, §2.6: beyond 10 the other model has essentially
#: no support).
BETTER_BY: Final = 10.0
#: Fewest events for a family of two numbers.
FEWEST: Final = 5.0
#: Bounds of a logarithm of a shape or sigma, so that every law drawn can be computed.
SHAPES: Final = (math.log(0.02), math.log(200.0))
STEP: Final = 1e-4
#: A law is compared with what was observed at about so many times at most.
COMPARED: Final = 256
#: Numbers whose likelihood says that they are as improbable as this are not drawn.
IMPLAUSIBLE: Final = 1e-3
#: With more events than this the normal approximation is good, and draws are not compared with the likelihood.
FEW: Final = 200.0
MOST_STEPS: Final = 60


@dataclass(frozen=True, slots=True, eq=False)
class LawFit:
    """A law fitted to a clock.

    names, logs, covariance: its k numbers on the logarithmic scale. events, exposure: what it was fitted to (days).
    candidates: every family tried with its AIC, the best first. distance: the largest |S − exp(−Nelson–Aalen)|
    as long as a twentieth are at risk.
    cuts: where the pieces begin (of `piecewise` only). spread: at each quantile of a law as observed, Greenwood's sum
    Σ d/(n(n − d)) up to there.
    sojourns: what it was fitted to, where draws are compared with it (families of few events).
    """

    family: str
    law: Law
    names: tuple[str, ...]
    logs: Floats
    covariance: Floats
    log_likelihood: float
    events: float
    exposure: float
    candidates: tuple[tuple[str, float], ...] = ()
    distance: float = math.nan
    cuts: tuple[float, ...] = ()
    spread: tuple[float, ...] = ()
    sojourns: Sojourns | None = None

    @property
    def aic(self) -> float:
        """2k − 2 log L; where a hazard changes is a number, too."""
        return 2.0 * (len(self.names) + max(len(self.cuts) - 1, 0)) - 2.0 * self.log_likelihood

    def interval(self, name: str, level: float = LEVEL) -> Interval:
        """Return one of the numbers with its interval."""
        place = self.names.index(name)
        z = float(ndtri((1.0 + level) / 2.0))
        half = z * math.sqrt(max(float(self.covariance[place, place]), 0.0))
        value = float(self.logs[place])
        return Interval(math.exp(value), math.exp(value - half), math.exp(min(value + half, 700.0)))


def fit_law(sojourns: Sojourns, families: Sequence[str] = (*NUMBERS, PIECEWISE)) -> LawFit | None:
    """Fit every family to a clock and return the best by AIC; None without an event after time 0.

    Piecewise constant hazards win only where no other family comes within 10 of them. With fewer than five events
    only the exponential law is tried.
    """
    events = sojourns.events.total
    if events <= 0.0:
        return None
    tried = [name for name in families if name == "exponential" or events >= FEWEST] or ["exponential"]
    fits: list[LawFit] = []
    for family in tried:
        if family == PIECEWISE:
            cuts = find_cuts(sojourns)
            fits += [] if cuts is None else [fit_pieces(sojourns, cuts)]
        else:
            found = fit_family(sojourns, family)
            fits += [] if found is None else [found]
    fits.sort(key=lambda fit: fit.aic)
    best = next((fit for fit in fits if fit.family != PIECEWISE and fit.aic <= fits[0].aic + BETTER_BY), fits[0])
    seen: dict[str, float] = {}
    for fit in fits:
        seen.setdefault(fit.family, fit.aic)
    at, survived = nelson_aalen_survival(sojourns)
    every = max(1, len(at) // COMPARED)
    pairs = zip(at[::every].tolist(), survived[::every].tolist(), strict=True)
    distance = max((abs(law_survival(best.law, t) - s) for t, s in pairs), default=0.0)
    return LawFit(
        best.family,
        best.law,
        best.names,
        best.logs,
        best.covariance,
        best.log_likelihood,
        events,
        sojourns.exposure,
        tuple(seen.items()),
        float(distance),
        best.cuts,
        sojourns=None if best.family == PIECEWISE or events > FEW else sojourns,
    )


def fit_family(sojourns: Sojourns, family: str) -> LawFit | None:
    """Fit one family by Newton's method; None where its likelihood has no maximum inside."""
    names = NUMBERS[family]
    events, exposure = sojourns.events.total, sojourns.exposure
    if family == "exponential":
        mean = exposure / events
        value = -events * math.log(mean) - events
        logs, covariance = np.array([math.log(mean)]), np.array([[1.0 / events]])
        return LawFit(family, law_of(family, logs), names, logs, covariance, value, events, exposure)

    def objective(theta: Floats) -> float:
        numbers = _numbers(family, theta)
        value = log_likelihood(sojourns, CODES[family], *numbers)
        return value if math.isfinite(value) else -math.inf

    found = maximise(objective, _start(sojourns, family), events)
    if found is None:
        return None
    logs, value, covariance = found
    shape = logs[names.index("sigma" if family == "lognormal" else "shape")]
    if not SHAPES[0] < shape < SHAPES[1]:
        return None
    return LawFit(family, law_of(family, logs), names, logs, covariance, value, events, exposure)


def fit_pieces(sojourns: Sojourns, cuts: Floats) -> LawFit:
    """Fit a hazard that is constant on pieces, which begin at `cuts` (the first at 0): events / exposure of each.

    log L = Σ D_i log r_i − Σ D_i; Var log r_i = 1/D_i.
    """
    at, weight = sojourns.events.at, sojourns.events.weight
    happened = np.add.reduceat(weight, np.searchsorted(at, cuts, side="right").clip(max=len(at) - 1))
    exposed = np.diff(exposure_until(sojourns, np.append(cuts, math.inf)))
    rates = happened / exposed
    value = float(happened @ np.log(rates) - happened.sum())
    names = tuple(f"rate_{i + 1}" for i in range(len(cuts)))
    law = piecewise_law(cuts, rates)
    covariance = np.diag(1.0 / happened)
    events, exposure = sojourns.events.total, sojourns.exposure
    logs, begins = np.log(rates), tuple(cuts.tolist())
    return LawFit(PIECEWISE, law, names, logs, covariance, value, events, exposure, cuts=begins)


def law_of(family: str, logs: Floats, cuts: Sequence[float] = ()) -> Law:
    """Return the law with the numbers exp(logs)."""
    if family == PIECEWISE:
        return piecewise_law(np.asarray(cuts), np.exp(logs))
    return make_law(family, dict(zip(NUMBERS[family], np.exp(logs).tolist(), strict=True)))


def draw_law(fit: LawFit, normals: Floats) -> Law:
    """Return a law with numbers drawn from the normal approximation of their posterior.

    normals: as many standard normal draws as the law has numbers. Shapes stay where laws can be computed.
    """
    if not len(fit.names):
        return fit.law
    return law_of(fit.family, draw_logs(fit, normals[None])[0], fit.cuts)


def draw_logs(fit: LawFit, normals: Floats) -> Floats:
    """Return the logarithms of drawn numbers, a row for each of the rows of `normals`."""
    root = np.linalg.cholesky(fit.covariance + 1e-12 * np.eye(len(fit.names)))
    logs = fit.logs + normals @ root.T
    for place, name in enumerate(fit.names):
        if name in {"shape", "sigma"}:
            logs[:, place] = logs[:, place].clip(*SHAPES)
    return np.asarray(logs)


def is_plausible(fit: LawFit, logs: Floats) -> bool:
    """Tell whether numbers lie in the 99.9% region of the likelihood: 2(log L − log L(θ)) ≤ χ² of as many degrees.

    Where events are few the normal approximation reaches far beyond it. Of whole-day stamps the likelihood is that of
    the middles of their days. True where none is at hand.
    """
    if fit.sojourns is None:
        return True
    here, best = (log_likelihood(fit.sojourns, CODES[fit.family], *_numbers(fit.family, x)) for x in (logs, fit.logs))
    return 2.0 * (best - here) <= float(chdtri(float(len(logs)), IMPLAUSIBLE))


def always(value: float, events: float, exposure: float) -> LawFit:
    """Return the law of a time that never varies."""
    return LawFit("fixed", fixed(value), (), np.zeros(0), np.zeros((0, 0)), 0.0, events, exposure, (), 0.0)


def maximise(objective: Callable[[Floats], float], start: Floats, size: float) -> tuple[Floats, float, Floats] | None:
    """Climb to a maximum by damped Newton steps with numerical derivatives; None if there is none.

    size: the number of events, the scale of the objective. Returns where, how high, and the inverse of minus the
    second derivatives.
    """
    theta = np.array(start, dtype=np.float64)
    value = objective(theta)
    if not math.isfinite(value):
        return None
    damping = 0.0
    for _ in range(MOST_STEPS):
        gradient, curvature = _derivatives(objective, theta, value)
        if not (np.isfinite(gradient).all() and np.isfinite(curvature).all()):
            return None
        lowest = float(np.linalg.eigvalsh(-curvature)[0])
        lift = max(damping, -lowest + 1e-3 * size if lowest < 1e-6 * size else 0.0)
        step = np.linalg.solve(-curvature + lift * np.eye(len(theta)), gradient)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        higher = objective(theta + step)
        while not higher >= value and float(np.abs(step).max()) > 1e-9:
            step /= 3.0
            higher = objective(theta + step)
        if not higher >= value:
            break
        theta, moved, value = theta + step, float(np.abs(step).max()), higher
        if float(np.abs(theta).max()) > 40.0:
            return None
        if moved < 1e-7 or (moved < 1e-4 and lift == 0.0):
            break
    _, curvature = _derivatives(objective, theta, value)
    if not np.isfinite(curvature).all() or float(np.linalg.eigvalsh(-curvature)[0]) <= 1e-9 * size:
        return None
    return theta, value, np.asarray(np.linalg.inv(-curvature))


def _derivatives(objective: Callable[[Floats], float], theta: Floats, value: float) -> tuple[Floats, Floats]:
    """Return the gradient and the second derivatives by central differences."""
    k = len(theta)
    unit = np.eye(k) * STEP
    up = np.array([objective(theta + unit[i]) for i in range(k)])
    down = np.array([objective(theta - unit[i]) for i in range(k)])
    gradient = (up - down) / (2.0 * STEP)
    second = np.diag((up - 2.0 * value + down) / STEP**2)
    for i in range(k):
        for j in range(i):
            corner = (
                objective(theta + unit[i] + unit[j])
                - objective(theta + unit[i] - unit[j])
                - objective(theta - unit[i] + unit[j])
                + objective(theta - unit[i] - unit[j])
            )
            second[i, j] = second[j, i] = corner / (4.0 * STEP**2)
    return gradient, second


def _numbers(family: str, theta: Floats) -> tuple[float, float, float]:
    values = np.exp(np.clip(theta, -50.0, 50.0)).tolist()
    return derive(family, tuple(zip(NUMBERS[family], values, strict=True)))


def _start(sojourns: Sojourns, family: str) -> Floats:
    """Return a first guess: from the mean by exposure, and the spread of the logarithms of event times."""
    events, weight = sojourns.events, sojourns.events.weight
    mean = math.log(sojourns.exposure / events.total)
    logs = np.log(events.at)
    centre = float(logs @ weight / events.total)
    spread = math.sqrt(float((logs - centre) ** 2 @ weight / events.total))
    sigma = min(max(spread, 0.05), 3.0)
    if family == "lognormal":
        return np.array([max(mean - 0.35, centre), math.log(sigma)])
    shape = min(max(math.pi / (math.sqrt(3.0 if family == "loglogistic" else 6.0) * sigma), 0.2), 20.0)
    if family == "gamma":
        shape = min(max(1.0 / sigma**2, 0.2), 50.0)
        return np.array([math.log(shape), mean - math.log(shape)])
    return np.array([math.log(shape), mean])
