"""Rules and endpoints: full replace, what Azure adds, and every refusal."""

from typing import Any

import httpx
import pytest

from controller.emulator.azure import Options
from tests.emulator.azure.scene import (
    STREAM,
    TABLE,
    Json,
    Scene,
    columns,
    error_of,
    opened,
    rule_body,
    table_body,
)


async def test_a_rule_comes_back_with_what_azure_adds(scene: Scene) -> None:
    made = await scene.converged()
    readback = (await scene.arm("GET", scene.rule())).json()
    assert readback == made
    properties = readback["properties"]
    prefix, _, digits = properties["immutableId"].partition("-")
    assert (prefix, len(digits)) == ("dcr", 32)
    assert properties["provisioningState"] == "Succeeded"
    assert properties["destinations"]["logAnalytics"][0]["workspaceId"] == scene.walk.customer_id
    assert readback["etag"].startswith('"')
    assert readback["systemData"]["createdByType"] == "Application"
    assert "kind" not in readback
    assert "endpoints" not in properties


async def test_put_replaces_everything_but_the_immutable_id(scene: Scene) -> None:
    await scene.converged()
    tagged = rule_body(scene, description="first") | {"tags": {"a": "b"}}
    before = (await scene.arm("PUT", scene.rule(), tagged)).json()
    again = await scene.arm("PUT", scene.rule(), rule_body(scene))
    after = again.json()
    assert again.status_code == 200
    assert "tags" not in after
    assert "description" not in after["properties"]
    assert after["properties"]["immutableId"] == before["properties"]["immutableId"]
    assert after["etag"] != before["etag"]


async def test_a_rule_made_again_gets_another_immutable_id(scene: Scene) -> None:
    first = await scene.converged()
    assert (await scene.arm("DELETE", scene.rule())).status_code == 200
    assert (await scene.arm("DELETE", scene.rule())).status_code == 204
    second = (await scene.arm("PUT", scene.rule(), rule_body(scene))).json()
    assert second["properties"]["immutableId"] != first["properties"]["immutableId"]


async def test_names_are_found_in_any_case_and_kept_as_first_written(scene: Scene) -> None:
    await scene.converged()
    found = (await scene.arm("GET", scene.rule("pushdcr").lower())).json()
    assert found["name"] == "PushDCR"
    assert found["id"] == scene.rule()


async def test_the_walk_throughs_names_get_its_suffix_and_id(scene: Scene) -> None:
    await scene.converged()
    named = await scene.arm(
        "PUT", scene.endpoint("contososecurityalertsdce"), {"location": "France Central"}
    )
    url = named.json()["properties"]["logsIngestion"]["endpoint"]
    assert url.endswith("/contososecurityalertsdce-tw4s.francecentral-1.ingest.monitor.azure.com")
    rule = await scene.arm("PUT", scene.rule("ContosoSecurityAlertsPushDCR"), rule_body(scene))
    assert rule.json()["properties"]["immutableId"] == "dcr-f113d68d2a3244ddbb3d785041fd93b8"


async def test_kind_direct_gives_the_rule_its_own_endpoint(scene: Scene) -> None:
    await scene.converged()
    body = rule_body(scene) | {"kind": "Direct"}
    del body["properties"]["dataCollectionEndpointId"]
    made = (await scene.arm("PUT", scene.rule("Direct1"), body)).json()
    assert made["properties"]["endpoints"]["logsIngestion"].startswith(scene.emulator.https_url)
    old = await scene.arm("GET", scene.rule("Direct1"), version="2021-09-01-preview")
    assert "endpoints" not in old.json()["properties"]


async def test_the_kind_is_immutable(scene: Scene) -> None:
    await scene.converged()
    refused = await scene.arm("PUT", scene.rule(), rule_body(scene) | {"kind": "Direct"})
    assert refused.status_code == 400
    assert error_of(refused)["message"] == (
        "The new DCR kind `Direct` is different from the previous one ``. The kind is immutable."
    )
    assert (await scene.arm("PUT", scene.rule(), rule_body(scene) | {"kind": ""})).is_success


