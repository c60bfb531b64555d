"""The verbs about teams: more people or fewer, other hours.

Each function edits the canonical document that it is given (whoever calls makes the copy), puts values in as the
change writes them, and returns what it assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from funnelsim.causes import Label
from funnelsim.files import team_assumptions as assumptions
from funnelsim.files.effects import Document
from funnelsim.files.paths import ChangeError, NothingMatchedError, hint
from funnelsim.files.wording import Mistakes, show
from funnelsim.files.working_hours import hours_of_week, read_hours, write_hours

Change = Mapping[str, Any]


def team_at(document: Document, name: object, key: str) -> Document:
    """Return a team by its name. Raises NothingMatchedError with the names nearest."""
    if not isinstance(name, str):
        raise ChangeError(f"expected the name of a team, found {show(name)}", key)
    teams: dict[str, Document] = document.get("teams", {})
    if name not in teams:
        raise NothingMatchedError(f"there is no team `{name}`{hint(name, teams)}", key)
    return teams[name]


def staff(document: Document, change: Change) -> list[Label]:
    """Give a team more people, or fewer: `{staff: sales, by: 2}`."""
    name, by = change["staff"], change["by"]
    team = team_at(document, name, "staff")
    whole = int(by) if isinstance(by, float) and by.is_integer() else by
    if isinstance(whole, bool) or not isinstance(whole, int):
        raise ChangeError(f"expected a whole number of people such as `2` or `-1`, found {show(by)}", "by")
    before, after = team["size"], team["size"] + whole
    if after < 1:
        raise ChangeError(f"`{name}` has a size of {before}, and {-whole} fewer would leave nobody to answer", "by")
    team["size"] = after
    return [assumptions.staffed(name, team, before)] if whole else []


def set_hours(document: Document, change: Change) -> list[Label]:
    """Give a team other hours: `{hours: sales, to: [Mon-Sun 09:00-21:00]}`."""
    name = change["hours"]
    team = team_at(document, name, "hours")
    try:
        spans = read_hours(change["to"])
    except Mistakes as error:
        place = next((f"to.{path[0]}" for path, _ in error.found if path), "to")
        raise ChangeError(str(error), place) from None
    except ValueError as error:
        raise ChangeError(str(error), "to") from None
    before = hours_of_week(read_hours(team["hours"]) if "hours" in team else ())
    had = team.pop("hours", None)
    if spans:
        team["hours"] = write_hours(spans)
    return [] if had == team.get("hours") else [assumptions.rescheduled(name, team, before, hours_of_week(spans))]
