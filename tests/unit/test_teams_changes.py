"""Changes of teams and of the list of stages: staff, hours, first answers, stages moved and merged."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pytest
from ruamel.yaml import YAML

from funnelsim.causes import Label
from funnelsim.files.changes import apply
from funnelsim.files.editing import edit
from funnelsim.files.paths import ChangeError
from funnelsim.files.resolving import resolve
from funnelsim.files.schema import FunnelFile, canonical
from funnelsim.laws import law_cumulative_hazard
from funnelsim.model import Stage, Touchpoint

YAML_1_2 = YAML(typ="safe", pure=True)
SAMPLE = """
teams:
  sales: {size: 4, hours: [Mon-Fri 09:00-18:00], cost: 900 / h, label: {en: Sales, ru: Продажи}}
  field: {size: 2}
pipeline: {offer: {count: 7, age: 2 d}}
stages:
  - {name: request, label: {en: Request, ru: Заявка}, response: {team: sales, service: 15 min}, takes: 1 d}
  - {name: offer, response: {wait: 4 h, within: {time: 1 h, share: 50%}}, takes: {exponential: {mean: 9 d}}}
  - {name: terms, response: {wait: 1 d}, touchpoints: [{name: phone, share: 30%, response: {team: field}}]}
  - {name: deal, revenue: 900}
"""


def document(written: str = SAMPLE) -> dict[str, Any]:
    """The canonical document of a text without its first line."""
    return canonical(FunnelFile.model_validate({"funnelsim": 1, **YAML_1_2.load(written)}))


def edited(change: str, written: str = SAMPLE) -> tuple[dict[str, Any], list[Label]]:
    """A document after a change, and what that assumed."""
    return edit(document(written), YAML_1_2.load(change))


def stage(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A stage of a document."""
    return next(dict(one) for one in found["stages"] if one["name"] == name)


def resolved(found: Mapping[str, Any], name: str) -> Stage:
    """A stage of the funnel that a document says."""
    return next(one for one in resolve(FunnelFile.model_validate(found)).stages if one.name == name)


def refused(change: str, key: str, message: str, written: str = SAMPLE) -> None:
    """Check that a change is refused for this key, with these words."""
    with pytest.raises(ChangeError, match=re.escape(message)) as caught:
        edited(change, written)
    assert caught.value.key == key


# ---- teams ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("by", "size"), [("2", 6), ("-3", 1), ("+1", 5), ("2.0", 6)])
def test_staff_adds_people(by: str, size: int) -> None:
    """People come or go; at least one stays."""
    after, said = edited(f"{{staff: sales, by: {by}}}")
    assert after["teams"]["sales"]["size"] == size
    assert len(said) == 1


def test_nobody_more_changes_nothing() -> None:
    """By 0 nothing changes and nothing is assumed."""
    assert edited("{staff: sales, by: 0}") == (document(), [])


