"""The report in words: sections, the figures that a decision hangs on, assumptions, provenance."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "report.untitled": Label("A funnel", "Воронка"),
    "report.contents": Label("Contents", "Содержание"),
    "report.words": Label("The picture in words", "Картинка словами"),
    "report.table": Label("Table: {title}", "Таблица: {title}"),
    "report.made": Label("A report by funnelsim {version}", "Отчёт funnelsim {version}"),
    # the decision
    "report.decision": Label("The decision", "Решение"),
    "report.alone": Label(
        "The file names no scenarios: this report shows one funnel, and what less of each loss would bring.",
        "В файле нет сценариев: отчёт показывает одну воронку и что дало бы сокращение каждой потери.",
    ),
    "report.keep": Label("Leave everything as it is.", "Оставить всё как есть."),
    "report.unsure": Label(
        "With this many replications the profit of “{label}” cannot yet be told from that of the base: the interval "
        "for all scenarios at once includes zero.",
        "При таком числе прогонов прибыль сценария «{label}» ещё нельзя отличить от прибыли базы: общий интервал (для "
        "всех сценариев сразу) содержит ноль.",
    ),
    "report.better_set": Label(
        "No scenario of the file tries it, but these interventions together would bring more profit still: {made} "
        "({gain}, exact expectation).",
        "Такого сценария в файле нет, но ещё больше прибыли дали бы вместе эти меры: {made} ({gain}, точное ожидание).",
    ),
    "report.figure.scenario": Label("Most profit", "Больше всего прибыли"),
    "report.figure.95": Label("expected over the window; ±: 95% interval", "ожидается за период; ±: интервал 95 %"),
    "report.figure.sure": Label("Probability of more profit than the base", "Вероятность прибыли больше базовой"),
    "report.figure.between": Label("Profit lift, 95%", "Прирост прибыли, 95 %"),
    "report.figure.best": Label("Probability of being the best", "Вероятность быть лучшим"),
    "report.figure.doubt": Label("over the draws of the uncertain numbers", "по розыгрышам неопределённых чисел"),
    "report.figure.cost": Label("Cost over the window", "Затраты за период"),
    "report.cost.parts": Label("{once} once, {monthly} per month", "сразу {once}, в месяц {monthly}"),
    "report.costs": Label("What each scenario costs and brings, {unit}", "Сколько стоит и приносит сценарий, {unit}"),
    "report.once": Label("Once", "Сразу"),
    "report.monthly": Label("Per month", "В месяц"),
    "report.spent": Label("Over the window", "За период"),
    "report.other_costs": Label("Other costs, change", "Прочие затраты, изменение"),
    "report.costs.hint": Label(
        "Other costs: goods, visits, advertising, reminders and teams, scenario − base. Profit lift = revenue lift − "
        "cost over the window − change of other costs.",
        "Прочие затраты: товары, визиты, реклама, напоминания и команды, сценарий − база. Прирост прибыли = прирост "
        "выручки − затраты за период − изменение прочих затрат.",
    ),
    "report.budget": Label("The best for every budget", "Лучшее при каждом бюджете"),
    "report.missing.left_out": Label(
        "Left out of this report on request; `funnelsim {word}` answers it.",
        "По просьбе не включено в отчёт; ответ даёт `funnelsim {word}`.",
    ),
    "report.missing.simulated": Label(
        "This funnel has no exact answer, and finding the best set by simulation takes long: `funnelsim {word}` does "
        "it.",
        "У этой воронки нет точного ответа, а поиск лучшего набора симуляцией долог: его делает `funnelsim {word}`.",
    ),
    "report.missing.large": Label(
        "Too large a simulation for the budget of size: `funnelsim {word} --allow-large` makes it.",
        "Для этого нужна слишком большая симуляция: её делает `funnelsim {word} --allow-large`.",
    ),
    # the sections between
    "report.funnel": Label("The funnel", "Воронка"),
    "report.funnel.base": Label(
        "The base: the funnel as it is, on average per replication.", "База: воронка как есть, в среднем за прогон."
    ),
    "report.journey": Label("The way through the funnel", "Путь через воронку"),
    "report.journey.one": Label(
        "One replication of the base, customer by customer.", "Один прогон базы, клиент за клиентом."
    ),
    "report.times": Label("By when they have bought, or were lost", "К какому сроку купили или потеряны"),
    "report.times.exact": Label(
        "Bands and table: one replication of the base (Aalen–Johansen; whoever is on the way is censored). Lines: "
        "the exact answer.",
        "Полосы и таблица: один прогон базы (Аален — Йохансен; кто ещё в пути, цензурирован). Линии: точный ответ.",
    ),
    "report.times.simulated": Label(
        "One replication of the base (Aalen–Johansen; whoever is still on the way is censored).",
        "Один прогон базы (Аален — Йохансен; кто ещё в пути, цензурирован).",
    ),
    "report.leaks": Label("Where customers and money are lost", "Где теряются клиенты и деньги"),
    "report.ledger": Label("Who was saved, and where they ended", "Кто сохранён и чем это кончилось"),
    "report.ledger.none": Label(
        "There is no scenario to compare the base with.", "Нет сценария, с которым сравнить базу."
    ),
    "report.ledger.hint": Label(
        "Base and scenario are lived through by the same customers with the same luck, so each customer's two fates "
        "can be put side by side. Whoever is saved from one loss still meets the others.",
        "Базу и сценарий проходят одни и те же клиенты с одной и той же удачей, поэтому две судьбы каждого можно "
        "поставить рядом. Кого не потеряли по одной причине, тот ещё встретит другие.",
    ),
    "report.sensitivity": Label("What the answer depends on", "От чего зависит ответ"),
    "report.convergence": Label("Whether there are enough replications", "Достаточно ли прогонов"),
    "report.convergence.hint": Label(
        "The lift of the scenario that brings the most profit, as estimated after each replication: the band narrows "
        "around the line where there are enough.",
        "Прирост сценария с наибольшей прибылью по мере прогонов: если их достаточно, полоса сужается вокруг линии.",
    ),
    # assumptions
    "report.assumptions": Label("Assumptions", "Допущения"),
    "report.assumes.net": Label(
        "Less of a cause is a net claim: causes are taken to be independent within a segment, which no data can test. "
        "If whoever is spared one cause is doomed to another, the true lift is smaller, down to nothing.",
        "Эффект от устранения причины — оценка при прочих равных: причины внутри сегмента считаются независимыми, и "
        "данные этого проверить не могут. Если те, кого миновала одна причина, обречены на другую, настоящий прирост "
        "меньше, вплоть до нуля.",
    ),
    "report.assumes.saved": Label(
        "Whoever is saved meets the later stages like everyone else of the same segment.",
        "Сохранённый клиент проходит дальнейшие этапы как все остальные из его сегмента.",
    ),
    "report.assumes.luck": Label(
        "The same customer has the same luck in every scenario; a lift is the mean of paired differences.",
        "У одного и того же клиента во всех сценариях одна и та же удача; прирост — среднее парных разностей.",
    ),
    "report.assumes.choices": Label(
        "Nothing changes but what a scenario changes: demand, competitors and the mix of customers stay as the file "
        "says.",
        "Меняется только то, что меняет сценарий: спрос, конкуренты и состав клиентов остаются как в файле.",
    ),
    "report.assumes.teams": Label(
        "Teams work to their hours and rules without tiring, and nobody is ill; a service that has begun is finished.",
        "Команды работают по часам и правилам, не устают и не болеют; начатый разговор доводят до конца.",
    ),
    "report.assumes.changes": Label("What the changes take for granted", "Что принимают на веру изменения"),
    "report.assumes.no_changes": Label(
        "The changes take nothing further for granted.", "Сверх этого изменения ничего не принимают на веру."
    ),
    "report.notes": Label("Notes of the file", "Примечания файла"),
    "report.notes.none": Label(
        "The file has no notes (`note:`); its comments stand in the file itself, at the end of this report.",
        "Примечаний (`note:`) в файле нет; комментарии — в самом файле, в конце отчёта.",
    ),
    # provenance
    "report.provenance": Label("Provenance", "Происхождение"),
    "report.file": Label("File", "Файл"),
    "report.file.none": Label("none: the funnel was made in Python", "нет: воронка собрана в Python"),
    "report.digest": Label("Digest of what the file says (SHA-256)", "Отпечаток содержания файла (SHA-256)"),
    "report.digest.base": Label("Digest of the base (SHA-256)", "Отпечаток базы (SHA-256)"),
    "report.draws": Label("Draws of the uncertain numbers", "Розыгрышей неопределённых чисел"),
    "report.version": Label("Version of {package}", "Версия {package}"),
    "report.repeat": Label("To make it again", "Как повторить"),
    "report.source": Label("The file as it was read", "Файл, как он прочитан"),
    "report.source.whole": Label(
        "All that the file and those it names come to", "Всё, что сказано в файле и в тех, на которые он ссылается"
    ),
}
