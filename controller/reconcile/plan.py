"""The steps of a connector: what each resource needs and why. Pure; the walk carries them out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from graphlib import TopologicalSorter
from typing import Any

from controller.model.derived import Derived
from controller.model.errors import Fault, SpecError, Stalled, Throttled, Transient, Waiting
from controller.model.reasons import Reason
from controller.model.resource import Body, Change, KindName, Refs, Resource, Unknown, Workspace
from controller.reconcile.observe import KIND

Key = tuple[KindName, str]
Needs = Mapping[Key, tuple[Key, ...]]

REFUSALS = frozenset({Reason.IMMUTABLE, Reason.CONFLICT, Reason.NOT_OURS})
"""what makes nothing of the whole plan: it would leave Azure between two wishes"""

GIVEN_BY = {
    "endpoint": KindName.ENDPOINT,
    "rule": KindName.RULE,
    "application": KindName.APPLICATION,
}
"""which kind gives the refs that begin so; all others are known from the start"""


class Action(StrEnum):
    """What a resource needs."""

    NONE = "none"
    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    """an update of what was not ours before"""
    REPLACE = "replace"
    """deleted and created again, for a change that Azure does not allow"""
    WAIT = "wait"
    """an operation of Azure on it is under way"""
    BLOCKED = "blocked"
    """what it depends on did not get there"""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """What one resource needs, or got.

    `found`: the first look of the walk showed it (None: it could not look); `written`: this walk
    changed it.
    `readback` is the newest one, None when it does not exist; `kept` is what Azure holds otherwise
    though it was written twice.
    """

    resource: Resource
    action: Action
    changes: tuple[Change, ...] = ()
    desired: Body | None = None
    readback: Body | None = None
    found: bool | None = False
    written: bool = False
    fault: Fault | None = None
    kept: tuple[Change, ...] = ()

    @property
    def writes(self) -> bool:
        return self.action in (Action.CREATE, Action.UPDATE, Action.ADOPT, Action.REPLACE)

    @property
    def reached(self) -> bool:
        """It is as desired now."""
        return self.written or self.action is Action.NONE

    @property
    def stuck(self) -> bool:
        return self.action in (Action.BLOCKED, Action.FAILED)

    @property
    def refused(self) -> bool:
        return self.fault is not None and self.fault.reason in REFUSALS


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps of a connector in dependency order, and the values that are known by then.

    `derived` has the names under which the connector was found, None: those that it was asked by.
    """

    workspace: Workspace
    steps: tuple[Step, ...]
    refs: Refs
    derived: Derived | None = None

    @property
    def done(self) -> bool:
        return all(step.reached for step in self.steps)

    @property
    def to_do(self) -> tuple[Step, ...]:
        """What is to be written, or to be waited for."""
        return tuple(step for step in self.steps if step.writes or step.action is Action.WAIT)

    @property
    def refused(self) -> bool:
        """A step asks for what may not be, so nothing is written."""
        return any(step.refused for step in self.steps)

    @property
    def fault(self) -> Fault | None:
        """The fault that says most about what to do: a person's work first, silence last."""
        faults = [step.fault for step in self.steps if step.fault is not None]
        return min(faults, key=_urgency, default=None)

    @property
    def wrong(self) -> SpecError | None:
        """What of the spec only a resource's body has shown to be wrong."""
        faults = (step.fault for step in self.steps)
        return next((fault for fault in faults if isinstance(fault, SpecError)), None)

    def of(self, kind: KindName) -> Iterator[Step]:
        return (step for step in self.steps if step.resource.kind is kind)


_URGENCY: tuple[type[Fault], ...] = (Stalled, Waiting, Throttled, Transient, Fault)


def _urgency(fault: Fault) -> int:
    return next(index for index, kind in enumerate(_URGENCY) if isinstance(fault, kind))


def base_refs(derived: Derived, workspace: Workspace) -> Refs:
    """What is known before any resource is read."""
    place = derived.spec.workspace
    return Refs(
        {
            "workspace.name": place.name,
            "workspace.id": workspace.id,
            "workspace.customerId": workspace.customer_id,
            "workspace.resourceGroup": place.resource_group,
            "workspace.subscriptionId": place.subscription_id,
            "workspace.location": workspace.location,
            "tenantId": workspace.tenant_id,
            "owner": derived.owner,
            "installation": derived.installation,
        }
    )


def needs(derived: Derived, resources: Iterable[Resource], base: Refs) -> Needs:
    """For each resource, in dependency order, the ones that must be there before it is written.

    Computed from the values in use: a definition that shows none of the rule's starts at once.
    """
    by_kind: dict[KindName, list[Key]] = {}
    after: dict[KindName, frozenset[KindName]] = {}
    for resource in resources:
        by_kind.setdefault(resource.kind, []).append(resource.key)
        others = KIND[resource.kind].after | _providers(derived, resource, base)
        after[resource.kind] = after.get(resource.kind, frozenset()) | others
    # sorted: the order of steps is that of the status, the same in every process
    graph = tuple((kind, tuple(sorted(others))) for kind, others in after.items())
    before = {
        kind: tuple(key for name in names for key in by_kind.get(name, ())) for kind, names in graph
    }
    return {key: before[kind] for kind in _in_order(graph) for key in by_kind.get(kind, ())}


@lru_cache(maxsize=64)  # the connectors of an installation have a few graphs between them
def _in_order(graph: tuple[tuple[KindName, tuple[KindName, ...]], ...]) -> tuple[KindName, ...]:
    return tuple(TopologicalSorter(dict(graph)).static_order())


def _providers(derived: Derived, resource: Resource, base: Refs) -> frozenset[KindName]:
    missed: set[str] = set()
    try:
        desired = KIND[resource.kind].desired(derived, resource, base.noting(missed))
    except Fault:
        return frozenset()  # said again, and then kept, when the step is decided
    if not missed:
        return frozenset()  # tables, which are the most
    roots = {ref.partition(".")[0] for ref in unknown_refs(desired)}
    return frozenset(GIVEN_BY[root] for root in roots)


def unknown_refs(value: Any) -> frozenset[str]:
    """The names of the values that a body still waits for."""
    refs: set[str] = set()
    todo: list[Iterable[Any]] = [(value,)]
    while todo:
        for item in todo.pop():
            if type(item) is str:
                continue  # nine of ten values, and every body is walked in every comparison
            if type(item) is dict:
                todo.append(item.values())
            elif isinstance(item, Unknown):
                refs |= item.refs
            elif isinstance(item, list | tuple):
                todo.append(item)
            elif isinstance(item, Mapping):
                todo.append(item.values())
    return frozenset(refs)


def provided(derived: Derived, step: Step) -> Mapping[str, Any]:
    """What a step's readback gives to the others; of what is to be replaced only what stays."""
    if step.readback is None:
        return {}
    if step.action is Action.REPLACE and not step.written:
        return KIND[step.resource.kind].provides(derived, step.resource, {})
    return KIND[step.resource.kind].provides(derived, step.resource, step.readback)
