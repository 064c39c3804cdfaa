"""The two Kubernetes APIs that tests run on, and kubectl for them.

The embedded one lives in the test's own event loop, a new one each test; kubectl is awaited, so
that the loop can answer it. The real one is a process of its own, one a session, with a new
namespace each test.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from controller.emulator.kubernetes.control_plane import ControlPlane, User
from controller.emulator.kubernetes.server import KubernetesEmulator

USUAL_ASSETS = Path("/usr/local/kubebuilder/bin")
# Known to the real API server, without any right until a test binds a role.
NOBODY = User("nobody", "token-of-nobody")
KUBECTL_SECONDS = 100.0
HANG_UP_SECONDS = 0.1


@dataclass(frozen=True)
class Cluster:
    """A Kubernetes API with a namespace of the test's own.

    `kubeconfig` is a file for an administrator, whose context has that namespace.
    """

    url: str
    kubeconfig: Path
    namespace: str
    embedded: bool
    credentials: Mapping[str, Any]

    async def kubectl(
        self, *args: str, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs kubectl to its end; the caller looks at the return code."""
        process = await self.start(*args, stdin=subprocess.PIPE)
        sent = None if stdin is None else stdin.encode()
        async with asyncio.timeout(KUBECTL_SECONDS):
            out, err = await process.communicate(sent)
        code = process.returncode or 0
        return subprocess.CompletedProcess(args, code, out.decode(), err.decode())

    async def start(
        self, *args: str, stdin: int = subprocess.DEVNULL
    ) -> asyncio.subprocess.Process:
        """Starts kubectl and returns while it runs, for `-w` and the like."""
        program = shutil.which("kubectl")
        if program is None:
            raise FileNotFoundError("kubectl is not on PATH")
        environment = {
            **os.environ,
            "KUBECONFIG": str(self.kubeconfig),
            "KUBECACHEDIR": str(self.kubeconfig.parent / "cache"),
        }
        return await asyncio.create_subprocess_exec(
            *(program, *args),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )

    async def apply(self, body: Mapping[str, Any], *flags: str) -> None:
        """`kubectl apply` of one object; fails the test with kubectl's words."""
        done = await self.kubectl("apply", "-f", "-", *flags, stdin=json.dumps(body))
        assert done.returncode == 0, done.stderr

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:
        """An HTTP client with this API's authority and token; paths are relative to `url`."""
        cluster = self.credentials["clusters"][0]["cluster"]
        token = self.credentials["users"][0]["user"]["token"]
        context = ssl.create_default_context(cadata=_decoded(cluster["certificate-authority-data"]))
        async with aiohttp.ClientSession(
            self.url,
            headers={"Authorization": f"Bearer {token}"},
            connector=aiohttp.TCPConnector(ssl=context),
        ) as client:
            yield client


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode()


async def hang_up() -> None:
    """Lets aiohttp's closed TLS connections go before their loop does.

    Its documentation ("Graceful shutdown") asks for a short pause here, since closing a session
    does not wait for the TLS goodbye and there is nothing to wait on.
    """
    await asyncio.sleep(HANG_UP_SECONDS)


def assets(environ: Mapping[str, str]) -> Path:
    """The folder of a real control plane; skips, or in CI fails, with the reason when absent."""
    folder = Path(environ.get("KUBEBUILDER_ASSETS") or USUAL_ASSETS)
    missing = [name for name in ("etcd", "kube-apiserver") if not (folder / name).exists()]
    if missing:
        absent(f"{', '.join(missing)} not in {folder}: set KUBEBUILDER_ASSETS", environ)
    return folder


def needs_kubectl(environ: Mapping[str, str]) -> None:
    if shutil.which("kubectl") is None:
        absent("kubectl is not on PATH", environ)


def absent(reason: str, environ: Mapping[str, str]) -> None:
    if environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[Cluster]:
    async with KubernetesEmulator() as emulator:
        path = folder / "kubeconfig"
        emulator.write_kubeconfig(path)
        yield Cluster(emulator.url, path, "default", True, emulator.kubeconfig)


@asynccontextmanager
async def real(plane: ControlPlane, folder: Path, namespace: str) -> AsyncIterator[Cluster]:
    config = json.loads(json.dumps(plane.kubeconfig))
    config["contexts"][0]["context"]["namespace"] = namespace
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config), encoding="utf-8")
    cluster = Cluster(plane.url, path, namespace, False, config)
    made = await cluster.kubectl("create", "namespace", namespace)
    assert made.returncode == 0, made.stderr
    try:
        yield cluster
    finally:
        await hang_up()
