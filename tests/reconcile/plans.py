"""Plans made by hand: of steps that no walk has made."""

from typing import Any

from controller.model.resource import KindName, Refs, Resource, Workspace
from controller.reconcile.plan import Action, Plan, Step

PLACE = Workspace("/subscriptions/s", "francecentral", "customer", "tenant")


def data_connector(desired: bool = True, **changed: Any) -> Step:
    """A step of a data connector that is there and in sync."""
    step = {
        "action": Action.NONE,
        "found": True,
        "desired": {"properties": {"isActive": desired}},
        "readback": {"properties": {"isActive": True}},
        **changed,
    }
    return Step(Resource(KindName.DATA_CONNECTOR, "acme", "/connector"), **step)


def plan(*steps: Step) -> Plan:
    return Plan(PLACE, steps, Refs())
