"""A mapping file to start from: roles of columns by their names (English, Russian, usual exports) and their content.

What is guessed is written with comments, to be read and corrected by whoever knows the data.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from funnelsim.errors import InputError
from funnelsim.mapping import LOG, LogMapping, normal
from funnelsim.reading.amounts import NOTHING
from funnelsim.reading.columns import name_of, texts_of
from funnelsim.reading.ownlog import COLUMNS
from funnelsim.reading.sources import open_source

if TYPE_CHECKING:
    import pandas as pd

OWN: Final = "Our own event log. What was open at its end needs the horizon of its run, such as `censored_at: 365 d`."
#: So many rows are looked at, and so many different values of a column are taken for states or events.
LOOKED_AT: Final = 100_000
MOST_VALUES: Final = 60
#: This share of a column's values must fit what the column is taken for.
MOSTLY: Final = 0.8
TINY: Final = 1e-9

#: Names that columns of a role have, as `normal` writes them, best first: HubSpot, Salesforce, Pipedrive, amoCRM,
#: Bitrix24, and logs of processes (XES).
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "customer": (
        "record id", "deal id", "opportunity id", "opportunity_id", "case id", "case_id", "case:concept:name",
        "id сделки", "id лида", "deal_id", "lead_id", "lead id", "customer_id", "customer id", "customer",
        "account", "id", "id клиента", "номер сделки", "клиент", "contact id", "user_id", "client_id",
    ),
    "closed": (
        "close date", "closed date", "close_date", "closed_at", "closed at", "date closed", "won time",
        "lost time", "дата закрытия", "дата закрытия сделки", "дата завершения", "closed", "дата окончания",
        "end_date",
    ),
    "created": (
        "create date", "created date", "created_at", "created at", "date created", "deal created",
        "deal - deal created", "engage_date", "created", "create_date", "дата создания", "дата создания сделки",
        "создано", "создана", "дата начала", "start_date", "add time",
    ),
    "status": (
        "deal stage", "deal_stage", "stage", "status", "stage name", "deal status", "этап сделки", "стадия сделки",
        "этап", "стадия", "статус", "состояние", "state", "lead status",
    ),
    "reason": (
        "closed lost reason", "lost reason", "lost_reason", "loss reason", "reason", "loss_cause",
        "loss reason name", "причина отказа", "причина провала", "причина проигрыша", "причина закрытия",
        "причина",
    ),
    "value": (
        "amount", "deal value", "value", "close_value", "amount in company currency", "бюджет", "бюджет сделки",
        "сумма", "сумма сделки", "monthly_value", "revenue", "выручка", "цена", "стоимость",
    ),
    "currency": (
        "currency", "deal currency", "deal currency code", "валюта",
    ),
    "source": (
        "original source", "original traffic source", "lead source", "source", "utm_source", "источник",
        "источник сделки", "рекламный канал", "канал",
    ),
    "event": (
        "activity", "concept:name", "event", "event name", "event_name", "событие", "действие", "операция",
    ),
    "time": (
        "timestamp", "time:timestamp", "time", "event time", "event_time", "datetime", "date", "дата и время",
        "дата события", "время", "дата",
    ),
    "duration": (
        "duration", "months", "days", "tenure", "duration_days", "длительность", "срок", "месяцев", "дней", "time",
    ),
}  # fmt: skip
WON: Final = re.compile(
    r"\b(closed ?won|won|paid|purchase\w*|success\w*|approved|converted|signed)\b|"
    r"успешн|выигр|оплач|реализовано$|куплен",
    re.IGNORECASE,
)
LOST: Final = re.compile(
    r"\b(closed ?lost|lost|churn\w*|cancel\w*|declin\w*|reject\w*|refus\w*|dropped|junk|(dis|un)qualified)\b|"
    r"не ?реализован|провал|проигр|отказ|потер|отмен|некачеств|спам",
    re.IGNORECASE,
)
#: Names of dates of stages: `Date entered "Offer (Sales)"`, `Дата перехода в стадию Оферта`.
ENTERED: Final = re.compile(
    r"^(?:date (?:entered|moved to)|entered|дата (?:перехода (?:на этап|в стадию|в)|входа в|этапа))"
    r"\s*[\"«:]?\s*(.+?)[\"»]?$",
    re.IGNORECASE,
)
#: Plain words that YAML takes for something else than a text.
RESERVED: Final = frozenset({"true", "false", "null"})
FORMATS: Final = tuple(
    f"{day}{clock}"
    for day in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d.%m.%y", "%m/%d/%y")
    for clock in ("", " %H:%M", " %H:%M:%S")
)
UNITS: Final = {"month": "mo", "мес": "mo", "day": "d", "дн": "d", "year": "y", "лет": "y", "week": "w", "hour": "h"}


@dataclass(frozen=True, slots=True)
class _Dates:
    """Columns with dates: their formats (empty: ISO 8601), and whether day and month may be the other way round."""

    columns: tuple[str, ...]
    formats: tuple[str, ...]
    doubtful: bool


def guess_mapping(source: str | os.PathLike[str] | pd.DataFrame) -> str:
    """Return the text of a mapping file for a source, to be looked through. Raises InputError where there is none."""
    opened = open_source(source, LogMapping(LOG))
    if set(COLUMNS) <= set(opened.columns):
        return f"# {OWN}\nshape: log\n"
    names = [name for name in dict.fromkeys(opened.columns) if name and opened.columns.count(name) == 1]
    batch = next(opened.read(names), None)
    if batch is None:
        raise InputError(f"{opened.name}: there are no rows to guess from")
    return _Guess(batch.table.head(LOOKED_AT), names, opened.name).text()


class _Guess:
    """The columns of a table, and what they may be."""

    def __init__(self, table: pd.DataFrame, names: Sequence[str], source: str) -> None:
        self.table, self.names, self.source = table, names, source
        self.texts = {name: texts_of(table[name]) for name in names}
        self.dates = self._find_dates()

    def text(self) -> str:
        """Return the mapping of the shape that fits."""
        event, time = self.named("event"), self._time()
        customer = self._customer()
        repeated = customer and len(self.texts[customer][1]) < MOSTLY * len(self.table)
        lines = [f"# A first guess from {os.path.basename(self.source)}: look through it, and correct it."]  # noqa: PTH119
        if customer and event and time and repeated:
            lines += self._events(customer, event, time)
        elif customer and self.named("status") and self.dates.columns:
            lines += self._deals(customer)
        elif customer and self.named("status") and self.named("duration"):
            lines += self._durations(customer)
        else:
            lines = self._nothing(customer)
            raise InputError("\n".join(lines))
        return "\n".join([*lines, ""])

    # ---- columns

    def named(self, role: str) -> str:
        """Return the column whose name has a role, or nothing."""
        known = {normal(name): name for name in self.names}
        exact = next((known[name] for name in NAMES[role] if name in known), "")
        if exact:
            return exact
        return next((known[one] for name in NAMES[role] if len(name) > 3 for one in known if one.startswith(name)), "")

    def _customer(self) -> str:
        named = self.named("customer")
        if named:
            return named
        return next((name for name in self.names if len(self.texts[name][1]) == len(self.table)), "")

    def _time(self) -> str:
        named = self.named("time")
        return named if named in self.dates.columns else next(iter(self.dates.columns), "")

    def _find_dates(self) -> _Dates:
        """Return the columns in which most values are dates, and the formats that read them."""
        import pandas as pd

        columns: list[str] = []
        formats: dict[str, None] = {}
        doubtful = False
        expected = {self.named(role) for role in ("created", "closed")}
        for name in self.names:
            if pd.api.types.is_datetime64_any_dtype(self.table[name].dtype):
                columns.append(name)
                continue
            if pd.api.types.is_numeric_dtype(self.table[name].dtype):
                continue
            values = pd.Series(
                [text for text in self.texts[name][1] if normal(text) not in NOTHING][:2000], dtype="str"
            )
            if not len(values):
                continue
            least = 0.0 if name in expected else MOSTLY
            iso = pd.to_datetime(values, format="ISO8601", errors="coerce", utc=True).mask(values.str.len() < 8)
            if iso.notna().mean() > least - TINY and iso.notna().any() and not values.str.fullmatch(r"\d+").any():
                columns.append(name)
                continue
            shares = {form: pd.to_datetime(values, format=form, errors="coerce").notna().mean() for form in FORMATS}
            best = max(shares, key=lambda form: shares[form])
            if shares[best] > 0.0 and sum(sorted(shares.values())[-3:]) > least - TINY:
                columns.append(name)
                formats |= dict.fromkeys(form for form in FORMATS if shares[form] > 0 and _kin(form, best))
                doubtful = doubtful or shares.get(_swapped(best), 0.0) == shares[best]
        return _Dates(tuple(columns), tuple(formats), doubtful)

    # ---- shapes

    def _deals(self, customer: str) -> list[str]:
        closed = self.named("closed")
        status = self.named("status")
        entered = [(match[1], name) for name in self.dates.columns if (match := ENTERED.match(name))]
        created = self.named("created")
        if created not in self.dates.columns:
            created = next((name for name in self.dates.columns if name not in {closed, *(n for _, n in entered)}), "")
        if not closed:
            closed = next((name for name in reversed(self.dates.columns) if name != created), "")
        stages = [("new", created)] if created else []
        stages += [(name_of(normal(stage)), name) for stage, name in entered]
        lines = [
            "shape: deals",
            f"customer: {_quoted(customer)}",
            "stages:  # in the order in which deals go through them",
        ]
        lines += [f"  - {{stage: {stage}, entered: {_quoted(name)}}}" for stage, name in stages]
        lines += [f"closed: {_quoted(closed)}", f"status: {_quoted(status)}", *self._states(status, has_open=True)]
        return [*lines, *self._rest(), "censored_at: end  # or the date on which the data was exported"]

    def _events(self, customer: str, event: str, time: str) -> list[str]:
        values = self._common(event)
        won = [value for value in values if means(WON, value)]
        lost = [value for value in values if means(LOST, value) and value not in won]
        stages = [value for value in values if value not in won and value not in lost]
        lines = [
            "shape: events",
            f"customer: {_quoted(customer)}",
            f"event: {_quoted(event)}",
            f"time: {_quoted(time)}",
        ]
        lines.append("stages:  # put these in their order; what is no stage goes to `ignore: []`")
        lines += [f"  {name}: [{_quoted(value)}]" for name, value in _named_values(self._in_time(event, time, stages))]
        lines += [f"won: [{', '.join(map(_quoted, won))}]" if won else "won: []  # which event means won?"]
        lines += ["lost:", *(f"  {name}: [{_quoted(value)}]" for name, value in _named_values(lost))] if lost else []
        return [*lines, *self._rest(), "censored_at: end  # or the time at which the data was cut"]

    def _durations(self, customer: str) -> list[str]:
        duration, status = self.named("duration"), self.named("status")
        unit = next((unit for word, unit in UNITS.items() if word in normal(duration)), "d")
        lines = ["shape: durations", f"customer: {_quoted(customer)}", "stage: using", f"duration: {_quoted(duration)}"]
        lines += [f"unit: {unit}", f"status: {_quoted(status)}", *self._states(status, has_open=True)]
        return [*lines, *(line for line in self._rest() if not line.startswith("date_format"))]

    def _states(self, status: str, *, has_open: bool) -> list[str]:
        """Return which states mean won, lost and open."""
        values = self._common(status)
        lost = [value for value in values if means(LOST, value)]
        won = [value for value in values if means(WON, value) and value not in lost]
        others = [value for value in values if value not in lost and value not in won]
        reason = self.named("reason")
        lines = [f"won: [{', '.join(map(_quoted, won))}]" + ("" if won else "  # which state means won?")]
        listed = ", ".join(map(_quoted, lost))
        if reason and reason != status:
            lines.append(f"lost: {{column: {_quoted(reason)}, when: [{listed}]}}")
        else:
            lines.append(f"lost: {{lost: [{listed}]}}" + ("" if lost else "  # which states mean lost?"))
        return [*lines, f"open: [{', '.join(map(_quoted, others))}]"] if has_open else lines

    def _rest(self) -> list[str]:
        value, currency, source = (self.named(role) for role in ("value", "currency", "source"))
        lines = [f"value: {_quoted(value)}"] if value else []
        lines += [f"currency: {{column: {_quoted(currency)}}}"] if currency and value else []
        lines += [f"source: {_quoted(source)}"] if source else []
        if self.dates.formats:
            listed = ", ".join(map(_quoted, self.dates.formats))
            doubt = "  # or is the month first? All dates here fit both" if self.dates.doubtful else ""
            lines.append(f"date_format: [{listed}]{doubt}")
        return lines

    def _nothing(self, customer: str) -> list[str]:
        missing = [] if customer else ["no column of ids"]
        missing += [] if self.named("status") or self.named("event") else ["no column of states or events"]
        missing += [] if self.dates.columns or self.named("duration") else ["no column of dates or durations"]
        columns = ", ".join(f"'{name}'" for name in self.names)
        return [f"{self.source}: no mapping can be guessed: {', '.join(missing)}; the columns are {columns}"]

    # ---- values

    def _common(self, column: str) -> list[str]:
        """Return the most frequent values of a column, most frequent first."""
        which, texts = self.texts[column]
        numbers = np.bincount(which[which >= 0], minlength=len(texts))
        order = np.argsort(-numbers, kind="stable")[:MOST_VALUES]
        return [texts[place] for place in order if normal(texts[place]) not in NOTHING]

    def _in_time(self, event: str, time: str, values: Sequence[str]) -> list[str]:
        """Return events in the order in which they mostly come: by their mean place in journeys."""
        import pandas as pd

        customer = self._customer()
        stamps = pd.to_datetime(self.table[time].astype("str"), format="mixed", errors="coerce", utc=True)
        which, texts = self.texts[event]
        ordered = pd.DataFrame({"who": self.table[customer], "what": which, "at": stamps}).sort_values(
            ["who", "at"], kind="stable"
        )
        place = ordered.groupby("who").cumcount().groupby(ordered["what"]).mean()
        return sorted(values, key=lambda value: place.get(texts.index(value), 0.0))


def means(pattern: re.Pattern[str], value: str) -> bool:
    """Return whether a state or an event has one of some words in it."""
    return pattern.search(value.replace("_", " ")) is not None


def _kin(one: str, other: str) -> bool:
    """Return whether two formats write the same day, with or without a time."""
    return one.split(" ", maxsplit=1)[0] == other.split(" ", maxsplit=1)[0]


def _swapped(form: str) -> str:
    """Return a format with day and month the other way round."""
    return form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def _named_values(values: Iterable[str]) -> list[tuple[str, str]]:
    """Return each value with a name of its own."""
    named: dict[str, str] = {}
    for value in values:
        name, number = name_of(normal(value)), 2
        while name in named:
            name, number = f"{name_of(normal(value))}_{number}", number + 1
        named[name] = value
    return list(named.items())


def _quoted(text: str) -> str:
    return (
        text
        if re.fullmatch(r"[A-Za-zА-Яа-яЁё_][\w ]*\w", text) and normal(text) not in RESERVED
        else json.dumps(text, ensure_ascii=False)
    )
