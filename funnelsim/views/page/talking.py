"""The talk between a browser window and its desk: one message after the other, what is newer first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from funnelsim.errors import FunnelsimError
from funnelsim.views.page.desk import Desk

#: How long nothing is edited before the other scenarios follow, in seconds; the time to look after other windows; and
#: the time in which what is said is sent, before the next is made.
PAUSE: Final = 0.3
BREATH: Final = 0.01
SENT: Final = 0.001
#: Says that a message is answered.
DONE: Final[Mapping[str, Any]] = {"what": "done"}
#: Messages after which all scenarios are answered anew.
EDITS: Final = ("look", "edit", "choose", "drop", "reset", "focus")

Card = Mapping[str, Any]


class Talk:
    """What one window says, and what is said to it by `send`; every answer has the number of its message."""

    def __init__(self, desk: Desk, send: Callable[[dict[str, Any]], None]) -> None:
        self._desk = desk
        self._send = send
        self._edits = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def hear(self, message: Mapping[str, Any]) -> None:
        """Answer a message, in the loop that runs."""
        task = asyncio.ensure_future(self.answer(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def answer(self, message: Mapping[str, Any]) -> None:
        """Answer a message; after an edit, unless another comes meanwhile, what takes longer."""
        if message.get("do") == "full":
            await self._run_full(message)
            return
        if message.get("do") == "report":
            await self._make_report(message)
            return
        edits = self._edits = self._edits + (message.get("do") in EDITS)
        for card in self._desk.answer(message):
            self._tell(card, message)
            await asyncio.sleep(SENT)  # so that it is drawn while the next is made
        self._tell(DONE, message)
        if message.get("do") not in EDITS:
            return
        await asyncio.sleep(PAUSE)
        more = self._desk.follow()
        while edits == self._edits and (card_or_pause := next(more, DONE)) is not DONE:
            if card_or_pause is not None:
                self._tell(card_or_pause, message)
            await asyncio.sleep(BREATH)

    async def _run_full(self, message: Mapping[str, Any]) -> None:
        loop = asyncio.get_running_loop()

        def progress(done: int, most: int) -> None:
            loop.call_soon_threadsafe(self._tell, {"what": "progress", "done": done, "most": most}, message)

        try:
            found = await asyncio.to_thread(self._desk.run_full, progress)
            self._tell(self._desk.show_full(found), message)
        except FunnelsimError as error:
            self._tell({"what": "error", "text": self._desk.tell(error)}, message)
        self._tell({"what": "ended"}, message)

    async def _make_report(self, message: Mapping[str, Any]) -> None:
        try:
            self._tell(await asyncio.to_thread(self._desk.plan_report()), message)
        except FunnelsimError as error:
            self._tell({"what": "error", "text": self._desk.tell(error)}, message)
        self._tell({"what": "ended"}, message)

    def _tell(self, card: Card, message: Mapping[str, Any]) -> None:
        self._send(dict(card) | {"number": message.get("number")})
