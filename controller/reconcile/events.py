"""Which Kubernetes events a reconcile is worth: what it wrote, and what changed its mind. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from controller.model.connector import Event, EventType
from controller.model.reasons import Reason
from controller.reconcile import conditions, consent, kept
from controller.reconcile.conditions import Status
from controller.reconcile.plan import Action, Plan, Step
from controller.reconcile.preflight.findings import Finding, sentences
from controller.reconcile.records import kept_otherwise, shown

PATHS_MOST = 5

CHANGED = {Action.UPDATE: "Updated", Action.ADOPT: "Adopted", Action.REPLACE: "Replaced"}
"""what is said of a change that was not made to repair drift"""

GOOD = {(conditions.READY, "True"), (conditions.CONNECTED, "True"), (conditions.ACTIVE, "True")}
BAD = {
    (conditions.STALLED, "True"),
    (conditions.SYNCED, "Unknown"),
    (conditions.CONNECTED, "False"),
    (conditions.ACTIVE, "False"),
}


HELD_BACK = (Reason.DRIFT_DETECTED, Reason.AWAITING_APPROVAL)
"""reasons of Synced that somebody has to be told at once, on the first look too"""


def drift_found(plan: Plan) -> tuple[Event, ...]:
    """One warning for each resource that somebody else has changed or deleted."""
    return tuple(
        Event(EventType.WARNING, "DriftDetected", f"{conditions.named(step)}: {_paths(step)}")
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
    made = (step for step in plan.steps if step.written and step.action is Action.CREATE)
    created = [conditions.named(step) for step in made]
    if created:
        yield Event(EventType.NORMAL, "Created", f"Created {', '.join(created)}.")
    for step in plan.steps:
        if step.written and step.action in CHANGED:
            reason = "DriftRepaired" if drift else CHANGED[step.action]
            yield Event(EventType.NORMAL, reason, f"{conditions.named(step)}: {_paths(step)}")


def kept_now(plan: Plan, before: Status) -> Iterator[Event]:
    """What Azure has been found to keep otherwise, told once."""
    for step in plan.steps:
        known = consent.known(before).get(step.resource.id.casefold(), ())
        new = kept.drift(step.kept, known)
        if new:
            told = f"{conditions.named(step)}: {kept_otherwise(new[:PATHS_MOST])}"
            yield Event(EventType.WARNING, "KeptOtherwise", told)


def transitions(before: Status, after: Status) -> Iterator[Event]:
    """Conditions that say something else than before; nothing on the first, empty look."""
    yield from _other_rule(before.get("ingestion") or {}, after.get("ingestion") or {})
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
        elif _is_held(condition) or _is_bad_news(condition, known):
            yield Event(EventType.WARNING, condition["reason"], condition["message"])


def _other_rule(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Event]:
    """Whoever replaced the rule: all its senders hold a dead immutable id now (FIELD 24)."""
    old, new = before.get("ruleImmutableId"), after.get("ruleImmutableId")
    if old and new and old != new:
        message = f"The rule's immutable id was {old} and is {new}: every sender must learn it."
        yield Event(EventType.WARNING, "RuleReplaced", message)


def _is_held(condition: Mapping[str, Any]) -> bool:
    return condition["type"] == conditions.SYNCED and condition["reason"] in HELD_BACK


def _is_bad_news(condition: Mapping[str, Any], known: Mapping[str, Any] | None) -> bool:
    if condition["type"] == conditions.CONNECTED and condition["status"] == "Unknown":
        return known is not None and _is_broken(condition, known)
    return (condition["type"], condition["status"]) in BAD and _news(known, condition["type"])


def _is_broken(condition: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """A query that cannot run is somebody's mistake; a table may only not be there yet."""
    if condition["reason"] == Reason.QUERY_FAILED:
        return True
    missing: bool = condition["reason"] == Reason.TABLE_NOT_FOUND
    return missing and known["status"] == "True"


def _news(known: Mapping[str, Any] | None, type_: str) -> bool:
    """That no event has arrived yet is no warning; that none arrives any more is one."""
    if type_ == conditions.STALLED:
        return True
    return known is not None and (type_ != conditions.CONNECTED or known["status"] == "True")


def _paths(step: Step) -> str:
    if step.action is Action.CREATE:
        return "it was gone"
    parts = [
        f"{change.path} was {shown(change.actual)}, declared is {shown(change.desired)}"
        for change in step.changes[:PATHS_MOST]
    ]
    more = len(step.changes) - PATHS_MOST
    return "; ".join(parts) + (f"; and {more} more" if more > 0 else "")
