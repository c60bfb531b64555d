"""The verbs of the trade: stages dropped, added and rerouted, reminders, reply times, touchpoints, prices."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from funnelsim.causes import Label
from funnelsim.files.changes import apply
from funnelsim.files.editing import EDITS, edit
from funnelsim.files.paths import ChangeError
from funnelsim.files.resolving import resolve
from funnelsim.files.schema import FunnelFile, canonical
from funnelsim.files.verbs import VERBS, check_change
from funnelsim.files.wording import Mistakes
from funnelsim.laws import make_law
from funnelsim.model import Earning, Referrals, Stage, Within

SAMPLE = Path(__file__).parent.parent / "data" / "changes.yaml"
YAML_1_2 = YAML(typ="safe", pure=True)
DOCUMENT = canonical(FunnelFile.model_validate(YAML_1_2.load(SAMPLE.read_text(encoding="utf-8"))))


def cases(text: str) -> list[tuple[dict[str, Any], str, str]]:
    """Changes as a file writes them, and below each the key at fault and the message, over as many lines as needed."""
    found: list[tuple[dict[str, Any], str, str]] = []
    for block in re.split(r"\n(?=\{)", text.strip()):
        change, *lines = block.splitlines()
        key, _, message = " ".join(line.strip() for line in lines).partition("| ")
        found.append((YAML_1_2.load(change), key.strip(), message))
    return found


def edited(*changes: str, document: Mapping[str, Any] = DOCUMENT) -> dict[str, Any]:
    """The sample after some changes, as a file writes them."""
    result = dict(document)
    for change in changes:
        result = edit(result, YAML_1_2.load(change))[0]
    return result


def said(change: str, document: Mapping[str, Any] = DOCUMENT) -> list[Label]:
    """What a change assumes."""
    return edit(document, YAML_1_2.load(change))[1]


def stage(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A stage of a document."""
    found: dict[str, Any] = next(one for one in document["stages"] if one["name"] == name)
    return found


def resolved(document: Mapping[str, Any], name: str) -> Stage:
    """A stage of the funnel that a document says."""
    return next(one for one in resolve(FunnelFile.model_validate(document)).stages if one.name == name)


def refused(change: Mapping[str, Any], key: str, message: str, document: Mapping[str, Any] = DOCUMENT) -> None:
    """Check that a change is refused with exactly this message, for this key."""
    with pytest.raises(ChangeError) as caught:
        edit(document, change)
    assert (caught.value.key, caught.value.message) == (key, message)


# ---- remove_stage --------------------------------------------------------------------------------------------------


def test_a_removed_stage_is_a_pass_through() -> None:
    """It keeps its name, its place and its routes, and loses its time, causes, effort, cost and touchpoints."""
    document = edited(
        "{set: stages.offer.label, to: {en: Offer, ru: Предложение}}", "{set: stages.offer.key, to: proposal}"
    )
    after = edited("{remove_stage: offer}", document=document)
    assert stage(after, "offer") == {
        "name": "offer",
        "key": "proposal",
        "label": {"en": "Offer", "ru": "Предложение"},
        "removed": True,
    }
    assert [one["name"] for one in after["stages"]] == ["request", "offer", "договор", "payment"]
    request = edited("{add: stages.request.next, value: {to: payment, share: 10%}}", "{remove_stage: request}")
    assert stage(request, "request")["next"] == [{"to": "payment", "share": 0.1}]
    assert resolved(request, "request").touchpoints[0].entry == ()


def test_removing_a_stage_says_where_its_customers_go() -> None:
    """Who would have come goes where the stage would have sent them; what is gone with it is counted."""
    assert said("{remove_stage: request}") == [
        Label(
            "whoever would have come to «Request» goes where it would have sent them: to «offer»; its 6 causes of "
            "loss, the wait for an answer, its cost and its effort are gone",
            "кто пришёл бы на этап «Заявка», идёт туда, куда этот этап направил бы: на этап «offer»; вместе с этапом "
            "исчезают 6 причин потерь, ожидание ответа, расходы на него и затраты сил клиента",
        )
    ]
    routed = edited("{add: stages.договор.next, value: {to: request, share: 20%}}", "{remove: stages.договор.takes}")
    assert said("{remove_stage: договор}", routed)[0].ru == (
        "кто пришёл бы на этап «договор», идёт туда, куда этот этап направил бы: на этап «Заявка» или на этап "
        "«payment»; вместе с этапом исчезают 3 причины потерь"
    )
    bare = edited("{add_stage: {name: pause}, after: offer}")
    assert said("{remove_stage: pause}", bare)[0].en == (
        "whoever would have come to «pause» goes where it would have sent them: to «договор»"
    )


