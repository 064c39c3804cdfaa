"""What the tests of the policies share: a connector under one, what happens to it, what it says."""

from typing import Any

from controller.model.connector import APPROVED_PLAN
from controller.model.errors import Stalled, Transient
from controller.model.reasons import Reason
from tests.reconcile.samples import RULE
from tests.reconcile.scene import Scene, ready

ON_SPEC_CHANGE = {"apply": "OnSpecChange"}
APPROVED = {"apply": "Approved"}
NEVER = {"apply": "Never"}
DENIED = Stalled(Reason.ACCESS_DENIED, "No right to write.")
SILENT = Transient(Reason.AZURE_UNAVAILABLE, "No answer.")


def drift(scene: Scene) -> None:
    """Somebody takes the rule's flows away."""
    scene.azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"] = []


def told(scene: Scene) -> tuple[str, str, str]:
    """Ready, Synced and what kstatus makes of it; there is no progress."""
    assert (scene.says("Reconciling"), scene.says("Stalled")) == ("-", "-")
    return scene.says("Ready"), scene.says("Synced"), scene.kstatus()


def record(scene: Scene, kind: str = "Rule") -> dict[str, Any]:
    return dict(next(r for r in scene.held.status["resources"] if r["kind"] == kind))


def reasons(scene: Scene) -> list[str]:
    return [event.reason for event in scene.told]


async def provisioned(policy: dict[str, Any]) -> Scene:
    """A connector that was made under Always, and has this policy since."""
    scene = await ready()
    scene.change(policy=policy)
    await scene.run()
    scene.azure.arm.forget_calls()
    scene.told.clear()
    return scene


async def approve(scene: Scene) -> None:
    scene.annotate(**{APPROVED_PLAN: scene.held.status["plan"]["hash"]})
    await scene.run()
