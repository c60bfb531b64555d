"""The notebooks of the project: where they are, in a clone and in a wheel, and how JupyterLab opens them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import funnelsim
from funnelsim.errors import InputError, MissingExtraError
from funnelsim.views.starting.folder import write_new

#: Folders that notebooks need beside each other, and the endings of what is in them.
FOLDERS: Final = {"notebooks": (".ipynb",), "scenarios": (".yaml", ".csv")}
#: Where notebooks go if no folder is named and there is no clone.
FOLDER: Final = "funnelsim_notebooks"


@dataclass(frozen=True, slots=True)
class Copied:
    """Notebooks in a folder to work in. written: what was copied; kept: what was there already, and stays as it was."""

    folder: Path
    written: tuple[Path, ...]
    kept: tuple[Path, ...]


def find_clone() -> Path | None:
    """Return the folder of the clone that this package is run from; None where it is installed from a wheel."""
    above = Path(funnelsim.__file__).resolve().parents[1]
    return above if all((above / name).is_dir() for name in (*FOLDERS, "tests")) else None


def copy_notebooks(folder: Path) -> Copied:
    """Copy the notebooks and the scenario files that they read into a folder, never over a file.

    Raises InputError where the folder is a file, or where this installation has no notebooks.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: expected a folder or a notebook (.ipynb)")
    wanted = {folder / name: content for name, content in _shipped()}
    if not wanted:
        raise InputError("this installation has no notebooks; install funnelsim from its wheel, or work in a clone")
    kept = tuple(path for path in wanted if path.exists())
    written = write_new({path: content for path, content in wanted.items() if path not in kept})
    return Copied(folder, written, kept)


def make_command(target: Path, *, browser: bool = True) -> list[str]:
    """Return the command that opens JupyterLab on a folder or a notebook, without any request to the outside.

    Raises MissingExtraError without JupyterLab, InputError where there is no such folder or notebook.
    """
    if find_spec("jupyterlab") is None:
        raise MissingExtraError("JupyterLab", "notebook")
    if not target.exists():
        raise InputError(f"{target}: there is no such notebook")
    quiet = ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None"]
    return [sys.executable, "-m", "jupyterlab", *quiet, *([] if browser else ["--no-browser"]), str(target)]


def _shipped() -> Iterator[tuple[str, str]]:
    """Yield path and text of every file to copy: from the clone, else from the wheel, which has them as data."""
    home = find_clone() or resources.files("funnelsim.data")
    for name, endings in FOLDERS.items():
        pending = [(name, home / name)]
        while pending:
            path, place = pending.pop()
            if place.is_dir():
                pending += [(f"{path}/{one.name}", one) for one in sorted(place.iterdir(), key=lambda one: one.name)]
            elif place.is_file() and path.endswith(endings):
                yield path, place.read_text(encoding="utf-8")
