"""Pictures: what they say is in the result, no label is cut or covers another, and each has its words."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from funnelsim import InputError, choose, compare, fit, history, leaks, loads, sensitivity, simulate, solve
from funnelsim.adequacy.checking import hold_out
from funnelsim.comparison import Comparison
from funnelsim.model import Study
from funnelsim.views.plots import (
    alt_text,
    plot_check,
    plot_convergence,
    plot_curve,
    plot_dates,
    plot_frontier,
    plot_funnel,
    plot_incidence,
    plot_journey,
    plot_leaks,
    plot_ledger,
    plot_lifts,
    plot_losses,
    plot_outcomes,
    plot_plane,
    plot_replies,
    plot_times,
    plot_tornado,
    plot_waterfall,
    plot_week,
)
from funnelsim.views.plots.style import ink_on, styled, wrap

LANGUAGES = ("en", "ru")
LONG = "A stage whose name is as long as names of stages get"
CAUSES = (
    "forgot",
    "distracted",
    "apathy",
    "no_trust",
    "inconvenient",
    "spam",
    "shyness",
    "competitor_offer",
    "no_next_step",
)


def _write(stages: int) -> str:
    """Return a study with so many stages, each with three causes, of nine in all; one goes back, one is passed over."""
    lines = [
        "funnelsim: 1",
        "funnel:",
        "  funnelsim: 1",
        "  currency: RUB",
        "  sources: {all: {batch: 400}}",
        "  stages:",
    ]
    for i in range(stages):
        losses = ", ".join(f"{CAUSES[(3 * i + k) % 9]}: 3%" for k in range(3))
        label = f"{{en: '{LONG} {i}', ru: 'Этап с очень длинным названием номер {i}'}}"
        rest = f"label: {label}, takes: {i + 1} d, causes: {{{losses}}}"
        if i == 1 and stages > 3:
            rest += ", next: [{to: s3, share: 20%}]"
        if i == stages - 1:
            rest += ", revenue: 125000, next: [{to: s0, share: 20%}]"
        lines.append(f"    - {{name: s{i}, {rest}}}")
    lines += [
        "interventions:",
        "  first:",
        "    label: {en: Half of what is lost at the very first stage, ru: Вдвое меньше потерь на первом этапе}",
        "    changes: [{scale: stages.s0.causes.*, by: 0.5}]",
        "  second: {changes: [{scale: stages.s1.causes.*, by: 0.5}]}",
        "scenarios: [first, second, {name: both, interventions: [first, second]}]",
        "run: {replications: 6, seed: 3}",
    ]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module", params=[4, 14])
def study(request: pytest.FixtureRequest) -> Study:
    """A study with few or many stages, with long labels in both languages."""
    return loads(_write(request.param))


@pytest.fixture(scope="module")
def comparison(study: Study) -> Comparison:
    """Its comparison."""
    return compare(study)


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    plt.close("all")


def _texts(ax: Axes) -> list[tuple[Text, Any]]:
    """Return the visible texts of a picture with their boxes in pixels, after layout."""
    figure = ax.figure
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()  # type: ignore[no-untyped-call]
    hidden = set(map(id, _undrawn(ax)))
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [(text, text.get_window_extent()) for text in found if id(text) not in hidden]


def _undrawn(ax: Axes) -> Iterator[Text]:
    """Give the texts that are there but not drawn: labels of ticks outside the limits, and of axes switched off."""
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.majorTicks, *axis.minorTicks):
            if not ax.axison or not low <= tick.get_loc() <= high:
                yield from (tick.label1, tick.label2)
        if not ax.axison:
            yield axis.label


def _assert_tidy(ax: Axes) -> None:
    """No text is cut by the edge of the picture, and none covers another."""
    texts = _texts(ax)
    width, height = ax.figure.canvas.get_width_height()
    for text, box in texts:
        assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= -1, text.get_text()
    level = [(text, box) for text, box in texts if text.get_rotation() in (0.0, 90.0)]
    for (one, a), (other, b) in itertools.combinations(level, 2):
        apart = a.x1 <= b.x0 + 0.5 or b.x1 <= a.x0 + 0.5 or a.y1 <= b.y0 + 0.5 or b.y1 <= a.y0 + 0.5
        assert apart, (one.get_text(), other.get_text())
    slanted = [(text, box) for text, box in texts if text.get_rotation() not in (0.0, 90.0)]
    for (text, a), (_, b) in itertools.pairwise(slanted):
        # Parallel lines of text are apart if the distance between them is more than the height of a line.
        line = float(text.get_fontsize()) * ax.figure.dpi / 72
        assert abs(a.x1 - b.x1) * math.sin(math.radians(text.get_rotation())) >= 0.9 * line


@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_of_a_comparison_are_tidy(study: Study, comparison: Comparison, language: str) -> None:
    """With 4 and with 14 stages, in both languages, labels neither overlap nor are cut."""
    tally = comparison.base.tally
    pictures: list[Callable[[], Axes]] = [
        lambda: plot_funnel(tally, language=language),
        lambda: plot_losses(tally, language=language),
        lambda: plot_lifts(comparison, language=language),
        lambda: plot_lifts(comparison, "profit", language=language),
        lambda: plot_waterfall(comparison, "both", language=language),
        lambda: plot_ledger(comparison, "both", language=language),
        lambda: plot_convergence(comparison, "first", language=language),
        lambda: plot_journey(history(study.funnel, run=study.run), funnel=study.funnel, language=language),
        lambda: plot_dates(solve(study.funnel, at="1 d, 10 d, 40 d, 80 d"), language=language),
    ]
    _assert_all_tidy(pictures, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_of_answers_are_tidy(study: Study, comparison: Comparison, language: str) -> None:
    """So are those of sensitivity, budgets, money lost, costs and effects, and a fit against its data."""
    found, choice, lost = sensitivity(study, method="exact"), choose(study, 5000.0), leaks(study.funnel, run=study.run)
    log = history(study.funnel, run=study.run)
    fitted = fit(log, at="3 d, 10 d, 40 d, 80 d", draws=10)
    pictures: list[Callable[[], Axes]] = [
        lambda: plot_tornado(found, study=study, language=language),
        lambda: plot_curve(found, study=study, language=language),
        lambda: plot_frontier(choice, language=language),
        lambda: plot_leaks(lost, funnel=study.funnel, language=language),
        lambda: plot_plane(comparison, language=language),
        lambda: plot_incidence(fitted, solve(study.funnel, at="3 d, 10 d, 40 d, 80 d"), language=language),
        lambda: plot_outcomes(log, [3.0, 10.0, 40.0, 80.0], funnel=study.funnel, language=language),
    ]
    _assert_all_tidy(pictures, language)


CHECKED = """
funnelsim: 1
sources: {web: {arrivals: 12 / d}}
stages:
  - {name: lead, takes: {exponential: {mean: 2 d}}, causes: {no_trust: 20%}}
  - {name: payment, takes: {exponential: {mean: 3 d}}, revenue: {lognormal: {mean: 90, sd: 30}}}
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_of_a_check_are_tidy(language: str) -> None:
    """So are shares, stages, arrivals and times beside their forecast."""
    found = hold_out(history(loads(CHECKED).funnel, seed=1, horizon=90.0), cut=60.0, at="3 d, 10 d", draws=20)
    pictures: list[Callable[[], Axes]] = [
        lambda: plot_check(found, language=language),
        lambda: plot_check(found, "stages", language=language),
        lambda: plot_check(found, "arrivals", language=language),
        lambda: plot_times(found, language=language),
    ]
    _assert_all_tidy(pictures, language)
    with pytest.raises(InputError, match="expected outcomes, stages, arrivals"):
        plot_check(found, "times")


