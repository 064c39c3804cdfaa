"""The connectors that golden files are made from, and the values that Azure gives them."""

from typing import Any

from controller.model.derived import Derived, derive
from controller.model.resource import Refs
from controller.model.spec import parse

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


def _label(label: str, value: str) -> dict[str, Any]:
    return {"type": "CopyableLabel", "parameters": {"label": label, "value": value}}


_COLUMNS = ("EventSeverity", "EventType", "UserName", "SourceIP", "DeviceId", "AlertMessage")
_STRINGS = [{"name": name, "type": "string"} for name in _COLUMNS]
CONTOSO: dict[str, Any] = {
    "workspace": {**WORKSPACE, "location": "francecentral"},
    "tables": [
        {
            "name": "ContosoSecurityAlerts_CL",
            "columns": [{"name": "TimeGenerated", "type": "datetime"}, *_STRINGS],
        }
    ],
    "endpoint": {"create": {"name": "contososecurityalertsdce"}},
    "rule": {
        "name": "ContosoSecurityAlertsPushDCR",
        "streams": [{"name": "Custom-ContosoSecurityAlerts", "columns": _STRINGS}],
        "flows": [
            {
                "stream": "Custom-ContosoSecurityAlerts",
                "table": "ContosoSecurityAlerts_CL",
                "transformKql": "source | extend TimeGenerated = now()",
            }
        ],
    },
    "definition": {
        "name": "ContosoSecurityAlertsPush",
        "ui": {
            "title": "Contoso Security Alerts (Push)",
            "publisher": "Contoso Corporation",
            "descriptionMarkdown": (
                "Push CCF connector for Contoso security alerts to Microsoft Sentinel."
            ),
            "dataTypes": [
                {
                    "name": "ContosoSecurityAlerts_CL",
                    "lastDataReceivedQuery": (
                        "ContosoSecurityAlerts_CL | summarize Time=max(TimeGenerated) "
                        "| where isnotempty(Time)"
                    ),
                }
            ],
            "connectivityCriterias": [
                {
                    "type": "IsConnectedQuery",
                    "value": [
                        "ContosoSecurityAlerts_CL | summarize LastLogReceived=max(TimeGenerated) "
                        "| project IsConnected=LastLogReceived > ago(7d)"
                    ],
                }
            ],
            "instructionSteps": [
                {
                    "title": "1. Deploy runtime resources",
                    "description": "Deploy table, DCE, and DCR for push ingestion.",
                    "instructions": [
                        {
                            "type": "DeployPushConnectorButton",
                            "parameters": {
                                "label": "Deploy Contoso Push resources",
                                "applicationDisplayName": "Contoso Security Alerts Push Connector",
                            },
                        }
                    ],
                },
                {
                    "title": "2. Configure source app",
                    "description": "Use the generated values below for push calls.",
                    "instructions": [
                        _label("Data Collection Endpoint Uri", "$(endpoint.logsIngestion)"),
                        _label("Data Collection Rule Immutable ID", "$(rule.immutableId)"),
                        _label("Stream Name", "Custom-ContosoSecurityAlerts"),
                    ],
                },
            ],
        },
        "metadata": {
            "version": "1.0.0",
            "source": {
                "kind": "Solution",
                "name": "ContosoSecurityAlerts",
                "sourceId": "contoso.contoso-security-alerts",
            },
            "author": {"name": "Contoso Corporation"},
            "support": {
                "name": "Contoso Corporation",
                "tier": "Partner",
                "link": "https://www.contoso.com/support",
            },
        },
    },
    "dataConnectors": [
        {
            "name": "ContosoSecurityAlertsPushConnector",
            "stream": "Custom-ContosoSecurityAlerts",
            "isActive": True,
        }
    ],
    "application": APPLICATION,
}

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

_TEXT = [{"name": "TimeGenerated", "type": "datetime"}, {"name": "Message", "type": "string"}]
_LARGE_TABLES = [f"Fabrikam{index}_CL" for index in range(1, 10)]
LARGE: dict[str, Any] = {
    "workspace": WORKSPACE,
    "tables": [{"name": name, "columns": _TEXT} for name in _LARGE_TABLES],
    "rule": {
        "streams": [{"name": "Custom-Fabrikam", "columns": _TEXT}],
        "flows": [
            {
                "stream": "Custom-Fabrikam",
                "table": name,
                "transformKql": f"source | where Message has '{name}'",
            }
            for name in _LARGE_TABLES
        ]
        + [
            {
                "stream": "Custom-Fabrikam",
                "outputStream": "Microsoft-CommonSecurityLog",
                "transformKql": "source | project TimeGenerated, Activity = Message",
            }
        ],
    },
    "application": APPLICATION,
}


def derived(spec: dict[str, Any], name: str = "acme") -> Derived:
    return derive(parse(spec), namespace="default", name=name, installation="demo")


def contoso() -> Derived:
    return derived(CONTOSO, "contoso-security-alerts")


def minimal(**changed: Any) -> Derived:
    """The minimal connector with other top-level fields."""
    return derived({**MINIMAL, **changed})
