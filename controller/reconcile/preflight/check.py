"""The preflight of one connector: every rule, in the order of the object's parts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from controller.kinds import KINDS
from controller.model.derived import Derived
from controller.model.errors import Fault, SpecError
from controller.model.flows import BUILT_IN, Flow
from controller.model.kql import (
    OPEN,
    Columns,
    Kql,
    Question,
    Reply,
    Unchecked,
    kql_columns,
)
from controller.model.resource import Refs
from controller.reconcile.preflight import transforms
from controller.reconcile.preflight.card import card
from controller.reconcile.preflight.findings import (
    Finding,
    Severity,
    Verdict,
    error,
    in_text,
    warning,
)
from controller.reconcile.preflight.limits import limits
from controller.reconcile.preflight.texts import Text, texts

Schemas = Mapping[str, Columns | None]
"""What Azure answered: table -> its columns, None: it has no such table. Others nobody asked."""

# create-custom-table: what every table has beside its own columns
_EVERYWHERE: Columns = {
    "TenantId": "string",
    "SourceSystem": "string",
    "Type": "string",
    "_ItemId": "string",
    "_ResourceId": "string",
    "_SubscriptionId": "string",
    "_BilledSize": "real",
    "_IsBillable": "string",
    "_TimeReceived": "datetime",
}


@dataclass(frozen=True, slots=True)
class _Flow:
    """A flow with the fields that a finding about it names."""

    field: str
    text_field: str
    flow: Flow
    stream: Columns | None
    table: Columns | None


async def preflight(derived: Derived, azure: Schemas, kql: Kql) -> Verdict:
    """Everything that can be said of a connector before anything is written."""
    flows, queries = _flows(derived, azure), texts(derived)
    tables = _tables(derived, azure)
    transformed = [one for one in flows if one.flow.transform is not None]
    replies = await kql.check(
        [
            *(_question(one) for one in transformed),
            *(Question(query.text, tables, lenient=True) for query in queries),
        ]
    )
    said = dict(zip([one.text_field for one in transformed], replies, strict=False))
    findings = [
        *limits(derived),
        *_refused(derived),
        *_outputs(flows, azure),
        *(finding for one in flows for finding in _judged(one, said.get(one.text_field))),
        *card(derived),
        *(
            finding
            for query, reply in zip(queries, replies[len(transformed) :], strict=True)
            for finding in _query(query, reply, derived)
        ),
    ]
    return Verdict(tuple(findings), tuple(dict.fromkeys(_unchecked(flows, azure, replies))))


def outputs(derived: Derived) -> tuple[str, ...]:
    """The tables whose columns only Azure knows: those that flows end in and nobody declares."""
    own = {table.name for table in derived.tables}
    return tuple(table for table in derived.fed_tables if table not in own)


def _tables(derived: Derived, azure: Schemas) -> dict[str, Columns]:
    found = {name: columns for name, columns in azure.items() if columns is not None}
    own = {
        table.name: {**found.get(table.name, {}), **kql_columns(table.columns)}
        for table in derived.tables
    }
    return {name: {**_EVERYWHERE, **columns} for name, columns in {**found, **own}.items()}


def _flows(derived: Derived, azure: Schemas) -> tuple[_Flow, ...]:
    rule = derived.spec.rule
    streams = dict(derived.streams)
    own = {table.name: kql_columns(table.columns) for table in derived.tables}
    if rule and rule.flows:
        fields = [f"spec.rule.flows[{place}]" for place in range(len(derived.flows))]
    else:
        of = "spec.rule.streams" if rule and rule.streams else "spec.tables"
        fields = [f"{of}[{place}]" for place in range(len(derived.flows))]
    return tuple(
        _Flow(
            field=field,
            text_field=f"{field}.transformKql" if rule and rule.flows else field,
            flow=flow,
            stream=kql_columns(streams[flow.stream]) if flow.stream in streams else None,
            table=_joined(azure.get(flow.table), own.get(flow.table)),
        )
        for field, flow in zip(fields, derived.flows, strict=True)
    )


def _joined(azure: Columns | None, own: Columns | None) -> Columns | None:
    """A table may have more columns in Azure than this object declares."""
    return None if azure is None and own is None else {**(azure or {}), **(own or {})}


def _question(one: _Flow) -> Question:
    columns = OPEN if one.stream is None else one.stream
    return Question(one.flow.transform or "", {transforms.SOURCE: columns})


def _refused(derived: Derived) -> Iterator[Finding]:
    """What a kind says against the spec when it makes its body, placeholders above all."""
    seen = set()
    for kind in KINDS:
        for resource in kind.resources(derived):
            try:
                kind.desired(derived, resource, Refs())
            except SpecError as refusal:
                if refusal.message not in seen:
                    sentence = refusal.message.removeprefix(f"{refusal.field}: ").rstrip(".")
                    yield error(refusal.field, sentence)
                seen.add(refusal.message)
            except Fault:
                continue  # no matter of the spec: the walk says it


def _outputs(flows: Sequence[_Flow], azure: Schemas) -> Iterator[Finding]:
    """Custom tables only: no source says that each built-in stream's table can be read by name."""
    for one in flows:
        name, output = one.flow.table, one.flow.output
        if one.table is None and name in azure and not _is_built_in(one):
            yield error(
                f"{one.field}.outputStream",
                f"{output} has no table: the workspace has no {name}: declare it in spec.tables, "
                "correct the name, or create it first",
            )


