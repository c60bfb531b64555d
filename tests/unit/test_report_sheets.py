"""The report as a spreadsheet: real numbers, native charts with words, texts that no spreadsheet runs."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from funnelsim import compare, loads, report
from funnelsim.model import Study
from funnelsim.views.texts import text

EVIL = '=HYPERLINK("x")'
STUDY = f"""\
funnelsim: 1
funnel:
  funnelsim: 1
  currency: RUB
  sources: {{ads: {{batch: 300, cost: 20}}}}
  stages:
    - {{name: call, label: '{EVIL}', note: '{EVIL}', causes: {{forgot: 20%, apathy: 10%}}}}
    - {{name: visit, label: {{en: Visit, ru: Визит}}, causes: {{no_trust: 30%}}}}
    - {{name: buy, revenue: 1000}}
interventions:
  quick: {{label: '{EVIL}', cost: {{once: 500}}, changes: [{{scale: stages.call.causes.forgot, by: 0.5}}]}}
  skip: {{label: {{en: Skip, ru: Убрать}}, changes: [{{remove_stage: visit}}]}}
run: {{replications: 4, seed: 1}}
"""


@pytest.fixture(scope="module")
def study() -> Study:
    """A study whose labels would be formulas in a spreadsheet."""
    return loads(STUDY)


@pytest.fixture(scope="module", params=["en", "ru"])
def written(request: pytest.FixtureRequest, study: Study, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Its report as a spreadsheet, in each language."""
    path = tmp_path_factory.mktemp("sheets") / "report.xlsx"
    report(study, path, lang=request.param)
    return request.param, path


def test_the_sheets_are_named_in_the_language(written: tuple[str, Path]) -> None:
    """The decision comes first; there is a sheet for funnel, losses, the saved, the ledger, sensitivity, provenance."""
    language, path = written
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[0] == text("report.decision", language)
    keys = ("lift", "stages", "losses", "money", "saved", "ledger", "tornado", "frontier", "provenance")
    assert {text(f"sheet.{key}", language) for key in keys} <= set(book.sheetnames)
    assert text("stress.title", language) in book.sheetnames


def test_numbers_are_numbers(written: tuple[str, Path], study: Study) -> None:
    """The decision has the lift, its interval, its cost and its payback as they are compared, the best first."""
    language, path = written
    sheet = openpyxl.load_workbook(path)[text("report.decision", language)]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    best = max(compare(study).scenarios, key=lambda one: one.lift["profit"].mean)
    assert rows[1][0] == best.label.text(language)
    assert rows[1][1] == text("report.figure.scenario", language)
    profit = best.lift["profit"]
    expected: list[Any] = [profit.mean, profit.low, profit.high, profit.p_better]
    assert rows[1][2:6] == pytest.approx(expected)
    assert rows[2][rows[0].index(f"{text('report.once', language)}, RUB")] == 500.0
    assert all(isinstance(cell, (int, float)) for cell in rows[1][2:-1])


def test_no_text_is_a_formula(written: tuple[str, Path]) -> None:
    """A label that begins with = is a text, in every sheet, and no cell is a formula or a link."""
    _, path = written
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert sum(cell.value == EVIL and cell.data_type == "s" for cell in cells) >= 4
    assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)


def test_charts_are_native_and_have_words(written: tuple[str, Path]) -> None:
    """There is a chart of lifts, budgets, funnel, losses, the saved and sensitivity, each with an alternative text."""
    language, path = written
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        drawings = [archive.read(name).decode() for name in names if re.fullmatch(r"xl/drawings/drawing\d+\.xml", name)]
        charts = [archive.read(name).decode() for name in names if re.fullmatch(r"xl/charts/chart\d+\.xml", name)]
    assert len(charts) == 6
    assert not any(name.startswith("xl/media") for name in names)
    told = re.findall(r'<xdr:cNvPr [^>]*descr="([^"]+)"', "".join(drawings))
    assert len(told) == len(charts)
    assert all(len(one) > 40 and bool(re.search("[а-яё]", one)) == (language == "ru") for one in told)
    kinds = [re.findall(r"<c:(barChart|scatterChart)>", chart) for chart in charts]
    assert kinds.count(["scatterChart"]) == 1
    assert sum("<c:errBars>" in chart for chart in charts) == 1
    assert sum('<c:grouping val="stacked"/>' in chart for chart in charts) == 2


def test_a_funnel_without_scenarios_has_a_spreadsheet(tmp_path: Path) -> None:
    """Of one funnel the totals come first, and nothing of scenarios is there."""
    path = tmp_path / "one.xlsx"
    report(loads("funnelsim: 1\nstages: [{name: a, causes: {forgot: 40%}}, {name: b, revenue: 10}]\n"), path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[0] == "Summary"
    assert "Ledger" not in book.sheetnames
    assert book["Summary"]["B2"].value == 10000.0
