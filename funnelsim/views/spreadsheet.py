"""Results as a spreadsheet: real numbers, texts typed as texts, a native chart with words for who cannot see it.

A comparison has the sheets Summary, Lift (with the chart), Ledger and Assumptions; a run has Summary, Stages, Losses
(with the chart) and Assumptions; where somebody answers also Answers, Teams and Hours of the week. Each is named in the
language. Needs XlsxWriter (the extra `report`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnelsim.views.catalogue import COLUMNS
from funnelsim.views.documents import MEASURES
from funnelsim.views.doubts import make_doubt_sheets, make_spread_sheets
from funnelsim.views.formats import format_share
from funnelsim.views.lifts import scenario_notes
from funnelsim.views.naming import Names, clean, clean_quoted
from funnelsim.views.staff_sheets import make_staff_sheets
from funnelsim.views.tables import Money, describe_window
from funnelsim.views.texts import text
from funnelsim.views.totals import list_losses
from funnelsim.views.workbook import CENTS, PLAIN, SHARE, TENTHS, WHOLE, Cell, Chart, Sheet, write_workbook

if TYPE_CHECKING:
    from funnelsim.model import Funnel, Study

Document = Mapping[str, Any]
AMOUNTS = ("revenue", "cost", "profit")
#: Bars of a chart; a longer list is cut there, and the sheet holds them all.
_BARS = 20


def save_comparison(path: Path, document: Document, study: Study, names: Names) -> None:
    """Write a comparison's document as a spreadsheet. Raises MissingExtraError without XlsxWriter."""
    lift = make_lift_sheet(document, names)
    language = names.language
    sheets = [make_worlds_sheet(document, names), lift, *make_doubt_sheets(document, study, names)]
    sheets += [make_ledger_sheet(document, names), *make_staff_sheets(document, names)]
    texts = [*list_facts(document, names), *list_scenario_texts(document, study, language)]
    write_workbook(path, [*sheets, make_texts_sheet(texts, language)], chart_lifts(lift, document, language))


def save_tally(path: Path, document: Document, funnel: Funnel, names: Names) -> None:
    """Write a tally's document as a spreadsheet. Raises MissingExtraError without XlsxWriter."""
    language = names.language
    losses = make_losses_sheet(document, names)
    notes = [*document.get("notes", ()), funnel.note]
    texts = [*list_facts(document, names), *((text("sheet.note", language), "", note) for note in notes if note)]
    sheets = [make_totals_sheet(document, language), *make_spread_sheets(document, names)]
    sheets += [make_stages_sheet(document, names), losses]
    sheets += [*make_staff_sheets(document, names), make_texts_sheet(texts, language)]
    write_workbook(path, sheets, chart_losses(losses, language))


def chart_lifts(lift: Sheet, document: Document, language: str) -> Chart | None:
    """Return the chart of the revenue lifts on their sheet; None where there is none to draw."""
    money = Money(document["currency"], 1.0, language)
    bars = [
        (scenario["label"], scenario["lift"]["revenue"])
        for scenario in document["scenarios"]
        if scenario["lift"]["revenue"]["mean"] is not None
    ]
    if not bars:
        return None
    told = "; ".join(
        f"{clean(label)}: {money.named(money.spread(revenue, signed=True))}" for label, revenue in bars[:_BARS]
    )
    return Chart(
        sheet=lift,
        title=text("chart.title", language, currency=money.unit),
        description=text("chart.alt", language, bars=told),
        names=0,
        values=2,
        rows=min(len(document["scenarios"]), _BARS),
        arms=(lift.headings.index(text("arm.up", language)), lift.headings.index(text("arm.down", language))),
    )


def chart_losses(losses: Sheet, language: str) -> Chart | None:
    """Return the chart of the largest losses on their sheet; None where nobody is lost."""
    shown = losses.rows[:_BARS]
    if not shown:
        return None
    told = "; ".join(f"{row[0]} · {row[1]}: {format_share(float(row[4] or 0.0), language)}" for row in shown)
    return Chart(
        sheet=losses,
        title=text("losses.title", language),
        description=text("chart.alt.losses", language, bars=told),
        names=1,
        values=3,
        rows=len(shown),
    )


