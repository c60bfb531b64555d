"""Teams over the week: how busy they are and how many wait, hour by hour."""

from __future__ import annotations

import difflib

import numpy as np
from matplotlib.axes import Axes

from funnelsim.errors import InputError
from funnelsim.tallies import WEEKDAYS, Tally, hours_table
from funnelsim.views.formats import format_number, format_share
from funnelsim.views.naming import make_names
from funnelsim.views.plots.fields import draw_field
from funnelsim.views.plots.style import canvas, describe, styled
from funnelsim.views.texts import text

HOURS = 24
#: What is drawn of a team.
SHOWN = ("utilisation", "queue")


@styled
def plot_week(
    tally: Tally, team: str, measure: str = "utilisation", *, ax: Axes | None = None, language: str = "en"
) -> Axes:
    """Draw an hour of the week as a field: how busy a team is, or how many wait for it on average.

    measure: utilisation or queue. Hours in which nobody works are hatched where utilisation is drawn. Returns the
    axes. Raises InputError for an unknown team or measure.
    """
    if measure not in SHOWN:
        raise InputError(f"measure: expected {' or '.join(SHOWN)}, not {measure!r}")
    table = hours_table(tally)
    known = list(dict.fromkeys(table["team"]))
    if team not in known:
        close = difflib.get_close_matches(team, known, n=1)
        guess = f" (did you mean {close[0]!r}?)" if close else ""
        raise InputError(f"there is no team {team!r}{guess}; there is: {', '.join(known) or 'none'}")
    values = table.loc[table["team"] == team, measure].to_numpy(dtype=float).reshape(len(WEEKDAYS), HOURS)
    names = make_names([tally.funnel], language)
    ax = canvas(ax, 11.0, 4.4)
    most = 1.0 if measure == "utilisation" else float(np.nanmax(values, initial=0.0)) or 1.0

    def show(value: float) -> str:
        return format_number(100 * value, language) if measure == "utilisation" else _queue(value, language)

    draw_field(ax, values, most, show)
    ax.set_yticks(np.arange(len(WEEKDAYS)) + 0.5, [text(f"day.{day}", language) for day in WEEKDAYS])
    ax.set_xticks(np.arange(0, HOURS, 2) + 0.5, [f"{hour}:00" for hour in range(0, HOURS, 2)])
    title = text(f"plot.week.{measure}", language, team=names.team(team))
    ax.set_title(title)
    ax.set_xlabel(text(f"plot.week.{measure}.hint", language), loc="left")
    describe(ax, [title + ".", *_tell(values, measure, language)])
    return ax


def _queue(value: float, language: str) -> str:
    return format_number(value, language, 0 if value >= 9.95 else 1)


def _tell(values: np.ndarray, measure: str, language: str) -> list[str]:
    """Return a sentence for each day: its most loaded hour."""
    told = []
    for day, row in zip(WEEKDAYS, values, strict=True):
        if np.isfinite(row).any() and np.nanmax(row) > 0.0:
            hour = int(np.nanargmax(row))
            value = row[hour]
            shown = format_share(value, language, 0) if measure == "utilisation" else _queue(value, language)
            told.append(
                text("plot.alt.hour", language, day=text(f"day.{day}", language), hour=f"{hour}:00", value=shown)
            )
    return told
