"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from funnelsim.errors import InputError
from funnelsim.views.saving import check_target, save, save_text


def test_what_is_saved_is_there(tmp_path: Path) -> None:
    """UTF-8 with its own line ends, the permissions of any new file, and nothing beside it."""
    target = tmp_path / "файл.csv"
    save_text(target, "а,b\r\n")
    assert target.read_bytes() == "а,b\r\n".encode()
    assert list(tmp_path.iterdir()) == [target]
    plain = tmp_path / "plain"
    plain.touch()
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    """If writing fails halfway, the old content stands and no remains lie about."""
    target = tmp_path / "result.csv"
    target.write_text("old")

    def fail(beside: Path) -> None:
        beside.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        save(target, fail)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_goes_on_pointing(tmp_path: Path) -> None:
    """Saving through a symbolic link replaces the file it points at, not the link."""
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old")
    link.symlink_to(real)
    save_text(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_impossible_targets_are_refused_with_the_reason(tmp_path: Path) -> None:
    """A missing folder, a file for a folder, a folder for a file: each is said before any work is done."""
    (tmp_path / "file").touch()
    for path, why in (
        (tmp_path / "missing" / "a.csv", "does not exist"),
        (tmp_path / "file" / "a.csv", "is not a folder"),
        (tmp_path, "this is a folder"),
    ):
        with pytest.raises(InputError, match=why):
            check_target(path)
        with pytest.raises(InputError, match=why):
            save_text(path, "")


def test_a_locked_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that the system does not let be written to is said so (root may write anywhere, so it is pretended)."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="may not be written to"):
        check_target(tmp_path / "a.csv")
