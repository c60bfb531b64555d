"""`scenarios/b2b_sales.yaml` and `scenarios/journey_map.yaml`: teams that answer in time or do not, and what it costs.

No number of the files is a datum, so nothing here is compared with one: the claims are those that the files make about
themselves, and what follows from the model whatever the numbers are. Comparisons between worlds are between the same
customers with the same luck; losses to slow response are asserted to fall by a twentieth, and fall by a tenth or more
with the seed of the file as with another.
"""

from __future__ import annotations

import math
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from funnelsim.comparison import Comparison, compare
from funnelsim.engines.journeys import Journeys
from funnelsim.engines.reference import run_replication
from funnelsim.eventlog import END, LOST, NEXT, OPEN, WON
from funnelsim.files.dumping import dumps
from funnelsim.files.loading import load, loads
from funnelsim.hours import is_open, make_schedule, open_days
from funnelsim.model import Funnel, Rate, Run, Stage, Study
from funnelsim.plan import Plan, make_plan

FOLDER = Path(__file__).parents[2] / "scenarios"
FILES = ("b2b_sales", "journey_map")
#: Windows in which everything that the files describe can happen.
SMALL = {"b2b_sales": 98.0, "journey_map": 60.0}
#: What a refusal is filed under in the CRM.
REASONS = ("spam", "competitor_offer", "changed_mind", "terms_unsuitable", "only_comparing")
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


@cache
def study(name: str) -> Study:
    """Return a file, loaded once."""
    return load(FOLDER / f"{name}.yaml")


def world(name: str, scenario: str) -> Funnel:
    """Return the funnel of a scenario, or the base for an empty name."""
    return next((one.funnel for one in study(name).scenarios if one.name == scenario), study(name).funnel)


@cache
def played(name: str, scenario: str = "") -> tuple[Plan, Run, Journeys]:
    """Return the first replication of a world in the small window."""
    settings = study(name).run
    run = Run(seed=settings.seed, start=settings.start, horizon=SMALL[name])
    plan = make_plan(world(name, scenario), run)
    return plan, run, run_replication(plan, run.seed, 0)


def losses(name: str, scenario: str, stage: str, cause: str) -> int:
    """Return how many are lost at a stage to a cause."""
    plan, _, journeys = played(name, scenario)
    visits = journeys.visits
    here = (visits["stage"] == plan.stages.index(stage)) & (visits["outcome"] == LOST)
    return int(np.count_nonzero(here & (visits["cause"] == plan.causes.index(cause))))


def busy(scenario: str) -> float:
    """Return the utilisation of the sales team in a world of `b2b_sales`: time in service per person and open time."""
    _, run, journeys = played("b2b_sales", scenario)
    team = world("b2b_sales", scenario).teams[0]
    horizon = SMALL["b2b_sales"]
    served = journeys.visits[(journeys.visits["team"] == 0) & ~np.isnan(journeys.visits["started"])]
    ends = np.where(np.isnan(served["served"]), horizon, np.minimum(served["served"], horizon))
    days = open_days(make_schedule(team.hours, team.closed, run.start), 0.0, horizon)
    return float((ends - served["started"]).sum() / (team.size * days))


@cache
def compared(name: str) -> Comparison:
    """Return all worlds of a file side by side, in a short window."""
    return compare(study(name), replications=2, horizon=40.0, warm_up=0.0)


# ---- the files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_file_warns_of_nothing_but_the_load(name: str) -> None:
    """The load is estimated from above: those whom clocks take are counted as served. Nothing else is doubtful."""
    assert study(name).warnings == ()


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_written_as_it_was_read(name: str) -> None:
    """`dump` keeps text and comments, and what it writes is read as the same study."""
    path = FOLDER / f"{name}.yaml"
    written = dumps(study(name))
    assert written == path.read_text(encoding="utf-8")
    again = loads(written, path=path)
    assert dumps(again) == written
    assert again.digest == study(name).digest


@pytest.mark.parametrize("name", FILES)
def test_every_loss_has_a_cause_that_has_a_name_in_both_languages(name: str) -> None:
    """Nobody is lost without a reason, and every reason is called in English and in Russian."""
    for scenario in ("", *(one.name for one in study(name).scenarios)):
        causes = {cause.key: cause.label for cause in world(name, scenario).causes}
        for label in causes.values():
            assert CYRILLIC.search(label.ru), label
            assert not CYRILLIC.search(label.en), label
    plan, _, journeys = played(name)
    lost = journeys.visits[journeys.visits["outcome"] == LOST]
    assert len(lost) > 1000
    assert set(lost["cause"].tolist()) <= set(range(len(plan.causes)))
    assert set(plan.causes) == {cause.key for cause in study(name).funnel.causes}


