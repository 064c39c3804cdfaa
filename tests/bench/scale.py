"""The operator's memory, calls and time with a thousand connectors, each its own application."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from controller.emulator.azure import Options, Request
from controller.emulator.azure.entra import Application
from tests import clusters
from tests.bench import calls
from tests.bench.report import Row, Section
from tests.bench.scene import WARM_UP, processor, resident, warm_operator
from tests.e2e.harness import (
    CONTOSO,
    Json,
    Operator,
    Stage,
    condition,
    is_ready,
    manifest,
    stage,
)

WORKSPACES = 10
MEMORY = 150.0
"""MiB"""
AT_A_TIME = 16
"""objects that are created at the same time"""
QUIET = 5.0
"""seconds without a change of any object after which the first round counts as over"""
PATIENCE = 1800.0
"""seconds after which a measurement is given up"""


@dataclass
class Watched:
    """The watch's word on the connectors, counted as it comes in; bodies are not kept."""

    versions: list[tuple[str, Json]]
    ready: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    """whose question for data was answered: no event has arrived"""
    changes: int = 0

    def catch_up(self) -> None:
        for type_, body in self.versions:
            name = body["metadata"]["name"]
            if name != WARM_UP:
                self.changes += type_ == "MODIFIED"
                (self.ready.add if is_ready(body) else self.ready.discard)(name)
                if condition(body, "IsConnected").get("status") == "False":
                    self.asked.add(name)
        self.versions.clear()


@dataclass(frozen=True)
class Phase:
    """What a stretch of time cost: seconds, MiB at its end, calls to Azure, writes of objects."""

    seconds: float
    processor: float
    memory: float
    calls: tuple[Request, ...]
    changes: int

    @property
    def queries(self) -> int:
        return sum(call.path.endswith("/query") for call in self.calls)

    @property
    def walks(self) -> int:
        """Every walk lists the role's assignments at its rule exactly once before it writes."""
        lists = (call for call in self.calls if calls.what(call) == "roles, LIST")
        return sum(1 for _ in lists)


async def scale(folder: Path, *, count: int, interval: int) -> Section:
    """Creates `count` connectors that are compared every `interval` seconds."""
    quiet = Options(retry_after=0, empty_workspace_is_204=True)
    async with (
        clusters.embedded(folder) as cluster,
        stage(cluster, folder, quiet) as play,
        warm_operator(play) as operator,
    ):
        empty = resident(operator.process.pid)
        watched = Watched(play.seen.versions)
        run = _Run(play, operator, watched)
        bodies = list(connectors(play, count, interval))
        converged = await run.phase(lambda: run.create(bodies))
        await run.until_quiet(count)
        settled = resident(operator.process.pid)
        resynced = await run.phase(lambda: run.every_rule_read(bodies))
    return section(count, empty, converged, settled, resynced)


@dataclass
class _Run:
    play: Stage
    operator: Operator
    watched: Watched

    async def phase(self, work: Callable[[], Awaitable[None]]) -> Phase:
        self.watched.catch_up()
        requests, pid = self.play.azure.requests, self.operator.process.pid
        first, changes = len(requests), self.watched.changes
        began, used = time.monotonic(), processor(pid)
        async with asyncio.timeout(PATIENCE):
            await work()
        self.watched.catch_up()
        return Phase(
            time.monotonic() - began,
            processor(pid) - used,
            resident(pid),
            tuple(requests[first:]),
            self.watched.changes - changes,
        )

    async def create(self, bodies: list[Json]) -> None:
        """Returns once all are Ready."""
        places = asyncio.Semaphore(AT_A_TIME)

        async def one(body: Json) -> None:
            async with places:
                await self.play.create(body)

        await asyncio.gather(*(one(body) for body in bodies))
        await self._until(lambda: len(self.watched.ready) == len(bodies))

    async def every_rule_read(self, bodies: list[Json]) -> None:
        """Returns once each connector has been walked, and nobody is in the middle of it."""
        requests = self.play.azure.requests
        first = len(requests)
        wanted = {f"rule {body['spec']['rule']['name']}" for body in bodies}

        def done() -> bool:
            nonlocal first
            new, first = requests[first:], len(requests)
            wanted.difference_update(calls.what(call) for call in new)
            return not wanted and not new

        await self._until(done)

    async def until_quiet(self, count: int) -> None:
        """Returns when all were asked for data and nothing has changed for a while."""
        last, since = -1, time.monotonic()

        def quiet() -> bool:
            nonlocal last, since
            if self.watched.changes != last:
                last, since = self.watched.changes, time.monotonic()
            return len(self.watched.asked) == count and time.monotonic() - since > QUIET

        await self._until(quiet)

    async def _until(self, done: Callable[[], bool]) -> None:
        while True:
            self.watched.catch_up()
            if done():
                return
            await asyncio.sleep(0.25)


