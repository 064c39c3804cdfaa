"""Every state that an object can be in, each reached by the real loop through a real cause."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from controller.model.connector import FINALIZER, GROUP, KIND, VERSION, Connector
from controller.model.errors import Fault, Stalled, Throttled, Transient, Waiting
from controller.model.reasons import Reason
from controller.model.resource import Body
from tests.generated import ROOT
from tests.reconcile.fakes import NOW, Arm, rows
from tests.reconcile.samples import DATA_CONNECTOR, RULE, connector
from tests.reconcile.scene import Scene, ready

Json = dict[str, Any]

BUSY = Throttled(Reason.THROTTLED, "Azure asks to come back in 30 s.", retry_after=30)
SILENT = Transient(Reason.AZURE_UNAVAILABLE, "Azure does not answer.")
DENIED = Stalled(Reason.ACCESS_DENIED, "The operator has no right on dataCollectionRules/acme.")
YOUNG = Waiting(Reason.WAITING_FOR_TABLE, "The rule waits for the table Logins_CL.")


@dataclass(frozen=True)
class State:
    """How an object gets there, what Argo CD shows then, and what kstatus reads."""

    name: str
    reach: Callable[[], Awaitable[Json]]
    health: str
    kstatus: str


def told(held: Connector) -> Json:
    """The object as `kubectl get -o yaml` shows it, without what no two clusters share."""
    metadata: Json = {
        "creationTimestamp": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "generation": held.generation,
        "name": held.name,
        "namespace": held.namespace,
        "resourceVersion": held.resource_version,
        "uid": held.uid,
    }
    if held.annotations:
        metadata["annotations"] = dict(held.annotations)
    if held.finalizers:
        metadata["finalizers"] = list(held.finalizers)
    if held.deleting:
        metadata["deletionTimestamp"] = metadata["creationTimestamp"]
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": KIND,
        "metadata": metadata,
        "spec": held.spec,
        "status": held.status or default_status(),
    }


def default_status() -> Mapping[str, Any]:
    """What the API server gives an object that nobody has looked at."""
    crd = yaml.safe_load((ROOT / "crds" / "contosoconnector.yaml").read_text(encoding="utf-8"))
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    default: Mapping[str, Any] = schema["properties"]["status"]["default"]
    return default


async def new() -> Json:
    return told(connector())


async def _connected() -> Scene:
    scene = await ready()
    scene.azure.logs.replies["IsConnected"] = rows("IsConnected", True)
    scene.azure.logs.replies["max"] = rows("Time", scene.clock.now.isoformat())
    await scene.run()
    return scene


async def connected() -> Json:
    return told((await _connected()).held)


async def silent_source() -> Json:
    scene = await ready()
    await scene.run()
    return told(scene.held)


async def changed_spec() -> Json:
    scene = await _connected()
    scene.change(resyncIntervalSeconds=60)
    return told(scene.held)


async def writing() -> Json:
    scene = Scene()
    await scene.run()
    return told(replace(scene.held, status=scene.reports[0]))


async def at_first(fault: Fault) -> Json:
    """The fault by which a new object's first look at Azure ended."""
    scene = Scene()
    scene.azure.inventory.fault = fault
    await scene.run()
    return told(scene.held)


async def _once_ready(fault: Fault) -> Json:
    scene = await _connected()
    scene.azure.inventory.fault = fault
    await scene.walk()
    return told(scene.held)


async def throttled_at_first() -> Json:
    return await at_first(BUSY)


async def no_answer_at_first() -> Json:
    return await at_first(SILENT)


async def throttled() -> Json:
    return await _once_ready(BUSY)


async def no_answer() -> Json:
    return await _once_ready(SILENT)


async def invalid() -> Json:
    scene = Scene(connector(definition={"ui": {"title": "$(rule.colour)"}}))
    await scene.run()
    return told(scene.held)


async def denied() -> Json:
    scene = Scene()
    scene.azure.arm.fail("PUT", RULE, DENIED)
    await scene.run()
    return told(scene.held)


async def _waiting(minutes: int) -> Json:
    scene = Scene()
    scene.azure.arm.fail("PUT", RULE, YOUNG, YOUNG)
    await scene.run()
    scene.clock.forward(minutes=minutes)
    await scene.run()
    return told(scene.held)


async def waiting() -> Json:
    return await _waiting(1)


