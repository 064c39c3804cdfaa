"""500 connectors in 10 workspaces: what their questions cost, and that each gets its own answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from controller.reconcile.connectivity.criteria import Questions
from tests.reconcile.test_collector import (
    MISSING_COLUMN,
    MISSING_TABLE,
    SYNTAX,
    Room,
    questions,
    words,
)

PLACES, EACH = 10, 50
INTERVAL = timedelta(seconds=300)
BROKEN = {1: MISSING_TABLE, 2: MISSING_COLUMN, 3: SYNTAX}
"""number of the connector in the first workspace -> its question"""
SAID = {1: "Unknown/TableNotFound", 2: "Unknown/TableNotFound", 3: "Unknown/QueryFailed"}


@pytest.mark.timeout(300)
async def test_the_third_round_of_500_connectors_costs_20_calls_and_one_for_each_broken_query() -> (
    None
):
    room = Room()
    room.logs.stands_for_all = "w0"
    for own in range(EACH):
        room.logs.table("w0", f"T{own}_CL", events=own % 2)
    numbers = range(PLACES * EACH)
    asked = [_questions(*divmod(number, EACH)) for number in numbers]
    expected = [_expected(*divmod(number, EACH)) for number in numbers]
    workers = asyncio.Semaphore(8)

    async def ask(one: Questions) -> str:
        async with workers:
            answer = await room.collector.ask(one, room.clock() - INTERVAL / 2)
            room.collector.expect(one, answer.at + INTERVAL / 2)
            return words(answer)

    costs = []
    for _ in range(3):
        room.logs.asked.clear()
        said = await asyncio.gather(*map(ask, asked))
        assert list(said) == expected
        costs.append(len(room.logs.asked))
        room.clock.forward(seconds=INTERVAL.total_seconds())

    assert costs[2] <= 20 + len(BROKEN), costs


def _questions(place: int, own: int) -> Questions:
    table, broken = f"T{own}_CL", BROKEN.get(own, "") if place == 0 else ""
    return questions(table, ask=broken, place=f"w{place}", own=(table,))


def _expected(place: int, own: int) -> str:
    if place == 0 and own in SAID:
        return SAID[own]
    return "True/Connected" if own % 2 else "False/NoData"
