"""How sure leaks are, as people read it: money lost and lifts over the draws, and which leak is the largest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from funnelsim.views.doubts import flatten_spread
from funnelsim.views.formats import SPACE, format_interval, format_number, format_probability, format_share
from funnelsim.views.naming import Names, clean
from funnelsim.views.tables import Cell, Money, bullets, grid, heading, paragraph
from funnelsim.views.texts import text
from funnelsim.views.workbook import CENTS, PLAIN, SHARE, Sheet

Document = Mapping[str, Any]

#: Leaks that are printed; all are in the other forms.
MOST_PRINTED = 12
ENDS = ("mean", "low", "high")


def list_leak_doubts(document: Document) -> Iterator[tuple[str | float | None, ...]]:
    """Give the rows of `uncertainty`: stage, cause, side, segment, measure, statistic, value."""
    found = document.get("uncertainty")
    if found is None:
        return
    for one in found["leaks"]:
        for measure in ("people", "revenue"):
            for statistic, value in flatten_spread(one[measure]):
                yield one["stage"], one["cause"], "", "", f"uncertain_{measure}", statistic, value
        yield one["stage"], one["cause"], "", "", "p_most", "value", one["p_most"]
    for one in found["causes"]:
        for measure in ("revenue", "removed"):
            for statistic, value in flatten_spread(one[measure]):
                yield "", one["cause"], "", "", f"uncertain_{measure}", statistic, value
        yield "", one["cause"], "", "", "p_most", "value", one["p_most"]
    for one in found["stages"]:
        for statistic, value in flatten_spread(one["passes"]):
            yield one["stage"], "", "", "", "uncertain_passes", statistic, value
        yield one["stage"], "", "", "", "p_narrowest", "value", one["p_narrowest"]


def show_leak_doubts(document: Document, names: Names, money: Money, width: int) -> list[RenderableType]:
    """Return the printed form of `uncertainty`; nothing without it."""
    found = document.get("uncertainty")
    if found is None:
        return []
    language = names.language
    draws = format_number(found["draws"], language)
    how = text(f"doubt.how.{found['method']}", language, draws=draws, replications=found["replications"])
    leaks: list[list[Cell]] = [
        [
            names.stage(one["stage"]),
            names.cause(one["cause"]),
            *_money(one["revenue"], money),
            format_probability(one["p_most"], language),
        ]
        for one in found["leaks"][:MOST_PRINTED]
    ]
    causes: list[list[Cell]] = [
        [names.cause(one["cause"]), *_money(one["removed"], money), format_probability(one["p_most"], language)]
        for one in found["causes"]
    ]
    stages: list[list[Cell]] = [
        [
            names.stage(one["stage"]),
            format_share(one["passes"]["mean"], language),
            format_interval(one["passes"]["low"], one["passes"]["high"], language, share=True),
            format_probability(one["p_narrowest"], language),
        ]
        for one in found["stages"]
    ]
    tables = (
        (("stage", "cause", "leaks.money", "doubt.total", "leaks.p_most"), leaks, 2),
        (("cause", "leaks.removed", "doubt.total", "leaks.p_largest"), causes, 1),
        (("stage", "leaks.passes", "doubt.total", "leaks.p_narrowest"), stages, 1),
    )
    shown: list[RenderableType] = [heading(text("doubt.title", language)), paragraph(how, width=width)]
    for number, (keys, rows, count) in enumerate(tables):
        if number:
            shown.append(Text())
        shown.append(grid([text(key, language) for key in keys], rows, width, names=count))
    said = [text("leaks.doubt.explain", language), *map(clean, found["notes"])]
    return [*shown, *bullets(said, width)]


def make_leak_doubt_sheets(document: Document, names: Names) -> list[Sheet]:
    """Return the sheet of `uncertainty`; none without it."""
    found = document.get("uncertainty")
    if found is None:
        return []
    language = names.language
    removed = text("leaks.removed", language)
    headings = [text(key, language) for key in ("stage", "cause")]
    headings += [f"{text('leaks.money', language)}: {text(end, language).lower()}" for end in ENDS]
    headings += [f"{removed}: {text(end, language).lower()}" for end in ENDS]
    headings.append(text("leaks.p_most", language))
    rows = [
        (
            names.stage(one["stage"]),
            names.cause(one["cause"]),
            *(one["revenue"][end] for end in ENDS),
            *[None] * 3,
            one["p_most"],
        )
        for one in found["leaks"]
    ]
    rows += [
        (
            text("leaks.all", language),
            names.cause(one["cause"]),
            *(one["revenue"][end] for end in ENDS),
            *(one["removed"][end] for end in ENDS),
            one["p_most"],
        )
        for one in found["causes"]
    ]
    formats = (PLAIN, PLAIN, *[CENTS] * 6, SHARE)
    return [Sheet(text("sheet.doubt", language), tuple(headings), formats, tuple(rows))]


def _money(spread: Document, money: Money) -> tuple[Cell, Cell]:
    """Return a mean, and the interval of both parts with what is left of simulating."""
    language = money.language
    mean = format_number(None if spread["mean"] is None else spread["mean"] / money.per, language)
    ends: Cell = format_interval(spread["low"], spread["high"], language, per=money.per)
    if spread["monte_carlo"]:
        noise = format_number(spread["monte_carlo"] / money.per, language)
        ends = (str(ends), f"(±{SPACE}{noise} {text('doubt.noise', language).lower()})")
    return mean, ends
