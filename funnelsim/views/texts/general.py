"""What all results share: measures, worlds, heads, assumptions, causes and messages."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

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
    # assumptions and notes
    "assumes": Label("Assumes: {text}", "Допущение: {text}"),
    "assumes.above": Label("And what is assumed and noted above of its parts.", "И то, что сказано выше о его частях."),
    "notes.title": Label("Notes", "Примечания"),
    "note": Label("Note: {text}", "Примечание: {text}"),
    "notes.interval": Label(
        "± is half of a 95% interval for the mean over replications.",
        "± — половина 95%-го интервала для среднего по прогонам.",
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
    # causes
    "causes.side.buyer": Label("On the buyer's side", "На стороне покупателя"),
    "causes.side.company": Label("On the company's side", "На стороне компании"),
    "causes.side.none": Label("Not a real lead", "Не настоящий лид"),
    "key": Label("Key", "Ключ"),
    "label": Label("Label", "Название"),
    "mechanism": Label("Mechanism", "Механизм"),
    "interventions": Label("Interventions", "Меры"),
    "meaning": Label("Meaning", "Что значит"),
    # messages
    "warning": Label("warning: {text}", "предупреждение: {text}"),
    "wrote": Label("wrote {file}", "записан файл {file}"),
    "interrupted": Label("interrupted", "прервано"),
    "interrupted.kept": Label(
        "interrupted; {replications} kept: the same command with --resume goes on from there",
        "прервано; сохранено: {replications}; та же команда с --resume продолжит с этого места",
    ),
    "compiling": Label("compiling once, half a minute to a minute", "однократная компиляция: от полминуты до минуты"),
    "fine": Label("{file}: fine ({counts})", "{file}: в порядке ({counts})"),
    "found": Label("{problems} found", "Найдено: {problems}"),
    "more": Label("{n} more", "ещё {n}"),
    "progress": Label("simulating", "симуляция"),
}
