"""The object as its user writes it: CR -> frozen values. The CRD is made from these models.

Decides what a legal spec is, not what follows from it (that is `derived`).
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, ValidationError

from controller.model import reading
from controller.model.errors import SpecError
from controller.model.ingestion import (
    Column,
    Endpoint,
    EndpointCreate,
    EndpointExisting,
    Flow,
    Rule,
    Stream,
    Table,
)
from controller.model.part import MAP_BY_NAME, Breach, Count, Flag, Law, Part
from controller.model.sentinel import (
    Author,
    DataConnector,
    Definition,
    Metadata,
    Source,
    Support,
)
from controller.model.terms import (
    Adoption,
    Application,
    ApplicationExisting,
    Apply,
    CredentialsRef,
    Deletion,
    Fate,
    Ignored,
    Policy,
    RolePolicy,
    Workspace,
)

__all__ = [
    "Adoption",
    "Application",
    "ApplicationExisting",
    "Apply",
    "Author",
    "Column",
    "CredentialsRef",
    "DataConnector",
    "Definition",
    "Deletion",
    "Endpoint",
    "EndpointCreate",
    "EndpointExisting",
    "Fate",
    "Flow",
    "Ignored",
    "Metadata",
    "Policy",
    "RolePolicy",
    "Rule",
    "Source",
    "Spec",
    "Stream",
    "Support",
    "Table",
    "Workspace",
    "parse",
    "problems",
]


def _base(name: str) -> str:
    """What stream and table of the same name have in common."""
    return name.removeprefix("Custom-").removesuffix("_CL")


def _streams(spec: "Spec") -> tuple[str, ...]:
    """The streams that the rule will declare."""
    if spec.rule is not None and spec.rule.streams is not None:
        return tuple(stream.name for stream in spec.rule.streams)
    return tuple(f"Custom-{_base(table.name)}" for table in spec.tables)


def _flows(spec: "Spec") -> tuple[Flow, ...]:
    return (spec.rule.flows if spec.rule else None) or ()


def _output_exists(spec: "Spec") -> Iterator[Breach]:
    names = {table.name for table in spec.tables}
    for place, flow in enumerate(_flows(spec)):
        if flow.table is not None and flow.table not in names:
            said = f"{flow.table} is not in spec.tables; another table is given by outputStream"
            yield f".rule.flows[{place}].table", said


def _flow_input_exists(spec: "Spec") -> Iterator[Breach]:
    for place, flow in enumerate(_flows(spec)):
        if sentence := _undeclared(flow.stream, _streams(spec)):
            yield f".rule.flows[{place}].stream", sentence


def _connector_input_exists(spec: "Spec") -> Iterator[Breach]:
    for place, connector in enumerate(spec.data_connectors):
        if sentence := connector.stream and _undeclared(connector.stream, _streams(spec)):
            yield f".dataConnectors[{place}].stream", sentence


def _undeclared(stream: str, declared: tuple[str, ...]) -> str:
    if stream in declared or stream.startswith("Microsoft-"):
        return ""
    return f"no stream {stream} is declared; there are: {', '.join(declared) or 'none'}"


def _flows_follow(spec: "Spec") -> Iterator[Breach]:
    bases = {_base(table.name) for table in spec.tables}
    streams = {_base(stream) for stream in _streams(spec)}
    if not _flows(spec) and not (streams and streams <= bases):
        yield ".rule.flows", "is needed: not every stream has a table of the same name"


def _cel_undeclared(stream: str) -> str:
    return (
        f"!{stream}.startsWith('Microsoft-') && !(has(self.rule) && has(self.rule.streams)"
        f" ? self.rule.streams.exists(s, s.name == {stream})"
        " : has(self.tables)"
        f" && self.tables.exists(t, 'Custom-' + t.name == {stream} + '_CL'))"
    )


_SOME_FLOWS = "has(self.rule) && has(self.rule.flows)"
_CEL_NO_OUTPUT = "has(f.table) && !(has(self.tables) && self.tables.exists(t, t.name == f.table))"
_CEL_NO_INPUT = _cel_undeclared("f.stream")
_CEL_NO_BINDING = f"has(d.stream) && {_cel_undeclared('d.stream')}"
_CEL_FLOWS_FOLLOW = (
    "has(self.tables) && size(self.tables) > 0 && (!has(self.rule) || !has(self.rule.streams)"
    " || (size(self.rule.streams) > 0 && self.rule.streams.all(s, self.tables.exists(t,"
    " 'Custom-' + t.name == s.name || 'Custom-' + t.name == s.name + '_CL'))))"
)


class Spec(Part):
    """Everything that one push source needs in one Sentinel workspace."""

    laws: ClassVar[tuple[Law, ...]] = (
        Law(
            f"!({_SOME_FLOWS}) || !self.rule.flows.exists(f, {_CEL_NO_OUTPUT})",
            "a flow's table is not in spec.tables; another table is given by outputStream",
            _output_exists,
            field=".rule.flows",
            sentence=f"self.rule.flows.filter(f, {_CEL_NO_OUTPUT})[0].table"
            " + ' is not in spec.tables; another table is given by outputStream'",
        ),
        Law(
            f"!({_SOME_FLOWS}) || !self.rule.flows.exists(f, {_CEL_NO_INPUT})",
            "a flow's stream is neither declared nor built in (Microsoft-…)",
            _flow_input_exists,
            field=".rule.flows",
            sentence=f"'no stream ' + self.rule.flows.filter(f, {_CEL_NO_INPUT})[0].stream"
            " + ' is declared'",
        ),
        Law(
            f"!has(self.dataConnectors) || !self.dataConnectors.exists(d, {_CEL_NO_BINDING})",
            "a data connector's stream is neither declared nor built in (Microsoft-…)",
            _connector_input_exists,
            field=".dataConnectors",
        ),
        Law(
            f"({_SOME_FLOWS}) || ({_CEL_FLOWS_FOLLOW})",
            "rule.flows is needed: not every stream has a table of the same name",
            _flows_follow,
        ),
    )
    workspace: Workspace = Field(
        description="The Sentinel workspace that the connector belongs to."
    )
    credentials_ref: CredentialsRef | None = Field(
        None,
        description="Whose rights in Azure act for the object. Left out: the operator's own. The "
        "operator's setting `namespaces` says which of the two a namespace has to use.",
    )
    tables: Annotated[tuple[Table, ...], Field(max_length=32, json_schema_extra=MAP_BY_NAME)] = (
        Field(
            (),
            description="Custom tables. None when every flow ends in a standard table.",
        )
    )
    endpoint: Endpoint | None = Field(
        None,
        description="The data collection endpoint. Left out: created with the workspace's name, "
        "none for a rule of kind Direct.",
    )
    rule: Rule | None = Field(
        None, description="The data collection rule. Left out: one stream and one flow a table."
    )
    definition: Definition | None = Field(
        None, description="The card in Sentinel's gallery. Left out: derived as a whole."
    )
    data_connectors: Annotated[
        tuple[DataConnector, ...], Field(max_length=32, json_schema_extra=MAP_BY_NAME)
    ] = Field(
        (),
        description="Data connectors of kind Push. Left out: one, which is the only Push connector "
        "that the definition has already, else named like the definition.",
    )
    application: Application = Field(
        description="The Entra application that the source pushes its events with."
    )
    role_assignment: RolePolicy = Field(
        RolePolicy.ENSURE,
        description="The application's role Monitoring Metrics Publisher: Ensure assigns it at the "
        "rule if it is not held there or above, Verify only says so, Ignore does not look.",
    )
    policy: Policy = Field(Policy(), description="How far the operator may go.")
    suspend: Flag = Field(
        False, description="Stop reading and writing Azure for this object; deletion still works."
    )
    resync_interval_seconds: Annotated[Count, Field(ge=1, le=86400)] = Field(
        600, description="Seconds between two comparisons with Azure when nothing changes."
    )
    connectivity_interval_seconds: Annotated[Count, Field(ge=1, le=86400)] | None = Field(
        None,
        description="Seconds between two questions whether data arrives. Left out: 300, and tables "
        "of plan Basic or Auxiliary are not asked, since their queries are billed.",
    )

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Self:
        """Raw JSON, keys as in YAML; raises pydantic's ValidationError."""
        return cls.model_validate(raw, by_alias=True, by_name=False)


