"""The journey through the funnel: from stage to stage, past some and back to others, and out of it."""

from __future__ import annotations

from collections import Counter

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Polygon

from funnelsim.eventlog import LOST, OPEN, EventLog
from funnelsim.model import Funnel
from funnelsim.views.formats import format_number
from funnelsim.views.naming import Names, make_names
from funnelsim.views.plots.style import (
    BLACK,
    GREY,
    ORANGE,
    PASSED,
    PURPLE,
    SKY,
    VERMILLION,
    canvas,
    describe,
    styled,
    wrap,
)
from funnelsim.views.texts import count, text

HEIGHT = 0.34  # of a stage, of the distance between two
THICKEST = 9.0  # points, of an arrow as wide as everyone


@styled
def plot_journey(log: EventLog, *, funnel: Funnel | None = None, ax: Axes | None = None, language: str = "en") -> Axes:
    """Draw the ways that customers took in an event log (a Sankey diagram, from the top down).

    A bar is as wide as the stage has visits; who goes on to the next stage flows down, arrows on the right pass stages
    over, dashed arrows on the left go back. On the right stands who was lost, who left the funnel otherwise, and who
    is still there. funnel: gives the labels. Returns the axes.
    """
    names = make_names([funnel] if funnel else [], language)
    visits = log.visits[log.visits["stage"] >= 0]
    seen = np.bincount(visits["stage"], minlength=len(log.stages))
    shown = [stage for stage in range(len(log.stages)) if seen[stage]]
    place = {stage: number for number, stage in enumerate(shown)}
    lost = np.bincount(visits["stage"][visits["outcome"] == LOST], minlength=len(log.stages))
    still = np.bincount(visits["stage"][visits["outcome"] == OPEN], minlength=len(log.stages))
    moved = visits[visits["to"] >= 0]
    flows = Counter(zip(moved["stage"].tolist(), moved["to"].tolist(), strict=True))
    most = float(seen.max(initial=1))
    ax = canvas(ax, 10.5, 1.8 + 0.78 * len(shown))
    ax.set_axis_off()
    ax.set_xlim(-1.32, 1.62)
    ax.set_ylim(len(shown) - 0.35, -0.75)
    told = []
    for stage in shown:
        y, half = place[stage], seen[stage] / most / 2
        ax.add_patch(Polygon(_box(half, y), closed=True, **PASSED.area()))
        ax.text(-1.3, y, wrap(_stage(stage, log, names), 26, 2), va="center", ha="left")
        ax.text(0.0, y, format_number(seen[stage], language), va="center", ha="center", color=BLACK, fontsize="small")
        gone = seen[stage] - lost[stage] - still[stage] - sum(n for (a, _), n in flows.items() if a == stage)
        parts = [
            text(f"plot.journey.{key}", language, n=format_number(number, language))
            for key, number in (("lost", lost[stage]), ("gone", gone), ("open", still[stage]))
            if number
        ]
        if lost[stage]:
            ax.add_patch(_wedge(half, lost[stage] / most, y))
        ax.text(1.0, y, "\n".join(parts), va="center", ha="left", fontsize="small")
        told.append(
            text(
                "plot.alt.value",
                language,
                label=_stage(stage, log, names),
                value="; ".join([format_number(seen[stage], language), *parts]),
            )
        )
    for (start, end), number in sorted(flows.items()):
        if end not in place:
            continue
        _draw_flow(ax, place[start], place[end], seen[start] / most, seen[end] / most, number / most)
        if place[end] != place[start] + 1:
            told.append(
                text(
                    "plot.alt.flow",
                    language,
                    before=_stage(start, log, names),
                    after=_stage(end, log, names),
                    customers=count("customers", number, language),
                )
            )
    title = text("plot.journey", language)
    ax.set_title(title)
    people = count("customers", len(log.customers), language)
    ax.text(-1.3, -0.62, people, va="center", ha="left", color=GREY, fontsize="small")
    describe(ax, [f"{title} ({people}).", *told])
    return ax


def _stage(stage: int, log: EventLog, names: Names) -> str:
    return names.stage(log.stages[stage])


def _box(half: float, y: float) -> list[tuple[float, float]]:
    top, bottom = y - HEIGHT / 2, y + HEIGHT / 2
    return [(-half, top), (half, top), (half, bottom), (-half, bottom)]


def _wedge(half: float, share: float, y: float) -> Polygon:
    """Return who is lost: the right end of the bar, sinking to a point."""
    bottom = y + HEIGHT / 2
    wide = min(share, 2 * half)
    points = [(half - wide, bottom), (half, bottom), (half - wide / 4, bottom + 0.22)]
    return Polygon(points, closed=True, facecolor=VERMILLION, edgecolor="none", alpha=0.75)


def _draw_flow(ax: Axes, start: int, end: int, before: float, after: float, share: float) -> None:
    """Draw those who go from one stage to another: down to the next, or by an arrow."""
    if end == start + 1:
        left = -before / 2
        wide = min(share, after)
        top, bottom = start + HEIGHT / 2, end - HEIGHT / 2
        points = [(left, top), (left + share, top), (-after / 2 + wide, bottom), (-after / 2, bottom)]
        ax.add_patch(Polygon(points, closed=True, facecolor=SKY, edgecolor="none", alpha=0.35))
        return
    back = end <= start
    side = -1.0 if back else 1.0
    bend = (0.35 if back else -0.35) if end > start else 0.35
    arrow = FancyArrowPatch(
        (side * before / 2, float(start)),
        (side * after / 2, float(end) + (0.12 if end == start else 0.0)),
        connectionstyle=f"arc3,rad={-bend if not back else bend * side}",
        arrowstyle="-|>",
        mutation_scale=9 + THICKEST * share,
        linewidth=0.8 + THICKEST * share,
        linestyle="--" if back else "-",
        color=PURPLE if back else ORANGE,
        alpha=0.85,
        shrinkA=1,
        shrinkB=2,
    )
    ax.add_patch(arrow)
