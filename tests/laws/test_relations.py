"""Relations that must hold between two worlds: change one thing, and only what it touches differs.

The numbering follows the list of sixteen in docs/model.md; those that need teams or another engine are not here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funnelsim.files.changes import apply
from funnelsim.files.loading import loads

World = Callable[..., Any]

RICH = """\
funnelsim: 1
sources:
  ads: {arrivals: 9 / d, cost: 3}
  fairs: {batch: 60, at: 2 d, enters: look}
budgets: {attention: {has: {exponential: {mean: 30}}, cause: low_attention, renews: purchase}}
segments:
  big: {share: 30%, changes: [{scale: stages.*.causes.competitor_offer, by: 0.6}]}
  regular: {changes: [{scale: stages.*.causes.no_trust, by: 0.3}]}
causes:
  forgot: {forgetting: {half_life: 6 d, decay: 0.5}}
stages:
  - name: see
    spends: {attention: 2}
    takes: {exponential: {mean: 1 d}}
    causes: {distracted: 20%, forgot: default}
  - name: look
    spends: {attention: 3}
    takes: {gamma: {shape: 2, scale: 1 d}}
    response: {wait: {lognormal: {median: 4 h, sigma: 1}}}
    causes:
      no_trust: 15%
      slow_response: {patience: {weibull: {scale: 12 h, shape: 0.8}}}
      competitor_offer: {time_to_loss: {exponential: {rate: 0.05 / d}}}
      changed_mind: {time_to_loss: {loglogistic: {shape: 2, scale: 20 d}}, exposure: deciding}
    touchpoints:
      - {name: site, share: 60%, availability: 95%}
      - {name: phone, share: 40%, causes: {shyness: 10%}}
    next: [{to: later, share: 10%}]
  - name: later
    aside: true
    takes: 7 d
    causes: {forgot: {times: 2, reminders: {every: 3 d, cost: 1}}}
    next: [{to: look}]
  - name: buy
    takes: {exponential: {mean: 2 d}}
    loses: {share: 25%, at: exit, split: {limited_resources: 2, terms_unsuitable: 1}}
    revenue: {lognormal: {mean: 500, sd: 300}}
    margin: 40%
    referrals: {mean: 0.15, after: {exponential: {mean: 9 d}}}
    next: [{to: look, share: 30%, after: {exponential: {mean: 10 d}}, as: regular}, {end: won}]
