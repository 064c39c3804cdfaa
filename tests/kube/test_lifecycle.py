"""How the operator starts, which namespaces it serves, and how it ends."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import kopf
import pytest

from controller.kube import relist
from controller.kube.election import Unopposed
from controller.kube.login import Access
from controller.kube.operator import Options, WatchEnded, run, stop_on_signals
from controller.kube.terms import Office
from controller.model.facts import Fact, LeaseHeld
from tests import clusters
from tests.clusters import Cluster
from tests.kube.operating import Desk, Gate, Recorder, install, operating, settled, until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[Cluster]:
    """An API server without our CRD; the real one is shared and has it."""
    clusters.needs_kubectl(os.environ)
    async with clusters.embedded(tmp_path) as found:
        yield found


async def serve(cluster: Cluster) -> None:
    """Runs the operator until it ends by itself."""
    access = Access({}, kubeconfig=str(cluster.kubeconfig))
    office = Office(Unopposed(), Recorder)
    await run(Options((cluster.namespace,)), access, office, stop=asyncio.Event())


async def test_another_namespace_is_not_served(cluster: Cluster, desk: Desk) -> None:
    elsewhere = Desk(desk.session, "kube-system")
    recorder = Recorder()
    async with operating(cluster, recorder):
        await elsewhere.create("foreign")
        await desk.create("ours")
        await until(lambda: recorder.count("ours") == 1)
    await elsewhere.delete("foreign")

    assert recorder.count("foreign") == 0


@pytest.mark.usefixtures("desk")
async def test_who_leads_is_told_from_the_start_to_the_end(cluster: Cluster) -> None:
    facts: list[Fact] = []
    async with operating(cluster, Recorder(), tell=facts.append):
        pass
    held = [fact.held for fact in facts if isinstance(fact, LeaseHeld)]
    assert held == [False, True, False]


async def test_every_named_namespace_is_served(cluster: Cluster, desk: Desk) -> None:
    elsewhere = Desk(desk.session, "kube-system")
    recorder = Recorder()
    async with operating(cluster, recorder, namespaces=(cluster.namespace, "kube-system")):
        await elsewhere.create("both")
        await desk.create("both")
        await until(lambda: recorder.count("both") == 2)
        await elsewhere.delete("both")


async def test_every_namespace_is_served_on_demand(cluster: Cluster, desk: Desk) -> None:
    elsewhere = Desk(desk.session, "kube-system")
    recorder = Recorder()
    async with operating(cluster, recorder, namespaces=None):
        await elsewhere.create("everywhere")
        await desk.create("everywhere")
        await until(lambda: recorder.count("everywhere") == 2)
        await elsewhere.delete("everywhere")


async def test_a_stop_lets_the_running_reconcile_end_and_starts_no_other(
    cluster: Cluster, desk: Desk
) -> None:
    gate, stop = Gate(), asyncio.Event()
    recorder = Recorder(gate)
    async with operating(cluster, recorder, stop=stop, workers=1) as running:
        await desk.create("alerts")
        await gate.entered.wait()
        await desk.create("waiting")
        stop_on_signals(stop)
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        gate.opened.set()
        await asyncio.wait([running])

    stored = await desk.get("alerts")
    assert stored is not None
    assert stored["status"]["observedGeneration"] == 1
    assert recorder.count("waiting") == 0


async def test_a_reconcile_that_outlasts_the_grace_is_cut_off(
    cluster: Cluster, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    with caplog.at_level(logging.WARNING):
        async with operating(cluster, Recorder(gate), grace=0.1):
            await desk.create("alerts")
            await gate.entered.wait()

    assert "1 reconcile(s) did not end in 0.1 s" in caplog.text


async def test_a_restart_changes_nothing_on_a_settled_object(cluster: Cluster, desk: Desk) -> None:
    await desk.create("alerts")
    async with operating(cluster, first := Recorder(settled)):
        await until(lambda: first.count("alerts") == 1)
    before = await desk.get("alerts")

    async with operating(cluster, second := Recorder(settled)):
        await until(lambda: second.count("alerts") == 1)

    assert await desk.get("alerts") == before


async def test_the_operator_waits_for_its_crd(
    bare: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    async with bare.session() as session, operating(bare, recorder := Recorder(), wait=False):
        await until(lambda: "apply the CRD" in caplog.text)
        await install(bare)
        await Desk(session, bare.namespace).create("alerts")
        await until(lambda: recorder.count("alerts") == 1)


async def test_a_stop_ends_the_wait_for_the_crd(
    bare: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    async with operating(bare, Recorder(), wait=False) as running:
        await until(lambda: "apply the CRD" in caplog.text)

    assert running.done()


async def test_a_watch_that_ends_by_itself_ends_the_operator(
    cluster: Cluster, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ends(**_: object) -> None:
        return

    monkeypatch.setattr(kopf, "operator", ends)
    with pytest.raises(WatchEnded):
        await serve(cluster)


async def test_a_watch_that_fails_ends_the_operator_with_its_error(
    cluster: Cluster, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(**_: object) -> None:
        raise kopf.LoginError("Ran out of valid credentials.")

    monkeypatch.setattr(kopf, "operator", fails)
    with pytest.raises(kopf.LoginError):
        await serve(cluster)


async def test_the_health_endpoint_tells_whether_the_watch_lives(
    cluster: Cluster, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"http://127.0.0.1:{free_port()}/healthz"

    async def answers(expected: int) -> bool:
        try:
            async with aiohttp.request("GET", url) as answer:
                return answer.status == expected
        except aiohttp.ClientConnectionError:
            return False

    async with operating(cluster, Recorder(), liveness=url):
        await until(lambda: answers(200))

    # an interval so long ago that the heart counts as silent
    monkeypatch.setattr(relist, "MISSED_BEATS", -1)
    async with operating(cluster, Recorder(), liveness=url):
        await until(lambda: answers(500))
