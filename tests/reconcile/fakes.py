"""Azure behind the ports, in memory: what a PUT stores a GET answers, with what ARM adds.

Calls are recorded, faults scripted, and a call can be held open to see what is in flight with it.
"""

import asyncio
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from controller.model import arm_ids
from controller.model.errors import Fault
from controller.model.facts import Fact
from controller.model.resource import Body, QueryError, Rows, Workspace
from controller.reconcile.gate import Gate
from controller.reconcile.observe import Ports

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WRITES = ("PUT", "PATCH", "DELETE")

Call = tuple[str, str]
"""verb and id, folded"""


def call(verb: str, resource_id: str) -> Call:
    return verb, resource_id.casefold()


class Clock:
    """Time that moves only when told."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **elapsed: float) -> datetime:
        self.now += timedelta(**elapsed)
        return self.now


class Arm:
    """`model.resource.Arm`. A scripted fault is raised once, in turn, before or after the act."""

    def __init__(self) -> None:
        self.bodies: dict[str, dict[str, Any]] = {}
        self.in_older_versions: dict[str, dict[str, Any]] = {}
        """what a LIST in the first api-version leaves out"""
        self.calls: list[Call] = []
        self.sent: list[tuple[Call, Body]] = []
        self.in_flight: set[Call] = set()
        self.together: list[frozenset[Call]] = []
        """what was in flight at the start of each call"""
        self.takes_along = ""
        """an id that is gone with the next resource that is deleted"""
        self.immutable_ids: dict[str, str] = {}
        """of rules written from now on, by id in lower case; else the name says it"""
        self.loses = ""
        """a column that every PATCH loses"""
        self._faults: dict[Call, list[tuple[Fault, bool]]] = {}
        self._held: dict[Call, asyncio.Event] = {}
        self._changed = asyncio.Condition()

    def store(self, resource_id: str, body: Body) -> None:
        """As if somebody else had written it."""
        self.bodies[resource_id.casefold()] = answered(resource_id, body)

    def fail(self, verb: str, resource_id: str, *faults: Fault, acted: bool = False) -> None:
        """The next calls raise these; `acted`: after Azure did what was asked (a lost answer)."""
        script = self._faults.setdefault(call(verb, resource_id), [])
        script.extend((fault, acted) for fault in faults)

    def hold(self, verb: str, resource_id: str) -> asyncio.Event:
        """Calls wait, before they act, until the event is set."""
        return self._held.setdefault(call(verb, resource_id), asyncio.Event())

    async def until_in_flight(self, *calls: Call) -> None:
        """Returns once all of them are under way at the same time."""
        async with self._changed:
            await asyncio.wait_for(
                self._changed.wait_for(lambda: self.in_flight.issuperset(calls)), timeout=5
            )

    def writes(self) -> list[Call]:
        return [made for made in self.calls if made[0] in WRITES]

    def forget_calls(self) -> None:
        self.calls.clear()
        self.sent.clear()

    async def get(self, resource_id: str) -> Body | None:
        await self._begin("GET", resource_id)
        return deepcopy(self.bodies.get(resource_id.casefold()))

    async def list(self, collection: str, *, every_version: bool = False) -> list[Body]:
        path = collection.partition("?")[0].casefold()
        await self._begin("LIST", path)
        shown = self.bodies | (self.in_older_versions if every_version else {})
        return [deepcopy(body) for key, body in shown.items() if _is_listed(key, path)]

    async def put(self, resource_id: str, body: Body, *, before: Body | None = None) -> Body:
        return await self._write("PUT", resource_id, body)

    async def patch(self, resource_id: str, body: Body, *, before: Body | None = None) -> Body:
        held = self.bodies[resource_id.casefold()]
        merged = {**held, "properties": {**held["properties"], **body["properties"]}}
        schema = merged["properties"]["schema"]
        kept = [column for column in schema["columns"] if column["name"] != self.loses]
        merged["properties"]["schema"] = {**schema, "columns": kept}
        return await self._write("PATCH", resource_id, merged)

    async def delete(self, resource_id: str, *, before: Body | None = None) -> None:
        await self._begin("DELETE", resource_id)
        for gone in (resource_id, self.takes_along):
            self.bodies.pop(gone.casefold(), None)
        self.takes_along = ""

    async def _write(self, verb: str, resource_id: str, body: Body) -> Body:
        self.sent.append((call(verb, resource_id), deepcopy(body)))
        lost = await self._begin(verb, resource_id)
        self.store(resource_id, body)
        if resource_id.casefold() in self.immutable_ids:
            made = self.immutable_ids[resource_id.casefold()]
            self.bodies[resource_id.casefold()]["properties"]["immutableId"] = made
        if lost is not None:
            raise lost
        return deepcopy(self.bodies[resource_id.casefold()])

    async def _begin(self, verb: str, resource_id: str) -> Fault | None:
        """Raises what is scripted for before the act, returns what is for after it."""
        made = call(verb, resource_id)
        self.calls.append(made)
        async with self._changed:
            self.in_flight.add(made)
            self.together.append(frozenset(self.in_flight))
            self._changed.notify_all()
        try:
            await self._held[made].wait() if made in self._held else await asyncio.sleep(0)
        finally:
            self.in_flight.discard(made)
        script = self._faults.get(made)
        if not script:
            return None
        fault, acted = script.pop(0)
        if not acted:
            raise fault
        return fault


def _is_listed(key: str, path: str) -> bool:
    """Whether a LIST shows this id: below its scope, for role assignments above it too."""
    scope, _, type_ = path.rpartition("/providers/")
    if type_ == "microsoft.authorization/roleassignments":
        return type_ in key and arm_ids.covers(arm_ids.assignment_scope(key), scope)
    return key.startswith(scope) and f"/providers/{type_}/" in key


def answered(resource_id: str, body: Body) -> dict[str, Any]:
    """The body with what ARM adds to it."""
    stored = deepcopy(dict(body))
    name = arm_ids.name_of(resource_id)
    properties = {**stored.get("properties", {}), **_added(resource_id.casefold(), stored)}
    return {**stored, "id": resource_id, "name": name, "properties": properties}


def _added(folded_id: str, body: Body) -> dict[str, Any]:
    name = arm_ids.name_of(folded_id)
    if "/datacollectionendpoints/" in folded_id:
        address = f"https://{name}-a1b2.francecentral-1.ingest.monitor.azure.com"
        return {"logsIngestion": {"endpoint": address}, "provisioningState": "Succeeded"}
    if "/roleassignments/" in folded_id:
        return {"scope": arm_ids.assignment_scope(folded_id)}
    if "/datacollectionrules/" in folded_id:
        own = {"logsIngestion": f"https://{name}-c3d4.ingest.monitor.azure.com"}
        direct = {"endpoints": own} if body.get("kind") == "Direct" else {}
        return {"immutableId": f"dcr-{name}", "provisioningState": "Succeeded", **direct}
    return {"provisioningState": "Succeeded"} if "/tables/" in folded_id else {}


@dataclass
class Inventory:
    """`model.resource.Inventory` of workspaces that are all there, unless `fault` is set."""

    fault: Fault | None = None

    async def workspace(self, subscription_id: str, resource_group: str, name: str) -> Workspace:
        if self.fault is not None:
            raise self.fault
        return Workspace(
            id=arm_ids.in_group(
                subscription_id, resource_group, "Microsoft.OperationalInsights/workspaces", name
            ),
            location="francecentral",
            customer_id="b1d8ea12-0000-4000-8000-000000000001",
            tenant_id="9f5a2cb2-0000-4000-8000-000000000002",
        )


NO_ROW = Rows(("Time",), ())


@dataclass
class Logs:
    """`model.resource.Logs`: the reply is that of the first key that stands in the query, no row
    for others. It tells no types, so nothing joins."""

    replies: dict[str, Rows | QueryError | Fault] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    searched: list[tuple[str, str]] = field(default_factory=list)
    """text and timespan of what was asked of a billed table"""

    async def search(self, customer_id: str, kql: str, timespan: str) -> Rows:
        self.searched.append((kql, timespan))
        return self._reply(kql)

    async def query(self, customer_id: str, kql: str) -> Rows:
        self.asked.append(kql)
        return self._reply(kql)

    def _reply(self, kql: str) -> Rows:
        reply = next((reply for key, reply in self.replies.items() if key in kql), NO_ROW)
        if isinstance(reply, Rows):
            return reply
        raise reply


def rows(column: str, *values: Any) -> Rows:
    """A result of one column."""
    return Rows((column,), tuple((value,) for value in values))


class Azure:
    """All ports together. `slept` holds the seconds that somebody waited, `facts` what was told."""

    def __init__(self) -> None:
        self.arm = Arm()
        self.inventory = Inventory()
        self.logs = Logs()
        self.slept: list[float] = []
        self.while_asleep: list[tuple[str, dict[str, Any] | None]] = []
        self.facts: list[Fact] = []
        self.ports = Ports(self.arm, self.inventory, Gate(), self._sleep, tell=self.facts.append)

    async def _sleep(self, seconds: float) -> None:
        """Each pause takes one of `while_asleep`: a body that is there then, None: it is gone."""
        self.slept.append(seconds)
        if self.while_asleep:
            resource_id, body = self.while_asleep.pop(0)
            self.arm.bodies.pop(resource_id.casefold(), None)
            if body is not None:
                self.arm.bodies[resource_id.casefold()] = body


def counted(calls: Iterable[Call], verb: str) -> dict[str, int]:
    """How often each id was called so."""
    found: dict[str, int] = {}
    for made, resource_id in calls:
        if made == verb:
            found[resource_id] = found.get(resource_id, 0) + 1
    return found
