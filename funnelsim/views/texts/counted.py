"""Counted things in words, in every plural form of each language."""

from __future__ import annotations

from collections.abc import Mapping

#: Counted things: language → plural category → phrase. Genitives (`из 5 клиентов`) are keys of their own.
COUNTED: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "customers": {
        "en": {"one": "{n} customer", "other": "{n} customers"},
        "ru": {"one": "{n} клиент", "few": "{n} клиента", "many": "{n} клиентов", "other": "{n} клиента"},
    },
    "replications": {
        "en": {"one": "{n} replication", "other": "{n} replications"},
        "ru": {"one": "{n} прогон", "few": "{n} прогона", "many": "{n} прогонов", "other": "{n} прогона"},
    },
    "scenarios": {
        "en": {"one": "{n} scenario", "other": "{n} scenarios"},
        "ru": {"one": "{n} сценарий", "few": "{n} сценария", "many": "{n} сценариев", "other": "{n} сценария"},
    },
    "stages": {
        "en": {"one": "{n} stage", "other": "{n} stages"},
        "ru": {"one": "{n} этап", "few": "{n} этапа", "many": "{n} этапов", "other": "{n} этапа"},
    },
    "causes": {
        "en": {"one": "{n} cause", "other": "{n} causes"},
        "ru": {"one": "{n} причина", "few": "{n} причины", "many": "{n} причин", "other": "{n} причины"},
    },
    "rows": {
        "en": {"one": "{n} row", "other": "{n} rows"},
        "ru": {"one": "{n} строка", "few": "{n} строки", "many": "{n} строк", "other": "{n} строки"},
    },
    "problems": {
        "en": {"one": "{n} problem", "other": "{n} problems"},
        "ru": {"one": "{n} ошибка", "few": "{n} ошибки", "many": "{n} ошибок", "other": "{n} ошибки"},
    },
    "other_losses": {
        "en": {"one": "{n} other loss", "other": "{n} other losses"},
        "ru": {
            "one": "{n} прочий вид потерь",
            "few": "{n} прочих вида потерь",
            "many": "{n} прочих видов потерь",
            "other": "{n} прочего вида потерь",
        },
    },
    "days": {
        "en": {"one": "{n} day", "other": "{n} days"},
        "ru": {"one": "{n} день", "few": "{n} дня", "many": "{n} дней", "other": "{n} дня"},
    },
}
