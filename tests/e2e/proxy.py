"""A way to the API server that a test can cut, or make silent, while both its ends live."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from tests.clusters import Cluster


class Proxy:
    """Passes bytes on, unread, between each of its clients and one server on loopback."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open = asyncio.Event()
        self._open.set()
        self._heard = asyncio.Event()
        self._heard.set()
        self._listeners: set[asyncio.Event] = set()
        self._ways: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self.cut()

    async def cut(self) -> None:
        """Ends every connection, and each new one as soon as it comes."""
        self._open.clear()
        ways = list(self._ways)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)

    def mend(self) -> None:
        self._open.set()

    def fall_silent(self) -> None:
        """Connections stay, the server's words do not arrive any more: as behind a load balancer
        that forgot them."""
        self._heard.clear()

    def deafen(self) -> None:
        """The same for those who only listen, as a watch does: who asks anything is answered."""
        for listener in self._listeners:
            listener.clear()

    def speak(self) -> None:
        for listener in (self._heard, *self._listeners):
            listener.set()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        way = asyncio.current_task()
        assert way is not None
        self._ways.add(way)
        try:
            if self._open.is_set():
                await self._carry(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._ways.discard(way)
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_connection("127.0.0.1", self._port)
        listens = asyncio.Event()
        listens.set()
        self._listeners.add(listens)

        async def heard() -> None:
            await self._heard.wait()
            await listens.wait()

        async def asked() -> None:
            listens.set()

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass(reader, requests, asked))
                group.create_task(self._pass(answers, writer, heard))
        except* OSError:
            pass
        finally:
            self._listeners.discard(listens)
            requests.close()

    async def _pass(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        before: Callable[[], Awaitable[None]],
    ) -> None:
        while data := await source.read(2**16):
            await before()
            target.write(data)
            await target.drain()
        with suppress(OSError, RuntimeError):
            target.write_eof() if target.can_write_eof() else target.close()


@asynccontextmanager
async def through(cluster: Cluster, folder: Path) -> AsyncIterator[tuple[Proxy, Cluster]]:
    """The same cluster, reached by a proxy of its own."""
    port = urlsplit(cluster.url).port
    assert port is not None
    async with Proxy(port) as proxy:
        config = json.loads(json.dumps(cluster.credentials))
        config["contexts"][0]["context"]["namespace"] = cluster.namespace
        config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{proxy.port}"
        path = folder / f"kubeconfig-{proxy.port}"
        path.write_text(json.dumps(config), encoding="utf-8")
        yield proxy, replace(cluster, kubeconfig=path)
