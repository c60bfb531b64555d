"""Teams, hours and open deals in files: how they are read, written and checked, and the load that they can serve."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.errors import InputError
from funnelsim.files.changes import apply
from funnelsim.files.dumping import dumps
from funnelsim.files.loading import loads
from funnelsim.files.schema import FunnelFile, canonical
from funnelsim.files.wording import Mistakes
from funnelsim.files.working_hours import MINUTES_OF_WEEK, Spans, hours_of_week, joined, read_hours, write_hours
from funnelsim.files.workload import daily, hours_asked, hours_worked
from funnelsim.model import Automatic, Discipline, OpenDeals, Rate, Response, Team

HOUR = 60
DAY = 24 * HOUR


def text(*sections: str, stages: str = "[{name: shop, response: {team: sales}}]") -> str:
    """A funnel file with some sections."""
    return "\n".join(["funnelsim: 1", *sections, f"stages: {stages}"])


def team(body: str) -> Team:
    """The team that a mapping says."""
    return loads(text(f"teams: {{sales: {body}}}")).funnel.teams[0]


# ---- hours ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "spans"),
    [
        ("Mon 09:00-18:00", ((9 * HOUR, 18 * HOUR),)),
        (["Tue 9-18"], ((DAY + 9 * HOUR, DAY + 18 * HOUR),)),
        ("Sat,Sun 10:30-14:00", tuple((d * DAY + 630, d * DAY + 840) for d in (5, 6))),
        ("Пн-Ср 9.00–18.00", tuple((d * DAY + 540, d * DAY + 1080) for d in (0, 1, 2))),
        ("monday 00:00-24:00", ((0, DAY),)),
        ("Mon 18:00-00:00", ((18 * HOUR, DAY),)),
        ("Mon 22:00-06:00", ((22 * HOUR, 30 * HOUR),)),
        ("Sun 22:00-06:00", ((0, 6 * HOUR), (6 * DAY + 22 * HOUR, 7 * DAY))),
        ("Sun-Mon 8-9", ((8 * HOUR, 9 * HOUR), (6 * DAY + 8 * HOUR, 6 * DAY + 9 * HOUR))),
        (["Mon 9-12", "Mon 12-18"], ((9 * HOUR, 18 * HOUR),)),
        (["Wed 14-18", "Wed 9-13"], ((2 * DAY + 540, 2 * DAY + 780), (2 * DAY + 840, 2 * DAY + 1080))),
        ("always", ()),
        ("24/7", ()),
        ("круглосуточно", ()),
        ("Mon-Sun 00:00-24:00", ()),
    ],
)
def test_hours_are_spans_of_the_week(written: object, spans: Spans) -> None:
    """Days and times become minutes from Monday 00:00; around the clock is no span at all."""
    assert read_hours(written) == spans


@pytest.mark.parametrize(
    ("written", "canon"),
    [
        (["Sat 10-14", "Fri 9-18", "Mon-Thu 9-18"], ["Mon-Fri 09:00-18:00", "Sat 10:00-14:00"]),
        (["Mon,Wed 9-13 14-18"], ["Mon,Wed 09:00-13:00 14:00-18:00"]),
        (["Mon,Tue,Wed,Fri 9-13"], ["Mon-Wed,Fri 09:00-13:00"]),
        (["Mon 22:00-06:00"], ["Mon 22:00-24:00", "Tue 00:00-06:00"]),
        (["Пн-Вс 20:00-8:00"], ["Mon-Sun 00:00-08:00 20:00-24:00"]),
    ],
)
def test_hours_are_written_alike_whatever_the_way_they_were_given(written: list[str], canon: list[str]) -> None:
    """The canonical document joins days with equal times, in the order of the week, and parts times at midnight."""
    assert write_hours(read_hours(written)) == canon
    assert read_hours(canon) == read_hours(written)


minutes = st.integers(min_value=0, max_value=MINUTES_OF_WEEK)


@given(st.lists(minutes, min_size=2, max_size=24, unique=True))
def test_any_hours_survive_being_written(ends: list[int]) -> None:
    """Whatever the spans of a week are, writing and reading them gives the same ones."""
    ordered = sorted(ends)[: len(ends) // 2 * 2]
    spans = joined(zip(ordered[::2], ordered[1::2], strict=True))
    assert read_hours(write_hours(spans) or "always") == spans
    covered = sum(b - a for a, b in zip(ordered[::2], ordered[1::2], strict=True))
    assert hours_of_week(spans) == pytest.approx(covered / 60)


@given(st.text(max_size=30))
def test_hours_are_read_or_refused(written: str) -> None:
    """No text makes the reading fail in another way than by saying what is wrong."""
    with contextlib.suppress(Mistakes):
        assert all(0 <= a < b <= MINUTES_OF_WEEK for a, b in read_hours([written]))


# ---- teams and open deals ------------------------------------------------------------------------------------------


def test_a_team_resolves_to_the_model() -> None:
    """Everything that a team says is in the funnel: hours in days from Monday, the cost by the hour."""
    found = team(
        "{size: 4, hours: [Mon-Tue 09:00-18:00], closed: [2026-05-09, 2026-01-01], cost: 900 / h, discipline: lifo,"
        " label: {en: Sales, ru: Продажи}, key: people, note: n}"
    )
    assert (found.name, found.key, found.label.ru, found.size, found.note) == ("sales", "people", "Продажи", 4, "n")
    assert found.hours == ((0.375, 0.75), (1.375, 1.75))
    assert found.closed == (date(2026, 1, 1), date(2026, 5, 9))
    assert (found.cost, found.discipline, found.priority) == (900.0, Discipline.LIFO, ())


def test_the_least_that_a_team_says() -> None:
    """By default a team works around the clock, costs nothing and serves whoever came first."""
    assert team("{size: 1}") == Team("sales", "sales", replace(team("{size: 1}").label), 1)


@pytest.mark.parametrize(
    ("written", "cost"),
    [
        ("900 / h", 900.0),
        ("21600 / d", 900.0),
        ("15 / min", 900.0),
        ("0.1 / h", 0.1),
        ("1 200,5 / ч", 1200.5),
        ("0 / h", 0.0),
    ],
)
def test_a_cost_is_an_amount_per_hour(written: str, cost: float) -> None:
    """A day has 24 hours, an hour 60 minutes: the definitions of the units."""
    assert team(f'{{size: 1, cost: "{written}"}}').cost == cost


@given(st.floats(min_value=0, max_value=1e9, allow_subnormal=False))
def test_a_cost_survives_bit_for_bit(cost: float) -> None:
    """The canonical document writes a cost so that the same float is read."""
    document = {"funnelsim": 1, "teams": {"a": {"size": 1, "cost": f"{cost!r} / h"}}, "stages": [{"name": "s"}]}
    assert FunnelFile.model_validate(document).teams["a"].cost == cost


@pytest.mark.parametrize(
    ("written", "priority", "by_stage"),
    [("{stages: [shop]}", ("shop",), True), ("{segments: [large, small]}", ("large", "small"), False)],
)
def test_priorities_go_by_stages_or_segments(written: str, priority: tuple[str, ...], *, by_stage: bool) -> None:
    """The order of a priority is that of the file."""
    segments = "segments: {large: {share: 20%, changes: []}, small: {share: 20%, changes: []}}"
    found = loads(text(segments, f"teams: {{sales: {{size: 1, discipline: {{priority: {written}}}}}}}")).funnel.teams[0]
    assert (found.discipline, found.priority, found.by_stage) == (Discipline.PRIORITY, priority, by_stage)


def test_a_stage_is_answered_by_a_team() -> None:
    """A response has a team instead of a wait, and its service and first answer by a machine as before."""
    stages = (
        "[{name: shop, response: {team: sales, service: 15 min, automatic: {time: 1 min, share: 90%, holds: 4 h}}}]"
    )
    response = loads(text("teams: {sales: {size: 1}}", stages=stages)).funnel.stages[0].touchpoints[0].response
    assert response is not None
    assert response.service is not None
    assert response == Response(team="sales", service=response.service, automatic=Automatic(1 / 1440, 0.9, 4 / 24))


def test_open_deals_resolve_in_the_order_of_the_stages() -> None:
    """A bare number is a count; the order of the mapping does not matter."""
    stages = "[{name: offer, takes: {exponential: {mean: 9 d}}}, {name: deal}]"
    funnel = loads(
        text("pipeline: {deal: 15, offer: {count: 120, age: 10 d}}", "run: {horizon: 9 d}", stages=stages)
    ).funnel
    assert funnel.pipeline == (OpenDeals("offer", 120, 10.0), OpenDeals("deal", 15))


def test_a_segment_may_be_answered_by_another_team() -> None:
    """A segment's change of the team holds for its customers only."""
    segments = "segments: {large: {share: 20%, changes: [{set: stages.shop.response.team, to: field}]}}"
    stages = "[{name: shop, response: {team: sales}}, {name: deal, response: {wait: 1 h}}]"
    funnel = loads(text(segments, "teams: {sales: {size: 1}, field: {size: 1}}", stages=stages)).funnel
    answers = [variant.stages[0].touchpoints[0].response for variant in funnel.variants]
    assert [answer.team for answer in answers if answer is not None] == ["sales", "field"]


