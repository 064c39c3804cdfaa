"""Writes to a ContosoConnector: guarded by resourceVersion, honest about who is gone."""

import json
from typing import Any

import httpx
import pytest
import respx

from controller.kube import connectors
from controller.kube.api import Api, ApiError
from controller.model.connector import FINALIZER, Gone
from tests.kube.samples import body, connector, held

PATH = "/apis/sentinel.contoso.com/v1alpha1/namespaces/soc/contosoconnectors/alerts"
CONFLICT = httpx.Response(409, json={"kind": "Status", "reason": "Conflict", "message": "modified"})
STATUS = {"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "True"}]}


def ok(**metadata: Any) -> httpx.Response:
    return httpx.Response(200, json=body(**metadata))


def sent(route: respx.Route) -> list[Any]:
    return [json.loads(call.request.content) for call in route.calls]


async def test_the_status_is_applied_with_our_manager_and_the_version_read(
    api: Api, server: respx.MockRouter
) -> None:
    route = server.patch(f"{PATH}/status").mock(return_value=ok(resourceVersion="11"))

    written = await connectors.apply_status(api, connector(), STATUS)

    request = route.calls.last.request
    assert request.headers["Content-Type"] == "application/apply-patch+yaml"
    assert dict(request.url.params) == {
        "fieldManager": "contoso-connector-operator",
        "force": "true",
    }
    assert sent(route)[0]["metadata"] == {
        "namespace": "soc",
        "name": "alerts",
        "resourceVersion": "10",
    }
    assert sent(route)[0]["status"] == STATUS
    assert written.resource_version == "11"


async def test_no_null_is_sent(api: Api, server: respx.MockRouter) -> None:
    route = server.patch(f"{PATH}/status").mock(return_value=ok())

    status = {"plan": None, "drift": ({"path": "/x", "actual": None},)}
    await connectors.apply_status(api, connector(), status)

    assert sent(route)[0]["status"] == {"drift": [{"path": "/x"}]}


async def test_after_a_conflict_the_status_goes_to_the_newest_version(
    api: Api, server: respx.MockRouter
) -> None:
    route = server.patch(f"{PATH}/status").mock(side_effect=[CONFLICT, ok(resourceVersion="13")])
    server.get(PATH).mock(return_value=ok(resourceVersion="12"))

    written = await connectors.apply_status(api, connector(), STATUS)

    assert [request["metadata"]["resourceVersion"] for request in sent(route)] == ["10", "12"]
    assert written.resource_version == "13"


async def test_a_status_that_is_there_after_all_is_not_written_again(
    api: Api, server: respx.MockRouter
) -> None:
    route = server.patch(f"{PATH}/status").mock(return_value=CONFLICT)
    server.get(PATH).respond(json={**body(resourceVersion="12"), "status": STATUS})

    written = await connectors.apply_status(api, connector(), STATUS)

    assert written.resource_version == "12"
    assert route.call_count == 1


@pytest.mark.parametrize("found", [ok(uid="u2"), httpx.Response(404)], ids=["another", "none"])
async def test_the_status_of_a_replaced_object_is_gone(
    api: Api, server: respx.MockRouter, found: httpx.Response
) -> None:
    server.patch(f"{PATH}/status").mock(return_value=CONFLICT)
    server.get(PATH).mock(return_value=found)

    with pytest.raises(Gone):
        await connectors.apply_status(api, connector(), STATUS)


async def test_the_status_of_a_deleted_object_is_gone(api: Api, server: respx.MockRouter) -> None:
    server.patch(f"{PATH}/status").respond(404)
    server.get(PATH).respond(404)

    with pytest.raises(Gone):
        await connectors.apply_status(api, connector(), STATUS)


async def test_a_write_that_always_conflicts_ends(api: Api, server: respx.MockRouter) -> None:
    route = server.patch(f"{PATH}/status").mock(return_value=CONFLICT)
    server.get(PATH).mock(return_value=ok(resourceVersion="12"))

    with pytest.raises(ApiError, match="soc/alerts changed at each of our 5 attempts"):
        await connectors.apply_status(api, connector(), STATUS)

    assert route.call_count == connectors.ATTEMPTS


@pytest.mark.parametrize("status", [400, 403, 422, 500])
async def test_other_refusals_of_the_status_are_raised(
    api: Api, server: respx.MockRouter, status: int
) -> None:
    server.patch(f"{PATH}/status").respond(status)

    with pytest.raises(ApiError) as caught:
        await connectors.apply_status(api, connector(), STATUS)

    assert caught.value.status == status


async def test_the_finalizer_is_added_to_those_of_others(
    api: Api, server: respx.MockRouter
) -> None:
    names = ["other/one", FINALIZER]
    route = server.patch(PATH).mock(return_value=ok(resourceVersion="11", finalizers=names))

    written = await connectors.add_finalizer(api, connector(finalizers=["other/one"]))

    assert sent(route) == [{"metadata": {"resourceVersion": "10", "finalizers": names}}]
    assert written.finalizers == tuple(names)


async def test_a_finalizer_that_is_there_needs_no_request(api: Api) -> None:
    assert await connectors.add_finalizer(api, held()) == held()


async def test_a_deleting_object_takes_no_finalizer(api: Api, server: respx.MockRouter) -> None:
    with pytest.raises(Gone):
        await connectors.add_finalizer(api, connector(deletionTimestamp="2026-11-24T11:00:00Z"))

    server.patch(PATH).respond(422, json={"kind": "Status", "reason": "Invalid"})
    with pytest.raises(Gone):
        await connectors.add_finalizer(api, connector())


async def test_a_finalizer_added_meanwhile_by_us_is_found_after_the_conflict(
    api: Api, server: respx.MockRouter
) -> None:
    server.patch(PATH).mock(return_value=CONFLICT)
    server.get(PATH).mock(return_value=ok(resourceVersion="12", finalizers=[FINALIZER]))

    assert (await connectors.add_finalizer(api, connector())).resource_version == "12"


async def test_a_finalizer_fought_over_is_an_error(api: Api, server: respx.MockRouter) -> None:
    server.patch(PATH).mock(return_value=CONFLICT)
    server.get(PATH).mock(return_value=ok(resourceVersion="12"))

    with pytest.raises(ApiError, match="changed at each"):
        await connectors.add_finalizer(api, connector())


async def test_releasing_keeps_the_finalizers_of_others(api: Api, server: respx.MockRouter) -> None:
    route = server.patch(PATH).mock(return_value=ok(finalizers=["other/one"]))

    left = await connectors.remove_finalizer(api, connector(finalizers=["other/one", FINALIZER]))

    assert sent(route)[0]["metadata"]["finalizers"] == ["other/one"]
    assert left is not None
    assert left.finalizers == ("other/one",)


async def test_releasing_the_last_finalizer_of_a_deleting_object_ends_it(
    api: Api, server: respx.MockRouter
) -> None:
    when = "2026-11-24T11:00:00Z"
    server.patch(PATH).mock(return_value=ok(deletionTimestamp=when))

    assert await connectors.remove_finalizer(api, held(deletionTimestamp=when)) is None


async def test_releasing_twice_needs_no_second_request(api: Api) -> None:
    assert await connectors.remove_finalizer(api, connector()) == connector()


@pytest.mark.parametrize("found", [ok(uid="u2"), httpx.Response(404)], ids=["another", "none"])
async def test_releasing_what_is_gone_is_no_error(
    api: Api, server: respx.MockRouter, found: httpx.Response
) -> None:
    server.patch(PATH).respond(404)
    server.get(PATH).mock(return_value=found)

    assert await connectors.remove_finalizer(api, held()) is None


async def test_a_release_that_conflicts_is_tried_on_the_newest_version(
    api: Api, server: respx.MockRouter
) -> None:
    route = server.patch(PATH).mock(side_effect=[CONFLICT, ok()])
    server.get(PATH).mock(return_value=ok(resourceVersion="12", finalizers=[FINALIZER]))

    await connectors.remove_finalizer(api, held())

    assert [request["metadata"]["resourceVersion"] for request in sent(route)] == ["10", "12"]


async def test_a_release_that_always_conflicts_ends(api: Api, server: respx.MockRouter) -> None:
    server.patch(PATH).mock(return_value=CONFLICT)
    server.get(PATH).mock(return_value=ok(resourceVersion="12", finalizers=[FINALIZER]))

    with pytest.raises(ApiError, match="changed at each"):
        await connectors.remove_finalizer(api, held())


async def test_reading_tells_an_absent_object_from_a_refusal(
    api: Api, server: respx.MockRouter
) -> None:
    server.get(PATH).mock(side_effect=[ok(), httpx.Response(404), httpx.Response(403)])

    assert await connectors.read(api, "soc", "alerts") == connector()
    assert await connectors.read(api, "soc", "alerts") is None
    with pytest.raises(ApiError):
        await connectors.read(api, "soc", "alerts")


async def test_the_list_follows_its_pages(api: Api, server: respx.MockRouter) -> None:
    route = server.get("/apis/sentinel.contoso.com/v1alpha1/contosoconnectors").mock(
        side_effect=[
            httpx.Response(200, json={"metadata": {"continue": "c1"}, "items": [body(name="a")]}),
            httpx.Response(200, json={"metadata": {}, "items": [body(name="b")]}),
        ]
    )

    found = await connectors.metadata(api, None, page=1)

    assert [item.name for item in found] == ["a", "b"]
    queries = [dict(call.request.url.params) for call in route.calls]
    assert queries == [{"limit": "1"}, {"limit": "1", "continue": "c1"}]
    assert "PartialObjectMetadataList" in route.calls.last.request.headers["Accept"]


async def test_the_list_of_one_namespace_asks_for_no_other(
    api: Api, server: respx.MockRouter
) -> None:
    server.get(PATH.removesuffix("/alerts")).respond(json={"items": None, "metadata": {}})

    assert await connectors.metadata(api, "soc") == []


async def test_the_whole_list_has_what_the_metadata_lacks(
    api: Api, server: respx.MockRouter
) -> None:
    route = server.get(PATH.removesuffix("/alerts"))
    route.respond(json={"items": [{**body(name="a"), "spec": {"suspend": True}}], "metadata": {}})

    (found,) = await connectors.whole(api, "soc")

    assert found.spec == {"suspend": True}
    assert route.calls.last.request.headers["Accept"] == "application/json"
