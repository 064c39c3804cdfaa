"""What Azure says against a data collection rule, in its order: shape, tables, then transforms.

Each finding is an entry of InvalidPayload's details. Where no source gives the code or sentence,
the comment says "inference".
"""

import asyncio
from collections.abc import AsyncIterator, Iterator

from controller.emulator.azure.answers import Json, Refused, detail, section
from controller.emulator.azure.arm.common import normal_location
from controller.emulator.azure.arm.tables import TYPE as TABLE_TYPE
from controller.emulator.azure.arm.tables import young
from controller.emulator.azure.store import Azure, Resource

MAX_FLOWS = MAX_STREAMS = MAX_DESTINATIONS = 10
MAX_TRANSFORM = 15_360
_COLUMN_TYPES = {"string", "int", "long", "real", "boolean", "datetime", "dynamic"}
_NEED_SENTINEL = ("CommonSecurityLog", "ASim", "ABAPAuditLog")


def refuse_other_kind(kind: str, old: Resource | None) -> None:
    """The kind is immutable; absent, null and blank are one
    (hashicorp/terraform-provider-azurerm#22811)."""
    before = str(old.body.get("kind") or "") if old else kind
    if before != kind:
        raise Refused(
            400,
            "InvalidPayload",
            f"The new DCR kind `{kind}` is different from the previous one `{before}`. The kind is "
            "immutable.",
        )


async def refuse_invalid(azure: Azure, properties: Json, location: str) -> None:
    """Raise Refused 400 with the findings of the first check that has any."""
    _refuse_missing_workspace(azure, properties)
    for check in (_shape, _streams, _flows):
        _refuse(list(check(properties)))
    _refuse(list(_places(azure, properties, location)))
    _refuse(list(_outputs(azure, properties)))
    _refuse([finding async for finding in _transforms(azure, properties)])


def _refuse(findings: list[Json]) -> None:
    if findings:
        raise Refused(
            400, "InvalidPayload", "Data collection rule is invalid", details=tuple(findings)
        )


def _refuse_missing_workspace(azure: Azure, properties: Json) -> None:
    """400, not 404 (a recorded PUT before its workspace existed)."""
    for destination in _destinations(properties).values():
        id_ = str(destination.get("workspaceResourceId"))
        if azure.get(id_) is None:
            raise Refused(400, "WorkspaceNotFound", f"The workspace '{id_}' could not be found.")


def _shape(properties: Json) -> Iterator[Json]:
    counts = {
        "dataFlows": (properties.get("dataFlows") or [], MAX_FLOWS),
        "streamDeclarations": (section(properties, "streamDeclarations"), MAX_STREAMS),
        "destinations.logAnalytics": (_destinations(properties), MAX_DESTINATIONS),
    }
    for where, (values, most) in counts.items():
        if len(values) > most:  # inference: limits are documented, this code is not
            sentence = f"'{where}' has {len(values)} entries, at most {most} are allowed."
            yield detail("InvalidPayload", f"properties.{where}", sentence)


def _streams(properties: Json) -> Iterator[Json]:
    for name, declared in section(properties, "streamDeclarations").items():
        where = f"properties.streamDeclarations.{name}"
        if not name.startswith("Custom-"):
            sentence = f"'Streams' stream '{name}' must be a custom stream: 'Custom-<name>'."
            yield detail("InvalidStream", where, sentence)
        columns = declared.get("columns") or [] if isinstance(declared, dict) else []
        for column in columns:
            if str(column.get("type")).lower() not in _COLUMN_TYPES:
                sentence = (  # inference: the code; the types are in the OpenAPI description
                    f"Column '{column.get('name')}' of stream '{name}' has the type "
                    f"'{column.get('type')}', which a stream cannot have."
                )
                yield detail("InvalidStream", where, sentence)


def _flows(properties: Json) -> Iterator[Json]:
    streams, destinations = section(properties, "streamDeclarations"), _destinations(properties)
    for where, flow in _numbered(properties):
        sent = flow.get("streams") or []
        for stream in sent:
            if stream not in streams and not stream.startswith("Microsoft-"):
                sentence = (
                    f"'Streams' stream '{stream}' must be a custom stream declared in "
                    "'streamDeclarations' or one of: Microsoft-..."
                )
                yield detail("InvalidStream", where, sentence)
        for destination in flow.get("destinations") or []:
            if destination not in destinations and not _other_destination(properties, destination):
                sentence = f"Destination '{destination}' is not declared in 'destinations'."
                yield detail("InvalidDestination", where, sentence)  # inference
        if len(sent) > 1 and flow.get("transformKql"):
            sentence = "A data flow with a transformation can have one stream only."
            yield detail("InvalidTransform", where, sentence)  # inference: the code
        if len(flow.get("transformKql") or "") > MAX_TRANSFORM:
            sentence = f"The transformation is longer than {MAX_TRANSFORM} characters."
            yield detail("InvalidTransformQuery", where, sentence)


