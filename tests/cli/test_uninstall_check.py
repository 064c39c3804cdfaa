"""`uninstall-check` holds the operator back exactly while an object holds its finalizer."""

from typing import Any

import pytest

from controller.cli.uninstall_check import SHOWN, refusal
from controller.model.connector import FINALIZER, Connector
from tests.cli.commands import Place
from tests.cli.test_diff import connector
from tests.clusters import Cluster, embedded
from tests.kube.operating import install


def held(name: str, *, deleting: bool = False) -> Connector:
    empty: dict[str, Any] = {}
    return Connector("soc", name, "uid", 1, "1", empty, empty, {}, (FINALIZER,), deleting=deleting)


async def check(place: Place, cluster: Cluster, *words: str) -> int:
    return await place.run("uninstall-check", "--kubeconfig", str(cluster.kubeconfig), *words)


async def test_an_object_with_the_finalizer_holds_the_operator(
    place: Place, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    await install(cluster)
    await cluster.apply(connector("free"))
    body = connector("held")
    await cluster.apply({**body, "metadata": {"name": "held", "finalizers": [FINALIZER]}})

    assert await check(place, cluster, "-n", cluster.namespace) == 1

    said = capsys.readouterr().out
    assert "1 ContosoConnector(s) hold the finalizer sentinel.contoso.com/cleanup" in said
    assert f"  {cluster.namespace}/held\n" in said
    assert "free" not in said


async def test_others_namespaces_do_not_count_unless_all_do(place: Place, cluster: Cluster) -> None:
    await install(cluster)
    body = connector("held")
    await cluster.apply({**body, "metadata": {"name": "held", "finalizers": [FINALIZER]}})

    assert await check(place, cluster, "-n", "nowhere", "-n", "elsewhere") == 0
    assert await check(place, cluster, "-n", "nowhere", "-n", cluster.namespace) == 1
    assert await check(place, cluster) == 1


async def test_without_the_crd_nothing_holds_it(place: Place) -> None:
    async with embedded(place.folder) as cluster:
        assert await check(place, cluster) == 0


async def test_without_an_answer_it_stays(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody can tell then: the sentence goes to standard error."""
    assert await place.run("uninstall-check", "--kubeconfig", str(place.folder / "none")) == 1
    assert "No kubeconfig" in capsys.readouterr().err


def test_a_long_list_is_cut_and_says_so() -> None:
    said = refusal([held(f"c{number}") for number in range(SHOWN + 3)])
    assert f"{SHOWN + 3} ContosoConnector(s)" in said
    assert "and 3 more" in said
    assert f"c{SHOWN}" not in said


def test_an_object_that_is_going_already_is_marked() -> None:
    assert "soc/going (is being deleted)" in refusal([held("going", deleting=True)])
