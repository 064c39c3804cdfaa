"""When a call may begin: places, a stretch of time, a pause that the service asked for."""

import asyncio

from controller.azure.limiter import Limit, Limiter


class Time:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def limiter(time: Time, **limit: float) -> Limiter:
    values = {"at_a_time": 5, "calls": 200, "seconds": 30, **limit}
    return Limiter(Limit(**values), clock=time, sleep=time.sleep)  # type: ignore[arg-type] # ints


async def begun(gate: Limiter, time: Time, count: int) -> list[float]:
    """When each of so many calls began, one after the other."""
    times = []
    for _ in range(count):
        async with gate.turn():
            times.append(time.now - 100)
    return times


async def test_no_more_calls_begin_within_the_stretch_than_the_limit_says() -> None:
    time = Time()
    times = await begun(limiter(time, calls=3, seconds=30), time, 8)
    assert times == [0, 0, 0, 30, 30, 30, 60, 60]


async def test_calls_that_lie_apart_wait_for_nothing() -> None:
    time = Time()
    gate = limiter(time, calls=2, seconds=30)
    first = await begun(gate, time, 1)
    time.now += 20
    assert first + await begun(gate, time, 1) == [0, 20]
    assert await begun(gate, time, 2) == [30, 50]


async def test_no_call_begins_while_the_service_wants_rest() -> None:
    time = Time()
    gate = limiter(time)
    gate.rest(7)
    gate.rest(2)
    assert await begun(gate, time, 2) == [7, 7]


async def test_so_many_are_in_flight_at_a_time() -> None:
    gate = limiter(Time(), at_a_time=2)
    running, most = 0, 0

    async def call() -> None:
        nonlocal running, most
        async with gate.turn():
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(call() for _ in range(9)))
    assert most == 2
