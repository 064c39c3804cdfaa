"""What a kubelet makes of a Pod of the chart: its command as a process of this machine.

The process gets the environment, the files and the account's token that the Pod asks for, and
nothing of the test's own environment but PATH. Ports are free ones, since Pods share none.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import aiohttp

from controller import config
from tests.clusters import Cluster
from tests.e2e.harness import TAIL, Json, Operator, Stage
from tests.kube.test_lifecycle import free_port

TOKEN_SECONDS = 3600
SECRET, CLOUD = "azure", "cloud"
"""names of the objects that `configured` makes"""
PORTS = (config.HEALTH_PORT, config.METRICS_PORT)
"""variables that hold a port to listen on"""


@dataclass(frozen=True)
class Kubelet:
    """The node of one namespace. `api` is an administrator's session."""

    cluster: Cluster
    api: aiohttp.ClientSession
    namespace: str
    folder: Path

    async def start(self, name: str, template: Json) -> Operator:
        """The first container of a Pod with this template, running; who starts it ends it."""
        home = self.folder / f"pod-{name}"
        home.mkdir()
        (container,) = template["spec"]["containers"]
        environ = await self._environ(container, name)
        for path, folder in (await self._mounts(template["spec"], container, home)).items():
            environ = {key: value.replace(path, str(folder)) for key, value in environ.items()}
        kubeconfig = await self._account(template["spec"]["serviceAccountName"], home)
        command: list[str] = [*container["command"], *container.get("args", ())]
        output = home / "log"
        with output.open("wb") as sink:
            process = await asyncio.create_subprocess_exec(
                *(str(Path(sys.executable).with_name(command[0])), *command[1:]),
                # in a Pod the token lies at a path that only root could write here
                *("--kubeconfig", str(kubeconfig)),
                cwd=home,
                env={"PATH": os.environ["PATH"], "HOME": str(home), **environ},
                stdout=sink,
                stderr=asyncio.subprocess.STDOUT,
            )
        return Operator(process, output)

    @asynccontextmanager
    async def running(self, name: str, template: Json) -> AsyncIterator[Operator]:
        """The Pod for as long as the block lasts; a failure shows the end of its log."""
        pod = await self.start(name, template)
        try:
            yield pod
        except BaseException as error:
            error.add_note(f"The log of {name} ends:\n{pod.log[-TAIL:]}")
            raise
        finally:
            await pod.stop()

    async def _environ(self, container: Json, name: str) -> dict[str, str]:
        given: dict[str, str] = {}
        for source in container.get("envFrom", ()):
            given |= await self._data("secrets", source["secretRef"]["name"])
        fields = {"metadata.name": name, "metadata.namespace": self.namespace}
        for entry in container.get("env", ()):
            field = entry.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath")
            given[entry["name"]] = entry.get("value", "") if field is None else fields[field]
        taken = {name: str(free_port()) for name in PORTS if given.get(name, "0") != "0"}
        return {**given, **taken}

    async def _mounts(self, spec: Json, container: Json, home: Path) -> dict[str, Path]:
        """Where on this machine is what the container sees under its paths."""
        kinds = {volume["name"]: volume for volume in spec.get("volumes", ())}
        folders: dict[str, Path] = {}
        for number, mount in enumerate(container.get("volumeMounts", ())):
            folder = folders[mount["mountPath"]] = home / f"volume-{number}"
            folder.mkdir()
            if configured := kinds[mount["name"]].get("configMap"):
                for file, text in (await self._data("configmaps", configured["name"])).items():
                    (folder / file).write_text(text, encoding="utf-8")
        return folders

    async def _data(self, kind: str, name: str) -> dict[str, str]:
        async with self.api.get(f"/api/v1/namespaces/{self.namespace}/{kind}/{name}") as answer:
            assert answer.ok, await answer.text()
            data = (await answer.json())["data"]
        return dict(_decoded(data) if kind == "secrets" else data.items())

    async def _account(self, name: str, home: Path) -> Path:
        """A kubeconfig with nothing but a token of the ServiceAccount."""
        kubeconfig: Json = json.loads(json.dumps(self.cluster.credentials))
        kubeconfig["users"][0]["user"] = {"token": await token(self.api, self.namespace, name)}
        file = home / "kubeconfig"
        file.write_text(json.dumps(kubeconfig), encoding="utf-8")
        return file


async def token(api: aiohttp.ClientSession, namespace: str, account: str) -> str:
    """As the kubelet asks for one: by TokenRequest."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    request = {"spec": {"expirationSeconds": TOKEN_SECONDS, "audiences": None}}
    async with api.post(path, json=request) as answer:
        assert answer.ok, await answer.text()
        return str((await answer.json())["status"]["token"])


def _decoded(data: Json) -> Iterator[tuple[str, str]]:
    return ((name, base64.b64decode(text).decode()) for name, text in data.items())


def configured(stage: Stage, *namespaces: str) -> Iterator[Json]:
    """What the chart leaves to its users, in these namespaces: credentials, and where Azure is."""
    secret = {
        name: base64.b64encode(value.encode()).decode()
        for name, value in stage.variables.items()
        if name.startswith("AZURE_")
    }
    cloud = (stage.folder / "cloud.json").read_text(encoding="utf-8")
    for namespace, (kind, name, data) in product(
        namespaces,
        (("Secret", SECRET, secret), ("ConfigMap", CLOUD, {"cloud.json": cloud})),
    ):
        metadata = {"name": name, "namespace": namespace}
        yield {"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data}
