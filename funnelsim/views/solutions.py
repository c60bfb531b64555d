"""The exact answer as people read it: what is expected of a customer, stages, losses, where they are by date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from funnelsim.views.doubts import make_spread_sheets, show_spreads
from funnelsim.views.formats import SPACE, decimals_of, format_moment, format_number, format_share, format_time
from funnelsim.views.naming import Names, clean
from funnelsim.views.stories import decimals_for
from funnelsim.views.tables import Cell, Money, bullets, choose_money, grid, heading, paragraph
from funnelsim.views.texts import text
from funnelsim.views.totals import list_losses, show_losses
from funnelsim.views.workbook import CENTS, PLAIN, SHARE, Sheet, write_workbook
from funnelsim.views.workbook import Cell as SheetCell

if TYPE_CHECKING:
    from funnelsim.model import Funnel

Document = Mapping[str, Any]

AMOUNTS = ("revenue", "revenue_sd", "cost", "goods", "visit_cost", "reminder_cost", "source_cost", "profit")
PARTS = ("goods", "visit_cost", "reminder_cost", "source_cost")
SHARES = ("conversion", "open")
TIMES = ("days", "days_to_win")
ORDER = ("conversion", "open", *AMOUNTS, "purchases", "referred", "reproduction", *TIMES)
#: The printed tables count customers per so many who enter.
PER = 1000.0


def show_solution(document: Document, funnel: Funnel, names: Names, width: int) -> list[RenderableType]:
    """Return the printed form of a solution's document."""
    language = names.language
    money = choose_money(document["currency"], (document[amount] for amount in AMOUNTS), language)
    estimated = document["provenance"].get("solver") == "estimate"
    facts = [text("estimate.head" if estimated else "exact.head", language)]
    if money.currency:
        facts.append(text("head.currency", language, currency=money.unit))
    title = Text(clean(document["funnel"]), style="bold", no_wrap=True, overflow="ignore")
    shown: list[RenderableType] = [title, paragraph(" · ".join(facts), width=width)]
    shown += _measures(document, money, width)
    shown += show_spreads(document, money, width)
    shown += _totals(document.get("totals"), money, width)
    shown += _stages(document["stages"], names, money, width)
    shown += show_losses(list_losses([_per(stage) for stage in document["stages"]]), names, width, "exact.losses")
    shown += _dates(document.get("at", ()), names, width)
    shown += _pipeline(document.get("pipeline"), money, width)
    return [*shown, heading(text("notes.title", language)), *bullets(_notes(document, funnel, language), width)]


def save_solution(path: Path, document: Document, funnel: Funnel, names: Names) -> None:
    """Write a solution's document as a spreadsheet. Raises MissingExtraError without XlsxWriter."""
    language = names.language
    sheets = [_measures_sheet(document, language), *make_spread_sheets(document, names)]
    sheets += [_stages_sheet(document, names), _losses_sheet(document, names)]
    if document.get("at"):
        sheets.append(_dates_sheet(document, names))
    rows: list[tuple[SheetCell, ...]] = [
        (text("sheet.funnel", language), clean(document["funnel"])),
        (text("sheet.currency", language), document["currency"]),
    ]
    rows += [(text("sheet.note", language), note) for note in _notes(document, funnel, language)]
    rows += [(text("sheet.provenance", language), f"{key}: {value}") for key, value in document["provenance"].items()]
    headings = (text("sheet.kind", language), text("sheet.text", language))
    sheets.append(Sheet(text("sheet.assumptions", language), headings, (PLAIN, PLAIN), tuple(rows)))
    write_workbook(path, sheets, None)


# ---- printed -------------------------------------------------------------------------------------------------------


def _measures(document: Document, money: Money, width: int) -> list[RenderableType]:
    language = money.language
    rows: list[list[Cell]] = []
    for measure in ORDER:
        value = document[measure]
        if value in (0.0, None) and measure not in ("conversion", "revenue", "cost", "profit"):
            continue
        if measure == "purchases" and value == document["conversion"]:
            continue
        if measure in AMOUNTS:
            shown = _amount(value, money)
        elif measure in SHARES:
            shown = format_share(value, language, 3)
        elif measure in TIMES:
            shown = format_time(value, language)
        else:
            shown = format_number(value, language, 4)
        label = text(f"exact.{measure}", language)
        rows.append([f"{SPACE * 2}{label}" if measure in PARTS else label, shown])
    headings = [text("measure", language), text("exact.value", language)]
    return [heading(text("exact.title", language)), grid(headings, rows, width)]


def _totals(totals: Document | None, money: Money, width: int) -> list[RenderableType]:
    if totals is None:
        return []
    language = money.language
    shown = {key: format_number(totals[key], language, decimals_for(totals[key])) for key in ("customers", "won")}
    for key in ("revenue", "profit"):
        amount = None if totals[key] is None else totals[key] / money.per
        shown[key] = money.named(format_number(amount, language))
    return [paragraph(text("exact.totals", language, **shown), width=width)]


def _stages(stages: Sequence[Document], names: Names, money: Money, width: int) -> list[RenderableType]:
    language = names.language
    columns = ("visits", "completed", "lost")
    headings = [text(key, language) for key in ("stage", *columns, "lost.share", "exact.time", "exact.from_there")]
    decimals = decimals_for(min((PER * stage["visits"] for stage in stages), default=0.0))
    rows: list[list[Cell]] = [
        [
            names.stage(stage["stage"]),
            *(format_number(PER * stage[column], language, decimals) for column in columns),
            format_share(stage["lost"] / stage["visits"] if stage["visits"] else None, language),
            format_time(stage["time"], language, short=True),
            _amount(stage["value"], money),
        ]
        for stage in stages
    ]
    return [
        heading(text("exact.stages", language)),
        grid(headings, rows, width),
        paragraph(text("exact.stages.hint", language), width=width),
    ]


