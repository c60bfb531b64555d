"""The decision, which a report begins with: which scenario, how much, how surely, at what cost."""

from __future__ import annotations

from collections.abc import Iterator

from funnelsim.choice import choice_document
from funnelsim.comparison import ScenarioOutcome
from funnelsim.estimates import mean
from funnelsim.model import Scenario, Study
from funnelsim.views.choices import PLUS, gain, show_choice
from funnelsim.views.doubts import show_doubts
from funnelsim.views.formats import format_interval, format_probability, format_share
from funnelsim.views.lifts import show_lifts, show_worlds, tell_answer, tell_payback
from funnelsim.views.naming import clean
from funnelsim.views.plots import plot_frontier, plot_lifts, plot_plane
from funnelsim.views.report.blocks import (
    WIDE,
    Block,
    Figure,
    Figures,
    Grid,
    Heading,
    Paragraph,
    Section,
    set_printed,
)
from funnelsim.views.report.frame import Frame
from funnelsim.views.tables import Money
from funnelsim.worlds import scenarios_of


def decide(frame: Frame) -> Section:
    """Return the section: the answer in a sentence and in figures, then lifts, costs, doubts and every world."""
    return Section("decision", frame.say("report.decision"), tuple(_decide(frame)))


def _decide(frame: Frame) -> Iterator[Block]:
    document, money = frame.document, frame.money
    scenarios = document["scenarios"]
    if not scenarios:
        yield Paragraph(frame.say("report.alone"), strong=True)
        yield from set_printed(show_worlds(document, money, WIDE))
        return
    yield from set_printed(tell_answer(scenarios, money, WIDE))
    best = find_best(frame)
    better = list(_better_set(best, frame))
    if best is not None:
        yield Figures(tuple(_figures(best, frame)))
        if best.lift["profit"].low_all <= 0.0:
            yield Paragraph(frame.say("report.unsure", label=_label(best, frame.language)))
    elif not better:
        yield Paragraph(frame.say("report.keep"), strong=True)
    yield from better
    yield frame.drawer.draw(plot_lifts, frame.comparison, "profit")
    yield frame.drawer.draw(plot_lifts, frame.comparison)
    yield from set_printed(show_lifts(scenarios, money, WIDE))
    yield from _costs(frame)
    yield frame.drawer.draw(plot_plane, frame.comparison)
    yield from set_printed(show_doubts(document, frame.study, frame.names, money, WIDE))
    yield from set_printed(show_worlds(document, money, WIDE))
    yield from _budget(frame)


def find_best(frame: Frame) -> ScenarioOutcome | None:
    """Return the scenario that is expected to bring the most profit; None where the base brings no less."""
    found = max(frame.comparison.scenarios, key=lambda one: one.lift["profit"].mean, default=None)
    return found if found is not None and found.lift["profit"].mean > 0.0 else None


def _label(outcome: ScenarioOutcome, language: str) -> str:
    return clean(outcome.label.text(language))


def _figures(best: ScenarioOutcome, frame: Frame) -> Iterator[Figure]:
    language, money = frame.language, frame.money
    found = next(one for one in frame.document["scenarios"] if one["name"] == best.name)
    profit, revenue = (money.spread(found["lift"][name], signed=True) for name in ("profit", "revenue"))
    yield Figure(frame.say("report.figure.scenario"), _label(best, language))
    yield Figure(frame.say("lift.profit"), money.named(" ".join(profit.parts[:2])), frame.say("report.figure.95"))
    if frame.comparison.uncertainty is None:
        yield Figure(frame.say("report.figure.sure"), format_probability(found["lift"]["profit"]["p_better"], language))
    else:
        yield from _doubts(best, frame)
    relative = found["lift"]["revenue"]["relative"]["mean"]
    share = "" if relative is None else format_share(relative, language, signed=True)
    yield Figure(frame.say("lift.revenue"), money.named(" ".join(revenue.parts[:2])), share)
    yield Figure(frame.say("report.figure.cost"), _amount(mean(best.spent), money), _tell_costs(best.name, frame))
    if found["payback_days"] is not None:
        yield Figure(frame.say("lift.payback"), tell_payback(found["payback_days"], language))