def connectors(play: Stage, count: int, interval: int) -> Iterator[Json]:
    """The walk-through's connector again and again; what they share is the workspace's endpoint."""
    seed = play.seed
    for number in range(WORKSPACES):
        play.azure.azure.add_workspace(
            seed.subscription, seed.group, name=f"bench-{number}", location=seed.location
        )
    for number in range(count):
        push = Application(seed.tenant, str(uuid.uuid4()), str(uuid.uuid4()), arm=False)
        play.azure.azure.entra.add(push)
        yield connector(number, push, interval)


def connector(number: int, push: Application, interval: int) -> Json:
    """The walk-through's connector under names of its own."""
    body: Json = _renamed(manifest(CONTOSO), f"{number:04d}")
    spec = body["spec"]
    del spec["endpoint"]
    spec["workspace"]["name"] = f"bench-{number % WORKSPACES}"
    spec["resyncIntervalSeconds"] = interval
    spec["application"]["existing"] = {
        "appId": push.client_id,
        "servicePrincipalId": push.service_principal_id,
    }
    body["metadata"]["name"] = f"bench-{number:04d}"
    return body


def _renamed(value: Any, suffix: str) -> Any:
    """Names of tables, streams, rule, definition and data connector with a number in them."""
    if isinstance(value, dict):
        return {key: _renamed(item, suffix) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, suffix) for item in value]
    if isinstance(value, str):
        return value.replace("ContosoSecurityAlerts", f"ContosoSecurityAlerts{suffix}")
    return value


def section(count: int, empty: float, converged: Phase, settled: float, resynced: Phase) -> Section:
    def memory(what: str, value: float) -> Row:
        return Row(what, f"{value:.0f} MiB", f"≤ {MEMORY:.0f} MiB", value <= MEMORY)

    written = len(calls.writes(resynced.calls))
    asked = len(converged.calls) - converged.queries
    again = len(resynced.calls) - resynced.queries
    rows = (
        memory("memory (RSS), no connector", empty),
        memory(f"memory, {count} connectors Ready", settled),
        memory("memory, after one more resync of all", resynced.memory),
        Row("from creating the first to all Ready", f"{converged.seconds:.0f} s"),
        Row("of it the operator's processor time", f"{converged.processor:.0f} s"),
        Row("calls to Azure per connector until Ready", f"{asked / count:.1f}"),
        Row("of them writes", f"{len(calls.writes(converged.calls)) / count:.2f}"),
        Row("writes of its object per connector until Ready", f"{converged.changes / count:.2f}"),
        Row("calls to Azure per connector and resync", f"{again / (resynced.walks or 1):.1f}"),
        Row(
            "the operator's processor time per connector and resync",
            f"{1000 * resynced.processor / (resynced.walks or 1):.0f} ms",
        ),
        Row("writes to Azure in a resync of all", str(written), "0", written == 0),
        Row("writes of objects in it", str(resynced.changes), "0", resynced.changes == 0),
    )
    return Section(f"{count} connectors in {WORKSPACES} workspaces", rows)
