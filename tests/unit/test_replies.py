"""Who goes on, by how soon they were answered."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from funnelsim.files.loading import loads
from funnelsim.fitting.replies import fit_replies
from funnelsim.fitting.stays import Flags, Stays, make_stays
from funnelsim.histories import history

FUNNEL = """
funnelsim: 1
sources: {web: {batch: 4000}}
stages:
  - {name: visit}
  - name: request
    response: {wait: {exponential: {mean: 3 h}}}
    causes: {no_trust: {chance: 30%, at: exit}}
"""


@pytest.fixture(scope="module")
def stays() -> Stays:
    """4,000 requests, of whom 30% are lost whenever they are answered."""
    return make_stays(history(loads(FUNNEL).funnel, seed=8, cohort=4000.0))


def every(stays: Stays) -> Flags:
    """Somebody wrote down when each of them was answered."""
    return np.ones(len(stays), dtype=bool)


def test_a_curve_that_is_flat_is_flat(stays: Stays) -> None:
    """In every band 70% go on, within 3.5 standard errors; the bands hold everyone who was answered."""
    bands = fit_replies(stays, every(stays))
    assert len(bands) >= 5
    assert {band.stage for band in bands} == {1}
    assert [band.low for band in bands[1:]] == [band.high for band in bands[:-1]]
    assert bands[0].low == 0.0
    assert math.isinf(bands[-1].high)
    assert sum(band.answered for band in bands) == int((stays.stage == 1).sum())
    for band in bands:
        error = math.sqrt(0.7 * 0.3 / band.answered)
        assert abs(band.share.mean - 0.7) < 3.5 * error
        assert band.within is None


def test_within_segments_a_mixture_is_no_effect(stays: Stays) -> None:
    """Segment 1 goes on in 90%, segment 0 in 50%, and 1 is mostly answered within an hour: raw shares fall, within not.

    The observed difference of the first and the last band is over .2; standardised it is within 4 standard errors of 0.
    """
    generator = np.random.default_rng(3)
    size = len(stays)
    soon = stays.wait < 1.0 / 24.0
    variant = np.where(generator.random(size) < np.where(soon, 0.8, 0.2), 1, 0)
    going = generator.random(size) < np.where(variant == 1, 0.9, 0.5)
    mixed = replace(stays, variant=variant, completed=going, lost=~going, cause=np.where(going, -1, 0))
    bands = fit_replies(mixed, every(mixed))
    first, last = bands[0], bands[-1]
    assert first.share.mean - last.share.mean > 0.2
    assert first.within is not None
    assert last.within is not None
    error = math.hypot(*((b.high - b.low) / 3.92 for b in (first.within, last.within)))
    assert abs(first.within.mean - last.within.mean) < 4.0 * error


def test_without_answers_there_is_no_curve(stays: Stays) -> None:
    """A stage where nobody waits, or where all waits are in one band, has none."""
    assert fit_replies(stays, every(stays) & (stays.stage == 0)) == []
    assert fit_replies(replace(stays, wait=np.full(len(stays), 0.01)), every(stays)) == []


def test_what_nobody_wrote_down_is_in_no_band(stays: Stays) -> None:
    """Whoever has no time of an answer is left out, not counted as answered at once."""
    known = np.arange(len(stays)) % 2 == 0
    bands = fit_replies(stays, known)
    assert sum(band.answered for band in bands) == int((known & (stays.stage == 1)).sum())


def test_everybody_goes_on(stays: Stays) -> None:
    """Of n who all went on, Wilson's interval begins at n/(n + 3.84)."""
    sure = replace(stays, completed=np.ones(len(stays), dtype=bool), lost=np.zeros(len(stays), dtype=bool))
    for band in fit_replies(sure, every(sure)):
        assert band.share.low == pytest.approx(band.answered / (band.answered + 3.8415), rel=1e-4)
