"""Help and complaints about the command line in Russian; what the library has no words for stays in English."""

from __future__ import annotations

import copy
import io
import re
from typing import Any, Final

from funnelsim.cli.translations import HELP, METAVARS

LANGUAGES: Final = ("en", "ru")
_WORD = re.compile(r"[A-Z]{3,}")
#: Words of the frame around help, at the places where they stand.
_FRAME: Final = (
    (re.compile(r"^Usage: ", re.MULTILINE), "Использование: "),
    (re.compile(r"^Arguments:$", re.MULTILINE), "Аргументы:"),
    (re.compile(r"^Options:$", re.MULTILINE), "Параметры:"),
    (re.compile(r"^Commands:$", re.MULTILINE), "Команды:"),
    (re.compile(r"^(\s*)Example:$", re.MULTILINE), r"\1Пример:"),
    (re.compile(r"^(\s*)Examples:$", re.MULTILINE), r"\1Примеры:"),
    (re.compile(r"\[OPTIONS\]"), "[ПАРАМЕТРЫ]"),
    (re.compile(r"COMMAND \[ARGS\]\.\.\."), "КОМАНДА [АРГУМЕНТЫ]..."),
    (re.compile(r"\[default:"), "[по умолчанию:"),
    (re.compile(r"\[required\]"), "[обязательно]"),
    (re.compile(r"; required\]"), "; обязательно]"),
    (re.compile(r"Show this message and exit\."), HELP["Show this message and exit."]),
)
_COMPLAINTS: Final = (
    (re.compile(r"Try '(.+?)' for help\."), r"Справка: \1"),
    (re.compile(r"^Error: ", re.MULTILINE), "Ошибка: "),
    (re.compile(r"No such option: (\S+?)\.?(?=$|\s)", re.MULTILINE), r"нет такого параметра: \1"),
    (re.compile(r"No such command ('.*?')\."), r"нет такой команды: \1."),
    (re.compile(r"\(Possible options: (.*?)\)"), r"(возможно, \1)"),
    (re.compile(r"Did you mean (.*?)\?"), r"Возможно, \1?"),
    (re.compile(r"Missing argument '(.*?)'\."), r"не хватает аргумента \1."),
    (re.compile(r"Missing option ('.*?')\."), r"не хватает параметра \1."),
    (re.compile(r"Missing command\."), "не хватает команды."),
    (re.compile(r"Invalid value for ('.*?'): "), r"недопустимое значение \1: "),
    (re.compile(r"Value error, "), ""),
    (re.compile(r"Input should be a valid integer.*"), "ожидалось целое число."),
    (re.compile(r"Input should be a valid number.*"), "ожидалось число."),
    (re.compile(r"Input should be greater than or equal to (\S+)"), r"ожидалось не меньше \1"),
    (re.compile(r"Input should be less than or equal to (\S+)"), r"ожидалось не больше \1"),
    (re.compile(r"(\S+) is not one of (.*?)\.?$", re.MULTILINE), r"\1 — не из числа: \2."),
    (re.compile(r"('.*?') is not a valid (?:int|integer)\.?"), r"\1 — не целое число."),
    (re.compile(r"('.*?') is not a valid float\.?"), r"\1 — не число."),
    (re.compile(r"(\S+) is not in the range (.*?)\.$", re.MULTILINE), r"\1 не в пределах \2."),
    (re.compile(r"Option ('.*?') requires an argument\."), r"параметру \1 нужно значение."),
    (re.compile(r"Got unexpected extra argument(?:s|\(s\))? \((.*?)\)"), r"лишние аргументы: \1"),
)


def peek_language(arguments: list[str]) -> str | None:
    """Return the language that `--lang` asks for, wherever it stands: help and complaints are told in it, too."""
    asked = None
    for place, argument in enumerate(arguments):
        value = argument.removeprefix("--lang=")
        if argument == "--lang" and place + 1 < len(arguments):
            value = arguments[place + 1]
        elif value == argument:
            continue
        asked = value if value in LANGUAGES else asked
    return asked


def translate_command(command: Any) -> Any:  # noqa: ANN401 (typer's own type is private)
    """Return a command, or the group of them, with all that its help says in Russian; the original stays as it is."""
    translated = copy.copy(command)
    for name in ("help", "short_help"):
        setattr(translated, name, translate_help(getattr(command, name)))
    translated.params = [_translate_parameter(parameter) for parameter in command.params]
    if hasattr(command, "commands"):
        translated.commands = {name: translate_command(one) for name, one in command.commands.items()}
    return translated


def translate_help(english: str | None) -> str | None:
    """Return a text of help paragraph by paragraph."""
    if english is None:
        return None
    paragraphs = (" ".join(part.split()) for part in english.split("\n\n"))
    return "\n\n".join(HELP.get(part, part) for part in paragraphs)


def translate_page(page: str) -> str:
    """Return a page of help, whose texts are translated already, with its frame."""
    for pattern, russian in _FRAME:
        page = pattern.sub(russian, page)
    return page


def translate_complaint(error: Any) -> str:  # noqa: ANN401 (typer's own type is private)
    """Return what is said about arguments that are wrong."""
    told = io.StringIO()
    error.show(file=told)
    usage, _, complaint = translate_page(told.getvalue()).partition("\n")
    for pattern, russian in _COMPLAINTS:
        complaint = pattern.sub(russian, complaint)
    missing = re.compile(r"(?<=не хватает аргумента )\S+(?=\.)")
    return f"{_translate_words(usage)}\n{missing.sub(lambda found: _translate_words(found[0]), complaint)}"


def _translate_parameter(parameter: Any) -> Any:  # noqa: ANN401 (typer's own type is private)
    translated = copy.copy(parameter)
    translated.help = translate_help(getattr(parameter, "help", None))
    if parameter.metavar:
        translated.metavar = _translate_words(parameter.metavar)
    return translated


def _translate_words(words: str) -> str:
    """Return what stands for values in Russian."""
    return _WORD.sub(lambda word: METAVARS.get(word[0], word[0]), words)
