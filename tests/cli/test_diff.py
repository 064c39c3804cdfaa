"""`diff` compares the objects of a cluster with Azure, and writes to neither."""

import json
from typing import Any

import pytest

from controller.cli import manifests
from controller.model.connector import GROUP, KIND, VERSION
from tests.cli.commands import MANIFEST, Place
from tests.clusters import Cluster, embedded
from tests.kube.operating import install


@pytest.fixture
async def held(cluster: Cluster) -> Cluster:
    """A cluster that knows our objects and holds one."""
    await install(cluster)
    await cluster.apply(connector("acme"))
    return cluster


def connector(name: str) -> dict[str, Any]:
    (document,) = manifests.load_all(MANIFEST)
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": KIND,
        "metadata": {"name": name},
        "spec": document.value["spec"],
    }


async def diff(place: Place, cluster: Cluster, *words: str) -> int:
    chosen = ("--kubeconfig", str(cluster.kubeconfig), "-n", cluster.namespace)
    return await place.run("diff", *chosen, *words)


async def test_what_azure_lacks_of_an_object_is_a_difference(
    place: Place, held: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    before = place.held()

    assert await diff(place, held) == 2

    told = capsys.readouterr().out
    assert told.startswith(f"{held.namespace}/acme in workspace LogAnalytics1 (francecentral)\n")
    assert "7 to create, 1 as declared." in told
    assert place.held() == before


async def test_an_object_that_is_there_as_declared_is_none(place: Place, held: Cluster) -> None:
    text = MANIFEST.replace("{name: acme}", f"{{name: acme, namespace: {held.namespace}}}")
    assert await place.run("apply", "-f", place.manifest(text)) == 0

    assert await diff(place, held) == 0


async def test_names_choose_objects_and_a_name_that_is_none_is_an_error(
    place: Place, held: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    await held.apply(connector("other"))
    assert await diff(place, held, f"{held.namespace}/other", "-o", "json") == 2
    assert [each["name"] for each in json.loads(capsys.readouterr().out)["connectors"]] == ["other"]

    assert await diff(place, held, "absent") == 1
    assert "ContosoConnector absent does not exist" in capsys.readouterr().err


async def test_a_namespace_without_objects_has_no_difference(
    place: Place, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    await install(cluster)

    assert await diff(place, cluster) == 0
    assert f"No {KIND} in namespace {cluster.namespace}." in capsys.readouterr().err


async def test_a_cluster_that_does_not_know_the_crd_says_what_to_apply(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the embedded API starts without it."""
    async with embedded(place.folder) as cluster:
        assert await diff(place, cluster) == 1
    assert "apply the CRD" in capsys.readouterr().err
