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
    """When the watch was last known to miss nothing. `clock` gives seconds that only grow.

    A watch that missed something is in doubt until it tells anything again: a LIST that finds
    nothing more to heal does not say that it lives. Safe in any thread but for `beat`.
    """

    def __init__(self, interval: float, clock: Callable[[], float]) -> None:
        self.limit = MISSED_BEATS * interval
        """seconds without a proof after which the watch counts as dead"""
        self._clock = clock
        self._last = self._spared = clock()
        self._doubted: set[str | None] = set()

    def beat(self) -> None:
        """A LIST of everything found nothing that the watch had missed."""
        if not self._doubted:
            self._last = self._spared = self._clock()

    def missed(self, stream: str | None) -> None:
        """The watch on that namespace (None: on all) has missed something."""
        self._doubted.add(stream)

    def heard(self, stream: str | None) -> None:
        """The watch on that namespace has told something."""
        self._doubted.discard(stream)

    def spare(self) -> None:
        """Nobody can tell, since the API server does not answer: a restart would not help."""
        self._spared = self._clock()

    def age(self) -> float:
        """Seconds since the last proof, whoever is to blame."""
        return self._clock() - self._last

    def silence(self) -> float | None:
        """How long the watch is dead, in seconds, None while it may live or nobody can tell."""
        silent = self._clock() - max(self._last, self._spared)
        return silent if silent > self.limit else None


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
            answers = [await self._look(namespace) for namespace in scopes(self.namespaces)]
            if all(answers):
                self.heartbeat.beat()
            else:
                self.heartbeat.spare()

    async def _look(self, namespace: str | None) -> bool:
        """Whether the API server answered."""
        try:
            missed = await self.once(namespace)
        except ApiError as error:
            logger.warning("%s; listing again in %g s", error, self.interval)
            return False
        if missed:
            self.heartbeat.missed(namespace)
            logger.warning("The watch missed %d change(s); they are queued now.", missed)
        return True

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
