"""Many connectors ask together: who shares a call, who goes alone; each gets its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import QueryError, Rows
from controller.reconcile.connectivity.collector import Answered, Collector
from controller.reconcile.connectivity.criteria import Criterion, Questions
from tests.reconcile.engine import EngineLogs
from tests.reconcile.fakes import Clock

PLACE = "workspace-1"
MISSING_TABLE = "Gone_CL | project IsConnected = true"
MISSING_COLUMN = "T0_CL | project IsConnected = Nowhere > 1"
SYNTAX = "T0_CL | project IsConnected = ("


def connected(table: str) -> str:
    return f"{table} | summarize L = max(TimeGenerated) | project IsConnected = L > ago(7d)"


def newest(table: str) -> str:
    return f"{table} | summarize Time = max(TimeGenerated) | where isnotempty(Time)"


def questions(
    table: str, *, ask: str = "", place: str = PLACE, own: tuple[str, ...] = ()
) -> Questions:
    return Questions(
        customer_id=place,
        criteria=(Criterion("IsConnectedQuery", (ask or connected(table),)),),
        match_some=False,
        last_received=(newest(table),),
        has_connector=True,
        own_tables=own,
    )


class Room:
    """A collector, the Log Analytics behind it, and a clock that only we move."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.logs = EngineLogs(self.clock)
        self.collector = Collector(self.logs, self.clock)

    async def all_ask(
        self, asked: Sequence[Questions], since: datetime | None = None
    ) -> list[Answered]:
        """At the same moment."""
        self.logs.asked.clear()
        return await asyncio.gather(*(self.collector.ask(one, since) for one in asked))

    async def settle(self, asked: Sequence[Questions]) -> None:
        """Each text has run alone, and five minutes have passed."""
        await self.all_ask(asked)
        self.clock.forward(minutes=5)

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.logs.asked]


@pytest.fixture
def room() -> Room:
    return Room()


def words(answer: Answered) -> str:
    verdict = answer.connectivity.verdict
    return f"{verdict.status}/{verdict.reason}"


async def test_every_text_runs_alone_first(room: Room) -> None:
    room.logs.table(PLACE, "T0_CL")
    await room.all_ask([questions("T0_CL")])
    assert sorted(room.texts) == sorted([connected("T0_CL"), newest("T0_CL")])


async def test_then_all_of_a_workspace_are_one_call(room: Room) -> None:
    asked = [questions(f"T{n}_CL") for n in range(20)]
    for n in range(20):
        room.logs.table(PLACE, f"T{n}_CL", events=n % 2)
    await room.settle(asked)
    answers = await room.all_ask(asked)
    assert len(room.texts) == 1
    assert [words(one) for one in answers] == ["False/NoData", "True/Connected"] * 10


async def test_the_same_text_of_two_connectors_is_one_question(room: Room) -> None:
    room.logs.table(PLACE, "T0_CL")
    await room.all_ask([questions("T0_CL"), questions("T0_CL")])
    assert len(room.texts) == 2


async def test_workspaces_are_asked_apart(room: Room) -> None:
    for place in ("a", "b"):
        room.logs.table(place, "T0_CL", events=1 if place == "a" else 0)
    asked = [questions("T0_CL", place=place) for place in ("a", "b")]
    await room.settle(asked)
    answers = await room.all_ask(asked)
    assert [words(one) for one in answers] == ["True/Connected", "False/NoData"]
    assert room.logs.calls() == {"a": 1, "b": 1}


async def test_broken_queries_go_alone_and_spoil_nobody_s_answer(room: Room) -> None:
    room.logs.table(PLACE, "T0_CL")
    broken = [questions("T0_CL", ask=text) for text in (MISSING_TABLE, MISSING_COLUMN, SYNTAX)]
    asked = [questions("T0_CL"), *broken]
    await room.settle(asked)
    answers = await room.all_ask(asked)
    assert [words(one) for one in answers] == [
        "True/Connected",
        "Unknown/TableNotFound",
        "Unknown/TableNotFound",
        "Unknown/QueryFailed",
    ]
    assert len(room.texts) == 4


async def test_a_broken_query_is_asked_ever_more_slowly(room: Room) -> None:
    room.logs.table(PLACE, "T0_CL")
    asked = [questions("T0_CL", ask=SYNTAX)]
    tries = []
    for minute in range(60):
        since = room.clock() - timedelta(seconds=30) if minute else None
        await room.all_ask(asked, since)
        if SYNTAX in room.texts:
            tries.append(minute)
        room.clock.forward(minutes=1)
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps == sorted(gaps)
    assert 10 <= max(gaps) <= 30


