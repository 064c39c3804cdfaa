"""The operator against an API server: what reaches the reconcile, and what it leaves behind."""

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

from controller.kube import relist, workers
from controller.kube.login import Access
from controller.kube.operator import Options, WatchEnded, run, stop_on_signals
from controller.model.connector import (
    FINALIZER,
    ON_DELETE,
    RECONCILE_REQUESTED,
    Connector,
    Event,
    EventType,
    Gone,
    Outcome,
    Report,
)
from tests import clusters
from tests.clusters import Cluster
from tests.kube.operating import Desk, Recorder, install, operating, status, until


@pytest.fixture
async def desk(cluster: Cluster) -> AsyncIterator[Desk]:
    await install(cluster)
    async with cluster.session() as session:
        yield Desk(session, cluster.namespace)


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
    await run(Options(cluster.namespace), access, Recorder(), stop=asyncio.Event())


class Gate:
    """A behaviour that stays inside the reconcile until it is opened."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self, connector: Connector, report: Report) -> Outcome:
        self.entered.set()
        await self.opened.wait()
        return Outcome(status=status(connector.generation))


async def settled(connector: Connector, report: Report) -> Outcome:
    return Outcome(status=status(connector.generation))


async def test_a_new_object_and_each_change_of_its_spec_are_reconciled(
    cluster: Cluster, desk: Desk
) -> None:
    recorder = Recorder()
    async with operating(cluster, recorder):
        await desk.create("alerts")
        await until(lambda: recorder.count("alerts") == 1)

        await desk.patch("alerts", {"spec": {"suspend": True}})
        await until(lambda: recorder.count("alerts") == 2)

    assert [call.generation for call in recorder.calls] == [1, 2]
    assert recorder.calls[-1].spec["suspend"] is True


async def test_what_exists_before_the_start_is_reconciled(cluster: Cluster, desk: Desk) -> None:
    await desk.create("alerts")
    recorder = Recorder()
    async with operating(cluster, recorder):
        await until(lambda: recorder.count("alerts") == 1)


async def test_changes_during_a_run_are_one_more_run(cluster: Cluster, desk: Desk) -> None:
    gate = Gate()
    recorder = Recorder(gate)
    async with operating(cluster, recorder):
        await desk.create("alerts")
        await gate.entered.wait()
        for seconds in (61, 62, 63):
            await desk.patch("alerts", {"spec": {"resyncIntervalSeconds": seconds}})
        await desk.create("bystander")
        await until(lambda: recorder.count("bystander") == 1)
        gate.opened.set()
        await until(lambda: recorder.count("alerts") == 2)

    assert [call.generation for call in recorder.calls if call.name == "alerts"] == [1, 4]
    assert recorder.overlaps == []


async def test_labels_foreign_annotations_and_statuses_are_no_work(
    cluster: Cluster, desk: Desk
) -> None:
    recorder = Recorder(settled)
    async with operating(cluster, recorder):
        await desk.create("alerts")
        await until(lambda: recorder.count("alerts") == 1)
        await desk.patch("alerts", {"metadata": {"labels": {"team": "soc"}}})
        await desk.patch("alerts", {"metadata": {"annotations": {"example.com/seen": "1"}}})
        await desk.patch("alerts", {"status": {"driftCount": 1}}, status=True)
        await desk.create("later")
        await until(lambda: recorder.count("later") == 1)

        assert recorder.count("alerts") == 1


async def test_our_annotations_are_work(cluster: Cluster, desk: Desk) -> None:
    recorder = Recorder()
    async with operating(cluster, recorder):
        await desk.create("alerts")
        await until(lambda: recorder.count("alerts") == 1)
        await desk.patch("alerts", {"metadata": {"annotations": {RECONCILE_REQUESTED: "now"}}})
        await until(lambda: recorder.count("alerts") == 2)
        await desk.patch("alerts", {"metadata": {"annotations": {ON_DELETE: "Orphan"}}})
        await until(lambda: recorder.count("alerts") == 3)


async def test_a_retry_comes_when_it_was_asked_for(cluster: Cluster, desk: Desk) -> None:
    loop = asyncio.get_running_loop()
    times: list[float] = []

    async def again(connector: Connector, report: Report) -> Outcome:
        times.append(loop.time())
        return Outcome(status=None, retry_in=0.3 if len(times) == 1 else None)

    async with operating(cluster, Recorder(again)):
        await desk.create("alerts")
        await until(lambda: len(times) == 2)

    assert times[1] - times[0] >= 0.3


async def test_each_run_is_told_of_all_other_connectors(cluster: Cluster, desk: Desk) -> None:
    await desk.create("one")
    await desk.create("two")
    recorder = Recorder()
    async with operating(cluster, recorder):
        await until(lambda: len(recorder.calls) == 2)
        await desk.create("three")
        await until(lambda: recorder.count("three") == 1)

    assert recorder.others[-1] == ["one", "two"]


async def test_the_report_has_stored_finalizer_and_status_when_it_returns(
    cluster: Cluster, desk: Desk
) -> None:
    found = asyncio.get_running_loop().create_future()

    async def write(connector: Connector, report: Report) -> Outcome:
        await report(status(connector.generation, "Writing."), finalizer=True)
        found.set_result(await desk.get("alerts"))
        return Outcome(status=status(connector.generation, "Done."))

    async def is_done() -> bool:
        stored = await desk.get("alerts")
        assert stored is not None
        return bool(stored["status"]["conditions"][0]["message"] == "Done.")

    async with operating(cluster, Recorder(write)):
        await desk.create("alerts")
        stored = await found
        await until(is_done)

    assert stored["metadata"]["finalizers"] == [FINALIZER]
    assert stored["status"]["conditions"][0]["message"] == "Writing."


async def test_our_finalizer_stays_and_kopf_leaves_no_trace(cluster: Cluster, desk: Desk) -> None:
    async def keep(connector: Connector, report: Report) -> Outcome:
        await report(status(connector.generation), finalizer=True)
        return Outcome(status=None)

    recorder = Recorder(keep)
    async with operating(cluster, recorder):
        await desk.create("alerts")
        await until(lambda: recorder.count("alerts") == 1 and not recorder.running)
        await desk.patch("alerts", {"spec": {"suspend": True}})
        await until(lambda: recorder.count("alerts") == 2)

    stored = await desk.get("alerts")
    assert stored is not None
    assert stored["metadata"]["finalizers"] == [FINALIZER]
    assert "annotations" not in stored["metadata"]


async def test_an_equal_status_is_not_written_again(cluster: Cluster, desk: Desk) -> None:
    async def same(connector: Connector, report: Report) -> Outcome:
        await report(status(1), finalizer=False)
        return Outcome(status=status(1))

    recorder = Recorder(same)
    async with operating(cluster, recorder):
        await desk.create("alerts")
        await until(lambda: recorder.count("alerts") == 1)
        await until(lambda: not recorder.running)
        await desk.patch("alerts", {"spec": {"suspend": True}})
        before = await desk.get("alerts")
        await until(lambda: recorder.count("alerts") == 2)
    after = await desk.get("alerts")

    assert before is not None
    assert after is not None
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


async def test_a_condition_left_out_goes_and_one_of_others_stays(
    cluster: Cluster, desk: Desk
) -> None:
    async def shrinking(connector: Connector, report: Report) -> Outcome:
        told = status(connector.generation)
        if connector.generation == 1:
            told["conditions"].append({**told["conditions"][0], "type": "Reconciling"})
        return Outcome(status=told)

    async def types() -> list[str]:
        stored = await desk.get("alerts")
        assert stored is not None
        conditions = stored.get("status", {}).get("conditions", [])
        return sorted(condition["type"] for condition in conditions)

    async def are(*names: str) -> bool:
        return await types() == list(names)

    async with operating(cluster, Recorder(shrinking)):
        await desk.create("alerts")
        await until(lambda: are("Ready", "Reconciling"))
        await desk.add_condition("alerts", "Blessed")
        await desk.patch("alerts", {"spec": {"suspend": True}})
        await until(lambda: are("Blessed", "Ready"))


async def test_a_spec_change_during_the_run_does_not_lose_the_status(
    cluster: Cluster, desk: Desk
) -> None:
    gate = Gate()
    recorder = Recorder(gate)
    async with operating(cluster, recorder):
        await desk.create("alerts")
        await gate.entered.wait()
        await desk.patch("alerts", {"spec": {"suspend": True}})
        gate.opened.set()
        await until(lambda: recorder.count("alerts") == 2)

    stored = await desk.get("alerts")
    assert stored is not None
    assert stored["status"]["observedGeneration"] == 2


async def test_the_report_on_a_replaced_object_is_gone(cluster: Cluster, desk: Desk) -> None:
    gate = Gate()
    outcomes: list[str] = []

    async def late(connector: Connector, report: Report) -> Outcome:
        if not gate.opened.is_set():
            await gate(connector, report)
        try:
            await report(status(connector.generation), finalizer=True)
        except Gone:
            outcomes.append(connector.uid)
            return Outcome(status=status(connector.generation, "Never to be seen."))
        return Outcome(status=None)

    recorder = Recorder(late)
    async with operating(cluster, recorder):
        first = await desk.create("alerts")
        await gate.entered.wait()
        await desk.delete("alerts")
        second = await desk.create("alerts")
        gate.opened.set()
        await until(lambda: recorder.count("alerts") == 2)

    stored = await desk.get("alerts")
    assert outcomes == [first["metadata"]["uid"]]
    assert recorder.calls[-1].uid == second["metadata"]["uid"]
    assert recorder.forgotten == [first["metadata"]["uid"]]
    assert stored is not None
    assert stored["status"]["conditions"][0]["message"] == "All is well."


async def test_a_deletion_is_reconciled_and_then_released(cluster: Cluster, desk: Desk) -> None:
    async def keep_or_release(connector: Connector, report: Report) -> Outcome:
        if connector.deleting:
            return Outcome(status=status(connector.generation, "Deleted."), release=True)
        await report(status(connector.generation), finalizer=True)
        return Outcome(status=None)

    async def is_gone() -> bool:
        return await desk.get("alerts") is None

    recorder = Recorder(keep_or_release)
    async with operating(cluster, recorder):
        await desk.create("alerts")
        await until(lambda: recorder.count("alerts") == 1 and not recorder.running)
        await desk.delete("alerts")
        await until(is_gone)
        await until(lambda: recorder.forgotten == [recorder.calls[0].uid])

    assert [call.deleting for call in recorder.calls] == [False, True]


async def test_a_finalizer_that_is_no_longer_needed_goes_from_a_live_object(
    cluster: Cluster, desk: Desk
) -> None:
    async def keep_then_release(connector: Connector, report: Report) -> Outcome:
        if connector.generation > 1:
            return Outcome(status=status(connector.generation), release=True)
        await report(status(connector.generation), finalizer=True)
        return Outcome(status=None)

    async def is_free() -> bool:
        stored = await desk.get("alerts")
        assert stored is not None
        return "finalizers" not in stored["metadata"]

    recorder = Recorder(keep_then_release)
    async with operating(cluster, recorder):
        await desk.create("alerts")
        await until(lambda: recorder.count("alerts") == 1 and not recorder.running)
        assert not await is_free()
        await desk.patch("alerts", {"spec": {"suspend": True}})
        await until(is_free)


async def test_an_object_without_our_finalizer_just_goes(cluster: Cluster, desk: Desk) -> None:
    recorder = Recorder()
    async with operating(cluster, recorder):
        await desk.create("alerts")
        await until(lambda: recorder.count("alerts") == 1)
        await desk.delete("alerts")
        await until(lambda: len(recorder.forgotten) == 1)

    assert recorder.count("alerts") == 1


async def test_events_appear_at_the_object_and_equal_ones_are_counted(
    cluster: Cluster, desk: Desk
) -> None:
    news = Event(EventType.WARNING, "Drift", "Rule: /transform changed.")

    async def tell(connector: Connector, report: Report) -> Outcome:
        await report(status(connector.generation), finalizer=False, events=(news,))
        return Outcome(status=None, events=(news,))

    recorder = Recorder(tell)
    async with operating(cluster, recorder):
        await desk.create("alerts")
        await until(lambda: recorder.count("alerts") == 1)

    (event,) = await desk.events("alerts")
    assert (event["type"], event["reason"], event["message"], event["count"]) == (
        "Warning",
        "Drift",
        "Rule: /transform changed.",
        2,
    )


async def test_a_reconcile_that_raises_is_retried_and_disturbs_nobody(
    cluster: Cluster,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(workers, "FIRST_RETRY", 0.05)

    async def fails_twice(connector: Connector, report: Report) -> Outcome:
        if connector.name == "bad" and recorder.count("bad") <= 2:
            raise RuntimeError("The header was Bearer eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl")
        return Outcome(status=status(connector.generation))

    recorder = Recorder(fails_twice)
    async with operating(cluster, recorder):
        await desk.create("bad")
        await desk.create("good")
        await until(lambda: recorder.count("bad") == 3 and recorder.count("good") == 1)

    assert "soc/bad" not in caplog.text
    assert "unexpected error" in caplog.text
    assert "RuntimeError: The header was Bearer ***" in caplog.text
    assert "eyJ" not in caplog.text


async def test_another_namespace_is_not_served(cluster: Cluster, desk: Desk) -> None:
    elsewhere = Desk(desk.session, "kube-system")
    recorder = Recorder()
    async with operating(cluster, recorder):
        await elsewhere.create("foreign")
        await desk.create("ours")
        await until(lambda: recorder.count("ours") == 1)
    await elsewhere.delete("foreign")

    assert recorder.count("foreign") == 0


async def test_every_namespace_is_served_on_demand(cluster: Cluster, desk: Desk) -> None:
    elsewhere = Desk(desk.session, "kube-system")
    recorder = Recorder()
    async with operating(cluster, recorder, namespace="*"):
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
