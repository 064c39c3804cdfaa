"""What one reconcile tells the API server, in its order: finalizer, status, events, release.

Decides when a write is needed; how it is made is `connectors` and `events`.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from controller.kube import connectors, events
from controller.kube.api import Api, ApiError
from controller.kube.cache import Cache
from controller.kube.objects import says_something_new
from controller.model.connector import Connector, Event, Gone, Outcome

logger = logging.getLogger(__name__)


class Reporter:
    """The port `model.connector.Report` for one run, and the end of that run.

    Raises ApiError when the API server does not take a finalizer or status; events may get lost.
    """

    def __init__(
        self, api: Api, cache: Cache, connector: Connector, *, now: Callable[[], datetime]
    ) -> None:
        self._api = api
        self._cache = cache
        self._connector = connector
        self._now = now

    async def __call__(
        self, status: Mapping[str, Any], *, finalizer: bool, events: tuple[Event, ...] = ()
    ) -> None:
        self._renew()
        if finalizer:
            self._connector = await connectors.add_finalizer(self._api, self._connector)
            self._cache.wrote(self._connector)
        await self._write(status)
        await self._tell(events)

    async def finish(self, outcome: Outcome) -> None:
        """Writes what the run left behind. Raises Gone when the object is another one by now."""
        self._renew()
        if outcome.status is not None:
            await self._write(outcome.status)
        await self._tell(outcome.events)
        if outcome.release:
            left = await connectors.remove_finalizer(self._api, self._connector)
            if left is not None:
                self._cache.wrote(left)

    def _renew(self) -> None:
        """Goes on from the newest state that is known; raises Gone when it is another object's."""
        newest = self._cache.get(self._connector.key)
        if newest is None or newest.uid != self._connector.uid:
            raise Gone
        self._connector = newest

    async def _write(self, status: Mapping[str, Any]) -> None:
        applied = self._cache.applied(self._connector.key)
        if not says_something_new(self._connector, status, applied):
            return
        self._connector = await connectors.apply_status(self._api, self._connector, status)
        self._cache.wrote(self._connector, applied=status)

    async def _tell(self, news: tuple[Event, ...]) -> None:
        for event in news:
            logger.info("%s/%s: %s: %s", *self._connector.key, event.reason, event.message)
            try:
                await events.post(self._api, self._connector, event, at=self._now())
            except ApiError as error:
                # an event is a courtesy: the status says the same and is never lost
                logger.warning("Event %s is lost: %s", event.reason, error)
