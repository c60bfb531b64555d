"""Choices of interventions in words."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "choose.exact": Label("exact expectations", "точные ожидания"),
    "choose.search": Label("exact expectations, searched", "точные ожидания, поиск"),
    "choose.simulation": Label("simulated", "симуляция"),
    "choose.sets": Label("{sets} sets go together", "сочетаемых наборов: {sets}"),
    "choose.impossible": Label("{sets} of them cannot be made", "из них невозможно: {sets}"),
    "choose.budget": Label("budget {amount}", "бюджет {amount}"),
    "choose.no_budget": Label("any budget", "бюджет любой"),
    "choose.by.profit": Label("for profit", "по прибыли"),
    "choose.by.revenue": Label("for revenue", "по выручке"),
    "choose.by.won": Label("for customers won", "по числу купивших"),
    "choose.best": Label("Best: {made}", "Лучше всего: {made}"),
    "choose.nothing": Label("nothing", "ничего"),
    "choose.set": Label("Set", "Набор"),
    "choose.spend": Label("Costs", "Стоит"),
    "choose.gain.won": Label("Won", "Купивших"),
    "choose.gain.revenue": Label("Revenue", "Выручка"),
    "choose.gain.profit": Label("Profit", "Прибыль"),
    "choose.option": Label("Intervention", "Мера"),
    "choose.way": Label("Way", "Способ"),
    "choose.alone": Label("Alone", "Отдельно"),
    "choose.chosen": Label("Chosen", "Выбрано"),
    "choose.yes": Label("yes", "да"),
    "choose.no": Label("no", "нет"),
    "choose.worth": Label("Worth in it", "Вклад в него"),
    "choose.options.title": Label("Interventions: {gain} each brings", "Меры: {gain} от каждой"),
    "choose.ways.title": Label("Ways to drop or merge stages: {gain} each brings", "Убрать или объединить: {gain}"),
    "choose.the.profit": Label("the profit", "прибыль"),
    "choose.the.revenue": Label("the revenue", "выручка"),
    "choose.the.won": Label("the customers won", "купившие"),
    "choose.options.hint": Label(
        "Alone: made by itself (with what it requires). Worth in it: what the best set would gain less without it.",
        "Отдельно: сама по себе (с тем, чего требует). Вклад: сколько лучший набор потеряет без неё.",
    ),
    "choose.why": Label("{option} cannot be made: {why}", "{option}: невозможно: {why}"),
    "choose.frontier.title": Label("For every budget", "Для любого бюджета"),
    "choose.frontier.hint": Label(
        "Each row is the best set for budgets from its own cost up to that of the next row.",
        "Строка — лучший набор для бюджетов от его стоимости до стоимости следующей строки.",
    ),
    "choose.frontier.over": Label("* over the budget", "* сверх бюджета"),
    "choose.greedy": Label(
        "One by one, always what gains most for its cost, leads to {made}: {gain} instead of {best}.",
        "Если брать по одной, всегда самую выгодную по отношению к затратам, получится {made}: {gain} вместо {best}.",
    ),
    "choose.greedy.same": Label(
        "One by one, always what gains most for its cost, leads to the same set.",
        "Если брать по одной, всегда самую выгодную по отношению к затратам, получится тот же набор.",
    ),
    "choose.together": Label(
        "All together cost {spend} and bring {gain}; the sum of each alone is {total}.",
        "Всё вместе стоит {spend} и даёт {gain}; сумма отдельных эффектов — {total}.",
    ),
    "choose.ranking.title": Label("How surely it was chosen", "Насколько выбор надёжен"),
    "choose.ranking.left": Label(
        "Within {zone} of the best with a probability of at least {probability}: {candidates} sets were "
        "compared on the same customers, {spent} runs in all.",
        "С вероятностью не меньше {probability} отстаёт от лучшего не более чем на {zone}: наборов на одних и тех "
        "же клиентах — {candidates}, прогонов всего — {spent}.",
    ),
    "choose.ranking.undecided": Label(
        "{left} sets could not be told apart with so many runs ({spent} in all, {candidates} sets). That this one is "
        "within {zone} of the best has a probability of about {probability}.",
        "Столько прогонов (всего {spent}, наборов {candidates}) не различили {left} наборов. Что этот отстаёт от "
        "лучшего не более чем на {zone}, вероятность около {probability}.",
    ),
    "choose.ranking.check": Label("Lift", "Прирост"),
    "choose.ranking.chosen": Label("as chosen", "при выборе"),
    "choose.ranking.fresh": Label(
        "checked with fresh luck (seed {seed})", "проверка с новой случайностью (зерно {seed})"
    ),
    "choose.counts": Label(
        "What counts against the budget: what the interventions cost, once and per month over the window. Wages, "
        "goods, visits and sources are in the profit.",
        "В бюджет входит стоимость самих мер: разовая и помесячная за период. Зарплаты, товар, визиты и источники — в "
        "прибыли.",
    ),
    "choose.net": Label(
        "Set − base; the profit is after what the set costs.", "Набор − база; прибыль — за вычетом стоимости набора."
    ),
    "choose.no_cost": Label(
        "Dropping and merging is taken to cost nothing, and to do nothing else: what a dropped stage did for those "
        "that follow has to be said in an intervention.",
        "Считается, что убрать или объединить ничего не стоит и ни на что больше не влияет. Чем этап помогал "
        "следующим, скажет только отдельная мера.",
    ),
    "choose.path": Label("The way through it: {path}", "Путь клиента: {path}"),
    "choose.ranked.title": Label("The best ways", "Лучшие способы"),
    "choose.prospect.gain": Label("Expected gain", "Ожидаемый прирост"),
    "choose.prospect.explain": Label(
        "The best sets, and the base. P(best): with what probability a set gains most of these. Expected regret: by "
        "how much it is expected to fall behind whatever is best.",
        "Лучшие наборы и база. P(лучший): с какой вероятностью набор даёт больше всех этих. Ожидаемое сожаление: "
        "сколько в среднем теряется против лучшего из них.",
    ),
    "choose.prospect.other": Label(
        "Over the draws another set is expected to gain more than the best at the means: {made}.",
        "По розыгрышам в среднем больше даёт другой набор, не лучший при средних: {made}.",
    ),
    "choose.prospect.known": Label(
        "Knowing all the numbers exactly before choosing among these would be worth {worth}.",
        "Точно знать все числа до выбора между ними стоило бы: {worth}.",
    ),
    "sheet.ranked": Label("Best sets", "Лучшие наборы"),
    "sheet.frontier": Label("Budgets", "Бюджеты"),
    "sheet.options": Label("Interventions", "Меры"),
    "sheet.choice": Label("Choice", "Выбор"),
}
