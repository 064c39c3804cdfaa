"""Takes connectors from the queue, has them reconciled, and says when again.

Decides only what happens when something unexpected goes wrong: logged, told in the object's status,
retried with backoff.
"""

import logging
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from controller.kube.api import Api, ApiError
from controller.kube.cache import Cache
from controller.kube.logs import about
from controller.kube.queue import Key, Lane, Queue
from controller.kube.reporter import Reporter
from controller.model.connector import Connector, Gone, Outcome, Report
from controller.model.errors import Fault, LeaseLost, Stalled, Throttled, Waiting
from controller.model.facts import Began, Ending, Reconciled, Tell, nobody
from controller.model.masking import mask
from controller.reconcile.defects import defect

logger = logging.getLogger(__name__)

FIRST_RETRY = 5.0
LAST_RETRY = 300.0
"""seconds; doubled from the first to the last with each failure in a row"""


class Reconcile(Protocol):
    """What is done about one connector. Level-based: may be called at any time, again and again."""

    async def __call__(
        self, connector: Connector, others: Sequence[Connector], report: Report
    ) -> Outcome:
        """`others` are all other connectors. Faults are conditions in the outcome, not raised."""
        ...

    def forget(self, uid: str) -> None:
        """The object is no more."""
        ...


@dataclass(slots=True)
class Workers:
    """Any number of `work` may run side by side; the queue keeps them off each other's objects."""

    api: Api
    queue: Queue
    cache: Cache
    reconcile: Reconcile
    now: Callable[[], datetime]
    tell: Tell = nobody
    elapsed: Callable[[], float] = time.monotonic
    _failures: dict[Key, int] = field(default_factory=dict)

    async def work(self) -> None:
        """Serves one connector after the other until the queue is closed."""
        while (key := await self.queue.get()) is not None:
            try:
                await self._serve(key)
            finally:
                self.queue.done(key)

    async def _serve(self, key: Key) -> None:
        connector = self.cache.get(key)
        if connector is None:
            self._failures.pop(key, None)
            return
        with about(connector):
            began = self.elapsed()
            self.tell(Began(key, connector.generation))
            ending, retry_in = await self._ended(connector)
            self.tell(Reconciled(key, ending, self.elapsed() - began))
        if retry_in is not None:
            self.queue.add(key, Lane.RESYNC, delay=retry_in)

    async def _ended(self, connector: Connector) -> tuple[Ending, float | None]:
        """How one run ended, and in how many seconds the next one is due."""
        key = connector.key
        try:
            outcome = await self._run(connector)
        except Gone:
            logger.debug("%s/%s is gone.", *key)
            return Ending.GONE, None
        except ApiError as error:
            retry_in = self._backoff(key)
            logger.warning("%s/%s: %s; again in %g s", *key, error, retry_in)
            return Ending.API_ERROR, retry_in
        except Exception as error:  # noqa: BLE001 the one place that nothing may get past
            retry_in = self._backoff(key)
            story = mask("".join(traceback.format_exception(error)))
            logger.error(  # noqa: TRY400 exc_info would show the error unmasked
                "%s/%s: unexpected error, again in %g s.\n%s", *key, retry_in, story
            )
            await self._confess(connector, error)
            return Ending.UNEXPECTED, retry_in
        self._failures.pop(key, None)
        return _ending(outcome.fault), outcome.retry_in

    async def _run(self, connector: Connector) -> Outcome:
        reporter = Reporter(self.api, self.cache, connector, now=self.now)
        outcome = Outcome(status=None)
        try:
            outcome = await self.reconcile(connector, self.cache.others(connector.key), reporter)
            await reporter.finish(outcome)
        except* LeaseLost:
            # a star, since the tasks of a walk fail as a group; the queue is closed by now
            logger.info("%s/%s is left to whoever leads now.", *connector.key)
            outcome = Outcome(status=None)
        return outcome

    async def _confess(self, connector: Connector, error: Exception) -> None:
        """The object says that we failed over it, and the next run begins as after a restart."""
        self.reconcile.forget(connector.uid)
        newest = self.cache.get(connector.key) or connector
        # the spec and the request that this run has seen: a newer one waits for its own run
        failed = replace(connector, status=newest.status)
        try:
            reporter = Reporter(self.api, self.cache, failed, now=self.now)
            await reporter.finish(defect(failed, error, self.now()))
        except Exception as failure:  # noqa: BLE001 what failed once may fail again
            kind = type(failure).__name__
            logger.warning("%s/%s: its status does not say so (%s).", *connector.key, kind)

    def _backoff(self, key: Key) -> float:
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        return min(FIRST_RETRY * 2.0 ** min(failures - 1, 10), LAST_RETRY)


def _ending(fault: Fault | None) -> Ending:
    match fault:
        case None:
            return Ending.OK
        case Throttled():
            return Ending.THROTTLED
        case Waiting():
            return Ending.WAITING
        case Stalled():
            return Ending.STALLED
        case _:
            return Ending.UNAVAILABLE
