"""Whom a drift is to be laid to: what is asked of Azure's log, when, and what is told of it.

Nothing waits for it: a repair is done when the first question is asked.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from controller.model.activity import Activity, Author
from controller.model.connector import Event, EventType
from controller.model.resource import Resource
from controller.reconcile.conditions import Status, stamp
from controller.reconcile.plan import Action, Plan, Step

AGAIN = timedelta(minutes=15)
"""entries come minutes late: so long after the first question comes the second and last one"""
FURTHEST = timedelta(days=1)
"""how far back is asked when nobody remembers the resource as it should be"""
SKEW = timedelta(minutes=1)
"""how far Azure's clock may be behind ours"""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One drift whose author is not known yet."""

    resource: Resource
    since: datetime
    due: datetime
    last: bool = False


class Finding(NamedTuple):
    """A resource and who wrote it last."""

    resource: Resource
    author: Author


@dataclass
class Authors:
    """What is still to be asked for one object. By folded ids; a new process starts empty."""

    _right: dict[str, datetime] = field(default_factory=dict)
    """when a walk last began that found or left the resource as declared"""
    _known: dict[str, int] = field(default_factory=dict)
    """the drift that has been asked about, as a hash: one that stays is asked about once"""
    _open: dict[str, Inquiry] = field(default_factory=dict)

    def note(self, plan: Plan, began: datetime, *, drift: bool) -> None:
        """After a walk; `drift`: what differed was not the spec's change."""
        for step in plan.steps:
            key = step.resource.id.casefold()
            mark = hash((step.action, repr(step.changes)))
            if drift and _differs(step) and self._known.get(key) != mark:
                self._known[key] = mark
                since = self._right.get(key, began - FURTHEST) - SKEW
                self._open[key] = Inquiry(step.resource, since, began)
            if step.reached:
                self._right[key] = began
                self._known.pop(key, None)

    @property
    def due(self) -> datetime | None:
        """When the next question is, None: there is none."""
        return min((inquiry.due for inquiry in self._open.values()), default=None)

    async def ask(self, activity: Activity, now: datetime) -> tuple[Finding, ...]:
        """Asks what is due; what is not known then is asked once more."""
        due = {key: inquiry for key, inquiry in self._open.items() if inquiry.due <= now}
        answers = await asyncio.gather(
            *(activity.last_write(i.resource.id, i.since) for i in due.values())
        )
        found = []
        for (key, inquiry), author in zip(due.items(), answers, strict=True):
            if author is not None:
                found.append(Finding(inquiry.resource, author))
            if author is not None or inquiry.last:
                del self._open[key]
            else:
                self._open[key] = replace(inquiry, due=now + AGAIN, last=True)
        return tuple(found)


def _differs(step: Step) -> bool:
    return bool(step.changes) or step.action is Action.CREATE


def events(found: Sequence[Finding]) -> tuple[Event, ...]:
    """One for each resource."""
    return tuple(Event(EventType.NORMAL, "ChangedBy", _sentence(finding)) for finding in found)


def _sentence(finding: Finding) -> str:
    resource, author = finding
    who = author.caller or "somebody whom Azure does not name"
    did = "deleted" if author.operation.lower().endswith("/delete") else "written"
    return (
        f"{resource.kind} {resource.name} was {did} by {who} at {stamp(author.time)} "
        f"({author.operation})."
    )


def told(status: Status, found: Iterable[Finding]) -> Status:
    """The status whose drift says who made it, as far as it is still there."""
    by_key = {(str(f.resource.kind), f.resource.name): _shown(f.author) for f in found}
    drift = [
        {**entry, "changedBy": by_key[entry["kind"], entry["name"]]}
        if (entry["kind"], entry["name"]) in by_key
        else entry
        for entry in status.get("drift", ())
    ]
    return {**status, "drift": drift} if drift else status


def _shown(author: Author) -> dict[str, str]:
    shown = {"caller": author.caller, "time": stamp(author.time), "operation": author.operation}
    return {key: value for key, value in shown.items() if value}


def still_told(entries: Iterable[Mapping[str, str]], previous: Status) -> Iterator[dict[str, Any]]:
    """Entries of a drift, those that were there before with the author that they had."""
    before = {
        _key(entry): entry["changedBy"]
        for entry in previous.get("drift", ())
        if "changedBy" in entry
    }
    for entry in entries:
        author = before.get(_key(entry))
        yield dict(entry) if author is None else {**entry, "changedBy": author}


def _key(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(entry[part] for part in ("kind", "name", "path", "actual"))
