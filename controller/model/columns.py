"""Column types, and how names stand in KQL. One spelling for each type that Azure spells in two."""

import re
from collections.abc import Iterable
from functools import lru_cache

from controller.model.spec import Column

TIME_GENERATED = "TimeGenerated"

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_KEYWORD = re.compile(
    "and|as|asc|between|bool|boolean|by|contains|count|datatable|date|datetime|decimal|desc"
    "|distinct|double|dynamic|extend|extern|false|find|from|guid|has|in|int|invoke|join|kind|let"
    "|limit|long|materialize|not|null|of|on|or|order|parse|pattern|print|project|range|real|render"
    "|sample|scan|search|set|sort|step|string|summarize|take|time|timespan|title|to|top|true"
    "|typeof|type|union|uniqueid|where|with",
    re.IGNORECASE,
)


def canonical(column_type: str) -> str:
    """Tables answer `DateTime`, `dateTime` or `datetime` as they were told (FIELD part 1, 3);
    the guide says `bool` where the schema says `boolean` (PUSH payload 1)."""
    folded = column_type.casefold()
    return "boolean" if folded == "bool" else folded


def in_stream(columns: Iterable[Column]) -> tuple[Column, ...]:
    """A stream declaration has no guid (API 1): the sender's text is cast in the transform."""
    return tuple(_typed(column, "string" if _is_guid(column) else None) for column in columns)


def in_table(columns: Iterable[Column]) -> tuple[Column, ...]:
    """Every table has TimeGenerated (PUSH payload 1)."""
    typed = tuple(_typed(column, None) for column in columns)
    if any(column.name == TIME_GENERATED for column in typed):
        return typed
    return (Column(name=TIME_GENERATED, type="datetime"), *typed)


@lru_cache(maxsize=1024)  # the same names in every comparison
def quoted(name: str) -> str:
    """A name as KQL takes it: `['time']` where it is no plain word (TRANSFORMS, shipped rules)."""
    if _IDENTIFIER.fullmatch(name) and not _KEYWORD.fullmatch(name):
        return name
    return "['" + name.replace("\\", "\\\\").replace("'", "\\'") + "']"


def _is_guid(column: Column) -> bool:
    return canonical(column.type) == "guid"


def _typed(column: Column, column_type: str | None) -> Column:
    return column.model_copy(update={"type": column_type or canonical(column.type)})