@pytest.mark.parametrize(
    ("change", "english", "russian"),
    [
        (
            "{staff: sales, by: 18}",
            (
                "«Sales» has 22 people instead of 4: the new ones keep the same hours, cost as much an hour and "
                "serve as fast "
                "as the others, from the first day; as many customers come as before"
            ),
            (
                "в команде «Продажи» 22 человека вместо 4: новые сотрудники с первого дня работают в те же часы, "
                "обходятся в "
                "ту же сумму за час и обслуживают так же быстро, как остальные; поток клиентов прежний"
            ),
        ),
        (
            "{staff: sales, by: -3}",
            (
                "«Sales» has 1 person instead of 4: those who stay keep the same hours and serve as fast as before; "
                "as many "
                "customers come as before"
            ),
            (
                "в команде «Продажи» 1 человек вместо 4: оставшиеся работают в те же часы и обслуживают так же "
                "быстро, как "
                "раньше; поток клиентов прежний"
            ),
        ),
        (
            "{hours: sales, to: [Mon-Fri 9:00-18:15]}",
            (
                "«Sales» works 46.25 hours a week instead of 45, all of it at once (4 people) and at the same cost "
                "an hour; "
                "customers come at the same times as before"
            ),
            (
                "команда «Продажи» работает 46,25 часа в неделю вместо 45, всегда в полном составе (4 человека) и "
                "по прежней "
                "цене часа; клиенты обращаются в то же время, что и раньше"
            ),
        ),
        (
            "{hours: sales, to: [Mon-Fri 10-19]}",
            (
                "«Sales» works 45 hours a week, as before, at other times, all of it at once (4 people) and at the "
                "same cost an "
                "hour; customers come at the same times as before"
            ),
            (
                "команда «Продажи» работает 45 часов в неделю, как и раньше, но в другое время, всегда в полном "
                "составе (4 "
                "человека) и по прежней цене часа; клиенты обращаются в то же время, что и раньше"
            ),
        ),
        (
            "{respond_within: {stage: request, time: 2 min, share: 90%}}",
            (
                "at «Request» 90% of the customers who still wait after 2 min get a first answer by a machine: "
                "their patience "
                "holds until a person answers; the team, its queue and the other causes are as they were"
            ),
            (
                "на этапе «Заявка» через 2 мин 90\u00a0% клиентов, которые ещё ждут, получают первый автоматический "
                "ответ: "
                "отсчёт их терпения останавливается, пока не ответит сотрудник; команда, её очередь и остальные "
                "причины прежние"
            ),
        ),
        (
            "{respond_within: {stage: request, time: 2 min, holds: 4 h}}",
            (
                "at «Request» everyone who still waits after 2 min gets a first answer by a machine: their patience "
                "holds for "
                "4 h, and then runs on; the team, its queue and the other causes are as they were"
            ),
            (
                "на этапе «Заявка» через 2 мин все, кто ещё ждёт, получают первый автоматический ответ: отсчёт их "
                "терпения "
                "останавливается на 4 ч, а затем продолжается; команда, её очередь и остальные причины прежние"
            ),
        ),
        (
            "{set: stages.offer.response.team, to: field}",
            "at «offer» «field» answers, so that the wait comes out of its load; it serves others as fast as before",
            (
                "на этапе «offer» отвечает команда «field», и ожидание зависит от её загрузки; остальных она "
                "обслуживает так же "
                "быстро, как раньше"
            ),
        ),
        (
            "{move_stage: offer, before: request}",
            (
                "«offer» now comes before «Request», and sources and referrals that name no stage enter at «offer»; "
                "what "
                "happens at each stage does not depend on its place, and routes that name a stage are as they were"
            ),
            (
                "этап «offer» теперь идёт перед этапом «Заявка», а источники и рекомендации, для которых этап не "
                "указан, "
                "приводят на этап «offer»; происходящее на каждом этапе не зависит от его места, а маршруты, в "
                "которых этап "
                "назван, прежние"
            ),
        ),
        (
            "{merge_stages: [request, offer], into: call}",
            (
                "«Request» and «offer» are one stage, «call», with all their causes, costs and effort, the answer "
                "as at "
                "«Request» and the time as at «offer»; the later waits for an answer and the time of the earlier "
                "stages are "
                "gone; whoever came to any of them comes to it, and its causes are taken to be independent, which "
                "data cannot "
                "test"
            ),
            (
                "«Заявка» и «offer» становятся одним этапом «call»: на нём действуют все их причины, расходы и "
                "затраты сил, "
                "ответ как на этапе «Заявка» и время клиента как на этапе «offer»; последующие ожидания ответа и время "
                "предыдущих этапов исчезают; кто приходил на любой из этих этапов, приходит на него, а его причины "
                "считаются "
                "независимыми, хотя проверить это по данным нельзя"
            ),
        ),
    ],
)
def test_what_a_change_assumes_is_said_in_both_languages(change: str, english: str, russian: str) -> None:
    """Each change says in words what it takes for granted, with numbers and names in their right forms."""
    assert edited(change)[1] == [Label(english, russian)]


