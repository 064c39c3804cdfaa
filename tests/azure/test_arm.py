"""The port to ARM: absence, pages, versions, long-running operations."""

from typing import Any

import httpx
import pytest
import respx

from controller.azure.arm import ArmClient
from controller.azure.clouds import PUBLIC
from controller.model.errors import Stalled, Transient, Waiting
from controller.model.reasons import Reason
from tests.azure.conftest import CONNECTORS, ROLES, RULE, TABLE, WORKSPACE, Sleeps

OPERATION = f"{PUBLIC.arm}/subscriptions/s/operationstatuses/1?api-version=x&t=1&c=cert"


def error(status: int, code: str, message: str = "") -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": message}})


def accepted(**headers: str) -> httpx.Response:
    return httpx.Response(202, headers={k.replace("_", "-"): v for k, v in headers.items()})


def progress(status: str, **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"status": status, **more})


async def test_a_resource_is_read_with_its_types_version(
    arm: ArmClient, azure: respx.MockRouter
) -> None:
    azure.get(TABLE, params={"api-version": "2025-07-01"}).respond(json={"name": "Contoso_CL"})

    assert await arm.get(TABLE) == {"name": "Contoso_CL"}


async def test_what_does_not_exist_reads_as_none(arm: ArmClient, azure: respx.MockRouter) -> None:
    azure.get(TABLE).mock(error(404, "ResourceNotFound", "The table was not found."))

    assert await arm.get(TABLE) is None


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ResourceGroupNotFound", "Resource group 'sentinel-rg' could not be found."),
        ("SubscriptionNotFound", "The subscription 's' could not be found."),
        ("ParentResourceNotFound", "Parent resource 'LogAnalytics1' not found."),
        (
            "ResourceNotFound",
            "The Resource 'Microsoft.OperationalInsights/workspaces/LogAnalytics1' under resource"
            " group 'sentinel-rg' was not found.",
        ),
    ],
)
@pytest.mark.parametrize("path", [TABLE, f"{CONNECTORS}/Contoso"])
async def test_a_missing_place_is_no_absent_child(
    code: str, message: str, path: str, *, arm: ArmClient, azure: respx.MockRouter
) -> None:
    azure.get(path).mock(error(404, code, message))

    with pytest.raises(Stalled) as caught:
        await arm.get(path)

    assert caught.value.reason == Reason.WORKSPACE_NOT_FOUND


@pytest.mark.parametrize("code", ["ResourceNotFound", "ParentResourceNotFound"])
async def test_a_list_below_a_missing_rule_is_empty(
    code: str, *, arm: ArmClient, azure: respx.MockRouter
) -> None:
    azure.get(ROLES).mock(error(404, code, "The Resource 'x/workspaces/w' was not found."))

    assert await arm.list(ROLES) == []


async def test_a_list_below_a_missing_workspace_is_a_fault(
    arm: ArmClient, azure: respx.MockRouter
) -> None:
    azure.get(CONNECTORS).mock(error(404, "ParentResourceNotFound"))

    with pytest.raises(Stalled, match="workspace LogAnalytics1 does not exist"):
        await arm.list(CONNECTORS)


async def test_a_list_holds_the_elements_of_all_pages(
    arm: ArmClient, azure: respx.MockRouter
) -> None:
    following = f"{PUBLIC.arm}{CONNECTORS}?api-version=2025-06-01&$skipToken=2"
    azure.get(CONNECTORS, params={"$skipToken": "2"}).respond(json={"value": [{"name": "b"}]})
    azure.get(CONNECTORS).respond(json={"value": [{"name": "a"}], "nextLink": following})

    assert await arm.list(CONNECTORS) == [{"name": "a"}, {"name": "b"}]


async def test_a_list_in_every_version_holds_what_any_of_them_shows_once(
    arm: ArmClient, azure: respx.MockRouter
) -> None:
    pages = {
        "2025-06-01": [{"id": "/A", "name": "newest"}],
        "2024-09-01": [{"id": "/a", "name": "older"}, {"id": "/b", "name": "b"}],
        "2023-02-01-preview": [{"id": "/c", "name": "c"}],
    }
    for version, bodies in pages.items():
        azure.get(CONNECTORS, params={"api-version": version}).respond(json={"value": bodies})
    unserved = azure.get(CONNECTORS, params={"api-version": "2025-09-01"})
    unserved.mock(error(400, "InvalidApiVersionParameter"))

    listed = await arm.list(CONNECTORS, every_version=True)

    assert {body["name"] for body in listed} == {"newest", "b", "c"}
    assert len(await arm.list(CONNECTORS)) == 1


