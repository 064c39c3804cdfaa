"""The port to Log Analytics: one KQL query a call. Decides what is the query's own mistake."""

from collections.abc import Sequence
from typing import Any

import httpx

from controller.azure.answers import body_of, failure, parsed
from controller.azure.bodies import Said, said
from controller.azure.session import Service, Session
from controller.model.errors import Fault, Stalled
from controller.model.reasons import Reason
from controller.model.resource import QueryError, Rows

WAIT = 25
"""seconds that Azure may run a query: less than the session waits for an answer"""
_MISTAKES = frozenset({"BadArgumentError", "SemanticError", "SyntaxError"})
_UNRESOLVED = "SEM0100"


class LogsClient:
    """`model.resource.Logs` over one session, which holds how many queries run at a time."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def query(self, customer_id: str, kql: str) -> Rows:
        """The primary result; no rows for a workspace that never held data (204, or no body).

        A partial result is used as it is. Raises QueryError for the query's own mistakes.
        """
        response = await self._session.request(
            "POST",
            f"/v1/workspaces/{customer_id}/query",
            service=Service.LOGS,
            json={"query": kql},
            headers={"Prefer": f"wait={WAIT}"},
        )
        subject = f"Query of workspace {customer_id}"
        if response.is_success:
            return _rows(body_of(response, subject)) if response.content else Rows((), ())
        leaves = tuple(said(parsed(response)))
        if response.status_code == 400 and any(_MISTAKES.intersection(s.codes) for s in leaves):
            raise _mistake(leaves)
        raise _fault(response, subject)


def _rows(body: Any) -> Rows:
    tables = body.get("tables") or ()
    primary = next((table for table in tables if table.get("name") == "PrimaryResult"), None)
    if primary is None:
        return Rows((), ())
    columns = tuple(column["name"] for column in primary["columns"])
    return Rows(columns, tuple(tuple(row) for row in primary["rows"]))


def _mistake(leaves: Sequence[Said]) -> QueryError:
    missing = any(_UNRESOLVED in leaf.codes for leaf in leaves)
    return QueryError(" ".join(leaf.message for leaf in leaves), missing=missing)


def _fault(response: httpx.Response, subject: str) -> Fault:
    fault = failure(response, subject, parsed(response))
    if fault.reason != Reason.ACCESS_DENIED:
        return fault
    hint = "Give the operator's identity Log Analytics Reader; a new role takes up to an hour."
    return Stalled(fault.reason, f"{fault.message} {hint}", answer=fault.answer)
