"""Differences that nobody wrote down: customers of two or three classes, told apart by what happened to them.

A customer belongs to class g with probability π_g, for the whole journey. In class g the hazards of the base are
multiplied by r_gc (cell c: a cause, at all stages), durations to completion by s_gk. With losses N, cumulative hazards
ΔΛ of the clocks, and chances that compete in an instant with hazards h, H_g = Σ r_gc h_c, the log likelihood is

    Σ N log r − Σ r ΔΛ − Σ passed H_g + Σ lost log((1 − exp(−H_g))/H_g) + Σ log f(duration | s_gk).

EM (Dempster, Laird & Rubin 1977): given the posterior probabilities of the classes, r = (α + O)/(α + E) in closed form,
O the weighted losses and E the weighted exposures (of who was lost in an instant, the expected part of it, 1/H −
1/(exp H − 1)); s is the best of a grid. α is the prior of `segments`, here of a stated strength. The number of classes
is chosen by BIC (Schwarz 1978; for mixtures Keribin 2000).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

from funnelsim.estimates import Interval
from funnelsim.fitting.exposures import STEP, Cell, Exposures
from funnelsim.fitting.parameters import uniform_draws
from funnelsim.fitting.risk_sets import Floats
from funnelsim.fitting.stages import StageFit

#: The most classes that are tried.
MOST: Final = 3
#: Strength of the priors: so many losses, where as many were expected, are added to each ratio, …
STRENGTH: Final = 2.0
#: … and so many customers to each class.
MEMBERS: Final = 1.0
#: Starts, on how many customers they are tried, and for how many steps, before the best goes on to the end with all.
STARTS: Final = 6
SAMPLE: Final = 5000
FIRST_STEPS: Final = 25
MOST_STEPS: Final = 2000
#: EM stops when a step adds less than this to the log likelihood.
ENOUGH: Final = 1e-3
#: The laws are fitted anew so often at most, as long as that adds so much.
ROUNDS: Final = 15
WORTH_A_ROUND: Final = 0.1
#: Spread of the logarithms of the ratios at the starts.
SPREAD: Final = 0.8
Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Candidate:
    """A number of classes that was tried, its log likelihood, how many numbers it has, and its BIC."""

    classes: int
    log_likelihood: float
    numbers: int
    bic: float


@dataclass(frozen=True, slots=True, eq=False)
class ClassFit:
    """A class: its share, its ratios by cell and factors of the duration by stage, and what they were counted from.

    losses, expected: by cell, and completed by pace, weighted by the probabilities of belonging to the class.
    ratio_draws, factor_draws: [draws, cells], [draws, paces]; share_draws: [draws].
    """

    share: Interval
    ratios: tuple[Interval, ...]
    factors: tuple[Interval, ...]
    losses: Floats
    expected: Floats
    completed: Floats
    share_draws: Floats
    ratio_draws: Floats
    factor_draws: Floats


@dataclass(frozen=True, slots=True, eq=False)
class LatentFit:
    """The classes, in the order of their losses, the fewest first; none where one class does.

    cells, stages: what ratios and factors are about. candidates: what was tried; customers: on how many. told: the mean
    probability with which a customer's class is known. path: the log likelihood with the logarithm of the prior, step
    by step.
    """

    classes: tuple[ClassFit, ...]
    cells: tuple[Cell, ...]
    stages: tuple[int, ...]
    candidates: tuple[Candidate, ...]
    customers: int
    told: float
    path: tuple[float, ...]

    @property
    def best(self) -> int:
        """The number of classes with the smallest BIC."""
        return min(self.candidates, key=lambda one: one.bic).classes


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Shares [classes], ratios [classes, cells], and the logarithms of the factors [classes, paces]."""

    shares: Floats
    ratios: Floats
    factors: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Where EM came to; posterior: [classes, customers]."""

    mixture: Mixture
    posterior: Floats
    log_likelihood: float
    path: tuple[float, ...]


def fit_latent(
    measured: Callable[[Sequence[StageFit]], Exposures],
    refit: Callable[[Sequence[StageFit], Mixture, Floats], Sequence[StageFit]],
    stages: Sequence[StageFit],
    classes: int | None,
    draws: tuple[int, int],
) -> tuple[LatentFit, Sequence[StageFit]]:
    """Tell classes of customers apart; return them with the stages whose laws they multiply.

    measured: what customers met, given stages. refit: stages with their laws fitted anew, given the classes. classes:
    how many; None: as many as BIC finds, up to three. draws: seed and number of the joint draws.
    """
    met = measured(stages)
    each = len(met.cells) + len(met.paces)
    found: dict[int, tuple[_Found, Exposures, Sequence[StageFit]]] = {}
    candidates: list[Candidate] = []
    for number in range(1, MOST + 1) if classes is None else sorted({1, classes}):
        found[number] = _settle(measured, refit, stages, met, number)
        value = found[number][0].log_likelihood
        candidates.append(_judge(number, value, number * each + number - 1, met.customers))
        if len(candidates) > 1 and classes is None and candidates[-1].bic > candidates[-2].bic:
            break
    wanted = min(candidates, key=lambda one: one.bic).classes if classes is None else classes
    best, met, last = found[wanted]
    told = float(best.posterior.max(axis=0).mean())
    listed = () if wanted == 1 else _describe(met, best, draws)
    paces = tuple(pace.stage for pace in met.paces)
    return LatentFit(listed, met.cells, paces, tuple(candidates), met.customers, told, best.path), last


def _judge(classes: int, log_likelihood: float, numbers: int, customers: int) -> Candidate:
    return Candidate(classes, log_likelihood, numbers, numbers * math.log(customers) - 2.0 * log_likelihood)


def _settle(
    measured: Callable[[Sequence[StageFit]], Exposures],
    refit: Callable[[Sequence[StageFit], Mixture, Floats], Sequence[StageFit]],
    stages: Sequence[StageFit],
    met: Exposures,
    classes: int,
) -> tuple[_Found, Exposures, Sequence[StageFit]]:
    """Return the classes with the laws that fit them: EM and fitting the laws by turns, as long as that helps."""
    now = (_maximise(met, classes), met, stages)
    for _ in range(ROUNDS if classes > 1 else 0):
        laws = refit(now[2], now[0].mixture, now[0].posterior)
        again = measured(laws)
        found = _climb(again, now[0].mixture, MOST_STEPS)
        if found.path[-1] < now[0].path[-1] + WORTH_A_ROUND:
            break
        now = (found, again, laws)
    return now


# ---- expectation and maximisation ----------------------------------------------------------------------------------


def _maximise(met: Exposures, classes: int) -> _Found:
    few = met.thin(max(1, met.customers // SAMPLE))
    starts = [_start(few, classes, number) for number in range(STARTS if classes > 1 else 1)]
    tried = [_climb(few, start, FIRST_STEPS) for start in starts]
    return _climb(met, max(tried, key=lambda one: one.path[-1]).mixture, MOST_STEPS)


def _start(met: Exposures, classes: int, number: int) -> Mixture:
    """Return where EM begins: one class as fitted; classes that differ alike in all losses, then in each by chance."""
    shape = (classes, len(met.cells))
    alike = np.zeros((classes, len(met.paces)))
    shares = np.full(classes, 1.0 / classes)
    if classes == 1:
        return Mixture(shares, np.ones(shape), alike)
    if number == 0:
        logs = np.repeat(np.linspace(-SPREAD, SPREAD, classes)[:, None], shape[1], axis=1)
    else:
        size = classes * shape[1]
        logs = SPREAD * ndtri(uniform_draws(number, size, f"latent.start.{classes}")).reshape(shape)
    return Mixture(shares, np.exp(logs), alike)


def _climb(met: Exposures, start: Mixture, steps: int) -> _Found:
    mixture = start
    path: list[float] = []
    while True:
        posterior, value = _expect(met, mixture)
        path.append(value + _prior(mixture))
        if len(path) > steps or (len(path) > 1 and path[-1] - path[-2] < ENOUGH):
            return _Found(mixture, posterior, value, tuple(path))
        mixture = _update(met, mixture, posterior)


def _expect(met: Exposures, mixture: Mixture) -> tuple[Floats, float]:
    """Return the probabilities of the classes [classes, customers], and the log likelihood."""
    total = mixture.ratios @ met.hazards.T
    terms = np.log(mixture.ratios) @ met.losses.T - mixture.ratios @ met.clocks.T + np.log(mixture.shares)[:, None]
    terms += np.log(-np.expm1(-total) / total) @ met.lost.T - total @ met.passed.T
    for k, pace in enumerate(met.paces):
        for g, factor in enumerate(mixture.factors[:, k].tolist()):
            terms[g] += np.bincount(pace.customer, weights=pace.at(factor)[pace.row], minlength=met.customers)
    highest = terms.max(axis=0)
    posterior = np.exp(terms - highest)
    likelihood = posterior.sum(axis=0)
    return posterior / likelihood, float((np.log(likelihood) + highest).sum())


def _prior(mixture: Mixture) -> float:
    ratios = STRENGTH * float((np.log(mixture.ratios) - mixture.ratios).sum())
    factors = -0.5 * STRENGTH * float((mixture.factors**2).sum())
    return ratios + factors + MEMBERS * float(np.log(mixture.shares).sum())


def _update(met: Exposures, mixture: Mixture, posterior: Floats) -> Mixture:
    shares = (posterior.sum(axis=1) + MEMBERS) / (met.customers + MEMBERS * len(posterior))
    losses, expected = posterior @ met.losses, _expected(met, mixture, posterior)
    factors = mixture.factors.copy()
    for k, pace in enumerate(met.paces):
        for g, belongs in enumerate(posterior):
            weight = np.bincount(pace.row, belongs[pace.customer], len(pace.table)).astype(np.float64)
            factors[g, k] = pace.best(weight, STRENGTH, float(factors[g, k]))
    return Mixture(shares, (STRENGTH + losses) / (STRENGTH + expected), factors)


def _expected(met: Exposures, mixture: Mixture, posterior: Floats) -> Floats:
    """Return the exposures of the classes [classes, cells], in losses that everybody's hazards expect."""
    part = lived_through(mixture.ratios @ met.hazards.T)
    spent = posterior @ met.passed + part * (posterior @ met.lost)
    return np.asarray(posterior @ met.clocks + spent @ met.hazards)