# ---- digests and texts ---------------------------------------------------------------------------------------------

LONG = text(
    "# before",
    "teams:",
    "  sales:",
    "    size: 4   # since spring",
    "    hours: [Sat 10:00-14:00, Mon-Fri 9-18]   # as on the door",
    "    closed: [2026-05-09, 2026-01-01]   # holidays",
    "    cost: 900 / h",
    "  # the others",
    "  field: {size: 2}",
    "pipeline: {shop: 3, deal: 4}   # from the CRM",
    "run: {horizon: 9 d}",
    stages="[{name: shop, response: {team: sales}}, {name: deal, response: {team: field}}]",
)


def test_the_order_of_hours_dates_and_deals_does_not_matter() -> None:
    """A digest is the same for the same funnel, however it is written."""
    other = (
        LONG.replace("[Sat 10:00-14:00, Mon-Fri 9-18]", '["Mon,Tue-Fri 09:00-18:00", Sat 10-14]')
        .replace("[2026-05-09, 2026-01-01]", "[2026-01-01, 2026-05-09]")
        .replace("{shop: 3, deal: 4}", "{deal: {count: 4}, shop: {count: 3, age: 0}}")
        .replace("900 / h", "21600 / d")
    )
    assert loads(other).digest == loads(LONG).digest


