"""Which of several operators may write, and until when: client-go's rules for a Lease.

Clocks of two machines are never compared: a Lease is another's until it has stood unchanged for
its duration, as seen on one's own clock. Decides with values alone; `election` reads and writes.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from controller.model.connector import FIELD_MANAGER

NAME = FIELD_MANAGER
"""of the Lease"""
MICRO_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
"""the only form that the API server takes; `isoformat` leaves out microseconds that are 0"""
RELEASED_SECONDS = 1
"""the duration of a Lease that nobody holds, as client-go leaves it"""


def awake() -> float:
    """Seconds that only grow, those of a machine asleep among them where the system counts them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds. The proportions are those of client-go's defaults: 15, 10 and 2."""

    duration: int = 15

    @property
    def renew_within(self) -> float:
        """How long after a renewal its holder may write; the rest is for what is on its way."""
        return self.duration * 2 / 3

    @property
    def retry(self) -> float:
        """Between two attempts to renew or to get it."""
        return self.duration * 2 / 15

    @property
    def patience(self) -> float:
        """For one answer of the API server, so that a second attempt has its chance."""
        return self.renew_within / 2


@dataclass(frozen=True, slots=True)
class Seen:
    """The Lease as it was last read or written. `since` is when it became so, on our own clock."""

    lease: Mapping[str, Any]
    since: float

    @property
    def holder(self) -> str:
        """ "" when it was released."""
        return str(_spec(self.lease).get("holderIdentity") or "")

    @property
    def expires(self) -> float:
        """When it is free, if it stays unchanged until then; by what its holder wrote into it."""
        return self.since + float(_spec(self.lease).get("leaseDurationSeconds") or 0)

    def may_be_taken(self, me: str, now: float) -> bool:
        """Free, run out, or ours already."""
        return self.holder in ("", me) or now >= self.expires


def noticed(before: Seen | None, lease: Mapping[str, Any], now: float) -> Seen:
    """What reading it tells: unchanged, it stays as old as it was."""
    if before is not None and _spec(before.lease) == _spec(lease):
        return Seen(lease, before.since)
    return Seen(lease, now)


def released(lease: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """The Lease to write so that the next one need not wait."""
    stamp = at.strftime(MICRO_TIME)
    nobody = {
        "holderIdentity": "",
        "leaseDurationSeconds": RELEASED_SECONDS,
        "acquireTime": stamp,
        "renewTime": stamp,
    }
    return {**lease, "spec": {**_spec(lease), **nobody}}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who asks for the Lease of a namespace. `name` is no other process's, now or ever."""

    name: str
    namespace: str
    rhythm: Rhythm = Rhythm()

    @property
    def path(self) -> str:
        """Of all Leases of the namespace."""
        return f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases"

    def held(self, lease: Mapping[str, Any] | None, at: datetime) -> Mapping[str, Any]:
        """The Lease to write so that it is ours; None: there is none yet.

        It keeps the resourceVersion that it was read with, so that of two one is refused. `at` is
        for people: no operator compares it with its own clock.
        """
        stamp = at.strftime(MICRO_TIME)
        ours: dict[str, Any] = {
            "holderIdentity": self.name,
            "leaseDurationSeconds": self.rhythm.duration,
            "renewTime": stamp,
        }
        if lease is None:
            return {
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"namespace": self.namespace, "name": NAME},
                "spec": {**ours, "acquireTime": stamp, "leaseTransitions": 0},
            }
        spec = _spec(lease)
        if spec.get("holderIdentity") != self.name:
            ours["acquireTime"] = stamp
            ours["leaseTransitions"] = int(spec.get("leaseTransitions") or 0) + 1
        return {**lease, "spec": {**spec, **ours}}


@dataclass(slots=True)
class Hold:
    """Until when this process may write, on its own clock. Called, it says whether now."""

    clock: Callable[[], float] = awake
    _until: float = field(default=float("-inf"))

    def __call__(self) -> bool:
        return self.clock() < self._until

    @property
    def left(self) -> float:
        """Seconds, 0 when it is over."""
        return max(0.0, self._until - self.clock())

    def extend(self, until: float) -> None:
        self._until = until

    def end(self) -> None:
        self._until = float("-inf")


def _spec(lease: Mapping[str, Any]) -> Mapping[str, Any]:
    return lease.get("spec") or {}
