r"""What `fit` and `check` refuse, in Russian.

As in `russian_mistakes`: what stands in quotes is a mark here (`\S+`), and an option's name before a colon is left out.
"""

from __future__ import annotations

from typing import Final

#: Options that a message may begin with, as in `draws: expected …`.
OPTIONS: Final = ("at", "cut", "dirt", "draws", "latent", "level", "origins", "period", "window")

REFUSALS: Final[tuple[tuple[str, str], ...]] = (
    # ---- fit
    (
        r"the history has no visit to a stage: there is nothing to fit",
        "в журнале нет ни одного визита на этап: оценивать нечего",
    ),
    (r"expected times of at least 0, found (\S+)", r"ожидались сроки не меньше 0, а здесь \1"),
    (r"expected (⟦\d+⟧), (⟦\d+⟧) or (⟦\d+⟧), found (\S+)", r"ожидалось \1, \2 или \3, а здесь \4"),
    (
        (
            r"the history has segments \((.*)\), and a customer belongs to one segment; leave their column out to look "
            r"for latent ones"
        ),
        r"в журнале есть сегменты (\1), а клиент принадлежит одному; чтобы искать скрытые, уберите их столбец",
    ),
    (
        r"too few losses to tell segments by: at least (\d+) are needed",
        r"потерь слишком мало, чтобы различить по ним сегменты: нужно не меньше \1",
    ),
    # ---- check
    (r"expected a whole number from 1 on, not (\S+)", r"ожидалось целое число от 1, а не \1"),
    (r"expected at least (\S+), not (\S+)", r"ожидалось не меньше \1, а не \2"),
    (
        r"expected a share between 0 and 1, such as (\S+), not (\S+)",
        r"ожидалась доля от 0 до 1, например \1, а не \2",
    ),
    (r"expected a length of time such as (\S+), not (\S+)", r"ожидался срок, например \1, а не \2"),
    (
        r"expected a date such as (\S+), or a time since (\S+) such as (\S+), not (\S+)",
        r"ожидалась дата, например \1, или срок с \2, например \3, а не \4",
    ),
    (
        r"nobody had come before (\S+?): the history begins on (\S+)",
        r"до \1 ещё никто не пришёл: журнал начинается \2",
    ),
    (
        r"nothing is left to check from (\S+) on: the history ends on (\S+)",
        r"после \1 проверять нечего: журнал кончается \2",
    ),
    (r"the history has no customers: there is nothing to check", "в журнале нет клиентов: проверять нечего"),
    (r"expected a share from (\S+) to below (\S+), found (\S+)", r"ожидалась доля от \1 и меньше \2, а здесь \3"),
    (r"nobody has entered a stage: there is nothing to export", "ни на один этап никто не вошёл: выгружать нечего"),
)
