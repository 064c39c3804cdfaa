"""The writes of a plan that the policy holds back: how they show in conditions and `status.plan`.

Pure. Decides nothing about who may approve what (that is `consent`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from controller.model.connector import APPROVED_PLAN, Connector
from controller.model.derived import Derived
from controller.model.errors import Fault, Waiting
from controller.model.reasons import Reason
from controller.model.spec import Apply
from controller.reconcile.conditions import (
    READY,
    Outlook,
    Status,
    carried_out,
    find,
    listed,
    named,
    unchanged,
)
from controller.reconcile.connectivity.judgement import Verdict
from controller.reconcile.digest import plan_hash, step_hashes
from controller.reconcile.plan import Action, Plan, Step
from controller.reconcile.telling import summary

STEPS_MOST = 100
PATHS_MOST = 50


def open_steps(plan: Plan) -> tuple[Step, ...]:
    """What is to be written and was not."""
    return tuple(step for step in plan.steps if step.writes and not step.written)


def held(derived: Derived, plan: Plan) -> dict[str, Any]:
    """The entry of the status; only for a plan with open steps."""
    waiting = replace(plan, steps=open_steps(plan))
    return {
        "hash": plan_hash(derived, waiting),
        "summary": summary(waiting.steps),
        "steps": list(_steps(derived, waiting))[:STEPS_MOST],
    }


def _steps(derived: Derived, waiting: Plan) -> Iterator[dict[str, Any]]:
    hashes = step_hashes(derived, waiting)
    for step in waiting.steps:
        entry = {
            "kind": str(step.resource.kind),
            "name": step.resource.name,
            "action": str(step.action),
            "hash": hashes[step.resource.key],
        }
        paths = [change.path for change in step.changes[:PATHS_MOST]]
        yield {**entry, "paths": paths} if paths else entry


def asks(derived: Derived, plan: Plan) -> bool:
    """Whether somebody is to read and approve the plan."""
    return derived.spec.policy.apply is Apply.APPROVED and bool(open_steps(plan))


def outlook(connector: Connector, derived: Derived, plan: Plan) -> Outlook | Fault:
    """What a walk says that went as far as the policy let it, or the fault that says more."""
    apply, previous = derived.spec.policy.apply, connector.status
    never = apply is Apply.NEVER
    if plan.fault is not None and not (never and isinstance(plan.fault, Waiting)):
        return plan.fault
    if plan.done:
        return carried_out(plan)
    if never or apply is Apply.ON_SPEC_CHANGE:
        return _drifted(plan, apply, previous, generation=connector.generation)
    if open_steps(plan):
        return _awaiting_approval(held(derived, plan), connector.annotations.get(APPROVED_PLAN))
    return unchanged(previous)


def _awaiting_approval(waiting: Mapping[str, Any], approved: str | None) -> Outlook:
    """`waiting` as `status.plan` shows it; `approved` is the hash that the annotation names."""
    other = f" The approved plan {approved} is another one." if approved else ""
    verdict = Verdict(
        "False",
        Reason.AWAITING_APPROVAL,
        f"status.plan waits: {waiting['summary']}. Approve it with the annotation "
        f"{APPROVED_PLAN}={waiting['hash']}.{other}",
    )
    return Outlook(verdict, verdict)


def _drifted(plan: Plan, apply: Apply, previous: Status, *, generation: int) -> Outlook:
    """What differs while nothing may be written: what was Ready once stays so."""
    why = f"policy.apply is {apply}, so nothing is written"
    missing = [named(step) for step in plan.steps if _is_missing(step)]
    other = [named(step) for step in plan.steps if step.changes]
    if not missing and not other:
        return unchanged(previous)
    told = _told(missing, other)
    synced = Verdict("False", Reason.DRIFT_DETECTED, f"{told}; {why}.")
    ready = find(previous, READY)
    was_ready = ready is not None and ready["status"] == "True"
    if missing and not (was_ready and apply is Apply.ON_SPEC_CHANGE):
        message = f"{listed(missing)}: not there, and {why}."
        return Outlook(Verdict("False", Reason.NOT_PROVISIONED, message), synced)
    if was_ready:
        return Outlook(None, synced)
    if previous.get("appliedGeneration") == generation:
        message = "Every resource is there, though not all as declared now."
        return Outlook(Verdict("True", Reason.PROVISIONED, message), synced)
    return Outlook(synced, synced)


def _told(missing: list[str], other: list[str]) -> str:
    parts = [
        f"{listed(names)}: {what}"
        for names, what in ((missing, "not there"), (other, "not as declared, see status.drift"))
        if names
    ]
    return "; ".join(parts)


def _is_missing(step: Step) -> bool:
    return step.action is Action.CREATE or isinstance(step.fault, Waiting)
