"""Segments that nobody wrote down: found where journeys show them, not found where there are none."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from funnelsim.errors import InputError
from funnelsim.eventlog import WON, EventLog
from funnelsim.exact.solving import solve
from funnelsim.files.loading import loads
from funnelsim.fitting.drawing import Drawer
from funnelsim.fitting.fit import Fit, fit
from funnelsim.fitting.outcome import fit_document
from funnelsim.histories import history
from funnelsim.model import Funnel
from funnelsim.views.fitted_files import fitted_text

SEGMENTS = """
segments:
  ready: {share: 40%, changes: [{scale: stages.*.causes.no_trust, by: 0.35}, {scale: stages.*.takes, by: 0.6}]}
  wary: {share: 60%, changes: [{scale: stages.*.causes.no_trust, by: 1.9}]}
"""
STAGES = "".join(
    f"""
  - name: step_{i}
    takes: {{exponential: {{mean: 2 d}}}}
    causes: {{no_trust: 12%, competitor_offer: {{time_to_loss: {{exponential: {{mean: 30 d}}}}}}}}
"""
    for i in range(5)
)
HEAD, END = "funnelsim: 1\nsources: {all: {batch: 4000}}\n", "  - {name: payment, revenue: 100}\n"


def _funnel(segments: str) -> Funnel:
    return loads(f"{HEAD}{segments}stages:\n{STAGES}{END}").funnel


def _only(funnel: Funnel, name: str) -> Funnel:
    """Return the funnel with one of its segments for everybody."""
    segments = tuple(replace(one, share=1.0 if one.name == name else 0.0) for one in funnel.segments)
    return replace(funnel, segments=segments)


def _history(segments: str, seed: int) -> EventLog:
    """Return a history of 4,000 customers whose segments nobody wrote down."""
    log = history(_funnel(segments), seed=seed)
    return replace(log, variants=tuple("" for _ in log.variants))


@pytest.fixture(scope="module")
def log() -> EventLog:
    """A history of two segments."""
    return _history(SEGMENTS, 5)


@pytest.fixture(scope="module")
def fitted(log: EventLog) -> Fit:
    """Fitted to it, with as many segments as BIC finds."""
    return fit(log, latent="auto", draws=40)


def test_two_kinds_are_found_without_being_told(fitted: Fit) -> None:
    """`auto` finds the two of the truth, by BIC among one, two and three."""
    assert fitted.latent is not None
    assert [one.classes for one in fitted.latent.candidates] == [1, 2, 3]
    assert len(fitted.latent.classes) == fitted.latent.best == 2


def test_shares_and_ratios_are_found(fitted: Fit) -> None:
    """The share of 40% to .08; the ratio of .35 to 1.9 by a factor of 1.6; the mean pace of .6 to .07.

    Where the segments do not differ (rivals), neither do the ratios, by a factor of 1.5.
    """
    assert fitted.latent is not None
    ready, wary = fitted.latent.classes
    assert ready.share.mean == pytest.approx(0.40, abs=0.08)
    assert ready.share.mean + wary.share.mean == pytest.approx(1.0)
    ratios = {
        fitted.names.causes[cell.causes[0]]: ready.ratios[c].mean / wary.ratios[c].mean
        for c, cell in enumerate(fitted.latent.cells)
    }
    assert 0.35 / 1.9 / 1.6 < ratios["no_trust"] < 0.35 / 1.9 * 1.6
    assert 1 / 1.5 < ratios["competitor_offer"] < 1.5
    paces = [a.mean / b.mean for a, b in zip(ready.factors, wary.factors, strict=True)]
    assert float(np.mean(paces)) == pytest.approx(0.6, abs=0.07)


def test_segments_convert_differently(fitted: Fit) -> None:
    """The solver's conversions of the two segments differ as in truth, by .10 to both sides."""
    found, truth = (
        [solve(_only(funnel, name)).conversion for name in names]
        for funnel, names in (
            (fitted.funnel, ("latent_1", "latent_2")),
            (_funnel(SEGMENTS), ("ready", "wary")),
        )
    )
    assert found[0] - found[1] == pytest.approx(truth[0] - truth[1], abs=0.10)


def test_the_mixture_converts_as_observed(log: EventLog, fitted: Fit) -> None:
    """All together convert as the 4,000 did, by .01."""
    observed = float((log.visits["outcome"] == WON).sum()) / len(log.customers)
    assert solve(fitted.funnel).conversion == pytest.approx(observed, abs=0.01)


def test_the_log_likelihood_never_falls(fitted: Fit) -> None:
    """Each step of EM adds to the log likelihood with the logarithm of the prior (Dempster, Laird & Rubin 1977)."""
    assert fitted.latent is not None
    path = fitted.latent.path
    assert len(path) > 1
    assert all(after >= before - 1e-6 for before, after in itertools.pairwise(path))


@pytest.mark.parametrize("seed", [1, 2])
def test_alike_customers_have_no_segments(seed: int) -> None:
    """Of one kind of customers `auto` finds one, says so, and tried no third."""
    found = fit(_history("", seed), latent="auto", draws=20)
    assert found.latent is not None
    assert [one.classes for one in found.latent.candidates] == [1, 2]
    assert not found.latent.classes
    assert not found.funnel.segments
    assert ("latent_none", "", "") in found.warnings


def test_the_file_loads_and_says_the_same(fitted: Fit) -> None:
    """The file has both segments, labelled in both languages; it solves like the funnel of the fit, to six digits."""
    written = fitted_text(fitted, "en", source="log.csv")
    assert "Скрытый сегмент 1" in written
    again = loads(written).funnel
    assert [segment.name for segment in again.segments] == ["latent_1", "latent_2"]
    assert solve(again).conversion == pytest.approx(solve(fitted.funnel).conversion, abs=1e-5)


def test_drawn_funnels_lie_around_the_estimate(fitted: Fit) -> None:
    """Conversions at twenty draws have the mean of the estimate, by .03, and none is further than .1 from it."""
    drawer, middle = Drawer(fitted), solve(fitted.funnel).conversion
    drawn = [solve(drawer.funnel(draw)).conversion for draw in range(20)]
    assert float(np.mean(drawn)) == pytest.approx(middle, abs=0.03)
    assert max(abs(one - middle) for one in drawn) < 0.1


def test_the_document_has_what_was_tried(fitted: Fit) -> None:
    """The JSON lists the numbers of classes with log likelihood and BIC, and the segments with their ratios."""
    latent = fit_document(fitted)["latent"]
    assert [one["segments"] for one in latent["tried"]] == [1, 2, 3]
    assert latent["tried"][1]["bic"] < latent["tried"][0]["bic"]
    assert [len(one["losses"]) for one in latent["segments"]] == [2, 2]


@pytest.mark.parametrize("latent", [1, 4, "many", True])
def test_other_numbers_are_refused(log: EventLog, latent: int | str) -> None:
    """Two, three or `auto`, and nothing else."""
    with pytest.raises(InputError, match="latent: expected `2`, `3` or `auto`"):
        fit(log, latent=latent)


def test_a_log_with_segments_is_refused() -> None:
    """A customer belongs to one segment: latent ones would exclude those that are known."""
    known = history(_funnel(SEGMENTS), seed=1)
    with pytest.raises(InputError, match=r"the history has segments \(`ready`, `wary`\)"):
        fit(known, latent=2)
