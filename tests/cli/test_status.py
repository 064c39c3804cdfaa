"""`status` shows the objects of a cluster, counts their events in Azure, and writes to neither."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest

from controller.config import CREDENTIAL
from controller.model.connector import KIND
from tests.cli.commands import MANIFEST, Place
from tests.cli.test_diff import connector
from tests.clusters import Cluster
from tests.kube.operating import Desk, install, status


@pytest.fixture
async def desk(cluster: Cluster) -> AsyncIterator[Desk]:
    """A cluster that knows our objects and holds one that nobody has looked at."""
    await install(cluster)
    await cluster.apply(connector("acme"))
    async with cluster.session() as session:
        yield Desk(session, cluster.namespace)


async def show(place: Place, cluster: Cluster, *words: str) -> int:
    chosen = ("--kubeconfig", str(cluster.kubeconfig), "-n", cluster.namespace)
    return await place.run("status", *chosen, *words)


def without(environ: Mapping[str, str], variable: str) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name != variable}


async def test_events_are_counted_and_the_exit_code_says_ready(
    place: Place, cluster: Cluster, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    text = MANIFEST.replace("{name: acme}", f"{{name: acme, namespace: {cluster.namespace}}}")
    assert await place.run("apply", "-f", place.manifest(text)) == 0
    await desk.patch("acme", {"status": status(1)}, status=True)
    arrive(place, 3)
    before = place.held()
    capsys.readouterr()

    assert await show(place, cluster) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[1].split()[-2:] == ["3", "3"]
    assert told.err == ""

    assert await show(place, cluster, "-o", "json") == 0
    (entry,) = json.loads(capsys.readouterr().out)["connectors"]
    assert entry["events"] == {"lastHour": 3, "lastDay": 3}
    assert place.held() == before


def arrive(place: Place, count: int) -> None:
    """So many events of the manifest's table, now."""
    (workspace,) = [each for each in place.azure.all() if each.type.endswith("/workspaces")]
    customer_id = workspace.body["properties"]["customerId"]
    rows = [{"User": "ada"}] * count
    kql = "source | extend TimeGenerated = now()"
    place.azure.logs.ingest(customer_id, "Logins_CL", {"User": "string"}, kql, rows)
    place.azure.placed.add(customer_id)


async def test_an_object_that_is_not_ready_is_exit_code_2_and_its_missing_table_is_said(
    place: Place, cluster: Cluster, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await show(place, cluster, "acme") == 2

    told = capsys.readouterr()
    assert "generation 1 was not looked at yet" in told.out
    assert told.out.splitlines()[1].split()[-2:] == ["-", "-"]


async def test_without_the_settings_for_azure_all_but_the_counts_is_shown(
    place: Place, cluster: Cluster, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    await desk.patch("acme", {"status": status(1)}, status=True)
    bare = replace(place, environ=without(place.environ, CREDENTIAL))

    assert await show(bare, cluster) == 0

    told = capsys.readouterr()
    assert f"Events are not counted: {CREDENTIAL} is not set" in told.err
    assert "True" in told.out


async def test_a_name_that_is_none_is_an_error_and_no_object_is_fine(
    place: Place, cluster: Cluster, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await show(place, cluster, "absent") == 1
    assert f"{KIND} absent does not exist" in capsys.readouterr().err

    await desk.delete("acme")
    assert await show(place, cluster) == 0
    assert f"No {KIND} in namespace" in capsys.readouterr().err
