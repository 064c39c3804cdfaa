"""The demo's Kubernetes: which one is taken; kubectl on it, or the same calls without kubectl."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from controller.cli.demo.screen import Screen, Unexpected
from controller.cli.manifests import load_all
from controller.emulator.kubernetes.control_plane import ControlPlane
from controller.emulator.kubernetes.server import KubernetesEmulator
from controller.kube.api import Api, ApiError, Call
from controller.kube.login import Access
from controller.model.connector import (
    FIELD_MANAGER,
    GROUP,
    PLURAL,
    RECONCILE_REQUESTED,
    VERSION,
)

ASSETS = "KUBEBUILDER_ASSETS"
USUAL_ASSETS = "/usr/local/kubebuilder/bin"
NAMESPACE = "contoso-demo"
"""in a cluster that is not the demo's own"""
CEL_SINCE = 25
"""Kubernetes 1.x that knows CEL rules in a CRD; older ones refuse them unless not validating"""

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Cluster:
    """An API server and a namespace on it. `flags` are what kubectl needs to find both."""

    title: str
    api: Api
    kubeconfig: Path | None
    context: str | None
    namespace: str
    own: bool
    screen: Screen

    @property
    def kubectl(self) -> str | None:
        return shutil.which("kubectl")

    def path(self, name: str = "") -> str:
        base = f"/apis/{GROUP}/{VERSION}/namespaces/{self.namespace}/{PLURAL}"
        return f"{base}/{name}" if name else base

    async def run(self, *words: str) -> str:
        """A kubectl command, shown and run; raises Unexpected with what it said."""
        flags = ["--kubeconfig", str(self.kubeconfig)] if self.kubeconfig else []
        if self.context:
            flags += ["--context", self.context]
        shown = list(words) if self.own else [*words, "-n", self.namespace]
        self.screen.command("kubectl", *shown)
        process = await asyncio.create_subprocess_exec(
            self.kubectl or "kubectl",
            *flags,
            *shown,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output = (await process.communicate())[0].decode()
        if process.returncode:
            raise Unexpected(f"kubectl {' '.join(words)}: {output}")
        return output

    async def install(self, crd: Path) -> None:
        """The CRD, and the namespace where it is not ours."""
        if not self.own:
            await self._ensure(
                "/api/v1/namespaces",
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}},
            )
        if self.kubectl is None:
            await self._ensure(
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", _document(crd)
            )
            return
        minor = int((await _version(self.api)).split(".")[1])
        how = "--server-side" if minor >= CEL_SINCE else "--validate=false"
        self.screen.output(await self.run("apply", how, "-f", f"{crd.parent.name}/"))

    async def _ensure(self, collection: str, document: Json) -> None:
        try:
            await self.api.send(Call("POST", collection, body=document))
        except ApiError as error:
            if error.status != 409:
                raise

    async def apply(self, manifest: Path) -> None:
        if self.kubectl is not None:
            relative = f"{manifest.parent.name}/{manifest.name}"
            self.screen.output(await self.run("apply", "--server-side", "-f", relative))
            return
        document = _document(manifest)
        await self.api.send(
            Call(
                "PATCH",
                self.path(document["metadata"]["name"]),
                params={"fieldManager": "kubectl", "force": "true"},
                body=document,
                form="application/apply-patch+yaml",
            )
        )
        self.screen.line("applied by the API: kubectl is not on the PATH")

    async def get(self, name: str) -> Json | None:
        try:
            return await self.api.send(Call("GET", self.path(name)))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def table(self) -> None:
        """`kubectl get contosoconnectors`, or what it would print."""
        if self.kubectl is not None:
            self.screen.output(await self.run("get", PLURAL))
            return
        accept = "application/json;as=Table;g=meta.k8s.io;v=v1"
        table = await self.api.send(Call("GET", self.path(), accept=accept))
        self.screen.line("kubectl is not on the PATH; the same table from the API:")
        self.screen.output(_aligned(table))

    async def reconcile_now(self, name: str) -> None:
        """Asks for a reconcile before the next resync, as users of Flux do."""
        value = datetime.now(UTC).isoformat()
        if self.kubectl is not None:
            await self.run("annotate", PLURAL, name, f"{RECONCILE_REQUESTED}={value}")
            return
        body = {"metadata": {"annotations": {RECONCILE_REQUESTED: value}}}
        form = "application/merge-patch+json"
        await self.api.send(Call("PATCH", self.path(name), body=body, form=form))

    async def delete(self, name: str) -> None:
        if self.kubectl is not None:
            self.screen.output(await self.run("delete", PLURAL, name, "--wait=false"))
            return
        await self.api.send(Call("DELETE", self.path(name)))

    async def events(self, name: str) -> list[Json]:
        """The events about a connector, the newest last."""
        found = await self.api.send(Call("GET", f"/api/v1/namespaces/{self.namespace}/events"))
        ours = [
            item
            for item in found["items"]
            if item["involvedObject"]["name"] == name
            and item.get("source", {}).get("component") == FIELD_MANAGER
        ]
        return sorted(ours, key=lambda item: int(item["metadata"]["resourceVersion"]))


async def _version(api: Api) -> str:
    """v1.36.2; `minor` is empty in some builds."""
    return str((await api.send(Call("GET", "/version")))["gitVersion"])


def _document(file: Path) -> Json:
    return load_all(file.read_text())[0].value


def _aligned(table: Json) -> str:
    columns = [i for i, c in enumerate(table["columnDefinitions"]) if not c.get("priority")]
    heads = [table["columnDefinitions"][i]["name"].upper() for i in columns]
    rows = [heads, *([_cell(row["cells"][i]) for i in columns] for row in table["rows"])]
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    return "\n".join(
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _cell(value: object) -> str:
    return "" if value is None else str(value)


@asynccontextmanager
async def open_cluster(
    screen: Screen, environ: Mapping[str, str], folder: Path, context: str | None
) -> AsyncIterator[Cluster]:
    """The cluster of `context`; else a real kube-apiserver if there is one; else the embedded."""
    if context is not None:
        async with Api(Access(environ, context=context)) as api:
            title = f"your cluster, context {context}"
            yield Cluster(title, api, None, context, NAMESPACE, own=False, screen=screen)
        return
    assets = Path(environ.get(ASSETS) or USUAL_ASSETS)
    real = (assets / "kube-apiserver").exists()
    kubeconfig = folder / "kubeconfig"
    async with ControlPlane(assets) if real else KubernetesEmulator() as server:
        server.write_kubeconfig(kubeconfig)
        async with Api(Access(environ, str(kubeconfig))) as api:
            title = (
                f"kube-apiserver {await _version(api)}"
                if real
                else "the embedded API that comes along"
            )
            yield Cluster(title, api, kubeconfig, None, "default", own=True, screen=screen)
