"""`funnelsim init` and `funnelsim lab` as a user meets them."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from funnelsim.cli import app
from funnelsim.cli.questions import ask_answers
from funnelsim.errors import InputError
from funnelsim.views.starting import Step
from funnelsim.views.starting.folder import NAMES


@pytest.fixture(autouse=True)
def _neutral(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


def _call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize(("language", "words"), [("en", "What to do next:"), ("ru", "Что дальше:")])
def test_init_writes_what_runs_and_says_what_to_do_next(tmp_path: Path, language: str, words: str) -> None:
    """Every command that is printed works in the folder, in the language asked for: run, compare and fit."""
    folder = tmp_path / "my funnel"
    result = _call("init", folder, "--lang", language)
    assert result.exit_code == 0, result.stderr
    assert words in result.stdout
    assert f"cd '{folder}'" in result.stdout
    assert all(name in result.stdout for name in NAMES if not name.startswith(".vscode"))
    commands = [line.split("  ")[1].split() for line in result.stdout.splitlines() if line.startswith("  funnelsim ")]
    assert [command[1] for command in commands] == ["run", "compare", "fit", "lab"]
    for _, word, *arguments in commands[:3]:
        here = [folder / part if part.endswith((".yaml", ".csv")) else part for part in arguments]
        told = _call(word, *here)
        assert told.exit_code == 0, told.stderr
    told = _call("run", folder / "fitted.yaml", "--draws", 0)
    assert told.exit_code == 0, told.stderr


def test_init_never_writes_over_a_file(tmp_path: Path) -> None:
    """A second init is exit code 2, a line for every file that is there, and leaves them as they are."""
    (tmp_path / "funnel.yaml").write_text("mine", encoding="utf-8")
    result = _call("init", tmp_path)
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"{tmp_path / 'funnel.yaml'}: this file exists, and nothing is written over it",
        "1 problem found",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["funnel.yaml"]


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_init_asks_at_a_terminal(tmp_path: Path) -> None:
    """At a terminal the questions come on stderr, wrong answers are asked again, and the funnel says the answers."""
    import pty

    master, slave = pty.openpty()
    folder = tmp_path / "asked"
    with subprocess.Popen(
        [sys.executable, "-m", "funnelsim", "init", str(folder), "--lang", "en"],
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(slave)
        os.write(master, b"Bakery\nDoor, Till\n200%\n50%\n\n10%\n3 min\n100\neur\n7.5\n")
        out, err = process.communicate(timeout=120)
        os.close(master)
    assert process.returncode == 0, err
    assert b"What to do next" in out
    assert "“Door”: what share of those who come to it is lost there? [45%]" in err.decode()
    assert b"found '200%'; please try again" in err
    content = (folder / "funnel.yaml").read_text(encoding="utf-8")
    for part in ('name: "Bakery"', "currency: EUR", "arrivals: 100 / d", "share: 50%", "mean: 3 min", "mean: 7.5"):
        assert part in content


def test_questions_in_russian_take_their_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter takes what stands in brackets; when no answer comes any more, that is an error and no loop."""
    monkeypatch.setattr("sys.stdin", io.StringIO("\nодин, два\n" + "\n" * 7))
    answers = ask_answers("ru")
    assert answers.title == "Моя первая воронка"
    assert answers.currency == "RUB"
    assert answers.steps == (Step("один", 0.45, 30 / 60 / 24), Step("два", 0.12, 3.0))
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(InputError, match="the questions were not answered"):
        ask_answers("ru")


def test_lab_without_jupyterlab_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing extra is one line that says what to install, and nothing is copied."""
    monkeypatch.setattr("funnelsim.views.starting.lab.find_spec", lambda _: None)
    result = _call("lab", tmp_path / "to")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "JupyterLab is not installed; it comes with: pip install 'funnelsim[notebook]'"
    ]
    assert not (tmp_path / "to").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="one process gives way to another on POSIX only")
def test_lab_copies_and_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`lab DIR` copies the notebooks there and gives way to JupyterLab on them; a notebook is opened as it is."""
    opened: list[list[str]] = []
    monkeypatch.setattr("funnelsim.views.starting.lab.find_spec", lambda _: True)
    monkeypatch.setattr("os.execv", lambda _, command: opened.append(command))
    result = _call("lab", tmp_path, "--no-browser")
    assert result.exit_code == 0, result.stderr
    assert "files copied, 0 were there already" in result.stderr
    notebook = tmp_path / "notebooks" / "01_first_funnel.ipynb"
    assert notebook.is_file()
    assert _call("lab", notebook).exit_code == 0
    assert [command[-1] for command in opened] == [str(tmp_path / "notebooks"), str(notebook)]
