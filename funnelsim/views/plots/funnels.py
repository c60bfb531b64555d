"""Pictures of one funnel: how many pass each stage, to what the others are lost, and where most are lost."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from funnelsim.exact.solution import Solution
from funnelsim.tallies import Tally
from funnelsim.views.formats import format_share
from funnelsim.views.plots.fields import draw_field, label_columns
from funnelsim.views.plots.people import People, gather
from funnelsim.views.plots.style import (
    LOSSES,
    OPEN,
    OTHERS,
    PASSED,
    Look,
    canvas,
    describe,
    put_legend,
    styled,
    wrap,
)
from funnelsim.views.texts import text


@styled
def plot_funnel(result: Tally | Solution, *, ax: Axes | None = None, language: str = "en") -> Axes:
    """Draw a bar for each stage: who passes it, who is lost there to which cause, who is still there.

    The causes that lose most have a colour and a pattern of their own, the rest are one area. Beside a bar stand the
    visits and the share that passes. Returns the axes.
    """
    people = gather(result, language)
    count = len(people.stages)
    ax = canvas(ax, 9.5, 2.2 + 0.55 * count)
    places = np.arange(count)
    left = np.zeros(count)
    for label, look, values in _parts(people):
        ax.barh(places, values, left=left, height=0.72, label=label, **look.area())
        left += values
    widest = people.visits.max(initial=0.0) or 1.0
    for place, visits in enumerate(people.visits):
        share = people.completed[place] / visits if visits else None
        passed = text("plot.passed", language, share=format_share(share, language))
        ax.text(visits + 0.012 * widest, place, f"{people.number(visits)} · {passed}", va="center", fontsize="small")
    ax.set_xlim(0.0, 1.34 * widest)
    ax.set_ylim(count - 0.4, -0.6)
    ax.set_yticks(places, [wrap(people.names.stage(stage), 24, 2) for stage in people.stages])
    ax.tick_params(axis="y", length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.set_xticks([])
    ax.set_title(text("plot.funnel", language))
    ax.set_xlabel(people.base, loc="left")
    put_legend(ax, 2, handlelength=1.6)
    describe(ax, [text("plot.funnel", language) + f" ({people.base}).", *_tell(people)])
    return ax


@styled
def plot_losses(result: Tally | Solution, *, ax: Axes | None = None, language: str = "en") -> Axes:
    """Draw a table of colours: how many are lost at each stage (columns) to each cause (rows). Returns the axes."""
    people = gather(result, language)
    language = people.names.language
    losses = people.losses.T
    rows, columns = losses.shape
    ax = canvas(ax, 5.2 + 0.72 * columns, 2.6 + 0.36 * max(rows, 1))
    draw_field(ax, losses, losses.max(initial=0.0) or 1.0, people.number)
    ax.set_yticks(np.arange(rows) + 0.5, [wrap(people.names.cause(cause), 42, 1) for cause in people.causes])
    label_columns(ax, [people.names.stage(stage) for stage in people.stages])
    ax.set_title(text("plot.losses", language))
    ax.set_xlabel(people.base, loc="left")
    describe(ax, [text("plot.losses", language) + f" ({people.base}).", *_tell(people)])
    return ax


def _parts(people: People) -> list[tuple[str, Look, np.ndarray]]:
    """Return what bars are made of: label, look and values by stage."""
    language = people.names.language
    parts = [(text("completed", language), PASSED, people.completed)]
    shown = min(len(people.causes), len(LOSSES))
    for cause, look in enumerate(LOSSES[:shown]):
        parts.append((wrap(people.names.cause(people.causes[cause]), 40, 1), look, people.losses[:, cause]))
    if shown < len(people.causes):
        parts.append((text("plot.other_causes", language), OTHERS, people.losses[:, shown:].sum(axis=1)))
    if people.open.any():
        parts.append((text("open", language), OPEN, people.open))
    return parts


def _tell(people: People) -> list[str]:
    """Return a sentence for each stage: visits, passed, and what most were lost to."""
    language = people.names.language
    sentences = []
    for place, stage in enumerate(people.stages):
        losses = sorted(
            zip(people.losses[place], map(people.names.cause, people.causes), strict=True), key=lambda pair: -pair[0]
        )
        lost = "; ".join(f"{cause} {people.number(number)}" for number, cause in losses[:3] if number)
        sentences.append(
            text(
                "plot.alt.stage" if lost else "plot.alt.stage_without",
                language,
                stage=people.names.stage(stage),
                visits=people.number(people.visits[place]),
                passed=people.number(people.completed[place]),
                lost=lost,
            )
        )
    return sentences
