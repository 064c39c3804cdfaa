"""What Azure says against a table's schema: at once, or as the failure of the operation."""

import re

from controller.emulator.azure.answers import Json, Refused, error, section
from controller.emulator.azure.store import Resource

MAX_COLUMNS = 500
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,44}")
_TYPES = {"string", "int", "long", "real", "boolean", "bool", "datetime", "guid", "dynamic"}
_RESERVED = {
    *("id", "BilledSize", "IsBillable", "InvalidTimeGenerated", "TenantId", "Title", "Type"),
    *("UniqueId", "_ItemId", "_ResourceGroup", "_ResourceId", "_SubscriptionId", "_TimeReceived"),
}


def refuse_bad_schema(properties: Json, name: str) -> None:
    """Raise Refused 400 InvalidParameter for what the service checks before it accepts."""
    schema = section(properties, "schema")
    if not name.endswith("_CL"):
        raise _invalid(f"'{name}' is no name of a custom table: it must end with '_CL'.")
    if schema and schema.get("name") != name:
        raise _invalid(
            f"schema.name '{schema.get('name')}' does not equal the table's name '{name}'."
        )
    columns = schema.get("columns") or []
    if len(columns) > MAX_COLUMNS:
        raise _invalid(f"Table '{name}' has {len(columns)} columns, at most {MAX_COLUMNS} go.")
    names = [column.get("name") for column in columns]
    for column in columns:
        _check_column(column, name)
        if names.count(column["name"]) > 1:
            raise _invalid(f"Column '{column['name']}' of table '{name}' is given twice.")


def _check_column(column: Json, table: str) -> None:
    name, type_ = str(column.get("name")), str(column.get("type"))
    if name in _RESERVED:
        raise _invalid(f"Column name '{name}' of table '{table}' is reserved.")
    if not _NAME.fullmatch(name):
        raise _invalid(
            f"Column name '{name}' of table '{table}' is invalid: it starts with a letter and has "
            "2 to 45 letters, digits and underscores."
        )
    if type_.lower() not in _TYPES:
        raise _invalid(f"Column '{name}' of table '{table}' has the unknown type '{type_}'.")


def schema_failure(columns: list[Json], old: Resource | None) -> Json | None:
    """The error that ends the asynchronous operation, None when it will succeed.

    Sentences from hashicorp/terraform-provider-azurerm#21897 and Azure/azure-cli#23368; the one for
    a changed type is an inference from MicrosoftDocs/azure-monitor-docs#48.
    """
    types = {column["name"]: normal_type(column["type"]) for column in columns}
    if "TimeGenerated" not in types:
        return _fatal(
            "Table validation failed: MSG 1005: Table missing mandatory 'TimeGenerated' column"
        )
    if types["TimeGenerated"] != "datetime":
        return _fatal(
            "Can't map to fact that misses mandatory fields or field type/display name not "
            "matching system configuration - Name: TimeGenerated, Display name: TimeGenerated, "
            "Type: DateTime"
        )
    present = old.body["properties"]["schema"]["columns"] if old else []
    for column in present:
        before, after = normal_type(column["type"]), types.get(column["name"])
        if after not in (None, before):
            return _fatal(
                f"Column '{column['name']}' has the type '{before}', which can't be changed to "
                f"'{after}'"
            )
    return None


def normal_type(type_: str) -> str:
    low = type_.lower()
    return "boolean" if low == "bool" else low


def _fatal(message: str) -> Json:
    inner: Json = error("SchemaUpdateFatalError", message)["error"]
    return inner


def _invalid(message: str) -> Refused:
    return Refused(400, "InvalidParameter", message)
