"""The identity that a Kubernetes Secret holds: read again soon, so that a change of it counts.

Decides how long what was read counts, not how a Secret is read.
"""

import time
from collections.abc import Callable

from controller.azure.clouds import Cloud
from controller.azure.credentials import Fetch, entra
from controller.azure.flights import Flights
from controller.azure.identities import Identity, held
from controller.model.errors import Fault, Transient
from controller.model.resource import ReadSecret

FRESH = 15.0
"""seconds for which a Secret is not read again: as long as a walk takes, more or less"""


class Lent:
    """Who the objects are that name one Secret. `clock` gives seconds that only grow."""

    def __init__(
        self,
        read: ReadSecret,
        secret: tuple[str, str],
        cloud: Cloud,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`secret` is namespace and name."""
        self._read = read
        self._secret = secret
        self._cloud = cloud
        self._clock = clock
        self._known: tuple[Identity, Fetch] | None = None
        self._read_at = 0.0
        self._flights: Flights[Fetch] = Flights()

    async def now(self) -> Fetch:
        """`credentials.Now`. The same object as long as the Secret says the same.

        An API server that does not answer changes nothing. Raises Waiting, Stalled, Transient.
        """
        if self._known is not None and self._clock() - self._read_at < FRESH:
            return self._known[1]
        return await self._flights.share("", self._look)

    async def last(self) -> Fetch:
        """The same for an object that is deleted: a Secret that has gone before it still counts."""
        try:
            return await self.now()
        except Fault:
            if self._known is None:
                raise
            return self._known[1]

    async def _look(self) -> Fetch:
        try:
            who = held(await self._read(*self._secret), "/".join(self._secret))
        except Transient:
            if self._known is None:
                raise
        else:
            if self._known is None or self._known[0] != who:
                self._known = who, entra(who, self._cloud)
        self._read_at = self._clock()
        return self._known[1]
