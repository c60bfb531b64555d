"""The same claims as in `tests/engines`, for four to six times as many funnels and for longer windows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnelsim.files.loading import load
from tests.engines.agreement import check_file, check_study
from tests.engines.studies import Drawn, studies
from tests.engines.test_histories import check_chunks
from tests.engines.test_ranges import check_drawn_cut
from tests.engines.test_streaming import check_counts

pytestmark = pytest.mark.slow

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@settings(max_examples=2000)
@given(studies())
def test_engines_agree_on_2000_funnels(drawn: Drawn) -> None:
    """Random funnels over the whole format, on a grid and off it, before and after an intervention."""
    check_study(drawn)


@settings(max_examples=500)
@given(drawn=studies(), data=st.data())
def test_any_cut_of_500_funnels_adds_up_to_the_whole(drawn: Drawn, data: st.DataObject) -> None:
    """As `test_ranges.py`: cut anywhere, base and scenario, in any order."""
    check_drawn_cut(drawn, data)


@settings(max_examples=400)
@given(studies())
def test_what_is_streamed_of_400_funnels_is_what_is_counted(drawn: Drawn) -> None:
    """As `test_streaming.py`: every count, sum, quantile and load, and everyone's fate."""
    for grid in (0.0, drawn.grid):
        check_counts(drawn.funnel, drawn.run, drawn.replication, grid)


@settings(max_examples=200)
@given(drawn=studies(), customers=st.sampled_from((1, 2, 7, 40)))
def test_chunks_of_200_funnels_are_the_whole(drawn: Drawn, customers: int) -> None:
    """As `test_histories.py`: the rows of any chunks are those of the whole, in its order."""
    check_chunks(drawn, customers)


@pytest.mark.parametrize("name", sorted(path.name for path in SCENARIOS.glob("*.yaml")))
def test_engines_agree_on_shipped_files_at_length(name: str) -> None:
    """Base and scenarios of every shipped file in a window of 90 days, or for 5,000 customers."""
    check_file(load(SCENARIOS / name), days=90.0, customers=5000)
