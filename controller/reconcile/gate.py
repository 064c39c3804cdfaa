"""Whose turn it is to write, over all connectors of this process, and what is not written again.

A resource may be wanted by several connectors (an endpoint, a table): whoever comes second
sees by `version` that its reading is old, reads again, and finds nothing to do.
"""

import asyncio
from collections.abc import Mapping
from weakref import WeakValueDictionary

from controller.model.resource import Serial


class Gate:
    """One lock for each resource, or for all of Sentinel in one workspace."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._versions: dict[str, int] = {}
        self._stopped: dict[str, frozenset[str]] = {}
        self._sent: dict[str, str] = {}

    def version(self, resource_id: str) -> int:
        """How often this process has written the resource."""
        return self._versions.get(resource_id.casefold(), 0)

    def wrote(self, resource_id: str) -> None:
        self._versions[resource_id.casefold()] = self.version(resource_id) + 1

    def repeats(self, resource_id: str, fingerprint: str) -> bool:
        """Whether what is about to be wanted of the resource was the last that was wanted of it."""
        before = self._sent.get(resource_id.casefold())
        self._sent[resource_id.casefold()] = fingerprint
        return before == fingerprint

    def turn(self, resource_id: str, serial: Serial) -> asyncio.Lock:
        """The lock to hold from the last reading to the end of the write."""
        key = resource_id.casefold()
        if serial is Serial.WORKSPACE:
            key = key.rpartition("/providers/")[0]
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock

    def stop(self, resource_id: str, lost: frozenset[str]) -> None:
        """A write of ours lost these of its columns."""
        self._stopped[resource_id.casefold()] = lost

    def recall(self, losses: Mapping[str, frozenset[str]]) -> None:
        """What an operator before this one lost, by resource id."""
        for resource_id, lost in losses.items():
            self.stop(resource_id, lost)

    def stopped(self, resource_id: str) -> frozenset[str]:
        """The columns that have to be there again before it is written; empty: it may be."""
        return self._stopped.get(resource_id.casefold(), frozenset())

    def resume(self, resource_id: str) -> None:
        """It has all of them again, or was deleted."""
        self._stopped.pop(resource_id.casefold(), None)
