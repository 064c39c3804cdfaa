"""Two operators, one Lease: wherever the leader is killed, frozen or cut off, never two hands.

The evidence is the emulated Azure's own list of calls; each says which process sent it.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from controller import config
from controller.emulator.azure import Request
from tests.clusters import Cluster
from tests.e2e.harness import CONTOSO, SECONDS, Json, Operator, Stage, is_ready, manifest
from tests.e2e.proxy import through
from tests.kube.operating import until

LEASES = "/apis/coordination.k8s.io/v1/namespaces/{}/leases/contoso-connector-operator"
SHORT, USUAL = 3, 15
WITHIN = 20.0
"""seconds from a leader's death to its follower's first write, with the usual Lease"""


async def holder(stage: Stage) -> str:
    """The pod that the Lease names."""
    async with stage.api.get(LEASES.format(stage.cluster.namespace)) as answer:
        if not answer.ok:
            return ""
        found: Json = (await answer.json())["spec"]
        return str(found.get("holderIdentity") or "").partition("_")[0]


@asynccontextmanager
async def replica(
    stage: Stage, pod: str, *, seconds: int = SHORT, cluster: Cluster | None = None
) -> AsyncIterator[Operator]:
    settings = {config.POD: pod, config.LEASE_SECONDS: str(seconds)}
    own = replace(stage.with_settings(settings), cluster=cluster or stage.cluster)
    async with own.operating("--verbose") as operator:
        yield operator


async def leading(stage: Stage, pod: str) -> None:
    async with asyncio.timeout(SECONDS):
        while await holder(stage) != pod:  # noqa: ASYNC110 no event tells
            await asyncio.sleep(0.02)


def by(stage: Stage, pod: str) -> list[Request]:
    return [call for call in stage.writes() if f"/{pod})" in call.headers["user-agent"]]


def handed_over(stage: Stage, before: str, after: str) -> bool:
    """Whether every write of the one was over when the other began with its first."""
    ended = [call.finished or float("inf") for call in by(stage, before)]
    begun = [call.started for call in by(stage, after)]
    return max(ended, default=0.0) <= min(begun, default=float("inf"))


def other_retention(days: int) -> Json:
    table = {**manifest(CONTOSO)["spec"]["tables"][0], "retentionInDays": days}
    return {"spec": {"tables": [table]}}


@pytest.mark.timeout(180)
async def test_the_leader_is_killed_and_the_other_writes_within_20_seconds(
    embedded: Stage,
) -> None:
    stage = embedded
    async with replica(stage, "one", seconds=USUAL) as one:
        await leading(stage, "one")
        await stage.create(manifest(CONTOSO))
        async with replica(stage, "two", seconds=USUAL) as two:
            await stage.seen.until(CONTOSO, is_ready)
            await until(lambda: "waits for the Lease" in two.log)
            assert by(stage, "two") == []

            await one.kill()
            died = time.monotonic()
            await stage.change(CONTOSO, other_retention(60))
            async with asyncio.timeout(SECONDS):
                while not by(stage, "two"):  # noqa: ASYNC110 no event tells
                    await asyncio.sleep(0.02)

            assert by(stage, "two")[0].started - died < WITHIN
            assert handed_over(stage, "one", "two")


async def test_a_leader_that_is_told_to_stop_hands_over_at_once(stage: Stage) -> None:
    async with replica(stage, "one", seconds=USUAL) as one:
        await leading(stage, "one")
        async with replica(stage, "two", seconds=USUAL) as two:
            await until(lambda: "waits for the Lease" in two.log)
            assert await one.stop() == 0
            assert "has given the Lease back" in one.log
            await leading(stage, "two")
            await stage.create(manifest(CONTOSO))
            await stage.seen.until(CONTOSO, is_ready)
            assert by(stage, "one") == []


async def held_at_the_rule(stage: Stage) -> tuple[asyncio.Event, asyncio.Event]:
    """The first look at the rule arrives at Azure, and is answered when the second event is set:
    what follows it is a write."""
    arrived, answered = asyncio.Event(), asyncio.Event()

    async def hold(call: Request) -> None:
        if call.method == "GET" and "/dataCollectionRules/" in call.path and not arrived.is_set():
            arrived.set()
            await answered.wait()

    stage.azure.faults.after = hold
    return arrived, answered


async def test_a_frozen_leader_writes_nothing_when_it_thaws(stage: Stage) -> None:
    """Frozen in the middle of a walk, with the answer that lets it write waiting in its socket."""
    arrived, answered = await held_at_the_rule(stage)
    async with replica(stage, "one") as one:
        await leading(stage, "one")
        await stage.create(manifest(CONTOSO))
        async with replica(stage, "two"), asyncio.timeout(SECONDS):
            await arrived.wait()
            one.process.send_signal(signal.SIGSTOP)
            try:
                answered.set()
                await leading(stage, "two")
                await stage.seen.until(CONTOSO, is_ready)
                written = len(by(stage, "one"))
            finally:
                one.process.send_signal(signal.SIGCONT)
            await until(lambda: "leads no more" in one.log)
            await until(lambda: "waits for the Lease: two_" in one.log)

            assert len(by(stage, "one")) == written
            assert handed_over(stage, "one", "two")
            await stage.change(CONTOSO, other_retention(60))
            await stage.seen.until(CONTOSO, is_ready)
            assert len(by(stage, "one")) == written


async def test_a_leader_cut_off_from_the_api_server_stops_before_the_other_starts(
    stage: Stage,
) -> None:
    arrived, answered = await held_at_the_rule(stage)
    async with (
        through(stage.cluster, stage.folder) as (proxy, cluster),
        replica(stage, "one", cluster=cluster) as one,
    ):
        await leading(stage, "one")
        await stage.create(manifest(CONTOSO))
        async with replica(stage, "two"), asyncio.timeout(SECONDS):
            await arrived.wait()
            await proxy.cut()
            await until(lambda: "leads no more" in one.log)
            assert await holder(stage) == "one"
            answered.set()
            await leading(stage, "two")
            await stage.seen.until(CONTOSO, is_ready)
            assert handed_over(stage, "one", "two")

            proxy.mend()
            await until(lambda: "waits for the Lease: two_" in one.log)
            assert one.process.returncode is None
