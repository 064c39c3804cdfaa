"""The way of the data as the user writes it: tables, endpoint, rule with its streams and flows.

Decides what is legal within one of them; what must fit between them is `spec`'s.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from controller.model.part import (
    ATOMIC,
    DCE_PATTERN,
    MAP_BY_NAME,
    Breach,
    Count,
    DeclaredStream,
    GroupName,
    Law,
    Name,
    Part,
    Prose,
    StreamName,
    TableName,
    Tags,
)

ColumnType = Literal[
    "string",
    "int",
    "long",
    "real",
    "bool",
    "boolean",
    "datetime",
    "dateTime",
    "dynamic",
    "guid",
]
"""The spellings of Microsoft's guide and of its OpenAPI files; Azure takes both."""


class Column(Part):
    """One column of a table or stream. Names are case-sensitive."""

    name: Annotated[str, Field(min_length=1, max_length=128)] = Field(
        description="Name of the column, case-sensitive. A table's column begins with a letter "
        "and has at most 45 letters, digits and '_'; a stream's may have any key of the JSON event."
    )
    type: ColumnType = Field(
        description="Kusto type. bool and boolean, datetime and dateTime mean the same. "
        "A stream has no guid: declare string there."
    )
    description: Prose | None = Field(
        None, description="What the column holds, shown in Log Analytics. Only for tables."
    )


Columns = Annotated[
    tuple[Column, ...], Field(min_length=1, max_length=500, json_schema_extra=MAP_BY_NAME)
]


def _time_generated(table: "Table") -> Iterator[Breach]:
    for place, column in enumerate(table.columns):
        if column.name == "TimeGenerated" and column.type.lower() != "datetime":
            found = f"is {column.type}, TimeGenerated must be datetime"
            yield f".columns[{place}].type", found


class Table(Part):
    """One custom table of the workspace."""

    laws: ClassVar[tuple[Law, ...]] = (
        Law(
            "self.columns.all(c, c.name != 'TimeGenerated'"
            " || c.type == 'datetime' || c.type == 'dateTime')",
            "TimeGenerated must be datetime",
            _time_generated,
            field=".columns",
        ),
    )
    name: TableName = Field(description="Name of the table in KQL; ends with _CL.")
    plan: Literal["Analytics", "Basic", "Auxiliary"] | None = Field(
        None,
        description="Table plan. Left out: not sent, a new table becomes Analytics. Queries on "
        "Basic and Auxiliary tables are billed, see connectivityIntervalSeconds.",
    )
    retention_in_days: Annotated[Count, Field(ge=-1)] | None = Field(
        None,
        description="Days of interactive retention, -1 is the workspace's. Left out: not sent.",
    )
    total_retention_in_days: Annotated[Count, Field(ge=-1)] | None = Field(
        None,
        description="Days until the data is gone, interactive retention included; -1 is the same "
        "as retentionInDays. Left out: not sent.",
    )
    description: Prose | None = Field(
        None, description="What the table holds, shown in Log Analytics. Left out: not sent."
    )
    columns: Columns = Field(
        description="Columns that the table must have. TimeGenerated (datetime) is put first if "
        "it is not here. Columns that the table has beside these are kept."
    )


class EndpointCreate(Part):
    """A data collection endpoint (DCE) that is created if it is not there."""

    name: Name | None = Field(
        None,
        description="Name of the endpoint. Left out: the workspace's name, as the portal does it, "
        "so that the connectors of a workspace share one.",
    )
    resource_group: GroupName | None = Field(
        None, description="Resource group of the endpoint. Left out: the workspace's."
    )
    public_network_access: Literal["Enabled", "Disabled", "SecuredByPerimeter"] | None = Field(
        None,
        description="Who may send events: Enabled is everybody with a token, Disabled only "
        "private links, SecuredByPerimeter what the network security perimeter lets in. "
        "Left out: not sent, a new endpoint becomes Enabled.",
    )
    description: Prose | None = Field(
        None, description="Description of the endpoint. Left out: not sent."
    )
    tags: Tags | None = Field(
        None, description="Azure tags the endpoint must carry; others on it are kept."
    )


