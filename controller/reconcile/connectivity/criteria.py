"""What a definition asks of its workspace (DESIGN 3). Runs no query."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from controller.model.columns import quoted
from controller.model.derived import Derived
from controller.model.resource import KindName
from controller.reconcile.plan import Plan

TABLE_NAME = "{{graphQueriesTableName}}"
BILLED_PLANS = ("Basic", "Auxiliary")
"""table plans whose queries cost money by the byte scanned"""
COUNTS = "Counts"
"""the column of a count, as `<in the last hour>/<in the last day>`"""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One entry of `connectivityCriteria`; `queries` is empty for HasDataConnectors."""

    type: str
    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Questions:
    """All that the definition asks of its workspace. `has_connector` is None while not known."""

    customer_id: str
    criteria: tuple[Criterion, ...]
    match_some: bool
    last_received: tuple[str, ...]
    has_connector: bool | None
    billed_tables: tuple[str, ...] = ()
    pays: bool = False
    """whether queries of billed tables are to run all the same"""
    own_tables: tuple[str, ...] = ()
    """whose events are counted: a shared table's are not this source's"""

    @property
    def queries(self) -> tuple[str, ...]:
        """Each text once: two criteria may share one."""
        asked = [query for criterion in self.criteria for query in criterion.queries]
        return tuple(dict.fromkeys([*asked, *self.last_received]))

    @property
    def billed(self) -> tuple[str, ...]:
        """Those that cost money."""
        return tuple(query for query in self.queries if self._is_billed(query))

    @property
    def asked(self) -> tuple[str, ...]:
        """Those that run."""
        return tuple(q for q in self.queries if self.pays or not self._is_billed(q))

    @property
    def counts(self) -> Mapping[str, str]:
        """Own table -> the text that counts its events. Billed ones are not worth the money."""
        free = (table for table in self.own_tables if table not in self.billed_tables)
        return {table: counting(table) for table in free}

    def _is_billed(self, query: str) -> bool:
        return any(re.search(rf"\b{re.escape(table)}\b", query) for table in self.billed_tables)


def questions(derived: Derived, plan: Plan) -> Questions | None:
    """What to ask, None as long as the definition has no body to take it from."""
    body = next((step.desired for step in plan.of(KindName.DEFINITION)), None)
    if body is None:
        return None
    ui: Mapping[str, Any] = body["properties"]["connectorUiConfig"]
    table = str(ui.get("graphQueriesTableName", ""))
    return Questions(
        customer_id=plan.workspace.customer_id,
        criteria=tuple(
            Criterion(str(item.get("type")), _filled(_listed(item.get("value")), table))
            for item in _objects(ui, "connectivityCriteria")
        ),
        match_some=bool(ui.get("isConnectivityCriteriasMatchSome")),
        last_received=_filled(
            (item.get("lastDataReceivedQuery") for item in _objects(ui, "dataTypes")), table
        ),
        has_connector=_has_connector(plan),
        billed_tables=billed_tables(derived),
        pays=derived.spec.connectivity_interval_seconds is not None,
        own_tables=tuple(item.name for item in derived.tables),
    )


def counts_only(customer_id: str, derived: Derived) -> Questions:
    """What asks for the events of the last hour and day alone.

    Each count is a criterion of its own as well: so the verdict says why one is missing.
    """
    counted = Questions(
        customer_id,
        criteria=(),
        match_some=False,
        last_received=(),
        has_connector=None,
        billed_tables=billed_tables(derived),
        own_tables=tuple(item.name for item in derived.tables),
    )
    criteria = tuple(Criterion("Counts", (text,)) for text in counted.counts.values())
    return replace(counted, criteria=criteria)


def billed_tables(derived: Derived) -> tuple[str, ...]:
    """The object's own tables whose queries cost money."""
    return tuple(item.name for item in derived.tables if item.plan in BILLED_PLANS)


def counting(table: str) -> str:
    """The text that counts a table's events; one row always, if there is the table."""
    return (
        f"{quoted(table)}\n| where TimeGenerated > ago(1d)\n"
        "| summarize Day = count(), Hour = countif(TimeGenerated > ago(1h))\n"
        f'| project {COUNTS} = strcat(Hour, "/", Day)'
    )


def _objects(ui: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The card is free JSON of the user's: what has another shape is for Azure to refuse."""
    return [item for item in _listed(ui.get(key)) if isinstance(item, Mapping)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _filled(queries: Iterable[Any], table: str) -> tuple[str, ...]:
    return tuple(query.replace(TABLE_NAME, table) for query in queries if isinstance(query, str))


def _has_connector(plan: Plan) -> bool | None:
    readbacks = [step.readback for step in plan.of(KindName.DATA_CONNECTOR)]
    known = [body for body in readbacks if body is not None]
    if not known:
        return False if all(step.fault is None for step in plan.steps) else None
    return any(body.get("properties", {}).get("isActive") is not False for body in known)
