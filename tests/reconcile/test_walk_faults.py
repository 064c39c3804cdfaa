"""What a walk makes of faults, conflicts and lost answers."""

import pytest

from controller.model.errors import Stalled, Throttled, Transient
from controller.model.reasons import Reason
from controller.model.resource import KindName
from controller.reconcile.plan import Action
from controller.reconcile.walk import walk
from tests.reconcile.fakes import Azure, counted
from tests.reconcile.samples import (
    DEFINITION,
    ENDPOINT,
    RULE,
    TABLE,
    derived,
)
from tests.reconcile.walking import (
    ALL,
    CARD,
    CHANGED,
    DENIED,
    LOST,
    applied,
    converged,
    reached,
    told,
)


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


async def test_after_a_conflict_the_resource_is_read_and_planned_again() -> None:
    azure = Azure()
    await converged(azure)
    azure.arm.bodies[DEFINITION.casefold()]["properties"]["connectorUiConfig"]["title"] = "Old"
    azure.arm.fail("PUT", DEFINITION, CHANGED)
    assert (await applied(azure)).done
    seen = [verb for verb, made in azure.arm.calls if made == DEFINITION.casefold()]
    assert seen == ["GET", "PUT", "GET", "PUT", "GET"]  # the last: this body was written before


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


async def test_a_change_that_azure_does_not_allow_fails_with_what_differs() -> None:
    azure = Azure()
    await converged(azure)
    azure.arm.bodies[ENDPOINT.casefold()]["location"] = "westeurope"
    plan = await applied(azure)
    (step,) = plan.of(KindName.ENDPOINT)
    assert (step.action, told(plan).reason) == (Action.FAILED, Reason.IMMUTABLE)
    assert [change.path for change in step.changes] == ["/location"]
    assert azure.arm.writes() == []


async def test_the_fault_of_a_plan_is_what_a_person_can_mend() -> None:
    azure = Azure()
    azure.arm.fail("PUT", TABLE, Throttled(Reason.THROTTLED, "Later."))
    azure.arm.fail("PUT", ENDPOINT, DENIED)
    assert told(await applied(azure)) is DENIED
