"""How far one walk may go: `policy.apply`, the approvals, and what Azure is known to keep. Pure.

Decides which steps of a plan may be written, not what is said when they may not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from controller.model.connector import APPROVED_PLAN, Connector
from controller.model.derived import Derived
from controller.model.spec import Apply
from controller.reconcile.digest import covered, plan_hash
from controller.reconcile.kept import Kept, Known
from controller.reconcile.ownership import NO_STANDING, Standing
from controller.reconcile.plan import Plan, Step

Consent = Callable[[Step], bool]
"""Whether a step may be written, or an operation on its resource be waited for."""


def everything(_: Step) -> bool:
    return True


def nothing(_: Step) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Leave:
    """What one walk may do. `consent` sees the plan of the first readings."""

    consent: Callable[[Plan], Consent] = lambda _: everything
    standing: Standing = NO_STANDING


ALL = Leave()


def leave(connector: Connector, derived: Derived, standing: Standing) -> Leave:
    """What the object's policy, annotations and status allow."""
    standing = replace(standing, kept=known(connector.status))
    return Leave(lambda plan: _consent(connector, plan.derived or derived, plan), standing)


def _consent(connector: Connector, derived: Derived, plan: Plan) -> Consent:
    match derived.spec.policy.apply:
        case Apply.ALWAYS:
            return everything
        case Apply.ON_SPEC_CHANGE:
            return nothing if is_applied(connector) else everything
        case Apply.APPROVED:
            return _as_planned(plan) if is_approved(connector, derived, plan) else nothing
        case Apply.NEVER:
            return nothing


def is_applied(connector: Connector) -> bool:
    """Whether this generation was carried out to its end: what differs now is drift."""
    return connector.status.get("appliedGeneration") == connector.generation


def is_approved(connector: Connector, derived: Derived, plan: Plan) -> bool:
    """Whether the approved plan is this one, or holds every step of it."""
    approved = connector.annotations.get(APPROVED_PLAN)
    if not approved:
        return False
    shown: Mapping[str, Any] = connector.status.get("plan") or {}
    if shown.get("hash") == approved:
        return covered(derived, plan, {step["hash"] for step in shown["steps"]})
    return plan_hash(derived, plan) == approved


def _as_planned(plan: Plan) -> Consent:
    """Nothing but what stood in the plan: no other action, no path more, though seen meanwhile."""
    planned = {step.resource.key: step for step in plan.steps}

    def agreed(step: Step) -> bool:
        before = planned.get(step.resource.key)
        if before is None or before.action is not step.action:
            return False
        return _paths(step) <= _paths(before)

    return agreed


def _paths(step: Step) -> set[str]:
    return {change.path for change in step.changes}


def known(status: Mapping[str, Any]) -> Known:
    """What Azure keeps otherwise than it was asked, as the status remembers it."""
    return {
        record["id"].casefold(): [Kept(**entry) for entry in record["kept"]]
        for record in status.get("resources", ())
        if "kept" in record and "id" in record
    }
