"""`status.resources`: one record for each resource, from the previous ones and a plan. Pure.

Decides who made a resource and how it stands, not what deletion does with it.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from controller.model import arm_ids
from controller.model.errors import ColumnsLost, Waiting
from controller.model.resource import Change, Unknown
from controller.reconcile import conditions
from controller.reconcile.conditions import Status
from controller.reconcile.kept import kept
from controller.reconcile.observe import KIND
from controller.reconcile.plan import Action, Plan, Step

VALUE_LENGTH = 256
KEPT_MOST = 256


def resources(previous: Status, plan: Plan, *, begun: bool) -> list[dict[str, Any]]:
    """One record a resource; what the spec no longer names stays as Orphaned, not forgotten.

    `begun`: the plan is being carried out, so what is missing is ours from now on.
    """
    before = {r["id"].casefold(): r for r in previous.get("resources", ()) if "id" in r}
    records = [
        _record(step, before.get(step.resource.id.casefold()), begun=begun) for step in plan.steps
    ]
    ids = {record.get("id", "").casefold() for record in records}
    named = {(record["kind"], record["name"]) for record in records}
    orphans = [
        _orphan(record, named)
        for id_, record in before.items()
        if id_ not in ids and record.get("origin") != "Existing"
    ]
    return [*records, *orphans]


def _orphan(record: Mapping[str, Any], named: Collection[tuple[str, str]]) -> dict[str, Any]:
    """Kind and name are the key of the list: one that moved to another group needs another."""
    name = record["name"]
    if (record["kind"], name) in named:
        name = f"{arm_ids.group_of(record['id'])}/{name}"
    return {**record, "name": name, "state": "Orphaned"}


def _record(step: Step, before: Mapping[str, Any] | None, *, begun: bool) -> dict[str, Any]:
    record = {
        "kind": str(step.resource.kind),
        "name": step.resource.name,
        "id": step.resource.id,
        "state": _state(step, begun=begun),
        "origin": _origin(step, before, begun=begun),
        "message": _message(step),
        "kept": _kept(step, before),
        "lost": _lost(step, before),
    }
    return {key: value for key, value in record.items() if value}


_STATES = {
    Action.FAILED: "Failed",
    Action.CREATE: "Creating",
    Action.UPDATE: "Drifted",
    Action.ADOPT: "Drifted",
    Action.REPLACE: "Drifted",
}


def _state(step: Step, *, begun: bool) -> str:
    if step.reached:
        return "InSync"
    if isinstance(step.fault, Waiting):
        return "Waiting"
    if step.action is Action.CREATE and not begun:
        return "Missing"
    return _STATES.get(step.action, "Waiting")


def _origin(step: Step, before: Mapping[str, Any] | None, *, begun: bool) -> str:
    """Who made it: what a walk that writes did not find is ours, also after a crash."""
    if not step.resource.managed:
        return "Existing"
    known: str = (before or {}).get("origin", "")
    if step.found is False:
        return "Created" if begun else known
    if step.found is None:
        return known
    return known if known == "Created" else "Adopted"


def _message(step: Step) -> str:
    told = step.fault.message if step.fault else kept_otherwise(step.kept)
    return conditions.cut(told)


def _lost(step: Step, before: Mapping[str, Any] | None) -> list[str]:
    """The columns that our writes lost, until they are there again or the table is not."""
    if isinstance(step.fault, ColumnsLost):
        return sorted(step.fault.names)
    lost = frozenset((before or {}).get("lost", ()))
    if step.found is False:
        return []
    there = KIND[step.resource.kind].columns(step.readback) if step.readback else frozenset()
    return sorted(lost - there)


def losses(status: Status) -> dict[str, frozenset[str]]:
    """The columns that our writes lost and nobody has put back yet, by resource id."""
    records = status.get("resources", ())
    return {record["id"]: frozenset(record["lost"]) for record in records if "lost" in record}


def _kept(step: Step, before: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """What was not compared keeps what is known of it."""
    if step.readback is None or step.desired is None or step.action is Action.WAIT:
        return list((before or {}).get("kept", ()))
    return [entry._asdict() for entry in kept(step.kept)][:KEPT_MOST]


def kept_otherwise(changes: Collection[Change]) -> str:
    """The differences that Azure insists on, "" if there are none."""
    told = "; ".join(
        f"{shown(change.actual)} at {change.path}, declared is {shown(change.desired)}"
        for change in changes
    )
    return f"Written twice, Azure keeps {told}." if told else ""


def shown(value: Any) -> str:
    """A value on one line: text as it is, all else as JSON; what is missing as "(none)"."""
    if value is None:
        return "(none)"
    if isinstance(value, str | Unknown):
        text = str(value)
    else:
        text = json.dumps(value, default=str, sort_keys=True)
    return text if len(text) <= VALUE_LENGTH else text[: VALUE_LENGTH - 1] + "…"
