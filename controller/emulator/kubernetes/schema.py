"""What a structural schema does to an object before it is checked: defaults in, unknowns out."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from controller.emulator.kubernetes.errors import Json

PRESERVE = "x-kubernetes-preserve-unknown-fields"
EMBEDDED = "x-kubernetes-embedded-resource"


def filled(schema: Json, value: Any) -> Any:
    """`value` with the schema's defaults; a null where null is not allowed makes room for one."""
    if isinstance(value, dict):
        return _filled_object(schema, value)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [filled(schema["items"], item) for item in value]
    return value


def _filled_object(schema: Json, value: Json) -> Json:
    properties: Json = schema.get("properties") or {}
    out: Json = {}
    for name, held in value.items():
        below = child(schema, name)
        if held is None and "default" in below and not below.get("nullable"):
            continue
        out[name] = filled(below, held)
    for name, below in properties.items():
        if name not in out and "default" in below:
            out[name] = filled(below, copy.deepcopy(below["default"]))
    return out


def pruned(schema: Json, value: Any, *, unknown: list[str], path: str = "") -> Any:
    """`value` without undeclared fields, whose paths are added to `unknown`."""
    if isinstance(value, list):
        items = schema.get("items") or {PRESERVE: True}
        return [
            pruned(items, item, unknown=unknown, path=f"{path}[{index}]")
            for index, item in enumerate(value)
        ]
    if not isinstance(value, dict):
        return value
    out = {}
    for name, held in value.items():
        where = f"{path}.{name}" if path else name
        if declares(schema, name):
            out[name] = pruned(child(schema, name), held, unknown=unknown, path=where)
        else:
            unknown.append(where)
    return out


def declares(schema: Json, name: str) -> bool:
    if name in (schema.get("properties") or {}) or schema.get(PRESERVE):
        return True
    if schema.get(EMBEDDED) and name in ("apiVersion", "kind", "metadata"):
        return True
    return bool(schema.get("additionalProperties")) or not schema.get("type")


def child(schema: Json, name: str) -> Json:
    """The schema of a field; `{PRESERVE: True}`-like freedom where none is declared."""
    declared = (schema.get("properties") or {}).get(name)
    if declared is None:
        declared = schema.get("additionalProperties")
    return declared if isinstance(declared, dict) else {PRESERVE: True}


def list_keys(schema: Json) -> list[str]:
    """The keys of a map list, else nothing."""
    if schema.get("x-kubernetes-list-type") != "map":
        return []
    keys: list[str] = schema["x-kubernetes-list-map-keys"]
    return keys


def undeclared(schema: Json, value: Any, path: str = "") -> Iterator[str]:
    """What a typed apply refuses: undeclared fields, and list keys given twice or not at all."""
    if isinstance(value, dict):
        for name, held in value.items():
            if not declares(schema, name):
                yield f"{path}.{name}: field not declared in schema"
            else:
                yield from undeclared(child(schema, name), held, f"{path}.{name}")
    elif isinstance(value, list):
        yield from _doubled(schema, value, path)
        for index, item in enumerate(value):
            yield from undeclared(schema.get("items") or {PRESERVE: True}, item, f"{path}[{index}]")


def _doubled(schema: Json, value: list[Any], path: str) -> Iterator[str]:
    keys, seen = list_keys(schema), set()
    for index, item in enumerate(value):
        if keys and isinstance(item, dict):
            held = tuple((key, item.get(key)) for key in keys)
            if all(part is None for _, part in held):
                yield f"{path}[{index}]: associative list with keys has an element that omits them"
            if held in seen:
                named = ",".join(f'{key}="{part}"' for key, part in held)
                yield f"{path}: duplicate entries for key [{named}]"
            seen.add(held)
