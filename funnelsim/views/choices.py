"""A choice as people read it: the best set, what each option is worth, the best for every budget, how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from funnelsim.views.doubts import flatten_spread
from funnelsim.views.formats import (
    SPACE,
    decimals_of,
    format_interval,
    format_number,
    format_probability,
    format_share,
)
from funnelsim.views.naming import clean
from funnelsim.views.tables import Cell, Money, bullets, choose_money, describe_window, grid, heading, paragraph
from funnelsim.views.texts import count, text
from funnelsim.views.workbook import CENTS, PLAIN, SHARE, Chart, Sheet, write_workbook
from funnelsim.views.workbook import Cell as SheetCell

Document = Mapping[str, Any]

GAINS = ("won", "revenue", "profit")
COLUMNS = ("part", "option", "set", "measure", "value")
#: Between the names of a set.
PLUS = " + "


def list_choice(document: Document) -> Iterator[tuple[str | float | None, ...]]:
    """Give the rows of a choice's document for COLUMNS.

    part: base, best, greedy, together, frontier, `ranked 1` …, option or ranking; set: names joined by ` + `.
    """
    for measure, value in document["base"].items():
        yield "base", "", "", measure, value
    for part in ("best", "greedy", "together"):
        if document[part] is not None:
            yield from _list_set(part, "", document[part])
    for one in document["frontier"]:
        yield from _list_set("frontier", "", one)
    for place, one in enumerate(document["ranked"], start=1):
        yield from _list_set(f"ranked {place}", "", one)
    for option in document["options"]:
        for measure, value in option["cost"].items():
            yield "option", option["name"], "", measure, value
        if option["alone"] is not None:
            yield from _list_set("option", option["name"], option["alone"])
        yield "option", option["name"], "", "chosen", float(option["chosen"])
        yield "option", option["name"], "", "worth", option["worth"]
    for measure, value in document.get("ranking", {}).items():
        if isinstance(value, Mapping):
            for statistic in ("mean", "low", "high", "p_better"):
                yield "ranking", "", "", f"{measure}_{statistic}", value[statistic]
        else:
            yield "ranking", "", "", measure, float(value)
    yield from _list_prospects(document)


def _list_prospects(document: Document) -> Iterator[tuple[str | float | None, ...]]:
    if "uncertainty" not in document:
        return
    for one in document["uncertainty"]["sets"]:
        names = PLUS.join(one["options"])
        for statistic, value in flatten_spread(one["gain"]):
            yield "uncertainty", "", names, f"gain_{statistic}", value
        for measure in ("p_best", "regret"):
            yield "uncertainty", "", names, measure, one[measure]
    yield "uncertainty", "", "", "evpi", document["uncertainty"]["evpi"]


def _list_set(part: str, option: str, one: Document) -> Iterator[tuple[str | float | None, ...]]:
    for measure in ("spend", *GAINS, "half"):
        yield part, option, PLUS.join(one["options"]), measure, one[measure]


# ---- printed -------------------------------------------------------------------------------------------------------


def show_choice(document: Document, language: str, width: int) -> list[RenderableType]:
    """Return the printed form of a choice's document."""
    labels = _labels(document)
    sets = [document["best"], *document["frontier"]]
    amounts = [one[name] for one in sets for name in ("spend", "revenue", "profit")]
    money = choose_money(document["currency"], amounts, language)
    best = document["best"]
    shown: list[RenderableType] = [
        Text(clean(document["funnel"]), style="bold", no_wrap=True, overflow="ignore"),
        paragraph(" · ".join(_facts(document, money)), width=width),
        heading(text("choose.best", language, made=_named(best, labels, language))),
        _gains_grid(best, money, width),
    ]
    if document["kind"] == "stages":
        path = " → ".join(clean(stage) for stage in document["path"])
        shown.append(paragraph(text("choose.path", language, path=path), width=width))
        shown += [heading(text("choose.ranked.title", language))]
        shown.append(_sets_grid(document["ranked"], document, labels, money, width))
    else:
        shown += [heading(text("choose.frontier.title", language))]
        shown.append(_sets_grid(document["frontier"], document, labels, money, width))
        hint = [text("choose.frontier.hint", language)]
        if any(not _is_within(document, one) for one in document["frontier"]):
            hint.append(text("choose.frontier.over", language))
        shown.append(paragraph(" ".join(hint), width=width))
    shown += _options(document, money, width)
    if "ranking" in document:
        shown += _ranking(document, money, width)
    if "uncertainty" in document:
        shown += _prospects(document, labels, money, width)
    return [*shown, heading(text("notes.title", language)), *bullets(_notes(document, labels, money), width)]


