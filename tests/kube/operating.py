"""The operator in the test's own process: a reconcile to watch it by, and hands on the objects."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from controller.kube.election import Election, Unopposed
from controller.kube.login import Access
from controller.kube.operator import Options, run
from controller.kube.terms import Office
from controller.model.connector import GROUP, KIND, PLURAL, VERSION, Connector, Outcome, Report
from tests.clusters import Cluster

SECONDS = 45.0
CRD = Path(__file__).parents[2] / "crds" / "contosoconnector.yaml"
SPEC = {
    "workspace": {
        "subscriptionId": "74c5f87b-c853-4d0f-8ec5-c8cc00ca8761",
        "resourceGroup": "sentinel-rg",
        "name": "LogAnalytics1",
    },
    "tables": [{"name": "Alerts_CL", "columns": [{"name": "Severity", "type": "string"}]}],
    "application": {
        "existing": {
            "appId": "11111111-1111-1111-1111-111111111111",
            "servicePrincipalId": "22222222-2222-2222-2222-222222222222",
        }
    },
}


def status(generation: int, message: str = "All is well.") -> dict[str, Any]:
    """A status that the schema takes."""
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "Provisioned",
        "message": message,
        "observedGeneration": generation,
        "lastTransitionTime": "2026-11-24T12:00:00Z",
    }
    return {"observedGeneration": generation, "conditions": [ready]}


Behaviour = Callable[[Connector, Report], Awaitable[Outcome]]


async def nothing(connector: Connector, report: Report) -> Outcome:
    return Outcome(status=None)


async def settled(connector: Connector, report: Report) -> Outcome:
    return Outcome(status=status(connector.generation))


class Gate:
    """A behaviour that stays inside the reconcile until it is opened."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self, connector: Connector, report: Report) -> Outcome:
        self.entered.set()
        await self.opened.wait()
        return Outcome(status=status(connector.generation))


@dataclass
class Recorder:
    """A reconcile that remembers what it was called for and then behaves as told."""

    behaviour: Behaviour = nothing
    calls: list[Connector] = field(default_factory=list)
    others: list[list[str]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    running: set[str] = field(default_factory=set)
    overlaps: list[str] = field(default_factory=list)

    async def __call__(
        self, connector: Connector, others: Sequence[Connector], report: Report
    ) -> Outcome:
        if connector.name in self.running:
            self.overlaps.append(connector.name)
        self.running.add(connector.name)
        self.calls.append(connector)
        self.others.append(sorted(other.name for other in others))
        try:
            return await self.behaviour(connector, report)
        finally:
            self.running.discard(connector.name)

    def forget(self, uid: str) -> None:
        self.forgotten.append(uid)

    def count(self, name: str) -> int:
        return sum(call.name == name for call in self.calls)


@dataclass(frozen=True)
class Desk:
    """Reads and changes ContosoConnectors as a user would, past the operator's own client."""

    session: aiohttp.ClientSession
    namespace: str

    async def create(self, name: str, **metadata: Any) -> dict[str, Any]:
        body = {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": KIND,
            "metadata": {"name": name, **metadata},
            "spec": SPEC,
        }
        return await self._send("POST", "", json=body)

    async def patch(self, name: str, body: dict[str, Any], *, status: bool = False) -> None:
        path = f"/{name}/status" if status else f"/{name}"
        await self._send("PATCH", path, json=body, form="application/merge-patch+json")

    async def add_condition(self, name: str, kind: str) -> None:
        """As another controller would: by server-side apply with its own field manager."""
        condition = {**status(1)["conditions"][0], "type": kind}
        body = {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": KIND,
            "metadata": {"name": name},
            "status": {"conditions": [condition]},
        }
        path = f"/{name}/status?fieldManager=somebody-else"
        await self._send("PATCH", path, json=body, form="application/apply-patch+yaml")

    async def get(self, name: str) -> dict[str, Any] | None:
        async with self.session.get(self._path(f"/{name}")) as answer:
            return None if answer.status == 404 else dict(await answer.json())

    async def delete(self, name: str) -> None:
        await self._send("DELETE", f"/{name}")

    async def events(self, name: str) -> list[dict[str, Any]]:
        async with self.session.get(f"/api/v1/namespaces/{self.namespace}/events") as answer:
            items = (await answer.json())["items"]
        return [item for item in items if item["involvedObject"]["name"] == name]

    async def _send(
        self, method: str, path: str, *, json: Any = None, form: str = "application/json"
    ) -> dict[str, Any]:
        headers = {"Content-Type": form}
        async with self.session.request(
            method, self._path(path), json=json, headers=headers
        ) as answer:
            told = dict(await answer.json())
            assert answer.ok, told
            return told

    def _path(self, rest: str) -> str:
        return f"/apis/{GROUP}/{VERSION}/namespaces/{self.namespace}/{PLURAL}{rest}"


async def until(done: Callable[[], bool | Awaitable[bool]]) -> None:
    """Waits for a condition; fails the test when it does not come true."""
    async with asyncio.timeout(SECONDS):
        while True:
            found = done()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)


async def install(cluster: Cluster) -> None:
    """The CRD; --validate=false, since an old kubectl or server knows no CEL rules."""
    done = await cluster.kubectl("apply", "--validate=false", "-f", str(CRD))
    assert done.returncode == 0, done.stderr
    established = await cluster.kubectl(
        "wait", "--for=condition=Established", f"crd/{PLURAL}.{GROUP}"
    )
    assert established.returncode == 0, established.stderr


@asynccontextmanager
async def operating(
    cluster: Cluster,
    recorder: Recorder,
    *,
    stop: asyncio.Event | None = None,
    wait: bool = True,
    election: Election | None = None,
    **options: Any,
) -> AsyncIterator[asyncio.Task[None]]:
    """Runs the operator inside the block, entered once it watches unless `wait` is False.

    At the end of the block it is stopped, if `stop` was not set before, and has ended.
    """
    stop, ready = stop or asyncio.Event(), asyncio.Event()
    chosen = Options(**{"namespaces": (cluster.namespace,), "grace": 5.0, **options})
    access = Access({}, kubeconfig=str(cluster.kubeconfig))
    office = Office(election or Unopposed(), lambda: recorder)
    task = asyncio.create_task(run(chosen, access, office, stop=stop, ready=ready.set))
    try:
        if wait:
            await until(lambda: ready.is_set() or task.done())
        yield task
    finally:
        stop.set()
        await task
