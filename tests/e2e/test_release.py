"""A release's life by the real helm: installed, upgraded and rolled back amid changes, removed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count, cycle
from pathlib import Path

import pytest

from controller import config
from controller.emulator.kubernetes.control_plane import ControlPlane
from tests import clusters
from tests.chart.helm import CHART
from tests.e2e import harness
from tests.e2e.harness import FILES, SECONDS, Json, Stage, is_ready, manifest
from tests.e2e.pods import Kubelet, configured
from tests.e2e.release import NAME, Release, install, overlapping
from tests.e2e.test_replicas import LEASES

OFTEN = 0.2
"""seconds from one change of a spec to the next"""
HANDS = 3
"""operators that write at least: of the install, of the upgrade, of the rollback"""


@dataclass
class Changes:
    """What was declared last of each connector: the rule's description."""

    stage: Stage
    declared: dict[str, str] = field(default_factory=dict)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def go_on(self) -> None:
        """One connector after the other, until cancelled."""
        for number, name in zip(count(), cycle(FILES), strict=False):
            await self.declare(name, f"change {number}")
            self.begun.set()
            await asyncio.sleep(OFTEN)

    async def declare(self, name: str, description: str) -> None:
        await self.stage.change(name, {"spec": {"rule": {"description": description}}})
        self.declared[name] = description

    async def are_in_azure(self) -> None:
        for name, description in self.declared.items():
            body = await self.stage.seen.until(name, partial(is_so, description))
            assert rule(self.stage, body)["properties"]["description"] == description


def is_so(description: str, connector: Json) -> bool:
    declared = connector["spec"].get("rule", {}).get("description")
    return is_ready(connector) and bool(declared == description)


def rule(stage: Stage, connector: Json) -> Json:
    (id_,) = (one["id"] for one in connector["status"]["resources"] if one["kind"] == "Rule")
    (found,) = (one for one in stage.azure.azure.all() if one.id.lower() == id_.lower())
    return dict(found.body)


@asynccontextmanager
async def amid(stage: Stage, what: str) -> AsyncIterator[Changes]:
    """A stream of changes for as long as the block lasts, then one more of each connector."""
    changes = Changes(stage)
    going = asyncio.create_task(changes.go_on())
    try:
        yield changes
    finally:
        going.cancel()
        await asyncio.wait([going])
    assert going.cancelled(), going.exception()
    for name in FILES:
        await changes.declare(name, f"the last amid {what}")


@asynccontextmanager
async def released(plane: ControlPlane, folder: Path) -> AsyncIterator[tuple[Stage, Release]]:
    """The chart is installed, and its Pods run."""
    async with (
        clusters.real(plane, folder, "released") as cluster,
        harness.stage(cluster, folder, install=lambda _: install(cluster)) as stage,
        AsyncExitStack() as ended_by,
    ):
        items = list(configured(stage, cluster.namespace))
        await cluster.apply({"apiVersion": "v1", "kind": "List", "items": items})
        release = Release(Kubelet(cluster, stage.api, cluster.namespace, folder), ended_by)
        await release.roll()
        yield stage, release


async def setting(release: Release, name: str) -> str:
    """As the Deployment gives it."""
    deployment = await release.deployment()
    assert deployment is not None
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return next(str(entry["value"]) for entry in container["env"] if entry["name"] == name)


async def changed_under_way(stage: Stage, release: Release, *words: str, workers: str) -> None:
    """Helm changes a value, the Pods follow, and specs change all the time; nothing is lost."""
    async with amid(stage, words[0]) as changes:
        async with asyncio.timeout(SECONDS):
            await changes.begun.wait()
        await release.helm(*words)
        assert await setting(release, config.WORKERS) == workers
        await release.roll()
    await changes.are_in_azure()


def hands(release: Release) -> set[str]:
    """Who ever wrote."""
    return {str(write["operator"]) for write in release.writes()}


async def is_refused(release: Release) -> None:
    """The hook says why, and everything stays."""
    uninstall = await release.uninstall()
    assert uninstall.code != 0
    assert "3 ContosoConnector(s) hold the finalizer" in uninstall.why
    for name in FILES:
        assert f"{release.kubelet.namespace}/{name}\n" in uninstall.why
    assert await release.deployment() is not None, uninstall.said


async def is_removed(stage: Stage, release: Release) -> None:
    """The CRD is kept, so that connectors stay readable, and the Lease was the operator's own."""
    uninstall = await release.uninstall()
    assert uninstall.code == 0, uninstall.said + uninstall.why
    assert await release.deployment() is None
    async with stage.api.get(LEASES.format(stage.cluster.namespace)) as answer:
        assert answer.ok
    await harness.served(stage.api, stage.cluster)


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_release_is_installed_upgraded_rolled_back_and_removed(
    plane: ControlPlane, tmp_path: Path
) -> None:
    async with released(plane, tmp_path) as (stage, release):
        for name in FILES:
            await stage.create(manifest(name))
        for name in FILES:
            await stage.seen.until(name, is_ready)

        new = ("upgrade", NAME, str(CHART), "--reset-then-reuse-values", "--set", "workers=3")
        await changed_under_way(stage, release, *new, workers="3")
        await changed_under_way(stage, release, "rollback", NAME, workers="8")
        assert len(hands(release)) >= HANDS
        assert overlapping(release.writes()) == []

        await is_refused(release)
        for name in FILES:
            await stage.delete(name)
            await stage.seen.gone(name)
        await is_removed(stage, release)


def write(operator: str, started: int, ended: int) -> Json:
    return {"operator": operator, "started": f"{started:02}", "ended": f"{ended:02}"}


@pytest.mark.parametrize(
    ("writes", "pairs"),
    [
        pytest.param([write("one", 0, 9), write("one", 3, 5)], 0, id="of one operator"),
        pytest.param([write("one", 0, 5), write("two", 5, 9)], 0, id="one after the other"),
        pytest.param([write("one", 0, 9), write("two", 3, 5)], 1, id="one within the other"),
        pytest.param(
            [write("one", 0, 9), write("one", 1, 2), write("two", 8, 9)], 1, id="the last moment"
        ),
    ],
)
def test_a_second_hand_would_be_seen(writes: list[Json], pairs: int) -> None:
    """The judge of the test above."""
    assert len(overlapping(writes)) == pairs
