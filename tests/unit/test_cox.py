"""Cox regression against statsmodels, and where it has no answer."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.duration.hazard_regression import PHReg

from funnelsim.fitting.cox import fit_cox


@pytest.mark.parametrize("number", range(6))
def test_coefficients_are_those_of_statsmodels(number: int) -> None:
    """With ties (Efron), censoring and late entries: coefficients, errors, likelihood of PHReg to 1e-6."""
    generator = np.random.default_rng([9, number])
    size = 150
    x = generator.normal(size=(size, 2))
    times = generator.exponential(np.exp(-x @ [0.7, -0.4])) * 10
    times = np.ceil(times) if number % 2 else times + 0.01
    happened = generator.random(size) < 0.7
    entries = times * 0.31 * (generator.random(size) < 0.3)
    theirs = PHReg(times, x, status=happened, entry=entries, ties="efron").fit()
    found = fit_cox(times, happened, x, entries)
    assert found.coefficients == pytest.approx(theirs.params, rel=1e-6)
    assert found.standard_errors == pytest.approx(theirs.bse, rel=1e-6)
    assert found.log_likelihood == pytest.approx(theirs.llf, rel=1e-9)


def test_where_there_is_no_maximum_it_says_so() -> None:
    """A covariate that does not vary, or one that separates, is refused."""
    with pytest.raises(ValueError, match="a covariate does not vary"):
        fit_cox([1.0, 2.0, 3.0], [1, 1, 0], [1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="separates"):
        fit_cox([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 0], [1.0, 1.0, 0.0, 0.0])
