"""The one place that knows the KQL engine: translation and execution.

It decides nothing about tables or transforms; `logs` keeps the rows, `transforms` the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from controller.emulator.azure.cells import engine_type
from controller.emulator.azure.kql_faults import (
    cannot_run,
    engine_error,
    semantic_error,
    syntax_error,
    unresolved_table,
    unsupported,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def evaluate(
    cursor: DuckDBPyConnection, text: str, *, schema: Mapping[str, Iterable[str]], now: datetime
) -> list[tuple[str, str]]:
    """Run KQL over exactly these tables into the cursor's temporary table `output`.

    Gives its columns (name, type); `now()` in the text is the given time. Raises QueryError, in
    Log Analytics' words for syntax, unknown tables, columns and functions.
    """
    import duckdb

    sql, values = _translate(text, schema, now=now)
    try:
        cursor.execute(f"CREATE TEMP TABLE output AS {sql}", values)
    except duckdb.Error as error:
        raise engine_error(error, text) from error
    output = cursor.table("output")
    return [
        (name, engine_type(str(kind)))
        for name, kind in zip(output.columns, output.types, strict=True)
    ]


def _translate(
    text: str, schema: Mapping[str, Iterable[str]], *, now: datetime
) -> tuple[str, dict[str, object] | None]:
    """SQL and the values of its placeholders."""
    import duckdb_kql

    if text.lstrip().startswith("."):
        raise syntax_error("1:0: control commands are not accepted")
    try:
        sql = duckdb_kql.to_sql(
            text,
            schema={table: list(columns) for table, columns in schema.items()},
            query_now=now,
            allow_write=False,
        )
    except duckdb_kql.KqlSyntaxError as error:
        raise syntax_error(str(error.diagnostics[0]).partition(" expecting ")[0]) from error
    except duckdb_kql.KqlUnsupportedError as error:
        raise unsupported(error.construct, error.hint) from error
    except duckdb_kql.KqlSchemaError as error:
        if "unknown table" in str(error):
            raise unresolved_table(error.name, text) from error
        raise cannot_run(str(error).partition(". KQL keeps")[0]) from error
    if sql.unbound:
        raise semantic_error("SEM0100", f"No value for parameter {', '.join(sql.unbound)}")
    return str(sql), dict(sql.parameters) or None