def _is_built_in(one: _Flow) -> bool:
    return one.flow.output.startswith(BUILT_IN)


def _judged(one: _Flow, reply: Reply | Unchecked | None) -> Iterator[Finding]:
    """`reply` None: there is no transform, the events go as they are sent."""
    if isinstance(reply, Unchecked):
        return
    made: Columns = one.stream or {}
    if reply is not None:
        said = list(transforms.uses(one.text_field, one.flow.transform or "", reply, made))
        yield from said
        if any(finding.severity is Severity.ERROR for finding in said):
            return
        made = dict(reply.columns)
    yield from transforms.typed(one.text_field, made, one.flow.table, one.table)
    if one.stream is not None:  # of a built-in stream nobody knows what passes by itself
        yield from transforms.untimed(one.text_field, made)
        yield from transforms.lost(one.text_field, made, one.flow.table, one.table)


def _query(query: Text, reply: Reply | Unchecked, derived: Derived) -> Iterator[Finding]:
    """Shipped connectors name parsers and lack columns in their queries: all of it warns."""
    if isinstance(reply, Unchecked):
        return
    for mistake in reply.mistakes:
        if mistake.severity == "Error":
            sentence = mistake.message.rstrip(".")
            if mistake.code == "KS211":
                sentence += ": correct it, or ignore this if it is a parser of the workspace"
            else:
                sentence += ": correct the query, it would fail in the portal"
            found = in_text(
                Severity.WARNING, query.field, sentence, text=query.text, start=mistake.start
            )
            yield found if query.placed else warning(query.field, sentence)
    for name in reply.unknown:
        if name.endswith("_CL"):
            known = ", ".join(derived.fed_tables)
            sentence = f"reads {name}, which this connector does not fill: it fills {known}"
            yield warning(query.field, sentence)


def _unchecked(
    flows: Sequence[_Flow], azure: Schemas, replies: Sequence[Reply | Unchecked]
) -> Iterator[str]:
    for reply in replies:
        if isinstance(reply, Unchecked):
            yield f"KQL was not checked: {reply.why}."
    for one in flows:
        if one.table is None and (one.flow.table not in azure or _is_built_in(one)):
            yield (
                f"Columns of {one.flow.table} were not compared with what flows give: only Azure "
                "knows them."
            )
        if one.stream is None:
            yield f"Columns of the stream {one.flow.stream} were not checked: it is built in."
    unknown = sorted(
        {name for reply in replies if isinstance(reply, Reply) for name in reply.unknown}
    )
    foreign = [name for name in unknown if not name.endswith("_CL")]
    if foreign:
        yield f"Columns of {', '.join(foreign)} in queries were not checked: only Azure knows them."
