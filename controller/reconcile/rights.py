"""By whose rights an object is looked after: the operator's own, a Secret's, or nobody's.

Decides by the namespace's grant and the object alone. Each identity has a reconciler of its own, so
that nothing which one may read answers for another; what they share is the order of writes.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from controller.config import Who
from controller.model.activity import NO_ACTIVITY
from controller.model.connector import Connector, Outcome, Report
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import Logs
from controller.model.spec import credentials_of
from controller.reconcile.loop import Reconciler
from controller.reconcile.memory import Memory
from controller.reconcile.observe import Ports
from controller.reconcile.reach import SETTING, Reaches


@dataclass(frozen=True, slots=True)
class Edge:
    """Azure, as one identity sees it."""

    ports: Ports
    logs: Logs


@dataclass(frozen=True, slots=True)
class Secret:
    """One that objects name. `leaving`: they are being deleted, and it may go before them."""

    namespace: str
    name: str
    leaving: bool = False


Lend = Callable[[Secret], Awaitable[Edge]]
"""Azure by the identity that the Secret holds at the time of each call."""
Memories = dict[str, Memory]
"""by the uid of the object"""


@dataclass
class Rights:
    """The reconcile that the operator calls. `begin` makes that of one identity."""

    own: Edge
    lend: Lend
    begin: Callable[[Edge, Memories], Reconciler]
    reaches: Reaches
    _memories: Memories = field(default_factory=dict)
    _by: dict[Secret | None, Reconciler] = field(default_factory=dict)

    async def __call__(
        self, connector: Connector, others: Sequence[Connector], report: Report
    ) -> Outcome:
        """Never raises a Fault, as `Reconciler` does not."""
        try:
            secret = self._secret(connector)
        except Stalled as refusal:
            reconciler = self.begin(_shut(self.own, refusal), self._memories)
        else:
            reconciler = await self._reconciler(secret)
        return await reconciler(connector, others, report)

    def forget(self, uid: str) -> None:
        """The object is no more."""
        self._memories.pop(uid, None)

    def _secret(self, connector: Connector) -> Secret | None:
        """None: the operator's own identity. Raises Stalled where another one is granted."""
        namespace, name = connector.namespace, credentials_of(connector.spec)
        identity = self.reaches(namespace).identity
        if identity is Who.OPERATOR and name is None:
            return None
        if identity is Who.SECRET and name is not None:
            return Secret(namespace, name, leaving=connector.deleting)
        raise _refusal(namespace, identity)

    async def _reconciler(self, secret: Secret | None) -> Reconciler:
        if secret not in self._by:
            edge = self.own if secret is None else await self.lend(secret)
            self._by.setdefault(secret, self.begin(edge, self._memories))
        return self._by[secret]


def _refusal(namespace: str, identity: Who) -> Stalled:
    if identity is Who.OPERATOR:
        said, remedy = "may act with the operator's identity alone", "Leave the field out"
    else:
        said, remedy = "may act with an identity of its own alone", "Name a Secret of the namespace"
    return Stalled(
        Reason.NOT_ALLOWED,
        f"spec.credentialsRef: namespace {namespace} {said}. {remedy}, or have the administrator"
        f" change {SETTING}.",
    )


def _shut(edge: Edge, refusal: Stalled) -> Edge:
    """The same place for nobody: what calls no one goes on, such as a deletion that leaves all."""
    shut = _Shut(refusal)
    ports = replace(edge.ports, arm=shut, inventory=shut, activity=NO_ACTIVITY)
    return Edge(ports, shut)


@dataclass(frozen=True, slots=True)
class _Shut:
    """`Arm`, `Inventory` and `Logs` that answer nothing but the refusal."""

    refusal: Stalled

    async def _refuse(self, *_: Any, **__: Any) -> Any:
        raise self.refusal

    get = list = put = patch = delete = workspace = query = search = _refuse