def test_the_order_of_teams_is_in_the_digest() -> None:
    """At one instant teams serve in their order, so the same teams in another order are another funnel."""
    stages = "[{name: shop, response: {team: sales}}, {name: deal, response: {team: field}}]"
    one, other = (
        text(f"teams: {{{teams}}}", stages=stages)
        for teams in ("sales: {size: 1}, field: {size: 2}", "field: {size: 2}, sales: {size: 1}")
    )
    assert loads(one).digest != loads(other).digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("size: 4", "size: 5"),
        ("Mon-Fri 9-18", "Mon-Fri 9-19"),
        ("2026-05-09", "2026-05-08"),
        ("900 / h", "901 / h"),
        ("shop: 3", "shop: 4"),
        ("{size: 2}", "{size: 2, discipline: lifo}"),
    ],
)
def test_whatever_a_team_says_is_in_the_digest(old: str, new: str) -> None:
    """A digest changes with what is said."""
    assert loads(LONG.replace(old, new)).digest != loads(LONG).digest


@pytest.mark.parametrize(
    ("change", "gone", "come"),
    [
        ({"staff": "sales", "by": 2}, "size: 4   # since spring", "size: 6   # since spring"),
        (
            {"hours": "sales", "to": ["Sun 10:00-14:00", "Mon-Fri 9-18"]},
            "[Sat 10:00-14:00, Mon-Fri 9-18]   # as",
            "[Mon-Fri 09:00-18:00, Sun 10:00-14:00]   # as",
        ),
        (
            {"set": "teams.sales.closed", "to": ["2026-01-01"]},
            "[2026-05-09, 2026-01-01]   # holidays",
            "[2026-01-01]   # holidays",
        ),
        ({"set": "teams.field.discipline", "to": "lifo"}, "field: {size: 2}", "field: {size: 2, discipline: lifo}"),
        ({"set": "pipeline.deal.count", "to": 9}, "{shop: 3, deal: 4}", "{shop: 3, deal: 9}"),
        ({"scale": "teams.sales.cost", "by": 1.5}, "cost: 900 / h", "cost: 1350 / h"),
    ],
)
def test_a_change_touches_only_its_own_words(change: Mapping[str, Any], gone: str, come: str) -> None:
    """Comments, order and layout stay, and what is written loads back equal."""
    study = loads(LONG)
    changed = replace(study, funnel=apply(study.funnel, change))
    assert dumps(changed) == LONG.replace(gone, come)
    assert loads(dumps(changed)).funnel.document == changed.funnel.document


