"""Reading ahead: the next part of a source is fetched in a thread while this one is worked at."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def read_ahead(parts: Iterator[T]) -> Generator[T, None, None]:
    """Yield the parts in their order, the next being fetched meanwhile; what goes wrong is raised in its place.

    Whoever stops early waits for at most one part.
    """
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = thread.submit(next, parts, None)
            yield part
