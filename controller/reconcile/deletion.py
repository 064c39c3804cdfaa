"""What deletion of an object does in Azure: by policy and origin, in reverse order.

Decides which resources go. What was adopted, is shared, or is of unknown origin stays unless told
otherwise, and what another owner claims by now stays in any case; a table with young rows stops
the deletion until somebody confirms.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from controller.model import arm_ids, bodies, claims
from controller.model.claims import CREATED_BY_TAG
from controller.model.connector import CONFIRM_TABLE_DELETION, Connector
from controller.model.errors import Fault, Stalled, Transient
from controller.model.reasons import Reason
from controller.model.resource import Arm, Body, Inventory, KindName, Logs, QueryError
from controller.model.spec import Apply, Fate, Policy, Workspace
from controller.reconcile.observe import KIND, Ports
from controller.reconcile.ownership import CLAIMED
from controller.reconcile.reach import Reaches, anywhere
from controller.reconcile.rivals import named

ORDER = (
    KindName.DATA_CONNECTOR,
    KindName.METADATA,
    KindName.DEFINITION,
    KindName.ROLE_ASSIGNMENT,
    KindName.RULE,
    KindName.ENDPOINT,
    KindName.TABLE,
)
OF_WORKSPACE = frozenset(
    {KindName.TABLE, KindName.DEFINITION, KindName.METADATA, KindName.DATA_CONNECTOR}
)
"""what lies in the workspace of the spec and nowhere else"""
ORPHAN = "Orphan"
"""the value of the annotation `on-delete` that leaves everything where it is"""

Record = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Deletion:
    """One object's deletion: whose, by which policy, and what others still use (ids, folded)."""

    connector: Connector
    place: Workspace
    policy: Policy
    installation: str
    shared: frozenset[str]

    @property
    def confirmed(self) -> frozenset[str]:
        named = self.connector.annotations.get(CONFIRM_TABLE_DELETION, "").split(",")
        return frozenset(name.strip() for name in named)

    @property
    def owner(self) -> str:
        held = self.connector
        return claims.owner_claim(self.installation, held.namespace, held.name)

    def rule_of(self, record: Record) -> str | None:
        """The id of the rule whose claim speaks for the resource, None: no claim does."""
        if record["kind"] == KindName.RULE:
            return record["id"]
        if record["kind"] == KindName.ROLE_ASSIGNMENT:
            return arm_ids.assignment_scope(record["id"])
        if record["kind"] not in CLAIMED:
            return None
        rules = (r for r in self.connector.status["resources"] if r["kind"] == KindName.RULE)
        return next((r["id"] for r in rules if r.get("state") != "Orphaned" and "id" in r), None)

    def doomed(self) -> Iterator[Record]:
        """The records that the policy gives up, in the order of deletion."""
        never = self.policy.apply is Apply.NEVER
        records = () if never else self.connector.status.get("resources", ())
        for kind in ORDER:
            for record in records:
                if record["kind"] == kind and self._goes(record):
                    yield record

    def _goes(self, record: Record) -> bool:
        resource_id = record.get("id", "")
        if not self._can_be(KindName(record["kind"]), resource_id):
            return False  # a status can be forged: what it names goes as what it is, or not at all
        if resource_id.casefold() in self.shared:
            return False
        fates, origin = self.policy.deletion, record.get("origin", "")
        never_made = record.get("state") == "Missing" and not origin
        if origin == "Existing" or never_made or _serves_others(record):
            return False
        if record["kind"] == KindName.TABLE:
            ours = origin == "Created" or fates.adopted is Fate.DELETE
            return ours and fates.tables is Fate.DELETE
        # whose an endpoint is its tag says: the last connector that leaves it deletes it
        ours = origin == "Created" or record["kind"] == KindName.ENDPOINT
        return (fates.created if ours else fates.adopted) is Fate.DELETE

    def _can_be(self, kind: KindName, resource_id: str) -> bool:
        """Whether the object can have such a resource: its workspace never changes."""
        place = self.place
        workspace = arm_ids.workspace(place.subscription_id, place.resource_group, place.name)
        inside = kind not in OF_WORKSPACE or arm_ids.covers(workspace, resource_id)
        return inside and arm_ids.is_of(kind, resource_id)


def _serves_others(record: Record) -> bool:
    """An inherited role assignment: what is above the rule is not for this connector alone."""
    scope = arm_ids.assignment_scope(record["id"]).casefold()
    return record["kind"] == KindName.ROLE_ASSIGNMENT and "/datacollectionrules/" not in scope


def used_by(others: Iterable[Connector], reaches: Reaches = anywhere) -> frozenset[str]:
    """The ids, folded, that other objects which stay hold in their status or name in their spec."""
    return frozenset(
        resource_id
        for other in others
        if not other.deleting
        for resource_id in reaches(other.namespace).only(named(other) | _recorded(other))
    )


