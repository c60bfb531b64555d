"""Claims about what `funnelsim.families` accepts as parameters of a law, and what it says otherwise."""

from __future__ import annotations

import math
from typing import Any

import pytest
from scipy import stats

from funnelsim.families import FAMILIES
from funnelsim.laws import make_law, mean

INF = math.inf
NAN = math.nan


@pytest.mark.parametrize(
    ("family", "parameters", "message"),
    [
        (
            "weibul",
            {"shape": 1.0, "scale": 1.0},
            (
                "unknown law 'weibul' (did you mean weibull?); the laws are fixed, exponential, weibull, "
                "loglogistic, lognormal, uniform, triangular, gamma, empirical"
            ),
        ),
        (
            "weibull",
            {"shap": 1.0, "scale": 1.0},
            "weibull needs shape and scale, found 'shap', 'scale' (did you mean shape?)",
        ),
        ("weibull", {"scale": 1.0}, "weibull needs shape and scale, found 'scale'"),
        ("exponential", {}, "exponential needs mean, or rate, found nothing"),
        ("exponential", {"mean": 1.0, "rate": 1.0}, "exponential needs mean, or rate, found 'mean', 'rate'"),
        (
            "lognormal",
            {"mean": 1.0, "sigma": 1.0},
            "lognormal needs mean and sd, or median and sigma, found 'mean', 'sigma'",
        ),
        ("triangular", {"low": 1.0}, "triangular needs low, mode and high, found 'low'"),
        ("empirical", {"mean": 1.0}, "empirical needs quantiles only, found 'mean'"),
        ("weibull", {"shape": 0.0, "scale": 1.0}, "weibull: shape should be a finite number above 0, found 0"),
        ("weibull", {"shape": 1.0, "scale": NAN}, "weibull: scale should be a finite number above 0, found nan"),
        ("exponential", {"mean": INF}, "exponential: mean should be a finite number above 0, found inf"),
        (
            "exponential",
            {"mean": 0.0},
            "exponential: mean should be a finite number above 0, found 0; what is always 0 is `fixed: 0`",
        ),
        ("exponential", {"rate": -1.0}, "exponential: rate should be a finite number of at least 0, found -1"),
        ("fixed", {"x": -1.0}, "fixed: x should be a finite number of at least 0, found -1"),
        ("fixed", {"x": True}, "fixed: x should be a number, found True"),
        ("fixed", {"x": "3 d"}, "fixed: x should be a number, found '3 d'"),
        (
            "lognormal",
            {"mean": 1.0, "sd": 0.0},
            "lognormal: sd should be a finite number above 0, found 0; what does not vary is `fixed`",
        ),
        (
            "lognormal",
            {"mean": 1.0, "sd": 1e-10},
            "lognormal: sd 1e-10 is out of proportion to the mean 1; what does not vary is `fixed`",
        ),
        (
            "gamma",
            {"mean": 365.0, "sd": 0.1},
            (
                "gamma: shape, or mean² / sd², should be from 0.001 to 1e+06, found 1.33225e+07; "
                "what does not vary is `fixed`"
            ),
        ),
        (
            "uniform",
            {"low": 2.0, "high": 2.0},
            "uniform: low should be below high, found 2 and 2; what does not vary is `fixed`",
        ),
        ("uniform", {"low": 3.0, "high": 2.0}, "uniform: low should be below high, found 3 and 2"),
        (
            "triangular",
            {"low": 1.0, "mode": 9.0, "high": 2.0},
            "triangular: mode should be between 1 and 2, found 9",
        ),
    ],
)
def test_wrong_parameters_are_explained(family: str, parameters: dict[str, Any], message: str) -> None:
    """A refusal says what was expected and what was found, and guesses what was meant."""
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the whole message is compared)
        make_law(family, parameters)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("quantiles", "message"),
    [
        ((), "at least two pairs; found []"),
        ([[0.0, 1.0]], "at least two pairs; found [[0.0, 1.0]]"),
        ("0, 1", "pairs of numbers; found '0'"),
        ([[0.0, 1.0], [1.0]], "pairs of numbers; found [1.0]"),
        ([[0.0, 1.0], [1.0, "7 d"]], "pairs of numbers; found [1.0, '7 d']"),
        ([[0.1, 1.0], [1.0, 2.0]], "levels from 0 to 1; found 0.1 to 1"),
        ([[0.0, 1.0], [0.9, 2.0]], "levels from 0 to 1; found 0 to 0.9"),
        ([[0.0, 1.0], [0.5, 2.0], [0.5, 3.0], [1.0, 4.0]], "each level above the one before; found 0.5 after 0.5"),
        ([[0.0, 1.0], [NAN, 2.0], [1.0, 4.0]], "each level above the one before; found nan after 0"),
        ([[0.0, 3.0], [0.5, 2.0], [1.0, 4.0]], "no value below the one before; found 2 after 3"),
        ([[0.0, -1.0], [1.0, 4.0]], "finite and not below 0 before the last; found -1"),
        ([[0.0, 1.0], [0.5, INF], [1.0, INF]], "finite and not below 0 before the last; found inf"),
        ([[0.0, 1.0], [1.0, NAN]], "no value below the one before; found nan after 1"),
    ],
)
def test_wrong_quantiles_are_explained(quantiles: Any, message: str) -> None:
    """Quantiles run from level 0 to 1 and do not fall; what breaks that is shown."""
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the whole message is compared)
        make_law("empirical", {}, quantiles)
    assert str(error.value) == f"empirical: expected quantiles [[0, x0], ..., [1, x1]], {message}"


def test_only_empirical_takes_quantiles() -> None:
    """Quantiles beside another family's parameters are refused."""
    with pytest.raises(ValueError, match="fixed takes no quantiles"):
        make_law("fixed", {"x": 1.0}, [[0.0, 1.0], [1.0, 2.0]])


def test_every_family_accepts_each_of_its_parameter_sets() -> None:
    """Each set of names in the table makes a law, with the parameters in the table's order."""
    numbers = {"low": 1.0, "mode": 2.0, "high": 3.0}
    for family, alternatives in FAMILIES.items():
        for names in alternatives:
            law = make_law(family, {name: numbers.get(name, 1.5) for name in reversed(names)})
            assert tuple(name for name, _ in law.parameters) == names


@pytest.mark.parametrize(("value", "sd"), [(15.0, 10.0), (1e-5, 3e-5), (9e4, 6e4), (1.0, 1e-3)])
def test_mean_and_sd_are_those_asked_for(value: float, sd: float) -> None:
    """Lognormal and gamma laws given by mean and sd have them (scipy's moments of the derived numbers)."""
    lognormal = make_law("lognormal", {"mean": value, "sd": sd})
    gamma = make_law("gamma", {"mean": value, "sd": sd})
    assert mean(lognormal) == pytest.approx(value, rel=1e-12)
    assert mean(gamma) == pytest.approx(value, rel=1e-12)
    assert stats.lognorm(lognormal.b, scale=lognormal.a).std() == pytest.approx(sd, rel=1e-9)
    assert stats.gamma(gamma.a, scale=gamma.b).std() == pytest.approx(sd, rel=1e-9)


def test_minus_zero_is_zero() -> None:
    """−0 and 0 make the same law, so they have the same digest."""
    assert math.copysign(1.0, make_law("fixed", {"x": -0.0}).a) == 1.0