def _names(part: type[Part]) -> Iterator[str]:
    for below in part.__subclasses__():
        yield from (field.alias for field in below.model_fields.values() if field.alias)


_FIELDS = tuple(dict.fromkeys(_names(Part)))


def _read(raw: Mapping[str, Any]) -> Spec | tuple[SpecError, ...]:
    try:
        spec = Spec.read(raw)
    except ValidationError as refused:
        return reading.errors(refused, "spec", _FIELDS)
    return tuple(reading.breaches(spec, "spec")) or spec


def parse(raw: Mapping[str, Any]) -> Spec:
    """The spec as the API server holds it; raises SpecError for what is wrong first.

    Says by itself all that the schema and its CEL laws say: a stored object may be older than
    the schema, or come from an API server that drops CEL.
    """
    found = _read(raw)
    if isinstance(found, Spec):
        return found
    raise found[0]


def problems(raw: Mapping[str, Any]) -> tuple[SpecError, ...]:
    """Everything that is wrong with a spec; laws between fields only once each field is legal."""
    found = _read(raw)
    return () if isinstance(found, Spec) else found


def credentials_of(raw: Mapping[str, Any]) -> str | None:
    """The Secret that a spec names, None if it names none; raises SpecError.

    By itself, since a spec with a mistake elsewhere still says by whose rights it is looked after.
    """
    ref = raw.get("credentialsRef")
    try:
        return None if ref is None else CredentialsRef.model_validate(ref, by_name=False).name
    except ValidationError as refused:
        raise reading.errors(refused, "spec.credentialsRef", _FIELDS)[0] from refused
