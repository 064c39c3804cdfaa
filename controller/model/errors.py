"""The faults of Azure and of the spec, each carrying how it is handled.

Fault
├── Transient   no answer or 5xx: read again after a while; what was Ready stays Ready
│   └── Throttled   429: the same, not before `retry_after`
├── Waiting     a dependency is not there yet: tried again soon, Stalled after 15 minutes
├── Conflict    409, 412: somebody wrote at the same time: read again, plan again, at once
└── Stalled     only a person can help: tried again at a slow pace
    └── SpecError   one field of the object is wrong; nothing was sent to Azure
"""

from dataclasses import dataclass

from controller.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What Azure said, as far as it helps support: status 0 is no answer at all."""

    status: int = 0
    code: str = ""
    correlation_id: str = ""


class Fault(Exception):
    """A failure in one sentence for a person, with the reason that a condition shows.

    `retry_after` is in seconds, None when Azure named no time.
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        retry_after: float | None = None,
        answer: Answer | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.retry_after = retry_after
        self.answer = answer or Answer()


class Transient(Fault):
    """Azure gave no usable answer; the same call may succeed later."""


class Throttled(Transient):
    """Azure asks us to come back later."""


class Waiting(Fault):
    """Something this resource depends on is not there yet."""


class Conflict(Fault):
    """The resource changed between our read and our write."""


class Stalled(Fault):
    """No retry helps before a person changes something."""


class ColumnsLost(Stalled):
    """A write of ours took `names` away from a resource: somebody has to put them back."""

    def __init__(self, message: str, names: frozenset[str]) -> None:
        super().__init__(Reason.COLUMNS_LOST, message)
        self.names = names


class LeaseLost(Exception):
    """This process may write no more: another one may do so now. Nothing was sent.

    No Fault: nothing is wrong with the object, and nothing is to be told about it.
    """


class SpecError(Stalled):
    """A field of the object that cannot be carried out; `field` is its path as kubectl has it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(Reason.INVALID_SPEC, f"{field}: {message}")
        self.field = field