def _recorded(connector: Connector) -> set[str]:
    return {record.get("id", "").casefold() for record in connector.status.get("resources", ())}


@dataclass(frozen=True, slots=True)
class Progress:
    """What a deletion did away with, and the fault that stopped it: the next run goes on there.

    `left`: what stays for good, since it is somebody else's by now.
    """

    gone: tuple[Record, ...]
    left: tuple[Record, ...] = ()
    fault: Fault | None = None


async def delete(deletion: Deletion, ports: Ports, logs: Logs) -> Progress:
    """Deletes what is doomed, one after the other; never raises a Fault."""
    gone: list[Record] = []
    left: list[Record] = []
    fault = None
    try:
        for record in deletion.doomed():
            went = await _is_gone(record, deletion, ports, logs)
            (gone if went else left).append(record)
    except Fault as stopped:
        fault = stopped
    return Progress(tuple(gone), tuple(left), fault)


async def _is_gone(record: Record, deletion: Deletion, ports: Ports, logs: Logs) -> bool:
    """Deletes one resource unless it is to stay; a place that is gone took it along."""
    try:
        if await _is_in_use(record, deletion, ports.arm) or await _is_claimed(
            record, deletion, ports.arm
        ):
            return False
        if record["kind"] == KindName.TABLE and await ports.arm.get(record["id"]) is not None:
            await _unprotected(record, deletion, ports.inventory, logs)
        async with ports.gate.turn(record["id"], KIND[KindName(record["kind"])].serial):
            try:
                await ports.arm.delete(record["id"])
            finally:
                ports.gate.wrote(record["id"])
    except Stalled as fault:
        if fault.reason is not Reason.WORKSPACE_NOT_FOUND:
            raise
    return True


async def _is_claimed(record: Record, deletion: Deletion, arm: Arm) -> bool:
    """Whether another owner has taken the rule over, and with it all that hangs on it."""
    rule_id = deletion.rule_of(record)
    if rule_id is None:
        return False
    try:
        rule = await arm.get(rule_id)
    except Stalled as fault:
        if fault.reason is not Reason.WORKSPACE_NOT_FOUND:
            raise
        return False  # its group is gone, and its claim with it
    return claims.claimed_by(rule) not in (None, deletion.owner)


async def _is_in_use(record: Record, deletion: Deletion, arm: Arm) -> bool:
    """An endpoint goes only if this installation made it and nothing sends through it any more."""
    if record["kind"] != KindName.ENDPOINT:
        return False
    body = await arm.get(record["id"])
    if body is None:
        return False
    if bodies.folded(body.get("tags")).get(CREATED_BY_TAG) != deletion.installation:
        return True
    subscription = arm_ids.subscription_scope(record["id"])
    rules = await arm.list(f"{subscription}/providers/Microsoft.Insights/dataCollectionRules")
    if any(_sends_through(rule, record["id"]) for rule in rules):
        return True
    return bool(await arm.list(f"{record['id']}/associations"))


def _sends_through(rule: Body, endpoint_id: str) -> bool:
    named = rule.get("properties", {}).get("dataCollectionEndpointId") or ""
    return str(named).casefold() == endpoint_id.casefold()


async def _unprotected(
    record: Record, deletion: Deletion, inventory: Inventory, logs: Logs
) -> None:
    """Raises Stalled while the table may hold rows that are too young to be lost."""
    # not by the record's name: that could be another table's
    name, days = arm_ids.name_of(record["id"]), deletion.policy.table_protection_days
    if name in deletion.confirmed:
        return
    query = f"{name} | where TimeGenerated > ago({days}d) | summarize Events = count()"
    try:
        rows = await _counted(query, deletion.place, inventory, logs)
        found = f"holds {rows} rows of the last {days} days"
    except QueryError as error:
        rows, found = None, f"may hold rows, which could not be counted ({error})"
    if rows == 0:
        return
    raise Stalled(
        Reason.DELETION_BLOCKED,
        f"Table {name} {found}. To delete it all the same: annotate the object with "
        f"{CONFIRM_TABLE_DELETION}={name}; to keep it: set spec.policy.deletion.tables to Retain.",
    )


async def _counted(query: str, place: Workspace, inventory: Inventory, logs: Logs) -> int:
    """Raises QueryError when the rows cannot be counted, a Fault when a later try may."""
    try:
        workspace = await inventory.workspace(
            place.subscription_id, place.resource_group, place.name
        )
        events = (await logs.query(workspace.customer_id, query)).first("Events")
    except Fault as fault:
        if isinstance(fault, Transient) or fault.reason is Reason.WORKSPACE_NOT_FOUND:
            raise
        raise QueryError(fault.message) from fault
    if not isinstance(events, int):
        raise QueryError("Log Analytics answered no number")
    return events
