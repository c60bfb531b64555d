"""The help of the command line in Russian: paragraphs and options by their English text, which stands where it belongs.

A test asks for the translation of whatever help there is; one that is missing is shown in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: What stands for a value.
METAVARS: Final[Mapping[str, str]] = {
    "ADDRESS": "АДРЕС",
    "AMOUNT": "СУММА",
    "DATE": "ДАТА",
    "DIR": "ПАПКА",
    "FILE": "ФАЙЛ",
    "FUNNEL": "ВОРОНКА",
    "LOG": "ЖУРНАЛ",
    "MAP": "СООТВЕТСТВИЯ",
    "NOTEBOOK": "ТЕТРАДЬ",
    "SHARE": "ДОЛЯ",
    "TEXT": "ТЕКСТ",
    "TIME": "СРОК",
    "TIMES": "СРОКИ",
}

HELP: Final[Mapping[str, str]] = {
    # the command line
    "Simulate a sales funnel stage by stage, and see which change brings how much revenue.": (
        "Симулирует воронку продаж этап за этапом и показывает, какое изменение сколько выручки принесёт."
    ),
    "A funnel and its scenarios are YAML files. Results go to stdout, messages to stderr. Exit codes: 0 fine, 1 "
    "unexpected, 2 the input is wrong, 130 interrupted.": (
        "Воронка и её сценарии — файлы YAML. Результаты идут в stdout, сообщения — в stderr. Коды выхода: 0 — всё "
        "хорошо, 1 — неожиданная ошибка, 2 — ошибка во входных данных, 130 — прервано."
    ),
    "Print the version and exit.": "Напечатать версию и выйти.",
    "Show this message and exit.": "Показать эту справку и выйти.",
    # commands, in short
    "A funnel with its loss rates, from historical data.": "Воронка с частотами потерь по историческим данным.",
    "Check files: every mistake at once.": "Проверить файлы: все ошибки сразу.",
    "Compare scenarios: the lift in revenue of each.": "Сравнить сценарии: прирост выручки у каждого.",
    "Edit and compare on a page in the browser.": "Править и сравнивать на странице в браузере.",
    "List the causes of loss.": "Перечислить причины потерь.",
    "Open JupyterLab on the notebooks.": "Открыть тетради в JupyterLab.",
    "Print the JSON Schema of the files.": "Напечатать JSON Schema файлов.",
    "Simulate one funnel.": "Симулировать одну воронку.",
    "The best interventions for a budget.": "Лучшие меры на данный бюджет.",
    "The exact answer, without simulating.": "Точный ответ, без симуляции.",
    "Where the money goes, and what less of a loss brings.": "Где теряются деньги и что даст меньшая потеря.",
    "Whether a funnel reproduces data that it has not seen.": "Воспроизводит ли воронка данные, которых не видела.",
    "Which number matters, and where the best scenario changes.": "Какое число важно и где меняется лучший сценарий.",
    "Write a first funnel to start from.": "Записать первую воронку, с которой можно начать.",
    "Write a page for the classroom.": "Записать страницу для урока.",
    "Write a report to hand on: the decision first.": "Записать отчёт, который можно передать: сначала решение.",
    "Write one replication as an event log.": "Записать один прогон как журнал событий.",
    # commands, in full
    "Check files: every mistake at once, as file:line:column, and exit code 2.": (
        "Проверяет файлы: все ошибки сразу, в виде файл:строка:столбец, и код выхода 2."
    ),
    "Choose the interventions of a file that bring most within a budget, and say what is best for every other "
    "budget.": (
        "Выбирает из файла меры, которые в пределах бюджета дают больше всего, и говорит, что лучше при любом другом."
    ),
    "Sets keep to `excludes`, `requires` and `levels`. Where the solver answers, every set is solved; else sets are "
    "simulated on the same customers, and the best again with other luck. CSV has the columns part, option, set, "
    "measure, value.": (
        "Наборы соблюдают `excludes`, `requires` и `levels`. Где отвечает решатель, решается каждый набор; иначе "
        "наборы симулируются на одних и тех же клиентах, а лучший — ещё раз, с другой удачей. Столбцы CSV: part, "
        "option, set, measure, value."
    ),
    "Sets keep to `excludes`, `requires` and `levels`. Where the solver answers, every set is solved; else sets are "
    "simulated on the same customers, and the best again with other luck. Where the file has uncertain numbers, it "
    "also says how sure the best is (--draws). CSV has the columns part, option, set, measure, value.": (
        "Наборы соблюдают `excludes`, `requires` и `levels`. Где отвечает решатель, решается каждый набор; иначе "
        "наборы симулируются на одних и тех же клиентах, а лучший — ещё раз, с другой удачей. Если в файле есть "
        "неопределённые числа, говорит и о том, насколько надёжен лучший (--draws). Столбцы CSV: part, option, set, "
        "measure, value."
    ),
    "Compare scenarios with their base: the expected lift in revenue of each, with intervals.": (
        "Сравнивает сценарии с исходной воронкой: ожидаемый прирост выручки у каждого, с интервалами."
    ),
    "Base and scenarios meet the same customers with the same luck. Where the file has uncertain numbers, it also "
    "says how sure the lifts are, with what probability each scenario is best, and what to measure next (--draws). "
    "CSV has the columns world, label, measure, statistic, value; the ledger (who was saved, and what became of "
    "them) and teams are in table, JSON and XLSX.": (
        "Исходную воронку и сценарии проживают одни и те же клиенты с одной и той же удачей. Если в файле есть "
        "неопределённые числа, говорит и о том, насколько надёжны приросты, с какой вероятностью каждый сценарий "
        "лучший и что измерить дальше (--draws). Столбцы CSV: world, label, measure, statistic, value; таблица "
        "судеб (кто спасён и что с ним стало) и команды — в таблице, JSON и XLSX."
    ),
    "Estimate a funnel from what happened: losses by cause, times, routes, money, arrivals, each with its interval.": (
        "Оценивает воронку по тому, что было: потери по причинам, время, маршруты, деньги, приход клиентов; у всего "
        "— интервал."
    ),
    "Open deals are censored and late entries truncated, not dropped. CSV has the columns stage, touchpoint, cause, "
    "measure, time, statistic, value.": (
        "Открытые сделки цензурируются, поздние — усекаются, но не выбрасываются. Столбцы CSV: stage, touchpoint, "
        "cause, measure, time, statistic, value."
    ),
    "List the causes of loss: what each means, whose doing it is, how it acts, what acts on it.": (
        "Перечисляет причины потерь: что значит каждая, чья она, как действует, что действует на неё."
    ),
    "Open JupyterLab on the notebooks: seven lessons from the first funnel to your own causes.": (
        "Открывает в JupyterLab тетради: семь уроков, от первой воронки до собственных причин."
    ),
    "They and the scenario files that they read are copied first; what is in the folder already stays as it is.": (
        "Сначала копирует их и файлы сценариев, которые они читают; что в папке уже есть, остаётся как было."
    ),
    "Print the JSON Schema of the files, for editors that complete and check them.": (
        "Печатает JSON Schema файлов для редакторов, которые их дополняют и проверяют."
    ),
    "Print the JSON Schema of funnel and scenario files, or of mapping files, for editors that complete and check.": (
        "Печатает JSON Schema файлов воронок и сценариев или файлов соответствий для редакторов, которые их "
        "дополняют и проверяют."
    ),
    "Say exactly what is expected per customer who enters: stages, losses by cause, money.": (
        "Точно говорит, чего ждать от одного вошедшего клиента: этапы, потери по причинам, деньги."
    ),
    "Of a scenario file, the base. --cohort and --horizon say who comes, of which sources and how many; all are "
    "followed to the end. Where there is no exact answer (teams, whose customers wait for each other), it says why. "
    "CSV has the columns stage, cause, measure, time, value.": (
        "Из файла сценариев берётся исходная воронка. --cohort и --horizon говорят, кто приходит, из каких "
        "источников и сколько; всех прослеживают до конца. Где точного ответа нет (команды, у которых клиенты ждут "
        "друг друга), говорит почему. Столбцы CSV: stage, cause, measure, time, value."
    ),
    "Say where people and money are lost, by stage and cause, and what less of each loss would bring.": (
        "Показывает, где теряются люди и деньги, по этапам и причинам, и что дала бы меньшая потеря."
    ),
    "Of a scenario file, the base. CSV has the columns stage, cause, side, segment, measure, statistic, value.": (
        "Из файла сценариев берётся исходная воронка. Столбцы CSV: stage, cause, side, segment, measure, statistic, "
        "value."
    ),
    "Of a scenario file, the base. Where the file has uncertain numbers, it also says how sure that is (--draws). CSV "
    "has the columns stage, cause, side, segment, measure, statistic, value.": (
        "Из файла сценариев берётся исходная воронка. Если в файле есть неопределённые числа, говорит и о том, "
        "насколько это надёжно (--draws). Столбцы CSV: stage, cause, side, segment, measure, statistic, value."
    ),
    "Simulate one funnel: stages, losses by cause, money.": (
        "Симулирует одну воронку: этапы, потери по причинам, деньги."
    ),
    "Of a scenario file, the base. CSV has the columns stage, cause, team, measure, statistic, value.": (
        "Из файла сценариев берётся исходная воронка. Столбцы CSV: stage, cause, team, measure, statistic, value."
    ),
    "Turn every number of the base, one at a time: losses and times halved and doubled, and by a percentage point.": (
        "Меняет по одному каждое число исходной воронки: потери и время вдвое меньше и больше и на процентный пункт."
    ),
    "And say at which values another scenario is the best, and how interventions interact. CSV has the columns "
    "part, number, world, measure, value.": (
        "И говорит, при каких значениях лучшим становится другой сценарий и как взаимодействуют меры. Столбцы CSV: "
        "part, number, world, measure, value."
    ),
    "And say at which values another scenario is the best, how interventions interact, and what the file's "
    "uncertain numbers do over what they may be. CSV has the columns part, number, world, measure, value.": (
        "И говорит, при каких значениях лучшим становится другой сценарий, как взаимодействуют меры и что делают "
        "неопределённые числа файла во всех своих возможных значениях. Столбцы CSV: part, number, world, measure, "
        "value."
    ),
    "Write a first funnel, scenarios, a sample log with its mapping, a notebook and editor settings into a folder.": (
        "Записывает в папку первую воронку, сценарии, пример журнала с описанием столбцов, тетрадь и настройки "
        "редактора."
    ),
    "At a terminal it asks about your funnel first. All files are written or none, and never over one that is there.": (
        "В терминале сначала спрашивает о вашей воронке. Записываются все файлы или ни одного, и никогда — поверх "
        "существующего."
    ),
    "Write a page for the classroom: drop stages, weaken causes, and see what becomes of those who were saved.": (
        "Записывает страницу для урока: убирайте этапы, ослабляйте причины и смотрите, что станет со спасёнными."
    ),
    "One HTML file that needs no server and no network; its answers are exact. Of a scenario file, the base.": (
        "Один файл HTML, которому не нужны ни сервер, ни сеть; его ответы точны. Из файла сценариев — исходная воронка."
    ),
    "Write one replication as an event log: one row per visit to a stage.": (
        "Записывает один прогон как журнал событий: по строке на каждое посещение этапа."
    ),
    "Write a report: the decision, the funnel, leaks, who was saved, sensitivity, assumptions, provenance.": (
        "Записывает отчёт: решение, воронка, потери, кто спасён, чувствительность, допущения, происхождение чисел."
    ),
    "By the ending of -o: one HTML file that needs no server and no network, or a spreadsheet with native charts. "
    "With the STRESS-DES checklist filled from the file and the run.": (
        "По окончанию имени в -o: один файл HTML, которому не нужны ни сервер, ни сеть, или таблица с диаграммами. "
        "С перечнем STRESS-DES, заполненным по файлу и прогону."
    ),
    "Edit a funnel and its interventions on a page in the browser, and compare at once.": (
        "Правьте воронку и её меры на странице в браузере и сразу сравнивайте."
    ),
    "The page works without a network, and listens on this machine only. It never writes over a file: what you edit "
    "is saved under a new name, comments kept. Ctrl-C ends it.": (
        "Страница работает без сети и доступна только на этой машине. Поверх файла она не пишет: правка сохраняется "
        "под новым именем, комментарии остаются. Конец — Ctrl-C."
    ),
    "Forecast what came after a cut, and set it beside what happened: who won, was lost or is where, and when.": (
        "Предсказывает то, что было после выбранной даты, и ставит рядом то, что случилось: кто выигран, потерян "
        "или где находится и когда."
    ),
    "Bands hold what is not known of the numbers and the luck of a finite cohort. Rates that have changed are named "
    "with stage and date. CSV has the columns kind, origin, since, until, stage, cause, measure, time, statistic, "
    "value.": (
        "В полосах — неизвестное о числах и случай конечной когорты. Изменившиеся частоты названы с этапом и датой. "
        "Столбцы CSV: kind, origin, since, until, stage, cause, measure, time, statistic, value."
    ),
    # arguments and options
    "A folder to copy the notebooks to, or a notebook to open; by default those of the clone, or the folder "
    "funnelsim_notebooks.": (
        "Папка, куда скопировать тетради, или тетрадь, которую открыть; по умолчанию — тетради клона или папка "
        "funnelsim_notebooks."
    ),
    "A funnel file or a scenario file (YAML).": "Файл воронки или файл сценариев (YAML).",
    "A funnel file (YAML) and a log that it has not seen; or a log only: fit at the cut, check the rest.": (
        "Файл воронки (YAML) и журнал, которого она не видела; или один журнал: оценить до даты, проверить по "
        "остальному."
    ),
    "A funnel or scenario file (YAML), or an event log that `history` wrote (.csv, .parquet).": (
        "Файл воронки или сценариев (YAML) или журнал событий, записанный `history` (.csv, .parquet)."
    ),
    "A table of deals, events or durations, or an event log (.csv, .parquet, .xlsx).": (
        "Таблица сделок, событий или длительностей или журнал событий (.csv, .parquet, .xlsx)."
    ),
    "A table of deals, events, durations or counts, or an event log (.csv, .parquet, .xlsx).": (
        "Таблица сделок, событий, длительностей или количеств или журнал событий (.csv, .parquet, .xlsx)."
    ),
    "Add replications until half the interval is this narrow: 2% of the mean, or an amount of money.": (
        "Добавлять прогоны, пока половина интервала не станет такой узкой: 2% среднего или сумма денег."
    ),
    "Address to listen at.": "Адрес, на котором открыть страницу.",
    "Allow an --address at which other machines reach the page.": "Разрешить --address, доступный другим машинам.",
    "Ask nothing, also at a terminal.": "Ничего не спрашивать, даже в терминале.",
    "Count events in such periods; by default a week.": "Считать события за такие сроки; по умолчанию за неделю.",
    "Dask scheduler, tcp://HOST:PORT; by default a cluster is started on this machine.": (
        "Планировщик Dask, tcp://HOST:PORT; по умолчанию кластер запускается на этой машине."
    ),
    "Draws of the funnel's numbers.": "Сколько выборок чисел воронки.",
    "FUNNEL.yaml: the funnel, with its draws beside it; other endings: the result.": (
        "ВОРОНКА.yaml: воронка, рядом — выборки её чисел; с другими окончаниями — результат."
    ),
    "Follow the first N customers, or all who come in TIME (90 d), to the end.": (
        "Проследить до конца первых N клиентов или всех, кто придёт за СРОК (90 d)."
    ),
    "Forecast who comes within it; by default to the end.": (
        "Предсказывать тех, кто придёт за этот срок; по умолчанию до конца."
    ),
    "Form of the result; by default that of the ending of -o, or table.": (
        "Вид результата; по умолчанию — по окончанию имени в -o или таблица."
    ),
    "Funnel or scenario files.": "Файлы воронок или сценариев.",
    "Go on where the same run was ended.": "Продолжить с того места, где такой же прогон был прерван.",
    "How many draws of the file's uncertain numbers; by default 400 by the solver or 50 by simulation; 0: only at the "
    "means.": (
        "Сколько выборок неопределённых чисел файла; по умолчанию 400 решателем или 50 симуляцией; 0 — только при "
        "средних."
    ),
    "How many draws of the file's uncertain numbers; by default 1,000 by the solver or 200 by simulation; 0: only "
    "at the means.": (
        "Сколько выборок неопределённых чисел файла; по умолчанию 1000 решателем или 200 симуляцией; 0 — только при "
        "средних."
    ),
    "How many independent runs; by default the file's, or 20.": (
        "Сколько независимых прогонов; по умолчанию как в файле или 20."
    ),
    "How many work at a time, 0 for one per core; by default more than one if it pays. Results are the same.": (
        "Сколько работать одновременно, 0 — по одному на ядро; по умолчанию больше одного, если это выгодно. "
        "Результат тот же."
    ),
    "How often an adequate funnel may be called inadequate.": "Как часто верную воронку можно назвать неверной.",
    "How to value: by the solver where it answers, or not.": "Чем считать: решателем, где он отвечает, или нет.",
    "Tell apart so many segments that nobody wrote down; `auto`: as many as BIC finds, up to three.": (
        "Различить столько сегментов, которых никто не записал; `auto` — сколько найдёт BIC, не больше трёх."
    ),
    "Joint draws of the numbers, for the uncertainty.": "Сколько совместных выборок чисел, для неопределённости.",
    "Language of the result; by default that of the environment.": "Язык результата; по умолчанию — язык окружения.",
    "Leave out a part that takes long where teams answer; may be repeated.": (
        "Пропустить часть, которая долго считается, где отвечают команды; можно повторять."
    ),
    "Name of the funnel.": "Название воронки.",
    "Of a simulated choice: how surely it is to be right.": (
        "При выборе симуляцией: насколько надёжно он должен быть верен."
    ),
    "Of a simulated choice: the difference that does not matter; by default 1% of the base's revenue.": (
        "При выборе симуляцией: неважная разница; по умолчанию 1% выручки исходной воронки."
    ),
    "Only write a mapping to start from, to -o or beside LOG; never over a file.": (
        "Только записать черновик соответствий, в -o или рядом с ЖУРНАЛОМ; никогда — поверх файла."
    ),
    "Open the page in the browser; by default where stderr is a terminal.": (
        "Открыть страницу в браузере; по умолчанию — если stderr терминал."
    ),
    "Orders to draw for the Shapley split of more than 12 causes (100), or of simulated ones (none).": (
        "Сколько порядков разыграть для дележа по Шепли, если причин больше 12 (100) или они симулируются (ни одного)."
    ),
    "Port to listen at; 0: a free one.": "Порт; 0 — любой свободный.",
    "Print the address and open no browser.": "Напечатать адрес и не открывать браузер.",
    "Run even beyond the budget of size.": "Считать, даже если размер больше допустимого.",
    "Seed of the random numbers.": "Зерно случайных чисел.",
    "Seed of the random numbers; by default the file's, or 0.": (
        "Зерно случайных чисел; по умолчанию как в файле или 0."
    ),
    "Share of those who waited who were answered in each time; by default 2 min, 1 h, 1 d.": (
        "Доля ожидавших, кому ответили за каждый срок; по умолчанию 2 min, 1 h, 1 d."
    ),
    "Show the most that each figure may be if causes depend on one another.": (
        "Показать, насколько большим может быть каждое число, если причины зависят друг от друга."
    ),
    "Simulate a calendar window of this length (365 d).": "Симулировать календарное окно такой длины (365 d).",
    "So many cuts, each a window later; fitted anew at each.": (
        "Столько дат, каждая на окно позже; на каждой оценка заново."
    ),
    "Sobol indices from so many points (a power of two, such as 64); 0: none.": (
        "Индексы Соболя по стольким точкам (степень двойки, например 64); 0 — не считать."
    ),
    "Take teams as queues in the long run: near the truth, not exact.": (
        "Считать команды установившимися очередями: близко к истине, но не точно."
    ),
    "That of mapping files, for `fit`.": "Схема файлов соответствий, для `fit`.",
    "The folder to write to; made if need be.": "Папка, куда записать; при необходимости создаётся.",
    "The page to write.": "Страница, которую записать.",
    "The report to write.": "Отчёт, который записать.",
    "The solver where it is exact, or as said here.": "Решатель, где он точен, или как сказано здесь.",
    "Try every way to drop and merge stages marked `removable` and `mergeable` instead.": (
        "Вместо мер перебрать все способы убрать и объединить этапы с пометками `removable` и `mergeable`."
    ),
    "What happened before it (00:00) is known; what comes is forecast. With a log only, by default when seven "
    "tenths of the customers had come.": (
        "Что было до неё (00:00), известно; что потом — предсказывается. С одним журналом по умолчанию — когда "
        "пришли семь десятых клиентов."
    ),
    "What is to gain most; profit is after what it costs.": (
        "Что должно вырасти больше всего; прибыль — за вычетом затрат."
    ),
    "What simulates.": "Чем симулировать.",
    "What the interventions may cost, once and per month over the window; by default anything.": (
        "Сколько могут стоить меры, разово и помесячно за всё окно; по умолчанию сколько угодно."
    ),
    "What the log's columns mean; without it, an event log of `history`.": (
        "Что значат столбцы журнала; без него — журнал событий, записанный `history`."
    ),
    'Where customers are by some times since entering, such as "30 d, 365 d".': (
        "Где клиенты через такие сроки после входа, например «30 d, 365 d»."
    ),
    "Where to work: on this machine, or on a Dask cluster.": "Где считать: на этой машине или на кластере Dask.",
    "Which replication.": "Какой прогон.",
    "Write it as a CRM would export it, with this share of rows spoilt in each way, and the mapping file that reads "
    "it beside it.": (
        "Записать так, как выгрузила бы CRM, с такой долей испорченных строк каждого вида, и рядом — файл "
        "соответствий, который это читает."
    ),
    "Write numbers only, without the table of draws.": "Записать только числа, без таблицы выборок.",
    "Write to a .csv or .parquet file instead of CSV to stdout.": (
        "Записать в файл .csv или .parquet, а не CSV в stdout."
    ),
    "Write to a file, whole or not at all, instead of stdout.": "Записать в файл, целиком или никак, а не в stdout.",
}
