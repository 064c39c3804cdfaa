"""Plan or fault -> the conditions: the table of DESIGN 3 as code. Pure, the clock included."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from controller.model.errors import Conflict, Fault, Transient, Waiting
from controller.model.reasons import Reason
from controller.model.resource import KindName
from controller.reconcile.connectivity.judgement import Verdict
from controller.reconcile.plan import Plan, Step

WAITING_STALLS_AFTER = timedelta(minutes=15)
MESSAGE_LENGTH = 1000

READY, SYNCED, ACTIVE, CONNECTED = "Ready", "Synced", "IsActive", "IsConnected"
RECONCILING, STALLED = "Reconciling", "Stalled"
LASTING = (READY, SYNCED, ACTIVE, CONNECTED)
"""always there; Reconciling and Stalled only while True"""

WAITING_CAUSES = {
    Reason.WAITING_FOR_TABLE: "Likely causes: the table is Classic (migrate it), has another plan "
    "than Analytics, or the workspace is not onboarded to Sentinel.",
    Reason.WAITING_FOR_PRINCIPAL: "Likely cause: spec.application.existing.servicePrincipalId is "
    "the application's object id; the enterprise application's is needed.",
    Reason.WAITING_FOR_SECRET: "Likely cause: it was never made, or spec.credentialsRef names "
    "another one.",
    Reason.WAITING_FOR_PARENT: "Likely cause: a resource that it names was deleted or never made.",
}

Status = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a reconcile says about the object: the lasting verdicts, and one progress at most."""

    ready: Verdict | None
    synced: Verdict | None
    """None: keep what it was, in `progress` too"""
    progress: tuple[str, Verdict | None] | None = None


NOTHING = Outlook(None, None)


def unchanged(previous: Status) -> Outlook:
    """Nothing was compared: all stays, progress too."""
    for type_ in (RECONCILING, STALLED):
        if find(previous, type_) is not None:
            return replace(NOTHING, progress=(type_, None))
    return NOTHING


def find(status: Status, type_: str) -> Mapping[str, Any] | None:
    """The condition of that type."""
    return next((c for c in status.get("conditions", ()) if c["type"] == type_), None)


def applying(plan: Plan, previous: Status, *, generation: int) -> Outlook:
    """While the plan is being carried out. Another try of what is Stalled is no news yet."""
    if find(previous, STALLED) is not None and previous.get("observedGeneration") == generation:
        return unchanged(previous)
    names = [named(step) for step in plan.steps if not step.reached]
    return _failing(Reason.APPLYING, f"Writing {listed(names)}.", RECONCILING)


def carried_out(plan: Plan) -> Outlook:
    """After a plan that got everywhere."""
    idle = [
        step.resource.name
        for step in plan.of(KindName.DATA_CONNECTOR)
        if step.desired is not None and _disagrees(step.desired, step.readback)
    ]
    if idle:
        message = f"DataConnector {listed(idle)} reads back another isActive than declared."
        verdict = Verdict("False", Reason.INACTIVE, message)
        return Outlook(verdict, verdict)
    count = f"{len(plan.steps)} resources"
    compared = f"{count} were compared with Azure: no difference"
    paths = [f"{named(step)} {change.path}" for step in plan.steps for change in step.kept]
    kept = f" but what Azure keeps otherwise, written twice: {listed(paths)}" if paths else ""
    return Outlook(
        Verdict("True", Reason.PROVISIONED, f"{count} are there as declared."),
        Verdict("True", Reason.IN_SYNC, f"{compared}{kept}."),
    )


def _disagrees(desired: Mapping[str, Any], readback: Mapping[str, Any] | None) -> bool:
    reported = (readback or {}).get("properties", {}).get("isActive")
    return reported is not None and reported != desired["properties"]["isActive"]


def failed(
    fault: Fault, previous: Status, *, generation: int, first_seen: datetime | None, now: datetime
) -> Outlook:
    """After a fault: of the whole walk, or the one that says most of a plan's.

    `first_seen` is when this generation came up, None if that was before our time.
    """
    if isinstance(fault, Transient | Conflict):
        return _unanswered(fault, previous, generation)
    if not isinstance(fault, Waiting):
        return _failing(fault.reason, fault.message, STALLED)
    if previous.get("observedGeneration") != generation:
        return _failing(fault.reason, fault.message, RECONCILING)
    return _waiting(fault, previous, first_seen, now)


def suspended() -> Outlook:
    message = "spec.suspend is true: nothing is compared or written."
    return Outlook(None, Verdict("Unknown", Reason.SUSPENDED, message))


