"""What a user does with kubectl, from apply to delete, and what Azure then has been told."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from controller import config
from tests.e2e import harness
from tests.e2e.harness import CONTOSO, FILES, LARGE, MANIFESTS, MINIMAL, Json, Stage

GOLDEN = Path(__file__).parents[1] / "kinds" / "golden" / "contoso"
COLLECTIONS = {
    "table": "tables",
    "endpoint": "dataCollectionEndpoints",
    "rule": "dataCollectionRules",
    "role_assignment": "roleAssignments",
    "definition": "dataConnectorDefinitions",
    "metadata": "metadata",
    "data_connector": "dataConnectors",
}
"""each golden file's resource type, the last but one part of its path"""
COLUMNS = ["NAME", "READY", "STATUS", "ACTIVE", "CONNECTED", "LAST DATA", "AGE"]
INGESTION_SCOPE = "https://monitor.azure.com/.default"


async def kubectl(stage: Stage, *args: str) -> str:
    """What kubectl prints; fails the test with its words."""
    done = await stage.cluster.kubectl(*args)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def wait(stage: Stage, condition: str, *which: str) -> None:
    await kubectl(stage, "wait", f"--for=condition={condition}", "ccon", *which, "--timeout=90s")


@asynccontextmanager
async def applied(stage: Stage, *which: str) -> AsyncIterator[None]:
    """The operator runs, the manifests (all, if none is named) are applied and Ready."""
    files = [FILES[name] for name in which] or [MANIFESTS]
    async with stage.operating():
        await kubectl(stage, "apply", "--server-side", *(f"--filename={file}" for file in files))
        await wait(stage, "Ready", "--all")
        yield


def golden(name: str, stage: Stage) -> Any:
    """The file's body with the two values that this run's Azure and cluster chose: see README."""
    text = (GOLDEN / f"{name}.json").read_text(encoding="utf-8")
    host = "contososecurityalertsdce-tw4s.francecentral-1"
    emulated = text.replace(f"https://{host}", f"{stage.azure.https_url}/ingest/{host}")
    return json.loads(emulated.replace("demo/default/", f"demo/{stage.cluster.namespace}/"))


async def test_the_contoso_connector_is_written_as_the_golden_files_say(stage: Stage) -> None:
    async with applied(stage, CONTOSO):
        sent = stage.writes()

    bodies = {
        name: [call.body for call in sent if call.path.split("/")[-2] == collection]
        for name, collection in COLLECTIONS.items()
    }
    assert bodies == {name: [golden(name, stage)] for name in COLLECTIONS}
    assert {call.method for call in sent} == {"PUT"}


async def test_what_connectors_share_is_written_once(stage: Stage) -> None:
    """All three manifests at once; two of them send through the workspace's own endpoint."""
    async with applied(stage):
        sent = stage.writes()

    paths = [call.path.casefold() for call in sent]
    assert sum(path.endswith("/datacollectionendpoints/loganalytics1") for path in paths) == 1
    assert len(paths) == len(set(paths))


async def test_a_resync_writes_nothing(stage: Stage) -> None:
    """Nor in Kubernetes, but for the word that it was done."""
    async with applied(stage):
        for name in (CONTOSO, LARGE, MINIMAL):
            await stage.seen.until(name, is_asked)  # the last that the first look has to tell
            for word in ("second", "third"):
                calls, versions = len(stage.azure.requests), len(stage.seen.versions)

                await stage.resync(name, word)

                assert len(stage.azure.requests) > calls
                assert stage.writes(since=calls) == []
                asked, handled = stage.seen.of(name, since=versions)
                assert handled["status"] == {**asked["status"], "lastHandledReconcileAt": word}


def is_asked(body: Json) -> bool:
    return harness.condition(body, "IsConnected").get("status") == "False"


async def push(stage: Stage, ingestion: Mapping[str, Any], event: Mapping[str, Any]) -> int:
    """What a source does: a token for the push application, then its events."""
    trust = ssl.create_default_context(cafile=stage.azure.ca_file)
    async with httpx.AsyncClient(verify=trust) as client:
        token = await client.post(
            f"{stage.azure.https_url}/{ingestion['tenantId']}/oauth2/v2.0/token",
            data={
                "grant_type": "client_credentials",
                "client_id": ingestion["appId"],
                "client_secret": stage.seed.push.secret,
                "scope": INGESTION_SCOPE,
            },
        )
        answer = await client.post(
            f"{ingestion['endpoint']}/dataCollectionRules/{ingestion['ruleImmutableId']}"
            f"/streams/{ingestion['streams'][0]}",
            params={"api-version": "2023-01-01"},
            headers={"Authorization": f"Bearer {token.json()['access_token']}"},
            json=[event],
        )
        return answer.status_code


@pytest.fixture
def attentive(stage: Stage) -> Stage:
    """Its operator asks every second whether data has come."""
    return stage.with_settings({config.CONNECTIVITY_SECONDS: "1"})


async def test_a_source_that_sends_is_connected(attentive: Stage) -> None:
    """With the values that the status shows, and nothing else."""
    event = {"EventSeverity": "High", "EventType": "Login", "UserName": "kim"}
    async with applied(attentive, CONTOSO):
        shown = json.loads(await kubectl(attentive, "get", "ccon", CONTOSO, "-o", "json"))
        assert harness.condition(shown, "IsConnected").get("status") != "True"

        assert await push(attentive, shown["status"]["ingestion"], event) == 204

        await wait(attentive, "IsConnected", CONTOSO)
        header, row = (await kubectl(attentive, "get", "ccon")).splitlines()
        wide = (await kubectl(attentive, "get", "ccon", "-o", "wide")).splitlines()[0]
    assert re.split("  +", header) == COLUMNS
    assert row.split()[:5] == [CONTOSO, "True", "InSync", "True", "True"]
    assert row.split()[5].endswith("s")
    assert re.split("  +", wide)[-4:] == ["DRIFT", "REASON", "WORKSPACE", "AGE"]


async def test_delete_leaves_the_tables_and_removes_the_rest(stage: Stage) -> None:
    """The shared endpoint goes with the last connector that uses it."""
    before = {resource.key for resource in stage.azure.azure.all()}
    async with applied(stage):
        await kubectl(stage, "delete", "ccon", CONTOSO, MINIMAL, "--timeout=90s")
        left = [r.id.rpartition("/")[2] for r in stage.azure.azure.all() if "Endpoints" in r.id]
        assert left == ["LogAnalytics1"]

        await kubectl(stage, "delete", "ccon", LARGE, "--timeout=90s")

    kept = [r for r in stage.azure.azure.all() if r.key not in before]
    assert {resource.type for resource in kept} == {
        "microsoft.operationalinsights/workspaces/tables"
    }
    declared = [t for n in (CONTOSO, LARGE, MINIMAL) for t in harness.manifest(n)["spec"]["tables"]]
    assert sorted(r.id.rpartition("/")[2] for r in kept) == sorted(t["name"] for t in declared)
