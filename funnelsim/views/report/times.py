"""By when customers have bought or were lost: incidence in one replication, and exactly where it is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from funnelsim.errors import NotExact
from funnelsim.estimates import Interval
from funnelsim.exact.solution import Solution
from funnelsim.exact.solving import solve
from funnelsim.fitting.dates import DateFit, fit_dates, list_moves
from funnelsim.views.formats import format_interval, format_share, format_time
from funnelsim.views.plots import plot_dates, plot_outcomes
from funnelsim.views.report.blocks import Block, Grid, Heading, Paragraph
from funnelsim.views.report.frame import Frame

#: Points of a curve: closer together at its beginning, where most happens.
POINTS = 32
#: By then a curve has all but so many of the moves.
LEFT_OUT = 0.003
#: Times of the table, in days; those that the curves reach.
MARKS = (1 / 24, 0.25, 1.0, 3.0, 7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 365.0, 730.0, 1460.0)
#: Rows of the table at most.
MOST = 6


def show_times(frame: Frame) -> Iterator[Block]:
    """Give the curves of the base and their table; nothing where all happens at once."""
    times, _, _ = list_moves(frame.findings.log)
    end = float(np.quantile(times, 1.0 - LEFT_OUT)) if len(times) else 0.0
    marks = [mark for mark in MARKS if mark <= end][-MOST:]
    if not marks:
        return
    curve = [float(time) for time in end * (np.arange(1, POINTS + 1) / POINTS) ** 1.5]
    exact = _solve(frame, curve)
    yield Heading(frame.say("report.times"), "times")
    yield Paragraph(frame.say("report.times.exact" if exact else "report.times.simulated"))
    if exact:
        yield frame.drawer.draw(plot_dates, exact)
    yield frame.drawer.draw(plot_outcomes, frame.findings.log, curve, exact, funnel=frame.study.funnel)
    yield _tabulate(fit_dates(frame.findings.log, marks), frame)


def _solve(frame: Frame, times: Sequence[float]) -> Solution | None:
    try:
        return solve(frame.study.funnel, at=times)
    except NotExact:
        return None


def _tabulate(dates: Sequence[DateFit], frame: Frame) -> Grid:
    keys = ("exact.by", "won", "fit.interval", "lost", "open", "fit.interval")
    rows = tuple(
        (
            format_time(date.time, frame.language),
            *_tell(date.won, frame.language),
            format_share(sum(one.mean for one in date.lost), frame.language),
            *_tell(date.open, frame.language),
        )
        for date in dates
    )
    return Grid(tuple(map(frame.say, keys)), rows, caption=frame.say("report.times"))


def _tell(share: Interval, language: str) -> tuple[str, str]:
    return format_share(share.mean, language), format_interval(share.low, share.high, language, share=True)
