"""One walk over a connector's resources: reads all, plans, and (with `begin`) carries the plan out.

What does not depend on each other runs at the same time. A resource whose dependency was written
meanwhile is read again before it is written: nothing is written on an old reading.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from controller.model.derived import Derived
from controller.model.errors import Conflict, Fault, Transient
from controller.model.reasons import Reason
from controller.model.resource import Refs, Workspace
from controller.reconcile.adoption import found, resources
from controller.reconcile.consent import ALL, Consent, Leave
from controller.reconcile.decision import blocked, decide, goes_with, held_by, planned
from controller.reconcile.observe import KIND, Ports, Reading, read, settle
from controller.reconcile.ownership import Hold, Standing
from controller.reconcile.plan import (
    Action,
    Key,
    Needs,
    Plan,
    Step,
    base_refs,
    needs,
    provided,
)
from controller.reconcile.rivals import OWNED
from controller.reconcile.writing import written

CONFLICTS_IN_A_ROW = 3
"""so many answers 409 or 412 to one write count as a failure of Azure's"""

Begin = Callable[[Plan], Awaitable[None]]
T = TypeVar("T")


async def walk(
    derived: Derived, ports: Ports, *, begin: Begin | None = None, leave: Leave = ALL
) -> Plan:
    """The plan, carried out as far as `leave` goes if `begin` is given.

    `begin` is awaited once, before the first write.
    Raises the Fault of a workspace that is not there or not ready, Stalled for a connector that is
    there under another name or belongs to an older object, and with `begin` the SpecError of any
    resource: a spec that is wrong in part makes nothing. Other faults of single resources are in
    their steps: what does not depend on them is done all the same, unless Azure would refuse it
    for ever or it is somebody else's.
    """
    workspace, looked = await asyncio.gather(
        _or_fault(_workspace(derived, ports)), _or_fault(found(derived, ports, leave.standing))
    )
    if isinstance(workspace, Fault):
        raise workspace
    if isinstance(looked, Fault):
        raise looked
    derived, readings = looked
    order = needs(derived, resources(derived), base_refs(derived, workspace))
    plan = planned(derived, workspace, order, readings, leave.standing)
    if plan.to_do or plan.refused:
        _yield_to_elders(plan, leave.standing)
    agreed = leave.consent(plan)
    if begin is None or plan.refused or not any(agreed(step) for step in plan.to_do):
        return plan
    if (wrong := plan.wrong) is not None:
        raise wrong
    await begin(plan)
    held = held_by(derived, readings, leave.standing)
    carrier = _Carrier(derived, ports, workspace, agreed=agreed, held=held)
    return await carrier.carry_out(order, readings)


async def _or_fault(answer: Awaitable[T]) -> T | Fault:
    """So that of two that fail the one that says more is told, and none is left running."""
    try:
        return await answer
    except Fault as fault:
        return fault


async def _workspace(derived: Derived, ports: Ports) -> Workspace:
    place = derived.spec.workspace
    return await ports.inventory.workspace(place.subscription_id, place.resource_group, place.name)


def _yield_to_elders(plan: Plan, standing: Standing) -> None:
    """Raises Stalled(Conflict) for what an older object of the cluster has."""
    ids = {step.resource.id.casefold() for step in plan.steps if step.resource.kind in OWNED}
    if (conflict := standing.rival(ids)) is not None:
        raise conflict


class _Carrier:
    """Carries one plan out: a task a resource, each waiting for the ones it needs."""

    def __init__(
        self, derived: Derived, ports: Ports, workspace: Workspace, *, agreed: Consent, held: Hold
    ) -> None:
        self._derived = derived
        self._ports = ports
        self._workspace = workspace
        self._agreed = agreed
        self._held = held
        self._wanted = {resource.key: resource for resource in resources(derived)}

    async def carry_out(self, order: Needs, readings: Mapping[Key, Reading]) -> Plan:
        tasks: dict[Key, asyncio.Task[Step]] = {}
        async with asyncio.TaskGroup() as group:
            for key, needed in order.items():
                before = [tasks[other] for other in needed]
                tasks[key] = group.create_task(self._bring(key, readings[key], before))
        steps = tuple(task.result() for task in tasks.values())
        return Plan(self._workspace, steps, self._refs(steps), self._derived)

    def _refs(self, steps: Iterable[Step]) -> Refs:
        refs = base_refs(self._derived, self._workspace)
        for step in steps:
            refs = refs.also(provided(self._derived, step))
        return refs

    async def _bring(self, key: Key, reading: Reading, before: list[asyncio.Task[Step]]) -> Step:
        """One resource to what is desired, once all that it needs has got there."""
        needed = [await task for task in before]
        if not all(step.reached for step in needed):
            return blocked(reading)
        refs, there = self._refs(needed), reading.found
        if any(goes_with(step, reading.resource) for step in needed):
            reading = await read(self._wanted[key], self._ports)
        stale = any(step.written for step in needed)
        try:
            step = await self._until_written(reading, refs, stale=stale)
        except Fault as fault:
            step = replace(self._decide(reading, refs), action=Action.FAILED, fault=fault)
        return replace(step, found=there)

    async def _until_written(self, reading: Reading, refs: Refs, *, stale: bool) -> Step:
        """Carries one step out at most once; after a conflict reads and plans again."""
        conflict: Conflict | None = None
        for _ in range(CONFLICTS_IN_A_ROW):
            if reading.unsettled is not None:
                reading = await settle(reading, self._ports)
            step = self._decide(reading, refs)
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
            step = self._decide(reading, refs)
            if not (step.writes and self._agreed(step)):
                return step
            return await written(step, lambda found: self._decide(found, refs), self._ports)

    def _decide(self, reading: Reading, refs: Refs) -> Step:
        return decide(self._derived, reading, refs, self._held)
