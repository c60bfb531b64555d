"""The same claims as `tests/engines/test_agreement.py`, for four times as many funnels and for longer windows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from funnelsim.files.loading import load
from tests.engines.agreement import check_file, check_study
from tests.engines.studies import Drawn, studies

pytestmark = pytest.mark.slow

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@settings(max_examples=2000)
@given(studies())
def test_engines_agree_on_2000_funnels(drawn: Drawn) -> None:
    """Random funnels over the whole format, on a grid and off it, before and after an intervention."""
    check_study(drawn)


@pytest.mark.parametrize("name", sorted(path.name for path in SCENARIOS.glob("*.yaml")))
def test_engines_agree_on_shipped_files_at_length(name: str) -> None:
    """Base and scenarios of every shipped file in a window of 90 days, or for 5,000 customers."""
    check_file(load(SCENARIOS / name), days=90.0, customers=5000)
