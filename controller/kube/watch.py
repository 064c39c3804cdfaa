"""kopf, as the way in: it logs in, watches, and serves the health endpoint. Nothing else of it.

kopf cancels every task born in its event loop when it stops, and takes the signals of the main
thread: so it runs in a loop and thread of its own and hands over what it sees.
"""

import asyncio
import selectors
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

import kopf

from controller.kube.login import Login
from controller.kube.objects import connector_of
from controller.kube.relist import Heartbeat
from controller.model.connector import GROUP, PLURAL, VERSION, Connector

NOT_OUR_FINALIZER = f"{GROUP}/kopf-unused"
"""kopf removes a finalizer of its own name from every object when no handler needs one"""
BACKOFFS = (1.0, 2.0, 4.0, 8.0, 16.0)
LAST_BACKOFF = 30.0
GOODBYE = 2.0
"""seconds that the end waits at most for the API server to close its connections"""


class _Backoffs:
    """Seconds between the attempts of one request, without an end: a watch must not give up."""

    def __iter__(self) -> Iterator[float]:
        return chain(BACKOFFS, repeat(LAST_BACKOFF))


@dataclass(frozen=True, slots=True)
class Watch:
    """What to watch and whom to tell, all called in the loop of whoever starts the watch.

    `namespaces` None means all. `liveness` is the URL of the health endpoint, None: there is none.
    """

    login: Login
    namespaces: tuple[str, ...] | None
    liveness: str | None
    heartbeat: Heartbeat
    saw: Callable[[Connector], object]
    lost: Callable[[tuple[str, str], str], object]
    ready: Callable[[], object]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Future[None]]:
        """Watches inside the block. The future is done when the watch ends by itself."""
        stop = threading.Event()
        loop = asyncio.get_running_loop()
        ended = loop.run_in_executor(None, self._run, loop, stop)
        try:
            yield ended
        finally:
            stop.set()
            await asyncio.wait([ended])

    def _run(self, home: asyncio.AbstractEventLoop, stop: threading.Event) -> None:
        selector = selectors.DefaultSelector()
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
            try:
                runner.run(self._watch(home, stop))
            finally:
                runner.run(_goodbyes_said(selector))

    async def _watch(self, home: asyncio.AbstractEventLoop, stop: threading.Event) -> None:
        try:
            await kopf.operator(
                registry=self._registry(home),
                settings=_settings(),
                stop_flag=stop,
                clusterwide=self.namespaces is None,
                namespaces=self.namespaces or (),
                liveness_endpoint=self.liveness,
            )
        finally:
            # kopf waits for the flag in a thread, and its loop for that thread
            stop.set()

    def _registry(self, home: asyncio.AbstractEventLoop) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()

        @kopf.on.login(registry=registry, backoff=5)
        async def log_in(**_: Any) -> kopf.ConnectionInfo:
            return self.login()

        @kopf.on.startup(registry=registry)
        async def tell_readiness(**_: Any) -> None:
            home.call_soon_threadsafe(self.ready)

        @kopf.on.event(GROUP, VERSION, PLURAL, registry=registry)
        async def receive(event: kopf.RawEvent, **_: Any) -> None:
            connector = connector_of(event["object"])
            self.heartbeat.heard(None if self.namespaces is None else connector.namespace)
            if event["type"] == "DELETED":
                home.call_soon_threadsafe(self.lost, connector.key, connector.uid)
            else:
                home.call_soon_threadsafe(self.saw, connector)

        @kopf.on.probe(id="watch", registry=registry)
        async def probe(**_: Any) -> str:
            silence = self.heartbeat.silence()
            if silence is not None:
                raise kopf.PermanentError(f"The watch missed changes for {silence:.0f} s.")
            return "alive"

        return registry


async def _goodbyes_said(selector: selectors.BaseSelector) -> None:
    """Waits for sockets: aiohttp ends TLS in the background and tells nobody when it is done."""
    with suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE):
            while len(selector.get_map()) > 1:  # noqa: ASYNC110 no event tells; one is the loop's
                await asyncio.sleep(0.01)


def _settings() -> kopf.OperatorSettings:
    """Reasons: the watch goes on for ever, nothing is stored on objects, no event is posted."""
    settings = kopf.OperatorSettings()
    settings.peering.standalone = True
    settings.scanning.disabled = True
    settings.posting.enabled = False
    settings.posting.loggers = False
    settings.persistence.finalizer = NOT_OUR_FINALIZER
    settings.networking.request_timeout = 30
    settings.networking.connect_timeout = 10
    settings.networking.error_backoffs = _Backoffs()
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 330
    settings.watching.connect_timeout = 10
    # bookmarks come every minute: a silent stream is a dead one (load balancers drop them so)
    settings.watching.inactivity_timeout = 70
    settings.watching.chunk_size = 200
    # a worker keeps its place until it was idle this long: the default takes 10 objects a second
    settings.queueing.worker_limit = 50
    settings.queueing.idle_timeout = 0.05
    return settings
