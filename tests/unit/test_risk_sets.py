"""Risk sets: who is at risk when, ties, late entries, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from funnelsim.fitting.risk_sets import make_risk_sets, merge_causes, step_at


def test_ties_are_one_time_and_the_censored_are_at_risk_of_what_happens_then() -> None:
    """Two events and one censored at time 3, of four records: one time, all four at risk, two events."""
    sets = make_risk_sets([3.0, 3.0, 3.0, 4.0], [0, 1, -1, -1])
    assert sets.times.tolist() == [3.0]
    assert sets.at_risk.tolist() == [4.0]
    assert sets.events.tolist() == [[1.0, 1.0]]
    assert merge_causes(sets).events.tolist() == [[2.0]]


def test_whoever_comes_late_is_at_risk_only_afterwards() -> None:
    """A record that enters at 2 is not at risk of the event at 2, but of the one at 3."""
    sets = make_risk_sets([2.0, 3.0, 5.0], [0, 0, -1], [0.0, 0.0, 2.0])
    assert sets.at_risk.tolist() == [2.0, 2.0]


def test_whoever_is_seen_from_the_beginning_is_at_risk_at_once() -> None:
    """An event at time 0 has everyone at risk who was seen from the beginning, and nobody who came later."""
    sets = make_risk_sets([0.0, 4.0, 4.0], [0, -1, -1], [0.0, 0.0, 1.0])
    assert sets.at_risk.tolist() == [2.0]


def test_a_weight_counts_a_record_as_often() -> None:
    """Weights 2 and 3 give the risk sets of five records."""
    exits, causes, entries = np.array([2.0, 4.0, 4.0]), np.array([0, 1, -1]), np.array([0.0, 1.0, 0.5])
    weights = np.array([2, 3, 1])
    weighted = make_risk_sets(exits, causes, entries, weights=weights)
    repeated = make_risk_sets(*(np.repeat(a, weights) for a in (exits, causes, entries)))
    assert weighted.at_risk.tolist() == repeated.at_risk.tolist()
    assert weighted.events.tolist() == repeated.events.tolist()


@pytest.mark.parametrize(
    ("records", "message"),
    [
        (([1.0], [0], [1.0]), "record 0 leaves before it comes under observation"),
        (([-1.0], [0]), "a time is negative"),
        (([float("nan")], [0]), "a time is missing or infinite"),
        (([1.0], [-2]), "expected causes of at least -1, found -2"),
        (([1.0, 2.0], [0]), "expected arrays of one length"),
    ],
)
def test_impossible_records_are_refused(records: tuple[list[float], ...], message: str) -> None:
    """What cannot be is refused, with the reason."""
    with pytest.raises(ValueError, match=message):
        make_risk_sets(*records)
    with pytest.raises(ValueError, match="expected causes below 1, found 3"):
        make_risk_sets([1.0], [3], number=1)


def test_a_step_function_is_continuous_from_the_right() -> None:
    """Before its first step it is `start`, at a step the new value, after the last one what it was."""
    assert step_at(np.array([1.0, 2.0]), np.array([0.5, 0.7]), [0.9, 1.0, 1.9, 2.0, 9.0]).tolist() == [
        0.0,
        0.5,
        0.5,
        0.7,
        0.7,
    ]
