"""Segments that nobody wrote down, as people read them: how many were tried, and how each differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType

from funnelsim.views.formats import SPACE, format_number, format_share
from funnelsim.views.naming import Names
from funnelsim.views.tables import Cell, grid, heading, paragraph
from funnelsim.views.texts import text

Document = Mapping[str, Any]


def show_latent(document: Document, names: Names, width: int) -> list[RenderableType]:
    """Return the printed form of `latent` of a fit's document; nothing where nobody asked for it."""
    found = document.get("latent")
    if found is None:
        return []
    language = names.language
    keys: tuple[str, ...] = ("fit.latent.segments", "fit.latent.likelihood", "fit.latent.numbers", "fit.latent.bic")
    tried: list[list[Cell]] = [
        [
            format_number(one["segments"], language),
            format_number(one["log_likelihood"], language, 1),
            format_number(one["numbers"], language),
            format_number(one["bic"], language, 1),
        ]
        for one in found["tried"]
    ]
    shown: list[RenderableType] = [
        heading(text("fit.latent", language)),
        grid([text(key, language) for key in keys], tried, width),
    ]
    if found["segments"]:
        keys = ("fit.latent.segment", "fit.latent.what", "fit.count", "fit.latent.ratio", "fit.interval")
        rows = [row for number, one in enumerate(found["segments"]) for row in _rows(number + 1, one, names)]
        told = text("fit.latent.told", language, told=format_share(found["told"], language))
        shown += [grid([text(key, language) for key in keys], rows, width, names=2), paragraph(told, width=width)]
    return shown


def list_latent(document: Document) -> Iterator[Sequence[str | float | None]]:
    """Yield the rows of the CSV about what was tried; the numbers of the segments are among the parameters."""
    for one in document.get("latent", {}).get("tried", ()):
        for statistic in ("log_likelihood", "numbers", "bic"):
            yield "", "", "", f"latent:{one['segments']}", None, statistic, one[statistic]


def _rows(number: int, segment: Document, names: Names) -> Iterator[list[Cell]]:
    language = names.language
    share = segment["share"]
    low, high = (format_share(share[end], language) for end in ("low", "high"))
    what = text("fit.latent.share", language)
    yield [str(number), what, "", format_share(share["mean"], language), f"{low}{SPACE}…{SPACE}{high}"]
    for loss in segment["losses"]:
        what = ", ".join(names.cause(cause) for cause in loss["causes"])
        yield [str(number), what, format_number(loss["count"], language, 0), *_ratio(loss["ratio"], language)]
    for takes in segment["takes"]:
        what = text("fit.latent.takes", language, stage=names.stage(takes["stage"]))
        yield [str(number), what, format_number(takes["completed"], language, 0), *_ratio(takes["factor"], language)]


def _ratio(interval: Document, language: str) -> tuple[str, str]:
    mean, low, high = (format_number(interval[end], language, 2) for end in ("mean", "low", "high"))
    return f"×{SPACE}{mean}", f"{low}{SPACE}…{SPACE}{high}"