def test_a_new_text_is_as_people_write_it() -> None:
    """Without its text a study is written with the shorthands, and hours without quotes where they need none."""
    written = dumps(replace(loads(LONG), text=""))
    assert "  sales: {size: 4, hours: [Mon-Fri 09:00-18:00, Sat 10:00-14:00], " in written
    assert "closed: [2026-01-01, 2026-05-09], cost: 900 / h}" in written
    assert "pipeline: {shop: 3, deal: 4}" in written
    assert loads(written).digest == loads(LONG).digest


def test_the_canonical_document_leaves_out_what_is_default() -> None:
    """Around the clock, first come first served and no age are not written."""
    document = canonical(
        FunnelFile.model_validate(
            {
                "funnelsim": 1,
                "teams": {"a": {"size": 1, "hours": ["Mon-Sun 0-24"], "discipline": "fifo", "cost": "0 / h"}},
                "pipeline": {"s": {"count": 1, "age": 0}},
                "stages": [{"name": "s", "response": {"team": "a"}}],
            }
        )
    )
    assert document["teams"] == {"a": {"size": 1}}
    assert document["pipeline"] == {"s": {"count": 1}}
    assert canonical(FunnelFile.model_validate(json.loads(json.dumps(document)))) == document


# ---- load ----------------------------------------------------------------------------------------------------------


def asked(*sections: str, stages: str) -> dict[str, float]:
    """The hours of service a day that a funnel asks of its teams."""
    return hours_asked(loads(text(*sections, stages=stages)).funnel)


def test_the_load_of_a_team_is_flow_times_service() -> None:
    """By hand: 30 a day lose 20% and 12.5% on entering; 21 × 20 min at the first; 21 × 0.9 × 40% × 1 h at the next."""
    found = asked(
        "sources: {ads: {arrivals: 30 / d}, mail: {batch: 500}}",
        "teams: {sales: {size: 20}, field: {size: 9}, robots: {size: 1}}",
        "run: {horizon: 9 d}",
        stages="[{name: a, causes: {spam: {chance: 20%, visits: every}, no_trust: 12.5%,"
        " shyness: {chance: 10%, at: exit}},"
        " response: {team: sales, service: {gamma: {mean: 20 min, sd: 1 h}}}},"
        " {name: b, touchpoints: [{name: visit, share: 40%, response: {team: field, service: 1 h}}]},"
        " {name: c, response: {team: robots}}]",
    )
    assert found["sales"] == pytest.approx(21 * 20 / 60)
    assert found["field"] == pytest.approx(21 * 0.9 * 0.4)
    assert found["robots"] == 0.0


def test_loops_and_referrals_ask_for_more() -> None:
    """By hand: visits v to the first stage obey v = 10 + 0.5 v + 0.25 v, and each asks for an hour: 40."""
    found = asked(
        "sources: {ads: {arrivals: 10 / d}}",
        "teams: {sales: {size: 20}}",
        "run: {horizon: 9 d}",
        stages="[{name: a, response: {team: sales, service: 1 h}, next: [{to: a, share: 50%, key: again}],"
        " referrals: {mean: 0.25}}, {name: b}]",
    )
    assert found["sales"] == pytest.approx(40.0)


def test_a_call_that_goes_on_asks_once() -> None:
    """By hand: of 10 a day, 30% come to the second stage by the same call, which is served already; 7 are served."""
    found = asked(
        "sources: {ads: {arrivals: 10 / d}}",
        "teams: {sales: {size: 20}}",
        "run: {horizon: 9 d}",
        stages="[{name: a, next: [{to: b, share: 30%, same_call: true}]},"
        " {name: b, response: {team: sales, service: 1 h}}]",
    )
    assert found["sales"] == pytest.approx(7.0)