def test_a_removed_stage_pays_where_earnings_to_says() -> None:
    """Its earnings keep their key; the purchase still counts where it stood (for draws and budgets)."""
    document = edited("{add: stages.payment.referrals, value: {mean: 0.2}}", "{set: stages.payment.key, to: paid}")
    after = edited("{remove_stage: payment, earnings_to: offer}", document=document)
    revenue = make_law("lognormal", {"mean": 90000, "sd": 60000})
    assert resolved(after, "offer").earnings == (
        Earning("paid", revenue, price=1.0, margin=0.35, referrals=Referrals(0.2, "request")),
    )
    assert not resolved(after, "offer").purchase
    assert resolved(after, "payment").purchase
    assert resolved(after, "payment").earnings == ()
    assert said("{remove_stage: payment, earnings_to: offer}", document)[1] == Label(
        "the money and the referrals of «payment» come when «offer» is completed; the purchase still counts where "
        "«payment» stood",
        "деньги и рекомендации этапа «payment» теперь появляются по завершении этапа «offer»; покупка по-прежнему "
        "засчитывается там, где стоял этап «payment»",
    )


def test_earnings_move_on_when_their_heir_is_removed_too() -> None:
    """What a removed stage was given goes on to the next heir, beside what that one earns itself: both are paid."""
    document = edited("{set: stages.offer.revenue, to: 100}", "{remove_stage: offer, earnings_to: договор}")
    after = edited("{remove_stage: договор, earnings_to: payment}", document=document)
    assert [earning.key for earning in resolved(after, "payment").earnings] == ["payment", "offer"]
    assert [resolved(after, name).purchase for name in ("offer", "договор", "payment")] == [True, False, True]
    assert said("{remove_stage: договор, earnings_to: payment}", document)[1].en == (
        "the money of «договор» comes when «payment» is completed"
    )


def test_dropping_every_stage_but_one_leaves_a_funnel() -> None:
    """The last stage that does something stays; whoever comes goes straight to it."""
    after = edited("{remove_stage: request}", "{remove_stage: offer}", "{remove_stage: договор}")
    funnel = apply(resolve(FunnelFile.model_validate(after)), {"scale": "sources.*", "by": 1})
    assert [one.removed for one in funnel.stages] == [True, True, True, False]
    refused({"remove_stage": "payment"}, "remove_stage", "`payment` is the only stage left", after)


REMOVAL_MISTAKES = """
{remove_stage: ofer}
    remove_stage | there is no stage `ofer` (did you mean `offer`?)
{remove_stage: [offer]}
    remove_stage | expected the name of a stage, found a list
{remove_stage: payment}
    remove_stage | `payment` earns money: say where that goes, such as `earnings_to: договор`
{remove_stage: payment, earnings_to: nowhere}
    earnings_to | there is no stage `nowhere`; there are `request`, `offer`, `договор` and `payment`
{remove_stage: payment, earnings_to: payment}
    earnings_to | `payment` is the stage that is removed: expected another
{remove_stage: offer, earnings_to: payment}
    earnings_to | `offer` earns nothing, so that nothing can go to another stage
"""


@pytest.mark.parametrize(("change", "key", "message"), cases(REMOVAL_MISTAKES))
def test_removing_a_stage_loses_no_money_unasked(change: Mapping[str, Any], key: str, message: str) -> None:
    """A stage with earnings is only removed if it is said where they go."""
    refused(change, key, message)


def test_referrals_alone_need_an_heir_too() -> None:
    """A stage may bear referrals without earning money."""
    document = edited("{add: stages.offer.referrals, value: {mean: 0.5}}")
    message = (
        "`offer` bears referrals: say where that goes, such as `earnings_to: request`, `earnings_to: договор` or "
        "`earnings_to: payment`"
    )
    refused({"remove_stage": "offer"}, "remove_stage", message, document)
    after = edited("{remove_stage: offer, earnings_to: request}", document=document)
    assert resolved(after, "request").earnings == (Earning("offer", referrals=Referrals(0.5, "request")),)
    assert not resolved(after, "offer").purchase


