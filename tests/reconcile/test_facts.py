"""What the core tells of a reconcile: each fact by its cause, nothing in steady state."""

from typing import Any

import pytest

from controller.model.errors import Stalled
from controller.model.facts import (
    DataSeen,
    DriftFound,
    DriftRepaired,
    Fact,
    Phase,
    PhaseEnded,
    Written,
)
from controller.model.reasons import Reason
from controller.model.resource import KindName
from tests.reconcile.fakes import rows
from tests.reconcile.samples import RULE
from tests.reconcile.scene import Scene, ready
from tests.reconcile.stubborn import StubbornScene


def told(scene: Scene, *kinds: type[Fact]) -> list[Any]:
    return [fact for fact in scene.azure.facts if isinstance(fact, kinds)]


def tampered(scene: Scene) -> None:
    """Somebody else describes the rule."""
    scene.azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"] = []


async def test_each_resource_that_is_written_is_told_once_and_as_a_change() -> None:
    scene = Scene()
    await scene.run()
    written = told(scene, Written)
    assert len(written) == len(scene.azure.arm.writes())
    assert {fact.changed for fact in written} == {True}


async def test_drift_is_told_when_found_and_when_repaired() -> None:
    scene = await ready()
    scene.azure.facts.clear()
    tampered(scene)
    await scene.walk()
    assert told(scene, DriftFound, DriftRepaired) == [
        DriftFound(KindName.RULE),
        DriftRepaired(KindName.RULE),
    ]


async def test_drift_that_could_not_be_repaired_is_told_as_found_alone() -> None:
    scene = await ready()
    scene.azure.facts.clear()
    tampered(scene)
    scene.azure.arm.fail("PUT", RULE, Stalled(Reason.ACCESS_DENIED, "No."))
    outcome = await scene.walk()
    assert told(scene, DriftFound, DriftRepaired) == [DriftFound(KindName.RULE)]
    assert isinstance(outcome.fault, Stalled)


async def test_a_new_spec_is_no_drift() -> None:
    scene = await ready()
    scene.azure.facts.clear()
    scene.change(
        roleAssignment="Ignore", rule={**scene.held.spec.get("rule", {}), "tags": {"a": "b"}}
    )
    await scene.run()
    assert told(scene, Written) == [Written(KindName.RULE, "PUT", changed=True)]
    assert told(scene, DriftFound, DriftRepaired) == []


async def test_a_write_that_azure_does_not_take_is_one_without_a_change() -> None:
    def forget(body: dict[str, Any]) -> None:
        body.pop("tags", None)

    scene = StubbornScene({RULE: forget})
    await scene.run()
    rule = [fact.changed for fact in told(scene, Written) if fact.kind is KindName.RULE]
    assert rule == [True, False]


async def test_in_steady_state_nothing_is_told_but_what_the_queries_say() -> None:
    scene = await ready()
    scene.azure.facts.clear()
    for _ in range(3):
        await scene.walk()
        await scene.run()
    assert {type(fact) for fact in scene.azure.facts} == {DataSeen}


async def test_the_newest_event_is_told_with_each_answer() -> None:
    scene = await ready()
    scene.azure.logs.replies["max"] = rows("Time", scene.clock.now.isoformat())
    await scene.run()
    assert told(scene, DataSeen) == [DataSeen(scene.held.key, scene.clock.now)]


async def test_a_generation_is_timed_from_phase_to_phase() -> None:
    scene = Scene()
    await scene.run()
    scene.clock.forward(seconds=90)
    scene.azure.logs.replies["IsConnected"] = rows("IsConnected", True)
    await scene.run()
    assert told(scene, PhaseEnded) == [
        PhaseEnded(Phase.PLAN, 0.0),
        PhaseEnded(Phase.WRITE, 0.0),
        PhaseEnded(Phase.CONNECT, 90.0),
    ]


async def test_a_phase_lasts_as_long_as_its_failures() -> None:
    scene = Scene()
    scene.azure.arm.fail("PUT", RULE, Stalled(Reason.ACCESS_DENIED, "No."))
    await scene.run()
    assert told(scene, PhaseEnded) == [PhaseEnded(Phase.PLAN, 0.0)]
    scene.clock.forward(seconds=30)
    await scene.run()
    assert told(scene, PhaseEnded)[1:] == [PhaseEnded(Phase.WRITE, 30.0)]


async def test_after_a_restart_nobody_knows_how_long_it_took() -> None:
    scene = await ready()
    scene.restart()
    scene.azure.facts.clear()
    scene.azure.logs.replies["IsConnected"] = rows("IsConnected", True)
    await scene.run()
    await scene.run()
    assert told(scene, PhaseEnded) == []


@pytest.mark.parametrize("broken", [{"tables": "?"}])
async def test_an_outcome_says_by_what_it_failed(broken: dict[str, Any]) -> None:
    scene = Scene()
    scene.change(**broken)
    outcome = await scene.run()
    assert outcome.fault is not None
    assert outcome.fault.reason is Reason.INVALID_SPEC