def _assert_all_tidy(pictures: list[Callable[[], Axes]], language: str) -> None:
    for picture in pictures:
        ax = picture()
        _assert_tidy(ax)
        assert len(alt_text(ax)) > 40
        assert bool(re.search("[а-яё]", alt_text(ax))) == (language == "ru")
        plt.close()


def test_a_funnel_shows_the_numbers_of_its_table() -> None:
    """Bars are the visits, passed and lost of the exact answer: 1,000 × (.48 lost at the first stage: 1 − .6·.8)."""
    funnel = loads(
        "funnelsim: 1\nstages:\n  - {name: a, causes: {forgot: 40%, apathy: 20%}}\n  - {name: b, revenue: 1}\n"
    ).funnel
    ax = plot_funnel(solve(funnel))
    widths = {container.get_label(): [bar.get_width() for bar in container] for container in ax.containers}
    assert widths["Passed"] == pytest.approx([480.0, 480.0])
    assert sum(np.array(w) for label, w in widths.items() if label != "Passed") == pytest.approx([520.0, 0.0])
    # 520 shared in proportion to −ln .6 and −ln .8 (competing chances): 361.9 and 158.1.
    assert "a: 1,000 come, 480 pass; lost: Forgot 362; Apathy, reluctance to act 158." in alt_text(ax)


