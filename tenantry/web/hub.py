"""Who waits for news of a meeting in this process: one connection hears for all of them.

While nothing can be heard everybody is woken every few seconds, to look for themselves.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from uuid import UUID

from tenantry.kit.errors import Kind, Refused
from tenantry.queries.house import House
from tenantry.queries.meeting_gate import LOST, hear_meetings

DEAF = 3.0  # seconds between two looks while nothing can be heard
MOST_STREAMS = 5  # of one person or browser in one meeting: the same in several tabs

log = logging.getLogger("tenantry.web")


class News(Enum):
    """What an ear hears: something changed, nothing did for a while, or it is over."""

    CHANGED = "changed"
    QUIET = "quiet"
    OVER = "over"


class Ear:
    """One stream's. Several changes between two looks are one."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.over = False

    async def hear(self, seconds: float) -> News:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.woken.wait(), seconds)
        if self.over:
            return News.OVER
        if not self.woken.is_set():
            return News.QUIET
        self.woken.clear()
        return News.CHANGED


class Hub:
    """The ears of one process. It begins to listen with the first of them, and ends with `stop`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._ears: dict[UUID, dict[Ear, object]] = defaultdict(dict)
        self._listening: asyncio.Task[None] | None = None
        self._over = False

    def require_room(self, meeting_id: UUID, who: object) -> None:
        """Raises Refused("meeting_crowded") where `who` follows a meeting too often already."""
        if list(self._ears.get(meeting_id, {}).values()).count(who) >= MOST_STREAMS:
            raise Refused("meeting_crowded", Kind.LIMITED)

    @contextmanager
    def follow(self, meeting_id: UUID, who: object) -> Iterator[Ear]:
        ears = self._ears[meeting_id]
        ear = Ear()
        ear.over = self._over
        ears[ear] = who
        if self._listening is None and not self._over:
            self._listening = asyncio.create_task(self._listen())
        try:
            yield ear
        finally:
            del ears[ear]
            if not ears:
                self._ears.pop(meeting_id, None)

    def stop(self) -> None:
        """Every stream ends, and none begins."""
        self._over = True
        for ear in self._all():
            ear.over = True
            ear.woken.set()

    async def close(self) -> None:
        self.stop()
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    async def _listen(self) -> None:
        while not self._over:
            try:
                async for meeting_id in hear_meetings(self._house):
                    for ear in self._all() if meeting_id is None else list(self._ears.get(meeting_id, ())):
                        ear.woken.set()
            except LOST as lost:
                log.warning("meetings cannot be heard: %s", lost)
            for ear in self._all():
                ear.woken.set()
            await asyncio.sleep(DEAF)

    def _all(self) -> list[Ear]:
        return [ear for ears in self._ears.values() for ear in ears]
