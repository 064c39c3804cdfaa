"""A connector as the portal's Deploy button leaves it, in the fake Azure: nothing of ours on it.

The rule is in another group and of another name than ours would be, its destination and endpoint
too, its kind is blank, and the data connector is named by a GUID (FIELD 43, PUSH).
"""

from copy import deepcopy
from typing import Any

from controller.model.derived import Derived
from tests.reconcile.fakes import Azure
from tests.reconcile.samples import (
    CONNECTORS,
    DATA_CONNECTOR,
    ENDPOINT,
    RULE,
    SUBSCRIPTION,
    derived,
)
from tests.reconcile.walking import ROLE, applied

OTHER_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/net/providers/Microsoft.Insights"
PORTAL_RULE = f"{OTHER_GROUP}/dataCollectionRules/AcmePushDCR"
PORTAL_ENDPOINT = f"{OTHER_GROUP}/dataCollectionEndpoints/shared-dce"
PORTAL_PUSH = f"{CONNECTORS}/0f9a1d3c-6f57-4b6e-9c7a-3d0d2a5c9b11"
IMMUTABLE = "dcr-acmepushdcr"
ADDRESS = "https://shared-dce-a1b2.francecentral-1.ingest.monitor.azure.com"


async def deployed(wanted: Derived | None = None) -> Azure:
    """The same connector as ours, but for the names; no call of it is counted."""
    azure = Azure()
    assert (await applied(azure, wanted or derived())).done
    bodies = azure.arm.bodies
    azure.arm.store(PORTAL_ENDPOINT, _without_tags(bodies.pop(ENDPOINT.casefold())))
    azure.arm.store(PORTAL_RULE, _rule(bodies.pop(RULE.casefold())))
    push = deepcopy(bodies.pop(DATA_CONNECTOR.casefold()))
    push["properties"]["dcrConfig"] |= {
        "dataCollectionRuleImmutableId": IMMUTABLE,
        "dataCollectionEndpoint": ADDRESS,
    }
    azure.arm.store(PORTAL_PUSH, push)
    role = bodies.pop(ROLE.casefold())
    azure.arm.store(f"{PORTAL_RULE}/providers/Microsoft.Authorization/roleAssignments/1", role)
    card = next(body for key, body in bodies.items() if "dataconnectordefinitions" in key)
    _replace(card, "dcr-acme", IMMUTABLE)
    _replace(card, "https://ws-a1b2.francecentral-1.ingest.monitor.azure.com", ADDRESS)
    azure.arm.forget_calls()
    return azure


def _without_tags(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "tags"}


def _rule(ours: dict[str, Any]) -> dict[str, Any]:
    """With the workspace's GUID as destination, in nobody's hand."""
    rule = deepcopy(_without_tags(ours))
    properties = rule["properties"]
    properties["dataCollectionEndpointId"] = PORTAL_ENDPOINT
    properties["destinations"]["logAnalytics"][0]["name"] = "b1d8ea12"
    for flow in properties["dataFlows"]:
        flow["destinations"] = ["b1d8ea12"]
    return {**rule, "kind": "", "tags": {"costCenter": "4711"}}


def _replace(value: Any, old: str, new: str) -> None:
    """Every text `old` below by `new`."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if item == old:
            value[key] = new
        elif isinstance(item, dict | list):
            _replace(item, old, new)