def _facts(document: Document, money: Money) -> list[str]:
    language = money.language
    facts = [text(f"choose.{document['method']}", language)]
    facts.append(describe_window(document["provenance"]["window"], language))
    budget = document["budget"]
    facts.append(
        text("choose.no_budget", language)
        if budget is None
        else text("choose.budget", language, amount=_amount(budget, money))
    )
    facts.append(text(f"choose.by.{document['by']}", language))
    facts.append(text("choose.sets", language, sets=format_number(document["sets"], language)))
    if document["impossible"]:
        facts.append(text("choose.impossible", language, sets=format_number(document["impossible"], language)))
    if "ranking" in document:
        facts.append(count("replications", document["ranking"]["replications"], language))
        facts.append(text("head.seed", language, seed=document["provenance"]["seed"]))
    if money.currency:
        facts.append(text("head.currency", language, currency=money.unit))
    return facts


def _gains_grid(best: Document, money: Money, width: int) -> RenderableType:
    language = money.language
    rows: list[list[Cell]] = [[text("choose.spend", language), _amount(best["spend"], money)]]
    rows += [[text(f"choose.gain.{name}", language), gain(best[name], name, money)] for name in GAINS]
    return grid([text("measure", language), text("exact.value", language)], rows, width)


def _sets_grid(
    sets: Sequence[Document], document: Document, labels: Mapping[str, str], money: Money, width: int
) -> RenderableType:
    language = money.language
    headings = [text("choose.set", language), text("choose.spend", language)]
    headings += [text(f"choose.gain.{name}", language) for name in GAINS]
    rows: list[list[Cell]] = [
        [
            _named(one, labels, language),
            _amount(one["spend"], money) + ("" if _is_within(document, one) else "*"),
            *(_spread(one, name, document["by"], money) for name in GAINS),
        ]
        for one in sets
    ]
    return grid(headings, rows, width)


def _options(document: Document, money: Money, width: int) -> list[RenderableType]:
    language, by = money.language, document["by"]
    stages = document["kind"] == "stages"
    headings = [text("choose.way" if stages else "choose.option", language), text("choose.spend", language)]
    headings += [text(f"choose.{key}", language) for key in ("alone", "chosen", "worth")]
    rows: list[list[Cell]] = []
    for option in document["options"]:
        alone = option["alone"]
        rows.append(
            [
                clean(option["label"]),
                _amount(alone["spend"], money) if alone else format_number(None, language),
                _spread(alone, by, by, money) if alone else format_number(None, language),
                text("choose.yes" if option["chosen"] else "choose.no", language),
                gain(option["worth"], by, money),
            ]
        )
    title = text("choose.ways.title" if stages else "choose.options.title", language,
                 gain=text(f"choose.the.{by}", language))  # fmt: skip
    return [heading(title), grid(headings, rows, width), paragraph(text("choose.options.hint", language), width=width)]


def _ranking(document: Document, money: Money, width: int) -> list[RenderableType]:
    language, by, ranking = money.language, document["by"], document["ranking"]
    sentence = text(
        "choose.ranking.left" if ranking["left"] == 1 else "choose.ranking.undecided",
        language,
        zone=size(ranking["zone"], by, money),
        probability=format_share(ranking["probability"], language, 0),
        candidates=format_number(ranking["candidates"], language),
        spent=format_number(ranking["spent"], language),
        left=format_number(ranking["left"], language),
    )
    per = 1.0 if by == "won" else money.per
    rows: list[list[Cell]] = [
        [text("choose.ranking.chosen", language), _lift(ranking["chosen"], per, language)],
        [text("choose.ranking.fresh", language, seed=ranking["seed"]), _lift(ranking["fresh"], per, language)],
    ]
    return [
        heading(text("choose.ranking.title", language)),
        paragraph(sentence, width=width),
        grid([text("choose.ranking.check", language), text(f"choose.gain.{by}", language)], rows, width),
    ]


