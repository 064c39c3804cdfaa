"""A running emulator with the walk-through's seeds, a pure HTTP client, and bodies to send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from controller.emulator.azure import AzureEmulator, Options, WalkThrough

ARM = "https://management.azure.com"
INGESTION = "https://monitor.azure.com"
QUERY = "https://api.loganalytics.io"
STREAM = "Custom-ContosoSecurityAlerts"
TABLE = "ContosoSecurityAlerts_CL"
ROLE = "3913510d-42f4-4e42-8a64-420c390055eb"
_VERSIONS = (
    ("/roleassignments", "2022-04-01"),
    ("/microsoft.securityinsights", "2025-09-01"),
    ("/microsoft.insights", "2024-03-11"),
    ("/tables", "2025-07-01"),
    ("/workspaces", "2023-09-01"),
)
Json = dict[str, Any]


class Clock:
    """Time that moves only when a test says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Scene:
    emulator: AzureEmulator
    walk: WalkThrough
    http: httpx.AsyncClient
    clock: Clock
    ingestion_urls: Json = field(default_factory=dict)

    @property
    def group(self) -> str:
        return f"/subscriptions/{self.walk.subscription}/resourceGroups/{self.walk.group}"

    def table(self, name: str = TABLE) -> str:
        return f"{self.walk.workspace_id}/tables/{name}"

    def rule(self, name: str = "PushDCR") -> str:
        return f"{self.group}/providers/Microsoft.Insights/dataCollectionRules/{name}"

    def endpoint(self, name: str = "contosodce") -> str:
        return f"{self.group}/providers/Microsoft.Insights/dataCollectionEndpoints/{name}"

    def sentinel(self, kind: str, name: str = "") -> str:
        path = f"{self.walk.workspace_id}/providers/Microsoft.SecurityInsights/{kind}"
        return f"{path}/{name}" if name else path

    def assignment(self, scope: str, number: int = 1) -> str:
        name = f"00000000-0000-4000-8000-{number:012d}"
        return f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"

    async def arm(
        self, method: str, path: str, body: Any = None, *, version: str = "", **query: str
    ) -> httpx.Response:
        """A call by the operator, with the API version that DESIGN names for the type."""
        params = {"api-version": version or version_of(path), **query}
        token = self.emulator.azure.entra.token(self.walk.operator.client_id, ARM)
        return await self.http.request(
            method, path, params=params, json=body, headers={"Authorization": f"Bearer {token}"}
        )

    async def poll(self, answer: httpx.Response) -> httpx.Response:
        """The operation behind a 202, by its header taken verbatim."""
        token = self.emulator.azure.entra.token(self.walk.operator.client_id, ARM)
        url = answer.headers["azure-asyncoperation"]
        return await self.http.get(url, headers={"Authorization": f"Bearer {token}"})

    async def converged(self) -> Json:
        """Table, endpoint and rule as the walk-through has them; returns the rule's readback."""
        assert (await self.arm("PUT", self.table(), table_body())).status_code == 202
        endpoint = await self.arm("PUT", self.endpoint(), {"location": self.walk.location})
        self.ingestion_urls = endpoint.json()["properties"]["logsIngestion"]
        rule = await self.arm("PUT", self.rule(), rule_body(self))
        assert rule.status_code == 201, rule.text
        readback: Json = rule.json()
        return readback

    async def grant(self, scope: str, principal: str = "") -> httpx.Response:
        who = principal or self.walk.push.service_principal_id
        return await self.arm("PUT", self.assignment(scope), assignment_body(self, who))

    async def send(
        self, rule: Json, records: Any, *, stream: str = STREAM, client: str = "", url: str = ""
    ) -> httpx.Response:
        """Push records with the push application's token, or another client's."""
        token = self.emulator.azure.entra.token(client or self.walk.push.client_id, INGESTION)
        base = (url or self.ingestion_urls["endpoint"]).replace(
            self.emulator.https_url, self.emulator.http_url
        )
        return await self.http.post(
            f"{base}/dataCollectionRules/{rule['properties']['immutableId']}/streams/{stream}",
            params={"api-version": "2023-01-01"},
            json=records,
            headers={"Authorization": f"Bearer {token}"},
        )

    async def query(self, kql: str, *, client: str = "") -> httpx.Response:
        token = self.emulator.azure.entra.token(client or self.walk.operator.client_id, QUERY)
        return await self.http.post(
            f"/v1/workspaces/{self.walk.customer_id}/query",
            json={"query": kql},
            headers={"Authorization": f"Bearer {token}"},
        )