def test_a_removed_stage_takes_its_load_and_its_deals_along() -> None:
    """The team's work there is gone, and open deals go on at the start."""
    assert (
        "the wait for an answer, the work of its team there and its time are gone"
        in edited("{remove_stage: request}")[1][0].en
    )
    assert edited("{remove_stage: offer}")[1][1] == Label(
        "the open deals at «offer» go on from there at the start",
        "открытые сделки на этапе «offer» в самом начале идут дальше",
    )


def test_hours_are_written_as_the_format_does() -> None:
    """Other hours replace the old ones, and always are none; the same ones in other words change nothing."""
    assert edited("{hours: sales, to: Сб-Вс 9-12}")[0]["teams"]["sales"]["hours"] == ["Sat-Sun 09:00-12:00"]
    assert "hours" not in edited("{hours: sales, to: [always]}")[0]["teams"]["sales"]
    assert edited("{hours: sales, to: [Пт 9-18, Пн-Чт 9-18]}") == (document(), [])
    assert edited("{hours: field, to: 24/7}") == (document(), [])


def test_a_first_answer_goes_where_a_team_answers_and_a_cap_where_a_law_does() -> None:
    """`respond_within` reaches the stage and its touchpoints, each in the way that it answers."""
    after, said = edited("{respond_within: {stage: terms, time: 5 min, share: 80%, holds: 2 h}}")
    found = stage(after, "terms")
    assert found["response"]["within"] == {"time": f"{5 / 1440!r} d", "share": 0.8}
    assert found["touchpoints"][0]["response"] == {
        "team": "field",
        "automatic": {"time": f"{5 / 1440!r} d", "share": 0.8, "holds": f"{2 / 24!r} d"},
    }
    assert len(said) == 2


def test_a_team_takes_the_place_of_a_reply_time_and_back() -> None:
    """Setting one of the two takes the other out, and the cap with the reply time."""
    assert stage(edited("{set: stages.offer.response.team, to: sales}")[0], "offer")["response"] == {"team": "sales"}
    after, said = edited("{set: stages.request.response.wait, to: 1 min}")
    assert stage(after, "request")["response"].keys() == {"wait", "service"}
    assert said == []


def test_fields_of_teams_are_set_and_scaled() -> None:
    """Every field has its path; new teams are added, and used."""
    after = document()
    for change in (
        "{scale: teams.sales.size, by: 150%}",
        "{scale: teams.*.cost, by: 2}",
        "{set: teams.sales.closed, to: [2026-05-09, 2026-01-01]}",
        "{set: teams.field.discipline, to: {priority: {stages: [terms]}}}",
        "{add: teams.robots, value: {size: 3}}",
        "{set: stages.request.response.team, to: robots}",
        "{remove: teams.sales}",
        "{set: pipeline.terms, to: 3}",
        "{scale: pipeline.offer.count, by: 2}",
    ):
        after = edit(after, YAML_1_2.load(change))[0]
        if "sales" in after["teams"]:
            sales = after["teams"]["sales"]
    assert (sales["size"], sales["cost"], sales["closed"]) == (6, "1800.0 / h", ["2026-01-01", "2026-05-09"])
    assert after["teams"]["robots"] == {"size": 3}
    assert after["pipeline"] == {"offer": {"count": 14, "age": "2.0 d"}, "terms": {"count": 3}}


# ---- stages moved and merged ---------------------------------------------------------------------------------------


def test_a_stage_moves_in_the_order() -> None:
    """Default routes follow the new order; where nothing moves nothing is said."""
    after, _ = edited("{move_stage: offer, after: terms}")
    assert [one["name"] for one in after["stages"]] == ["request", "terms", "offer", "deal"]
    assert [route.to for route in resolved(after, "terms").routes] == ["offer"]
    assert edited("{move_stage: offer, before: terms}") == (document(), [])


