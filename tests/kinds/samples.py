"""The connectors that golden files are made from, and the values that Azure gives them."""

from pathlib import Path
from typing import Any

import yaml

from controller.model.derived import Derived, derive
from controller.model.resource import Refs
from controller.model.spec import parse

MANIFESTS = Path(__file__).parents[2] / "manifests"

WORKSPACE = {
    "subscriptionId": "74c5f87b-c853-4d0f-8ec5-c8cc00ca8761",
    "resourceGroup": "sentinel-rg",
    "name": "LogAnalytics1",
}
APPLICATION = {
    "existing": {
        "appId": "fd63552b-4f92-42d8-8333-69006c44b4d9",
        "servicePrincipalId": "c87ef7c8-81f7-49ac-a2c1-128e67e0122b",
    }
}
_PATH = (
    f"/subscriptions/{WORKSPACE['subscriptionId']}/resourceGroups/{WORKSPACE['resourceGroup']}"
    "/providers"
)
VALUES = {
    "workspace.name": "LogAnalytics1",
    "workspace.id": f"{_PATH}/Microsoft.OperationalInsights/workspaces/LogAnalytics1",
    "workspace.customerId": "b1d8ea12-0000-4000-8000-000000000001",
    "workspace.resourceGroup": "sentinel-rg",
    "workspace.subscriptionId": WORKSPACE["subscriptionId"],
    "workspace.location": "francecentral",
    "tenantId": "9f5a2cb2-0000-4000-8000-000000000002",
    "endpoint.id": f"{_PATH}/Microsoft.Insights/dataCollectionEndpoints/contososecurityalertsdce",
    "endpoint.name": "contososecurityalertsdce",
    "endpoint.logsIngestion": (
        "https://contososecurityalertsdce-tw4s.francecentral-1.ingest.monitor.azure.com"
    ),
    "rule.id": f"{_PATH}/Microsoft.Insights/dataCollectionRules/ContosoSecurityAlertsPushDCR",
    "rule.name": "ContosoSecurityAlertsPushDCR",
    "rule.immutableId": "dcr-f113d68d2a3244ddbb3d785041fd93b8",
    "rule.logsIngestion": "https://direct-abcd.francecentral-1.ingest.monitor.azure.com",
    "application.appId": APPLICATION["existing"]["appId"],
    "application.servicePrincipalId": APPLICATION["existing"]["servicePrincipalId"],
}
REFS = Refs(VALUES)
"""everything known: what a plan sees once all is written"""


MINIMAL: dict[str, Any] = {
    "workspace": WORKSPACE,
    "tables": [
        {
            "name": "AcmeLogins_CL",
            "columns": [
                {"name": "User", "type": "string"},
                {"name": "Session", "type": "guid"},
                {"name": "Succeeded", "type": "bool"},
            ],
        }
    ],
    "application": APPLICATION,
}


def derived(spec: dict[str, Any], name: str = "acme") -> Derived:
    return derive(parse(spec), namespace="default", name=name, installation="demo")


def shipped(manifest: str) -> Derived:
    """The connector of one of the manifests."""
    document = yaml.safe_load((MANIFESTS / f"{manifest}.yaml").read_text())
    return derived(document["spec"], document["metadata"]["name"])


def contoso() -> Derived:
    """The walk-through's connector."""
    return shipped("contoso-security-alerts")


def minimal(**changed: Any) -> Derived:
    """The minimal connector with other top-level fields."""
    return derived({**MINIMAL, **changed})
