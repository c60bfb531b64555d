"""Spreadsheets in words: sheets, columns, charts."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "sheet.summary": Label("Summary", "Итоги"),
    "sheet.lift": Label("Lift", "Прирост"),
    "sheet.ledger": Label("Ledger", "Кто сохранён"),
    "sheet.assumptions": Label("Assumptions", "Допущения"),
    "sheet.stages": Label("Stages", "Этапы"),
    "sheet.losses": Label("Losses", "Потери"),
    "sheet.money": Label("Money lost", "Потерянные деньги"),
    "sheet.levels": Label("Less at a stage", "Меньше потерь на этапе"),
    "sheet.saved": Label("Saved", "Сохранены"),
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
        "Столбцы ожидаемого прироста выручки с 95%-ми интервалами. {bars}.",
    ),
    "chart.alt.losses": Label(
        "Bars of the mean losses per replication. {bars}.", "Столбцы средних потерь за прогон. {bars}."
    ),
}
