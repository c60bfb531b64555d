"""The printed tables: the answer first, nothing cut, nothing obeyed that a file says, in both languages."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from funnelsim.causes import CATALOGUE
from funnelsim.model import Study
from funnelsim.views.catalogue import COLUMNS, list_causes, show_causes
from funnelsim.views.lifts import show_comparison
from funnelsim.views.naming import clean, name_study
from funnelsim.views.tables import choose_money, describe_window, grid, render
from funnelsim.views.totals import SHOWN, list_losses, show_tally

Document = dict[str, Any]


def _compared(document: Document, study: Study, language: str = "en", width: int = 80) -> str:
    return render(show_comparison(document, study, name_study(study, language), width)).replace("\u00a0", " ")


def _ran(document: Document, study: Study, language: str = "en", width: int = 80) -> str:
    return render(show_tally(document, study.funnel, name_study(study, language), width)).replace("\u00a0", " ")


def _line(shown: str, start: str) -> list[str]:
    """Return the cells of the first line that begins so."""
    line = next(line for line in shown.splitlines() if line.startswith(start))
    return [cell.strip() for cell in line.removeprefix(start).split("  ") if cell.strip()]


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_comparison_fits_its_width(compared: Document, study: Study, language: str, width: int) -> None:
    """No line of the printed comparison is wider than the terminal, and none ends in blanks."""
    lines = _compared(compared, study, language, width).splitlines()
    assert max(cell_len(line) for line in lines) <= width
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_run_fits_its_width(ran: Document, study: Study, language: str, width: int) -> None:
    """No line of a printed run is wider than the terminal."""
    assert max(cell_len(line) for line in _ran(ran, study, language, width).splitlines()) <= width


def test_the_answer_comes_first(compared: Document, study: Study) -> None:
    """Before any table stands which scenario brings most, how much, how sure, and what it says of profit."""
    paragraphs = _compared(compared, study, width=300).split("\n\n")
    assert paragraphs[0].splitlines()[0] == "SaaS seller"
    assert " ".join(paragraphs[1].split()) == (
        "Most revenue is expected from “Answer within 5 minutes”: +412,000 ± 41,000 USD (+6.6%). The probability "
        "that it beats the base is > 99.9%."
    )


def test_one_replication_claims_no_probability(compared: Document, study: Study) -> None:
    """Without intervals there is no probability to tell, and a note says how to get them."""
    compared["replications"] = 1
    for scenario in compared["scenarios"]:
        for lift in scenario["lift"].values():
            lift.update(dict.fromkeys(("low", "high", "low_all", "high_all", "p_better")))
            lift["relative"] |= {"low": None, "high": None}
    shown = " ".join(_compared(compared, study).split())
    assert "+412,345 USD (+6.6%). Expected lift over the base" in shown
    assert "One replication has no intervals" in shown


def test_without_scenarios_it_says_what_to_do(compared: Document, study: Study) -> None:
    """A file without scenarios has a base and nothing to compare; the other command is named."""
    compared["scenarios"] = []
    shown = _compared(compared, study)
    assert "nothing to compare" in shown
    assert "`funnelsim run`" in shown
    assert "Expected lift" not in shown


def test_an_uncertain_best_is_not_announced_as_better(compared: Document, study: Study) -> None:
    """If the best scenario's simultaneous interval includes zero, the answer says it cannot yet be told apart."""
    compared["scenarios"].pop(0)
    assert "cannot yet tell the best scenario from the base" in " ".join(_compared(compared, study).split())


def test_scenarios_that_only_cost_are_called_so(compared: Document, study: Study) -> None:
    """If no scenario raises revenue or profit, that is the answer."""
    for scenario in compared["scenarios"]:
        for lift in scenario["lift"].values():
            lift["mean"] = -5.0
    shown = " ".join(_compared(compared, study).split())
    assert "No scenario is expected to bring more revenue than the base. After costs no scenario" in shown


def test_the_richest_scenario_is_named_if_it_is_another(compared: Document, study: Study) -> None:
    """Most revenue and most profit may be two scenarios; the answer names both."""
    compared["scenarios"][1]["lift"]["profit"]["mean"] = 900000.0
    assert "Most profit is expected from “=1+1" in " ".join(_compared(compared, study).split())


def test_head_says_what_was_simulated(compared: Document, study: Study) -> None:
    """Window, replications, seed, engine and currency stand under the title, in the language."""
    english, russian = (_compared(compared, study, language, 300).splitlines()[1] for language in ("en", "ru"))
    assert english == "365 days from 2026-01-05 · 200 replications · seed 2015 · engine reference · money in USD"
    assert russian == "365 дней с 05.01.2026 · 200 прогонов · зерно 2015 · движок reference · деньги в USD"