@pytest.mark.parametrize(
    ("stage", "share"),
    [
        ("takes: {exponential: {mean: 2 d}}, causes: {apathy: {time_to_loss: {exponential: {rate: 0.5 / d}}}}", 1 / 2),
        ("takes: 6 d, causes: {forgot: {forgetting: {half_life: 6 d}}}", 1 / 2),
        ("takes: 6 d, causes: {forgot: {forgetting: {half_life: 6 d}, reminders: {every: 2 d}}}", 1),
        ("response: {wait: 1 d}, causes: {slow_response: {patience: {exponential: {mean: 1 h}}}}", 1),
    ],
)
def test_who_decides_may_be_lost_before_the_next_stage(stage: str, share: float) -> None:
    """By hand: two exponentials compete evenly; half have forgotten after a half-life, none at a reminder.

    Waiting is left out: the question is what is asked for if everyone is answered at once. One percent for the rule of
    integration.
    """
    found = asked(
        "sources: {ads: {arrivals: 10 / d}}",
        "teams: {sales: {size: 20}}",
        "run: {horizon: 9 d}",
        stages=f"[{{name: a, {stage}}}, {{name: b, response: {{team: sales, service: 1 h}}}}]",
    )
    assert found["sales"] == pytest.approx(10 * share, rel=0.01)


def test_segments_ask_of_their_own_teams() -> None:
    """By hand: 20% of 10 a day are answered by another team, and so is the rest of whoever comes back as large."""
    found = asked(
        "sources: {ads: {arrivals: 10 / d}}",
        "segments: {large: {share: 20%, changes: [{set: stages.b.response.team, to: field}]}}",
        "teams: {sales: {size: 20}, field: {size: 9}}",
        "run: {horizon: 9 d}",
        stages="[{name: a, next: [{to: b, share: 50%, as: large}]}, {name: b, response: {team: sales, service: 1 h}}]",
    )
    assert found == pytest.approx({"field": 2 + 8 * 0.5, "sales": 8 * 0.5})


def test_profiles_of_a_rate_count_on_average() -> None:
    """By hand: half of the hours at 2, five of seven days at 1.4, a February (28.25 days) without anybody."""
    rate = Rate(10.0, (2.0,) * 12 + (0.0,) * 12, (1.4,) * 5 + (0.0,) * 2, (1.0, 0.0) + (1.0,) * 10)
    assert daily(rate) == pytest.approx(10 * 1.0 * 1.0 * (365.25 - 28.25) / 365.25)


@pytest.mark.parametrize(
    ("hours", "each"), [("[Mon-Fri 09:00-18:00]", 45 / 7), ("always", 24.0), ("[Sun 22:00-06:00]", 8 / 7)]
)
def test_people_work_the_hours_of_the_week(hours: str, each: float) -> None:
    """Hours of the week over seven days."""
    assert hours_worked(team(f"{{size: 1, hours: {hours}}}")) == pytest.approx(each)


def overload(size: int, *more: str) -> tuple[str, ...]:
    """The warnings of a file with 248 requests of a quarter of an hour a day, which is 62 hours."""
    return loads(
        text(
            "sources: {ads: {arrivals: 248 / d}}",
            f"teams: {{sales: {{size: {size}, hours: [Mon-Fri 09:00-18:00]}}}}",
            "run: {horizon: 9 d}",
            *more,
            stages="[{name: shop, response: {team: sales, service: 15 min}}]",
        ),
        path="f.yaml",
    ).warnings


def test_load_that_cannot_be_served_is_warned_of() -> None:
    """By hand: 62 hours a day against 4 × 45/7 = 25.7; 62 / (45/7) = 9.64, so that 10 people would do, and 9 not."""
    assert overload(4) == (
        (
            "f.yaml:3:9: teams.sales: team `sales`: about 62 hours of service a day are asked for, 4 people give "
            "25.7; it "
            "would take about 10 people"
        ),
    )
    assert "1 person gives 6.43" in overload(1)[0]
    assert len(overload(9)) == 1
    assert overload(10) == ()


