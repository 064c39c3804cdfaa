"""What a reconcile makes of faults: when it comes again, what it keeps, what survives a crash."""

from dataclasses import replace

import pytest

from controller.model.errors import Fault, Stalled, Throttled, Transient, Waiting
from controller.model.reasons import Reason
from tests.reconcile.fakes import counted, rows
from tests.reconcile.samples import DATA_CONNECTOR, DEFINITION, RULE, TABLE
from tests.reconcile.scene import Scene, ready

LOST = Transient(Reason.AZURE_UNAVAILABLE, "No answer.")
DENIED = Stalled(Reason.ACCESS_DENIED, "No right to do that.")
YOUNG = Waiting(Reason.WAITING_FOR_TABLE, "The table is young.")


@pytest.mark.parametrize("fault", [LOST, DENIED, YOUNG], ids=lambda fault: str(fault.reason))
async def test_retries_slow_down_to_a_limit(fault: Fault) -> None:
    scene = Scene()
    scene.azure.arm.fail("PUT", TABLE, *[fault] * 12)
    waits = []
    for _ in range(12):
        outcome = await scene.run()
        assert outcome.retry_in is not None
        waits.append(outcome.retry_in)
        scene.clock.forward(seconds=outcome.retry_in)
    assert waits[0] < waits[1] < waits[2]
    assert waits == sorted(waits)
    assert waits[-1] == waits[-2]
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"


async def test_azure_is_asked_again_when_it_wants_to_be() -> None:
    scene = Scene()
    scene.azure.inventory.fault = Throttled(Reason.THROTTLED, "Later.", retry_after=444)
    assert (await scene.run()).retry_in == 444


async def test_a_fault_of_the_place_becomes_conditions() -> None:
    scene = Scene()
    scene.azure.inventory.fault = Stalled(Reason.SENTINEL_NOT_ONBOARDED, "Not onboarded.")
    await scene.run()
    assert (scene.says("Ready"), scene.says("Stalled")) == (
        "False/SentinelNotOnboarded",
        "True/SentinelNotOnboarded",
    )
    scene.azure.inventory.fault = None
    await scene.walk()
    assert scene.kstatus() == "Current"


async def test_no_answer_while_drift_is_repaired_keeps_ready() -> None:
    scene = await ready()
    del scene.azure.arm.bodies[RULE.casefold()]
    scene.azure.arm.fail("PUT", RULE, LOST)
    await scene.walk()
    assert (scene.says("Ready"), scene.says("Synced")) == (
        "True/Provisioned",
        "Unknown/AzureUnavailable",
    )


async def test_data_is_asked_for_while_a_walk_fails() -> None:
    scene = await ready()
    await scene.run()
    del scene.azure.arm.bodies[RULE.casefold()]
    scene.azure.arm.fail("PUT", RULE, DENIED)
    await scene.walk()
    scene.azure.logs.replies["IsConnected"] = rows("IsConnected", True)
    await scene.run()
    assert scene.says("IsConnected") == "True/Connected"
    assert scene.says("Stalled") == "True/AccessDenied"


async def test_waiting_stalls_after_15_minutes_and_recovers_without_a_restart() -> None:
    scene = Scene()
    scene.azure.arm.fail("PUT", RULE, *[YOUNG] * 40)
    started = scene.clock.now
    while scene.says("Stalled") == "-":
        outcome = await scene.run()
        assert outcome.retry_in is not None
        scene.clock.forward(seconds=outcome.retry_in)
    minutes = (scene.clock.now - started).total_seconds() / 60
    assert 15 <= minutes <= 17
    assert scene.kstatus() == "Failed"
    scene.azure.arm._faults.clear()
    await scene.run()
    assert scene.kstatus() == "Current"


async def test_a_new_generation_has_its_own_15_minutes() -> None:
    scene = Scene()
    scene.azure.arm.fail("PUT", RULE, *[YOUNG] * 40)
    await scene.run()
    scene.clock.forward(minutes=14)
    scene.change(resyncIntervalSeconds=60)
    for _ in range(14):
        await scene.run()
        assert scene.says("Stalled") == "-"
        scene.clock.forward(minutes=1)
    scene.clock.forward(minutes=1)
    await scene.run()
    assert scene.says("Stalled") == "True/WaitingForTable"


async def test_a_restart_does_not_start_the_15_minutes_anew() -> None:
    scene = Scene()
    scene.azure.arm.fail("PUT", RULE, *[YOUNG] * 3)
    await scene.run()
    scene.clock.forward(minutes=15)
    scene.restart()
    await scene.run()
    assert scene.says("Stalled") == "True/WaitingForTable"


async def test_a_crash_after_the_first_report_forgets_nothing_of_ours() -> None:
    """The operator dies once a write has acted: its answer is never seen."""
    scene = Scene()
    for at in (TABLE, RULE, DEFINITION, DATA_CONNECTOR):
        scene.azure.arm.fail("PUT", at, LOST, acted=True)
    for _ in range(6):
        await scene.run()
        scene.held = replace(scene.held, status=scene.reports[0])
        scene.restart()
    scene.clock.forward(hours=1)
    await scene.run()
    origins = {r["kind"]: r["origin"] for r in scene.held.status["resources"]}
    assert origins.pop("Application") == "Existing"
    assert set(origins.values()) == {"Created"}
    assert set(counted(scene.azure.arm.calls, "PUT").values()) == {1}
