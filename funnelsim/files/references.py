"""Files that a file names: in its own folder tree, never outside it."""

from __future__ import annotations

from pathlib import Path as FilePath

from funnelsim.files.wording import show


def find_file(path: FilePath | None, reference: str) -> FilePath | str:
    """Return the file that a reference in the file at `path` means, or why it cannot be taken."""
    if path is None:
        return f"a text has no folder to look for '{reference}' in: write the funnel itself here"
    try:
        folder = path.resolve().parent
        target = (folder / reference).resolve()
        if not target.is_relative_to(folder):
            return f"'{reference}' is outside this file's own folder: expected a file in it or below it"
        if not target.exists():
            return f"there is no file '{reference}' in this file's folder"
        if not target.is_file():
            return f"'{reference}' is not a file"
    except (OSError, ValueError, RuntimeError):
        return f"{show(reference)} is no file name"
    return target
