"""The connector's card in Sentinel's gallery (connectorUiConfig, DESIGN 2a.7).

Each top-level key that the spec leaves out is derived, one that it gives replaces it whole.
"""

from collections.abc import Mapping
from typing import Any

from controller.model.columns import quoted
from controller.model.derived import Derived
from controller.model.placeholders import fill
from controller.model.resource import Refs

FIELD = "spec.definition.ui"

_PERMISSIONS = {
    "resourceProvider": [
        {
            "provider": "Microsoft.OperationalInsights/workspaces",
            "permissionsDisplayText": "read and write permissions are required.",
            "providerDisplayName": "Workspace",
            "scope": "Workspace",
            "requiredPermissions": {"read": True, "write": True, "delete": True},
        }
    ]
}


def ui_config(derived: Derived, refs: Refs) -> dict[str, Any]:
    """The whole card; raises SpecError for a placeholder that is unknown or left behind."""
    given = fill(_ui(derived), refs, FIELD)
    if "connectivityCriterias" in given:  # the classic spelling, as in the walk-through (UI.md)
        given["connectivityCriteria"] = given.pop("connectivityCriterias")
    title = given.get("title", derived.plain_name)
    return {
        "id": derived.definition_name,
        "title": title,
        "publisher": _author(derived) or "Custom",
        "descriptionMarkdown": title,
        "graphQueries": [_graph(table) for table in derived.fed_tables],
        "sampleQueries": [_sample(table) for table in derived.fed_tables],
        "dataTypes": [_data_type(table) for table in derived.fed_tables],
        "connectivityCriteria": [_criterion(derived)],
        "availability": {"status": 1},
        "permissions": _PERMISSIONS,
        "instructionSteps": [_step(derived, refs)],
        **given,
    }


def _ui(derived: Derived) -> Mapping[str, Any]:
    return (derived.spec.definition and derived.spec.definition.ui) or {}


def _author(derived: Derived) -> str | None:
    metadata = derived.spec.definition and derived.spec.definition.metadata
    return metadata.author.name if metadata and metadata.author else None


def _graph(table: str) -> dict[str, str]:
    return {"metricName": "Total events received", "legend": table, "baseQuery": quoted(table)}


def _sample(table: str) -> dict[str, str]:
    return {
        "description": f"Newest events in {table}",
        "query": f"{quoted(table)}\n| sort by TimeGenerated desc\n| take 10",
    }


def _data_type(table: str) -> dict[str, str]:
    return {
        "name": table,
        "lastDataReceivedQuery": f"{quoted(table)}\n| summarize Time = max(TimeGenerated)\n"
        "| where isnotempty(Time)",
    }


def _criterion(derived: Derived) -> dict[str, Any]:
    """Data in an own table says that this source is connected; a shared one says nothing of it."""
    own = {table.name for table in derived.tables}
    queries = [
        f"{quoted(table)}\n| summarize LastLogReceived = max(TimeGenerated)\n"
        "| project IsConnected = LastLogReceived > ago(7d)"
        for table in derived.fed_tables
        if table in own
    ]
    if not queries:
        return {"type": "HasDataConnectors"}
    return {"type": "IsConnectedQuery", "value": queries}


def _step(derived: Derived, refs: Refs) -> dict[str, Any]:
    """What the sender must know; no Deploy button, which would make all of it a second time."""
    streams = dict.fromkeys(flow.stream for flow in derived.flows)
    values = [
        ("Tenant ID", refs["tenantId"]),
        ("Application ID", refs["application.appId"]),
        ("Data Collection Endpoint Uri", refs["endpoint.logsIngestion"]),
        ("Data Collection Rule Immutable ID", refs["rule.immutableId"]),
        *(("Stream Name", stream) for stream in streams),
    ]
    return {
        "title": "Send events",
        "description": "Send events to the Logs Ingestion API with these values.",
        "instructions": [
            {"type": "CopyableLabel", "parameters": {"label": label, "value": value}}
            for label, value in values
        ],
    }
