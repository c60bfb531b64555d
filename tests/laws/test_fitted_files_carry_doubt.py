"""What is not known of a fitted funnel's numbers reaches `compare`: every sampled number has its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from funnelsim.files.loading import load, loads
from funnelsim.fitting.fit import Fit, fit
from funnelsim.histories import history
from funnelsim.uncertainty import assess
from funnelsim.views.fitted_files import fitted_text, samples_table

FUNNEL = """
funnelsim: 1
sources: {all: {batch: 3000}}
segments: {enterprise: {share: 40%, changes: [{scale: stages.look.causes.competitor_offer, by: 2}]}}
stages:
  - name: look
    takes: {empirical: {quantiles: [[0, 1 d], [0.3, 1 d], [0.6, 2 d], [0.9, 3 d], [1, 9 d]]}}
    causes: {competitor_offer: {time_to_loss: {exponential: {mean: 4 d}}}}
  - {name: pay, revenue: 100}
"""
QUESTION = """
interventions: {fewer: {changes: [{scale: stages.look.causes.competitor_offer, by: 0.5}]}}
scenarios: [fewer]
"""


@pytest.fixture(scope="module")
def fitted() -> Fit:
    """A funnel with a law that has jumps and a segment, fitted to 3,000 customers."""
    return fit(history(loads(FUNNEL).funnel, seed=1), draws=60)


@pytest.fixture
def file(fitted: Fit, tmp_path: Path) -> Path:
    """Its file with its draws, and a question."""
    path = tmp_path / "fitted.yaml"
    path.write_text(fitted_text(fitted, "en", source="log", samples="draws.csv") + QUESTION, encoding="utf-8")
    (tmp_path / "draws.csv").write_text(samples_table(fitted), encoding="utf-8")
    return path


def test_every_sampled_number_is_drawn(file: Path) -> None:
    """Shares of the law as observed, and the segment's ratio, are among the numbers, and each has its place."""
    study = load(file)
    written = file.read_text(encoding="utf-8")
    assert "takes.empirical.quantiles.1}" in written
    ratio = "segments.enterprise.changes.stages.look.causes.competitor_offer"
    assert f"by: {{samples: draws.csv, column: {ratio}}}" in written
    assert len(study.uncertain) == written.count("samples: draws.csv")
    assert all(number.place for number in study.uncertain)


def test_the_lift_has_the_spread_of_a_history(file: Path) -> None:
    """The interval of the lift is all input: half of it 2 to 6% of the lift, and without a Monte Carlo part.

    Of 3,000 customers some 1,300 are lost here, so the loss is known within 1/√1300 = 2.8%; the lift is nearly in
    proportion, half an interval being 1.96 of that at most.
    """
    lift = assess(load(file), draws=60).scenarios[0].lift["revenue"]
    half = (lift.high - lift.low) / 2.0
    assert 0.02 < half / lift.mean < 0.06
    assert lift.monte_carlo == 0.0
