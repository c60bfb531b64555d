"""Who answers, how soon and at what cost: reply times by stage, teams, busiest hours, what a scenario changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import RenderableType

from funnelsim.views.formats import NOTHING, SPACE, decimals_of, format_number, format_share, format_time
from funnelsim.views.naming import Names
from funnelsim.views.stories import decimals_for, join
from funnelsim.views.tables import Cell, Money, grid, heading, paragraph
from funnelsim.views.texts import text

Document = Mapping[str, Any]

#: Hours of the week that a sentence names.
BUSIEST = 3


def has_replies(stages: Iterable[Document]) -> bool:
    """Return whether anybody answers at any of the stages."""
    return any(stage.get("reply_within") for stage in stages)


def show_replies(stages: Sequence[Document], names: Names, width: int) -> list[RenderableType]:
    """Return the table of how soon people are answered at each stage with a response; nothing where there is none."""
    language = names.language
    shown = [stage for stage in stages if stage.get("reply_within")]
    if not shown:
        return []
    headings = [text("stage", language), text("replies.answered", language)]
    headings += [text(f"replies.{name}", language) for name in ("mean", "p50", "p90")]
    headings += list_targets(shown[0], language)
    decimals = decimals_for(min(stage["answered"] for stage in shown))
    rows: list[list[Cell]] = [
        [
            names.stage(stage["stage"]),
            format_number(stage["answered"], language, decimals),
            *(format_time(stage["wait"][name], language, short=True) for name in ("mean", "p50", "p90")),
            *(format_share(reply["share"], language) for reply in stage["reply_within"]),
        ]
        for stage in shown
    ]
    return [
        heading(text("replies.title", language)),
        grid(headings, rows, width),
        paragraph(text("replies.hint", language), width=width),
    ]


def list_targets(answered: Document, language: str) -> list[str]:
    """Return the headings of the shares answered within each target: `In 2 min`."""
    times = (format_time(reply["time"], language, short=True) for reply in answered["reply_within"])
    return [text("replies.within", language, time=time) for time in times]


def show_teams(teams: Sequence[Document], names: Names, money: Money, width: int) -> list[RenderableType]:
    """Return the table of teams and their busiest hours in words; nothing where there are no teams."""
    language = names.language
    if not teams:
        return []
    columns = ("size", "utilisation", "queue", "served", "abandoned", "staff_hours", "staff_cost")
    headings = [text("team", language), *(text(f"team.{column}", language) for column in columns)]
    decimals = decimals_for(*(team[column] for team in teams for column in ("served", "abandoned")))
    rows: list[list[Cell]] = [
        [
            names.team(team["team"]),
            format_number(team["size"], language),
            format_share(team["utilisation"], language),
            _format(team["queue"]["mean"], language),
            *(format_number(team[column], language, decimals) for column in ("served", "abandoned")),
            format_number(team["staff_hours"], language, 0 if team["staff_hours"] >= 100 else 1),
            money.spread({"mean": team["staff_cost"]}).mean,
        ]
        for team in teams
    ]
    told = [sentence for team in teams if (sentence := tell_busiest(team, names))]
    return [
        heading(text("teams.title", language)),
        grid(headings, rows, width),
        paragraph(text("teams.hint", language), width=width),
        *(paragraph(sentence, width=width) for sentence in told),
    ]


def tell_busiest(team: Document, names: Names) -> str:
    """Return the busiest hours of a team's week and that of the longest queue; empty where it has nothing to do."""
    language = names.language
    hours = [hour for hour in team["by_hour"] if hour["utilisation"]]
    parts = []
    if hours:
        busiest = sorted(hours, key=lambda hour: -hour["utilisation"])[:BUSIEST]
        named = [f"{_hour(hour, language)} ({format_share(hour['utilisation'], language, 0)})" for hour in busiest]
        parts.append(text("teams.busiest", language, hours=", ".join(named)))
    longest = max(team["by_hour"], key=lambda hour: hour["queue"] or 0.0, default=None)
    if longest is not None and (waiting := _format(longest["queue"], language)) not in ("0", NOTHING):
        parts.append(text("teams.longest", language, hour=_hour(longest, language), n=waiting))
    return f"{names.team(team['team'])}: {join(parts)}." if parts else ""


def tell_changes(base: Document, scenario: Document, names: Names, money: Money) -> list[str]:
    """Return a sentence for each team that is not the same in both worlds: people, load, answers, cost."""
    before = {team["team"]: team for team in base.get("teams", ())}
    after = {team["team"]: team for team in scenario.get("teams", ())}
    told = []
    for name in dict.fromkeys((*before, *after)):
        pair = [_figures(world.get(name), names.language, money) for world in (before, after)]
        parts = [
            text("teams.part", names.language, what=what, base=here, scenario=there)
            for what in dict.fromkeys((*pair[0], *pair[1]))
            if (here := pair[0].get(what, NOTHING)) != (there := pair[1].get(what, NOTHING))
        ]
        if parts:
            told.append(text("teams.changed", names.language, team=names.team(name), parts=join(parts)))
    return told


def _figures(team: Document | None, language: str, money: Money) -> dict[str, str]:
    """Return what a sentence says of a team, as it is shown: name of the figure to figure."""
    nobody, nothing = text("teams.part.size", language), text("teams.part.staff_cost", language)
    if team is None:
        return {nobody: "0", nothing: f"0{SPACE}{money.unit}".rstrip()}
    figures = {
        nobody: format_number(team["size"], language),
        text("teams.part.utilisation", language): format_share(team["utilisation"], language),
    }
    for reply in team["reply_within"]:
        time = format_time(reply["time"], language, short=True)
        figures[text("teams.part.within", language, time=time)] = format_share(reply["share"], language)
    cost = money.spread({"mean": team["staff_cost"]}).mean
    if team["staff_cost"]:
        figures[nothing] = f"{cost}{SPACE}{money.unit}".rstrip()
    return figures


def _hour(hour: Document, language: str) -> str:
    """Return an hour of the week: `Mon 9–10`."""
    number = hour["hour"]
    return f"{text('day.' + hour['weekday'], language)}{SPACE}{number}–{number + 1}"


def _format(value: float | None, language: str) -> str:
    """Return a number of people waiting, to two decimals at most."""
    return format_number(value, language, decimals_of(value or 0.0, None, 2))
