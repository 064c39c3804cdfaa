"""`apply: OnSpecChange` writes until the spec is carried out; what differs later is only told."""

from tests.reconcile.policies import DENIED, ON_SPEC_CHANGE, SILENT, drift, reasons, record, told
from tests.reconcile.samples import DEFINITION, METADATA, RULE, connector
from tests.reconcile.scene import Scene, ready


async def test_a_new_object_is_written() -> None:
    scene = await ready(connector(policy=ON_SPEC_CHANGE))
    assert scene.held.status["appliedGeneration"] == 1
    assert "plan" not in scene.held.status


async def test_drift_is_told_and_keeps_ready() -> None:
    scene = await ready(connector(policy=ON_SPEC_CHANGE))
    drift(scene)
    await scene.walk()
    assert told(scene) == ("True/Provisioned", "False/DriftDetected", "Current")
    assert scene.azure.arm.writes() == []
    assert scene.held.status["driftCount"] == 1
    assert record(scene)["state"] == "Drifted"
    (step,) = scene.held.status["plan"]["steps"]
    assert (step["kind"], step["action"], step["paths"]) == (
        "Rule",
        "update",
        ["/properties/dataFlows/0"],
    )


async def test_drift_is_an_event_once() -> None:
    scene = await ready(connector(policy=ON_SPEC_CHANGE))
    drift(scene)
    await scene.walk()
    await scene.walk()
    assert reasons(scene) == ["DriftDetected"]


async def test_what_is_missing_keeps_ready_too() -> None:
    scene = await ready(connector(policy=ON_SPEC_CHANGE))
    del scene.azure.arm.bodies[METADATA.casefold()]
    await scene.walk()
    assert told(scene) == ("True/Provisioned", "False/DriftDetected", "Current")
    assert (record(scene, "Metadata")["state"], record(scene, "Metadata")["origin"]) == (
        "Missing",
        "Created",
    )


async def test_a_new_generation_writes_all_that_differs() -> None:
    scene = await ready(connector(policy=ON_SPEC_CHANGE))
    drift(scene)
    await scene.walk()
    scene.change(rule={"description": "Ours"})
    await scene.run()
    assert told(scene) == ("True/Provisioned", "True/InSync", "Current")
    assert "plan" not in scene.held.status
    assert "drift" not in scene.held.status


async def test_a_walk_that_was_stopped_goes_on() -> None:
    """The generation is not carried out yet."""
    scene = Scene(connector(policy=ON_SPEC_CHANGE))
    scene.azure.arm.fail("PUT", DEFINITION, SILENT)
    await scene.run()
    assert "plan" not in scene.held.status
    await scene.walk()
    assert told(scene) == ("True/Provisioned", "True/InSync", "Current")


async def test_drift_that_somebody_undoes_is_forgotten() -> None:
    scene = await ready(connector(policy=ON_SPEC_CHANGE))
    before = scene.held.status
    body = scene.azure.arm.bodies[RULE.casefold()]["properties"]
    flows = body["dataFlows"]
    drift(scene)
    await scene.walk()
    body["dataFlows"] = flows
    await scene.walk()
    assert set(scene.held.status) == set(before)
    assert told(scene) == ("True/Provisioned", "True/InSync", "Current")


async def test_once_a_fault_is_over_what_was_made_is_ready_though_it_drifted() -> None:
    scene = await ready(connector(policy=ON_SPEC_CHANGE))
    drift(scene)
    scene.azure.arm.fail("GET", RULE, DENIED)
    await scene.walk()
    assert scene.says("Ready") == "False/AccessDenied"
    await scene.walk()
    assert told(scene) == ("True/Provisioned", "False/DriftDetected", "Current")


async def test_once_a_fault_is_over_what_is_missing_is_not_ready() -> None:
    scene = await ready(connector(policy=ON_SPEC_CHANGE))
    del scene.azure.arm.bodies[METADATA.casefold()]
    scene.azure.arm.fail("GET", RULE, DENIED)
    await scene.walk()
    await scene.walk()
    assert told(scene) == ("False/NotProvisioned", "False/DriftDetected", "InProgress")
