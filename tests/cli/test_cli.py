"""The command line as its users meet it: words, exit codes, what goes to stdout and what to stderr."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from funnelsim import __version__, comparison, histories, simulation
from funnelsim.causes import CATALOGUE
from funnelsim.cli import app
from funnelsim.files import loading
from funnelsim.files.loading import loads
from funnelsim.model import Study
from funnelsim.replications import ENGINES

WORDS = (
    "init",
    "validate",
    "run",
    "compare",
    "solve",
    "leaks",
    "history",
    "fit",
    "check",
    "choose",
    "sensitivity",
    "report",
    "lesson",
    "serve",
    "causes",
    "schema",
    "lab",
)
SIMULATING = ("run", "compare", "history")

STUDY = """\
funnelsim: 1
name: {en: Little shop, ru: Лавка}
currency: RUB
sources: {street: {batch: 40}}
stages:
  - {name: window, label: {en: Window, ru: Витрина}, causes: {distracted: 30%}}
  - {name: shop, takes: {exponential: {mean: 2 d}}, causes: {no_trust: 40%}, response: {wait: 1 h}}
  - {name: purchase, revenue: 1000, next: [{end: won}]}
interventions:
  honest:
    label: {en: Show the price, ru: Показать цену}
    cost: {once: 500}
    changes: [{scale: stages.*.causes.no_trust, by: 0.2}]
scenarios: [honest]
run: {replications: 3, seed: 7}
"""
WRONG = STUDY.replace("revenue: 1000", "revenue: -5, revenu: 1").replace("no_trust: 40%", "no_trust: 140%")


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    """What the tests run is compiled before, so that none of them hears of it."""
    study = loads(STUDY)
    for engine in ENGINES:
        comparison.compare(study, engine=engine)
        simulation.simulate(study.funnel, engine=engine)
        histories.history(study.funnel, engine=engine)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A scenario file that runs in a moment."""
    path = tmp_path / "shop.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A file with three mistakes."""
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _neutral(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "FUNNELSIM_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")


def _call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="funnelsim")


def _document(*arguments: object) -> Any:
    result = _call(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _start(*arguments: object, **rest: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "funnelsim", *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=rest.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE, encoding="utf-8", **rest
    )


# ------------------------------------------------------------------------------------------------ help


@pytest.mark.parametrize("word", WORDS)
def test_every_help_has_an_example(word: str) -> None:
    """`funnelsim WORD --help` shows at least one whole command to type."""
    result = _call(word, "--help")
    assert result.exit_code == 0
    assert re.search(rf"Examples?:\n\s+funnelsim {word}", result.stdout)


def test_help_lists_the_words_that_exist() -> None:
    """The main help lists these commands in the order of their use, and nothing that is not there yet."""
    shown = _call("--help").stdout
    listed = re.findall(r"^  (\w+)  ", shown[shown.index("Commands:") :], flags=re.MULTILINE)
    assert tuple(listed) == WORDS
    assert "funnelsim compare" in shown


@pytest.mark.parametrize("word", SIMULATING)
def test_help_promises_no_later_flags(word: str) -> None:
    """Flags of later versions are not offered."""
    shown = _call(word, "--help").stdout
    assert not [flag for flag in ("--at ",) if flag in shown]


def test_help_is_at_hand_at_once() -> None:
    """`--help` imports no heavy package."""
    code = (
        "import sys; sys.argv[1:] = ['--help']\n"
        "from funnelsim import cli\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    modules = ran.stderr
    for package in ("babel", "joblib", "matplotlib", "numba", "numpy", "pandas", "pydantic", "rich", "ruamel", "scipy"):
        assert package not in modules.split()


def test_version() -> None:
    """`--version` prints name and version and nothing else, also as `python -m funnelsim`."""
    assert _call("--version").stdout == f"funnelsim {__version__}\n"
    process = _start("--version")
    assert process.communicate() == (f"funnelsim {__version__}\n", "")


def test_no_arguments_show_the_help() -> None:
    """Without a word there is the help, and the exit code of wrong use."""
    result = _call()
    assert "Commands:" in result.output
    assert result.exit_code == 2


# ------------------------------------------------------------------------------------------------ wrong input


@pytest.mark.parametrize(("typo", "meant"), [("compre", "compare"), ("valdate", "validate"), ("cause", "causes")])
def test_a_mistyped_word_is_corrected(typo: str, meant: str) -> None:
    """An unknown command is exit code 2, with the one that was meant."""
    result = _call(typo)
    assert result.exit_code == 2
    assert f"Did you mean '{meant}'" in result.stderr


def test_a_mistyped_option_is_corrected(study: Path) -> None:
    """An unknown option is exit code 2, with the one that was meant."""
    result = _call("compare", study, "--replication", "5")
    assert result.exit_code == 2
    assert "--replications" in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--engine", "warp"),
        ("--format", "pdf"),
        ("--lang", "de"),
        ("--jobs", "-2"),
        ("--seed", "-1"),
        ("--seed", "x"),
        ("--replications", "0"),
        ("--horizon", "90"),
        ("--horizon", "90 lightyears"),
        ("--cohort", "none"),
        ("--horizon", "9 d", "--cohort", "5"),
        ("--precision", "0%"),
        ("--precision", "fine"),
    ],
)
def test_wrong_values_are_refused(study: Path, options: tuple[str, ...]) -> None:
    """A value that makes no sense is exit code 2, a line that names the option or its word, and no result."""
    result = _call("compare", study, *options)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert options[0].lstrip("-") in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("word", ["validate", "solve", *SIMULATING])
