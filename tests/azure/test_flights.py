"""One call for all who ask for the same thing at the same time."""

import asyncio

import pytest

from controller.azure.flights import Flights


async def test_a_waiter_that_is_cancelled_leaves_the_call_to_the_others() -> None:
    flights: Flights[int] = Flights()
    go_on = asyncio.Event()

    async def call() -> int:
        await go_on.wait()
        return 7

    impatient = asyncio.create_task(flights.share("a", call))
    patient = asyncio.create_task(flights.share("a", call))
    await asyncio.sleep(0)
    impatient.cancel()
    go_on.set()

    assert await patient == 7
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_after_landing_the_next_asks_again() -> None:
    flights: Flights[int] = Flights()
    numbers = iter(range(5))

    async def call() -> int:
        return next(numbers)

    assert [await flights.share("a", call), await flights.share("a", call)] == [0, 1]


async def test_closing_ends_what_is_in_the_air() -> None:
    flights: Flights[None] = Flights()
    waiter = asyncio.create_task(flights.share("a", asyncio.Event().wait))  # type: ignore[arg-type] # its result is of no matter
    await asyncio.sleep(0)
    await flights.close()

    with pytest.raises(asyncio.CancelledError):
        await waiter
