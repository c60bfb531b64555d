"""The report as a spreadsheet: real numbers, native charts with words, every text typed as a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from funnelsim.choice import choice_document
from funnelsim.comparison import ScenarioOutcome
from funnelsim.estimates import mean, to_number
from funnelsim.leakage import leaks_document
from funnelsim.sensitivities import sensitivity_document
from funnelsim.views.choices import chart_frontier, make_choice_sheets
from funnelsim.views.doubts import make_doubt_sheets
from funnelsim.views.leaking import make_leaks_sheet, make_levels_sheet, make_parts_sheet
from funnelsim.views.naming import clean
from funnelsim.views.report.assumptions import show_assumptions
from funnelsim.views.report.blocks import Bullets, Facts, Heading, Section
from funnelsim.views.report.checklist import show_checklist
from funnelsim.views.report.decision import costs_of, find_best
from funnelsim.views.report.findings import Findings
from funnelsim.views.report.frame import Frame, make_frame
from funnelsim.views.sensitivities import chart_tornado, make_sensitivity_sheets
from funnelsim.views.spreadsheet import (
    chart_lifts,
    chart_losses,
    list_facts,
    make_ledger_sheet,
    make_lift_sheet,
    make_losses_sheet,
    make_stages_sheet,
    make_texts_sheet,
    make_totals_sheet,
    make_worlds_sheet,
)
from funnelsim.views.staff_sheets import make_staff_sheets
from funnelsim.views.stories import read_ledger
from funnelsim.views.workbook import CENTS, PLAIN, SHARE, TENTHS, Cell, Chart, Sheet, write_workbook

#: What became of the saved, in the order of the columns.
BECAME = ("won", "lost", "open", "absent")
#: Bars of a chart.
_BARS = 20


def write_sheets(path: Path, findings: Findings, language: str) -> None:
    """Write the report to a file. Raises MissingExtraError without XlsxWriter."""
    frame = make_frame(findings, language)
    parts = list(_parts(frame))
    write_workbook(path, [sheet for sheet, _ in parts], *(chart for _, chart in parts))


def _parts(frame: Frame) -> Iterator[tuple[Sheet, Chart | None]]:
    """Give each sheet with its chart, if it has one; the decision first."""
    document, names, language = frame.document, frame.names, frame.language
    if document["scenarios"]:
        yield _decision(frame), None
        lift = make_lift_sheet(document, names)
        yield lift, chart_lifts(lift, document, language)
        yield from ((sheet, None) for sheet in make_doubt_sheets(document, frame.study, names))
        yield make_worlds_sheet(document, names), None
    else:
        yield make_totals_sheet(frame.base, language), None
    yield from _budget(frame)
    stages = make_stages_sheet(frame.base, names)
    yield stages, _chart_stages(stages, frame)
    yield from ((sheet, None) for sheet in make_staff_sheets(frame.base, names))
    losses = make_losses_sheet(frame.base, names)
    yield losses, chart_losses(losses, language)
    yield from ((sheet, None) for sheet in _leaks(frame))
    if document["scenarios"]:
        saved = _saved(frame)
        yield saved, _chart_saved(saved, frame)
        yield make_ledger_sheet(document, names), None
    yield from _sensitivity(frame)
    yield _words(show_assumptions(frame), frame), None
    yield _words(show_checklist(frame), frame), None
    yield replace(make_texts_sheet(list_facts(document, names), language), title=frame.say("sheet.provenance")), None


def _decision(frame: Frame) -> Sheet:
    """Return what each scenario brings and costs, the most profit first; the best is marked in words."""
    best = find_best(frame)
    ranked = sorted(frame.comparison.scenarios, key=lambda one: -one.lift["profit"].mean)
    keys = (
        *("lift.profit", "low", "high", "report.figure.sure", "lift.revenue", "low", "high"),
        *("report.once", "report.monthly", "report.spent", "report.other_costs", "sheet.payback"),
    )
    currency = clean(frame.document["currency"])
    unit = f", {currency}" if currency else ""
    counted = ("report.figure.sure", "sheet.payback")
    titles = (frame.say(key) + ("" if key in counted else unit) for key in keys)
    headings = (frame.say("scenario"), frame.say("report.decision"), *titles)
    rows = tuple(_decide(one, frame, best=one is best) for one in ranked)
    formats = (PLAIN, PLAIN, *[CENTS] * 3, SHARE, *[CENTS] * 7, TENTHS)
    return Sheet(frame.say("report.decision"), headings, formats, rows)


def _decide(one: ScenarioOutcome, frame: Frame, *, best: bool) -> tuple[Cell, ...]:
    profit, revenue, spent = one.lift["profit"], one.lift["revenue"], mean(one.spent)
    other = one.measures["cost"].mean - frame.comparison.base.measures["cost"].mean - spent
    numbers = (
        *(profit.mean, profit.low, profit.high, profit.p_better, revenue.mean, revenue.low, revenue.high),
        *(*costs_of(one.name, frame.study), spent, other, one.payback_days),
    )
    label = clean(one.label.text(frame.language))
    return (label, frame.say("report.figure.scenario") if best else "", *map(to_number, numbers))


def _budget(frame: Frame) -> Iterator[tuple[Sheet, Chart | None]]:
    choice = frame.findings.choice
    if choice is None:
        return
    document = choice_document(choice, frame.language)
    best, frontier, _, options = make_choice_sheets(document, frame.language)
    yield best, None
    yield frontier, chart_frontier(frontier, document, frame.language)
    yield options, None


def _chart_stages(stages: Sheet, frame: Frame) -> Chart | None:
    """Return the funnel: of the visits of each stage those who passed, were lost, and are open."""
    shown = stages.rows[:_BARS]
    title = frame.say("plot.funnel")
    told = "; ".join(f"{row[0]}: {', '.join(f'{float(cell or 0.0):.6g}' for cell in row[1:5])}" for row in shown)
    hint = ", ".join(stages.headings[1:5])
    return Chart(stages, title, f"{title} ({hint}). {told}", 0, 2, len(shown), more=(3, 4), kind="stacked")


def _leaks(frame: Frame) -> Iterator[Sheet]:
    if frame.findings.leaks is None:
        return
    document = leaks_document(frame.findings.leaks, frame.language)
    yield replace(make_leaks_sheet(document, frame.names), title=frame.say("sheet.money"))
    yield make_parts_sheet(document, frame.names)
    yield replace(make_levels_sheet(document, frame.names), title=frame.say("sheet.levels"))


def _saved(frame: Frame) -> Sheet:
    """Return how many each scenario saves, and what became of them."""
    rows: list[tuple[Cell, ...]] = []
    for scenario in frame.document["scenarios"]:
        reading = read_ledger(scenario["ledger"], frame.names)
        rows.append((clean(scenario["label"]), reading.saved, *(float(getattr(reading, fate)) for fate in BECAME)))
    headings = (frame.say("scenario"), frame.say("sheet.saved"), *(frame.say(f"fate.{fate}") for fate in BECAME))
    return Sheet(frame.say("sheet.saved"), headings, (PLAIN, *[TENTHS] * 5), tuple(rows))


def _chart_saved(saved: Sheet, frame: Frame) -> Chart:
    shown = saved.rows[:_BARS]
    title = frame.say("report.ledger")
    told = "; ".join(f"{row[0]}: {', '.join(f'{float(cell or 0.0):.6g}' for cell in row[1:])}" for row in shown)
    hint = ", ".join(saved.headings[1:])
    return Chart(saved, title, f"{title} ({hint}). {told}", 0, 2, len(shown), more=(3, 4, 5), kind="stacked")


def _sensitivity(frame: Frame) -> Iterator[tuple[Sheet, Chart | None]]:
    found = frame.findings.sensitivity
    if found is None:
        return
    sources = {one.name: clean(one.label.text(frame.language)) for one in frame.study.funnel.sources}
    sheets = make_sensitivity_sheets(sensitivity_document(found, frame.language), frame.names, sources)
    yield sheets[0], chart_tornado(sheets[0], frame.language)
    yield from ((sheet, None) for sheet in sheets[1:])


def _words(section: Section, frame: Frame) -> Sheet:
    """Return a section that says everything in words: under which heading, of what, what."""
    rows: list[tuple[Cell, ...]] = []
    heading = section.title
    for block in section.blocks:
        if isinstance(block, Heading):
            heading = block.title
        elif isinstance(block, Bullets):
            rows += [(heading, "", item) for item in block.items]
        elif isinstance(block, Facts):
            rows += [(heading, what, one) for what, told in block.facts for one in told]
    return replace(make_texts_sheet(rows, frame.language), title=section.title)
