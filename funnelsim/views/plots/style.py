"""One style for all pictures: colours that colour-blind people tell apart, patterns beside them, room for labels.

The palette is that of Okabe and Ito (Color Universal Design, 2008). Meaning is never carried by colour alone: areas
have patterns, lines have dashes, values stand beside them. Every picture has an alternative text, made from its data,
which `alt_text` gives; its table is that of the result it was drawn from.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, ParamSpec

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from funnelsim.views.formats import SPACE

Arguments = ParamSpec("Arguments")

BLACK: Final = "#000000"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
YELLOW: Final = "#F0E442"
BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
GREY: Final = "#8A8A8A"
PALE: Final = "#D9D9D9"
WHITE: Final = "#FFFFFF"

#: How text and lines look in every picture; keys of matplotlib's settings, whose type is a list of all of them.
STYLE: Final[Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "large",
    "axes.titleweight": "bold",
    "axes.unicode_minus": True,
    "figure.dpi": 100,
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "hatch.linewidth": 0.6,
    "legend.fontsize": "small",
    "legend.frameon": False,
    "savefig.dpi": 150,
    "svg.fonttype": "none",
    "text.parse_math": False,
    "text.usetex": False,
}


@dataclass(frozen=True, slots=True)
class Look:
    """How an area or a line looks: a colour, and a pattern or dashes that tell it apart without colour."""

    colour: str
    hatch: str = ""
    dashes: str | tuple[int, tuple[float, ...]] = "-"

    def area(self) -> dict[str, Any]:
        """Return the arguments of a filled area."""
        return {"facecolor": self.colour, "hatch": self.hatch, "edgecolor": WHITE, "linewidth": 0.8}

    def line(self) -> dict[str, Any]:
        """Return the arguments of a line."""
        return {"color": self.colour, "linestyle": self.dashes, "linewidth": 2.0}


WON: Final = Look(GREEN)
PASSED: Final = Look(SKY)
OPEN: Final = Look(PALE, "..", (0, (1, 1)))
OTHERS: Final = Look(GREY, "--", (0, (5, 1, 1, 1, 1, 1)))
GAIN: Final = Look(BLUE)
DROP: Final = Look(VERMILLION, "//")
BASE: Final = Look(GREY)
#: Losses that are told apart, the largest first; what is left of them are the OTHERS.
LOSSES: Final = (
    Look(VERMILLION, "", "-"),
    Look(ORANGE, "//", "--"),
    Look(PURPLE, "\\\\", "-."),
    Look(YELLOW, "xx", (0, (1, 2))),
    Look(BLUE, "oo", (0, (5, 2, 1, 2))),
    Look("#7F5A3C", "++", (0, (8, 2))),
)


def styled(plot: Callable[Arguments, Axes]) -> Callable[Arguments, Axes]:
    """Have a picture drawn in the style of all pictures, whatever is set outside, and leave that as it is."""

    @wraps(plot)
    def draw(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Axes:
        with mpl.rc_context(STYLE):
            ax = plot(*args, **kwargs)
            shown_at_once = mpl.is_interactive()
        # Jupyter turns this on when the first figure is made, and shows none after that without it.
        mpl.interactive(shown_at_once)
        return ax

    return draw


def canvas(ax: Axes | None, width: float, height: float) -> Axes:
    """Return the axes to draw on: those given, or those of a new figure of a size in inches.

    A new figure is laid out when it is drawn, so that no label is cut.
    """
    if ax is not None:
        return ax
    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def wrap(label: str, width: int, lines: int = 3) -> str:
    """Return a label on a few lines of at most `width` characters; what does not fit ends with an ellipsis."""
    return "\n".join(textwrap.wrap(label, width, max_lines=lines, placeholder=SPACE + "…") or [""])


def describe(ax: Axes, sentences: Sequence[str]) -> None:
    """Give a picture its alternative text."""
    ax.set_label(" ".join(sentence for sentence in sentences if sentence))


def alt_text(ax: Axes) -> str:
    """Return the alternative text of a picture: what it shows, with its numbers, in words."""
    return str(ax.get_label())


def put_legend(ax: Axes, columns: int, below: float = 0.4, **rest: Any) -> None:  # noqa: ANN401 (matplotlib's own)
    """Put the legend so many inches below the axes, where it covers nothing."""
    down = ScaledTranslation(0.0, -below, ax.figure.dpi_scale_trans)
    ax.legend(
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        bbox_transform=ax.transAxes + down,
        ncols=columns,
        borderaxespad=0.0,
        **rest,
    )


def ink_on(colour: Any) -> str:  # noqa: ANN401 (whatever matplotlib takes for a colour)
    """Return black or white, whichever is easier to read on a colour (WCAG 2.2, relative luminance)."""
    red, green, blue = mpl.colors.to_rgb(colour)

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    return BLACK if luminance > 0.179 else WHITE
