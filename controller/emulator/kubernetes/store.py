"""Objects by key, one revision for all of them, and the log that watches replay.

Decides nothing about their content. Stored objects are never changed in place: a writer puts a
new one, so that a reader may hold what it got.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple

from controller.emulator.kubernetes import errors
from controller.emulator.kubernetes.errors import Json

LOG_LENGTH = 10_000


class Key(NamedTuple):
    """Where an object is; `namespace` is empty for cluster-scoped kinds."""

    group: str
    plural: str
    namespace: str
    name: str


class Change(NamedTuple):
    """One entry of the log; `before` is None for a creation, `after` for a removal."""

    revision: int
    key: Key
    before: Json | None
    after: Json | None


class Store:
    """All objects of one API; not thread-safe, made for one event loop."""

    def __init__(self, *, log_length: int = LOG_LENGTH) -> None:
        self.revision = 1  # 0 has a meaning of its own in requests
        self._objects: dict[tuple[str, str], dict[tuple[str, str], Json]] = {}
        self._log: deque[Change] = deque(maxlen=log_length)
        self._watches: set[asyncio.Queue[Change | None]] = set()

    def get(self, key: Key) -> Json | None:
        return self._objects.get(key[:2], {}).get(key[2:])

    def select(self, group: str, plural: str, namespace: str = "") -> list[Json]:
        """The objects of one kind, of one namespace if given, in the order of their names."""
        kept = self._objects.get((group, plural), {})
        return [kept[key] for key in sorted(kept) if not namespace or key[0] == namespace]

    def in_namespace(self, namespace: str) -> list[Key]:
        return [
            Key(*kind, *key)
            for kind, kept in self._objects.items()
            for key in kept
            if key[0] == namespace
        ]

    def put(self, key: Key, body: Json) -> Json:
        """Stores `body` under a new resourceVersion and returns what was stored."""
        before = self.get(key)
        self.revision += 1
        stored = _at(body, self.revision)
        self._objects.setdefault(key[:2], {})[key[2:]] = stored
        self._note(Change(self.revision, key, before, stored))
        return stored

    def remove(self, key: Key) -> Json:
        """Takes the object away; its last state, at the revision of the removal, is returned."""
        gone = self._objects[key[:2]].pop(key[2:])
        self.revision += 1
        last = _at(gone, self.revision)
        self._note(Change(self.revision, key, last, None))
        return last

    def since(self, revision: int) -> list[Change]:
        """Every change after `revision`; raises the 410 of Kubernetes if the log starts later."""
        oldest = self._log[0].revision if self._log else self.revision + 1
        if revision < oldest - 1:
            raise errors.expired(revision, oldest)
        return [change for change in self._log if change.revision > revision]

    def subscribe(self) -> asyncio.Queue[Change | None]:
        """A queue that gets every change from now on, and None once the store closes."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self._watches.add(queue)
        return queue

    def unsubscribe(self, queue: asyncio.Queue[Change | None]) -> None:
        self._watches.discard(queue)

    def close(self) -> None:
        for queue in self._watches:
            queue.put_nowait(None)

    def _note(self, change: Change) -> None:
        self._log.append(change)
        for queue in self._watches:
            queue.put_nowait(change)


def _at(body: Json, revision: int) -> Json:
    return {**body, "metadata": {**body["metadata"], "resourceVersion": str(revision)}}
