"""What knowing more would be worth to a choice between options.

`payoffs` [draws, options] are what each option is expected to bring at draws of the uncertain numbers. Whoever must
choose now takes the option with the largest mean; whoever knew the numbers would take the largest in every draw. The
expected difference is the value of perfect information (EVPI; Raiffa & Schlaifer 1961, Applied Statistical Decision
Theory). For one number it is EVPPI, and for a sample of it EVSI.

Both are computed under the draws themselves as the prior: with g(x) the expected payoffs given the number, estimated by
regression (Strong, Oakley & Brennan 2014, Med. Decis. Making 34, 311, with a natural cubic spline in place of their
additive model), EVPPI = E max g(X) − max E g(X), and of an experiment with outcomes o, EVSI = Σ P(o) max E[g(X) | o] −
max E g(X). Jensen's inequality then gives 0 ≤ EVSI ≤ EVPPI exactly. Bias: the regression follows noise a little, which
would make a number that does not matter look worth p/D of the residual variance; that much is taken out again (see
`regress`), and what is below noise counts as 0.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Degrees of freedom of the splines that are tried.
SHAPES: Final = (1, 2, 3, 4, 5)
#: Outcomes that an experiment is divided into at most.
OUTCOMES: Final = 256


def unit_loss(z: float) -> float:
    """Return the unit normal loss L(z) = φ(z) − z (1 − Φ(z)), the mean of max(Z − z, 0)."""
    from scipy.special import ndtr

    return math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi) - z * float(ndtr(-z))


def normal_perfect(mean: float, sd: float) -> float:
    """Return the EVPI of taking a lift or leaving it, the lift being N(mean, sd²): sd L(|mean| / sd)."""
    return sd * unit_loss(abs(mean) / sd) if sd > 0.0 else 0.0


def normal_sample(mean: float, sd: float, number: int, noise: float) -> float:
    """Return the EVSI of `number` observations of the lift with standard deviation `noise` each.

    The posterior mean is N(mean, sd⁴ / (sd² + noise² / number)) before they are made (conjugate normal).
    """
    if number <= 0 or sd <= 0.0:
        return 0.0
    return normal_perfect(mean, sd * sd / math.sqrt(sd * sd + noise * noise / number))


def perfect(payoffs: Floats) -> float:
    """Return the EVPI: the mean of the best payoff in each draw, less the best mean."""
    return max(0.0, math.fsum(payoffs.max(axis=1)) / len(payoffs) - float(_means(payoffs).max()))


def best_shares(payoffs: Floats) -> Floats:
    """Return with what probability each option is best; options that are equally good share a draw."""
    best = payoffs == payoffs.max(axis=1, keepdims=True)
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


def regrets(payoffs: Floats) -> Floats:
    """Return by how much each option is expected to fall behind the best; the smallest of them is the EVPI."""
    return np.asarray((payoffs.max(axis=1, keepdims=True) - payoffs).mean(axis=0))


def regress(payoffs: Floats, x: Floats) -> Floats:
    """Return the expected payoffs given a number [draws, options], from its draws x [draws].

    A natural cubic spline of the normal scores of x, of the shape with the least generalised cross-validation error
    (Craven & Wahba 1979), for each option's difference to the first. The fit varies by p s² / D from noise alone: its
    deviations are shrunk by that much. Means stay as they are.
    """
    size = len(x)
    fitted = np.repeat(_means(payoffs)[None, :], size, axis=0)
    if size < 10 or np.all(x == x[0]):
        return fitted
    bases = [_basis(_scores(x), shape) for shape in SHAPES if shape < size // 4]
    first = payoffs[:, 0]
    for option in range(1, payoffs.shape[1]):
        fitted[:, option] += _smooth(bases, payoffs[:, option] - first)
    return fitted


def _smooth(bases: list[Floats], y: Floats) -> Floats:
    """Return the deviations of y from its mean that the best of the bases explains."""
    size = len(y)
    y = y - y.mean()
    found, least = np.zeros(size), math.inf
    for basis in bases:
        coefficients, *_ = np.linalg.lstsq(basis, y, rcond=None)
        fit = basis @ coefficients
        count = basis.shape[1]
        left = float(((y - fit) ** 2).sum())
        error = left / (size - count - 1) ** 2
        if error < least:
            spread = float((fit**2).mean())
            noise = left / (size - count - 1) * count / size
            shrunk = math.sqrt(max(0.0, 1.0 - noise / spread)) if spread > 0.0 else 0.0
            found, least = fit * shrunk, error
    return np.asarray(found - found.mean())


def _scores(x: Floats) -> Floats:
    """Return normal scores: Φ⁻¹ of the ranks; equal values have equal scores."""
    from scipy.special import ndtri

    order = np.sort(x)
    rank = (np.searchsorted(order, x, "left") + np.searchsorted(order, x, "right")) / 2.0
    return np.asarray(ndtri(rank / len(x)))


def _basis(z: Floats, shape: int) -> Floats:
    """Return the columns of a natural cubic spline without intercept, knots at quantiles, centred [draws, shape].

    d_k(z) = ((z − κ_k)³₊ − (z − κ_K)³₊) / (κ_K − κ_k), columns z and d_k − d_{K−1} (Hastie, Tibshirani & Friedman,
    The Elements of Statistical Learning, 2nd ed., eq. 5.4).
    """
    columns = [z]
    knots = np.unique(np.quantile(z, np.linspace(0.02, 0.98, shape + 1))) if shape > 1 else np.array([])
    if len(knots) > 2:
        last = knots[-1]

        def rise(knot: float) -> Floats:
            cubed = np.maximum(z - knot, 0.0) ** 3 - np.maximum(z - last, 0.0) ** 3
            return np.asarray(cubed / (last - knot))

        columns += [rise(float(knot)) - rise(float(knots[-2])) for knot in knots[:-2]]
    basis = np.column_stack(columns)
    return np.asarray(basis - basis.mean(axis=0))


def sample(fitted: Floats, likelihood: Floats) -> float:
    """Return the EVSI of an experiment.

    fitted [draws, options]: expected payoffs given the number. likelihood [draws, outcomes]: the probability of each
    outcome given the number; rows add up to 1.
    """
    given = likelihood.T @ fitted / len(fitted)
    return max(0.0, math.fsum(given.max(axis=1)) - float(_means(fitted).max()))


def share_likelihood(x: Floats, number: int) -> Floats:
    """Return the likelihood of how many of `number` customers do what a share x of them does (binomial).

    With more than OUTCOMES possible counts, neighbouring ones are taken together, which tells a little less.
    """
    from scipy.special import bdtr

    ends = np.unique(np.linspace(-1, number, min(number, OUTCOMES - 1) + 2).round().astype(int))[1:]
    below = bdtr(ends[None, :].astype(float), number, np.clip(x, 0.0, 1.0)[:, None])
    below[:, -1] = 1.0
    return np.diff(below, axis=1, prepend=0.0)


def normal_likelihood(x: Floats, error: float) -> Floats:
    """Return the likelihood of a measurement of x with a normal error of this standard deviation.

    Measurements are told apart by their quantiles under the prior, OUTCOMES of them, which tells a little less.
    """
    from scipy.special import ndtr

    if not error > 0.0:
        order = np.unique(x, return_inverse=True)[1]
        return np.eye(int(order.max()) + 1)[order.ravel()]
    low, high = float(x.min()) - 5.0 * error, float(x.max()) + 5.0 * error
    edges = np.linspace(low, high, OUTCOMES + 1)[1:-1]
    below = np.column_stack([ndtr((edges[None, :] - x[:, None]) / error), np.ones(len(x))])
    return np.diff(below, axis=1, prepend=0.0)


def _means(payoffs: Floats) -> Floats:
    return np.array([math.fsum(column) / len(payoffs) for column in payoffs.T])
