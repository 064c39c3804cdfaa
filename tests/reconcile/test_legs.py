"""How queries join: which may, what the union says, and what each would have answered alone."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import pytest

from controller.model.kql import Question, Reply
from controller.model.resource import Rows
from controller.reconcile.connectivity.criteria import counting
from controller.reconcile.connectivity.legs import (
    COUNTING,
    LEGS_MOST,
    Leg,
    Shape,
    answers,
    batches,
    is_plain,
    shape,
    union,
)
from tests.kusto import Here, needs_service
from tests.reconcile.engine import COLUMNS, EngineLogs

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CONNECTED = "A_CL | summarize L = max(TimeGenerated) | project IsConnected = L > ago(7d)"
NEWEST = "A_CL | summarize Time = max(TimeGenerated) | where isnotempty(Time)"
COMMENTED = "A_CL | summarize Time = max(TimeGenerated) // the newest"
LEGS = (
    Leg(CONNECTED, Shape("IsConnected", "bool")),
    Leg(NEWEST, Shape(times=("Time",))),
    Leg(COMMENTED, Shape(times=("Time",))),
    Leg(counting("A_CL"), COUNTING),
    Leg("A_CL | project User, TimeGenerated", Shape(times=("TimeGenerated",))),
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (CONNECTED, True),
        (COMMENTED, True),
        ('A_CL | where User == "let; it | render" | take 1', True),
        ("A_CL | where User == 'a;b'", True),
        ("A_CL // let me; render\n| take 1", True),
        ("let t = A_CL; t | take 1", False),
        ("  let t = 1;\nA_CL", False),
        ("A_CL | take 1; B_CL | take 1", False),
        ("A_CL | summarize count() by User | render piechart", False),
        ("set notruncation; A_CL", False),
        (".show tables", False),
        ("A_CL | evaluate bag_unpack(User)", False),
        ("// only a comment", False),
        ("", False),
    ],
)
def test_one_statement_without_a_picture_may_stand_in_brackets(text: str, plain: bool) -> None:
    assert is_plain(text) is plain


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (Rows(("IsConnected",), ((True,),), ("bool",)), Shape("IsConnected", "bool")),
        (Rows(("Time",), (), ("datetime",)), Shape(times=("Time",))),
        (
            Rows(("User", "TimeGenerated"), (), ("string", "datetime")),
            Shape(times=("TimeGenerated",)),
        ),
        (Rows(("Count",), ((3,),), ("long",)), Shape()),
        (Rows(("Text",), (("2026-11-24",),), ("string",)), None),
        (Rows(("IsConnected",), ((1.5,),), ("real",)), None),
        (Rows(("Time",), ()), None),
        (Rows((), ()), None),
    ],
)
def test_what_it_gave_alone_says_how_it_joins(rows: Rows, expected: Shape | None) -> None:
    assert shape("A_CL | take 1", rows) == expected


def test_what_is_not_plain_does_not_join_whatever_it_gave() -> None:
    assert shape("let t = A_CL; t", Rows(("Time",), (), ("datetime",))) is None


async def test_each_leg_answers_as_it_would_alone() -> None:
    logs = EngineLogs(lambda: NOW)
    logs.table("c", "A_CL", events=3)
    joined = {leg.text: rows for leg, rows in answers(LEGS, await logs.query("c", union(LEGS)))}
    assert joined.keys() == {leg.text for leg in LEGS}
    for leg in LEGS:
        alone = await logs.query("c", leg.text)
        value = leg.shape.value
        if value is not None:
            assert joined[leg.text].first(value) == alone.first(value)
        for time in leg.shape.times:
            assert joined[leg.text].first("Time") == alone.first(time)


async def test_a_leg_without_a_row_is_left_out() -> None:
    logs = EngineLogs(lambda: NOW)
    logs.table("c", "A_CL", events=0)
    found = {leg.text for leg, _ in answers(LEGS, await logs.query("c", union(LEGS)))}
    assert NEWEST not in found
    assert CONNECTED in found


def test_kusto_finds_nothing_wrong_with_the_union() -> None:
    """Its own parser and type checker; the engine of the emulator is not Kusto's."""
    needs_service(os.environ)
    reply = Here().answer(Question(union(LEGS), {"A_CL": COLUMNS}))
    assert isinstance(reply, Reply)
    assert list(reply.mistakes) == []
    assert [tuple(column) for column in reply.columns] == [
        ("Key", "long"),
        ("Value", "string"),
        ("Time", "datetime"),
    ]


@pytest.mark.parametrize(("count", "calls"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1])])
def test_a_union_has_100_legs_at_most(count: int, calls: list[int]) -> None:
    legs = [LEGS[0]] * count
    assert [len(batch) for batch in batches(legs)] == calls
    assert LEGS_MOST == 100


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [("bool", "True", True), ("bool", "", None), ("int", "1", 1), ("string", "true", "true")],
)
def test_a_value_comes_back_as_what_it_was(type_: str, text: str, value: Any) -> None:
    leg = Leg("A", Shape("IsConnected", type_))
    ((_, rows),) = answers([leg], Rows(("Key", "Value", "Time"), ((0, text, None),)))
    assert rows.first("IsConnected") == value
