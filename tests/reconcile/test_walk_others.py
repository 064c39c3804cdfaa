"""What of somebody else's a walk finds: roles, endpoints, data connectors, columns."""

import asyncio
from typing import Any

import pytest

from controller.model.reasons import Reason
from controller.model.resource import KindName
from controller.reconcile.plan import Action, Plan
from tests.reconcile.fakes import Azure, call, counted
from tests.reconcile.samples import (
    CONNECTORS,
    DATA_CONNECTOR,
    ENDPOINT,
    GROUP,
    PRINCIPAL,
    RULE,
    TABLE,
    derived,
)
from tests.reconcile.walking import (
    ROLE,
    applied,
    converged,
    told,
)

ROLES = "/providers/Microsoft.Authorization/roleDefinitions"
PUBLISHER = f"{ROLES}/3913510d-42f4-4e42-8a64-420c390055eb"
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
