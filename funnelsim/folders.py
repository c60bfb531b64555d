"""Where files of our own are kept on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder for what can be made again: FUNNELSIM_CACHE, or `funnelsim` in the user's own cache folder."""
    if own := os.environ.get("FUNNELSIM_CACHE"):
        return Path(own)
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path("~/AppData/Local").expanduser()) / "funnelsim" / "Cache"
    wanted = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if wanted.is_absolute():
        return wanted / "funnelsim"
    return Path("~/Library/Caches" if sys.platform == "darwin" else "~/.cache").expanduser() / "funnelsim"
