"""Asks Log Analytics for many connectors together. Decides when a call is made, and who shares it.

A round of a workspace asks what somebody needs now, and along with it what others will come for
soon. While it runs, whoever comes waits for the next one; no timer is needed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from controller.model.resource import Logs
from controller.reconcile.connectivity.criteria import Questions
from controller.reconcile.connectivity.judgement import Connectivity, judge
from controller.reconcile.connectivity.known import COUNTED_EVERY, Known, oldest
from controller.reconcile.connectivity.legs import COUNTING
from controller.reconcile.connectivity.rounds import Round


async def _next_turn() -> None:
    """Lets those come in who are ready to ask at this moment."""
    await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Answered:
    """What one connector learnt, and when that was asked for: answers may be shared ones."""

    connectivity: Connectivity
    at: datetime


@dataclass(slots=True)
class _Place:
    """One workspace: what is known of its texts, what the next round must ask, who is at it."""

    known: dict[str, Known] = field(default_factory=dict)
    wanted: dict[str, bool] = field(default_factory=dict)
    """text -> whether it goes to /search"""
    coming: asyncio.Task[None] | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Collector:
    """Of one principal. `clock` gives aware times; `gather` is the moment before a round."""

    def __init__(
        self,
        logs: Logs,
        clock: Callable[[], datetime],
        gather: Callable[[], Awaitable[None]] = _next_turn,
    ) -> None:
        self._logs = logs
        self._clock = clock
        self._gather = gather
        self._places: dict[str, _Place] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def ask(self, asked: Questions, since: datetime | None) -> Answered:
        """The judgement by answers that are not older than `since`, None: by new ones.

        A broken query is not run again before its time but for None. Never raises a Fault.
        """
        place = self._places.setdefault(asked.customer_id, _Place())
        async with place.turn:  # the round that runs may bring what is missing
            now = self._clock()
        known = _remembered(place, asked, now)
        counted_since = now - COUNTED_EVERY + timedelta(microseconds=1)
        counts = frozenset(asked.counts.values())
        missing = [
            text
            for text, one in known.items()
            if not one.serves(counted_since if text in counts else since, now)
        ]
        if missing:
            billed = frozenset(asked.billed)
            place.wanted |= {text: text in billed for text in missing}
            await self._round(place, asked.customer_id)
        replies = {text: one.reply for text, one in known.items() if one.reply is not None}
        times = (known[text].at for text in asked.asked if known[text].again is None)
        return Answered(judge(asked, replies), oldest(times, self._clock()))

    def expect(self, asked: Questions, since: datetime) -> None:
        """The asker will come again, and an answer from `since` on would do."""
        place = self._places[asked.customer_id]
        for text in frozenset(asked.asked).difference(asked.billed):
            _expect(place.known[text], since)
        for text in asked.counts.values():
            one = place.known[text]
            _expect(one, (one.at or since) + COUNTED_EVERY)

    async def _round(self, place: _Place, customer_id: str) -> None:
        """Joins the round that has not begun yet, or makes it."""
        if place.coming is None:
            place.coming = asyncio.create_task(self._run(place, customer_id))
            self._running.add(place.coming)
            place.coming.add_done_callback(self._running.discard)
        await asyncio.shield(place.coming)  # others wait for it too

    async def _run(self, place: _Place, customer_id: str) -> None:
        async with place.turn:
            await self._gather()
            wanted, place.wanted, place.coming = place.wanted, {}, None
            now = self._clock()
            for text in [text for text, one in place.known.items() if one.is_forgotten(now)]:
                del place.known[text]
            along = [text for text, one in place.known.items() if one.is_due(now)]
            billed = [text for text, is_billed in wanted.items() if is_billed]
            free = [text for text, is_billed in wanted.items() if not is_billed]
            texts = tuple(dict.fromkeys([*free, *along]))
            await Round(self._logs, customer_id, place.known, now).ask(texts, billed)


def _remembered(place: _Place, asked: Questions, now: datetime) -> dict[str, Known]:
    """What is known of each of its texts; a count is ours and need not run alone first."""
    for text in asked.counts.values():
        place.known.setdefault(text, Known(COUNTING, gives_a_row=True))
    texts = (*asked.counts.values(), *asked.asked)
    known = {text: place.known.setdefault(text, Known()) for text in texts}
    for one in known.values():
        one.asked_for = now
    return known


def _expect(one: Known, since: datetime) -> None:
    one.expected = since if one.expected is None else min(one.expected, since)