async def test_the_location_is_immutable(scene: Scene) -> None:
    await scene.converged()
    for path, body in (
        (scene.rule(), rule_body(scene) | {"location": "westeurope"}),
        (scene.endpoint(), {"location": "westeurope"}),
    ):
        refused = await scene.arm("PUT", path, body)
        assert (refused.status_code, error_of(refused)["code"]) == (409, "InvalidResourceLocation")


async def test_patch_changes_tags_only(scene: Scene) -> None:
    before = await scene.converged()
    body = {"tags": {"owner": "soc"}, "properties": {"description": "no"}}
    after = (await scene.arm("PATCH", scene.rule(), body)).json()
    assert after["tags"] == {"owner": "soc"}
    assert after["properties"] == before["properties"]


async def test_a_rule_before_its_table_is_refused_with_both_details(scene: Scene) -> None:
    await scene.arm("PUT", scene.endpoint(), {"location": scene.walk.location})
    refused = await scene.arm("PUT", scene.rule(), rule_body(scene))
    error = error_of(refused)
    assert (refused.status_code, error["code"]) == (400, "InvalidPayload")
    assert error["message"] == "Data collection rule is invalid"
    assert error["details"][0] == {
        "code": "InvalidOutputTable",
        "target": "properties.dataFlows[0]",
        "message": f"Table for output stream 'Custom-{TABLE}' is not available for destination "
        "'clv2ws1'.",
    }
    assert len(error["details"]) == 2


async def test_a_young_table_is_not_available_until_it_has_aged() -> None:
    async with opened(Options(table_seconds=2, young_table_seconds=30)) as scene:
        await scene.arm("PUT", scene.endpoint(), {"location": scene.walk.location})
        await scene.arm("PUT", scene.table(), table_body())
        scene.clock.forward(31)
        young = await scene.arm("PUT", scene.rule(), rule_body(scene))
        scene.clock.forward(1)
        aged = await scene.arm("PUT", scene.rule(), rule_body(scene))
    assert error_of(young)["details"][0]["code"] == "InvalidOutputTable"
    assert aged.status_code == 201


async def test_a_sentinel_table_needs_an_onboarded_workspace(scene: Scene) -> None:
    await scene.converged()
    flow = rule_body(scene)["properties"]["dataFlows"][0]
    flow |= {"outputStream": "Microsoft-CommonSecurityLog"}
    body = rule_body(scene, dataFlows=[flow])
    assert (await scene.arm("PUT", scene.rule(), body)).status_code == 200
    scene.emulator.azure.delete(scene.sentinel("onboardingStates", "default"))
    assert _codes(await scene.arm("PUT", scene.rule(), body)) == {"InvalidOutputTable"}


BROKEN: dict[str, tuple[str, Any]] = {
    "InvalidStream": ("streamDeclarations", {"Contoso": {"columns": columns(a="string")}}),
    "InvalidDestination": (
        "dataFlows",
        [{"streams": [STREAM], "destinations": ["elsewhere"], "outputStream": f"Custom-{TABLE}"}],
    ),
    "DataCollectionEndpointNotFound": ("dataCollectionEndpointId", "/subscriptions/x/y"),
    "InvalidPayload": ("dataFlows", [{"streams": [], "destinations": []}] * 11),
    "InvalidTransformQuery": (
        "dataFlows",
        [
            {
                "streams": [STREAM],
                "destinations": ["clv2ws1"],
                "transformKql": "source | summarize count()",
                "outputStream": f"Custom-{TABLE}",
            }
        ],
    ),
    "InvalidTransformOutput": (
        "dataFlows",
        [
            {
                "streams": [STREAM],
                "destinations": ["clv2ws1"],
                "transformKql": "source | extend TimeGenerated = 'today'",
                "outputStream": f"Custom-{TABLE}",
            }
        ],
    ),
}


@pytest.mark.parametrize("code", BROKEN)
async def test_a_broken_rule_is_refused_with_its_code(scene: Scene, code: str) -> None:
    await scene.converged()
    key, value = BROKEN[code]
    refused = await scene.arm("PUT", scene.rule(), rule_body(scene, **{key: value}))
    assert refused.status_code == 400
    assert code in _codes(refused)