async def waiting_too_long() -> Json:
    return await _waiting(15)


class Stubborn(Arm):
    """Keeps every data connector switched off, whatever it is told."""

    def store(self, resource_id: str, body: Body) -> None:
        super().store(resource_id, body)
        if resource_id == DATA_CONNECTOR:
            self.bodies[resource_id.casefold()]["properties"]["isActive"] = False


async def switched_off() -> Json:
    scene = Scene()
    scene.azure.ports = replace(scene.azure.ports, arm=Stubborn())
    scene.restart()
    await scene.run()
    return told(scene.held)


async def suspended() -> Json:
    scene = await _connected()
    scene.change(suspend=True)
    await scene.run()
    return told(scene.held)


async def suspended_when_stalled() -> Json:
    scene = Scene()
    scene.azure.arm.fail("PUT", RULE, DENIED)
    await scene.run()
    scene.change(suspend=True)
    await scene.run()
    return told(scene.held)


async def _differing(then: str) -> Json:
    """Somebody changed the rule; the object's policy is that one by now."""
    scene = await ready(connector(policy={"apply": "OnSpecChange"}))
    scene.azure.logs.replies["IsConnected"] = rows("IsConnected", True)
    await scene.run()
    if then != "OnSpecChange":
        scene.change(policy={"apply": then})
    scene.azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"] = []
    await scene.walk()
    return told(scene.held)


async def drift_reported() -> Json:
    return await _differing("OnSpecChange")


async def drift_observed() -> Json:
    return await _differing("Never")


async def _never_made(apply: str) -> Json:
    scene = Scene(connector(policy={"apply": apply}))
    await scene.run()
    return told(scene.held)


async def awaiting_approval() -> Json:
    return await _never_made("Approved")


async def not_provisioned() -> Json:
    return await _never_made("Never")


async def observed_only() -> Json:
    """Everything is there, not as declared, and was never this object's."""
    scene = await ready()
    scene.azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"] = []
    scene.held = connector(policy={"apply": "Never"})
    scene.restart()
    await scene.run()
    return told(scene.held)


async def deleting() -> Json:
    scene = await _connected()
    return told(replace(scene.held, deleting=True, generation=2, finalizers=(FINALIZER, "theirs")))


async def deletion_blocked() -> Json:
    scene = await _connected()
    scene.azure.arm.fail("DELETE", RULE, DENIED)
    await scene.delete()
    return told(scene.held)


STATES = (
    State("new", new, "Progressing", "InProgress"),
    State("connected", connected, "Healthy", "Current"),
    State("silent-source", silent_source, "Healthy", "Current"),
    State("changed-spec", changed_spec, "Progressing", "InProgress"),
    State("writing", writing, "Progressing", "InProgress"),
    State("throttled-at-first", throttled_at_first, "Progressing", "InProgress"),
    State("no-answer-at-first", no_answer_at_first, "Progressing", "InProgress"),
    State("throttled", throttled, "Healthy", "Current"),
    State("no-answer", no_answer, "Healthy", "Current"),
    State("invalid", invalid, "Degraded", "Failed"),
    State("denied", denied, "Degraded", "Failed"),
    State("waiting", waiting, "Progressing", "InProgress"),
    State("waiting-too-long", waiting_too_long, "Degraded", "Failed"),
    State("switched-off", switched_off, "Progressing", "InProgress"),
    State("suspended", suspended, "Suspended", "Current"),
    State("suspended-when-stalled", suspended_when_stalled, "Suspended", "InProgress"),
    State("drift-reported", drift_reported, "Healthy", "Current"),
    State("drift-observed", drift_observed, "Healthy", "Current"),
    State("awaiting-approval", awaiting_approval, "Suspended", "InProgress"),
    State("not-provisioned", not_provisioned, "Suspended", "InProgress"),
    State("observed-only", observed_only, "Suspended", "InProgress"),
    State("deleting", deleting, "Progressing", "InProgress"),
    State("deletion-blocked", deletion_blocked, "Degraded", "Failed"),
)

SHIPPED = tuple(
    state
    for state in STATES
    if state.name
    in (
        *("new", "writing", "connected", "silent-source", "throttled", "denied"),
        *("suspended", "drift-reported", "awaiting-approval", "not-provisioned"),
        *("deleting", "deletion-blocked"),
    )
)
"""one for each thing that the health script says: the test data that go with it"""
