"""The port to the Activity Log: who wrote a resource last. Decides which entries are ours.

A log that cannot be read, or reads strangely, tells nothing: that is no fault of a walk.
"""

import base64
import binascii
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from controller.azure.arm import ArmClient
from controller.azure.session import Session
from controller.model.activity import Author
from controller.model.errors import Fault

logger = logging.getLogger(__name__)

_OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
_WRITES = ("/write", "/delete")
_DONE = frozenset({"accepted", "succeeded"})
"""what an operation that failed never says; `Started` it says too"""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Me:
    """Whom our tokens speak for; "" for a token that does not say."""

    app_id: str
    object_id: str


class ActivityLog:
    """`model.activity.Activity` over one session."""

    def __init__(
        self, session: Session, arm: ArmClient, *, clock: Callable[[], datetime] = _now
    ) -> None:
        self._session = session
        self._arm = arm
        self._clock = clock

    async def last_write(self, resource_id: str, since: datetime) -> Author | None:
        """The newest write by somebody else, None when none is known; raises nothing."""
        try:
            entries = await self._arm.list(_question(resource_id, since, self._clock()))
            token = await self._session.tokens.token(self._session.cloud.arm_scope)
        except Fault as fault:
            logger.info("The Activity Log does not tell who wrote: %s", fault)
            return None
        return _newest(self._others(entries, _me(token.token)))

    def _others(self, entries: Iterable[Any], me: _Me) -> Iterable[Author]:
        for entry in entries:
            if not isinstance(entry, Mapping) or self._is_ours(entry, me):
                continue
            author = _author(entry)
            if author is not None:
                yield author

    def _is_ours(self, entry: Mapping[str, Any], me: _Me) -> bool:
        if entry.get("correlationId") in self._session.written:
            return True
        claims = _object(entry, "claims")
        principal = claims.get(_OBJECT_ID)
        if principal:
            return bool(principal == me.object_id)
        return bool(me.app_id and claims.get("appid") == me.app_id)


def _question(resource_id: str, since: datetime, until: datetime) -> str:
    """Only a few shapes of filter are taken, and a start is required (API 15)."""
    subscription = resource_id.split("/")[2]
    quoted = resource_id.replace("'", "''")
    terms = (
        f"eventTimestamp ge '{_stamp(since)}'",
        f"eventTimestamp le '{_stamp(until)}'",
        f"resourceUri eq '{quoted}'",
    )
    return (
        f"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values"
        f"?$filter={' and '.join(terms)}"
    )


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _author(entry: Mapping[str, Any]) -> Author | None:
    """The entry of a write that was carried out, None for any other."""
    operation = str(_object(entry, "operationName").get("value", ""))
    status = str(_object(entry, "status").get("value", ""))
    if not operation.lower().endswith(_WRITES) or status.lower() not in _DONE:
        return None
    try:
        time = datetime.fromisoformat(str(entry.get("eventTimestamp")))
    except ValueError:
        return None
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return Author(str(entry.get("caller") or ""), aware, operation)


def _newest(authors: Iterable[Author]) -> Author | None:
    return max(authors, key=lambda author: author.time, default=None)


def _object(entry: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = entry.get(key)
    return value if isinstance(value, Mapping) else {}


def _me(token: str) -> _Me:
    """Whom a token speaks for, by its own claims: no setting says it of a managed identity."""
    part = [*token.split("."), ""][1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError):
        return _Me("", "")
    if not isinstance(claims, Mapping):
        return _Me("", "")
    return _Me(str(claims.get("appid") or claims.get("azp") or ""), str(claims.get("oid") or ""))
