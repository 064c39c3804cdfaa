"""One reconcile of one object: when it walks, when it asks, what it reports, how it ends."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from controller.model.connector import (
    FINALIZER,
    ON_DELETE,
    RECONCILE_REQUESTED,
    Connector,
    Event,
    Gone,
    Outcome,
)
from controller.model.errors import Conflict, Fault, Stalled, Throttled, Transient, Waiting
from controller.model.reasons import Reason
from controller.reconcile.conditions import find
from controller.reconcile.loop import Reconciler
from controller.reconcile.pace import Pace
from tests.reconcile import kstatus
from tests.reconcile.fakes import Azure, Clock, call, counted, rows
from tests.reconcile.samples import DATA_CONNECTOR, DEFINITION, ENDPOINT, RULE, TABLE, connector

LOST = Transient(Reason.AZURE_UNAVAILABLE, "No answer.")
DENIED = Stalled(Reason.ACCESS_DENIED, "No right to do that.")
YOUNG = Waiting(Reason.WAITING_FOR_TABLE, "The table is young.")


class Scene:
    """An operator, its Azure, and one object as the API server would hold it."""

    def __init__(self, held: Connector | None = None) -> None:
        self.azure = Azure()
        self.clock = Clock()
        self.held = held or connector()
        self.others: list[Connector] = []
        self.reports: list[Mapping[str, Any]] = []
        self.told: list[Event] = []
        self.gone = False
        self.reconcile = self.operator()

    def operator(self) -> Reconciler:
        """A new process: it remembers nothing."""
        return Reconciler(
            self.azure.ports, self.azure.logs, "demo", self.clock, Pace(jitter=lambda: 0.0)
        )

    def restart(self) -> None:
        self.reconcile = self.operator()

    def change(self, **spec: Any) -> None:
        self.held = replace(
            self.held, generation=self.held.generation + 1, spec={**self.held.spec, **spec}
        )

    def annotate(self, **annotations: str) -> None:
        self.held = replace(self.held, annotations=annotations)

    async def report(
        self, status: Mapping[str, Any], *, finalizer: bool, events: tuple[Event, ...] = ()
    ) -> None:
        if self.gone:
            raise Gone
        self.reports.append(status)
        self.told += events
        if finalizer and FINALIZER not in self.held.finalizers:
            self.held = replace(self.held, finalizers=(*self.held.finalizers, FINALIZER))
        self.held = replace(self.held, status=status)

    async def run(self) -> Outcome:
        """One reconcile, and what the API server holds after it."""
        outcome = await self.reconcile(self.held, self.others, self.report)
        self.told += outcome.events
        if outcome.status is not None:
            self.held = replace(self.held, status=outcome.status)
        if outcome.release:
            kept = tuple(name for name in self.held.finalizers if name != FINALIZER)
            self.held = replace(self.held, finalizers=kept)
        return outcome

    async def walk(self) -> Outcome:
        """One reconcile that walks: somebody else's clock has come round."""
        self.clock.forward(hours=1)
        return await self.run()

    async def delete(self, **annotations: str) -> Outcome:
        generation = self.held.generation + (not self.held.deleting)
        self.held = replace(
            self.held, deleting=True, generation=generation, annotations=annotations
        )
        return await self.run()

    def says(self, type_: str) -> str:
        condition = find(self.held.status, type_)
        return "-" if condition is None else f"{condition['status']}/{condition['reason']}"

    def message(self, type_: str) -> str:
        condition = find(self.held.status, type_)
        assert condition is not None
        return str(condition["message"])

    def kstatus(self) -> str:
        return kstatus.reading(self.held.status, generation=self.held.generation)


async def ready(held: Connector | None = None) -> Scene:
    """An object that has converged; calls, reports and events from then on are counted."""
    scene = Scene(held)
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"
    scene.azure.arm.forget_calls()
    scene.reports.clear()
    scene.told.clear()
    return scene


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
    assert scene.reconcile._memories == {}


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


RETAIN: dict[str, Any] = {"policy": {"deletion": {"created": "Retain"}}}


async def test_a_finalizer_that_somebody_removed_comes_back() -> None:
    scene = await ready()
    scene.held = replace(scene.held, finalizers=("theirs",))
    await scene.walk()
    assert scene.held.finalizers == ("theirs", FINALIZER)


async def test_no_finalizer_comes_back_while_nothing_would_be_deleted() -> None:
    scene = Scene(connector(**RETAIN))
    await scene.run()
    await scene.walk()
    assert scene.held.finalizers == ()


async def test_the_finalizer_goes_once_nothing_would_be_deleted() -> None:
    scene = await ready()
    scene.change(**RETAIN)
    await scene.run()
    assert scene.held.finalizers == ()


async def test_deletion_takes_what_is_ours_and_lets_the_object_go() -> None:
    scene = await ready()
    outcome = await scene.delete()
    assert (outcome.release, outcome.retry_in) == (True, None)
    assert set(scene.azure.arm.bodies) == {TABLE.casefold()}
    (event,) = outcome.events
    assert event.reason == "Deleted"
    assert "Rule acme" in event.message
    assert scene.reconcile._memories == {}


