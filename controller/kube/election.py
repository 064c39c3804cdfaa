"""The Lease at the API server: got, kept, given back. What follows from its state is `lease`."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from controller.kube.api import Api, ApiError, Call
from controller.kube.lease import NAME, Candidate, Hold, Seen, noticed, released
from controller.kube.login import Login

logger = logging.getLogger(__name__)

JITTER = 0.2
"""of a pause at most, so that two that wait do not ask in step"""


class Election(Protocol):
    """Who leads. One after the other: `win`, `keep`, and `resign` once nothing writes any more."""

    def leads(self) -> bool:
        """Whether this process may write now."""
        ...

    async def win(self) -> None:
        """Returns once this process leads."""
        ...

    async def keep(self) -> None:
        """Returns once it does not lead any more."""
        ...

    async def resign(self) -> None:
        """Lets another one lead at once."""
        ...


class Unopposed:
    """An election without a Lease: the only process there is leads from its start to its end."""

    def leads(self) -> bool:
        return True

    async def win(self) -> None:
        return

    async def keep(self) -> None:
        await asyncio.Event().wait()

    async def resign(self) -> None:
        return


@dataclass(slots=True)
class LeaseElection:
    """By the Lease of a namespace. `hold` is what everybody who writes asks, its clock what counts.

    `api` is nobody else's: no other call is to delay a renewal.
    """

    candidate: Candidate
    api: Api
    hold: Hold = field(default_factory=Hold)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    chance: Callable[[], float] = random.random
    _seen: Seen | None = None
    _told: str = ""

    def leads(self) -> bool:
        return self.hold()

    async def win(self) -> None:
        while True:
            if await self._tried():
                break
            await asyncio.sleep(self._pause())
        logger.info("%s leads now.", self.candidate.name)

    async def keep(self) -> None:
        while self.hold():
            await asyncio.sleep(min(self.candidate.rhythm.retry, self.hold.left))
            # a process that slept over its time does not ask whether it might go on
            if self.hold():
                await self._tried()
        logger.warning("%s leads no more.", self.candidate.name)

    async def resign(self) -> None:
        if not self.hold() or self._seen is None:
            return
        self.hold.end()
        given_back = released(self._seen.lease, self.now())
        try:
            async with asyncio.timeout(self.candidate.rhythm.patience):
                await self.api.send(_sending(self.candidate, given_back))
        except (ApiError, TimeoutError) as error:
            logger.warning("The Lease is not given back, the next one waits it out: %s", error)
        else:
            logger.info("%s has given the Lease back.", self.candidate.name)

    async def _tried(self) -> bool:
        """Whether this process leads, after one attempt."""
        rhythm = self.candidate.rhythm
        patience = min(rhythm.patience, self.hold.left or rhythm.patience)
        try:
            async with asyncio.timeout(patience):
                await self._try()
        except TimeoutError:
            self._tell(f"the API server did not answer within {patience:.1f} s")
        except ApiError as error:
            self._tell(str(error))
        return self.hold()

    async def _try(self) -> None:
        if self.hold() and self._seen is not None:
            try:
                return await self._take(self._seen.lease)
            except ApiError as error:
                if error.status not in (404, 409):
                    raise
        lease, now = await self._read(), self.hold.clock()
        if lease is not None:
            self._seen = noticed(self._seen, lease, now)
        # one that somebody deleted still binds whoever has seen it
        if self._seen is not None and not self._seen.may_be_taken(self.candidate.name, now):
            self.hold.end()
            self._tell(f"{self._seen.holder} leads")
            return None
        return await self._take(lease)

    async def _read(self) -> Mapping[str, Any] | None:
        try:
            return await self.api.send(Call("GET", f"{self.candidate.path}/{NAME}"))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def _take(self, lease: Mapping[str, Any] | None) -> None:
        """Leads from now on, by what was sent and not by when it was answered."""
        began = self.hold.clock()
        wanted = self.candidate.held(lease, self.now())
        answer = await self.api.send(_sending(self.candidate, wanted))
        self._seen = Seen(answer, self.hold.clock())
        self._told = ""
        self.hold.extend(began + self.candidate.rhythm.renew_within)

    def _pause(self) -> float:
        """Until the next look at another's Lease; not later than it may run out."""
        pause = self.candidate.rhythm.retry * (1 + JITTER * self.chance())
        left = 0.0 if self._seen is None else self._seen.expires - self.hold.clock()
        return min(pause, left) if left > 0 else pause

    def _tell(self, text: str) -> None:
        if text != self._told:
            logger.info("%s waits for the Lease: %s.", self.candidate.name, text)
        self._told = text


@asynccontextmanager
async def election(candidate: Candidate | None, login: Login) -> AsyncIterator[Election]:
    """With a session of its own; None: nobody else is there to win. Raises NoAccess."""
    if candidate is None:
        yield Unopposed()
        return
    async with Api(login) as api:
        yield LeaseElection(candidate, api)


def _sending(candidate: Candidate, lease: Mapping[str, Any]) -> Call:
    if "resourceVersion" in lease["metadata"]:
        return Call("PUT", f"{candidate.path}/{NAME}", body=lease)
    return Call("POST", candidate.path, body=lease)
