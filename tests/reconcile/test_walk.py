"""One walk on the fake port: order, what is in flight together, what is written and what not."""

import asyncio
from typing import Any

import pytest

from controller.model.derived import Derived
from controller.model.errors import Conflict, Fault, Stalled, Throttled, Transient
from controller.model.reasons import Reason
from controller.model.resource import KindName, Unknown
from controller.reconcile.plan import Action, Plan, unknown_refs
from controller.reconcile.walk import walk
from tests.reconcile.fakes import WRITES, Azure, Call, call, counted
from tests.reconcile.samples import (
    CONNECTORS,
    DATA_CONNECTOR,
    DEFINITION,
    ENDPOINT,
    GROUP,
    METADATA,
    PRINCIPAL,
    RULE,
    TABLE,
    derived,
    resource,
)

ROLE = resource(KindName.ROLE_ASSIGNMENT).id
ALL = (TABLE, ENDPOINT, RULE, ROLE, DEFINITION, METADATA, DATA_CONNECTOR)
LOST = Transient(Reason.AZURE_UNAVAILABLE, "No answer.")
DENIED = Stalled(Reason.ACCESS_DENIED, "No right to write.")
CHANGED = Conflict(Reason.AZURE_UNAVAILABLE, "Changed at the same time.")
CARD = {"name": "acme", "ui": {"instructionSteps": []}}
"""a definition that shows no value of the rule"""


class Begun:
    """Counts how often it is begun, and what was written by then."""

    def __init__(self, azure: Azure) -> None:
        self.azure = azure
        self.plans: list[Plan] = []
        self.written_before: list[Call] = []

    async def __call__(self, plan: Plan) -> None:
        self.plans.append(plan)
        self.written_before += self.azure.arm.writes()


async def applied(azure: Azure, wanted: Derived | None = None) -> Plan:
    return await walk(wanted or derived(), azure.ports, begin=Begun(azure))


async def converged(azure: Azure, wanted: Derived | None = None) -> None:
    """Everything is there as declared, and no call of that is counted."""
    assert (await applied(azure, wanted)).done
    azure.arm.forget_calls()


def reached(plan: Plan) -> set[str]:
    return {str(step.resource.kind) for step in plan.steps if step.reached}


def told(plan: Plan) -> Fault:
    assert plan.fault is not None
    return plan.fault


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


async def test_a_value_that_azure_never_tells_is_waited_for_and_not_sent() -> None:
    """A rule that is not Direct has no address of its own."""
    azure = Azure()
    ui = {"descriptionMarkdown": "Send to $(rule.logsIngestion)", "instructionSteps": []}
    plan = await applied(azure, derived(definition={"name": "acme", "ui": ui}))
    assert told(plan).reason is Reason.WAITING_FOR_PARENT
    assert "rule.logsIngestion" in told(plan).message
    assert DEFINITION.casefold() not in counted(azure.arm.calls, "PUT")


async def test_a_table_that_fails_blocks_only_what_needs_it() -> None:
    azure = Azure()
    azure.arm.fail("PUT", TABLE, DENIED)
    plan = await applied(azure, derived(definition=CARD))
    assert reached(plan) == {"Application", "Endpoint", "Definition", "Metadata"}
    assert told(plan) is DENIED
    blocked = {step.resource.kind for step in plan.steps if step.action is Action.BLOCKED}
    assert blocked == {KindName.RULE, KindName.ROLE_ASSIGNMENT, KindName.DATA_CONNECTOR}


async def test_a_look_that_fails_blocks_what_needs_it_already_in_the_plan() -> None:
    azure = Azure()
    azure.arm.fail("GET", RULE, DENIED)
    plan = await walk(derived(), azure.ports)
    actions = {step.resource.kind: step.action for step in plan.steps}
    assert actions[KindName.RULE] is Action.FAILED
    assert actions[KindName.ROLE_ASSIGNMENT] is Action.BLOCKED
    assert actions[KindName.TABLE] is Action.CREATE


async def test_a_look_that_failed_is_made_again_once_what_it_needs_was_written() -> None:
    azure = Azure()
    azure.arm.fail("GET", RULE, LOST)
    assert (await applied(azure)).done


async def test_a_second_look_that_fails_is_the_step_s_fault() -> None:
    azure = Azure()
    azure.arm.fail("GET", RULE, LOST, DENIED)
    assert told(await applied(azure)) is DENIED


async def test_a_workspace_that_is_not_ready_ends_the_walk() -> None:
    azure = Azure()
    azure.inventory.fault = Stalled(Reason.WORKSPACE_NOT_FOUND, "No such workspace.")
    with pytest.raises(Stalled, match="No such workspace"):
        await applied(azure)
    assert azure.arm.writes() == []


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


async def test_after_a_conflict_the_resource_is_read_and_planned_again() -> None:
    azure = Azure()
    await converged(azure)
    azure.arm.bodies[DEFINITION.casefold()]["properties"]["connectorUiConfig"]["title"] = "Old"
    azure.arm.fail("PUT", DEFINITION, CHANGED)
    assert (await applied(azure)).done
    seen = [verb for verb, made in azure.arm.calls if made == DEFINITION.casefold()]
    assert seen == ["GET", "PUT", "GET", "PUT"]