def _failing(reason: Reason, message: str, progress: str) -> Outlook:
    verdict = Verdict("False", reason, message)
    return Outlook(verdict, verdict, (progress, Verdict("True", reason, message)))


def _unanswered(fault: Fault, previous: Status, generation: int) -> Outlook:
    """Azure does not answer: what was Ready for this generation stays so, nothing is compared."""
    synced = Verdict("Unknown", fault.reason, fault.message)
    ready = find(previous, READY)
    applied = previous.get("appliedGeneration") == generation
    if ready is not None and ready["status"] == "True" and applied:
        return Outlook(None, synced)
    verdict = Verdict("False", fault.reason, fault.message)
    return Outlook(verdict, synced, (RECONCILING, Verdict("True", fault.reason, fault.message)))


def _waiting(fault: Fault, previous: Status, first_seen: datetime | None, now: datetime) -> Outlook:
    """Reconciling for 15 minutes, then Stalled until something else happens.

    The condition's time may be older than the generation: it moves only with its status.
    """
    stalled, reconciling = find(previous, STALLED), find(previous, RECONCILING)
    still = stalled is not None and stalled["reason"] == fault.reason
    since = [first_seen] if first_seen is not None else []
    if reconciling is not None:
        since.append(datetime.fromisoformat(reconciling["lastTransitionTime"]))
    late = reconciling is not None and now - max(since) >= WAITING_STALLS_AFTER
    if not (still or late):
        return _failing(fault.reason, fault.message, RECONCILING)
    minutes = int(WAITING_STALLS_AFTER.total_seconds() // 60)
    message = f"{fault.message} So for over {minutes} minutes. {WAITING_CAUSES[fault.reason]}"
    return _failing(fault.reason, message, STALLED)


def activity(plan: Plan | None) -> Verdict | None:
    """IsActive from the data connectors' readbacks, all of them; None: nothing new is known."""
    if plan is None:
        return None
    steps = list(plan.of(KindName.DATA_CONNECTOR))
    missing = [step.resource.name for step in steps if step.readback is None]
    if missing:
        if any(step.found is None for step in steps):
            return None
        message = f"DataConnector {listed(missing)} does not exist yet."
        return Verdict("Unknown", Reason.NOT_PROVISIONED, message)
    reported = [(step.readback or {}).get("properties", {}).get("isActive") for step in steps]
    if False in reported:
        off = [s.resource.name for s, r in zip(steps, reported, strict=True) if r is False]
        return Verdict("False", Reason.INACTIVE, f"DataConnector {listed(off)} is not active.")
    if None in reported:
        message = "Azure's readback of the data connector does not say whether it is active."
        return Verdict("Unknown", Reason.NOT_REPORTED, message)
    names = listed([step.resource.name for step in steps])
    return Verdict("True", Reason.ACTIVE, f"DataConnector {names} reads back active.")


def merged(
    previous: Status,
    verdicts: Mapping[str, Verdict | None],
    *,
    shown: Status,
    generation: int,
    now: datetime,
) -> list[dict[str, Any]]:
    """The conditions in the order of the verdicts, of which None keeps the previous one.

    A time moves with its status; `shown` is the status that readers saw last.
    """
    result = []
    for type_, verdict in verdicts.items():
        said, last = _said(type_, verdict, find(previous, type_)), find(shown, type_)
        same = last is not None and last["status"] == said["status"]
        time = last["lastTransitionTime"] if last is not None and same else stamp(now)
        result.append({**said, "observedGeneration": generation, "lastTransitionTime": time})
    return result


def _said(
    type_: str, verdict: Verdict | None, before: Mapping[str, Any] | None
) -> Mapping[str, Any]:
    if verdict is None and before is not None:
        return before
    verdict = verdict or Verdict("Unknown", Reason.PENDING, "Not looked at yet.")
    return {
        "type": type_,
        "status": verdict.status,
        "reason": str(verdict.reason),
        "message": cut(verdict.message),
    }


def stamp(time: datetime) -> str:
    """RFC 3339 in whole seconds, as Kubernetes writes times."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def cut(message: str) -> str:
    """As much of it as a status holds."""
    return message if len(message) <= MESSAGE_LENGTH else message[: MESSAGE_LENGTH - 1] + "…"


def listed(names: list[str], most: int = 5) -> str:
    """The names in one line, the first of them."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def named(step: Step) -> str:
    """The resource as a person reads it."""
    return f"{step.resource.kind} {step.resource.name}"
