"""The tables of all workspaces in one in-memory DuckDB: columns, rows, and cursors on them.

It decides how a column is kept; what goes in and what is answered is decided in `logs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING

from controller.emulator.azure.cells import STORED_TYPES, column_type
from controller.emulator.azure.kql import quoted
from controller.emulator.azure.kql_words import case_clash
from controller.emulator.azure.standard_tables import STANDARD_TABLES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def clash_sentence(where: str, names: tuple[str, str]) -> str:
    first, second = names
    return (
        f"{where} has columns {first!r} and {second!r} that differ only in case: Azure keeps them "
        "apart, the emulator's engine cannot; rename one"
    )


def declared(columns: Mapping[str, str]) -> str:
    """Column definitions of a CREATE TABLE; Kusto text is never null."""
    return ", ".join(
        f"{quoted(name)} {STORED_TYPES[kind]}" + (" DEFAULT ''" if is_text(kind) else "")
        for name, kind in columns.items()
    )


def is_text(kind: str) -> bool:
    return STORED_TYPES[kind] == "VARCHAR"


class Tables:
    """`lock` is held for every change of tables or rows; cursors read beside it."""

    def __init__(self) -> None:
        self.lock = RLock()
        self._columns: dict[tuple[str, str], dict[str, str]] = {}
        self._schemas: dict[str, str] = {}

    @cached_property
    def _database(self) -> DuckDBPyConnection:
        import duckdb

        return duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": "false"})

    @contextmanager
    def cursor(self) -> Iterator[DuckDBPyConnection]:
        """A connection with temporary tables of its own."""
        with self.lock:
            cursor = self._database.cursor()
        try:
            cursor.execute("SET TimeZone='UTC'")
            yield cursor
        finally:
            cursor.close()

    def put(self, workspace: str, table: str, columns: Mapping[str, str]) -> None:
        """Create or alter. Raises ValueError: unknown type, columns that differ only in case."""
        wanted = {name: column_type(kind) for name, kind in columns.items()}
        if clash := case_clash(wanted):
            raise ValueError(clash_sentence(f"table {table}", clash))
        with self.lock:
            if (workspace, table) in self._columns:
                self._alter(workspace, table, wanted)
            else:
                self._create(workspace, table, wanted)
            self._columns[workspace, table] = wanted

    def drop(self, workspace: str, table: str) -> None:
        with self.lock:
            if self._columns.pop((workspace, table), None) is not None:
                self._database.execute(f"DROP TABLE {self.path(workspace, table)}")

    def has(self, workspace: str, table: str) -> bool:
        return (workspace, table) in self._columns or table in STANDARD_TABLES

    def columns(self, workspace: str, table: str) -> dict[str, str]:
        """Name → canonical type. Raises KeyError."""
        with self.lock:
            return dict(self._columns.get((workspace, table)) or STANDARD_TABLES[table])

    def names(self, workspace: str) -> set[str]:
        with self.lock:
            return {name for place, name in self._columns if place == workspace} | set(
                STANDARD_TABLES
            )

    def opened(self, workspace: str, table: str) -> dict[str, str]:
        """The columns of a table that is there physically; a standard one is made on first use."""
        with self.lock:
            if (workspace, table) not in self._columns:
                self.put(workspace, table, STANDARD_TABLES[table])
            return dict(self._columns[workspace, table])

    def path(self, workspace: str, table: str) -> str:
        """The table's name in SQL."""
        schema = self._schemas.setdefault(workspace, f"w{len(self._schemas)}")
        return f"{schema}.{quoted(table)}"

    def _create(self, workspace: str, table: str, columns: Mapping[str, str]) -> None:
        path = self.path(workspace, table)
        self._database.execute(f"CREATE SCHEMA IF NOT EXISTS {path.partition('.')[0]}")
        self._database.execute(f"CREATE TABLE {path} ({declared(columns)})")

    def _alter(self, workspace: str, table: str, wanted: Mapping[str, str]) -> None:
        path, have = self.path(workspace, table), self._columns[workspace, table]
        changed = [name for name in wanted if have.get(name) != wanted[name]]
        gone = [name for name in have if name not in wanted or name in changed]
        alter = f"ALTER TABLE {path}"
        # added before dropped: a table may not be without columns for a moment
        for name in changed:
            if name in have:
                self._database.execute(f"{alter} RENAME {quoted(name)} TO {quoted(name + ' old')}")
            self._database.execute(f"{alter} ADD COLUMN {declared({name: wanted[name]})}")
        for name in gone:
            old = name + " old" if name in changed else name
            self._database.execute(f"{alter} DROP COLUMN {quoted(old)}")
