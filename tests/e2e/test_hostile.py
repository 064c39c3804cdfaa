"""Objects that mean harm, on a real API server: each is refused with the field's name, the healthy
connector beside them notices nothing, and no host outside the cloud is ever asked."""

from __future__ import annotations

import io
import itertools
import json
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from controller import config
from controller.emulator.kubernetes.control_plane import ControlPlane
from controller.kube.operator import NESTING
from controller.model.connector import (
    APPROVED_PLAN,
    CONFIRM_TABLE_DELETION,
    ON_DELETE,
    RECONCILE_REQUESTED,
    TAKE_OVER,
)
from tests import clusters
from tests.e2e import harness, hostile
from tests.e2e.harness import (
    CONTOSO,
    SECONDS,
    Json,
    Operator,
    Stage,
    condition,
    is_ready,
    manifest,
)
from tests.e2e.hostile import Hostile
from tests.e2e.outward import Outward

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("hostile"),
    pytest.mark.timeout(240),
]


@dataclass
class Scene:
    """One operator for all of them. `calls` and `versions` count from when the other was Ready."""

    stage: Stage
    operator: Operator
    outward: Outward
    calls: int
    versions: int
    events: list[Json]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    async def refusal(self, case: Hostile) -> str:
        """What the API server says to it, or the operator in a condition."""
        name = f"hostile-{next(self.numbers)}"
        sent, stage = case.write(case.body(name)), self.stage
        form = {"Content-Type": "application/json"}
        for fault in case.answers:
            stage.azure.faults.add(fault)
        data = io.BytesIO(sent)
        async with stage.api.post(stage.collection, data=data, headers=form) as answer:
            if not answer.ok:
                return await answer.text()
        try:
            found = await stage.seen.until(name, lambda body: case.field in said(body))
        finally:
            stage.azure.faults.clear()
            await stage.delete(name)
            await stage.seen.gone(name)
        assert not is_ready(found)
        return said(found)

    async def noticed(self) -> list[object]:
        """What the healthy connector has gone through meanwhile, and what it cost in Azure."""
        writes = (call.path for call in self.stage.writes(since=self.calls))
        return [
            *(path for path in writes if "contososecurityalerts" in path.casefold()),
            *self.stage.seen.of(CONTOSO, since=self.versions),
            *(event for event in await self.stage.events(CONTOSO) if event not in self.events),
        ]


def said(body: Json) -> str:
    conditions = (body.get("status") or {}).get("conditions") or ()
    return " ".join(condition["message"] for condition in conditions)


def is_settled(body: Json) -> bool:
    """Ready, and the first question whether events arrive is answered."""
    return is_ready(body) and condition(body, "IsConnected")["reason"] == "NoData"


@pytest.fixture(scope="module", autouse=True)
def deep() -> Iterator[None]:
    """What the API server takes the test can read too."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(2 * NESTING)
    yield
    sys.setrecursionlimit(before)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    folder, namespace = tmp_path_factory.mktemp("hostile"), f"test-{uuid.uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(clusters.real(control_plane, folder, namespace))
        stage = await stack.enter_async_context(harness.stage(cluster, folder))
        seed = stage.seed
        stage.azure.azure.add_workspace(
            seed.subscription, seed.group, name=hostile.WORKSPACE, location=seed.location
        )
        outward = await stack.enter_async_context(Outward([stage.azure.https_url, cluster.url]))
        grants = {config.NAMESPACES: json.dumps({namespace: {"scopes": [hostile.SCOPE]}})}
        own = stage.with_settings({**outward.variables, **grants})
        operator = await stack.enter_async_context(own.operating())
        await stage.create(manifest(CONTOSO))
        await stage.seen.until(CONTOSO, is_settled, seconds=3 * SECONDS)
        # a run tells its events after its status: the next one begins when they are there
        await stage.resync(CONTOSO, "the last that anybody wants of it")
        yield Scene(
            *(own, operator, outward),
            calls=len(stage.azure.requests),
            versions=len(stage.seen.versions),
            events=await stage.events(CONTOSO),
        )


@pytest.mark.parametrize("case", hostile.ALL, ids=str)
async def test_it_is_refused_by_the_fields_name_and_nobody_else_notices(
    case: Hostile, scene: Scene
) -> None:
    refusal = await scene.refusal(case)

    assert case.field in refusal
    assert scene.outward.elsewhere == []
    assert await scene.noticed() == []
    assert scene.operator.process.returncode is None
    assert "unexpected error" not in scene.operator.log


async def test_rubbish_in_our_annotations_does_nothing(scene: Scene) -> None:
    body = hostile.smallest("rubbish")
    body["metadata"]["annotations"] = {
        RECONCILE_REQUESTED: "x" * 100_000,
        APPROVED_PLAN: "../../*",
        TAKE_OVER: f"//{hostile.EVIL}/x",
        CONFIRM_TABLE_DELETION: "*",
        ON_DELETE: "Everything",
    }
    await scene.stage.create(body)
    await scene.stage.seen.until("rubbish", is_ready)
    await scene.stage.delete("rubbish")
    await scene.stage.seen.gone("rubbish")

    assert scene.outward.elsewhere == []
    assert await scene.noticed() == []
    assert "unexpected error" not in scene.operator.log


async def test_the_operator_asked_azure_and_kubernetes_alone(scene: Scene) -> None:
    azure = urlsplit(scene.stage.azure.https_url).netloc
    assert azure in scene.outward.asked
    assert set(scene.outward.asked) <= scene.outward.known
