"""The emulator against Azure's published descriptions: each example that it serves, each answer."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from controller.emulator.azure.entra import Application
from controller.emulator.azure.server import AzureEmulator
from tests.emulator.azure.openapi import SPECS, Operation, examples, load_example, operations

pytestmark = pytest.mark.skipif(
    not SPECS.is_dir(),
    reason="no OpenAPI descriptions here: CONTOSO_SHARED names the folder with azure/specs",
)

Json = Any
TENANT = "9a1ee1e2-0c85-4f0e-9d1f-6a5b8f3f0c11"
OPERATOR = Application(TENANT, "5d3ce6b1-9c4e-4f0a-8f35-2b1f0a7f6c02", "operator-principal")
MONITOR = ("703362b3-f278-4e4b-9179-c76eaf41ffc2", "myResourceGroup", "centralTeamWorkspace")
TABLES = ("00000000-0000-0000-0000-00000000000", "oiautorest6685", "oiautorest6685")
SENTINEL = ("d0cfe6b2-9ac0-4464-9919-dccaee2e48c0", "myRg", "myWorkspace")
PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"
SCOPE = f"subscriptions/{SENTINEL[0]}/resourceGroups/{SENTINEL[1]}"


@dataclass(frozen=True)
class Refusal:
    """An example that breaks a documented rule, and what it must be answered for it."""

    reason: str
    status: int
    code: str
    words: str


REFUSED = {
    ("Tables_CreateOrUpdate", "TablesUpsert"): Refusal(
        "AzureNetworkFlow is Microsoft's own table: one that we may write ends with _CL",
        400,
        "InvalidParameter",
        "must end with '_CL'",
    ),
    ("Tables_Update", "TablesUpsert"): Refusal(
        "the same body as the PUT's", 400, "InvalidParameter", "must end with '_CL'"
    ),
    ("Tables_Get", "TablesGet"): Refusal(
        "table1_SRCH is made by a search job, which the emulator does not run",
        404,
        "NotFound",
        "'table1_SRCH' does not exist",
    ),
    ("DataCollectionRules_Create", "DataCollectionRulesCreateEmbeddedDCE"): Refusal(
        'the flow names the destination "myworkspace", only "centralWorkspace" is declared '
        '(the kind " Direct" with its blank is taken as Direct)',
        400,
        "InvalidPayload",
        "Destination 'myworkspace' is not declared",
    ),
    ("Upload", "post_IngestUsingDataCollectionRule"): Refusal(
        "a bare GUID is no rule's immutable id (dcr-…), test-rg is no stream",
        404,
        "NotFound",
        "'c512b59c-4005-40e2-b13d-ac29cfb46af4' not found",
    ),
}


@dataclass
class Emulated:
    """The emulator with the subscriptions, groups and workspaces that the examples presuppose."""

    emulator: AzureEmulator
    client: httpx.AsyncClient

    async def send(self, operation: Operation, parameters: Mapping[str, Json]) -> httpx.Response:
        body = operation.body_of(parameters)
        content = json.dumps(body).encode() if body is not None else b""
        headers = {"Content-Type": "application/json"}
        path, audience = operation.fill(parameters), "https://management.azure.com"
        if operation.name == "Upload":
            host = parameters["endpoint"].removeprefix("https://")
            path, audience = f"/ingest/{host}{path}", "https://monitor.azure.com"
            headers["Content-Encoding"] = parameters["Content-Encoding"]
            content = gzip.compress(content)
        token = self.emulator.azure.entra.token(OPERATOR.client_id, audience)
        return await self.client.request(
            operation.method,
            path,
            params={"api-version": parameters["api-version"]},
            content=content,
            headers=headers | {"Authorization": f"Bearer {token}"},
        )

    async def ask(self, operation: Operation, parameters: Mapping[str, Json]) -> Json:
        """The answer's body, after the description had nothing against it; below 400 only."""
        answer = await self.send(operation, parameters)

        assert (problems(operation, answer), answer.status_code < 400) == ([], True), answer.text
        return answer.json() if answer.content else None


@pytest.fixture
async def emulated() -> AsyncIterator[Emulated]:
    async with (
        AzureEmulator() as emulator,
        httpx.AsyncClient(base_url=emulator.http_url) as client,
    ):
        emulator.azure.entra.add(OPERATOR)
        for subscription, group, workspace in (MONITOR, TABLES, SENTINEL):
            emulator.azure.add_subscription(subscription, TENANT)
            emulator.azure.add_resource_group(subscription, group, "eastus")
            emulator.azure.add_workspace(subscription, group, name=workspace, location="eastus")
        yield Emulated(emulator, client)


def problems(operation: Operation, answer: httpx.Response) -> list[str]:
    body = answer.json() if answer.content else None
    return operation.problems(answer.status_code, body, headers=answer.headers)


