"""How long to wait before the next try. Pure; the randomness is an argument."""

from collections.abc import Callable
from dataclasses import dataclass

from controller.model.errors import Fault, Stalled, Waiting
from controller.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class Pace:
    """All in seconds. `jitter` gives numbers from 0 to 1."""

    jitter: Callable[[], float]
    first: float = 5.0
    slowest_wait: float = 60.0
    slowest: float = 300.0
    stalled_first: float = 30.0
    connectivity_first: float = 10.0

    def resync(self, interval: float) -> float:
        """The interval, up to a tenth earlier, so that a restart's crowd spreads out."""
        return interval * (1 - 0.1 * self.jitter())

    def after(self, fault: Fault, failures: int, resync: float) -> float:
        """The wait after a fault that was preceded by `failures` others."""
        growth = 2.0 ** min(failures, 16)
        if isinstance(fault, Stalled):
            if fault.reason is Reason.CONFLICT and fault.retry_after is not None:
                return fault.retry_after  # an elder object may go any time; to look costs no call
            return min(self._spread(self.stalled_first * growth, self.slowest), resync)
        most = self.slowest_wait if isinstance(fault, Waiting) else self.slowest
        return max(fault.retry_after or 0.0, self._spread(self.first * growth, most))

    def connectivity(self, interval: float, silences: int) -> float:
        """Soon at first, since somebody may wait for the first event; then the interval."""
        if silences == 0:
            return interval
        return min(interval, self.connectivity_first * 2.0 ** min(silences - 1, 16))

    def _spread(self, wait: float, most: float) -> float:
        return min(wait, most) * (1 - 0.2 * self.jitter())
