"""A check as a picture: shares and arrivals in the bands of their forecast, and how long stays last in tenths."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from funnelsim.adequacy.outcome import Adequacy
from funnelsim.errors import InputError
from funnelsim.model import Funnel
from funnelsim.views.formats import format_number, format_share, format_time
from funnelsim.views.naming import Names, make_names
from funnelsim.views.plots.style import (
    BASE,
    BLACK,
    PALE,
    SKY,
    VERMILLION,
    WHITE,
    canvas,
    describe,
    put_legend,
    styled,
    wrap,
)
from funnelsim.views.texts import text

#: What may be drawn.
OUTCOMES, STAGES, ARRIVALS = "outcomes", "stages", "arrivals"
PARTS: Final = (OUTCOMES, STAGES, ARRIVALS)
#: Measures of each of the first two.
MEASURES: Final = {OUTCOMES: ("won", "lost", "open"), STAGES: ("at", "between")}


@styled
def plot_check(
    found: Adequacy,
    part: str = OUTCOMES,
    *,
    funnel: Funnel | None = None,
    ax: Axes | None = None,
    language: str = "en",
) -> Axes:
    """Draw what was observed in the 80% and 95% bands of its forecast, at the first origin.

    part: `outcomes` (who has won, was lost or is open, by age), `stages` (who is at which stage) or `arrivals` (who
    came, by period). Bars are the bands, the line across them the forecast; what was observed is a dot inside and a
    cross outside of the 95% band. funnel: for labels. Returns the axes. Raises InputError where there is nothing.
    """
    if part not in PARTS:
        raise InputError(f"plot_check: expected {', '.join(PARTS)}, found {part!r}")
    names = make_names([] if funnel is None else [funnel], language)
    rows = _arrivals(found, language) if part == ARRIVALS else _shares(found, part, names)
    if not rows:
        raise InputError(f"plot_check: the check has no {part} to draw")
    ax = canvas(ax, 9.0, 1.8 + 0.36 * len(rows))
    told = []
    for place, (label, expected, bands, observed) in enumerate(rows):
        low_80, high_80, low_95, high_95 = bands
        ax.barh(place, high_95 - low_95, left=low_95, height=0.62, color=PALE)
        ax.barh(place, high_80 - low_80, left=low_80, height=0.62, color=SKY)
        ax.plot([expected, expected], [place - 0.31, place + 0.31], color=BLACK, linewidth=1.5)
        inside = low_95 - 1e-12 <= observed <= high_95 + 1e-12
        marker, colour = ("o", BLACK) if inside else ("X", VERMILLION)
        ax.plot([observed], [place], marker, color=colour, markersize=8.0, markeredgecolor=WHITE)
        said = {"label": label.replace("\n", " "), "observed": _value(observed, part, language)}
        said |= {"low": _value(low_95, part, language), "high": _value(high_95, part, language)}
        told.append(text("plot.check.row" if inside else "plot.check.outside", language, **said))
    ax.set_yticks(range(len(rows)), [row[0] for row in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(left=0.0)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _value(value, part, language, 0)))
    title = text(f"plot.check.{part}", language)
    ax.set_title(title)
    _explain(ax, language)
    describe(ax, [f"{title}.", *told])
    return ax


@styled
def plot_times(found: Adequacy, *, funnel: Funnel | None = None, ax: Axes | None = None, language: str = "en") -> Axes:
    """Draw the probability integral transform of how long stays last, a line of ten steps for each stage.

    Each tenth of the forecast law holds a tenth of the stays if the times are right (the level line). Returns the axes.
    Raises InputError for a check without times.
    """
    first = found.origins[0].cut
    rows = [one for one in found.times if one.origin == first]
    if not rows:
        raise InputError("plot_times: the check has no times to draw: at least 30 stays at a stage are needed")
    names = make_names([] if funnel is None else [funnel], language)
    ax = canvas(ax, 9.0, 1.4 + 0.8 * len(rows))
    edges = np.linspace(0.0, 1.0, 11)
    told = []
    # Stage above stage, each on a base line of its own: lines over each other cannot be told apart.
    most = max(0.2, *(max(one.bins) for one in rows))
    for place, one in enumerate(rows):
        base = len(rows) - 1.0 - place
        heights = np.array(one.bins) / most * 0.85
        ax.bar(edges[:-1] + 0.05, heights, width=0.096, bottom=base, color=SKY)
        level = base + 0.1 / most * 0.85
        ax.plot([0.0, 1.0], [level, level], **(BASE.line() | {"linestyle": "--", "linewidth": 1.2, "color": BLACK}))
        off = format_share(one.distance, language)
        told.append(text("plot.times.row", language, stage=names.stage(one.stage), off=off))
    labels = [wrap(names.stage(one.stage), 24) for one in rows]
    ax.set_yticks([len(rows) - 0.6 - place for place in range(len(rows))], labels)
    ax.tick_params(axis="y", length=0.0)
    ax.set_ylim(0.0, float(len(rows)))
    ax.set_xlim(0.0, 1.0)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_share(value, language, 0)))
    ax.set_xlabel(text("plot.times.law", language))
    title = text("plot.times", language)
    ax.set_title(title)
    describe(ax, [f"{title}.", text("plot.times.level", language), *told])
    return ax


Row = tuple[str, float, tuple[float, float, float, float], float]


def _shares(found: Adequacy, part: str, names: Names) -> list[Row]:
    language, first = names.language, found.origins[0].cut
    rows = []
    for one in found.forecasts:
        if not (one.whole and one.origin == first and one.measure in MEASURES[part]):
            continue
        if one.measure == "lost":
            what = text("check.lost", language, cause=names.cause(one.cause))
        elif one.measure == "at":
            what = names.stage(one.stage)
        else:
            what = text("check.between" if one.measure == "between" else one.measure, language)
        label = text("plot.check.by", language, what=wrap(what, 28, 1), age=format_time(one.age, language))
        rows.append((label, one.predicted, (one.low_80, one.high_80, one.low_95, one.high_95), one.observed))
    return rows


def _arrivals(found: Adequacy, language: str) -> list[Row]:
    first = found.origins[0].cut
    ones = [one for one in found.arrivals if one.origin == first and not one.whole] or [
        one for one in found.arrivals if one.origin == first
    ]
    return [
        (
            ".".join(reversed(one.since[:10].split("-"))) if language == "ru" else one.since[:10],
            one.expected,
            (one.low_80, one.high_80, one.low_95, one.high_95),
            float(one.observed),
        )
        for one in ones
    ]


def _value(value: float, part: str, language: str, decimals: int = 1) -> str:
    return format_number(value, language) if part == ARRIVALS else format_share(value, language, decimals)


def _explain(ax: Axes, language: str) -> None:
    """Say what bars, lines and marks are."""
    ax.barh([0], [0], color=SKY, label=text("plot.check.band80", language))
    ax.barh([0], [0], color=PALE, label=text("plot.check.band95", language))
    ax.plot([], [], color=BLACK, linewidth=1.5, label=text("check.forecast", language))
    ax.plot([], [], linestyle="", marker="o", color=BLACK, label=text("plot.check.in", language))
    ax.plot([], [], linestyle="", marker="X", color=VERMILLION, label=text("plot.check.out", language))
    put_legend(ax, 3, 0.4)
