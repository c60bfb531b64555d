"""One funnel as people read it: totals, stages, answers and teams, losses by cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from funnelsim.views.doubts import show_spreads
from funnelsim.views.formats import SPACE, format_interval, format_number, format_share, format_spread, format_time
from funnelsim.views.naming import Names, clean
from funnelsim.views.staff import has_replies, show_replies, show_teams
from funnelsim.views.stories import decimals_for, join
from funnelsim.views.tables import Cell, Money, bullets, choose_money, grid, head, heading, paragraph
from funnelsim.views.texts import count, text

if TYPE_CHECKING:
    from funnelsim.model import Funnel

Document = Mapping[str, Any]

COUNTS = ("customers", "won")
AMOUNTS = ("revenue", "cost", "profit")
#: Rows of losses that are shown; the others are summed into one.
SHOWN = 15


@dataclass(frozen=True, slots=True)
class Loss:
    """The customers lost to one cause at one stage: mean per replication, share of all losses and of the visits."""

    stage: str
    cause: str
    customers: float
    of_losses: float
    of_visits: float


def show_tally(document: Document, funnel: Funnel, names: Names, width: int) -> list[RenderableType]:
    """Return the printed form of a tally's document."""
    language = names.language
    money = choose_money(document["currency"], (document[amount]["mean"] for amount in AMOUNTS), language)
    shown = head(document, clean(document["funnel"]), money, width)
    shown += show_totals(document, money, width)
    shown += show_spreads(document, money, width)
    shown += show_stages(document["stages"], names, width)
    shown += show_replies(document["stages"], names, width)
    shown += show_teams(document.get("teams", ()), names, money, width)
    shown += show_losses(list_losses(document["stages"]), names, width)
    return [*shown, heading(text("notes.title", language)), *bullets(_notes(document, funnel, language), width)]


def list_losses(stages: Sequence[Document]) -> list[Loss]:
    """Return the losses of a tally's document by stage and cause, the largest first; nobody lost, no row."""
    total = sum(number for stage in stages for number in stage["losses"].values())
    found = [
        Loss(stage["stage"], cause, number, number / total, number / stage["visits"])
        for stage in stages
        for cause, number in stage["losses"].items()
        if number
    ]
    return sorted(found, key=lambda loss: (-loss.customers, loss.stage, loss.cause))


def show_totals(document: Document, money: Money, width: int) -> list[RenderableType]:
    """Return the table of a tally's measures with their intervals."""
    language = money.language
    rows: list[list[Cell]] = []
    for measure in (*COUNTS, "conversion", *AMOUNTS):
        per = money.per if measure in AMOUNTS else 1.0
        share = measure == "conversion"
        value = document[measure]
        spread = format_spread(value, language, share=share, per=per)
        low, high = value["range"]
        interval = format_interval(low, high, language, share=share, per=per)
        half = spread.half and f"±{SPACE}{spread.half}"
        rows.append([text(f"{measure}.long", language), spread.mean, half, interval])
    headings = [text(key, language) for key in ("measure", "mean", "half", "range")]
    return [heading(text("totals.title", language)), grid(headings, rows, width)]


def show_stages(stages: Sequence[Document], names: Names, width: int) -> list[RenderableType]:
    """Return the table of the stages: visits, how they end, and how long they take."""
    language = names.language
    waits = not has_replies(stages) and any(stage["wait"]["mean"] for stage in stages)
    columns = ("visits", "completed", "lost", "open")
    headings = [text(key, language) for key in ("stage", *columns, "lost.share")]
    headings += [text(key, language) for key in (("wait", "time") if waits else ("time",))]
    decimals = decimals_for(min((stage["visits"] for stage in stages), default=0.0))
    rows: list[list[Cell]] = []
    for stage in stages:
        numbers = [format_number(stage[column], language, decimals) for column in columns]
        share = format_share(stage["lost"] / stage["visits"] if stage["visits"] else None, language)
        times = [_time(stage[kind], language) for kind in (("wait", "time") if waits else ("time",))]
        rows.append([names.stage(stage["stage"]), *numbers, share, *times])
    hint = text("stages.hint.wait" if waits else "stages.hint", language)
    return [
        heading(text("stages.title", language)),
        grid(headings, rows, width),
        paragraph(hint, width=width),
    ]


def _time(quantiles: Mapping[str, float | None], language: str) -> tuple[str, ...]:
    mean, most = (format_time(quantiles[name], language, short=True) for name in ("mean", "p90"))
    return (mean, f"({most})") if quantiles["mean"] else (mean,)


def show_losses(
    losses: Sequence[Loss], names: Names, width: int, title_key: str = "losses.title"
) -> list[RenderableType]:
    """Return the printed form of losses, the largest first, with the sides that they are on."""
    language = names.language
    title = heading(text(title_key, language))
    if not losses:
        return [title, paragraph(text("losses.none", language), width=width)]
    shown = losses if len(losses) <= SHOWN + 1 else losses[:SHOWN]
    rest = losses[len(shown) :]
    decimals = 0 if shown[-1].customers >= 10 else decimals_for(shown[-1].customers)
    rows: list[list[Cell]] = [
        [
            names.stage(loss.stage),
            names.cause(loss.cause),
            names.side(loss.cause),
            format_number(loss.customers, language, decimals),
            format_share(loss.of_losses, language),
            format_share(loss.of_visits, language),
        ]
        for loss in shown
    ]
    if rest:
        customers = sum(loss.customers for loss in rest)
        share = format_share(sum(loss.of_losses for loss in rest), language)
        others = count("other_losses", len(rest), language)
        rows.append([others, "", "", format_number(customers, language, decimals), share, ""])
    headings = [text(key, language) for key in ("stage", "cause", "side", "lost", "losses.share", "losses.visits")]
    sides: dict[str, float] = {}
    for loss in losses:
        sides[names.side(loss.cause)] = sides.get(names.side(loss.cause), 0.0) + loss.of_losses
    ranked = sorted(sides.items(), key=lambda item: -item[1])
    parts = [f"{side} {format_share(share, language)}" for side, share in ranked]
    return [
        title,
        grid(headings, rows, width, names=3, end=bool(rest)),
        paragraph(text("losses.sides", language, parts=join(parts)), width=width),
    ]


def _notes(document: Document, funnel: Funnel, language: str) -> Iterable[str]:
    yield text("notes.single" if document["replications"] == 1 else "notes.interval", language)
    yield text("notes.luck", language)
    for note in (*document.get("notes", ()), funnel.note):
        if note:
            yield clean(note)
