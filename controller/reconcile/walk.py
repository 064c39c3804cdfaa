"""One walk over a connector's resources: reads all, plans, and (with `begin`) carries the plan out.

What does not depend on each other runs at the same time. A resource whose dependency was written
meanwhile is read again before it is written: nothing is written on an old reading.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace

from controller.kinds import KINDS
from controller.model.derived import Derived
from controller.model.errors import Conflict, Fault, Stalled, Transient, Waiting
from controller.model.reasons import Reason
from controller.model.resource import Body, KindName, Refs, Verb, Workspace
from controller.reconcile.observe import KIND, Ports, Reading, read, settle
from controller.reconcile.plan import (
    Action,
    Key,
    Needs,
    Plan,
    Step,
    base_refs,
    blocked,
    decide,
    needs,
    planned,
    provided,
    unknown_refs,
)

CONFLICTS_IN_A_ROW = 3
"""so many answers 409 or 412 to one write count as a failure of Azure's"""

_RANK = {name: rank for rank, name in enumerate(KindName)}
"""in which order a plan names what is independent"""

Begin = Callable[[Plan], Awaitable[None]]


async def walk(derived: Derived, ports: Ports, *, begin: Begin | None = None) -> Plan:
    """The plan, carried out if `begin` is given: it is awaited once, before the first write.

    Raises the Fault of a workspace that is not there or not ready, and with `begin` the SpecError
    of any resource: a spec that is wrong in part makes nothing. Other faults of single resources
    are in their steps: everything that does not depend on them is done all the same.
    """
    wanted = [resource for kind in KINDS for resource in kind.resources(derived)]
    resources = sorted(wanted, key=lambda resource: _RANK[resource.kind])
    workspace, looks = await asyncio.gather(
        _workspace(derived, ports),
        asyncio.gather(*(read(resource, ports) for resource in resources)),
    )
    if isinstance(workspace, Fault):
        raise workspace
    order = needs(derived, resources, base_refs(derived, workspace))
    readings = {resource.key: look for resource, look in zip(resources, looks, strict=True)}
    plan = planned(derived, workspace, order, readings)
    if begin is None or not plan.to_do:
        return plan
    if (wrong := plan.wrong) is not None:
        raise wrong
    await begin(plan)
    return await _Carrier(derived, ports, workspace, order).carry_out(readings)


async def _workspace(derived: Derived, ports: Ports) -> Workspace | Fault:
    place = derived.spec.workspace
    try:
        return await ports.inventory.workspace(
            place.subscription_id, place.resource_group, place.name
        )
    except Fault as fault:
        return fault


class _Carrier:
    """Carries one plan out: a task a resource, each waiting for the ones it needs."""

    def __init__(self, derived: Derived, ports: Ports, workspace: Workspace, order: Needs) -> None:
        self._derived = derived
        self._ports = ports
        self._workspace = workspace
        self._order = order

    async def carry_out(self, readings: Mapping[Key, Reading]) -> Plan:
        tasks: dict[Key, asyncio.Task[Step]] = {}
        async with asyncio.TaskGroup() as group:
            for key, needed in self._order.items():
                before = [tasks[other] for other in needed]
                tasks[key] = group.create_task(self._bring(readings[key], before))
        steps = tuple(task.result() for task in tasks.values())
        return Plan(self._workspace, steps, self._refs(steps))

    def _refs(self, steps: Iterable[Step]) -> Refs:
        refs = base_refs(self._derived, self._workspace)
        for step in steps:
            refs = refs.also(provided(self._derived, step))
        return refs

    async def _bring(self, reading: Reading, before: list[asyncio.Task[Step]]) -> Step:
        """One resource to what is desired, once all that it needs has got there."""
        needed = [await task for task in before]
        if not all(step.reached for step in needed):
            return blocked(reading)
        refs, found = self._refs(needed), reading.found
        stale = any(step.written for step in needed)
        try:
            step = await self._until_written(reading, refs, stale=stale)
        except Fault as fault:
            step = replace(decide(self._derived, reading, refs), action=Action.FAILED, fault=fault)
        return replace(step, found=found)

    async def _until_written(self, reading: Reading, refs: Refs, *, stale: bool) -> Step:
        """Writes at most once with success; after a conflict reads and plans again."""
        conflict: Conflict | None = None
        for _ in range(CONFLICTS_IN_A_ROW):
            if reading.unsettled is not None:
                reading = await settle(reading, self._ports)
            step = decide(self._derived, reading, refs)
            appeared_since = stale and reading.body is None
            if not step.writes and not appeared_since:
                return step
            try:
                return await self._in_turn(reading, refs, stale=stale)
            except Conflict as error:
                conflict, stale = error, True
        raise Transient(
            Reason.AZURE_UNAVAILABLE,
            f"{reading.resource.kind} {reading.resource.name}: {CONFLICTS_IN_A_ROW} times in a row "
            f"somebody else wrote at the same time ({conflict}).",
        ) from conflict

    async def _in_turn(self, reading: Reading, refs: Refs, *, stale: bool) -> Step:
        resource, gate = reading.resource, self._ports.gate
        async with gate.turn(resource.id, KIND[resource.kind].serial):
            if stale or gate.version(resource.id) != reading.version:
                missing = reading.body is None
                look = await read(resource, self._ports, missing=missing)
                reading = await settle(look, self._ports)
            step = decide(self._derived, reading, refs)
            if not step.writes:
                return step
            self._refuse_to_lose_more(step)
            return await self._write(step)

    def _refuse_to_lose_more(self, step: Step) -> None:
        """After a loss nothing is written until somebody has put back what was lost."""
        resource_id, gate = step.resource.id, self._ports.gate
        held = gate.stopped(resource_id)
        if held is None:
            return
        lost = KIND[step.resource.kind].lost(held, step.readback) if step.readback else None
        if lost is not None:
            raise _columns_lost(step, lost)
        gate.resume(resource_id)

    async def _write(self, step: Step) -> Step:
        kind, before = KIND[step.resource.kind], step.readback
        request = kind.write(step.desired or {}, before, step.changes)
        missing = unknown_refs(request.body)
        if missing:
            raise Waiting(
                Reason.WAITING_FOR_PARENT,
                f"{step.resource.kind} {step.resource.name}: Azure does not tell "
                f"{', '.join(sorted(missing))}, which it is to hold.",
            )
        send = self._ports.arm.put if request.verb is Verb.PUT else self._ports.arm.patch
        try:
            after: Body = await send(step.resource.id, request.body)
        finally:
            self._ports.gate.wrote(step.resource.id)  # also a write whose answer was lost
        lost = kind.lost(before, after) if before is not None else None
        if before is not None and lost is not None:
            self._ports.gate.stop(step.resource.id, before)
            raise _columns_lost(step, lost)
        return replace(step, readback=after, written=True)


def _columns_lost(step: Step, lost: str) -> Stalled:
    return Stalled(
        Reason.COLUMNS_LOST,
        f"{step.resource.kind} {step.resource.name} lost {lost} by the operator's own write, so "
        "it writes no more to it. Put them back with their types: it goes on by itself then.",
    )
