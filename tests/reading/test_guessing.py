"""Claims about `guess_mapping`: what it writes for usual exports reads them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from funnelsim.errors import InputError
from funnelsim.files.mappings import loads_mapping
from funnelsim.reading.guessing import guess_mapping
from funnelsim.reading.logs import read_log
from funnelsim.reading.ownlog import COLUMNS

HUBSPOT = """Record ID,Deal Stage,Create Date,"Date entered ""Offer (Sales)\"\"",Close Date,Lost Reason,Amount,Source
1,Closed Won,2024-01-02 10:15,2024-01-05 09:00,2024-01-09 12:00,,1200.50,Organic
2,Closed Lost,2024-01-03 11:00,,2024-01-20 12:00,Price,,Paid search
3,Offer,2024-01-04 09:30,2024-01-08 10:00,2024-03-01 00:00,,500,Paid search
"""
AMO = """ID;Название сделки;Этап сделки;Дата создания сделки;Дата закрытия;Причина отказа;Бюджет
1;А;Успешно реализовано;13.01.2024 10:15:00;19.01.2024 12:00:00;;1200,50
2;Б;Закрыто и не реализовано;14.01.2024 11:00:00;20.01.2024 12:00:00;Дорого;
3;В;Первичный контакт;15.01.2024 09:30:00;не закрыта;;500
"""
BITRIX = """ID;Название;Стадия сделки;Дата создания;Дата завершения;Сумма;Валюта;Источник
1;А;Сделка успешна;13.01.2024 10:15:00;19.01.2024;1200.50;RUB;Звонок
2;Б;Сделка провалена;14.01.2024 11:00:00;20.01.2024;0;RUB;Сайт
3;В;Новая;15.01.2024 09:30:00;29.02.2024;500;RUB;Сайт
"""
EVENTS = """case_id,activity,timestamp
1,created,2024-01-01T10:00:00
1,offer sent,2024-01-02T10:00:00
1,deal won,2024-01-05T10:00:00
2,created,2024-01-02T10:00:00
2,offer sent,2024-01-04T10:00:00
2,cancelled,2024-01-09T10:00:00
3,created,2024-01-03T10:00:00
"""


@pytest.mark.parametrize(
    ("text", "encoding", "shape", "outcomes"),
    [
        (HUBSPOT, "utf-8", "deals", ["next", "won", "lost", "next", "open"]),
        (AMO, "utf-8-sig", "deals", ["won", "lost", "open"]),
        (BITRIX, "cp1251", "deals", ["won", "lost", "open"]),
        (EVENTS, "utf-8", "events", ["next", "won", "next", "lost", "open"]),
    ],
    ids=["hubspot", "amocrm", "bitrix24", "events"],
)
def test_a_guess_reads_what_it_was_guessed_from(
    text: str, encoding: str, shape: str, outcomes: list[str], tmp_path: Path
) -> None:
    """Exports of HubSpot, amoCRM and Bitrix24, and a log of events: the guess is a mapping, and nothing is dropped."""
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(encoding))
    guess = guess_mapping(path)
    mapping = loads_mapping(guess)
    assert mapping.shape == shape
    log = read_log(path, mapping)
    assert log.table["outcome"].tolist() == outcomes
    assert log.report is not None
    assert log.report.dropped == 0


def test_roles_of_a_hubspot_export(tmp_path: Path) -> None:
    """Dates of stages are stages; the reason, the amount and the source are found; every reason is a cause."""
    path = tmp_path / "export.csv"
    path.write_text(HUBSPOT, encoding="utf-8")
    log = read_log(path, loads_mapping(guess_mapping(path)))
    assert log.stages == ("new", "offer_sales")
    assert log.causes == ("Price",)
    assert log.sources == ("Organic", "Paid_search")
    assert log.visits["value"].sum() == 1200.5


def test_maven_is_guessed(shared: Path) -> None:
    """The guess for a real export finds its wins and losses: 4,238 won and 2,473 lost (METHODS.md)."""
    path = shared / "data/maven_crm/sales_pipeline.csv"
    log = read_log(path, loads_mapping(guess_mapping(path)))
    counts = log.table["outcome"].value_counts()
    assert (counts["won"], counts["lost"]) == (4238, 2473)


def test_doubtful_dates_are_said_to_be() -> None:
    """Where all dates fit both orders of day and month, a comment asks."""
    table = pd.DataFrame(
        {
            "id": [1, 2],
            "created": ["03/04/2024", "05/06/2024"],
            "closed": ["04/04/2024", "06/06/2024"],
            "status": ["won", "lost"],
        }
    )
    guess = guess_mapping(table)
    assert 'date_format: ["%d/%m/%Y"]  # or is the month first? All dates here fit both' in guess


def test_our_own_log_needs_little() -> None:
    """The columns of our own log are recognised."""
    assert "shape: log" in guess_mapping(pd.DataFrame(columns=pd.Index(COLUMNS)))


def test_what_cannot_be_guessed_is_refused() -> None:
    """The message says what is missing, and which columns there are."""
    with pytest.raises(InputError, match=r"no mapping can be guessed: no column of states or events, .*'x', 'y'"):
        guess_mapping(pd.DataFrame({"x": [1.5, 1.5], "y": ["a", "b"]}))
