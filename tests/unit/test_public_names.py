"""What `import funnelsim` offers."""

from __future__ import annotations

import subprocess
import sys

import pytest

import funnelsim

PUBLIC = [
    "Adequacy",
    "Beginning",
    "Choice",
    "Comparison",
    "Drawn",
    "EventLog",
    "Fit",
    "Funnel",
    "FunnelsimError",
    "InputError",
    "Intervention",
    "Leaks",
    "NotExact",
    "Run",
    "Scenario",
    "Sensitivity",
    "Solution",
    "Study",
    "Tally",
    "apply",
    "check",
    "choose",
    "compare",
    "draw_study",
    "dump",
    "dumps",
    "fit",
    "history",
    "hold_out",
    "init",
    "known_at",
    "leaks",
    "load",
    "loads",
    "read_log",
    "report",
    "sensitivity",
    "simulate",
    "solve",
    "write_history",
    "write_log",
]


def test_the_public_names_are_exactly_these() -> None:
    """`dir(funnelsim)` shows the verbs and what they take and return, and nothing else."""
    assert dir(funnelsim) == PUBLIC
    assert funnelsim.__all__ == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    """Every name loads, is called so where it is defined, and has a docstring."""
    value = getattr(funnelsim, name)
    assert value.__name__ == name
    assert value.__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A name that is not public is refused as Python refuses any other."""
    with pytest.raises(AttributeError, match="has no attribute 'simulat'"):
        _ = funnelsim.simulat


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import funnelsim` alone brings in neither NumPy nor pydantic."""
    code = "import sys, funnelsim; print(sorted({'numpy', 'pydantic', 'numba', 'pandas'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
