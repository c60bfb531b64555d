"""Files written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from funnelsim.errors import InputError


def check_target(path: Path) -> None:
    """Refuse a file that cannot be written, before the work that is to be written there.

    Raises InputError where the folder is missing, is no folder or may not be written to, or where the name is a
    folder's.
    """
    folder = path.parent
    if not folder.exists():
        raise InputError(f"{path}: the folder {folder} does not exist; make it first, or choose another")
    if not folder.is_dir():
        raise InputError(f"{path}: {folder} is not a folder")
    if path.is_dir():
        raise InputError(f"{path}: this is a folder; give the name of a file in it")
    if not os.access(folder, os.W_OK):
        raise InputError(f"{path}: the folder {folder} may not be written to")


def save(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a file beside `path`, and put it in the place of `path` once it is safely on the disk.

    If anything goes wrong an existing file stays as it was. Raises InputError as `check_target` does, OSError where
    the disk is full or fails.
    """
    from funnelsim.eventlog import replacing

    check_target(path)
    with replacing(path.resolve()) as beside:  # a symbolic link goes on pointing at the file
        write(beside)


def save_text(path: Path, content: str) -> None:
    """Save a text as UTF-8, line ends as they are."""
    save(path, lambda beside: _write(beside, content))


def save_new_text(path: Path, content: str) -> None:
    """Save a text as UTF-8 in a file that is not there yet. Raises InputError where one is, and as `check_target`."""
    check_target(path)
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(content)
    except FileExistsError:
        raise InputError(f"{path}: there is such a file already, and it stays as it is; name another with -o") from None


def _write(path: Path, content: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(content)
