"""What reading historical data found, as people read it: rows in, rows kept, rows dropped, by reason."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from funnelsim.findings import Finding, Report
from funnelsim.views.formats import format_number
from funnelsim.views.naming import clean
from funnelsim.views.tables import bullets, grid, heading, paragraph
from funnelsim.views.texts import count, text


def show_report(report: Report, language: str, width: int) -> list[RenderableType]:
    """Return the printed form of a report: the sum, what was dropped, what was noted."""
    title = text("reading.title", language, source=clean(report.source))
    numbers = {"kept": report.kept, "dropped": report.dropped}
    words = {name: format_number(number, language, 0) for name, number in numbers.items()}
    sentence = text("reading.sum", language, rows=count("rows", report.rows, language), **words)
    shown: list[RenderableType] = [
        Text(title, style="bold", no_wrap=True, overflow="ignore"),
        paragraph(sentence, width=width),
    ]
    for key, dropped in (("reading.dropped", True), ("reading.noted", False)):
        shown += _findings(key, [one for one in report.findings if one.dropped is dropped], language, width)
    return shown


def _findings(key: str, findings: Sequence[Finding], language: str, width: int) -> list[RenderableType]:
    if not findings:
        return []
    headings = [text(f"reading.{column}", language) for column in ("why", "count", "first")]
    rows = [
        [finding.meaning.text(language), format_number(finding.count, language, 0), _rows(finding, language)]
        for finding in findings
    ]
    values = [
        text(
            "reading.values",
            language,
            what=finding.meaning.text(language),
            values=", ".join(f"{clean(value) or '–'} ({format_number(n, language, 0)})" for value, n in finding.texts),
        )
        for finding in findings
        if finding.texts
    ]
    return [heading(text(key, language)), grid(headings, rows, width), *bullets(values, width)]


def _rows(finding: Finding, language: str) -> str:
    listed = ", ".join(map(str, finding.rows[:FEW]))
    return text("reading.more", language, rows=listed) if finding.count > FEW else listed


#: So many row numbers are printed; the report itself has more.
FEW = 5
