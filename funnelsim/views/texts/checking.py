"""Checking in words: what was forecast, what was observed, and what to know about it."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "check.head": Label(
        "forecast on {cut} of {customers} customers who came until {end}, watched until {until}",
        "прогноз на {cut}; пришло до {end} клиентов: {customers}, наблюдение до {until}",
    ),
    "check.fitted": Label("fitted to {customers} customers", "подогнано по клиентам: {customers}"),
    "check.shares": Label("Shares of customers by age", "Доли клиентов по сроку с прихода"),
    "check.what": Label("Outcome", "Исход"),
    "check.age": Label("By", "К сроку"),
    "check.forecast": Label("Forecast", "Прогноз"),
    "check.band": Label("95% band", "95%-я полоса"),
    "check.observed": Label("Observed", "Наблюдалось"),
    "check.cut": Label("Forecast on", "Прогноз на"),
    "check.outside": Label("outside", "вне полосы"),
    "check.inside": Label("inside", "внутри"),
    "check.in_band": Label("In the band", "В полосе"),
    "check.at": Label("at: {stage}", "на этапе: {stage}"),
    "check.between": Label("between two stages", "между этапами"),
    "check.lost": Label("lost: {cause}", "потеря: {cause}"),
    "check.coverage": Label(
        "Of {number} shares of outcomes, by week too, {low} are inside their 80% bands and {high} inside the 95% ones.",
        "Из {number} долей исходов, считая и по неделям, внутри 80%-х полос {low}, внутри 95%-х {high}.",
    ),
    "check.rates": Label("Events by stage: where they deviate most", "События по этапам: где отклонение наибольшее"),
    "check.event": Label("Event", "Событие"),
    "check.event.lost": Label("lost: {name}", "потеря: {name}"),
    "check.event.next": Label("goes on: {name}", "переход: {name}"),
    "check.event.out": Label("comes to the end", "конец воронки"),
    "check.ages.young": Label("up to {to} in", "визиту до {to}"),
    "check.ages.between": Label("{from} to {to} in", "визиту от {from} до {to}"),
    "check.ages.old": Label("{from} in or more", "визиту больше {from}"),
    "check.cycle": Label("Recurs every", "Повторяется, цикл"),
    "check.cycle.week": Label("week", "неделя"),
    "check.cycle.month": Label("month", "месяц"),
    "check.cycle.quarter": Label("quarter", "квартал"),
    "check.cycle.year": Label("year", "год"),
    "check.like_observed": Label("Like periods: observed", "В таких же периодах: наблюдалось"),
    "check.like_expected": Label("Like periods: expected", "В таких же периодах: ожидалось"),
    "check.since": Label("From", "С"),
    "check.until": Label("Until", "До"),
    "check.expected": Label("Expected", "Ожидалось"),
    "check.p": Label("By chance", "Случайно"),
    "check.rates.hint": Label(
        "By chance: how often so large a deviation comes anywhere among all events and periods looked at, if nothing "
        "has changed.",
        "Случайно: как часто столь большое отклонение возникает где-либо среди всех событий и периодов, если ничего не "
        "изменилось.",
    ),
    "check.times": Label("How long stays last", "Длительность визитов"),
    "check.stays": Label("Stays", "Визиты"),
    "check.censored": Label("Still open", "Ещё открыты"),
    "check.distance": Label("Off by at most", "Отклонение не более"),
    "check.bins": Label("In tenths of the forecast law, %", "По десятым долям закона, %"),
    "check.arrivals": Label("Customers who came", "Сколько пришло клиентов"),
    "check.arrivals.hint": Label(
        "The first row is the whole window. Before the cut periods scattered {scatter} times as much as by Poisson's "
        "law.",
        "Первая строка — всё окно. До отсечки разброс по периодам был в {scatter} раза больше пуассоновского.",
    ),
    "check.values": Label("Order values", "Суммы заказов"),
    "check.orders": Label("Orders", "Заказы"),
    "check.scores": Label("Against naive forecasts", "В сравнении с наивными прогнозами"),
    "check.forecaster": Label("Forecast by", "Прогноз"),
    "check.score": Label("Error", "Ошибка"),
    "check.worse": Label("Worse by", "Хуже на"),
    "check.interval": Label("95% interval", "95%-й интервал"),
    "check.model": Label("the fitted funnel", "подогнанная воронка"),
    "check.last": Label("the last period's shares", "доли прошлого периода"),
    "check.constant": Label("constant rates", "постоянные интенсивности"),
    "check.scores.hint": Label(
        "Error: the quadratic (Brier) score of won, lost and open, a proper one; smaller is better.",
        "Ошибка: квадратичная оценка (Брайера) исходов «куплено, потеряно, в пути»; чем меньше, тем лучше.",
    ),
    "check.notes": Label("Notes", "Примечания"),
    "check.note.marginal": Label(
        "Bands hold what is not known of the numbers and the luck of a finite cohort, not changes to come.",
        "Полосы учитывают неточность чисел и случайность конечной когорты, но не будущие изменения.",
    ),
    "check.verdict": Label("Verdict", "Вывод"),
}
