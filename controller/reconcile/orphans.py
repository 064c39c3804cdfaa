"""What its spec no longer names goes from Azure, by the policy of deletion and its protections.

Called once all that the spec names works. Decides nothing about what is doomed (`deletion` does).
"""

from collections.abc import Iterable
from dataclasses import replace

from controller.model.connector import Connector, Event
from controller.model.resource import Logs
from controller.reconcile import parting
from controller.reconcile.conditions import cut
from controller.reconcile.deletion import Deletion, Record, delete
from controller.reconcile.observe import Ports
from controller.reconcile.plan import Plan


def left_over(connector: Connector, plan: Plan) -> Connector:
    """The object as if it had nothing but what its spec no longer names."""
    wanted = {step.resource.id.casefold() for step in plan.steps}
    records = connector.status.get("resources", ())
    return _with(connector, (r for r in records if r.get("id", "").casefold() not in wanted))


async def cleared(
    connector: Connector, deletion: Deletion, ports: Ports, logs: Logs
) -> tuple[Connector, tuple[Event, ...]]:
    """The object without the records of what is gone, or has become somebody else's.

    `deletion` is that of what is left over. What a protection holds up stays recorded with the
    reason; each goes for itself. Never raises a Fault.
    """
    records: list[Record] = list(connector.status["resources"])
    gone: list[Record] = []
    for record in list(deletion.doomed()):
        alone = replace(deletion, connector=_with(connector, [record]))
        progress = await delete(alone, ports, logs)
        place = records.index(record)
        if progress.fault is None:
            del records[place]
        else:
            records[place] = {**record, "message": cut(progress.fault.message)}
        gone += progress.gone
    return _with(connector, records), parting.deleted(gone)


def _with(connector: Connector, records: Iterable[Record]) -> Connector:
    return replace(connector, status={**connector.status, "resources": list(records)})
