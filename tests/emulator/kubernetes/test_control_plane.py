"""The real control plane: who may what, and that nothing of it stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.emulator.kubernetes.control_plane import ControlPlane
from tests import clusters

# Starts one that never gets ready.
PARENT = """
import sys
from pathlib import Path
from controller.emulator.kubernetes.control_plane import ControlPlane
ControlPlane(Path(sys.argv[1])).__enter__()
"""


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def until(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


@pytest.mark.e2e
async def test_further_users_have_only_the_rights_that_roles_give(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    clusters.needs_kubectl(os.environ)
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(control_plane.kubeconfig_for(clusters.NOBODY)), encoding="utf-8")
    cluster = clusters.Cluster(control_plane.url, path, "default", False, {})

    said = await cluster.kubectl("get", "secrets")

    assert 'User "nobody" cannot list resource "secrets"' in said.stderr


def test_nothing_survives_a_killed_parent(tmp_path: Path) -> None:
    for name in ("etcd", "kube-apiserver"):
        program(tmp_path, name, f"echo $$ > {tmp_path}/{name}.pid; exec sleep 60")
    pids = [tmp_path / f"{name}.pid" for name in ("etcd", "kube-apiserver")]
    with subprocess.Popen(  # noqa: S603 (our own program)
        [sys.executable, "-c", PARENT, str(tmp_path)],
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as parent:
        started = until(lambda: all(pid.exists() and pid.read_text() for pid in pids))
        parent.send_signal(signal.SIGKILL)

    assert started
    assert until(lambda: not any(alive(int(pid.read_text())) for pid in pids))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_server_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    for name in ("etcd", "kube-apiserver"):
        program(tmp_path, name, f"echo {name} is broken >&2; exit 3")

    with pytest.raises(TimeoutError, match="is broken\nexited with 3"), ControlPlane(tmp_path):
        pass


@pytest.mark.parametrize(
    ("environ", "outcome"), [({}, pytest.skip.Exception), ({"CI": "true"}, pytest.fail.Exception)]
)
def test_absent_binaries_skip_a_test_with_the_reason_and_fail_it_in_ci(
    tmp_path: Path, environ: dict[str, str], outcome: type[BaseException]
) -> None:
    with pytest.raises(outcome, match=r"etcd, kube-apiserver not in .*: set KUBEBUILDER_ASSETS"):
        clusters.assets({"KUBEBUILDER_ASSETS": str(tmp_path), **environ})
