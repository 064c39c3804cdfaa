"""What happens, told as it happens to whoever counts, traces or watches. Decides nothing.

Who tells knows no Prometheus, who listens knows neither Azure nor Kubernetes. No fact holds a
secret.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from controller.model.connector import Connector
from controller.model.resource import KindName

Key = tuple[str, str]
"""namespace and name"""


@dataclass(frozen=True, slots=True)
class Called:
    """One request to Azure has ended. `status` is None when there was no answer.

    `began` is in seconds since the epoch. `budget` is what Azure said is left, by the end of the
    header's name: {"subscription-reads": 11999}.
    """

    service: str
    """`arm` or `logs`"""
    verb: str
    type: str
    """the ARM type in lower case, `query` for Log Analytics"""
    path: str
    status: int | None
    began: float
    seconds: float
    subscription: str = ""
    correlation_id: str = ""
    budget: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Began:
    """A reconcile of that object begins."""

    key: Key
    generation: int


@dataclass(frozen=True, slots=True)
class Reconciled:
    """It has ended; `outcome` is `ok`, or what kind of trouble it met."""

    key: Key
    outcome: "Ending"
    seconds: float


class Ending(StrEnum):
    """How a reconcile ends."""

    OK = "ok"
    WAITING = "waiting"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    """Azure gave no usable answer"""
    STALLED = "stalled"
    """only a person can help"""
    GONE = "gone"
    """the object went meanwhile"""
    API_ERROR = "api_error"
    """the API server refused or did not answer"""
    UNEXPECTED = "unexpected"
    """a defect of ours"""


@dataclass(frozen=True, slots=True)
class Waited:
    """An entry of the queue that was due for that long has its turn."""

    lane: str
    seconds: float


class Phase(StrEnum):
    """The way of a generation: seen, then written, then Ready, then data arrives."""

    PLAN = "plan"
    """until the first write: reading, comparing, the preflight"""
    WRITE = "write"
    """from then until everything is as declared"""
    CONNECT = "connect"
    """from then until the criteria of the definition are met"""


@dataclass(frozen=True, slots=True)
class PhaseEnded:
    """A generation that came up in the life of this process got past that phase."""

    phase: Phase
    seconds: float


@dataclass(frozen=True, slots=True)
class DriftFound:
    """Somebody else changed or deleted a resource, which is about to be repaired."""

    kind: KindName


@dataclass(frozen=True, slots=True)
class DriftRepaired:
    """And it is as declared again."""

    kind: KindName


@dataclass(frozen=True, slots=True)
class Written:
    """One resource was written. `changed`: Azure's readback is another one than before."""

    kind: KindName
    verb: str
    changed: bool


@dataclass(frozen=True, slots=True)
class DataSeen:
    """What the queries of one object told of its data. None: they did not tell."""

    key: Key
    last_received: datetime | None
    events_hour: int | None = None
    events_day: int | None = None


@dataclass(frozen=True, slots=True)
class TokenGiven:
    """Entra gave a token for that scope; `expires_on` is in seconds since the epoch."""

    scope: str
    expires_on: float


@dataclass(frozen=True, slots=True)
class LeaseHeld:
    """Whether this process is the one that writes."""

    held: bool


@dataclass(frozen=True, slots=True)
class Serving:
    """The operator serves from now on; its state can be asked for by these.

    All are called in the operator's own event loop.
    """

    connectors: Callable[[], Iterable[Connector]]
    waiting: Callable[[], Mapping[str, int]]
    """how many keys are due, by lane; `later`: those that are not due yet"""
    watch_age: Callable[[], float]
    """seconds since the watch was last known to miss nothing"""
    watch_limit: float
    """seconds after which that is too long"""


Fact = (
    Called
    | Began
    | Reconciled
    | Waited
    | PhaseEnded
    | DriftFound
    | DriftRepaired
    | Written
    | DataSeen
    | TokenGiven
    | LeaseHeld
    | Serving
)
Tell = Callable[[Fact], None]
"""takes a fact at once and never fails; called in any event loop's thread"""


def nobody(_: Fact) -> None:
    """Nobody listens."""


def everybody(*listeners: Tell) -> Tell:
    """One that tells all of them."""

    def tell(fact: Fact) -> None:
        for listener in listeners:
            listener(fact)

    return tell