def _places(azure: Azure, properties: Json, location: str) -> Iterator[Json]:
    """Endpoint and workspaces exist and lie in the rule's region (codes are inferences)."""
    near = [d.get("workspaceResourceId") for d in _destinations(properties).values()]
    endpoint = properties.get("dataCollectionEndpointId")
    if endpoint and azure.get(endpoint) is None:
        sentence = f"The data collection endpoint '{endpoint}' was not found."
        yield detail(
            "DataCollectionEndpointNotFound", "properties.dataCollectionEndpointId", sentence
        )
    for id_ in [*near, endpoint]:
        found = azure.get(id_) if id_ else None
        if found is not None and normal_location(found.body["location"]) != location:
            sentence = (
                f"The rule's location '{location}' must be that of '{id_}': "
                f"'{found.body['location']}'."
            )
            yield detail("InvalidLocation", "location", sentence)


def _outputs(azure: Azure, properties: Json) -> Iterator[Json]:
    """Both entries for one missing table, as the service sends them."""
    for where, flow in _numbered(properties):
        for name, workspace in _workspaces(azure, properties, flow):
            output = output_stream(flow)
            if output and not _available(azure, workspace, output):
                missing = f"stream '{output}' is not available for destination '{name}'."
                for sentence in (f"Table for output {missing}", f"Custom table for {missing}"):
                    yield detail("InvalidOutputTable", where, sentence)


def _available(azure: Azure, workspace: Resource, output: str) -> bool:
    if not output.startswith("Custom-"):
        table = table_of(output)
        return not table.startswith(_NEED_SENTINEL) or azure.onboarded(workspace.id)
    found = azure.get(f"{workspace.id}/tables/{table_of(output)}")
    if found is None or found.type != TABLE_TYPE.lower() or young(azure, found):
        return False
    return bool(found.body["properties"]["schema"]["tableSubType"] != "Classic")


async def _transforms(azure: Azure, properties: Json) -> AsyncIterator[Json]:
    streams = section(properties, "streamDeclarations")
    for where, flow in _numbered(properties):
        declared = [streams[name] for name in flow.get("streams") or [] if name in streams]
        for _, workspace in _workspaces(azure, properties, flow):
            for stream in declared:
                problem = await _problem(azure, workspace, stream, flow)
                if problem is not None:
                    code, _, sentence = problem.partition(": ")
                    yield detail(code, where, sentence)


async def _problem(azure: Azure, workspace: Resource, stream: Json, flow: Json) -> str | None:
    table = table_of(output_stream(flow))
    customer = workspace.body["properties"]["customerId"]
    if not azure.logs.has_table(customer, table):
        return None
    return await asyncio.to_thread(
        azure.logs.check_transform,
        stream_columns(stream),
        flow.get("transformKql"),
        azure.logs.columns(customer, table),
    )


def stream_columns(declaration: Json) -> dict[str, str]:
    """Column name → type of a stream declaration."""
    return {column["name"]: column["type"] for column in declaration.get("columns") or []}


def output_stream(flow: Json) -> str:
    """Where a flow ends; without `outputStream` in the table of its stream."""
    return str(flow.get("outputStream") or "".join((flow.get("streams") or [])[:1]))


def table_of(stream: str) -> str:
    """`Custom-X_CL` → `X_CL`, `Microsoft-CommonSecurityLog` → `CommonSecurityLog`."""
    return stream.partition("-")[2]


def _numbered(properties: Json) -> Iterator[tuple[str, Json]]:
    for number, flow in enumerate(properties.get("dataFlows") or []):
        yield f"properties.dataFlows[{number}]", flow


def _destinations(properties: Json) -> dict[str, Json]:
    listed = section(properties, "destinations").get("logAnalytics") or []
    return {str(destination.get("name")): destination for destination in listed}


def _other_destination(properties: Json, name: str) -> bool:
    """Whether a destination of another type (azureMonitorMetrics, ...) has this name."""
    others = [v for k, v in section(properties, "destinations").items() if k != "logAnalytics"]
    flat = [entry for other in others for entry in (other if isinstance(other, list) else [other])]
    return any(isinstance(entry, dict) and entry.get("name") == name for entry in flat)


def _workspaces(azure: Azure, properties: Json, flow: Json) -> Iterator[tuple[str, Resource]]:
    destinations = _destinations(properties)
    for name in flow.get("destinations") or []:
        workspace = azure.get(str(destinations.get(name, {}).get("workspaceResourceId")))
        if workspace is not None:
            yield name, workspace
