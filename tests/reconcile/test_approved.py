"""`apply: Approved` writes only the steps of a plan whose hash stands in the annotation."""

import asyncio

from controller.model.connector import APPROVED_PLAN, FINALIZER
from tests.reconcile.policies import APPROVED, DENIED, SILENT, approve, drift, reasons, record, told
from tests.reconcile.samples import DEFINITION, RULE, connector
from tests.reconcile.scene import Scene


async def test_a_plan_waits() -> None:
    scene = Scene(connector(policy=APPROVED))
    outcome = await scene.run()
    assert told(scene) == (
        "False/AwaitingApproval",
        "False/AwaitingApproval",
        "InProgress",
    )
    assert scene.azure.arm.writes() == []
    assert scene.held.status["plan"]["summary"] == "7 to create"
    assert scene.held.status["plan"]["hash"] in scene.message("Ready")
    assert FINALIZER not in scene.held.finalizers
    assert outcome.retry_in is not None
    assert reasons(scene) == ["AwaitingApproval"]


async def test_what_waits_is_not_ours_yet() -> None:
    scene = Scene(connector(policy=APPROVED))
    await scene.run()
    assert {r["state"] for r in scene.held.status["resources"] if r.get("id")} == {"Missing"}
    assert not any("origin" in r for r in scene.held.status["resources"] if r.get("id"))


async def test_the_approved_plan_is_written_at_once_and_gone_then() -> None:
    scene = Scene(connector(policy=APPROVED))
    await scene.run()
    await approve(scene)
    assert told(scene) == ("True/Provisioned", "True/InSync", "Current")
    assert "plan" not in scene.held.status
    assert record(scene)["origin"] == "Created"
    assert FINALIZER in scene.held.finalizers


async def test_another_hash_approves_nothing() -> None:
    scene = Scene(connector(policy=APPROVED))
    scene.annotate(**{APPROVED_PLAN: "0123456789abcdef"})
    await scene.run()
    assert scene.azure.arm.writes() == []
    assert "0123456789abcdef is another one" in scene.message("Ready")


async def test_a_changed_spec_waits_again() -> None:
    scene = Scene(connector(policy=APPROVED))
    await scene.run()
    scene.change(rule={"description": "Ours"})
    await approve(scene)
    assert scene.azure.arm.writes() == []
    assert scene.says("Ready") == "False/AwaitingApproval"
    await approve(scene)
    assert scene.says("Ready") == "True/Provisioned"


async def test_drift_waits_too() -> None:
    scene = Scene(connector(policy=APPROVED))
    await scene.run()
    await approve(scene)
    drift(scene)
    scene.azure.arm.forget_calls()
    await scene.walk()
    assert scene.says("Ready") == "False/AwaitingApproval"
    assert scene.azure.arm.writes() == []
    assert scene.held.status["driftCount"] == 1


async def test_an_approval_lasts_until_all_of_it_is_done() -> None:
    scene = Scene(connector(policy=APPROVED))
    await scene.run()
    approved = scene.held.status["plan"]
    scene.azure.arm.fail("PUT", DEFINITION, SILENT)
    await approve(scene)
    assert scene.says("Reconciling") == "True/AzureUnavailable"
    assert scene.held.status["plan"] == approved
    scene.restart()
    await scene.walk()
    assert told(scene) == ("True/Provisioned", "True/InSync", "Current")
    assert "plan" not in scene.held.status


async def test_an_approval_without_a_status_lasts_as_long() -> None:
    """A hash from a pull request, before the operator has seen the object."""
    other = Scene(connector(policy=APPROVED))
    await other.run()
    scene = Scene(connector(policy=APPROVED))
    scene.azure.arm.fail("PUT", DEFINITION, SILENT)
    scene.annotate(**{APPROVED_PLAN: other.held.status["plan"]["hash"]})
    await scene.run()
    assert scene.held.status["plan"] == other.held.status["plan"]
    await scene.walk()
    assert scene.says("Ready") == "True/Provisioned"


async def test_more_than_was_approved_waits_as_a_whole() -> None:
    scene = Scene(connector(policy=APPROVED))
    await scene.run()
    scene.azure.arm.fail("PUT", DEFINITION, SILENT)
    await approve(scene)
    drift(scene)
    scene.azure.arm.forget_calls()
    await scene.walk()
    assert scene.azure.arm.writes() == []
    assert scene.says("Ready") == "False/AwaitingApproval"
    assert {step["kind"] for step in scene.held.status["plan"]["steps"]} >= {
        "Rule",
        "Definition",
    }


async def test_what_somebody_makes_meanwhile_is_not_overwritten() -> None:
    """The plan said create; now there is another's definition, which nobody approved."""
    scene = Scene(connector(policy=APPROVED))
    await scene.run()
    held = scene.azure.arm.hold("PUT", RULE)
    other = {"properties": {"connectorUiConfig": {"title": "Theirs"}}}

    async def meanwhile() -> None:
        await scene.azure.arm.until_in_flight(("PUT", RULE.casefold()))
        scene.azure.arm.store(DEFINITION, other)
        held.set()

    await asyncio.gather(approve(scene), meanwhile())
    assert ("PUT", DEFINITION.casefold()) not in scene.azure.arm.writes()
    assert scene.says("Ready") == "False/AwaitingApproval"


async def test_a_plan_that_azure_would_refuse_is_not_put_to_approval() -> None:
    many = [{"name": f"C{n}", "type": "string"} for n in range(500)]
    table = {"name": "Logins_CL", "columns": many}
    scene = Scene(connector(policy=APPROVED, tables=[table]))
    await scene.run()
    assert scene.says("Stalled") == "True/InvalidSpec"


async def test_a_fault_says_more_than_the_plan() -> None:
    scene = Scene(connector(policy=APPROVED))
    scene.azure.arm.fail("GET", RULE, DENIED)
    await scene.run()
    assert scene.says("Stalled") == "True/AccessDenied"


async def test_always_again_writes_and_shows_no_plan() -> None:
    scene = Scene(connector(policy=APPROVED))
    await scene.run()
    scene.change(policy={})
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"
    assert "plan" not in scene.held.status
