"""A connector that the portal has deployed into the emulated Azure, and an object that names it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from controller.model.bodies import at, without
from controller.model.connector import Connector
from controller.model.resource import Body
from tests.e2e.harness import CONTOSO, WRITES, manifest
from tests.e2e.life import Life, living

GOLDEN = Path(__file__).parents[1] / "kinds" / "golden" / "contoso"
GROUP = "/subscriptions/74c5f87b-c853-4d0f-8ec5-c8cc00ca8761/resourceGroups/sentinel-rg/providers"
WORKSPACE = f"{GROUP}/Microsoft.OperationalInsights/workspaces/LogAnalytics1"
SENTINEL = f"{WORKSPACE}/providers/Microsoft.SecurityInsights"
IDS = {
    "table": f"{WORKSPACE}/tables/ContosoSecurityAlerts_CL",
    "endpoint": f"{GROUP}/Microsoft.Insights/dataCollectionEndpoints/LogAnalytics1",
    "rule": f"{GROUP}/Microsoft.Insights/dataCollectionRules/PortalMadeDCR",
    "role_assignment": f"{GROUP}/Microsoft.Authorization/roleAssignments"
    "/5a0e5f52-7f3c-4f0e-9d0f-0a3b5d9a4c11",
    "definition": f"{SENTINEL}/dataConnectorDefinitions/ContosoSecurityAlertsPush",
    "metadata": f"{SENTINEL}/metadata/DataConnector-ContosoSecurityAlertsPush",
    "data_connector": f"{SENTINEL}/dataConnectors"
    "/ContosoSecurityAlertsPushConnector0b7d1f0a-7c0e-4f4b-8a3a-6a1c2b8f9d10",
}
"""where the portal and the packager put them (PUSH, 1 to 4; FIELD 43)"""
OWNER = "contoso-connector-owner"


def spec(**changed: Any) -> dict[str, Any]:
    """The walk-through's connector with the names left out that the portal chooses."""
    whole = manifest(CONTOSO)["spec"]
    rule = without(whole["rule"], {"name"})
    return {**without(whole, {"endpoint", "dataConnectors"}), "rule": rule, **changed}


def golden(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return without(body, {"tags"})


async def deploy(life: Life, destination: str) -> None:
    """What the Deploy button makes, written by the same identity and then forgotten."""
    arm = life.edge.arm
    await arm.put(IDS["table"], golden("table"))
    endpoint = await arm.put(IDS["endpoint"], golden("endpoint"))
    rule = golden("rule")
    rule["properties"]["dataCollectionEndpointId"] = IDS["endpoint"]
    rule["properties"]["destinations"]["logAnalytics"][0]["name"] = destination
    rule["properties"]["dataFlows"][0]["destinations"] = [destination]
    made = await arm.put(IDS["rule"], {**rule, "kind": ""})
    role = golden("role_assignment")
    await arm.put(
        IDS["role_assignment"], {"properties": without(role["properties"], {"description"})}
    )
    shown = {
        "$endpoint": at(endpoint, "properties", "logsIngestion", "endpoint"),
        "$rule": at(made, "properties", "immutableId"),
    }
    await arm.put(IDS["definition"], _card(shown))
    await arm.put(IDS["metadata"], golden("metadata"))
    await arm.put(IDS["data_connector"], _push(shown))


def _card(shown: Mapping[str, str]) -> Body:
    card = golden("definition")
    steps = card["properties"]["connectorUiConfig"]["instructionSteps"]
    labels = [item["parameters"] for item in steps[1]["instructions"]]
    labels[0]["value"], labels[1]["value"] = shown["$endpoint"], shown["$rule"]
    return card


def _push(shown: Mapping[str, str]) -> Body:
    """As the packager writes it: with request and response, without isActive."""
    properties = without(golden("data_connector")["properties"], {"isActive"})
    properties["dcrConfig"] |= {
        "dataCollectionEndpoint": shown["$endpoint"],
        "dataCollectionRuleImmutableId": shown["$rule"],
    }
    more = {"request": {"RetryCount": 1}, "response": {"eventsJsonPaths": ["$"]}}
    return {"kind": "Push", "properties": {**properties, **more}}


@pytest.fixture(params=["clv2ws1", "b1d8ea1200004000800000000000001"])
async def life(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Life]:
    async with living(spec(), tmp_path) as found:
        await deploy(found, request.param)
        yield found


def writes(life: Life, since: int) -> list[tuple[str, str]]:
    return [
        (call.method, call.path.casefold())
        for call in life.emulator.requests[since:]
        if call.method in WRITES
    ]


def lists(life: Life, since: int) -> list[str]:
    return [
        call.path
        for call in life.emulator.requests[since:]
        if call.path.casefold().endswith("/datacollectionrules")
    ]


async def test_it_is_taken_over_as_it_is_by_one_tag(life: Life) -> None:
    before = len(life.emulator.requests)
    there = await life.edge.arm.get(IDS["rule"])
    await life.turn()

    assert life.says("Ready") == ("True", "Provisioned")
    assert writes(life, before) == [("PUT", IDS["rule"].casefold())]
    rule = await life.edge.arm.get(IDS["rule"])
    assert rule is not None
    assert there is not None
    assert at(rule, "tags", OWNER) == "demo/soc/contoso-security-alerts"
    assert rule["properties"] == there["properties"]
    assert rule.get("kind") == there.get("kind")


async def test_once_taken_over_it_costs_no_list_of_rules_and_no_write(life: Life) -> None:
    await life.turn()
    before = len(life.emulator.requests)
    life.clock.forward(3600)
    await life.until_walked()

    assert (writes(life, before), lists(life, before)) == ([], [])
    assert life.says("Synced") == ("True", "InSync")


async def test_with_never_it_is_left_alone(life: Life) -> None:
    before = len(life.emulator.requests)
    life.connector = with_spec(life.connector, policy={"adoption": "Never"})
    await life.turn()

    assert life.says("Stalled") == ("True", "NotOurs")
    assert writes(life, before) == []


async def test_a_name_that_differs_from_what_is_there_names_both(life: Life) -> None:
    before = len(life.emulator.requests)
    life.connector = with_spec(life.connector, dataConnectors=[{"name": "Mine"}])
    await life.turn()

    assert life.says("Stalled") == ("True", "OtherName")
    message = life.condition("Stalled")["message"]
    assert "Mine" in message
    assert IDS["data_connector"].rpartition("/")[2] in message
    assert writes(life, before) == []


def with_spec(connector: Connector, **changed: Any) -> Connector:
    return replace(connector, spec=spec(**changed))
