"""Pictures of a report: drawn by `views/plots`, and set into the page as SVG.

Letters are letters: they can be found, copied and read aloud, and need no font of ours. Where a reader's machine has
another font, each line of text is set to the length that it was laid out with (`textLength`), so that nothing overlaps.
Names inside a drawing are made its own, since many drawings stand in one page; they share their patterns.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, get_font

from funnelsim.views.plots.style import alt_text
from funnelsim.views.report.blocks import Picture

#: No date and no chance in a drawing: the same result gives the same file.
_SETTINGS: Final[Any] = {"svg.fonttype": "none", "svg.hashsalt": "funnelsim"}
_NOBODY: Final[Any] = dict.fromkeys(("Creator", "Date", "Format", "Type"))
#: What a reader's machine may have: DejaVu Sans and Verdana are of nearly the same width.
_FONTS: Final = "'DejaVu Sans', Verdana, sans-serif"
#: Coordinates to a hundredth of a point are finer than any screen.
_LONG: Final = re.compile(r"-?\d+\.\d{3,}")
_TEXT: Final = re.compile(r"<text style=\"([^\"]*)\"([^>]*)>([^<]*)</text>")
_PATTERN: Final = re.compile(r"(<pattern id=\"([^\"]+)\".*?</pattern>)", re.DOTALL)
_SIZE: Final = re.compile(r"font-size: ([\d.]+)px")


class Drawer:
    """Makes the pictures of one report, in its language, each with names of its own.

    patterns: of areas, by name, for all pictures together.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.patterns: dict[str, str] = {}
        self._count = 0

    def draw(self, plot: Callable[..., Axes], *args: Any, **kwargs: Any) -> Picture:  # noqa: ANN401 (as the plot takes)
        """Return a picture by a function of `views/plots` and its arguments."""
        ax = plot(*args, language=self.language, **kwargs)
        try:
            self._count += 1
            return Picture(self._set(_draw(ax), f"p{self._count}"), alt_text(ax))
        finally:
            plt.close(ax.figure)  # type: ignore[arg-type]

    def _set(self, drawing: str, name: str) -> str:
        """Return a drawing with names that no other has, without its patterns, which are kept for all."""
        for pattern, shared in _PATTERN.findall(drawing):
            self.patterns[shared] = _shrink(pattern)
        drawing = _PATTERN.sub("", drawing)
        drawing = re.sub(r"<defs>\s*</defs>", "", drawing)
        own = {*re.findall(r'href="#([^"]+)"', drawing), *re.findall(r"url\(#([^)]+)\)", drawing)} - set(self.patterns)
        drawing = re.sub(r' id="([^"]+)"', lambda found: f' id="{name}-{found[1]}"' if found[1] in own else "", drawing)
        for one in own:
            drawing = drawing.replace(f'href="#{one}"', f'href="#{name}-{one}"').replace(
                f"url(#{one})", f"url(#{name}-{one})"
            )
        return _shrink(drawing)


def _draw(ax: Axes) -> str:
    target = io.StringIO()
    with mpl.rc_context(_SETTINGS):
        ax.figure.savefig(target, format="svg", metadata=_NOBODY)  # type: ignore[union-attr]
    drawing = target.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r' xmlns(:\w+)?="[^"]+"', "", drawing).replace("xlink:href", "href")
    return re.sub(r"<svg [^>]*(viewBox=\"[^\"]+\")[^>]*>", r"<svg \1>", drawing, count=1)


def _shrink(drawing: str) -> str:
    drawing = re.sub(r" d=\"[^\"]+\"| transform=\"[^\"]+\"", _shorten, drawing)
    return re.sub(r"\s*\n\s*", "\n", _TEXT.sub(_set_text, drawing))


def _shorten(found: re.Match[str]) -> str:
    """Round coordinates, but not scales, which are below 1."""
    return _LONG.sub(lambda n: n[0] if abs(float(n[0])) < 1.0 else f"{float(n[0]):.2f}", found[0])


def _set_text(found: re.Match[str]) -> str:
    """Return a line of text with the length that it is to have."""
    style, rest, content = found.groups()
    size = _SIZE.search(style)
    length = _measure(html.unescape(content), "font-weight" in style) * float(size[1] if size else "0") / 100.0
    shown = re.sub(r"font-family: [^;]*", f"font-family: {_FONTS}", style)
    return f'<text style="{shown}" textLength="{length:.1f}" lengthAdjust="spacingAndGlyphs"{rest}>{content}</text>'


@cache
def _measure(content: str, bold: bool) -> float:  # noqa: FBT001 (a weight has two values)
    """Return the length of a text in hundredths of its size, in the font of all pictures."""
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))
    font.set_size(100.0, 72.0)
    font.set_text(content, 0.0)
    return float(font.get_width_height()[0]) / 64.0
