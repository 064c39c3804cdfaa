"""Which Kubernetes events a reconcile is worth: what it wrote, and what changed its mind. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from controller.model.connector import Event, EventType
from controller.reconcile import conditions
from controller.reconcile.conditions import Status
from controller.reconcile.plan import Action, Plan, Step
from controller.reconcile.preflight.findings import Finding, sentences
from controller.reconcile.status import shown

PATHS_MOST = 5

GOOD = {(conditions.READY, "True"), (conditions.CONNECTED, "True"), (conditions.ACTIVE, "True")}
BAD = {
    (conditions.STALLED, "True"),
    (conditions.SYNCED, "Unknown"),
    (conditions.CONNECTED, "False"),
    (conditions.ACTIVE, "False"),
}


def drift_found(plan: Plan) -> tuple[Event, ...]:
    """One warning for each resource that somebody else has changed or deleted."""
    return tuple(
        Event(EventType.WARNING, "DriftDetected", f"{_named(step)}: {_paths(step)}")
        for step in plan.steps
        if step.writes
    )


def warned(warnings: Sequence[Finding]) -> tuple[Event, ...]:
    """What Azure takes and nobody may want: one event, `contosoctl lint` tells all of it."""
    if not warnings:
        return ()
    message = f"{warnings[0].field}: {sentences(warnings)}"
    return (Event(EventType.WARNING, "SpecWarning", message),)


def written(plan: Plan, *, drift: bool) -> Iterator[Event]:
    """What the walk created and changed."""
    created = [_named(step) for step in plan.steps if step.written and step.action is Action.CREATE]
    if created:
        yield Event(EventType.NORMAL, "Created", f"Created {', '.join(created)}.")
    for step in plan.steps:
        if step.written and step.action is Action.UPDATE:
            reason = "DriftRepaired" if drift else "Updated"
            yield Event(EventType.NORMAL, reason, f"{_named(step)}: {_paths(step)}")


def transitions(before: Status, after: Status) -> Iterator[Event]:
    """Conditions that say something else than before; nothing on the first, empty look."""
    for condition in after.get("conditions", ()):
        type_, status = condition["type"], condition["status"]
        known = conditions.find(before, type_)
        if known is not None and (known["status"], known["reason"]) == (
            status,
            condition["reason"],
        ):
            continue
        if (type_, status) in GOOD:
            yield Event(EventType.NORMAL, condition["reason"], condition["message"])
        elif (type_, status) in BAD and _news(known, type_):
            yield Event(EventType.WARNING, condition["reason"], condition["message"])


def _news(known: Mapping[str, Any] | None, type_: str) -> bool:
    """That no event has arrived yet is no warning; that none arrives any more is one."""
    if type_ == conditions.STALLED:
        return True
    return known is not None and (type_ != conditions.CONNECTED or known["status"] == "True")


def _named(step: Step) -> str:
    return f"{step.resource.kind} {step.resource.name}"


def _paths(step: Step) -> str:
    if step.action is Action.CREATE:
        return "it was gone"
    parts = [
        f"{change.path} was {shown(change.actual)}, declared is {shown(change.desired)}"
        for change in step.changes[:PATHS_MOST]
    ]
    more = len(step.changes) - PATHS_MOST
    return "; ".join(parts) + (f"; and {more} more" if more > 0 else "")
