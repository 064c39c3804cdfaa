"""The port to Log Analytics: rows, no rows, mistakes of the query, faults."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from controller.azure.clouds import PUBLIC
from controller.azure.logs import LogsClient
from controller.azure.session import CONCURRENCY, Service, Session
from controller.model.errors import Stalled, Throttled, Transient
from controller.model.reasons import Reason
from controller.model.resource import QueryError, Rows

CUSTOMER = "7e0f3a52-2f4c-4b8a-9d55-000000000001"
ROWS = {
    "tables": [
        {"name": "Statistics", "columns": [], "rows": []},
        {
            "name": "PrimaryResult",
            "columns": [{"name": "IsConnected", "type": "bool"}, {"name": "n", "type": "long"}],
            "rows": [[True, 3]],
        },
    ]
}


@pytest.fixture
def logs(session: Session) -> LogsClient:
    return LogsClient(session)


@pytest.fixture
def route() -> Iterator[respx.Route]:
    with respx.mock(base_url=PUBLIC.logs) as router:
        yield router.post(f"/v1/workspaces/{CUSTOMER}/query")


def mistake(inner: dict[str, Any]) -> httpx.Response:
    body = {"error": {"code": "BadArgumentError", "message": "The request had some invalid..."}}
    body["error"]["innererror"] = inner  # type: ignore[assignment] # a nested object
    return httpx.Response(400, json=body)


async def test_the_primary_result_is_given(logs: LogsClient, route: respx.Route) -> None:
    route.respond(json=ROWS)

    rows = await logs.query(CUSTOMER, "print 1")

    assert rows == Rows(("IsConnected", "n"), ((True, 3),))
    assert json.loads(route.calls.last.request.content) == {"query": "print 1"}


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(204), httpx.Response(200), httpx.Response(200, json={"tables": []})],
    ids=["204", "200 without a body", "no table"],
)
async def test_a_workspace_without_data_has_no_rows(
    answer: httpx.Response, *, logs: LogsClient, route: respx.Route
) -> None:
    route.mock(answer)

    assert await logs.query(CUSTOMER, "print 1") == Rows((), ())


async def test_a_partial_result_is_used(logs: LogsClient, route: respx.Route) -> None:
    route.respond(json={**ROWS, "error": {"code": "PartialError", "message": "too much"}})

    assert (await logs.query(CUSTOMER, "print 1")).first("n") == 3


async def test_a_name_that_does_not_resolve_is_missing(
    logs: LogsClient, route: respx.Route
) -> None:
    unresolved = "Failed to resolve table or column expression named 'Contoso_CL'"
    inner = {"code": "SemanticError", "message": "A semantic error occurred."}
    route.mock(mistake({**inner, "innererror": {"code": "SEM0100", "message": unresolved}}))

    with pytest.raises(QueryError, match="Contoso_CL") as caught:
        await logs.query(CUSTOMER, "Contoso_CL")

    assert caught.value.missing


async def test_a_syntax_error_is_the_querys_own(logs: LogsClient, route: respx.Route) -> None:
    route.mock(mistake({"code": "SyntaxError", "message": "Query could not be parsed at '|'"}))

    with pytest.raises(QueryError, match="could not be parsed") as caught:
        await logs.query(CUSTOMER, "|")

    assert not caught.value.missing


async def test_a_denial_tells_that_new_roles_take_time(
    logs: LogsClient, route: respx.Route
) -> None:
    route.respond(403, json={"error": {"code": "InsufficientAccessError", "message": "no"}})

    with pytest.raises(Stalled, match="takes up to an hour") as caught:
        await logs.query(CUSTOMER, "print 1")

    assert caught.value.reason == Reason.ACCESS_DENIED


async def test_an_unknown_workspace_is_no_mistake_of_the_query(
    logs: LogsClient, route: respx.Route
) -> None:
    route.respond(400, json={"error": {"code": "FailedToResolveResource", "message": "no"}})

    with pytest.raises(Stalled) as caught:
        await logs.query(CUSTOMER, "print 1")

    assert caught.value.reason == Reason.WORKSPACE_NOT_FOUND


@pytest.mark.parametrize(("status", "handled"), [(429, Throttled), (504, Transient)])
async def test_other_refusals_are_faults(
    status: int, handled: type[Transient], *, logs: LogsClient, route: respx.Route
) -> None:
    route.respond(status, headers={"retry-after": "9"})

    with pytest.raises(handled) as caught:
        await logs.query(CUSTOMER, "print 1")

    assert caught.value.retry_after == 9


async def test_as_many_queries_run_at_a_time_as_azure_runs(
    logs: LogsClient, route: respx.Route
) -> None:
    running = 0
    full = asyncio.Event()
    go_on = asyncio.Event()

    async def answer(_: httpx.Request) -> httpx.Response:
        nonlocal running
        running += 1
        if running == CONCURRENCY[Service.LOGS]:
            full.set()
        await go_on.wait()
        return httpx.Response(204)

    route.mock(side_effect=answer)
    asked = [asyncio.create_task(logs.query(CUSTOMER, "print 1")) for _ in range(12)]
    await full.wait()
    assert running == CONCURRENCY[Service.LOGS]
    go_on.set()
    await asyncio.gather(*asked)
    assert running == 12
