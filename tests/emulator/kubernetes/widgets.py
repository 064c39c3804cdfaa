"""A small custom kind with everything that connectors use: list maps, defaults, rules, columns."""

from __future__ import annotations

from typing import Any

GROUP = "test.contoso.com"
PATH = f"/apis/{GROUP}/v1"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"

TEXT = {"type": "string"}
CONDITION = {
    "type": "object",
    "required": ["type", "status", "reason", "message"],
    "properties": {
        "type": TEXT,
        "status": {"type": "string", "enum": ["True", "False", "Unknown"]},
        "reason": TEXT,
        "message": TEXT,
        "observedGeneration": {"type": "integer"},
        "lastTransitionTime": {"type": "string", "format": "date-time"},
    },
}
PENDING = {
    "type": "Ready",
    "status": "Unknown",
    "reason": "Pending",
    "message": "Not looked at yet.",
    "lastTransitionTime": "1970-01-01T00:00:00Z",
}
PART = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 8},
        "weight": {"type": "integer"},
    },
}
SPEC = {
    "type": "object",
    "description": "What is wanted.",
    "required": ["size"],
    "x-kubernetes-validations": [
        {"rule": "self.size >= oldSelf.size", "message": "size must not shrink"},
        {
            "rule": "!has(self.parts) || self.parts.all(p, !p.name.startsWith('z'))",
            "messageExpression": "'no part of ' + string(self.size) + ' starts with z'",
        },
    ],
    "properties": {
        "size": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100,
            "description": "How large it is.",
        },
        "colour": {"type": "string", "enum": ["Red", "Green"], "default": "Red"},
        "parts": {
            "type": "array",
            "maxItems": 10,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": PART,
        },
        "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": TEXT},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}
STATUS = {
    "type": "object",
    "default": {"observedGeneration": 0, "conditions": [PENDING]},
    "properties": {
        "observedGeneration": {"type": "integer"},
        "note": TEXT,
        "conditions": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
            "items": CONDITION,
        },
    },
}
COLUMNS = [
    {
        "name": "Ready",
        "type": "string",
        "jsonPath": '.status.conditions[?(@.type=="Ready")].status',
    },
    {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
    {"name": "Parts", "type": "string", "jsonPath": ".spec.parts[0].name", "priority": 1},
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
]
CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"widgets.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {
            "kind": "Widget",
            "plural": "widgets",
            "singular": "widget",
            "listKind": "WidgetList",
            "shortNames": ["wd"],
            "categories": ["testing"],
        },
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "additionalPrinterColumns": COLUMNS,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "description": "A thing to test with.",
                        "required": ["spec"],
                        "properties": {"spec": SPEC, "status": STATUS},
                    }
                },
            }
        ],
    },
}


def widget(name: str = "a", *, size: int = 3, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Widget",
        "metadata": {"name": name, **metadata},
        "spec": {"size": size},
    }


def status(*conditions: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """The body of an apply to `/status`."""
    found = widget()
    del found["spec"]
    return {**found, "status": {"conditions": list(conditions), **rest}}


def condition(kind: str = "Ready", value: str = "True", **rest: Any) -> dict[str, Any]:
    return {"type": kind, "status": value, "reason": "Tested", "message": "Tested.", **rest}
