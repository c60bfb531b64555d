"""Runs that are ended before their time, in processes of their own: what is left, what is said, and how they go on."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from funnelsim.interrupts import INTERRUPTED, LINES
from funnelsim.views.texts import text

#: Long enough for a replication to be finished every tenth of a second or so in SimPy.
STUDY = """\
funnelsim: 1
sources: {street: {batch: 1500}}
stages:
  - {name: window, causes: {distracted: 30%}}
  - {name: shop, takes: {exponential: {mean: 2 d}}, causes: {no_trust: 40%}}
  - {name: purchase, revenue: 1000}
interventions:
  honest: {changes: [{scale: stages.*.causes.no_trust, by: 0.2}]}
scenarios: [honest]
run: {replications: 2000, seed: 7}
"""
#: How long a process may take for what it does at once; machines are busy at times.
LIMIT = 60
DASK = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None,
    reason="Dask is not installed: pip install 'funnelsim[dask]'",
)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A scenario file that runs for minutes."""
    path = tmp_path / "shop.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for what is kept, and a neutral environment."""
    monkeypatch.setenv("FUNNELSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LC_ALL", "C")
    return tmp_path / "cache" / "journals"


@pytest.fixture(autouse=True)
def _hear_interrupts() -> Iterator[None]:
    """Processes inherit that interrupts are ignored, as they are in the background of a shell; here they are not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are ended with the test, whatever happens."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def start(processes: list[subprocess.Popen[str]], *arguments: object) -> subprocess.Popen[str]:
    """Start the program as a shell does: in a group of its own, which Ctrl-C reaches as a whole."""
    command = [sys.executable, "-m", "funnelsim", *map(str, arguments)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True
    )
    processes.append(process)
    return process


def wait_for_journal(process: subprocess.Popen[str], folder: Path) -> None:
    """Wait until something is kept."""
    until = time.monotonic() + 4 * LIMIT
    while time.monotonic() < until:
        if folder.is_dir() and any(path.suffix == ".journal" for path in folder.iterdir()):
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    pytest.fail("nothing is kept")


def wait_for_work(process: subprocess.Popen[str], seconds: float) -> None:
    """Wait until a process has used so much processor time: imports are over then, and the run is under way."""
    until = time.monotonic() + 4 * LIMIT
    while time.monotonic() < until:
        fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        if (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") >= seconds:
            return
        time.sleep(0.1)
    pytest.fail("the process does not work")


def find_group(group: int) -> list[str]:
    """Return the processes of a group that are there, other than as entries of a table."""
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] not in "ZX":
            found.append(path.parent.name)
    return found


def wait_for_end(group: int) -> None:
    """Wait until no process of a group is left."""
    until = time.monotonic() + LIMIT
    while find_group(group):
        assert time.monotonic() < until, find_group(group)
        time.sleep(0.05)


def document(*arguments: object) -> dict[str, Any]:
    """Run the program to its end and return the document that it prints."""
    command = [sys.executable, "-m", "funnelsim", *map(str, arguments), "--format", "json"]
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize(
    ("word", "options"),
    [
        ("run", ("--jobs", 1)),
        ("compare", ("--jobs", 2)),
        pytest.param("run", ("--backend", "dask", "--jobs", 2), marks=DASK),
    ],
)
def test_interrupting_is_quiet_and_costs_little(
    study: Path, cache: Path, processes: list[subprocess.Popen[str]], word: str, options: tuple[object, ...]
) -> None:
    """Ctrl-C is exit code 130, one line with what is kept, and no process left; going on gives what one run does."""
    options = ("--engine", "reference", *options)
    process = start(processes, word, study, *options, "-o", study.with_name("out.csv"))
    wait_for_journal(process, cache)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT)
    wait_for_end(process.pid)
    said = re.fullmatch(r"interrupted; (\d+)\Wreplications? kept: the same command with --resume .*\n", err)
    assert said, err
    assert (process.returncode, out) == (130, "")
    assert sorted(path.name for path in study.parent.iterdir()) == ["cache", "shop.yaml"]
    few = ("--engine", "reference", "--replications", int(said[1]) + 2)
    resumed = document(word, study, *few, *options, "--resume")
    assert list(cache.iterdir()) == []
    assert resumed == document(word, study, *few, "--jobs", 1)


def test_a_killed_run_goes_on(study: Path, cache: Path, processes: list[subprocess.Popen[str]]) -> None:
    """After kill -9 no worker is left for long, and what was kept a moment before is resumed to the same result."""
    process = start(processes, "run", study, "--engine", "reference", "--jobs", 2)
    wait_for_journal(process, cache)
    process.kill()
    process.communicate(timeout=LIMIT)
    wait_for_end(process.pid)
    (journal,) = cache.iterdir()
    few = ("--engine", "reference", "--replications", len(journal.read_bytes().splitlines()) + 1)
    resumed = document("run", study, *few, "--resume")
    assert resumed == document("run", study, *few)
    assert list(cache.iterdir()) == []


def test_a_compiled_loop_is_not_waited_for(study: Path, cache: Path, processes: list[subprocess.Popen[str]]) -> None:
    """Ctrl-C in the midst of a replication of minutes, or of compiling it, ends the program at once."""
    study.write_text(STUDY.replace("batch: 1500", "batch: 2000000000"), encoding="utf-8")
    process = start(processes, "run", study, "--engine", "compiled", "--allow-large")
    wait_for_work(process, seconds=5)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT)
    wait_for_end(process.pid)
    assert (process.returncode, out) == (130, "")
    assert re.fullmatch(r"(compiling once, half a minute to a minute\n)?interrupted\n", err)
    assert not cache.exists()


#: Starts the program as `python -m funnelsim` does, and says when it has heard of interrupts.
BEGIN = """\
from funnelsim.interrupts import leave_at_once
leave_at_once()
print("here", flush=True)
from funnelsim.__main__ import main
main()
"""


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6])
def test_an_interrupt_while_all_is_imported_is_one_line(
    study: Path, cache: Path, processes: list[subprocess.Popen[str]], seconds: float
) -> None:
    """From its first moment on, Ctrl-C is exit code 130 and one line, in the language of the environment."""
    del cache
    command = [sys.executable, "-c", BEGIN, "compare", str(study), "--engine", "reference", "--jobs", "1"]
    environment = os.environ | {"LC_ALL": "ru_RU.UTF-8", "PYTHONUTF8": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True,
        env=environment,
    )  # fmt: skip
    processes.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT)
    wait_for_end(process.pid)
    assert (process.returncode, out) == (INTERRUPTED, "")
    assert re.fullmatch(r"прервано(; сохранено: .*)?\n", err), err


def test_what_is_said_of_interrupts_is_said_alike() -> None:
    """The line of the first moment, before any text is there, is that of later ones."""
    assert {language: text("interrupted", language) for language in LINES} == LINES


def test_a_journal_that_is_of_no_use_is_said(study: Path, cache: Path, processes: list[subprocess.Popen[str]]) -> None:
    """A damaged journal is one line of warning on stderr; the run begins anew and ends well."""
    process = start(processes, "run", study, "--engine", "reference", "--jobs", 1)
    wait_for_journal(process, cache)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=LIMIT)
    (journal,) = cache.iterdir()
    journal.write_bytes(journal.read_bytes()[:-5])
    anew = start(processes, "run", study, "--engine", "reference", "--replications", 2, "--resume", "--format", "json")
    out, err = anew.communicate(timeout=LIMIT)
    assert anew.returncode == 0
    assert re.fullmatch(r"warning: .*\.journal is of no use \(its digest does not fit\): the run begins anew\n", err)
    assert json.loads(out)["replications"] == 2
