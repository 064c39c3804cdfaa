"""Columns that a write of ours lost stop the next one, also when another process makes it."""

from typing import Any

from tests.reconcile.fakes import call
from tests.reconcile.samples import TABLE
from tests.reconcile.scene import Scene, ready

THEIRS = {"name": "Theirs", "type": "string"}


def tables(*names: str) -> list[dict[str, Any]]:
    columns = [{"name": name, "type": "string"} for name in ("User", *names)]
    return [{"name": "Logins_CL", "columns": columns}]


def columns(scene: Scene) -> list[Any]:
    found: list[Any] = scene.azure.arm.bodies[TABLE.casefold()]["properties"]["schema"]["columns"]
    return found


def patches(scene: Scene) -> int:
    return scene.azure.arm.calls.count(call("PATCH", TABLE))


def lost(scene: Scene) -> list[list[str]]:
    """What the status says of each resource that lost something."""
    return [record["lost"] for record in scene.held.status["resources"] if "lost" in record]


async def after_a_loss_and_a_restart() -> Scene:
    """A column was added, that of somebody else lost by it, and another process took over."""
    scene = await ready()
    columns(scene).append(THEIRS)
    scene.azure.arm.loses = "Theirs"
    scene.change(tables=tables("More"))
    await scene.run()
    scene.azure.arm.loses = ""
    assert scene.says("Stalled") == "True/ColumnsLost"
    scene.restart()
    return scene


async def test_the_status_names_them() -> None:
    assert lost(await after_a_loss_and_a_restart()) == [["Theirs"]]


async def test_another_process_writes_no_more_to_the_table() -> None:
    scene = await after_a_loss_and_a_restart()
    scene.change(tables=tables("More", "Yet"))
    before = patches(scene)
    await scene.walk()
    assert (scene.says("Stalled"), patches(scene)) == ("True/ColumnsLost", before)


async def test_it_goes_on_and_forgets_once_they_are_back() -> None:
    scene = await after_a_loss_and_a_restart()
    columns(scene).append(THEIRS)
    scene.change(tables=tables("More", "Yet"))
    await scene.walk()
    assert (scene.says("Ready"), lost(scene)) == ("True/Provisioned", [])


async def test_a_table_that_was_deleted_has_lost_nothing() -> None:
    scene = await after_a_loss_and_a_restart()
    del scene.azure.arm.bodies[TABLE.casefold()]
    await scene.walk()
    assert (scene.says("Ready"), lost(scene)) == ("True/Provisioned", [])
