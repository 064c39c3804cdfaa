"""What Azure keeps otherwise: written twice, told once, then let be until a side changes."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reconcile.fakes import call, counted
from tests.reconcile.samples import DEFINITION, RULE
from tests.reconcile.stubborn import Rewrite, StubbornScene

PATH = "/properties/connectorUiConfig/title"


def ui(body: dict[str, Any]) -> dict[str, Any]:
    return dict(body["properties"]["connectorUiConfig"])


def titled(title: str) -> Rewrite:
    """Whatever the title was, it is this."""

    def rewrite(body: dict[str, Any]) -> None:
        body["properties"]["connectorUiConfig"]["title"] = title

    return rewrite


def without(key: str) -> Rewrite:
    """A key that is dropped without a word."""

    def rewrite(body: dict[str, Any]) -> None:
        body["properties"]["connectorUiConfig"].pop(key, None)

    return rewrite


def puts(scene: StubbornScene, resource_id: str = DEFINITION) -> int:
    return counted(scene.azure.arm.calls, "PUT").get(resource_id.casefold(), 0)


def told(scene: StubbornScene) -> list[str]:
    return [event.message for event in scene.told if event.reason == "KeptOtherwise"]


def record(scene: StubbornScene) -> dict[str, Any]:
    return dict(next(r for r in scene.held.status["resources"] if r["kind"] == "Definition"))


async def test_what_azure_keeps_otherwise_is_written_twice_and_never_again() -> None:
    scene = StubbornScene({DEFINITION: titled("THEIRS")})
    for _ in range(4):
        await scene.walk()
    assert puts(scene) == 2
    assert scene.says("Synced") == "True/InSync"
    assert scene.says("Ready") == "True/Provisioned"
    assert scene.kstatus() == "Current"


async def test_it_is_told_once_with_its_path_and_both_values() -> None:
    scene = StubbornScene({DEFINITION: titled("THEIRS")})
    for _ in range(3):
        await scene.walk()
    assert told(scene) == [
        f"Definition acme: Written twice, Azure keeps THEIRS at {PATH}, declared is acme."
    ]
    assert told(scene)[0].endswith(record(scene)["message"])
    assert PATH in scene.message("Synced")
    assert [entry["path"] for entry in record(scene)["kept"]] == [PATH]


async def test_a_key_that_azure_drops_counts_the_same() -> None:
    scene = StubbornScene({DEFINITION: without("publisher")})
    for _ in range(3):
        await scene.walk()
    assert puts(scene) == 2
    assert "Azure keeps (none) at /properties/connectorUiConfig/publisher" in told(scene)[0]


async def test_it_is_not_written_after_a_restart_either() -> None:
    scene = StubbornScene({DEFINITION: titled("THEIRS")})
    await scene.walk()
    scene.restart()
    await scene.walk()
    assert puts(scene) == 2
    assert len(told(scene)) == 1


async def test_a_lost_status_costs_two_writes() -> None:
    scene = StubbornScene({DEFINITION: titled("THEIRS")})
    await scene.walk()
    scene.restart()
    scene.held = replace(scene.held, status={})
    await scene.walk()
    await scene.walk()
    assert puts(scene) <= 4
    assert scene.says("Synced") == "True/InSync"


async def test_another_value_in_azure_is_drift_again() -> None:
    scene = StubbornScene({DEFINITION: titled("THEIRS")})
    await scene.walk()
    scene.arm.rewrites.clear()
    titled("somebody's")(scene.arm.bodies[DEFINITION.casefold()])
    await scene.walk()
    assert puts(scene) == 3
    assert ui(scene.arm.bodies[DEFINITION.casefold()])["title"] == "acme"
    assert "kept" not in record(scene)


async def test_another_value_in_the_spec_is_written_again() -> None:
    scene = StubbornScene({DEFINITION: titled("THEIRS")})
    await scene.walk()
    scene.change(definition={"ui": {"title": "New"}})
    await scene.walk()
    await scene.walk()
    assert puts(scene) == 4
    assert len(told(scene)) == 2


async def test_what_differs_beside_it_is_repaired_once() -> None:
    """The write sends the kept value along, and is no reason to write again."""
    scene = StubbornScene({DEFINITION: titled("THEIRS")})
    await scene.walk()
    scene.arm.forget_calls()
    scene.arm.bodies[DEFINITION.casefold()]["properties"]["connectorUiConfig"]["publisher"] = "X"
    await scene.walk()
    await scene.walk()
    assert puts(scene) == 1
    assert record(scene)["kept"]


async def test_an_answer_that_only_echoes_costs_one_walk_more() -> None:
    scene = StubbornScene({DEFINITION: titled("THEIRS")}, echoes=True)
    for _ in range(4):
        await scene.walk()
    assert puts(scene) == 2
    assert scene.says("Synced") == "True/InSync"
    assert len(told(scene)) == 1


async def test_an_answer_that_comes_too_early_is_no_second_write() -> None:
    """The answer shows the old body; a moment later a GET shows the new one."""
    scene = StubbornScene({DEFINITION: titled("old")})
    before = scene.arm.get

    async def get(resource_id: str) -> Any:
        if call("PUT", DEFINITION) in scene.arm.calls and resource_id == DEFINITION:
            scene.arm.rewrites.clear()
            titled("acme")(scene.arm.bodies[DEFINITION.casefold()])
        return await before(resource_id)

    scene.arm.get = get  # type: ignore[method-assign]  # Azure that needs a moment
    await scene.walk()
    assert puts(scene) == 1
    assert told(scene) == []


async def test_somebody_who_changes_it_back_each_time_is_drift_each_time() -> None:
    scene = StubbornScene({})
    await scene.walk()
    for _ in range(4):
        titled("theirs")(scene.arm.bodies[DEFINITION.casefold()])
        await scene.walk()
        assert ui(scene.arm.bodies[DEFINITION.casefold()])["title"] == "acme"
    assert told(scene) == []


async def test_what_is_kept_is_remembered_while_the_resource_cannot_be_compared() -> None:
    scene = StubbornScene({DEFINITION: titled("THEIRS")})
    await scene.walk()
    scene.arm.bodies[RULE.casefold()]["properties"]["provisioningState"] = "Updating"
    before = record(scene)["kept"]
    scene.azure.while_asleep = []
    await scene.walk()
    assert record(scene)["kept"] == before


KEYS = ("title", "publisher", "descriptionMarkdown", "availability", "permissions")


def habit(dropped: set[str], changed: set[str]) -> Rewrite:
    def rewrite(body: dict[str, Any]) -> None:
        card = body["properties"]["connectorUiConfig"]
        card.update(dict.fromkeys(changed, "THEIRS"))
        for key in dropped:
            card.pop(key, None)

    return rewrite


async def written(scene: StubbornScene, restarts: list[bool]) -> None:
    for restart in restarts:
        if restart:
            scene.restart()
        await scene.walk()


@pytest.mark.parametrize("echoes", [False, True])
@given(
    dropped=st.sets(st.sampled_from(KEYS)),
    changed=st.sets(st.sampled_from(KEYS)),
    restarts=st.lists(st.booleans(), min_size=4, max_size=4),
)
@settings(max_examples=25, deadline=None)
def test_whatever_azure_makes_of_it_two_writes_are_the_most(
    echoes: bool, dropped: set[str], changed: set[str], restarts: list[bool]
) -> None:
    """A restart right after an answer that only echoes costs one write more."""
    scene = StubbornScene({DEFINITION: habit(dropped, changed)}, echoes=echoes)
    asyncio.run(written(scene, restarts))
    assert puts(scene) <= 2 + (sum(restarts) if echoes else 0)
    assert scene.says("Synced") == "True/InSync"
    assert len(told(scene)) <= 1
