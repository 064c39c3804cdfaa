"""What is said when an object goes: what was left behind, what is gone, and what stops it. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from controller.model.connector import ON_DELETE, Connector, Event, EventType
from controller.model.errors import Fault, Stalled, Waiting
from controller.model.reasons import Reason
from controller.reconcile.deletion import Record


def deleted(gone: Iterable[Record]) -> tuple[Event, ...]:
    """What Azure does not hold any more."""
    names = _names(gone)
    return (Event(EventType.NORMAL, "Deleted", f"Deleted {names}."),) if names else ()


def left_behind(connector: Connector, why: str) -> tuple[Event, ...]:
    """What stays in Azure, apart from what was never ours."""
    records = connector.status.get("resources", ())
    names = _names(record for record in records if record.get("origin") != "Existing")
    message = f"Left in Azure as {why} asks: {names}."
    return (Event(EventType.NORMAL, "Orphaned", message),) if names else ()


def without(connector: Connector, gone: Collection[Record]) -> Connector:
    """The object with what is gone struck from its status."""
    records = connector.status.get("resources", ())
    left = [record for record in records if record not in gone]
    return replace(connector, status={**connector.status, "resources": left})


def blocking(fault: Fault) -> Fault:
    """A fault that stops a deletion, with the ways out."""
    # a Secret that went before its object does not come by itself, a silent API server does
    gone = isinstance(fault, Waiting) and fault.reason is Reason.WAITING_FOR_SECRET
    lasts = isinstance(fault, Stalled) or gone
    if not lasts or fault.reason is Reason.DELETION_BLOCKED:
        return fault
    return Stalled(
        Reason.DELETION_BLOCKED,
        f"{fault.message} Deletion goes on once that is mended (a Secret or right given back); "
        f"or annotate the object with {ON_DELETE}=Orphan to leave in Azure what is left.",
        answer=fault.answer,
    )


def _names(records: Iterable[Record]) -> str:
    return ", ".join(f"{record['kind']} {record['name']}" for record in records)
