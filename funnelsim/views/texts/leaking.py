"""Where the money goes, in words."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "leaks.head.exact": Label("exact expectations", "точные ожидания"),
    "leaks.head.simulation": Label("simulated", "симуляция"),
    "leaks.head.observed": Label("observed in an event log", "наблюдения из журнала событий"),
    "leaks.sums": Label(
        "{people} losses; revenue {revenue}, and without any loss {lift} more.",
        "Потерь: {people}; выручка {revenue}, без единой потери — на {lift} больше.",
    ),
    "leaks.sums.observed": Label("{people} losses; revenue {revenue}.", "Потерь: {people}; выручка {revenue}."),
    "leaks.narrowest": Label(
        "Narrowest stage: {stage}, {share} of its visits are completed.",
        "Самый узкий этап: {stage}, его проходят {share} визитов.",
    ),
    "leaks.top": Label(
        "One per cent more customers at the top: {top} of revenue.",
        "На один процент больше клиентов на входе: {top} выручки.",
    ),
    "leaks.answers": Label(
        "All answers one per cent slower: {answers} of revenue.",
        "Все ответы на один процент медленнее: {answers} выручки.",
    ),
    "leaks.title": Label("Where the money goes", "Куда уходят деньги"),
    "leaks.money": Label("Money lost", "Потеряно денег"),
    "leaks.most": Label("At most", "Не больше"),
    "leaks.profit": Label("Profit lost", "Потеряно прибыли"),
    "leaks.of_money": Label("Of it", "Доля"),
    "leaks.hint": Label(
        "Money lost: the revenue that those lost would have brought had they gone on from there, with all that still "
        "lay ahead of them.",
        "Потеряно денег: выручка, которую принесли бы потерянные, если бы пошли дальше с этого места, со всеми "
        "потерями впереди.",
    ),
    "leaks.segments": Label("By segment", "По сегментам"),
    "leaks.segment": Label("Segment", "Сегмент"),
    "leaks.segment.none": Label("no segment", "без сегмента"),
    "leaks.causes": Label("Revenue lift of less of a cause, everywhere", "Прирост выручки, если причины станет меньше"),
    "leaks.sides": Label("Revenue lift of less of a side", "Прирост выручки по сторонам"),
    "leaks.removed": Label("Without it", "Без неё"),
    "leaks.removed_most": Label("At most", "Не больше"),
    "leaks.halved": Label("Halved", "Вдвое меньше"),
    "leaks.shapley": Label("Shapley part", "Доля по Шепли"),
    "leaks.elasticity": Label("Elasticity", "Эластичность"),
    "leaks.all": Label("all causes", "все причины"),
    "leaks.causes.hint": Label(
        "Elasticity: by how many per cent revenue changes when the losses' hazards grow by one per cent.",
        "Эластичность: на сколько процентов изменится выручка, если интенсивность потерь вырастет на один процент.",
    ),
    "leaks.stages": Label("Stages", "Этапы"),
    "leaks.passes": Label("Passes", "Проходят"),
    "leaks.onward": Label("From there", "Дальше"),
    "leaks.point": Label("One point", "Один пункт"),
    "leaks.stages.hint": Label(
        "From there: revenue per completed visit. One point: the revenue of 1% of the visits more that are completed.",
        "Дальше: выручка на пройденный визит. Один пункт: выручка, если пройдут ещё 1 % визитов.",
    ),
    "leaks.lifts": Label("Revenue lift of less at a stage", "Прирост выручки по этапам"),
    "leaks.stage.removed": Label("No losses there", "Без потерь там"),
    "leaks.stage.dropped": Label("No such stage", "Без этапа"),
    "leaks.response": Label("Of answers", "Ответов"),
    "leaks.lifts.hint": Label(
        "No such stage: its losses, time, effort and cost are gone; a dash where it earns, so that it cannot simply "
        "go. Elasticity of revenue to the hazards there, and to the time that answers take there.",
        "Без этапа: нет его потерь, времени, усилий и затрат; прочерк — этап приносит деньги, и просто убрать его "
        "нельзя. Эластичность выручки по интенсивности потерь на этапе и по времени ответов на нём.",
    ),
    "leaks.share": Label("Share completed", "Доля прошедших"),
    "leaks.unknown": Label("unknown", "неизвестно"),
    "leaks.p_most": Label("P(largest leak)", "P(крупнейшая потеря)"),
    "leaks.p_largest": Label("P(largest lift)", "P(наибольший прирост)"),
    "leaks.p_narrowest": Label("P(narrowest)", "P(самый узкий)"),
    "leaks.doubt.explain": Label(
        "P: with what probability this leak, this cause or this stage is the largest (the narrowest) of all.",
        "P: вероятность, что эта потеря, эта причина или этот этап — первые из всех.",
    ),
}
