"""Pictures of survival: a fitted funnel against its data, and what a late answer costs."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from funnelsim.errors import InputError
from funnelsim.estimates import Interval
from funnelsim.eventlog import LOST, EventLog
from funnelsim.exact.solution import Solution
from funnelsim.exact.solving import solve
from funnelsim.fitting.dates import DateFit, fit_dates
from funnelsim.fitting.fit import Fit
from funnelsim.fitting.incidence import kaplan_meier
from funnelsim.fitting.risk_sets import CENSORED, make_risk_sets
from funnelsim.model import Funnel
from funnelsim.views.formats import decimals_of, format_number, format_share, format_time
from funnelsim.views.naming import Names, make_names
from funnelsim.views.plots.style import (
    BLACK,
    BLUE,
    GREY,
    LOSSES,
    PALE,
    WON,
    canvas,
    describe,
    put_legend,
    styled,
    wrap,
)
from funnelsim.views.texts import count, text

#: Causes that are drawn, those that lose most.
MOST = 4
#: How they look: the yellow of the areas would be a weak line.
LOOKS = (*LOSSES[:3], LOSSES[4])
#: Lines of the half, and of nine tenths.
DASHES = ((0.0, (5, 3)), (0.0, (1, 2)))
#: Quantile of the normal law for 95%.
Z = 1.959964
#: Times at which a picture of answers has a mark, in days.
MARKS = (1 / 1440, 5 / 1440, 30 / 1440, 2 / 24, 8 / 24, 1.0, 3.0, 7.0, 30.0)


@styled
def plot_incidence(fit: Fit, solution: Solution | None = None, *, ax: Axes | None = None, language: str = "en") -> Axes:
    """Draw who has bought and who was lost to what by a time since entering: data with bands, and the fitted funnel.

    Bands are the Aalen–Johansen estimates of `fit(…, at=…)` with 95% intervals; lines are the fitted funnel, by
    `solution`: of `fit.funnel` at the same times (by default made here). The causes that lose most are drawn. Returns
    the axes. Raises InputError for fewer than two times, NotExact where the fitted funnel has no exact answer.
    """
    dates = sorted(fit.dates, key=lambda date: date.time)
    if len(dates) < 2:
        raise InputError('plot_incidence: fit the history at two times at least, such as at="1 d, 7 d, 30 d, 90 d"')
    model = solution or solve(fit.funnel, at=[date.time for date in dates])
    return _draw_incidence(dates, fit.names.causes, model, make_names([fit.funnel], language), "plot.incidence", ax)


@styled
def plot_outcomes(
    log: EventLog,
    at: Sequence[float],
    solution: Solution | None = None,
    *,
    funnel: Funnel | None = None,
    ax: Axes | None = None,
    language: str = "en",
) -> Axes:
    """Draw who has bought and who was lost to what by the times `at` (days since entering), of one history.

    Bands are the Aalen–Johansen estimates with 95% intervals: whoever is still on the way is censored. Lines are the
    means of the bands, or `solution`: that of the funnel at the same times. funnel: gives the labels. The causes that
    lose most are drawn. Returns the axes. Raises InputError for fewer than two times.
    """
    if len(at) < 2:
        raise InputError("plot_outcomes: give two times at least, such as at=[1, 7, 30, 90]")
    dates = fit_dates(log, at)
    return _draw_incidence(
        dates, log.causes, solution, make_names([funnel] if funnel else [], language), "plot.outcomes", ax
    )


def _draw_incidence(
    dates: Sequence[DateFit],
    keys: Sequence[str],
    model: Solution | None,
    names: Names,
    title: str,
    ax: Axes | None,
) -> Axes:
    """Draw bands of what was seen, and lines of the model, or of the means of what was seen."""
    language = names.language
    band = "plot.outcomes.data" if title == "plot.outcomes" else "plot.incidence.data"
    times = [date.time for date in dates]
    expected = {date.time: date for date in model.at} if model else {}
    last = dates[-1].lost
    causes = sorted((c for c in range(len(last)) if last[c].mean > 0.0), key=lambda c: -last[c].mean)[:MOST]
    won = [date.won for date in dates]
    rows = [(text("fate.won", language), WON, won, [expected[t].won for t in times] if model else _means(won))]
    for cause, look in zip(causes, LOOKS, strict=False):
        seen = [date.lost[cause] for date in dates]
        line = [expected[t].lost.get(keys[cause], 0.0) for t in times] if model else _means(seen)
        rows.append((names.cause(keys[cause]), look, seen, line))
    ax = canvas(ax, 9.5, 6.0)
    told = []
    x = np.array([0.0, *times])
    for label, look, seen, line in rows:
        low, high = (np.array([0.0, *(getattr(one, end) for one in seen)]) for end in ("low", "high"))
        ax.fill_between(x, low, high, facecolor=look.colour, alpha=0.3, linewidth=0.0)
        ax.plot(x, [0.0, *line], label=wrap(label, 44, 1), **look.line())
        value = text(
            "plot.incidence.told" if model else "plot.outcomes.told",
            language,
            data=format_share(seen[-1].mean, language),
            low=format_share(float(low[-1]), language),
            high=format_share(float(high[-1]), language),
            model=format_share(line[-1], language),
        )
        told.append(text("plot.alt.value", language, label=label, value=value))
    ax.plot([], [], color=GREY, alpha=0.4, linewidth=8, label=text(band, language))
    ax.set_xlim(0.0, times[-1])
    ax.set_ylim(bottom=0.0)
    _count_shares(ax, language)
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: format_number(value, language, decimals_of(value, None, 2)))
    )
    ax.grid(axis="y")
    ax.set_xlabel(text("plot.dates.time", language))
    ax.set_ylabel(text("plot.dates.share", language))
    ax.set_title(text(title, language))
    put_legend(ax, 2, 0.65)
    when = f"{format_number(times[-1], language, 1)} {text('plot.dates.time', language)}"
    describe(ax, [f"{text(title, language)} ({when}).", *told])
    return ax


def _means(seen: Sequence[Interval]) -> list[float]:
    return [one.mean for one in seen]


@styled
def plot_replies(
    log: EventLog, stage: str, *, funnel: Funnel | None = None, ax: Axes | None = None, language: str = "en"
) -> Axes:
    """Draw which share of those who wait for an answer at a stage is lost if it takes so long.

    The Kaplan–Meier estimate with its 95% band (Greenwood): who leaves unanswered is lost, who is answered is censored
    then. Vertical lines: within what time half and nine tenths of the answered were answered. funnel: gives the labels.
    Returns the axes. Raises InputError for an unknown stage, and for one at which nobody waits, or is lost waiting.
    """
    if stage not in log.stages:
        close = difflib.get_close_matches(stage, log.stages, n=1)
        guess = f" (did you mean {close[0]!r}?)" if close else ""
        raise InputError(f"there is no stage {stage!r}{guess}; there is: {', '.join(log.stages)}")
    loss = _follow(log, stage)
    x, least, most = loss.times, float(loss.times[0]), float(loss.times[-1])
    names = make_names([funnel] if funnel else [], language)
    ax = canvas(ax, 9.5, 5.4)
    ax.fill_between(x, loss.low, loss.high, step="post", color=PALE)
    ax.step(x, loss.lost, where="post", color=BLUE, linewidth=2.0)
    told = []
    handles = [Line2D([], [], color=BLUE, linewidth=2.0, label=text("plot.replies.lost", language))]
    handles.append(Line2D([], [], color=PALE, linewidth=8, label=text("plot.interval", language)))
    for value, key, dashes in zip(loss.marks, ("half", "most"), DASHES, strict=True):
        time = format_time(value, language)
        label = text(f"plot.replies.{key}", language, time=time)
        ax.axvline(max(value, least), color=BLACK, linewidth=1.2, linestyle=dashes)
        handles.append(Line2D([], [], color=BLACK, linewidth=1.2, linestyle=dashes, label=label))
        told.append(f"{label}.")
    ax.set_xscale("log")
    ax.set_xlim(least, most)
    ax.set_ylim(0.0, min(1.0, 1.15 * float(loss.high.max()) or 1.0))
    ticks = [mark for mark in MARKS if least <= mark <= most] or [least, most]
    ax.set_xticks(ticks, [format_time(mark, language, short=True) for mark in ticks])
    ax.minorticks_off()
    _count_shares(ax, language)
    ax.grid(axis="y")
    for mark in ticks:
        place = int(np.searchsorted(x, mark, side="right")) - 1
        shown = format_share(float(loss.lost[place]), language, 0)
        told.append(text("plot.replies.told", language, time=format_time(mark, language), share=shown))
    title = text("plot.replies", language, stage=names.stage(stage))
    ax.set_title(wrap(title, 60, 2))
    ax.set_xlabel(text("plot.replies.time", language))
    ax.set_ylabel(text("plot.replies.share", language))
    put_legend(ax, 2, 0.65, handles=handles)
    people = count("customers", loss.customers, language)
    describe(ax, [f"{title} ({people}).", *told])
    return ax


def _count_shares(ax: Axes, language: str) -> None:
    """Write shares on the vertical axis, with a decimal where they are no whole per cents."""

    def write(value: float, _: int | None) -> str:
        return format_share(value, language, 0 if abs(100.0 * value - round(100.0 * value)) < 1e-6 else 1)

    ax.yaxis.set_major_formatter(FuncFormatter(write))


@dataclass(frozen=True, slots=True, eq=False)
class _Loss:
    """The share lost unanswered by a time of waiting, with its band [times]; marks: the median and 90% of answers."""

    times: NDArray[np.float64]
    lost: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    marks: tuple[float, float]
    customers: int


def _follow(log: EventLog, stage: str) -> _Loss:
    visits = _waiting(log, stage)
    answered = np.isfinite(visits["started"])
    gone = ~answered & (visits["outcome"] == LOST)
    ends = np.where(gone, visits["left"], log.watched[1][visits["customer"]])
    waits = np.where(answered, visits["started"], ends) - visits["entered"]
    known = np.isfinite(waits) & (answered | (waits > 0.0))  # who is lost on entering has not waited
    answered, gone, waits = answered[known], gone[known], waits[known]
    if not (answered & (waits > 0.0)).any():
        raise InputError(f"plot_replies: nobody waits for an answer at stage {stage!r}")
    if not gone.any():
        raise InputError(f"plot_replies: nobody who waits for an answer at stage {stage!r} is lost")
    found = kaplan_meier(make_risk_sets(waits, np.where(gone, 0, CENSORED), number=1))
    lost = 1.0 - found.survival
    half = Z * np.sqrt(found.survival_variance)
    replies = waits[answered]
    half_of, most_of = np.quantile(replies, [0.5, 0.9]).tolist()
    least = max(min(float(replies[replies > 0.0].min()), float(found.times[0])), 1.0 / 86400.0)
    most = max(float(found.times[-1]), float(replies.max()), 2.0 * least)
    x = np.concatenate([[least], np.maximum(found.times, least), [most]])
    y, low, high = (
        np.concatenate([[0.0], values, values[-1:]])
        for values in (lost, np.maximum(lost - half, 0.0), np.minimum(lost + half, 1.0))
    )
    return _Loss(x, y, low, high, (half_of, most_of), len(waits))


def _waiting(log: EventLog, stage: str) -> NDArray[Any]:
    """Return the visits to a stage at which an answer was waited for.

    Those that joined the queue of a team; where there is none, those at touchpoints at which somebody waited.
    """
    visits = log.visits[log.visits["stage"] == log.stages.index(stage)]
    queued = visits["team"] >= 0
    if queued.any():
        return np.asarray(visits[queued])
    waited = visits["started"] > visits["entered"]
    return np.asarray(visits[np.isin(visits["touchpoint"], visits["touchpoint"][waited])])
