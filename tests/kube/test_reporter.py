"""What a run tells the API server, where a whole API server would not show the difference."""

import logging
from datetime import UTC, datetime

import pytest
import respx

from controller.kube.api import Api
from controller.kube.cache import Cache
from controller.kube.queue import Queue
from controller.kube.reporter import Reporter
from controller.model.connector import Event, EventType, Gone, Outcome
from tests.kube.samples import body, connector, held

PATH = "/apis/sentinel.contoso.com/v1alpha1/namespaces/soc/contosoconnectors/alerts"
STATUS = {"observedGeneration": 1}
NEWS = Event(EventType.NORMAL, "Created", "Table T_CL was created.")


@pytest.fixture
def cache() -> Cache:
    return Cache(Queue(lambda: 0.0), lambda uid: None)


@pytest.fixture
def reporter(api: Api, cache: Cache) -> Reporter:
    cache.saw(connector())
    return Reporter(api, cache, connector(), now=lambda: datetime(2026, 11, 24, 12, tzinfo=UTC))


async def test_the_finalizer_is_there_before_the_status(
    reporter: Reporter, server: respx.MockRouter
) -> None:
    server.patch(PATH).respond(json=body(finalizers=list(held().finalizers), resourceVersion="11"))
    server.patch(f"{PATH}/status").respond(json=body(resourceVersion="12"))

    await reporter(STATUS, finalizer=True)

    assert [call.request.url.path.removeprefix(PATH) for call in server.calls] == ["", "/status"]


async def test_a_run_starts_from_what_the_watch_told_meanwhile(
    reporter: Reporter, cache: Cache, server: respx.MockRouter
) -> None:
    cache.saw(connector(resourceVersion="15"))
    route = server.patch(f"{PATH}/status").respond(json=body(resourceVersion="16"))

    await reporter.finish(Outcome(status=STATUS))

    assert b'"resourceVersion":"15"' in route.calls.last.request.content


async def test_nothing_is_written_for_an_object_that_is_gone(
    reporter: Reporter, cache: Cache
) -> None:
    cache.lost(("soc", "alerts"), "u1")

    with pytest.raises(Gone):
        await reporter(STATUS, finalizer=True)
    with pytest.raises(Gone):
        await reporter.finish(Outcome(status=STATUS))


async def test_a_lost_event_does_not_fail_the_run(
    reporter: Reporter, server: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    server.post("/api/v1/namespaces/soc/events").respond(500)

    await reporter.finish(Outcome(status=None, events=(NEWS,)))

    assert "Event Created is lost" in caplog.text


async def test_an_event_is_a_log_line_too(
    reporter: Reporter, server: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    server.post("/api/v1/namespaces/soc/events").respond(201, json={})

    with caplog.at_level(logging.INFO, logger="controller"):
        await reporter.finish(Outcome(status=None, events=(NEWS,)))

    assert "soc/alerts: Created: Table T_CL was created." in caplog.text


async def test_a_status_is_compared_with_our_own_last_write(
    reporter: Reporter, server: respx.MockRouter
) -> None:
    foreign = {"status": {**STATUS, "note": "somebody else's"}}
    route = server.patch(f"{PATH}/status").respond(json={**body(resourceVersion="11"), **foreign})

    await reporter(STATUS, finalizer=False)
    await reporter(STATUS, finalizer=False)

    assert route.call_count == 1
