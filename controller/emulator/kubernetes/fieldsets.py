"""Which fields an object holds, as the paths of `managedFields`; no ownership is decided here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from controller.emulator.kubernetes.errors import Json
from controller.emulator.kubernetes.schema import child, list_keys

# Elements are written as in FieldsV1: `f:name`, `k:{"type":"Ready"}`, `v:"x"`.
Path = tuple[str, ...]
# Held by an item of a map or map list, beside the fields in it: that it is there at all.
PRESENT = object()


def fields(schema: Json, value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every owned path in `value`, with the value where the path is a leaf."""
    if isinstance(value, dict) and value and schema.get("x-kubernetes-map-type") != "atomic":
        for name, held in value.items():
            where = (*path, f"f:{name}")
            if isinstance(schema.get("additionalProperties"), dict):
                yield where, PRESENT
            yield from fields(child(schema, name), held, where)
    elif isinstance(value, list) and schema.get("x-kubernetes-list-type") in ("set", "map"):
        yield from _items(schema, value, path)
    elif path:
        yield path, value


def _items(schema: Json, value: list[Any], path: Path) -> Iterator[tuple[Path, Any]]:
    for item in value:
        if list_keys(schema):
            where = (*path, item_key(schema, item))
            yield from fields(schema["items"], item, where)
        else:
            where = (*path, f"v:{_text(item)}")
        yield where, PRESENT


def item_key(schema: Json, item: Json) -> str:
    return f"k:{_text({key: item.get(key) for key in list_keys(schema)})}"


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def encode(paths: frozenset[Path]) -> Json:
    """FieldsV1 of the paths."""
    root: Json = {}
    for path in sorted(paths, key=len):
        node = root
        for element in path:
            node = node.setdefault(element, {})
        node["."] = {}
    return _without_leaf_dots(root)


def _without_leaf_dots(node: Json) -> Json:
    return {
        name: _without_leaf_dots(below) if below.keys() - {"."} else {}
        for name, below in node.items()
    }


def decode(node: Json, path: Path = ()) -> Iterator[Path]:
    """The paths of a FieldsV1."""
    for name, below in node.items():
        if name == ".":
            yield path
        elif below:
            yield from decode(below, (*path, name))
        else:
            yield (*path, name)


def remove(value: Any, path: Path) -> None:
    """Takes what is at `path` out of `value`, in place; a path that is not there is no matter."""
    parent = value
    for element in path[:-1]:
        parent = _below(parent, element)
    last = path[-1]
    if isinstance(parent, dict):
        parent.pop(last[2:], None)
    elif isinstance(parent, list):
        index = _index(parent, last)
        if index is not None:
            del parent[index]


def at(value: Any, path: Path) -> Any:
    """What is at `path`, None if nothing."""
    for element in path:
        value = _below(value, element)
    return value


def _below(value: Any, element: str) -> Any:
    if isinstance(value, dict):
        return value.get(element[2:])
    if isinstance(value, list):
        index = _index(value, element)
        return None if index is None else value[index]
    return None


def _index(items: list[Any], element: str) -> int | None:
    wanted = json.loads(element[2:])
    for index, item in enumerate(items):
        if item == wanted or (
            element.startswith("k:")
            and isinstance(item, dict)
            and all(item.get(key) == held for key, held in wanted.items())
        ):
            return index
    return None


def dotted(path: Path) -> str:
    """The path as conflicts name it: `.status.conditions[type="Ready"].status`."""
    out = ""
    for element in path:
        if element.startswith("f:"):
            out += f".{element[2:]}"
        elif element.startswith("k:"):
            keys = json.loads(element[2:]).items()
            out += "[" + ",".join(f"{key}={json.dumps(held)}" for key, held in keys) + "]"
        else:
            out += f"[={element[2:]}]"
    return out
