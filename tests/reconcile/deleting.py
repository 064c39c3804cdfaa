"""What the tests of deletion share: objects with a history, and an Azure that holds it."""

from typing import Any

from controller.model.connector import Connector
from controller.model.errors import Fault, Stalled
from controller.model.reasons import Reason
from controller.model.resource import KindName
from controller.model.spec import parse
from controller.reconcile.deletion import Deletion, Progress, delete, used_by
from tests.reconcile.fakes import Azure, rows
from tests.reconcile.samples import (
    DATA_CONNECTOR,
    DEFINITION,
    ENDPOINT,
    METADATA,
    RULE,
    TABLE,
    connector,
    resource,
)

ROLE = resource(KindName.ROLE_ASSIGNMENT).id
IDS = {
    "Table": TABLE,
    "Endpoint": ENDPOINT,
    "Rule": RULE,
    "RoleAssignment": ROLE,
    "Definition": DEFINITION,
    "Metadata": METADATA,
    "DataConnector": DATA_CONNECTOR,
}
OURS = {"contoso-connector-created-by": "demo"}
GONE = Stalled(Reason.WORKSPACE_NOT_FOUND, "No such workspace.")
DENIED = Stalled(Reason.ACCESS_DENIED, "No right to delete.")
EMPTY = rows("Events", 0)


def record(kind: str, origin: str = "Created") -> dict[str, str]:
    """One record of the status; no origin is one that nobody knows."""
    name = IDS[kind].rpartition("/")[2]
    known = {"origin": origin} if origin else {}
    return {"kind": kind, "name": name, "id": IDS[kind], "state": "InSync", **known}


def object_with(
    *records: dict[str, str], annotations: dict[str, str] | None = None, **deletion: Any
) -> Connector:
    """An object whose status holds these, with that deletion policy."""
    policy: dict[str, Any] = {"policy": {"deletion": deletion}}
    return connector(status={"resources": list(records)}, annotations=annotations, **policy)


def deletion(of: Connector, *others: Connector) -> Deletion:
    spec = parse(of.spec)
    return Deletion(of, spec.workspace, spec.policy, "demo", used_by(others))


def doomed(of: Connector, *others: Connector) -> list[str]:
    return [record["kind"] for record in deletion(of, *others).doomed()]


async def run(azure: Azure, of: Connector, *others: Connector) -> Progress:
    return await delete(deletion(of, *others), azure.ports, azure.logs)


def stopped(progress: Progress) -> Fault:
    assert progress.fault is not None
    return progress.fault


def filled() -> Azure:
    """All resources are there, the endpoint made by us."""
    azure = Azure()
    for resource_id in IDS.values():
        azure.arm.store(resource_id, {"properties": {}})
    azure.arm.store(ENDPOINT, {"tags": OURS, "properties": {}})
    return azure


def left(azure: Azure) -> set[str]:
    return {kind for kind, id_ in IDS.items() if id_.casefold() in azure.arm.bodies}
