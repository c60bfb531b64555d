"""Pictures of what money buys: the best set for every budget, and scenarios by what they cost and bring."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from funnelsim.choice import Choice, Portfolio
from funnelsim.comparison import Comparison
from funnelsim.views.choices import PLUS, gain
from funnelsim.views.formats import SPACE
from funnelsim.views.naming import clean
from funnelsim.views.plots.lifts import choose_unit, count_money
from funnelsim.views.plots.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PALE,
    VERMILLION,
    canvas,
    describe,
    put_legend,
    styled,
    wrap,
)
from funnelsim.views.tables import Money
from funnelsim.views.texts import text

#: Sets that are named; of more, every second one, every third, and so on, and the best.
MOST = 18


@styled
def plot_frontier(choice: Choice, *, ax: Axes | None = None, language: str = "en") -> Axes:
    """Draw what the best set of interventions for each budget gains (a budget frontier). Returns the axes.

    A step begins where a set can be paid; the numbers at the steps stand in the legend with the sets. The set to make
    has a filled mark, and a dashed line is the budget.
    """
    sets = list(choice.frontier)
    spends = [one.spend for one in sets]
    money = choose_unit(choice.currency, [*spends, *(one.gain(choice.by) for one in sets)], language)
    counted = Money("", 1.0, language) if choice.by == "won" else money
    labels = {option.name: clean(option.label.text(language)) for option in choice.options}
    ax = canvas(ax, 10.0, 5.4 + 0.36 * min(len(sets), MOST + 1))
    x = np.array(spends) / money.per
    y = np.array([one.gain(choice.by) for one in sets]) / counted.per
    end = float(x.max()) * 1.08 or 1.0
    ax.step([*x, end], [*y, y[-1]], where="post", color=BLUE, linewidth=2.0)
    told, numbered = [], list[int]()
    room = np.ptp(y) or 1.0
    step = math.ceil(len(sets) / MOST)
    for number, (one, place, height) in enumerate(zip(sets, x, y, strict=True), start=1):
        made = PLUS.join(labels[name] for name in one.options) or text("choose.nothing", language)
        best = one.options == choice.best.options
        shown = _tell(one, choice, money, counted)
        ax.plot(place, height, "o", color=BLACK, markersize=9, markerfacecolor=ORANGE if best else "white", zorder=3)
        label = f"{number}.{SPACE}{wrap(made, 66, 2)}: {shown}" + (f" ({text('plot.best', language)})" if best else "")
        named = best or (number - 1) % step == 0
        if named:
            ax.plot([], [], " ", label=label)
            numbered.append(number)
        told.append(text("plot.alt.value", language, label=made, value=shown))
    for number, place, height in _apart(numbered, x / end, y / room):
        ax.plot([x[number - 1], place * end], [y[number - 1], height * room], color=GREY, linewidth=0.7)
        ax.text(place * end, height * room, f"{number}", fontsize="small", ha="right", va="bottom")
    if math.isfinite(choice.budget):
        ax.axvline(choice.budget / money.per, color=VERMILLION, linestyle="--", linewidth=1.4)
        told.append(text("choose.budget", language, amount=money.named(gain(choice.budget, "profit", money)[1:])))
    ax.set_xlim(-0.04 * end, end)
    ax.set_ylim(y.min() - 0.08 * room, y.max() + 0.14 * room)
    ax.grid(axis="y")
    count_money(ax, money, "x")
    count_money(ax, counted, "y")
    title = text(f"plot.frontier.{choice.by}", language)
    ax.set_title(title)
    unit = f", {money.unit}" if money.unit else ""
    ax.set_xlabel(text("choose.spend", language) + unit)
    ax.set_ylabel(text(f"choose.gain.{choice.by}", language) + (unit if choice.by != "won" else ""))
    put_legend(ax, 1, 0.85, handlelength=0.0, handletextpad=0.0)
    describe(ax, [f"{title}{f' ({money.unit})' if money.unit else ''}.", *told])
    return ax


def _tell(one: Portfolio, choice: Choice, money: Money, counted: Money) -> str:
    cost = gain(one.spend, "profit", money).removeprefix("+")
    return f"{cost}{SPACE}→{SPACE}{gain(one.gain(choice.by), choice.by, counted)}"


def _apart(numbers: Sequence[int], x: np.ndarray, y: np.ndarray, right: float = 0.0) -> list[tuple[int, float, float]]:
    """Return the numbers of points and where they are written, in shares of the picture: none over another or a point.

    right: so much further to the right than a point they begin.
    """
    placed: list[tuple[int, float, float]] = []
    for number in numbers:
        place = (float(x[number - 1]) - 0.008 + right, float(y[number - 1]) + 0.022)
        while any(abs(place[0] - a) < 0.035 and abs(place[1] - b) < 0.05 for _, a, b in placed) or any(
            -0.03 < a - place[0] < 0.04 and -0.02 < b - place[1] < 0.05 for a, b in zip(x, y, strict=True)
        ):
            place = (place[0], place[1] + 0.01)
        placed.append((number, *place))
    return placed


@styled
def plot_plane(comparison: Comparison, *, ax: Axes | None = None, language: str = "en") -> Axes:
    """Draw scenarios by what they cost and what revenue they bring beside the base (a cost-effectiveness plane).

    Above the dashed line a scenario brings more than it costs. Small points: single replications; numbers: means, whose
    scenarios stand in the legend. Returns the axes.
    """
    base = comparison.base
    rows = []
    for one in comparison.scenarios:
        cost = (one.tally.cost + one.spent) - base.tally.cost
        rows.append((clean(one.label.text(language)), np.asarray(cost), one.tally.revenue - base.tally.revenue))
    money = choose_unit(comparison.currency, [float(np.abs(v).max()) for _, a, b in rows for v in (a, b)], language)
    ax = canvas(ax, 9.5, 5.8 + 0.26 * len(rows))
    told = []
    for number, (label, cost, revenue) in enumerate(rows, start=1):
        ax.plot(cost / money.per, revenue / money.per, ".", color=PALE, markersize=4, zorder=1)
        means = [float(cost.mean()), float(revenue.mean())]
        shown = f"{gain(means[0], 'profit', money)}{SPACE}→{SPACE}{gain(means[1], 'revenue', money)}"
        ax.plot([], [], " ", label=f"{number}.{SPACE}{wrap(label, 60, 1)}: {shown}")
        told.append(text("plot.alt.value", language, label=label, value=shown))
    ax.axhline(0.0, color=GREY, linewidth=0.8)
    ax.axvline(0.0, color=GREY, linewidth=0.8)
    count_money(ax, money, "x")
    count_money(ax, money, "y")
    _number_means(ax, [(float(a.mean()) / money.per, float(b.mean()) / money.per) for _, a, b in rows])
    ax.axline((0.0, 0.0), slope=1.0, color=BLACK, linewidth=1.2, linestyle="--")
    title = text("plot.plane", language)
    ax.set_title(title)
    unit = f", {money.unit}" if money.unit else ""
    ax.set_xlabel(f"{text('plot.plane.cost', language)}{unit}\n{text('plot.plane.hint', language)}")
    ax.set_ylabel(text("plot.plane.revenue", language) + unit)
    put_legend(ax, 1, 0.85, handlelength=0.0, handletextpad=0.0)
    describe(ax, [f"{title}{f' ({money.unit})' if money.unit else ''}.", text("plot.plane.hint", language), *told])
    return ax


def _number_means(ax: Axes, means: list[tuple[float, float]]) -> None:
    """Mark the means, and write their numbers beside them, none over another."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    wide, high = right - left, top - bottom
    x, y = (np.array(values) for values in zip(*means, strict=True))
    ax.plot(x, y, "o", color=BLACK, markerfacecolor=ORANGE, markersize=8, linestyle="none", zorder=3)
    for number, across, up in _apart(range(1, len(means) + 1), (x - left) / wide, (y - bottom) / high, 0.03):
        place = (left + across * wide, bottom + up * high)
        ax.plot([x[number - 1], place[0]], [y[number - 1], place[1]], color=GREY, linewidth=0.7, zorder=2)
        ax.text(*place, f"{number}", fontsize="small", ha="left", va="bottom", zorder=4)
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top + 0.12 * high)
