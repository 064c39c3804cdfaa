"""The emulated Activity Log: who wrote what, shown late, asked as Azure wants it."""

from typing import Any

import pytest

from controller.emulator.azure.entra import Application
from controller.emulator.azure.options import Options
from tests.emulator.azure.scene import ARM, Scene, opened

START = "eventTimestamp ge '2026-11-23T09:00:00Z'"
ANN = Application("tenant", "ann", "anns-object-id", display_name="ann@contoso.com")


async def entries(scene: Scene, filter_: str = START) -> list[Any]:
    """What the log answers, or the status of its refusal."""
    subscription = f"/subscriptions/{scene.walk.subscription}"
    path = f"{subscription}/providers/Microsoft.Insights/eventtypes/management/values"
    answer = await scene.arm("GET", path, version="2015-04-01", **{"$filter": filter_})
    found: list[Any] = answer.json().get("value", [answer.status_code])
    return found


async def test_each_write_is_logged_with_its_caller_and_newest_first(scene: Scene) -> None:
    """A person by the mail address, an application by its object id."""
    scene.emulator.azure.entra.add(ANN)
    body = {"location": scene.walk.location}
    made = await scene.arm("PUT", scene.endpoint(), body)
    token = scene.emulator.azure.entra.token(ANN.client_id, ARM)
    await scene.http.request(
        "DELETE",
        scene.endpoint(),
        params={"api-version": "2024-03-11"},
        headers={"Authorization": f"Bearer {token}", "x-ms-correlation-request-id": "anns"},
    )

    deleted, written = await entries(scene, f"{START} and resourceUri eq '{scene.endpoint()}'")

    assert deleted["operationName"]["value"] == "Microsoft.Insights/dataCollectionEndpoints/delete"
    assert (deleted["caller"], deleted["correlationId"]) == ("ann@contoso.com", "anns")
    assert written["caller"] == scene.walk.operator.service_principal_id
    assert written["correlationId"] == made.headers["x-ms-correlation-request-id"]


async def test_a_read_and_a_refused_write_are_not_logged(scene: Scene) -> None:
    await scene.arm("GET", scene.endpoint())
    await scene.arm("PUT", scene.endpoint(), {})

    assert await entries(scene) == []


async def test_entries_show_late() -> None:
    async with opened(Options(activity_delay=300)) as scene:
        await scene.arm("PUT", scene.endpoint(), {"location": scene.walk.location})
        assert await entries(scene) == []

        scene.clock.forward(301)
        assert len(await entries(scene)) == 1


@pytest.mark.parametrize(
    "filter_", ["", "resourceUri eq '/x'", f"{START} or true", f"{START} and caller eq 'ann'"]
)
async def test_another_shape_of_filter_is_refused(scene: Scene, filter_: str) -> None:
    assert await entries(scene, filter_) == [400]


async def test_entries_outside_the_time_or_of_another_resource_are_left_out(scene: Scene) -> None:
    await scene.arm("PUT", scene.endpoint(), {"location": scene.walk.location})

    assert await entries(scene, "eventTimestamp ge '2026-11-23T11:00:00Z'") == []
    assert await entries(scene, f"{START} and eventTimestamp le '2026-11-23T09:30:00Z'") == []
    assert await entries(scene, f"{START} and resourceUri eq '{scene.rule()}'") == []
