"""The whole stage of an end-to-end test: an emulated Azure, a Kubernetes API, the operator.

The operator is a process of its own, `python -m controller run`, as in a cluster. Nothing here
sleeps: objects are waited for by a watch, calls to Azure by the emulator's hooks.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from controller import config
from controller.cli.local_azure import environment
from controller.emulator.azure import AzureEmulator, Options, Request, WalkThrough
from controller.model.connector import GROUP, PLURAL, RECONCILE_REQUESTED, VERSION
from tests.clusters import Cluster

Json = dict[str, Any]
Install = Callable[[aiohttp.ClientSession], Awaitable[None]]

ROOT = Path(__file__).parents[2]
CRD = ROOT / "crds" / "contosoconnector.yaml"
MANIFESTS = ROOT / "manifests"
CONTOSO, LARGE, MINIMAL = "contoso-security-alerts", "fabrikam-edge", "minimal"
FILES = {
    CONTOSO: MANIFESTS / "contoso-security-alerts.yaml",
    LARGE: MANIFESTS / "large.yaml",
    MINIMAL: MANIFESTS / "minimal.yaml",
}
"""the shipped samples by the names of their objects"""

ON_A_REAL_API_SERVER = pytest.mark.parametrize(
    "cluster", [pytest.param("real", marks=pytest.mark.e2e)], indirect=True
)
"""where the embedded API would show nothing, or something else"""

SECONDS = 90.0
"""how long anything may take before the test fails"""
LINE = 2**22
"""bytes of the longest line of a watch"""
TAIL = 6000
"""characters of the operator's log that a failing test shows"""
WRITES = ("PUT", "PATCH", "DELETE")
MERGE_PATCH = "application/merge-patch+json"


def manifest(name: str) -> Json:
    """One of the shipped samples."""
    body: Json = yaml.safe_load(FILES[name].read_text(encoding="utf-8"))
    return body


def condition(body: Mapping[str, Any], type_: str) -> Mapping[str, Any]:
    """The condition of that type, empty if there is none."""
    conditions = (body.get("status") or {}).get("conditions") or ()
    return next((found for found in conditions if found["type"] == type_), {})


def is_ready(body: Mapping[str, Any]) -> bool:
    """Ready for the generation that the object has now."""
    ready = condition(body, "Ready")
    current: bool = ready.get("observedGeneration") == body["metadata"]["generation"]
    return current and ready["status"] == "True"


@dataclass
class Seen:
    """Every version of every connector in the namespace, as a watch has told them."""

    versions: list[tuple[str, Json]] = field(default_factory=list)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, line: bytes) -> None:
        told = json.loads(line)
        assert told["type"] in ("ADDED", "MODIFIED", "DELETED"), told
        self.versions.append((told["type"], told["object"]))
        self._moved.set()

    def newest(self, name: str) -> Json | None:
        """The last version, None when there is no such object (any more)."""
        for type_, body in reversed(self.versions):
            if body["metadata"]["name"] == name:
                return None if type_ == "DELETED" else body
        return None

    def of(self, name: str, *, since: int = 0) -> list[Json]:
        """All versions of one object from a place in `versions` on."""
        return [body for _, body in self.versions[since:] if body["metadata"]["name"] == name]

    async def until(
        self, name: str, said: Callable[[Json], bool], *, seconds: float = SECONDS
    ) -> Json:
        """The object as soon as its newest version says so."""
        async with asyncio.timeout(seconds):
            while (body := self.newest(name)) is None or not said(body):
                await self._next()
        return body

    async def gone(self, name: str) -> None:
        async with asyncio.timeout(SECONDS):
            while self.newest(name) is not None:
                await self._next()

    async def _next(self) -> None:
        self._moved.clear()
        await self._moved.wait()


@dataclass(frozen=True)
class Operator:
    """One process of the operator and what it has written to its output."""

    process: asyncio.subprocess.Process
    output: Path

    @property
    def log(self) -> str:
        return self.output.read_text(encoding="utf-8")

    async def says(self, *texts: str) -> None:
        """Waits for one of these in the log."""
        async with asyncio.timeout(SECONDS):
            while not any(text in self.log for text in texts):  # noqa: ASYNC110 a file tells nobody
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """SIGKILL: nothing of it runs any more when this returns."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM, as Kubernetes ends a pod; the exit code."""
        with suppress(ProcessLookupError):
            self.process.terminate()
        async with asyncio.timeout(SECONDS):
            return await self.process.wait()


