"""One owner a connector: by the tag on the rule between clusters, by age between objects."""

from dataclasses import replace
from typing import Any

import pytest

from controller.model.connector import TAKE_OVER, Connector
from controller.reconcile.conditions import find
from tests.reconcile.fakes import call
from tests.reconcile.samples import DEFINITION, RULE, TABLE, connector
from tests.reconcile.scene import Scene, ready

OLD = "2026-11-24T11:00:00Z"
TAG = "contoso-connector-owner"
ALWAYS: dict[str, Any] = {"policy": {"adoption": "Always"}}


def claim(scene: Scene, owner: str) -> None:
    """As if that owner had made the rule its own."""
    scene.azure.arm.bodies[RULE.casefold()]["tags"] = {TAG: owner}


def owner(scene: Scene) -> Any:
    return scene.azure.arm.bodies[RULE.casefold()]["tags"][TAG]


async def claimed(by: str = "far/soc/theirs", **spec: Any) -> Scene:
    """A connector that another owner has, and a new object that names it."""
    scene = await ready()
    claim(scene, by)
    scene.held = replace(connector(**spec), uid="new")
    await scene.run()
    return scene


async def test_a_rule_of_another_owner_is_left_alone_and_the_way_to_take_it_is_told() -> None:
    scene = await claimed()
    assert scene.says("Stalled") == "True/Conflict"
    assert "claimed by far/soc/theirs" in scene.message("Stalled")
    assert f"{TAKE_OVER}={RULE}" in scene.message("Stalled")
    assert scene.azure.arm.writes() == []


async def test_nothing_of_another_owner_s_connector_counts_as_ours() -> None:
    scene = await claimed(policy={"deletion": {"adopted": "Delete"}})
    await scene.walk()
    assert {r["origin"] for r in scene.held.status["resources"] if r["kind"] == "Rule"} == {
        "Existing"
    }
    await scene.delete()
    assert {RULE.casefold(), DEFINITION.casefold()} <= scene.azure.arm.bodies.keys()


async def test_the_annotation_takes_it_over() -> None:
    scene = await claimed(policy={"adoption": "Never"})
    scene.annotate(**{TAKE_OVER: RULE.upper()})
    await scene.run()
    assert owner(scene) == "demo/default/acme"


async def test_an_annotation_about_another_rule_takes_nothing_over() -> None:
    scene = await claimed()
    scene.annotate(**{TAKE_OVER: f"{RULE}2"})
    await scene.walk()
    assert scene.says("Stalled") == "True/Conflict"


async def test_always_takes_it_over_without_an_annotation() -> None:
    scene = await claimed(**ALWAYS)
    assert scene.says("Ready") == "True/Provisioned"
    assert owner(scene) == "demo/default/acme"


async def test_what_was_taken_from_us_is_not_taken_back() -> None:
    """Else two owners with `Always` would take it from each other for ever."""
    scene = await ready(connector(**ALWAYS))
    claim(scene, "far/soc/theirs")
    for _ in range(3):
        await scene.walk()
        assert scene.says("Stalled") == "True/Conflict"
    assert owner(scene) == "far/soc/theirs"


async def test_what_was_taken_from_us_is_not_deleted_with_us() -> None:
    scene = await ready()
    claim(scene, "far/soc/theirs")
    await scene.delete()
    left = scene.azure.arm.bodies
    assert {RULE.casefold(), DEFINITION.casefold()} <= left.keys()
    assert any("/roleassignments/" in key for key in left)


async def test_a_word_that_is_no_claim_is_drift() -> None:
    scene = await ready()
    claim(scene, "me")
    await scene.walk()
    assert owner(scene) == "demo/default/acme"
    assert [event.reason for event in scene.told] == ["DriftDetected", "DriftRepaired"]


async def test_the_claim_of_an_owner_that_is_gone_is_drift_on_what_was_ours() -> None:
    scene = await ready()
    claim(scene, "demo/default/gone")
    await scene.walk()
    assert owner(scene) == "demo/default/acme"


async def test_the_claim_of_an_object_that_is_gone_ends_at_the_second_look() -> None:
    """The first look may be that of an operator which has not been told of all objects yet."""
    scene = await claimed("demo/default/gone")
    assert scene.says("Stalled") == "True/Conflict"
    scene.clock.forward(seconds=31)
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"


async def test_the_claim_of_a_namespace_that_nobody_serves_stays() -> None:
    scene = await claimed("demo/elsewhere/theirs")
    await scene.walk()
    await scene.walk()
    assert scene.says("Stalled") == "True/Conflict"


def elder(**spec: Any) -> Connector:
    return connector("elder", created=OLD, rule={"name": "acme"}, **spec)


async def test_the_younger_of_two_objects_writes_nothing() -> None:
    scene = Scene()
    scene.others = [elder()]
    outcome = await scene.run()
    assert scene.says("Stalled") == "True/Conflict"
    assert "Rule acme belongs to the older object default/elder" in scene.message("Stalled")
    assert (scene.azure.arm.writes(), outcome.retry_in) == ([], 30)


async def test_to_look_whether_the_elder_has_gone_costs_azure_no_call() -> None:
    scene = Scene()
    scene.others = [elder()]
    await scene.run()
    scene.azure.arm.forget_calls()
    scene.clock.forward(seconds=30)
    outcome = await scene.run()
    assert (scene.azure.arm.calls, outcome.retry_in) == ([], 30)
    assert scene.says("Stalled") == "True/Conflict"


@pytest.mark.parametrize("then", [[], [replace(elder(), spec=connector("elder").spec)]])
async def test_the_younger_goes_on_when_the_elder_is_deleted_or_renamed(
    then: list[Connector],
) -> None:
    scene = Scene()
    scene.others = [elder()]
    await scene.run()
    scene.others = then
    scene.clock.forward(seconds=30)
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"
    assert find(scene.held.status, "Stalled") is None


async def test_the_elder_takes_what_the_younger_has_by_now() -> None:
    scene = await ready(connector("younger", rule={"name": "acme"}))
    younger = scene.held
    scene.held, scene.others = elder(), [younger]
    await scene.run()
    assert owner(scene) == "demo/default/elder"
    scene.held, scene.others = younger, [scene.held]
    scene.azure.arm.forget_calls()
    await scene.walk()
    assert scene.says("Stalled") == "True/Conflict"
    assert scene.azure.arm.writes() == []


async def test_in_steady_state_nobody_asks_for_the_others() -> None:
    """Ten thousand objects would look at ten thousand others."""

    class Unasked(list[Connector]):
        def __iter__(self) -> Any:
            raise AssertionError("asked for")

    scene = await ready()
    scene.others = Unasked()
    await scene.walk()
    assert scene.says("Ready") == "True/Provisioned"


THEIRS: list[dict[str, Any]] = [
    {"name": "Logins_CL", "columns": [{"name": "Host", "type": "string"}]}
]


async def test_of_two_connectors_on_one_table_neither_takes_the_other_s_columns() -> None:
    one = await ready()
    other = Scene(connector("other", tables=THEIRS))
    other.azure, other.clock = one.azure, one.clock
    other.restart()
    one.others, other.others = [other.held], [one.held]
    for scene in (other, one, other, one):
        await scene.walk()
        assert scene.says("Ready") == "True/Provisioned"
    columns = one.azure.arm.bodies[TABLE.casefold()]["properties"]["schema"]["columns"]
    assert {column["name"] for column in columns} == {"TimeGenerated", "User", "Host"}
    assert one.azure.arm.writes().count(call("PATCH", TABLE)) == 1