DROPPED = """
{remove_stage: offer}
    remove_stage | stage `offer` was dropped by an earlier change
{set: stages.offer.takes, to: 3 d}
    set | stage `offer` was dropped by an earlier change
{scale: stages.offer.causes.forgot, by: 2}
    scale | stage `offer` was dropped by an earlier change
{remind: offer, every: 3 d}
    remind | stage `offer` was dropped by an earlier change
{reroute: offer, next: []}
    reroute | stage `offer` was dropped by an earlier change
{remove_stage: payment, earnings_to: offer}
    earnings_to | stage `offer` was dropped by an earlier change
"""


@pytest.mark.parametrize(("change", "key", "message"), cases(DROPPED))
def test_nothing_changes_a_stage_that_was_dropped(change: Mapping[str, Any], key: str, message: str) -> None:
    """Every change that names a dropped stage says so."""
    refused(change, key, message, edited("{remove_stage: offer}"))


# ---- add_stage, reroute --------------------------------------------------------------------------------------------


def test_a_new_stage_stands_in_the_default_way() -> None:
    """It comes after or before the stage named, and the default routes lead through it."""
    after = edited("{add_stage: {name: demo, takes: 1 d, causes: {shyness: 5%}}, after: offer}")
    assert [one["name"] for one in after["stages"]] == ["request", "offer", "demo", "договор", "payment"]
    assert stage(after, "demo") == {
        "name": "demo",
        "takes": {"fixed": "1.0 d"},
        "causes": {"shyness": {"chance": 0.05}},
    }
    assert [route.to for route in resolved(after, "offer").routes] == ["demo"]
    before = edited("{add_stage: {name: demo}, before: request}")
    assert before["stages"][0]["name"] == "demo"
    replaced = edited("{remove_stage: offer}", "{add_stage: {name: demo}, after: offer}")
    assert [route.to for route in resolved(replaced, "offer").routes] == ["demo"]


def test_adding_a_stage_says_who_passes_through_it() -> None:
    """Customers by default, sources that name no stage, or nobody unless routed."""
    assert said("{add_stage: {name: demo, label: {en: Demo, ru: Показ}}, after: offer}") == [
        Label(
            "whoever went on to «договор» by default now passes through «Demo» first; routes that name a stage are as "
            "they were",
            "кто по умолчанию шёл на этап «договор», теперь сначала проходит этап «Показ»; маршруты, в которых этап "
            "назван, прежние",
        )
    ]
    assert said("{add_stage: {name: demo, label: Demo}, before: request}")[0].ru == (
        "источники и рекомендации, для которых этап не указан, теперь приводят на этап «Demo»; маршруты, в которых "
        "этап назван, прежние"
    )
    assert said("{add_stage: {name: use}, after: payment}")[0].en == (
        "whoever ended the journey there by default now passes through «use» first; routes that name a stage are as "
        "they were"
    )
    assert said("{add_stage: {name: later, aside: true}, after: offer}")[0].en == (
        "nobody comes to «later» but by routes that name it"
    )


def test_routes_are_replaced() -> None:
    """`reroute` puts new routes in the place of the old; the assumption names where they lead, the default included."""
    change = "{reroute: offer, next: [{to: payment, share: 30%}, {end: won, share: 5%}]}"
    assert stage(edited(change), "offer")["next"] == [{"to": "payment", "share": 0.3}, {"end": "won", "share": 0.05}]
    assert said(change) == [
        Label(
            "after «offer» customers go to «payment», to the end of the journey, as won or to «договор»; what they "
            "meet there is as it was",
            "после этапа «offer» клиенты идут на этап «payment», к концу пути — среди купивших или на этап «договор»; "
            "то, что их там ждёт, не изменилось",
        )
    ]


