"""Mistakes in files in Russian: said phrase by phrase, whole or not at all.

A message is put together from a few phrases (`expected … such as …, found …`) and what the file says, in quotes. The
phrases are translated; a message in which a word of English is left is shown in English as it was.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from funnelsim.cli.russian_logs import LOG_PHRASES
from funnelsim.cli.russian_mistakes import DAYS, MISTAKES
from funnelsim.cli.russian_refusals import OPTIONS, REFUSALS
from funnelsim.errors import Problem

_QUOTED = re.compile(
    r"`[^`]*`|'[^']*'|\"[^\"]*\"|\{[^{}]*\}|\S*/\S*|\S+\.(?:csv|parquet|xlsx|ya?ml)(?:\.gz)?\b|\d{4}-\d\d-\d\d"
)
_UNITS = "s, min, h, d, w, mo, y"
#: Words that are the same in both languages: what a file may hold.
_LEFT = re.compile(
    r"(?!(?:true|false|null|inf|nan|min|mo|secs?|auto|csv|parquet|xlsx|high|low|NAME|run|UTC|CSV|Parquet|Excel|LOG|MAP|"
    r"funnelsim|latent)\b)(?<![A-Za-z+\d])(?<!--)[A-Za-z]{2,}"
)
#: Phrases, the longer before those that they begin with; `\1` is what stands in quotes or a number.
PHRASES: Final[tuple[tuple[str, str], ...]] = (
    (r"this file exists, and nothing is written over it", "этот файл уже есть, а поверх файлов ничего не пишется"),
    (r"the questions were not answered: nothing is written", "на вопросы нет ответа: ничего не записано"),
    (r"cannot be read", "не читается"),
    (r"there is no such notebook", "такой тетради нет"),
    (r"expected a folder or a notebook \(\.ipynb\)", "ожидалась папка или тетрадь (.ipynb)"),
    (r"this is a folder; give the name of a file in it", "это папка; укажите имя файла в ней"),
    (
        r"the folder (\S+) does not exist; make it first, or choose another",
        r"папки \1 нет; создайте её или выберите другую",
    ),
    (r"the folder (\S+) may not be written to", r"в папку \1 нельзя писать"),
    (r"(\S+) is not a folder; choose another name", r"\1 — не папка; выберите другое имя"),
    (r"(\S+) is not a folder", r"\1 — не папка"),
    (r"there is no such file", "такого файла нет"),
    (r"the name of a new file", "имя нового файла"),
    (r"earns money and bears referrals", "приносит деньги и рекомендации"),
    (r"earns money", "приносит деньги"),
    (r"bears referrals", "приносит рекомендации"),
    (
        r"(\S+) is there already: nothing is written over; choose another name",
        r"файл \1 уже есть, а поверх файлов ничего не пишется; выберите другое имя",
    ),
    (r"there is no (?:intervention|scenario|stage) ([^\s;]+)", r"\1 здесь нет"),
    (r"take (\S+) out first", r"сначала снимите \1"),
    (r"a time such as", "время, например"),
    (r"a number from (\S+) to (\S+?)(?=,|$)", r"число от \1 до \2"),
    (r", not(?= )", ", а здесь"),
    (r"this is a folder, not a file", "это папка, а не файл"),
    (r"\(did you mean (\S+)\?\)", r"(может быть, \1?)"),
    (r"(\S+) needs (\S+) beside it", r"\1 требует рядом \2"),
    (r"needs (\S+) beside it", r"требует рядом \1"),
    (r"; there (?:are|is) ", "; есть "),
    (r"(\S+) is not in effect there", r"\1 там не действует"),
    (r"nothing is given there", "там ничего не задано"),
    (r"times from (\S+) to (\S+?)(?=,|$)", r"часы от \1 до \2"),
    (
        r"(\S+) is outside this file's own folder: expected a file in it or below it",
        r"\1 — вне папки этого файла: ожидался файл в ней или ниже",
    ),
    (r"a list of changes", "список изменений"),
    (r"a list \((\S+), or lines that start with (\S+)\)", r"список (\1 или строки, которые начинаются с \2)"),
    (
        r"(\S+) needs a mechanism for (\S+) under the top level's (\S+)",
        r"\1 требует механизма \2 в разделе \3 верхнего уровня",
    ),
    (r"there is a stage (\S+) already", r"этап \1 уже есть"),
    (
        r"nobody would ever answer; write hours such as (\S+), or leave (\S+) out for around the clock",
        r"никто никогда не ответит; напишите часы, например \1, или уберите \2: круглосуточно",
    ),
    (r"overlaps itself on (\S+)", r"накладывается само на себя, день \1"),
    (r"overlaps (\S+) on (\S+)", r"накладывается на \1, день \2"),
    (r"unknown key of (\S+)", r"неизвестный ключ в \1"),
    (r"say where the stage goes: either (\S+) or (\S+)", r"укажите, куда идёт этап: \1 или \2"),
    (r"the date (\S+) stands here twice", r"дата \1 стоит здесь дважды"),
    (r"duplicate key: it stands already at line (\d+)", r"повторный ключ: он уже есть в строке \1"),
    (r"has no value: write one, or leave the key out", "нет значения: впишите его или уберите ключ"),
    (r"belongs to the funnel: it cannot stand beside (\S+)", r"относится к воронке: рядом с \1 стоять не может"),
    (
        r"(\S+) has no times: expected days and times such as (\S+) \(a text with a comma needs quotes in \[…\]\)",
        r"у \1 нет часов: ожидались дни и часы, например \2 (тексту с запятой в […] нужны кавычки)",
    ),
    (r"(\S+) has no days: expected days and times such as (\S+)", r"у \1 нет дней: ожидались дни и часы, например \2"),
    (
        r"(\S+) is no day: expected Mon, Tue, Wed, Thu, Fri, Sat or Sun",
        r"\1 — не день: ожидалось пн, вт, ср, чт, пт, сб или вс",
    ),
    (r"(\S+) lasts no time: the whole day is (\S+)", r"\1 не длится нисколько: весь день — это \2"),
    (r"a day or a range of days", "день или дни от и до"),
    (
        r"(\S+) is reserved for what the shares leave over: choose another (?:name|key)",
        r"\1 занято под остаток долей: выберите другое",
    ),
    (r"(\S+) is reserved: choose another name", r"\1 занято: выберите другое имя"),
    (r"(\S+) and (\S+) exclude each other", r"\1 и \2 исключают друг друга"),
    (r"(\S+) requires (\S+), which is not in this scenario", r"\1 требует \2, а её в сценарии нет"),
    (
        r"the open deals of a (\S+) need a calendar: give the run a (\S+)",
        r"открытым сделкам (\1) нужен календарь: задайте в run \2",
    ),
    (r"unknown month", "неизвестный месяц"),
    (r"all multipliers are 0: nobody would ever come", "все множители равны 0: никто никогда не придёт"),
    (r"a segment changes stages only: expected a path", "сегмент меняет только этапы: ожидался путь"),
    (r"(\S+) and (\S+) cannot stand together", r"\1 и \2 вместе стоять не могут"),
    (r"(\S+) cannot stand beside (\S+)", r"\1 рядом с \2 стоять не может"),
    (
        r"a team answers everyone: the changes of a segment touch stages only",
        "команда отвечает всем: сегмент меняет только этапы",
    ),
    (r"(\S+), row (\d+): ", r"\1, строка \2: "),
    (r"a share between (\S+) and (\S+?)(?=,|$)", r"доля от \1 до \2"),
    (r"the alias (\S+) stands inside what it repeats", r"ссылка \1 стоит внутри того, что повторяет"),
    (r"the alias (\S+) has no anchor \((\S+)\) before it", r"у ссылки \1 нет перед ней якоря (\2)"),
    (r"has no mechanism", "нет механизма"),
    (r"(\S+) does not act at this stage", r"\1 на этом этапе не действует"),
    (r"a combination needs at least two causes", "сочетанию нужны хотя бы две причины"),
    (r"keys must differ", "ключи должны отличаться"),
    (r"the (?:team|stage|source|budget) (\S+) has the key (\S+)", r"у \1 ключ \2"),
    (
        r"so wide an interval has no lognormal law with this mean: write a law",
        "у такого широкого интервала нет логнормального закона с таким средним: напишите закон",
    ),
    (r"the first share must be 0", "первая доля должна быть 0"),
    (r"the last share must be 1", "последняя доля должна быть 1"),
    (r"shares must rise: (\S+) comes after (\S+)", r"доли должны расти: \1 после \2"),
    (r"should be below (\S+), found", r"нужно меньше, чем \1, а здесь"),
    (r"there is no next stage after (\S+)", r"после \1 нет следующего этапа"),
    (r"a key must be a text: put (\S+) in quotes", r"ключ должен быть текстом: возьмите \1 в кавычки"),
    (r"the character (U\+\S+) cannot stand in a file", r"знака \1 в файле быть не может"),
    (r"a priority goes either by (\S+) or by (\S+)", r"приоритет задают или по \1, или по \2"),
    (r"say who comes first", "укажите, кто первый"),
    (r"who comes first", "кто первый"),
    (
        r"no stage is answered by it: write (\S+) at one, or leave the team out",
        r"она не отвечает ни на одном этапе: напишите \1 у этапа или уберите команду",
    ),
    (r"(\S+) cannot be merged: it has touchpoints", r"\1 объединить нельзя: у него есть точки контакта"),
    (r"\(did you mean (.+?)\?\)", r"(может быть, \1?)"),
    (r"unknown key", "неизвестный ключ"),
    (r"unknown law", "неизвестный закон"),
    (r"unknown parameter of (\S+)", r"неизвестный параметр закона \1"),
    (
        r"unknown tag (\S+): a file holds plain values only",
        r"неизвестный тег \1: в файле бывают только простые значения",
    ),
    (
        r"this line does not fit: check its indentation and what stands before it",
        "эта строка не подходит: проверьте отступ и то, что перед ней",
    ),
    (
        r"this character cannot start a value: put the text in quotes",
        "с этого знака значение начинаться не может: возьмите текст в кавычки",
    ),
    (
        r"the file is empty: the smallest funnel is (\S+) and a list of (\S+)",
        r"файл пуст: самая маленькая воронка — это \1 и список \2",
    ),
    (r"is missing", "не указано"),
    (r"is empty", "пусто"),
    (r"the shares add up to (\S+): expected at most (\S+)", r"доли в сумме дают \1: ожидалось не больше \2"),
    (r"all weights are 0: expected at least one above 0", "все веса равны 0: ожидался хоть один больше 0"),
    (
        r"there is no cause (\S+) in the catalogue or under the top level's (\S+)",
        r"причины \1 нет ни в каталоге, ни в разделе \2",
    ),
    (
        (
            r"there is no (?:stage|segment|team|source|budget|intervention|scenario|cause|touchpoint|route) (\S+) "
            r"under the top level's (\S+)"
        ),
        r"в разделе \2 верхнего уровня нет \1",
    ),
    (r"there is no stage (\S+)", r"нет этапа \1"),
    (r"there is no segment (\S+)", r"нет сегмента \1"),
    (r"there is no team (\S+)", r"нет команды \1"),
    (r"there is no source (\S+)", r"нет источника \1"),
    (r"there is no intervention (\S+)", r"нет меры \1"),
    (r"there is no scenario (\S+)", r"нет сценария \1"),
    (r"there is no file (\S+) in this file's folder", r"в папке этого файла нет файла \1"),
    (r"there is no file (\S+)", r"нет файла \1"),
    (
        r"no customer ever comes here: no source, route or referral leads to this stage",
        "сюда никто не приходит: ни источник, ни маршрут, ни рекомендация не ведут на этот этап",
    ),
    (r"patience needs someone to wait for: the stage has no (\S+)", r"терпению нужно, кого ждать: у этапа нет \1"),
    (r"a certain loss \((\S+)\) cannot be multiplied", r"верную потерю (\1) умножить нельзя"),
    (
        r"the hazard of a fixed time \((\S+)\) cannot be multiplied",
        r"интенсивность при постоянном сроке (\1) умножить нельзя",
    ),
    (
        r"another (?:stage|intervention|scenario|touchpoint) is called (\S+): names must differ",
        r"так уже названо другое (\1): имена должны отличаться",
    ),
    (
        r"another route has the key (\S+): keys must differ",
        r"ключ \1 уже есть у другого маршрута: ключи должны отличаться",
    ),
    (r"(\S+) stands here twice", r"\1 стоит здесь дважды"),
    (r"a route has either (\S+) or (\S+)", r"у маршрута бывает или \1, или \2"),
    (r"a response has either a (\S+) or a (\S+)", r"у ответа бывает или \1, или \2"),
    (
        r"(\S+) is not a name: letters, digits and (\S+), the first not a digit",
        r"\1 — не имя: буквы, цифры и \2, первая — не цифра",
    ),
    (r"leads nowhere", "никуда не ведёт"),
    (r"found the unit (\S+)", r"а единица — \1"),
    (r"without a unit; the units are " + _UNITS, "без единицы; единицы: с, мин, ч, д, нед, мес, г"),
    (r"; the units are " + _UNITS, "; единицы: с, мин, ч, д, нед, мес, г"),
    (r"without a unit", "без единицы"),
    (r"should be a finite number above (\S+), found", r"нужно конечное число больше \1, а здесь"),
    (r"should be between (\S+) and (\S+), found", r"нужно от \1 до \2, а здесь"),
    (r"expected", "ожидалось:"),
    (r", found", ", а здесь"),
    (r"found", "а здесь"),
    (r"a cost per person and hour", "цена часа на человека"),
    (r"a finite number that is not negative", "конечное неотрицательное число"),
    (r"a whole number of at least (\S+?)(?=,|$)", r"целое число не меньше \1"),
    (r"a whole number above (\S+?)(?=,|$)", r"целое число больше \1"),
    (r"a whole number", "целое число"),
    (r"a number of people", "число людей"),
    (r"a duration or a law", "длительность или закон"),
    (r"an amount or a law", "сумма или закон"),
    (r"a list of days and times", "список дней и часов"),
    (r"a list of dates", "список дат"),
    (r"a relative change", "относительное изменение"),
    (r"the parameters", "параметры"),
    (r"one law", "один закон"),
    (r"a weight for each cause", "вес каждой причины"),
    (r"a duration", "длительность"),
    (r"a share", "доля"),
    (r"a rate", "частота"),
    (r"a date", "дата"),
    (r"a name", "имя"),
    (r"a number", "число"),
    (r"a mapping", "словарь «ключ: значение»"),
    (r"a list", "список"),
    (r"a text, and it is empty", "текст, а он пуст"),
    (r"a text", "текст"),
    (r"an interval", "интервал"),
    (r"an amount", "сумма"),
    (r"a reply time", "время ответа"),
    (r"conditions", "условия"),
    (r"not below (\S+?)(?=,|$)", r"не меньше \1"),
    (r"above (\S+?)(?=,|$)", r"больше \1"),
    (r"below (\S+?)(?=,|$)", r"меньше \1"),
    (r"between (\S+) and (\S+?)(?=,|$)", r"от \1 до \2"),
    (r"\(put it in quotes\)", "(возьмите в кавычки)"),
    (r",? such as", ", например"),
    (r" or ", " или "),
    (r" and ", " и "),
)
_PATTERNS: Final = tuple(
    (re.compile(english), russian) for english, russian in (*LOG_PHRASES, *MISTAKES, *REFUSALS, *PHRASES, *DAYS)
)
#: A path, as files that cannot be opened have it, or the name of an option.
_PLACE: Final = re.compile(rf"(\S*[/.]\S*|{'|'.join(OPTIONS)}): ")
#: Whole sentences that are not about a place in a file.
SENTENCES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"(.+) is not installed; it comes with: (pip install '.*')"), r"\1 не установлен; он ставится так: \2"),
)


def translate_problem(problem: Problem) -> Problem:
    """Return a mistake with its message in Russian, if all of it can be said so."""
    return replace(problem, message=translate_message(problem.message))


def translate_message(message: str) -> str:
    """Return a message in Russian; in English as it was, where a phrase of it is not known."""
    for sentence, russian in SENTENCES:
        if found := sentence.fullmatch(message):
            return found.expand(russian)
    head, colon, rest = "", "", message
    place = _PLACE.match(message)
    if place:
        head, colon, rest = place[1], ": ", message[place.end() :]
    quoted: list[str] = []

    def hide(found: re.Match[str]) -> str:
        quoted.append(found[0])
        return f"⟦{len(quoted) - 1}⟧"

    told = _QUOTED.sub(hide, rest)
    for pattern, russian in _PATTERNS:
        told = pattern.sub(russian, told)
    if _LEFT.search(told):
        return message
    told = re.sub(r"⟦(\d+)⟧", lambda found: quoted[int(found[1])], told)
    return f"{head}{colon}{told}"
