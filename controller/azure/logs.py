"""The port to Log Analytics: one KQL text a call. Decides what is the text's own mistake."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import httpx

from controller.azure.answers import body_of, failure, parsed
from controller.azure.bodies import Said, said
from controller.azure.limiter import Limit, Limiter
from controller.azure.session import Service, Session
from controller.model.errors import Fault, Stalled, Throttled
from controller.model.reasons import Reason
from controller.model.resource import QueryError, Rows

WAIT = 25
"""seconds that Azure may run a query: less than the session waits for an answer"""
QUERIES = Limit(at_a_time=5, calls=200, seconds=30)
"""of one principal (API 9, azure-monitor-limits-log-queries.md)"""
SEARCHES = Limit(at_a_time=2, calls=200, seconds=30)
"""of Basic and Auxiliary tables (basic-logs-query.md); they count as queries too"""
REST = 30.0
"""seconds without a query after a 429 that names no pause: the stretch that Azure counts"""
TRIES = 3
"""how often a query is sent that Azure has no place for"""
_MISTAKES = frozenset({"BadArgumentError", "SemanticError", "SyntaxError"})
_UNRESOLVED = "SEM0100"


class LogsClient:
    """`model.resource.Logs` over one session, inside the limits of the session's principal."""

    def __init__(
        self, session: Session, *, queries: Limiter | None = None, searches: Limiter | None = None
    ) -> None:
        self._session = session
        self._queries = queries or Limiter(QUERIES)
        self._searches = searches or Limiter(SEARCHES)

    async def query(self, customer_id: str, kql: str) -> Rows:
        """The primary result; no columns for a workspace that never held data (204, or no body).

        Raises QueryError for the query's own mistakes.
        """
        path = f"/v1/workspaces/{customer_id}/query"
        return await self._ask(path, kql, f"Query of workspace {customer_id}", (self._queries,))

    async def search(self, customer_id: str, kql: str, timespan: str) -> Rows:
        """The same for a Basic or Auxiliary table, of which Azure bills what lies in `timespan`
        (ISO 8601, "P1D"). The time goes with the address (basic-logs-query.md)."""
        path = f"/v1/workspaces/{customer_id}/search?timespan={timespan}"
        subject = f"Search of workspace {customer_id}"
        return await self._ask(path, kql, subject, (self._searches, self._queries))

    async def _ask(self, path: str, kql: str, subject: str, limiters: Sequence[Limiter]) -> Rows:
        for _ in range(TRIES):
            response = await self._send(path, kql, limiters)
            if response.is_success:
                return _rows(body_of(response, subject)) if response.content else Rows((), ())
            leaves = tuple(said(parsed(response)))
            if response.status_code == 400 and any(_MISTAKES.intersection(s.codes) for s in leaves):
                raise _mistake(leaves)
            fault = _fault(response, subject)
            if not isinstance(fault, Throttled):
                break
            # the pause is the principal's: whoever else would ask waits too
            self._queries.rest(REST if fault.retry_after is None else fault.retry_after)
        raise fault

    async def _send(self, path: str, kql: str, limiters: Sequence[Limiter]) -> httpx.Response:
        async with AsyncExitStack() as turns:
            for limiter in limiters:
                await turns.enter_async_context(limiter.turn())
            return await self._session.request(
                "POST",
                path,
                service=Service.LOGS,
                json={"query": kql},
                headers={"Prefer": f"wait={WAIT}"},
            )


def _rows(body: Any) -> Rows:
    tables = body.get("tables") or ()
    primary = next((table for table in tables if table.get("name") == "PrimaryResult"), None)
    if primary is None:
        return Rows((), ())
    return Rows(
        tuple(column["name"] for column in primary["columns"]),
        tuple(tuple(row) for row in primary["rows"]),
        types=tuple(str(column.get("type", "")) for column in primary["columns"]),
        partial=_part(body),
    )


def _part(body: Any) -> str:
    """Why a 200 holds only a part of the answer (response-format.md), "" if it holds all."""
    if not body.get("error"):
        return ""
    return " ".join(leaf.message for leaf in said(body) if leaf.message) or "PartialError"


def _mistake(leaves: Sequence[Said]) -> QueryError:
    missing = any(_UNRESOLVED in leaf.codes for leaf in leaves)
    return QueryError(" ".join(leaf.message for leaf in leaves), missing=missing)


def _fault(response: httpx.Response, subject: str) -> Fault:
    fault = failure(response, subject, parsed(response))
    if fault.reason != Reason.ACCESS_DENIED:
        return fault
    hint = "Give the operator's identity Log Analytics Reader; a new role takes up to an hour."
    return Stalled(fault.reason, f"{fault.message} {hint}", answer=fault.answer)
