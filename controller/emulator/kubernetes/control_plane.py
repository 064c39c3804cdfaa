"""A real etcd and kube-apiserver from a folder of binaries, on loopback, gone when it stops.

The folder is what `KUBEBUILDER_ASSETS` names; nothing is looked for here. There is no
controller-manager: nothing empties a deleted namespace. What ServiceAccounts ask is audited. The
core is synchronous, so that one control plane can outlive many event loops.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme

from controller.emulator.kubernetes import kubeconfig
from controller.emulator.kubernetes.errors import Json

READY_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.1
# The shell ends the server when its own standard input closes: also when we are killed.
SUPERVISOR = (
    '(trap : TERM; "$@"; echo "exited with $?") & read -r _; trap "" TERM; kill -TERM 0; wait'
)

# who asked what and by which right, without bodies; of nobody but the accounts of pods
AUDIT_POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    userGroups: ["system:serviceaccounts"]
"""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody the API server knows by a token; rights come from RBAC alone."""

    name: str
    token: str
    groups: tuple[str, ...] = ()


class ControlPlane:
    """etcd and kube-apiserver; a context manager, also an async one.

    `url`, `kubeconfig` and `write_kubeconfig` are for an administrator; `kubeconfig_for` gives the
    same for one of `users`. `audit` is the file of audit events, a JSON object a line. Raises
    TimeoutError with the end of the log when it does not start.
    """

    url: str
    kubeconfig: Json

    def __init__(self, assets: Path, *, users: Sequence[User] = ()) -> None:
        self._assets = assets
        self._admin = User("contoso-demo", secrets.token_urlsafe(24), ("system:masters",))
        self._users = (self._admin, *users)
        self._authority = trustme.CA()
        self._folder = Path()
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="contoso-control-plane-"))
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process in reversed(self._processes):
            _stop(process)
        self._processes.clear()
        shutil.rmtree(self._folder)

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, traceback)

    def kubeconfig_for(self, user: User) -> Json:
        pem = self._authority.cert_pem.bytes()
        return kubeconfig.kubeconfig(self.url, authority=pem, token=user.token)

    def write_kubeconfig(self, path: Path) -> None:
        kubeconfig.write(self.kubeconfig, path)

    @property
    def audit(self) -> Path:
        return self._folder / "audit.log"

    def _start(self) -> None:
        store, peer, port = _free_ports(3)
        self.url = f"https://127.0.0.1:{port}"
        self.kubeconfig = self.kubeconfig_for(self._admin)
        self._run("etcd", *_etcd_flags(self._folder / "etcd", store, peer))
        key = self._folder / "server.key"
        certificate = self._folder / "server.crt"
        issued = self._authority.issue_cert("127.0.0.1", "localhost")
        issued.private_key_pem.write_to_path(str(key))
        issued.cert_chain_pems[0].write_to_path(str(certificate))
        tokens = self._folder / "tokens.csv"
        tokens.write_text(
            "".join(f'{u.token},{u.name},{u.name},"{",".join(u.groups)}"\n' for u in self._users),
            encoding="utf-8",
        )
        self._run(
            "kube-apiserver",
            *("--etcd-servers", f"http://127.0.0.1:{store}"),
            *("--secure-port", str(port), "--bind-address", "127.0.0.1"),
            *("--tls-cert-file", str(certificate), "--tls-private-key-file", str(key)),
            *("--cert-dir", str(self._folder), "--service-cluster-ip-range", "10.0.0.0/24"),
            *("--authorization-mode", "RBAC", "--token-auth-file", str(tokens)),
            *("--service-account-issuer", "https://localhost"),
            *("--service-account-key-file", str(key)),
            *("--service-account-signing-key-file", str(key)),
            *("--disable-admission-plugins", "ServiceAccount"),
            *self._audit_flags(),
        )
        self._wait("/readyz")
        self._wait("/api/v1/namespaces/default")

    def _audit_flags(self) -> tuple[str, ...]:
        policy = self._folder / "audit-policy.yaml"
        policy.write_text(AUDIT_POLICY, encoding="utf-8")
        return "--audit-policy-file", str(policy), "--audit-log-path", str(self.audit)

    def _run(self, name: str, *flags: str) -> None:
        # A pipe that nobody else holds: it closes with this process, however that ends.
        with (self._folder / f"{name}.log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(  # noqa: S603 (the caller's folder of binaries)
                    ["/bin/sh", "-c", SUPERVISOR, "sh", str(self._assets / name), *flags],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def _wait(self, path: str) -> None:
        context = ssl.create_default_context(cadata=self._authority.cert_pem.bytes().decode())
        request = urllib.request.Request(  # noqa: S310 (our own https address)
            self.url + path, headers={"Authorization": f"Bearer {self._admin.token}"}
        )
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end and not self._exited():
            try:
                with urllib.request.urlopen(request, timeout=2, context=context):  # noqa: S310
                    return
            except (OSError, urllib.error.URLError, http.client.HTTPException):
                time.sleep(POLL_SECONDS)
        raise TimeoutError(f"The control plane of {self._assets} is not ready: {self._log()}")

    def _exited(self) -> bool:
        return any("exited with" in log[-40:] for log in self._logs())

    def _log(self) -> str:
        return "\n".join(log[-1500:] for log in self._logs())

    def _logs(self) -> list[str]:
        files = sorted(self._folder.glob("*.log"))
        return [file.read_text(encoding="utf-8", errors="replace") for file in files]


def _etcd_flags(folder: Path, port: int, peer: int) -> tuple[str, ...]:
    client, peers = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer}"
    return (
        *("--data-dir", str(folder), "--unsafe-no-fsync"),
        *("--listen-client-urls", client, "--advertise-client-urls", client),
        *("--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers),
        *("--initial-cluster", f"default={peers}"),
    )


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
