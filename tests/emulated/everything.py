"""A connector that declares everything there is to declare, and what others have added to it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.emulated.stage import Cloud
from tests.kinds.samples import APPLICATION, WORKSPACE

Json = dict[str, Any]

NAME = "everything"
STREAM, RAW = "Custom-Logins", "Custom-Raw"

SPEC: Json = {
    "workspace": {**WORKSPACE, "location": "francecentral"},
    "tables": [
        {
            "name": "Logins_CL",
            "plan": "Analytics",
            "retentionInDays": 90,
            "totalRetentionInDays": 365,
            "description": "Who came in",
            "columns": [
                {"name": "TimeGenerated", "type": "datetime"},
                {"name": "User", "type": "string", "description": "who"},
                {"name": "Session", "type": "guid"},
                {"name": "Succeeded", "type": "bool"},
            ],
        },
        {"name": "Raw_CL", "retentionInDays": -1, "columns": [{"name": "Line", "type": "dynamic"}]},
    ],
    "endpoint": {
        "create": {
            "name": "everything-dce",
            "publicNetworkAccess": "Enabled",
            "description": "for all senders",
            "tags": {"team": "soc"},
        }
    },
    "rule": {
        "name": "everything-dcr",
        "description": "pushed by the vendor",
        "tags": {"team": "soc", "cost": "7"},
        "streams": [
            {
                "name": STREAM,
                "columns": [
                    {"name": "TimeGenerated", "type": "datetime"},
                    {"name": "User", "type": "string"},
                    {"name": "Session", "type": "string"},
                    {"name": "Succeeded", "type": "boolean"},
                ],
            },
            {
                "name": RAW,
                "columns": [
                    {"name": "TimeGenerated", "type": "datetime"},
                    {"name": "Line", "type": "dynamic"},
                ],
            },
        ],
        "flows": [
            {
                "stream": STREAM,
                "table": "Logins_CL",
                "transformKql": "source | extend Session = toguid(Session)",
            },
            {"stream": RAW, "table": "Raw_CL"},
            {"stream": RAW, "table": "Raw_CL", "transformKql": "source | where isnotnull(Line)"},
        ],
    },
    "definition": {
        "name": "EverythingPush",
        "ui": {
            "title": "Everything (Push)",
            "publisher": "Contoso",
            "logo": "everything.svg",
            "descriptionMarkdown": "All that a card can hold.",
            "isConnectivityCriteriasMatchSome": True,
            "graphQueriesTableName": "Logins_CL",
            "graphQueries": [
                {"metricName": "Logins", "legend": "in", "baseQuery": "Logins_CL"},
                {"metricName": "Lines", "legend": "raw", "baseQuery": "Raw_CL"},
            ],
            "sampleQueries": [{"description": "Last", "query": "Logins_CL | take 10"}],
            "dataTypes": [
                {
                    "name": "Logins_CL",
                    "lastDataReceivedQuery": "Logins_CL | summarize max(TimeGenerated)",
                }
            ],
            "connectivityCriteria": [
                {"type": "IsConnectedQuery", "value": ["Logins_CL | take 1", "Raw_CL | take 1"]},
                {"type": "HasDataConnectors"},
            ],
            "availability": {"status": 1, "isPreview": True},
            "permissions": {
                "resourceProvider": [
                    {
                        "provider": "Microsoft.OperationalInsights/workspaces",
                        "permissionsDisplayText": "read and write",
                        "providerDisplayName": "Workspace",
                        "scope": "Workspace",
                        "requiredPermissions": {"read": True, "write": True, "delete": True},
                    }
                ],
                "customs": [{"name": "Vendor", "description": "an account there"}],
            },
            "instructionSteps": [
                {"title": "First", "description": "Read this."},
                {
                    "title": "Second",
                    "instructions": [
                        {
                            "type": "CopyableLabel",
                            "parameters": {"label": "Rule", "value": "$(rule.immutableId)"},
                        },
                        {
                            "type": "CopyableLabel",
                            "parameters": {"label": "Uri", "value": "$(endpoint.logsIngestion)"},
                        },
                    ],
                },
            ],
        },
        "connectionsConfig": {"templateSpecName": "/spec/1", "templateSpecVersion": "1.0"},
        "metadata": {
            "version": "1.2.3",
            "source": {"kind": "Solution", "name": "Everything", "sourceId": "contoso.everything"},
            "author": {"name": "Contoso", "email": "a@contoso.com", "link": "https://contoso.com"},
            "support": {
                "tier": "Partner",
                "name": "Contoso",
                "email": "s@contoso.com",
                "link": "https://contoso.com/support",
            },
            "dependencies": {
                "operator": "AND",
                "criteria": [
                    {"contentId": "a", "kind": "DataConnector", "name": "A"},
                    {"contentId": "b", "kind": "Parser", "version": "2.0"},
                ],
            },
        },
    },
    "dataConnectors": [
        {
            "name": "EverythingLogins",
            "stream": STREAM,
            "properties": {
                "request": {"RetryCount": 1},
                "response": {"eventsJsonPaths": ["$"]},
                "dataType": "Logins_CL",
            },
        },
        {"name": "EverythingRaw", "stream": RAW, "isActive": False},
    ],
    "application": APPLICATION,
}


def direct() -> Json:
    """The same by a rule of kind Direct, which needs no endpoint."""
    spec = deepcopy(SPEC)
    del spec["endpoint"]
    spec["rule"]["kind"] = "Direct"
    text = spec["definition"]["ui"]["instructionSteps"][1]["instructions"].pop()
    assert text["parameters"]["label"] == "Uri"
    return spec


IDENTITY = {"type": "SystemAssigned", "principalId": "11111111-2222-4333-8444-555555555555"}


def join_in(cloud: Cloud) -> None:
    """What other people have put on our resources, and what must outlive every write of ours."""
    for resource in cloud.store.all():
        body = resource.body
        match resource.type.rpartition("/")[2]:
            case "datacollectionrules" | "datacollectionendpoints":
                body["tags"] |= {"somebody": "else", "Owner": "finance"}
                body["identity"] = dict(IDENTITY)
            case "tables":
                flags = {"isDefaultDisplay": False, "isHidden": False}
                theirs = {"name": "Theirs", "type": "long", **flags}
                body["properties"]["schema"]["columns"].insert(0, theirs)
            case "dataconnectordefinitions":
                body["properties"]["connectorUiConfig"]["theirs"] = {"kept": [1, 2]}
            case "metadata":
                body["properties"] |= {"icon": "theirs", "lastPublishDate": "2026-01-01"}
            case "dataconnectors":
                body["properties"]["pollingConfig"] = {"theirs": True}