async def test_after_a_conflict_with_our_own_wish_nothing_is_left_to_do() -> None:
    """Somebody else wrote just what we want: the second reading shows it."""
    azure = Azure()
    azure.arm.fail("PUT", DEFINITION, CHANGED, acted=True)
    assert (await applied(azure)).done
    assert counted(azure.arm.calls, "PUT")[DEFINITION.casefold()] == 1


async def test_three_conflicts_in_a_row_count_as_azure_not_being_available() -> None:
    azure = Azure()
    azure.arm.fail("PUT", ENDPOINT, CHANGED, CHANGED, CHANGED)
    fault = told(await applied(azure))
    assert isinstance(fault, Transient)
    assert fault.reason is Reason.AZURE_UNAVAILABLE
    assert counted(azure.arm.calls, "PUT")[ENDPOINT.casefold()] == 3


@pytest.mark.parametrize("lost", ALL)
async def test_a_write_whose_answer_was_lost_is_found_and_not_sent_again(lost: str) -> None:
    azure = Azure()
    azure.arm.fail("PUT", lost, LOST, acted=True)
    assert told(await applied(azure)) is LOST
    assert (await applied(azure)).done
    assert counted(azure.arm.calls, "PUT")[lost.casefold()] == 1


@pytest.mark.parametrize("lost", ALL)
async def test_a_write_that_never_arrived_is_sent_again(lost: str) -> None:
    azure = Azure()
    azure.arm.fail("PUT", lost, LOST)
    assert not (await applied(azure)).done
    assert (await applied(azure)).done
    assert await applied(azure) is not None
    assert set(azure.arm.bodies) == {id_.casefold() for id_ in ALL}


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


PUBLISHER = "/roleDefinitions/3913510d-42f4-4e42-8a64-420c390055eb"
BY_HAND = {"properties": {"roleDefinitionId": PUBLISHER, "principalId": PRINCIPAL}}
ABOVE = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/by-hand"


async def test_a_role_to_verify_is_looked_at_and_not_written() -> None:
    azure = Azure()
    plan = await applied(azure, derived(roleAssignment="Verify"))
    assert told(plan).reason is Reason.ROLE_MISSING
    assert ROLE.casefold() not in azure.arm.bodies
    azure.arm.store(ROLE, BY_HAND)
    assert (await applied(azure, derived(roleAssignment="Verify"))).done


@pytest.mark.parametrize("policy", ["Ensure", "Verify"])
async def test_an_inherited_role_satisfies(policy: str) -> None:
    azure = Azure()
    azure.arm.store(ABOVE, BY_HAND)
    plan = await applied(azure, derived(roleAssignment=policy))
    assert plan.done
    (step,) = plan.of(KindName.ROLE_ASSIGNMENT)
    assert step.resource.id == ABOVE
    assert ROLE.casefold() not in azure.arm.bodies


async def test_a_role_to_verify_that_came_while_the_rule_was_written_is_seen() -> None:
    """The first LIST showed none; before it says so, the walk looks again."""
    azure = Azure()
    held = azure.arm.hold("PUT", RULE)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(applied(azure, derived(roleAssignment="Verify")))
        await azure.arm.until_in_flight(call("PUT", RULE))
        azure.arm.store(ABOVE, BY_HAND)
        held.set()
    assert task.result().done


async def test_a_role_to_ignore_is_not_looked_at() -> None:
    azure = Azure()
    plan = await applied(azure, derived(roleAssignment="Ignore"))
    assert plan.done
    assert not any("roleassignments" in made for _, made in azure.arm.calls)


EXISTING = f"{ENDPOINT}-of-others"


async def test_an_existing_endpoint_that_is_missing_is_waited_for() -> None:
    azure = Azure()
    wanted = derived(endpoint={"existing": {"resourceId": EXISTING}})
    fault = told(await applied(azure, wanted))
    assert fault.reason is Reason.WAITING_FOR_PARENT
    assert "spec.endpoint.existing.resourceId" in fault.message
    assert RULE.casefold() not in azure.arm.bodies


async def test_an_existing_endpoint_is_used_and_not_written() -> None:
    azure = Azure()
    azure.arm.store(EXISTING, {"location": "westeurope", "properties": {}})
    assert (await applied(azure, derived(endpoint={"existing": {"resourceId": EXISTING}}))).done
    assert EXISTING.casefold() not in counted(azure.arm.calls, "PUT")
    rule = azure.arm.bodies[RULE.casefold()]
    assert rule["properties"]["dataCollectionEndpointId"] == EXISTING


async def test_a_portal_s_data_connector_is_taken_for_ours() -> None:
    azure = Azure()
    await converged(azure)
    theirs = {**azure.arm.bodies.pop(DATA_CONNECTOR.casefold())}
    azure.arm.store(f"{CONNECTORS}/4711", theirs)
    plan = await applied(azure)
    assert azure.arm.writes() == []
    (step,) = plan.of(KindName.DATA_CONNECTOR)
    assert (step.resource.name, step.action) == ("4711", Action.NONE)


