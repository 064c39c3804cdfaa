"""What follows from a spec by itself (DESIGN 2a): names, ids, columns, streams, flows.

Decides every default; knows no readback.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from controller.model import arm_ids, claims
from controller.model.arm_ids import ENDPOINTS, RULES
from controller.model.columns import in_table
from controller.model.errors import SpecError
from controller.model.flows import Flow, Streams, flows_of, streams_of
from controller.model.spec import EndpointCreate, Rule, Spec, Table


@dataclass(frozen=True, slots=True)
class Push:
    """One data connector of kind Push. `named`: the spec gives the name.

    `properties` lies under the derived body.
    """

    name: str
    named: bool
    stream: str
    is_active: bool
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Derived:
    """A connector with nothing left out but what only Azure knows.

    Ids are ARM paths as we write them. `endpoint_id` is None for a Direct rule without one.
    """

    owner: str
    """<installation>/<namespace>/<name>: the claim that our rule carries"""
    installation: str
    name: str
    spec: Spec
    workspace_id: str
    tables: tuple[Table, ...]
    """with TimeGenerated first where it was not given"""
    endpoint_id: str | None
    endpoint_name: str | None
    endpoint_managed: bool
    rule_id: str
    rule_name: str
    streams: Streams
    """the streams that the rule declares"""
    flows: tuple[Flow, ...]
    definition_name: str
    pushes: tuple[Push, ...]
    app_id: str
    service_principal_id: str

    @property
    def plain_name(self) -> str:
        """The object's name as Azure's names have it, and as a title."""
        return _plain(self.name)

    @property
    def definition_id(self) -> str:
        collection = "dataConnectorDefinitions"
        return arm_ids.sentinel(self.workspace_id, collection, self.definition_name)

    @property
    def fed_tables(self) -> tuple[str, ...]:
        """The names of the tables that flows end in, in order, each once."""
        return tuple(dict.fromkeys(flow.table for flow in self.flows))


def derive(spec: Spec, *, namespace: str, name: str, installation: str) -> Derived:
    """A parsed spec with its defaults; raises SpecError for what contradicts them."""
    _refuse_twins(spec)
    place, rule = spec.workspace, spec.rule or Rule()
    plain = _plain(name)
    tables = tuple(
        table.model_copy(update={"columns": in_table(table.columns)}) for table in spec.tables
    )
    streams = streams_of(rule, tables)
    flows = flows_of(rule, tables, streams)
    definition = (spec.definition and spec.definition.name) or plain
    _check_ui(spec, definition)
    endpoint = _endpoint_id(spec)
    rule_name = rule.name or plain
    group = rule.resource_group or place.resource_group
    application = spec.application.existing
    return Derived(
        owner=_owner(installation, namespace, name),
        installation=installation,
        name=name,
        spec=spec,
        workspace_id=arm_ids.workspace(place.subscription_id, place.resource_group, place.name),
        tables=tables,
        endpoint_id=endpoint,
        endpoint_name=endpoint and arm_ids.name_of(endpoint),
        endpoint_managed=endpoint is not None and not (spec.endpoint and spec.endpoint.existing),
        rule_id=arm_ids.in_group(place.subscription_id, group, RULES, rule_name),
        rule_name=rule_name,
        streams=streams,
        flows=flows,
        definition_name=definition,
        pushes=_pushes(spec, definition, flows[0].stream),
        app_id=application.app_id,
        service_principal_id=application.service_principal_id,
    )


def _plain(name: str) -> str:
    return name.replace(".", "-")


def _owner(installation: str, namespace: str, name: str) -> str:
    owner = claims.owner_claim(installation, namespace, name)
    if len(owner) > claims.TAG_LENGTH:
        raise SpecError(
            "metadata.name",
            f"makes an owner tag of {len(owner)} characters ({owner[:40]}…), a tag in Azure holds "
            f"{claims.TAG_LENGTH}: use a shorter name",
        )
    return owner


def _refuse_twins(spec: Spec) -> None:
    """Names that differ only in case are one to Azure, or one to whoever reads them."""
    streams = (spec.rule and spec.rule.streams) or ()
    for where, names in (
        ("spec.tables", [table.name for table in spec.tables]),
        ("spec.rule.streams", [stream.name for stream in streams]),
        ("spec.dataConnectors", [connector.name for connector in spec.data_connectors]),
    ):
        seen: dict[str, str] = {}
        for index, name in enumerate(names):
            before = seen.setdefault(name.casefold(), name)
            if before != name:
                said = f"{name} differs from {before} in upper and lower case only"
                raise SpecError(f"{where}[{index}].name", said)


def _endpoint_id(spec: Spec) -> str | None:
    """The workspace's endpoint unless told otherwise: the portal shares it in the same way."""
    place, endpoint = spec.workspace, spec.endpoint
    if endpoint is None and spec.rule is not None and spec.rule.kind == "Direct":
        return None
    if endpoint is not None and endpoint.existing is not None:
        return endpoint.existing.resource_id
    create = (endpoint and endpoint.create) or EndpointCreate()
    group, name = create.resource_group or place.resource_group, create.name or place.name
    return arm_ids.in_group(place.subscription_id, group, ENDPOINTS, name)


def _check_ui(spec: Spec, definition: str) -> None:
    ui = (spec.definition and spec.definition.ui) or {}
    if ui.get("id", definition) != definition:
        raise SpecError(
            "spec.definition.ui.id",
            f"is {ui['id']!r}, the definition's name is {definition!r}: leave it out",
        )
    if "connectivityCriteria" in ui and "connectivityCriterias" in ui:
        raise SpecError(
            "spec.definition.ui.connectivityCriterias",
            "is the same as connectivityCriteria, which is given too: keep one of the two",
        )


def _pushes(spec: Spec, definition: str, first: str) -> tuple[Push, ...]:
    if not spec.data_connectors:
        return (Push(name=definition, named=False, stream=first, is_active=True),)
    return tuple(
        Push(
            name=connector.name,
            named=True,
            stream=connector.stream or first,
            is_active=connector.is_active,
            properties=connector.properties or {},
        )
        for connector in spec.data_connectors
    )
