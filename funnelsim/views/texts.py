"""All words that people read in results, in English and Russian: one catalogue, with plurals.

A text is looked up by its key and language; `{names}` in it are filled in. Counted things are whole phrases, one for
each plural category of the language (CLDR: one, few, many, other), so that numerals and nouns always agree.
"""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label
from funnelsim.views.formats import SPACE, format_number, plural_form

LANGUAGES = ("en", "ru")

TEXTS: Mapping[str, Label] = {
    # measures
    "customers": Label("Customers", "Клиенты"),
    "won": Label("Won", "Купили"),
    "conversion": Label("Conversion", "Конверсия"),
    "revenue": Label("Revenue", "Выручка"),
    "cost": Label("Cost", "Затраты"),
    "profit": Label("Profit", "Прибыль"),
    "customers.long": Label("Customers who came", "Пришло клиентов"),
    "won.long": Label("Customers won", "Купило клиентов"),
    "conversion.long": Label("Conversion", "Конверсия"),
    "revenue.long": Label("Revenue", "Выручка"),
    "cost.long": Label("Cost", "Затраты"),
    "profit.long": Label("Profit", "Прибыль"),
    # worlds
    "base": Label("Base", "База"),
    "world": Label("World", "Вариант"),
    "scenario": Label("Scenario", "Сценарий"),
    # head
    "head.horizon": Label("{days} from {start}", "{days} с {start}"),
    "head.warm_up": Label("after a warm-up of {days}", "после разгона {days}"),
    "head.cohort": Label("a cohort of {customers} followed to the end", "когорта: {customers}, до конца пути каждого"),
    "head.cohort_days": Label(
        "everyone who comes in {days} from {start}, followed to the end",
        "все, кто придёт за {days} с {start}, до конца пути каждого",
    ),
    "head.everyone": Label("everyone followed to the end", "все клиенты до конца пути каждого"),
    "head.seed": Label("seed {seed}", "зерно {seed}"),
    "head.engine": Label("engine {engine}", "движок {engine}"),
    "head.currency": Label("money in {currency}", "деньги в {currency}"),
    "per.1e+03": Label("thousand", "тыс."),
    "per.1e+06": Label("million", "млн"),
    "per.1e+09": Label("billion", "млрд"),
    "per.1e+12": Label("trillion", "трлн"),
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
    # assumptions and notes
    "assumes": Label("Assumes: {text}", "Допущение: {text}"),
    "assumes.above": Label("And what is assumed and noted above of its parts.", "И то, что сказано выше о его частях."),
    "notes.title": Label("Notes", "Примечания"),
    "note": Label("Note: {text}", "Примечание: {text}"),
    "notes.interval": Label(
        "± is half of a 95% interval for the mean over replications.",
        "± — половина 95% интервала для среднего по прогонам.",
    ),
    "notes.all": Label(
        "In parentheses, half of a wider interval that holds for {scenarios} at once.",
        "В скобках — половина более широкого интервала, верного сразу для всех сценариев ({scenarios}).",
    ),
    "notes.luck": Label(
        "Intervals cover the luck of the simulation only, not the doubt about the numbers in the file.",
        "Интервалы учитывают только случайность симуляции, но не сомнения в числах самого файла.",
    ),
    "notes.single": Label(
        "One replication has no intervals: ask for more with --replications.",
        "У одного прогона нет интервалов: задайте больше через --replications.",
    ),
    "notes.payback": Label(
        "Payback: after what time the gain of an average day has paid what was spent once; “{never}”: there is no "
        "gain, or no time over which it comes.",
        "Окупаемость: через сколько выигрыш среднего дня вернёт разовые затраты; «{never}»: выигрыша нет или он не "
        "растянут во времени.",
    ),
    # run
    "totals.title": Label("Totals", "Итоги"),
    "measure": Label("Measure", "Показатель"),
    "mean": Label("Mean", "Среднее"),
    "half": Label("± (95%)", "± (95%)"),
    "low": Label("From (95%)", "От (95%)"),
    "high": Label("To (95%)", "До (95%)"),
    "low_all": Label("From (all at once)", "От (все сразу)"),
    "high_all": Label("To (all at once)", "До (все сразу)"),
    "range": Label("90% of replications", "90% прогонов"),
    "range.low": Label("5% of replications below", "5% прогонов ниже"),
    "range.high": Label("5% of replications above", "5% прогонов выше"),
    "stages.title": Label("Stages, mean per replication", "Этапы, в среднем за прогон"),
    "stage": Label("Stage", "Этап"),
    "visits": Label("Visits", "Визиты"),
    "completed": Label("Passed", "Прошли"),
    "lost": Label("Lost", "Потеряны"),
    "open": Label("Open", "В пути"),
    "lost.share": Label("Share lost", "Доля потерь"),
    "wait": Label("Wait (90%)", "Ожидание (90%)"),
    "time": Label("Time (90%)", "Время (90%)"),
    "wait.mean": Label("Wait, mean, days", "Ожидание, среднее, дней"),
    "wait.p50": Label("Wait, half within, days", "Ожидание, половина до, дней"),
    "wait.p90": Label("Wait, 90% within, days", "Ожидание, 90% до, дней"),
    "time.mean": Label("Time, mean, days", "Время, среднее, дней"),
    "time.p50": Label("Time, half within, days", "Время, половина до, дней"),
    "time.p90": Label("Time, 90% within, days", "Время, 90% до, дней"),
    "stages.hint": Label(
        "Time at the stage: the mean, and in parentheses the time within which 90% of visits are over.",
        "Время на этапе: среднее, в скобках — срок, за который заканчиваются 90% визитов.",
    ),
    "stages.hint.wait": Label(
        "Wait for an answer and time at the stage: the mean, and in parentheses the time within which 90% are over.",
        "Ожидание ответа и время на этапе: среднее, в скобках — срок, за который заканчиваются 90%.",
    ),
    "losses.title": Label("Losses by cause, mean per replication", "Потери по причинам, в среднем за прогон"),
    "losses.none": Label("Nobody is lost.", "Потерь нет."),
    "cause": Label("Cause", "Причина"),
    "side": Label("Side", "Сторона"),
    "losses.share": Label("Of all losses", "От всех потерь"),
    "losses.visits": Label("Of visits", "От визитов"),
    "losses.sides": Label("By side: {parts}.", "По сторонам: {parts}."),
    "side.buyer": Label("buyer", "покупатель"),
    "side.company": Label("company", "компания"),
    "side.none": Label("not a real lead", "не настоящий лид"),
    # exact expectations
    "exact.head": Label(
        "exact expectations per customer who enters, followed to the end",
        "точные ожидания на одного вошедшего клиента, до конца пути",
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
    # who answers
    "replies.title": Label("Answers, mean per replication", "Ответы, в среднем за прогон"),
    "replies.answered": Label("Answered", "Ответили"),
    "replies.mean": Label("Wait, mean", "Ожидание, среднее"),
    "replies.p50": Label("Half within", "Половина до"),
    "replies.p90": Label("90% within", "90% до"),
    "replies.within": Label("In {time}", "За {time}"),
    "replies.hint": Label(
        "Last columns: the share of those who waited who were answered by a person within that time; who left "
        "unanswered counts as not answered.",
        "Последние столбцы: доля ожидавших, которым человек ответил за это время; ушедшие без ответа считаются "
        "неотвеченными.",
    ),
    "teams.title": Label("Teams, mean per replication", "Команды, в среднем за прогон"),
    "team": Label("Team", "Команда"),
    "team.size": Label("People", "Людей"),
    "team.utilisation": Label("Busy", "Загрузка"),
    "team.queue": Label("Queue", "Очередь"),
    "team.queue.open": Label("Queue in working hours", "Очередь в рабочие часы"),
    "team.served": Label("Served", "Обслужено"),
    "team.abandoned": Label("Gave up", "Не дождались"),
    "team.staff_hours": Label("Hours paid", "Оплачено часов"),
    "team.staff_cost": Label("Cost of staff", "Стоимость команды"),
    "teams.hint": Label(
        "Busy: time at work with customers as a share of the time paid for being there; service that goes on past "
        "closing is in it. Queue: how many wait on average, closed hours included.",
        "Загрузка: время работы с клиентами как доля рабочего времени; работа после закрытия в неё входит. Очередь: "
        "сколько человек в среднем ждут, считая нерабочие часы.",
    ),
    "teams.busiest": Label("busiest hours: {hours}", "самые загруженные часы: {hours}"),
    "teams.longest": Label("longest queue: {hour} ({n} waiting)", "самая длинная очередь: {hour} (ждут {n})"),
    "teams.changed": Label("Team {team}: {parts}.", "Команда {team}: {parts}."),
    "teams.part": Label("{what} {base} → {scenario}", "{what} {base} → {scenario}"),
    "teams.part.size": Label("people", "людей"),
    "teams.part.utilisation": Label("busy", "загрузка"),
    "teams.part.within": Label("answered in {time}", "ответ за {time}"),
    "teams.part.staff_cost": Label("cost of staff", "стоимость"),
    "day.Mon": Label("Mon", "пн"),
    "day.Tue": Label("Tue", "вт"),
    "day.Wed": Label("Wed", "ср"),
    "day.Thu": Label("Thu", "чт"),
    "day.Fri": Label("Fri", "пт"),
    "day.Sat": Label("Sat", "сб"),
    "day.Sun": Label("Sun", "вс"),
    # causes
    "causes.side.buyer": Label("On the buyer's side", "На стороне покупателя"),
    "causes.side.company": Label("On the company's side", "На стороне компании"),
    "causes.side.none": Label("Not a real lead", "Не настоящий лид"),
    "key": Label("Key", "Ключ"),
    "label": Label("Label", "Название"),
    "mechanism": Label("Mechanism", "Механизм"),
    "interventions": Label("Interventions", "Меры"),
    "meaning": Label("Meaning", "Что значит"),
    # spreadsheet
    "sheet.summary": Label("Summary", "Итоги"),
    "sheet.lift": Label("Lift", "Прирост"),
    "sheet.ledger": Label("Ledger", "Кто сохранён"),
    "sheet.assumptions": Label("Assumptions", "Допущения"),
    "sheet.stages": Label("Stages", "Этапы"),
    "sheet.losses": Label("Losses", "Потери"),
    "sheet.answers": Label("Answers", "Ответы"),
    "sheet.teams": Label("Teams", "Команды"),
    "sheet.hours": Label("Hours of the week", "Часы недели"),
    "sheet.weekday": Label("Weekday", "День недели"),
    "sheet.dates": Label("By date", "К сроку"),
    "sheet.loss": Label("Loss", "Потеря"),
    "sheet.causes": Label("Causes", "Причины"),
    "sheet.funnel": Label("Funnel", "Воронка"),
    "sheet.currency": Label("Currency", "Валюта"),
    "sheet.window": Label("Window", "Период"),
    "sheet.replications": Label("Replications", "Прогонов"),
    "sheet.seed": Label("Seed", "Зерно"),
    "sheet.engine": Label("Engine", "Движок"),
    "sheet.kind": Label("Kind", "Вид"),
    "sheet.text": Label("Text", "Текст"),
    "sheet.of": Label("Concerns", "К чему относится"),
    "sheet.note": Label("Note", "Примечание"),
    "sheet.assumption": Label("Assumption", "Допущение"),
    "relative": Label("Relative", "Относительно базы"),
    "arm.up": Label("Interval, up", "Интервал вверх"),
    "arm.down": Label("Interval, down", "Интервал вниз"),
    "in.base": Label("in the base", "в базе"),
    "in.scenario": Label("in the scenario", "в сценарии"),
    "sheet.payback": Label("Payback, days", "Окупаемость, дней"),
    "sheet.provenance": Label("Provenance", "Происхождение"),
    "chart.title": Label("Revenue lift, {currency}", "Прирост выручки, {currency}"),
    "chart.alt": Label(
        "Bars of the expected revenue lift with 95% intervals. {bars}.",
        "Столбцы ожидаемого прироста выручки с 95% интервалами. {bars}.",
    ),
    "chart.alt.losses": Label(
        "Bars of the mean losses per replication. {bars}.", "Столбцы средних потерь за прогон. {bars}."
    ),
    # messages
    "warning": Label("warning: {text}", "предупреждение: {text}"),
    "wrote": Label("wrote {file}", "записан файл {file}"),
    "interrupted": Label("interrupted", "прервано"),
    "interrupted.kept": Label(
        "interrupted; {replications} kept: the same command with --resume goes on from there",
        "прервано; сохранено: {replications}; та же команда с --resume продолжит с этого места",
    ),
    "compiling": Label("compiling once, about {seconds} s", "однократная компиляция, примерно {seconds} с"),
    "fine": Label("{file}: fine ({counts})", "{file}: в порядке ({counts})"),
    "found": Label("{problems} found", "Найдено: {problems}"),
    "more": Label("{n} more", "ещё {n}"),
    "progress": Label("simulating", "симуляция"),
}

#: Counted things: language → plural category → phrase. Genitives (`из 5 клиентов`) are keys of their own.
COUNTED: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "customers": {
        "en": {"one": "{n} customer", "other": "{n} customers"},
        "ru": {"one": "{n} клиент", "few": "{n} клиента", "many": "{n} клиентов", "other": "{n} клиента"},
    },
    "replications": {
        "en": {"one": "{n} replication", "other": "{n} replications"},
        "ru": {"one": "{n} прогон", "few": "{n} прогона", "many": "{n} прогонов", "other": "{n} прогона"},
    },
    "scenarios": {
        "en": {"one": "{n} scenario", "other": "{n} scenarios"},
        "ru": {"one": "{n} сценарий", "few": "{n} сценария", "many": "{n} сценариев", "other": "{n} сценария"},
    },
    "stages": {
        "en": {"one": "{n} stage", "other": "{n} stages"},
        "ru": {"one": "{n} этап", "few": "{n} этапа", "many": "{n} этапов", "other": "{n} этапа"},
    },
    "causes": {
        "en": {"one": "{n} cause", "other": "{n} causes"},
        "ru": {"one": "{n} причина", "few": "{n} причины", "many": "{n} причин", "other": "{n} причины"},
    },
    "problems": {
        "en": {"one": "{n} problem", "other": "{n} problems"},
        "ru": {"one": "{n} ошибка", "few": "{n} ошибки", "many": "{n} ошибок", "other": "{n} ошибки"},
    },
    "other_losses": {
        "en": {"one": "{n} other loss", "other": "{n} other losses"},
        "ru": {
            "one": "{n} прочий вид потерь",
            "few": "{n} прочих вида потерь",
            "many": "{n} прочих видов потерь",
            "other": "{n} прочего вида потерь",
        },
    },
    "days": {
        "en": {"one": "{n} day", "other": "{n} days"},
        "ru": {"one": "{n} день", "few": "{n} дня", "many": "{n} дней", "other": "{n} дня"},
    },
}


def text(key: str, language: str, **values: object) -> str:
    """Return the text of `key` in `language`, with `values` filled in."""
    return TEXTS[key].text(language).format(**values)


def count(key: str, number: float, language: str, decimals: int = 0) -> str:
    """Return a counted thing (`1,234 customers`, `2 клиента`), its form chosen by the number as shown."""
    shown = format_number(number, language, decimals)
    phrase = COUNTED[key][language][plural_form(round(float(number), max(decimals, 0)), language)]
    return phrase.replace(" ", SPACE).format(n=shown)