def save_causes(path: Path, rows: Iterable[Sequence[Cell]], language: str) -> None:
    """Write the catalogue of causes as a spreadsheet. Raises MissingExtraError without XlsxWriter."""
    headings = tuple(text(column, language) for column in COLUMNS)
    sheet = Sheet(text("sheet.causes", language), headings, (PLAIN,) * len(headings), tuple(map(tuple, rows)))
    write_workbook(path, [sheet], None)


def make_worlds_sheet(document: Document, names: Names) -> Sheet:
    """Return the sheet of what the base and each scenario bring."""
    language = names.language
    statistics = ("mean", "low", "high")
    worlds = [(text("base", language), document["base"])]
    worlds += [(scenario["label"], scenario) for scenario in document["scenarios"]]
    by_measure = _choose_formats([world for _, world in worlds])
    headings = [text("world", language)]
    formats = [PLAIN]
    for measure in MEASURES:
        heading = _with_currency(text(measure, language), document) if measure in AMOUNTS else text(measure, language)
        headings += [f"{heading}: {text(statistic, language).lower()}" for statistic in statistics]
        formats += [by_measure[measure]] * 3
    rows = tuple(
        (clean(label), *(world[measure][statistic] for measure in MEASURES for statistic in statistics))
        for label, world in worlds
    )
    return Sheet(text("sheet.summary", language), tuple(headings), tuple(formats), rows)


def _choose_formats(worlds: Sequence[Document]) -> dict[str, str]:
    """Return a number format for each measure: amounts without cents where they run to ten thousands."""
    largest = max(abs(world[amount]["mean"] or 0.0) for world in worlds for amount in AMOUNTS)
    money = WHOLE if largest >= 10_000 else CENTS
    return {"customers": TENTHS, "won": TENTHS, "conversion": SHARE, **dict.fromkeys(AMOUNTS, money)}


def _with_currency(heading: str, document: Document) -> str:
    return f"{heading}, {clean(document['currency'])}" if document["currency"] else heading


def make_lift_sheet(document: Document, names: Names) -> Sheet:
    """Return the sheet of the lifts.

    Columns: scenario, measure …: the revenue lifts first, so that the chart has its rows side by side.
    """
    language = names.language
    statistics = ("mean", "low", "high", "low_all", "high_all")
    headings = (
        text("scenario", language),
        text("measure", language),
        *(_with_currency(text(statistic, language), document) for statistic in statistics),
        *(f"{text('relative', language)}: {text(statistic, language).lower()}" for statistic in statistics[:3]),
        text("lift.p_better", language),
        text("sheet.payback", language),
        _with_currency(text("lift.naive", language), document),
        text("arm.up", language),
        text("arm.down", language),
    )
    money = _choose_formats([document["base"], *document["scenarios"]])["revenue"]
    formats = (PLAIN, PLAIN, *[money] * 5, *[SHARE] * 4, TENTHS, money, money, money)
    rows = []
    for measure in ("revenue", "profit"):
        for scenario in document["scenarios"]:
            lift = scenario["lift"][measure]
            relative = lift.get("relative") or {}
            first = measure == "revenue"
            rows.append(
                (
                    clean(scenario["label"]),
                    text(f"lift.{measure}", language),
                    *(lift[statistic] for statistic in statistics),
                    *(relative.get(statistic) for statistic in statistics[:3]),
                    lift["p_better"],
                    None if first else scenario["payback_days"],
                    scenario["naive_lift"] if first else None,
                    _arm(lift["mean"], lift["high"]),
                    _arm(lift["low"], lift["mean"]),
                )
            )
    return Sheet(text("sheet.lift", language), headings, formats, tuple(rows))


def _arm(low: float | None, high: float | None) -> float | None:
    return None if low is None or high is None else high - low


def make_ledger_sheet(document: Document, names: Names) -> Sheet:
    """Return the sheet of every scenario's ledger, fate by fate."""
    language = names.language
    headings = [text("scenario", language)]
    for world in ("base", "scenario"):
        headings += [text(f"ledger.{world}", language)]
        headings += [f"{text(part, language)} ({text(f'in.{world}', language)})" for part in ("stage", "cause")]
    headings += [text("ledger.customers", language), _with_currency(text("ledger.revenue", language), document)]
    rows = []
    for scenario in document["scenarios"]:
        for row in sorted(scenario["ledger"], key=lambda row: -row["customers"]):
            parts: list[Cell] = []
            for world in ("base", "scenario"):
                fate = row[world]
                parts += [
                    text(f"fate.{fate['fate']}", language),
                    names.stage(fate["stage"]) or None,
                    names.cause(fate["cause"]) or None,
                ]
            rows.append((clean(scenario["label"]), *parts, row["customers"], row["revenue"]))
    formats = (*[PLAIN] * 7, CENTS, CENTS)
    return Sheet(text("sheet.ledger", language), tuple(headings), formats, tuple(rows))