def _doubts(best: ScenarioOutcome, frame: Frame) -> Iterator[Figure]:
    """Give how sure it is over the draws of the uncertain numbers, which count for more than luck."""
    doubts = frame.comparison.uncertainty
    found = next(one for one in doubts.scenarios if one.name == best.name) if doubts is not None else None
    if found is None:
        return
    profit, hint = found.lift["profit"], frame.say("report.figure.doubt")
    between = format_interval(profit.low, profit.high, frame.language, per=frame.money.per)
    yield Figure(frame.say("report.figure.between"), frame.money.named(between), hint)
    yield Figure(frame.say("report.figure.sure"), format_probability(profit.p_better, frame.language), hint)
    yield Figure(frame.say("report.figure.best"), format_probability(found.p_best, frame.language), hint)


def _better_set(best: ScenarioOutcome | None, frame: Frame) -> Iterator[Block]:
    """Say what no scenario of the file tries, and would bring more profit than all of them."""
    choice = frame.findings.choice
    if choice is None or not choice.best.options:
        return
    tried = [set(scenario.interventions) for scenario in frame.comparison.scenarios]
    most = best.lift["profit"].mean if best is not None else 0.0
    if set(choice.best.options) in tried or choice.best.profit <= most:
        return
    labels = {option.name: clean(option.label.text(frame.language)) for option in choice.options}
    made = PLUS.join(labels[name] for name in choice.best.options)
    amount = frame.money.named(gain(choice.best.profit, "profit", frame.money))
    yield Paragraph(frame.say("report.better_set", made=made, gain=amount), strong=True)


def _amount(value: float, money: Money) -> str:
    return money.named(gain(value, "revenue", money).removeprefix("+"))


def _tell_costs(name: str, frame: Frame) -> str:
    once, monthly = costs_of(name, frame.study)
    return frame.say("report.cost.parts", once=_amount(once, frame.money), monthly=_amount(monthly, frame.money))


def costs_of(name: str, study: Study) -> tuple[float, float]:
    """Return what the interventions of a scenario cost: once, and per month."""
    scenario: Scenario = next(one for one in scenarios_of(study) if one.name == name)
    return sum(one.once for one in scenario.interventions), sum(one.per_month for one in scenario.interventions)


def _costs(frame: Frame) -> Iterator[Block]:
    """Give the table of what each scenario costs, and of where its profit comes from."""
    money = frame.money
    base = frame.comparison.base.measures["cost"].mean
    rows = []
    for outcome in frame.comparison.scenarios:
        spent = mean(outcome.spent)
        other = outcome.measures["cost"].mean - base - spent
        once, monthly = costs_of(outcome.name, frame.study)
        amounts = [gain(x, "revenue", money).removeprefix("+") for x in (once, monthly, spent)]
        lifts = [gain(x, "revenue", money) for x in (other, outcome.lift["revenue"].mean, outcome.lift["profit"].mean)]
        rows.append((_label(outcome, frame.language), *amounts, *lifts))
    title = frame.say("report.costs", unit=money.unit)
    keys = ("report.once", "report.monthly", "report.spent", "report.other_costs", "lift.revenue", "lift.profit")
    headings = (frame.say("scenario"), *(frame.say(key) for key in keys))
    yield Heading(title)
    yield Grid(headings, tuple(rows), caption=title)
    yield Paragraph(frame.say("report.costs.hint"))


def _budget(frame: Frame) -> Iterator[Block]:
    """Give what is best for every budget, or why that is not said."""
    choice = frame.findings.choice
    if choice is None:
        if reason := frame.findings.missing.get("budget"):
            yield Heading(frame.say("report.budget"))
            yield Paragraph(frame.say(f"report.missing.{reason}", word="choose"))
        return
    yield Heading(frame.say("report.budget"))
    if len(choice.frontier) > 1:
        yield frame.drawer.draw(plot_frontier, choice)
    yield from set_printed(show_choice(choice_document(choice, frame.language), frame.language, WIDE), level=4)
