"""The operator's own LIST: heals what the watch missed, and so proves that the watch lives.

A watch can die without an error and never reports what was deleted while it was down.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from controller.kube import connectors
from controller.kube.api import Api, ApiError
from controller.kube.cache import Cache
from controller.kube.objects import work_of
from controller.kube.queue import Key

logger = logging.getLogger(__name__)

MISSED_BEATS = 3
"""how many intervals in a row the watch may have missed something before it counts as dead"""


class Heartbeat:
    """When the watch was last known to be alive. `clock` gives seconds that only grow."""

    def __init__(self, interval: float, clock: Callable[[], float]) -> None:
        self._limit = MISSED_BEATS * interval
        self._clock = clock
        self._last = clock()

    def beat(self) -> None:
        self._last = self._clock()

    def age(self) -> float:
        """Seconds since the last beat. Safe in any thread."""
        return self._clock() - self._last

    def silence(self) -> float | None:
        """Seconds since the last beat if that is too long, else None. Safe in any thread."""
        silent = self.age()
        return silent if silent > self._limit else None


def scopes(namespaces: tuple[str, ...] | None) -> tuple[str | None, ...]:
    """What is listed, a LIST each: the namespaces served, or all at once."""
    return (None,) if namespaces is None else namespaces


@dataclass(frozen=True, slots=True)
class Relist:
    """Compares the cache with a metadata-only LIST every `interval` seconds.

    `namespaces` None means all. An object is read whole only where the two differ.
    """

    api: Api
    cache: Cache
    heartbeat: Heartbeat
    namespaces: tuple[str, ...] | None
    interval: float

    async def forever(self) -> None:
        while True:
            await asyncio.sleep(self.interval)
            missed = 0
            for namespace in scopes(self.namespaces):
                try:
                    missed += await self.once(namespace)
                except ApiError as error:
                    # a restart would not help, so the heart goes on beating
                    logger.warning("%s; listing again in %g s", error, self.interval)
            if missed:
                logger.warning("The watch missed %d change(s); they are queued now.", missed)
            else:
                self.heartbeat.beat()

    async def once(self, namespace: str | None) -> int:
        """Heals the cache of one namespace, None: of all; how many objects the watch had missed.

        Raises ApiError.
        """
        listed = await connectors.metadata(self.api, namespace)
        told = {connector.key: work_of(connector) for connector in listed}
        suspects = [
            key
            for key in {**told, **dict.fromkeys(self.cache.keys())}
            if namespace in (None, key[0]) and told.get(key) != self.cache.work(key)
        ]
        return sum([await self._heal(key) for key in suspects])

    async def _heal(self, key: Key) -> bool:
        """Reads the object anew: the LIST may be older by now than what the watch told."""
        newest = await connectors.read(self.api, *key)
        if newest is not None:
            return self.cache.saw(newest)
        held = self.cache.get(key)
        return held is not None and self.cache.lost(key, held.uid)
