"""Custom tables of a workspace: asynchronous PUT, PATCH and DELETE, readbacks, refusals.

PUT replaces the columns, PATCH merges new ones in front [create-custom-table; recorded exchange].
Rows are kept by the logs engine.
"""

import asyncio
from datetime import datetime, timedelta

from controller.emulator.azure.answers import Answer, Call, Json, Refused, record, section
from controller.emulator.azure.arm import operations
from controller.emulator.azure.arm.common import Routes, canonical_path
from controller.emulator.azure.arm.table_checks import refuse_bad_schema, schema_failure
from controller.emulator.azure.store import Azure, Resource
from controller.emulator.azure.targets import Target

TYPE = "Microsoft.OperationalInsights/workspaces/tables"
_STANDARD_COLUMNS = [
    {"name": "TenantId", "type": "guid", "isDefaultDisplay": False, "isHidden": False}
]


async def _put(azure: Azure, call: Call, target: Target) -> Answer:
    given = _properties(call, target)
    old = azure.get(target.path)
    _refuse_locked(azure, old, target)
    columns = _columns(section(given, "schema").get("columns") or [])
    return await _write(azure, call, target, given=given, columns=columns)


async def _patch(azure: Azure, call: Call, target: Target) -> Answer:
    given = _properties(call, target)
    old = _existing(azure, target)
    _refuse_locked(azure, old, target)
    sent = section(given, "schema").get("columns")
    if not sent and not section(given, "schema"):
        old.body["properties"] |= _retention(azure, target, given, old)
        return Answer(200, _readback(azure, old))
    present: list[Json] = old.body["properties"]["schema"]["columns"]
    names = {column["name"] for column in present}
    changed = {column["name"]: column for column in _columns(sent or [])}
    merged = [column for name, column in changed.items() if name not in names]
    merged += [column | changed.get(column["name"], {}) for column in present]
    return await _write(azure, call, target, given=given, columns=merged)


async def _write(
    azure: Azure, call: Call, target: Target, *, given: Json, columns: list[Json]
) -> Answer:
    """Accept the write: a schema that Azure refuses fails in the operation, not here."""
    old = azure.get(target.path)
    failure = schema_failure(columns, old)
    if failure is None:
        await asyncio.to_thread(_keep_rows, azure, target, columns)
    due = azure.clock() + timedelta(seconds=azure.options.table_seconds)
    if failure is None:
        azure.put(_resource(azure, call, target, given=given, columns=columns))
        _mark(azure, target, due=due, state="Updating" if old else "InProgress")
    return operations.accepted(azure, call, target, due=due, failure=failure)


def _keep_rows(azure: Azure, target: Target, columns: list[Json]) -> None:
    types = {column["name"]: column["type"] for column in columns}
    try:
        azure.logs.set_table(customer_id(azure, target.path), target.name, types)
    except ValueError as error:
        raise Refused(400, "InvalidParameter", str(error)) from error


def restore_rows(azure: Azure, table: Resource) -> None:
    """Give the logs engine an empty table again, after a state file was read."""
    columns = table.body["properties"]["schema"]["columns"]
    types = {column["name"]: column["type"] for column in columns}
    azure.logs.set_table(customer_id(azure, table.id), table.body["name"], types)


def _resource(
    azure: Azure, call: Call, target: Target, *, given: Json, columns: list[Json]
) -> Resource:
    old = azure.get(target.path)
    id_ = old.id if old else _id(azure, target)
    schema: Json = {
        "tableSubType": "DataCollectionRuleBased",
        "name": id_.rpartition("/")[2],
        "tableType": "CustomLog",
        "columns": columns,
        "standardColumns": _STANDARD_COLUMNS,
        "solutions": ["LogManagement"],
        "isTroubleshootingAllowed": True,
    }
    described = section(given, "schema")
    schema |= {key: described[key] for key in ("description", "displayName") if described.get(key)}
    now = azure.stamp()
    properties: Json = {
        **_retention(azure, target, given, old),
        "lastPlanModifiedDate": old.body["properties"]["lastPlanModifiedDate"] if old else now,
        "schema": schema,
    }
    body: Json = {
        "properties": properties,
        "id": id_,
        "name": schema["name"],
        "systemData": old.body["systemData"]
        if old
        else {"createdAt": now, "createdBy": call.caller.object_id},
    }
    private = dict(old.private) if old else {}
    return Resource(id_, TYPE.lower(), body, old.created if old else now, private)


def _id(azure: Azure, target: Target) -> str:
    """Tables alone come back with `resourcegroups` in lower case [TablesUpsert.json]."""
    return canonical_path(azure, target, TYPE).replace("/resourceGroups/", "/resourcegroups/")


