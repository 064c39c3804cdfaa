"""The LIST heals what the watch missed, and the heart beats only while it missed nothing."""

import logging

import httpx
import pytest
import respx

from controller.kube.api import Api, ApiError
from controller.kube.cache import Cache
from controller.kube.queue import Queue
from controller.kube.relist import MISSED_BEATS, Heartbeat, Relist
from tests.kube.samples import body, connector

LIST = "/apis/sentinel.contoso.com/v1alpha1/namespaces/soc/contosoconnectors"
KEY = ("soc", "alerts")


@pytest.fixture
def queue() -> Queue:
    return Queue(lambda: 0.0)


@pytest.fixture
def cache(queue: Queue) -> Cache:
    return Cache(queue, lambda uid: None)


@pytest.fixture
def heartbeat() -> Heartbeat:
    return Heartbeat(10, lambda: 0.0)


@pytest.fixture
def relist(api: Api, cache: Cache, heartbeat: Heartbeat) -> Relist:
    return Relist(api, cache, heartbeat, ("soc",), 0.01)


def listing(server: respx.MockRouter, *items: object) -> respx.Route:
    return server.get(LIST).respond(json={"metadata": {}, "items": list(items)})


async def test_a_watch_that_missed_nothing_costs_one_request(
    relist: Relist, cache: Cache, server: respx.MockRouter
) -> None:
    cache.saw(connector())
    listing(server, body(resourceVersion="99"))

    assert await relist.once("soc") == 0
    assert server.calls.call_count == 1


async def test_an_object_deleted_unseen_is_pruned(
    relist: Relist, cache: Cache, server: respx.MockRouter
) -> None:
    cache.saw(connector())
    listing(server)
    server.get(f"{LIST}/alerts").respond(404)

    assert await relist.once("soc") == 1
    assert cache.get(KEY) is None


async def test_an_object_made_after_the_list_is_not_pruned(
    relist: Relist, cache: Cache, server: respx.MockRouter
) -> None:
    cache.saw(connector())
    listing(server)
    server.get(f"{LIST}/alerts").respond(json=body())

    assert await relist.once("soc") == 0
    assert cache.get(KEY) == connector()


@pytest.mark.parametrize("known", [True, False], ids=["changed", "new"])
async def test_what_the_watch_missed_is_read_whole_and_queued(
    known: bool, relist: Relist, cache: Cache, queue: Queue, server: respx.MockRouter
) -> None:
    if known:
        cache.saw(connector())
        queue.take()
        queue.done(KEY)
    listing(server, {"metadata": body(generation=2)["metadata"]})
    server.get(f"{LIST}/alerts").respond(json=body(generation=2))

    assert await relist.once("soc") == 1
    assert queue.take() == KEY
    assert cache.get(KEY) == connector(generation=2)


async def test_a_list_older_than_the_watch_changes_nothing(
    relist: Relist, cache: Cache, server: respx.MockRouter
) -> None:
    cache.saw(connector(generation=2))
    listing(server, body(generation=1))
    server.get(f"{LIST}/alerts").respond(json=body(generation=2))

    assert await relist.once("soc") == 0


async def test_an_object_gone_since_the_list_and_never_known_is_nothing(
    relist: Relist, server: respx.MockRouter
) -> None:
    listing(server, body())
    server.get(f"{LIST}/alerts").respond(404)

    assert await relist.once("soc") == 0


async def test_a_refused_list_is_an_error(relist: Relist, server: respx.MockRouter) -> None:
    server.get(LIST).respond(403)

    with pytest.raises(ApiError):
        await relist.once("soc")


class Enough(Exception):
    """Ends the endless loop."""


class Beats(Heartbeat):
    """Counts its beats."""

    count = spared = 0

    def beat(self) -> None:
        self.count += 1

    def spare(self) -> None:
        self.spared += 1


async def test_the_heart_skips_a_beat_when_the_watch_missed_something(
    api: Api, cache: Cache, server: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    server.get(LIST).mock(
        side_effect=[
            httpx.Response(200, json={"items": [body()]}),
            httpx.Response(503),
            httpx.Response(200, json={"items": [body()]}),
            Enough,
        ]
    )
    server.get(f"{LIST}/alerts").respond(json=body())
    heartbeat = Beats(10, lambda: 0.0)
    relist = Relist(api, cache, heartbeat, ("soc",), 0.0)

    with caplog.at_level(logging.WARNING), pytest.raises(Enough):
        await relist.forever()

    assert "The watch missed 1 change(s)" in caplog.text
    assert "503 Service Unavailable" in caplog.text
    assert heartbeat.count == 2
    assert heartbeat.spared == 1


async def test_a_namespace_that_cannot_be_listed_does_not_keep_the_others_from_being_healed(
    api: Api, cache: Cache, server: respx.MockRouter
) -> None:
    cache.saw(connector(namespace="noc"))
    server.get(LIST.replace("/soc/", "/noc/")).respond(403)
    server.get(LIST).mock(side_effect=[httpx.Response(200, json={"items": [body()]}), Enough])
    server.get(f"{LIST}/alerts").respond(json=body())
    relist = Relist(api, cache, Heartbeat(10, lambda: 0.0), ("noc", "soc"), 0.0)

    with pytest.raises(Enough):
        await relist.forever()

    assert set(cache.keys()) == {("noc", "alerts"), KEY}


def test_a_watch_that_missed_something_is_in_doubt_until_it_tells_something() -> None:
    """Though nothing else was missed since: what does not change proves nothing."""
    now = 0.0
    heartbeat = Heartbeat(10, lambda: now)
    heartbeat.missed("soc")
    for _ in range(MISSED_BEATS + 1):
        now += 10
        heartbeat.heard("noc")
        heartbeat.beat()
    assert heartbeat.silence() == 40

    heartbeat.heard("soc")
    heartbeat.beat()
    assert (heartbeat.silence(), heartbeat.age()) == (None, 0)


def test_nobody_is_restarted_for_an_api_server_that_is_gone_but_the_age_tells() -> None:
    now = 0.0
    heartbeat = Heartbeat(10, lambda: now)
    for _ in range(10):
        now += 10
        heartbeat.spare()
    assert (heartbeat.silence(), heartbeat.age()) == (None, 100)


def test_a_heart_is_silent_after_three_missed_beats() -> None:
    now = 0.0
    heartbeat = Heartbeat(10, lambda: now)

    now = 10.0 * MISSED_BEATS
    assert heartbeat.silence() is None
    now += 1
    assert heartbeat.silence() == 31
    heartbeat.beat()
    assert heartbeat.silence() is None
