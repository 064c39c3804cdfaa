"""Log Analytics' data plane: transforms checked and run, rows stored, KQL queries answered.

It decides what is stored and answered; who may ask, and at which address, is the server's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from controller.emulator.azure.cells import STORED_TYPES, cell, column_type, iso, stored
from controller.emulator.azure.kql import evaluate, quoted
from controller.emulator.azure.kql_faults import QueryError, unresolved_column
from controller.emulator.azure.kql_words import case_clash, miscased, tokens
from controller.emulator.azure.tables import Tables, clash_sentence, is_text
from controller.emulator.azure.timespans import Bounds, bounds
from controller.emulator.azure.transforms import refused

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["Logs", "QueryError"]

_WIDER = frozenset({("int", "long"), ("int", "real"), ("long", "real")})
_SAMPLES: Mapping[str, object] = {
    "string": "text",
    "guid": "00000000-0000-0000-0000-000000000000",
    "int": 1,
    "long": 1,
    "real": 1.5,
    "boolean": True,
    "datetime": "2026-01-01T00:00:00Z",
    "dynamic": {"key": ["value"]},
}


class Logs:
    """Thread-safe. All times come from the clock, which gives aware datetimes."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._tables = Tables()

    def set_table(self, workspace: str, table: str, columns: Mapping[str, str]) -> None:
        """Create the table or give it exactly these columns; rows stay, a new column is empty.

        Raises ValueError for an unknown type, or columns that differ only in case.
        """
        self._tables.put(workspace, table, columns)

    def drop_table(self, workspace: str, table: str) -> None:
        """Forget a table and its rows; one that is not there is no error."""
        self._tables.drop(workspace, table)

    def has_table(self, workspace: str, table: str) -> bool:
        """Whether data can go there; standard tables are in every workspace."""
        return self._tables.has(workspace, table)

    def columns(self, workspace: str, table: str) -> Mapping[str, str]:
        """Name → type in the rules' spelling (`boolean`, `datetime`). Raises KeyError."""
        return self._tables.columns(workspace, table)

    def check_transform(
        self,
        stream_columns: Mapping[str, str],
        transform: str | None,
        table_columns: Mapping[str, str],
    ) -> str | None:
        """None, or why a rule with this flow is refused: `CODE: sentence`.

        CODE is InvalidTransformQuery or InvalidTransformOutput. The transform runs on two made-up
        records, so that what the engine cannot run is refused here and not at ingestion.
        """
        text = transform or "source"
        try:
            output = self._dry_run(_canonical(stream_columns), text)
            return _wrong_output(dict(output), _canonical(table_columns))
        except ValueError as error:
            return f"InvalidTransformQuery: {error}."
        except QueryError as error:
            return f"InvalidTransformQuery: Error occurred while compiling query: {error.cause}"

    def ingest(
        self,
        workspace: str,
        table: str,
        stream_columns: Mapping[str, str],
        transform: str | None,
        records: Sequence[Mapping[str, object]],
    ) -> int:
        """Rows stored. Undeclared values are dropped, those of the wrong type become null.

        Raises QueryError when the transform fails on these records, KeyError without the table.
        """
        stream = _canonical(stream_columns)
        now = self._clock()
        with self._tables.lock, self._tables.cursor() as cursor:
            target = self._tables.opened(workspace, table)
            _fill_source(cursor, stream, records)
            made = dict(evaluate(cursor, transform or "source", schema={"source": stream}, now=now))
            names = ", ".join(quoted(name) for name in target)
            values = ", ".join(
                _kept(*column, made=column[0] in made, now=now) for column in target.items()
            )
            path = self._tables.path(workspace, table)
            cursor.execute(f"INSERT INTO {path} ({names}) SELECT {values} FROM output")  # noqa: S608
            return _count(cursor)

    def query(self, workspace: str, kql: str, timespan: str | None) -> dict[str, object]:
        """The answer of Log Analytics: one table, PrimaryResult. Raises QueryError.

        `timespan`: ISO 8601 duration or interval, laid over TimeGenerated of every table.
        """
        now = self._clock()
        within = bounds(timespan, now)
        with self._tables.cursor() as cursor:
            schema = self._expose(cursor, workspace, kql, within=within)
            columns = evaluate(cursor, kql, schema=schema, now=now)
            rows = cursor.table("output").fetchall()
        return {"tables": [_primary_result(columns, rows)]}

    def _dry_run(self, stream: Mapping[str, str], text: str) -> list[tuple[str, str]]:
        if clash := case_clash(stream):
            raise ValueError(clash_sentence("the stream", clash))
        if reason := refused(text):
            raise ValueError(reason)
        if wrong := miscased(tokens(text), stream):
            raise unresolved_column(wrong)
        full = {name: _SAMPLES[kind] for name, kind in stream.items()}
        with self._tables.cursor() as cursor:
            _fill_source(cursor, stream, [{}, full])
            return evaluate(cursor, text, schema={"source": stream}, now=self._clock())

    def _expose(
        self, cursor: DuckDBPyConnection, workspace: str, kql: str, *, within: Bounds | None
    ) -> dict[str, list[str]]:
        """Give the cursor the tables that the query names, as they are now, and their columns.

        Raises QueryError for a name that exists in another casing only.
        """
        words = tokens(kql)
        with self._tables.lock:
            spoken = self._tables.names(workspace) & {word.text for word in words}
            tables = {name: self._tables.opened(workspace, name) for name in sorted(spoken)}
            cursor.execute("BEGIN")
            for name, columns in tables.items():
                path = self._tables.path(workspace, name)
                cursor.execute(_view(name, path, columns=columns, within=within))
        schema = {name: _visible(columns) for name, columns in tables.items()}
        if wrong := miscased(words, [*tables, *chain.from_iterable(schema.values())]):
            raise unresolved_column(wrong)
        return schema


