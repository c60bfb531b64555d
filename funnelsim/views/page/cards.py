"""What the page shows, as plain data: texts ready to be put in their place, and the lengths of bars."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from funnelsim.comparison import Comparison, comparison_document
from funnelsim.drafts import Draft, Maker
from funnelsim.entries import Entry, Kind
from funnelsim.estimates import Lift, describe_lift
from funnelsim.live import Bench, Flow, Glance, Method, Worth
from funnelsim.model import Study
from funnelsim.views.formats import (
    NOTHING,
    decimals_of,
    format_number,
    format_probability,
    format_relative,
    format_share,
)
from funnelsim.views.lifts import MEASURES
from funnelsim.views.naming import Names, clean, clean_quoted
from funnelsim.views.stories import read_ledger, tell_saved
from funnelsim.views.tables import Money, choose_money
from funnelsim.views.texts import count, text

Card = dict[str, Any]
AMOUNTS = ("revenue", "cost", "profit")


# ---- what can be edited --------------------------------------------------------------------------------------------


def list_groups(maker: Maker, study: Study, names: Names) -> list[Card]:
    """Return what belongs together on the page: stages, sources, teams, segments, stocks, then interventions."""
    groups: dict[tuple[str, str], list[Card]] = {}
    for stage in study.funnel.stages:
        if not stage.removed:
            groups["stage", stage.name] = []
    for entry in maker.entries.values():
        groups.setdefault(entry.group, []).append(describe_entry(entry, study, names))
    for intervention in study.interventions:
        groups.setdefault(("intervention", intervention.name), [])
    return [
        {"kind": kind, "name": name, "label": _group(kind, name, study, names), "entries": entries}
        for (kind, name), entries in groups.items()
    ]


def _group(kind: str, name: str, study: Study, names: Names) -> str:
    language = names.language
    if kind == "stage":
        return names.stage(name)
    labels: dict[str, str] = {}
    if kind == "source":
        labels = {one.name: one.label.text(language) for one in study.funnel.sources}
    elif kind == "team":
        labels = {one.name: one.label.text(language) for one in study.funnel.teams}
    elif kind == "segment":
        labels = {one.name: one.label.text(language) for one in study.funnel.segments}
    elif kind == "budget":
        labels = {one.name: one.label.text(language) for one in study.funnel.budgets}
    else:
        labels = {one.name: one.label.text(language) for one in study.interventions}
    label = clean(labels[name]) or clean(name)
    return label if kind == "intervention" else text(f"page.group.{kind}", language, name=label)


def describe_entry(entry: Entry, study: Study, names: Names) -> Card:
    """Return an entry as a control: its label, kind, value and bounds."""
    language = names.language
    label = text(
        f"page.what.{entry.what}",
        language,
        cause=names.cause(entry.cause),
        to=_destination(entry, study, names) if entry.what in ("route", "condition") else "",
        about=_about(entry.to, study, names) if entry.what == "by" else "",
    )
    if entry.touchpoint:
        label = f"{_touchpoint(entry, study, language)}: {label[0].lower()}{label[1:]}"
    return {
        "key": entry.key,
        "kind": entry.kind,
        "label": clean(label),
        "value": entry.value,
        "low": entry.low,
        "high": entry.high,
        "step": entry.step,
        "gives": bool(entry.beside),
        "unit": study.funnel.currency if entry.kind is Kind.AMOUNT and entry.what not in ("rate", "by") else "",
    }


def _touchpoint(entry: Entry, study: Study, language: str) -> str:
    stage = next(one for one in study.funnel.stages if one.name == entry.group[1])
    labels = {one.name: one.label.text(language) for one in stage.touchpoints}
    return clean(labels.get(entry.touchpoint, entry.touchpoint))


def _destination(entry: Entry, study: Study, names: Names) -> str:
    """Return where a route leads: the stage's label, with the route's own name where that says more."""
    stage = next(one for one in study.funnel.stages if one.name == entry.group[1])
    target = next((route.to for route in stage.routes if entry.to in (route.key, route.to)), None)
    return names.stage(target) if target else entry.to


def _about(path: str, study: Study, names: Names) -> str:
    """Return in words what a path leads to: `Forgot · at every stage`, `Comparing: all causes`."""
    parts, language = path.split("."), names.language
    if parts[0] == "sources" and parts[-1] == "arrivals":
        labels = {one.name: one.label.text(language) for one in study.funnel.sources}
        return f"{clean(labels.get(parts[1], parts[1]))} · {text('page.arrivals', language)}"
    if parts[0] != "stages" or len(parts) < 3:
        return path
    where = text("page.everywhere", language) if parts[1] == "*" else names.stage(parts[1])
    if "causes" in parts:
        cause = parts[-1]
        what = text("page.all_causes", language) if cause == "*" else names.cause(cause)
        return f"{what} · {where}"
    return f"{where} · {parts[-1]}"


def describe_draft(draft: Draft, maker: Maker, names: Names) -> Card:
    """Return what of a draft differs from the file, and which scenarios it has."""
    labels = {one.name: one.label.text(names.language) for one in draft.study.interventions}
    labels |= {one.name: one.label.text(names.language) for one in draft.study.scenarios}
    own = text("page.own", names.language)
    return {
        "what": "draft",
        "values": dict(draft.values),
        "chosen": list(draft.chosen),
        "dropped": list(draft.dropped),
        "scenarios": [
            {"name": name, "label": clean(labels.get(name, own)) or clean(name)} for name in maker.scenarios(draft)
        ],
    }


# ---- live ----------------------------------------------------------------------------------------------------------


def show_base(method: Method, worth: Worth, bench: Bench, names: Names) -> Card:
    """Return the base, alone, as the page shows it first."""
    language = names.language
    money = _money(bench.study.funnel.currency, [worth], language)
    most = max((flow.visits for flow in worth.flows), default=1.0) or 1.0
    return {
        "what": "base",
        "method": tell_method(method, bench.replications, bench, language),
        "stages": [{"label": names.stage(flow.stage), "base": _bars(flow, most, language)} for flow in worth.flows],
        "worlds": [_world(text("base", language), worth, money)],
    }


def show_glance(glance: Glance, bench: Bench, names: Names) -> Card:
    """Return the base and a scenario: the answer in a sentence, stage by stage, and what each brings."""
    language = names.language
    money = _money(bench.study.funnel.currency, [glance.base, glance.scenario], language)
    before = {flow.stage: flow for flow in glance.base.flows}
    after = {flow.stage: flow for flow in glance.scenario.flows}
    order = [*before, *(name for name in after if name not in before)]
    most = max((flow.visits for flow in (*before.values(), *after.values())), default=1.0) or 1.0
    label = clean(glance.label.text(language))
    return {
        "what": "glance",
        "name": glance.name,
        "answer": text(
            "page.answer",
            language,
            label=label,
            revenue=money.named(money.spread(_spread(glance.lift["revenue"]), signed=True)),
            relative=format_share(glance.lift["revenue"].relative.mean, language, signed=True),
            profit=money.named(money.spread(_spread(glance.lift["profit"]), signed=True)),
        ),
        "method": tell_method(glance.method, glance.replications, bench, language),
        "stages": [
            {
                "label": names.stage(name),
                "base": _bars(before.get(name), most, language),
                "scenario": _bars(after.get(name), most, language),
            }
            for name in order
        ],
        "worlds": [_world(text("base", language), glance.base, money), _world(label, glance.scenario, money)],
        "assumptions": [clean_quoted(one.text(language), language) for one in glance.assumptions],
    }


def show_row(glance: Glance, bench: Bench, names: Names) -> Card:
    """Return the row of a scenario in the table of all of them; the length of its bar is its lift."""
    language = names.language
    money = _money(bench.study.funnel.currency, [glance.base, glance.scenario], language)
    revenue, profit = glance.lift["revenue"], glance.lift["profit"]
    return {
        "what": "row",
        "name": glance.name,
        "lift": revenue.mean,
        "cells": [
            str(money.spread(_spread(revenue), signed=True)),
            " ".join(format_relative(describe_lift(revenue)["relative"], language)[:1]),
            str(money.spread(_spread(profit), signed=True)),
        ],
    }


def tell_method(method: Method, replications: int, bench: Bench, language: str) -> str:
    """Say where live numbers come from."""
    said = text(f"page.method.{method}", language, replications=count("replications", replications, language))
    return f"{said} {text('page.method.cut', language)}" if bench.cut else said


def _bars(flow: Flow | None, most: float, language: str) -> Card | None:
    """Return a stage of a world: lengths as shares of the longest bar, and the numbers beside them."""
    if flow is None:
        return None
    decimals = 0 if flow.visits >= 20 else 1
    return {
        "passed": flow.completed / most,
        "lost": flow.lost / most,
        "open": max(0.0, flow.visits - flow.completed - flow.lost) / most,
        "numbers": {
            "visits": flow.visits,
            "completed": flow.completed,
            "lost": flow.lost,
        },
        "cells": [
            format_number(flow.visits, language, decimals),
            format_share(flow.completed / flow.visits if flow.visits > 0.0 else None, language),
            format_number(flow.lost, language, decimals),
        ],
    }


def _world(label: str, worth: Worth, money: Money) -> Card:
    language = money.language
    cells = []
    for name in MEASURES:
        value = getattr(worth, name)
        if name == "conversion":
            cells.append(format_share(value, language, 2))
        elif name in AMOUNTS:
            cells.append(format_number(value / money.per, language, decimals_of(value / money.per, None, 0)))
        else:
            cells.append(format_number(value, language, 0 if value >= 20 else 1))
    return {"label": label, "cells": cells, "numbers": {name: getattr(worth, name) for name in MEASURES}}


def _money(currency: str, worlds: Iterable[Worth], language: str) -> Money:
    return choose_money(currency, [getattr(world, name) for world in worlds for name in AMOUNTS], language)


def _spread(lift: Lift) -> dict[str, float | None]:
    described = describe_lift(lift)
    return {key: described[key] for key in ("mean", "low", "high")}


# ---- the full run --------------------------------------------------------------------------------------------------


def show_full(comparison: Comparison, study: Study, names: Names) -> Card:
    """Return a whole comparison: its tables, its picture with the words for it, and who was saved, in sentences."""
    language = names.language
    document = comparison_document(comparison, language)
    worlds = [document["base"], *document["scenarios"]]
    money = choose_money(document["currency"], [world[name]["mean"] for world in worlds for name in AMOUNTS], language)
    lifts = [
        [
            clean(scenario["label"]),
            "\n".join(money.spread(scenario["lift"]["revenue"], signed=True).parts),
            "\n".join(format_relative(scenario["lift"]["revenue"]["relative"], language)),
            "\n".join(money.spread(scenario["lift"]["profit"], signed=True).parts),
            format_probability(scenario["lift"]["revenue"]["p_better"], language),
        ]
        for scenario in document["scenarios"]
    ]
    headings = [text(key, language) for key in ("scenario", "lift.revenue", "lift.relative", "lift.profit")]
    notes = [text("page.full.means", language)] if study.uncertain else []
    return {
        "what": "full",
        "title": f"{text('lifts.title', language)}, {money.unit}" if money.unit else text("lifts.title", language),
        "headings": [*headings, text("lift.p_revenue", language)],
        "rows": lifts,
        "replications": count("replications", document["replications"], language),
        "picture": _picture(comparison, language) if lifts else None,
        "stories": [_story(scenario, names) for scenario in document["scenarios"]],
        "notes": [*notes, *(clean(note) for note in document["notes"])],
        "means": {scenario["name"]: scenario["lift"]["revenue"]["mean"] for scenario in document["scenarios"]},
    }


def _story(scenario: Mapping[str, Any], names: Names) -> Card:
    reading = read_ledger(scenario["ledger"], names)
    sentences: Sequence[str] = tell_saved(reading, names)
    return {"label": clean(scenario["label"]), "text": " ".join(sentences) or NOTHING}


def _picture(comparison: Comparison, language: str) -> Card:
    """Return the lifts as an SVG image, with its alternative text."""
    from matplotlib import pyplot as plt

    from funnelsim.views.plots import alt_text, plot_lifts

    ax = plot_lifts(comparison, language=language)
    figure = ax.get_figure(root=True)
    target = io.BytesIO()
    if figure is not None:
        figure.savefig(target, format="svg", metadata={"Date": None})
        plt.close(figure)
    return {
        "image": "data:image/svg+xml;base64," + base64.b64encode(target.getvalue()).decode("ascii"),
        "alt": alt_text(ax),
    }
