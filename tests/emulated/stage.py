"""The operator's loop and its real Azure edge on an emulated Azure, without a socket between them.

The edge's HTTP calls are handed to the emulator's store in the same process, which makes a walk
cheap enough for thousands of them.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import httpx
import respx
from azure.core.credentials import AccessToken

from controller.azure import clouds
from controller.azure.activity import ActivityLog
from controller.azure.arm import ArmClient
from controller.azure.called import CORRELATION_ID
from controller.azure.credentials import Tokens, always
from controller.azure.inventory import InventoryClient
from controller.azure.logs import LogsClient
from controller.azure.session import Session
from controller.emulator.azure import data_plane
from controller.emulator.azure.answers import Answer, Call, Refused
from controller.emulator.azure.arm import routing
from controller.emulator.azure.options import Options
from controller.emulator.azure.store import Azure, WalkThrough
from controller.model.connector import FINALIZER, Connector, Event, Outcome
from controller.reconcile.conditions import find
from controller.reconcile.gate import Gate
from controller.reconcile.loop import Reconciler
from controller.reconcile.observe import Ports
from controller.reconcile.pace import Pace
from tests.reconcile.fakes import Clock

Json = dict[str, Any]

WRITES = ("PUT", "PATCH", "DELETE")


class Asked(NamedTuple):
    """One call that reached Azure."""

    method: str
    path: str


class Write(NamedTuple):
    """One write that reached Azure."""

    verb: str
    path: str
    status: int


class Cloud:
    """The emulated Azure with the walk-through's workspace, and what was written to it.

    `calls` is every call ever, `served` the origins that were called, each with the scopes of its
    tokens.
    """

    def __init__(self, clock: Clock, options: Options) -> None:
        self.store = Azure(clock, options)
        self.seed: WalkThrough = self.store.seed_walk_through()
        self.writes: list[Write] = []
        self.served: set[tuple[str, str]] = set()
        self.calls: list[Asked] = []
        self._scopes: dict[str, str] = {}

    async def token(self, scope: str) -> AccessToken:
        client, audience = self.seed.operator.client_id, scope.removesuffix("/.default")
        token = self.store.entra.token(client, audience)
        self._scopes[f"Bearer {token}"] = scope
        return AccessToken(token, 9_999_999_999)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        call = await self._call(request)
        origin = f"{request.url.scheme}://{request.url.netloc.decode()}"
        self.served.add((origin, self._scopes[call.authorization]))
        self.calls.append(Asked(request.method, request.url.path))
        answer = await self.act(call)
        if request.method in WRITES:
            self.writes.append(Write(request.method, request.url.path, answer.status))
        headers = {**answer.headers, CORRELATION_ID: call.correlation}
        if answer.body is None:
            return httpx.Response(answer.status, headers=headers)
        return httpx.Response(answer.status, headers=headers, json=answer.body)

    async def _call(self, request: httpx.Request) -> Call:
        raw = await request.aread()
        return Call(
            method=request.method,
            path=request.url.path,
            query=dict(request.url.params),
            body=json.loads(raw) if raw else None,
            size=len(raw),
            authorization=request.headers["Authorization"],
            base_url=f"{request.url.scheme}://{request.url.netloc.decode()}",
            correlation=str(self.store.new_id()),
        )

    async def act(self, call: Call) -> Answer:
        """A call of anybody's, past the edge."""
        try:
            if asked := data_plane.QUERY.fullmatch(call.path):
                return await data_plane.query(self.store, call, asked)
            return await routing.act(self.store, call)
        except Refused as refused:
            return refused.answer

    def body(self, resource_id: str) -> Json:
        """What the store holds of a resource; a change of it is a change behind all backs."""
        resource = self.store.get(resource_id)
        assert resource is not None, resource_id
        return resource.body

    def bodies(self) -> dict[str, Json]:
        """A copy of everything, by folded id."""
        return {resource.key: deepcopy(resource.body) for resource in self.store.all()}


@dataclass
class Stage:
    """One operator, one object, one Azure. `reported` is the status before the first write."""

    cloud: Cloud
    ports: Ports
    reconcile: Reconciler
    clock: Clock
    forget: Callable[[], None]
    held: Connector
    reported: Mapping[str, Any] = field(default_factory=dict)
    told: list[Event] = field(default_factory=list)

    async def report(
        self, status: Mapping[str, Any], *, finalizer: bool, events: tuple[Event, ...] = ()
    ) -> None:
        self.reported = status
        self.told += events
        if finalizer and FINALIZER not in self.held.finalizers:
            self.held = replace(self.held, finalizers=(*self.held.finalizers, FINALIZER))
        self.held = replace(self.held, status=status)

    async def run(self, *, minutes: float = 11) -> Outcome:
        """One reconcile after so long: a walk, unless told otherwise. Keeps only its own traces."""
        self.clock.forward(minutes=minutes)
        self.reported, self.told = {}, []
        self.cloud.writes.clear()
        self.forget()
        outcome = await self.reconcile(self.held, [], self.report)
        self.told += outcome.events
        if outcome.status is not None:
            self.held = replace(self.held, status=outcome.status)
        return outcome

    def declare(self, spec: Mapping[str, Any]) -> None:
        """Another spec, as the API server takes it."""
        self.held = replace(self.held, generation=self.held.generation + 1, spec=spec)

    def says(self, type_: str) -> str:
        condition = find(self.held.status, type_)
        return "-" if condition is None else f"{condition['status']}/{condition['reason']}"

    def message(self, type_: str) -> str:
        condition = find(self.held.status, type_)
        return "" if condition is None else str(condition["message"])


@asynccontextmanager
async def staged(
    name: str,
    spec: Mapping[str, Any],
    *,
    activity_delay: float = 0,
    place: clouds.Cloud = clouds.PUBLIC,
) -> AsyncIterator[Stage]:
    """The stage with that object on it; nothing has been reconciled yet."""
    clock = Clock()
    cloud = Cloud(clock, Options(retry_after=0, activity_delay=activity_delay))
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=cloud.answer)
        async with (
            Session(place, Tokens(always(cloud.token))) as session,
            InventoryClient(session) as inventory,
        ):
            arm = ArmClient(session, sleep=_at_once)
            ports = Ports(
                arm,
                inventory,
                Gate(),
                _at_once,
                activity=ActivityLog(session, arm, clock=clock),
            )
            logs = LogsClient(session)
            pace = Pace(jitter=lambda: 0.0)
            loop = Reconciler(ports, logs, "demo", clock, pace)
            yield Stage(cloud, ports, loop, clock, router.reset, _connector(name, spec))


async def _at_once(_: float) -> None:
    """The emulator finishes at the first poll."""


def _connector(name: str, spec: Mapping[str, Any]) -> Connector:
    return Connector(
        namespace="default",
        name=name,
        uid=f"uid-{name}",
        generation=1,
        resource_version="1",
        spec=spec,
        status={},
        annotations={},
    )