def _prospects(document: Document, labels: Mapping[str, str], money: Money, width: int) -> list[RenderableType]:
    """Return what the best sets come to over the draws of the uncertain numbers."""
    language, by, found = money.language, document["by"], document["uncertainty"]
    per = 1.0 if by == "won" else money.per
    headings = [text("choose.set", language), text("choose.prospect.gain", language)]
    headings += [text(key, language) for key in ("doubt.total", "doubt.best", "doubt.regret")]
    rows: list[list[Cell]] = [
        [
            _named(one, labels, language),
            gain(one["gain"]["mean"], by, money),
            format_interval(one["gain"]["low"], one["gain"]["high"], language, per=per),
            format_probability(one["p_best"], language),
            size(one["regret"], by, money) if by == "won" else _amount(one["regret"], money),
        ]
        for one in found["sets"]
    ]
    said = [text("choose.prospect.explain", language)]
    most = {"options": found["expected_best"]}
    if set(found["expected_best"]) != set(document["best"]["options"]):
        said.append(text("choose.prospect.other", language, made=_named(most, labels, language)))
    said.append(text("choose.prospect.known", language, worth=size(found["evpi"], by, money)))
    draws = format_number(found["draws"], language)
    how = text(f"doubt.how.{found['method']}", language, draws=draws, replications=found["replications"])
    return [
        heading(text("doubt.title", language)),
        paragraph(how, width=width),
        grid(headings, rows, width),
        *bullets([*said, *map(clean, found["notes"])], width),
    ]


def _notes(document: Document, labels: Mapping[str, str], money: Money) -> Iterator[str]:
    language, by = money.language, document["by"]
    yield text("choose.net", language)
    yield text("choose.no_cost" if document["kind"] == "stages" else "choose.counts", language)
    best, greedy = document["best"], document["greedy"]
    if set(greedy["options"]) == set(best["options"]):
        yield text("choose.greedy.same", language)
    else:
        gains = {name: size(one[by], by, money) for name, one in (("gain", greedy), ("best", best))}
        yield text("choose.greedy", language, made=_named(greedy, labels, language), **gains)
    together = document["together"]
    alone = [option["alone"] for option in document["options"]]
    if together is not None and len(alone) > 1 and all(alone):
        total = sum(one[by] for one in alone)
        yield text(
            "choose.together",
            language,
            spend=money.named(_amount(together["spend"], money)),
            gain=size(together[by], by, money),
            total=size(total, by, money),
        )
    for option in document["options"]:
        if option["why"]:
            yield text("choose.why", language, option=clean(option["label"]), why=clean(option["why"]))
    yield from (clean(note) for note in document["notes"])


def _labels(document: Document) -> dict[str, str]:
    return {option["name"]: clean(option["label"]) for option in document["options"]}


def _named(one: Document, labels: Mapping[str, str], language: str) -> str:
    return PLUS.join(labels[name] for name in one["options"]) or text("choose.nothing", language)


def _is_within(document: Document, one: Document) -> bool:
    return document["budget"] is None or bool(one["spend"] <= document["budget"] * (1.0 + 1e-12))


def _amount(value: float, money: Money) -> str:
    return format_number(value / money.per, money.language, decimals(value / money.per))


def gain(value: float | None, name: str, money: Money) -> str:
    """Return a change, signed: of money in its unit, or of customers (`won`)."""
    if value is None:
        return format_number(None, money.language)
    amount = value if name == "won" else value / money.per
    return format_number(amount, money.language, decimals(amount), signed=True)


def size(value: float, name: str, money: Money) -> str:
    """Return an amount with its unit, or a number of customers (`won`)."""
    shown = gain(value, name, money).removeprefix("+")
    return shown if name == "won" else money.named(shown)


def _spread(one: Document, name: str, by: str, money: Money) -> str | tuple[str, ...]:
    """Return a gain, with half of its interval where it is what was asked for and was simulated."""
    return spread_gain(one[name], one["half"] if name == by else None, name, money)


def spread_gain(value: float | None, half: float | None, name: str, money: Money) -> str | tuple[str, ...]:
    """Return a change, as `gain` does, with half of its interval where it has one."""
    shown = gain(value, name, money)
    if not half:
        return shown
    half = half / (1.0 if name == "won" else money.per)
    return shown, f"±{SPACE}{format_number(half, money.language, decimals(half))}"


