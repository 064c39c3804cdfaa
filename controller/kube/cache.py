"""The newest known state of every connector, and whether what the API server tells is new work.

Decides nothing about order or time: new work goes to the queue.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, overload

from controller.kube.objects import Work, work_of
from controller.kube.queue import Key, Lane, Queue
from controller.model.connector import Connector


@dataclass(slots=True)
class _Held:
    """`work` is what was last queued; `applied` the status that this process wrote last."""

    connector: Connector
    work: Work
    applied: Mapping[str, Any] | None = None


class Others(Sequence[Connector]):
    """Every connector in the cache but one, looked up when asked for."""

    def __init__(self, held: Mapping[Key, _Held], but: Key) -> None:
        self._held = held
        self._but = but

    def __iter__(self) -> Iterator[Connector]:
        # a copy: whoever iterates may await while the watch changes the cache
        for key, entry in list(self._held.items()):
            if key != self._but:
                yield entry.connector

    def __len__(self) -> int:
        return len(self._held) - (self._but in self._held)

    @overload
    def __getitem__(self, index: int) -> Connector: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Connector]: ...
    def __getitem__(self, index: int | slice) -> Connector | Sequence[Connector]:
        if isinstance(index, slice):
            return list(self)[index]
        found = list(islice(self, index, index + 1)) if index >= 0 else list(self)[index:][:1]
        if not found:
            raise IndexError(index)
        return found[0]


class Cache:
    """Filled by the watch, the LIST and our own writes; feeds the queue.

    `forgotten` is told the uid of every object that is no more.
    """

    def __init__(self, queue: Queue, forgotten: Callable[[str], None]) -> None:
        self._queue = queue
        self._forgotten = forgotten
        self._held: dict[Key, _Held] = {}

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Key) -> Connector | None:
        held = self._held.get(key)
        return held.connector if held else None

    def keys(self) -> Iterable[Key]:
        return tuple(self._held)

    def connectors(self) -> Sequence[Connector]:
        """All of them, as they are now."""
        return tuple(held.connector for held in self._held.values())

    def work(self, key: Key) -> Work | None:
        """What was last queued for the key, None when no such object is known."""
        held = self._held.get(key)
        return held.work if held else None

    def others(self, key: Key) -> Sequence[Connector]:
        return Others(self._held, key)

    def saw(self, connector: Connector) -> bool:
        """Takes a state told by the API server; whether it is new work, which is then queued."""
        held, work = self._held.get(connector.key), work_of(connector)
        if held is None or held.connector.uid != connector.uid:
            if held is not None:
                self._forgotten(held.connector.uid)
            self._held[connector.key] = _Held(connector, work)
            self._queue.add(connector.key, _first_lane(connector))
            return True
        if connector.generation < held.work.generation:
            # the watch is behind what we read ourselves: it would take the spec back
            return False
        held.connector = connector
        if work == held.work:
            return False
        held.work = work
        self._queue.add(connector.key, Lane.SPEC_CHANGE)
        return True

    def wrote(self, connector: Connector, *, applied: Mapping[str, Any] | None = None) -> None:
        """Takes the answer to a write of ours, so that the next write starts from there.

        An answer that asks for other work than was queued is left aside: the watch, which may have
        overtaken it, has told or will tell; the next write meets a 409 and reads again.
        """
        held = self._held.get(connector.key)
        if held is None or held.connector.uid != connector.uid:
            return
        if work_of(connector) == held.work:
            held.connector = connector
        held.applied = applied if applied is not None else held.applied

    def applied(self, key: Key) -> Mapping[str, Any] | None:
        """The status that this process wrote last."""
        held = self._held.get(key)
        return held.applied if held else None

    def queue_everything(self) -> None:
        """Every object is new work, and what this process wrote before no longer counts."""
        for key, held in self._held.items():
            held.applied = None
            self._queue.add(key, _first_lane(held.connector))

    def lost(self, key: Key, uid: str) -> bool:
        """The object is no more; whether it was known."""
        held = self._held.get(key)
        if held is None or held.connector.uid != uid:
            return False
        del self._held[key]
        self._queue.forget(key)
        self._forgotten(uid)
        return True


def _first_lane(connector: Connector) -> Lane:
    """At a start, or a new leader's, everything is looked at: only what asks for work hurries."""
    status = connector.status
    settled = (
        not connector.deleting
        and status.get("observedGeneration") == connector.generation
        and status.get("lastHandledReconcileAt") == connector.requested
    )
    return Lane.RESYNC if settled else Lane.SPEC_CHANGE
