"""A body of each kind that every habit of Azure has something to do with."""

from typing import Any

from controller.model.resource import KindName

SUBSCRIPTION = "/subscriptions/74c5f87b-c853-4d0f-8ec5-c8cc00ca8761"
GROUP = f"{SUBSCRIPTION}/resourceGroups/sentinel-rg"
WORKSPACE = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/LogAnalytics1"
ENDPOINT = f"{GROUP}/providers/Microsoft.Insights/dataCollectionEndpoints/dce"
ROLE = "providers/Microsoft.Authorization/roleDefinitions/3913510d-42f4-4e42-8a64-420c390055eb"
APP = "fd63552b-4f92-42d8-8333-69006c44b4d9"

SENT: dict[KindName, Any] = {
    KindName.TABLE: {
        "properties": {
            "plan": "Analytics",
            "retentionInDays": -1,
            "totalRetentionInDays": -1,
            "schema": {
                "name": "Acme_CL",
                "description": "logins",
                "columns": [
                    {"name": "TimeGenerated", "type": "datetime"},
                    {"name": "User", "type": "string", "description": "who"},
                    {"name": "Succeeded", "type": "bool"},
                ],
            },
        }
    },
    KindName.ENDPOINT: {
        "location": "westeurope",
        "kind": "Linux",
        "tags": {"team": "soc", "cost": "7"},
        "identity": {"type": "None"},
        "properties": {
            "description": "for all",
            "logsIngestion": {},
            "networkAcls": {"publicNetworkAccess": "Enabled"},
        },
    },
    KindName.RULE: {
        "location": "westeurope",
        "kind": "",
        "tags": {"team": "soc", "cost": "7"},
        "identity": {"type": "None"},
        "properties": {
            "dataCollectionEndpointId": ENDPOINT,
            "streamDeclarations": {
                "Custom-Acme": {
                    "columns": [
                        {"name": "When", "type": "datetime"},
                        {"name": "User", "type": "string"},
                    ]
                }
            },
            "destinations": {
                "logAnalytics": [{"name": "clv2ws1", "workspaceResourceId": WORKSPACE}]
            },
            "dataFlows": [
                {
                    "streams": ["Custom-Acme"],
                    "destinations": ["clv2ws1"],
                    "transformKql": "source | where User != 'a  b'\n| extend TimeGenerated = When",
                    "outputStream": "Custom-Acme_CL",
                },
                {
                    "streams": ["Custom-Acme"],
                    "destinations": ["clv2ws1"],
                    "outputStream": "Microsoft-Syslog",
                },
            ],
        },
    },
    KindName.DEFINITION: {
        "kind": "Customizable",
        "properties": {
            "connectorUiConfig": {
                "id": "Acme",
                "title": "Acme (Push)",
                "graphQueries": [
                    {"metricName": "Events", "legend": "Acme", "baseQuery": "Acme_CL\n| where A"}
                ],
                "dataTypes": [
                    {"name": "Acme_CL", "lastDataReceivedQuery": "Acme_CL | summarize max(T)"}
                ],
                "connectivityCriteria": [
                    {"type": "IsConnectedQuery", "value": ["Acme_CL | take 1", "B_CL | take 1"]}
                ],
                "availability": {"status": 1, "isPreview": False},
                "permissions": {
                    "resourceProvider": [
                        {
                            "scope": "Workspace",
                            "requiredPermissions": {"read": True, "write": True, "delete": False},
                        }
                    ]
                },
                "instructionSteps": [
                    {"title": "First", "description": "", "instructions": []},
                    {"title": "Second", "instructions": [{"type": "CopyableLabel"}]},
                ],
            }
        },
    },
    KindName.METADATA: {
        "properties": {
            "parentId": f"{WORKSPACE}/providers/Microsoft.SecurityInsights/x/Acme",
            "contentId": "Acme",
            "kind": "DataConnector",
            "version": "1.0.0",
            "firstPublishDate": "2026-05-18",
            "support": {"tier": "Partner", "name": "Acme", "email": ""},
            "dependencies": {
                "operator": "AND",
                "criteria": [
                    {"contentId": "a", "kind": "ResourcesDataConnector", "name": "A"},
                    {"operator": "OR", "criteria": [{"contentId": "b", "name": "B"}]},
                ],
            },
        }
    },
    KindName.DATA_CONNECTOR: {
        "kind": "Push",
        "properties": {
            "connectorDefinitionName": "Acme",
            "isActive": True,
            "auth": {"type": "Push", "AppId": APP, "ServicePrincipalId": APP},
            "dcrConfig": {
                "streamName": "Custom-Acme",
                "dataCollectionEndpoint": "https://Acme-p2sd.ingest.monitor.azure.com",
            },
            "request": {"RetryCount": 1, "headers": {}},
            "dataTypes": {
                "feed": {"state": "Enabled", "lookbackPeriod": "1970-01-01T00:00:00.000Z"}
            },
        },
    },
    KindName.ROLE_ASSIGNMENT: {
        "properties": {
            "roleDefinitionId": f"{SUBSCRIPTION}/{ROLE}",
            "principalId": APP,
            "principalType": "ServicePrincipal",
            "description": "may send",
            "condition": None,
        }
    },
}
