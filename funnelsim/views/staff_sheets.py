"""The sheets of who answers: answers by stage, teams, and each team's hours of the week."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from funnelsim.views.naming import Names, clean
from funnelsim.views.staff import list_targets
from funnelsim.views.texts import text
from funnelsim.views.workbook import CENTS, PLAIN, SHARE, TENTHS, WHOLE, Cell, Sheet

Document = Mapping[str, Any]

_DAY = 24


def make_staff_sheets(document: Document, names: Names) -> Iterator[Sheet]:
    """Give the sheets of a run's or a comparison's document: none where nobody answers."""
    answering = [stage for stage in document.get("stages", ()) if stage.get("reply_within")]
    if answering:
        yield _answers_sheet(answering, names)
    teams: list[tuple[tuple[str, ...], Document]] = [((), team) for team in document.get("teams", ())]
    if "scenarios" in document:
        worlds = [(text("base", names.language), document["base"])]
        worlds += [(clean(scenario["label"]), scenario) for scenario in document["scenarios"]]
        teams = [((label,), team) for label, world in worlds for team in world.get("teams", ())]
    if teams:
        yield _teams_sheet(teams, document["currency"], names)
    if any("by_hour" in team for _, team in teams):
        yield _hours_sheet([team for _, team in teams], names)


def _answers_sheet(stages: Sequence[Document], names: Names) -> Sheet:
    language = names.language
    targets = list_targets(stages[0], language)
    waits = ("mean", "p50", "p90")
    headings = [text("stage", language), text("replies.answered", language)]
    headings += [text(f"wait.{name}", language) for name in waits]
    rows = tuple(
        (
            names.stage(stage["stage"]),
            stage["answered"],
            *(stage["wait"][name] for name in waits),
            *(reply["share"] for reply in stage["reply_within"]),
        )
        for stage in stages
    )
    formats = (PLAIN, TENTHS, *[CENTS] * 3, *[SHARE] * len(targets))
    return Sheet(text("sheet.answers", language), (*headings, *targets), formats, rows)


def _teams_sheet(teams: Sequence[tuple[tuple[str, ...], Document]], currency: str, names: Names) -> Sheet:
    language = names.language
    targets = list_targets(teams[0][1], language)
    world = [text("world", language)] if teams[0][0] else []
    columns = ("size", "served", "abandoned", "utilisation", "queue", "queue.open", "staff_hours", "staff_cost")
    headings = [*world, text("team", language), *(text(f"team.{column}", language) for column in columns), *targets]
    if currency:
        headings[headings.index(text("team.staff_cost", language))] += f", {clean(currency)}"
    rows = tuple(
        (
            *label,
            names.team(team["team"]),
            team["size"],
            *(team[column] for column in ("served", "abandoned", "utilisation")),
            team["queue"]["mean"],
            team["queue"]["open"],
            team["staff_hours"],
            team["staff_cost"],
            *(reply["share"] for reply in team["reply_within"]),
        )
        for label, team in teams
    )
    formats = (*[PLAIN] * len(world), PLAIN, WHOLE, TENTHS, TENTHS, SHARE, CENTS, CENTS, TENTHS, CENTS)
    return Sheet(text("sheet.teams", language), tuple(headings), (*formats, *[SHARE] * len(targets)), rows)


def _hours_sheet(teams: Sequence[Document], names: Names) -> Sheet:
    """A row for each team, measure and weekday, a column for each hour of the day."""
    language = names.language
    headings = (
        text("team", language),
        text("measure", language),
        text("sheet.weekday", language),
        *(f"{hour}:00" for hour in range(_DAY)),
    )
    rows: list[tuple[Cell, ...]] = []
    formats: list[str] = []
    shades: list[tuple[int, int, int, int]] = []
    for team in teams:
        for measure, shown in (("utilisation", SHARE), ("queue", CENTS)):
            first = len(rows) + 1
            hours = team["by_hour"]
            for start in range(0, len(hours), _DAY):
                day = hours[start : start + _DAY]
                weekday = text(f"day.{day[0]['weekday']}", language)
                label = text(f"team.{measure}", language)
                rows.append((names.team(team["team"]), label, weekday, *(hour[measure] for hour in day)))
                formats.append(shown)
            shades.append((first, 3, len(rows), 2 + _DAY))
    return Sheet(
        text("sheet.hours", language), headings, tuple(formats), tuple(rows), by_row=True, shades=tuple(shades)
    )