def total(touchpoint: Touchpoint, cause: str, moment: str) -> float:
    """The hazard of a cause's chance at one moment."""
    chances = {"entry": touchpoint.entry, "exit": touchpoint.exit}[moment]
    return sum(chance.hazard for chance in chances if chance.cause == cause)


PARTS = """
budgets: {attention: {has: {exponential: {mean: 30}}, cause: low_attention}}
causes: {forgot: {forgetting: {half_life: 6 d}}, competitor_offer: {time_to_loss: {weibull: {shape: 2, scale: 9 d}}}}
stages:
  - name: a
    spends: {attention: 2}
    causes: {no_trust: 10%, shyness: {chance: 20%, times: 2}, forgot: {times: 2}, competitor_offer: default}
    loses: {share: 30%, split: {inconvenient: 2, apathy: 1}}
    combinations: [{causes: [no_trust, shyness], hazard_ratio: 1.5}]
    factors: {apathy: 3, low_attention: 2}
    takes: 1 d
  - name: b
    key: second
    spends: {attention: 3}
    takes: {exponential: {mean: 2 d}}
    causes: {no_trust: 40%, forgot: {reminders: {every: 3 d, cost: 2}}, competitor_offer: {times: 3}, spam: 5%}
    loses: {share: 10%, split: {inconvenient: 1, did_not_understand: 1}}
    factors: {low_attention: 2, spam: 0.5}
  - {name: c, revenue: 900}
"""


def test_hazards_of_one_cause_add_up() -> None:
    """The merged stage has the sum of the hazards that its parts had, after factors and combinations, by the model.

    Every cause is resolved on both sides: what a part's factor, `times` or combination multiplied stays multiplied.
    """
    before = document(PARTS)
    after, _ = edited("{merge_stages: [a, b], into: m}", PARTS)
    first, second = (resolved(before, name).touchpoints[0] for name in "ab")
    merged = resolved(after, "m").touchpoints[0]
    for cause in ("no_trust", "shyness", "inconvenient", "apathy", "did_not_understand", "spam"):
        there = total(first, cause, "entry") + total(second, cause, "entry")
        assert total(merged, cause, "entry") == pytest.approx(there, rel=1e-12), cause
    clocks = [clock for one in (first, second) for clock in one.clocks]
    together = sum(clock.factor * law_cumulative_hazard(clock.law, 4.0) for clock in clocks)
    assert sum(c.factor * law_cumulative_hazard(c.law, 4.0) for c in merged.clocks) == pytest.approx(
        together, rel=1e-12
    )
    assert [memory.factor for memory in merged.memories] == [3.0]
    assert [drain.factor for drain in merged.drains] == [2.0]
    assert resolved(after, "m").spends == (("attention", 5.0),)


def test_what_stands_is_of_the_first_and_of_the_last() -> None:
    """Key and response are the first's, time, money and routes the last's; the name is new."""
    written = """
teams: {sales: {size: 1}}
stages:
  - {name: a, key: old, response: {team: sales, service: 1 h}, takes: 1 d, next: [{to: c, share: 10%}]}
  - {name: b, response: {wait: 3 h}, takes: 2 d, next: [{to: a, share: 5%}], revenue: 9, margin: 50%, price: 2}
  - {name: c}
"""
    after, _ = edited("{merge_stages: [a, b], into: b}", written)
    assert stage(after, "b") == {
        "name": "b",
        "key": "old",
        "response": {"team": "sales", "service": {"fixed": f"{1 / 24!r} d"}},
        "takes": {"fixed": "2.0 d"},
        "next": [{"to": "b", "key": "a", "share": 0.05}],
        "revenue": {"fixed": 9.0},
        "margin": 0.5,
        "price": 2.0,
    }
    assert [one["name"] for one in after["stages"]] == ["b", "c"]


