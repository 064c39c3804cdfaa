"""kopf watches both clusters with the settings of the operator.

It runs in a thread with a loop of its own: at its end it waits for, and then cancels, every task
that its loop got meanwhile, which would be the embedded API's connections.
"""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import kopf
import pytest

from tests import clusters
from tests.clusters import Cluster
from tests.emulator.kubernetes.client import Client
from tests.emulator.kubernetes.widgets import GROUP, widget

Seen = tuple[str | None, str, int]


def settings() -> kopf.OperatorSettings:
    chosen = kopf.OperatorSettings()
    chosen.peering.standalone = True
    chosen.posting.loggers = False
    chosen.scanning.disabled = True
    chosen.queueing.idle_timeout = 0.05
    chosen.persistence.finalizer = f"{GROUP}/kopf-unused"
    chosen.watching.server_timeout = 300
    chosen.watching.inactivity_timeout = 70
    chosen.process.ultimate_exiting_timeout = 5
    return chosen


def login(cluster: Cluster) -> Callable[..., kopf.ConnectionInfo]:
    held = cluster.credentials
    authority = held["clusters"][0]["cluster"]["certificate-authority-data"]

    def info(**_: Any) -> kopf.ConnectionInfo:
        return kopf.ConnectionInfo(
            server=cluster.url,
            ca_data=base64.b64decode(authority),
            scheme="Bearer",
            token=held["users"][0]["user"]["token"],
        )

    return info


@asynccontextmanager
async def watched(cluster: Cluster) -> AsyncIterator[asyncio.Queue[Seen]]:
    """What an event-only operator sees, as (type, name, size)."""
    seen: asyncio.Queue[Seen] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    registry = kopf.OperatorRegistry()
    kopf.on.login(registry=registry)(login(cluster))

    @kopf.on.event(GROUP, "v1", "widgets", registry=registry)
    async def _event(type: str | None, body: kopf.Body, **_: Any) -> None:
        event = (type, str(body["metadata"]["name"]), body["spec"]["size"])
        loop.call_soon_threadsafe(seen.put_nowait, event)

    stop = threading.Event()

    async def run() -> None:
        await kopf.operator(
            registry=registry,
            settings=settings(),
            namespaces=[cluster.namespace],
            stop_flag=stop,
        )
        await clusters.hang_up()

    operator = asyncio.create_task(asyncio.to_thread(asyncio.run, run()))
    try:
        yield seen
    finally:
        stop.set()
        await asyncio.wait_for(operator, 10)


@pytest.fixture
async def seen(cluster: Cluster, client: Client) -> AsyncIterator[asyncio.Queue[Seen]]:
    await client.create(widget("old"))
    async with watched(cluster) as queue:
        assert await asyncio.wait_for(queue.get(), 10) == (None, "old", 3)
        yield queue


async def test_kopf_sees_create_update_and_delete_at_once(
    client: Client, seen: asyncio.Queue[Seen]
) -> None:
    await client.create(widget())
    await client.patch({"spec": {"size": 4}})
    await client.send("DELETE", f"{client.widgets}/a")

    events = [await asyncio.wait_for(seen.get(), 5) for _ in range(3)]

    assert [event[0] for event in events][-1] == "DELETED"
    assert {event[1] for event in events} == {"a"}


async def test_kopf_leaves_the_object_and_a_foreign_finalizer_alone(
    client: Client, seen: asyncio.Queue[Seen]
) -> None:
    _, body = await client.create(widget(finalizers=[f"{GROUP}/cleanup"]))
    await asyncio.wait_for(seen.get(), 5)

    assert (await client.get())["metadata"] == body["metadata"]
