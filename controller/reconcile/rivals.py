"""Which other objects of the cluster name or hold what. Pure: it reads specs and status only.

Specs are read as they stand, since thousands are looked through: no default but the names'.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from controller.model import arm_ids, claims
from controller.model.arm_ids import ENDPOINTS, RULES
from controller.model.bodies import at
from controller.model.connector import Connector
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import KindName
from controller.reconcile.conditions import STALLED, find
from controller.reconcile.ownership import Standing, standing
from controller.reconcile.reach import Reaches, anywhere

OWNED = frozenset({KindName.RULE, KindName.DEFINITION, KindName.DATA_CONNECTOR})
"""what only one object may have"""

RIVAL_AGAIN = 30.0
"""seconds until an object looks again whether its elder has gone"""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def named(connector: Connector, kinds: Collection[KindName] = frozenset(KindName)) -> set[str]:
    """The ids, folded, of what the spec names or gives a name by leaving it out."""
    return {resource_id.casefold() for kind, resource_id in _named(connector) if kind in kinds}


def held(connector: Connector, kinds: Collection[KindName] = frozenset(KindName)) -> set[str]:
    """The ids, folded, of what its status records as its own."""
    return {
        record.get("id", "").casefold()
        for record in connector.status.get("resources", ())
        if record["kind"] in kinds
        and record.get("state") != "Orphaned"
        and record.get("origin") in ("Created", "Adopted")
    }


def _named(connector: Connector) -> Iterator[tuple[KindName, str]]:
    spec, plain = connector.spec, connector.name.replace(".", "-")
    place = [str(at(spec, "workspace", part)) for part in ("subscriptionId", "resourceGroup")]
    name = str(at(spec, "workspace", "name"))
    workspace = arm_ids.workspace(place[0], place[1], name)
    for table in _items(at(spec, "tables")):
        yield KindName.TABLE, f"{workspace}/tables/{at(table, 'name')}"
    rule = at(spec, "rule")
    group = str(at(rule, "resourceGroup") or place[1])
    yield KindName.RULE, arm_ids.in_group(place[0], group, RULES, str(at(rule, "name") or plain))
    create = at(spec, "endpoint", "create")
    group, shared = str(at(create, "resourceGroup") or place[1]), str(at(create, "name") or name)
    existing = at(spec, "endpoint", "existing", "resourceId")
    endpoint = str(existing or arm_ids.in_group(place[0], group, ENDPOINTS, shared))
    yield KindName.ENDPOINT, endpoint
    card = str(at(spec, "definition", "name") or plain)
    yield KindName.DEFINITION, arm_ids.sentinel(workspace, "dataConnectorDefinitions", card)
    pushes = [str(at(push, "name")) for push in _items(at(spec, "dataConnectors"))]
    for push in pushes or [card]:
        yield KindName.DATA_CONNECTOR, arm_ids.sentinel(workspace, "dataConnectors", push)


def _items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


@dataclass(frozen=True, slots=True)
class Neighbours:
    """One object among the others that its operator serves.

    `absent`: since when the owner that a claim names is not there, kept from look to look.
    `reaches`: what lies outside of its own reach nobody takes from another by naming it.
    """

    connector: Connector
    others: Sequence[Connector]
    installation: str
    now: datetime
    absent: dict[str, datetime] = field(default_factory=dict)
    reaches: Reaches = anywhere

    def rival(self, ids: Collection[str]) -> Stalled | None:
        """The conflict with an older object that names or holds one of these ids (folded)."""
        for other in self.others:
            if other.seniority < self.connector.seniority:
                taken = sorted(self._claims(other) & set(ids))
                if taken:
                    claim = claims.owner_claim(self.installation, other.namespace, other.name)
                    self.absent[claim] = _LONG_AGO  # known to us: once it is not there, it is gone
                    return _conflict(other, taken[0])
        return None

    def lets_go(self, claim: str, rule_id: str) -> bool:
        """Whether the owner whom a rule's tag names has no better right to it than we."""
        owner = claims.owner_of(claim)
        if owner is None or owner.installation != self.installation:
            return False
        for other in self.others:
            if other.key == (owner.namespace, owner.name):
                elder = other.seniority < self.connector.seniority
                return not elder or rule_id.casefold() not in self._claims(other)
        served = {self.connector.namespace, *(other.namespace for other in self.others)}
        return owner.namespace in served and self._is_gone(claim, rule_id)

    def _is_gone(self, claim: str, rule_id: str) -> bool:
        """At once where our own record says that the rule was ours, else at a second look.

        An operator that has just started may not have been told of all objects yet.
        """
        since = self.absent.setdefault(claim, self.now)
        settled = self.now - since >= timedelta(seconds=RIVAL_AGAIN)
        return settled or rule_id.casefold() in held(self.connector)

    def standing(self) -> Standing:
        """What the object brings to a walk."""
        past = standing(self.connector, self.rival, self.lets_go)
        return replace(past, reach=self.reaches(self.connector.namespace))

    def _claims(self, other: Connector) -> set[str]:
        return self.reaches(other.namespace).only(named(other, OWNED) | held(other, OWNED))


def still_behind(neighbours: Neighbours) -> Stalled | None:
    """The conflict that the object was stalled by, if it lasts: no call to Azure tells that."""
    stalled = find(neighbours.connector.status, STALLED)
    if stalled is None or stalled["reason"] != Reason.CONFLICT:
        return None
    return neighbours.rival(named(neighbours.connector, OWNED))


def _conflict(other: Connector, resource_id: str) -> Stalled:
    provider, _, path = resource_id.rpartition("/providers/")
    kind, name = path.split("/")[1:3] if provider else ("resource", resource_id)
    return Stalled(
        Reason.CONFLICT,
        f"{_KINDS.get(kind, kind)} {name} belongs to the older object {other.namespace}/"
        f"{other.name}, so nothing is written. Name another one here, or delete or rename it "
        "there: this object goes on by itself then.",
        retry_after=RIVAL_AGAIN,
    )


_KINDS: Mapping[str, str] = {
    "datacollectionrules": "Rule",
    "dataconnectordefinitions": "Definition",
    "dataconnectors": "DataConnector",
}
