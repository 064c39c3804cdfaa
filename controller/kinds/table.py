"""The custom table that a flow ends in. Shared with others: columns are only ever added."""

from collections.abc import Iterator, Mapping
from typing import Any

from controller.model import bodies
from controller.model.bodies import at
from controller.model.columns import TIME_GENERATED, canonical
from controller.model.derived import Derived
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import (
    Body,
    Change,
    Kind,
    KindName,
    Refs,
    Resource,
    Rules,
    Verb,
    Write,
)
from controller.model.spec import Column
from controller.model.spelling import caseless

_COLUMNS = "/properties/schema/columns"
_RETENTIONS = ("retentionInDays", "totalRetentionInDays")
# what only Azure writes (OpenAPI 2025-07-01: Column, Schema, TableProperties)
_READ_ONLY = {"isDefaultDisplay", "isHidden"}
_SCHEMA_READ_ONLY = {
    "standardColumns",
    "categories",
    "labels",
    "source",
    "tableType",
    "solutions",
    "isTroubleshootingAllowed",
}
_PROPERTIES_READ_ONLY = {
    "archiveRetentionInDays",
    "retentionInDaysAsDefault",
    "totalRetentionInDaysAsDefault",
    "lastPlanModifiedDate",
    "resultStatistics",
}
_CLASSIC = "Classic"


def _resources(derived: Derived) -> tuple[Resource, ...]:
    return tuple(
        Resource(KindName.TABLE, table.name, f"{derived.workspace_id}/tables/{table.name}")
        for table in derived.tables
    )


def _desired(derived: Derived, resource: Resource, refs: Refs) -> Body:
    table = next(table for table in derived.tables if table.name == resource.name)
    schema = {"name": table.name, "columns": [_column(column) for column in table.columns]}
    return {
        "properties": bodies.given(
            {
                "schema": schema | bodies.given({"description": table.description}),
                "plan": table.plan,
                "retentionInDays": table.retention_in_days,
                "totalRetentionInDays": table.total_retention_in_days,
            }
        )
    }


def _column(column: Column) -> dict[str, Any]:
    """TimeGenerated is sent bare: Azure refuses one that differs from its own (FIELD 25)."""
    body = {"name": column.name, "type": column.type}
    if column.description is not None and column.name != TIME_GENERATED:
        body["description"] = column.description
    return body


def _comparable(desired: Body, readback: Body) -> tuple[Body, Body]:
    return _asked(desired, readback), _answered(readback)


def _asked(desired: Body, readback: Body) -> Body:
    """-1 reads back as a number with a flag beside it (FIELD part 1, 3, "replaced")."""
    kept = dict(desired.get("properties") or {})
    for name in _RETENTIONS:
        if kept.get(name) == -1 and at(readback, "properties", f"{name}AsDefault") is True:
            del kept[name]
    if kept.get("schema") and _is_classic(readback):
        # it takes no schema from us and no rule can feed it (FIELD 26)
        kept["schema"] = {**kept["schema"], "tableSubType": "DataCollectionRuleBased"}
    return {**desired, "properties": kept}


def _answered(readback: Body) -> Body:
    """A column that was sent may be answered among the standard ones (API 3)."""
    if not at(readback, "properties", "schema", "standardColumns"):
        return readback
    properties = readback["properties"]
    schema = {**properties["schema"], "columns": _all_columns(readback)}
    return {**readback, "properties": {**properties, "schema": schema}}


def _write(desired: Body, readback: Body | None, changes: tuple[Change, ...]) -> Write:
    """PUT replaces the columns (API 3b), so it only creates; PATCH removes nothing."""
    if readback is None:
        return Write(Verb.PUT, desired)
    _refuse_classic(readback)
    _refuse_retyped(desired, readback)
    changed = {change.path.split("/")[2] for change in changes}
    patch = {name: value for name, value in desired["properties"].items() if name in changed}
    if "schema" in patch:
        patch["schema"] = {**patch["schema"], "columns": list(_joined(desired, readback))}
    return Write(Verb.PATCH, {"properties": patch})


def _joined(desired: Body, readback: Body) -> Iterator[dict[str, Any]]:
    """All custom columns of the readback, with ours laid over them, then the missing ones."""
    ours = {column["name"]: column for column in desired["properties"]["schema"]["columns"]}
    known = {column["name"] for column in _all_columns(readback)}
    for column in at(readback, "properties", "schema", "columns") or ():
        writable = bodies.given(bodies.without(column, _READ_ONLY))
        # the type in Azure's own spelling: an equal one in another case is no change to ask for
        yield {**writable, **ours.get(column["name"], {}), "type": column["type"]}
    yield from (column for name, column in ours.items() if name not in known)


def _is_classic(body: Body) -> bool:
    return bool(at(body, "properties", "schema", "tableSubType") == _CLASSIC)


def _refuse_classic(readback: Body) -> None:
    if _is_classic(readback):
        raise Stalled(
            Reason.IMMUTABLE,
            f"Table {_name(readback)} is a Classic table, which no data collection rule can "
            "write to: migrate it (POST …/migrate, or in the workspace's Tables page).",
        )


def _refuse_retyped(desired: Body, readback: Body) -> None:
    """Azure's own message for this has its placeholders unfilled (FIELD 2)."""
    types = {column["name"]: column["type"] for column in _all_columns(readback)}
    for column in desired["properties"]["schema"]["columns"]:
        actual = types.get(column["name"], column["type"])
        if canonical(actual) != canonical(column["type"]):
            raise Stalled(
                Reason.IMMUTABLE,
                f"Table {_name(readback)}: column {column['name']} is {actual} in Azure and "
                f"{column['type']} in the spec. Azure changes no column's type: declare it as it "
                "is, or add a column of another name: only a new table would take it, without the "
                "rows of this one.",
            )


def _column_names(readback: Body) -> frozenset[str]:
    return frozenset(column["name"] for column in _all_columns(readback))


def _all_columns(body: Body) -> list[Mapping[str, Any]]:
    """Custom and standard ones: TimeGenerated may be answered among either (API 3)."""
    schema = at(body, "properties", "schema")
    custom = list(at(schema, "columns") or ())
    names = {column["name"] for column in custom}
    standard = at(schema, "standardColumns") or ()
    return custom + [column for column in standard if column["name"] not in names]


def _name(body: Body) -> Any:
    return at(body, "properties", "schema", "name") or at(body, "name")


KIND = Kind(
    name=KindName.TABLE,
    type="Microsoft.OperationalInsights/workspaces/tables",
    after=frozenset(),
    resources=_resources,
    desired=_desired,
    rules=Rules(
        forms={
            "/properties/plan": caseless,
            # kept as written, in another case on another table (FIELD part 1, 3)
            f"{_COLUMNS}/*/type": canonical,
            f"{_COLUMNS}/*/dataTypeHint": caseless,
        },
        read_only=bodies.under("/properties", _PROPERTIES_READ_ONLY)
        | bodies.under("/properties/schema", _SCHEMA_READ_ONLY)
        | bodies.under(f"{_COLUMNS}/*", _READ_ONLY),
        open_lists=frozenset({_COLUMNS}),  # another connector may own more of them (FIELD 6)
    ),
    comparable=_comparable,
    write=_write,
    provides=lambda _derived, _resource, _body: {},
    settled=bodies.pending,
    columns=_column_names,
)