async def test_a_broken_query_that_is_mended_joins_again(room: Room) -> None:
    room.logs.table(PLACE, "T0_CL")
    late = questions("Late_CL")
    await room.settle([questions("T0_CL"), late])
    room.logs.table(PLACE, "Late_CL")
    (answer,) = await room.all_ask([late])
    assert words(answer) == "True/Connected"
    room.clock.forward(minutes=5)
    await room.all_ask([questions("T0_CL"), late])
    assert len(room.texts) == 1


async def test_a_table_that_vanished_is_not_taken_for_a_silent_one(room: Room) -> None:
    """isfuzzy hides it: its leg gives no row, so it is asked alone before that counts."""
    asked = [questions("T0_CL"), questions("T1_CL")]
    for n in range(2):
        room.logs.table(PLACE, f"T{n}_CL")
    await room.settle(asked)
    room.logs.engine.drop_table(PLACE, "T1_CL")
    answers = await room.all_ask(asked)
    assert [words(one) for one in answers] == ["True/Connected", "Unknown/TableNotFound"]
    assert connected("T1_CL") in room.texts


async def test_a_union_that_fails_is_halved_until_the_culprit_is_alone(room: Room) -> None:
    asked = [questions(f"T{n}_CL") for n in range(8)]
    for n in range(8):
        room.logs.table(PLACE, f"T{n}_CL")
    await room.settle(asked)

    whole = room.logs.query

    async def query(customer_id: str, kql: str) -> Rows:
        if "T5_CL" in kql:
            room.logs.asked.append((customer_id, kql))
            raise QueryError("The column type of T5_CL has changed.")
        return await whole(customer_id, kql)

    room.logs.query = query  # type: ignore[method-assign]
    answers = await room.all_ask(asked)
    assert [words(one) for one in answers].count("True/Connected") == 7
    assert words(answers[5]) == "Unknown/QueryFailed"
    room.clock.forward(minutes=5)
    await room.all_ask(asked)
    assert len(room.texts) == 3  # the others together, the two of the culprit alone


async def test_what_nobody_may_ask_is_asked_once_a_round(room: Room) -> None:
    asked = [questions(f"T{n}_CL") for n in range(20)]
    room.logs.fault = Stalled(Reason.ACCESS_DENIED, "No right to query.")
    answers = await room.all_ask(asked)
    assert {words(one) for one in answers} == {"Unknown/AccessDenied"}
    assert len(room.texts) == 1


async def test_an_answer_that_is_new_enough_is_shared(room: Room) -> None:
    room.logs.table(PLACE, "T0_CL")
    asked = [questions("T0_CL")]
    await room.all_ask(asked)
    room.clock.forward(seconds=60)
    (shared,) = await room.all_ask(asked, since=room.clock() - timedelta(seconds=90))
    assert room.texts == []
    assert room.clock() - shared.at == timedelta(seconds=60)
    await room.all_ask(asked, since=room.clock() - timedelta(seconds=30))
    assert room.texts != []


async def test_what_others_will_come_for_soon_goes_along(room: Room) -> None:
    asked = [questions("T0_CL"), questions("T1_CL")]
    for n in range(2):
        room.logs.table(PLACE, f"T{n}_CL")
    await room.settle(asked)
    room.collector.expect(asked[1], room.clock())
    await room.all_ask([asked[0]])
    assert len(room.texts) == 1
    await room.all_ask([asked[1]], since=room.clock())
    assert room.texts == []


async def test_events_are_counted_for_the_object_s_own_tables(room: Room) -> None:
    room.logs.table(PLACE, "T0_CL", events=3)
    asked = [questions("T0_CL", own=("T0_CL",))]
    await room.settle(asked)
    room.clock.forward(hours=2)
    room.logs.send(PLACE, "T0_CL", 2)
    (answer,) = await room.all_ask(asked)
    assert answer.connectivity.counts == (2, 5)


async def test_the_newest_event_comes_out_of_the_union_too(room: Room) -> None:
    room.logs.table(PLACE, "T0_CL")
    sent = room.clock()
    await room.settle([questions("T0_CL")])
    (answer,) = await room.all_ask([questions("T0_CL")])
    assert answer.connectivity.last_received == sent