async def test_a_next_page_elsewhere_gets_no_token(arm: ArmClient, azure: respx.MockRouter) -> None:
    azure.get(CONNECTORS).respond(json={"value": [], "nextLink": "https://elsewhere.example/2"})

    with pytest.raises(Stalled, match="no token is sent there"):
        await arm.list(CONNECTORS)


async def test_a_collections_own_query_is_kept(arm: ArmClient, azure: respx.MockRouter) -> None:
    route = azure.get(ROLES, params={"$filter": "atScope()", "api-version": "2022-04-01"})
    route.respond(json={"value": []})

    await arm.list(f"{ROLES}?$filter=atScope()")

    assert route.called


async def test_a_write_answers_with_the_body_that_azure_gave(
    arm: ArmClient, azure: respx.MockRouter
) -> None:
    azure.put(RULE).respond(201, json={"properties": {"immutableId": "dcr-1"}})

    assert await arm.put(RULE, {"location": "x"}) == {"properties": {"immutableId": "dcr-1"}}


async def test_a_write_without_a_body_in_the_answer_is_read_back(
    arm: ArmClient, azure: respx.MockRouter
) -> None:
    azure.patch(TABLE).respond(200)
    azure.get(TABLE).respond(json={"name": "Contoso_CL"})

    assert await arm.patch(TABLE, {}) == {"name": "Contoso_CL"}


async def test_an_operation_is_followed_verbatim_then_the_resource_read(
    arm: ArmClient, azure: respx.MockRouter, sleeps: Sleeps
) -> None:
    azure.put(TABLE).mock(accepted(azure_asyncoperation=OPERATION, retry_after="3"))
    polls = azure.get(url=OPERATION)
    polls.side_effect = [progress("InProgress"), progress("Succeeded")]
    azure.get(TABLE).respond(json={"name": "Contoso_CL"})

    assert await arm.put(TABLE, {}) == {"name": "Contoso_CL"}
    assert sleeps == [3, 1], "Azure's pause, and a second where it names none"


async def test_a_200_that_says_failed_is_a_failure(arm: ArmClient, azure: respx.MockRouter) -> None:
    azure.put(TABLE).mock(accepted(azure_asyncoperation=OPERATION))
    said = {"code": "SchemaUpdateFatalError", "message": "missing mandatory 'TimeGenerated'"}
    azure.get(url=OPERATION).mock(progress("Failed", error=said))

    with pytest.raises(Stalled, match="missing mandatory 'TimeGenerated'") as caught:
        await arm.put(TABLE, {})

    assert caught.value.answer.code == "SchemaUpdateFatalError"


@pytest.mark.parametrize("status", ["Canceled", "Failed"])
async def test_an_operation_that_ended_without_a_reason_is_tried_again(
    status: str, *, arm: ArmClient, azure: respx.MockRouter
) -> None:
    azure.put(TABLE).mock(accepted(azure_asyncoperation=OPERATION))
    azure.get(url=OPERATION).mock(progress(status))

    with pytest.raises(Transient):
        await arm.put(TABLE, {})


async def test_a_location_is_polled_until_it_is_no_202(
    arm: ArmClient, azure: respx.MockRouter, sleeps: Sleeps
) -> None:
    azure.delete(TABLE).mock(accepted(location=OPERATION, retry_after="2"))
    azure.get(url=OPERATION).side_effect = [accepted(retry_after="5"), httpx.Response(204)]

    await arm.delete(TABLE)

    assert sleeps == [2, 5]


async def test_a_location_that_ends_with_the_resource_is_done(
    arm: ArmClient, azure: respx.MockRouter
) -> None:
    azure.put(TABLE).mock(accepted(location=OPERATION))
    azure.get(url=OPERATION).respond(json={"name": "Contoso_CL"})
    azure.get(TABLE).respond(json={"name": "Contoso_CL", "properties": {}})

    assert await arm.put(TABLE, {}) == {"name": "Contoso_CL", "properties": {}}


