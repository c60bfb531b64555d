"""Leaks: people and money lost, lifts, splits and elasticities, against numbers that can be worked out by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnelsim.errors import InputError, NotExact
from funnelsim.exact.leaking import find_leakage
from funnelsim.exact.solving import solve
from funnelsim.files.loading import loads
from funnelsim.histories import history
from funnelsim.leakage import Leaks, Part, leaks_document, levels_table, parts_table
from funnelsim.logfiles import write_log
from funnelsim.losses import leaks
from funnelsim.model import Funnel, Run
from funnelsim.observing import observe, read_record, record_log

SHOP = """
stages:
  - {name: window, causes: {distracted: 40%, forgot: 20%}}
  - {name: shop, causes: {no_trust: 30%}}
  - {name: purchase, revenue: 1000}
"""
RACES = "stages:\n" + "\n".join(
    f"  - {{name: s{i}, takes: {{exponential: {{rate: {forward} / d}}}}, "
    f"causes: {{{cause}: {{time_to_loss: {{exponential: {{rate: {loss} / d}}}}}}}}{end}}}"
    for i, (forward, loss, cause, end) in enumerate(
        zip((0.1, 0.08, 0.05, 0.04), (0.2, 0.1, 0.05, 0.08), ("apathy", "shyness", "no_trust", "changed_mind"),
            ("", "", "", ", revenue: 1"), strict=True)
    )
)  # fmt: skip


def funnel(text: str) -> Funnel:
    """The funnel of a text."""
    return loads(f"funnelsim: 1\n{text}").funnel


def part(found: Leaks, cause: str) -> Part:
    """The row of a cause."""
    return next(one for one in found.causes if one.cause == cause)


@pytest.fixture(scope="module")
def shop() -> Leaks:
    """The leaks of the smallest useful funnel."""
    return leaks(funnel(SHOP))


def test_the_smallest_funnel_by_hand(shop: Leaks) -> None:
    """Of 10,000, 52% are lost at the window in proportion to −ln .6 and −ln .8; without a cause the others remain."""
    assert (shop.method, shop.narrowest) == ("exact", "window")
    assert shop.revenue.mean == pytest.approx(3_360_000.0)
    distracted, forgot, no_trust = (part(shop, cause) for cause in ("distracted", "forgot", "no_trust"))
    share = math.log(0.6) / math.log(0.48)
    assert distracted.people.mean == pytest.approx(5200 * share)
    assert distracted.revenue.mean == pytest.approx(10_000 * (0.8 - 0.48) * 700)
    assert distracted.most.mean == pytest.approx(5200 * share * 700)
    assert distracted.removed.mean == pytest.approx(2_240_000.0)
    assert distracted.removed_most.mean == pytest.approx(5200 * share * 700)
    assert forgot.removed.mean == pytest.approx(10_000 * (0.6 - 0.48) * 700)
    assert no_trust.halved.mean == pytest.approx(4_800_000 * (math.sqrt(0.7) - 0.7))
    # R = 10⁷ exp(−Σh): the elasticity to a hazard is −h, to a stage's hazards minus their sum.
    assert distracted.elasticity.mean == pytest.approx(math.log(0.6), rel=1e-6)
    window = shop.stages[0]
    assert window.elasticity.mean == pytest.approx(math.log(0.48), rel=1e-6)
    assert window.point.mean == pytest.approx(100 * 700.0)
    assert window.onward.mean == pytest.approx(700.0)
    assert math.isnan(shop.stages[2].dropped.mean)
    assert shop.top.mean == 1.0
    assert math.isnan(shop.answers.mean)
    assert shop.total.mean == pytest.approx(6_640_000.0)


def test_dropping_a_stage_of_constant_losses_multiplies_conversion(shop: Leaks) -> None:
    """With independent constant losses it is multiplied by 1/(1 − loss)."""
    for stage, loss in (("window", 0.52), ("shop", 0.30)):
        level = next(one for one in shop.stages if one.stage == stage)
        assert 1.0 + level.dropped.mean / shop.revenue.mean == pytest.approx(1.0 / (1.0 - loss), rel=1e-13)
        assert level.removed.mean == pytest.approx(level.dropped.mean, rel=1e-13)


def test_shapley_of_the_races_adds_up() -> None:
    """Removing four racing causes, all 16 sets: the split adds up, and each is between its first and its last place."""
    found = leaks(funnel(f"sources: {{all: {{batch: 1000}}}}\n{RACES}"))
    assert sum(one.shapley.mean for one in found.causes) == pytest.approx(found.total.mean, rel=1e-12)
    assert sum(one.shapley.mean for one in found.sides) == pytest.approx(found.total.mean, rel=1e-12)
    assert found.total.mean == pytest.approx(1000 - 1000 * (1 / 3) * (4 / 9) * 0.5 * (1 / 3))
    for one in found.causes:
        assert one.shapley.mean > one.removed.mean
    assert part(found, "apathy").shapley.mean == pytest.approx(part(found, "changed_mind").shapley.mean, rel=1e-12)
    # Elasticity of f/(f + λ) to λ: −λ/(f + λ).
    assert part(found, "shyness").elasticity.mean == pytest.approx(-0.1 / 0.18, rel=1e-5)


def test_more_who_pass_are_worth_the_derivative() -> None:
    """Four stages with ways back: visits × worth of going forward is dP/dp (METHODS: computed with 30 digits)."""
    forward, back = [0.30, 0.45, 0.50, 0.25], [0.0, 0.05, 0.10, 0.08]
    lines = []
    for i, name in enumerate("abcd"):
        passed = forward[i] + back[i]
        ways = f"next: [{{to: {'abcd'[i - 1]}, share: {back[i] / passed!r}}}], " if back[i] else ""
        money = "revenue: 1" if name == "d" else ""
        lines.append(f"  - {{name: {name}, {ways}causes: {{apathy: {{chance: {1 - passed!r}, at: exit}}}}, {money}}}")
    text = "stages:\n" + "\n".join(lines[:3]) + "\n" + lines[3].replace("revenue: 1", "")
    text += "\n  - {name: paid, revenue: 1}"
    solution = solve(funnel(text))
    found = solution.visits[:4] * solution.value[1:5]
    assert found == pytest.approx([0.0634570291, 0.0437194657, 0.0391144966, 0.0749500333], abs=1e-10)
    passages = find_leakage(funnel(text), Run()).passages
    onward = [
        (forward[i] * solution.value[i + 1] + (back[i] * solution.value[i - 1] if back[i] else 0.0))
        / (forward[i] + back[i])
        for i in range(4)
    ]
    assert [one.onward for one in passages[:4]] == pytest.approx(onward, rel=1e-12)


def test_a_clock_is_valued_at_the_time_it_rings() -> None:
    """Of two clocks against an exponential end, going on without one is to race the other: closed forms."""
    text = """
