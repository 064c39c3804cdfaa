"""docs/api.md from the models: one table an object. Decides the layout, the words are theirs."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from controller.model import connector
from controller.model.part import PATTERNS, Part
from controller.model.spec import Spec
from controller.model.status import Status

Schema = Mapping[str, Any]

HEAD = f"""# The API: {connector.KIND}

Group `{connector.GROUP}`, version `{connector.VERSION}`, short name `ccon`; namespaced, with a
status subresource. Made from the models in `controller/model`, as the CRD is: do not edit.

The smallest useful object names a workspace, one table's columns and the application
(`manifests/minimal.yaml`); all else is derived, shown by `contosoctl plan`, and never written
into `spec`. A field that is left out is not sent to Azure unless it says what is derived.
"""

ANNOTATIONS = {
    connector.RECONCILE_REQUESTED: "Any new value, a time by habit: compare with Azure now. "
    "`status.lastHandledReconcileAt` repeats the value that was last followed.",
    connector.APPROVED_PLAN: "The hash of `status.plan`: with `policy.apply: Approved` its steps "
    "may be written.",
    connector.CONFIRM_TABLE_DELETION: "Names of tables, separated by commas, that may be deleted "
    "with the rows they hold, where `policy.deletion.tables` is `Delete`.",
    connector.ON_DELETE: "`Orphan`: deleting the object leaves everything in Azure.",
    connector.TAKE_OVER: "The resource id of a rule that another owner claims: it is taken over.",
}


def page() -> str:
    """The whole file."""
    assert set(ANNOTATIONS) == set(connector.ANNOTATIONS)
    parts = [HEAD, *_tables(Spec, "spec"), _annotations(), *_tables(Status, "status")]
    return "\n".join(parts)


def _annotations() -> str:
    rows = "".join(f"| `{name}` | {text} |\n" for name, text in ANNOTATIONS.items())
    return f"## Annotations\n\n| annotation | meaning |\n| --- | --- |\n{rows}"


def _tables(part: type[Part], path: str) -> Iterator[str]:
    raw = part.model_json_schema(by_alias=True)
    yield from _table(raw, path, raw.get("$defs", {}))


def _table(node: Schema, path: str, named: Mapping[str, Schema]) -> Iterator[str]:
    lines = [f"## {path}\n", f"{node['description']}\n"]
    lines += ["| field | type | default | |", "| --- | --- | --- | --- |"]
    for name, field in node["properties"].items():
        needed = name in node.get("required", ())
        lines.append(_row(name, field, named, needed=needed))
    rules = [_told(rule) for rule in node.get("x-kubernetes-validations", ())]
    if rules:
        lines += ["", "Refused by the API server:", *rules]
    yield "\n".join(lines) + "\n"
    for name, field in node["properties"].items():
        below, is_list = _resolved(field, named), False
        while "items" in below:
            below, is_list = _resolved(below["items"], named), True
        if "properties" in below:
            yield from _table(below, f"{path}.{name}{'[]' if is_list else ''}", named)


def _told(rule: Mapping[str, str]) -> str:
    field = rule.get("fieldPath", "").removeprefix(".")
    return f"- `{field}`: {rule['message']}" if field else f"- {rule['message']}"


def _row(name: str, field: Schema, named: Mapping[str, Schema], *, needed: bool) -> str:
    node = _resolved(field, named)
    words = PATTERNS.get(node.get("pattern", ""))
    text = node["description"] + (f" Form: {words}." if words else "")
    cells = (f"`{name}`", _type(node, named), "required" if needed else _default(node), text)
    return f"| {' | '.join(cell.replace('<', '&lt;') for cell in cells)} |"


def _default(node: Schema) -> str:
    default = node.get("default")
    return "" if default in (None, []) or isinstance(default, dict) else f"`{json.dumps(default)}`"


def _type(node: Schema, named: Mapping[str, Schema]) -> str:
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if "items" in node:
        keys = node.get("x-kubernetes-list-map-keys")
        told = f", by {' and '.join(keys)}" if keys else ""
        return f"list (at most {node['maxItems']}{told})"
    if isinstance(node.get("additionalProperties"), Mapping):
        return "map of text"
    if node.get("x-kubernetes-preserve-unknown-fields"):
        return "object, free"
    if node["type"] == "integer":
        return _number(node)
    return "text" if node["type"] == "string" else str(node["type"])


def _number(node: Schema) -> str:
    least, most = node.get("minimum"), node.get("maximum")
    if most is not None:
        return f"number, {least} to {most}"
    return "number" if least is None else f"number, {least} or more"


def _resolved(node: Schema, named: Mapping[str, Schema]) -> Schema:
    """A node without reference and without "or null"; its own words win over the type's."""
    if "anyOf" in node:
        (given,) = (choice for choice in node["anyOf"] if choice != {"type": "null"})
        return _resolved({**given, **{k: v for k, v in node.items() if k != "anyOf"}}, named)
    if "$ref" in node:
        target = named[node["$ref"].rpartition("/")[2]]
        return {**target, **{k: v for k, v in node.items() if k != "$ref"}}
    return node
