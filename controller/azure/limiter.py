"""How fast one principal may ask one service. Decides when a call may begin, not what it asks."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `at_a_time` calls in flight, and `calls` begun within any `seconds`."""

    at_a_time: int
    calls: int
    seconds: float


class Limiter:
    """One limit for all who share it; first come, first served.

    `clock` gives seconds that only grow, `sleep` waits on the same clock.
    """

    def __init__(
        self,
        limit: Limit,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._sleep = sleep
        self._places = asyncio.Semaphore(limit.at_a_time)
        self._turn = asyncio.Lock()
        self._begun: deque[float] = deque()
        self._rests_until = clock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits until a call may begin, and holds its place until it has ended."""
        async with self._places:
            async with self._turn:
                await self._wait()
                self._begun.append(self._clock())
            yield

    def rest(self, seconds: float) -> None:
        """No call begins for so long: the service has said that there were too many."""
        self._rests_until = max(self._rests_until, self._clock() + seconds)

    async def _wait(self) -> None:
        """One waits at a time, so that nobody overtakes."""
        while (wait := self._missing()) > 0:
            await self._sleep(wait)

    def _missing(self) -> float:
        now = self._clock()
        while self._begun and self._begun[0] <= now - self._limit.seconds:
            self._begun.popleft()
        full = len(self._begun) >= self._limit.calls
        free_at = self._begun[0] + self._limit.seconds if full else now
        return max(free_at, self._rests_until) - now