def test_a_scenario_that_cannot_be_served_is_warned_of() -> None:
    """The changes of a scenario may ask too much of a team that was large enough."""
    found = overload(10, "interventions: {fewer: {changes: [{staff: sales, by: -3}]}}", "scenarios: [fewer]")
    assert found == (
        (
            "f.yaml:6:13: scenarios.1: in this scenario, team `sales`: about 62 hours of service a day are asked for, "
            "7 people give 45; it would take about 10 people"
        ),
    )


def test_a_service_without_a_mean_is_warned_of() -> None:
    """A log-logistic law of shape 1 has no mean (Johnson, Kotz, Balakrishnan 1995, ch. 23): nobody could serve it."""
    study = loads(
        text(
            "sources: {ads: {arrivals: 1 / d}}",
            "teams: {sales: {size: 1000}}",
            "run: {horizon: 9 d}",
            stages="[{name: a, response: {team: sales, service: {loglogistic: {shape: 1, scale: 1 h}}}}]",
        )
    )
    assert "hours without end" in study.warnings[0]


def test_a_service_without_a_mean_asks_for_nothing_where_nobody_gets_to_it() -> None:
    """No hours times endless ones are no hours: everybody is lost on entering."""
    stage = (
        "{name: a, causes: {spam: 100%, apathy: 100%}, response: {team: sales, service: {exponential: {rate: 0 / d}}}}"
    )
    study = loads(text("sources: {ads: {arrivals: 1 / d}}", "teams: {sales: {size: 1}}", stages=f"[{stage}]"))
    assert hours_asked(study.funnel) == {"sales": 0.0}


def test_who_never_decides_asks_for_nothing_more() -> None:
    """A time that may be infinite has a share that goes on, reminded or not: 40% of those who come."""
    takes = "{empirical: {quantiles: [[0, 0 d], [0.4, 0 d], [1, .inf]]}}"
    forgets = "{forgetting: {half_life: 1 d}, reminders: {every: 1 d}}"
    stages = (
        f"[{{name: a, takes: {takes}, causes: {{forgot: {forgets}}}}},"
        " {name: b, response: {team: sales, service: 1 h}}]"
    )
    study = loads(text("sources: {ads: {arrivals: 10 / d}}", "teams: {sales: {size: 1}}", stages=stages))
    assert hours_asked(study.funnel)["sales"] == pytest.approx(4.0, abs=10 / 64)


def test_arrivals_that_end_ask_for_nothing_in_the_long_run() -> None:
    """A batch is served sooner or later: no warning."""
    study = loads(
        text(
            "sources: {mail: {batch: 100000}}",
            "teams: {sales: {size: 1}}",
            stages="[{name: a, response: {team: sales, service: 9 h}}]",
        )
    )
    assert study.warnings == ()


# ---- what is refused -----------------------------------------------------------------------------------------------


def test_without_run_settings_open_deals_are_a_warning() -> None:
    """The command line may give a horizon; a run that is written without one is a mistake."""
    stages = "[{name: a, takes: 3 d}]"
    assert "open deals need a calendar" in loads(text("pipeline: {a: 3}", stages=stages)).warnings[0]
    with pytest.raises(InputError, match="give the run a `horizon`"):
        loads(text("pipeline: {a: 3}", "run: {seed: 3}", stages=stages))


def test_an_age_is_checked_after_a_change() -> None:
    """A change may make the time at a stage shorter than the age of its open deals."""
    funnel = loads(
        text("pipeline: {a: {count: 3, age: 5 d}}", "run: {horizon: 9 d}", stages="[{name: a, takes: 9 d}]")
    ).funnel
    with pytest.raises(InputError, match=re.escape("nobody is at `a` for 5 days: it takes 4 days")):
        apply(funnel, {"set": "stages.a.takes", "to": "4 d"})


def test_after_a_change_a_team_may_answer_nobody() -> None:
    """A team that only a removed stage used is no mistake."""
    funnel = loads(text("teams: {sales: {size: 1}}", stages="[{name: a, response: {team: sales}}, {name: b}]")).funnel
    assert apply(funnel, {"remove_stage": "a"}).teams == funnel.teams
