"""Sentinel: etags, defaults, recased and dropped keys, kinds and their API versions."""

from dataclasses import replace

import pytest

from controller.emulator.azure import Options
from tests.emulator.azure.scene import Scene, connector_body, definition_body, error_of, opened

DEFINITION = "ContosoSecurityAlertsPush"


async def test_a_definition_comes_back_with_defaults_filled_in(scene: Scene) -> None:
    path = scene.sentinel("dataConnectorDefinitions", DEFINITION)
    made = await scene.arm("PUT", path, definition_body(location="francecentral"))
    body = made.json()
    ui = body["properties"]["connectorUiConfig"]
    assert made.status_code == 201
    assert ui["availability"] == {"status": 1, "isPreview": False}
    assert ui["permissions"]["resourceProvider"][0]["requiredPermissions"] == {
        "write": True,
        "read": False,
        "delete": False,
        "action": False,
    }
    assert body["properties"]["createdTimeUtc"] == "2026-11-23T10:00:00.0000000Z"
    assert "location" not in body
    assert (await scene.arm("GET", path)).json() == body


async def test_an_update_of_a_definition_needs_the_last_etag(scene: Scene) -> None:
    path = scene.sentinel("dataConnectorDefinitions", DEFINITION)
    etag = (await scene.arm("PUT", path, definition_body())).json()["etag"]
    without = await scene.arm("PUT", path, definition_body())
    updated = await scene.arm("PUT", path, definition_body(etag=etag))
    stale = await scene.arm("PUT", path, definition_body(etag=etag))
    assert [answer.status_code for answer in (without, updated, stale)] == [409, 200, 409]
    assert "Etag does not match" in error_of(stale)["message"]


async def test_a_definition_without_a_required_key_is_refused_by_name(scene: Scene) -> None:
    body = definition_body()
    del body["properties"]["connectorUiConfig"]["graphQueries"]
    refused = await scene.arm("PUT", scene.sentinel("dataConnectorDefinitions", "d"), body)
    assert refused.status_code == 400
    assert "'graphQueries'" in error_of(refused)["message"]


async def test_metadata_defaults_its_source_and_drops_criterion_names(scene: Scene) -> None:
    path = scene.sentinel("metadata", f"DataConnector-{DEFINITION}")
    criterion = {"kind": "DataConnector", "contentId": "x", "version": "1"}
    properties = {
        "parentId": scene.sentinel("dataConnectorDefinitions", DEFINITION),
        "kind": "DataConnector",
        "dependencies": {"criteria": [criterion | {"name": "dropped"}]},
        "categories": {"domains": ["Security"]},
    }
    made = await scene.arm("PUT", path, {"properties": properties})
    body = made.json()
    assert made.status_code == 201
    assert body["properties"]["source"] == {
        "kind": "LocalWorkspace",
        "name": "LogAnalytics1",
        "sourceId": scene.walk.customer_id,
    }
    assert body["properties"]["dependencies"] == {"criteria": [criterion]}
    assert body["properties"]["categories"] == {"domains": ["Security"], "verticals": None}
    assert "etag" not in body
    assert (await scene.arm("PUT", path, {"properties": properties})).status_code == 200


async def test_metadata_with_an_unknown_support_tier_is_refused(scene: Scene) -> None:
    properties = {"parentId": "/x", "kind": "DataConnector", "support": {"tier": "Gold"}}
    refused = await scene.arm("PUT", scene.sentinel("metadata", "m"), {"properties": properties})
    assert (refused.status_code, error_of(refused)["code"]) == (400, "BadRequest")


async def test_metadata_can_be_patched(scene: Scene) -> None:
    path = scene.sentinel("metadata", "m")
    await scene.arm(
        "PUT", path, {"properties": {"parentId": "/x", "kind": "DataConnector", "version": "1"}}
    )
    patched = await scene.arm("PATCH", path, {"properties": {"version": "2"}})
    properties = patched.json()["properties"]
    assert (properties["version"], properties["kind"]) == ("2", "DataConnector")


async def test_a_data_connector_comes_back_in_camel_case_with_nulls(scene: Scene) -> None:
    path = scene.sentinel("dataConnectors", "Push1")
    made = await scene.arm("PUT", path, connector_body(isActive=True))
    properties = made.json()["properties"]
    assert made.status_code == 201
    assert properties["auth"] == {"type": "Push", "appId": "a", "servicePrincipalId": "b"}
    assert properties["request"] == {"retryCount": 1}
    assert properties["paging"] is None
    assert properties["isActive"] is True
    assert (await scene.arm("GET", path)).json() == made.json()


async def test_is_active_is_left_out_on_request() -> None:
    async with opened(Options(report_is_active=False)) as scene:
        path = scene.sentinel("dataConnectors", "Push1")
        made = (await scene.arm("PUT", path, connector_body(isActive=True))).json()
        listed = (await scene.arm("GET", scene.sentinel("dataConnectors"))).json()
    assert "isActive" not in made["properties"]
    assert "isActive" not in listed["value"][0]["properties"]


async def test_push_is_refused_by_an_api_version_that_does_not_know_it(scene: Scene) -> None:
    azure = scene.emulator.azure
    azure.options = replace(azure.options, push_versions=frozenset({"2024-09-01"}))
    path = scene.sentinel("dataConnectors", "Push1")
    refused = await scene.arm("PUT", path, connector_body(), version="2025-06-01")
    assert error_of(refused) == {
        "code": "BadRequest",
        "message": "Connector kind 'Push' is not supported in api-version: '2025-06-01'",
    }
    taken = await scene.arm("PUT", path, connector_body(), version="2024-09-01")
    assert taken.status_code == 201


async def test_a_stale_etag_on_a_data_connector_is_refused_and_none_is_not(scene: Scene) -> None:
    path = scene.sentinel("dataConnectors", "Push1")
    await scene.arm("PUT", path, connector_body())
    stale = await scene.arm("PUT", path, connector_body() | {"etag": '"other"'})
    without = await scene.arm("PUT", path, connector_body())
    assert (stale.status_code, without.status_code) == (409, 200)


@pytest.mark.parametrize("kind", ["dataConnectorDefinitions", "metadata", "dataConnectors"])
async def test_an_unknown_resource_is_not_found_and_its_deletion_a_204(
    scene: Scene, kind: str
) -> None:
    path = scene.sentinel(kind, "nothing")
    assert (await scene.arm("GET", path)).status_code == 404
    assert (await scene.arm("DELETE", path)).status_code == 204


async def test_a_workspace_that_is_not_onboarded_says_so_until_it_is(scene: Scene) -> None:
    onboarding = scene.sentinel("onboardingStates", "default")
    assert (await scene.arm("DELETE", onboarding)).status_code == 200
    refused = await scene.arm("GET", scene.sentinel("dataConnectors"))
    assert refused.status_code == 400
    assert "'LogAnalytics1' is not onboarded to Microsoft Sentinel" in error_of(refused)["message"]
    assert (await scene.arm("GET", onboarding)).status_code == 404
    made = await scene.arm("PUT", onboarding, {"properties": {"customerManagedKey": False}})
    assert (made.status_code, made.json()["properties"]) == (201, {})
    assert (await scene.arm("GET", scene.sentinel("dataConnectors"))).json() == {"value": []}
