"""One reconcile of one object: parse, walk or ask, status, when again. The operator calls it.

Decides when a walk is due and when only the connectivity queries are; remembers nothing that
Azure or the status could not tell again.
"""

from collections.abc import Callable, Sequence
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
from controller.reconcile import conditions, events
from controller.reconcile.connectivity import Questions, ask, questions
from controller.reconcile.deletion import ORPHAN, Deletion, delete, needs_finalizer, used_by
from controller.reconcile.observe import Ports
from controller.reconcile.pace import Pace
from controller.reconcile.plan import Plan
from controller.reconcile.status import Seen, is_drift, status
from controller.reconcile.walk import walk


@dataclass
class Memory:
    """What the next reconcile of an object saves by: nothing here decides what is written."""

    generation: int = 0
    requested: str | None = None
    walk_due: datetime | None = None
    ask_due: datetime | None = None
    failures: int = 0
    silences: int = 0
    asked: Questions | None = None


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
        try:
            spec = parse(connector.spec)
            derived = derive(
                spec,
                namespace=connector.namespace,
                name=connector.name,
                installation=self.installation,
            )
        except SpecError as fault:
            return self._failed(connector, fault, memory, resync=self.pace.slowest)
        if spec.suspend:
            return self._outcome(connector, Seen(conditions.suspended()), None)
        if self._walk_is_due(connector, memory):
            return await self._walk(connector, derived, report)
        return await self._ask(connector, spec, memory)

    def _walk_is_due(self, connector: Connector, memory: Memory) -> bool:
        asked_for = connector.annotations.get(RECONCILE_REQUESTED)
        if (memory.generation, memory.requested) != (connector.generation, asked_for):
            memory.generation, memory.requested = connector.generation, asked_for
            memory.failures = memory.silences = 0
            memory.walk_due = memory.ask_due = None
        return memory.walk_due is None or self.clock() >= memory.walk_due

    async def _walk(self, connector: Connector, derived: Derived, report: Report) -> Outcome:
        memory, resync = self._memories[connector.uid], derived.spec.resync_interval_seconds

        async def begin(plan: Plan) -> None:
            seen = Seen(conditions.applying(plan), derived, plan, applying=True)
            found = events.drift_found(plan) if is_drift(connector) else ()
            before = status(connector, seen, self.clock())
            finalizer = needs_finalizer(derived.spec.policy)
            await report(before, finalizer=finalizer, events=found)

        try:
            plan = await walk(derived, self.ports, begin=begin)
        except Fault as fault:
            return self._failed(connector, fault, memory, resync=resync)
        memory.asked = questions(derived, plan) or memory.asked
        memory.ask_due = memory.ask_due or self.clock()
        if plan.fault is not None:
            return self._failed(connector, plan.fault, memory, resync=resync, seen=(derived, plan))
        memory.failures = 0
        memory.walk_due = self.clock() + timedelta(seconds=self.pace.resync(resync))
        seen = Seen(conditions.carried_out(plan), derived, plan)
        outcome = self._outcome(connector, seen, self._next(memory))
        return await self._with_finalizer(connector, derived, outcome, report)

    async def _with_finalizer(
        self, connector: Connector, derived: Derived, outcome: Outcome, report: Report
    ) -> Outcome:
        """The finalizer is there exactly while something would be deleted, whoever removed it."""
        after = replace(connector, status=outcome.status or connector.status)
        deletion = self._deletion(after, derived.spec, frozenset())
        needed, there = any(deletion.doomed()), FINALIZER in connector.finalizers
        if needed and not there and outcome.status is not None:
            await report(outcome.status, finalizer=True)
        return Outcome(outcome.status, outcome.events, outcome.retry_in, release=not needed)

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

    def _failed(
        self,
        connector: Connector,
        fault: Fault,
        memory: Memory,
        *,
        resync: float,
        seen: tuple[Derived, Plan] | None = None,
    ) -> Outcome:
        wait = self.pace.after(fault, memory.failures, resync)
        memory.failures += 1
        memory.walk_due = self.clock() + timedelta(seconds=wait)
        outlook = conditions.failed(
            fault, connector.status, generation=connector.generation, now=self.clock()
        )
        derived, plan = seen or (None, None)
        return self._outcome(connector, Seen(outlook, derived, plan), self._next(memory))

    def _next(self, memory: Memory) -> float | None:
        """Seconds until the earlier of what is due."""
        due = [memory.walk_due, memory.ask_due if memory.asked is not None else None]
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
        left = ", ".join(f"{r['kind']} {r['name']}" for r in connector.status.get("resources", ()))
        if connector.annotations.get(ON_DELETE) == ORPHAN or not left:
            self.forget(connector.uid)
            message = f"Left in Azure as on-delete: Orphan asks: {left}."
            told = (Event(EventType.NORMAL, "Orphaned", message),) if left else ()
            return Outcome(None, told, release=True)
        memory = self._memories.setdefault(connector.uid, Memory())
        try:
            deletion = self._deletion(connector, parse(connector.spec), used_by(others))
            gone = await delete(deletion, self.ports, self.logs)
        except Fault as fault:
            return self._failed(connector, _blocking(fault), memory, resync=self.pace.slowest)
        self.forget(connector.uid)
        told = (Event(EventType.NORMAL, "Deleted", f"Deleted {', '.join(gone)}."),) if gone else ()
        return Outcome(None, told, release=True)


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
