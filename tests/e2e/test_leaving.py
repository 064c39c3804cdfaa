"""The ways out of docs/lifecycle.md, by its own commands: deleted, left in Azure, break glass."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from controller.emulator.kubernetes.control_plane import ControlPlane
from controller.model.connector import FINALIZER
from tests import clusters
from tests.e2e import harness
from tests.e2e.harness import CONTOSO, MINIMAL, Stage, is_ready, manifest
from tests.e2e.typed import block, run

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ARM = "https://management.azure.com"
OF_A_CONNECTOR = {
    "microsoft.operationalinsights/workspaces/tables",
    "microsoft.insights/datacollectionendpoints",
    "microsoft.insights/datacollectionrules",
    "microsoft.authorization/roleassignments",
    "microsoft.securityinsights/dataconnectordefinitions",
    "microsoft.securityinsights/metadata",
    "microsoft.securityinsights/dataconnectors",
}
"""the types of what its deletion may delete"""
CRD = "crd/contosoconnectors.sentinel.contoso.com"
AZ = """\
#!{python}
import sys, urllib.request
words = dict(zip(sys.argv[2::2], sys.argv[3::2]))
assert sys.argv[1] == "rest" and set(words) == {{"--method", "--url"}}, sys.argv
url, method = "{arm}" + words["--url"], words["--method"].upper()
headers = {{"Authorization": "Bearer {token}"}}
urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers))
"""
"""what `az rest` does with a path: the cloud's ARM is put before it; it fails with the answer"""


@pytest.fixture
async def left(plane: ControlPlane, tmp_path: Path) -> AsyncIterator[Stage]:
    """Two connectors are Ready, in a namespace of the test's own. No operator runs any more."""
    async with (
        clusters.real(plane, tmp_path, f"leaving-{uuid4().hex[:8]}") as cluster,
        harness.stage(cluster, tmp_path) as stage,
    ):
        async with stage.operating():
            for name in (CONTOSO, MINIMAL):
                await stage.create(manifest(name))
            for name in (CONTOSO, MINIMAL):
                await stage.seen.until(name, is_ready)
        stage.azure.requests.clear()
        yield stage


def install_az(stage: Stage) -> None:
    operator, azure = stage.seed.operator.client_id, stage.azure
    token = azure.azure.entra.token(operator, ARM)
    script = AZ.format(python=sys.executable, arm=azure.http_url, token=token)
    program = stage.folder / "az"
    program.write_text(script, encoding="utf-8")
    program.chmod(0o755)


def made(stage: Stage) -> set[str]:
    """The types of what Azure holds beside the workspace and its Sentinel."""
    return {one.type for one in stage.azure.azure.all()}


async def test_connectors_leave_azure_as_their_policy_says(left: Stage) -> None:
    async with left.operating():
        remove = block("kubectl delete contosoconnectors", NAMESPACE=left.cluster.namespace)
        told = await run(left, remove)
    assert "the operator may be uninstalled" in told
    assert {call.method for call in left.writes()} == {"DELETE"}


async def test_connectors_go_and_all_stays_in_azure(left: Stage) -> None:
    async with left.operating():
        leave = block("kubectl annotate contosoconnectors", NAMESPACE=left.cluster.namespace)
        told = await run(left, leave)
    assert "the operator may be uninstalled" in told
    assert left.writes() == []


async def test_glass_is_broken_and_all_is_removed_by_hand(left: Stage) -> None:
    """The CRD goes by itself once no connector holds it."""
    install_az(left)
    untouched = made(left) - OF_A_CONNECTOR
    gone = await left.cluster.kubectl("delete", CRD, "--wait=false")
    assert gone.returncode == 0, gone.stderr
    for name in (CONTOSO, MINIMAL):
        held = await left.send("GET", f"/{name}")
        assert held["metadata"]["finalizers"] == [FINALIZER]
        await run(left, block("kubectl get contosoconnector NAME", NAME=name))
        await run(left, block("kubectl patch contosoconnector NAME", NAME=name))
        await left.seen.gone(name)
        await run(left, block("remove()") + block("remove Endpoint"))
    assert {call.method for call in left.writes()} == {"DELETE"}
    assert made(left) == untouched
    waited = await left.cluster.kubectl("wait", "--for=delete", CRD, "--timeout=90s")
    assert waited.returncode == 0, waited.stderr
