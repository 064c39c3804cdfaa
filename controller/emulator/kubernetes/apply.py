"""Who owns which field, and what a server-side apply makes of an object.

`managedFields` of the object is the only record. Applying drops what the same manager applied
before and no longer sends, unless somebody else owns it too; a plain write takes over what it
changes.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from controller.emulator.kubernetes.errors import ApiError, Json
from controller.emulator.kubernetes.fieldsets import (
    Path,
    at,
    decode,
    dotted,
    encode,
    fields,
    item_key,
    remove,
)
from controller.emulator.kubernetes.schema import child, list_keys

SYSTEM = (
    *("name", "namespace", "generateName", "uid", "resourceVersion", "generation", "selfLink"),
    *("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields"),
)


@dataclass(frozen=True, slots=True)
class Manager:
    """Who writes, and how: one entry of managedFields."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""

    @classmethod
    def of(cls, entry: Json) -> Manager:
        return cls(
            entry.get("manager", ""),
            entry.get("operation", ""),
            entry.get("apiVersion", ""),
            entry.get("subresource", ""),
        )

    def __str__(self) -> str:
        where = f' with subresource "{self.subresource}"' if self.subresource else ""
        return f'conflict with "{self.name}"{where} using {self.api_version}'


Owned = dict[Manager, frozenset[Path]]


def owned(body: Json) -> Owned:
    entries = body["metadata"].get("managedFields") or ()
    return {
        Manager.of(entry): frozenset(decode(entry.get("fieldsV1") or {}))
        for entry in entries
        if entry
    }


def claimed(current: Json, wanted: Json) -> Owned:
    """The owners that a plain write starts from: as it sends them, else as they are."""
    if wanted["metadata"].get("managedFields") == [{}]:
        return {}
    return owned(wanted) or owned(current)


def recorded(body: Json, owners: Owned, now: str) -> Json:
    """`body` with the owners written down; an entry that did not change keeps its time."""
    known = {Manager.of(entry): entry for entry in body["metadata"].get("managedFields") or ()}
    entries = []
    for manager, paths in owners.items():
        if not paths:
            continue
        entry = {
            "manager": manager.name,
            "operation": manager.operation,
            "apiVersion": manager.api_version,
            "time": now,
            "fieldsType": "FieldsV1",
            "fieldsV1": encode(paths),
        }
        if manager.subresource:
            entry["subresource"] = manager.subresource
        before = known.get(manager)
        unchanged = before is not None and before.get("fieldsV1") == entry["fieldsV1"]
        entries.append(before if unchanged else entry)
    metadata = {k: v for k, v in body["metadata"].items() if k != "managedFields"}
    if entries:
        metadata["managedFields"] = entries
    return {**body, "metadata": metadata}


def scoped(body: Json, *, status: bool, subresource: str) -> Json:
    """What a write through this path may own: the status alone, or all but it."""
    if subresource:
        return {subresource: body[subresource]} if subresource in body else {}
    out = {k: v for k, v in body.items() if k not in ("apiVersion", "kind", "metadata")}
    if status:
        out.pop("status", None)
    metadata = {k: v for k, v in body.get("metadata", {}).items() if k not in SYSTEM}
    return {**out, "metadata": metadata} if metadata else out


def updated(schema: Json, before: Json, after: Json, *, owners: Owned, manager: Manager) -> Owned:
    """The owners after a plain write from `before` to `after`, both already scoped."""
    old, new = dict(fields(schema, before)), dict(fields(schema, after))
    changed = {path for path, value in new.items() if path not in old or old[path] != value}
    gone = old.keys() - new.keys()
    result = {
        other: paths if other == manager else paths - changed - gone
        for other, paths in owners.items()
    }
    result[manager] = frozenset((owners.get(manager, frozenset()) | changed) - gone)
    return result


