"""The ledger as a flow: who was saved from which loss, and where they ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from funnelsim.comparison import Comparison, find_scenario
from funnelsim.ledger import Fate, LedgerRow
from funnelsim.model import Study
from funnelsim.views.formats import SPACE, format_number
from funnelsim.views.naming import Names, clean, make_names
from funnelsim.views.plots.style import (
    GREY,
    LOSSES,
    OPEN,
    OTHERS,
    WON,
    Look,
    canvas,
    describe,
    styled,
    wrap,
)
from funnelsim.views.stories import decimals_for
from funnelsim.views.texts import count, text

#: Losses that have a block of their own on each side; the rest are one.
MOST = 6
#: Height of the gap between two blocks, as a share of all.
GAP = 0.06
WIDTH = 0.035


@styled
def plot_ledger(
    comparison: Comparison,
    scenario: str,
    *,
    study: Study | None = None,
    ax: Axes | None = None,
    language: str = "en",
) -> Axes:
    """Draw the customers whose fate changes: left how they ended in the base, right how in the scenario.

    A band is as wide as customers took that way, on average per replication; those whose fate stays are left out and
    counted below. The largest losses have a block each. study: gives the labels of stages and causes (otherwise those
    of the compared funnels). Returns the axes. Raises InputError for an unknown scenario.
    """
    outcome = find_scenario(comparison, scenario)
    funnels = [comparison.base.tally.funnel, outcome.tally.funnel]
    names = make_names([study.funnel, *funnels] if study else funnels, language)
    moved = [row for row in outcome.ledger if row.base != row.scenario and row.customers > 0]
    stayed = sum(row.customers for row in outcome.ledger if row.base == row.scenario)
    total = sum(row.customers for row in moved)
    flows = _group(moved, names)
    most = max(len(_order(flows, side)) for side in (0, 1)) if flows else 0
    ax = canvas(ax, 11.0, max(5.0, 1.6 + 0.56 * most))
    title = text("plot.ledger", language, label=clean(outcome.label.text(language)))
    ax.set_title(wrap(title, 90))
    ax.set_axis_off()
    ax.set_xlim(-0.62, 1.62)
    ax.set_ylim(-0.06, 1.1)
    if not moved:
        ax.text(0.5, 0.5, text("ledger.same", language), ha="center", va="center", transform=ax.transAxes)
        describe(ax, [title + ".", text("ledger.same", language)])
        return ax
    left = _stack([(block, sum(n for (a, _), n in flows.items() if a == block)) for block in _order(flows, 0)])
    right = _stack([(block, sum(n for (_, b), n in flows.items() if b == block)) for block in _order(flows, 1)])
    decimals = decimals_for(total, *flows.values())
    looks = _looks([block for block in left if block[0] == "lost"])
    _draw_bands(ax, flows, left, right, looks)
    for side, blocks in ((0, left), (1, right)):
        _draw_blocks(ax, blocks, side, looks, names, total, decimals)
    for x, key, where in ((0.0, "ledger.base", "right"), (1.0, "ledger.scenario", "left")):
        ax.text(x, 1.05, text(key, language), ha=where, va="bottom", fontweight="bold")
    same = text("plot.ledger.same", language, customers=count("customers", stayed, language, decimals_for(stayed)))
    ax.text(0.5, -0.05, same, ha="center", va="top", color=GREY, fontsize="small")
    told = [
        text(
            "plot.alt.flow",
            language,
            before=_name(before, names),
            after=_name(after, names),
            customers=count("customers", number, language, decimals),
        )
        for (before, after), number in sorted(flows.items(), key=lambda pair: -pair[1])
    ]
    describe(ax, [title + ".", *told, same])
    return ax


Block = tuple[str, str]  # a fate, and where it was met; ("lost", "…") are the other losses
Flows = dict[tuple[Block, Block], float]
REST: Block = ("lost", "…")


def _group(rows: Sequence[LedgerRow], names: Names) -> Flows:
    """Sum the rows into blocks: the largest losses of each side by themselves, the rest as one."""

    def top(fates: Sequence[tuple[Fate, float]]) -> set[Block]:
        sums: dict[Block, float] = defaultdict(float)
        for fate, number in fates:
            if fate.fate == "lost":
                sums[_block(fate, names)] += number
        ranked = sorted(sums, key=lambda block: (-sums[block], block))
        return set(ranked if len(ranked) <= MOST + 1 else ranked[:MOST])

    kept = [
        top([(row.base, row.customers) for row in rows]),
        top([(row.scenario, row.customers) for row in rows]),
    ]
    flows: Flows = defaultdict(float)
    for row in rows:
        pair = tuple(
            block if block[0] != "lost" or block in kept[side] else REST
            for side, block in enumerate((_block(row.base, names), _block(row.scenario, names)))
        )
        flows[pair[0], pair[1]] += row.customers
    return dict(flows)


def _block(fate: Fate, names: Names) -> Block:
    place = names.place({"stage": fate.stage, "cause": fate.cause}) if fate.fate == "lost" else ""
    return fate.fate, place


def _order(flows: Flows, side: int) -> list[Block]:
    """Return the blocks of a side: bought first, then losses by size, the other losses, open and absent."""
    sums: dict[Block, float] = defaultdict(float)
    for pair, number in flows.items():
        sums[pair[side]] += number
    ranks = {"won": 0, "lost": 1, "open": 3, "absent": 4}
    return sorted(sums, key=lambda block: (2 if block == REST else ranks[block[0]], -sums[block], block))


def _stack(blocks: Sequence[tuple[Block, float]]) -> dict[Block, tuple[float, float]]:
    """Return top and height of blocks, from 1 down to 0, the gaps between them included."""
    total = sum(number for _, number in blocks)
    gap = min(GAP, 0.5 / max(len(blocks) - 1, 1))
    scale = (1.0 - gap * (len(blocks) - 1)) / total
    places, top = {}, 1.0
    for block, number in blocks:
        places[block] = (top, number * scale)
        top -= number * scale + gap
    return places


def _looks(lost: Sequence[Block]) -> dict[Block, Look]:
    looks = {("won", ""): WON, ("open", ""): OPEN, ("absent", ""): OPEN, REST: OTHERS}
    looks.update(zip([block for block in lost if block != REST], LOSSES, strict=False))
    return looks


def _draw_bands(
    ax: Axes,
    flows: Flows,
    left: dict[Block, tuple[float, float]],
    right: dict[Block, tuple[float, float]],
    looks: dict[Block, Look],
) -> None:
    sums = [defaultdict(float), defaultdict(float)]  # type: list[dict[Block, float]]
    for pair, number in flows.items():
        for side in (0, 1):
            sums[side][pair[side]] += number
    taken = [dict.fromkeys(left, 0.0), dict.fromkeys(right, 0.0)]
    order = {block: place for place, block in enumerate(right)}
    for before in left:
        for after in sorted((b for a, b in flows if a == before), key=order.__getitem__):
            number = flows[before, after]
            ends = []
            for side, blocks, block in ((0, left, before), (1, right, after)):
                top, height = blocks[block]
                thick = height * number / sums[side][block]
                ends.append((top - taken[side][block], thick))
                taken[side][block] += thick
            look = looks.get(before, OTHERS)
            ax.add_patch(_band(*ends[0], *ends[1], look))


def _band(top: float, thick: float, end_top: float, end_thick: float, look: Look) -> PathPatch:
    x0, x1 = WIDTH, 1.0 - WIDTH
    middle = (x0 + x1) / 2
    points = [
        (x0, top), (middle, top), (middle, end_top), (x1, end_top),
        (x1, end_top - end_thick),
        (middle, end_top - end_thick), (middle, top - thick), (x0, top - thick),
        (x0, top),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    return PathPatch(Path(points, codes), facecolor=look.colour, alpha=0.38, linewidth=0.0)


def _draw_blocks(
    ax: Axes,
    blocks: dict[Block, tuple[float, float]],
    side: int,
    looks: dict[Block, Look],
    names: Names,
    total: float,
    decimals: int,
) -> None:
    heights = np.array([height for _, height in blocks.values()])
    scale = total / heights.sum()
    labels = []
    line = 0.19 / ax.get_window_extent().height * ax.figure.dpi * np.ptp(ax.get_ylim())
    for block, (top, height) in blocks.items():
        x = 0.0 if side == 0 else 1.0 - WIDTH
        look = looks.get(block, OTHERS)
        ax.add_patch(Rectangle((x, top - height), WIDTH, height, **look.area()))
        number = format_number(height * scale, names.language, decimals)
        labels.append((top - height / 2, wrap(SPACE.join((_name(block, names), "—", number)), 44, 3)))
    for y, label in _spread(labels, line):
        ax.text(
            -0.02 if side == 0 else 1.02, y, label, ha="right" if side == 0 else "left", va="center", fontsize="small"
        )


def _spread(labels: Sequence[tuple[float, str]], line: float) -> list[tuple[float, str]]:
    """Move labels apart, from the top down and then back up, so that none covers the next; line: its height."""
    heights = [line * (len(label.splitlines()) + 0.35) for _, label in labels]
    places = [y for y, _ in labels]
    for i in range(1, len(places)):
        places[i] = min(places[i], places[i - 1] - (heights[i - 1] + heights[i]) / 2)
    floor = -0.02
    for i in range(len(places) - 1, -1, -1):
        least = floor + heights[i] / 2 if i == len(places) - 1 else places[i + 1] + (heights[i] + heights[i + 1]) / 2
        places[i] = max(places[i], least)
    return list(zip(places, (label for _, label in labels), strict=True))


def _name(block: Block, names: Names) -> str:
    if block == REST:
        return text("plot.other_losses", names.language)
    return block[1] if block[0] == "lost" else text(f"fate.{block[0]}", names.language)
