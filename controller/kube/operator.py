"""The operator: watch, queue, workers and LIST put together, started and drained.

Decides the order of starting and stopping; what is reconciled, and how, comes from outside.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

from controller.kube import connectors
from controller.kube.api import Api, ApiError
from controller.kube.cache import Cache
from controller.kube.login import Login
from controller.kube.queue import Queue
from controller.kube.relist import Heartbeat, Relist, scopes
from controller.kube.terms import Office, Terms, cancelled, raise_failures
from controller.kube.watch import Watch
from controller.model.facts import Serving, Tell, nobody

logger = logging.getLogger(__name__)

FIRST_RETRY = 1.0
LAST_RETRY = 15.0
"""seconds between the looks for the CRD and our rights, at the start"""
NESTING = 12_000
"""levels of JSON that are read without an error: the API server takes 10,000, and with Python's own
limit of 1,000 one object would end the watch on all"""


class WatchEnded(Exception):
    """kopf ended by itself: only a restart brings it back."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the operator runs. Times are in seconds."""

    namespaces: tuple[str, ...] | None
    """the namespaces served, None: all"""
    workers: int = 8
    """how many connectors are reconciled at the same time"""
    grace: float = 25.0
    """how long running reconciles may go on after the stop"""
    relist: float = 60.0
    """how often the cache is compared with a metadata-only LIST"""
    liveness: str | None = None
    """the health endpoint, as `http://0.0.0.0:8080/healthz`"""
    tell: Tell = nobody


async def run(
    options: Options,
    login: Login,
    office: Office,
    *,
    stop: asyncio.Event,
    ready: Callable[[], object] = lambda: None,
) -> None:
    """Serves until `stop`, then lets running reconciles end. `ready` is called once it watches.

    Watches from the start, reconciles while the office's election is won. Waits for the CRD and for
    our rights on it. Raises NoAccess when there is no way to the API server at the start,
    WatchEnded or kopf's own error when kopf does not go on.
    """
    sys.setrecursionlimit(max(sys.getrecursionlimit(), NESTING))
    clock = asyncio.get_running_loop().time
    queue = Queue(clock, options.tell)
    terms = Terms(office, queue, crew=options.workers, grace=options.grace, tell=options.tell)
    cache = Cache(queue, terms.forget)
    heartbeat = Heartbeat(options.relist, clock)
    options.tell(Serving(cache.connectors, queue.waiting, heartbeat.age, heartbeat.limit))
    async with Api(login, may_write=office.election.leads) as api:
        if not await _served(api, options.namespaces, stop):
            return
        relist = Relist(api, cache, heartbeat, options.namespaces, options.relist)
        watch = Watch(
            login,
            options.namespaces,
            options.liveness,
            heartbeat,
            saw=cache.saw,
            lost=cache.lost,
            ready=ready,
        )
        heartbeat.beat()
        async with watch.running() as ended:
            over = asyncio.Event()
            serving = asyncio.create_task(terms.serve(api, cache, over))
            others = [asyncio.create_task(relist.forever()), asyncio.create_task(_wait(stop))]
            try:
                await asyncio.wait([ended, serving, *others], return_when=asyncio.FIRST_COMPLETED)
                over.set()
                await asyncio.wait([serving])
            finally:
                await cancelled([serving, *others])
        raise_failures([ended, serving, *others])
        if not stop.is_set():
            raise WatchEnded("The watch ended by itself.")


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT set the event; for the main thread of a process."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


async def _served(api: Api, namespaces: tuple[str, ...] | None, stop: asyncio.Event) -> bool:
    """Waits until we may list our objects: kopf looks for the CRD only once. False: stopped."""
    delay, told = FIRST_RETRY, ""
    while not stop.is_set():
        try:
            for namespace in scopes(namespaces):
                await connectors.check(api, namespace)
        except ApiError as error:
            if str(error) != told:
                logger.warning("Waiting for the API server: %s", error)
            told = str(error)
        else:
            return True
        await _sleep(stop, delay)
        delay = min(delay * 2, LAST_RETRY)
    return False


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def _wait(stop: asyncio.Event) -> None:
    await stop.wait()