STAGE_MISTAKES = """
{add_stage: {name: offer}, after: request}
    add_stage | there is a stage `offer` already
{add_stage: {name: demo, key: offer}, after: request}
    add_stage | there is a stage `offer` already
{add_stage: {name: demo}}
    add_stage | say where the stage stands: either `after: STAGE` or `before: STAGE`
{add_stage: {name: demo}, after: request, before: offer}
    add_stage | say where the stage stands: either `after: STAGE` or `before: STAGE`
{add_stage: {name: demo}, after: reqest}
    after | there is no stage `reqest` (did you mean `request`?)
{add_stage: demo, after: request}
    add_stage | expected a stage with a `name`, such as `{name: demo}`, found 'demo'
{add_stage: {name: demo, tekes: 1 d}, after: request}
    add_stage | `stages.demo.tekes`: unknown key (did you mean `takes`?)
{reroute: offer, next: [{to: paymnt}]}
    next | there is no stage `paymnt` (did you mean `payment`?)
{reroute: offer, next: payment}
    next | expected routes such as `[{to: STAGE, share: 20%}]`, found 'payment'
{reroute: offer, next: [{share: 20%}]}
    next | `stages.offer.next.1`: leads nowhere: expected `to: STAGE` or `end: won`
{reroute: ofer, next: []}
    reroute | there is no stage `ofer` (did you mean `offer`?)
"""


@pytest.mark.parametrize(("change", "key", "message"), cases(STAGE_MISTAKES))
def test_new_stages_and_routes_need_names_that_are_right(change: Mapping[str, Any], key: str, message: str) -> None:
    """A new stage needs a name of its own and a neighbour, a route a stage that is there."""
    refused(change, key, message)


# ---- remind, respond_within ----------------------------------------------------------------------------------------


def test_reminders_reach_everyone_who_may_forget() -> None:
    """Reminders are set at each forgetting cause in effect, a default's in the stage's entry, also at touchpoints."""
    document = edited(
        "{set: stages.offer.causes.distracted, to: {forgetting: {half_life: 2 d}, reminders: {every: 9 d}}}",
        "{set: stages.offer.touchpoints.phone.causes.apathy, to: {forgetting: {half_life: 1 d}}}",
    )
    after = edited("{remind: offer, every: 36 h, cost: 2}", document=document)
    reminders = {"every": "1.5 d", "cost": 2.0}
    assert stage(after, "offer")["causes"]["forgot"] == {"default": True, "reminders": reminders}
    assert stage(after, "offer")["causes"]["distracted"]["reminders"] == reminders
    assert stage(after, "offer")["touchpoints"][1]["causes"]["apathy"]["reminders"] == reminders
    assert stage(after, "offer")["causes"]["inconvenient"] == {"chance": 0.05}
    assert after["causes"] == DOCUMENT["causes"]
    memories = [memory.reminders for point in resolved(after, "offer").touchpoints for memory in point.memories]
    assert [(one.every, one.cost) for one in memories if one is not None] == [
        (1.5, 2.0)
    ] * 5  # 2 at the site, 3 by phone
    assert said("{remind: offer, every: 3 d}") == [
        Label(
            "reminders at «offer» come once in 3 days while the customer decides, reach everyone there, bring back "
            "those who had forgotten, and drive nobody away",
            "напоминания на этапе «offer» приходят раз в 3 дня, пока клиент решает, доходят до всех, возвращают тех, "
            "кто забыл, и никого не отталкивают",
        )
    ]


def test_a_reply_time_is_capped_for_a_share() -> None:
    """`respond_within` caps the wait of the stage and of touchpoints with a response of their own; the law stays."""
    document = edited(
        "{add: stages.request.touchpoints, value: {name: chat, share: 30%, response: {wait: 5 min}}}",
    )
    after = edited("{respond_within: {stage: request, time: 2 min, share: 90%}}", document=document)
    within = Within(2 / 1440, 0.9)
    assert [point.response.within for point in resolved(after, "request").touchpoints if point.response] == [within] * 2
    assert stage(after, "request")["response"]["wait"] == stage(DOCUMENT, "request")["response"]["wait"]
    assert said("{respond_within: {stage: request, time: 2 min, share: 90%}}") == [
        Label(
            "at «Request» 90% of customers are answered within 2 min, whatever the load; the other waits are unchanged",
            "на этапе «Заявка» в 90\u00a0% случаев отвечают не позже чем через 2 мин, сколько бы ни было обращений; "
            "остальные ожидания прежние",
        )
    ]
    assert said("{respond_within: {stage: request, time: 2 min}}")[0].en == (
        "at «Request» everyone is answered within 2 min, whatever the load"
    )


