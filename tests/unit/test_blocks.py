"""The printed form of a result as blocks of a page: nothing is lost on the way, and nothing is added."""

from __future__ import annotations

from rich.text import Text

from funnelsim.views.report.blocks import WIDE, Bullets, Grid, Heading, Paragraph, set_printed
from funnelsim.views.tables import bullets, grid, heading, paragraph

LONG = (
    "A sentence that is longer than any line of a terminal is, so that it has to be wrapped there, but not on a page."
)


def test_printed_parts_become_blocks() -> None:
    """Headings, sentences and lists keep their words; the title is left out; a table is called by its heading."""
    parts = [
        Text("The title", style="bold", no_wrap=True, overflow="ignore"),
        paragraph(LONG, width=WIDE, style="bold"),
        paragraph("", width=WIDE),
        heading("Numbers"),
        grid(["Name", "Mean"], [["a", ("1", "± 2", "(± 3)")], ["sum", "4"]], WIDE, end=True),
        *bullets([LONG, "- 5"], WIDE),
        paragraph("The end.", width=WIDE),
    ]
    assert set_printed(parts, level=4) == [
        Paragraph(LONG, strong=True),
        Heading("Numbers", level=4),
        Grid(("Name", "Mean"), (("a", "1 ± 2 (± 3)"), ("sum", "4")), 1, total=True, caption="Numbers"),
        Bullets((LONG, "- 5")),
        Paragraph("The end."),
    ]


def test_tables_know_their_names() -> None:
    """Columns of names come first; a table of names only has no numbers; without a sum no row is one."""
    two = grid(["Stage", "Cause", "Lost"], [["a", "b", "1"], ["c", "d", "2"]], WIDE, names=2)
    names = grid(["Stage", "Cause"], [["a", "b"]], WIDE, names=2)
    assert set_printed([two, names]) == [
        Grid(("Stage", "Cause", "Lost"), (("a", "b", "1"), ("c", "d", "2")), names=2),
        Grid(("Stage", "Cause"), (("a", "b"),), names=2),
    ]


def test_markup_in_a_name_stays_text() -> None:
    """What looks like markup of a terminal, or of a page, is a text like any other."""
    (found,) = set_printed([grid(["Name"], [["[red]<b>x"]], WIDE)])
    assert isinstance(found, Grid)
    assert found.rows == (("[red]<b>x",),)
