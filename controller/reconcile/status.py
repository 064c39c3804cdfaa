"""The status of an object after a reconcile, from the previous one and what was seen. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from controller.model.connector import APPROVED_PLAN, Connector
from controller.model.derived import Derived
from controller.model.resource import Unknown
from controller.model.spec import Apply
from controller.reconcile import conditions
from controller.reconcile.authors import still_told
from controller.reconcile.conditions import Outlook, Status
from controller.reconcile.connectivity.judgement import Connectivity, Verdict, silent
from controller.reconcile.consent import is_applied, is_approved
from controller.reconcile.held import held, open_steps
from controller.reconcile.plan import Plan, Step
from controller.reconcile.records import resources, shown

DRIFT_MOST = 50
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
    """The whole status to apply; equal to the previous one when nothing has changed.

    `lastLogReceived` moves in steps of LAST_RECEIVED_STEP, or along with anything else.
    """
    before: str | None = connector.status.get("lastLogReceived")
    as_before = _status(connector, seen, now, last=before)
    newest = seen.connectivity.last_received if seen.connectivity else None
    if newest is None:
        return as_before
    newest = min(newest, now)
    near = before is not None and newest - datetime.fromisoformat(before) < LAST_RECEIVED_STEP
    if near and as_before == connector.status:
        return as_before
    return _status(connector, seen, now, last=conditions.stamp(newest))


def applying(connector: Connector, derived: Derived, plan: Plan, now: datetime) -> dict[str, Any]:
    """The status before the first write."""
    outlook = conditions.applying(plan, connector.status, generation=connector.generation)
    return status(connector, Seen(outlook, derived, plan, applying=True), now)


def _status(connector: Connector, seen: Seen, now: datetime, *, last: str | None) -> dict[str, Any]:
    previous = connector.status
    result = {
        "observedGeneration": connector.generation,
        "conditions": _conditions(connector, seen, now, last),
        "resources": _resources(connector, seen),
        "ingestion": _ingestion(seen) if seen.plan else previous.get("ingestion"),
        **_drift(connector, seen),
        "plan": _held(connector, seen),
        "appliedGeneration": _applied_generation(connector, seen),
        "lastHandledReconcileAt": previous.get("lastHandledReconcileAt")
        if seen.applying
        else connector.requested,
        "lastLogReceived": last,
    }
    return {key: value for key, value in result.items() if value is not None}


def _conditions(
    connector: Connector, seen: Seen, now: datetime, last: str | None
) -> list[dict[str, Any]]:
    connected = silent(seen.connectivity.verdict, last) if seen.connectivity else None
    verdicts: dict[str, Verdict | None] = {
        conditions.READY: seen.outlook.ready,
        conditions.SYNCED: seen.outlook.synced,
        conditions.ACTIVE: None if seen.applying else conditions.activity(seen.plan),
        conditions.CONNECTED: connected,
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


def _resources(connector: Connector, seen: Seen) -> list[dict[str, Any]] | None:
    if seen.plan is None:
        before: list[dict[str, Any]] | None = connector.status.get("resources")
        return before
    begun = seen.applying or seen.reported is not None
    return resources(connector.status, seen.plan, begun=begun)


def _held(connector: Connector, seen: Seen) -> Mapping[str, Any] | None:
    """What waits. An approved plan stays until all of it is done: it says what was approved."""
    latest = connector if seen.reported is None else replace(connector, status=seen.reported)
    before: Mapping[str, Any] | None = latest.status.get("plan")
    if seen.plan is None or seen.derived is None:
        return before
    apply = seen.derived.spec.policy.apply
    if apply is Apply.ALWAYS or seen.plan.done:
        return None
    if apply is Apply.APPROVED and is_approved(latest, seen.derived, seen.plan):
        known = before is not None and before["hash"] == latest.annotations[APPROVED_PLAN]
        return before if known else held(seen.derived, seen.plan)
    if seen.applying or not open_steps(seen.plan):
        return None
    return held(seen.derived, seen.plan)


def _applied_generation(connector: Connector, seen: Seen) -> int | None:
    if seen.plan is not None and seen.plan.done and not seen.applying:
        return connector.generation
    before: int | None = connector.status.get("appliedGeneration")
    return before


def _drift(connector: Connector, seen: Seen) -> dict[str, Any]:
    if seen.plan is None:
        kept = {key: connector.status.get(key) for key in ("drift", "driftCount")}
        return {**kept, "driftCount": kept["driftCount"] or 0}
    never = seen.derived is not None and seen.derived.spec.policy.apply is Apply.NEVER
    drifted = seen.plan.steps if never or is_applied(connector) else ()
    found = (entry for step in drifted if not step.written for entry in _drift_of(step))
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
