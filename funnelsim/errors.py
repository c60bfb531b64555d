"""Every error that funnelsim raises on purpose.

FunnelsimError            anything below; the command line prints it without a traceback
├── InputError            the input is wrong: a list of problems, each at file:line:column (exit code 2)
│   └── TooLargeError     a run or a file beyond its budget (`--allow-large` lifts the one of a run)
├── NotExact              a funnel has no exact answer: says why, and which funnel near it has one
├── RunawayError          referrals or loops that do not die out, stopped at run time
└── MissingExtraError     an optional package is not installed

InterruptedRunError is a KeyboardInterrupt: nothing went wrong, and `except Exception` lets it through.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is, which key it concerns, what is wrong and what was expected."""

    message: str
    key: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = ":".join(
            part
            for part in (
                self.file,
                str(self.line) if self.line else "",
                str(self.column) if self.column else "",
            )
            if part
        )
        return ": ".join(part for part in (place, self.key, self.message) if part)


class FunnelsimError(Exception):
    """Base of all errors of this package."""


class InputError(FunnelsimError):
    """The input is wrong; `problems` holds every mistake found, in the order of the file."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems: tuple[Problem, ...] = tuple(
            problem if isinstance(problem, Problem) else Problem(problem) for problem in problems
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TooLargeError(InputError):
    """A file or a run is larger than its budget allows."""


class RunawayError(FunnelsimError):
    """Referrals or loops did not die out within the guard's limit."""


class NotExact(FunnelsimError):  # noqa: N818 (it says what the funnel is, not that somebody erred)
    """The funnel has no exact answer: `reason` says why, `nearest` which funnel near it has one.

    ru: both in Russian, or they stay as they are. The message is in English, as all
    messages are; `tell` says it in either language.
    """

    def __init__(self, reason: str, nearest: str, ru: tuple[str, str] | None = None) -> None:
        self.reason, self.nearest, self.ru = reason, nearest, ru or (reason, nearest)
        super().__init__(self.tell("en"))

    def tell(self, language: str) -> str:
        """Return the whole message in a language."""
        if language == "ru":
            return f"точного ответа нет: {self.ru[0]}; ближайшая воронка, у которой он есть: {self.ru[1]}"
        return f"no exact answer: {self.reason}; the nearest funnel that has one: {self.nearest}"


class MissingExtraError(FunnelsimError):
    """An optional package is needed: says what to install."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; it comes with: pip install 'funnelsim[{extra}]'")


class InterruptedRunError(KeyboardInterrupt):
    """A run was interrupted (Ctrl-C); `kept` of its `most` replications are on disk, so that it can be resumed."""

    def __init__(self, kept: int, most: int) -> None:
        self.kept = kept
        self.most = most
        super().__init__(f"{kept} of {most} replications are kept; resume=True goes on from there" if kept else "")