@pytest.mark.parametrize(
    ("window", "english", "russian"),
    [
        ({}, "everyone followed to the end", "все клиенты до конца пути каждого"),
        (
            {"cohort": 10000},
            "a cohort of 10,000 customers followed to the end",
            "когорта: 10 000 клиентов, до конца пути каждого",
        ),
        (
            {"cohort": 90.0},
            "everyone who comes in 90 days from 2026-01-05, followed to the end",
            "все, кто придёт за 90 дней с 05.01.2026, до конца пути каждого",
        ),
        (
            {"horizon": 395.0, "warm_up": 30.0},
            "365 days from 2026-01-05 after a warm-up of 30 days",
            "365 дней с 05.01.2026 после разгона 30 дней",
        ),
    ],
)
def test_windows_in_words(window: Document, english: str, russian: str) -> None:
    """A whole number is a cohort of people, a fraction one of time; a calendar window is without its warm-up."""
    window = {"start": "2026-01-05", **window}
    assert describe_window(window, "en").replace("\u00a0", " ") == english
    assert describe_window(window, "ru").replace("\u00a0", " ") == russian


def test_lifts_stand_with_both_intervals(compared: Document, study: Study) -> None:
    """A lift has its half-width and, in parentheses, that of the interval for all scenarios at once."""
    shown = _compared(compared, study, width=140)
    assert _line(shown, "Answer within 5 minutes")[:6] == [
        "+412,000 ± 41,000 (± 51,000)",
        "+6.6% (5.5 … 7.8%)",
        "+362,000 ± 41,000 (± 51,000)",
        "> 99.9%",
        "48.3 days",
    ]
    assert "In parentheses, half of a wider interval that holds for 2 scenarios at once." in shown


def test_one_scenario_needs_no_simultaneous_interval(compared: Document, study: Study) -> None:
    """With one scenario the two intervals are the same: no parentheses and no note on them."""
    compared["scenarios"].pop()
    for lift in compared["scenarios"][0]["lift"].values():
        lift["low_all"], lift["high_all"] = lift["low"], lift["high"]
    shown = _compared(compared, study, width=140)
    assert "(±" not in shown
    assert "In parentheses" not in shown


def test_worlds_stand_base_first(compared: Document, study: Study) -> None:
    """The base and each scenario have a row with the six measures, rounded to the precision they have."""
    assert _line(_compared(compared, study, width=160), "Base")[:6] == [
        "27,056 ± 31",
        "621.0 ± 4.1",
        "2.295% ± 0.015%",
        "6,212,000 ± 41,000",
        "883,120 ± 910",
        "5,329,000 ± 41,000",
    ]


