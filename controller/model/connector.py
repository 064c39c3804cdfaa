"""The object as the API server holds it, and what one reconcile of it yields. Decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from controller.model.errors import Fault

GROUP = "sentinel.contoso.com"
VERSION = "v1alpha1"
KIND = "ContosoConnector"
PLURAL = "contosoconnectors"
FINALIZER = f"{GROUP}/cleanup"
FIELD_MANAGER = "contoso-connector-operator"
RECONCILE_REQUESTED = f"{GROUP}/reconcile-requested-at"
APPROVED_PLAN = f"{GROUP}/approved-plan"
CONFIRM_TABLE_DELETION = f"{GROUP}/confirm-table-deletion"
ON_DELETE = f"{GROUP}/on-delete"
TAKE_OVER = f"{GROUP}/take-over"
REQUEST_LENGTH = 1024
"""characters of a request that the status repeats"""
ANNOTATIONS = (RECONCILE_REQUESTED, APPROVED_PLAN, CONFIRM_TABLE_DELETION, ON_DELETE, TAKE_OVER)
"""the annotations that are ours: a change of one of them is work, of any other is not"""


@dataclass(frozen=True, slots=True)
class Connector:
    """A ContosoConnector as read: spec and status are raw JSON, nothing in them is checked yet."""

    namespace: str
    name: str
    uid: str
    generation: int
    resource_version: str
    spec: Mapping[str, Any]
    status: Mapping[str, Any]
    annotations: Mapping[str, str]
    finalizers: tuple[str, ...] = ()
    deleting: bool = False
    created: str = ""
    """creationTimestamp, RFC 3339 in UTC, so that text sorts as time does"""
    manager: str = ""
    """the field manager that wrote the spec last, as far as managedFields tell"""

    @property
    def seniority(self) -> tuple[str, str]:
        """What of two objects decides who has the elder right: the smaller one."""
        return self.created, self.uid

    @property
    def requested(self) -> str | None:
        """What asks for a reconcile, as the status repeats it once it is followed."""
        text = self.annotations.get(RECONCILE_REQUESTED)
        return None if text is None else text[:REQUEST_LENGTH]

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name


class EventType(StrEnum):
    NORMAL = "Normal"
    WARNING = "Warning"


@dataclass(frozen=True, slots=True)
class Event:
    """One Kubernetes event about the connector."""

    type: EventType
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one reconcile leaves behind. `retry_in` is in seconds, None: nothing more to do.

    `status` is the whole status to apply, None: leave it. `release`: our finalizer may go.
    `fault` is what it failed by; the status says it too.
    """

    status: Mapping[str, Any] | None
    events: tuple[Event, ...] = ()
    retry_in: float | None = None
    release: bool = False
    fault: Fault | None = None


class Report(Protocol):
    """Tells the API server what is about to happen, before the first write to Azure."""

    async def __call__(
        self, status: Mapping[str, Any], *, finalizer: bool, events: tuple[Event, ...] = ()
    ) -> None:
        """Stores the status, and first the finalizer if something would be deleted.

        Raises Gone when the object is another one by now: nothing may be written then.
        """
        ...


class Gone(Exception):
    """The object was deleted, or replaced by another of the same name."""