"""
WINDOW = {"horizon": 60.0, "seed": 3}


def in_hours(text: str) -> str:
    """The same funnel with every day called an hour: durations and rates are 24 times as fast."""
    text = re.sub(r"([\d.]+) h\b", lambda m: f"{float(m[1]) / 24!r} h", text)
    text = re.sub(r"([\d.]+) d\b", lambda m: f"{m[1]} h", text)
    return text.replace("/ d", "/ h")


def test_1_units_of_time_do_not_matter(world: World) -> None:
    """Days called hours: the same histories, 24 times as fast."""
    days, hours = world(RICH, **WINDOW), world(in_hours(RICH), horizon=2.5, seed=3)
    assert days.customers["key"].tolist() == hours.customers["key"].tolist()
    for column in ("customer", "stage", "outcome", "cause", "to", "value"):
        assert days.visits[column].tolist() == hours.visits[column].tolist()
    np.testing.assert_allclose(hours.visits["left"] * 24.0, days.visits["left"], rtol=1e-12)


def test_2_names_do_not_matter_when_keys_stay(world: World) -> None:
    """Stages renamed with their old names as keys: the same draws, times and money."""
    renamed = RICH.replace("name: see", "name: увидел, key: see".replace(", ", "\n    "))
    renamed = renamed.replace("name: buy", "name: купил\n    key: buy")
    a, b = world(RICH, **WINDOW), world(renamed, **WINDOW)
    assert b.plan.stages == ("увидел", "look", "later", "купил")
    assert a.visits.tobytes() == b.visits.tobytes()


def test_3_the_order_of_causes_and_sources_in_the_file_does_not_matter(world: World) -> None:
    """Causes and sources written the other way round: the same digest and the same histories."""
    lines = RICH.splitlines()
    ads, fairs = lines[2], lines[3]
    no_trust = next(i for i, line in enumerate(lines) if "no_trust: 15%" in line)
    lines[2], lines[3] = fairs, ads
    lines[no_trust], lines[no_trust + 2] = lines[no_trust + 2], lines[no_trust]
    turned = "\n".join(lines)
    assert turned != RICH
    assert loads(turned).funnel.digest == loads(RICH).funnel.digest
    a, b = world(RICH, **WINDOW), world(turned, **WINDOW)
    assert a.histories() == b.histories()


def test_4_a_cause_split_in_two_halves_loses_the_same_in_total() -> None:
    """Two halves of a hazard add up to it: the total hazard at entry is the same to 1e-12."""
    whole = loads("{funnelsim: 1, stages: [{name: a, causes: {apathy: 19%}}]}").funnel
    half = 1.0 - math.sqrt(1.0 - 0.19)
    split = loads(f"{{funnelsim: 1, stages: [{{name: a, causes: {{apathy: {half!r}, shyness: {half!r}}}}}]}}").funnel

    def total(stage: Any) -> float:
        return math.fsum(chance.hazard for chance in stage.touchpoints[0].entry)

    assert total(split.stages[0]) == pytest.approx(total(whole.stages[0]), rel=1e-12)


@pytest.mark.parametrize(
    "cause",
    [
        "apathy: 0%",
        "apathy: {chance: 20%, times: 0}",
        "apathy: {times: 0, time_to_loss: {exponential: {mean: 1 d}}}",
    ],
)
def test_5_a_cause_without_hazard_changes_nothing(world: World, cause: str) -> None:
    """Adding a cause with hazard 0 leaves every history as it was, bit for bit."""
    added = RICH.replace("no_trust: 15%", f"no_trust: 15%\n      {cause}")
    assert world(added, **WINDOW).visits.tobytes() == world(RICH, **WINDOW).visits.tobytes()


def test_6_an_empty_stage_moves_nobody(world: World) -> None:
    """A stage that loses nobody and takes no time: the same fates, and the same histories without its rows."""
    study = loads(RICH)
    added = apply(study.funnel, {"add_stage": {"name": "nothing"}, "after": "see"})
    a, b = world(study.funnel, **WINDOW), world(added, **WINDOW)
    assert a.fates() == b.fates()
    without = {key: [row for row in rows if row[0] != "nothing"] for key, rows in b.histories().items()}
    for key, rows in a.histories().items():
        changed = [(*row[:2], "look" if row[2] == "nothing" else row[2], *row[3:]) for row in without[key]]
        assert changed == rows


@pytest.mark.parametrize("factor", [0.5, 0.9])
def test_7_a_weaker_cause_loses_nobody_new_at_a_visit(world: World, factor: float) -> None:
    """Who arrives at a visit alike and passed it before passes it again when a hazard is lower."""
    study = loads(RICH)
    for cause in (
        "no_trust",
        "slow_response",
        "competitor_offer",
        "changed_mind",
        "touchpoint_down",
        "low_attention",
    ):
        weaker = apply(study.funnel, {"scale": f"stages.look.causes.{cause}", "by": factor})
        a, b = world(study.funnel, **WINDOW), world(weaker, **WINDOW)
        weak = b.histories()
        met = 0
        for key, rows in a.histories().items():
            for before, after in zip(rows, weak[key], strict=False):
                if before[:3] != after[:3] or before[3:8] != after[3:8]:
                    if before[0] == after[0] and before[4] == after[4]:  # same stage, entered alike
                        met += 1
                        assert before[1] != "", f"{cause}: passed before and was lost to {after[1]}"
                    break
        assert met > 0, f"{cause} never mattered: the test would prove nothing"


def test_10_twice_the_arrivals_leave_the_old_customers_alone(world: World) -> None:
    """Arrivals times 2 (and 1.5) add customers; everybody who came before lives the identical history."""
    study = loads(RICH)
    base = world(study.funnel, **WINDOW).histories()
    sizes = []
    for times in (1.5, 2.0):
        more = world(apply(study.funnel, {"scale": "sources.ads.arrivals", "by": times}), **WINDOW).histories()
        assert {key: more[key] for key in base} == base
        sizes.append(len(more) - len(base))
    assert 0 < sizes[0] < sizes[1]


def test_10_fewer_arrivals_are_some_of_the_same(world: World) -> None:
    """Arrivals times 0.5 keep about half of the customers, with the identical histories."""
    study = loads(RICH.replace("referrals: {mean: 0.15, after: {exponential: {mean: 9 d}}}", "referrals: {mean: 0}"))
    base = world(study.funnel, **WINDOW).histories()
    fewer = world(apply(study.funnel, {"scale": "sources.ads.arrivals", "by": 0.5}), **WINDOW).histories()
    assert {key: base[key] for key in fewer} == fewer
    assert len(fewer) < len(base) - 100


def test_11_twice_the_order_values_bring_exactly_twice_the_revenue(world: World) -> None:
    """Every order is exactly twice as large; nobody's way changes."""
    study = loads(RICH)
    double = world(apply(study.funnel, {"scale": "stages.buy.revenue", "by": 2}), **WINDOW)
    base = world(study.funnel, **WINDOW)
    assert math.fsum(double.visits["value"]) == 2.0 * math.fsum(base.visits["value"])
    assert double.visits["left"].tobytes() == base.visits["left"].tobytes()


