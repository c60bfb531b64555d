"""Claims about the data that comes with the package."""

from __future__ import annotations

from importlib import resources

import pytest

from funnelsim.data import open_cdnow


def test_cdnow_is_the_published_data() -> None:
    """2,357 customers, 946 of whom came back (Fader, Hardie & Lee 2005: 23,570 customers in one-tenth samples)."""
    table = open_cdnow()
    assert list(table.columns) == ["customer", "frequency", "recency", "age"]
    assert len(table) == 2357
    assert (table["frequency"] > 0).sum() == 946
    assert table["age"].max() == pytest.approx(38.86)


def test_the_licence_stands_beside_the_data() -> None:
    """The file says where the data is from, and under which licence."""
    text = resources.files("funnelsim.data").joinpath("cdnow_summary.LICENSE.txt").read_text(encoding="utf-8")
    assert "The MIT License (MIT)" in text
    assert "Lifetimes" in text