def test_every_mistake_is_on_a_line_with_its_place(wrong: Path, word: str) -> None:
    """All mistakes of a file at once, as file:line:column, then their number; exit code 2; nothing on stdout."""
    result = _call(word, wrong)
    assert result.exit_code == 2
    assert result.stdout == ""
    *lines, last = result.stderr.splitlines()
    assert all(re.match(rf"{re.escape(str(wrong))}:\d+:\d+: ", line) for line in lines)
    assert len(lines) == 3
    assert last == "3 problems found"


def test_mistakes_are_counted_in_russian(wrong: Path) -> None:
    """The closing line is in the language of the result."""
    assert _call("validate", wrong, "--lang", "ru").stderr.splitlines()[-1] == "Найдено: 3 ошибки"


@pytest.mark.parametrize("word", ["validate", "solve", *SIMULATING])
def test_a_missing_file_is_a_mistake(tmp_path: Path, word: str) -> None:
    """A file that is not there is exit code 2 and a line with its name."""
    result = _call(word, tmp_path / "nowhere.yaml")
    assert result.exit_code == 2
    assert "nowhere.yaml" in result.stderr
    assert result.stderr.endswith("1 problem found\n")


def test_validate_says_what_is_fine(study: Path, wrong: Path) -> None:
    """Of several files, the fine ones are named on stdout with their sizes; one wrong file makes exit code 2."""
    result = _call("validate", study)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{study}: fine (3 stages, 2 causes, 1 scenario)\n"
    both = _call("validate", wrong, study)
    assert both.exit_code == 2
    assert both.stdout == result.stdout
    assert _call("validate", study, "--lang", "ru").stdout == f"{study}: в порядке (3 этапа, 2 причины, 1 сценарий)\n"


def test_hostile_names_are_harmless(tmp_path: Path) -> None:
    """A control sequence in a file's own name or text reaches no terminal."""
    path = tmp_path / "\x1b[31m.yaml"
    path.write_text(STUDY.replace("no_trust: 40%", '"no\\e[31m_trust": 140%'), encoding="utf-8")
    result = _call("validate", path)
    assert result.exit_code == 2
    assert "\x1b" not in result.output


# ------------------------------------------------------------------------------------------------ results


