"""The KQL texts that the user wrote into the card, each as the checker is to see it.

What the operator derives by itself is not among them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from controller.model.card import FIELD
from controller.model.derived import Derived

TABLE_NAME = "graphQueriesTableName"

_PLACEHOLDER = re.compile(r"\$\([^()]*\)")
_TABLE = re.compile(r"\{\{graphQueriesTableName\}\}")


@dataclass(frozen=True, slots=True)
class Text:
    """A query. `text` is what is checked; `placed`: its characters stand where the user's do."""

    field: str
    text: str
    placed: bool


def texts(derived: Derived) -> tuple[Text, ...]:
    """The queries of spec.definition.ui, in its order."""
    ui = (derived.spec.definition and derived.spec.definition.ui) or {}
    name = ui.get(TABLE_NAME)
    return tuple(
        _text(field, query, name if isinstance(name, str) else None)
        for field, query in _queries(ui)
        if isinstance(query, str) and query.strip()
    )


def _text(field: str, query: str, table: str | None) -> Text:
    """Placeholders become words of the same length, so that places stay right."""
    filled = _PLACEHOLDER.sub(lambda found: "x" * len(found.group()), query)
    named = _TABLE.sub(table, filled) if table is not None else filled
    return Text(field, named, placed=named == filled)


def _queries(ui: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, query in (
        ("graphQueries", "baseQuery"),
        ("sampleQueries", "query"),
        ("dataTypes", "lastDataReceivedQuery"),
    ):
        for place, item in _objects(ui.get(key)):
            yield f"{FIELD}.{key}[{place}].{query}", item.get(query)
    for key in ("connectivityCriteria", "connectivityCriterias"):
        for place, item in _objects(ui.get(key)):
            value = item.get("value")
            for index, query in enumerate(value if isinstance(value, list) else ()):
                yield f"{FIELD}.{key}[{place}].value[{index}]", query


def _objects(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for place, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, Mapping):
            yield place, item
