"""Who made a drift is asked after the repair, in passes of their own, and told when it is known."""

from dataclasses import replace
from typing import Any

from controller.model.activity import Author
from tests.reconcile.fakes import NOW
from tests.reconcile.samples import RULE
from tests.reconcile.scene import Scene, ready
from tests.reconcile.test_authors import Log

ANN = Author("ann@contoso.com", NOW, "Microsoft.Insights/dataCollectionRules/write")
BY_ANN = {
    "caller": "ann@contoso.com",
    "time": "2026-11-24T12:00:00Z",
    "operation": "Microsoft.Insights/dataCollectionRules/write",
}


async def drifted(log: Log, key: str = "tags", value: Any = None) -> Scene:
    """Converged, then changed by somebody, and walked again."""
    scene = await ready()
    scene.azure.ports = replace(scene.azure.ports, activity=log)
    scene.reconcile.ports = scene.azure.ports
    scene.azure.arm.bodies[RULE.casefold()][key] = value
    await scene.walk()
    return scene


def reasons(scene: Scene) -> list[str]:
    return [event.reason for event in scene.told]


async def test_the_repair_does_not_wait_for_who_made_the_drift() -> None:
    log = Log(ANN)
    scene = await drifted(log)
    assert reasons(scene) == ["DriftDetected", "DriftRepaired"]
    assert log.asked == []

    scene.azure.arm.forget_calls()
    await scene.run()
    assert scene.told[-1].reason == "ChangedBy"
    assert "by ann@contoso.com at 2026-11-24T12:00:00Z" in scene.told[-1].message
    assert [resource for resource, _ in log.asked] == [RULE]
    assert scene.azure.arm.calls == []


async def test_a_late_entry_is_told_a_quarter_of_an_hour_later() -> None:
    log = Log(None, ANN)
    scene = await drifted(log)
    await scene.run()
    assert "ChangedBy" not in reasons(scene)

    scene.clock.forward(minutes=15)
    while len(log.asked) < 2:
        await scene.run()
    assert reasons(scene).count("ChangedBy") == 1


async def test_a_drift_that_stays_says_who_made_it_until_it_is_gone() -> None:
    """What Azure never changes is left; a policy may leave more."""
    log = Log(ANN)
    scene = await drifted(log, "location", "norwayeast")
    assert scene.says("Stalled") == "True/Immutable"
    await scene.run()
    assert [entry["changedBy"] for entry in scene.held.status["drift"]] == [BY_ANN]

    await scene.walk()
    assert [entry["changedBy"] for entry in scene.held.status["drift"]] == [BY_ANN]

    scene.azure.arm.bodies[RULE.casefold()]["location"] = "francecentral"
    await scene.walk()
    assert "drift" not in scene.held.status


async def test_a_change_of_the_spec_asks_for_nobody() -> None:
    scene = await ready()
    log = Log()
    scene.reconcile.ports = replace(scene.azure.ports, activity=log)
    scene.change(rule={"description": "another"})
    await scene.run()
    await scene.run()
    assert log.asked == []
