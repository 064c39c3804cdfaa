"""A plan for machines: the JSON of `-o json`, as docs/plan.schema.json describes it."""

from collections.abc import Iterable
from typing import Any

from controller.cli.plans.result import Result
from controller.cli.plans.values import plain
from controller.model.connector import GROUP
from controller.model.errors import Fault
from controller.model.resource import Change
from controller.reconcile.plan import Plan
from controller.reconcile.telling import Told, tell

FORMAT = f"{GROUP}/plan/v1"
"""changes when a reader of the older form would be misled"""


def document(results: Iterable[Result]) -> dict[str, Any]:
    """All connectors of one command."""
    return {"format": FORMAT, "connectors": [_connector(result) for result in results]}


def _connector(result: Result) -> dict[str, Any]:
    subject = result.subject
    told: dict[str, Any] = {
        "namespace": subject.namespace,
        "name": subject.name,
        "source": subject.source,
    }
    if result.plan is not None and not isinstance(subject.derived, Fault):
        account = tell(subject.derived, result.plan)
        told |= {
            "workspace": _workspace(result.plan),
            "hash": account.hash or None,
            "summary": account.summary,
            "steps": [_step(step) for step in account.steps],
        }
    if result.refusal is not None:
        told["refusal"] = _fault(result.refusal)
    return told


def _workspace(plan: Plan) -> dict[str, str]:
    return {"id": plan.workspace.id, "location": plan.workspace.location}


def _step(told: Told) -> dict[str, Any]:
    resource, fault = told.step.resource, told.step.fault
    step: dict[str, Any] = {
        "kind": str(resource.kind),
        "name": resource.name,
        "id": resource.id,
        "action": str(told.step.action),
        "reason": told.reason,
        "written": told.step.written,
    }
    if told.hash:
        step["hash"] = told.hash
    if told.body is not None:
        step["body"] = plain(told.body)
    if told.changes:
        step["changes"] = [_change(change) for change in told.changes]
    if told.kept:
        step["kept"] = [_change(change) for change in told.kept]
    if fault is not None:
        step["fault"] = _fault(fault)
    return step


def _change(change: Change) -> dict[str, Any]:
    return {
        "path": change.path,
        "desired": plain(change.desired),
        "actual": plain(change.actual),
    }


def _fault(fault: Fault) -> dict[str, str]:
    return {"reason": str(fault.reason), "message": fault.message}
