"""What reading historical data found, in words."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "reading.title": Label("What was read from {source}", "Что прочитано из {source}"),
    "reading.sum": Label("{rows} = {kept} kept + {dropped} dropped", "{rows} = принято {kept} + отброшено {dropped}"),
    "reading.dropped": Label("Rows that were dropped", "Отброшенные строки"),
    "reading.noted": Label(
        "Rows that were kept, with something to know about them", "Принятые строки, о которых важно знать"
    ),
    "reading.why": Label("Each row …", "Что в строке"),
    "reading.count": Label("Rows", "Строк"),
    "reading.first": Label("First of them", "Первые из них"),
    "reading.more": Label("{rows}, …", "{rows}, …"),
    "reading.values": Label("{what}: {values}", "{what}: {values}"),
    "reading.planted": Label(
        "Dirt in {file}, by what reading it finds: {kinds}", "Грязь в {file}, по тому, что находит чтение: {kinds}"
    ),
    "reading.clean": Label("No dirt in {file}", "Грязи в {file} нет"),
}