def _dates(dates: Sequence[Document], names: Names, width: int) -> list[RenderableType]:
    if not dates:
        return []
    language = names.language
    headings = [text(key, language) for key in ("exact.by", "won", "exact.within", "lost", "open")]
    rows: list[list[Cell]] = []
    for date in dates:
        low, high = date["bounds"]["won"]
        interval = f"{format_number(100.0 * low, language, 3)}{SPACE}…{SPACE}{format_share(high, language, 3)}"
        lost = sum(date["lost"].values())
        won, gone, open_ = (format_share(share, language, 3) for share in (date["won"], lost, date["open"]))
        rows.append([format_moment(date["time"], language), won, interval, gone, open_])
    shown: list[RenderableType] = [heading(text("exact.dates", language)), grid(headings, rows, width)]
    places = [place for place in dates[0]["stages"] if any(date["stages"][place] >= 5e-5 for date in dates)]
    if places:
        found: list[list[Cell]] = [
            [_place(place, names), *(format_share(date["stages"][place], language, 2) for date in dates)]
            for place in places
        ]
        headings = [text("stage", language), *(format_moment(date["time"], language) for date in dates)]
        shown += [heading(text("exact.where", language)), grid(headings, found, width)]
    return shown


def _pipeline(deals: Document | None, money: Money, width: int) -> list[RenderableType]:
    if deals is None:
        return []
    language = money.language
    rows: list[list[Cell]] = [[text("exact.deals.count", language), format_number(deals["count"], language)]]
    rows.append([text("won", language), format_number(deals["won"], language, 2)])
    rows += [[text(measure, language), _amount(deals[measure], money)] for measure in ("revenue", "cost", "profit")]
    headings = [text("measure", language), text("exact.value", language)]
    return [heading(text("exact.deals", language)), grid(headings, rows, width)]


def _place(place: str, names: Names) -> str:
    return text("exact.between", names.language) if place == "between" else names.stage(place)


def _notes(document: Document, funnel: Funnel, language: str) -> Iterable[str]:
    yield text("exact.no_luck", language)
    for note in (*document.get("notes", ()), funnel.note):
        if note:
            yield clean(note)


def _amount(value: float | None, money: Money) -> str:
    """Return an amount to five digits or so, as it is exact."""
    if value is None:
        return format_number(None, money.language)
    amount = value / money.per
    decimals = 0 if abs(amount) >= 1e5 else 2
    return format_number(amount, money.language, max(decimals, decimals_of(amount, None, 2)))


def _per(stage: Document) -> Document:
    """Return a stage counted per PER customers."""
    losses = {cause: PER * number for cause, number in stage["losses"].items()}
    return {**stage, "visits": PER * stage["visits"], "losses": losses}


# ---- spreadsheet ---------------------------------------------------------------------------------------------------


def _measures_sheet(document: Document, language: str) -> Sheet:
    rows = []
    formats = []
    for measure in ORDER:
        label = text(f"exact.{measure}.sheet" if measure in TIMES else f"exact.{measure}", language)
        if measure in AMOUNTS and document["currency"]:
            label = f"{label}, {clean(document['currency'])}"
        rows.append((label, document[measure]))
        formats.append(SHARE if measure in SHARES else CENTS)
    for measure, value in document.get("pipeline", {}).items():
        key = "exact.deals.count" if measure == "count" else measure
        rows.append((f"{text('exact.deals', language)}: {text(key, language)}", value))
        formats.append(CENTS)
    headings = (text("measure", language), text("exact.value", language))
    return Sheet(text("sheet.summary", language), headings, tuple(formats), tuple(rows), by_row=True)


def _stages_sheet(document: Document, names: Names) -> Sheet:
    language = names.language
    columns = ("visits", "completed", "lost", "time", "value", "worth")
    keys = ("stage", "visits", "completed", "lost", "time.mean", "exact.from_there", "exact.worth")
    rows = tuple((names.stage(stage["stage"]), *(stage[key] for key in columns)) for stage in document["stages"])
    formats = (PLAIN, "0.0000", "0.0000", "0.0000", CENTS, CENTS, CENTS)
    return Sheet(text("sheet.stages", language), tuple(text(key, language) for key in keys), formats, rows)


def _losses_sheet(document: Document, names: Names) -> Sheet:
    language = names.language
    headings = tuple(text(key, language) for key in ("stage", "cause", "side", "lost", "losses.share", "losses.visits"))
    rows = tuple(
        (
            names.stage(loss.stage),
            names.cause(loss.cause),
            names.side(loss.cause),
            loss.customers,
            loss.of_losses,
            loss.of_visits,
        )
        for loss in list_losses(document["stages"])
    )
    return Sheet(text("sheet.losses", language), headings, (PLAIN, PLAIN, PLAIN, "0.0000", SHARE, SHARE), rows)


def _dates_sheet(document: Document, names: Names) -> Sheet:
    language = names.language
    dates = document["at"]
    headings = (
        text("measure", language),
        *(format_moment(date["time"], language) for date in dates),
    )
    rows: list[tuple[SheetCell, ...]] = [
        (text(key, language), *(date[key] for date in dates)) for key in ("won", "open")
    ]
    for cause in dates[0]["lost"]:
        label = f"{text('sheet.loss', language)}: {names.cause(cause)}"
        rows.append((label, *(date["lost"].get(cause, 0.0) for date in dates)))
    for place in dates[0]["stages"]:
        label = f"{text('open', language)}: {_place(place, names)}"
        rows.append((label, *(date["stages"].get(place, 0.0) for date in dates)))
    return Sheet(text("sheet.dates", language), headings, (PLAIN, *[SHARE] * len(dates)), tuple(rows))
