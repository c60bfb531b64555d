"""The page of `serve` in words."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "page.lead": Label(
        "Change a number, and see at once what it does. The file stays as it is until you save under a new name.",
        "Измените число — и сразу видно, что будет. Файл не меняется, пока вы не сохраните его под новым именем.",
    ),
    "page.served": Label(
        "the page of {file} is at {address}; Ctrl-C ends it", "страница {file}: {address}; Ctrl-C завершает работу"
    ),
    "page.preparing": Label("Preparing …", "Подготовка …"),
    # left: what can be edited
    "page.funnel": Label("The funnel", "Воронка"),
    "page.tried": Label("What could be tried", "Что можно попробовать"),
    "page.own": Label("Your scenario", "Свой сценарий"),
    "page.own.why": Label(
        "Tick what belongs to it: interventions, and stages to drop.",
        "Отметьте, что в него входит: меры и этапы, которые убрать.",
    ),
    "page.drop": Label("Without the stage", "Без этапа"),
    "page.group.source": Label("Source: {name}", "Источник: {name}"),
    "page.group.team": Label("Team: {name}", "Команда: {name}"),
    "page.group.budget": Label("Stock: {name}", "Запас: {name}"),
    "page.group.segment": Label("Segment: {name}", "Сегмент: {name}"),
    "page.reset": Label("As in the file", "Как в файле"),
    "page.edited": Label("edited", "изменено"),
    "page.as_file": Label("in the file: {value}", "в файле: {value}"),
    "page.no_numbers": Label("No number of its own to edit here.", "Здесь нет отдельных чисел для правки."),
    # what a number is
    "page.what.chance": Label("{cause}: share lost", "{cause}: доля потерь"),
    "page.what.strength": Label("{cause}: strength of the cause", "{cause}: сила причины"),
    "page.what.loses": Label("Lost to other causes, together", "Потери по остальным причинам вместе"),
    "page.what.share": Label("Share that comes this way", "Доля пришедших этим путём"),
    "page.what.availability": Label("How often it works", "Как часто работает"),
    "page.what.takes": Label("The customer's own time", "Собственное время клиента"),
    "page.what.wait": Label("Reply time", "Время ответа"),
    "page.what.service": Label("Length of the conversation", "Длительность разговора"),
    "page.what.route": Label("Share that goes on to {to}", "Доля, идущая дальше: {to}"),
    "page.what.condition": Label(
        "“{cause}” holds (otherwise on to {to})", "Условие «{cause}» выполнено (иначе дальше: {to})"
    ),
    "page.what.segment": Label("Share of all customers", "Доля среди всех клиентов"),
    "page.what.hours": Label("When they work", "Когда работают"),
    "page.what.revenue": Label("Revenue of one sale", "Выручка с одной продажи"),
    "page.what.margin": Label("Margin", "Маржа"),
    "page.what.visit": Label("Cost of a visit", "Затраты на одно посещение"),
    "page.what.rate": Label("Customers a day", "Клиентов в день"),
    "page.what.batch": Label("Customers", "Клиентов"),
    "page.what.lead": Label("Cost of one customer", "Затраты на одного клиента"),
    "page.what.size": Label("People", "Людей"),
    "page.what.wage": Label("Cost of a person per hour", "Затраты на человека в час"),
    "page.what.has": Label("How much a customer has", "Сколько его у клиента"),
    "page.what.once": Label("Cost, once", "Затраты разово"),
    "page.what.per_month": Label("Cost per month", "Затраты в месяц"),
    "page.what.by": Label("{about}: times", "{about}: во сколько раз"),
    "page.what.people": Label("People more (or fewer)", "Людей больше (или меньше)"),
    "page.what.reached": Label("Share that is answered so", "Доля, кому так ответят"),
    "page.what.within": Label("Answered within", "Ответ за время"),
    "page.what.price": Label("Change of the price", "Изменение цены"),
    "page.what.every": Label("A reminder every", "Напоминание каждые"),
    "page.everywhere": Label("at every stage", "на всех этапах"),
    "page.all_causes": Label("all causes", "все причины"),
    "page.arrivals": Label("arrivals", "приход клиентов"),
    # right: what comes of it
    "page.now": Label("What comes of it", "Что получается"),
    "page.compare": Label("Compare the base with", "Сравнить базу с"),
    "page.no_scenario": Label(
        "The file has no scenario. Put one together under “What could be tried”.",
        "В файле нет сценариев. Соберите свой в разделе «Что можно попробовать».",
    ),
    "page.answer": Label(
        "{label}: revenue {revenue} ({relative}), profit {profit} against the base.",
        "{label}: выручка {revenue} ({relative}), прибыль {profit} к базе.",
    ),
    "page.method.exact": Label(
        "Exact, by the solver: expectations without chance.", "Точно, по решателю: математические ожидания."
    ),
    "page.method.simulation": Label(
        "A quick look: {replications}, the same customers in both worlds. The full run is below.",
        "Быстрая оценка: {replications}, одни и те же клиенты в обоих вариантах. Полный расчёт — ниже.",
    ),
    "page.method.cut": Label(
        "Of a smaller number of customers than the file has.", "Клиентов взято меньше, чем в файле."
    ),
    "page.time": Label("Redrawn in {ms} ms.", "Перерисовано за {ms} мс."),
    "page.stages": Label("Stage by stage, customers", "По этапам, клиенты"),
    "page.worlds": Label("What each world brings", "Что приносит каждый вариант"),
    "page.lifts": Label("Every scenario against the base", "Каждый сценарий к базе"),
    "page.stage": Label("Stage", "Этап"),
    "page.world": Label("World", "Вариант"),
    "page.came": Label("came", "пришли"),
    "page.passed": Label("passed", "прошли"),
    "page.lost": Label("lost", "потеряны"),
    "page.gone": Label("no such stage", "этапа нет"),
    # animation
    "page.film": Label("Customers on their way", "Клиенты в пути"),
    "page.film.why": Label(
        "{n} customers of one replication. Time runs faster where little happens.",
        "{n} клиентов одного прогона. Время идёт быстрее там, где мало событий.",
    ),
    "page.film.alt": Label(
        "Customers moving through the stages; the table below says at any time how many are where.",
        "Клиенты движутся по этапам; таблица ниже в каждый момент говорит, сколько их где.",
    ),
    "page.film.world": Label("World", "Вариант"),
    "page.film.play": Label("Play", "Пуск"),
    "page.film.pause": Label("Pause", "Пауза"),
    "page.film.back": Label("Step back", "Шаг назад"),
    "page.film.step": Label("Step", "Шаг вперёд"),
    "page.film.start": Label("To the start", "В начало"),
    "page.film.time": Label("Time", "Время"),
    "page.film.day": Label("day {day}", "день {day}"),
    "page.film.waiting": Label("waiting for an answer", "ждут ответа"),
    "page.film.there": Label("at the stage", "на этапе"),
    "page.film.lost": Label("lost here", "потеряны здесь"),
    "page.film.done": Label("Bought, so far", "Купили к этому времени"),
    "page.film.ended": Label("at the end of the journey", "в конце пути"),
    "page.film.coming": Label("not yet here, or between two stages: {n}", "ещё не пришли или между этапами: {n}"),
    # the full run
    "page.full": Label("The full run", "Полный расчёт"),
    "page.full.why": Label(
        "As many replications as the file says, with intervals, and who was saved.",
        "Столько прогонов, сколько в файле, с интервалами и с тем, кто сохранён.",
    ),
    "page.full.run": Label("Run {replications}", "Рассчитать: {replications}"),
    "page.full.running": Label("{done} of {most} runs …", "{done} из {most} расчётов …"),
    "page.full.old": Label(
        "You have edited since: these are the numbers before.", "После этого были правки: это числа до них."
    ),
    "page.full.means": Label(
        "The uncertain numbers of the file are at their means; `funnelsim compare` says how sure that leaves one.",
        "Неопределённые числа файла взяты в среднем; насколько это надёжно, скажет `funnelsim compare`.",
    ),
    # out
    "page.keep": Label("Save and download", "Сохранить и скачать"),
    "page.save.name": Label("Name of a new file beside {file}", "Имя нового файла рядом с {file}"),
    "page.save": Label("Save", "Сохранить"),
    "page.saved": Label("Saved: {file}", "Сохранено: {file}"),
    "page.save.why": Label(
        "Comments and layout stay. Nothing is ever written over.",
        "Комментарии и порядок остаются. Ни один файл не перезаписывается.",
    ),
    "page.xlsx": Label("Spreadsheet of the full run (.xlsx)", "Таблица полного расчёта (.xlsx)"),
    "page.report": Label("Report on the full run (.html)", "Отчёт о полном расчёте (.html)"),
    "page.report.made": Label("The report is being made …", "Отчёт готовится …"),
    "page.first": Label("Run the full run first.", "Сначала выполните полный расчёт."),
    "page.ready": Label("Downloaded: {file}", "Скачано: {file}"),
}
