"""The calls of one round: which queries go together, and what to do when they cannot.

Decides by what is known of each text; the answers end up there.
"""

import asyncio
import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.model.errors import Fault
from controller.model.resource import Logs, QueryError, Rows
from controller.reconcile.connectivity import legs
from controller.reconcile.connectivity.judgement import Reply
from controller.reconcile.connectivity.known import Known, of_the_workspace
from controller.reconcile.connectivity.legs import Leg

_WINDOW = re.compile(r"\bago\(\s*(\d+)\s*([dhm])\s*\)")
_UNITS = {"d": 86400, "h": 3600, "m": 60}
DAY = 86400


@dataclass(frozen=True, slots=True)
class Round:
    """The calls of one moment to one workspace."""

    logs: Logs
    customer_id: str
    known: Mapping[str, Known]
    now: datetime

    async def ask(self, texts: Sequence[str], billed: Sequence[str]) -> None:
        """The first call tells whether the others would get the same answer; then all others."""
        joining: list[Leg] = []
        alone: list[str] = []
        for text in texts:
            leg = self.known[text].leg(text)
            if leg is None:
                alone.append(text)
            else:
                joining.append(leg)
        calls = [[leg.text for leg in batch] for batch in legs.batches(joining)]
        calls += [[text] for text in alone]
        if calls:
            verdict = await self._call(calls[0])
            if verdict is not None:
                for text in [text for call in calls[1:] for text in call]:
                    self.known[text].shared(verdict, self.now)
                calls = calls[:1]
        await asyncio.gather(
            *(self._call(call) for call in calls[1:]), *(self._search(text) for text in billed)
        )

    async def _call(self, texts: Sequence[str]) -> Reply | None:
        """Asks these in one call, or in more if that fails; the answer of the whole workspace."""
        if len(texts) == 1:
            return await self._alone(texts[0])
        joined = [leg for text in texts if (leg := self.known[text].leg(text)) is not None]
        reply = await self._reply(self.logs.query(self.customer_id, legs.union(joined)))
        if of_the_workspace(reply):
            for text in texts:
                self.known[text].shared(reply, self.now)
            return reply
        if isinstance(reply, Rows):
            await self._read(joined, reply)
        else:
            await self._halve(texts)
        return None

    async def _halve(self, texts: Sequence[str]) -> None:
        """Until the culprit is alone. Two that each answer alone cannot stand together."""
        middle = len(texts) // 2
        for half in (texts[:middle], texts[middle:]):
            await self._call(half)
        if len(texts) == 2 and not any(self.known[text].failures for text in texts):
            for text in texts:
                self.known[text].goes_alone()

    async def _read(self, joined: Sequence[Leg], rows: Rows) -> None:
        found = {leg.text: answer for leg, answer in legs.answers(joined, rows)}
        doubtful = []
        for leg in joined:
            if leg.text in found:
                self.known[leg.text].joined(found[leg.text], self.now)
            elif rows.partial or self.known[leg.text].gives_a_row:
                doubtful.append(leg.text)  # isfuzzy hides a table that is gone
            else:
                self.known[leg.text].joined(legs.nothing(leg), self.now)
        await asyncio.gather(*(self._alone(text) for text in doubtful))

    async def _alone(self, text: str) -> Reply | None:
        reply = await self._reply(self.logs.query(self.customer_id, text))
        self.known[text].learn(text, reply, self.now)
        return reply if of_the_workspace(reply) else None

    async def _search(self, text: str) -> None:
        search = self.logs.search(self.customer_id, text, timespan(text))
        self.known[text].learn(text, await self._reply(search), self.now)

    async def _reply(self, call: Awaitable[Rows]) -> Reply:
        try:
            return await call
        except (QueryError, Fault) as error:
            return error


def timespan(text: str) -> str:
    """How far back a billed query looks: Azure bills it and the text says it; a day if not."""
    windows = [int(count) * _UNITS[unit] for count, unit in _WINDOW.findall(text)]
    return f"PT{max(windows, default=DAY)}S"
