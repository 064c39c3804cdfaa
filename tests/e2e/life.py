"""One connector's life in the real reconciler, against the emulated Azure, in virtual time.

No Kubernetes: the object is kept here, and time jumps to when the reconciler wants to be called.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from controller import config
from controller.azure.edge import Azure, connect
from controller.azure.identities import identity
from controller.cli.edges import cloud
from controller.cli.lending import lending
from controller.cli.local_azure import environment
from controller.emulator.azure import AzureEmulator, Options, WalkThrough
from controller.kube import secrets
from controller.kube.api import ApiError, Call
from controller.model.connector import FINALIZER, Connector, Event, Outcome
from controller.reconcile.defects import defect
from controller.reconcile.gate import Gate
from controller.reconcile.loop import Reconciler
from controller.reconcile.observe import Ports
from controller.reconcile.pace import Pace
from controller.reconcile.reach import Reaches, anywhere
from controller.reconcile.rights import Edge, Memories, Rights

PATIENCE = 10.0
"""seconds of silence after which a call counts as unanswered"""
MINUTE = 60.0
THIRD = ("Reconciling", "Stalled")


class Clock:
    """Time that moves only when it is told to; also a sleep that moves it."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.forward(seconds)


@dataclass
class Secrets:
    """The Secrets of the cluster by namespace/name, as the operator's API client reads them."""

    held: dict[str, Mapping[str, str]] = field(default_factory=dict)
    silent: bool = False
    """whether the API server gives no answer"""

    async def send(self, call: Call) -> Mapping[str, Any]:
        if self.silent:
            raise ApiError(0, "NoAnswer", f"{call}: no answer (ConnectTimeout)")
        _, _, _, _, namespace, _, name = call.path.split("/")
        found = self.held.get(f"{namespace}/{name}")
        if found is None:
            raise ApiError(404, "NotFound", f"secrets {name!r} not found")
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in found.items()}
        return {"data": encoded}

    async def read(self, namespace: str, name: str) -> Mapping[str, bytes]:
        api: Any = self
        return await secrets.read(api, namespace, name)


@dataclass
class Life:
    """The object, who reconciles it, and the Azure around it."""

    emulator: AzureEmulator
    seed: WalkThrough
    edge: Azure
    clock: Clock
    reconcile: Rights
    connector: Connector
    secrets: Secrets
    begun: Sequence[Reconciler]
    """one for each identity that has acted"""
    reaches: Reaches = anywhere
    wait: float = 0.0
    others: Sequence[Connector] = ()
    events: list[Event] = field(default_factory=list)
    shown: list[Mapping[str, Any]] = field(default_factory=list)
    """every status that was stored"""

    async def turn(self) -> Outcome:
        """One reconcile, at the time that the last one named; what it says is kept."""
        self.clock.forward(self.wait)
        outcome = await self._outcome()
        if outcome.status is not None:
            self._store(outcome.status)
        self.events.extend(outcome.events)
        # None: nobody calls again before the object changes
        self.wait = MINUTE if outcome.retry_in is None else outcome.retry_in
        return outcome

    async def _outcome(self) -> Outcome:
        """As `kube/workers.py` does it, whatever goes wrong."""
        try:
            return await self.reconcile(self.connector, self.others, self._report)
        except Exception as error:  # noqa: BLE001 as there
            self.reconcile.forget(self.connector.uid)
            return defect(self.connector, error, self.clock())

    async def until(self, said: Callable[[], bool]) -> None:
        """Reconciles until it is so; fails when it is not within an hour of the clock."""
        end = self.clock.now + timedelta(hours=1)
        await self.turn()
        while not said():
            assert self.clock.now < end, self.connector.status["conditions"]
            await self.turn()

    def change(self, **fields: Any) -> None:
        """Somebody applies the object with other top-level fields of the spec."""
        self.connector = replace(
            self.connector,
            spec={**self.connector.spec, **fields},
            generation=self.connector.generation + 1,
        )
        self.wait = 0.0

    def annotate(self, name: str, value: str) -> None:
        annotations = {**self.connector.annotations, name: value}
        self.connector = replace(self.connector, annotations=annotations)
        self.wait = 0.0

    async def turns(self, seconds: float) -> None:
        """Reconciles until so much time has passed."""
        end = self.clock.now + timedelta(seconds=seconds)
        while self.clock.now < end:
            await self.turn()

    async def until_walked(self) -> None:
        """Reconciles until one of them read Azure's resources, not only its logs."""
        calls = len(self.emulator.requests)
        while not any("/tables/" in call.path for call in self.emulator.requests[calls:]):
            await self.turn()

    async def _report(
        self, status: Mapping[str, Any], *, finalizer: bool, events: tuple[Event, ...] = ()
    ) -> None:
        finalizers = (FINALIZER,) if finalizer else ()
        self.connector = replace(self.connector, finalizers=finalizers)
        self._store(status)
        self.events.extend(events)

    def _store(self, status: Mapping[str, Any]) -> None:
        self.connector = replace(self.connector, status=status)
        self.shown.append(status)

    def condition(self, type_: str) -> Mapping[str, Any]:
        """The condition of that type, empty if there is none."""
        found: Mapping[str, Any] = next(
            (c for c in self.connector.status["conditions"] if c["type"] == type_), {}
        )
        return found

    def says(self, type_: str) -> tuple[str, str]:
        """A condition's status and reason."""
        found = self.condition(type_)
        return found["status"], found["reason"]

    @property
    def third(self) -> list[str]:
        """What is there beside the lasting conditions."""
        return [type_ for type_ in THIRD if self.condition(type_)]


def connector(spec: Mapping[str, Any]) -> Connector:
    return Connector(
        namespace="soc",
        name="contoso-security-alerts",
        uid="3f818eac-5e17-4096-a700-ca47351e9fff",
        generation=1,
        resource_version="1",
        spec=spec,
        status={},
        annotations={},
    )


@asynccontextmanager
async def living(
    spec: Mapping[str, Any], folder: Path, options: Options | None = None
) -> AsyncIterator[Life]:
    """A new object with this spec, not looked at yet."""
    clock = Clock()
    async with AzureEmulator(options or Options(retry_after=0), clock=clock) as emulator:
        seed = emulator.azure.seed_walk_through()
        variables = environment(emulator, seed, folder)
        who = identity(variables[config.CREDENTIAL], variables)
        place, held = cloud(variables[config.CLOUD]), Secrets()
        connecting = partial(connect, place, answer_within=PATIENCE)

        begun: list[Reconciler] = []

        def begin(edge: Edge, memories: Memories) -> Reconciler:
            reconciler = Reconciler(
                edge.ports,
                edge.logs,
                installation=variables[config.INSTALLATION],
                clock=clock,
                pace=Pace(lambda: 0.0),
                reaches=lambda namespace: life.reaches(namespace),
                memories=memories,
            )
            begun.append(reconciler)
            return reconciler

        async with connecting(who) as edge:
            ports = Ports(edge.arm, edge.inventory, Gate(), clock.sleep)
            async with lending(
                place, connecting, held.read, ports, clock=lambda: clock().timestamp()
            ) as lend:
                own = Edge(ports, edge.logs)
                reconcile = Rights(own, lend, begin, lambda namespace: life.reaches(namespace))
                life = Life(emulator, seed, edge, clock, reconcile, connector(spec), held, begun)
                yield life