def test_a_forest_shows_the_intervals(comparison: Comparison) -> None:
    """Points and lines of the forest are the means and intervals of the lifts, in thousands."""
    ax = plot_lifts(comparison)
    points = [float(np.asarray(line.get_xdata())[0]) for line in ax.lines if line.get_marker() == "o"]
    lifts = [one.lift["revenue"] for one in comparison.scenarios]
    assert np.allclose(points, [lift.mean / 1000.0 for lift in lifts])
    thick = [np.asarray(line.get_xdata()) for line in ax.lines if line.get_linewidth() == 5]
    assert np.allclose(thick, [[lift.low / 1000.0, lift.high / 1000.0] for lift in lifts])


def test_a_waterfall_adds_up(comparison: Comparison) -> None:
    """The steps lead from the base to the scenario: the last but one ends where the last begins."""
    ax = plot_waterfall(comparison, "both")
    bars = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    ends = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in bars]
    assert len(bars) == 5
    for (_, end), (start, _) in itertools.pairwise(ends[:-1]):
        assert start == pytest.approx(end)
    assert ends[-2][1] == pytest.approx(ends[-1][1])


def test_a_waterfall_needs_each_intervention_alone(study: Study) -> None:
    """Without a scenario for each intervention alone there is nothing to add up, and the error names what lacks."""
    from dataclasses import replace

    both = next(one for one in study.scenarios if one.name == "both")
    with pytest.raises(
        InputError, match="add a scenario with each intervention alone \\(missing: 'first', 'second'\\)"
    ):
        plot_waterfall(compare(replace(study, scenarios=(both,))), "both")


def test_a_ledger_of_nobody_says_so() -> None:
    """Where nobody's fate changes, the picture says it in words."""
    study = loads(_write(4).replace("by: 0.5", "by: 1"))
    ax = plot_ledger(compare(study, replications=2), "first")
    assert "Nobody's fate changes." in alt_text(ax)


