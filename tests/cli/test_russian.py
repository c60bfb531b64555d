"""The command line in Russian: every help, and what is said about arguments that are wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from funnelsim.cli import app
from funnelsim.cli.russian import peek_language, translate_help
from funnelsim.cli.russian_errors import translate_message
from funnelsim.cli.translations import HELP
from funnelsim.errors import InputError
from funnelsim.files.loading import load
from funnelsim.files.mappings import load_mapping
from funnelsim.reading.logs import read_log

GROUP: Any = typer.main.get_command(app)
COMMANDS = {"": GROUP, **GROUP.commands}


@pytest.fixture(autouse=True)
def _neutral(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")


def _call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), prog_name="funnelsim")


def _paragraphs(text: str | None) -> list[str]:
    return [" ".join(part.split()) for part in (text or "").split("\n\n") if part.strip()]


@pytest.mark.parametrize("word", COMMANDS)
def test_every_help_is_translated(word: str) -> None:
    """Paragraphs, short texts, arguments and options of every command have their Russian in `cli/translations.py`."""
    command = COMMANDS[word]
    texts = [command.help, command.short_help, *(getattr(parameter, "help", "") for parameter in command.params)]
    missing = [part for text in texts for part in _paragraphs(text) if part not in HELP]
    assert missing == []


def test_translations_are_russian() -> None:
    """Each is written in Cyrillic, and no flag or name of a column in it is lost."""
    for english, russian in HELP.items():
        assert re.search("[а-яё]", russian)
        flags = r"--[\w-]+|`[^`]+`"
        assert set(re.findall(flags, english)) == set(re.findall(flags, russian)), english


@pytest.mark.parametrize("word", COMMANDS)
def test_help_is_russian_wherever_the_language_is_named(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the command, after it, after `--help`, or in the environment: the same page, with its examples."""
    words = [word] if word else []
    pages = [
        _call("--lang", "ru", *words, "--help").stdout,
        _call(*words, "--lang=ru", "--help").stdout,
        _call(*words, "--help", "--lang", "ru").stdout,
    ]
    monkeypatch.setenv("LANG", "ru_RU.UTF-8")
    pages.append(_call(*words, "--help").stdout)
    assert len(set(pages)) == 1
    for part in ("Использование: ", "Параметры:", "Показать эту справку", f"  funnelsim {word}"):
        assert part in pages[0]
    assert not re.search(
        r"^(Usage|Options|Arguments|Commands|\s+Examples?):|\[required\]|\[default", pages[0], re.MULTILINE
    )


def test_english_stays_english() -> None:
    """Asking for English in a Russian environment gives the English page, and Russian leaves nothing behind."""
    english = _call("run", "--help").stdout
    _call("--lang", "ru", "run", "--help")
    assert _call("run", "--help").stdout == english
    assert _call("run", "--help", "--lang", "en").stdout == english


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run",), "не хватает аргумента ФАЙЛ."),
        (("rnu",), "нет такой команды: 'rnu'. Возможно, 'run'?"),
        (("--foo",), "нет такого параметра: --foo"),
        (("run", "x", "--seeed", "1"), "нет такого параметра: --seeed (возможно, --seed)"),
        (("run", "x", "--seed", "a"), "недопустимое значение '--seed': ожидалось целое число."),
        (("run", "x", "--jobs", "-1"), "недопустимое значение '--jobs': ожидалось не меньше 0"),
        (
            ("run", "x", "--engine", "e"),
            "недопустимое значение '--engine': 'e' — не из числа: 'compiled', 'reference'.",
        ),
        (("lesson", "x"), "не хватает параметра '--output' / '-o'."),
        (("run", "x", "y"), "лишние аргументы: y"),
    ],
)
def test_wrong_arguments_are_told_in_russian(arguments: tuple[str, ...], message: str) -> None:
    """Exit code 2, the usage, where to find help, and what is wrong."""
    result = _call("--lang", "ru", *arguments)
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert lines[0].startswith("Использование: funnelsim")
    assert lines[1].startswith("Справка: funnelsim")
    assert lines[-1] == f"Ошибка: {message}"


def test_the_language_before_the_command_holds_for_its_result() -> None:
    """`funnelsim --lang ru causes` is `funnelsim causes --lang ru`; the nearer one wins."""
    assert _call("--lang", "ru", "causes").stdout == _call("causes", "--lang", "ru").stdout
    assert _call("--lang", "ru", "causes", "--lang", "en").stdout == _call("causes").stdout


def test_the_language_is_found_anywhere() -> None:
    """The last `--lang` that names a language counts; what is no language is left for typer to refuse."""
    assert peek_language(["run", "x"]) is None
    assert peek_language(["--lang", "ru", "run", "--lang=en"]) == "en"
    assert peek_language(["run", "--lang", "de"]) is None
    assert peek_language(["run", "--lang"]) is None


def test_what_is_not_translated_stays() -> None:
    """A text without a translation is shown as it is."""
    assert translate_help("Nothing like that.\n\nShow this message\nand exit.") == (
        "Nothing like that.\n\nПоказать эту справку и выйти."
    )
    assert translate_help(None) is None


# ---- mistakes ------------------------------------------------------------------------------------------------------

CASES = Path(__file__).parents[1] / "cases" / "invalid"


