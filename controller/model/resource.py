"""What a kind promises, what a resource is, and the ports to Azure. Decides nothing."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from controller.model.derived import Derived
from controller.model.kind_name import KindName as KindName  # one of the words told here
from controller.model.spelling import Form

Body = Mapping[str, Any]
"""A JSON object as ARM sends and takes it."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value known only after a write; `refs` names what it waits for ("rule.immutableId")."""

    refs: frozenset[str]

    def __str__(self) -> str:
        return "(known after apply)"


class Refs(Mapping[str, Any]):
    """Values that resources give to each other, by the names of the placeholders.

    `workspace.{name,id,customerId,resourceGroup,subscriptionId,location}`, `tenantId`,
    `endpoint.{id,name,logsIngestion}`, `rule.{id,name,immutableId,logsIngestion}`,
    `application.{appId,servicePrincipalId}`, `installation`, `owner`.
    A name that nobody has given yet reads as `Unknown`, so a plan can be made before any write.
    """

    def __init__(
        self, values: Mapping[str, Any] | None = None, *, missed: set[str] | None = None
    ) -> None:
        self._values = dict(values or {})
        self._missed = missed

    def __getitem__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        if self._missed is not None:
            self._missed.add(name)
        return Unknown(frozenset({name}))

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def also(self, values: Mapping[str, Any]) -> "Refs":
        """These values and more; the newer win."""
        return Refs({**self._values, **values}, missed=self._missed)

    def noting(self, missed: set[str]) -> "Refs":
        """The same; the name of a value that is asked for and that nobody gave is added there."""
        return Refs(self._values, missed=missed)


class Change(NamedTuple):
    """One path that differs. `path` is a JSON pointer into the body; a missing side is None."""

    path: str
    desired: Any
    actual: Any


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """How two bodies of one kind compare. Patterns are JSON pointers; `*` stands for any one part.

    Objects are open: only what desired declares is compared. Lists are closed, matched by the
    `name` of their elements or as multisets, unless a pattern here says otherwise.
    """

    forms: Mapping[str, Form] = field(default_factory=dict)
    """text that compares in another form than as it stands"""
    read_only: frozenset[str] = frozenset()
    """what only Azure writes: never compared, and no part of a write"""
    closed: frozenset[str] = frozenset()
    """objects that may not hold more than desired declares"""
    open_lists: frozenset[str] = frozenset()
    """lists that may hold more than desired declares"""
    unreported: frozenset[str] = frozenset()
    """values that Azure may leave out of a readback: absent there, they are no change"""
    ordered: frozenset[str] = frozenset()
    """subtrees where the order of lists counts"""
    fold_keys: frozenset[str] = frozenset()
    """subtrees where names of keys compare without case; "" is the whole body"""
    blank_is_absent: frozenset[str] = frozenset()
    """subtrees where absent, null, false, "", [] and {} are equal"""


class Verb(StrEnum):
    """How a write reaches ARM."""

    PUT = "PUT"
    PATCH = "PATCH"


class Write(NamedTuple):
    """One request that makes a resource as desired."""

    verb: Verb
    body: Body


@dataclass(frozen=True, slots=True)
class Find:
    """A resource that is found in a LIST, because its name may be another than ours."""

    collection: str
    """the path of the LIST, with its own query (`$filter=…`) if it has one"""
    matches: Callable[[Body], bool]
    any_will_do: bool = False
    """any of several matches satisfies; else only a single one counts, or the one of our name"""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource that a connector wants. `id` is its ARM id, "" if it is not in ARM."""

    kind: KindName
    name: str
    id: str
    managed: bool = True
    """False: read, never written, never deleted (an existing endpoint, a role to verify)"""
    find: Find | None = None

    @property
    def key(self) -> tuple[KindName, str]:
        """What tells it from the connector's other resources."""
        return self.kind, self.name


