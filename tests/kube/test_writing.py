"""What a run leaves at the API server: finalizer, status, events, and nothing of kopf."""

import asyncio

from controller.model.connector import (
    FINALIZER,
    Connector,
    Event,
    EventType,
    Gone,
    Outcome,
    Report,
)
from tests.clusters import Cluster
from tests.kube.operating import Desk, Gate, Recorder, operating, status, until


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


async def test_an_object_in_the_status_that_is_left_out_goes(cluster: Cluster, desk: Desk) -> None:
    """Kubernetes before 1.21 makes null of an object whose fields go one by one, and refuses it."""
    step = {"kind": "Table", "name": "Alerts_CL", "action": "update", "hash": "1"}
    objects = {
        "plan": {"hash": "1", "summary": "1 to update", "steps": [step]},
        "ingestion": {"appId": "11111111-1111-1111-1111-111111111111"},
    }

    async def shrinking(connector: Connector, report: Report) -> Outcome:
        told = status(connector.generation)
        return Outcome(status=told | objects if connector.generation == 1 else told)

    async def are(*names: str) -> bool:
        stored = await desk.get("alerts")
        assert stored is not None
        return sorted(objects.keys() & stored["status"].keys()) == list(names)

    async with operating(cluster, Recorder(shrinking)):
        await desk.create("alerts")
        await until(lambda: are("ingestion", "plan"))
        await desk.patch("alerts", {"spec": {"suspend": True}})
        await until(are)


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