def applied(schema: Json, live: Json, config: Json, *, owners: Owned, manager: Manager) -> Merge:
    """What applying the scoped `config` to the scoped `live` object means."""
    wanted = dict(fields(schema, config))
    others = {other: paths for other, paths in owners.items() if other != manager}
    merged = merge(schema, copy.deepcopy(live), config)
    conflicts = _conflicts(wanted, dict(fields(schema, live)), others)
    held_by_others = frozenset(path for paths in others.values() for path in paths)
    kept = _with_parents(frozenset(wanted) | held_by_others)
    for path in sorted(owners.get(manager, frozenset()), key=len):
        _drop(merged, path, kept)
    return Merge(merged, frozenset(wanted), conflicts)


@dataclass(frozen=True, slots=True)
class Merge:
    """The outcome of an apply; `conflicts` maps other owners to the paths that would change."""

    body: Json
    paths: frozenset[Path]
    conflicts: Mapping[Manager, frozenset[Path]]

    def refused(self) -> ApiError:
        """The 409 for a caller that does not force."""
        count = sum(len(paths) for paths in self.conflicts.values())
        noun = "conflict" if count == 1 else "conflicts"
        parts, causes = [], []
        for other, paths in self.conflicts.items():
            names = sorted(dotted(path) for path in paths)
            single = f": {names[0]}" if len(names) == 1 else ":\n- " + "\n- ".join(names)
            parts.append(f"{other}{single}")
            causes += [
                {"reason": "FieldManagerConflict", "message": str(other), "field": name}
                for name in names
            ]
        message = f"Apply failed with {count} {noun}: " + "\n".join(parts)
        return ApiError(409, "Conflict", message, details={"causes": causes})

    def owners(self, before: Owned, manager: Manager) -> Owned:
        """The owners afterwards: what was in conflict changes hands."""
        result = {
            other: paths - self.conflicts.get(other, frozenset()) for other, paths in before.items()
        }
        result[manager] = self.paths
        return result


def _conflicts(
    wanted: dict[Path, Any], live: dict[Path, Any], others: Owned
) -> dict[Manager, frozenset[Path]]:
    changed = {p for p, value in wanted.items() if p not in live or live[p] != value}
    found = {other: paths & changed for other, paths in others.items()}
    return {other: paths for other, paths in found.items() if paths}


def _with_parents(paths: frozenset[Path]) -> frozenset[Path]:
    return frozenset(path[:length] for path in paths for length in range(1, len(path) + 1))


def _drop(merged: Json, path: Path, kept: frozenset[Path]) -> None:
    """Removes a path nobody holds, and the objects that it leaves empty."""
    if path in kept:
        return
    remove(merged, path)
    parent = path[:-1]
    while parent and parent not in kept and at(merged, parent) in ({}, []):
        remove(merged, parent)
        parent = parent[:-1]


def merge(schema: Json, live: Any, config: Any) -> Any:
    """`config` laid over `live`: objects and keyed lists merge, all else is replaced."""
    if isinstance(config, dict) and isinstance(live, dict):
        if schema.get("x-kubernetes-map-type") == "atomic":
            return config
        return live | {
            name: merge(child(schema, name), live.get(name), held) for name, held in config.items()
        }
    if isinstance(config, list) and isinstance(live, list):
        if schema.get("x-kubernetes-list-type") == "set":
            return [*config, *(item for item in live if item not in config)]
        if list_keys(schema):
            return _merged_items(schema, live, config)
    return config


def _merged_items(schema: Json, live: list[Any], config: list[Any]) -> list[Any]:
    """The applied order, with the items of others after the one that they followed."""
    held = {item_key(schema, item): item for item in live}
    given = {item_key(schema, item): item for item in config}
    followers: dict[str | None, list[Any]] = {}
    last: str | None = None
    for key, item in held.items():
        if key in given:
            last = key
        else:
            followers.setdefault(last, []).append(item)
    out = list(followers.get(None, ()))
    for key, item in given.items():
        out.append(merge(schema["items"], held.get(key), item))
        out.extend(followers.get(key, ()))
    return out
