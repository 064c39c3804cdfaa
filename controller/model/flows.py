"""Which streams a rule declares and where they flow (DESIGN 2a.5, 2a.6); knows no Azure body."""

from collections.abc import Iterable
from dataclasses import dataclass

from controller.model.columns import TIME_GENERATED, canonical, in_stream, quoted
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
    for index, stream in enumerate(rule.streams):
        if not stream.name.startswith(CUSTOM):
            raise SpecError(
                f"spec.rule.streams[{index}].name",
                f"{stream.name} does not begin with {CUSTOM}. "
                f"A built-in {BUILT_IN}… stream is named in a flow without a declaration.",
            )
    refuse_twins("spec.rule.streams", (stream.name for stream in rule.streams))
    return tuple((stream.name, in_stream(stream.columns)) for stream in rule.streams)


def flows_of(rule: Rule, tables: tuple[Table, ...], streams: Streams) -> tuple[Flow, ...]:
    """The flows: as given, else one a stream, to the table with the same base name."""
    if not rule.flows:
        if not streams:
            raise SpecError("spec.rule.flows", "Needed: there is no table to derive a flow from.")
        return tuple(_derived(name, columns, tables) for name, columns in streams)
    flows: list[Flow] = []
    for index, flow in enumerate(rule.flows):
        made = _given(flow, f"spec.rule.flows[{index}]", tables, streams)
        if made in flows:
            raise SpecError(
                f"spec.rule.flows[{index}]",
                f"The same as flows[{flows.index(made)}]: every event would be stored twice.",
            )
        flows.append(made)
    return tuple(flows)


def refuse_unknown_stream(field: str, stream: str, streams: Streams) -> None:
    """Raises SpecError for a stream that nobody declares; built-in ones need no declaration."""
    declared = [name for name, _ in streams]
    if stream not in declared and not stream.startswith(BUILT_IN):
        raise SpecError(
            field,
            f"{stream} is not a stream of this rule ({', '.join(declared) or 'it declares none'}).",
        )


def refuse_twins(field: str, names: Iterable[str]) -> None:
    """Raises SpecError for the first name that is there before, in any case."""
    seen: dict[str, str] = {}
    for index, name in enumerate(names):
        if name.casefold() in seen:
            before = seen[name.casefold()]
            raise SpecError(f"{field}[{index}].name", f"{name} is there already, as {before}.")
        seen[name.casefold()] = name


def _base(name: str) -> str:
    return name.removesuffix("_CL")


def _given(flow: FlowSpec, field: str, tables: tuple[Table, ...], streams: Streams) -> Flow:
    refuse_unknown_stream(f"{field}.stream", flow.stream, streams)
    output, table = _target(flow, field, tables)
    return Flow(stream=flow.stream, output=output, table=table, transform=flow.transform_kql)


def _target(flow: FlowSpec, field: str, tables: tuple[Table, ...]) -> tuple[str, str]:
    """The outputStream and the table behind it; a standard table's is `Microsoft-<table>`."""
    if flow.table is not None and flow.output_stream is not None:
        raise SpecError(f"{field}.outputStream", "Give either table or outputStream, not both.")
    if flow.table is not None:
        name = _own(flow.table, f"{field}.table", tables)
        return CUSTOM + name, name
    output = flow.output_stream or ""
    for prefix in (CUSTOM, BUILT_IN):
        if output.startswith(prefix) and output != prefix:
            return output, output.removeprefix(prefix)
    if flow.output_stream is None:
        raise SpecError(field, "Needs a table of spec.tables, or the outputStream of another.")
    raise SpecError(
        f"{field}.outputStream",
        f"{output!r} is neither {BUILT_IN}<standard table> nor {CUSTOM}<table>_CL.",
    )


def _own(name: str, field: str, tables: tuple[Table, ...]) -> str:
    for table in tables:
        if table.name.casefold() == name.casefold():
            return table.name
    prefix = CUSTOM if name.endswith("_CL") else BUILT_IN
    raise SpecError(
        field,
        f"{name} is not in spec.tables. Declare it there; for a table that this connector does "
        f"not own write outputStream: {prefix}{name} instead.",
    )


def _derived(stream: str, columns: tuple[Column, ...], tables: tuple[Table, ...]) -> Flow:
    base = _base(stream.removeprefix(CUSTOM))
    table = next((table for table in tables if _base(table.name) == base), None)
    if table is None:
        raise SpecError("spec.rule.flows", f"Needed: no table is named {base}_CL as {stream} is.")
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
        if canonical(column.type) == "guid" and column.name in names:
            name = quoted(column.name)
            terms.append(f"{name} = toguid({name})")
    return "source | extend " + ", ".join(terms)