stages:
  - name: a
    takes: {exponential: {rate: 0.3 / d}}
    causes:
      apathy: {time_to_loss: {exponential: {rate: 0.2 / d}}}
      shyness: {time_to_loss: 5 d}
  - {name: b, revenue: 10}
"""
    found = leaks(funnel(f"sources: {{all: {{batch: 100}}}}\n{text}"))
    left = math.exp(-0.5 * 5)
    passed = 0.6 * (1 - left)
    assert part(found, "shyness").people.mean == pytest.approx(100 * left)
    assert part(found, "shyness").revenue.mean == pytest.approx(100 * (0.6 - passed) * 10)
    assert part(found, "apathy").revenue.mean == pytest.approx(100 * (1 - math.exp(-1.5) - passed) * 10)
    # A fixed time has no hazard that could be halved.
    assert part(found, "shyness").halved.mean == 0.0
    assert part(found, "shyness").elasticity.mean == 0.0


def test_money_lost_once_is_the_lift_of_removing_it() -> None:
    """At stages that nobody visits twice, what a cause of one stage loses is what comes back without it."""
    text = """
segments: {big: {share: 30%, changes: [{scale: stages.*.causes.no_trust, by: 0.5}]}}
stages:
  - name: a
    takes: {gamma: {mean: 3 d, sd: 2 d}}
    causes: {apathy: {time_to_loss: {weibull: {shape: 0.7, scale: 20 d}}}, no_trust: 20%}
  - name: b
    response: {wait: {exponential: {mean: 2 h}}}
    causes: {slow_response: {patience: {exponential: {mean: 5 h}}}, shyness: 10%}
    revenue: 50
    margin: 40%
