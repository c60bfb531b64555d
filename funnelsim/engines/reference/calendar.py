"""SimPy's environment with events at absolute times, and the order of things at one instant."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush

import simpy

#: At one instant ends of service, ends of stages and arrivals come first (SimPy's own priority), then the teams serve,
#: team i at SERVING + i, then those whose patience rings leave: an answer beats a farewell.
FIRST, SERVING, LEAVING = 1, 2, 1 << 62


class Calendar(simpy.Environment):
    """An environment in which no time is ever a difference of two others."""

    def at(self, time: float, priority: int = FIRST) -> simpy.Event:
        """Return an event that happens at `time`; of events at one instant the lower priority comes first."""
        event = simpy.Event(self)
        event._ok, event._value = True, None  # noqa: SLF001 (what SimPy's own timeouts do)
        heappush(self._queue, (time, priority, next(self._eid), event))  # type: ignore[misc]
        return event

    def call(self, time: float, priority: int, what: Callable[[], None]) -> None:
        """Call a function at `time`."""
        event = self.at(time, priority)
        if event.callbacks is None:
            raise AssertionError("an event that has not happened takes callbacks")
        event.callbacks.append(lambda _: what())
