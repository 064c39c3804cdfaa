"""OpenAPI v3 of each group and version: what `kubectl explain` and its field checks read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from controller.emulator.kubernetes import errors
from controller.emulator.kubernetes.errors import Json
from controller.emulator.kubernetes.resources import Resource

META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
META_SCHEMA: Json = {
    "type": "object",
    "description": "ObjectMeta is metadata that all persisted resources must have.",
    "properties": {
        "name": {"type": "string", "description": "Unique within a namespace."},
        "namespace": {"type": "string", "description": "Where the object is."},
        "labels": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "What selectors choose by.",
        },
        "annotations": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Notes that nothing selects by.",
        },
        "finalizers": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Who must agree before the object goes.",
        },
    },
}
PARAMETERS: list[Json] = [
    {"name": name, "in": "query", "schema": {"type": "string"}}
    for name in ("dryRun", "fieldManager", "fieldValidation")
]
PATCHES = ("application/json-patch+json", "application/merge-patch+json")


def index(resources: Iterable[Resource]) -> Json:
    """Where each group and version's document is."""
    paths = dict.fromkeys(_path(resource) for resource in resources)
    return {"paths": {path: {"serverRelativeURL": f"/openapi/v3/{path}"} for path in paths}}


def document(path: str, resources: Iterable[Resource]) -> Json:
    """The document of `apis/GROUP/VERSION` or `api/v1`."""
    listed = [each for each in resources if _path(each) == path]
    if not listed:
        raise errors.no_such_path()
    paths: Json = {}
    schemas: Json = {META: META_SCHEMA}
    for resource in listed:
        schemas[_name(resource)] = _schema(resource)
        for url, item in _operations(resource):
            paths[url] = item
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes CRD Swagger", "version": "v0.1.0"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _path(resource: Resource) -> str:
    return f"apis/{resource.api_version}" if resource.group else f"api/{resource.version}"


def _name(resource: Resource) -> str:
    reversed_group = ".".join(reversed((resource.group or "core.k8s.io").split(".")))
    return f"{reversed_group}.{resource.version}.{resource.kind}"


def _kinds(resource: Resource) -> Json:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def _schema(resource: Resource) -> Json:
    declared = resource.schema or {"x-kubernetes-preserve-unknown-fields": True}
    properties = {
        **declared.get("properties", {}),
        "apiVersion": {"type": "string", "description": "The versioned schema of this object."},
        "kind": {"type": "string", "description": "The kind of this object."},
        "metadata": {
            "allOf": [{"$ref": f"#/components/schemas/{META}"}],
            "description": "Standard object's metadata.",
            "default": {},
        },
    }
    return {
        **declared,
        "type": "object",
        "properties": properties,
        "x-kubernetes-group-version-kind": [_kinds(resource)],
    }


def _operations(resource: Resource) -> Iterable[tuple[str, Json]]:
    base = f"/{_path(resource)}"
    if resource.namespaced:
        base += "/namespaces/{namespace}"
    base += f"/{resource.plural}"
    yield base, {"get": _operation(resource, "list"), "post": _operation(resource, "post")}
    patch = _operation(resource, "patch") | {
        "requestBody": {"content": {each: {"schema": {"type": "object"}} for each in PATCHES}}
    }
    yield (
        f"{base}/{{name}}",
        {"get": _operation(resource, "get"), "put": _operation(resource, "put"), "patch": patch},
    )


def _operation(resource: Resource, action: str) -> dict[str, Any]:
    reference = {"schema": {"$ref": f"#/components/schemas/{_name(resource)}"}}
    return {
        "parameters": PARAMETERS,
        "responses": {"200": {"description": "OK", "content": {"application/json": reference}}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": _kinds(resource),
    }
