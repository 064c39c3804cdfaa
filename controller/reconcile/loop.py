"""One reconcile of one object: parse, walk or ask, status, when again. The operator calls it.

Decides when a walk is due and when only the connectivity queries are; remembers nothing that
Azure or the status could not tell again.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from controller.model.connector import (
    FINALIZER,
    ON_DELETE,
    RECONCILE_REQUESTED,
    Connector,
    Event,
    EventType,
    Gone,
    Outcome,
    Report,
)
from controller.model.derived import Derived, derive
from controller.model.errors import Fault, SpecError, Stalled
from controller.model.reasons import Reason
from controller.model.resource import Logs
from controller.model.spec import Spec, parse
from controller.reconcile import authors, conditions, events
from controller.reconcile.authors import Authors
from controller.reconcile.conditions import NOTHING, Status
from controller.reconcile.connectivity import Questions, ask, questions
from controller.reconcile.deletion import ORPHAN, Deletion, Record, delete, used_by
from controller.reconcile.observe import Ports
from controller.reconcile.pace import Pace
from controller.reconcile.plan import Plan
from controller.reconcile.preflight.ahead import ahead, refuse, schemas_of
from controller.reconcile.preflight.check import preflight
from controller.reconcile.preflight.findings import Verdict
from controller.reconcile.status import Seen, is_drift, status
from controller.reconcile.walk import walk


@dataclass
class Memory:
    """What the next reconcile of an object saves by: nothing here decides what is written."""

    generation: int = 0
    first_seen: datetime | None = None
    """when the generation came up, None: before this process did"""
    requested: str | None = None
    walk_due: datetime | None = None
    ask_due: datetime | None = None
    failures: int = 0
    silences: int = 0
    asked: Questions | None = None
    checked: int | None = None
    """generation and schemas that the preflight let pass, as a hash"""
    warned: int = 0
    """the generation whose warnings were told"""
    authors: Authors = field(default_factory=Authors)
    """whom drifts are still to be laid to"""


@dataclass
class Reconciler:
    """The reconcile that the operator calls; `clock` gives aware times.

    `connectivity_seconds` is how often objects that do not say so are asked for data.
    """

    ports: Ports
    logs: Logs
    installation: str
    clock: Callable[[], datetime]
    pace: Pace
    connectivity_seconds: int = 300
    _memories: dict[str, Memory] = field(default_factory=dict)
    _early: set[asyncio.Task[Verdict]] = field(default_factory=set)

    async def __call__(
        self, connector: Connector, others: Sequence[Connector], report: Report
    ) -> Outcome:
        """Never raises a Fault: it becomes conditions. Gone ends the run without a trace."""
        try:
            if connector.deleting:
                return await self._delete(connector, others)
            return await self._keep(connector, report)
        except Gone:
            self.forget(connector.uid)
            return Outcome(status=None)

    def forget(self, uid: str) -> None:
        """The object is no more."""
        self._memories.pop(uid, None)

    async def _keep(self, connector: Connector, report: Report) -> Outcome:
        memory = self._memories.setdefault(connector.uid, Memory())
        self._note(connector, memory)
        try:
            spec = parse(connector.spec)
            derived = derive(
                spec,
                namespace=connector.namespace,
                name=connector.name,
                installation=self.installation,
            )
        except SpecError as fault:
            memory.asked = None
            return self._failed(connector, fault, Seen(NOTHING), resync=self.pace.slowest)
        if spec.suspend:
            return self._outcome(connector, Seen(conditions.suspended()), None)
        if memory.walk_due is None or self.clock() >= memory.walk_due:
            return await self._walk(connector, derived, report)
        if memory.authors.due is not None and self.clock() >= memory.authors.due:
            return await self._lay(connector, memory)
        return await self._ask(connector, spec, memory)

    def _note(self, connector: Connector, memory: Memory) -> None:
        """A new generation, and a walk that somebody asks for, are due at once."""
        if memory.generation != connector.generation:
            known = connector.status.get("observedGeneration") == connector.generation
            memory.first_seen = None if known else self.clock()
            memory.checked = None
        asked_for = connector.annotations.get(RECONCILE_REQUESTED)
        if (memory.generation, memory.requested) != (connector.generation, asked_for):
            memory.generation, memory.requested = connector.generation, asked_for
            memory.failures = memory.silences = 0
            memory.walk_due = memory.ask_due = None

    async def _walk(self, connector: Connector, derived: Derived, report: Report) -> Outcome:
        memory, began = self._memories[connector.uid], self.clock()
        resync = derived.spec.resync_interval_seconds
        self._begin_to_look_ahead(derived, memory)
        reported: Status | None = None

        async def begin(plan: Plan) -> None:
            nonlocal reported
            warned = await self._look_ahead(connector, derived, plan)
            reported = self._applying(connector, derived, plan)
            found = events.drift_found(plan) if is_drift(connector) else ()
            finalizer = self._would_delete(connector, derived, reported)
            await report(reported, finalizer=finalizer, events=(*warned, *found))

        try:
            plan = await walk(derived, self.ports, begin=begin)
        except Fault as fault:
            return self._failed(connector, fault, Seen(NOTHING), resync=resync)
        memory.authors.note(plan, began, drift=is_drift(connector))
        memory.asked = questions(derived, plan) or memory.asked
        memory.ask_due = memory.ask_due or self.clock()
        seen = Seen(NOTHING, derived, plan, reported=reported)
        if plan.fault is not None:
            return self._failed(connector, plan.fault, seen, resync=resync)
        memory.failures = 0
        memory.walk_due = self.clock() + timedelta(seconds=self.pace.resync(resync))
        seen = replace(seen, outlook=conditions.carried_out(plan))
        outcome = self._outcome(connector, seen, self._next(memory))
        return await self._with_finalizer(connector, derived, outcome, report)

    def _begin_to_look_ahead(self, derived: Derived, memory: Memory) -> None:
        """A new spec will be written: its texts are checked while the walk reads."""
        if memory.first_seen is not None and memory.checked is None:
            early = asyncio.create_task(preflight(derived, {}, self.ports.kql))
            self._early.add(early)
            early.add_done_callback(self._early.discard)

    async def _look_ahead(
        self, connector: Connector, derived: Derived, plan: Plan
    ) -> tuple[Event, ...]:
        """The preflight, once a generation and schema; raises SpecError for its errors."""
        memory = self._memories[connector.uid]
        key = hash((connector.generation, repr(schemas_of(plan))))
        if memory.checked == key:
            return ()
        verdict = await ahead(derived, plan, self.ports)
        refuse(verdict)
        memory.checked = key
        told = memory.warned == connector.generation
        memory.warned = connector.generation
        return () if told else events.warned(verdict.warnings)

    def _applying(self, connector: Connector, derived: Derived, plan: Plan) -> Status:
        """The status before the first write."""
        outlook = conditions.applying(plan, connector.status, generation=connector.generation)
        return status(connector, Seen(outlook, derived, plan, applying=True), self.clock())

    async def _with_finalizer(
        self, connector: Connector, derived: Derived, outcome: Outcome, report: Report
    ) -> Outcome:
        """The finalizer is there exactly while something would be deleted, whoever removed it."""
        after = outcome.status or connector.status
        needed = self._would_delete(connector, derived, after)
        if needed and FINALIZER not in connector.finalizers:
            await report(after, finalizer=True)
        return replace(outcome, release=not needed)

    def _would_delete(self, connector: Connector, derived: Derived, after: Status) -> bool:
        """Whether deletion of the object would delete something, with that status."""
        connector = replace(connector, status=after)
        return any(self._deletion(connector, derived.spec, frozenset()).doomed())

    async def _lay(self, connector: Connector, memory: Memory) -> Outcome:
        """Only the question who made a drift; nothing is compared."""
        found = await memory.authors.ask(self.ports.activity, self.clock())
        after = authors.told(connector.status, found) if found else None
        return Outcome(after, authors.events(found), self._next(memory))

    async def _ask(self, connector: Connector, spec: Spec, memory: Memory) -> Outcome:
        """Only the connectivity queries; nothing is compared."""
        if memory.asked is None or (memory.ask_due is not None and self.clock() < memory.ask_due):
            return Outcome(status=None, retry_in=self._next(memory))
        found = await ask(memory.asked, self.logs)
        interval = spec.connectivity_interval_seconds or self.connectivity_seconds
        memory.silences = 0 if found.verdict.status == "True" else memory.silences + 1
        wait = self.pace.connectivity(interval, memory.silences)
        memory.ask_due = self.clock() + timedelta(seconds=wait)
        seen = Seen(conditions.unchanged(connector.status), connectivity=found)
        return self._outcome(connector, seen, self._next(memory))

    def _failed(self, connector: Connector, fault: Fault, seen: Seen, *, resync: float) -> Outcome:
        memory = self._memories[connector.uid]
        wait = self.pace.after(fault, memory.failures, resync)
        memory.failures += 1
        memory.walk_due = self.clock() + timedelta(seconds=wait)
        outlook = conditions.failed(
            fault,
            connector.status,
            generation=connector.generation,
            first_seen=memory.first_seen,
            now=self.clock(),
        )
        return self._outcome(connector, replace(seen, outlook=outlook), self._next(memory))

    def _next(self, memory: Memory) -> float | None:
        """Seconds until the earlier of what is due."""
        ask_due = memory.ask_due if memory.asked is not None else None
        due = [memory.walk_due, ask_due, memory.authors.due]
        times = [(time - self.clock()).total_seconds() for time in due if time is not None]
        return max(0.0, min(times)) if times else None

    def _outcome(self, connector: Connector, seen: Seen, retry_in: float | None) -> Outcome:
        after = status(connector, seen, self.clock())
        told = list(events.transitions(connector.status, after))
        if seen.plan is not None:
            told = [*events.written(seen.plan, drift=is_drift(connector)), *told]
        return Outcome(after, tuple(told), retry_in)

    def _deletion(self, connector: Connector, spec: Spec, shared: frozenset[str]) -> Deletion:
        return Deletion(connector, spec.workspace, spec.policy, self.installation, shared)

    async def _delete(self, connector: Connector, others: Sequence[Connector]) -> Outcome:
        if FINALIZER not in connector.finalizers:
            self.forget(connector.uid)
            return Outcome(status=None)
        if connector.annotations.get(ON_DELETE) == ORPHAN or not connector.status.get("resources"):
            return self._released(connector, _orphaned(connector))
        memory = self._memories.setdefault(connector.uid, Memory())
        self._note(connector, memory)
        memory.asked = None
        try:
            spec = parse(connector.spec)
        except SpecError as fault:
            return self._blocked(connector, fault)
        progress = await delete(
            self._deletion(connector, spec, used_by(others)), self.ports, self.logs
        )
        if progress.fault is not None:
            return self._blocked(_without(connector, progress.gone), progress.fault)
        names = _names(progress.gone)
        told = (Event(EventType.NORMAL, "Deleted", f"Deleted {names}."),) if names else ()
        return self._released(connector, told)

    def _blocked(self, connector: Connector, fault: Fault) -> Outcome:
        seen = Seen(NOTHING)
        return self._failed(connector, _blocking(fault), seen, resync=self.pace.slowest)

    def _released(self, connector: Connector, told: tuple[Event, ...]) -> Outcome:
        self.forget(connector.uid)
        return Outcome(None, told, release=True)


def _names(records: Iterable[Record]) -> str:
    return ", ".join(f"{record['kind']} {record['name']}" for record in records)


def _orphaned(connector: Connector) -> tuple[Event, ...]:
    """What is left behind, apart from what was never ours."""
    records = connector.status.get("resources", ())
    names = _names(record for record in records if record.get("origin") != "Existing")
    message = f"Left in Azure as on-delete: Orphan asks: {names}."
    return (Event(EventType.NORMAL, "Orphaned", message),) if names else ()


def _without(connector: Connector, gone: Collection[Record]) -> Connector:
    """The object with what is gone struck from its status."""
    records = connector.status.get("resources", ())
    left = [record for record in records if record not in gone]
    return replace(connector, status={**connector.status, "resources": left})


def _blocking(fault: Fault) -> Fault:
    """A fault that stops a deletion, with the ways out."""
    if not isinstance(fault, Stalled) or fault.reason is Reason.DELETION_BLOCKED:
        return fault
    return Stalled(
        Reason.DELETION_BLOCKED,
        f"{fault.message} Deletion goes on once that is mended (a Secret or right given back); "
        f"or annotate the object with {ON_DELETE}=Orphan to leave in Azure what is left.",
        answer=fault.answer,
    )
