"""What an approval names: a hash of each step that writes, and one of all of them. Decides nothing.

A hash stands for what will be in Azure, not for what is there: order, times and whatever else a
readback adds do not change it. Values that only Azure gives out are hashed by their names, so the
step of a definition keeps its hash when the rule that it shows has been made meanwhile.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any

from controller.model.derived import Derived
from controller.model.resource import Change, Refs
from controller.reconcile.observe import KIND
from controller.reconcile.plan import Action, Key, Plan, Step, base_refs

LENGTH = 16
"""hexadecimal digits; short enough for an annotation typed by hand"""
_GIVEN_BY_AZURE = ("endpoint.logsIngestion", "rule.immutableId", "rule.logsIngestion")


def plan_hash(derived: Derived, plan: Plan) -> str:
    """One hash for everything that the plan would write; the order of the steps is not in it."""
    return _hash(sorted(step_hashes(derived, plan).values()))


def step_hashes(derived: Derived, plan: Plan) -> Mapping[Key, str]:
    """A hash of kind, id, action, changed paths and desired body, for each step that writes."""
    refs = _named_values(derived, plan)
    return {
        step.resource.key: _step_hash(derived, step, refs) for step in plan.steps if step.writes
    }


def covered(derived: Derived, plan: Plan, approved: Collection[str]) -> bool:
    """Whether each step of the plan is among the approved ones: a part of a plan needs no more."""
    return all(hashed in approved for hashed in step_hashes(derived, plan).values())


def _named_values(derived: Derived, plan: Plan) -> Refs:
    return base_refs(derived, plan.workspace).also(
        {
            "endpoint.id": derived.endpoint_id,
            "endpoint.name": derived.endpoint_name,
            "rule.id": derived.rule_id,
            "rule.name": derived.rule_name,
            "application.appId": derived.app_id,
            "application.servicePrincipalId": derived.service_principal_id,
            **{name: f"({name})" for name in _GIVEN_BY_AZURE},
        }
    )


def _step_hash(derived: Derived, step: Step, refs: Refs) -> str:
    resource = step.resource
    desired = KIND[resource.kind].desired(derived, resource, refs)
    touched = sorted({_touched(change) for change in step.changes})
    # once the rule is taken over, all else is an update of ours: the same write
    action = Action.UPDATE if step.action is Action.ADOPT else step.action
    return _hash([resource.kind, resource.id.casefold(), action, touched, desired])


def _touched(change: Change) -> tuple[str, str]:
    """The path; for what is taken away the element itself, since its index is the readback's."""
    if change.desired is not None:
        return change.path, ""
    parent, _, last = change.path.rpartition("/")
    return (parent if last.isdigit() else change.path), _hash(change.actual)


def _hash(value: Iterable[Any]) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return sha256(text.encode()).hexdigest()[:LENGTH]
