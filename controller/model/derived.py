"""What follows from a spec by itself (DESIGN 2a): names, ids, columns, streams, flows.

Decides every default; knows no readback.
"""

from dataclasses import dataclass

from controller.model.spec import Column, Spec, Table


@dataclass(frozen=True, slots=True)
class Flow:
    """One data flow of the rule. `output` is the outputStream, `table` the table's name in KQL."""

    stream: str
    output: str
    table: str
    transform: str | None


@dataclass(frozen=True, slots=True)
class Push:
    """One data connector of kind Push. `named`: the spec gives the name."""

    name: str
    named: bool
    stream: str
    is_active: bool


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
    streams: tuple[tuple[str, tuple[Column, ...]], ...]
    """the streams that the rule declares"""
    flows: tuple[Flow, ...]
    definition_name: str
    pushes: tuple[Push, ...]
    app_id: str
    service_principal_id: str

    @property
    def fed_tables(self) -> tuple[str, ...]:
        """The names of the tables that flows end in, in order, each once."""
        return tuple(dict.fromkeys(flow.table for flow in self.flows))


def derive(spec: Spec, *, namespace: str, name: str, installation: str) -> Derived:
    """A spec with its defaults; raises SpecError where a default needs what is not given."""
    raise NotImplementedError
