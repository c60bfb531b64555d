"""Exact expectations in words."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "exact.head": Label(
        "exact expectations per customer who enters, followed to the end",
        "точные ожидания на одного вошедшего клиента, до конца пути",
    ),
    "estimate.head": Label(
        "estimates per customer who enters, followed to the end; not exact: teams are taken as queues in the long run",
        "оценки на одного вошедшего клиента, до конца пути; не точно: команды — как установившиеся очереди",
    ),
    "exact.totals": Label(
        "Of {customers} customers who are expected to come in the window: {won} won, revenue {revenue}, "
        "profit {profit}.",
        "На всех ожидаемых в окне клиентов ({customers}): купят {won}, выручка {revenue}, прибыль {profit}.",
    ),
    "exact.title": Label("Expected of one customer", "Чего ждать от одного клиента"),
    "exact.value": Label("Expected", "Ожидается"),
    "exact.conversion": Label("Wins", "Купит"),
    "exact.open": Label("Stays somewhere for ever", "Останется где-то навсегда"),
    "exact.revenue": Label("Revenue", "Выручка"),
    "exact.revenue_sd": Label(
        "Revenue: standard deviation of one customer's", "Выручка: стандартное отклонение у одного клиента"
    ),
    "exact.cost": Label("Cost", "Затраты"),
    "exact.goods": Label("of it goods", "в том числе товар"),
    "exact.visit_cost": Label("of it visits", "в том числе визиты"),
    "exact.reminder_cost": Label("of it reminders", "в том числе напоминания"),
    "exact.source_cost": Label("of it sources", "в том числе источники"),
    "exact.profit": Label("Profit", "Прибыль"),
    "exact.purchases": Label("Purchases", "Покупок"),
    "exact.referred": Label("Customers brought by referral", "Приведёт по рекомендации"),
    "exact.reproduction": Label("Referrals per generation", "Рекомендаций за поколение"),
    "exact.days": Label("Time to the end of the journey", "Время до конца пути"),
    "exact.days_to_win": Label("Time to win, of those who do", "Время до покупки у купивших"),
    "exact.days.sheet": Label("Days to the end of the journey", "Дней до конца пути"),
    "exact.days_to_win.sheet": Label("Days to win, of those who do", "Дней до покупки у купивших"),
    "exact.stages": Label("Stages, per 1,000 customers who enter", "Этапы, на 1000 вошедших клиентов"),
    "exact.stages.hint": Label(
        "Time: the mean of a visit. From there: the revenue that a visit brings from then on. Customers who are "
        "referred, and their money, are in it.",
        "Время: в среднем за визит. Дальше: выручка, которую визит принесёт с этого места. Приведённые по "
        "рекомендации и их деньги учтены.",
    ),
    "exact.time": Label("Time", "Время"),
    "exact.from_there": Label("From there", "Дальше"),
    "exact.worth": Label("Profit from there", "Прибыль дальше"),
    "exact.losses": Label("Losses by cause, per 1,000 customers who enter", "Потери по причинам, на 1000 вошедших"),
    "exact.dates": Label("By a time since entering", "К сроку после входа"),
    "exact.by": Label("By", "К сроку"),
    "exact.within": Label("Bounds", "Границы"),
    "exact.where": Label("Where those are who are still open", "Где те, кто ещё в пути"),
    "exact.between": Label("between two stages", "между этапами"),
    "exact.deals": Label("Deals open at the start", "Сделки, открытые на начало"),
    "exact.deals.count": Label("Deals", "Сделок"),
    "exact.no_luck": Label(
        "These are expectations of the model, without the luck of a simulation. The uncertainty of the numbers in "
        "the file is not in them.",
        "Это ожидания модели, без случайности симуляции. Неточность чисел в файле в них не учтена.",
    ),
}
