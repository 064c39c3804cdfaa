"""What the tests of the walk share: how one is run on the fake port, and what it tells."""

from controller.model.derived import Derived
from controller.model.errors import Conflict, Fault, Stalled, Transient
from controller.model.reasons import Reason
from controller.model.resource import KindName
from controller.reconcile.plan import Plan
from controller.reconcile.walk import walk
from tests.reconcile.fakes import Azure, Call
from tests.reconcile.samples import (
    DATA_CONNECTOR,
    DEFINITION,
    ENDPOINT,
    METADATA,
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
