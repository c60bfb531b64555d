"""What can be compiled: a function, and how it wants to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Compilable:
    """A function, and Numba's options for it."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        self.function = function
        self.options = options