CONTACT_MISTAKES = """
{remind: request, every: 3 d}
    remind | nobody forgets at `request`: no cause has `forgetting` there
{remind: offer, every: 3}
    every | expected a duration such as `2 min`, `36 h` or `3 d`, found 3 without a unit; the units are s, min, h, d, w,
    mo, y
{remind: offer, every: 0 d}
    every | expected a duration above 0, found '0 d'
{remind: offer, every: 3 d, cost: -1}
    cost | expected an amount such as `350` or `1200.50`, not below 0, found -1
{remind: ofer, every: 3 d}
    remind | there is no stage `ofer` (did you mean `offer`?)
{respond_within: {stage: offer, time: 2 min}}
    respond_within.stage | nobody waits for an answer at `offer`; first set `stages.offer.response.wait`
{respond_within: {stage: request, time: soon}}
    respond_within.time | expected a duration such as `2 min`, `36 h` or `3 d`, found 'soon'
{respond_within: {stage: request, time: 2 min, share: 120%}}
    respond_within.share | expected a share such as `12%` or `0.12`, between 0% and 100%, found '120%'
{respond_within: {stage: request, time: 2 min, holds: 4 h}}
    respond_within.holds | `holds` is for a first answer by a machine while the customer waits for a team; here the wait
    is a law, which the answer ends. For such an answer, set `stages.request.response.automatic`
{respond_within: {stage: request}}
    respond_within | `respond_within` needs `time` beside it
{respond_within: request}
    respond_within | expected a mapping such as `{stage: …, time: …}`, found 'request'
{respond_within: {stage: request, time: 2 min, chare: 1}}
    respond_within.chare | unknown key of `respond_within`: expected `stage`, `time`, `share` and `holds` (did you mean
    `share`?)
"""


@pytest.mark.parametrize(("change", "key", "message"), cases(CONTACT_MISTAKES))
def test_reminders_and_answers_need_someone_who_waits(change: Mapping[str, Any], key: str, message: str) -> None:
    """Nobody is reminded who cannot forget, nobody is answered who does not wait."""
    refused(change, key, message)


@pytest.mark.parametrize("takes", ["{remove: stages.offer.takes}", "{set: stages.offer.takes, to: 0 d}"])
def test_no_reminder_is_due_in_no_time(takes: str) -> None:
    """Reminders come while the customer decides: at a stage that takes no time there are none."""
    message = "`offer` takes no time (`takes`), so that no reminder is ever due there"
    refused({"remind": "offer", "every": "3 d"}, "remind", message, edited(takes))
    slow = edited(takes, "{set: stages.offer.touchpoints.phone.takes, to: 3 d}")
    assert "reminders" in stage(edited("{remind: offer, every: 1 d}", document=slow), "offer")["causes"]["forgot"]


# ---- add_touchpoint, price -----------------------------------------------------------------------------------------


def test_a_new_touchpoint_takes_its_share_from_the_others_in_proportion() -> None:
    """A chat with 20% leaves the site 80% of its 60% and the telephone 80% of its 40%; the rest shrinks by itself."""
    change = "{add_touchpoint: offer, touchpoint: {name: chat, share: 20%, causes: {shyness: 1%}}}"
    after = edited(change)
    shares = {point.name: point.share for point in resolved(after, "offer").touchpoints}
    assert shares == pytest.approx({"site": 0.48, "phone": 0.32, "chat": 0.2}, rel=1e-15)
    alone = edited("{add_touchpoint: request, touchpoint: {name: chat, share: 20%}}")
    assert {p.name: p.share for p in resolved(alone, "request").touchpoints} == {"chat": 0.2, "rest": 0.8}
    assert said(change) == [
        Label(
            "«chat» takes 20% of the visits to «offer», from the others in proportion; what happens at each touchpoint "
            "does not depend on how many choose it",
            "«chat» получает 20\u00a0% посещений этапа «offer» — от остальных точек контакта пропорционально; то, что "
            "происходит в каждой из них, не зависит от того, сколько клиентов её выбрали",
        )
    ]


