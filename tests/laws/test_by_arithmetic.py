"""Funnels whose answer is arithmetic: no luck is left in them, so every number is exact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

World = Callable[..., Any]

HEAD = "funnelsim: 1\nsources: {all: {batch: 7}}\n"


def test_fixed_times_add_up(world: World) -> None:
    """Seven customers who take 2, 3 and 5 days leave the stages on days 2, 5 and 10 and pay 100 each."""
    w = world(HEAD + "stages: [{name: a, takes: 2 d}, {name: b, takes: 3 d}, {name: c, takes: 5 d, revenue: 100}]")
    assert w.at("a")["left"].tolist() == [2.0] * 7
    assert w.at("b")["left"].tolist() == [5.0] * 7
    assert w.at("c")["left"].tolist() == [10.0] * 7
    assert w.revenue() == 700.0
    assert w.won() == 7


def test_the_earlier_fixed_clock_takes_everyone(world: World) -> None:
    """A clock at 3 days beats a stage of 4 days and a clock at 3.5 days; a clock at 4 days itself does not."""
    stage = "{name: a, takes: 4 d, causes: {no_trust: {time_to_loss: 3.5 d}, apathy: {time_to_loss: %s}}}"
    early = world(HEAD + f"stages: [{stage % '3 d'}]")
    assert early.lost("a", "apathy") == 7
    assert set(early.at("a")["left"]) == {3.0}
    on_time = world(HEAD + "stages: [{name: a, takes: 4 d, causes: {apathy: {time_to_loss: 4 d}}}]")
    assert on_time.won() == 7


def test_equal_rings_go_to_the_first_key(world: World) -> None:
    """Of two clocks that ring together, and of two certain losses, the first key in code-point order takes all."""
    clocks = "{name: a, takes: 4 d, causes: {shyness: {time_to_loss: 3 d}, apathy: {time_to_loss: 3 d}}}"
    assert world(HEAD + f"stages: [{clocks}]").lost("a", "apathy") == 7
    certain = "{name: a, causes: {shyness: 100%, no_trust: 100%}}"
    assert world(HEAD + f"stages: [{certain}]").lost("a", "no_trust") == 7


def test_an_answer_beats_a_farewell(world: World) -> None:
    """Who waits exactly as long as their patience is served; an hour more of waiting and they are gone."""
    text = HEAD + "stages: [{name: a, response: {wait: %s}, causes: {slow_response: {patience: 2 h}}, revenue: 1}]"
    assert world(text % "2 h").won() == 7
    late = world(text % "3 h")
    assert late.lost("a", "slow_response") == 7
    assert set(late.at("a")["left"]) == {2.0 / 24.0}


def test_clocks_of_the_whole_stage_go_on_from_where_waiting_left_them(world: World) -> None:
    """A stage clock at 5 days rings on day 5 after 2 days of waiting; a deciding clock at 5 days rings on day 7."""
    text = HEAD + (
        "stages: [{name: a, response: {wait: 2 d}, takes: 9 d, causes: {apathy: {time_to_loss: 5 d, exposure: %s}}}]"
    )
    assert set(world(text % "stage").at("a")["left"]) == {5.0}
    assert set(world(text % "deciding").at("a")["left"]) == {7.0}
    assert world(text % "waiting").won() == 7


def test_nothing_rings_during_a_service(world: World) -> None:
    """A service of 3 days between waiting and deciding postpones a stage clock by 3 days."""
    text = HEAD + (
        "stages: [{name: a, response: {wait: 1 d, service: 3 d}, takes: 9 d,"
        " causes: {apathy: {time_to_loss: 2 d, exposure: stage}}}]"
    )
    visits = world(text).at("a")
    assert set(visits["started"]) == {1.0}
    assert set(visits["served"]) == {4.0}
    assert set(visits["left"]) == {5.0}


def test_a_service_lasts_at_least_a_second(world: World) -> None:
    """A service of no time takes one second."""
    visits = world(HEAD + "stages: [{name: a, response: {wait: 0 d, service: 0 d}}]").at("a")
    assert set(visits["served"]) == {1.0 / 86_400.0}


def test_a_cap_on_the_wait_holds_for_everyone_at_full_share(world: World) -> None:
    """With `within: 1 h` for all, waits of 5 hours become 1 hour, and patience of 2 hours is never used up."""
    text = HEAD + (
        "stages: [{name: a, response: {wait: 5 h, within: {time: 1 h}}, causes: {slow_response: {patience: 2 h}}}]"
    )
    assert set(world(text).at("a")["left"]) == {1.0 / 24.0}


@pytest.mark.parametrize(("holds", "left"), [("", 5.0), (", holds: 1 d", 3.0), (", holds: 4 d", 5.0)])
def test_an_automatic_answer_holds_patience(world: World, holds: str, left: float) -> None:
    """Patience of 2 d and a first answer after 1 d: held for ever the person of day 5 is met; held 1 d it ends on 3."""
    text = HEAD + (
        f"stages: [{{name: a, response: {{wait: 5 d, automatic: {{time: 1 d{holds}}}}},"
        " causes: {slow_response: {patience: 2 d}}}]"
    )
    assert set(world(text).at("a")["left"]) == {left}


def test_an_automatic_answer_that_comes_too_late_holds_nothing(world: World) -> None:
    """Patience of 2 d rings before a first answer on day 3."""
    text = HEAD + (
        "stages: [{name: a, response: {wait: 5 d, automatic: {time: 3 d}}, causes: {slow_response: {patience: 2 d}}}]"
    )
    assert set(world(text).at("a")["left"]) == {2.0}


def test_same_call_spares_the_wait_and_the_service_of_the_next_stage(world: World) -> None:
    """After `same_call: true` the next stage begins to be decided at once; its causes still act."""
    text = HEAD + (
        "stages: [{name: a, takes: 1 d, next: [{to: b, same_call: true}]},"
        " {name: b, response: {wait: 3 d, service: 1 d}, takes: 2 d,"
        " causes: {slow_response: {patience: 1 h}, apathy: {time_to_loss: %s}}}]"
    )
    visits = world(text % "9 d").at("b")
    assert set(visits["served"]) == {1.0}
    assert set(visits["left"]) == {3.0}
    assert world(text % "1 d").lost("b", "apathy") == 7


def test_a_budget_takes_whoever_has_spent_it(world: World) -> None:
    """With 5 units of attention and stages of 2 each, everyone is lost on entering the third, none before."""
    text = HEAD + (
        "budgets: {attention: {has: 5, cause: low_attention}}\n"
        "stages: [{name: a, spends: {attention: 2}}, {name: b, spends: {attention: 2}},"
        " {name: c, spends: {attention: 2}}]"
    )
    assert world(text).lost("c", "low_attention") == 7


def test_a_budget_that_renews_is_full_after_a_purchase(world: World) -> None:
    """Three purchases of 2 units each empty a stock of 5 that never renews, and not one that does."""
    text = HEAD + (
        "budgets: {attention: {has: 5, cause: low_attention, renews: %s}}\n"
        "stages: [{name: a, spends: {attention: 2}, revenue: 1}, {name: b, spends: {attention: 2}, revenue: 1},"
        " {name: c, spends: {attention: 2}, revenue: 1}]"
    )
    assert world(text % "never").revenue() == 14.0
    assert world(text % "purchase").revenue() == 21.0


def test_first_visit_chances_act_once(world: World) -> None:
    """A loss at the first visit takes half of the newcomers and nobody who comes again."""
    text = (
        "funnelsim: 1\nsources: {all: {batch: 400}}\n"
        "stages: [{name: a, causes: {apathy: {chance: 50%%, visits: %s}}, next: [{to: a, share: 60%%}]}]"
    )
    first = world(text % "first").at("a")
    assert set(first["visit"][first["cause"] >= 0]) == {1}
    assert first["visit"].max() > 2
    every = world(text % "every").at("a")
    assert set(every["visit"][every["cause"] >= 0]) > {1, 2}


def test_costs_and_goods_are_counted_per_visit(world: World) -> None:
    """A visit costs 3, a reminder 2 (4 of them in 9 days at every 2 d), goods 60% of a price of 100."""
    text = HEAD + (
        "stages: [{name: a, cost: 3, takes: 9 d, revenue: 100, margin: 40%,"
        " causes: {forgot: {forgetting: {half_life: 1000000000 d}, reminders: {every: 2 d, cost: 2}}}}]"
    )
    visits = world(text).at("a")
    assert set(visits["visit_cost"]) == {3.0}
    assert set(visits["reminder_cost"]) == {8.0}
    assert np.allclose(visits["goods"], 60.0, rtol=1e-15)


def test_a_reminder_due_at_the_exit_counts(world: World) -> None:
    """In 6 days at every 2 d three reminders are due, the last at the exit itself."""
    text = HEAD + (
        "stages: [{name: a, takes: 6 d,"
        " causes: {forgot: {forgetting: {half_life: 1 d, decay: 5}, reminders: {every: 2 d, cost: 2}}}}]"
    )
    w = world(text)
    assert set(w.at("a")["reminder_cost"]) == {6.0}
    assert w.won() == 7, "a reminder at the exit is a contact: nobody has had time to forget"


def test_a_loss_ends_the_reminders(world: World) -> None:
    """Lost on day 5 of 9, a customer has had two reminders of every 2 d."""
    text = HEAD + (
        "stages: [{name: a, takes: 9 d, causes: {apathy: {time_to_loss: 5 d},"
        " forgot: {forgetting: {half_life: 1 d}, reminders: {every: 2 d, cost: 2}}}}]"
    )
    assert set(world(text).at("a")["reminder_cost"]) == {4.0}


def test_the_window_is_half_open(world: World) -> None:
    """Who would finish exactly at the horizon is still open; a reminder due then is not paid."""
    text = HEAD + (
        "stages: [{name: a, takes: 4 d, revenue: 1,"
        " causes: {forgot: {forgetting: {half_life: 9 d}, reminders: {every: 2 d, cost: 2}}}}]"
    )
    w = world(text, horizon=4.0)
    assert w.open() == 7
    assert set(w.at("a")["reminder_cost"]) == {2.0}


def test_a_delay_at_the_horizon_leaves_an_open_row_without_a_stage(world: World) -> None:
    """Between two stages when the window closes: the last row has no stage and is open."""
    text = HEAD + "stages: [{name: a, takes: 1 d, next: [{to: b, after: 5 d}]}, {name: b}]"
    w = world(text, horizon=4.0)
    assert w.at("b").size == 0
    assert int(np.sum(w.visits["stage"] == -1)) == 7
    assert w.open() == 7


def test_default_routes_pass_over_stages_aside(world: World) -> None:
    """Nobody comes to a stage aside without being sent there."""
    text = HEAD + (
        "stages: [{name: a}, {name: later, aside: true, takes: 1 d, next: [{to: b}]}, {name: b},"
        " {name: c, next: [{to: later, share: 0%}]}]"
    )
    w = world(text)
    assert w.at("later").size == 0
    assert w.at("b").size == 7


def test_unless_sends_away_whoever_fails_a_condition(world: World) -> None:
    """Conditions that always hold send nobody aside; one that never holds sends everybody."""
    text = (
        "funnelsim: 1\nsources: {all: {batch: 7}, direct: {batch: 1, enters: b}}\n"
        "stages: [{name: a, next: [{to: later, unless: {money: 100%%, need: %s}}]}, {name: b},"
        " {name: later, aside: true, next: [{end: won}]}]"
    )
    assert world(text % "100%").at("later").size == 0
    assert world(text % "0%").at("later").size == 7


def test_batches_and_dates_arrive_when_they_say(world: World) -> None:
    """A batch of 3 on day 2, and 4 and 5 customers on two dates counted from the start."""
    text = (
        "funnelsim: 1\nsources: {late: {batch: 3, at: 2 d}, fair: {dates: [[2024-01-04, 4], [2024-02-01, 5]]}}\n"
        "stages: [{name: a}]"
    )
    times, counts = np.unique(world(text).customers["arrived"], return_counts=True)
    assert times.tolist() == [2.0, 3.0, 31.0]
    assert counts.tolist() == [3, 4, 5]


def test_referrals_follow_their_parents(world: World) -> None:
    """Every referral arrives two days after its parent's completion, and everyone's money counts."""
    text = HEAD + "stages: [{name: a, takes: 1 d, revenue: 10, referrals: {mean: 0.7, after: 2 d}}]"
    w = world(text, seed=3)
    children = w.customers[w.customers["parent"] >= 0]
    assert children.size > 0
    parents = w.customers[children["parent"]]
    assert children["arrived"].tolist() == (parents["arrived"] + 1.0 + 2.0).tolist()
    assert not children["counted"].any()
    assert w.revenue() == 10.0 * w.size
