"""What reading a log found: which rows were dropped and why, and what is odd about those that were kept.

Rows in = rows kept + rows dropped: every dropped row has one reason. A row that was kept may be in several findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from funnelsim.causes import Label

if TYPE_CHECKING:
    import pandas as pd

#: So many row numbers of each finding are kept.
SHOWN_ROWS: Final = 10

#: Why a row is dropped. The order is that of a report.
DROPPED: Final[Mapping[str, Label]] = {
    "malformed": Label("has too many or too few fields", "полей больше или меньше, чем в заголовке"),
    "blank": Label("is empty", "пусто"),
    "no_customer": Label("names no customer", "не назван клиент"),
    "status_unknown": Label("has a status that the mapping does not know", "статус, которого нет в файле соответствий"),
    "event_ignored": Label(
        "is an event that the mapping ignores", "событие, которое файл соответствий велит пропускать"
    ),
    "event_unknown": Label("is an event that the mapping does not know", "событие, которого нет в файле соответствий"),
    "row_ignored": Label("is one that the mapping ignores", "строка, которую файл соответствий велит пропускать"),
    "row_unknown": Label(
        "counts something that the mapping does not know", "считает то, чего нет в файле соответствий"
    ),
    "date_unparsable": Label("has a date that cannot be read", "дата не читается"),
    "date_missing": Label("has no date of entering a stage", "нет даты входа в этап"),
    "end_missing": Label("ended, but nobody knows when", "закончилось, но неизвестно когда"),
    "duration_unusable": Label("has a duration that is missing or not a number", "длительности нет, или это не число"),
    "negative_duration": Label(
        "would take a negative time: a later date is before an earlier one",
        "вышло бы отрицательное время: поздняя дата раньше ранней",
    ),
    "duplicate": Label("is there twice", "повтор"),
    "repeated": Label(
        "repeats the stage that the customer has just entered", "повтор этапа, на который клиент только что вошёл"
    ),
    "after_cut": Label("is dated after the cut", "дата позже среза"),
    "before_watching": Label(
        "ended before the time from which on the data is complete", "закончилось до начала полных данных"
    ),
    "no_stage": Label("ends a journey that has entered no stage", "конец пути, на котором не было ни одного этапа"),
    "after_end": Label("ends a journey that has ended", "конец пути, который уже закончился"),
}

#: What is noted of a row that is kept.
NOTED: Final[Mapping[str, Label]] = {
    "open": Label("is still open: censored", "ещё открыто: цензурировано"),
    "late_entry": Label(
        "was under way when watching began: left-truncated", "уже шло, когда началось наблюдение: усечено слева"
    ),
    "later": Label("says what happened after the cut, which is left out", "случившееся после среза не учтено"),
    "open_with_end": Label(
        "is open but has an end date: re-opened, open at the cut",
        "открыто, но есть дата закрытия: открыто снова, на срез открыто",
    ),
    "reopened": Label("was lost and came back", "было потеряно и вернулось"),
    "skipped": Label("passes over a stage", "этап пропущен"),
    "returned": Label("comes back to a stage that it has been at", "возврат на этап, где клиент уже был"),
    "simultaneous": Label(
        "has the same time as another stage: put in the order of the stages",
        "то же время, что у другого этапа: порядок как у этапов",
    ),
    "reason_missing": Label("is lost without a reason", "потеряно без причины"),
    "reason_unknown": Label(
        "is lost for a reason that the mapping does not know", "причина потери, которой нет в файле соответствий"
    ),
    "value_missing": Label("is won without an amount", "выиграно, но сумма не указана"),
    "value_unparsable": Label("has an amount that cannot be read", "сумма не читается"),
    "currency_other": Label(
        "has an amount in another currency: taken as unknown", "сумма в другой валюте: считается неизвестной"
    ),
    "clock_changed": Label(
        "has another offset from UTC than the first: summer time; durations are true",
        "сдвиг от UTC не тот, что вначале: летнее время; длительности верны",
    ),
    "clock_ambiguous": Label(
        "has a time that the clock shows twice when summer time ends: the first is taken",
        "время, которое часы показывают дважды при переходе с летнего: взято первое",
    ),
    "clock_skipped": Label(
        "has a time that the clock passes over when summer time begins: moved forward",
        "время, которое часы пропускают при переходе на летнее: сдвинуто вперёд",
    ),
    "seen_again": Label(
        "says that the customer was last seen before something else happened",
        "«последний раз видели», но потом случилось ещё что-то",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of oddity: how many rows, the numbers of the first ones, and which values they have.

    kind: a key of DROPPED or NOTED. rows: as the source counts them, see `Report`. texts: what stands there
    with the numbers of rows, most frequent first (of unknown statuses, events and reasons).
    """

    kind: str
    count: int
    rows: tuple[int, ...]
    texts: tuple[tuple[str, int], ...] = ()

    @property
    def dropped(self) -> bool:
        """Whether the rows were left out."""
        return self.kind in DROPPED

    @property
    def meaning(self) -> Label:
        """What is so about each row."""
        return DROPPED.get(self.kind) or NOTED[self.kind]


@dataclass(frozen=True, slots=True)
class Report:
    """What reading a source found.

    rows: rows in, without the heading; kept: rows that are in the log. Rows of CSV and Excel files are numbered as a
    spreadsheet shows them (the heading is row 1, whatever line breaks are inside of cells), those of tables and
    queries from 1.
    """

    source: str
    rows: int
    kept: int
    findings: tuple[Finding, ...]

    @property
    def dropped(self) -> int:
        """How many rows were left out: rows − kept."""
        return sum(finding.count for finding in self.findings if finding.dropped)

    def count(self, kind: str) -> int:
        """Return how many rows are of a kind."""
        return sum(finding.count for finding in self.findings if finding.kind == kind)

    @property
    def document(self) -> dict[str, Any]:
        """The report as plain data: rows, kept, dropped, and findings with kind, dropped, count, rows, values."""
        return {
            "source": self.source,
            "rows": self.rows,
            "kept": self.kept,
            "dropped": self.dropped,
            "findings": [
                {
                    "kind": finding.kind,
                    "dropped": finding.dropped,
                    "count": finding.count,
                    "rows": list(finding.rows),
                    "values": dict(finding.texts),
                }
                for finding in self.findings
            ],
        }

    @property
    def table(self) -> pd.DataFrame:
        """One row per finding: kind, dropped, count, rows (the first ones), values, meaning; a fresh copy."""
        import pandas as pd

        columns = ("kind", "dropped", "count", "rows", "values", "meaning")
        return pd.DataFrame(
            [
                (
                    finding.kind,
                    finding.dropped,
                    finding.count,
                    ", ".join(map(str, finding.rows)) + (", …" if finding.count > len(finding.rows) else ""),
                    ", ".join(f"{value} ({number})" for value, number in finding.texts),
                    finding.meaning.en,
                )
                for finding in self.findings
            ],
            columns=pd.Index(columns),
        )

    def __str__(self) -> str:
        reasons = "".join(f"; {finding.kind} {finding.count}" for finding in self.findings)
        return f"{self.source}: {self.rows} rows = {self.kept} kept + {self.dropped} dropped{reasons}"