def lived_through(total: Floats) -> Floats:
    """Return which part of the instant whoever was lost in it lived through, on average."""
    return np.asarray(1.0 / total - 1.0 / np.expm1(total))


# ---- what was found ------------------------------------------------------------------------------------------------


def _describe(met: Exposures, found: _Found, draws: tuple[int, int]) -> tuple[ClassFit, ...]:
    """Return the classes with intervals and joint draws, from the information in the customers' scores.

    What is not known of the level of a hazard is in the law that was fitted to everybody; the ratios say how classes
    differ from each other, so what is drawn of their common level is taken out, by the mean weighted with exposure.
    """
    mixture, posterior = found.mixture, found.posterior
    losses, expected = posterior @ met.losses, _expected(met, mixture, posterior)
    classes, cells = mixture.ratios.shape
    paces = len(met.paces)
    values = np.concatenate([np.log(mixture.ratios), mixture.factors], axis=1)
    weights = np.concatenate([mixture.ratios * expected, np.repeat(posterior.sum(axis=1)[:, None], paces, axis=1)], 1)
    covariance = _covariance(met, found)
    level = _without_level(weights / weights.sum(axis=0), classes - 1)
    covariance = level @ covariance @ level.T
    errors = np.sqrt(np.diag(covariance)[: values.size]).reshape(values.shape)
    root = np.linalg.cholesky(covariance + 1e-10 * np.eye(len(covariance)))
    names = [f"latent.{number}" for number in range(len(covariance))]
    normals = np.stack([ndtri(uniform_draws(*draws, name)) for name in names], axis=1) @ root.T
    drawn = np.exp(values + normals[:, : values.size].reshape(-1, *values.shape))
    shifts = np.concatenate([normals[:, values.size :], np.zeros((len(normals), 1))], axis=1)
    shares = mixture.shares * np.exp(shifts)
    shares /= shares.sum(axis=1, keepdims=True)
    share_errors = _share_errors(mixture.shares, covariance[values.size :, values.size :])
    order = np.argsort(losses.sum(axis=1) / expected.sum(axis=1), kind="stable")
    return tuple(
        ClassFit(
            _share(float(mixture.shares[g]), float(share_errors[g])),
            tuple(_around(values[g, c], errors[g, c]) for c in range(cells)),
            tuple(_around(values[g, c], errors[g, c]) for c in range(cells, cells + paces)),
            losses[g],
            expected[g],
            np.array([posterior[g, pace.customer] @ pace.done for pace in met.paces]),
            shares[:, g],
            drawn[:, g, :cells],
            drawn[:, g, cells:],
        )
        for g in order.tolist()
    )