def test_the_naive_estimate_stands_beside_the_lift(
    compared: Document, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counting avoided losses as sales would promise, what the simulation gives, and why they differ."""
    monkeypatch.setattr("funnelsim.views.lifts.changed_stages", lambda *_: ("lead",))
    assert (
        "Counting every loss avoided at “Lead” as a sale would promise +2,000,000 USD; the simulation gives "
        "+412,000 USD, because 160 of those saved (200 customers) did not buy."
    ) in " ".join(_compared(compared, study).split())


def test_the_ledger_adds_up_to_everyone(compared: Document, study: Study) -> None:
    """The printed rows of the ledger add up to its last row, in people and in money."""
    shown = _compared(compared, study, width=120)
    table = shown[shown.index("In the base →") :].split("\n- ")[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in table if not line.startswith("─")]
    numbers = [[float(cell.replace(",", "").replace("−", "-")) for cell in row[1:]] for row in rows]
    assert len(numbers) == 12
    assert sum(row[0] for row in numbers[:-1]) == numbers[-1][0] == 27056
    assert sum(row[1] for row in numbers[:-1]) == pytest.approx(numbers[-1][1], abs=1000)


def test_assumptions_and_notes_are_printed(compared: Document, study: Study) -> None:
    """What the changes assumed, and the notes of the study, of an intervention and of the comparison are all there."""
    shown = " ".join(_compared(compared, study).split())
    for said in (
        "Assumes: Who is saved meets the later stages like everyone else.",
        "Note: Observational, not causal.",
        "A note of the comparison.",
        "A teaching [bold]example[/bold].",
        "not the doubt about the numbers in the file",
    ):
        assert said in shown


def test_what_was_said_once_is_not_repeated(compared: Document, study: Study) -> None:
    """A combined scenario shares its parts' assumptions: they are printed once and referred to after that."""
    compared["scenarios"][1]["assumptions"] = ["Something new.", *compared["scenarios"][0]["assumptions"]]
    shown = " ".join(_compared(compared, study).split())
    assert shown.count("Who is saved meets the later stages like everyone else.") == 1
    assert "- Assumes: Something new. - And what is assumed and noted above of its parts." in shown


def test_markup_and_controls_in_names_are_shown_not_obeyed(compared: Document, study: Study) -> None:
    """`[red]` in a label is printed as text, and an escape sequence is spelled out, on terminals too."""
    for bold in (False, True):
        shown = render(show_comparison(compared, study, name_study(study, "en"), 120), bold=bold)
        assert "[red]x[/red]\\x1b[31m" in shown
        assert "\x1b[31m" not in shown


def test_nothing_is_coloured(compared: Document, study: Study) -> None:
    """On a terminal headings are bold; no colour carries meaning, and a file or a pipe gets plain text."""
    shown = render(show_comparison(compared, study, name_study(study, "en"), 80), bold=True)
    assert {part.split("m")[0] for part in shown.split("\x1b[")[1:]} == {"0", "1"}
    assert "\x1b" not in render(show_comparison(compared, study, name_study(study, "en"), 80))


def test_run_shows_stages_in_order(ran: Document, study: Study) -> None:
    """A row per stage: visits, passed, lost, open, share lost, wait and time as mean and 90% point."""
    shown = _ran(ran, study, width=120)
    stages = shown[shown.index("Stages,") :]
    assert _line(stages, "Demo") == ["4,604", "621", "3,983", "0", "86.5%", "–", "27.1 d (60 d)"]
    assert _line(stages, "Lead")[-2:] == ["10.8 h (28.8 h)", "31.2 h (4 d)"]
    assert _line(stages, "Payment")[-1] == "0"


def test_waits_are_left_out_where_nobody_waits(ran: Document, study: Study) -> None:
    """Without a wait at any stage the table has no column for it."""
    ran["stages"][0]["wait"] = ran["stages"][1]["wait"]
    assert "Wait" not in _ran(ran, study, width=120)


def test_losses_come_largest_first_and_none_is_dropped(ran: Document, study: Study) -> None:
    """The largest losses are listed; the rest are summed into one row; the rows add up to all losses."""
    losses = list_losses(ran["stages"])
    assert [loss.cause for loss in losses[:2]] == ["slow_response", "no_demo_held"]
    assert sum(loss.of_losses for loss in losses) == pytest.approx(1.0)
    assert all(loss.customers for loss in losses)
    shown = _ran(ran, study, width=120)
    others = _line(shown, "6 other losses")
    rest = sum(loss.customers for loss in losses[SHOWN:])
    assert others[0].strip().replace(",", "") == f"{rest:.0f}"


def test_sides_add_up(ran: Document, study: Study) -> None:
    """Whose doing the losses are: the shares by side are of all losses."""
    line = next(line for line in _ran(ran, study, width=200).splitlines() if line.startswith("By side"))
    shares = [float(part.split()[-1].rstrip("%.")) for part in line.removesuffix(".").split(";")]
    assert sum(shares) == pytest.approx(100.0, abs=0.11)


def test_a_funnel_that_loses_nobody_says_so(ran: Document, study: Study) -> None:
    """Without a loss there is a sentence instead of an empty table."""
    for stage in ran["stages"]:
        stage["losses"] = {}
    assert "Nobody is lost." in _ran(ran, study)


@given(
    st.lists(st.tuples(st.text(max_size=30), st.text(max_size=12), st.text(max_size=12)), min_size=1, max_size=6),
    st.integers(20, 120),
)
def test_numbers_are_never_cut(rows: list[tuple[str, str, str]], width: int) -> None:
    """Whatever stands in a cell of numbers stands whole on a line, however narrow the terminal."""
    cells = [[clean(name), clean(first) or "-", clean(second) or "-"] for name, first, second in rows]
    lines = render([grid(["name", "first", "second"], cells, width)]).splitlines()
    for _, first, second in cells:
        assert any(first.rstrip() in line and second.rstrip() in line for line in lines)


def test_large_amounts_are_counted_in_a_larger_unit() -> None:
    """From a thousand million on, amounts are in thousands, and so on; the unit says so."""
    assert choose_money("RUB", [999_999_999.0], "en").unit == "RUB"
    assert choose_money("RUB", [-2e9, None], "en").unit == "thousand\u00a0RUB"
    assert choose_money("RUB", [5e12], "ru").unit == "млн\u00a0RUB"
    assert choose_money("RUB", [], "en").per == 1.0


@given(st.text())
def test_free_text_is_one_harmless_line(text: str) -> None:
    """No control character, line break or change of direction is left in a text from a file."""
    shown = clean(text)
    assert len(shown.splitlines()) <= 1
    assert not {char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Cs")} - set("\u200c\u200d")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_catalogue_is_shown_whole(language: str) -> None:
    """Every cause stands in the printed catalogue and in its rows, with label and meaning in the language."""
    causes = tuple(CATALOGUE.values())
    shown = render(show_causes(causes, language, 80))
    rows = list_causes(causes, language)
    assert len(causes) == 24
    assert max(cell_len(line) for line in shown.splitlines()) <= 80
    assert all(f"{cause.key}" in shown for cause in causes)
    assert [row["label"] for row in rows] == [cause.label.text(language) for cause in causes]
    assert all(tuple(row) == COLUMNS for row in rows)
