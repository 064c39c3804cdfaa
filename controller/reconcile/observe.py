"""What is there: readings of resources through the ports.

Decides what counts as found and what as final, not what follows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from controller.kinds import KINDS
from controller.model.activity import NO_ACTIVITY, Activity
from controller.model.errors import Fault, Waiting
from controller.model.facts import Tell, nobody
from controller.model.kql import NO_CHECKER, Kql
from controller.model.reasons import Reason
from controller.model.resource import Arm, Body, Find, Inventory, Kind, KindName, Resource
from controller.reconcile.gate import Gate

KIND: Mapping[KindName, Kind] = {kind.name: kind for kind in KINDS}

SETTLE_SECONDS = (1.0, 2.0, 2.0, 5.0, 5.0, 5.0, 10.0, 10.0, 10.0, 10.0)
"""how long an operation that we did not start is watched before the walk goes on without it"""


@dataclass(frozen=True, slots=True)
class Ports:
    """The edges that a walk needs. `sleep` takes seconds."""

    arm: Arm
    inventory: Inventory
    gate: Gate
    sleep: Callable[[float], Awaitable[None]]
    kql: Kql = NO_CHECKER
    activity: Activity = NO_ACTIVITY
    tell: Tell = nobody


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at a resource: its body, None if it is not there, or the fault of looking.

    `resource` carries the id and name under which it was found; `version` is the gate's count
    of writes from before the look.
    """

    resource: Resource
    body: Body | None = None
    version: int = 0
    fault: Fault | None = None

    @property
    def found(self) -> bool | None:
        """Whether it is there; None: looking failed."""
        return None if self.fault is not None else self.body is not None

    @property
    def unsettled(self) -> str | None:
        """Why the body is not final yet."""
        return None if self.body is None else KIND[self.resource.kind].settled(self.body)


async def read(resource: Resource, ports: Ports, *, missing: bool = False) -> Reading:
    """One look; never raises a Fault, it is in the reading.

    `missing`: an earlier look did not find it, so most likely neither LIST nor name does now:
    both are asked at the same time.
    """
    if not resource.id:
        return Reading(resource, body={})
    version = ports.gate.version(resource.id)
    try:
        if resource.find is None:
            return Reading(resource, await ports.arm.get(resource.id), version)
        found, named = await _looked_for(resource, resource.find, ports, missing=missing)
    except Fault as fault:
        return Reading(resource, version=version, fault=fault)
    if found.body is not None:
        return replace(found, version=ports.gate.version(found.resource.id))
    return Reading(resource, named, version)


async def _looked_for(
    resource: Resource, find: Find, ports: Ports, *, missing: bool
) -> tuple[Reading, Body | None]:
    """What the LIST shows, and what has our name where the LIST shows nothing.

    Absence from a LIST never creates: what has our name may not match any more.
    """
    if missing and resource.managed:
        listed, named = await asyncio.gather(
            ports.arm.list(find.collection), ports.arm.get(resource.id)
        )
        return _found(resource, find, listed), named
    found = _found(resource, find, await ports.arm.list(find.collection))
    if found.body is not None or not resource.managed:
        return found, None
    return found, await ports.arm.get(resource.id)


def _found(resource: Resource, find: Find, listed: list[Body]) -> Reading:
    """The match under our own name, else the only one (any, if any will do)."""
    matches = [body for body in listed if find.matches(body)]
    own = [body for body in matches if body["id"].casefold() == resource.id.casefold()]
    if own or len(matches) == 1 or (matches and find.any_will_do):
        body = own[0] if own else matches[0]
        return Reading(replace(resource, id=body["id"], name=body["name"]), body)
    return Reading(resource)


async def settle(reading: Reading, ports: Ports) -> Reading:
    """The reading once no operation of Azure on the resource is under way any more.

    Raises Waiting when that takes longer than SETTLE_SECONDS together.
    """
    for seconds in SETTLE_SECONDS:
        if reading.unsettled is None:
            return reading
        await ports.sleep(seconds)
        reading = await read(reading.resource, ports)
        if reading.fault is not None:
            raise reading.fault
    if reading.unsettled is None:
        return reading
    kind, name = reading.resource.key
    table = kind is KindName.TABLE
    raise Waiting(
        Reason.WAITING_FOR_TABLE if table else Reason.WAITING_FOR_PARENT,
        f"{kind} {name}: Azure is still at work on it ({reading.unsettled}).",
    )