def test_more_than_two_stages_become_one() -> None:
    """Any number of neighbours, in any order of naming; exponential clocks of one cause add their rates."""
    written = """
stages:
  - {name: a, takes: 1 d, cost: 1, causes: {other_temptation: {time_to_loss: {exponential: {mean: 10 d}}}}}
  - {name: side, aside: true, next: [{to: b}]}
  - {name: b, takes: 1 d, cost: 2, causes: {other_temptation: {time_to_loss: {exponential: {rate: 0.2 / d}}, times: 2}}}
  - {name: c, takes: 5 d, cost: 4, causes: {other_temptation: {time_to_loss: {exponential: {rate: 0.3 / d}}}}}
  - {name: d, next: [{to: a, share: 5%}, {to: b, share: 5%}, {to: side, share: 1%}]}
"""
    after, _ = edited("{merge_stages: [c, a, b], into: m}", written)
    (clock,) = resolved(after, "m").touchpoints[0].clocks
    assert clock.factor * law_cumulative_hazard(clock.law, 1.0) == pytest.approx(0.1 + 0.4 + 0.3, rel=1e-12)
    assert stage(after, "m")["cost"] == {"fixed": 7.0}
    assert [(route.key, route.to) for route in resolved(after, "d").routes[:2]] == [("a", "m"), ("b", "m")]
    assert [route.to for route in resolved(after, "side").routes] == ["m"]


def test_what_acts_only_in_a_wait_goes_with_it() -> None:
    """The later wait is gone, and patience with it; a cause of the stage's whole time stays."""
    written = """
stages:
  - {name: a, response: {wait: 1 h}, takes: 1 d, causes: {slow_response: {patience: {weibull: {shape: 2, scale: 2 h}}}}}
  - name: b
    response: {wait: 2 h}
    takes: 1 d
    causes:
      slow_response: {patience: {exponential: {mean: 9 h}}, chance: 3%}
      apathy: {time_to_loss: {exponential: {mean: 9 h}}, exposure: waiting}
      other_temptation: {time_to_loss: {exponential: {mean: 9 h}}}
    factors: {apathy: 2, slow_response: 2}
"""
    after, _ = edited("{merge_stages: [a, b], into: m}", written)
    merged = resolved(after, "m").touchpoints[0]
    assert {clock.cause for clock in merged.clocks} == {"slow_response", "other_temptation"}
    assert total(merged, "slow_response", "entry") == pytest.approx(-2 * math.log(0.97), rel=1e-12)


