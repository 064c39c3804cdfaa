"""One walk on the fake port: its order, what is in flight together, what is written."""

import asyncio
from typing import Any

import pytest

from controller.model.errors import SpecError
from controller.model.resource import KindName, Unknown
from controller.reconcile.plan import Action, Plan, unknown_refs
from controller.reconcile.walk import walk
from tests.reconcile.fakes import WRITES, Azure, call, counted
from tests.reconcile.samples import (
    CONNECTORS,
    DATA_CONNECTOR,
    DEFINITION,
    ENDPOINT,
    METADATA,
    RULE,
    TABLE,
    derived,
)
from tests.reconcile.walking import (
    ALL,
    CARD,
    ROLE,
    Begun,
    applied,
    converged,
)


async def test_a_connector_is_made_from_nothing_in_the_order_of_its_needs() -> None:
    azure = Azure()
    plan = await applied(azure)
    assert plan.done
    assert plan.fault is None
    order = [made for verb, made in azure.arm.calls if verb == "PUT"]
    assert sorted(order) == sorted(id_.casefold() for id_ in ALL)
    place = {made: index for index, made in enumerate(order)}
    for first, second in [
        (TABLE, RULE),
        (ENDPOINT, RULE),
        (RULE, ROLE),
        (RULE, DEFINITION),
        (DEFINITION, METADATA),
        (DEFINITION, DATA_CONNECTOR),
    ]:
        assert place[first.casefold()] < place[second.casefold()]


async def in_flight_together(azure: Azure, *calls: tuple[str, str]) -> None:
    """Holds these calls open, and lets them go once all are under way at the same time."""
    held = [azure.arm.hold(*one) for one in calls]
    async with asyncio.TaskGroup() as group:
        group.create_task(applied(azure))
        await azure.arm.until_in_flight(*(call(*one) for one in calls))
        for one in held:
            one.set()


async def test_table_and_endpoint_are_written_together() -> None:
    await in_flight_together(Azure(), ("PUT", TABLE), ("PUT", ENDPOINT))


async def test_role_and_definition_are_written_together() -> None:
    await in_flight_together(Azure(), ("PUT", ROLE), ("PUT", DEFINITION))


async def test_everything_is_first_looked_at_together() -> None:
    looks = [("GET", TABLE), ("GET", ENDPOINT), ("GET", RULE), ("GET", DEFINITION)]
    await in_flight_together(Azure(), *looks, ("GET", METADATA), ("LIST", CONNECTORS))


async def test_a_definition_that_shows_nothing_of_the_rule_is_written_at_once() -> None:
    azure = Azure()
    calls = [("PUT", TABLE), ("PUT", ENDPOINT), ("PUT", DEFINITION)]
    held = [azure.arm.hold(*one) for one in calls]
    async with asyncio.TaskGroup() as group:
        group.create_task(applied(azure, derived(definition=CARD)))
        await azure.arm.until_in_flight(*(call(*one) for one in calls))
        for one in held:
            one.set()


async def test_metadata_and_data_connector_are_written_one_after_the_other() -> None:
    azure = Azure()
    await applied(azure)
    both = {call("PUT", METADATA), call("PUT", DATA_CONNECTOR)}
    assert both.issubset(azure.arm.calls)
    assert not any(both.issubset(calls) for calls in azure.arm.together)


async def test_a_resource_takes_two_reads_at_most() -> None:
    azure = Azure()
    await applied(azure)
    reads = counted(azure.arm.calls, "GET") | counted(azure.arm.calls, "LIST")
    assert max(reads.values()) == 2


async def test_what_depends_on_nothing_new_is_read_once_before_its_write() -> None:
    azure = Azure()
    await applied(azure)
    reads = counted(azure.arm.calls, "GET")
    assert (reads[TABLE.casefold()], reads[ENDPOINT.casefold()]) == (1, 1)


async def test_a_second_walk_writes_nothing_and_begins_nothing() -> None:
    azure = Azure()
    await converged(azure)
    begun = Begun(azure)
    plan = await walk(derived(), azure.ports, begin=begun)
    assert plan.done
    assert azure.arm.writes() == []
    assert begun.plans == []


async def test_begin_is_awaited_once_and_before_the_first_write() -> None:
    azure = Azure()
    begun = Begun(azure)
    await walk(derived(), azure.ports, begin=begun)
    assert len(begun.plans) == 1
    assert begun.written_before == []
    assert azure.arm.writes() != []


