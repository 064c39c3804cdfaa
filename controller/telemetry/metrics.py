"""All metrics of one process: told facts, they give the text that Prometheus scrapes."""

import asyncio
import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from controller.model.facts import Fact
from controller.telemetry.instruments import Instruments
from controller.telemetry.state import State


class Metrics:
    """In a registry of its own: no library's counters get in. `clock` gives epoch seconds."""

    def __init__(self, version: str, *, clock: Callable[[], float] = time.time) -> None:
        self._registry = CollectorRegistry()
        self._instruments = Instruments(self._registry)
        self._state = State(version)
        self._registry.register(self._state)
        self._clock = clock

    def tell(self, fact: Fact) -> None:
        self._instruments.tell(fact)
        self._state.tell(fact)

    async def text(self, accept: str = "") -> tuple[bytes, str]:
        """The scrape and its media type; put into words in a thread, reconciles go on meanwhile."""
        self._state.look(self._clock())
        encode, media_type = choose_encoder(accept)
        return await asyncio.to_thread(encode, self._registry), media_type
