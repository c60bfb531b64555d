"""Those who come back, fitted apart where they fare otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from funnelsim.eventlog import EventLog
from funnelsim.files.loading import loads
from funnelsim.fitting.drawing import Drawer
from funnelsim.fitting.fit import Fit, fit
from funnelsim.fitting.nodes import FIRST_ONLY, Causes
from funnelsim.fitting.returning import find_returns
from funnelsim.fitting.stays import make_stays
from funnelsim.histories import history
from funnelsim.laws import mean
from funnelsim.views.fitted_files import fitted_text, samples_table

FUNNEL = """
funnelsim: 1
sources: {{web: {{batch: 3000}}}}
segments: {{again: {{changes: {changes}}}}}
stages:
  - name: talk
    takes: {{exponential: {{mean: 4 d}}}}
    causes: {{competitor_offer: {{time_to_loss: {{exponential: {{mean: 9 d}}}}}}}}
  - name: offer
    takes: {{weibull: {{shape: 1.5, scale: 6 d}}}}
    causes: {{changed_mind: {{time_to_loss: {{exponential: {{mean: 12 d}}}}}}, spam: 5%}}
    next: [{{to: talk, share: 40%, as: again}}, {{end: won}}]
"""
QUICKER = "[{set: stages.offer.takes, to: {exponential: {mean: 1 d}}}]"


def _nobody_wrote_down(changes: str, seed: int, customers: int = 3000) -> EventLog:
    """Return a history in which nobody wrote down who came back."""
    text = FUNNEL.format(changes=changes).replace("3000", str(customers))
    log = history(loads(text).funnel, seed=seed)
    visits = log.visits.copy()
    visits["variant"] = 0
    return replace(log, visits=visits, variants=("",))


@pytest.fixture(scope="module")
def found() -> Fit:
    """A fit to 3,000 customers, of whom those who come back take a day at the offer, not five."""
    return fit(_nobody_wrote_down(QUICKER, 1), draws=50)


def test_who_comes_back_is_fitted_apart_only_where_they_differ(found: Fit) -> None:
    """The segment has a law of its own at the offer, of mean 1 d, and none at the talk; routes back give it.

    The tolerance is four standard errors of a mean of some 500 times. That a stage without a difference is taken
    apart, too, happens for one seed in 100.
    """
    (segment,) = found.segments
    assert segment.name == "after_offer"
    assert [stage for stage, _ in segment.nodes] == [1]
    takes = segment.nodes[0][1].takes
    assert takes is not None
    assert mean(takes.law) == pytest.approx(1.0, abs=4.0 / np.sqrt(takes.events))
    assert ("returns_apart", "offer", "after_offer") in found.warnings
    offer = next(stage for stage in found.funnel.stages if stage.name == "offer")
    assert {route.to for route in offer.routes if route.joins} == {"talk"}


def test_those_who_come_first_have_their_own_law(found: Fit) -> None:
    """At the offer the base is Weibull of mean 6 Γ(1 + 1/1.5) = 5.416 d (within four standard errors)."""
    offer = next(stage for stage in found.stages if stage.stage == 1)
    takes = offer.nodes[0][1].takes
    assert takes is not None
    assert takes.family == "weibull"
    assert mean(takes.law) == pytest.approx(5.416, abs=4.0 * 3.68 / np.sqrt(takes.events))


def test_the_fitted_funnel_has_those_who_come_back_as_they_were(found: Fit) -> None:
    """Simulated anew, first and later stays at the offer have the means of the history, within 10%, four errors."""

    def means(log: EventLog) -> list[float]:
        rows = log.visits[(log.visits["stage"] == log.stages.index("offer")) & np.isfinite(log.visits["left"])]
        return [
            float((rows["left"] - rows["entered"])[chosen].mean()) for chosen in (rows["visit"] == 1, rows["visit"] > 1)
        ]

    wanted = means(_nobody_wrote_down(QUICKER, 1))
    assert means(history(found.funnel, seed=2, cohort=6000)) == pytest.approx(wanted, rel=0.1)


def test_draws_and_files_carry_them(found: Fit) -> None:
    """A drawn funnel has the numbers of its draw for those who come back; the file that is written loads."""
    row = found.draws.iloc[3]
    (path,) = [str(p) for p in row.index if str(p).startswith("segments.after_offer.changes.stages.offer.takes.")][:1]
    drawn = Drawer(found).funnel(3)
    variant = next(one for one in drawn.variants if one.segments == ("after_offer",))
    law = next(stage for stage in variant.stages if stage.name == "offer").touchpoints[0].takes
    assert dict(law.parameters)[path.rsplit(".", 1)[1]] == pytest.approx(row[path])
    assert samples_table(found)
    assert "as: after_offer" in fitted_text(found, "ru", source="log.csv")


def test_nobody_is_taken_apart_where_nothing_differs() -> None:
    """Of 100 histories without a difference at most four have a segment: the error level is 1% (P(> 4) = .003)."""
    wrong = 0
    for seed in range(100):
        log = _nobody_wrote_down("[]", seed, 500)
        known = Causes(len(log.causes), tuple(cause in FIRST_ONLY for cause in log.causes))
        wrong += bool(find_returns(log, make_stays(log), known))
    assert wrong <= 4


def test_recorded_segments_are_left_as_they_are() -> None:
    """Where the history says who belongs to which segment, nobody is taken apart besides."""
    log = history(loads(FUNNEL.format(changes=QUICKER)).funnel, seed=1)
    assert {segment.name for segment in fit(log, draws=20).segments} == {"again"}
