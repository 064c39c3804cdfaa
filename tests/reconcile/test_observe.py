"""What counts as found, and how long an operation of Azure's is watched."""

import asyncio
from typing import Any

import pytest

from controller.model.errors import Stalled, Waiting
from controller.model.reasons import Reason
from controller.model.resource import KindName, Resource
from controller.reconcile.observe import SETTLE_SECONDS, Reading, read, settle
from tests.reconcile import samples
from tests.reconcile.fakes import Azure, call
from tests.reconcile.samples import RULE, TABLE

PENDING: dict[str, Any] = {"properties": {"provisioningState": "Updating"}}
DENIED = Stalled(Reason.ACCESS_DENIED, "No right to read.")


def resource(kind: KindName = KindName.TABLE, at: str = TABLE) -> Resource:
    return Resource(kind, "acme", at)


@pytest.mark.parametrize(
    ("kind", "at", "reason"),
    [
        (KindName.TABLE, TABLE, Reason.WAITING_FOR_TABLE),
        (KindName.RULE, RULE, Reason.WAITING_FOR_PARENT),
    ],
)
async def test_an_operation_that_does_not_end_is_waited_for_a_while_only(
    kind: KindName, at: str, reason: Reason
) -> None:
    azure = Azure()
    azure.arm.bodies[at.casefold()] = dict(PENDING)
    with pytest.raises(Waiting, match="provisioningState is Updating") as caught:
        await settle(await read(resource(kind, at), azure.ports), azure.ports)
    assert caught.value.reason is reason
    assert azure.slept == list(SETTLE_SECONDS)


async def test_an_operation_that_ends_with_the_last_look_is_in_time() -> None:
    azure = Azure()
    azure.arm.bodies[TABLE.casefold()] = dict(PENDING)
    azure.while_asleep = [(TABLE, PENDING)] * (len(SETTLE_SECONDS) - 1)
    azure.while_asleep.append((TABLE, {"properties": {}}))
    settled = await settle(Reading(resource(), PENDING), azure.ports)
    assert settled.unsettled is None


async def test_a_look_that_fails_while_an_operation_is_watched_is_raised() -> None:
    azure = Azure()
    azure.arm.fail("GET", TABLE, DENIED)
    with pytest.raises(Stalled, match="No right to read"):
        await settle(Reading(resource(), PENDING), azure.ports)


async def test_a_look_that_fails_tells_nothing_of_what_is_there() -> None:
    azure = Azure()
    azure.arm.fail("GET", TABLE, DENIED)
    reading = await read(resource(), azure.ports)
    assert (reading.fault, reading.found, reading.unsettled) == (DENIED, None, None)


async def test_what_is_not_in_arm_is_there_without_a_call() -> None:
    azure = Azure()
    reading = await read(resource(KindName.APPLICATION, ""), azure.ports)
    assert reading.found is True
    assert azure.arm.calls == []


async def test_what_has_our_name_is_found_though_no_list_shows_a_match() -> None:
    """A role assignment of our name for another principal: to be told, not written over."""
    azure, ours = Azure(), samples.resource(KindName.ROLE_ASSIGNMENT)
    theirs = {"id": ours.id, "name": ours.name, "properties": {"principalId": "another"}}
    azure.arm.bodies[ours.id.casefold()] = theirs
    reading = await read(ours, azure.ports)
    assert reading.body == theirs


async def test_what_was_missing_is_looked_for_by_list_and_by_name_at_once() -> None:
    """Right before it is created: one after the other would hold up the role's PUT."""
    azure, ours = Azure(), samples.resource(KindName.ROLE_ASSIGNMENT)
    assert ours.find is not None
    both = (call("LIST", ours.find.collection.partition("?")[0]), call("GET", ours.id))
    doors = [azure.arm.hold(*each) for each in both]
    looking = asyncio.create_task(read(ours, azure.ports, missing=True))
    await azure.arm.until_in_flight(*both)
    for door in doors:
        door.set()
    assert (await looking).found is False