WEEK = """funnelsim: 1
sources: {ads: {arrivals: 20 / d}}
teams: {sales: {size: 1, hours: [Mon-Fri 09:00-18:00], cost: 10 / h}}
stages:
  - name: call
    response: {team: sales, service: 20 min}
    causes: {slow_response: {patience: {exponential: {mean: 2 d}}}}
  - {name: buy, revenue: 10}
run: {replications: 3, seed: 1, horizon: 21 d}
"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("measure", ["utilisation", "queue"])
def test_a_week_is_tidy_and_closed_at_night(measure: str, language: str) -> None:
    """The load of a team has a field for each hour, empty where nobody works; its words name the fullest hours."""
    study = loads(WEEK)
    tally = simulate(study.funnel, run=study.run)
    ax = plot_week(tally, "sales", measure, language=language)
    _assert_tidy(ax)
    values: np.ndarray = np.ma.filled(np.ma.asarray(ax.collections[0].get_array()), np.nan)
    assert values.shape == (7, 24)
    assert np.isnan(values[5:]).all() == (measure == "utilisation")
    assert ("9:00" if measure == "utilisation" else "8:00") in alt_text(ax)  # most wait when nobody has come yet


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_late_answer_costs_what_the_clock_says(language: str) -> None:
    """Patience is exponential with a mean of two days: of those who would wait for t, 1 − exp(−t/2) are lost.

    Kaplan–Meier of one replication with some 400 customers; the band is 95%, and is met at a day for this seed.
    """
    study = loads(WEEK)
    ax = plot_replies(history(study.funnel, run=study.run), "call", funnel=study.funnel, language=language)
    _assert_tidy(ax)
    line = next(line for line in ax.lines if len(np.asarray(line.get_xdata())) > 2)
    x, y = (np.asarray(data, dtype=float) for data in line.get_data())
    assert y[np.searchsorted(x, 1.0, side="right") - 1] == pytest.approx(1.0 - math.exp(-0.5), abs=0.08)
    assert bool(re.search("[а-яё]", alt_text(ax))) == (language == "ru")


def test_a_tornado_has_the_bars_of_its_table(study: Study) -> None:
    """Bars are the moves of the widest numbers, in the unit of the axis, and the first is the widest."""
    found = sensitivity(study, method="exact", by="won")
    ax = plot_tornado(found, study=study)
    wide = [bar.get_width() for container in ax.containers for bar in container if bar.get_width() != 0.0]
    moves = [move for bar in found.bars[:15] for move in (bar.low, bar.high) if move != 0.0]
    assert sorted(wide) == pytest.approx(sorted(moves))
    assert abs(wide[0]) == pytest.approx(found.bars[0].swing) or abs(wide[1]) == pytest.approx(found.bars[0].swing)


def test_a_plane_has_the_means_of_costs_and_revenue(comparison: Comparison) -> None:
    """Marks are at (all costs, revenue) beside the base: profit is their difference."""
    ax = plot_plane(comparison)
    marks = next(line for line in ax.lines if line.get_marker() == "o")
    x, y = (np.asarray(data, dtype=float) for data in marks.get_data())
    assert y - x == pytest.approx([one.lift["profit"].mean / 1000.0 for one in comparison.scenarios])
    assert y == pytest.approx([one.lift["revenue"].mean / 1000.0 for one in comparison.scenarios])


def test_unknown_names_are_refused_with_what_there_is() -> None:
    """An unknown team, measure or scenario is one error that says what there is."""
    study = loads(WEEK)
    tally = simulate(study.funnel, run=study.run, replications=1)
    with pytest.raises(InputError, match="there is no team 'sale' \\(did you mean 'sales'\\?\\)"):
        plot_week(tally, "sale")
    with pytest.raises(InputError, match="measure: expected utilisation or queue"):
        plot_week(tally, "sales", "load")
    with pytest.raises(InputError, match="there is no stage 'cal' \\(did you mean 'call'\\?\\)"):
        plot_replies(history(study.funnel, run=study.run), "cal")
    with pytest.raises(InputError, match="nobody waits for an answer at stage 'buy'"):
        plot_replies(history(study.funnel, run=study.run), "buy")
    with pytest.raises(InputError, match="a simulated sensitivity has no curves"):
        plot_curve(sensitivity(study, replications=1))
    with pytest.raises(InputError, match="two times at least"):
        plot_dates(solve(loads("funnelsim: 1\nstages: [{name: a, revenue: 1}]\n").funnel))


def test_style_is_left_as_it_was() -> None:
    """Drawing changes no setting of matplotlib outside, and draws on the axes that it is given."""
    before = dict(mpl.rcParams)
    given = plt.subplots()[1]
    funnel = loads("funnelsim: 1\nstages: [{name: a, causes: {forgot: 10%}, revenue: 1}]\n").funnel
    assert plot_funnel(solve(funnel), ax=given) is given
    assert dict(mpl.rcParams) == before


def test_ink_is_readable() -> None:
    """Black on light, white on dark (WCAG 2.2: the better contrast of the two)."""
    assert ink_on("#FFFFFF") == "#000000"
    assert ink_on("#08306B") == "#FFFFFF"


def test_long_labels_are_shortened() -> None:
    """What does not fit into the lines ends with an ellipsis."""
    assert wrap("one two three four", 7, 2).endswith("…")
    assert wrap("", 7) == ""


def test_a_notebook_goes_on_showing_pictures() -> None:
    """What Jupyter turns on when the first figure is made (`interactive`) outlives the style of the picture."""
    before = mpl.is_interactive()

    @styled
    def draw() -> Axes:
        mpl.interactive(b=not before)
        return plt.figure().add_subplot()

    try:
        draw()
        plt.close()
        assert mpl.is_interactive() is not before
    finally:
        mpl.interactive(before)
