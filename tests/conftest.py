"""What every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import pytest
from hypothesis import settings

mpl.use("Agg")
# The same examples every time, so that a failure comes back; no deadline, because compiling outlasts it.
settings.register_profile("funnelsim", derandomize=True, deadline=None)
settings.load_profile("funnelsim")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project: `scenarios/`, `docs/`, `README.md` and the rest."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference material beside the project; what needs it is left out where it is missing."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"there is no reference material at {folder}")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what interrupted runs leave away from the user's own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNNELSIM_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