def operation_named(name: str) -> Operation:
    return next(operation for operation in operations() if operation.name == name)


def example(name: str) -> Json:
    """Parameters and responses of the example whose file has this name."""
    return next(load_example(path) for _, path in examples() if path.stem == name)


def put_of(operation: Operation, path: Path) -> tuple[Operation, Json] | None:
    """What an example presupposes: the write that makes the resource it reads or deletes."""
    given = load_example(path)["parameters"]
    match path.stem:
        case "DataCollectionRulesGet":
            made = example("DataCollectionRulesCreate")["parameters"]
        case "TablesDelete":
            made = given | {"parameters": table(given["tableName"], {"Text": "string"})}
        case "GetRestApiPollerById":
            body = load_example(path)["responses"]["200"]["body"]
            made = given | {"dataConnector": {k: body[k] for k in ("kind", "properties")}}
        case "DataCollectionEndpointsUpdate":
            made = example("DataCollectionEndpointsCreate")["parameters"]
        case _:
            return None
    return sibling(operation, "PUT"), made


def sibling(operation: Operation, method: str, *, collection: bool = False) -> Operation:
    """The operation with another method on the same path, or on the collection above it."""
    path = operation.path.rpartition("/")[0] if collection else operation.path
    return next(
        other
        for other in operations()
        if (other.file, other.method, other.path) == (operation.file, method, path)
    )


def table(name: str, columns: Mapping[str, str]) -> Json:
    listed = [{"name": n, "type": t} for n, t in {"TimeGenerated": "dateTime", **columns}.items()]
    return {"properties": {"schema": {"name": name, "columns": listed}}}


@pytest.mark.parametrize(
    ("operation", "path"),
    [pytest.param(*case, id=f"{case[0].name}-{case[1].stem}") for case in examples()],
)
async def test_an_example_is_answered_as_the_description_says(
    emulated: Emulated, operation: Operation, path: Path
) -> None:
    if presupposed := put_of(operation, path):
        await emulated.ask(*presupposed)
    answer = await emulated.send(operation, load_example(path)["parameters"])
    refusal = REFUSED.get((operation.name, path.stem))

    assert problems(operation, answer) == []
    if refusal is None:
        assert answer.status_code < 400, answer.text
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (
            refusal.status,
            refusal.code,
        ), refusal.reason
        assert refusal.words in answer.text, refusal.reason


def test_every_listed_refusal_is_of_an_example_in_the_folder() -> None:
    assert {(operation.name, path.stem) for operation, path in examples()} >= REFUSED.keys()


def as_it_is(parameters: Json) -> None:
    """The example needs no repair."""


def repair_table(parameters: Json) -> None:
    name = "AzureNetworkFlow_CL"
    columns = {
        c["name"]: c["type"] for c in parameters["parameters"]["properties"]["schema"]["columns"]
    }
    parameters["tableName"] = name
    parameters["parameters"]["properties"] |= table(name, columns)["properties"]


def repair_rule(parameters: Json) -> None:
    parameters["body"]["kind"] = "Direct"
    parameters["body"]["properties"]["dataFlows"][0]["destinations"] = ["centralWorkspace"]


@dataclass(frozen=True)
class Life:
    """A PUT from an example (repaired where it breaks a rule) or, without one, from `given`."""

    operation: str
    example: str = ""
    repair: Callable[[Json], None] = as_it_is
    given: Mapping[str, Json] = field(default_factory=dict)
    listed: bool = True

    def parameters(self) -> Json:
        parameters = example(self.example)["parameters"] if self.example else dict(self.given)
        self.repair(parameters)
        return parameters


IN_SENTINEL = dict(
    zip(("subscriptionId", "resourceGroupName", "workspaceName"), SENTINEL, strict=True)
)
LIVES = [
    Life("Tables_CreateOrUpdate", "TablesUpsert", repair_table),
    Life("DataCollectionEndpoints_Create", "DataCollectionEndpointsCreate"),
    Life("DataCollectionRules_Create", "DataCollectionRulesCreate"),
    Life("DataCollectionRules_Create", "DataCollectionRulesCreateEmbeddedDCE", repair_rule),
    Life("DataConnectorDefinitions_CreateOrUpdate", "CreateCustomizableDataConnectorDefinition"),
    Life("Metadata_Create", "PutMetadata"),
    Life(  # kind Push is in no description: its parent schema must hold
        "DataConnectors_CreateOrUpdate",
        given={
            **IN_SENTINEL,
            "api-version": "2025-06-01",
            "dataConnectorId": "ContosoSecurityAlertsPushConnector",
            "dataConnector": {
                "kind": "Push",
                "properties": {
                    "connectorDefinitionName": "ContosoSecurityAlertsPush",
                    "dcrConfig": {
                        "streamName": "Custom-ContosoSecurityAlerts",
                        "dataCollectionEndpoint": "https://endpoint.example",
                        "dataCollectionRuleImmutableId": "dcr-f113d68d2a3244ddbb3d785041fd93b8",
                    },
                    "auth": {"type": "Push", "AppId": "a", "ServicePrincipalId": "b"},
                    "request": {"RetryCount": 1},
                    "response": {"eventsJsonPaths": ["$"]},
                },
            },
        },
    ),
    Life(  # the folder has no example of role assignments, and their LIST is not below the scope
        "RoleAssignments_Create",
        given={
            "scope": SCOPE,
            "api-version": "2022-04-01",
            "roleAssignmentName": "05c5a614-a7d6-4502-b150-c2fb455033ff",
            "parameters": {
                "properties": {
                    "principalId": OPERATOR.service_principal_id,
                    "roleDefinitionId": f"/{SCOPE.partition('/resourceGroups')[0]}/providers"
                    f"/Microsoft.Authorization/roleDefinitions/{PUBLISHER}",
                }
            },
        },
        listed=False,
    ),
]


