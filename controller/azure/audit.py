"""The audit trail: one line for every write to Azure, whatever became of it. Never a body in it.

For whom it was written is on every line of a reconcile already: see `kube.logs`.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx

from controller.azure.called import CORRELATION_ID
from controller.model.resource import Body

logger = logging.getLogger("controller.audit")

NO_BODY = "none"
UNKNOWN = "unknown"
_ALWAYS_NEW = frozenset({"etag", "systemData"})
"""what ARM changes with every write, also with one that changes nothing"""


@dataclass(slots=True)
class Entry:
    """One write. `before` and `after` are digests, `none` where there is no resource."""

    verb: str
    resource: str
    before: str
    after: str = UNKNOWN
    status: int = 0
    """of the answer to the write itself; 0: there was none"""
    correlation_id: str = ""
    api_version: str = ""
    begun: str = ""

    def answered(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.correlation_id = response.headers.get(CORRELATION_ID, "")
        self.api_version = response.request.url.params.get("api-version", "")

    def ended(self, after: Body | None) -> None:
        """The write is through, and this is the resource now; None: it is no more."""
        self.after = digest(after)


@dataclass(frozen=True, slots=True)
class Audit:
    """`operator` says who wrote: installation and process. `now`: seconds since the epoch."""

    operator: str = ""
    now: Callable[[], float] = time.time

    @contextmanager
    def writing(self, verb: str, resource: str, before: str) -> Iterator[Entry]:
        """The line of the write that the block does; also of one that fails."""
        entry = Entry(verb, resource, before, begun=self._time())
        try:
            yield entry
        finally:
            self._tell(entry)

    def _tell(self, entry: Entry) -> None:
        fields: Mapping[str, Any] = {
            "operator": self.operator,
            "verb": entry.verb,
            "resource": entry.resource,
            "api_version": entry.api_version,
            "status": entry.status,
            "correlation_id": entry.correlation_id,
            "before": entry.before,
            "after": entry.after,
            "started": entry.begun,
            "ended": self._time(),
        }
        text = "%s %s: %s, %s -> %s"
        values = (entry.verb, entry.resource, entry.status or "no answer")
        logger.info(text, *values, entry.before, entry.after, extra=fields)

    def _time(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).isoformat()


def digest(body: Body | None) -> str:
    """16 digits of the SHA-256 of the body as sorted JSON, without etag and systemData."""
    if body is None:
        return NO_BODY
    lasting = {key: value for key, value in body.items() if key not in _ALWAYS_NEW}
    text = json.dumps(lasting, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(text.encode()).hexdigest()[:16]
