"""Which actions in Azure a connector needs, and at which scopes: by its spec and policy alone.

One row an action: docs/operations.md shows them, `contosoctl rbac` makes roles of them. The names
follow Azure's rule, `{provider}/{type}/{verb}` (role-based-access-control/role-definitions.md);
those of queries are in Azure Monitor's logs/manage-access.md.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from controller.kinds import KINDS
from controller.model.arm_ids import group_scope, subscription_scope
from controller.model.derived import Derived
from controller.model.resource import Kind, KindName
from controller.model.spec import Apply, Fate
from controller.reconcile.deletion import OF_WORKSPACE


class Level(StrEnum):
    """How wide a scope is, the narrowest first."""

    WORKSPACE = "workspace"
    GROUP = "resource group"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class Place:
    """A scope as the table names it, and its ARM id for one connector; None: it has none."""

    level: Level
    words: str
    of: Callable[[Derived], str | None]


@dataclass(frozen=True, slots=True)
class When:
    """Which connectors need an action, in words and as a test. `apply: Never` is told apart."""

    words: str
    holds: Callable[[Derived], bool]
    reads: bool = False
    """whether it is needed with `apply: Never` too"""


@dataclass(frozen=True, slots=True)
class Action:
    """One row. `lack`: what is lost without it, "" where the connector does not work then."""

    name: str
    place: Place
    purpose: str
    when: When
    lack: str = ""

    def scope(self, derived: Derived) -> str | None:
        """Where the connector needs it, None: nowhere."""
        never = derived.spec.policy.apply is Apply.NEVER
        if (never and not self.when.reads) or not self.when.holds(derived):
            return None
        return self.place.of(derived)


WORKSPACE = Place(Level.WORKSPACE, "workspace", lambda derived: derived.workspace_id)
SUBSCRIPTION = Place(
    Level.SUBSCRIPTION, "subscription", lambda derived: subscription_scope(derived.workspace_id)
)
RULE_GROUP = Place(
    Level.GROUP, "resource group of the rule", lambda derived: group_scope(derived.rule_id)
)
ENDPOINT_GROUP = Place(
    Level.GROUP,
    "resource group of the endpoint",
    lambda derived: derived.endpoint_id and group_scope(derived.endpoint_id),
)
_PLACES = {
    KindName.ENDPOINT: ENDPOINT_GROUP,
    KindName.RULE: RULE_GROUP,
    KindName.ROLE_ASSIGNMENT: RULE_GROUP,
}

ALWAYS = When("always", lambda _: True, reads=True)
_TABLES = When("where there are tables", lambda derived: bool(derived.tables))


def _managed(kind: Kind, derived: Derived) -> bool:
    return any(resource.managed for resource in kind.resources(derived))


def _fates(derived: Derived) -> tuple[Fate, Fate]:
    deletion = derived.spec.policy.deletion
    return deletion.created, deletion.adopted


def _goes(kind: Kind, derived: Derived) -> bool:
    """Whether there is an origin with which deletion takes it (`deletion.Deletion.doomed`)."""
    policy = derived.spec.policy
    if not _managed(kind, derived):
        return False
    if kind.name is KindName.TABLE:
        return policy.deletion.tables is Fate.DELETE
    if kind.name is KindName.ENDPOINT:
        return policy.deletion.created is Fate.DELETE
    replaced = kind.name.value in policy.allow_replace
    return replaced or Fate.DELETE in _fates(derived)


_ENSURED = "with `roleAssignment: Ensure`"
_GONE = "with `deletion.created` or `adopted` Delete"
_READ_WORDS = {
    KindName.ENDPOINT: "where there is one",
    KindName.ROLE_ASSIGNMENT: f"{_ENSURED} or `Verify`",
}
_WRITE_WORDS = {
    KindName.TABLE: _TABLES.words,
    KindName.ENDPOINT: "unless it is `endpoint.existing`",
    KindName.ROLE_ASSIGNMENT: _ENSURED,
}
_ENDPOINT_GOES = "with `deletion.created: Delete`, unless it is `endpoint.existing`"
_DELETE_WORDS = {
    KindName.TABLE: "with `deletion.tables: Delete`",
    KindName.ENDPOINT: _ENDPOINT_GOES,
    KindName.RULE: f"{_GONE}, or `allowReplace`",
    KindName.ROLE_ASSIGNMENT: f"{_ENSURED} and {_GONE.removeprefix('with ')}",
}


def _of_kind(kind: Kind) -> Iterator[Action]:
    """Read, write and delete of one resource kind."""
    name, place = kind.name, WORKSPACE if kind.name in OF_WORKSPACE else _PLACES[kind.name]
    # tables of others are read too: the preflight compares what flows into them
    read = When(
        _READ_WORDS.get(name, ALWAYS.words),
        lambda derived: name is KindName.TABLE or bool(kind.resources(derived)),
        reads=True,
    )
    write = When(_WRITE_WORDS.get(name, ALWAYS.words), lambda derived: _managed(kind, derived))
    delete = When(_DELETE_WORDS.get(name, _GONE), lambda derived: _goes(kind, derived))
    for verb, when in (("read", read), ("write", write), ("delete", delete)):
        yield Action(f"{kind.type}/{verb}", place, str(name), when)


_ENDPOINT = next(kind for kind in KINDS if kind.name is KindName.ENDPOINT)
_USED = When(_ENDPOINT_GOES, lambda derived: _goes(_ENDPOINT, derived))
_IN_USE = "whether an endpoint is still used, before it is deleted"
_LOGS = "Microsoft.OperationalInsights"

PLACE: tuple[Action, ...] = (
    Action("Microsoft.Resources/subscriptions/read", SUBSCRIPTION, "the tenant's id", ALWAYS),
    Action(f"{_LOGS}/workspaces/read", WORKSPACE, "location and customer id", ALWAYS),
    Action(
        "Microsoft.SecurityInsights/onboardingStates/read",
        WORKSPACE,
        "whether Sentinel is enabled",
        ALWAYS,
    ),
    Action(f"{_LOGS}/workspaces/query/read", WORKSPACE, "whether data arrives", ALWAYS),
    Action(f"{_LOGS}/workspaces/query/*/read", WORKSPACE, "the same, of every table", ALWAYS),
    Action(
        f"{_LOGS}/locations/operationstatuses/read",
        SUBSCRIPTION,
        "the end of a table's operation",
        _TABLES,
    ),
    Action(
        "Microsoft.Insights/dataCollectionRuleAssociations/read", ENDPOINT_GROUP, _IN_USE, _USED
    ),
    Action("Microsoft.Insights/dataCollectionRules/read", SUBSCRIPTION, _IN_USE, _USED),
)
"""what no resource kind of its own needs, but the connector as a whole"""

OPTIONAL: tuple[Action, ...] = (
    Action(
        "Microsoft.Resources/subscriptions/providers/read",
        SUBSCRIPTION,
        "whether the resource providers are registered",
        ALWAYS,
        "the providers count as registered",
    ),
    Action(
        "Microsoft.Insights/dataCollectionRules/read",
        SUBSCRIPTION,
        "where the rule of a connector lies that the portal made",
        ALWAYS,
        "such a connector is not taken over: `AccessDenied`, or a second rule beside it",
    ),
    Action(
        "Microsoft.Insights/eventtypes/values/read",
        SUBSCRIPTION,
        "who changed what drifted",
        ALWAYS,
        "drift is told without `ChangedBy`",
    ),
)
"""what a connector works without"""

ACTIONS: tuple[Action, ...] = (
    *PLACE,
    *(
        action
        for name in KindName
        for kind in KINDS
        if kind.name is name and kind.type
        for action in _of_kind(kind)
    ),
    *OPTIONAL,
)


@dataclass(frozen=True, slots=True)
class Need:
    """An action at one scope, as a connector needs it."""

    action: Action
    scope: str

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from other needs: to ARM an id has no case."""
        return self.scope.casefold(), self.action.name


def needs(derived: Derived) -> tuple[Need, ...]:
    """All that the connector needs, in the table's order; what it needs anyway is not optional.

    What a former spec named, or the portal under other names, is not known from the manifest.
    """
    found: dict[tuple[str, str], Need] = {}
    for action in ACTIONS:
        scope = action.scope(derived)
        if scope is not None:
            need = Need(action, scope)
            found.setdefault(need.key, need)
    return tuple(found.values())


def table() -> str:
    """The table of docs/operations.md, in Markdown."""
    lines = ["| action | scope | for | when | without it |", "|---|---|---|---|---|"]
    for action in ACTIONS:
        cells = (f"`{action.name}`", action.place.words, action.purpose, action.when.words)
        lines.append(f"| {' | '.join(cells)} | {action.lack} |".replace("|  |", "| |"))
    return "\n".join(lines) + "\n"
