"""A funnel out of counts: it gives the counts back, with Dirichlet intervals and joint draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, chi2

from funnelsim.exact.solving import solve
from funnelsim.fitting.aggregates import fit_counts
from funnelsim.fitting.fit import Fit
from funnelsim.fitting.outcome import fit_document
from funnelsim.reading.counts import read_counts

ROWS = {
    "stage": ["lead", "lead", "lead", "offer", "offer", "won", "money"],
    "why": ["", "spam", "no trust", "", "rival", "", ""],
    "n": [1000, 100, 300, 600, 350, 200, 90_000],
}
MAPPING = {
    "shape": "counts", "row": "stage", "reason": "why", "count": "n", "stages": {"lead": "lead", "offer": "offer"},
    "won": "won", "revenue": "money", "rest": {"offer": "open"}, "period": "100 d",
}  # fmt: skip


@pytest.fixture(scope="module")
def fitted() -> Fit:
    """Of 1,000 leads 100 + 300 are lost and 600 go on, of whom 350 are lost, 200 buy and 50 are open."""
    import pandas as pd

    return fit_counts(read_counts(pd.DataFrame(ROWS), MAPPING), draws=400)


def test_the_funnel_gives_the_counts_back(fitted: Fit) -> None:
    """Per lead: .1 spam, .3 no trust; of offers 350/550 lost, the open left out; 200 orders of 450 on average."""
    solution = solve(fitted.funnel)
    losses = dict(zip(solution.causes, solution.losses.T.tolist(), strict=True))
    assert losses["spam"] == pytest.approx([0.1, 0.0], rel=1e-5)
    assert losses["no_trust"] == pytest.approx([0.3, 0.0], rel=1e-5)
    assert losses["rival"] == pytest.approx([0.0, 0.6 * 350 / 550], rel=1e-5)
    assert solution.conversion == pytest.approx(0.6 * 200 / 550, rel=1e-5)
    assert solution.revenue == pytest.approx(450 * solution.conversion, rel=1e-5)


def test_intervals_are_those_of_the_dirichlet(fitted: Fit) -> None:
    """Spam: Beta(100.5, 1001.5 − 100.5), 2.5% and 97.5%; so for each share (scipy)."""
    causes = {c["cause"]: c["probability"] for s in fit_document(fitted)["stages"] for c in s["causes"]}
    for cause, count, total, kinds in (("spam", 100, 1000, 3), ("no_trust", 300, 1000, 3), ("rival", 350, 550, 2)):
        shape = beta(count + 0.5, total - count + 0.5 * (kinds - 1))
        assert causes[cause]["low"] == pytest.approx(shape.ppf(0.025))
        assert causes[cause]["high"] == pytest.approx(shape.ppf(0.975))
        assert causes[cause]["mean"] == pytest.approx(count / total)


def test_draws_are_joint(fitted: Fit) -> None:
    """Chances of one stage come from one Dirichlet: the share lost, 1 − Π(1 − p), is Beta(401, 600.5) draw by draw."""
    draws = fitted.draws
    lost = 1.0 - (1.0 - draws["stages.lead.causes.spam.chance"]) * (1.0 - draws["stages.lead.causes.no_trust.chance"])
    expected = beta(401.0, 600.5)
    assert float(np.mean(lost)) == pytest.approx(expected.mean(), abs=4.0 * expected.std() / 20.0)
    assert float(np.std(lost)) == pytest.approx(expected.std(), rel=0.15)


def test_a_period_makes_a_rate(fitted: Fit) -> None:
    """1,000 in 100 days are 10 a day, exact interval by χ² (Garwood 1936, scipy); without a period, a batch."""
    rate = next(p for p in fitted.parameters if p.path == "sources.all.arrivals.rate").estimate
    assert rate.mean == 10.0
    assert rate.low == pytest.approx(chi2(2000).ppf(0.025) / 200.0)
    assert rate.high == pytest.approx(chi2(2002).ppf(0.975) / 200.0)
    import pandas as pd

    batch = fit_counts(read_counts(pd.DataFrame(ROWS), {k: v for k, v in MAPPING.items() if k != "period"}), draws=2)
    assert batch.document["sources"]["all"] == {"batch": 1000}


def test_what_counts_cannot_say_is_said(fitted: Fit) -> None:
    """That there are no times, and who is still open, is a warning; causes of one's own are declared and labelled."""
    assert {kind for kind, _, _ in fitted.warnings} == {"counts_only", "counts_open"}
    assert fitted.censored == 50
    assert fitted.document["causes"] == {"rival": {}}
