"""Where customers are, by the time since they entered: bought, lost to which cause, still on the way."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from funnelsim.errors import InputError
from funnelsim.exact.solution import Solution
from funnelsim.views.formats import decimals_of, format_number, format_share
from funnelsim.views.naming import make_names
from funnelsim.views.plots.style import LOSSES, OPEN, OTHERS, WON, canvas, describe, put_legend, styled, wrap
from funnelsim.views.texts import text


@styled
def plot_dates(solution: Solution, *, ax: Axes | None = None, language: str = "en") -> Axes:
    """Draw the shares of customers by the times of `solve(…, at=…)`: cumulative incidence of each way to end.

    Areas add up to 1 at any time. The largest losses have an area each, the rest is one. Returns the axes. Raises
    InputError for fewer than two times.
    """
    dates = sorted(solution.at, key=lambda date: date.time)
    if len(dates) < 2:
        raise InputError('plot_dates: solve the funnel at two times at least, such as at="1 d, 7 d, 30 d, 90 d"')
    names = make_names([solution.funnel], language)
    times = np.array([0.0, *(date.time for date in dates)])
    lost = {cause: np.array([0.0, *(date.lost.get(cause, 0.0) for date in dates)]) for cause in dates[-1].lost}
    causes = sorted((cause for cause in lost if lost[cause][-1] > 0.0), key=lambda cause: -lost[cause][-1])
    parts = [(text("fate.won", language), WON, np.array([0.0, *(date.won for date in dates)]))]
    shown = causes if len(causes) <= len(LOSSES) else causes[: len(LOSSES) - 1]
    parts += [(wrap(names.cause(cause), 40, 1), look, lost[cause]) for cause, look in zip(shown, LOSSES, strict=False)]
    if rest := causes[len(shown) :]:
        parts.append((text("plot.other_causes", language), OTHERS, np.sum([lost[cause] for cause in rest], axis=0)))
    parts.append((text("fate.open", language), OPEN, np.array([1.0, *(date.open for date in dates)])))
    ax = canvas(ax, 9.0, 5.6)
    below = np.zeros(len(times))
    told = []
    for label, look, values in parts:
        ax.fill_between(times, below, below + values, label=label, **look.area())
        below = below + values
        told.append(text("plot.alt.value", language, label=label, value=format_share(float(values[-1]), language)))
    ax.set_xlim(0.0, float(times[-1]))
    ax.set_ylim(0.0, 1.0)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_share(value, language, 0)))
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: format_number(value, language, decimals_of(value, None, 2)))
    )
    ax.set_xlabel(text("plot.dates.time", language))
    ax.set_ylabel(text("plot.dates.share", language))
    title = text("plot.dates", language)
    ax.set_title(title)
    put_legend(ax, 3, 0.65)
    describe(
        ax, [f"{title} ({format_number(float(times[-1]), language, 1)} {text('plot.dates.time', language)}).", *told]
    )
    return ax
