"""One call for all who ask for the same thing at the same time. Keeps no result."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """Calls in the air by their key. A waiter that is cancelled leaves the call to the others."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[T]] = {}

    async def share(self, key: Hashable, start: Callable[[], Awaitable[T]]) -> T:
        """The result, or the failure, of the call in the air for this key; starts one if none."""
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.create_task(_run(start))
            self._tasks[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Ends the calls that are still in the air."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _landed(self, key: Hashable, task: "asyncio.Task[T]") -> None:
        del self._tasks[key]
        if not task.cancelled():
            # marks a failure as seen: all who waited may have been cancelled
            task.exception()


async def _run(start: Callable[[], Awaitable[T]]) -> T:
    return await start()