async def test_of_two_data_connectors_neither_is_taken_for_ours() -> None:
    azure = Azure()
    await converged(azure)
    theirs = {**azure.arm.bodies.pop(DATA_CONNECTOR.casefold())}
    for name in ("4711", "4712"):
        azure.arm.store(f"{CONNECTORS}/{name}", theirs)
    assert (await applied(azure)).done
    assert counted(azure.arm.calls, "PUT") == {DATA_CONNECTOR.casefold(): 1}


TWO: list[dict[str, Any]] = [
    {
        "name": "Logins_CL",
        "columns": [{"name": "User", "type": "string"}, {"name": "Host", "type": "string"}],
    }
]


THREE = [{**TWO[0], "columns": [*TWO[0]["columns"], {"name": "More", "type": "int"}]}]
THEIRS = {"name": "Theirs", "type": "string"}


def columns(azure: Azure) -> list[Any]:
    found: list[Any] = azure.arm.bodies[TABLE.casefold()]["properties"]["schema"]["columns"]
    return found


async def after_a_loss() -> tuple[Azure, Plan]:
    """A walk that adds a column, at which the table loses that of somebody else."""
    azure = Azure()
    await converged(azure)
    columns(azure).append(THEIRS)
    azure.arm.loses = "Theirs"
    plan = await applied(azure, derived(tables=TWO))
    azure.arm.loses = ""
    azure.arm.forget_calls()
    return azure, plan


async def test_a_column_lost_by_our_write_is_said_with_its_name() -> None:
    _, plan = await after_a_loss()
    assert told(plan).reason is Reason.COLUMNS_LOST
    assert told(plan).message.startswith("Table Logins_CL lost columns Theirs by the operator's")


async def test_after_a_loss_nothing_more_is_written_to_the_table() -> None:
    azure, _ = await after_a_loss()
    plan = await applied(azure, derived(tables=THREE))
    assert told(plan).reason is Reason.COLUMNS_LOST
    assert call("PATCH", TABLE) not in azure.arm.calls


async def test_once_the_lost_columns_are_back_the_table_is_written_again() -> None:
    azure, _ = await after_a_loss()
    columns(azure).append(THEIRS)
    assert (await applied(azure, derived(tables=THREE))).done
    columns(azure).remove(THEIRS)  # by its owner, this time
    four = [{**THREE[0], "columns": [*THREE[0]["columns"], {"name": "Yet", "type": "int"}]}]
    assert (await applied(azure, derived(tables=four))).done


async def test_a_table_that_was_deleted_after_a_loss_is_made_again() -> None:
    azure, _ = await after_a_loss()
    del azure.arm.bodies[TABLE.casefold()]
    assert (await applied(azure, derived(tables=TWO))).done


async def test_a_change_that_azure_does_not_allow_fails_with_what_differs() -> None:
    azure = Azure()
    await converged(azure)
    azure.arm.bodies[ENDPOINT.casefold()]["location"] = "westeurope"
    plan = await applied(azure)
    (step,) = plan.of(KindName.ENDPOINT)
    assert (step.action, told(plan).reason) == (Action.FAILED, Reason.IMMUTABLE)
    assert [change.path for change in step.changes] == ["/location"]
    assert azure.arm.writes() == []


async def test_a_drifted_resource_is_the_only_one_written() -> None:
    azure = Azure()
    await converged(azure)
    azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"] = []
    plan = await applied(azure)
    assert plan.done
    assert azure.arm.writes() == [call("PUT", RULE)]
    (step,) = plan.of(KindName.RULE)
    assert (step.found, step.written, step.action) == (True, True, Action.UPDATE)


async def test_a_placeholder_that_is_wrong_fails_its_resource_with_the_field() -> None:
    ui = {"descriptionMarkdown": "$(rule.nonsense)"}
    azure = Azure()
    plan = await applied(azure, derived(definition={"name": "acme", "ui": ui}))
    assert told(plan).reason is Reason.INVALID_SPEC
    assert "spec.definition.ui.descriptionMarkdown" in told(plan).message
    assert RULE.casefold() in azure.arm.bodies


async def test_the_fault_of_a_plan_is_what_a_person_can_mend() -> None:
    azure = Azure()
    azure.arm.fail("PUT", TABLE, Throttled(Reason.THROTTLED, "Later."))
    azure.arm.fail("PUT", ENDPOINT, DENIED)
    assert told(await applied(azure)) is DENIED


async def test_a_direct_rule_needs_no_endpoint() -> None:
    azure = Azure()
    plan = await applied(azure, derived(rule={"kind": "Direct"}))
    assert plan.done
    assert ENDPOINT.casefold() not in azure.arm.bodies
    connector = azure.arm.bodies[DATA_CONNECTOR.casefold()]["properties"]["dcrConfig"]
    assert connector["dataCollectionEndpoint"] == plan.refs["rule.logsIngestion"]