async def test_a_location_of_a_201_is_no_operation(arm: ArmClient, azure: respx.MockRouter) -> None:
    azure.put(RULE).respond(201, json={"name": "Contoso"}, headers={"location": "https://x/"})

    assert await arm.put(RULE, {}) == {"name": "Contoso"}


async def test_an_operation_is_not_waited_for_without_end(
    arm: ArmClient, azure: respx.MockRouter, sleeps: Sleeps
) -> None:
    azure.put(TABLE).mock(accepted(azure_asyncoperation=OPERATION))
    azure.get(url=OPERATION).mock(progress("InProgress"))

    with pytest.raises(Transient, match="not finished after 10 minutes"):
        await arm.put(TABLE, {})

    assert 600 <= sum(sleeps) < 620


async def test_what_azure_accepted_but_does_not_show_is_read_again_later(
    arm: ArmClient, azure: respx.MockRouter
) -> None:
    azure.put(TABLE).respond(200)
    azure.get(TABLE).mock(error(404, "ResourceNotFound"))

    with pytest.raises(Transient, match="does not show it yet"):
        await arm.put(TABLE, {})


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(204),
        error(404, "ResourceNotFound"),
        error(404, "ResourceGroupNotFound"),
        error(404, "SubscriptionNotFound"),
    ],
    ids=lambda answer: answer.text or "204",
)
async def test_deleting_what_is_not_there_is_no_fault(
    answer: httpx.Response, *, arm: ArmClient, azure: respx.MockRouter
) -> None:
    azure.delete(RULE).mock(answer)

    await arm.delete(RULE)


async def test_a_write_below_a_missing_parent_waits_for_it(
    arm: ArmClient, azure: respx.MockRouter
) -> None:
    azure.put(f"{ROLES}/1").mock(error(404, "ParentResourceNotFound", "Parent not found."))

    with pytest.raises(Waiting) as caught:
        await arm.put(f"{ROLES}/1", {})

    assert caught.value.reason == Reason.WAITING_FOR_PARENT
    assert str(caught.value).startswith("roleAssignments/1 on dataCollectionRules/Contoso: ")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("BadRequest", "Connector kind 'Push' is not supported in api-version: '2025-06-01'"),
        ("NoRegisteredProviderFound", ""),
        ("InvalidApiVersionParameter", ""),
        ("InvalidResourceType", ""),
    ],
)
async def test_a_refused_version_is_followed_by_the_next_and_remembered(
    code: str, message: str, *, arm: ArmClient, azure: respx.MockRouter
) -> None:
    path = f"{CONNECTORS}/Contoso"
    refused = azure.put(path, params={"api-version": "2025-06-01"})
    refused.mock(error(400, code, message))
    azure.put(path, params={"api-version": "2024-09-01"}).respond(json={"name": "Contoso"})

    for _ in range(2):
        assert await arm.put(path, {}) == {"name": "Contoso"}
    assert refused.call_count == 1


async def test_when_no_version_is_served_the_first_refusal_is_told(
    arm: ArmClient, azure: respx.MockRouter
) -> None:
    path = f"{CONNECTORS}/Contoso"
    azure.put(path, params={"api-version": "2025-06-01"}).mock(
        error(400, "InvalidResourceType", "first")
    )
    azure.put(path).mock(error(400, "InvalidResourceType", "later"))

    with pytest.raises(Stalled, match="first"):
        await arm.put(path, {})


async def test_a_type_without_a_version_is_our_mistake(arm: ArmClient) -> None:
    with pytest.raises(LookupError, match=r"microsoft\.storage/accounts"):
        await arm.get("/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/accounts/a")


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'"text"'])
async def test_an_answer_that_is_no_object_is_read_again(
    content: bytes, *, arm: ArmClient, azure: respx.MockRouter
) -> None:
    azure.get(WORKSPACE).respond(200, content=content)

    with pytest.raises(Transient, match="not a JSON object"):
        await arm.get(WORKSPACE)