def test_a_price_changes_what_customers_pay() -> None:
    """`price` multiplies the share of the list price, of the stage's own revenue and of what it was given."""
    after = edited("{price: payment, by: -10%}", "{price: payment, by: 0.5}")
    assert stage(after, "payment")["price"] == pytest.approx(0.9 * 1.5, rel=1e-15)
    assert stage(after, "payment")["revenue"] == stage(DOCUMENT, "payment")["revenue"]
    given = edited("{remove_stage: payment, earnings_to: offer}", "{price: offer, by: -100%}")
    assert [earning.price for earning in resolved(given, "offer").earnings] == [0.0]
    assert edited("{price: payment, by: 0}") == DOCUMENT
    assert said("{price: payment, by: 0}") == []
    assert said("{price: payment, by: -10%}") == [
        Label(
            "losses do not react to the price at «payment», and the cost of goods is unchanged",
            "потери не зависят от цены на этапе «payment», себестоимость прежняя",
        )
    ]


OFFER_MISTAKES = """
{add_touchpoint: offer, touchpoint: {name: site, share: 10%}}
    touchpoint.name | `offer` has a touchpoint `site` already
{add_touchpoint: offer, touchpoint: {name: chat}}
    touchpoint | expected a touchpoint such as `{name: chat, share: 20%}`, found a mapping
{add_touchpoint: offer, touchpoint: {name: chat, share: 110%}}
    touchpoint.share | expected a share such as `12%` or `0.12`, between 0% and 100%, found '110%'
{add_touchpoint: offer, touchpoint: {name: chat, share: 10%, taks: 1 d}}
    touchpoint | `stages.offer.touchpoints.chat.taks`: unknown key (did you mean `takes`?)
{add_touchpoint: offer}
    | `add_touchpoint` needs `touchpoint` beside it
{price: offer, by: -10%}
    price | `offer` has no revenue, and so no price
{price: payment, by: -110%}
    by | expected a relative change such as `-10%` or `0.1`, no less than -100%, found '-110%'
{price: paymnt, by: 10%}
    price | there is no stage `paymnt` (did you mean `payment`?)
"""


@pytest.mark.parametrize(("change", "key", "message"), cases(OFFER_MISTAKES))
def test_touchpoints_and_prices_that_cannot_be(change: Mapping[str, Any], key: str, message: str) -> None:
    """A touchpoint needs a new name and a share, a price a revenue."""
    refused(change, key, message)


def test_the_price_of_a_dropped_stage_is_where_its_earnings_are() -> None:
    """The message leads to the stage that has the earnings now."""
    after = edited("{remove_stage: payment, earnings_to: offer}")
    message = "stage `payment` was dropped by an earlier change; `offer` has its earnings: `price: offer`"
    refused({"price": "payment", "by": "10%"}, "price", message, after)
    refused(
        {"price": "договор", "by": "10%"},
        "price",
        "stage `договор` was dropped by an earlier change",
        edited("{remove_stage: договор}"),
    )


# ---- the shape of a change -----------------------------------------------------------------------------------------


def test_every_verb_is_described_and_does_something() -> None:
    """The verbs whose shape is checked are those that edit."""
    assert EDITS.keys() == VERBS.keys()


def test_a_change_is_kept_as_it_was_written() -> None:
    """Checking a change copies it, tuples as lists and infinities as a file writes them."""
    written = {"set": "stages.a.takes", "to": {"empirical": {"quantiles": ((0, 1), (1, math.inf))}}}
    assert check_change(written) == {
        "set": "stages.a.takes",
        "to": {"empirical": {"quantiles": [[0, 1], [1, ".inf"]]}},
    }


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ("remove", (), "expected a change such as `{scale: PATH, by: 0.5}`, found 'remove'"),
        ({"remove": "a.b", "by": 2}, ("by",), "unknown key of `remove`: expected `remove`"),
        ({"scale": "a.b"}, (), "`scale` needs `by` beside it"),
    ],
)
def test_a_wrong_shape_is_reported_where_it_is(change: object, path: tuple[str, ...], message: str) -> None:
    """The shape is checked before anything is edited, each mistake with its place inside the change."""
    with pytest.raises(Mistakes) as caught:
        check_change(change)
    assert caught.value.found == ((path, message),)
