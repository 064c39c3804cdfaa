"""What leading means: from the Lease's win to its loss the queue is open and the crew at work.

A term begins with nothing remembered but what the watch has told: another may have led since.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from controller.kube.api import Api
from controller.kube.cache import Cache
from controller.kube.election import Election
from controller.kube.queue import Queue
from controller.kube.workers import Reconcile, Workers
from controller.model.facts import LeaseHeld, Tell, nobody

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Office:
    """Who leads, and what a leader does: `begin` makes a reconcile that remembers nothing."""

    election: Election
    begin: Callable[[], Reconcile]


class Terms:
    """One term after the other, until it is told to stop. Times are in seconds."""

    def __init__(
        self, office: Office, queue: Queue, *, crew: int, grace: float, tell: Tell = nobody
    ) -> None:
        """`crew` reconcile at the same time; `grace` is for them to end when told to stop."""
        self._office = office
        self._queue = queue
        self._crew = crew
        self._grace = grace
        self._tell = tell
        self._reconcile: Reconcile | None = None
        queue.close()
        tell(LeaseHeld(held=False))

    def forget(self, uid: str) -> None:
        """An object is no more."""
        if self._reconcile is not None:
            self._reconcile.forget(uid)

    async def serve(self, api: Api, cache: Cache, over: asyncio.Event) -> None:
        """Leads whenever it may until `over` is set; resigns once nothing writes any more."""
        try:
            while await _before(over, self._office.election.win()):
                await self._term(api, cache, over)
        finally:
            await self._office.election.resign()

    async def _term(self, api: Api, cache: Cache, over: asyncio.Event) -> None:
        reconcile = self._reconcile = self._office.begin()
        workers = Workers(api, self._queue, cache, reconcile, _wall_clock, self._tell)
        self._tell(LeaseHeld(held=True))
        self._queue.open()
        cache.queue_everything()
        keeping = asyncio.create_task(self._office.election.keep())
        told = asyncio.create_task(_wait(over))
        crew = [asyncio.create_task(workers.work()) for _ in range(self._crew)]
        try:
            await asyncio.wait([keeping, told, *crew], return_when=asyncio.FIRST_COMPLETED)
            self._queue.close()
            if not keeping.done():
                await self._drain(crew, keeping)
        finally:
            self._reconcile = None
            self._tell(LeaseHeld(held=False))
            await cancelled([keeping, told, *crew])
        raise_failures([keeping, *crew])

    async def _drain(self, crew: list[asyncio.Task[None]], keeping: asyncio.Task[None]) -> None:
        """Lets the crew end what it does, for as long as this process leads."""
        everyone = asyncio.ensure_future(asyncio.wait(crew))
        await asyncio.wait(
            [everyone, keeping], timeout=self._grace, return_when=asyncio.FIRST_COMPLETED
        )
        everyone.cancel()
        busy = sum(not task.done() for task in crew)
        if busy and not keeping.done():
            logger.warning(
                "%d reconcile(s) did not end in %g s and are cut off.", busy, self._grace
            )


def _wall_clock() -> datetime:
    return datetime.now(UTC)


async def _before(over: asyncio.Event, won: Coroutine[Any, Any, None]) -> bool:
    """Whether it is won before it is over; what is not needed any more is ended."""
    winning, told = asyncio.create_task(won), asyncio.create_task(_wait(over))
    try:
        await asyncio.wait([winning, told], return_when=asyncio.FIRST_COMPLETED)
        return not over.is_set()
    finally:
        await cancelled([winning, told])
        raise_failures([winning])


async def cancelled(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Returns when none of them runs any more."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def raise_failures(futures: Iterable[asyncio.Future[None]]) -> None:
    """The first error of those that have ended, if any."""
    for future in futures:
        if future.done() and not future.cancelled() and (error := future.exception()) is not None:
            raise error


async def _wait(event: asyncio.Event) -> None:
    await event.wait()
