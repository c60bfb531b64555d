"""Mistakes in historical data and in mapping files in Russian: phrases, as in `russian_errors`."""

from __future__ import annotations

import re
from typing import Final

from funnelsim.findings import DROPPED, NOTED

#: What reading finds in rows, in the words of its report.
_FOUND: Final = tuple(
    (rf"(?<=: ){re.escape(label.en)}(?=$|; | \()", label.ru) for labels in (DROPPED, NOTED) for label in labels.values()
)
#: Phrases, the longer before those that they begin with; `\1` is what stands in quotes or a number.
LOG_PHRASES: Final[tuple[tuple[str, str], ...]] = (
    (
        r"none of (\d+) rows can be used: ",
        r"ни одна из строк (всего \1) не годится: ",
    ),
    *_FOUND,
    (
        "there are no rows below the heading",
        "под заголовком нет строк",
    ),
    (
        "there are no rows to guess from",
        "нет строк, по которым можно гадать",
    ),
    (
        "this is not a file",
        "это не файл",
    ),
    (
        r"is no text: expected CSV; Parquet and Excel files are known by their endings, (\S+) and (\S+)",
        r"это не текст: ожидался CSV; файлы Parquet и Excel узнаются по окончаниям \1 и \2",
    ),
    (
        r"is not in the encoding (\S+): byte (\S+) at (\d+) is none of it; give the mapping its (\S+)",
        r"не в кодировке \1: байт \2 на месте \3 к ней не относится; укажите в файле соответствий \4",
    ),
    (
        "cannot be unpacked: Compressed file ended before the end-of-stream marker was reached",
        "не распаковывается: архив обрывается",
    ),
    (
        "cannot be unpacked",
        "не распаковывается",
    ),
    (
        r"the file is empty: a mapping begins with its (\S+)",
        r"файл пуст: соответствие начинается с \1",
    ),
    (
        r"the file is empty(?!:)",
        "файл пуст",
    ),
    (
        "the sheet is empty",
        "лист пуст",
    ),
    (
        r"there is no sheet (\S+) in (.+?), only: (.+)$",
        r"листа \1 в \2 нет, есть: \3",
    ),
    (
        "a quotation mark in this row is not closed",
        "в этой строке не закрыта кавычка",
    ),
    (
        r"this kind of spreadsheet is not read: save it as (\S+) or (\S+)",
        r"такие таблицы не читаются: сохраните файл как \1 или \2",
    ),
    (
        (
            r"is no event log of funnelsim: it has no column (.+?); other data needs a mapping \(--map\), and "
            r"(\S+) writes one to start from"
        ),
        (
            r"это не журнал событий funnelsim: нет столбца \1; другим данным нужен файл соответствий (--map), а "
            r"черновик его пишет \2"
        ),
    ),
    (
        "has too many or too few fields",
        "полей больше или меньше, чем в заголовке",
    ),
    (
        r"(\S+) is missing, and the outcome is not open",
        r"нет \1, а исход не «открыто»",
    ),
    (
        r"(\S+) is before (\S+)",
        r"\1 раньше, чем \2",
    ),
    (
        r"(\S+) is no whole number",
        r"\1 — не целое число",
    ),
    (
        r"(\S+) is no number",
        r"\1 — не число",
    ),
    (
        r"(\S+) is none of (\S+), (\S+), (\S+), (\S+), (\S+)",
        r"\1 — не \2, \3, \4, \5 и не \6",
    ),
    (
        r"(\S+) names customers that are not in the log: (.+)$",
        r"в \1 названы клиенты, которых нет в журнале: \2",
    ),
    (
        r"\(rows? ([\d, ]+) and (\d+) more\)",
        r"(строки \1 и ещё \2)",
    ),
    (
        r"\(rows ([\d, ]+)\)",
        r"(строки \1)",
    ),
    (
        r"\(row (\d+)\)",
        r"(строка \1)",
    ),
    (
        r"(^|; |: )rows ([\d, ]+) and (\d+) more: ",
        r"\1строки \2 и ещё \3: ",
    ),
    (
        r"(^|; |: )rows ([\d, ]+): ",
        r"\1строки \2: ",
    ),
    (
        r"(^|; |: )row (\d+): ",
        r"\1строка \2: ",
    ),
    (
        r"(\S+) holds numbers: give the mapping a (\S+) such as (\S+), or dates in the data",
        r"в \1 числа: укажите в файле соответствий \2, например \3, или дайте даты",
    ),
    (
        r"(\S+): the date (\S+) needs a format: give the mapping ",
        r"\1: дате \2 нужен формат: укажите в файле соответствий ",
    ),
    (
        r"the times of some rows have no offset from UTC, and others have one: give the mapping the (\S+) of these",
        r"у времени в одних строках нет сдвига от UTC, в других есть: укажите в файле соответствий \1 первых",
    ),
    (
        (
            r"the times of some rows have an offset from UTC, and others have none: give the mapping the (\S+) of "
            "the others"
        ),
        r"у времени в одних строках есть сдвиг от UTC, в других нет: укажите в файле соответствий \1 вторых",
    ),
    (
        r"(\S+): in (\S+) the comma could part thousands or decimals: give the mapping (\S+) or (\S+)",
        r"\1: в \2 запятая может отделять и тысячи, и дробь: укажите в файле соответствий \3 или \4",
    ),
    (
        r"(⟦\d+⟧) in (\d+)",
        r"\1: \2",
    ),
    (
        r"amounts in several currencies \(([^)]*)\): give the mapping the (\S+) that counts, or amounts in one",
        r"суммы в разных валютах (\1): укажите в файле соответствий, какая \2 считается, или дайте суммы в одной",
    ),
    (
        r"(\S+) has several columns (\S+)",
        r"в \1 несколько столбцов \2",
    ),
    (
        r"(\S+) has no column (\S+?), only (.+)$",
        r"в \1 нет столбца \2, есть только \3",
    ),
    (
        r"(\S+) has no column (\S+)",
        r"в \1 нет столбца \2",
    ),
    (
        r"is missing: a database needs a query, such as (\S+)",
        r"не задано: базе данных нужен запрос, например \1",
    ),
    (
        "this address of a database is not understood",
        "адрес базы данных не понят",
    ),
    (
        "the driver of this database is not installed",
        "драйвер этой базы данных не установлен",
    ),
    (
        r"counts are no history of customers: read them by (\S+)",
        r"счёты — не история клиентов: их читает \1",
    ),
    (
        r"expected (\S+), found (\S+): read it by (\S+)",
        r"ожидалось \1, а здесь \2: это читает \3",
    ),
    (
        r"who entered (\S+) stands already in row (\d+)",
        r"вошедшие в \1 уже есть в строке \2",
    ),
    (
        r"(\S+) has no row that counts who entered (\S+)",
        r"в \1 нет строки со счётом вошедших в \2",
    ),
    (
        r"(\S+) has no row that counts who won",
        r"в \1 нет строки со счётом купивших",
    ),
    (
        (
            r"(\S+) does not add up: (\d+) entered, but (\d+) were lost and (\d+) passed on; customers who begin "
            "later, or come twice, need a log"
        ),
        (
            r"\1 не сходится: вошли \2, а потеряны \3 и прошли \4; если клиенты начинают позже или приходят "
            "дважды, нужен журнал"
        ),
    ),
    (
        (
            r"of (\d+) who entered (\S+) no row counts (\d+): say what has become of them, such as (\S+), or a "
            r"cause of loss in the place of (\S+)"
        ),
        (
            r"из \1 вошедших в \2 ни одна строка не считает \3: укажите, что с ними стало, например \4, или "
            r"причину потери вместо \5"
        ),
    ),
    (
        r"a count of who entered (\S+?)(?=,|$)",
        r"число вошедших в \1",
    ),
    (
        "a count of who won",
        "число купивших",
    ),
    (
        "expected (.+?), as times are numbers here",
        r"ожидалось \1: время здесь — числа",
    ),
    (
        "a number(?=: )",
        "число",
    ),
    (
        "a format with year, month and day",
        "формат с годом, месяцем и днём",
    ),
    (
        "unknown time zone",
        "неизвестный часовой пояс",
    ),
    (
        r"the log has one horizon for all: expected a duration such as (\S+), or (\S+)",
        r"у журнала один горизонт на всех: ожидалась длительность, например \1, или \2",
    ),
    (
        r"expected a duration such as (\S+), or (\S+)",
        r"ожидалась длительность, например \1, или \2",
    ),
    (
        "durations have no common cut: each row is open for its own time",
        "у длительностей нет общего среза: каждая строка открыта своё время",
    ),
    (
        r"counts have no times: say of each stage what has become of the others, (\S+)",
        r"у счётов нет времени: для каждого этапа укажите, что стало с остальными, \1",
    ),
    (
        r"expected a time, or (\S+) with the column of the times",
        r"ожидалось время или \1 со столбцом времени",
    ),
    (
        r"is missing: expected what ends a journey, such as (\S+), or (\S+)",
        r"не задано: ожидалось, чем кончается путь, например \1, или \2",
    ),
    (
        "is missing: expected the column with the date of entering it",
        "не задано: ожидался столбец с датой входа в него",
    ),
    (
        "is missing: expected the column of the names",
        "не задано: ожидался столбец с именами",
    ),
    (
        "is missing: expected the column of reasons",
        "не задано: ожидался столбец с причинами",
    ),
    (
        "is missing: expected the values that mean lost",
        "не задано: ожидались значения, которые значат «потеряно»",
    ),
    (
        "is missing: expected the name of the stage",
        "не задано: ожидалось имя этапа",
    ),
    (
        r"expected causes and their values, (\S+?), found",
        r"ожидались причины и их значения, \1, а здесь",
    ),
    (
        "is missing: expected the column of (counts|ids|times spent|events|times|states|end dates)(?=,|$)",
        r"не задано: ожидался столбец: \1",
    ),
    (
        "(?<=столбец: )counts",
        "числа",
    ),
    (
        "(?<=столбец: )ids",
        "клиенты",
    ),
    (
        "(?<=столбец: )times spent",
        "длительности",
    ),
    (
        "(?<=столбец: )events",
        "события",
    ),
    (
        "(?<=столбец: )times",
        "время",
    ),
    (
        "(?<=столбец: )states",
        "состояния",
    ),
    (
        "(?<=столбец: )end dates",
        "даты конца",
    ),
    (
        "is missing: expected the unit of the durations",
        "не задано: ожидалась единица длительностей",
    ),
    (
        "is missing: expected the stages and their events",
        "не задано: ожидались этапы и их события",
    ),
    (
        "is missing: expected the stages",
        "не задано: ожидались этапы",
    ),
    (
        "is missing: expected how the log is laid out, ",
        "не задано: ожидалось, как устроен журнал: ",
    ),
    (
        r"expected a mapping \((\S+ \S+|\S+)\) at the top, found a list",
        r"наверху ожидалось соответствие (\1), а здесь список",
    ),
    (
        "expected a value of the data, found a mapping",
        "ожидалось значение из данных, а здесь соответствие",
    ),
    (
        r"(\S+) stands already under (\S+)",
        r"\1 уже стоит под \2",
    ),
    (
        r"the stage (\S+) stands here twice",
        r"этап \1 стоит здесь дважды",
    ),
    (
        "one character",
        "один знак",
    ),
    (
        (
            r"the funnel has no stage (.+?); it has: (.+?)\. Give the log's stages these names in the mapping, or "
            "check a funnel that was fitted to such a log"
        ),
        (
            r"в воронке нет этапа \1; есть: \2. Дайте этапам журнала эти имена в файле соответствий или "
            "проверяйте воронку, оценённую по такому журналу"
        ),
    ),
    (
        "--at: counts have no times",
        "--at: у счётов нет времени",
    ),
    (
        "--latent: counts have no customers",
        "--latent: у счётов нет клиентов",
    ),
    (
        "--guess writes a mapping, and --map reads one: give one of the two",
        "--guess пишет файл соответствий, а --map читает: укажите что-то одно",
    ),
    (
        "--guess looks at a file; of a database, save some rows of your query as CSV and guess from them",
        "--guess смотрит в файл; из базы данных сохраните часть строк запроса как CSV и начните с них",
    ),
    (
        "--guess writes a mapping file: expected (.+?), found",
        r"--guess пишет файл соответствий: ожидалось \1, а здесь",
    ),
    (
        "--origins: a funnel file is not fitted anew: give the log only",
        "--origins: файл воронки заново не оценивается: укажите только журнал",
    ),
    (
        "this is a funnel; give a log that it has not seen, too",
        "это воронка; укажите и журнал, которого она не видела",
    ),
    (
        r"expected a funnel and a log, or a log, found (\d+) files",
        r"ожидались воронка и журнал или журнал, а файлов \1",
    ),
    (
        "the funnel comes first: ",
        "сначала воронка: ",
    ),
)