"""
    found = leaks(funnel(text))
    for one in found.causes:
        assert one.revenue.mean == pytest.approx(one.removed.mean, rel=1e-9)
        assert one.profit.mean == pytest.approx(0.4 * one.revenue.mean, rel=1e-9)
        assert 0.0 < one.revenue.mean <= one.most.mean * (1 + 1e-12)
        assert one.removed.mean <= one.removed_most.mean * (1 + 1e-12)
    assert {one.segment for one in found.leaks} == {"", "big"}
    assert found.answers.mean == pytest.approx(found.stages[1].response.mean)
    assert found.answers.mean < 0.0
    # 5 h against 2 h: R ~ 5/(5 + w), its elasticity −w/(5 + w).
    assert found.answers.mean == pytest.approx(-2 / 7, rel=1e-5)


def test_deals_that_are_open_leak_too() -> None:
    """The open deals' losses and money are in; the top of the funnel moves only what arrives."""
    text = """
sources: {all: {arrivals: 1 / d}}
pipeline: {offer: 50}
stages:
  - {name: lead, causes: {no_trust: 50%}}
  - {name: offer, takes: {exponential: {mean: 9 d}}, causes: {apathy: {chance: 50%, at: exit}}, revenue: 8}
"""
    found = leaks(funnel(text), horizon="100 d")
    assert part(found, "apathy").people.mean == pytest.approx(50.0)
    assert part(found, "apathy").revenue.mean == pytest.approx(50 * 8.0)
    assert found.top.mean == pytest.approx(0.5)
    assert "followed to the end" in found.notes[0].en


def test_nobody_lost_and_nobody_passing() -> None:
    """Without losses there is nothing to say; behind a certain loss the worth of going on is not known."""
    assert leaks(funnel("stages: [{name: a, revenue: 1}]")).causes == ()
    dead = leaks(funnel("stages: [{name: a, causes: {spam: 100%}, next: [{to: b}]}, {name: b, revenue: 1}]"))
    assert math.isnan(dead.causes[0].revenue.mean)
    assert dead.causes[0].removed.mean == pytest.approx(10_000.0)
    assert leaks_document(dead, "en")["causes"][0]["revenue"]["mean"] is None


@settings(max_examples=6)
@given(st.lists(st.floats(0.01, 0.9), min_size=3, max_size=5), st.integers(0, 4))
def test_any_chain_of_constant_losses(losses: list[float], twice: int) -> None:
    """The split adds up to the whole; a cause without hazard changes nothing; dropping multiplies by 1/(1 − loss)."""
    names = ("apathy", "shyness", "no_trust", "spam", "forgot")
    own = [names[min(i, twice)] for i in range(len(losses))]
    lines = [f"  - {{name: s{i}, causes: {{{own[i]}: {loss!r}}}}}" for i, loss in enumerate(losses)]
    text = "stages:\n" + "\n".join(lines) + "\n  - {name: pay, revenue: 7}"
    found = leaks(funnel(text))
    assert sum(one.shapley.mean for one in found.causes) == pytest.approx(found.total.mean, rel=1e-10)
    assert found.total.mean + found.revenue.mean == pytest.approx(70_000.0, rel=1e-12)
    for level, loss in zip(found.stages, losses, strict=False):
        assert 1.0 + level.dropped.mean / found.revenue.mean == pytest.approx(1.0 / (1.0 - loss), rel=1e-9)
    again = leaks(funnel(text.replace("{name: s0, causes: {", "{name: s0, causes: {touchpoint_down: 0%, ")))
    assert leaks_document(again, "en")["causes"] == leaks_document(found, "en")["causes"]


def test_a_log_shows_what_the_solver_expects() -> None:
    """People and money of each leak in a history of 60,000 are within 4.4 standard errors of the exact ones.

    The errors are those over 12 logs of 5,000 customers each.
    """
    text = """
segments: {big: {share: 40%, changes: [{scale: stages.*.causes.no_trust, by: 0.4}]}}
stages:
  - name: a
    takes: {gamma: {mean: 3 d, sd: 2 d}}
    causes: {no_trust: 30%, apathy: {time_to_loss: {exponential: {mean: 6 d}}}, shyness: 10%}
  - {name: b, takes: 2 d, causes: {apathy: {chance: 30%, at: exit}, no_trust: {chance: 20%, at: exit}}, revenue: 9}
"""
    one = funnel(f"sources: {{all: {{batch: 5000}}}}\n{text}")
    exact = {(leak.stage, leak.cause, leak.segment): leak for leak in find_leakage(one, Run()).losses}
    seen = [
        {(leak.stage, leak.cause, leak.segment): leak for leak in observe(record_log(log)).losses}
        for log in (history(one, seed=5, replication=number) for number in range(12))
    ]
    assert seen[0].keys() == exact.keys()
    for place, leak in exact.items():
        for name in ("people", "revenue", "most"):
            found = np.array([getattr(row[place], name) for row in seen])
            error = found.std(ddof=1) / math.sqrt(len(found))
            assert abs(found.mean() - getattr(leak, name)) <= 4.4 * error, (place, name)


