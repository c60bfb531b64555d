"""A beginning on the disk: all of its files, or none, and never over one that is there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from funnelsim.errors import InputError
from funnelsim.views.starting.answers import Answers, check_answers, default_answers
from funnelsim.views.starting.files import make_files

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Beginning:
    """A folder to start from. files: paths of all that was written, the funnel first."""

    folder: Path
    files: tuple[Path, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row per file: file (its path in the folder), bytes."""
        import pandas as pd

        names = [file.relative_to(self.folder).as_posix() for file in self.files]
        return pd.DataFrame({"file": names, "bytes": [file.stat().st_size for file in self.files]})

    def __repr__(self) -> str:
        return f"Beginning({str(self.folder)!r}: {len(self.files)} files)"


def init(folder: str | os.PathLike[str], *, language: str = "en", answers: Answers | None = None) -> Beginning:
    """Write a first funnel, scenarios, a sample log with its mapping, a notebook and editor settings into a folder.

    answers: what the funnel says; by default an ordinary one. The folder is made if need be. The sample is made from
    the funnel, so that what `fit` should find is known. Raises InputError, with nothing written, where one of the files
    is there already, where the folder cannot be written to, or where the answers make no funnel.
    """
    if language not in {"en", "ru"}:
        raise InputError(f"language: expected `en` or `ru`, found {language!r}")
    target = Path(folder)
    answers = default_answers(language) if answers is None else answers
    check_answers(answers)
    check_folder(target)
    contents = make_files(answers, language)
    return Beginning(target, write_new({target / name: content for name, content in contents.items()}))


#: What a beginning consists of, so that it can be refused before any work.
NAMES = (
    "funnel.yaml",
    "scenarios.yaml",
    "crm.csv",
    "crm.map.yaml",
    "first_steps.ipynb",
    ".vscode/settings.json",
    ".vscode/funnelsim.schema.json",
    ".vscode/mapping.schema.json",
)


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds one of the files already, or is none; raises InputError naming every file."""
    parent = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not parent.is_dir():
        raise InputError(f"{folder}: {parent} is not a folder; choose another name")
    there = [folder / name for name in NAMES if os.path.lexists(folder / name)]
    if there:
        raise InputError(*(f"{file}: this file exists, and nothing is written over it" for file in there))
    blocked = folder / ".vscode"
    if os.path.lexists(blocked) and not blocked.is_dir():
        raise InputError(f"{blocked}: expected a folder for the settings of the editor, found a file")
    if not os.access(parent, os.W_OK):
        raise InputError(f"{folder}: the folder {parent} may not be written to")


def write_new(contents: Mapping[Path, str]) -> tuple[Path, ...]:
    """Write files that are not there yet, and the folders that they need: all of them or none.

    If anything goes wrong, what was written is removed again. Raises InputError where a file has come into being
    meanwhile, OSError where the disk fails.
    """
    written: list[Path] = []
    made: list[Path] = []
    try:
        for path, content in contents.items():
            for folder in reversed([one for one in (path.parent, *path.parent.parents) if not one.exists()]):
                folder.mkdir()
                made.append(folder)
            with path.open("x", encoding="utf-8", newline="") as file:
                written.append(path)
                file.write(content)
    except BaseException as error:
        for path in written:
            path.unlink(missing_ok=True)
        for folder in reversed(made):
            with suppress(OSError):  # somebody else has put something there
                folder.rmdir()
        if isinstance(error, FileExistsError):
            raise InputError(f"{error.filename}: this file exists, and nothing is written over it") from None
        raise
    return tuple(written)
