"""The CustomResourceDefinition, made from the models. Decides names, columns and list types.

A structural schema: no references, no defaults but the status's, null only where Azure has it.
"""

from collections.abc import Mapping
from typing import Any

from controller.model.connector import GROUP, KIND, PLURAL, VERSION
from controller.model.part import Part
from controller.model.reasons import Reason
from controller.model.spec import Spec
from controller.model.status import Status

Schema = dict[str, Any]

DROPPED = frozenset({"title", "default", "additionalProperties"})
"""what a structural schema cannot say (unknown keys), or must not (a default is a write to spec)"""

NEVER_LOOKED = {
    "observedGeneration": 0,
    "conditions": [
        {
            "type": "Ready",
            "status": "Unknown",
            "observedGeneration": 0,
            "lastTransitionTime": "1970-01-01T00:00:00Z",
            "reason": str(Reason.PENDING),
            "message": "The operator has not looked at this object yet.",
        }
    ],
}
"""The status before the first look: without it `kubectl wait` and kstatus read "current"."""


def document() -> Schema:
    """The CustomResourceDefinition as JSON; the same for the same models."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{PLURAL}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": KIND.lower(),
                "shortNames": ["ccon"],
                "categories": ["sentinel", "azure"],
            },
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": _columns(),
                    "schema": {"openAPIV3Schema": _root()},
                }
            ],
        },
    }


def _root() -> Schema:
    text = {"type": "string"}
    return {
        "type": "object",
        "description": "A push connector of Microsoft Sentinel: table, endpoint, rule, definition, "
        "metadata, data connector and role assignment, kept in Azure as declared here.",
        "required": ["spec"],
        "properties": {
            "apiVersion": text,
            "kind": text,
            "metadata": {"type": "object"},
            "spec": schema(Spec),
            "status": schema(Status) | {"default": NEVER_LOOKED},
        },
    }


def _columns() -> list[Schema]:
    def condition(name: str, type_: str, *, field: str = "status") -> Schema:
        path = f'.status.conditions[?(@.type=="{type_}")].{field}'
        return {"name": name, "type": "string", "jsonPath": path}

    return [
        condition("Ready", "Ready"),
        # what Synced says is the shortest word for the whole: InSync, DriftDetected, Suspended, or
        # what keeps it from being Ready
        condition("Status", "Synced", field="reason"),
        condition("Active", "IsActive"),
        condition("Connected", "IsConnected"),
        {"name": "Last data", "type": "date", "jsonPath": ".status.lastLogReceived"},
        condition("Synced", "Synced") | {"priority": 1},
        {"name": "Drift", "type": "integer", "jsonPath": ".status.driftCount", "priority": 1},
        condition("Reason", "Ready", field="reason") | {"priority": 1},
        {
            "name": "Workspace",
            "type": "string",
            "jsonPath": ".spec.workspace.name",
            "priority": 1,
        },
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    ]


def schema(part: type[Part]) -> Schema:
    """A part as a structural schema."""
    raw = part.model_json_schema(by_alias=True)
    return _structural(raw, raw.get("$defs", {}))


def _structural(raw: Mapping[str, Any], named: Mapping[str, Schema]) -> Schema:
    """One node without references and without "or null"; a node's own words win over the type's."""
    if "$ref" in raw:
        target = named[raw["$ref"].rpartition("/")[2]]
        return _structural({**target, **_without(raw, "$ref")}, named)
    if "anyOf" in raw:
        (given,) = (choice for choice in raw["anyOf"] if choice != {"type": "null"})
        return _structural({**given, **_without(raw, "anyOf")}, named)
    node = _without(raw, "$defs", "const", *DROPPED)
    if "const" in raw:
        node["enum"] = [raw["const"]]
    if "items" in raw:
        node["items"] = _structural(raw["items"], named)
    if "properties" in raw:
        node["properties"] = {
            key: _structural(value, named) for key, value in raw["properties"].items()
        }
    elif isinstance(values := raw.get("additionalProperties"), Mapping):
        node["additionalProperties"] = _structural(values, named)
    return node


def _without(raw: Mapping[str, Any], *keys: str) -> Schema:
    return {key: value for key, value in raw.items() if key not in keys}