def _canonical(columns: Mapping[str, str]) -> dict[str, str]:
    return {name: column_type(kind) for name, kind in columns.items()}


def _wrong_output(output: Mapping[str, str], table: Mapping[str, str]) -> str | None:
    """int → long and the like only widen; columns that the table lacks are lost without error."""
    wrong = [
        f"{name} [produced: '{made}', table: '{table[name]}']"
        for name, made in output.items()
        if name in table and made != table[name] and (made, table[name]) not in _WIDER
    ]
    if output.get("TimeGenerated", "datetime") != "datetime" and "TimeGenerated" not in table:
        wrong.append(f"TimeGenerated [produced: '{output['TimeGenerated']}', table: 'datetime']")
    if not wrong:
        return None
    return (
        "InvalidTransformOutput: Types of transform output columns do not match those of the "
        f"output stream: {', '.join(wrong)}."
    )


def _fill_source(
    cursor: DuckDBPyConnection,
    stream: Mapping[str, str],
    records: Sequence[Mapping[str, object]],
) -> None:
    """The temporary table `source`: one row a record, the declared columns only."""
    if not stream:
        raise ValueError("the stream declares no column")
    rows = [{n: stored(record.get(n), kind) for n, kind in stream.items()} for record in records]
    shape = json.dumps([{name: STORED_TYPES[kind] for name, kind in stream.items()}])
    literal = shape.replace("'", "''")
    cursor.execute(
        f"CREATE TEMP TABLE source AS SELECT unnest(from_json($rows, '{literal}'), max_depth := 2)",
        {"rows": json.dumps(rows)},
    )


def _kept(name: str, kind: str, *, made: bool, now: datetime) -> str:
    """SQL of one stored value; text is never null, and the service adds TimeGenerated."""
    value = f"TRY_CAST({quoted(name)} AS {STORED_TYPES[kind]})" if made else "NULL"
    if is_text(kind):
        return f"coalesce({value}, '')"
    return f"coalesce({value}, {_literal(now)})" if name == "TimeGenerated" else value


def _literal(moment: datetime) -> str:
    return f"TIMESTAMP '{iso(moment).removesuffix('Z')}'"


def _count(cursor: DuckDBPyConnection) -> int:
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _visible(columns: Mapping[str, str]) -> list[str]:
    """What a query sees: the columns and `Type`, unless the engine takes one of them for it."""
    return [*columns] if "type" in map(str.casefold, columns) else [*columns, "Type"]


def _view(table: str, path: str, *, columns: Mapping[str, str], within: Bounds | None) -> str:
    """SQL of what a query sees under the table's name: its rows within the timespan."""
    literal = table.replace("'", "''")
    values = [quoted(n) if n in columns else f"'{literal}' AS {n}" for n in _visible(columns)]
    rows = f"SELECT {', '.join(values)} FROM {path}"  # noqa: S608 (names and literal are quoted)
    view = f"CREATE TEMP VIEW {quoted(table)} AS {rows}"
    if within is None or "TimeGenerated" not in columns:
        return view
    return f'{view} WHERE "TimeGenerated" BETWEEN {_literal(within[0])} AND {_literal(within[1])}'


def _primary_result(
    columns: Sequence[tuple[str, str]], rows: Sequence[tuple[object, ...]]
) -> dict[str, object]:
    kinds = [kind for _, kind in columns]
    return {
        "name": "PrimaryResult",
        "columns": [
            {"name": name, "type": "bool" if kind == "boolean" else kind} for name, kind in columns
        ],
        "rows": [
            [cell(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in rows
        ],
    }
