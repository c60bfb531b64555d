"""A beginning in words: defaults, questions, what to do next; notebooks on their way."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "start.title": Label("My first funnel", "Моя первая воронка"),
    "start.currency": Label("USD", "RUB"),
    "start.price": Label("300", "20000"),
    "start.stages": Label("Visit, Request, Offer, Payment", "Визит, Заявка, Предложение, Оплата"),
    "start.halve": Label("Half the losses at “{stage}”", "Вдвое меньше потерь на этапе «{stage}»"),
    "start.drop": Label("Without the stage “{stage}”", "Без этапа «{stage}»"),
    "start.both": Label("The first two together", "Первые две меры вместе"),
    "start.truth": Label(
        "Made from funnel.yaml, with at most 10 customers a day, by `funnelsim history --dirt 0.5%`:\n"
        "the truth that `funnelsim fit crm.csv --map crm.map.yaml` is to find is known.",
        "Сделано из funnel.yaml, не больше 10 клиентов в день, командой `funnelsim history --dirt 0.5%`:\n"
        "истина, которую должна найти `funnelsim fit crm.csv --map crm.map.yaml`, известна.",
    ),
    "start.ask": Label(
        "A few questions about your funnel; Enter takes what stands in brackets. All of it can be changed later.",
        "Несколько вопросов о вашей воронке; Enter принимает то, что в скобках. Всё можно изменить потом.",
    ),
    "start.ask.title": Label("What is it called?", "Как она называется?"),
    "start.ask.stages": Label(
        "Its stages in order, with commas; at the last one they pay",
        "Её этапы по порядку, через запятую; на последнем платят",
    ),
    "start.ask.loss": Label(
        "“{stage}”: what share of those who come to it is lost there?",
        "«{stage}»: какая доля дошедших здесь теряется?",
    ),
    "start.ask.days": Label(
        "“{stage}”: how long does it take, on average?", "«{stage}»: сколько это в среднем занимает времени?"
    ),
    "start.ask.customers": Label("How many new people come a day?", "Сколько новых людей приходит за день?"),
    "start.ask.currency": Label("In what currency do they pay?", "В какой валюте они платят?"),
    "start.ask.price": Label("How much does one pay, on average?", "Сколько в среднем платит один?"),
    "start.ask.again": Label("{problem}; please try again", "{problem}; попробуйте ещё раз"),
    "start.made": Label("Made in {folder}:", "Создано в {folder}:"),
    "start.file.funnel.yaml": Label("your funnel: put your own numbers in", "ваша воронка: впишите свои числа"),
    "start.file.scenarios.yaml": Label("what could be tried on it", "что на ней можно попробовать"),
    "start.file.crm.csv": Label("a sample log, as a CRM would export it", "пример журнала, каким его выгружает CRM"),
    "start.file.crm.map.yaml": Label("what its columns mean", "что значат его столбцы"),
    "start.file.first_steps.ipynb": Label("a notebook to go through", "тетрадь, по которой можно пройти"),
    "start.file.vscode": Label(
        "settings with which an editor checks the files", "настройки, с которыми редактор проверяет файлы"
    ),
    "start.next": Label("What to do next:", "Что дальше:"),
    "start.next.run": Label("what the funnel loses, where, and to what", "что воронка теряет, где и почему"),
    "start.next.compare": Label("what each scenario would bring", "что даст каждый сценарий"),
    "start.next.fit": Label("a funnel out of data", "воронка из данных"),
    "start.next.lab": Label("the notebook", "тетрадь"),
    "start.lab.copied": Label(
        "{folder}: {written} files copied, {kept} were there already and stay as they are",
        "{folder}: скопировано файлов — {written}; уже были и остались как есть — {kept}",
    ),
}
