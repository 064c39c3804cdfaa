"""What deletion of an object does in Azure: by policy and origin, in reverse order.

Decides which resources go. What was adopted, is shared, or is of unknown origin stays unless told
otherwise; a table with young rows stops the deletion until somebody confirms.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from controller.model.connector import CONFIRM_TABLE_DELETION, Connector
from controller.model.errors import Fault, Stalled
from controller.model.reasons import Reason
from controller.model.resource import Arm, Body, Inventory, KindName, Logs, QueryError
from controller.model.spec import Fate, Policy, Workspace
from controller.reconcile.observe import KIND, Ports

ORDER = (
    KindName.DATA_CONNECTOR,
    KindName.METADATA,
    KindName.DEFINITION,
    KindName.ROLE_ASSIGNMENT,
    KindName.RULE,
    KindName.ENDPOINT,
    KindName.TABLE,
)
CREATED_BY = "contoso-connector-created-by"
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

    def doomed(self) -> Iterator[Record]:
        """The records that the policy gives up, in the order of deletion."""
        records = self.connector.status.get("resources", ())
        for kind in ORDER:
            for record in records:
                if record["kind"] == kind and self._goes(record):
                    yield record

    def _goes(self, record: Record) -> bool:
        resource_id = record.get("id", "")
        if not resource_id or resource_id.casefold() in self.shared:
            return False
        fates, origin = self.policy.deletion, record.get("origin", "")
        if origin == "Existing":
            return False
        if record["kind"] == KindName.TABLE:
            ours = origin == "Created" or fates.adopted is Fate.DELETE
            return ours and fates.tables is Fate.DELETE
        return (fates.created if origin == "Created" else fates.adopted) is Fate.DELETE


def needs_finalizer(policy: Policy) -> bool:
    """Whether deletion of the object would ever delete something."""
    fates = policy.deletion
    return Fate.DELETE in (fates.created, fates.adopted, fates.tables)


def used_by(others: Iterable[Connector]) -> frozenset[str]:
    """The ids, folded, that other objects which stay hold in their status."""
    return frozenset(
        record.get("id", "").casefold()
        for other in others
        if not other.deleting
        for record in other.status.get("resources", ())
    )


async def delete(deletion: Deletion, ports: Ports, logs: Logs) -> list[str]:
    """Deletes what is doomed, one after the other; the names of what is gone.

    Raises the Fault that stopped it: the next run goes on there. A workspace that is gone took
    everything in it along.
    """
    gone = []
    for record in deletion.doomed():
        if await _kept(record, deletion, ports.arm):
            continue
        if record["kind"] == KindName.TABLE:
            await _unprotected(record, deletion, ports.inventory, logs)
        if await _deleted(record["id"], KindName(record["kind"]), ports):
            gone.append(f"{record['kind']} {record['name']}")
    return gone


async def _deleted(resource_id: str, kind: KindName, ports: Ports) -> bool:
    async with ports.gate.turn(resource_id, KIND[kind].serial):
        try:
            await ports.arm.delete(resource_id)
        except Stalled as fault:
            if fault.reason is not Reason.WORKSPACE_NOT_FOUND:
                raise
            return False
        finally:
            ports.gate.wrote(resource_id)
    return True


async def _kept(record: Record, deletion: Deletion, arm: Arm) -> bool:
    """An endpoint goes only if this installation made it and nothing sends through it any more."""
    if record["kind"] != KindName.ENDPOINT:
        return False
    body = await arm.get(record["id"])
    if body is None:
        return True
    if (body.get("tags") or {}).get(CREATED_BY) != deletion.installation:
        return True
    subscription = "/".join(record["id"].split("/")[:3])
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
    name, days = record["name"], deletion.policy.table_protection_days
    if name in deletion.confirmed:
        return
    query = f"{name} | where TimeGenerated > ago({days}d) | summarize Events = count()"
    place = deletion.place
    try:
        workspace = await inventory.workspace(
            place.subscription_id, place.resource_group, place.name
        )
        rows = (await logs.query(workspace.customer_id, query)).first("Events")
        found = f"holds {rows} rows of the last {days} days"
    except (QueryError, Fault) as error:
        rows, found = None, f"may hold rows, which could not be counted ({error})"
    if rows == 0:
        return
    raise Stalled(
        Reason.DELETION_BLOCKED,
        f"Table {name} {found}. To delete it all the same: annotate the object with "
        f"{CONFIRM_TABLE_DELETION}={name}; to keep it: set spec.policy.deletion.tables to Retain.",
    )
