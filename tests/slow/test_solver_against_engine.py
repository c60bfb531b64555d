"""The solver against the compiled engine at two million customers: every shipped funnel without teams, and W1.

|z| is held below 4.4 (two-sided 1.1e-5) at each of some 5,100 figures, many of which are nearly the same customers; a
correct program fails with a probability of 5% at most. The seed is fixed. `python -m benchmarks.agreement` makes the
same comparison for docs/exact.md.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not FOLDER.is_dir(), reason="the benchmarks are not here")]


def test_every_figure_of_the_solver_is_what_two_million_customers_come_to() -> None:
    """Conversion, losses by stage and cause, visits, times, money and its parts, of every funnel and scenario."""
    if "benchmarks" not in sys.modules:
        spec = importlib.util.spec_from_file_location("benchmarks", FOLDER / "__init__.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules["benchmarks"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["benchmarks"])
    agreement = importlib.import_module("benchmarks.agreement")
    worlds = agreement.list_worlds()
    assert len(worlds) >= 50
    for path, world in worlds:
        found = agreement.compare(path, world)
        assert found.customers > 1_900_000
        assert abs(found.worst.z) <= agreement.MOST, (path.stem, world, found.worst)
