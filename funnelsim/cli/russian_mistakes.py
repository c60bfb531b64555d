r"""Whole mistakes in files that no phrase of `russian_errors` puts together, in Russian.

What stands in quotes is a mark here (`\\S+`), as there. They are tried first, in this order.
"""

from __future__ import annotations

from typing import Final

MISTAKES: Final[tuple[tuple[str, str], ...]] = (
    # ---- the file itself
    (r"more than (\d+) aliases \((\S+)\): write the values out", r"ссылок (\2) больше \1: выпишите значения"),
    (
        r"more than (\d+) merge keys \((\S+)\): write the values out",
        r"ключей слияния (\2) больше \1: выпишите значения",
    ),
    (r"nested deeper than (\d+) levels", r"вложенность глубже \1 уровней"),
    (r"a key must be one word, not a mapping or a list", "ключ — одно слово, а не словарь и не список"),
    (r"expected a mapping to merge, found (\S+)", r"ожидался словарь, который можно влить, а здесь \1"),
    (
        r"expected a mapping \((\S+)\) at the top, found a list",
        r"ожидался на верхнем уровне словарь (\1), а здесь список",
    ),
    (r"expected a mapping \((\S+)\) at the top, found (\S+)", r"ожидался на верхнем уровне словарь (\1), а здесь \2"),
    (
        r"expected (\S+) or (\S+): the (?:mapping|list) from line (\d+) is not closed, or a text in it needs quotes",
        r"ожидалось \1 или \2: то, что открыто в строке \3, не закрыто, или тексту внутри нужны кавычки",
    ),
    (
        r"a (\S+) cannot stand here: check the indentation, or put the text in quotes",
        r"\1 здесь стоять не может: проверьте отступ или возьмите текст в кавычки",
    ),
    (r"a text in quotes is not closed", "кавычки не закрыты"),
    (r"a tab cannot stand here: use spaces", "табуляции здесь быть не может: ставьте пробелы"),
    (r"a second document begins here: a file holds one", "здесь начинается второй документ: в файле он один"),
    (
        r"a comma parts two entries here: write (\S+), or put (\S+) in quotes",
        r"запятая здесь разделяет два значения: напишите \1 или возьмите \2 в кавычки",
    ),
    (r"expected a text, and it is empty", "ожидался текст, а он пуст"),
    (r"(\S+) is not a file", r"\1 — не файл"),
    (
        r"expected the path of a funnel file, or the funnel itself, found (\S+)",
        r"ожидался путь к файлу воронки или сама воронка, а здесь \1",
    ),
    (
        r"expected a funnel here, found a scenario file that names another file",
        "ожидалась воронка, а здесь файл сценариев, который называет другой файл",
    ),
    (
        r"is missing: expected the list of stages, or (\S+), the path of a file with stages",
        r"не указано: ожидался список этапов или \1 — путь к файлу с этапами",
    ),
    (r"is missing: expected the version of the format, (\S+)", r"не указано: ожидалась версия формата, \1"),
    (r"is missing: expected a number of deals, such as (\S+)", r"не указано: ожидалось число сделок, например \1"),
    # ---- causes
    (
        r"(\S+) takes the top level's mechanisms: (\S+) cannot stand beside it",
        r"\1 берёт механизмы верхнего уровня: рядом с ним \2 стоять не может",
    ),
    (
        r"expected a share such as (\S+), (\S+) or a mapping with (\S+), (\S+), (\S+) or (\S+), found (\S+)",
        r"ожидалось: доля, например \1, или \2, или словарь с \3, \4, \5 или \6, а здесь \7",
    ),
    (
        r"(\S+) is for stages: here a cause gets its (\S+), (\S+), (\S+) or (\S+)",
        r"\1 — для этапов: здесь причине задают \2, \3, \4 или \5",
    ),
    (r"(\S+) needs a wait: the stage has no (\S+)", r"для \1 нужно ожидание: у этапа нет \2"),
    (r"there is no cause (\S+)(?= \(did|$)", r"причины \1 нет"),
    (
        r"there is nothing to be reminded of: the default has no (\S+)",
        r"напоминать не о чем: у значения по умолчанию нет \1",
    ),
    (
        r"the default is a certain loss \((\S+)\), which cannot be multiplied",
        r"по умолчанию потеря верная (\1), её умножить нельзя",
    ),
    (
        r"the default has a fixed time \((\S+)\), which cannot be multiplied",
        r"по умолчанию срок постоянный (\1), его умножить нельзя",
    ),
    # ---- the pipeline
    (
        r"(\S+) times (\S+) is (\S+): expected a whole number of deals, at least 1",
        r"\1 × \2 = \3, а ожидалось целое число сделок, не меньше 1",
    ),
    (
        r"(\S+) times (\S+) is (\S+): expected a whole number of people, at least 1",
        r"\1 × \2 = \3, а ожидалось целое число людей, не меньше 1",
    ),
    (
        r"nobody is at (\S+) for (\S+) days?: it takes (\d\S*) days?",
        r"на этапе \1 никто не проводит \2 дн.: он длится \3 дн.",
    ),
    (
        r"nobody is at (\S+) for (\S+) days?: what it (\S+) is over by then",
        r"на этапе \1 никто не проводит \2 дн.: его \3 к тому времени кончается",
    ),
    (
        r"nobody is at (\S+) for (\S+) days?: it takes no time \((\S+)\)",
        r"на этапе \1 никто не проводит \2 дн.: он не занимает времени (\3)",
    ),
    (
        r"nobody is at (\S+) for (\S+) days?: (\S+) has taken everyone by then",
        r"на этапе \1 никто не проводит \2 дн.: к тому времени \3 уводит всех",
    ),
    (
        r"the open deals of a (\S+) need a calendar: give the run a (\S+) instead of a (\S+)",
        r"открытым сделкам (\1) нужен календарь: задайте в run \2 вместо \3",
    ),
    # ---- numbers
    (
        r"expected a finite factor that is not negative, found (\S+)",
        r"ожидался конечный неотрицательный множитель, а здесь \1",
    ),
    (
        r"expected a relative change such as (\S+) or (\S+), no less than (\S+), found (\S+)",
        r"ожидалось относительное изменение, например \1 или \2, не меньше \3, а здесь \4",
    ),
    (r"expected a factor such as (\S+) or (\S+), found (\S+)", r"ожидался множитель, например \1 или \2, а здесь \3"),
    (
        r"found the unit (\S+): write min for minutes or mo for months",
        r"а единица — \1: напишите «мин» (min) или «мес» (mo)",
    ),
    (r"all numbers are 0: nobody would ever come", "все числа равны 0: никто никогда не придёт"),
    (
        r"should be a finite number above 0, found 0; what is always 0 is (\S+)",
        r"нужно конечное число больше 0, а здесь 0; то, что всегда 0, — это \1",
    ),
    (r"values must not fall from one quantile to the next", "от квантиля к квантилю значения не должны убывать"),
    (
        r"expected 7 numbers, one a day from Monday, found (\S+)",
        r"ожидалось 7 чисел, по одному на день с понедельника, а здесь \1",
    ),
    (
        r"expected 24 numbers, one an hour from 00:00, found (\S+)",
        r"ожидалось 24 числа, по одному на час с 00:00, а здесь \1",
    ),
    (
        r"expected a rate such as (\S+) or a batch such as (\S+), found (\S+)",
        r"ожидалось: частота, например \1, или партия, например \2, а здесь \3",
    ),
    (
        r"expected a rate above 0: with a rate of 0 nobody would ever come",
        "ожидалась частота больше 0: при нулевой никто никогда не придёт",
    ),
    (
        r"expected two numbers above 0 \(what happened, what did not\), such as (\S+), found (\S+) and (\S+)",
        r"ожидались два числа больше 0 (что случилось и что нет), например \1, а здесь \2 и \3",
    ),
    (
        r"expected two numbers above 0 \(what happened, what did not\), such as (\S+), found a list",
        r"ожидались два числа больше 0 (что случилось и что нет), например \1, а здесь список",
    ),
    (
        r"must lie between low and high, found (\S+) outside (\S+) … (\S+)",
        r"должно лежать между low и high, а здесь \1 вне \2 … \3",
    ),
    (
        r"an uncertain number has a mean between (\S+) and (\S+), found (\S+)",
        r"среднее неопределённого числа — между \1 и \2, а здесь \3",
    ),
    (
        r"expected a name that numbers drawn together have in common, such as (\S+)",
        r"ожидалось имя, общее для чисел, которые разыгрываются вместе, например \1",
    ),
    (
        r"only (\S+) of this law lies between (\S+) and (\S+), where the number can be",
        r"лишь \1 этого закона — между \2 и \3, где число может быть",
    ),
    (r"must not be above high, found (\S+) and (\S+)", r"не должно быть больше high, а здесь \1 и \2"),
    (r"(\S+) has no column (\S+): expected (\S+) or (\S+)", r"в \1 нет столбца \2: ожидалось \3 или \4"),
    (r"(\S+) has (\d+) columns: name one with (\S+)", r"в \1 несколько столбцов (\2): назовите один: \3"),
    (r"(\S+) has (\d+) rows of numbers: expected at least (\d+)", r"в \1 строк с числами \2: ожидалось не меньше \3"),
    (r"(\S+) and (\S+) must rise", r"\1 и \2 должны возрастать"),
    # ---- hours
    (r"overlaps itself on (\w+)", r"накладывается само на себя (\1)"),
    (r"overlaps (\S+) on (\w+)", r"накладывается на \1 (\2)"),
    (r"expected days and times such as (\S+), found (\S+)", r"ожидались дни и часы, например \1, а здесь \2"),
    (r"expected times such as (\S+), found (\S+)", r"ожидались часы, например \1, а здесь \2"),
    # ---- teams and answers
    (r"nobody waits for an answer at (\S+); first set (\S+)", r"на этапе \1 никто не ждёт ответа; сначала задайте \2"),
    (
        r"(\S+) has a size of (\S+), and (\S+) fewer would leave nobody to answer",
        r"в команде \1 людей: \2, и если убрать \3, отвечать будет некому",
    ),
    (
        r"expected a whole number of people such as (\S+) or (\S+), found (\S+)",
        r"ожидалось целое число людей, например \1 или \2, а здесь \3",
    ),
    (r"expected the name of a team, found (\S+)", r"ожидалось имя команды, а здесь \1"),
    (
        r"(\S+): a team answers when somebody is free: (\S+) caps a (\S+); a first answer is (\S+)",
        r"\1: команда отвечает, когда кто-то свободен: \2 ограничивает \3; первый ответ — это \4",
    ),
    (
        r"a team answers when somebody is free: (\S+) caps a (\S+); a first answer is (\S+)",
        r"команда отвечает, когда кто-то свободен: \1 ограничивает \2; первый ответ — это \3",
    ),
    (r"is empty: name the stages that come first", "пусто: назовите этапы, которые идут первыми"),
    (r"is empty: name one, or leave (\S+) out", r"пусто: назовите что-нибудь или уберите \1"),
    # ---- changes
    (r"stage (\S+) was dropped by an earlier change", r"этап \1 убран более ранним изменением"),
    (
        r"expected at least two stages such as (\S+), found (\d+) of them",
        r"ожидалось хотя бы два этапа, например \1, а здесь их \2",
    ),
    (
        r"expected at least two stages such as (\S+), found (\S+)",
        r"ожидалось хотя бы два этапа, например \1, а здесь \2",
    ),
    (r"(\S+) and (\S+) are not neighbours: (\S+) stands between them", r"\1 и \2 не соседи: между ними \3"),
    (
        r"(\S+) cannot be merged: it is aside, so that no default way leads through it",
        r"\1 объединить нельзя: он в стороне, и обычный путь через него не идёт",
    ),
    (r"(\S+) cannot be merged: it is aside", r"\1 объединить нельзя: он в стороне"),
    (
        r"(\S+) cannot be merged: it has touchpoints; only stages without them can be merged",
        r"\1 объединить нельзя: у него есть точки контакта, а объединяются только этапы без них",
    ),
    (
        (
            r"(\S+) and (\S+) cannot be merged: (\S+) acts at more than one of them, and only exponential clocks "
            r"\((\S+)\) add up, or clocks of the same law; set one of them first"
        ),
        (
            r"\1 и \2 объединить нельзя: \3 действует не на одном из них, а складываются только показательные часы "
            r"(\4) или часы одного закона; сначала задайте один из них"
        ),
    ),
    (
        r"(\S+) and (\S+) cannot be merged: costs of a visit add up only if they are amounts, and here is a law",
        r"\1 и \2 объединить нельзя: стоимость визита складывается, только если это суммы, а здесь закон",
    ),
    (
        (
            r"(\S+) and (\S+) cannot be merged: (\S+) acts at more than one of them, and only forgetting with the same "
            r"half-life and decay adds up; set one of them first"
        ),
        (
            r"\1 и \2 объединить нельзя: \3 действует не на одном из них, а складывается только забывание с "
            r"одинаковыми периодом и показателем; сначала задайте одно из них"
        ),
    ),
    (
        r"the open deals at (\S+) and (\S+) differ in age, and would become one group",
        r"открытые сделки на \1 и \2 разного возраста, а стали бы одной группой",
    ),
    (
        r"(\S+) earns money, which would be lost: only the last stage keeps what it earns",
        r"\1 приносит деньги, и они пропали бы: своё сохраняет только последний этап",
    ),
    (
        r"(\S+) bears referrals, which would be lost: only the last stage keeps what it earns",
        r"\1 приводит новых клиентов, и они пропали бы: своё сохраняет только последний этап",
    ),
    (
        (
            r"the segment (\S+) changes (\S+), which has no place of its own in the merged stage; first change the "
            r"segment \((\S+)\)"
        ),
        r"сегмент \1 меняет \2, а в объединённом этапе такого места нет; сначала измените сегмент (\3)",
    ),
    (r"(\S+) is the stage that is moved: expected another", r"переставляется сам этап \1: ожидался другой"),
    (
        r"(\S+) cannot be scaled: it takes everyone for certain; (\S+) or (\S+) it",
        r"\1 умножить нельзя: причина уводит всех наверняка; её можно задать (\2) или убрать (\3)",
    ),
    (
        r"(\S+) cannot be scaled: it is a mapping; name what to multiply inside it: (\S+)",
        r"\1 умножить нельзя: это словарь; назовите, что в нём умножить: \2",
    ),
    (
        r"(\S+) is not a path: expected names with dots between them, such as (\S+), and (\S+) for any name",
        r"\1 — не путь: ожидались имена через точку, например \2, и \3 вместо любого имени",
    ),
    (
        r"(\S+): (\S+) is no part of a funnel, so that a change cannot reach it",
        r"\1: \2 — не часть воронки, изменение до неё не дотягивается",
    ),
    (
        r"(\S+) earns money: say where that goes, such as (\S+)",
        r"\1 приносит деньги: укажите, куда им идти, например \2",
    ),
    (
        r"(\S+) earns money: an intervention with (\S+) says where that goes",
        r"\1 приносит деньги: куда им идти, говорит мера с \2",
    ),
    (
        r"a loop with no way out: no route leads from (\S+) and (\S+) to the end, and no cause acts there",
        r"круг без выхода: от \1 и \2 ни один маршрут не ведёт к концу, и ни одна причина там не действует",
    ),
    (
        r"a loop with no way out: no route leads from (\S+) to the end, and no cause acts there",
        r"круг без выхода: от \1 ни один маршрут не ведёт к концу, и ни одна причина там не действует",
    ),
    (
        r"a change has one verb, and here are (\S+) and (\S+): write two changes",
        r"у изменения одно действие, а здесь \1 и \2: напишите два изменения",
    ),
    (r"expected one of the verbs (.+), found none", r"ожидалось одно из действий: \1, а здесь ни одного"),
    (r"expected one of the verbs (.+), found ", r"ожидалось одно из действий: \1, а здесь "),
    (r"expected a change such as (\S+), found (\S+)", r"ожидалось изменение, например \1, а здесь \2"),
    (r"there is no stage with the key (\S+)", r"этапа с ключом \1 нет"),
    (
        r"a segment cannot add a stage; add it for everyone, and remove it in the other segments",
        "сегмент не может добавить этап; добавьте его для всех и уберите в остальных сегментах",
    ),
    (
        r"a segment cannot move a stage: the order is the same for everyone; it may (\S+)",
        r"сегмент не может переставить этап: порядок один для всех; можно \1",
    ),
    (
        r"a segment cannot merge stages: which stages there are is the same for everyone",
        "сегмент не может объединить этапы: набор этапов один для всех",
    ),
    # ---- interventions, scenarios, run
    (r"is empty: expected levels such as (\S+)", r"пусто: ожидались уровни, например \1"),
    (r"(\S+) cannot require itself", r"\1 не может требовать саму себя"),
    (
        r"of the levels of (\S+) one at most is chosen: they need not be named here",
        r"из уровней \1 выбирается не больше одного: называть их здесь не нужно",
    ),
    (
        r"(\S+) is excluded, too: nothing could be made with it and without it",
        r"\1 тоже исключено: ни с этим, ни без этого сделать ничего нельзя было бы",
    ),
    (r"(\S+) has levels: name one of them, such as (\S+)", r"у \1 есть уровни: назовите один, например \2"),
    (
        r"expected the name of an intervention or (\S+), found (\S+)",
        r"ожидалось имя меры или \1, а здесь \2",
    ),
    (r"a run has either a (\S+) or a (\S+)", r"у прогона бывает или \1, или \2"),
    (
        r"expected a number of customers of at least 1, or a duration such as (\S+), found (\S+)",
        r"ожидалось число клиентов не меньше 1 или длительность, например \1, а здесь \2",
    ),
    (
        r"must be shorter than the horizon: nothing would be left to count",
        "должно быть короче горизонта: иначе считать будет нечего",
    ),
    # ---- routes, stages
    (
        r"another route has the key (\S+): keys must differ",
        r"ключ \1 уже есть у другого маршрута: ключи должны отличаться",
    ),
    (
        r"another route leads to (\S+): give one of them a (\S+) of its own",
        r"к \1 ведёт и другой маршрут: дайте одному из них свой \2",
    ),
    (
        r"another route has no (\S+) either: only one can take the rest",
        r"у другого маршрута тоже нет \1: остаток достаётся только одному",
    ),
    (r"is empty: a funnel needs at least one stage", "пусто: воронке нужен хотя бы один этап"),
    (
        r"the touchpoint (\S+) has the key (\S+): keys must differ",
        r"у точки контакта \1 ключ \2: ключи должны отличаться",
    ),
    (
        r"no customer ever comes here: it is aside, and no route names it",
        "сюда никто не приходит: этап в стороне, и ни один маршрут его не называет",
    ),
)

#: Days outside of quotes, after all else.
DAYS: Final[tuple[tuple[str, str], ...]] = tuple(
    (rf"\b{english}\b", russian)
    for english, russian in zip(
        ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), ("пн", "вт", "ср", "чт", "пт", "сб", "вс"), strict=True
    )
)
