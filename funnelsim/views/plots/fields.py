"""Fields: a table of numbers as a table of shades, with the numbers in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from funnelsim.views.plots.style import PALE, ink_on

#: From nothing to most.
SHADES = "Blues"


def draw_field(ax: Axes, values: NDArray[Any], most: float, show: Callable[[float], str]) -> None:
    """Draw a table [rows, columns] from the top down; shades go from 0 to `most`, NaN is left white, 0 unwritten."""
    rows, columns = values.shape
    image = ax.imshow(values, cmap=SHADES, vmin=0.0, vmax=most, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value) and value > 0.0:
            ink = ink_on(image.cmap(image.norm(value)))
            ax.text(column, row, show(float(value)), ha="center", va="center", color=ink, fontsize="x-small")
    ax.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
    ax.grid(which="minor", color=PALE, linewidth=0.8)
    ax.tick_params(which="both", length=0)
    ax.spines[:].set_visible(False)
