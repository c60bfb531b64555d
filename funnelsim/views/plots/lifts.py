"""Pictures of a comparison: the lift of each scenario, how interventions add up, and how sure it is by replication."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from funnelsim.comparison import Comparison, Outcome, ScenarioOutcome, find_scenario
from funnelsim.errors import InputError
from funnelsim.estimates import LEVEL, half_width
from funnelsim.tallies import Tally
from funnelsim.views.formats import decimals_of, format_interval, format_number, format_probability
from funnelsim.views.naming import clean
from funnelsim.views.plots.style import (
    BASE,
    BLACK,
    BLUE,
    DROP,
    GAIN,
    GREY,
    PALE,
    WON,
    Look,
    canvas,
    describe,
    put_legend,
    styled,
    wrap,
)
from funnelsim.views.tables import Money
from funnelsim.views.texts import text

#: What a lift is of.
LIFTED = ("revenue", "profit")


@styled
def plot_lifts(
    comparison: Comparison, measure: str = "revenue", *, ax: Axes | None = None, language: str = "en"
) -> Axes:
    """Draw the expected lift of each scenario with its intervals (a forest plot). Returns the axes.

    Thick: 95% for this scenario alone; thin: 95% for all scenarios at once. measure: revenue or profit. Raises
    InputError for another measure.
    """
    _check(measure)
    lifts = [outcome.lift[measure] for outcome in comparison.scenarios]
    money = choose_unit(comparison.currency, [end for lift in lifts for end in (lift.low_all, lift.high_all)], language)
    ax = canvas(ax, 9.5, 1.9 + 0.62 * len(lifts))
    ax.axvline(0.0, color=GREY, linewidth=1.0)
    labels, told = [], []
    for place, (outcome, lift) in enumerate(zip(comparison.scenarios, lifts, strict=True)):
        ax.plot([lift.low_all / money.per, lift.high_all / money.per], [place, place], color=BLACK, linewidth=1.2)
        ax.plot([lift.low / money.per, lift.high / money.per], [place, place], color=BLUE, linewidth=5, alpha=0.9)
        ax.plot(lift.mean / money.per, place, "o", color=BLACK, markersize=6)
        label = clean(outcome.label.text(language))
        shown = str(money.spread({"mean": lift.mean, "low": lift.low, "high": lift.high}, signed=True))
        sure = text("plot.better", language, p=format_probability(lift.p_better, language))
        labels.append(wrap(label, 30, 2))
        told.append(text("plot.alt.value", language, label=label, value=f"{shown}; {sure}"))
        ax.annotate(
            f"{shown}\n{sure}", (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize="small"
        )
    ax.set_yticks(range(len(lifts)), labels)
    ax.set_ylim(len(lifts) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    count_money(ax, money, "x")
    title = text(f"plot.lifts.{measure}", language)
    ax.set_title(title)
    ax.set_xlabel(money.named("").strip(), loc="left")
    handles = [
        Line2D([], [], color=BLUE, linewidth=5, label=text("plot.interval", language)),
        Line2D([], [], color=BLACK, linewidth=1.2, label=text("plot.interval_all", language)),
    ]
    put_legend(ax, 2, 0.6, handles=handles)
    describe(ax, [f"{title} ({money.unit}).", *told])
    return ax


@styled
def plot_waterfall(
    comparison: Comparison,
    scenario: str,
    measure: str = "revenue",
    *,
    ax: Axes | None = None,
    language: str = "en",
) -> Axes:
    """Draw how the interventions of a scenario add up, from the base to the scenario. Returns the axes.

    Each step is the lift of one intervention alone; the last step is their interaction: what they bring together more
    (or less) than one by one. Raises InputError for an unknown scenario or measure, and where the comparison has no
    scenario for one of its interventions alone.
    """
    _check(measure)
    outcome = find_scenario(comparison, scenario)
    singles = _singles(comparison, outcome)
    steps = [(one.label.text(language), one.lift[measure].mean) for one in singles]
    halves = [one.lift[measure].high - one.lift[measure].mean for one in singles]
    start = comparison.base.measures[measure].mean
    end = outcome.measures[measure].mean
    interaction = end - start - math.fsum(step for _, step in steps)
    if len(steps) > 1:
        steps.append((text("plot.interaction", language), interaction))
    money = choose_unit(comparison.currency, [start, end], language)
    ax = canvas(ax, 3.6 + 1.5 * (len(steps) + 2), 5.2)
    bars: list[tuple[str, float, float, Look]] = [(comparison.base.label.text(language), 0.0, start, BASE)]
    reached = start
    for label, step in steps:
        bars.append((label, reached, reached + step, GAIN if step >= 0 else DROP))
        reached += step
    bars.append((outcome.label.text(language), 0.0, end, WON))
    told = []
    span = max(abs(bar[2]) for bar in bars) or 1.0
    decimals = decimals_of(start / money.per, max(halves) / money.per, 2)
    for place, (label, low, high, look) in enumerate(bars):
        whole = place in (0, len(bars) - 1)
        ax.bar(place, (high - low) / money.per, bottom=low / money.per, width=0.62, **look.area())
        if place < len(bars) - 1:
            ax.plot([place + 0.31, place + 0.69], [high / money.per] * 2, color=GREY, linewidth=1.0)
        shown = format_number((high - low) / money.per, language, decimals, signed=not whole)
        top = max(low, high) / money.per
        ax.text(place, top + 0.015 * span / money.per, shown, ha="center", va="bottom", fontsize="small")
        told.append(text("plot.alt.value", language, label=clean(label), value=shown))
    ax.set_xticks(range(len(bars)), [wrap(clean(label), 17, 4) for label, *_ in bars], fontsize="small")
    ax.tick_params(axis="x", length=0)
    ax.axhline(0.0, color=GREY, linewidth=1.0)
    ax.margins(y=0.1)
    count_money(ax, money, "y")
    title = text(f"plot.waterfall.{measure}", language)
    ax.set_title(title)
    ax.set_ylabel(money.unit)
    describe(ax, [f"{title} ({money.unit}).", *told])
    return ax


@styled
def plot_convergence(
    comparison: Comparison, scenario: str, measure: str = "revenue", *, ax: Axes | None = None, language: str = "en"
) -> Axes:
    """Draw the lift of a scenario as estimated after each replication, with its 95% interval. Returns the axes.

    Raises InputError for an unknown scenario or measure, and for fewer than three replications.
    """
    _check(measure)
    outcome = find_scenario(comparison, scenario)
    lifts = _measured(outcome, measure) - _measured(comparison.base, measure)
    if len(lifts) < 3:
        raise InputError("plot_convergence: an interval by replication needs three replications at least")
    money = choose_unit(comparison.currency, [float(np.abs(lifts).max())], language)
    numbers = np.arange(2, len(lifts) + 1)
    means = np.array([lifts[:number].mean() for number in numbers]) / money.per
    halves = np.array([half_width(lifts[:number], LEVEL) for number in numbers]) / money.per
    ax = canvas(ax, 8.5, 4.6)
    ax.fill_between(numbers, means - halves, means + halves, color=PALE, label=text("plot.interval", language))
    ax.plot(numbers, means, color=BLUE, linewidth=2.0, label=text("mean", language))
    ax.plot(
        range(1, len(lifts) + 1), lifts / money.per, ".", color=GREY, markersize=5, label=text("plot.single", language)
    )
    ax.axhline(0.0, color=GREY, linewidth=1.0)
    settled = slice(min(3, len(means) - 1), None)  # the first intervals are so wide that they would hide the rest
    ends = np.concatenate(
        [means[settled] - halves[settled], means[settled] + halves[settled], lifts / money.per, [0.0]]
    )
    ax.set_ylim(ends.min() - 0.05 * np.ptp(ends), ends.max() + 0.05 * np.ptp(ends))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(axis="y")
    count_money(ax, money, "y")
    ax.set_xlabel(text("sheet.replications", language))
    ax.set_ylabel(money.unit)
    label = clean(outcome.label.text(language))
    ax.set_title(wrap(text(f"plot.convergence.{measure}", language, label=label), 54))
    put_legend(ax, 3, 0.6)
    last = format_interval(means[-1] - halves[-1], means[-1] + halves[-1], language)
    describe(
        ax,
        [
            text(f"plot.convergence.{measure}", language, label=label) + ".",
            text("plot.alt.converged", language, n=len(lifts), interval=money.named(last)),
        ],
    )
    return ax


def choose_unit(currency: str, amounts: Iterable[float], language: str) -> Money:
    """Return the unit in which the largest of the amounts has at most five digits before the point."""
    largest = max((abs(amount) for amount in amounts if math.isfinite(amount)), default=0.0)
    per = 1.0
    while largest / per >= 1e5 and per < 1e12:
        per *= 1e3
    return Money(currency, per, language)


def _check(measure: str) -> None:
    if measure not in LIFTED:
        raise InputError(f"measure: expected {' or '.join(LIFTED)}, not {measure!r}")


def _measured(outcome: Outcome, measure: str) -> np.ndarray:
    tally: Tally = outcome.tally
    if measure == "revenue":
        return np.asarray(tally.revenue)
    return np.asarray(tally.profit - (outcome.spent if isinstance(outcome, ScenarioOutcome) else 0.0))


def _singles(comparison: Comparison, outcome: ScenarioOutcome) -> list[ScenarioOutcome]:
    """Return the scenarios that have one of the interventions of another each, in its order."""
    alone = {one.interventions[0]: one for one in comparison.scenarios if len(one.interventions) == 1}
    missing = [name for name in outcome.interventions if name not in alone]
    if missing or not outcome.interventions:
        what = ", ".join(map(repr, missing)) or "its funnel, which is one of its own"
        raise InputError(
            f"plot_waterfall: scenario {outcome.name!r} cannot be taken apart: add a scenario with each intervention "
            f"alone (missing: {what})"
        )
    return [alone[name] for name in outcome.interventions]


def count_money(ax: Axes, money: Money, axis: str) -> None:
    """Write the numbers of an axis, already in the unit of money, as people of the language do."""
    ticks = getattr(ax, f"{axis}axis")
    ticks.set_major_locator(MaxNLocator(6))

    def write(value: float, _: int | None) -> str:
        low, high = sorted(getattr(ax, f"get_{axis}lim")())
        decimals = max(0, 1 - math.floor(math.log10(high - low))) if high > low else 0
        return format_number(value, money.language, min(decimals, 6))

    ticks.set_major_formatter(FuncFormatter(write))