def _covariance(met: Exposures, found: _Found) -> Floats:
    """Return the inverse of Σ s sᵀ over the customers' scores s, with the information of the prior.

    By class the logarithms of ratios and factors, then those of the odds of the shares against the last one (Berndt,
    Hall, Hall & Hausman 1974; for mixtures McLachlan & Peel 2000, §2.15).
    """
    mixture, posterior = found.mixture, found.posterior
    scores, known = [], []
    for g, ratios in enumerate(mixture.ratios):
        spent = met.passed + met.lost * lived_through(met.hazards @ ratios)
        slope = met.losses - (met.clocks + spent @ met.hazards) * ratios
        scores.append(slope * posterior[g][:, None])
        known.append(STRENGTH * ratios)
        for k, pace in enumerate(met.paces):
            factor = float(mixture.factors[g, k])
            each = (pace.at(factor + 0.5 * STEP) - pace.at(factor - 0.5 * STEP))[pace.row] / STEP
            moved = np.bincount(pace.customer, weights=each, minlength=met.customers)
            scores.append((moved * posterior[g])[:, None])
            known.append(np.array([STRENGTH]))
    scores.append(posterior[:-1].T - mixture.shares[:-1])
    known.append(np.full(len(mixture.shares) - 1, MEMBERS))
    together = np.concatenate(scores, axis=1)
    return np.asarray(np.linalg.inv(together.T @ together + np.diag(np.concatenate(known))))


def _without_level(weights: Floats, odds: int) -> Floats:
    """Return the matrix that takes the weighted mean over the classes out of each column of `weights`."""
    classes, columns = weights.shape
    size = classes * columns
    matrix = np.eye(size + odds)
    for g in range(classes):
        for c in range(columns):
            matrix[g * columns + c, c:size:columns] -= weights[:, c]
    return matrix


def _share_errors(shares: Floats, covariance: Floats) -> Floats:
    """Return the standard errors of the logit of each share, from those of the odds against the last class."""
    slope = np.eye(len(shares))[:, :-1] - shares[:-1]
    inner = slope @ covariance @ slope.T
    return np.asarray(np.sqrt(np.maximum(np.diag(inner), 0.0)) / (1.0 - shares))


def _share(share: float, error: float) -> Interval:
    odds = share / (1.0 - share)
    low, high = (odds * math.exp(side * Z95 * error) for side in (-1.0, 1.0))
    return Interval(share, low / (1.0 + low), high / (1.0 + high))


def _around(value: float, error: float) -> Interval:
    low, high = (math.exp(value + side * Z95 * error) for side in (-1.0, 1.0))
    return Interval(math.exp(value), low, high)
