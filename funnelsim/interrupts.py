"""Interrupts (Ctrl-C) of the command line: one line and exit code 130, from its first moment to its last.

Python begins with a handler that raises KeyboardInterrupt, wherever it may be: in the midst of an import, or of its
own tidying up, where nobody catches it. So while nothing is under way that has to be ended, an interrupt ends the
process at once; only a command at work hears of it as KeyboardInterrupt.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from funnelsim.languages import environment_language

#: The exit code of what was interrupted, and what is said then.
INTERRUPTED: Final = 130
LINES: Final = {"en": "interrupted", "ru": "прервано"}


def leave_at_once() -> None:
    """Have an interrupt end this process from now on; not where interrupts are ignored, as in the background."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


@contextmanager
def hear_interrupts() -> Iterator[None]:
    """Have an interrupt raise KeyboardInterrupt meanwhile, where it would end this process."""
    if signal.getsignal(signal.SIGINT) is not _leave:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, _leave)


def _leave(*_: object) -> None:
    with suppress(OSError):
        os.write(2, f"{LINES[environment_language()]}\n".encode())
    os._exit(INTERRUPTED)