def _lift(lift: Document, per: float, language: str) -> tuple[str, ...]:
    mean = lift["mean"] / per
    shown = format_number(mean, language, decimals(mean), signed=True)
    if lift["high"] is None or lift["high"] <= lift["mean"]:
        return (shown,)
    half = (lift["high"] - lift["mean"]) / per
    return shown, f"±{SPACE}{format_number(half, language, decimals(half))}"


def decimals(amount: float) -> int:
    """Return the decimals that show an amount."""
    return 0 if abs(amount) >= 100.0 else decimals_of(amount, None, 2)


# ---- spreadsheet ---------------------------------------------------------------------------------------------------


def save_choice(path: Path, document: Document, language: str) -> None:
    """Write a choice's document as a spreadsheet. Raises MissingExtraError without XlsxWriter."""
    labels = _labels(document)
    money = Money(document["currency"], 1.0, language)
    sheets = make_choice_sheets(document, language)
    said: list[tuple[SheetCell, ...]] = [
        (text("sheet.funnel", language), clean(document["funnel"])),
        (text("sheet.currency", language), document["currency"]),
    ]
    said += [(text("sheet.note", language), fact) for fact in _facts(document, money)]
    said += [(text("sheet.note", language), note) for note in _notes(document, labels, money)]
    said += [(text("sheet.provenance", language), f"{key}: {value}") for key, value in document["provenance"].items()]
    notes = Sheet(
        text("sheet.assumptions", language),
        (text("sheet.kind", language), text("sheet.text", language)),
        (PLAIN, PLAIN),
        tuple(said),
    )
    write_workbook(path, [*sheets, notes], chart_frontier(sheets[1], document, language))


def make_choice_sheets(document: Document, language: str) -> list[Sheet]:
    """Return the sheets of a choice's document: the best set, the best for every budget, the best sets, the options."""
    labels = _labels(document)
    headings = (
        text("choose.set", language),
        text("choose.spend", language),
        *(text(f"choose.gain.{name}", language) for name in GAINS),
    )
    formats = (PLAIN, *[CENTS] * 4)

    def rows(sets: Sequence[Document]) -> tuple[tuple[SheetCell, ...], ...]:
        return tuple((_named(one, labels, language), one["spend"], *(one[name] for name in GAINS)) for one in sets)

    best = Sheet(text("sheet.choice", language), headings, formats, rows([document["best"], document["greedy"]]))
    frontier = Sheet(text("sheet.frontier", language), headings, formats, rows(document["frontier"]))
    ranked = Sheet(text("sheet.ranked", language), headings, formats, rows(document["ranked"]))
    options = Sheet(
        text("sheet.options", language),
        tuple(text(f"choose.{key}", language) for key in ("option", "spend", "alone", "chosen", "worth")),
        (PLAIN, CENTS, CENTS, PLAIN, CENTS),
        tuple(
            (
                clean(option["label"]),
                option["alone"]["spend"] if option["alone"] else None,
                option["alone"][document["by"]] if option["alone"] else None,
                text("choose.yes" if option["chosen"] else "choose.no", language),
                option["worth"],
            )
            for option in document["options"]
        ),
    )
    return [best, frontier, ranked, options, *_prospect_sheets(document, labels, language)]


def chart_frontier(frontier: Sheet, document: Document, language: str) -> Chart | None:
    """Return the chart of what the best set for each budget gains, on its sheet; None where there is one set."""
    if len(frontier.rows) < 2:
        return None
    by = 2 + GAINS.index(document["by"])
    title = text("choose.frontier.title", language)
    told = "; ".join(f"{row[0]}: {row[1]:.6g} → {row[by]:.6g}" for row in frontier.rows)
    return Chart(frontier, title, f"{title}. {told}", 1, by, len(frontier.rows), kind="line")


def _prospect_sheets(document: Document, labels: Mapping[str, str], language: str) -> list[Sheet]:
    if "uncertainty" not in document:
        return []
    ends = ("mean", "low", "high")
    headings = [text("choose.set", language), *(text(end, language) for end in ends)]
    headings += [text(key, language) for key in ("doubt.best", "doubt.regret")]
    rows = tuple(
        (_named(one, labels, language), *(one["gain"][end] for end in ends), one["p_best"], one["regret"])
        for one in document["uncertainty"]["sets"]
    )
    return [Sheet(text("sheet.doubt", language), tuple(headings), (PLAIN, *[CENTS] * 3, SHARE, CENTS), rows)]
