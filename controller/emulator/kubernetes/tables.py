"""The printed form of objects that `kubectl get` asks for: columns and cells."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from typing import Any

from controller.emulator.kubernetes.errors import Json
from controller.emulator.kubernetes.resources import Column, Resource

# From which age on which units are printed: the first one, and the second while it is not 0.
AGES = (
    (2 * 60, "s", ""),
    (10 * 60, "m", "s"),
    (3 * 3600, "m", ""),
    (8 * 3600, "h", "m"),
    (48 * 3600, "h", ""),
    (8 * 86400, "d", "h"),
    (2 * 365 * 86400, "d", ""),
    (8 * 365 * 86400, "y", "d"),
)
SECONDS = {"y": 365 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1}


def table(
    resource: Resource, items: Sequence[Json], *, now: datetime.datetime, include: str
) -> Json:
    """A `meta.k8s.io/v1` Table; `include` says how much of each object its row carries."""
    columns = [_definition(column) for column in resource.columns]
    name = {
        "name": "Name",
        "type": "string",
        "format": "name",
        "description": "Name must be unique within a namespace.",
        "priority": 0,
    }
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {},
        "columnDefinitions": [name, *columns],
        "rows": [_row(resource, item, now=now, include=include) for item in items],
    }


def partial(item: Json) -> Json:
    """Only the metadata of an object."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": item["metadata"],
    }


def _definition(column: Column) -> Json:
    return {
        "name": column.name,
        "type": column.type,
        "format": column.format,
        "description": column.description,
        "priority": column.priority,
    }


def _row(resource: Resource, item: Json, *, now: datetime.datetime, include: str) -> Json:
    cells = [item["metadata"]["name"], *(_cell(column, item, now) for column in resource.columns)]
    if include == "None":
        return {"cells": cells}
    return {"cells": cells, "object": item if include == "Object" else partial(item)}


def _cell(column: Column, item: Json, now: datetime.datetime) -> Any:
    found = column.read(item)
    if not found or found == [None]:
        return None
    if column.type == "date":
        return age(str(found[0]), now)
    if column.type == "string":
        return " ".join(_text(value) for value in found)
    return found[0]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def age(stamp: str, now: datetime.datetime) -> str:
    """How long ago `stamp` was, as kubectl writes it: 95s, 3m20s, 5h, 2d4h."""
    try:
        then = datetime.datetime.fromisoformat(stamp)
    except ValueError:
        return "<invalid>"
    seconds = int((now - then).total_seconds())
    if seconds < 0:
        return "<invalid>" if seconds < -1 else "0s"
    big, small = next(((b, s) for limit, b, s in AGES if seconds < limit), ("y", ""))
    first, rest = divmod(seconds, SECONDS[big])
    second = rest // SECONDS[small] if small else 0
    return f"{first}{big}" + (f"{second}{small}" if second else "")
