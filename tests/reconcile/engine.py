"""Log Analytics for the tests of the engine: the emulated KQL without HTTP, each call counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from controller.emulator.azure.logs import Logs as Engine
from controller.emulator.azure.logs import QueryError as Refused
from controller.model.errors import Fault
from controller.model.resource import QueryError, Rows

COLUMNS = {"TimeGenerated": "datetime", "User": "string"}


@dataclass
class EngineLogs:
    """`model.resource.Logs`. `fault` is raised instead of an answer while it is set."""

    clock: Callable[[], datetime]
    asked: list[tuple[str, str]] = field(default_factory=list)
    """customer id and text of each call"""
    fault: Fault | None = None
    stands_for_all: str = ""
    """the workspace whose rows every other one holds too: then a text is run once a moment"""
    _run: dict[tuple[str, datetime], Rows] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = Engine(self.clock)

    def table(self, customer_id: str, name: str, *, events: int = 1) -> None:
        self.engine.set_table(customer_id, name, COLUMNS)
        if events:
            self.send(customer_id, name, events)

    def send(self, customer_id: str, name: str, events: int = 1) -> None:
        rows = [{"User": "ada"}] * events
        transform = "source | extend TimeGenerated = now()"
        self.engine.ingest(customer_id, name, {"User": "string"}, transform, rows)

    async def query(self, customer_id: str, kql: str) -> Rows:
        self.asked.append((customer_id, kql))
        if self.fault is not None:
            raise self.fault
        if not self.stands_for_all:
            return self._answer(customer_id, kql)
        moment = kql, self.clock()
        if moment not in self._run:
            self._run[moment] = self._answer(self.stands_for_all, kql)
        return self._run[moment]

    def _answer(self, customer_id: str, kql: str) -> Rows:
        try:
            answer: Any = self.engine.query(customer_id, kql, None)
        except Refused as error:
            raise _told(error) from error
        return _rows(answer["tables"][0])

    async def search(self, customer_id: str, kql: str, timespan: str) -> Rows:
        return await self.query(customer_id, kql)

    def calls(self) -> dict[str, int]:
        """How often each workspace was asked."""
        counted: dict[str, int] = defaultdict(int)
        for customer_id, _ in self.asked:
            counted[customer_id] += 1
        return counted


def _rows(table: Any) -> Rows:
    columns = table["columns"]
    return Rows(
        tuple(column["name"] for column in columns),
        tuple(tuple(row) for row in table["rows"]),
        types=tuple(column["type"] for column in columns),
    )


def _told(error: Refused) -> QueryError:
    text = str(error.body())
    return QueryError(text, missing="SEM0100" in text)
