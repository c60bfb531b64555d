"""How many cores there are to work on."""

from __future__ import annotations

import math
import os
from pathlib import Path


def count_cores() -> int:
    """Return how many cores this process may use, at least one: of its affinity, and its share of a container."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="utf-8").split()
        return max(1, min(cores, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):  # there is no such file, or no limit in it
        return cores