@pytest.mark.parametrize(
    "life", [pytest.param(life, id=life.example or life.operation) for life in LIVES]
)
async def test_a_resource_is_described_from_its_creation_to_its_end(
    emulated: Emulated, life: Life
) -> None:
    await prepare(emulated)
    put = operation_named(life.operation)
    parameters = life.parameters()

    created = await emulated.ask(put, parameters)
    if "SecurityInsights" in put.path:
        put.body_of(parameters)["etag"] = (created or {}).get("etag")
    await emulated.ask(put, parameters)
    found = await emulated.ask(sibling(put, "GET"), parameters)
    if life.listed:
        listed = await emulated.ask(sibling(put, "GET", collection=True), parameters)
        assert found["id"] in [entry["id"] for entry in listed["value"]]
    await emulated.ask(sibling(put, "DELETE"), parameters)
    again = await emulated.send(sibling(put, "DELETE"), parameters)

    assert (again.status_code, problems(sibling(put, "DELETE"), again)) == (204, [])


async def prepare(emulated: Emulated) -> None:
    """The table in which the embedded endpoint's example ends."""
    columns = {
        "Computer": "string",
        "AdditionalContext": "dynamic",
        "CounterName": "string",
        "CounterValue": "real",
    }
    place = zip(("subscriptionId", "resourceGroupName", "workspaceName"), MONITOR, strict=True)
    await emulated.ask(
        operation_named("Tables_CreateOrUpdate"),
        {
            **dict(place),
            "api-version": "2025-07-01",
            "tableName": "LOGS1_CL",
            "parameters": table("LOGS1_CL", columns),
        },
    )


async def test_the_ingestion_example_arrives_once_its_rule_is_there(emulated: Emulated) -> None:
    await prepare(emulated)
    rule = Life("DataCollectionRules_Create", "DataCollectionRulesCreateEmbeddedDCE", repair_rule)
    made = await emulated.ask(operation_named(rule.operation), rule.parameters())
    role = dict(LIVES[-1].given) | {"scope": made["id"].removeprefix("/")}
    await emulated.ask(operation_named("RoleAssignments_Create"), role)
    endpoint = made["properties"]["endpoints"]["logsIngestion"]
    sent = example("post_IngestUsingDataCollectionRule")["parameters"] | {
        "endpoint": endpoint.rpartition("/")[2],
        "ruleId": made["properties"]["immutableId"],
        "stream": "Custom-LOGS1_CL",
    }
    await emulated.ask(operation_named("Upload"), sent)
    customer = made["properties"]["destinations"]["logAnalytics"][0]["workspaceId"]

    answer: Json = emulated.emulator.azure.logs.query(
        customer, "LOGS1_CL | project Computer, CounterValue | sort by Computer asc", None
    )
    assert answer["tables"][0]["rows"] == [["Computer1", 15.3], ["Computer2", 23.5]]


@pytest.mark.parametrize(
    ("name", "status", "body", "words"),
    [
        ("DataCollectionRules_Get", 200, {"location": 5}, "5 is not of type 'string'"),
        ("DataCollectionRules_Get", 200, {}, "'location' is a required property"),
        ("DataCollectionRules_Get", 418, {"error": {"code": 5}}, "5 is not of type 'string'"),
        ("DataCollectionRules_Delete", 202, None, "status 202 is not among"),
        (
            "Tables_Get",
            200,
            {"properties": {"retentionInDays": "x"}},
            "'x' is not of type 'integer'",
        ),
        (
            "DataConnectorDefinitions_Get",
            200,
            {"kind": "Customizable", "properties": {"connectorUiConfig": {"title": "x"}}},
            "'publisher' is a required property",
        ),
    ],
)
def test_the_validator_sees_what_is_wrong(name: str, status: int, body: Json, words: str) -> None:
    found = operation_named(name).problems(status, body)

    assert any(words in problem for problem in found), found
