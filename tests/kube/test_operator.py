"""What reaches the reconcile, on an embedded and on a real API server."""

import asyncio
from typing import Any

import pytest

from controller.kube import workers
from controller.model.connector import (
    ON_DELETE,
    RECONCILE_REQUESTED,
    Connector,
    Outcome,
    Report,
)
from tests.clusters import Cluster
from tests.kube.operating import Desk, Gate, Recorder, operating, settled, status, until


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


async def test_an_object_of_a_thousand_levels_blinds_nobody(cluster: Cluster, desk: Desk) -> None:
    """Python's own JSON reader gives up at a thousand levels, the API server at ten thousand."""
    recorder = Recorder()
    async with operating(cluster, recorder):
        await desk.create("deep")
        await until(lambda: recorder.count("deep") == 1)
        await desk.patch("deep", {"spec": {"definition": {"ui": _nested(1_500)}}})
        await desk.create("later")
        await until(lambda: recorder.count("deep") == 2 and recorder.count("later") == 1)


def _nested(levels: int) -> Any:
    found: Any = {}
    for _ in range(levels):
        found = {"a": found}
    return found


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
