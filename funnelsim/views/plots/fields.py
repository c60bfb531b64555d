"""Fields: a table of numbers as a table of shades, with the numbers in it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from funnelsim.views.plots.style import PALE, ink_on, wrap

#: From nothing to most.
SHADES = "Blues"
#: So many columns are wide enough for labels of so many characters that lie flat.
FEW, FLAT = 4, 10


def draw_field(ax: Axes, values: NDArray[Any], most: float, show: Callable[[float], str]) -> None:
    """Draw a table [rows, columns] from the top down, each field one unit wide and high.

    Shades go from 0 to `most`; NaN is left white, 0 unwritten.
    """
    rows, columns = values.shape
    mesh = ax.pcolormesh(
        np.ma.masked_invalid(values), cmap=SHADES, vmin=0.0, vmax=most, edgecolors=PALE, linewidth=0.8, shading="flat"
    )
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value) and value > 0.0:
            ink = ink_on(mesh.cmap(mesh.norm(value)))
            place = (column + 0.5, row + 0.5)
            inside = ax.text(*place, show(float(value)), ha="center", va="center", color=ink, fontsize="x-small")
            inside.set_in_layout(False)  # there is room for it; to lay out hundreds takes seconds
    ax.set_xlim(0.0, columns)
    ax.set_ylim(rows, 0.0)
    ax.tick_params(which="both", length=0)
    ax.spines[:].set_visible(False)


def label_columns(ax: Axes, labels: Sequence[str]) -> None:
    """Write the labels of columns below them: flat where a few short ones have room, else at a slant."""
    places = np.arange(len(labels)) + 0.5
    flat = [textwrap.wrap(label, FLAT, break_long_words=False) for label in labels]
    if len(labels) <= FEW and all(len(lines) <= 2 and max(map(len, lines)) <= FLAT for lines in flat if lines):
        ax.set_xticks(places, ["\n".join(lines) for lines in flat])
        return
    slanted = [wrap(label, 22, 2) for label in labels]
    ax.set_xticks(places, slanted, rotation=40, ha="right", rotation_mode="anchor")
