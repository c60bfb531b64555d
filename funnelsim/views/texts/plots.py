"""Pictures in words: titles, legends and alternative texts."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "plot.per_replication": Label("mean of {replications}", "в среднем за прогон ({replications})"),
    "plot.per_thousand": Label("of 1,000 customers who enter, exact", "на 1000 вошедших клиентов, точно"),
    "plot.funnel": Label("Who passes each stage, and who is lost to what", "Кто проходит этап и кто от чего теряется"),
    "plot.losses": Label("Losses by stage and cause", "Потери по этапам и причинам"),
    "plot.passed": Label("{share} pass", "проходят {share}"),
    "plot.other_causes": Label("Other causes", "Прочие причины"),
    "plot.other_losses": Label("other losses", "прочие потери"),
    "plot.lifts.revenue": Label("Expected lift in revenue", "Ожидаемый прирост выручки"),
    "plot.lifts.profit": Label("Expected lift in profit", "Ожидаемый прирост прибыли"),
    "plot.better": Label("P(better) {p}", "P(лучше) {p}"),
    "plot.interval": Label("95% interval", "интервал 95 %"),
    "plot.interval_all": Label("95% for all scenarios at once", "95 % сразу для всех сценариев"),
    "plot.waterfall.revenue": Label("Revenue from the base to the scenario", "Выручка: от базы к сценарию"),
    "plot.waterfall.profit": Label("Profit from the base to the scenario", "Прибыль: от базы к сценарию"),
    "plot.interaction": Label("Interaction", "Взаимное влияние"),
    "plot.single": Label("single replications", "отдельные прогоны"),
    "plot.convergence.revenue": Label(
        "“{label}”: lift in revenue by replication", "«{label}»: прирост выручки по прогонам"
    ),
    "plot.convergence.profit": Label(
        "“{label}”: lift in profit by replication", "«{label}»: прирост прибыли по прогонам"
    ),
    "plot.ledger": Label("“{label}”: whose fate changes", "«{label}»: чья судьба меняется"),
    "plot.ledger.same": Label("The fate of {customers} stays the same.", "Судьба не меняется: {customers}."),
    "plot.week.utilisation": Label("{team}: how busy, by hour", "{team}: загрузка по часам"),
    "plot.week.queue": Label("{team}: how many wait, by hour", "{team}: сколько ждут, по часам"),
    "plot.week.utilisation.hint": Label(
        "Per cent of working time; empty: nobody works.", "Процент рабочего времени; пусто: никто не работает."
    ),
    "plot.week.queue.hint": Label("Customers waiting, on average.", "Ждущих клиентов, в среднем."),
    "plot.journey": Label("The way through the funnel", "Путь через воронку"),
    "plot.journey.lost": Label("lost {n}", "потеряны {n}"),
    "plot.journey.gone": Label("done {n}", "закончили {n}"),
    "plot.journey.open": Label("still here {n}", "ещё здесь {n}"),
    "plot.check.outcomes": Label("What became of customers, in the bands of the forecast", "Исходы в полосах прогноза"),
    "plot.check.stages": Label("Where customers are, in the bands of the forecast", "Этапы в полосах прогноза"),
    "plot.check.arrivals": Label(
        "Customers who came, in the bands of the forecast", "Приход клиентов в полосах прогноза"
    ),
    "plot.check.by": Label("{what}, {age}", "{what}, {age}"),
    "plot.check.row": Label(
        "{label}: {observed} observed, 95% band {low} to {high}.",
        "{label}: наблюдалось {observed}, 95%-я полоса от {low} до {high}.",
    ),
    "plot.check.outside": Label(
        "{label}: {observed} observed, outside the 95% band {low} to {high}.",
        "{label}: наблюдалось {observed}, вне 95%-й полосы от {low} до {high}.",
    ),
    "plot.check.band80": Label("80% band", "80%-я полоса"),
    "plot.check.band95": Label("95% band", "95%-я полоса"),
    "plot.check.in": Label("observed, inside", "наблюдалось, внутри"),
    "plot.check.out": Label("observed, outside", "наблюдалось, вне полосы"),
    "plot.times": Label("How long stays last, in tenths of the forecast law", "Длительность визитов по десятым закона"),
    "plot.times.law": Label("of the forecast law, shortest stays first", "прогнозного закона, от коротких визитов"),
    "plot.times.level": Label(
        "Each bar would reach the dashed line if the times were right.",
        "Каждый столбец достигал бы штриховой линии, будь сроки верны.",
    ),
    "plot.times.row": Label("{stage}: off by at most {off}.", "{stage}: отклонение не более {off}."),
    "plot.dates": Label("Where customers are, by time since they entered", "Где клиенты через какое время после входа"),
    "plot.dates.time": Label("days since entering", "дней после входа"),
    "plot.dates.share": Label("share of customers", "доля клиентов"),
    "plot.best": Label("the best", "лучший"),
    "plot.leaks": Label("Money lost by stage and cause", "Потерянные деньги по этапам и причинам"),
    "plot.tornado.profit": Label("Which number matters: profit", "Какое число важнее: прибыль"),
    "plot.tornado.revenue": Label("Which number matters: revenue", "Какое число важнее: выручка"),
    "plot.tornado.won": Label("Which number matters: customers won", "Какое число важнее: купившие"),
    "plot.tornado.low": Label(
        "turned down: losses and times halved, prices and arrivals −10%, one person fewer",
        "меньше: потери и времена вдвое, цена и приток −10 %, на человека меньше",
    ),
    "plot.tornado.high": Label(
        "turned up: losses and times doubled, prices and arrivals +10%, one person more",
        "больше: потери и времена вдвое, цена и приток +10 %, на человека больше",
    ),
    "plot.tornado.told": Label("down {low}, up {high}", "меньше {low}, больше {high}"),
    "plot.curve.profit": Label(
        "Profit of each scenario along one number", "Прибыль сценариев при разных значениях числа"
    ),
    "plot.curve.revenue": Label(
        "Revenue of each scenario along one number", "Выручка сценариев при разных значениях числа"
    ),
    "plot.curve.won": Label("Customers won along one number", "Купившие при разных значениях числа"),
    "plot.curve.at": Label(
        "At × {factor} the best changes: {below} → {above}.", "При × {factor} лучший меняется: {below} → {above}."
    ),
    "plot.frontier.profit": Label("The most profit for every budget", "Наибольшая прибыль при каждом бюджете"),
    "plot.frontier.revenue": Label("The most revenue for every budget", "Наибольшая выручка при каждом бюджете"),
    "plot.frontier.won": Label("The most customers won for every budget", "Больше всего купивших при каждом бюджете"),
    "plot.plane": Label(
        "What scenarios cost and bring beside the base", "Сколько сценарии стоят и приносят сверх базы"
    ),
    "plot.plane.cost": Label("all costs, change", "все затраты, изменение"),
    "plot.plane.revenue": Label("revenue, change", "выручка, изменение"),
    "plot.plane.hint": Label(
        "Above the dashed line more comes in than it costs. Small points: single replications.",
        "Выше пунктира приходит больше, чем стоит. Мелкие точки — отдельные прогоны.",
    ),
    "plot.incidence": Label("The fitted funnel against its data", "Подобранная воронка и данные"),
    "plot.incidence.data": Label("data, 95% band", "данные, полоса 95 %"),
    "plot.outcomes": Label(
        "Who has bought and who is lost, by time since entering", "Кто купил и кто потерян, по времени после входа"
    ),
    "plot.outcomes.data": Label("one replication, 95% band", "один прогон, полоса 95 %"),
    "plot.outcomes.told": Label("{data} (95% {low} to {high})", "{data} (95 %: от {low} до {high})"),
    "plot.incidence.told": Label(
        "data {data} ({low} … {high}), model {model}", "данные {data} ({low} … {high}), модель {model}"
    ),
    "plot.replies": Label("{stage}: what a late answer costs", "{stage}: чего стоит поздний ответ"),
    "plot.replies.lost": Label("lost unanswered, if the answer takes so long", "потеряны, если ответ занимает столько"),
    "plot.replies.half": Label("half are answered within {time}", "половине отвечают за {time}"),
    "plot.replies.most": Label("90% are answered within {time}", "90 % отвечают за {time}"),
    "plot.replies.time": Label("time to an answer", "время до ответа"),
    "plot.replies.share": Label("share lost while waiting", "доля потерянных в ожидании"),
    "plot.replies.told": Label("{time}: {share}.", "{time}: {share}."),
    # alternative texts
    "plot.alt.stage": Label(
        "{stage}: {visits} come, {passed} pass; lost: {lost}.",
        "{stage}: пришли {visits}, прошли {passed}; потеряны: {lost}.",
    ),
    "plot.alt.stage_without": Label(
        "{stage}: {visits} come, {passed} pass, nobody is lost.{lost}",
        "{stage}: пришли {visits}, прошли {passed}, потерь нет.{lost}",
    ),
    "plot.alt.value": Label("{label}: {value}.", "{label}: {value}."),
    "plot.alt.converged": Label("After {n} replications: {interval}.", "После прогонов ({n}): {interval}."),
    "plot.alt.flow": Label("{before} → {after}: {customers}.", "{before} → {after}: {customers}."),
    "plot.alt.hour": Label("{day}: most at {hour}, {value}.", "{day}: больше всего в {hour}, {value}."),
}
