"""The status of an object after a reconcile, from the previous one and what was seen. Pure."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from controller.model.connector import RECONCILE_REQUESTED, Connector
from controller.model.derived import Derived
from controller.model.errors import Waiting
from controller.model.resource import Unknown
from controller.reconcile import conditions
from controller.reconcile.authors import still_told
from controller.reconcile.conditions import Outlook, Status
from controller.reconcile.connectivity import Connectivity, Verdict
from controller.reconcile.plan import Action, Plan, Step

DRIFT_MOST = 50
VALUE_LENGTH = 256
LAST_RECEIVED_STEP = timedelta(minutes=15)
"""how coarse `lastLogReceived` moves when nothing else changes"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one reconcile saw; what it did not look at is None and keeps its previous status."""

    outlook: Outlook
    derived: Derived | None = None
    plan: Plan | None = None
    connectivity: Connectivity | None = None
    applying: bool = False
    reported: Status | None = None
    """the status that was stored meanwhile, with `applying`"""


def status(connector: Connector, seen: Seen, now: datetime) -> dict[str, Any]:
    """The whole status to apply; equal to the previous one when nothing has changed."""
    previous = connector.status
    result = {
        "observedGeneration": connector.generation,
        "conditions": _conditions(connector, seen, now),
        "resources": resources(previous, seen.plan) if seen.plan else previous.get("resources"),
        "ingestion": _ingestion(seen) if seen.plan else previous.get("ingestion"),
        **_drift(connector, seen),
        "appliedGeneration": _applied_generation(connector, seen),
        "lastHandledReconcileAt": previous.get("lastHandledReconcileAt")
        if seen.applying
        else connector.annotations.get(RECONCILE_REQUESTED),
        "lastLogReceived": previous.get("lastLogReceived"),
    }
    present = {key: value for key, value in result.items() if value is not None}
    return _with_last_received(present, previous, seen.connectivity, now)


def _conditions(connector: Connector, seen: Seen, now: datetime) -> list[dict[str, Any]]:
    verdicts: dict[str, Verdict | None] = {
        conditions.READY: seen.outlook.ready,
        conditions.SYNCED: seen.outlook.synced,
        conditions.ACTIVE: None if seen.applying else conditions.activity(seen.plan),
        conditions.CONNECTED: seen.connectivity.verdict if seen.connectivity else None,
    }
    if seen.outlook.progress is not None:
        type_, verdict = seen.outlook.progress
        verdicts[type_] = verdict
    return conditions.merged(
        connector.status,
        verdicts,
        shown=connector.status if seen.reported is None else seen.reported,
        generation=connector.generation,
        now=now,
    )


def _applied_generation(connector: Connector, seen: Seen) -> int | None:
    if seen.plan is not None and seen.plan.done and not seen.applying:
        return connector.generation
    before: int | None = connector.status.get("appliedGeneration")
    return before


def is_drift(connector: Connector) -> bool:
    """Whether a difference found now was made by somebody else than the spec."""
    return connector.status.get("appliedGeneration") == connector.generation


def _drift(connector: Connector, seen: Seen) -> dict[str, Any]:
    if seen.plan is None:
        kept = {key: connector.status.get(key) for key in ("drift", "driftCount")}
        return {**kept, "driftCount": kept["driftCount"] or 0}
    open_steps = [step for step in seen.plan.steps if step.changes and not step.written]
    if not is_drift(connector):
        open_steps = []
    found = (entry for step in open_steps for entry in _drift_of(step))
    entries = list(still_told(found, connector.status))
    return {"drift": entries[:DRIFT_MOST] or None, "driftCount": len(entries)}


def _drift_of(step: Step) -> Iterator[dict[str, str]]:
    for change in step.changes:
        yield {
            "kind": str(step.resource.kind),
            "name": step.resource.name,
            "path": change.path,
            "desired": shown(change.desired),
            "actual": shown(change.actual),
        }


def shown(value: Any) -> str:
    """A value on one line: text as it is, all else as JSON; what is missing as "(none)"."""
    if value is None:
        return "(none)"
    if isinstance(value, str | Unknown):
        text = str(value)
    else:
        text = json.dumps(value, default=str, sort_keys=True)
    return text if len(text) <= VALUE_LENGTH else text[: VALUE_LENGTH - 1] + "…"


def resources(previous: Status, plan: Plan) -> list[dict[str, str]]:
    """One record a resource; what the spec no longer names stays as Orphaned, not forgotten."""
    before = {r["id"].casefold(): r for r in previous.get("resources", ()) if "id" in r}
    records = [_record(step, before.get(step.resource.id.casefold())) for step in plan.steps]
    ids = {record.get("id", "").casefold() for record in records}
    named = {(record["kind"], record["name"]) for record in records}
    orphans = [
        _orphan(record, named)
        for id_, record in before.items()
        if id_ not in ids and record.get("origin") != "Existing"
    ]
    return [*records, *orphans]


def _orphan(record: Mapping[str, str], named: Collection[tuple[str, str]]) -> dict[str, str]:
    """Kind and name are the key of the list: one that moved to another group needs another."""
    name = record["name"]
    if (record["kind"], name) in named:
        group = record["id"].split("/")[4]
        name = f"{group}/{name}"
    return {**record, "name": name, "state": "Orphaned"}


def _record(step: Step, before: Mapping[str, str] | None) -> dict[str, str]:
    record = {
        "kind": str(step.resource.kind),
        "name": step.resource.name,
        "id": step.resource.id,
        "state": _state(step),
        "origin": _origin(step, before),
        "message": step.fault.message[: conditions.MESSAGE_LENGTH] if step.fault else "",
    }
    return {key: value for key, value in record.items() if value}


_STATES = {Action.FAILED: "Failed", Action.CREATE: "Creating", Action.UPDATE: "Drifted"}


def _state(step: Step) -> str:
    if step.reached:
        return "InSync"
    if isinstance(step.fault, Waiting):
        return "Waiting"
    return _STATES.get(step.action, "Waiting")


def _origin(step: Step, before: Mapping[str, str] | None) -> str:
    """Who made it: what a first look did not find is ours from then on, also after a crash."""
    if not step.resource.managed:
        return "Existing"
    if step.found is False:
        return "Created"
    known = (before or {}).get("origin", "")
    if step.found is None:
        return known
    return known if known == "Created" else "Adopted"


def _ingestion(seen: Seen) -> dict[str, Any]:
    plan, derived = seen.plan, seen.derived
    if plan is None or derived is None:
        return {}
    refs = plan.refs
    endpoint = refs["endpoint.logsIngestion" if derived.endpoint_id else "rule.logsIngestion"]
    values = {
        "endpoint": endpoint,
        "ruleImmutableId": refs["rule.immutableId"],
        "streams": list(dict.fromkeys(flow.stream for flow in derived.flows)),
        "tenantId": refs["tenantId"],
        "appId": derived.app_id,
    }
    return {key: value for key, value in values.items() if not isinstance(value, Unknown)}


def _with_last_received(
    result: dict[str, Any], previous: Status, connectivity: Connectivity | None, now: datetime
) -> dict[str, Any]:
    if connectivity is None or connectivity.last_received is None:
        return result
    newest = min(connectivity.last_received, now)
    before = previous.get("lastLogReceived")
    near = before is not None and newest - datetime.fromisoformat(before) < LAST_RECEIVED_STEP
    if near and result == previous:
        return result
    return {**result, "lastLogReceived": conditions.stamp(newest)}
