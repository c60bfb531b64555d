"""Where the money goes, as a picture: money lost by stage and cause."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from funnelsim.leakage import Leaks
from funnelsim.model import Funnel
from funnelsim.views.formats import format_number
from funnelsim.views.naming import make_names
from funnelsim.views.plots.fields import draw_field, label_columns
from funnelsim.views.plots.lifts import choose_unit
from funnelsim.views.plots.style import canvas, describe, styled, wrap
from funnelsim.views.texts import text


@styled
def plot_leaks(found: Leaks, *, funnel: Funnel | None = None, ax: Axes | None = None, language: str = "en") -> Axes:
    """Draw a table of shades: the money lost at each stage (columns) to each cause (rows), the largest cause first.

    Money lost is the revenue that those lost would have brought from there on. funnel: gives the labels. Returns the
    axes.
    """
    names = make_names([funnel] if funnel else [], language)
    causes = [part.cause for part in found.causes]
    stages = [level.stage for level in found.stages]
    values = np.zeros((len(causes), len(stages)))
    for leak in found.leaks:
        values[causes.index(leak.cause), stages.index(leak.stage)] += np.nan_to_num(leak.revenue.mean)
    money = choose_unit(found.currency, values.ravel().tolist(), language)
    values /= money.per
    most = float(values.max(initial=0.0)) or 1.0
    decimals = 0 if most >= 100 else 1 if most >= 10 else 2
    ax = canvas(ax, 5.2 + 0.78 * len(stages), 2.6 + 0.36 * max(len(causes), 1))
    draw_field(ax, values, most, lambda value: format_number(value, language, decimals))
    ax.set_yticks(np.arange(len(causes)) + 0.5, [wrap(names.cause(cause), 42, 1) for cause in causes])
    label_columns(ax, [names.stage(stage) for stage in stages])
    title = text("plot.leaks", language)
    ax.set_title(title)
    ax.set_xlabel(money.unit, loc="left")
    told = []
    for column, stage in enumerate(stages):
        ranked = sorted(range(len(causes)), key=lambda row: -values[row, column])[:3]
        parts = [
            f"{names.cause(causes[row])} {format_number(values[row, column], language, decimals)}"
            for row in ranked
            if values[row, column] > 0.0
        ]
        if parts:
            told.append(text("plot.alt.value", language, label=names.stage(stage), value="; ".join(parts)))
    describe(ax, [f"{title}{f' ({money.unit})' if money.unit else ''}.", *told])
    return ax
