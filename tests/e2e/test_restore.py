"""A backup in another cluster, by the commands of docs/lifecycle.md, before the same Azure.

The backup is taken of the embedded API; the other cluster is a real API server.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from controller import config
from controller.emulator.azure import Request
from controller.emulator.kubernetes.control_plane import ControlPlane
from controller.model.connector import TAKE_OVER
from tests import clusters
from tests.e2e import harness
from tests.e2e.harness import (
    CONTOSO,
    FILES,
    LARGE,
    Json,
    Stage,
    condition,
    is_ready,
    manifest,
)
from tests.e2e.typed import block, run

NAMESPACE = "soc"

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CARD = "/dataConnectorDefinitions/minimal"
"""the end of the id of what Azure keeps otherwise"""


def keep_otherwise(stage: Stage) -> None:
    """From now on Azure has a title of its own for one card, whatever is sent."""

    async def rewrite(request: Request) -> None:
        if request.method == "PUT" and request.path.casefold().endswith(CARD.casefold()):
            (card,) = (r for r in stage.azure.azure.all() if r.id.endswith(CARD))
            body = json.loads(json.dumps(card.body))
            body["properties"]["connectorUiConfig"]["title"] = "THEIRS"
            card.body = body

    stage.azure.faults.after = rewrite


async def looked_at_twice(stage: Stage) -> None:
    for word in ("once", "twice"):
        for name in FILES:
            await stage.resync(name, word)


@pytest.fixture
async def old(tmp_path: Path) -> AsyncIterator[Stage]:
    """The samples are Ready, one of them is then deleted, the operator stops; a backup is taken."""
    async with clusters.embedded(tmp_path) as cluster:
        made = await cluster.kubectl("create", "namespace", NAMESPACE)
        assert made.returncode == 0, made.stderr
        async with harness.stage(replace(cluster, namespace=NAMESPACE), tmp_path) as stage:
            keep_otherwise(stage)
            async with stage.operating():
                for name in FILES:
                    await stage.create(manifest(name))
                for name in FILES:
                    await stage.seen.until(name, is_ready)
                await looked_at_twice(stage)
            await stage.delete(LARGE)
            assert "deletionTimestamp" in (await stage.send("GET", f"/{LARGE}"))["metadata"]
            await run(stage, block("kubectl get contosoconnectors"))
            stage.azure.requests.clear()
            yield stage


@pytest.fixture
async def new(old: Stage, tmp_path: Path) -> AsyncIterator[Stage]:
    """Another cluster, with our type and the namespace, before the same Azure."""
    async with ControlPlane(clusters.assets(os.environ)) as plane:
        folder = tmp_path / "new"
        folder.mkdir()
        (folder / "connectors.yaml").write_bytes((tmp_path / "connectors.yaml").read_bytes())
        async with clusters.real(plane, folder, NAMESPACE) as cluster, cluster.session() as api:
            await harness.from_file(api)
            await harness.served(api, cluster)
            async with harness.watching(api, cluster) as seen:
                yield replace(old, cluster=cluster, api=api, seen=seen, folder=folder)


def records(body: Json, *, forgotten: bool) -> list[Json]:
    """`status.resources`, without what only a status knows."""
    unknown = {"origin", "kept", "message"} if forgotten else set()
    return [
        {key: value for key, value in record.items() if key not in unknown}
        for record in body["status"]["resources"]
    ]


def says(body: Json) -> dict[str, tuple[str, str]]:
    """The conditions by type."""
    return {each["type"]: (each["status"], each["reason"]) for each in body["status"]["conditions"]}


async def is_as_before(new: Stage, old: Stage, *, forgotten: bool) -> None:
    """Every connector says of itself what it said in the old cluster, and is no more deleted."""
    for name in FILES:
        was = await old.send("GET", f"/{name}")
        now = await new.seen.until(name, is_ready)
        assert says(now) == says(was)
        assert records(now, forgotten=forgotten) == records(was, forgotten=forgotten)
        assert now["status"]["ingestion"] == was["status"]["ingestion"]
        assert "deletionTimestamp" not in now["metadata"]


async def test_a_backup_with_its_status_writes_nothing_and_deletes_as_before(
    old: Stage, new: Stage
) -> None:
    told = await run(new, block("kubectl create"))
    async with new.operating():
        await run(new, block("kubectl wait"))
        await looked_at_twice(new)
        await is_as_before(new, old, forgotten=False)
        assert new.writes() == [], told

        await new.delete(CONTOSO)
        await new.seen.gone(CONTOSO)
        assert {call.method for call in new.writes()} == {"DELETE"}


async def test_objects_alone_write_nothing_but_twice_what_azure_keeps_otherwise(
    old: Stage, new: Stage
) -> None:
    create, _, _ = block("kubectl create").partition("\n")
    await run(new, create)
    async with new.operating():
        for name in FILES:
            await new.seen.until(name, is_ready)
        await looked_at_twice(new)
        await is_as_before(new, old, forgotten=True)
        assert [call.method for call in new.writes()] in (["PUT"], ["PUT", "PUT"])
        assert all(call.path.endswith(CARD) for call in new.writes())
        done = len(new.azure.requests)

        await new.delete(CONTOSO)
        await new.seen.gone(CONTOSO)
        assert new.writes(since=done) == []


async def test_under_another_name_nothing_is_written_until_the_rule_is_taken_over(
    old: Stage, new: Stage
) -> None:
    create, _, _ = block("kubectl create").partition("\n")
    await run(new, create)
    async with new.with_settings({config.INSTALLATION: "elsewhere"}).operating():
        told = await new.seen.until(CONTOSO, lambda body: bool(condition(body, "Stalled")))
        assert condition(told, "Stalled")["reason"] == "Conflict"
        assert new.writes() == []

        (rule,) = re.findall(rf"{TAKE_OVER}=(\S+)", condition(told, "Stalled")["message"])
        await run(new, block("kubectl annotate contosoconnector NAME", NAME=CONTOSO, RULE_ID=rule))
        await new.seen.until(CONTOSO, is_ready)
        assert [(call.method, call.path) for call in new.writes()] == [("PUT", rule)]
