"""Uncertain numbers over what they may be: what they do to an answer, and Sobol indices over their laws."""

from __future__ import annotations

import math

import pytest

from funnelsim.files.loading import loads
from funnelsim.sensitivities import sensitivity, sensitivity_document

TEXT = """
funnelsim: 1
sources: {all: {batch: 1000}}
stages:
  - {name: page, causes: {no_trust: {beta: [30, 70]}}}
  - {name: shop, causes: {apathy: {uniform: {low: 10%, high: 30%}}, spam: {uniform: {low: 0%, high: 1%}}}}
  - {name: purchase, revenue: 100}
interventions: {trust: {changes: [{scale: stages.page.causes.no_trust, by: {uniform: {low: 0.4, high: 0.8}}}]}}
"""


def test_a_number_is_taken_to_both_ends_of_its_interval() -> None:
    """Of a uniform 10 … 30% the central 95% are 10.5 … 29.5%; the answer follows, all others at their means."""
    found = sensitivity(loads(TEXT)).swings
    assert found is not None
    apathy = next(one for one in found.swings if "apathy" in one.number.address)
    assert (apathy.low, apathy.high) == pytest.approx((0.105, 0.295), abs=1e-12)
    per_point = 1000 * 100 * 0.7 * 0.995
    assert apathy.answer_low == pytest.approx(per_point * 0.095, rel=1e-9)
    assert apathy.answer_high == pytest.approx(-per_point * 0.095, rel=1e-9)


def test_the_widest_comes_first_and_effects_of_interventions_are_no_part() -> None:
    """The base does not depend on what an intervention does, so its uncertain effect has no swing."""
    found = sensitivity(loads(TEXT)).swings
    assert found is not None
    assert [one.number.address.split(".")[1] for one in found.swings] == ["page", "shop", "shop"]
    assert all(one.index is None for one in found.swings)


def test_sobol_indices_are_over_the_laws_of_the_file() -> None:
    """Profit is a product of what passes: V_i of independent factors in closed form.

    With X = Π A_i, S_i = (var A_i / E[A_i]²) / (Π (1 + var A_i / E[A_i]²) − 1) and the total of i in the same way.
    """
    found = sensitivity(loads(TEXT), sobol=128).swings
    assert found is not None
    assert found.indices is not None
    ratios = {
        "no_trust": 0.3 * 0.7 / 101 / 0.7**2,
        "apathy": 0.2**2 / 12 / 0.8**2,
        "spam": 0.01**2 / 12 / 0.995**2,
    }
    whole = math.prod(1.0 + ratio for ratio in ratios.values()) - 1.0
    for one in found.swings:
        assert one.index is not None
        cause = one.number.address.split(".")[3]
        others = math.prod(1.0 + ratio for name, ratio in ratios.items() if name != cause)
        assert one.index.first == pytest.approx(ratios[cause] / whole, abs=0.05)
        assert one.index.total == pytest.approx(ratios[cause] * others / whole, abs=0.05)


def test_the_document_has_them_and_a_certain_file_does_not() -> None:
    """`uncertain` stands in the document only where there is something uncertain."""
    document = sensitivity_document(sensitivity(loads(TEXT), sobol=4), "en")
    assert {"first", "total", "answer_low"} <= set(document["uncertain"]["numbers"][0])
    assert "indices" not in document
    plain = TEXT.replace("{beta: [30, 70]}", "30%").replace("{uniform: {low: 10%, high: 30%}}", "20%")
    certain = sensitivity_document(sensitivity(loads(plain.replace("{uniform: {low: 0%, high: 1%}}", "1%"))), "en")
    assert "uncertain" not in certain


def test_a_simulated_swing_has_an_interval() -> None:
    """Both ends meet the customers of the base, so that the moves are paired differences."""
    found = sensitivity(loads(TEXT), method="simulation", replications=5).swings
    assert found is not None
    assert all(one.low_half > 0.0 for one in found.swings if one.swing > 0.0)