def test_compare_prints_the_contract(study: Path) -> None:
    """JSON has the documented keys, and they alone, on stdout alone."""
    result = _call("compare", study, "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    measures = {"customers", "won", "conversion", "revenue", "cost", "profit"}
    assert set(document) == {
        "funnel", "currency", "seed", "replications", "engine", "provenance", "base", "scenarios", "notes",
    }  # fmt: skip
    assert set(document["base"]) == measures
    assert set(document["base"]["won"]) == {"mean", "low", "high", "range"}
    (scenario,) = document["scenarios"]
    assert set(scenario) == measures | {
        "name", "label", "lift", "ledger", "payback_days", "naive_lift", "assumptions",
    }  # fmt: skip
    lift = scenario["lift"]["revenue"]
    assert set(lift) == {"mean", "low", "high", "low_all", "high_all", "relative", "p_better"}
    assert set(scenario["ledger"][0]) == {"base", "scenario", "customers", "revenue"}
    assert (document["seed"], document["replications"], document["engine"]) == (7, 3, "compiled")


def test_run_prints_the_contract(study: Path) -> None:
    """JSON of a run has the measures and the stages with losses by cause, waits and times."""
    document = _document("run", study)
    assert {"customers", "won", "conversion", "revenue", "cost", "profit", "stages"} <= set(document)
    shop = document["stages"][1]
    keys = {"stage", "visits", "completed", "lost", "open", "losses", "wait", "time"}
    assert set(shop) == keys | {"answered", "reply_within"}  # it has a response
    assert set(document["stages"][0]) == keys
    assert document["teams"] == []
    assert set(shop["losses"]) == {"no_trust"}
    assert shop["wait"]["mean"] == pytest.approx(1 / 24)
    assert document["customers"]["mean"] == 40.0


def test_solve_prints_the_contract(study: Path) -> None:
    """JSON of the exact answer has the measures per customer, the stages, and with `--at` the shares by date."""
    document = _document("solve", study, "--at", "1 h, 30 d")
    assert {"conversion", "revenue", "cost", "profit", "days_to_win", "stages", "provenance", "at"} <= set(document)
    assert document["conversion"] == pytest.approx(0.42)
    assert document["revenue"] == pytest.approx(420.0)
    window, shop, _ = document["stages"]
    assert {"stage", "visits", "completed", "losses"} <= set(window)
    assert window["losses"] == {"distracted": pytest.approx(0.3)}
    assert shop["visits"] == pytest.approx(0.7)
    hour, month = document["at"]
    assert set(hour) == {"time", "won", "lost", "open", "stages", "bounds"}
    assert hour["time"] == pytest.approx(1 / 24)
    assert (hour["won"], hour["stages"]["shop"]) == (pytest.approx(0.0, abs=1e-9), pytest.approx(0.42))
    assert "between" in hour["stages"]
    assert month["won"] == pytest.approx(0.42, abs=1e-6)


def test_solve_tells_the_same_in_every_form(study: Path, tmp_path: Path) -> None:
    """CSV and XLSX hold the numbers of the JSON; the table tells them in both languages."""
    document = _document("solve", study, "--at", "30 d")
    rows = list(csv.DictReader(io.StringIO(_call("solve", study, "--at", "30 d", "--format", "csv").stdout)))
    (won,) = (row for row in rows if row["measure"] == "won")
    assert (float(won["value"]), float(won["time"])) == (document["at"][0]["won"], 30.0)
    (lost,) = (row for row in rows if row["measure"] == "losses" and row["stage"] == "shop")
    assert float(lost["value"]) == document["stages"][1]["losses"]["no_trust"]
    target = tmp_path / "exact.xlsx"
    assert _call("solve", study, "--at", "30 d", "-o", target).exit_code == 0
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["Summary", "Stages", "Losses", "By date", "Assumptions"]
    assert book["Summary"]["B2"].value == pytest.approx(document["conversion"])
    assert "42.000%" in _call("solve", study, "--at", "30 d").stdout
    assert "42,000\u00a0%" in _call("solve", study, "--at", "30 d", "--lang", "ru").stdout


@pytest.mark.parametrize("at", ["soon", "30 d,", "-1 d"])
def test_solve_refuses_times_that_make_no_sense(study: Path, at: str) -> None:
    """A time that cannot be read is exit code 2 and a line that names the option."""
    result = _call("solve", study, "--at", at)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "at: " in result.stderr


def test_solve_says_why_there_is_no_exact_answer(tmp_path: Path) -> None:
    """Where a team answers, one line says why, and what would do; exit code 2."""
    path = tmp_path / "team.yaml"
    team = STUDY.replace("sources:", "teams: {sales: {size: 2}}\nsources:")
    path.write_text(team.replace("response: {wait: 1 h}", "response: {team: sales, service: 1 h}"), encoding="utf-8")
    result = _call("solve", path)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert re.match("no exact answer: stage `shop`: the team `sales` answers", line)


def test_formats_agree(study: Path, tmp_path: Path) -> None:
    """Table, JSON, CSV and XLSX tell the same lift."""
    lift = _document("compare", study)["scenarios"][0]["lift"]["revenue"]["mean"]
    rows = list(csv.DictReader(io.StringIO(_call("compare", study, "--format", "csv").stdout)))
    (value,) = (r["value"] for r in rows if r["measure"] == "revenue_lift" and r["statistic"] == "mean")
    assert float(value) == lift
    target = tmp_path / "lift.xlsx"
    assert _call("compare", study, "-o", target).exit_code == 0
    assert openpyxl.load_workbook(target)["Lift"]["C2"].value == lift
    assert f"+{lift:,.0f}"[:2] in _call("compare", study).stdout


@pytest.mark.parametrize("word", ["run", "compare", "solve", "causes"])
@pytest.mark.parametrize("ending", ["json", "csv", "xlsx", "txt"])
def test_output_goes_to_a_file(study: Path, tmp_path: Path, word: str, ending: str) -> None:
    """`-o` writes the form of the file's ending, says so on stderr, and leaves stdout empty."""
    target = tmp_path / f"result.{ending}"
    arguments = [word] if word == "causes" else [word, study]
    result = _call(*arguments, "-o", target)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"wrote {target}\n")
    content = target.read_bytes()
    assert re.match({"json": rb"[{\[]\n", "csv": rb"\w+,\w+", "xlsx": b"PK", "txt": rb"\n?[\w ']+\n"}[ending], content)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([study.name, target.name])


