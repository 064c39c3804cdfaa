"""One reconcile of one object: parse, walk or ask, status, when again. The operator calls it.

Decides when a walk is due and when only the connectivity queries are; remembers nothing that
Azure or the status could not tell again.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from controller.model.connector import (
    FINALIZER,
    ON_DELETE,
    Connector,
    Event,
    Gone,
    Outcome,
    Report,
)
from controller.model.derived import Derived, derive
from controller.model.errors import Fault, SpecError, Stalled
from controller.model.facts import DataSeen, Fact
from controller.model.resource import Logs
from controller.model.spec import Apply, Spec, parse
from controller.reconcile import authors, conditions, consent, events, held, parting, records
from controller.reconcile.conditions import NOTHING, Status
from controller.reconcile.connectivity.collector import Collector
from controller.reconcile.deletion import ORPHAN, Deletion, delete, used_by
from controller.reconcile.memory import Memory
from controller.reconcile.observe import Ports
from controller.reconcile.orphans import cleared, left_over
from controller.reconcile.pace import Pace
from controller.reconcile.plan import Plan
from controller.reconcile.preflight.ahead import ahead, refuse, schemas_of
from controller.reconcile.preflight.check import preflight
from controller.reconcile.preflight.findings import Verdict
from controller.reconcile.reach import Reaches, anywhere, within
from controller.reconcile.rivals import Neighbours, still_behind
from controller.reconcile.status import Seen, applying, status
from controller.reconcile.walk import walk


@dataclass
class Reconciler:
    """The reconcile that the operator calls; `clock` gives aware times.

    `connectivity_seconds` is how often objects that do not say so are asked for data; `reaches`
    is how far the objects of a namespace may go; `memories` are by uid, and may be shared.
    """

    ports: Ports
    logs: Logs
    installation: str
    clock: Callable[[], datetime]
    pace: Pace
    connectivity_seconds: int = 300
    reaches: Reaches = anywhere
    memories: dict[str, Memory] = field(default_factory=dict)
    _early: set[asyncio.Task[Verdict]] = field(default_factory=set)
    _collector: Collector = field(init=False)

    def __post_init__(self) -> None:
        self._collector = Collector(self.logs, self.clock)

    async def __call__(
        self, connector: Connector, others: Sequence[Connector], report: Report
    ) -> Outcome:
        """Never raises a Fault: it becomes conditions. Gone ends the run without a trace."""
        try:
            if connector.deleting:
                return await self._delete(connector, others)
            return await self._keep(connector, others, report)
        except Gone:
            self.forget(connector.uid)
            return Outcome(status=None)

    def forget(self, uid: str) -> None:
        """The object is no more."""
        self.memories.pop(uid, None)

    async def _keep(
        self, connector: Connector, others: Sequence[Connector], report: Report
    ) -> Outcome:
        memory = self.memories.setdefault(connector.uid, Memory())
        memory.note(connector, self.clock())
        try:
            spec = parse(connector.spec)
            derived = derive(
                spec,
                namespace=connector.namespace,
                name=connector.name,
                installation=self.installation,
            )
            self.reaches(connector.namespace).check(derived)
        except Stalled as fault:
            memory.asked = None
            return self._failed(connector, fault, Seen(NOTHING), resync=self.pace.slowest)
        if spec.suspend:
            return self._outcome(connector, Seen(conditions.suspended()), None)
        if memory.walk_due is None or self.clock() >= memory.walk_due:
            neighbours = Neighbours(
                connector, others, self.installation, self.clock(), memory.absent, self.reaches
            )
            self.ports.gate.recall(records.losses(connector.status))
            return await self._walk(neighbours, derived, report)
        if memory.authors.due is not None and self.clock() >= memory.authors.due:
            return await self._lay(connector, memory)
        return await self._ask(connector, spec, memory)

    async def _walk(self, neighbours: Neighbours, derived: Derived, report: Report) -> Outcome:
        connector = neighbours.connector
        memory, began = self.memories[connector.uid], self.clock()
        resync = derived.spec.resync_interval_seconds
        if (conflict := still_behind(neighbours)) is not None:
            return self._failed(connector, conflict, Seen(NOTHING), resync=resync)
        self._begin_to_look_ahead(derived, memory)
        reported: Status | None = None
        drift = consent.is_applied(connector)

        async def begin(plan: Plan) -> None:
            nonlocal reported
            warned = await self._look_ahead(connector, derived, plan)
            reported = applying(connector, plan.derived or derived, plan, self.clock())
            found = events.drift_found(plan) if drift else ()
            self._tell(memory.begun(plan, self.clock(), drift=drift))
            await report(
                reported,
                finalizer=self._would_delete(connector, derived, reported),
                events=(*warned, *found),
            )

        try:
            leave = consent.leave(connector, derived, neighbours.standing())
            plan = await walk(derived, self._ports(connector), begin=begin, leave=leave)
            derived = plan.derived or derived
            asks = reported is None and held.asks(derived, plan)
            warned = await self._look_ahead(connector, derived, plan) if asks else ()
            connector, parted = await self._clear(neighbours, derived, plan)
        except Fault as fault:
            return self._failed(connector, fault, Seen(NOTHING), resync=resync)
        memory.walked(derived, plan, began=began, drift=drift)
        self._tell(memory.ended(plan, self.clock(), drift=drift))
        seen = Seen(NOTHING, derived, plan, reported=reported)
        said = held.outlook(connector, derived, plan)
        if isinstance(said, Fault):
            return self._failed(connector, said, seen, resync=resync)
        memory.failures = 0
        memory.walk_due = self.clock() + timedelta(seconds=self.pace.resync(resync))
        outcome = self._outcome(
            connector,
            replace(seen, outlook=said),
            memory.next(self.clock()),
            told=(*warned, *parted),
        )
        return await self._with_finalizer(connector, derived, outcome, report)

    async def _clear(
        self, neighbours: Neighbours, derived: Derived, plan: Plan
    ) -> tuple[Connector, tuple[Event, ...]]:
        """What left the spec goes once its successor works, by the same policy as a deletion."""
        connector = neighbours.connector
        if not plan.done or derived.spec.policy.apply is Apply.NEVER:
            return connector, ()
        apart = left_over(connector, plan)
        if not any(self._deletion(apart, derived.spec, frozenset()).doomed()):
            return connector, ()
        shared = used_by(neighbours.others, self.reaches)
        deletion = self._deletion(apart, derived.spec, shared)
        return await cleared(connector, deletion, self._ports(connector), self.logs)

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
        memory = self.memories[connector.uid]
        key = hash((connector.generation, repr(schemas_of(plan))))
        if memory.checked == key:
            return ()
        verdict = await ahead(derived, plan, self.ports)
        refuse(verdict)
        memory.checked = key
        told = memory.warned == connector.generation
        memory.warned = connector.generation
        return () if told else events.warned(verdict.warnings)

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
        return Outcome(after, authors.events(found), memory.next(self.clock()))

    async def _ask(self, connector: Connector, spec: Spec, memory: Memory) -> Outcome:
        """Only the connectivity queries; nothing is compared."""
        if memory.asked is None or (memory.ask_due is not None and self.clock() < memory.ask_due):
            return Outcome(status=None, retry_in=memory.next(self.clock()))
        answered = await self._collector.ask(memory.asked, memory.answers_since)
        found = answered.connectivity
        interval = spec.connectivity_interval_seconds or self.connectivity_seconds
        self._tell([DataSeen(connector.key, found.last_received, *(found.counts or ()))])
        if found.verdict.status == "True":
            self._tell(memory.phases.connected(self.clock()))
        memory.silences = 0 if found.verdict.status == "True" else memory.silences + 1
        wait = self.pace.connectivity(interval, memory.silences)
        memory.asks_again(answered.at, wait)
        if memory.answers_since is not None:
            self._collector.expect(memory.asked, memory.answers_since)
        seen = Seen(conditions.unchanged(connector.status), connectivity=found)
        return self._outcome(connector, seen, memory.next(self.clock()))

    def _failed(self, connector: Connector, fault: Fault, seen: Seen, *, resync: float) -> Outcome:
        memory = self.memories[connector.uid]
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
        seen = replace(seen, outlook=outlook)
        return replace(self._outcome(connector, seen, memory.next(self.clock())), fault=fault)

    def _tell(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            self.ports.tell(fact)

    def _outcome(
        self,
        connector: Connector,
        seen: Seen,
        retry_in: float | None,
        *,
        told: tuple[Event, ...] = (),
    ) -> Outcome:
        after = status(connector, seen, self.clock())
        if seen.plan is not None:
            done = events.written(seen.plan, drift=consent.is_applied(connector))
            told = (*told, *done, *events.kept_now(seen.plan, connector.status))
        return Outcome(after, (*told, *events.transitions(connector.status, after)), retry_in)

    def _ports(self, connector: Connector) -> Ports:
        return within(self.ports, self.reaches(connector.namespace))

    def _deletion(self, connector: Connector, spec: Spec, shared: frozenset[str]) -> Deletion:
        return Deletion(connector, spec.workspace, spec.policy, self.installation, shared)

    async def _delete(self, connector: Connector, others: Sequence[Connector]) -> Outcome:
        if FINALIZER not in connector.finalizers:
            self.forget(connector.uid)
            return Outcome(status=None)
        if connector.annotations.get(ON_DELETE) == ORPHAN or not connector.status.get("resources"):
            return self._released(connector, parting.left_behind(connector, "on-delete: Orphan"))
        memory = self.memories.setdefault(connector.uid, Memory())
        memory.note(connector, self.clock())
        memory.asked = None
        try:
            spec = parse(connector.spec)
        except SpecError as fault:
            return self._blocked(connector, fault)
        if spec.policy.apply is Apply.NEVER:
            told = parting.left_behind(connector, "policy.apply: Never")
            return self._released(connector, told)
        deletion = self._deletion(connector, spec, used_by(others, self.reaches))
        progress = await delete(deletion, self._ports(connector), self.logs)
        if progress.fault is not None:
            return self._blocked(parting.without(connector, progress.gone), progress.fault)
        return self._released(connector, parting.deleted(progress.gone))

    def _blocked(self, connector: Connector, fault: Fault) -> Outcome:
        seen = Seen(NOTHING)
        return self._failed(connector, parting.blocking(fault), seen, resync=self.pace.slowest)

    def _released(self, connector: Connector, told: tuple[Event, ...]) -> Outcome:
        self.forget(connector.uid)
        return Outcome(None, told, release=True)
