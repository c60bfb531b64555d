"""The sections of a report between the decision and the small print: funnel, leaks, ledger, sensitivity."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from funnelsim.comparison import find_scenario
from funnelsim.errors import InputError
from funnelsim.leakage import leaks_document
from funnelsim.sensitivities import Sensitivity, sensitivity_document
from funnelsim.views.doubts import show_spreads
from funnelsim.views.leaking import show_leaks
from funnelsim.views.lifts import list_notes, show_story
from funnelsim.views.naming import clean
from funnelsim.views.plots import (
    plot_convergence,
    plot_curve,
    plot_funnel,
    plot_journey,
    plot_leaks,
    plot_ledger,
    plot_losses,
    plot_replies,
    plot_tornado,
    plot_waterfall,
    plot_week,
)
from funnelsim.views.report.blocks import WIDE, Block, Bullets, Heading, Paragraph, Section, set_printed
from funnelsim.views.report.decision import find_best
from funnelsim.views.report.frame import Frame
from funnelsim.views.report.times import show_times
from funnelsim.views.sensitivities import show_sensitivity
from funnelsim.views.staff import show_replies, show_teams, tell_changes
from funnelsim.views.totals import list_losses, show_losses, show_stages, show_totals

#: Scenarios whose ledger is drawn, those with the largest lifts in profit; all have their table.
MOST_DRAWN = 8
#: Stages of which it is drawn what a late answer costs.
MOST_LATE = 3
#: Numbers whose curve is drawn: those at which the best scenario changes, else the one that matters most.
MOST_CURVES = 2


def show_funnel(frame: Frame) -> Section:
    """Return who passes each stage and who is lost to what, in the base, and who answers how soon."""
    return Section("funnel", frame.say("report.funnel"), tuple(_funnel(frame)))


def _funnel(frame: Frame) -> Iterator[Block]:
    tally, stages = frame.comparison.base.tally, frame.base["stages"]
    draw = frame.drawer.draw
    yield Paragraph(frame.say("report.funnel.base"))
    yield draw(plot_funnel, tally)
    yield from set_printed(show_stages(stages, frame.names, WIDE))
    yield from set_printed(show_totals(frame.base, frame.money, WIDE))
    yield from set_printed(show_spreads(frame.base, frame.money, WIDE))
    yield Heading(frame.say("report.journey"), "journey")
    yield Paragraph(frame.say("report.journey.one"))
    yield draw(plot_journey, frame.findings.log, funnel=frame.study.funnel)
    yield from show_times(frame)
    yield from set_printed(show_replies(stages, frame.names, WIDE))
    yield from _late_answers(frame)
    yield from set_printed(show_teams(frame.base["teams"], frame.names, frame.money, WIDE))
    for team in frame.study.funnel.teams:
        yield draw(plot_week, tally, team.name)
        yield draw(plot_week, tally, team.name, "queue")


def _late_answers(frame: Frame) -> Iterator[Block]:
    """Give what a late answer costs at the stages with answers that lose most, in the replication that is a log."""
    waited = [stage for stage in frame.base["stages"] if stage.get("reply_within")]
    for stage in sorted(waited, key=lambda one: -one["lost"])[:MOST_LATE]:
        with suppress(InputError):  # nobody was lost waiting in this replication
            yield frame.drawer.draw(plot_replies, frame.findings.log, stage["stage"], funnel=frame.study.funnel)


def show_leaking(frame: Frame) -> Section:
    """Return who is lost where and to what, and what less of each loss would bring."""
    return Section("leaks", frame.say("report.leaks"), tuple(_leaks(frame)))


def _leaks(frame: Frame) -> Iterator[Block]:
    yield frame.drawer.draw(plot_losses, frame.comparison.base.tally)
    if frame.findings.leaks is None:
        yield from set_printed(show_losses(list_losses(frame.base["stages"]), frame.names, WIDE))
        yield Paragraph(frame.say(f"report.missing.{frame.findings.missing['leaks']}", word="leaks"))
        return
    yield frame.drawer.draw(plot_leaks, frame.findings.leaks, funnel=frame.study.funnel)
    document = leaks_document(frame.findings.leaks, frame.language)
    yield from set_printed(show_leaks(document, frame.names, WIDE, bounds=True))


def show_ledgers(frame: Frame) -> Section:
    """Return, for each scenario, who was saved and where they ended."""
    return Section("ledger", frame.say("report.ledger"), tuple(_ledgers(frame)))


def _ledgers(frame: Frame) -> Iterator[Block]:
    if not frame.comparison.scenarios:
        yield Paragraph(frame.say("report.ledger.none"))
        return
    yield Paragraph(frame.say("report.ledger.hint"))
    ranked = sorted(frame.comparison.scenarios, key=lambda one: -one.lift["profit"].mean)
    drawn = {one.name for one in ranked[:MOST_DRAWN]}
    for scenario in frame.document["scenarios"]:
        told = set_printed(show_story(scenario, frame.study, frame.names, frame.money, WIDE))
        yield told[0]
        if scenario["name"] in drawn:
            yield from _added_up(scenario["name"], frame)
            yield frame.drawer.draw(plot_ledger, frame.comparison, scenario["name"], study=frame.study)
        yield from told[1:]
        for sentence in tell_changes(frame.document["base"], scenario, frame.names, frame.money):
            yield Paragraph(sentence)
        if notes := list_notes(scenario, frame.study, frame.language):
            yield Bullets(tuple(notes))


def _added_up(name: str, frame: Frame) -> Iterator[Block]:
    """Give how several interventions add up, where each of them is a scenario, too."""
    if len(find_scenario(frame.comparison, name).interventions) > 1:
        with suppress(InputError):  # one of them is no scenario of its own
            yield frame.drawer.draw(plot_waterfall, frame.comparison, name, "profit")


def show_sensitive(frame: Frame) -> Section:
    """Return which number matters, where another scenario becomes the best, and how steady the answer is."""
    return Section("sensitivity", frame.say("report.sensitivity"), tuple(_sensitivity(frame)))


def _sensitivity(frame: Frame) -> Iterator[Block]:
    found = frame.findings.sensitivity
    if found is None:
        yield Paragraph(frame.say(f"report.missing.{frame.findings.missing['sensitivity']}", word="sensitivity"))
    else:
        sources = {one.name: clean(one.label.text(frame.language)) for one in frame.study.funnel.sources}
        document = sensitivity_document(found, frame.language)
        yield frame.drawer.draw(plot_tornado, found, study=frame.study)
        for number in _curves(found):
            yield frame.drawer.draw(plot_curve, found, number, study=frame.study)
        yield from set_printed(show_sensitivity(document, frame.names, sources, WIDE))
    best = find_best(frame)
    if best is not None and frame.comparison.replications >= 3:
        yield Heading(frame.say("report.convergence"))
        yield Paragraph(frame.say("report.convergence.hint"))
        yield frame.drawer.draw(plot_convergence, frame.comparison, best.name, "profit")


def _curves(found: Sensitivity) -> list[str]:
    changing = [curve.knob.name for curve in found.curves if curve.thresholds]
    return changing[:MOST_CURVES] or [curve.knob.name for curve in found.curves[:1]]