def _mistakes() -> list[str]:
    messages = []
    for path in sorted(CASES.glob("*.yaml")):
        with pytest.raises(InputError) as caught:
            load(path)
        messages += [problem.message for problem in caught.value.problems]
    return messages


def test_mistakes_in_files_are_told_in_russian() -> None:
    """All mistakes in all invalid files are said in Russian, whole, and nothing quoted is lost."""
    messages = _mistakes()
    told = {message: translate_message(message) for message in messages}
    translated = [message for message in messages if told[message] != message]
    assert [message for message in messages if told[message] == message] == []
    for message in translated:
        assert re.search("[а-яё]", told[message])
        assert sorted(re.findall(r"`[^`]*`|'[^']*'", message)) == sorted(re.findall(r"`[^`]*`|'[^']*'", told[message]))
        assert "⟦" not in told[message]


def test_mistakes_in_historical_data_are_told_in_russian() -> None:
    """All that is refused in dirty logs, and every mistake in mapping files, is said in Russian."""
    messages = []
    for mapping in sorted((CASES.parent / "mappings" / "invalid").glob("*.yaml")):
        with pytest.raises(InputError) as caught:
            load_mapping(mapping)
        messages += [problem.message for problem in caught.value.problems]
    logs = sorted((CASES.parent / "logs").glob("*.yaml"))
    for log in logs:
        (source,) = (path for path in log.parent.glob(f"{log.stem}.*") if path != log)
        try:
            read_log(source, log)
        except InputError as error:
            messages += [problem.message for problem in error.problems]
    assert len(messages) > 85
    for message in messages:
        told = translate_message(message)
        assert re.search("[а-яё]", told), message
        assert sorted(re.findall(r"`[^`]*`|'[^']*'", message)) == sorted(re.findall(r"`[^`]*`|'[^']*'", told))
        assert "⟦" not in told


@pytest.mark.parametrize(
    ("english", "russian"),
    [
        (
            "none of 3 rows can be used: rows 2, 3 and 9 more: is there twice; row 4: is empty",
            "ни одна из строк (всего 3) не годится: строки 2, 3 и ещё 9: повтор; строка 4: пусто",
        ),
        ("unknown key (did you mean `revenue`?)", "неизвестный ключ (может быть, `revenue`?)"),
        (
            "expected a share such as `12%` or `0.12`, between 0% and 100%, found '130%'",
            "ожидалось: доля, например `12%` или `0.12`, от 0% до 100%, а здесь '130%'",
        ),
        (
            "JupyterLab is not installed; it comes with: pip install 'funnelsim[notebook]'",
            "JupyterLab не установлен; он ставится так: pip install 'funnelsim[notebook]'",
        ),
        (
            "a/funnel.yaml: this file exists, and nothing is written over it",
            "a/funnel.yaml: этот файл уже есть, а поверх файлов ничего не пишется",
        ),
        ("latent: expected `2`, `3` or `auto`, found '7'", "latent: ожидалось `2`, `3` или `auto`, а здесь '7'"),
        ("draws: expected at least 20, not 3", "draws: ожидалось не меньше 20, а не 3"),
        (
            "nobody had come before 2024-01-01: the history begins on 2024-01-01",
            "до 2024-01-01 ещё никто не пришёл: журнал начинается 2024-01-01",
        ),
        ("deals.csv: the file is empty", "deals.csv: файл пуст"),
        ("something that no phrase knows, found `x`", "something that no phrase knows, found `x`"),
    ],
)
def test_a_message_is_russian_whole_or_not_at_all(english: str, russian: str) -> None:
    """Known phrases are put together; where one is unknown, the message stays English, not half of each."""
    assert translate_message(english) == russian


def test_validate_speaks_russian(tmp_path: Path) -> None:
    """On the command line: place and key as they are, what is wrong in Russian; in English nothing changes."""
    file = tmp_path / "wrong.yaml"
    file.write_text("funnelsim: 1\nstages:\n  - {name: a, revenu: 1}\n", encoding="utf-8")
    place = f"{file}:3:15: stages.a.revenu: "
    assert _call("validate", str(file), "--lang", "ru").stderr.splitlines()[0] == (
        f"{place}неизвестный ключ (может быть, `revenue`?)"
    )
    assert _call("validate", str(file)).stderr.splitlines()[0] == f"{place}unknown key (did you mean `revenue`?)"


@pytest.mark.parametrize(
    ("english", "russian"),
    [
        (
            "expected the name of a new file, such as `my_funnel.yaml`, not '../x'",
            "ожидалось: имя нового файла, например `my_funnel.yaml`, а здесь '../x'",
        ),
        (
            "`shop.yaml` is there already: nothing is written over; choose another name",
            "файл `shop.yaml` уже есть, а поверх файлов ничего не пишется; выберите другое имя",
        ),
        (
            "`purchase` earns money: say where that goes, such as `earnings_to: shop`",
            "`purchase` приносит деньги: укажите, куда им идти, например `earnings_to: shop`",
        ),
        (
            "stages.shop.takes: expected a number from 0.1 to 3, not 7",
            "stages.shop.takes: ожидалось: число от 0.1 до 3, а здесь 7",
        ),
    ],
)
def test_what_the_page_refuses_is_told_in_russian(english: str, russian: str) -> None:
    """What an editor of numbers does wrong most often has all of its phrases."""
    assert translate_message(english) == russian