async def test_what_begin_raises_ends_the_walk_without_a_write() -> None:
    azure = Azure()

    async def refuse(plan: Plan) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await walk(derived(), azure.ports, begin=refuse)
    assert azure.arm.writes() == []


async def test_a_spec_that_is_wrong_in_part_makes_nothing() -> None:
    """Also when only the body of one resource shows it; a plan shows it in that step."""
    azure = Azure()
    begun = Begun(azure)
    wrong = derived(definition={"ui": {"title": "Doors of $(rule.colour)"}})

    with pytest.raises(SpecError, match=r"spec\.definition\.ui\.title"):
        await walk(wrong, azure.ports, begin=begun)

    assert (azure.arm.writes(), begun.plans) == ([], [])
    plan = await walk(wrong, azure.ports)
    assert [step.resource.kind for step in plan.steps if step.fault] == [KindName.DEFINITION]


async def test_without_begin_nothing_is_written() -> None:
    azure = Azure()
    plan = await walk(derived(), azure.ports)
    assert {step.action for step in plan.steps} == {Action.CREATE, Action.NONE}
    assert {made[0] for made in azure.arm.calls}.isdisjoint(WRITES)


async def test_a_plan_shows_what_is_known_only_after_apply() -> None:
    plan = await walk(derived(), Azure().ports)
    (connector,) = plan.of(KindName.DATA_CONNECTOR)
    assert connector.desired is not None
    shown = connector.desired["properties"]["dcrConfig"]["dataCollectionRuleImmutableId"]
    assert isinstance(shown, Unknown)
    assert str(shown) == "(known after apply)"
    assert unknown_refs(connector.desired) == {"rule.immutableId", "endpoint.logsIngestion"}


async def test_no_request_holds_a_value_that_is_not_known() -> None:
    azure = Azure()
    await applied(azure)
    assert all(not unknown_refs(body) for _, body in azure.arm.sent)


async def test_an_endpoint_wanted_by_two_walks_at_once_is_written_once() -> None:
    azure = Azure()
    held = azure.arm.hold("PUT", ENDPOINT)
    one, other = derived("one"), derived("other")
    async with asyncio.TaskGroup() as group:
        walks = [group.create_task(applied(azure, wanted)) for wanted in (one, other)]
        await azure.arm.until_in_flight(call("PUT", ENDPOINT))
        held.set()
    assert all(task.result().done for task in walks)
    puts = counted(azure.arm.calls, "PUT")
    assert (puts[ENDPOINT.casefold()], puts[TABLE.casefold()]) == (1, 1)


def at_work(azure: Azure, state: str) -> dict[str, Any]:
    """The table while an operation of Azure's is under way."""
    body = azure.arm.bodies[TABLE.casefold()]
    return {**body, "properties": {**body["properties"], "provisioningState": state}}


async def test_an_operation_in_flight_is_waited_for_and_nothing_is_written() -> None:
    azure = Azure()
    await converged(azure)
    updating, done = at_work(azure, "InProgress"), at_work(azure, "Succeeded")
    azure.arm.bodies[TABLE.casefold()] = updating
    azure.while_asleep = [(TABLE, updating), (TABLE, done)]
    assert not (await walk(derived(), azure.ports)).done
    assert (await applied(azure)).done
    assert azure.slept == [1.0, 2.0]
    assert azure.arm.writes() == []


async def test_a_table_that_is_being_deleted_is_made_again_once_it_is_gone() -> None:
    azure = Azure()
    await converged(azure)
    azure.arm.bodies[TABLE.casefold()] = at_work(azure, "Deleting")
    azure.while_asleep = [(TABLE, None)]
    assert (await applied(azure)).done
    assert counted(azure.arm.calls, "PUT") == {TABLE.casefold(): 1}


async def test_a_drifted_resource_is_the_only_one_written() -> None:
    azure = Azure()
    await converged(azure)
    azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"] = []
    plan = await applied(azure)
    assert plan.done
    assert azure.arm.writes() == [call("PUT", RULE)]
    (step,) = plan.of(KindName.RULE)
    assert (step.found, step.written, step.action) == (True, True, Action.UPDATE)


async def test_a_direct_rule_needs_no_endpoint() -> None:
    azure = Azure()
    plan = await applied(azure, derived(rule={"kind": "Direct"}))
    assert plan.done
    assert ENDPOINT.casefold() not in azure.arm.bodies
    connector = azure.arm.bodies[DATA_CONNECTOR.casefold()]["properties"]["dcrConfig"]
    assert connector["dataCollectionEndpoint"] == plan.refs["rule.logsIngestion"]
