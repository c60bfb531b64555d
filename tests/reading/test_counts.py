"""Claims about tables of counts: what they hold adds up, and what does not is refused at its row or key."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from funnelsim.errors import InputError
from funnelsim.reading.counts import Counts, StageCounts, read_counts
from funnelsim.reading.logs import read_log

OWNER = {
    "shape": "counts",
    "row": "stage",
    "count": "total",
    "stages": {"lead": "leads", "opportunity": "opportunities"},
    "won": "closed_won",
    "lost": {"opportunity": {"lost": "closed_lost"}},
    "rest": {"lead": "not_qualified", "opportunity": "open"},
    "ignore": "total_cost*",
}


def table(*rows: tuple[str, object]) -> pd.DataFrame:
    """A table of what is counted and how often."""
    return pd.DataFrame(rows, columns=["stage", "total"], dtype=object)


def read(*rows: tuple[str, object], **more: object) -> Counts:
    """Counts of a funnel of two stages, read from a table."""
    return read_counts(table(*rows), {**OWNER, **more})


def message(*rows: tuple[str, object], **more: object) -> str:
    """The reason for which a table is refused."""
    with pytest.raises(InputError) as refused:
        read(*rows, **more)
    return str(refused.value)


def test_the_published_table_is_read(shared: Path) -> None:
    """Owner.com: 27,056 leads, 2,794 opportunities, 621 won, 1,760 lost, so 413 open (data/published_tables)."""
    counts = read_counts(shared / "data/published_tables/owner_funnel.csv", OWNER)
    assert counts.stages == (
        StageCounts("lead", 27_056, {"not_qualified": 24_262}, 0, 2_794),
        StageCounts("opportunity", 2_794, {"lost": 1_760}, 413, 621),
    )
    assert (counts.report.rows, counts.report.kept, counts.report.count("row_ignored")) == (5, 4, 1)


def test_reasons_may_stand_in_a_column(tmp_path: Path) -> None:
    """Rows of a stage with a reason are losses there: listed causes, otherwise the reason itself; rows add up."""
    path = tmp_path / "counts.csv"
    path.write_text(
        "stage;reason;count\nlead;;1 000\nlead;Spam;100\nlead;Junk;50\nlead;Price;350\nwon;;500\n", encoding="utf-8"
    )
    mapping = {
        "shape": "counts", "row": "stage", "reason": "reason", "count": "count", "stages": {"lead": "lead"},
        "won": "won", "lost": {"lead": {"spam": ["spam", "junk"]}},
    }  # fmt: skip
    assert read_counts(path, mapping).stages == (StageCounts("lead", 1000, {"spam": 150, "Price": 350}, 0, 500),)


def test_thousands_are_no_decimals() -> None:
    """A count has no decimals, so 1,234 is a thousand and more."""
    counts = read(("leads", "1,234"), ("opportunities", "1,034"), ("closed_won", "34"), ("closed_lost", 0))
    assert [stage.entered for stage in counts.stages] == [1234, 1034]


def test_counts_that_do_not_add_up_are_refused() -> None:
    """More may not leave a stage than entered it, and those that no row counts need a word."""
    rows = (("leads", 100), ("opportunities", 120), ("closed_won", 20), ("closed_lost", 100))
    assert "`lead` does not add up: 100 entered, but 0 were lost and 120 passed on" in message(*rows)
    rows = (("leads", 100), ("opportunities", 40), ("closed_won", 10), ("closed_lost", 20))
    found = message(*rows, rest={"lead": "open"})
    assert "of 40 who entered `opportunity` no row counts 10: say what has become of them" in found
    assert "rest: {opportunity: open}" in found


def test_what_is_no_count_is_refused_by_its_row() -> None:
    """A fraction, a text and a stage that is counted twice are told with their rows."""
    found = message(
        ("leads", "12.5"), ("opportunities", "many"), ("opportunities", 3), ("opportunities", 4), ("closed_won", 1)
    )
    assert "DataFrame:1: expected a count of leads, found '12.5'" in found
    assert "DataFrame:2: expected a count of opportunities, found 'many'" in found
    assert "DataFrame:4: who entered `opportunity` stands already in row 3" in found


def test_what_is_missing_is_named() -> None:
    """A stage, or the wins, without a row are told at their key; unknown rows are dropped and reported."""
    found = message(("leads", 10), ("visits", 100))
    assert "has no row that counts who entered `opportunity`" in found
    assert "has no row that counts who won" in found
    counts = read(("leads", 10), ("opportunities", 5), ("visits", 100), ("closed_won", 5), ("closed_lost", 0))
    assert counts.report.count("row_unknown") == 1


def test_counts_are_no_log() -> None:
    """read_log and read_counts send each other's data to the other."""
    with pytest.raises(InputError, match="read them by `read_counts`"):
        read_log(table(("leads", 1)), OWNER)
    with pytest.raises(InputError, match="read it by `read_log`"):
        read_counts(table(("leads", 1)), {"shape": "log"})