def make_totals_sheet(document: Document, language: str) -> Sheet:
    """Return the sheet of one funnel's measures, a row each."""
    headings = tuple(text(key, language) for key in ("measure", "mean", "low", "high", "range.low", "range.high"))
    by_measure = _choose_formats([document])
    rows = tuple(
        (
            _with_currency(text(f"{measure}.long", language), document)
            if measure in AMOUNTS
            else text(f"{measure}.long", language),
            *(document[measure][key] for key in ("mean", "low", "high")),
            *document[measure]["range"],
        )
        for measure in MEASURES
    )
    return Sheet(text("sheet.summary", language), headings, tuple(by_measure[m] for m in MEASURES), rows, by_row=True)


def make_stages_sheet(document: Document, names: Names) -> Sheet:
    """Return the sheet of the stages: visits, how they end, waits and times in days."""
    language = names.language
    counts = ("visits", "completed", "lost", "open")
    quantiles = [(kind, name) for kind in ("wait", "time") for name in ("mean", "p50", "p90")]
    headings = [text(key, language) for key in ("stage", *counts, "lost.share")]
    headings += [text(f"{kind}.{name}", language) for kind, name in quantiles]
    rows = tuple(
        (
            names.stage(stage["stage"]),
            *(stage[key] for key in counts),
            stage["lost"] / stage["visits"] if stage["visits"] else None,
            *(stage[kind][name] for kind, name in quantiles),
        )
        for stage in document["stages"]
    )
    formats = (PLAIN, *[TENTHS] * 4, SHARE, *[CENTS] * 6)
    return Sheet(text("sheet.stages", language), tuple(headings), formats, rows)


def make_losses_sheet(document: Document, names: Names) -> Sheet:
    """Return the sheet of the losses by stage and cause, the largest first."""
    language = names.language
    headings = [text(key, language) for key in ("stage", "cause", "side", "lost", "losses.share", "losses.visits")]
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
    formats = (PLAIN, PLAIN, PLAIN, TENTHS, SHARE, SHARE)
    return Sheet(text("sheet.losses", language), tuple(headings), formats, rows)


def list_facts(document: Document, names: Names) -> list[tuple[Cell, ...]]:
    """Return what was run, as rows of the last sheet: kind, what of, text."""
    language = names.language
    window = describe_window(document["provenance"]["window"], language)
    facts: list[tuple[str, Cell]] = [
        ("funnel", clean(document["funnel"])),
        ("currency", document["currency"]),
        ("window", window),
        ("replications", document["replications"]),
        ("seed", str(document["seed"])),
        ("engine", document["engine"]),
    ]
    rows: list[tuple[Cell, ...]] = [(text(f"sheet.{key}", language), "", value) for key, value in facts]
    rows += [(text("sheet.provenance", language), key, value) for key, value in _flatten(document["provenance"])]
    return rows


def _flatten(values: Mapping[str, Any], path: str = "") -> Iterable[tuple[str, Cell]]:
    for key, value in values.items():
        name = f"{path}{key}"
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{name}.")
        else:
            yield name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def list_scenario_texts(document: Document, study: Study, language: str) -> Iterable[tuple[Cell, ...]]:
    """Give assumptions and notes as rows of the last sheet: kind, what of, text."""
    for scenario in document["scenarios"]:
        for assumption in scenario["assumptions"]:
            yield text("sheet.assumption", language), scenario["label"], clean_quoted(assumption, language)
        for note in scenario_notes(scenario["name"], study):
            yield text("sheet.note", language), scenario["label"], note
    for note in dict.fromkeys((*document.get("notes", ()), study.note, study.funnel.note)):
        if note:
            yield text("sheet.note", language), "", note


def make_texts_sheet(rows: Iterable[tuple[Cell, ...]], language: str) -> Sheet:
    """Return the last sheet: all that is said in words."""
    headings = (text("sheet.kind", language), text("sheet.of", language), text("sheet.text", language))
    return Sheet(text("sheet.assumptions", language), headings, (PLAIN,) * 3, tuple(rows))