@pytest.mark.parametrize(
    "change",
    [
        {"scale": "stages.*.causes.*", "by": 1},
        {"scale": "sources.ads.arrivals", "by": 1},
        {"price": "buy", "by": "0%"},
        {"set": "stages.see.takes", "to": {"exponential": {"mean": "1 d"}}},
        {"reroute": "look", "next": [{"to": "later", "share": "10%"}]},
    ],
)
def test_12_a_change_that_changes_nothing_moves_nobody(world: World, change: dict[str, Any]) -> None:
    """A factor of 1, a value set to what it was: bit for bit the same world."""
    study = loads(RICH)
    same = apply(study.funnel, change)
    assert world(same, **WINDOW).visits.tobytes() == world(study.funnel, **WINDOW).visits.tobytes()


def test_15_speeding_a_stage_up_keeps_its_shares(world: World) -> None:
    """Every clock of a stage twice as fast: the same people are lost to the same causes, in half the time."""
    slow = """\
funnelsim: 1
sources: {all: {batch: 500}}
stages:
  - name: a
    takes: {gamma: {shape: 2, scale: 4 d}}
    causes:
      competitor_offer: {time_to_loss: {weibull: {shape: 1.5, scale: 8 d}}}
      changed_mind: {time_to_loss: {lognormal: {median: 6 d, sigma: 0.7}}}
"""
    fast = slow.replace("4 d", "2 d").replace("8 d", "4 d").replace("6 d", "3 d")
    a, b = world(slow), world(fast)
    assert a.visits["cause"].tolist() == b.visits["cause"].tolist()
    np.testing.assert_allclose(a.visits["left"], 2.0 * b.visits["left"], rtol=1e-13)


def test_a_replication_can_be_made_alone(world: World) -> None:
    """Replication 5 is the same whatever was run before it, and is not replication 4."""
    fifth = world(RICH, replication=5, **WINDOW)
    world(RICH, replication=4, **WINDOW)
    again = world(RICH, replication=5, **WINDOW)
    assert fifth.visits.tobytes() == again.visits.tobytes()
    other = world(RICH, replication=4, **WINDOW)
    assert not set(fifth.customers["key"]) & set(other.customers["key"])


def test_whoever_never_visits_a_changed_stage_has_the_identical_history(world: World) -> None:
    """A change at `later` leaves everyone who was never put aside exactly as they were."""
    study = loads(RICH)
    changed = apply(study.funnel, {"set": "stages.later.takes", "to": "30 d"})
    a, b = world(study.funnel, **WINDOW).histories(), world(changed, **WINDOW).histories()
    untouched = [key for key, rows in a.items() if all(row[0] != "later" for row in rows)]
    assert 0 < len(untouched) < len(a)
    assert all(a[key] == b[key] for key in untouched)


def test_a_new_touchpoint_moves_only_those_who_choose_it(world: World) -> None:
    """With a third touchpoint everyone else keeps theirs."""
    study = loads(RICH)
    added = apply(study.funnel, {"add_touchpoint": "look", "touchpoint": {"name": "office", "share": "20%"}})
    a, b = world(study.funnel, **WINDOW), world(added, **WINDOW)

    def chosen(w: Any) -> dict[tuple[int, int], str]:
        rows = w.at("look")
        keys = w.customers["key"][rows["customer"]]
        return {
            (int(key), int(row["visit"])): w.plan.touchpoints[row["touchpoint"]]
            for key, row in zip(keys, rows, strict=True)
        }

    before, after = chosen(a), chosen(b)
    common = before.keys() & after.keys()
    assert {after[visit] for visit in common if after[visit] != before[visit]} == {"office"}
    share = sum(after[visit] == "office" for visit in common) / len(common)
    assert abs(share - 0.2) < 4.4 * math.sqrt(0.16 / len(common))