async def test_deletion_of_what_is_not_ours_to_hold_back_does_nothing() -> None:
    scene = await ready()
    scene.held = replace(scene.held, finalizers=())
    assert await scene.delete() == Outcome(status=None)
    assert scene.azure.arm.calls == []


async def test_an_object_that_made_nothing_goes_at_once() -> None:
    scene = Scene(replace(connector(nonsense=1), finalizers=(FINALIZER,)))
    assert await scene.delete() == Outcome(status=None, release=True)


async def test_an_object_whose_policy_keeps_everything_goes_without_an_event() -> None:
    scene = await ready()
    scene.held = replace(scene.held, spec={**scene.held.spec, **RETAIN})
    assert await scene.delete() == Outcome(status=None, release=True)
    assert scene.azure.arm.writes() == []


async def test_deletion_leaves_what_another_object_uses() -> None:
    scene = await ready()
    scene.others = [connector("other", status=scene.held.status)]
    await scene.delete()
    assert scene.azure.arm.writes() == []


async def test_a_deletion_that_is_refused_says_both_ways_out() -> None:
    scene = await ready()
    scene.azure.arm.fail("DELETE", RULE, DENIED)
    outcome = await scene.delete()
    assert not outcome.release
    assert scene.says("Stalled") == "True/DeletionBlocked"
    assert DENIED.message in scene.message("Stalled")
    assert "a Secret or right given back" in scene.message("Stalled")
    assert f"{ON_DELETE}=Orphan" in scene.message("Stalled")


async def test_a_refused_deletion_is_not_tried_all_the_time() -> None:
    """The question for data that was due is no reason to come back at once."""
    scene = await ready()
    scene.azure.arm.fail("DELETE", RULE, DENIED, DENIED)
    scene.clock.forward(hours=1)
    waits = [(await scene.delete()).retry_in, (await scene.run()).retry_in]
    assert waits == [30, 60]


async def test_a_refused_deletion_goes_on_where_it_stopped() -> None:
    scene = await ready()
    scene.azure.arm.fail("DELETE", RULE, DENIED)
    await scene.delete()
    kinds = {r["kind"] for r in scene.held.status["resources"]}
    assert kinds == {"Application", "Rule", "Endpoint", "Table"}
    scene.azure.arm.forget_calls()
    outcome = await scene.run()
    assert outcome.release
    assert scene.azure.arm.writes() == [call("DELETE", RULE), call("DELETE", ENDPOINT)]


@pytest.mark.parametrize(
    "fault", [LOST, Conflict(Reason.AZURE_UNAVAILABLE, "Changed.")], ids=["lost", "conflict"]
)
async def test_a_deletion_that_azure_does_not_answer_is_not_stalled(fault: Fault) -> None:
    scene = await ready()
    scene.azure.arm.fail("DELETE", RULE, fault)
    assert not (await scene.delete()).release
    assert scene.says("Stalled") == "-"
    assert (await scene.run()).release


async def test_a_protected_table_blocks_with_its_own_ways_out() -> None:
    tables: dict[str, Any] = {"policy": {"deletion": {"tables": "Delete"}}}
    scene = await ready(connector(**tables))
    scene.azure.logs.replies["Events"] = rows("Events", 3)
    await scene.delete()
    assert "confirm-table-deletion=Logins_CL" in scene.message("Stalled")
    assert ON_DELETE not in scene.message("Stalled")


async def test_an_orphan_is_let_go_and_what_is_left_is_listed() -> None:
    scene = await ready()
    scene.azure.arm.fail("DELETE", RULE, DENIED)
    await scene.delete()
    scene.azure.arm.forget_calls()
    outcome = await scene.delete(**{ON_DELETE: "Orphan"})
    assert outcome.release
    assert scene.azure.arm.calls == []
    (event,) = outcome.events
    said, _, names = event.message.partition(": Orphan asks: ")
    assert said == "Left in Azure as on-delete"
    assert sorted(names.rstrip(".").split(", ")) == [
        "Endpoint ws",
        "Rule acme",
        "Table Logins_CL",
    ]


async def test_a_spec_that_nobody_can_read_blocks_its_deletion() -> None:
    scene = await ready()
    scene.change(nonsense=1)
    await scene.delete()
    assert scene.says("Stalled") == "True/DeletionBlocked"
    assert "spec.nonsense" in scene.message("Stalled")
    assert f"{ON_DELETE}=Orphan" in scene.message("Stalled")


async def test_a_definition_that_cannot_be_made_leaves_nothing_to_ask() -> None:
    wrong: dict[str, Any] = {"definition": {"name": "acme", "ui": {"title": "$(rule.nonsense)"}}}
    scene = Scene(connector(**wrong))
    outcome = await scene.run()
    assert outcome.retry_in == 30
    assert (await scene.run()).status is None
    assert scene.azure.logs.asked == []