def test_total_losses_at_different_moments_stay_at_theirs() -> None:
    """The later stage's losses at exit become chances at exit."""
    written = """
stages:
  - {name: a, loses: {share: 30%, split: {inconvenient: 1}}}
  - {name: b, loses: {share: 19%, at: exit, split: {apathy: 1, shyness: 1}}, causes: {no_trust: 10%}}
"""
    after, _ = edited("{merge_stages: [a, b], into: m}", written)
    merged = resolved(after, "m").touchpoints[0]
    assert total(merged, "inconvenient", "entry") == pytest.approx(-math.log(0.7), rel=1e-12)
    assert total(merged, "apathy", "exit") == pytest.approx(-math.log(0.9), rel=1e-12)
    assert total(merged, "shyness", "exit") == pytest.approx(-math.log(0.9), rel=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ("{no_trust: 10%}", "{no_trust: {chance: 10%, at: exit}}", "act at different moments"),
        ("{spam: 10%}", "{spam: {chance: 10%, visits: every}}", "act on different visits"),
        (
            "{apathy: {time_to_loss: 3 d}}",
            "{apathy: {time_to_loss: 4 d}}",
            "only exponential clocks (`time_to_loss`) add up, or clocks of the same law",
        ),
        (
            "{apathy: {time_to_loss: {exponential: {mean: 3 d}}}}",
            "{apathy: {time_to_loss: {exponential: {mean: 3 d}}, exposure: deciding}}",
            "run at different times (`exposure`)",
        ),
        (
            "{forgot: {forgetting: {half_life: 3 d}, reminders: {every: 1 d}}}",
            "{forgot: {forgetting: {half_life: 3 d}, reminders: {every: 2 d}}}",
            "their reminders differ",
        ),
        (
            "{forgot: {forgetting: {half_life: 3 d}}}",
            "{forgot: {time_to_loss: {weibull: {shape: 2, scale: 3 d}}, times: 3}}",
            "multiplied by different factors (`times`)",
        ),
    ],
)
def test_what_has_no_sum_is_refused_by_name(a: str, b: str, message: str) -> None:
    """The message names the cause and says why."""
    written = f"stages: [{{name: a, takes: 1 d, causes: {a}}}, {{name: b, takes: 2 d, causes: {b}}}]"
    cause = a[1 : a.index(":")]
    refused("{merge_stages: [a, b], into: m}", "merge_stages", f"`a` and `b` cannot be merged: `{cause}` acts", written)
    refused("{merge_stages: [a, b], into: m}", "merge_stages", message, written)


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ("[{name: a, next: [{end: won}]}, {name: b}]", "no route leads from one to the other"),
        ("[{name: a}, {name: x}, {name: b}]", "`x` stands between them"),
        ("[{name: a, purchase: true}, {name: b}]", "counts as a purchase, which would be lost"),
        ("[{name: a, earnings: [{key: x, revenue: 3}]}, {name: b}]", "`a` earns money, which would be lost"),
        (
            "[{name: a, loses: {share: 100%, split: {spam: 1}}}, {name: b, loses: {share: 1%, split: {spam: 1}}}]",
            "certain",
        ),
        ("[{name: a}, {name: r, removed: true, purchase: true}, {name: b}]", "`r` stands between them"),
    ],
)
def test_stages_that_cannot_be_one_are_refused(stages: str, message: str) -> None:
    """Neighbours only, nothing that would be lost, nothing certain twice."""
    refused("{merge_stages: [a, b], into: m}", "merge_stages", message, f"stages: {stages}")


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ("{scale: stages.*.causes.*, by: 2}", "{scale: stages.*.causes.*, by: 2}"),
        ("{set: stages.b.takes, to: 2 d}", "{set: stages.m.takes, to: 2 d}"),
        ("{scale: stages.a.causes.spam, by: 2}", "{scale: stages.m.causes.spam, by: 2}"),
        ("{set: stages.a.response.wait, to: 2 h}", "{set: stages.m.response.wait, to: 2 h}"),
        ("{reroute: b, next: [{to: a, share: 5%}]}", "{reroute: m, next: [{to: m, key: a, share: 5%}]}"),
        ("{scale: stages.a.causes.no_trust, by: 2}", None),
        ("{set: stages.a.takes, to: 2 d}", None),
        ("{remind: b, every: 3 d}", None),
        ("{remove_stage: a}", None),
        ("{respond_within: {stage: b, time: 2 min}}", None),
    ],
)
def test_changes_of_segments_follow_or_are_refused(change: str, kept: str | None) -> None:
    """A segment's change that keeps its meaning names the merged stage; one that would not is a mistake."""
    written = f"""
segments: {{large: {{share: 20%, changes: [{change}]}}}}
stages:
  - {{name: a, response: {{wait: 1 h}}, takes: 1 d, causes: {{no_trust: 1%, spam: 1%}}}}
  - {{name: b, takes: 1 d, causes: {{no_trust: 1%}}}}
"""
    if kept is None:
        refused("{merge_stages: [a, b], into: m}", "merge_stages", "the segment `large` changes", written)
    else:
        after = edited("{merge_stages: [a, b], into: m}", written)[0]
        assert after["segments"]["large"]["changes"] == [YAML_1_2.load(kept)]


def test_a_merge_is_applied_to_a_funnel() -> None:
    """A funnel after the change resolves, and its open deals are at the stage that stands."""
    funnel = apply(resolve(FunnelFile.model_validate(document())), {"merge_stages": ["request", "offer"], "into": "m"})
    assert [one.name for one in funnel.stages] == ["m", "terms", "deal"]
    assert [(deals.stage, deals.count, deals.age) for deals in funnel.pipeline] == [("m", 7, 2.0)]
    assert funnel.stages[0].key == "request"