@pytest.mark.parametrize("loss", ["20%", "52%"])
def test_dropping_a_stage_with_independent_losses_divides_by_what_passed(world: World, loss: str) -> None:
    """No stage, no losses at that stage: whoever it lost goes on; conversion is multiplied by 1 / (1 − loss)."""
    text = (
        "funnelsim: 1\nsources: {all: {batch: 20000}}\nstages:\n"
        f"  - {{name: a, causes: {{distracted: 30%}}}}\n  - {{name: b, causes: {{no_trust: {loss}}}}}\n"
        "  - {name: c, causes: {apathy: 40%}}\n  - {name: pay, revenue: 1000}\n"
    )
    study = loads(text)
    a, b = world(study.funnel), world(apply(study.funnel, {"remove_stage": "b"}))
    before, after = a.fates(), b.fates()
    saved = [key for key, fate in before.items() if fate[1] == "b"]
    assert all(after[key] == fate for key, fate in before.items() if fate[1] != "b")
    assert {after[key][0] for key in saved} == {"won", "lost"}
    bought = sum(after[key][0] == "won" for key in saved)
    assert b.won() == a.won() + bought
    assert abs(bought - 0.6 * len(saved)) < 4.4 * math.sqrt(len(saved) * 0.24)
    passed = 1.0 - float(loss.rstrip("%")) / 100.0
    error = math.sqrt((1 - passed) / passed / a.won()) / passed
    assert abs(b.won() / a.won() - 1.0 / passed) < 4.4 * error


def test_a_removed_stage_sends_everyone_where_it_would_have(world: World) -> None:
    """Its routes and delays stay, with the same luck; its time, causes and rows are gone."""
    text = (
        "funnelsim: 1\nsources: {all: {batch: 300}}\nstages:\n"
        "  - {name: a, takes: 1 d}\n"
        "  - {name: b, takes: 4 d, next: [{to: d, share: 40%, after: 2 d}]}\n"
        "  - {name: c}\n  - {name: d}\n"
    )
    study = loads(text)
    a, b = world(study.funnel), world(apply(study.funnel, {"remove_stage": "b"}))
    assert b.at("b").size == 0
    to_d = {row["customer"] for row in a.at("b") if a.plan.stages[row["to"]] == "d"}
    assert 0 < len(to_d) < 300
    for row in b.at("a"):
        assert b.plan.stages[row["to"]] == ("d" if row["customer"] in to_d else "c")
    entered = {row["customer"]: row["entered"] for row in b.at("d")}
    assert {entered[customer] for customer in to_d} == {3.0}


def test_moved_earnings_are_the_same_money(world: World) -> None:
    """`earnings_to`: everyone pays at the next stage what they would have paid at the dropped one."""
    text = (
        "funnelsim: 1\nsources: {all: {batch: 300}}\nstages:\n"
        "  - {name: deposit, takes: 1 d, revenue: {lognormal: {mean: 100, sd: 80}}, margin: 30%}\n"
        "  - {name: rest, key: balance, takes: 1 d, next: [{to: deposit, share: 30%, after: 5 d}]}\n"
    ).replace("name: rest, key: balance", "name: balance")
    study = loads(text)
    a = world(study.funnel)
    b = world(apply(study.funnel, {"remove_stage": "deposit", "earnings_to": "balance"}))
    assert b.at("deposit").size == 0
    paid: dict[int, list[float]] = {}
    for row in a.at("deposit"):
        paid.setdefault(int(row["customer"]), []).append(float(row["value"]))
    moved: dict[int, list[float]] = {}
    for row in b.at("balance"):
        moved.setdefault(int(row["customer"]), []).append(float(row["value"]))
    assert moved == paid
    assert max(len(values) for values in paid.values()) > 2


def test_conservation_in_every_stage(world: World) -> None:
    """Who came into the funnel won, was lost, ended or is open; every visit leads to the visit it names."""
    w = world(RICH, **WINDOW)
    last = np.append(np.flatnonzero(np.diff(w.visits["customer"])), w.visits.size - 1)
    rows = w.visits
    assert np.all(np.diff(rows["customer"]) >= 0)
    going_on = (rows["outcome"][:-1] == 0) | ((rows["outcome"][:-1] == 1) & (rows["to"][:-1] >= 0))
    following = rows[1:][going_on & (np.diff(rows["customer"]) == 0)]
    previous = rows[:-1][going_on & (np.diff(rows["customer"]) == 0)]
    named = following["stage"] >= 0
    assert np.all(following["stage"][named] == previous["to"][named])
    assert np.all(following["entered"] >= previous["left"])
    stopped = set(rows["outcome"][last].tolist())
    assert stopped <= {1, 2, 3, 4}
    times = rows[["entered", "started", "served", "left"]]
    for earlier, later in (("entered", "started"), ("started", "served"), ("served", "left")):
        known = ~np.isnan(times[earlier]) & ~np.isnan(times[later])
        assert np.all(times[earlier][known] <= times[later][known])