def version_of(path: str) -> str:
    low = path.lower()
    return next((version for part, version in _VERSIONS if part in low), "2022-12-01")


@asynccontextmanager
async def opened(options: Options = Options()) -> AsyncIterator[Scene]:  # noqa: B008 - frozen
    clock = Clock()
    async with AzureEmulator(options, clock=clock) as emulator:
        walk = emulator.azure.seed_walk_through()
        async with httpx.AsyncClient(base_url=emulator.http_url) as http:
            yield Scene(emulator, walk, http, clock)


def columns(**types: str) -> list[Json]:
    return [{"name": name, "type": type_} for name, type_ in types.items()]


def table_body(**types: str) -> Json:
    given = columns(**(types or {"TimeGenerated": "datetime", "EventSeverity": "string"}))
    return {"properties": {"schema": {"name": TABLE, "columns": given}}}


def rule_body(scene: Scene, **properties: Any) -> Json:
    flow = {
        "streams": [STREAM],
        "destinations": ["clv2ws1"],
        "transformKql": "source | extend TimeGenerated = now()",
        "outputStream": f"Custom-{TABLE}",
    }
    return {
        "location": scene.walk.location,
        "properties": {
            "dataCollectionEndpointId": scene.endpoint(),
            "streamDeclarations": {STREAM: {"columns": columns(EventSeverity="string")}},
            "destinations": {
                "logAnalytics": [
                    {"workspaceResourceId": scene.walk.workspace_id, "name": "clv2ws1"}
                ]
            },
            "dataFlows": [flow],
            **properties,
        },
    }


def assignment_body(scene: Scene, principal: str) -> Json:
    role = (
        f"/subscriptions/{scene.walk.subscription}/providers/Microsoft.Authorization"
        f"/roleDefinitions/{ROLE}"
    )
    return {
        "properties": {
            "roleDefinitionId": role,
            "principalId": principal,
            "principalType": "ServicePrincipal",
        }
    }


def definition_body(**more: Any) -> Json:
    permissions = {
        "resourceProvider": [
            {
                "provider": "Microsoft.OperationalInsights/workspaces",
                "permissionsDisplayText": "read and write",
                "providerDisplayName": "Workspace",
                "scope": "Workspace",
                "requiredPermissions": {"write": True},
            }
        ]
    }
    ui: Json = {
        "id": "ContosoSecurityAlertsPush",
        "title": "Contoso Security Alerts (Push)",
        "publisher": "Contoso Corporation",
        "descriptionMarkdown": "Push",
        "graphQueries": [{"metricName": "Total", "legend": "All", "baseQuery": TABLE}],
        "dataTypes": [{"name": TABLE, "lastDataReceivedQuery": TABLE}],
        "connectivityCriteria": [{"type": "IsConnectedQuery", "value": [TABLE]}],
        "availability": {"status": 1},
        "permissions": permissions,
        "instructionSteps": [],
    }
    return {"kind": "Customizable", "properties": {"connectorUiConfig": ui}, **more}


def connector_body(**more: Any) -> Json:
    properties: Json = {
        "connectorDefinitionName": "ContosoSecurityAlertsPush",
        "dcrConfig": {
            "streamName": STREAM,
            "dataCollectionEndpoint": "https://example",
            "dataCollectionRuleImmutableId": "dcr-1",
        },
        "auth": {"type": "Push", "AppId": "a", "ServicePrincipalId": "b"},
        "request": {"RetryCount": 1},
        "response": {"eventsJsonPaths": ["$"]},
        **more,
    }
    return {"kind": "Push", "properties": properties}


def error_of(answer: httpx.Response) -> Json:
    inner: Json = answer.json()["error"]
    return inner