@pytest.mark.parametrize("name", FILES)
def test_visits_are_conserved(name: str) -> None:
    """Who enters a stage or is sent there visits it, or is on the way at the end; visits = completed + lost + open."""
    plan, _, journeys = played(name)
    visits = journeys.visits
    entering = visits[np.unique(visits["customer"], return_index=True)[1]]
    assert len(entering) == len(journeys.customers)
    under_way = np.flatnonzero(visits["stage"] < 0)
    assert (visits["outcome"][under_way] == OPEN).all()
    assert (visits["customer"][under_way] == visits["customer"][under_way - 1]).all()
    for number, stage in enumerate(plan.stages):
        here = visits[visits["stage"] == number]
        came = np.count_nonzero(entering["stage"] == number) + np.count_nonzero(visits["to"] == number)
        still_coming = np.count_nonzero(visits["to"][under_way - 1] == number)
        completed = sum(np.count_nonzero(here["outcome"] == outcome) for outcome in (NEXT, WON, END))
        lost = np.count_nonzero(here["outcome"] == LOST)
        assert len(here) == came - still_coming > 0, stage
        assert len(here) == completed + lost + np.count_nonzero(here["outcome"] == OPEN), stage


@pytest.mark.parametrize("name", FILES)
def test_every_scenario_is_another_world(name: str) -> None:
    """No scenario is idle: funnel and journeys are not those of the base."""
    base = played(name)[2]
    for scenario in study(name).scenarios:
        assert scenario.funnel.digest != study(name).funnel.digest, scenario.name
        assert played(name, scenario.name)[2].visits.tobytes() != base.visits.tobytes(), scenario.name


@pytest.mark.parametrize("name", FILES)
def test_every_intervention_is_used_and_has_a_cost(name: str) -> None:
    """Nothing is tried for free, and nothing is listed that no scenario tries."""
    found = study(name)
    used = {intervention.name for scenario in found.scenarios for intervention in scenario.interventions}
    assert used == {intervention.name for intervention in found.interventions}
    assert all(intervention.once + intervention.per_month > 0.0 for intervention in found.interventions)


@pytest.mark.parametrize("name", FILES)
def test_the_ledger_adds_up_to_the_lift(name: str) -> None:
    """Customer by customer, the money of the ledger is the expected lift in revenue of every scenario (to a rouble)."""
    found = compared(name)
    assert len(found.scenarios) == len(study(name).scenarios)
    for scenario in found.scenarios:
        total = math.fsum(row.revenue for row in scenario.ledger)
        assert total == pytest.approx(scenario.lift["revenue"].mean, abs=1.0), scenario.name


# ---- B2B sales ------------------------------------------------------------------------------------------------------


def test_the_stages_are_those_of_the_crm() -> None:
    """From the lead to the end, in the order of the deal, and `deferred` beside it."""
    stages = study("b2b_sales").funnel.stages
    names = [
        *("lead", "new_request", "qualified", "presentation", "offer_sent"),
        *("terms_agreed", "delivered", "payment", "review", "closed"),
    ]
    assert [stage.name for stage in stages if not stage.aside] == names
    assert [stage.name for stage in stages if stage.aside] == ["deferred"]
    for first, second in pairwise(names):
        assert any(route.to == second for route in stage_of(first).routes), first


def stage_of(name: str) -> Stage:
    """Return a stage of the base of `b2b_sales`."""
    return next(stage for stage in study("b2b_sales").funnel.stages if stage.name == name)


def test_money_need_and_now_or_a_date() -> None:
    """Who lacks money, need or time is deferred: 1 − 0.85 × 0.9 × 0.8 = 38.8% of those who survive; they come back."""
    route = next(route for route in stage_of("qualified").routes if route.to == "deferred")
    assert route.share == pytest.approx(0.388)
    assert [route.to for route in stage_of("deferred").routes] == ["qualified"]


def test_the_five_reasons_of_refusal_take_somebody() -> None:
    """Spam, bought from a competitor, changed mind, terms and only comparing: all of them occur."""
    plan, _, journeys = played("b2b_sales")
    lost = journeys.visits[journeys.visits["outcome"] == LOST]
    taken = {plan.causes[cause] for cause in set(lost["cause"].tolist())}
    assert set(REASONS) < taken
    assert "slow_response" in taken


def test_customers_buy_again_and_bring_others() -> None:
    """The review leads back to a request as a regular customer, and referrals enter as requests."""
    plan, _, journeys = played("b2b_sales")
    visits, people = journeys.visits, journeys.customers
    assert np.count_nonzero(people["parent"] >= 0) > 10
    back = (visits["stage"] == plan.stages.index("review")) & (visits["to"] == plan.stages.index("new_request"))
    assert np.count_nonzero(back) > 10


def test_half_of_the_leads_come_when_nobody_is_there() -> None:
    """Evenings, nights and weekends are 47% of the profile of arrivals: 1 − 5 × 15.0 / 24 / 5.9.

    15.0 is the sum of the nine hours from 9 to 18. Error level 0.01%: four standard errors; holidays add a little.
    """
    plan, run, journeys = played("b2b_sales")
    source = study("b2b_sales").funnel.sources[0]
    assert isinstance(source.arrivals, Rate)
    assert math.fsum(source.arrivals.day) == pytest.approx(24.0)
    closed = 1.0 - 5.0 * math.fsum(source.arrivals.day[9:18]) / 24.0 / math.fsum(source.arrivals.week)
    assert closed == pytest.approx(0.47, abs=0.005)
    team = study("b2b_sales").funnel.teams[0]
    schedule = make_schedule(team.hours, (), run.start)
    arrived = journeys.customers["arrived"][journeys.customers["source"] == plan.sources.index("advertising")]
    outside = np.array([not is_open(schedule, time) for time in arrived.tolist()])
    assert abs(outside.mean() - closed) < 4.0 * math.sqrt(closed * (1.0 - closed) / len(arrived))