def _retention(azure: Azure, target: Target, given: Json, old: Resource | None) -> Json:
    """Plan and retention; -1 and nothing given mean the default, which comes back as its number."""
    workspace = azure.workspace(target.path)
    default = workspace.body["properties"]["retentionInDays"] if workspace else 30
    kept = old.body["properties"] if old else {}
    days, days_default = _days(given, kept, "retentionInDays", default)
    total, total_default = _days(given, kept, "totalRetentionInDays", days)
    return {
        "totalRetentionInDays": total,
        "archiveRetentionInDays": total - days,
        "plan": given.get("plan") or kept.get("plan", "Analytics"),
        "retentionInDaysAsDefault": days_default,
        "totalRetentionInDaysAsDefault": total_default,
        "retentionInDays": days,
    }


def _days(given: Json, kept: Json, key: str, default: int) -> tuple[int, bool]:
    value = given.get(key)
    if value is None and not kept.get(f"{key}AsDefault", True):
        value = kept[key]
    if value is None or value == -1:
        return default, True
    return int(value), False


def _columns(sent: list[Json]) -> list[Json]:
    return [{"isDefaultDisplay": False, "isHidden": False} | column for column in sent]


def _mark(azure: Azure, target: Target, *, due: datetime, state: str) -> None:
    resource = azure.get(target.path)
    if resource is not None:
        resource.private.setdefault("ready", due.isoformat())
        resource.private |= {"busy": due.isoformat(), "state": state}


def busy(azure: Azure, table: Resource) -> bool:
    """Whether an operation on the table is still running."""
    return azure.clock() < datetime.fromisoformat(table.private["busy"])


def young(azure: Azure, table: Resource) -> bool:
    """Whether rules cannot see the table yet."""
    ready = datetime.fromisoformat(table.private["ready"])
    return azure.clock() < ready + timedelta(seconds=azure.options.young_table_seconds)


def customer_id(azure: Azure, path: str) -> str:
    """The GUID by which the logs engine and the query API know the workspace of a path."""
    workspace = azure.workspace(path)
    return str(workspace.body["properties"]["customerId"]) if workspace else ""


def _readback(azure: Azure, table: Resource) -> Json:
    state = table.private["state"] if busy(azure, table) else "Succeeded"
    return table.body | {"properties": table.body["properties"] | {"provisioningState": state}}


def _properties(call: Call, target: Target) -> Json:
    body = record(call.body, what="the table")
    given = section(body, "properties")
    refuse_bad_schema(given, target.name)
    return given


def _existing(azure: Azure, target: Target) -> Resource:
    table = azure.get(target.path)
    if table is None:
        raise Refused(404, "NotFound", f"The specified table: '{target.name}' does not exist.")
    return table


def _refuse_locked(azure: Azure, old: Resource | None, target: Target) -> None:
    if old is None:
        return
    if busy(azure, old):
        raise Refused(
            409,
            "AnotherOperationInProgress",
            f"Another operation on table '{target.name}' is in progress, try again later.",
        )
    if old.body["properties"]["schema"]["tableSubType"] == "Classic":
        raise Refused(
            400,
            "InvalidParameter",
            f"Changing Classic table {target.name} schema by using DataCollectionRuleBased tables "
            "api is forbidden, please migrate the table first",
        )


def _get(azure: Azure, call: Call, target: Target) -> Answer:
    return Answer(200, _readback(azure, _existing(azure, target)))


def _list(azure: Azure, call: Call, target: Target) -> Answer:
    """Not pageable, whatever the page size [Tables.json: nextLinkName null]."""
    tables = azure.of_type(TYPE.lower(), scope=target.workspace_path)
    return Answer(200, {"value": [_readback(azure, table) for table in tables]})


async def _delete(azure: Azure, call: Call, target: Target) -> Answer:
    if azure.get(target.path) is None:
        return Answer(204)
    workspace = customer_id(azure, target.path)
    azure.delete(target.path)
    await asyncio.to_thread(azure.logs.drop_table, workspace, target.name)
    due = azure.clock() + timedelta(seconds=azure.options.table_seconds)
    return operations.accepted(azure, call, target, due=due, failure=None)


def _migrate(azure: Azure, call: Call, target: Target) -> Answer:
    table = azure.get(target.path.rpartition("/")[0])
    if table is None:
        raise Refused(404, "NotFound", "The specified table does not exist.")
    table.body["properties"]["schema"]["tableSubType"] = "DataCollectionRuleBased"
    return Answer(200)


ROUTES: Routes = {
    (TYPE.lower(), "item"): {"GET": _get, "PUT": _put, "PATCH": _patch, "DELETE": _delete},
    (TYPE.lower(), "collection"): {"GET": _list},
    (f"{TYPE.lower()}/migrate", "collection"): {"POST": _migrate},
}
