"""One reconcile of one object: when it walks, when it asks, what it reports."""

from dataclasses import replace
from typing import Any

import pytest

from controller.model.connector import (
    FINALIZER,
    RECONCILE_REQUESTED,
    Outcome,
)
from tests.reconcile.fakes import rows
from tests.reconcile.samples import RULE, connector
from tests.reconcile.scene import Scene, ready


async def test_a_first_reconcile_makes_everything_and_says_so() -> None:
    scene = Scene()
    outcome = await scene.run()
    assert (scene.says("Ready"), scene.kstatus()) == ("True/Provisioned", "Current")
    assert outcome.retry_in == 0  # to ask for data
    assert FINALIZER in scene.held.finalizers


async def test_before_the_first_write_all_that_is_missing_is_told_as_ours() -> None:
    """A crash from then on forgets nothing of ours."""
    scene = Scene()
    await scene.run()
    first = scene.reports[0]
    created = {r["kind"]: (r["state"], r["origin"]) for r in first["resources"] if r.get("id")}
    assert set(created.values()) == {("Creating", "Created")}
    assert len(created) == 7


async def test_the_first_walk_reports_twice_at_most() -> None:
    scene = Scene()
    outcome = await scene.run()
    different = [status for status in scene.reports if status != outcome.status]
    assert len(different) == 1


async def test_a_second_pass_asks_whether_data_arrives_and_writes_nothing() -> None:
    scene = await ready()
    scene.azure.logs.replies["IsConnected"] = rows("IsConnected", True)
    await scene.run()
    assert scene.says("IsConnected") == "True/Connected"
    assert scene.azure.arm.calls == []
    assert scene.azure.logs.asked != []


async def test_in_steady_state_nothing_is_written_anywhere() -> None:
    scene = await ready()
    await scene.run()
    before = scene.held.status
    for _ in range(5):
        await scene.walk()
        await scene.run()
    assert scene.held.status == before
    assert (scene.azure.arm.writes(), scene.reports, scene.told) == ([], [], [])


async def test_a_source_that_sends_all_the_time_changes_the_status_each_15_minutes() -> None:
    scene = await ready()
    written = []
    for _ in range(24):
        scene.clock.forward(minutes=5)
        scene.azure.logs.replies["IsConnected"] = rows("IsConnected", True)
        scene.azure.logs.replies["max"] = rows("Time", scene.clock.now.isoformat())
        before = scene.held.status
        await scene.run()
        await scene.run()
        written.append(scene.held.status != before)
    assert sum(written) == 8


async def test_a_silent_source_is_asked_soon_then_less_often() -> None:
    scene = await ready()
    waits = []
    for _ in range(4):
        outcome = await scene.run()
        assert outcome.retry_in is not None
        waits.append(outcome.retry_in)
        scene.clock.forward(seconds=outcome.retry_in)
    assert waits == [10, 20, 40, 80]


async def test_before_anything_is_due_nothing_is_done() -> None:
    scene = await ready()
    await scene.run()
    scene.azure.logs.asked.clear()
    outcome = await scene.run()
    assert (outcome.status, outcome.retry_in) == (None, 10)
    assert (scene.azure.logs.asked, scene.azure.arm.calls) == ([], [])


async def test_a_resync_is_due_after_the_object_s_own_interval() -> None:
    scene = await ready(connector(resyncIntervalSeconds=60, connectivityIntervalSeconds=3600))
    scene.azure.logs.replies["IsConnected"] = rows("IsConnected", True)
    outcome = await scene.run()
    assert outcome.retry_in == 60
    scene.clock.forward(seconds=59)
    await scene.run()
    assert scene.azure.arm.calls == []
    scene.clock.forward(seconds=1)
    await scene.run()
    assert scene.azure.arm.calls != []


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"tables": [{"name": "Wrong", "columns": []}]}, "spec.tables[0]"),
        ({"definition": {"ui": {"id": "another"}}}, "spec.definition.ui.id"),
        ({"nonsense": 1}, "spec.nonsense"),
    ],
)
async def test_a_spec_error_names_the_field_and_asks_azure_nothing(
    spec: dict[str, Any], field: str
) -> None:
    scene = Scene(connector(**spec))
    await scene.run()
    assert scene.says("Stalled") == "True/InvalidSpec"
    assert field in scene.message("Ready")
    assert (scene.azure.arm.calls, scene.kstatus()) == ([], "Failed")


async def test_a_spec_that_became_wrong_is_not_looked_at_all_the_time() -> None:
    """The question for data of the generation before is no reason to come back at once."""
    scene = await ready()
    scene.change(nonsense=1)
    scene.clock.forward(hours=1)
    outcome = await scene.run()
    assert outcome.retry_in == 30


async def test_a_corrected_spec_is_walked_at_once() -> None:
    scene = await ready()
    scene.change(nonsense=1)
    await scene.run()
    scene.change()
    scene.held = replace(scene.held, spec=connector().spec)
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"


async def test_a_suspended_object_is_neither_read_nor_written() -> None:
    scene = await ready()
    scene.change(suspend=True)
    outcome = await scene.run()
    assert (scene.says("Ready"), scene.says("Synced")) == ("True/Provisioned", "Unknown/Suspended")
    assert outcome.retry_in is None
    assert scene.azure.arm.calls == []
    scene.change(suspend=False)
    await scene.run()
    assert scene.says("Synced") == "True/InSync"


async def test_an_object_that_is_gone_leaves_nothing() -> None:
    scene = Scene()
    scene.gone = True
    assert await scene.run() == Outcome(status=None)
    assert scene.azure.arm.writes() == []
    assert scene.reconcile.memories == {}


async def test_a_request_makes_a_walk_due_and_is_echoed() -> None:
    scene = await ready()
    await scene.run()
    scene.annotate(**{RECONCILE_REQUESTED: "2026-11-24T12:00:00Z"})
    await scene.run()
    assert scene.azure.arm.calls != []
    assert scene.held.status["lastHandledReconcileAt"] == "2026-11-24T12:00:00Z"


async def test_a_request_that_was_followed_is_not_followed_again() -> None:
    scene = await ready()
    scene.annotate(**{RECONCILE_REQUESTED: "now"})
    await scene.run()
    scene.azure.arm.forget_calls()
    await scene.run()
    assert scene.azure.arm.calls == []


async def test_drift_is_named_before_it_is_repaired_and_after() -> None:
    scene = await ready()
    scene.azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"] = []
    await scene.walk()
    assert [event.reason for event in scene.told] == ["DriftDetected", "DriftRepaired"]
    assert scene.reports[0]["driftCount"] == 1
    assert scene.held.status["driftCount"] == 0
    assert scene.says("Ready") == "True/Provisioned"


async def test_a_changed_spec_is_an_update_and_no_drift() -> None:
    scene = await ready()
    scene.change(rule={"description": "Ours"})
    await scene.run()
    assert [event.reason for event in scene.told] == ["Updated"]
    assert scene.held.status["appliedGeneration"] == 2


async def test_a_definition_that_cannot_be_made_leaves_nothing_to_ask() -> None:
    wrong: dict[str, Any] = {"definition": {"name": "acme", "ui": {"title": "$(rule.nonsense)"}}}
    scene = Scene(connector(**wrong))
    outcome = await scene.run()
    assert outcome.retry_in == 30
    assert (await scene.run()).status is None
    assert scene.azure.logs.asked == []