def test_a_file_of_a_history_is_its_log(tmp_path: Path) -> None:
    """The CSV and the log give the same leaks, but for the profit, which only the log tells apart."""
    log = history(funnel(SHOP), seed=1)
    write_log(log, tmp_path / "log.csv")
    ours, theirs = leaks(read_record(tmp_path / "log.csv")), leaks(log)
    assert (ours.method, ours.narrowest) == ("observed", "window")
    for one, other in zip(ours.causes, theirs.causes, strict=True):
        assert (one.cause, one.side, one.people.mean) == (other.cause, other.side, other.people.mean)
        assert one.revenue.mean == pytest.approx(other.revenue.mean)
        assert math.isnan(one.profit.mean)
        assert other.profit.mean == pytest.approx(other.revenue.mean)
        assert math.isnan(one.removed.mean)
    assert leaks(log.table).won.mean == theirs.won.mean
    assert "independent" in ours.notes[1].en


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "here is no customer, segment, stage, entered, left, outcome, cause, value"),
        ("customer,segment,stage,entered,left,outcome,cause,value\n1,,a,0,1,gone,,0\n", "found 'gone'"),
        ("customer,segment,stage,entered,left,outcome,cause,value\n1,,a,soon,1,lost,x,0\n", "log.csv:2: entered"),
        ("customer,segment,stage,entered,left,outcome,cause,value\n", "the log is empty"),
        ("", "this is no table"),
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """What a file lacks, or has wrong, is said in one line."""
    (tmp_path / "log.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_record(tmp_path / "log.csv")


TEAM = """
sources: {all: {arrivals: 8 / d}}
teams: {sales: {size: 1}}
stages:
  - name: call
    response: {team: sales, service: {exponential: {mean: 2 h}}}
    causes: {slow_response: {patience: {exponential: {mean: 3 h}}}, shyness: 10%}
  - {name: purchase, revenue: 100, causes: {no_trust: 20%}}
"""


def test_teams_are_simulated_in_pairs() -> None:
    """With a team lifts have intervals; the split adds up, and stages without losses have no elasticity."""
    found = leaks(funnel(TEAM), horizon="60 d", replications=5)
    assert found.method == "simulation"
    # Halving takes R = exp(−h) to exp(−h/2): (h/2)/ln ½.
    assert part(found, "slow_response").removed.low > 0.0
    assert sum(one.shapley.mean for one in found.causes) == pytest.approx(found.total.mean, rel=1e-9)
    assert found.stages[0].response.high < 0.0
    assert 0.0 < found.top.mean < 1.0
    assert part(found, "no_trust").elasticity.mean == pytest.approx(0.5 * math.log(0.8) / math.log(2.0), abs=0.04)
    assert "team `sales`" in found.notes[0].en
    with pytest.raises(NotExact):
        leaks(funnel(TEAM), horizon="60 d", method="exact")
    with pytest.raises(InputError, match="orders: expected at least 2"):
        leaks(funnel(TEAM), horizon="60 d", orders=1)


def test_too_many_causes_are_split_by_drawn_orders() -> None:
    """Of 13 causes orders are drawn: a note says how many, each part has an error, and they add up."""
    keys = [f"own_{number}" for number in range(13)]
    causes = ", ".join(f"{key}: {{chance: {number + 3}%}}" for number, key in enumerate(keys))
    text = f"causes: {{{', '.join(f'{key}: {{side: buyer}}' for key in keys)}}}\n"
    found = leaks(funnel(f"{text}stages: [{{name: a, causes: {{{causes}}}}}, {{name: b, revenue: 1}}]"), orders=20)
    assert found.orders == 20
    assert sum(one.shapley.mean for one in found.causes) == pytest.approx(found.total.mean, rel=1e-10)
    assert all(one.shapley.low < one.shapley.mean < one.shapley.high for one in found.causes)
    assert "20 drawn ones" in found.notes[-1].en


def test_the_value_has_tables_a_line_and_a_page(shop: Leaks) -> None:
    """A row per stage, cause and segment; plain JSON in both languages; an HTML form."""
    assert shop.table[["stage", "cause", "side", "segment"]].to_numpy().tolist() == [
        ["window", "distracted", "buyer", ""],
        ["window", "forgot", "buyer", ""],
        ["shop", "no_trust", "company", ""],
    ]
    assert shop.table["revenue"].sum() == pytest.approx(4_520_000.0)
    assert parts_table(shop.causes)["removed"].tolist()[0] == pytest.approx(2_240_000.0)
    assert levels_table(shop)["stage"].tolist() == ["window", "shop", "purchase"]
    assert repr(shop).startswith("Leaks(exact: 6640 losses, narrowest window, without any loss +")
    assert "<table" in shop._repr_html_()
    for language in ("en", "ru"):
        document = json.loads(json.dumps(leaks_document(shop, language), allow_nan=False))
        assert document["narrowest"] == "window"
        assert document["total"]["mean"] == pytest.approx(6_640_000.0)
        assert len(document["leaks"]) == 3