class Serial(StrEnum):
    """Which writes go one at a time."""

    ID = "id"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class Kind:
    """One ARM resource type: what Azure should hold, as pure functions.

    resources  the resources of this kind that the connector wants; the same for the same spec
    desired    the body that we would write; values still missing are `Unknown`s in it;
               raises SpecError for what only shows here
    rules      how desired and readback compare, path by path
    comparable desired and readback as they compare: what no rule of one path can say (a name that
               stands for something, a value that stands for another); changes neither
    write      the request for a difference: takes desired, readback (None: create), changes;
               raises Stalled for a change that Azure does not allow (kind, location, column type)
    provides   what a readback gives to others, by the names of `Refs`
    settled    None, or why the readback is not final yet ("provisioningState is Updating")
    replacement  the body of the same resource made anew, after it was deleted for a change that
               Azure does not allow: takes desired and the last readback
    columns    the names of what a readback holds, of others too, and no write may lose
    type       the ARM type as Azure's roles spell it, "" for what is not in ARM
    """

    name: KindName
    after: frozenset[KindName]
    resources: Callable[[Derived], tuple[Resource, ...]]
    desired: Callable[[Derived, Resource, Refs], Body]
    rules: Rules
    write: Callable[[Body, Body | None, tuple[Change, ...]], Write]
    provides: Callable[[Derived, Resource, Body], Mapping[str, Any]]
    settled: Callable[[Body], str | None] = lambda _: None
    columns: Callable[[Body], frozenset[str]] = lambda _readback: frozenset()
    serial: Serial = Serial.ID
    type: str = ""
    replacement: Callable[[Body, Body], Body] = lambda desired, _readback: desired
    comparable: Callable[[Body, Body], tuple[Body, Body]] = lambda desired, readback: (
        desired,
        readback,
    )


class Arm(Protocol):
    """Azure Resource Manager. Every call raises a `Fault`; ids are paths that begin with `/`.

    The api-version is the port's business. `put` and `patch` wait for a long-running operation
    and return the resource as it is then. `delete` of what is not there is no fault. `before` is
    the readback that the write goes by: it is for the audit trail, and is not sent.
    """

    async def get(self, resource_id: str) -> Body | None:
        """The resource, None when it does not exist."""
        ...

    async def list(self, collection: str, *, every_version: bool = False) -> list[Body]:
        """All pages; a collection whose scope does not exist is empty.

        `every_version`: what any api-version of the type shows, each resource once.
        """
        ...

    async def put(self, resource_id: str, body: Body, *, before: Body | None = None) -> Body: ...

    async def patch(self, resource_id: str, body: Body, *, before: Body | None = None) -> Body: ...

    async def delete(self, resource_id: str, *, before: Body | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Workspace:
    """What the workspace's readback tells. `customer_id` is the GUID that queries name."""

    id: str
    location: str
    customer_id: str
    tenant_id: str


class Inventory(Protocol):
    """Whether the place that a connector goes to is ready for it."""

    async def workspace(self, subscription_id: str, resource_group: str, name: str) -> Workspace:
        """Raises Stalled with WorkspaceNotFound, ProviderNotRegistered, SentinelNotOnboarded."""
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """The primary result of a query. No columns: the workspace never held data."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    types: tuple[str, ...] = ()
    """of the columns, as KQL names them; empty when nobody told"""
    partial: str = ""
    """why this is not the whole answer, in Azure's words; "" when it is"""

    def first(self, column: str) -> Any:
        """The named column of the first row, None without a row or column."""
        if not self.rows or column not in self.columns:
            return None
        return self.rows[0][self.columns.index(column)]


class QueryError(Exception):
    """A query that Log Analytics cannot run; `missing` when a table or column does not resolve."""

    def __init__(self, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.missing = missing


class Logs(Protocol):
    """The query side of a workspace."""

    async def query(self, customer_id: str, kql: str) -> Rows:
        """Raises QueryError for the query's own mistakes, Fault for all else."""
        ...

    async def search(self, customer_id: str, kql: str, timespan: str) -> Rows:
        """The same for a Basic or Auxiliary table, billed by what lies in `timespan` ("P1D")."""
        ...


ReadSecret = Callable[[str, str], Awaitable[Mapping[str, bytes]]]
"""Namespace and name of a Kubernetes Secret -> what it holds by its keys.

Raises Waiting when it is not there or may not be read, Transient when nobody answers."""