class EndpointExisting(Part):
    """A data collection endpoint of somebody else: read, never written, never deleted."""

    resource_id: Annotated[str, Field(pattern=DCE_PATTERN, max_length=512)] = Field(
        description="Azure resource id of the endpoint; it lies in the workspace's region."
    )


def _one_endpoint(endpoint: "Endpoint") -> Iterator[Breach]:
    if (endpoint.create is None) == (endpoint.existing is None):
        yield "", "needs exactly one of create and existing"


class Endpoint(Part):
    """Where events are sent: exactly one of create and existing."""

    laws: ClassVar[tuple[Law, ...]] = (
        Law(
            "has(self.create) != has(self.existing)",
            "needs exactly one of create and existing",
            _one_endpoint,
        ),
    )
    create: EndpointCreate | None = Field(
        None, description="Create the endpoint if it is not there; {} takes every default."
    )
    existing: EndpointExisting | None = Field(
        None, description="Use an endpoint of somebody else; it is never written nor deleted."
    )


class Stream(Part):
    """One input stream of the rule: the shape of the events as they are sent."""

    name: DeclaredStream = Field(
        description="Name of the stream, begins with Custom-; senders put it into the URL."
    )
    columns: Columns = Field(
        description="The keys of one event with their types. What an event holds beside them is "
        "dropped; TimeGenerated may be missing when the transform makes it."
    )


def _one_output(flow: "Flow") -> Iterator[Breach]:
    if (flow.table is None) == (flow.output_stream is None):
        yield "", "needs exactly one of table and outputStream"


class Flow(Part):
    """One data flow of the rule: stream, transform, table."""

    laws: ClassVar[tuple[Law, ...]] = (
        Law(
            "has(self.table) != has(self.outputStream)",
            "needs exactly one of table and outputStream",
            _one_output,
        ),
    )
    stream: StreamName = Field(
        description="Input: a stream of this rule, or a built-in one such as "
        "Microsoft-ABAPAuditLog, which nobody declares."
    )
    table: TableName | None = Field(
        None, description="Output: a table of spec.tables. Give this or outputStream."
    )
    output_stream: StreamName | None = Field(
        None,
        description="Output that is no table of this object: Microsoft-<table> for a standard "
        "table (Microsoft-CommonSecurityLog), Custom-<table> for a foreign custom one. "
        "Give this or table.",
    )
    transform_kql: Annotated[str, Field(min_length=1, max_length=32768)] | None = Field(
        None,
        description="KQL over 'source', each event alone; its columns are matched to the table's "
        "by name. Left out: none is sent, events must have the table's shape.",
    )


class Rule(Part):
    """The data collection rule (DCR)."""

    name: Name | None = Field(
        None, description="Name of the rule. Left out: the object's name, '.' written as '-'."
    )
    resource_group: GroupName | None = Field(
        None, description="Resource group of the rule. Left out: the workspace's."
    )
    kind: Literal["Direct"] | None = Field(
        None,
        description="Direct gives the rule an ingestion endpoint of its own, so that it needs no "
        "spec.endpoint (and may have one). Azure cannot change it later. Left out: not sent.",
    )
    description: Prose | None = Field(
        None, description="Description of the rule. Left out: not sent."
    )
    tags: Tags | None = Field(
        None,
        description="Azure tags the rule must carry; others on it are kept. The operator adds "
        "contoso-connector-owner.",
    )
    streams: (
        Annotated[tuple[Stream, ...], Field(max_length=32, json_schema_extra=MAP_BY_NAME)] | None
    ) = Field(
        None,
        description="Streams that the rule declares. Left out: one a table, Custom-<table without "
        "_CL>, with the table's columns, guid as string.",
    )
    flows: (
        Annotated[tuple[Flow, ...], Field(min_length=1, max_length=32, json_schema_extra=ATOMIC)]
        | None
    ) = Field(
        None,
        description="Data flows; the same stream or output may come more than once. Left out: one "
        "a stream, to the table of the same name, with a transform that fills TimeGenerated.",
    )
