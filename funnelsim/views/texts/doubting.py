"""Uncertain numbers in words: what is known over the draws, and what to measure next."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "doubt.title": Label("What is not known of the numbers", "Чего мы не знаем о числах"),
    "doubt.how.exact": Label(
        "{draws} draws of the uncertain numbers, each by the solver; everything above is at their means.",
        "Розыгрышей неопределённых чисел: {draws}, каждый решён точно; всё выше — при их средних.",
    ),
    "doubt.how.simulation": Label(
        "{draws} draws of the uncertain numbers with {replications} replications each; everything above is at their "
        "means.",
        "Розыгрышей неопределённых чисел: {draws}, в каждом прогонов: {replications}; всё выше — при их средних.",
    ),
    "doubt.revenue": Label("Revenue lift, 95%", "Прирост выручки, 95 %"),
    "doubt.profit": Label("Profit lift, 95%", "Прирост прибыли, 95 %"),
    "doubt.inputs": Label("From the numbers", "Из-за чисел"),
    "doubt.noise": Label("From simulating", "Из-за симуляции"),
    "doubt.best": Label("P(best)", "P(лучший)"),
    "doubt.regret": Label("Expected regret", "Ожидаемое сожаление"),
    "doubt.total": Label("95% in all", "95 % всего"),
    "doubt.explain": Label(
        "P(best): how surely it brings the most profit of all. Expected regret: by how much it is expected to fall "
        "behind whatever is best.",
        "P(лучший): насколько вероятно, что прибыли от него больше всех. Ожидаемое сожаление: сколько прибыли в "
        "среднем теряется против лучшего выбора.",
    ),
    "measure.title": Label("What to measure next", "Что измерить дальше"),
    "measure.number": Label("Number", "Число"),
    "measure.now": Label("Known today", "Известно сейчас"),
    "measure.exactly": Label("Worth knowing", "Знать точно стоит"),
    "measure.more": Label("Worth of {n} more customers", "Ещё {n} клиентов стоят"),
    "measure.none": Label(
        "Nothing is worth measuring for this choice: whatever the numbers turn out to be, the same option stays best.",
        "Для этого выбора измерять нечего: какими бы числа ни оказались, лучшим остаётся тот же вариант.",
    ),
    "measure.best": Label(
        "Knowing all the numbers exactly would be worth {all}. Measure “{number}” first: worth up to {exactly}.",
        "Точно знать все числа стоило бы {all}. Сначала измерьте «{number}»: это стоит до {exactly}.",
    ),
    "measure.little": Label(
        "Knowing all the numbers exactly would be worth {all}; no single one of them changes the choice.",
        "Точно знать все числа стоило бы {all}; ни одно из них в отдельности выбора не меняет.",
    ),
    "measure.explain": Label(
        "Pay no more for a measurement than it is worth. More customers: those who come to this number and are "
        "observed; the effect of an intervention takes a trial of its own.",
        "Не платите за измерение больше, чем оно стоит. Ещё клиенты: те, кто доходит до этого числа и за кем "
        "наблюдают; эффект меры требует отдельного эксперимента.",
    ),
    "number.effect": Label("effect", "эффект"),
    "number.price": Label("price", "цена"),
    "number.all_causes": Label("all causes", "все причины"),
    "number.all_stages": Label("all stages", "все этапы"),
    "number.once": Label("cost, once", "разовые затраты"),
    "number.per_month": Label("cost per month", "затраты в месяц"),
    "number.takes": Label("time to decide", "время решения"),
    "number.wait": Label("reply time", "время ответа"),
    "number.service": Label("length of the conversation", "длина разговора"),
    "number.revenue": Label("revenue", "выручка"),
    "number.margin": Label("margin", "маржа"),
    "number.cost": Label("cost", "затраты"),
    "number.arrivals": Label("arrivals", "поток"),
    "sheet.doubt": Label("Uncertainty", "Неопределённость"),
    "sheet.measure": Label("Measure next", "Что измерить"),
}
