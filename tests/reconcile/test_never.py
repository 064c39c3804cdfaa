"""`apply: Never` observes; it writes and deletes nothing. The other policies let deletion go on."""

from typing import Any

import pytest

from controller.model.connector import FINALIZER
from tests.reconcile.policies import (
    APPROVED,
    DENIED,
    NEVER,
    ON_SPEC_CHANGE,
    drift,
    provisioned,
    reasons,
    told,
)
from tests.reconcile.samples import ENDPOINT, METADATA, RULE, connector
from tests.reconcile.scene import Scene, ready


async def test_what_is_missing_is_not_provisioned() -> None:
    scene = Scene(connector(policy=NEVER))
    await scene.run()
    assert told(scene) == ("False/NotProvisioned", "False/DriftDetected", "InProgress")
    assert scene.azure.arm.writes() == []
    assert scene.reports == []
    assert scene.held.status["plan"]["summary"] == "7 to create"
    assert FINALIZER not in scene.held.finalizers


async def test_drift_keeps_ready() -> None:
    scene = await provisioned(NEVER)
    drift(scene)
    await scene.walk()
    assert told(scene) == ("True/Provisioned", "False/DriftDetected", "Current")
    assert scene.held.status["driftCount"] == 1


async def test_a_resource_that_somebody_deletes_is_not_provisioned() -> None:
    scene = await provisioned(NEVER)
    del scene.azure.arm.bodies[METADATA.casefold()]
    await scene.walk()
    assert told(scene) == ("False/NotProvisioned", "False/DriftDetected", "InProgress")
    assert "Metadata" in scene.message("Ready")


async def test_what_equals_the_spec_is_ready_though_we_made_nothing_of_it() -> None:
    made = await ready()
    scene = Scene(connector(policy=NEVER))
    scene.azure.arm.bodies = made.azure.arm.bodies
    await scene.run()
    assert told(scene) == ("True/Provisioned", "True/InSync", "Current")


async def test_what_never_equalled_the_spec_is_not_ready() -> None:
    made = await ready()
    scene = Scene(connector(policy=NEVER))
    scene.azure.arm.bodies = made.azure.arm.bodies
    drift(scene)
    await scene.run()
    assert told(scene) == ("False/DriftDetected", "False/DriftDetected", "InProgress")
    assert scene.held.status["driftCount"] == 1


async def test_a_changed_spec_is_drift() -> None:
    scene = await provisioned(NEVER)
    scene.change(rule={"description": "Ours"})
    await scene.run()
    assert told(scene) == ("True/Provisioned", "False/DriftDetected", "Current")
    assert [entry["path"] for entry in scene.held.status["drift"]] == ["/properties/description"]


async def test_an_endpoint_of_others_that_is_not_there_is_missing() -> None:
    scene = Scene(connector(policy=NEVER, endpoint={"existing": {"resourceId": ENDPOINT + "2"}}))
    await scene.run()
    assert told(scene)[:2] == ("False/NotProvisioned", "False/DriftDetected")


async def test_a_right_that_is_missing_is_stalled() -> None:
    scene = await provisioned(NEVER)
    scene.azure.arm.fail("GET", RULE, DENIED)
    await scene.walk()
    assert scene.says("Stalled") == "True/AccessDenied"


async def test_somebody_else_s_operation_is_waited_for_without_a_word() -> None:
    scene = await provisioned(NEVER)
    before = told(scene)
    scene.azure.arm.bodies[RULE.casefold()]["properties"]["provisioningState"] = "Updating"
    await scene.walk()
    assert told(scene) == before
    assert scene.azure.slept == []


async def test_the_finalizer_goes_and_deletion_leaves_everything() -> None:
    scene = await ready()
    assert FINALIZER in scene.held.finalizers
    scene.change(policy=NEVER)
    await scene.run()
    assert FINALIZER not in scene.held.finalizers


async def test_a_deletion_in_the_same_moment_leaves_everything_and_says_so() -> None:
    scene = await ready()
    scene.change(policy=NEVER)
    outcome = await scene.delete()
    assert outcome.release
    assert scene.azure.arm.writes() == []
    assert reasons(scene) == ["Orphaned"]
    assert "policy.apply: Never" in scene.told[0].message


@pytest.mark.parametrize("policy", [ON_SPEC_CHANGE, APPROVED])
async def test_neither_policy_holds_a_deletion_back(policy: dict[str, Any]) -> None:
    scene = await provisioned(policy)
    outcome = await scene.delete()
    assert outcome.release
    assert ("DELETE", RULE.casefold()) in scene.azure.arm.writes()


async def test_a_suspended_object_can_be_deleted() -> None:
    scene = await ready()
    scene.change(suspend=True)
    await scene.run()
    assert (await scene.delete()).release
    assert ("DELETE", RULE.casefold()) in scene.azure.arm.writes()
