"""One funnel in words: totals, stages, losses, answers and teams."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    # run
    "totals.title": Label("Totals", "Итоги"),
    "measure": Label("Measure", "Показатель"),
    "mean": Label("Mean", "Среднее"),
    "half": Label("± (95%)", "± (95 %)"),
    "low": Label("From (95%)", "От (95 %)"),
    "high": Label("To (95%)", "До (95 %)"),
    "low_all": Label("From (all at once)", "От (все сразу)"),
    "high_all": Label("To (all at once)", "До (все сразу)"),
    "range": Label("90% of replications", "90 % прогонов"),
    "range.low": Label("5% of replications below", "5 % прогонов ниже"),
    "range.high": Label("5% of replications above", "5 % прогонов выше"),
    "stages.title": Label("Stages, mean per replication", "Этапы, в среднем за прогон"),
    "stage": Label("Stage", "Этап"),
    "visits": Label("Visits", "Визиты"),
    "completed": Label("Passed", "Прошли"),
    "lost": Label("Lost", "Потеряны"),
    "open": Label("Open", "В пути"),
    "lost.share": Label("Share lost", "Доля потерь"),
    "wait": Label("Wait (90%)", "Ожидание (90 %)"),
    "time": Label("Time (90%)", "Время (90 %)"),
    "wait.mean": Label("Wait, mean, days", "Ожидание, среднее, дней"),
    "wait.p50": Label("Wait, half within, days", "Ожидание, половина до, дней"),
    "wait.p90": Label("Wait, 90% within, days", "Ожидание, 90 % до, дней"),
    "time.mean": Label("Time, mean, days", "Время, среднее, дней"),
    "time.p50": Label("Time, half within, days", "Время, половина до, дней"),
    "time.p90": Label("Time, 90% within, days", "Время, 90 % до, дней"),
    "stages.hint": Label(
        "Time at the stage: the mean, and in parentheses the time within which 90% of visits are over.",
        "Время на этапе: среднее, в скобках — срок, за который заканчиваются 90 % визитов.",
    ),
    "stages.hint.wait": Label(
        "Wait for an answer and time at the stage: the mean, and in parentheses the time within which 90% are over.",
        "Ожидание ответа и время на этапе: среднее, в скобках — срок, за который заканчиваются 90 %.",
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
    # who answers
    "replies.title": Label("Answers, mean per replication", "Ответы, в среднем за прогон"),
    "replies.answered": Label("Answered", "Ответили"),
    "replies.mean": Label("Wait, mean", "Ожидание, среднее"),
    "replies.p50": Label("Half within", "Половина до"),
    "replies.p90": Label("90% within", "90 % до"),
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
}
