"""Logs Ingestion and the Log Analytics query API: who may, which rule, which stream, which answer.

Rows and KQL are the logs engine's; it runs in a thread, so that nobody waits for DuckDB.
"""

import asyncio
import re

from controller.emulator.azure.answers import Answer, Call, Json, Refused, record, section
from controller.emulator.azure.arm import rules
from controller.emulator.azure.arm.authorization import METRICS_PUBLISHER, holds
from controller.emulator.azure.arm.endpoints import ingestion_url
from controller.emulator.azure.arm.rule_checks import output_stream, stream_columns, table_of
from controller.emulator.azure.entra import INGESTION_AUDIENCES, QUERY_AUDIENCES
from controller.emulator.azure.logs import QueryError
from controller.emulator.azure.store import Azure, Resource

INGESTION = re.compile(
    r"/ingest/(?P<host>[^/]+)/+dataCollectionRules/(?P<rule>[^/]+)/streams/(?P<stream>[^/]+)"
)
QUERY = re.compile(r"/v1/workspaces/(?P<customer_id>[^/]+)/(?P<api>query|search)", re.IGNORECASE)
MAX_BYTES = 1024 * 1024
_API_VERSION = "2023-01-01"


async def ingest(azure: Azure, call: Call, place: re.Match[str]) -> Answer:
    """204 when every flow of the stream has taken the records. Raises Refused."""
    caller = azure.entra.principal(call.authorization, INGESTION_AUDIENCES)
    rule = _rule(azure, place["rule"])
    if call.api_version != _API_VERSION:
        raise _refused(400, "InvalidApiVersion", f"API version '{call.api_version}' is unknown.")
    bound = place["host"] in _hosts(azure, rule)
    allowed = holds(azure, caller.object_id, METRICS_PUBLISHER, at=rule.id)
    if not bound or not allowed:
        raise _forbidden(rule, caller.object_id, bound=bound, allowed=allowed)
    records = _records(call)
    flows = [
        flow
        for flow in rule.body["properties"].get("dataFlows") or []
        if place["stream"] in (flow.get("streams") or [])
    ]
    if not flows:
        raise _refused(
            400,
            "InvalidStream",
            f"The stream '{place['stream']}' was not configured in the data collection rule.",
        )
    try:
        for flow in flows:
            await asyncio.to_thread(
                _store, azure, rule, flow, stream=place["stream"], records=records
            )
    except QueryError as error:  # Azure would drop the records; a test had better hear of it
        sentence = f"The emulator could not transform the records: {error}"
        raise _refused(500, "InternalServerError", sentence) from error
    return Answer(204)


def _store(azure: Azure, rule: Resource, flow: Json, *, stream: str, records: list[Json]) -> None:
    """Rows of a table that is gone are lost without a word, as in Azure."""
    declared = section(rule.body["properties"], "streamDeclarations").get(stream)
    table = table_of(output_stream(flow))
    for customer in _customers(rule, flow):
        if not azure.logs.has_table(customer, table):
            continue
        columns = azure.logs.columns(customer, table) if declared is None else {}
        azure.logs.ingest(
            customer,
            table,
            stream_columns(declared) if declared else columns,
            flow.get("transformKql"),
            records,
        )
        azure.placed.add(customer)


def _customers(rule: Resource, flow: Json) -> list[str]:
    listed = section(rule.body["properties"], "destinations").get("logAnalytics") or []
    return [d["workspaceId"] for d in listed if d["name"] in flow["destinations"]]


def _rule(azure: Azure, immutable_id: str) -> Resource:
    for rule in azure.of_type(rules.TYPE.lower()):
        if rule.body["properties"]["immutableId"] == immutable_id:
            return rule
    raise _refused(
        404, "NotFound", f"Data collection rule with immutable Id '{immutable_id}' not found."
    )


def _hosts(azure: Azure, rule: Resource) -> set[str]:
    """The hosts at which a rule takes data: its endpoint's and its own."""
    endpoint = azure.get(str(rule.body["properties"].get("dataCollectionEndpointId")))
    owners = [owner for owner in (rule, endpoint) if owner is not None]
    urls = [ingestion_url(azure, o.private["host"]) for o in owners if "host" in o.private]
    return {url.rpartition("/")[2] for url in urls}


def _forbidden(rule: Resource, object_id: str, *, bound: bool, allowed: bool) -> Refused:
    """The full sentence of Azure/azure-sdk-for-net#37173."""
    immutable_id = rule.body["properties"]["immutableId"]
    return _refused(
        403,
        "OperationFailed",
        "The authentication token provided does not have access to ingest data for the data "
        f"collection rule with immutable Id '{immutable_id}' PipelineAccessResult: AccessGranted: "
        f"False, IsRbacPresent: {allowed}, IsDcrDceBindingValid: {bound}, DcrArmId: {rule.id}, "
        "Message: Required authorization action was not found for objectId "
        f"{object_id} on resourceId {rule.id}",
    )


def _records(call: Call) -> list[Json]:
    if call.size > MAX_BYTES:
        raise _refused(
            413, "ContentLengthLimitExceeded", f"Maximum allowed content length: {MAX_BYTES} bytes."
        )
    if not isinstance(call.body, list) or not all(isinstance(row, dict) for row in call.body):
        raise _refused(400, "InvalidPayload", "The body must be a JSON array of objects.")
    return call.body


def _refused(status: int, code: str, message: str) -> Refused:
    return Refused(status, code, message, headers={"x-ms-error-code": code})


async def query(azure: Azure, call: Call, place: re.Match[str]) -> Answer:
    """The tables of a KQL query, or 204 for a workspace without data if that is asked for.

    `/search` is for Basic and Auxiliary tables and bills what lies in the timespan of its address
    (azure-monitor-docs, basic-logs-query.md).
    """
    caller = azure.entra.principal(call.authorization, QUERY_AUDIENCES)
    workspace = azure.by_customer_id(place["customer_id"])
    if workspace is None:
        raise Refused(404, "PathNotFoundError", "The requested path does not exist")
    action = "Microsoft.OperationalInsights/workspaces/query/read"
    if azure.denies(caller, action, workspace.id):
        raise Refused(
            403, "InsufficientAccessError", "The provided credentials have insufficient access."
        )
    customer = workspace.body["properties"]["customerId"]
    if azure.options.empty_workspace_is_204 and customer not in azure.placed:
        return Answer(204)
    if call.body is None:
        return Answer(200)
    body = record(call.body, what="the query")
    text = str(body.get("query") or "")
    timespan = body.get("timespan") or call.query.get("timespan")
    if place["api"].casefold() == "search" and not call.query.get("timespan"):
        raise Refused(400, "BadArgumentError", "The search API needs a timespan in its address.")
    try:
        return Answer(200, await asyncio.to_thread(azure.logs.query, customer, text, timespan))
    except QueryError as error:
        return Answer(400, error.body())
