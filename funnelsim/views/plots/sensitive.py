"""Pictures of a sensitivity: which number matters (a tornado), and where another scenario becomes the best."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from funnelsim.errors import InputError
from funnelsim.knobs import Kind, Knob
from funnelsim.model import Study
from funnelsim.sensitivities import Sensitivity
from funnelsim.thresholds import Curve
from funnelsim.tornado import Bar
from funnelsim.views.choices import gain
from funnelsim.views.formats import SPACE, format_number
from funnelsim.views.naming import Names, clean, make_names
from funnelsim.views.plots.lifts import choose_unit, count_money
from funnelsim.views.plots.style import (
    BLACK,
    BLUE,
    DROP,
    GAIN,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    Look,
    canvas,
    describe,
    put_legend,
    styled,
    wrap,
)
from funnelsim.views.sensitivities import name_number
from funnelsim.views.tables import Money
from funnelsim.views.texts import text

#: Bars that are drawn, the widest.
MOST = 15
#: Lines of the base and of the scenarios; marks tell further ones apart.
LINES = (
    Look(BLACK),
    Look(BLUE, "", "--"),
    Look(VERMILLION, "", "-."),
    Look(GREEN, "", (0, (1, 1.5))),
    Look(ORANGE, "", (0, (5, 2, 1, 2))),
    Look(PURPLE, "", (0, (8, 2))),
    Look(SKY, "", (0, (3, 2))),
)


@styled
def plot_tornado(
    found: Sensitivity, *, study: Study | None = None, ax: Axes | None = None, language: str = "en"
) -> Axes:
    """Draw by how much the answer moves with each number turned down and up, the widest bars first (a tornado).

    Turned down: plain; turned up: hatched; beside each bar stand both moves. study: gives the labels of stages, causes,
    sources and teams. Returns the axes.
    """
    names = make_names([study.funnel] if study else [], language)
    bars = [bar for bar in found.bars if bar.swing > 0.0][:MOST]
    money = _unit(found, [x for bar in bars for x in (bar.low, bar.high)], language)
    ax = canvas(ax, 11.2, 2.2 + 0.52 * max(len(bars), 1))
    told = []
    for place, bar in enumerate(bars):
        for move, look, height in ((bar.low, GAIN, 0.62), (bar.high, DROP, 0.34)):
            if math.isfinite(move):
                ax.barh(place, move / money.per, height=height, **look.area())
        shown = f"{_move(bar.low, found, money)}{SPACE}/{SPACE}{_move(bar.high, found, money)}"
        ax.annotate(shown, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize="small")
        told.append(
            text("plot.alt.value", language, label=_name(bar.knob, names, study), value=_tell(bar, found, money))
        )
    ax.axvline(0.0, color=BLACK, linewidth=1.0)
    ax.set_yticks(range(len(bars)), [wrap(_name(bar.knob, names, study), 44, 2) for bar in bars])
    ax.set_ylim(max(len(bars), 1) - 0.4, -0.6)
    ax.margins(x=0.06)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    count_money(ax, money, "x")
    title = text(f"plot.tornado.{found.by}", language)
    ax.set_title(title)
    ax.set_xlabel(money.unit or text("won", language), loc="left")
    for key, look in (("low", GAIN), ("high", DROP)):
        ax.barh(0.0, 0.0, label=text(f"plot.tornado.{key}", language), **look.area())
    put_legend(ax, 1, 0.6)
    describe(ax, [f"{title} ({money.unit})." if money.unit else f"{title}.", *told])
    return ax


@styled
def plot_curve(
    found: Sensitivity, number: str = "", *, study: Study | None = None, ax: Axes | None = None, language: str = "en"
) -> Axes:
    """Draw the answer of each scenario along one number, and where another of them becomes the best.

    number: its name, such as `loss.demo.no_trust`; by default the one that matters most. study: as in `plot_tornado`.
    Returns the axes. Raises InputError for a number without a curve, and for a simulated sensitivity, which has none.
    """
    curve = _find(found, number)
    names = make_names([study.funnel] if study else [], language)
    values = np.array([row for _, _, row in curve.worlds])
    money = _unit(found, values.ravel().tolist(), language)
    factors = np.array(curve.factors)
    ax = canvas(ax, 9.5, 5.6 + 0.24 * math.ceil(len(curve.worlds) / 2))
    looks = [LINES[1 + (place - 1) % (len(LINES) - 1)] if place else LINES[0] for place in range(len(curve.worlds))]
    marks = "osD^v<>PX*"
    told = []
    for place, ((_, label, row), look) in enumerate(zip(curve.worlds, looks, strict=True)):
        shown = clean(label.text(language))
        mark = marks[place % len(marks)]
        ax.plot(factors, np.array(row) / money.per, label=wrap(shown, 46, 1), marker=mark, markersize=5, **look.line())
        ends = f"{_plain(row[0], found, money)}{SPACE}…{SPACE}{_plain(row[-1], found, money)}"
        told.append(text("plot.alt.value", language, label=shown, value=ends))
    labels = {name: clean(label.text(language)) for name, label, _ in curve.worlds}
    for one in curve.thresholds:
        ax.axvline(one.factor, color=BLACK, linewidth=1.0, linestyle=(0, (4, 3)))
        factor = format_number(one.factor, language, 2)
        told.append(text("plot.curve.at", language, factor=factor, below=labels[one.below], above=labels[one.above]))
    ax.axvline(1.0, color=GREY, linewidth=0.8)
    if curve.knob.kind not in (Kind.PRICE, Kind.ARRIVALS):
        ax.set_xscale("log", base=2)
    ax.set_xticks(factors[:: 2 if len(factors) < 10 else 1])
    ax.minorticks_off()
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"×{SPACE}{format_number(value, language, _places(value))}")
    )
    ax.grid(axis="y")
    count_money(ax, money, "y")
    what = _name(curve.knob, names, study)
    title = text(f"plot.curve.{found.by}", language)
    ax.set_title(title)
    ax.set_xlabel(wrap(what, 80, 2))
    ax.set_ylabel(money.unit or text("won", language))
    put_legend(ax, 2, 0.85)
    describe(ax, [f"{title}: {what}.", *told])
    return ax


def _find(found: Sensitivity, number: str) -> Curve:
    known = {curve.knob.name: curve for curve in found.curves}
    if not known:
        raise InputError("plot_curve: a simulated sensitivity has no curves; they need an exact answer")
    if number and number not in known:
        raise InputError(f"plot_curve: there is no curve of {number!r}; there is: {', '.join(known)}")
    return known[number] if number else found.curves[0]


def _unit(found: Sensitivity, amounts: Sequence[float], language: str) -> Money:
    """Return the unit of the answer: customers are counted one by one."""
    return Money("", 1.0, language) if found.by == "won" else choose_unit(found.currency, amounts, language)


def _name(knob: Knob, names: Names, study: Study | None) -> str:
    number = {"kind": str(knob.kind), "place": knob.place, "cause": knob.cause or None}
    sources = study.funnel.sources if study else ()
    return name_number(number, names, {one.name: clean(one.label.text(names.language)) for one in sources})


def _move(value: float, found: Sensitivity, money: Money) -> str:
    return gain(value if math.isfinite(value) else None, found.by, money)


def _plain(value: float, found: Sensitivity, money: Money) -> str:
    return _move(value, found, money).removeprefix("+")


def _tell(bar: Bar, found: Sensitivity, money: Money) -> str:
    low, high = (_move(value, found, money) for value in (bar.low, bar.high))
    return text("plot.tornado.told", money.language, low=low, high=high)


def _places(value: float) -> int:
    return 0 if float(value).is_integer() else 1 if float(10 * value).is_integer() else 2