@dataclass(frozen=True)
class Stage:
    """What a test plays on. `variables` is the operator's environment."""

    azure: AzureEmulator
    seed: WalkThrough
    cluster: Cluster
    api: aiohttp.ClientSession
    seen: Seen
    variables: Mapping[str, str]
    folder: Path

    def with_settings(self, settings: Mapping[str, str]) -> Stage:
        """The same with more variables in the operator's environment."""
        return replace(self, variables={**self.variables, **settings})

    async def start(self, *flags: str) -> Operator:
        """The operator, running; who starts it ends it."""
        output = self.folder / f"operator-{len(list(self.folder.glob('operator-*')))}.log"
        with output.open("wb") as sink:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "controller", "run", *flags),
                *("--kubeconfig", str(self.cluster.kubeconfig)),
                cwd=ROOT,
                env={**os.environ, **self.variables},
                stdout=sink,
                stderr=asyncio.subprocess.STDOUT,
            )
        return Operator(process, output)

    @asynccontextmanager
    async def operating(self, *flags: str) -> AsyncIterator[Operator]:
        """The operator for as long as the block lasts; a failure shows the end of its log."""
        operator = await self.start(*flags)
        try:
            yield operator
        except BaseException as error:
            error.add_note(f"The operator's log ends:\n{operator.log[-TAIL:]}")
            raise
        finally:
            await operator.stop()

    async def create(self, body: Json) -> Json:
        return await self.send("POST", "", body)

    async def change(self, name: str, patch: Json) -> Json:
        return await self.send("PATCH", f"/{name}", patch)

    async def delete(self, name: str) -> None:
        await self.send("DELETE", f"/{name}")

    async def resync(self, name: str, word: str) -> Json:
        """Asks for a reconcile by annotation; the object once that was handled."""
        await self.change(name, {"metadata": {"annotations": {RECONCILE_REQUESTED: word}}})
        return await self.seen.until(name, lambda body: _handled(body) == word)

    async def events(self, name: str = "") -> list[Json]:
        """The Kubernetes events about one object, or all."""
        async with self.api.get(f"/api/v1/namespaces/{self.cluster.namespace}/events") as answer:
            items = (await answer.json())["items"]
        return [item for item in items if name in ("", item["involvedObject"]["name"])]

    async def send(self, method: str, rest: str, body: Json | None = None) -> Json:
        """A call about connectors, past the operator's own client and past kubectl."""
        form = {"Content-Type": MERGE_PATCH if method == "PATCH" else "application/json"}
        async with self.api.request(
            method, self.collection + rest, json=body, headers=form
        ) as answer:
            told: Json = await answer.json()
            assert answer.ok, told
            return told

    @property
    def collection(self) -> str:
        return collection(self.cluster)

    def writes(self, *, since: int = 0) -> list[Request]:
        """What was written to Azure after that many calls."""
        return [call for call in self.azure.requests[since:] if call.method in WRITES]


def _handled(body: Mapping[str, Any]) -> str:
    return str((body.get("status") or {}).get("lastHandledReconcileAt", ""))


def collection(cluster: Cluster) -> str:
    return f"/apis/{GROUP}/{VERSION}/namespaces/{cluster.namespace}/{PLURAL}"


@asynccontextmanager
async def stage(
    cluster: Cluster,
    folder: Path,
    options: Options | None = None,
    *,
    install: Install | None = None,
) -> AsyncIterator[Stage]:
    """Azure with the walk-through's workspace, our type at the API server, and a watch on it.

    `install` brings the type, in place of its file.
    """
    fast = Options(retry_after=0)
    async with AzureEmulator(options or fast) as azure, cluster.session() as api:
        await (install or from_file)(api)
        await served(api, cluster)
        seed = azure.azure.seed_walk_through()
        variables = {
            **environment(azure, seed, folder),
            config.NAMESPACE: cluster.namespace,
            config.LOG_FORMAT: "plain",
        }
        async with watching(api, cluster) as seen:
            yield Stage(azure, seed, cluster, api, seen, variables, folder)


async def from_file(api: aiohttp.ClientSession) -> None:
    """The CRD, if it is not there yet."""
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    async with api.post(crds, json=yaml.safe_load(CRD.read_text(encoding="utf-8"))) as answer:
        assert answer.status in (201, 409), await answer.text()


async def served(api: aiohttp.ClientSession, cluster: Cluster) -> None:
    """Waits until the API server knows connectors."""
    async with asyncio.timeout(SECONDS):
        while True:
            async with api.get(collection(cluster)) as answer:
                if answer.ok:
                    return
            await asyncio.sleep(0.05)


@asynccontextmanager
async def watching(api: aiohttp.ClientSession, cluster: Cluster) -> AsyncIterator[Seen]:
    """A watch on the namespace's connectors for as long as the block lasts."""
    seen = Seen()
    async with api.get(collection(cluster)) as answer:
        version = (await answer.json())["metadata"]["resourceVersion"]

    async def follow() -> None:
        params = {"watch": "1", "resourceVersion": version}
        long = aiohttp.ClientTimeout(total=None)
        async with api.get(
            collection(cluster), params=params, read_bufsize=LINE, timeout=long
        ) as answer:
            async for line in answer.content:
                seen.take(line)

    task = asyncio.create_task(follow())
    try:
        yield seen
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
