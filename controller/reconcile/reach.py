"""How far a connector may reach in Azure: the scopes that its namespace is granted.

Decides before any call whether all that an object names lies inside them. `within` asks again
before each call, since names come from Azure and from the status too.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from controller.config import EVERYWHERE, Grant, Who
from controller.model import arm_ids
from controller.model.derived import Derived
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import Arm, Body, Inventory, Workspace
from controller.reconcile.observe import Ports

SETTING = "the setting namespaces of the operator (CONTOSO_NAMESPACES)"


@dataclass(frozen=True, slots=True)
class Reach:
    """What the connectors of one namespace may touch, and as whom."""

    namespace: str = ""
    scopes: tuple[str, ...] = (EVERYWHERE,)
    identity: Who = Who.OPERATOR

    def allows(self, resource_id: str) -> bool:
        """Whether it may be read by its id, written and deleted. One that may mean another place
        than it says lies nowhere."""
        return arm_ids.is_plain(resource_id) and any(
            arm_ids.covers(scope, resource_id) for scope in self.scopes
        )

    def shows(self, collection: str) -> bool:
        """Whether it may be listed: whether an endpoint is still used only its subscription tells,
        and a role may have been given there."""
        path = collection.partition("?")[0]
        subscription = arm_ids.subscription_of(path)
        return self.allows(path) or (
            arm_ids.is_plain(path)
            and any(arm_ids.subscription_of(scope) == subscription for scope in self.scopes)
        )

    def refusal(self, resource_id: str, field: str = "") -> Stalled:
        """The fault of reaching for it; `field` is where the object names it."""
        inside = ", ".join(self.scopes) or "nothing"
        return Stalled(
            Reason.NOT_ALLOWED,
            f"{field + ': ' if field else ''}{resource_id} is outside of what namespace"
            f" {self.namespace} may touch in Azure ({inside}). Name a place inside, or have the"
            f" administrator widen {SETTING}.",
        )

    def only(self, ids: Iterable[str]) -> set[str]:
        """Those inside: what somebody names or records outside is none of his."""
        return {resource_id for resource_id in ids if self.allows(resource_id)}

    def check(self, derived: Derived) -> None:
        """Raises Stalled(NotAllowed) for the first thing outside that the connector consists of."""
        for field, resource_id in _places(derived):
            if not self.allows(resource_id):
                raise self.refusal(resource_id, field)


ANYWHERE = Reach()
"""of a walk without an object: whoever calls it acts by rights of their own"""


Reaches = Callable[[str], Reach]
"""How far the connectors of a namespace reach."""


def anywhere(_namespace: str) -> Reach:
    """Where nobody has set anything."""
    return ANYWHERE


def granted(namespace: str, grant: Grant | None) -> Reach:
    """What the setting gives the namespace; None: it is not served."""
    if grant is None:
        return Reach(namespace, ())
    return Reach(namespace, grant.scopes, grant.identity)


def within(ports: Ports, reach: Reach) -> Ports:
    """The same ports, closed for whatever lies outside."""
    if reach.allows(EVERYWHERE):
        return ports
    arm, inventory = _Arm(ports.arm, reach), _Inventory(ports.inventory, reach)
    return replace(ports, arm=arm, inventory=inventory)


def _places(derived: Derived) -> Iterator[tuple[str, str]]:
    """Everything else of a connector lies below one of these."""
    yield "spec.workspace", derived.workspace_id
    yield "spec.rule.resourceGroup", derived.rule_id
    if derived.endpoint_id is not None:
        named = "create.resourceGroup" if derived.endpoint_managed else "existing.resourceId"
        yield f"spec.endpoint.{named}", derived.endpoint_id


@dataclass(frozen=True, slots=True)
class _Arm:
    """`Arm` that asks first."""

    arm: Arm
    reach: Reach

    async def get(self, resource_id: str) -> Body | None:
        self._ask(resource_id)
        return await self.arm.get(resource_id)

    async def list(self, collection: str, *, every_version: bool = False) -> list[Body]:
        if not self.reach.shows(collection):
            raise self.reach.refusal(collection.partition("?")[0])
        return await self.arm.list(collection, every_version=every_version)

    async def put(self, resource_id: str, body: Body, *, before: Body | None = None) -> Body:
        self._ask(resource_id)
        return await self.arm.put(resource_id, body, before=before)

    async def patch(self, resource_id: str, body: Body, *, before: Body | None = None) -> Body:
        self._ask(resource_id)
        return await self.arm.patch(resource_id, body, before=before)

    async def delete(self, resource_id: str, *, before: Body | None = None) -> None:
        self._ask(resource_id)
        await self.arm.delete(resource_id, before=before)

    def _ask(self, resource_id: str) -> None:
        if not self.reach.allows(resource_id):
            raise self.reach.refusal(resource_id)


@dataclass(frozen=True, slots=True)
class _Inventory:
    """`Inventory` that asks first."""

    inventory: Inventory
    reach: Reach

    async def workspace(self, subscription_id: str, resource_group: str, name: str) -> Workspace:
        resource_id = arm_ids.workspace(subscription_id, resource_group, name)
        if not self.reach.allows(resource_id):
            raise self.reach.refusal(resource_id, "spec.workspace")
        return await self.inventory.workspace(subscription_id, resource_group, name)