def test_one_call_covers_several_stages() -> None:
    """By the same call a stage has no queue and no service of its own; in the base 60% are qualified so."""
    plan, _, journeys = played("b2b_sales")
    visits = journeys.visits
    qualified = visits[(visits["stage"] == plan.stages.index("qualified")) & ~np.isnan(visits["started"])]
    same = qualified[qualified["team"] < 0]
    assert (same["served"] == same["entered"]).all()
    assert 0.3 < len(same) / len(qualified) < 0.6  # 60% of new requests, none of those who were deferred


def test_the_team_is_busy_but_not_beyond_its_hours() -> None:
    """Between 60% and 100% of its time in the base: answers are late at peaks, and none is late for good."""
    assert 0.6 < busy("") < 1.0


@pytest.mark.parametrize("scenario", ["reply_2_min", "requests_first", "two_more_people", "longer_hours"])
def test_faster_answers_lose_fewer_to_slow_response(scenario: str) -> None:
    """Nobody types the gain in: people, hours, order or a machine → queue → wait → patience → fewer losses."""
    assert losses("b2b_sales", scenario, "new_request", "slow_response") < 0.95 * losses(
        "b2b_sales", "", "new_request", "slow_response"
    )


def test_people_and_hours_make_the_team_less_busy_and_a_machine_busier() -> None:
    """More hours of people share out the work; an automatic reply keeps customers whom people must still serve."""
    assert busy("two_more_people") < busy("")
    assert busy("longer_hours") < busy("")
    assert busy("reply_2_min") > busy("")


def test_open_deals_bring_money_before_any_new_lead_can() -> None:
    """In the first week somebody pays, and all who do were in the pipeline: a new deal takes longer than that."""
    plan, _, journeys = played("b2b_sales")
    paid = journeys.visits[(journeys.visits["value"] > 0.0) & (journeys.visits["left"] < 7.0)]
    assert len(paid) > 5
    assert (journeys.customers["source"][paid["customer"]] < 0).all()
    assert len(study("b2b_sales").funnel.pipeline) == 5
    assert plan.window.calendar


# ---- the journey map ------------------------------------------------------------------------------------------------


def test_the_two_bases_have_the_same_levels_and_one_has_a_department() -> None:
    """The same stages with touchpoints of their own; a team in one, none in the other."""
    base, other = study("journey_map").funnel, world("journey_map", "without")
    assert [stage.name for stage in base.stages] == [stage.name for stage in other.stages]
    assert [team.name for team in base.teams] == ["sales"]
    assert other.teams == ()
    for funnel in (base, other):
        several = [stage.name for stage in funnel.stages if len(stage.touchpoints) > 1]
        assert several == ["attention", "interest", "choice", "first_purchase", "repeat_purchase"]
        order = {stage.name: place for place, stage in enumerate(funnel.stages)}
        back = {
            (stage.name, route.to)
            for stage in funnel.stages
            for route in stage.routes
            if route.to is not None and order[route.to] < order[stage.name]
        }
        assert {("interest", "attention"), ("choice", "interest"), ("use", "attention")} < back
        assert {("repeat_purchase", "choice"), ("repeat_purchase", "use")} < back


def test_the_same_people_come_to_both_and_fare_differently() -> None:
    """Arrivals are the same customer by customer; with a department they wait, without one they do not understand."""
    (_, _, with_sales), (plan, _, without) = played("journey_map"), played("journey_map", "without")
    for field in ("key", "arrived"):
        assert (with_sales.customers[field] == without.customers[field]).all()
    assert "slow_response" not in plan.causes
    assert losses("journey_map", "", "choice", "slow_response") > 100
    assert losses("journey_map", "without", "choice", "did_not_understand") > 2 * losses(
        "journey_map", "", "choice", "did_not_understand"
    )


def test_the_department_costs_wages_and_its_absence_does_not() -> None:
    """Staff cost is hours × people × wage with a department, 0 without one."""
    found = compared("journey_map")
    team = study("journey_map").funnel.teams[0]
    days = 40.0
    # 2026-01-12 is a Monday: five weeks of 5 × 10 h + 2 × 7 h, and five more days of 10 h.
    hours = 5 * (5 * 10 + 2 * 7) + 5 * 10
    assert found.base.tally.days == pytest.approx(days)
    assert found.base.tally.staff_cost == pytest.approx(team.size * hours * team.cost)
    without = next(one for one in found.scenarios if one.name == "without")
    assert (without.tally.staff_cost == 0.0).all()
