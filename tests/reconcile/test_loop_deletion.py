"""The finalizer of an object, and its end."""

from dataclasses import replace
from typing import Any

import pytest

from controller.model.connector import (
    FINALIZER,
    ON_DELETE,
    Outcome,
)
from controller.model.errors import Conflict, Fault, Stalled, Transient, Waiting
from controller.model.reasons import Reason
from tests.reconcile.fakes import call, rows
from tests.reconcile.samples import ENDPOINT, RULE, TABLE, connector
from tests.reconcile.scene import Scene, ready

LOST = Transient(Reason.AZURE_UNAVAILABLE, "No answer.")
DENIED = Stalled(Reason.ACCESS_DENIED, "No right to do that.")
YOUNG = Waiting(Reason.WAITING_FOR_TABLE, "The table is young.")


RETAIN: dict[str, Any] = {"policy": {"deletion": {"created": "Retain"}}}


async def test_a_finalizer_that_somebody_removed_comes_back() -> None:
    scene = await ready()
    scene.held = replace(scene.held, finalizers=("theirs",))
    await scene.walk()
    assert scene.held.finalizers == ("theirs", FINALIZER)


async def test_no_finalizer_comes_back_while_nothing_would_be_deleted() -> None:
    scene = Scene(connector(**RETAIN))
    await scene.run()
    await scene.walk()
    assert scene.held.finalizers == ()


async def test_the_finalizer_goes_once_nothing_would_be_deleted() -> None:
    scene = await ready()
    scene.change(**RETAIN)
    await scene.run()
    assert scene.held.finalizers == ()


async def test_deletion_takes_what_is_ours_and_lets_the_object_go() -> None:
    scene = await ready()
    outcome = await scene.delete()
    assert (outcome.release, outcome.retry_in) == (True, None)
    assert set(scene.azure.arm.bodies) == {TABLE.casefold()}
    (event,) = outcome.events
    assert event.reason == "Deleted"
    assert "Rule acme" in event.message
    assert scene.reconcile.memories == {}


async def test_deletion_of_what_is_not_ours_to_hold_back_does_nothing() -> None:
    scene = await ready()
    scene.held = replace(scene.held, finalizers=())
    assert await scene.delete() == Outcome(status=None)
    assert scene.azure.arm.calls == []


async def test_an_object_that_made_nothing_goes_at_once() -> None:
    scene = Scene(replace(connector(nonsense=1), finalizers=(FINALIZER,)))
    assert await scene.delete() == Outcome(status=None, release=True)


async def test_an_object_whose_policy_keeps_everything_goes_without_an_event() -> None:
    scene = await ready()
    scene.held = replace(scene.held, spec={**scene.held.spec, **RETAIN})
    assert await scene.delete() == Outcome(status=None, release=True)
    assert scene.azure.arm.writes() == []


async def test_deletion_leaves_what_another_object_uses() -> None:
    scene = await ready()
    scene.others = [connector("other", status=scene.held.status)]
    await scene.delete()
    assert scene.azure.arm.writes() == []


async def test_a_deletion_that_is_refused_says_both_ways_out() -> None:
    scene = await ready()
    scene.azure.arm.fail("DELETE", RULE, DENIED)
    outcome = await scene.delete()
    assert not outcome.release
    assert scene.says("Stalled") == "True/DeletionBlocked"
    assert DENIED.message in scene.message("Stalled")
    assert "a Secret or right given back" in scene.message("Stalled")
    assert f"{ON_DELETE}=Orphan" in scene.message("Stalled")


async def test_a_refused_deletion_is_not_tried_all_the_time() -> None:
    """The question for data that was due is no reason to come back at once."""
    scene = await ready()
    scene.azure.arm.fail("DELETE", RULE, DENIED, DENIED)
    scene.clock.forward(hours=1)
    waits = [(await scene.delete()).retry_in, (await scene.run()).retry_in]
    assert waits == [30, 60]


async def test_a_refused_deletion_goes_on_where_it_stopped() -> None:
    scene = await ready()
    scene.azure.arm.fail("DELETE", RULE, DENIED)
    await scene.delete()
    kinds = {r["kind"] for r in scene.held.status["resources"]}
    assert kinds == {"Application", "Rule", "Endpoint", "Table"}
    scene.azure.arm.forget_calls()
    outcome = await scene.run()
    assert outcome.release
    assert scene.azure.arm.writes() == [call("DELETE", RULE), call("DELETE", ENDPOINT)]


@pytest.mark.parametrize(
    "fault", [LOST, Conflict(Reason.AZURE_UNAVAILABLE, "Changed.")], ids=["lost", "conflict"]
)
async def test_a_deletion_that_azure_does_not_answer_is_not_stalled(fault: Fault) -> None:
    scene = await ready()
    scene.azure.arm.fail("DELETE", RULE, fault)
    assert not (await scene.delete()).release
    assert scene.says("Stalled") == "-"
    assert (await scene.run()).release


async def test_a_protected_table_blocks_with_its_own_ways_out() -> None:
    tables: dict[str, Any] = {"policy": {"deletion": {"tables": "Delete"}}}
    scene = await ready(connector(**tables))
    scene.azure.logs.replies["Events"] = rows("Events", 3)
    await scene.delete()
    assert "confirm-table-deletion=Logins_CL" in scene.message("Stalled")
    assert ON_DELETE not in scene.message("Stalled")


async def test_an_orphan_is_let_go_and_what_is_left_is_listed() -> None:
    scene = await ready()
    scene.azure.arm.fail("DELETE", RULE, DENIED)
    await scene.delete()
    scene.azure.arm.forget_calls()
    outcome = await scene.delete(**{ON_DELETE: "Orphan"})
    assert outcome.release
    assert scene.azure.arm.calls == []
    (event,) = outcome.events
    said, _, names = event.message.partition(": Orphan asks: ")
    assert said == "Left in Azure as on-delete"
    assert sorted(names.rstrip(".").split(", ")) == [
        "Endpoint ws",
        "Rule acme",
        "Table Logins_CL",
    ]


async def test_a_spec_that_nobody_can_read_blocks_its_deletion() -> None:
    scene = await ready()
    scene.change(nonsense=1)
    await scene.delete()
    assert scene.says("Stalled") == "True/DeletionBlocked"
    assert "spec.nonsense" in scene.message("Stalled")
    assert f"{ON_DELETE}=Orphan" in scene.message("Stalled")
