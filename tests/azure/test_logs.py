"""The port to Log Analytics: rows, no rows, mistakes of the query, faults."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from controller.azure.clouds import PUBLIC
from controller.azure.limiter import Limiter
from controller.azure.logs import QUERIES, REST, TRIES, LogsClient
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


class Time:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def logs(session: Session, time: Time) -> LogsClient:
    return LogsClient(session, queries=Limiter(QUERIES, clock=time, sleep=time.sleep))


@pytest.fixture
def route() -> Iterator[respx.Route]:
    with respx.mock(base_url=PUBLIC.logs) as router:
        yield router.post(f"/v1/workspaces/{CUSTOMER}/query")


@pytest.fixture
def search() -> Iterator[respx.Route]:
    with respx.mock(base_url=PUBLIC.logs) as router:
        yield router.post(f"/v1/workspaces/{CUSTOMER}/search")


def mistake(inner: dict[str, Any]) -> httpx.Response:
    body = {"error": {"code": "BadArgumentError", "message": "The request had some invalid..."}}
    body["error"]["innererror"] = inner  # type: ignore[assignment] # a nested object
    return httpx.Response(400, json=body)


async def test_the_primary_result_is_given(logs: LogsClient, route: respx.Route) -> None:
    route.respond(json=ROWS)

    rows = await logs.query(CUSTOMER, "print 1")

    assert rows == Rows(("IsConnected", "n"), ((True, 3),), types=("bool", "long"))
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


async def test_a_partial_result_is_given_with_the_reason_that_it_is_one(
    logs: LogsClient, route: respx.Route
) -> None:
    inner = {"code": "-2133196797", "message": "The results are too large."}
    error = {"code": "PartialError", "message": "There were some errors", "details": [inner]}
    route.respond(json={**ROWS, "error": error})

    rows = await logs.query(CUSTOMER, "print 1")

    assert (rows.first("n"), rows.partial) == (3, "The results are too large.")


async def test_a_billed_table_is_searched_with_its_time_in_the_address(
    logs: LogsClient, search: respx.Route
) -> None:
    search.respond(json=ROWS)

    assert (await logs.search(CUSTOMER, "Cheap_CL", "P1D")).first("n") == 3
    assert search.calls.last.request.url.params["timespan"] == "P1D"
    assert json.loads(search.calls.last.request.content) == {"query": "Cheap_CL"}


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


@pytest.mark.parametrize(("headers", "pause"), [({"retry-after": "9"}, 9), ({}, REST)])
async def test_a_query_without_a_place_is_sent_again_after_the_pause(
    headers: dict[str, str], pause: float, *, logs: LogsClient, route: respx.Route, time: Time
) -> None:
    route.side_effect = [httpx.Response(429, headers=headers), httpx.Response(200, json=ROWS)]

    assert (await logs.query(CUSTOMER, "print 1")).first("n") == 3
    assert time.now == pause


async def test_a_pause_holds_for_every_query_of_the_principal(
    logs: LogsClient, route: respx.Route, time: Time
) -> None:
    later = httpx.Response(429, headers={"retry-after": "9"})
    route.side_effect = [later] * TRIES + [httpx.Response(204)]

    with pytest.raises(Throttled):
        await logs.query(CUSTOMER, "print 1")
    await logs.query(CUSTOMER, "print 2")

    assert (route.call_count, time.now) == (TRIES + 1, 9 * TRIES)


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
