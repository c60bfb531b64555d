"""Words and errors: the commands as a group, and what goes wrong as lines on stderr with an exit code."""

from __future__ import annotations

import os
import re
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from funnelsim.errors import FunnelsimError, InputError, InterruptedRunError, NotExact
from funnelsim.interrupts import INTERRUPTED, hear_interrupts
from funnelsim.languages import environment_language


class Word(TyperCommand):
    """A command, with its arguments plain in the usage line, and with help in two languages."""

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 (typer's own type is private)
        """Return the page of help in the language asked for."""
        if _language(ctx) != "ru":
            return _without_types(super().get_help(ctx))
        from funnelsim.cli.russian import translate_command, translate_page

        return _without_types(translate_page(super(Word, translate_command(self)).get_help(ctx)))

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 (typer's own type is private)
        """Return the parts of the usage line, without braces."""
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]


class Words(TyperGroup):
    """The commands, in the order of their use, with every error as a line on stderr and an exit code."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 (typer's own type is private)
        """Return the names of the commands as they are written down here."""
        return list(self.commands)

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 (typer's own type is private)
        """Return the page of help in the language asked for."""
        if _language(ctx) != "ru":
            return super().get_help(ctx)
        from funnelsim.cli.russian import translate_command, translate_page

        return translate_page(super(Words, translate_command(self)).get_help(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 (typer's own type is private)
        """Take the language from wherever it stands, then read the arguments."""
        from funnelsim.cli.russian import peek_language

        ctx.find_root().obj = peek_language(args)
        try:
            return list(super().parse_args(ctx, args))
        except typer.TyperException as error:
            _complain(error, _language(ctx))
            raise

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 (typer's own type is private)
        """Run a command; what goes wrong becomes lines on stderr and an exit code."""
        try:
            with hear_interrupts():
                result = super().invoke(ctx)
                sys.stdout.flush()
        except (typer.Exit, typer.Abort):
            raise
        except typer.TyperException as error:
            _complain(error, _language(ctx))
            raise
        except KeyboardInterrupt as interrupt:
            _tell_interrupted(interrupt, _language(ctx))
            raise typer.Exit(INTERRUPTED) from None
        except InputError as error:
            _tell_problems(error, _language(ctx))
            raise typer.Exit(2) from None
        except FunnelsimError as error:
            said = error.tell(_language(ctx)) if isinstance(error, NotExact) else str(error)
            for line in (said, *getattr(error, "__notes__", ())):
                tell(_say(line, _language(ctx)))
            raise typer.Exit(2) from None
        except BrokenPipeError:
            # The reader has seen enough; the rest must not be flushed at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except Exception as error:
            if os.environ.get("FUNNELSIM_DEBUG") == "1":
                raise
            _tell_unexpected(error)
            raise typer.Exit(1) from None
        return result


def _without_types(page: str) -> str:
    """Return a page of help without the types of Python that typer writes after the names of arguments."""
    return re.sub(r" <(?:path|str|list\[\w+\])>", lambda found: " " * len(found[0]), page)


def examples(*lines: str) -> str:
    """Return whole commands to type, for the end of a help page."""
    title = "Example:" if len(lines) == 1 else "Examples:"
    return "\b\n" + "\n".join([title, *(f"  {line}" for line in lines)])  # \b: typer keeps these lines as they are


def tell(message: str) -> None:
    """Say something on stderr, on one line and harmlessly."""
    from funnelsim.views.naming import clean

    typer.echo(clean(message), err=True)


def tell_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Say on stderr what is warned of, in place of `warnings.showwarning`."""
    from funnelsim.views.texts import text

    tell(text("warning", environment_language(), text=message))


def _say(message: str, language: str) -> str:
    """Return what went wrong in the language asked for, as far as there are words for it."""
    if language != "ru":
        return message
    from funnelsim.cli.russian_errors import translate_message

    return translate_message(message)


def _complain(error: typer.TyperException, language: str) -> None:
    """Say in Russian, if that is asked for, what is wrong with the arguments, and leave; English is said by typer."""
    if language == "ru" and hasattr(error, "show") and type(error).__name__ != "NoArgsIsHelpError":
        from funnelsim.cli.russian import translate_complaint

        sys.stderr.write(translate_complaint(error))
        raise typer.Exit(getattr(error, "exit_code", 2)) from None


def _language(ctx: typer.Context) -> str:
    return str(ctx.find_root().obj or environment_language())


def _tell_problems(error: InputError, language: str) -> None:
    from funnelsim.views.texts import count, text

    for problem in error.problems:
        if language == "ru":
            from funnelsim.cli.russian_errors import translate_problem

            problem = translate_problem(problem)  # noqa: PLW2901 (the same mistake in other words)
        tell(str(problem))
    tell(text("found", language, problems=count("problems", len(error.problems), language)))


def _tell_interrupted(interrupt: KeyboardInterrupt, language: str) -> None:
    from funnelsim.views.texts import count, text

    if isinstance(interrupt, InterruptedRunError) and interrupt.kept:
        tell(text("interrupted.kept", language, replications=count("replications", interrupt.kept, language)))
    else:
        tell(text("interrupted", language))


def _tell_unexpected(error: Exception) -> None:
    if isinstance(error, OSError) and error.strerror:
        tell(f"{error.filename or 'stdout'}: {error.strerror}")
        return
    tell(
        f"unexpected error: {type(error).__name__}: {error}; please report it, with the command and the file "
        "(FUNNELSIM_DEBUG=1 shows where it happened)"
    )
