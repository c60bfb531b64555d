"""What the figures were measured on: processor, cores, versions, date. Standard library only."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

#: Sets of vector instructions that matter, as Linux names them.
VECTORS: Final = ("avx", "avx2", "fma", "avx512f", "avx512dq", "avx512vl", "asimd", "sve")
PACKAGES: Final = ("funnelsim", "numpy", "numba", "llvmlite", "simpy", "ciw", "salabim")


def describe_machine() -> list[str]:
    """Return a line for each fact."""
    model, flags = _processor()
    vectors = [name for name in VECTORS if name in flags]
    versions = ", ".join(f"{name} {version}" for name, version in find_versions(PACKAGES))
    return [
        f"processor: {model or platform.processor() or platform.machine()}",
        f"cores: {os.cpu_count()}",
        f"vector instructions: {', '.join(vectors) or 'not known'}",
        f"memory: {_memory()}",
        f"system: {platform.system()} {platform.release()}",
        f"Python {platform.python_version()}; {versions}",
        f"date: {datetime.now(UTC):%Y-%m-%d}",
    ]


def find_versions(packages: Sequence[str]) -> list[tuple[str, str]]:
    """Return the versions of the packages that are installed."""
    found = []
    for package in packages:
        with suppress(importlib.metadata.PackageNotFoundError):
            found.append((package, importlib.metadata.version(package)))
    return found


def _processor() -> tuple[str, set[str]]:
    """Return the model and the flags of the first processor; nothing where the system does not tell."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return "", set()
    model = re.search(r"^model name\s*:\s*(.*)$", text, re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", text, re.MULTILINE)
    return model[1].strip() if model else "", set(flags[1].split()) if flags else set()


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return "not known"
    return f"{size / 2**30:.0f} GiB"
