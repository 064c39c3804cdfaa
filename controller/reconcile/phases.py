"""How long a generation takes from one phase to the next; of those that came up in this process."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from controller.model.facts import Phase, PhaseEnded

ORDER = tuple(Phase)


@dataclass
class Phases:
    """The phase that a generation is in, None: past the last one, or nobody knows since when."""

    current: Phase | None = None
    _since: datetime | None = None

    def begin(self, seen: datetime | None) -> None:
        """A generation came up then; None: before this process did."""
        self.current, self._since = (None if seen is None else Phase.PLAN), seen

    def planned(self, now: datetime) -> Iterator[PhaseEnded]:
        """Its first write begins."""
        return self._until(Phase.PLAN, now)

    def written(self, now: datetime) -> Iterator[PhaseEnded]:
        """All is as declared; what had nothing to write wrote in no time."""
        return self._until(Phase.WRITE, now)

    def connected(self, now: datetime) -> Iterator[PhaseEnded]:
        """Data arrives: news only once all is written."""
        if self.current is Phase.CONNECT:
            yield from self._until(Phase.CONNECT, now)

    def _until(self, last: Phase, now: datetime) -> Iterator[PhaseEnded]:
        while self.current is not None and self._since is not None:
            place = ORDER.index(self.current)
            if place > ORDER.index(last):
                return
            yield PhaseEnded(self.current, (now - self._since).total_seconds())
            self.current, self._since = (*ORDER, None)[place + 1], now
