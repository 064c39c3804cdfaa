"""Which connector is reconciled next, and when. Knows keys and lanes, neither Kubernetes nor Azure.

One entry a key: what comes again while it waits is merged, what comes while it runs makes it run
again afterwards. Two runs of one key never overlap.
"""

import asyncio
import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from itertools import count

from controller.model.facts import Tell, Waited, nobody

Key = tuple[str, str]
"""namespace and name"""


class Lane(IntEnum):
    """Which of the entries that are due goes first: a lower lane waits for all above it."""

    SPEC_CHANGE = 0
    RESYNC = 1


@dataclass(slots=True)
class _Entry:
    """What a key waits for. `due` is on the queue's clock; `ticket` names its newest heap item."""

    lane: Lane
    due: float
    ticket: int = 0


class Queue:
    """A priority queue with delays. Not thread-safe: all calls come from one event loop.

    `clock` gives seconds that only grow, at the pace of the event loop's own. `tell` learns how
    long each entry that was due had to wait.
    Adding and taking cost O(log n): what was overridden stays in its heap until it surfaces.
    """

    def __init__(self, clock: Callable[[], float], tell: Tell = nobody) -> None:
        self._clock = clock
        self._tell = tell
        self._waiting: dict[Key, _Entry] = {}
        self._running: set[Key] = set()
        self._later: list[tuple[float, int, Key]] = []
        self._ready: list[tuple[Lane, float, int, Key]] = []
        self._tickets = count(1)
        self._wake = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        """How many keys wait, due or not."""
        return len(self._waiting)

    def add(self, key: Key, lane: Lane, *, delay: float = 0) -> None:
        """Asks for a run of the key in `delay` seconds; of several wishes the earliest counts.

        The lane is the most urgent of those wished for.
        """
        due = self._clock() + delay
        held = self._waiting.get(key)
        if held is not None and held.lane <= lane and held.due <= due:
            return
        if held is not None:
            lane, due = min(held.lane, lane), min(held.due, due)
        self._waiting[key] = _Entry(lane, due)
        if key not in self._running:
            self._push(key)

    def forget(self, key: Key) -> None:
        """Drops the wishes for a key: its object is gone. A run under way is not disturbed."""
        self._waiting.pop(key, None)

    def take(self) -> Key | None:
        """The key whose turn it is, None when nothing is due. It runs until `done(key)`."""
        self._promote()
        while self._ready:
            *_, ticket, key = heapq.heappop(self._ready)
            if self._current(key, ticket):
                self._hand_out(key)
                return key
        return None

    def _hand_out(self, key: Key) -> None:
        entry = self._waiting.pop(key)
        self._running.add(key)
        self._tell(Waited(entry.lane.name.lower(), self._clock() - entry.due))

    def done(self, key: Key) -> None:
        """Ends the run of a key; what was wished for meanwhile now has its turn."""
        self._running.discard(key)
        if key in self._waiting:
            self._push(key)

    async def get(self) -> Key | None:
        """Waits for the next key that is due; None once the queue is closed."""
        while not self._closed:
            if (key := self.take()) is not None:
                return key
            self._wake.clear()
            with self._alarm():
                await self._wake.wait()
        return None

    def waiting(self) -> Mapping[str, int]:
        """How many keys are due, by lane, and how many wait for their time (`later`)."""
        now = self._clock()
        due = Counter(
            entry.lane.name.lower() for entry in self._waiting.values() if entry.due <= now
        )
        lanes = {lane.name.lower(): due[lane.name.lower()] for lane in Lane}
        return {**lanes, "later": len(self._waiting) - due.total()}

    def close(self) -> None:
        """Hands out nothing more; whoever waits in `get` is let go."""
        self._closed = True
        self._wake.set()

    def open(self) -> None:
        """Hands out again, and begins anew: what waited before is forgotten."""
        self._closed = False
        self._waiting.clear()
        self._later.clear()
        self._ready.clear()

    def _push(self, key: Key) -> None:
        entry = self._waiting[key]
        entry.ticket = next(self._tickets)
        heapq.heappush(self._later, (entry.due, entry.ticket, key))
        self._wake.set()

    def _promote(self) -> None:
        now = self._clock()
        while self._later and self._later[0][0] <= now:
            due, ticket, key = heapq.heappop(self._later)
            if self._current(key, ticket):
                heapq.heappush(self._ready, (self._waiting[key].lane, due, ticket, key))

    def _current(self, key: Key, ticket: int) -> bool:
        entry = self._waiting.get(key)
        return entry is not None and entry.ticket == ticket

    @contextmanager
    def _alarm(self) -> Iterator[None]:
        """Wakes us when the earliest delay ends."""
        if not self._later:
            yield
            return
        delay = max(0.0, self._later[0][0] - self._clock())
        timer = asyncio.get_running_loop().call_later(delay, self._wake.set)
        try:
            yield
        finally:
            timer.cancel()
