"""Plain requests to a cluster: answers as (code, body), so that a test reads in one line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.clusters import Cluster
from tests.emulator.kubernetes import widgets

Answer = tuple[int, dict[str, Any]]
WAIT_SECONDS = 10.0


class Client:
    """Requests about widgets in the test's namespace; other paths are given whole."""

    def __init__(self, session: aiohttp.ClientSession, cluster: Cluster) -> None:
        self.session = session
        self.embedded = cluster.embedded
        self.namespace = cluster.namespace
        self.widgets = f"{widgets.PATH}/namespaces/{cluster.namespace}/widgets"

    async def send(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        content_type = options.pop("content_type", "application/json")
        data = None if body is None else json.dumps(body)
        headers = {"Content-Type": content_type, **options.pop("headers", {})}
        async with self.session.request(
            method, path, data=data, headers=headers, params=options
        ) as answer:
            # An unknown path of a real server is answered in plain text.
            plain = answer.content_type != "application/json"
            return answer.status, {"message": await answer.text()} if plain else await answer.json()

    async def create(self, body: dict[str, Any], **options: Any) -> Answer:
        return await self.send("POST", self.widgets, body, **options)

    async def get(self, name: str = "a") -> dict[str, Any]:
        code, body = await self.send("GET", f"{self.widgets}/{name}")
        assert code == 200, body
        return body

    async def patch(self, body: Any, path: str = "a", **options: Any) -> Answer:
        content_type = options.pop("content_type", widgets.MERGE)
        where = path if path.startswith("/") else f"{self.widgets}/{path}"
        return await self.send("PATCH", where, body, content_type=content_type, **options)

    async def apply(self, body: dict[str, Any], path: str = "a", **options: Any) -> Answer:
        options = {"fieldManager": "tester", **options}
        return await self.patch(body, path, content_type=widgets.APPLY, **options)

    async def until(self, path: str, holds: Callable[[Answer], bool]) -> Answer:
        """Reads `path` until it is as wanted."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                answer = await self.send("GET", path)
                if holds(answer):
                    return answer
                await asyncio.sleep(0.02)

    async def watch(self, path: str, **query: str) -> AsyncGenerator[dict[str, Any], None]:
        """The events of a watch; the caller closes it."""
        async with self.session.get(path, params={"watch": "1", **query}) as answer:
            try:
                async for line in answer.content:
                    yield json.loads(line)
            finally:
                # TLS would say goodbye later, when the loop of the test is gone.
                if answer.connection and answer.connection.transport:
                    answer.connection.transport.abort()


@asynccontextmanager
async def connected(cluster: Cluster) -> AsyncIterator[Client]:
    """A client of a cluster that serves widgets."""
    async with cluster.session() as session:
        client = Client(session, cluster)
        definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        await client.send("POST", definitions, widgets.CRD)
        await client.until(client.widgets, lambda answer: answer[0] == 200)
        yield client
