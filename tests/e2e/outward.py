"""The operator's only way out: it notes every host that is asked for, and lets through to some."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit


class Outward:
    """An HTTP proxy on loopback. `asked` is every host and port, in order; whoever asks for one
    that is not `known` is turned away."""

    def __init__(self, known: Iterable[str]) -> None:
        self.known = frozenset(urlsplit(url).netloc for url in known)
        self.asked: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Outward:
        self._server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def variables(self) -> dict[str, str]:
        """The environment that sends every client this way, to loopback too."""
        url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        return {
            **{key: url for name in names for key in (name, name.lower())},
            "NO_PROXY": "",
            "no_proxy": "",
        }

    @property
    def elsewhere(self) -> list[str]:
        """The hosts outside that somebody wanted to speak to."""
        return [host for host in self.asked if host not in self.known]

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target = head.split()[:2]
        host = target if method == "CONNECT" else urlsplit(target).netloc
        self.asked.append(host)
        if method != "CONNECT" or host not in self.known:
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        name, _, port = host.rpartition(":")
        answers, requests = await asyncio.open_connection(name, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass(reader, requests))
                both.create_task(_pass(answers, writer))
        except* OSError:
            pass
        finally:
            requests.close()


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(2**16):
        target.write(data)
        await target.drain()
    with suppress(OSError, RuntimeError):
        target.write_eof()
