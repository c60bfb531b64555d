"""Sensitivity in words."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "sensitivity.of.profit": Label("of profit", "прибыли"),
    "sensitivity.of.revenue": Label("of revenue", "выручки"),
    "sensitivity.of.won": Label("of customers won", "числа купивших"),
    "sensitivity.base": Label("base {amount}", "база {amount}"),
    "sensitivity.title": Label("Which number matters", "Какое число важнее"),
    "sensitivity.number": Label("Number", "Число"),
    "sensitivity.turned": Label("Turned", "Изменено"),
    "sensitivity.low": Label("Down", "Меньше"),
    "sensitivity.high": Label("Up", "Больше"),
    "sensitivity.share": Label("Share lost", "Доля потерь"),
    "sensitivity.point": Label("1 point fewer", "На 1 п. п. меньше"),
    "sensitivity.turn.loss": Label("½, ×2", "½, ×2"),
    "sensitivity.turn.price": Label("±10%", "±10 %"),
    "sensitivity.turn.staff": Label("±1", "±1"),
    "sensitivity.kind.loss": Label("{place}: {cause}", "{place}: {cause}"),
    "sensitivity.kind.reply": Label("{place}: time to an answer", "{place}: время до ответа"),
    "sensitivity.kind.service": Label("{place}: length of the conversation", "{place}: длительность разговора"),
    "sensitivity.kind.time": Label("{place}: customers' own time", "{place}: время самого клиента"),
    "sensitivity.kind.price": Label("{place}: price", "{place}: цена"),
    "sensitivity.kind.arrivals": Label("{place}: arrivals", "{place}: приток"),
    "sensitivity.kind.staff": Label("{place}: people", "{place}: людей"),
    "sensitivity.hint": Label(
        "Losses and times are halved and doubled, prices and arrivals turned by 10%, teams by one person. A loss is "
        "its hazard: the risk, against the other causes as they are. 1 point fewer: one per cent of the stage's visits "
        "fewer lost to it.",
        "Потери и времена уменьшены и увеличены вдвое, цена и приток — на 10 %, команда — на человека. Потеря — это её "
        "риск при прежних прочих причинах. На 1 п. п. меньше: потери по причине меньше на сотую часть визитов этапа.",
    ),
    "sensitivity.more": Label("The other {n} move less.", "Остальные ({n}) влияют слабее."),
    "sensitivity.thresholds": Label("Where another scenario is the best", "Где лучшим станет другой сценарий"),
    "sensitivity.at": Label("At", "При"),
    "sensitivity.below": Label("Best below", "Лучший ниже"),
    "sensitivity.above": Label("Best above", "Лучший выше"),
    "sensitivity.no_thresholds": Label(
        "From a quarter to four times (prices and arrivals: from half to half as much again) the best stays the best: "
        "{best}. So for {numbers}.",
        "От четверти до четырёхкратного (цена и приток: от половины до полутора) лучшим остаётся тот же сценарий: "
        "{best}. Это верно для чисел: {numbers}.",
    ),
    "sensitivity.factor": Label("× {factor}", "× {factor}"),
    "sensitivity.sobol": Label("Sobol indices: where the variance comes from", "Индексы Соболя: откуда разброс"),
    "sensitivity.range": Label("Range", "Диапазон"),
    "sensitivity.first": Label("Alone", "Само"),
    "sensitivity.total": Label("With interactions", "С взаимодействиями"),
    "sensitivity.sobol.hint": Label(
        "Each factor is drawn from its range, evenly on the logarithm. Alone: the share of the variance that knowing "
        "this number would remove. With interactions: the share left if all others were known. Mean {mean}, standard "
        "deviation {sd}.",
        "Каждый множитель берётся из диапазона, равномерно по логарифму. Само: какую долю разброса убрало бы знание "
        "этого числа. С взаимодействиями: какая осталась бы, если знать все прочие. Среднее {mean}, стандартное "
        "отклонение {sd}.",
    ),
    "sensitivity.interactions": Label("Interventions do not add up", "Меры не складываются"),
    "sensitivity.pair": Label("Pair", "Пара"),
    "sensitivity.sum": Label("Sum of each", "Сумма отдельных"),
    "sensitivity.together": Label("Together", "Вместе"),
    "sensitivity.more_together": Label("More than the sum", "Сверх суммы"),
    "sensitivity.all": Label("all of them", "все сразу"),
    "sensitivity.refused": Label("Cannot be made together: {pairs}.", "Не сочетаются: {pairs}."),
    "sheet.tornado": Label("Numbers", "Числа"),
    "sheet.curves": Label("Curves", "Кривые"),
    "sheet.thresholds": Label("Thresholds", "Пороги"),
    "sheet.interactions": Label("Interactions", "Взаимодействие"),
    "swing.title": Label("What is not known of the numbers", "Чего мы не знаем о числах"),
    "swing.low": Label("At its low end", "У нижнего края"),
    "swing.high": Label("At its high end", "У верхнего края"),
    "swing.hint": Label(
        "Each number at the ends of its central 95%, all others at their means.",
        "Каждое число — на краях своих средних 95 %, остальные — при средних.",
    ),
    "swing.sobol": Label(
        "Sobol indices of the widest, over the laws that the file states (mean {mean}, standard deviation {sd}). "
        "Alone: the share of the variance that knowing this number would remove. With interactions: the share left if "
        "all others were known.",
        "Индексы Соболя самых заметных — по законам из файла (среднее {mean}, стандартное отклонение {sd}). Само: "
        "доля дисперсии, которая уйдёт, если узнать это число. С взаимодействиями: доля, которая останется, если "
        "узнать все остальные.",
    ),
    "sheet.indices": Label("Sobol indices", "Индексы Соболя"),
    "sheet.turned": Label("Factor", "Множитель"),
}
