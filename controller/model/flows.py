"""Which streams a rule declares and where they flow (DESIGN 2a.5, 2a.6).

Takes what `parse` has read: that streams and tables exist is known.
"""

from dataclasses import dataclass

from controller.model.columns import TIME_GENERATED, in_stream, quoted
from controller.model.errors import SpecError
from controller.model.spec import Column, Rule, Table
from controller.model.spec import Flow as FlowSpec

Streams = tuple[tuple[str, tuple[Column, ...]], ...]

CUSTOM, BUILT_IN = "Custom-", "Microsoft-"


@dataclass(frozen=True, slots=True)
class Flow:
    """One data flow of the rule. `output` is the outputStream, `table` the table's name in KQL."""

    stream: str
    output: str
    table: str
    transform: str | None


def streams_of(rule: Rule, tables: tuple[Table, ...]) -> Streams:
    """The declared streams: as given, else one a table."""
    if rule.streams is None:
        return tuple((CUSTOM + _base(table.name), in_stream(table.columns)) for table in tables)
    return tuple((stream.name, in_stream(stream.columns)) for stream in rule.streams)


def flows_of(rule: Rule, tables: tuple[Table, ...], streams: Streams) -> tuple[Flow, ...]:
    """The flows: as given, else one a stream, to the table with the same base name.

    Raises SpecError for a flow given twice.
    """
    if not rule.flows:
        return tuple(_derived(name, columns, tables) for name, columns in streams)
    flows = tuple(_given(flow) for flow in rule.flows)
    for index, flow in enumerate(flows):
        if flows.index(flow) < index:
            raise SpecError(
                f"spec.rule.flows[{index}]",
                f"is the same as [{flows.index(flow)}]: every event would be stored twice",
            )
    return flows


def _base(name: str) -> str:
    return name.removeprefix(CUSTOM).removesuffix("_CL")


def _given(flow: FlowSpec) -> Flow:
    """A table of ours has `Custom-` before its name, a standard one `Microsoft-` (API 1)."""
    output = flow.output_stream or f"{CUSTOM}{flow.table}"
    return Flow(
        stream=flow.stream,
        output=output,
        table=output.removeprefix(CUSTOM).removeprefix(BUILT_IN),
        transform=flow.transform_kql,
    )


def _derived(stream: str, columns: tuple[Column, ...], tables: tuple[Table, ...]) -> Flow:
    table = next(table for table in tables if _base(table.name) == _base(stream))
    return Flow(
        stream=stream,
        output=CUSTOM + table.name,
        table=table.name,
        transform=_transform(columns, table),
    )


def _transform(columns: tuple[Column, ...], table: Table) -> str:
    """Events without a time get ours; text becomes guid where the table wants it."""
    names = {column.name for column in columns}
    time = f"iif(isnull({TIME_GENERATED}), now(), {TIME_GENERATED})"
    terms = [f"{TIME_GENERATED} = {time if TIME_GENERATED in names else 'now()'}"]
    for column in table.columns:
        if column.type == "guid" and column.name in names:
            name = quoted(column.name)
            terms.append(f"{name} = toguid({name})")
    return "source | extend " + ", ".join(terms)
