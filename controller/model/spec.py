"""The object as its user writes it: CR -> frozen values. The CRD is made from these models.

Decides what a legal spec is, not what follows from it (that is `derived`).
"""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Part(BaseModel):
    """A piece of the spec: frozen, camelCase in YAML, unknown keys named as an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class Workspace(Part):
    """The Sentinel workspace that the connector belongs to."""

    subscription_id: str
    resource_group: str
    name: str
    location: str | None = None


class Column(Part):
    name: str
    type: str
    description: str | None = None


class Table(Part):
    name: str
    plan: str | None = None
    retention_in_days: int | None = None
    total_retention_in_days: int | None = None
    description: str | None = None
    columns: tuple[Column, ...]


class EndpointCreate(Part):
    name: str | None = None
    resource_group: str | None = None
    public_network_access: str | None = None
    description: str | None = None
    tags: dict[str, str] | None = None


class EndpointExisting(Part):
    resource_id: str


class Endpoint(Part):
    create: EndpointCreate | None = None
    existing: EndpointExisting | None = None


class Stream(Part):
    name: str
    columns: tuple[Column, ...]


class Flow(Part):
    stream: str
    table: str | None = None
    output_stream: str | None = None
    transform_kql: str | None = None


class Rule(Part):
    name: str | None = None
    resource_group: str | None = None
    kind: str | None = None
    description: str | None = None
    tags: dict[str, str] | None = None
    streams: tuple[Stream, ...] | None = None
    flows: tuple[Flow, ...] | None = None


class Source(Part):
    kind: str
    name: str | None = None
    source_id: str | None = None


class Author(Part):
    name: str | None = None
    email: str | None = None
    link: str | None = None


class Support(Part):
    tier: str
    name: str | None = None
    email: str | None = None
    link: str | None = None


class Metadata(Part):
    version: str = "1.0.0"
    source: Source | None = None
    author: Author | None = None
    support: Support | None = None
    dependencies: dict[str, Any] | None = None


class Definition(Part):
    name: str | None = None
    ui: dict[str, Any] | None = None
    connections_config: dict[str, Any] | None = None
    metadata: Metadata | None = None


class DataConnector(Part):
    name: str | None = None
    stream: str | None = None
    is_active: bool = True
    properties: dict[str, Any] | None = None


class ApplicationExisting(Part):
    app_id: str
    service_principal_id: str


class Application(Part):
    existing: ApplicationExisting


class RolePolicy(StrEnum):
    ENSURE = "Ensure"
    VERIFY = "Verify"
    IGNORE = "Ignore"


class Fate(StrEnum):
    """What deletion of the object does to a resource."""

    DELETE = "Delete"
    RETAIN = "Retain"


class Deletion(Part):
    tables: Fate = Fate.RETAIN
    created: Fate = Fate.DELETE
    adopted: Fate = Fate.RETAIN


class Policy(Part):
    deletion: Deletion = Deletion()
    table_protection_days: int = 30


class Spec(Part):
    """Everything that one push source needs in one Sentinel workspace."""

    workspace: Workspace
    tables: tuple[Table, ...] = ()
    endpoint: Endpoint | None = None
    rule: Rule | None = None
    definition: Definition | None = None
    data_connectors: tuple[DataConnector, ...] = ()
    application: Application
    role_assignment: RolePolicy = RolePolicy.ENSURE
    policy: Policy = Policy()
    suspend: bool = False
    resync_interval_seconds: Annotated[int, Field(ge=1)] = 600
    connectivity_interval_seconds: int | None = None