def test_a_form_asked_for_beats_the_ending(study: Path, tmp_path: Path) -> None:
    """`--format json -o x.csv` writes JSON."""
    target = tmp_path / "x.csv"
    _call("run", study, "--format", "json", "-o", target)
    assert json.loads(target.read_text(encoding="utf-8"))["engine"] == "compiled"


@pytest.mark.parametrize("word", ["run", "compare", "solve", "history"])
def test_a_missing_folder_is_said_before_the_work(
    study: Path, tmp_path: Path, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the folder of `-o` is missing, nothing is loaded or simulated in vain; exit code 2."""
    monkeypatch.setattr(loading, "load", lambda _: pytest.fail("loaded in vain"))
    result = _call(word, study, "-o", tmp_path / "missing" / "x.csv")
    assert result.exit_code == 2
    assert "missing does not exist" in result.stderr


@pytest.mark.parametrize("word", ["run", "compare", "solve"])
def test_a_spreadsheet_needs_a_file(study: Path, word: str) -> None:
    """`--format xlsx` without `-o` is refused rather than poured into the terminal."""
    result = _call(word, study, "--format", "xlsx")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "-o result.xlsx" in result.stderr


def test_a_missing_extra_is_one_line(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without XlsxWriter the command says in one line what to install, before the work."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    result = _call("compare", study, "-o", tmp_path / "x.xlsx")
    assert result.exit_code == 2
    assert result.stderr == "XlsxWriter is not installed; it comes with: pip install 'funnelsim[report]'\n"


def test_flags_reach_the_run(study: Path) -> None:
    """Seed, replications, horizon and cohort given on the line take the place of the file's."""
    assert _document("run", study, "--seed", 5, "--replications", 2)["provenance"]["seed"] == 5
    window = _document("run", study, "--horizon", "36 h")["provenance"]["window"]
    assert window["horizon"] == 1.5
    document = _document("run", study, "--cohort", 10)
    assert (document["provenance"]["window"]["cohort"], document["customers"]["mean"]) == (10, 10.0)
    assert _document("run", study, "--cohort", "2 d")["provenance"]["window"]["cohort"] == 2.0


def test_precision_adds_replications(study: Path) -> None:
    """`--precision` goes on until the interval is narrow enough, from at least ten replications."""
    rough = _document("run", study, "--precision", "90%")["replications"]
    fine = _document("run", study, "--precision", "3%")["replications"]
    assert rough == 10
    assert fine > 10


def test_a_run_too_large_is_refused_at_once(study: Path) -> None:
    """A size beyond the budget is exit code 2 with the flag that lifts it; a simulation of this size would not end."""
    result = _call("compare", study, "--replications", 10**8)
    assert result.exit_code == 2
    assert "--allow-large" in result.stderr


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        (["--jobs", 0], -1),
        (["--jobs", 1], 1),
        (["--jobs", 3], 3),
        (["--engine", "reference"], 1),
        (["--engine", "reference", "--replications", 5000], -1),
        (["--engine", "compiled"], -1),
        (["--backend", "dask"], -1),
    ],
)
@pytest.mark.parametrize("word", ["run", "compare"])
def test_jobs_are_passed_on(
    study: Path, word: str, given: list[object], passed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--jobs 0` is one per core; so is the default, but where starting processes does not pay."""
    seen: list[int] = []

    def spy(*_: Any, **kwargs: Any) -> Any:
        seen.append(kwargs["jobs"])
        raise KeyboardInterrupt

    monkeypatch.setattr(*((simulation, "simulate") if word == "run" else (comparison, "compare")), spy)
    assert _call(word, study, *given).exit_code == 130
    assert seen == [passed]


@pytest.mark.parametrize("word", ["run", "compare"])
def test_workers_are_passed_on(study: Path, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Backend, scheduler and resuming reach the run as they are given, and by default it is local and new."""
    seen: list[tuple[str, str | None, bool]] = []

    def spy(*_: Any, **kwargs: Any) -> Any:
        seen.append((kwargs["backend"], kwargs["scheduler"], kwargs["resume"]))
        raise KeyboardInterrupt

    monkeypatch.setattr(*((simulation, "simulate") if word == "run" else (comparison, "compare")), spy)
    _call(word, study)
    _call(word, study, "--backend", "dask", "--scheduler", "tcp://10.0.0.1:8786", "--resume")
    assert seen == [("local", None, False), ("dask", "tcp://10.0.0.1:8786", True)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--scheduler", "tcp://10.0.0.1:8786"), "an address is for the backend dask"),
        (("--backend", "dask", "--scheduler", "10.0.0.1"), "expected an address such as tcp://"),
        (("--backend", "cloud"), "cloud"),
    ],
)
def test_wrong_workers_are_refused(study: Path, options: tuple[str, ...], message: str) -> None:
    """An address that is none, or for nobody, is exit code 2 and a line that says so."""
    result = _call("run", study, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_missing_dask_is_one_line(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Dask the command says in one line what to install."""
    for module in ("distributed", "distributed.utils"):
        monkeypatch.setitem(sys.modules, module, None)
    result = _call("compare", study, "--backend", "dask")
    assert result.exit_code == 2
    assert result.stderr == "Dask is not installed; it comes with: pip install 'funnelsim[dask]'\n"


def test_compiling_is_announced(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When something has to be compiled, a line on stderr says how long it takes; stdout is untouched."""
    plain = _call("run", study)
    assert plain.stderr == ""

    @contextmanager
    def compile_something(call: Callable[[], None]) -> Iterator[None]:
        call()
        yield

    monkeypatch.setattr("funnelsim.compiling.on_compile", compile_something)
    for language, line in (
        ("en", "compiling once, half a minute to a minute"),
        ("ru", "однократная компиляция: от полминуты до минуты"),
    ):
        result = _call("run", study, "--lang", language)
        assert result.stderr == f"{line}\n"
    assert _call("run", study).stdout == plain.stdout


@pytest.mark.parametrize(
    ("environment", "option", "title"),
    [
        ({}, None, "Little shop"),
        ({"LANG": "ru_RU.UTF-8"}, None, "Лавка"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, None, "Little shop"),
        ({"LC_ALL": "ru_RU", "LANG": "en_US"}, None, "Лавка"),
        ({"LANG": "ru_RU.UTF-8"}, "en", "Little shop"),
        ({}, "ru", "Лавка"),
    ],
)
def test_language_of_the_environment(
    study: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], option: str | None, title: str
) -> None:
    """Results are in the language asked for, else in that of LC_ALL or LANG, else in English."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    shown = _call("run", study, *(["--lang", option] if option else [])).stdout
    assert shown.splitlines()[0] == title


def test_tables_fit_and_are_plain(study: Path) -> None:
    """Without a terminal a table is plain text of at most 100 columns, in both languages."""
    for language in ("en", "ru"):
        shown = _call("compare", study, "--lang", language).stdout
        assert max(map(len, shown.splitlines())) <= 100
        assert "\x1b" not in shown
        assert "…" not in shown.split("\n\n")[3]


def test_same_seed_same_output(study: Path) -> None:
    """The same command prints the same bytes; another seed prints others."""
    assert _call("compare", study).stdout == _call("compare", study).stdout
    assert _call("compare", study, "--seed", "8").stdout != _call("compare", study).stdout


# ------------------------------------------------------------------------------------------------ other words


def test_history_is_an_event_log(study: Path, tmp_path: Path) -> None:
    """CSV on stdout, a .csv and a .parquet file hold the same rows, one per visit, with the documented columns."""
    printed = _call("history", study)
    assert (printed.exit_code, printed.stderr) == (0, "")
    table = pd.read_csv(io.StringIO(printed.stdout))
    assert " ".join(table.columns) == (
        "customer source segment parent stage visit touchpoint entered started served left outcome cause to value cost"
    )
    assert table["customer"].nunique() == 40
    target = tmp_path / "log.csv"
    written = _call("history", study, "-o", target)
    assert (written.stdout, written.stderr) == ("", f"wrote {target}\n")
    assert target.read_text(encoding="utf-8") == printed.stdout
    parquet = tmp_path / "log.parquet"
    assert _call("history", study, "-o", parquet).exit_code == 0
    assert pd.read_parquet(parquet)["stage"].tolist() == table["stage"].tolist()


def test_history_takes_any_replication(study: Path) -> None:
    """Replication k alone is the k-th of a run: won customers of 0, 1, 2 make the run's mean."""
    won = []
    for k in range(3):
        table = pd.read_csv(io.StringIO(_call("history", study, "--replication", k).stdout))
        won.append(int((table["outcome"] == "won").sum()))
    assert sum(won) / 3 == pytest.approx(_document("run", study)["won"]["mean"])


def test_history_wants_a_known_ending(study: Path, tmp_path: Path) -> None:
    """A log is .csv or .parquet; another ending is exit code 2."""
    result = _call("history", study, "-o", tmp_path / "log.docx")
    assert result.exit_code == 2
    assert ".csv or .parquet" in result.stderr


def test_causes_in_every_form() -> None:
    """Table, JSON and CSV list all 24 causes, labelled in the language."""
    assert len(CATALOGUE) == 24
    assert all(key in _call("causes").stdout for key in CATALOGUE)
    listed = _document("causes", "--lang", "ru")
    assert [row["label"] for row in listed] == [cause.label.ru for cause in CATALOGUE.values()]
    rows = list(csv.DictReader(io.StringIO(_call("causes", "--format", "csv").stdout)))
    assert [row["key"] for row in rows] == list(CATALOGUE)
    assert set(rows[0]) == {"key", "label", "side", "mechanism", "interventions", "meaning"}


def test_schema_is_a_json_schema(tmp_path: Path) -> None:
    """What is printed is a valid JSON Schema, and the same goes to a file."""
    printed = _call("schema")
    document = json.loads(printed.stdout)
    jsonschema.validators.validator_for(document).check_schema(document)
    _call("schema", "-o", tmp_path / "s.json")
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == printed.stdout


def test_warnings_go_to_stderr(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file is warned of is a line on stderr; the result on stdout is untouched and the exit code 0."""
    plain = _call("run", study).stdout
    original = loading.load

    def load(path: Path) -> Study:
        return replace(original(path), warnings=("referrals may explode",))

    monkeypatch.setattr(loading, "load", load)
    result = _call("run", study)
    assert (result.exit_code, result.stdout, result.stderr) == (0, plain, "warning: referrals may explode\n")


# ------------------------------------------------------------------------------------------------ things that happen


def test_the_unexpected_is_one_line(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug is exit code 1 and one line that asks to report it; FUNNELSIM_DEBUG=1 shows the traceback."""

    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("oh\nno")

    monkeypatch.setattr(simulation, "simulate", fail)
    result = _call("run", study)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert re.fullmatch(r"unexpected error: ZeroDivisionError: oh no; please report it.*\n", result.stderr)
    monkeypatch.setenv("FUNNELSIM_DEBUG", "1")
    assert isinstance(_call("run", study).exception, ZeroDivisionError)


def test_a_closed_pipe_is_quiet(study: Path) -> None:
    """`funnelsim … | head` ends without a word when the reader has seen enough."""
    process = _start("history", study, "--cohort", 40)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=60), told) == (0, "")


def test_a_full_disk_is_told(study: Path) -> None:
    """If stdout cannot be written, the exit code is 1 and the reason is told, without a traceback."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = _start("run", study, "--format", "json", stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "No space left on device" in err
    assert "Traceback" not in err


def test_streams_are_apart(study: Path, wrong: Path) -> None:
    """In a process of its own: results on stdout with exit code 0, mistakes on stderr with exit code 2."""
    fine, bad = _start("compare", study, "--format", "json"), _start("compare", wrong, "--format", "json")
    out, err = fine.communicate(timeout=60)
    assert (fine.returncode, err) == (0, "")
    assert json.loads(out)["funnel"] == "Little shop"
    out, err = bad.communicate(timeout=60)
    assert (bad.returncode, out) == (2, "")
    assert err.endswith("3 problems found\n")
