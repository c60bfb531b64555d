"""Answers and teams as people read them: in tables, sentences, CSV and spreadsheets, in both languages."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from rich.cells import cell_len

from funnelsim.model import Study
from funnelsim.views.documents import RUN_COLUMNS, list_tally, to_csv
from funnelsim.views.lifts import show_comparison
from funnelsim.views.naming import name_study
from funnelsim.views.spreadsheet import save_comparison, save_tally
from funnelsim.views.staff import tell_busiest, tell_changes
from funnelsim.views.tables import choose_money, render
from funnelsim.views.totals import show_tally

Document = dict[str, Any]


def _ran(document: Document, study: Study, language: str = "en", width: int = 100) -> str:
    return render(show_tally(document, study.funnel, name_study(study, language), width)).replace("\u00a0", " ")


def _line(shown: str, title: str, start: str) -> list[str]:
    """Return the cells of the first line after a title that begins so."""
    lines = shown[shown.index(title) :].splitlines()
    line = next(line for line in lines if line.startswith(start))
    return [cell.strip() for cell in line.removeprefix(start).split("  ") if cell.strip()]


def test_answers_have_a_table(manned: Document, study: Study) -> None:
    """A stage with a response stands with its waits and the share answered in each time; the others do not."""
    shown = _ran(manned, study)
    assert _line(shown, "Answers,", "Lead") == ["22,000", "10.8 h", "4.8 h", "28.8 h", "31.0%", "62.0%", "81.0%"]
    table = shown[shown.index("Answers,") : shown.index("Teams,")]
    assert "In 2 min" in table
    assert "Demo" not in table
    assert "Wait (90%)" not in shown  # said once


def test_teams_have_a_table(manned: Document, study: Study) -> None:
    """A team stands with people, load, queue, served, gave up, hours paid and cost."""
    cells = _line(_ran(manned, study), "Teams,", "Sales")
    assert cells == ["4", "92.0%", "3.2", "22,000", "5,056", "8,352", "313,200"]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            (
                "Sales: busiest hours: Mon 9–10 (81%), Mon 10–11 (80%), Mon 11–12 (79%); "
                "longest queue: Mon 8–9 (12.4 waiting)."
            ),
        ),
        (
            "ru",
            (
                "Продажи: самые загруженные часы: пн 9–10 (81 %), пн 10–11 (80 %), пн 11–12 (79 %); "
                "самая длинная очередь: пн 8–9 (ждут 12,4)."
            ),
        ),
    ],
)
def test_busiest_hours_in_words(manned: Document, study: Study, language: str, told: str) -> None:
    """The three busiest hours of the week and that of the longest queue are named, in the language."""
    sentence = tell_busiest(manned["teams"][0], name_study(study, language))
    assert sentence.replace("\u00a0", " ") == told


def test_a_team_without_work_has_no_busiest_hour(manned: Document, study: Study) -> None:
    """Nothing is said of hours where nobody comes."""
    idle = manned["teams"][0]
    for hour in idle["by_hour"]:
        hour |= {"utilisation": None if hour["utilisation"] is None else 0.0, "queue": 0.0}
    assert tell_busiest(idle, name_study(study, "en")) == ""


def test_undefined_figures_are_shown_as_such(manned: Document, study: Study) -> None:
    """A team that is never open and a stage where nobody waited have dashes."""
    team = manned["teams"][0]
    team |= {"utilisation": None, "staff_hours": 0.0, "staff_cost": 0.0, "queue": {"mean": None, "open": None}}
    team["by_hour"] = [hour | {"utilisation": None, "queue": None} for hour in team["by_hour"]]
    manned["stages"][0]["reply_within"] = [{"time": 1.0, "share": None}]
    shown = _ran(manned, study)
    assert _line(shown, "Teams,", "Sales")[1:3] == ["–", "–"]
    assert _line(shown, "Answers,", "Lead")[-1] == "–"


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [80, 100, 120])
def test_teams_fit_the_width(manned: Document, staffed: Document, study: Study, language: str, width: int) -> None:
    """No line is wider than the terminal."""
    lines = _ran(manned, study, language, width).splitlines()
    lines += render(show_comparison(staffed, study, name_study(study, language), width)).splitlines()
    assert max(cell_len(line) for line in lines) <= width


def test_a_scenario_says_what_became_of_the_team(staffed: Document, study: Study) -> None:
    """People, load, answers and cost stand before and after where they differ, and nothing where they do not."""
    names = name_study(study, "en")
    money = choose_money("USD", [313200.0], "en")
    fast, evil = staffed["scenarios"]
    (told,) = tell_changes(staffed["base"], fast, names, money)
    assert told.replace("\u00a0", " ") == (
        "Team Sales: people 4 → 6; busy 92.0% → 61.4%; answered in 2 min 31.0% → 88.0%; answered in 1 h 62.0% → "
        "97.0%; answered in 1 d 81.0% → 99.0%; cost of staff 313,200 USD → 469,800 USD."
    )
    assert tell_changes(staffed["base"], evil, names, money) == []
    shown = render(show_comparison(staffed, study, names, 300)).replace("\u00a0", " ")
    assert shown.count("Team Sales: people 4 → 6") == 1
    russian = render(show_comparison(staffed, study, name_study(study, "ru"), 300)).replace("\u00a0", " ")
    assert "Команда Продажи: людей 4 → 6; загрузка 92,0 % → 61,4 %; ответ за 2 мин 31,0 % → 88,0 %" in russian


def test_a_team_of_one_world_only(staffed: Document, study: Study) -> None:
    """A team that is only in the base, or only in the scenario, has nobody and no cost on the other side."""
    names, money = name_study(study, "en"), choose_money("USD", [1.0], "en")
    world = staffed["base"]
    without: Document = {"teams": []}
    (gone,) = tell_changes(world, without, names, money)
    assert gone.startswith("Team Sales: people 4 → 0;")
    (new,) = tell_changes(without, world, names, money)
    assert new.startswith("Team Sales: people 0 → 4;")


def test_csv_of_a_run_has_its_teams(manned: Document) -> None:
    """Every figure of a team is found by team, measure and statistic, its hours by their names."""
    rows = list(csv.DictReader(io.StringIO(to_csv(RUN_COLUMNS, list_tally(manned)))))
    found = {(row["stage"], row["cause"], row["team"], row["measure"], row["statistic"]): row["value"] for row in rows}
    assert len(found) == len(rows)
    assert float(found["", "", "sales", "utilisation", "mean"]) == 0.92
    assert float(found["", "", "sales", "queue", "open"]) == 6.5
    assert float(found["", "", "sales", "queue", "Mon 08:00"]) == 12.4
    assert found["", "", "sales", "utilisation", "Sat 09:00"] == ""
    assert float(found["lead", "", "", "reply_within", "2 min"]) == 0.31
    assert float(found["lead", "", "", "answered", "mean"]) == 22000.0


@pytest.mark.parametrize(
    ("language", "titles"),
    [
        ("en", ["Summary", "Stages", "Losses", "Answers", "Teams", "Hours of the week", "Assumptions"]),
        ("ru", ["Итоги", "Этапы", "Потери", "Ответы", "Команды", "Часы недели", "Допущения"]),
    ],
)
def test_spreadsheet_of_a_run(manned: Document, study: Study, tmp_path: Path, language: str, titles: list[str]) -> None:
    """The team's figures and its 7 × 24 hours, busy and waiting, are numbers in cells; closed hours are empty."""
    target = tmp_path / "run.xlsx"
    save_tally(target, manned, study.funnel, name_study(study, language))
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == titles
    answers, teams, hours = (list(book[title].iter_rows(values_only=True)) for title in titles[3:6])
    assert answers[1][-3:] == (0.31, 0.62, 0.81)
    assert teams[1][1:5] == (4, 22000, 5056, 0.92)
    assert len(teams[0]) == len(teams[1])
    assert len(hours) == 15
    assert hours[1][3 + 9] == pytest.approx(0.81)
    assert hours[6][3 + 9] is None
    assert hours[8][3 + 8] == 12.4


def test_spreadsheet_of_a_comparison(staffed: Document, study: Study, tmp_path: Path) -> None:
    """The teams of every world stand on a sheet of their own."""
    target = tmp_path / "compared.xlsx"
    save_comparison(target, staffed, study, name_study(study, "en"))
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["Summary", "Lift", "Ledger", "Teams", "Assumptions"]
    rows = list(book["Teams"].iter_rows(values_only=True))
    assert [row[:3] for row in rows[1:3]] == [("Base", "Sales", 4), ("Answer within 5 minutes", "Sales", 6)]
    assert len(rows) == 4
