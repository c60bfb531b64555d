"""A comparison in words: what it comes to, lifts, the ledger, the naive estimate."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    # what it comes to
    "answer.best": Label(
        "Most revenue is expected from “{label}”: {lift}.",
        "Больше всего выручки ожидается от сценария «{label}»: {lift}.",
    ),
    "answer.sure": Label("The probability that it beats the base is {p}.", "Вероятность, что он лучше базы, — {p}."),
    "answer.alone": Label(
        "The file names no scenarios, so there is nothing to compare; `funnelsim run` shows the funnel stage by stage.",
        "В файле нет сценариев, сравнивать не с чем; `funnelsim run` покажет воронку по этапам.",
    ),
    "answer.profit": Label(
        "Most profit is expected from “{label}”: {lift}.",
        "Больше всего прибыли ожидается от сценария «{label}»: {lift}.",
    ),
    "answer.no_profit": Label(
        "After costs no scenario is expected to bring more profit than the base.",
        "С учётом затрат ни один сценарий не обещает больше прибыли, чем база.",
    ),
    "answer.unsure": Label(
        "With this many replications the simulation cannot yet tell the best scenario from the base: its interval "
        "for all scenarios at once includes zero.",
        "При таком числе прогонов лучший сценарий ещё нельзя отличить от базы: его общий "
        "интервал (для всех сценариев сразу) содержит ноль.",
    ),
    "answer.none": Label(
        "No scenario is expected to bring more revenue than the base.",
        "Ни один сценарий не обещает больше выручки, чем база.",
    ),
    # worlds and lifts
    "worlds.title": Label("What each world brings", "Что приносит каждый вариант"),
    "lifts.title": Label("Expected lift over the base", "Ожидаемый прирост к базе"),
    "lift.revenue": Label("Revenue lift", "Прирост выручки"),
    "lift.profit": Label("Profit lift", "Прирост прибыли"),
    "lift.relative": Label("Revenue lift, %", "Прирост выручки, %"),
    "lift.p_better": Label("P(better)", "P(лучше)"),
    "lift.p_revenue": Label("P(more revenue)", "P(больше выручки)"),
    "lift.payback": Label("Payback", "Окупаемость"),
    "lift.at_once": Label("at once", "сразу"),
    "lift.naive": Label("Naive estimate", "Наивная оценка"),
    # ledger
    "ledger.saved": Label(
        "Saved, on average per replication: {customers} who were lost in the base, most of all at {where}.",
        "Сохранено в среднем за прогон: {customers} из потерянных в базе, больше всего здесь: {where}.",
    ),
    "ledger.became": Label("What became of them: {parts}.", "Что с ними стало: {parts}."),
    "ledger.became.won": Label("bought {n}", "купили {n}"),
    "ledger.became.later": Label("lost at a later stage {n}", "потеряны позже {n}"),
    "ledger.became.elsewhere": Label("lost at another stage {n}", "потеряны на другом этапе {n}"),
    "ledger.became.open": Label("still open {n}", "ещё в пути {n}"),
    "ledger.became.absent": Label("no longer there {n}", "больше не появились {n}"),
    "ledger.mostly": Label("{part} (mostly {what})", "{part} (чаще всего: {what})"),
    "ledger.none": Label("Nobody who was lost in the base is saved.", "Никто из потерянных в базе не сохранён."),
    "ledger.same": Label("Nobody's fate changes.", "Ничья судьба не меняется."),
    "ledger.change": Label("In the base → in the scenario", "В базе → в сценарии"),
    "ledger.customers": Label("Customers", "Клиенты"),
    "ledger.revenue": Label("Revenue, change", "Выручка, изменение"),
    "ledger.lost": Label("lost", "потеряны"),
    "ledger.other_cause": Label(
        "lost at the same stage to another cause", "потеряны на том же этапе по другой причине"
    ),
    "ledger.others": Label("lost → lost: {losses}", "потеряны → потеряны: {losses}"),
    "ledger.unchanged": Label("same fate in both", "без изменений"),
    "ledger.total": Label("all customers", "все клиенты"),
    "ledger.base": Label("Fate in the base", "Судьба в базе"),
    "ledger.scenario": Label("Fate in the scenario", "Судьба в сценарии"),
    "fate.won": Label("bought", "купили"),
    "fate.lost": Label("lost", "потеряны"),
    "fate.open": Label("still open", "ещё в пути"),
    "fate.absent": Label("not there", "не появлялись"),
    # naive
    "naive": Label(
        "Counting every loss avoided at {where} as a sale would promise {naive}; the simulation gives {lift}.",
        "Если считать продажей каждую предотвращённую потерю ({where}), получится {naive}; симуляция даёт {lift}.",
    ),
    "naive.because": Label(
        "Counting every loss avoided at {where} as a sale would promise {naive}; the simulation gives {lift}, "
        "because {n} of those saved ({customers}) did not buy.",
        "Если считать продажей каждую предотвращённую потерю ({where}), получится {naive}; симуляция даёт "
        "{lift}, потому что {n} из сохранённых ({customers}) не купили.",
    ),
    "quoted": Label("“{text}”", "«{text}»"),
}
