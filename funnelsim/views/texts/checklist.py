"""The STRESS-DES checklist in words (Monks et al. 2019)."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "stress.title": Label("STRESS-DES checklist", "Контрольный список STRESS-DES"),
    "stress.hint": Label(
        "What a report on a discrete-event simulation has to tell so that others can repeat it (Monks, Currie, Onggo, "
        "Robinson, Kunc and Taylor 2019, Journal of Simulation 13(1), 55–67). Filled from the file and the run.",
        "Что должен сообщать отчёт о дискретно-событийной симуляции, чтобы её могли повторить (Monks, Currie, Onggo, "
        "Robinson, Kunc и Taylor 2019, Journal of Simulation 13(1), 55–67). Заполнено по файлу и прогону.",
    ),
    "stress.part.objectives": Label("1. Objectives", "1. Цели"),
    "stress.part.logic": Label("2. Logic", "2. Логика"),
    "stress.part.data": Label("3. Data", "3. Данные"),
    "stress.part.experimentation": Label("4. Experimentation", "4. Эксперимент"),
    "stress.part.implementation": Label("5. Implementation", "5. Реализация"),
    "stress.part.access": Label("6. Code access", "6. Доступ к коду"),
    "stress.item.1.1": Label("1.1 Purpose of the model", "1.1 Назначение модели"),
    "stress.item.1.2": Label("1.2 Model outputs", "1.2 Что модель выдаёт"),
    "stress.item.1.3": Label("1.3 Aims of experimentation", "1.3 Цели экспериментов"),
    "stress.item.2.1": Label("2.1 Diagram of the base model", "2.1 Схема базовой модели"),
    "stress.item.2.2": Label("2.2 Logic of the base model", "2.2 Логика базовой модели"),
    "stress.item.2.3": Label("2.3 Logic of the scenarios", "2.3 Логика сценариев"),
    "stress.item.2.4": Label("2.4 Algorithms", "2.4 Алгоритмы"),
    "stress.item.2.5.1": Label("2.5.1 Entities", "2.5.1 Сущности"),
    "stress.item.2.5.2": Label("2.5.2 Activities", "2.5.2 Действия"),
    "stress.item.2.5.3": Label("2.5.3 Resources", "2.5.3 Ресурсы"),
    "stress.item.2.5.4": Label("2.5.4 Queues", "2.5.4 Очереди"),
    "stress.item.2.5.5": Label("2.5.5 Entry and exit points", "2.5.5 Входы и выходы"),
    "stress.item.3.1": Label("3.1 Data sources", "3.1 Источники данных"),
    "stress.item.3.2": Label("3.2 Preprocessing", "3.2 Предварительная обработка"),
    "stress.item.3.3": Label("3.3 Input parameters", "3.3 Входные параметры"),
    "stress.item.3.4": Label("3.4 Assumptions", "3.4 Допущения"),
    "stress.item.4.1": Label("4.1 Initialisation", "4.1 Начальное состояние"),
    "stress.item.4.2": Label("4.2 Run length", "4.2 Длина прогона"),
    "stress.item.4.3": Label("4.3 Estimation approach", "4.3 Как получены оценки"),
    "stress.item.5.1": Label("5.1 Software", "5.1 Программы"),
    "stress.item.5.2": Label("5.2 Random sampling", "5.2 Случайные числа"),
    "stress.item.5.3": Label("5.3 Model execution", "5.3 Выполнение модели"),
    "stress.item.5.4": Label("5.4 System specification", "5.4 Машина"),
    "stress.item.6.1": Label("6.1 Sharing of the model", "6.1 Где взять модель"),
    # 1
    "stress.purpose.compare": Label(
        "To say what each scenario would bring beside the base, in customers, revenue and profit: {scenarios}.",
        "Сказать, что по сравнению с базой даст каждый сценарий в клиентах, выручке и прибыли: {scenarios}.",
    ),
    "stress.purpose.alone": Label(
        "To show where customers and money are lost in one funnel, and what less of each loss would bring.{scenarios}",
        "Показать, где в одной воронке теряются клиенты и деньги и что дало бы сокращение каждой потери.{scenarios}",
    ),
    "stress.outputs": Label(
        "Customers, won, conversion, revenue, cost and profit; by stage: visits, passed, lost by cause, open, waits "
        "and times. Means over replications, with 95% intervals.",
        "Клиенты, купившие, конверсия, выручка, затраты и прибыль; по этапам: визиты, прошедшие, потерянные по "
        "причинам, ещё открытые, ожидание и время. Средние по прогонам, с 95%-ми интервалами.",
    ),
    "stress.outputs.lift": Label(
        "Lifts: scenario − base, paired by replication. The ledger: each customer's fate in both worlds.",
        "Приросты: сценарий − база, попарно по прогонам. Судьба каждого клиента в обоих мирах.",
    ),
    "stress.outputs.teams": Label(
        "Of teams: served, gave up, how busy, queue, reply times, hours and cost.",
        "О командах: обслужено, не дождались, загрузка, очередь, время ответа, часы и стоимость.",
    ),
    "stress.aims.scenarios": Label("Compared with the base: {scenarios}.", "Сравнение с базой: {scenarios}."),
    "stress.aims.alone": Label("One funnel, no scenarios.", "Одна воронка, без сценариев."),
    "stress.aims.sensitivity": Label(
        "Every number of the base is turned, one at a time, to see what it moves.",
        "Каждое число базы меняется по одному, чтобы увидеть, на что оно влияет.",
    ),
    "stress.aims.draws": Label(
        "The uncertain numbers are drawn {draws} times, to see what is not known.",
        "Неопределённые числа разыграны столько раз: {draws}, чтобы увидеть, чего мы не знаем.",
    ),
    # 2
    "stress.diagram": Label("See the picture “{picture}”.", "См. картинку «{picture}»."),
    "stress.logic.stage": Label("{stage} → {ways}", "{stage} → {ways}"),
    "stress.route": Label("{to} ({share})", "{to} ({share})"),
    "stress.end": Label("end: won", "конец: куплено"),
    "stress.logic": Label(
        "At each stage: chances of loss at entry, the wait for an answer, the conversation, the customer's own time, "
        "chances at exit with forgetting, then the route, the money and referrals. Shares above are of those who are "
        "not lost there.",
        "На каждом этапе: потери на входе, ожидание ответа, разговор, время самого клиента, потери на выходе и "
        "забывание, затем маршрут, деньги и рекомендации. Доли выше — от тех, кто на этапе не потерян.",
    ),
    "stress.change": Label("{label}: {changes}", "{label}: {changes}"),
    "stress.own_funnel": Label("{label}: a funnel of its own.", "{label}: своя воронка."),
    "stress.none.scenarios": Label("There are no scenarios.", "Сценариев нет."),
    "stress.algorithms": Label(
        "Causes of loss compete: a chance p is the hazard −ln(1 − p), clocks race, and the first to ring takes the "
        "customer. Forgetting follows a power law of the time since the last contact. Shares are chosen by the "
        "smallest of exponential draws divided by the share.",
        "Причины потерь соревнуются: шанс p — это интенсивность −ln(1 − p), часы бегут наперегонки, и клиента забирает "
        "первая зазвонившая причина. Забывание — степенная функция времени с последнего контакта. Доли выбираются по "
        "наименьшему из экспоненциальных чисел, делённых на долю.",
    ),
    "stress.entities": Label("Customers, each from a source.", "Клиенты, каждый из своего источника."),
    "stress.segment": Label("Segment: {label}, {share}", "Сегмент: {label}, {share}"),
    "stress.segment.given": Label("given by a source or a route", "назначается источником или маршрутом"),
    "stress.budget": Label("Each customer carries a budget: {label}.", "У каждого клиента есть запас: {label}."),
    "stress.pair": Label("{label}: {value}", "{label}: {value}"),
    "stress.activity.response": Label("wait for an answer, conversation", "ожидание ответа, разговор"),
    "stress.activity.takes": Label("the customer's own time", "время самого клиента"),
    "stress.activity.touchpoints": Label("ways: {touchpoints}", "способы: {touchpoints}"),
    "stress.activity.instant": Label("takes no time", "не занимает времени"),
    "stress.team": Label("{label}: people: {people}; {hours}", "{label}: людей: {people}; {hours}"),
    "stress.always": Label("works always", "работает всегда"),
    "stress.hours": Label(
        "{hours} hours a week, {days} days closed", "часов в неделю: {hours}, нерабочих дней: {days}"
    ),
    "stress.none.teams": Label("No teams: nobody has to wait for anybody.", "Команд нет: никто никого не ждёт."),
    "stress.discipline.fifo": Label("first come, first served", "в порядке прихода"),
    "stress.discipline.lifo": Label("last come, first served", "последний пришёл — первый обслужен"),
    "stress.discipline.priority": Label("by priority", "по приоритету"),
    "stress.none.queues": Label("No queues.", "Очередей нет."),
    "stress.arrivals.rate": Label(
        "Poisson, {rate} per day",
        "пуассоновский поток, {rate} в день",
    ),
    "stress.arrivals.profile": Label(
        "Poisson, {rate} per day times the profile of the hour, day or month",
        "пуассоновский поток, {rate} в день с профилем часа, дня или месяца",
    ),
    "stress.arrivals.batch": Label("{customers} at once", "сразу {customers}"),
    "stress.arrivals.dates": Label("{customers} on given dates", "{customers} по датам"),
    "stress.source": Label("In: {label}, {what}, at the stage “{stage}”.", "Вход: {label}, {what}, этап «{stage}»."),
    "stress.exits": Label(
        "Out: lost at a stage to a cause, or the end of the journey; whoever is still there when the window ends is "
        "open.",
        "Выход: потеря на этапе по причине или конец пути; кто к концу периода ещё в воронке, остаётся открытым.",
    ),
    # 3
    "stress.data.notes": Label(
        "As far as the file says: see its notes above and the comments in the file at the end of this report.",
        "Насколько сказано в файле: см. его примечания выше и комментарии в файле в конце отчёта.",
    ),
    "stress.data.none": Label(
        "The file has no notes on where its numbers come from; see its comments, in the file at the end of this "
        "report. What neither says is not known.",
        "Примечаний о происхождении чисел в файле нет; см. комментарии в файле в конце отчёта. Чего там нет, то "
        "неизвестно.",
    ),
    "stress.preprocessing": Label(
        "Numbers are used as the file states them; what was done to the data before is not known here.",
        "Числа взяты, как они записаны в файле; что делалось с данными до того, здесь неизвестно.",
    ),
    "stress.inputs": Label("All of them stand in the file, under “{part}”.", "Все они в файле, в разделе «{part}»."),
    "stress.inputs.uncertain": Label(
        "Numbers written with their uncertainty: {n}.", "Чисел, записанных с неопределённостью: {n}."
    ),
    "stress.inputs.certain": Label(
        "All numbers are taken as known: the intervals cover the luck of the customers, not doubt about the numbers.",
        "Все числа считаются известными: интервалы учитывают случайность клиентов, но не сомнения в самих числах.",
    ),
    "stress.assumed": Label("See “{part}”.", "См. раздел «{part}»."),
    # 4
    "stress.warm_up": Label("A warm-up of {time} is thrown away.", "Разгон отброшен: {time}."),
    "stress.no_warm_up": Label("No warm-up.", "Разгона нет."),
    "stress.pipeline": Label("Open at the start: {customers}.", "В начале уже открыты: {customers}."),
    "stress.empty": Label("The funnel is empty at the start.", "В начале воронка пуста."),
    "stress.length": Label("Window: {window}.", "Период: {window}."),
    "stress.length.days": Label("Running costs are counted over {days}.", "Текущие затраты считаются за {days}."),
    "stress.estimation": Label(
        "{replications}, independent; 95% t-intervals of the mean.",
        "Независимых повторов: {replications}; 95%-е t-интервалы среднего.",
    ),
    "stress.estimation.paired": Label(
        "Common random numbers: lifts are means of differences paired by replication; simultaneous intervals are over "
        "all scenarios.",
        "Общие случайные числа: приросты — средние разностей, парных по прогонам; общие интервалы — сразу для всех "
        "сценариев.",
    ),
    "stress.estimation.leaks.exact": Label(
        "Leaks are exact: competing risks by quadrature, the embedded chain, its fundamental matrix.",
        "Потери денег посчитаны точно: конкурирующие риски квадратурой, вложенная цепь, её фундаментальная матрица.",
    ),
    "stress.estimation.leaks.simulation": Label(
        "Leaks are simulated, on the same replications.", "Потери денег посчитаны симуляцией на тех же прогонах."
    ),
    # 5
    "stress.software": Label(
        "funnelsim, an open Python package: {versions}.", "funnelsim, открытый пакет Python: {versions}."
    ),
    "stress.sampling": Label(
        "Philox4x32-10 (Salmon et al. 2011), addressed by seed, replication, customer, stage, visit and purpose, so "
        "that the same customer meets the same luck in every scenario. Seed {seed}.",
        "Philox4x32-10 (Salmon и др. 2011) по адресу: зерно, прогон, клиент, этап, визит и назначение, так что во всех "
        "сценариях клиенту достаётся одна и та же удача. Зерно {seed}.",
    ),
    "stress.execution.compiled": Label(
        "The compiled engine; it gives every customer the same life as the reference engine on SimPy, to the last bit.",
        "Компилированный движок; жизнь каждого клиента до последнего бита та же, что у эталонного движка на SimPy.",
    ),
    "stress.execution.reference": Label("The reference engine, on SimPy.", "Эталонный движок на SimPy."),
    "stress.order": Label(
        "At one instant: first ends and arrivals, then services begin, then those leave whose patience is over.",
        "В один момент: сначала завершения и приходы, затем начала обслуживания, затем уходят потерявшие терпение.",
    ),
    "stress.system": Label(
        "{machine}, cores: {cores}. Results do not depend on the machine; the time of a run does, and is not written "
        "here.",
        "{machine}, ядер: {cores}. Результаты от машины не зависят; время прогона зависит и здесь не указано.",
    ),
    # 6
    "stress.access": Label(
        "funnelsim is free software under the BSD 3-clause licence; the model is the file, which stands whole in this "
        "report.",
        "funnelsim — свободная программа под лицензией BSD из трёх пунктов; модель — это файл, он целиком есть в "
        "отчёте.",
    ),
    "stress.repeat": Label("To make it again: {command}", "Чтобы повторить: {command}"),
}