async def test_an_undeclared_custom_stream_is_refused(scene: Scene) -> None:
    await scene.converged()
    refused = await scene.arm("PUT", scene.rule(), rule_body(scene, streamDeclarations={}))
    assert _codes(refused) == {"InvalidStream"}


async def test_a_guid_column_is_refused_in_a_stream(scene: Scene) -> None:
    await scene.converged()
    declared = {STREAM: {"columns": columns(Id="guid")}}
    refused = await scene.arm("PUT", scene.rule(), rule_body(scene, streamDeclarations=declared))
    assert _codes(refused) == {"InvalidStream"}


async def test_a_rule_elsewhere_than_its_workspace_is_refused(scene: Scene) -> None:
    await scene.converged()
    body = rule_body(scene) | {"location": "westeurope"}
    assert _codes(await scene.arm("PUT", scene.rule("Other"), body)) == {"InvalidLocation"}


async def test_a_rule_to_a_missing_workspace_is_refused_as_a_bad_request(scene: Scene) -> None:
    await scene.converged()
    nowhere = {"logAnalytics": [{"workspaceResourceId": "/nowhere", "name": "clv2ws1"}]}
    refused = await scene.arm("PUT", scene.rule(), rule_body(scene, destinations=nowhere))
    assert (refused.status_code, error_of(refused)["code"]) == (400, "WorkspaceNotFound")


async def test_a_refused_rule_leaves_the_old_one(scene: Scene) -> None:
    before = await scene.converged()
    await scene.arm("PUT", scene.rule(), rule_body(scene, streamDeclarations={}))
    assert (await scene.arm("GET", scene.rule())).json() == before


async def test_an_endpoint_comes_back_with_three_addresses_and_open(scene: Scene) -> None:
    made = await scene.arm("PUT", scene.endpoint(), {"location": "francecentral", "properties": {}})
    properties = made.json()["properties"]
    assert made.status_code == 201
    assert properties["networkAcls"] == {"publicNetworkAccess": "Enabled"}
    assert properties["immutableId"].startswith("dce-")
    host = properties["logsIngestion"]["endpoint"].rpartition("/")[2]
    assert host.startswith("contosodce-")
    assert properties["configurationAccess"]["endpoint"].startswith("https://contosodce-")
    assert properties["metricsIngestion"]["endpoint"].startswith("https://contosodce-")


async def test_an_endpoint_keeps_its_addresses_when_it_is_written_again(scene: Scene) -> None:
    body: Json = {"location": "francecentral"}
    first = (await scene.arm("PUT", scene.endpoint(), body)).json()
    again = await scene.arm("PUT", scene.endpoint(), body | {"properties": {"description": "d"}})
    assert again.status_code == 200
    assert again.json()["properties"]["logsIngestion"] == first["properties"]["logsIngestion"]
    assert again.json()["properties"]["description"] == "d"


async def test_lists_come_in_pages_by_group_and_by_subscription() -> None:
    async with opened(Options(page_size=2)) as scene:
        for name in ("a", "b", "c"):
            await scene.arm("PUT", scene.endpoint(name), {"location": scene.walk.location})
        for path in (scene.group, f"/subscriptions/{scene.walk.subscription}"):
            listing = f"{path}/providers/Microsoft.Insights/dataCollectionEndpoints"
            first = (await scene.arm("GET", listing)).json()
            second = await _follow(scene, first["nextLink"])
            names = [entry["name"] for entry in first["value"] + second["value"]]
            assert names == ["a", "b", "c"]
            assert "nextLink" not in second


async def _follow(scene: Scene, link: str) -> Json:
    path, _, query = link.removeprefix(scene.emulator.http_url).partition("?")
    pairs = dict(pair.split("=", 1) for pair in query.split("&"))
    version = pairs.pop("api-version")
    body: Json = (await scene.arm("GET", path, version=version, **pairs)).json()
    return body


def _codes(answer: httpx.Response) -> set[str]:
    return {detail["code"] for detail in error_of(answer).get("details", [])}
