"""Whether data arrives, as the definition's own criteria define it (DESIGN 3). Runs no schedule."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from controller.model.derived import Derived
from controller.model.errors import Fault
from controller.model.reasons import Reason
from controller.model.resource import KindName, Logs, QueryError, Rows
from controller.reconcile.plan import Plan

TABLE_NAME = "{{graphQueriesTableName}}"
BILLED_PLANS = ("Basic", "Auxiliary")
"""table plans whose queries cost money by the byte scanned"""

Reply = Rows | QueryError | Fault


class Verdict(NamedTuple):
    """What one condition says: status is "True", "False" or "Unknown"."""

    status: str
    reason: Reason
    message: str


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
    billed_tables: tuple[str, ...]

    @property
    def queries(self) -> tuple[str, ...]:
        """Each text once: two criteria may share one."""
        asked = [query for criterion in self.criteria for query in criterion.queries]
        return tuple(dict.fromkeys([*asked, *self.last_received]))


@dataclass(frozen=True, slots=True)
class Connectivity:
    """The answer: the verdict, and the newest event's time if there is one."""

    verdict: Verdict
    last_received: datetime | None


def questions(derived: Derived, plan: Plan) -> Questions | None:
    """What to ask, None as long as the definition has no body to take it from."""
    body = next((step.desired for step in plan.of(KindName.DEFINITION)), None)
    if body is None:
        return None
    ui: Mapping[str, Any] = body["properties"]["connectorUiConfig"]
    table = str(ui.get("graphQueriesTableName", ""))
    paid = derived.spec.connectivity_interval_seconds is not None
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
        billed_tables=()
        if paid
        else tuple(item.name for item in derived.tables if item.plan in BILLED_PLANS),
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


async def ask(asked: Questions, logs: Logs) -> Connectivity:
    """Runs every query once and judges the replies; never raises a Fault."""
    texts = [query for query in asked.queries if not _billed(query, asked)]
    replies = await asyncio.gather(*(_reply(asked.customer_id, query, logs) for query in texts))
    return judge(asked, dict(zip(texts, replies, strict=True)))


def _billed(query: str, asked: Questions) -> bool:
    return any(re.search(rf"\b{re.escape(table)}\b", query) for table in asked.billed_tables)


async def _reply(customer_id: str, query: str, logs: Logs) -> Reply:
    try:
        return await logs.query(customer_id, query)
    except (QueryError, Fault) as error:
        return error


def judge(asked: Questions, replies: Mapping[str, Reply]) -> Connectivity:
    """The replies by query text; a text that is missing was not run because it is billed."""
    last = max(filter(None, (_time(replies.get(q)) for q in asked.last_received)), default=None)
    if not asked.criteria:
        no_criteria = Verdict("Unknown", Reason.NO_CRITERIA, "The definition names no criterion.")
        return Connectivity(no_criteria, last)
    verdicts = [_criterion(criterion, asked, replies) for criterion in asked.criteria]
    verdict = _any(verdicts) if asked.match_some else _all(verdicts)
    if verdict.reason is Reason.NO_DATA and last is not None:
        # without the time: a message that moves with every event is a status write each
        message = "The source is silent: status.lastLogReceived is too long ago for the definition."
        verdict = Verdict("False", Reason.NO_RECENT_DATA, message)
    return Connectivity(verdict, last)


def _criterion(criterion: Criterion, asked: Questions, replies: Mapping[str, Reply]) -> Verdict:
    if criterion.type.casefold() == "hasdataconnectors":
        return _connector(asked.has_connector)
    if not criterion.queries:
        return Verdict("Unknown", Reason.NO_CRITERIA, f"{criterion.type} has no query.")
    return _any([_counts(query, replies.get(query)) for query in criterion.queries])


def _connector(has_connector: bool | None) -> Verdict:
    if has_connector is None:
        return Verdict("Unknown", Reason.PENDING, "The data connector has not been read yet.")
    if has_connector:
        return Verdict("True", Reason.CONNECTED, "The definition has an active data connector.")
    return Verdict("False", Reason.INACTIVE, "The definition has no active data connector.")


def _counts(query: str, reply: Reply | None) -> Verdict:
    if reply is None:
        return Verdict(
            "Unknown",
            Reason.QUERY_BILLED,
            "Queries of a Basic or Auxiliary table are billed: set "
            "spec.connectivityIntervalSeconds to have them run.",
        )
    if isinstance(reply, QueryError):
        reason = Reason.TABLE_NOT_FOUND if reply.missing else Reason.QUERY_FAILED
        return Verdict("Unknown", reason, f"{reply.message} Query: {query}")
    if isinstance(reply, Fault):
        return Verdict("Unknown", reply.reason, reply.message)
    met = reply.first("IsConnected") if "IsConnected" in reply.columns else bool(reply.rows)
    if met == 1 or str(met).casefold() == "true":
        return Verdict("True", Reason.CONNECTED, "The connectivity query says connected.")
    return Verdict("False", Reason.NO_DATA, "The source has not sent anything yet.")


def _any(verdicts: list[Verdict]) -> Verdict:
    """One true decides, though others are unknown."""
    return _first(verdicts, ("True", "Unknown", "False"))


def _all(verdicts: list[Verdict]) -> Verdict:
    return _first(verdicts, ("False", "Unknown", "True"))


def _first(verdicts: list[Verdict], order: tuple[str, ...]) -> Verdict:
    return min(verdicts, key=lambda verdict: order.index(verdict.status))


def _time(reply: Reply | None) -> datetime | None:
    """The first time in the first row."""
    if not isinstance(reply, Rows) or not reply.rows:
        return None
    for value in reply.rows[0]:
        try:
            time = datetime.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            continue
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    return None
