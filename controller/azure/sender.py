"""Which process speaks to Azure, and the last look whether it may still write.

Azure's resources take no fencing token, so the look is as late as it can be: see docs/decisions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from controller.model.errors import LeaseLost

READS = frozenset({"GET", "POST"})
"""methods that change nothing, and of which only the end is logged: the only POST is a query"""
HEADERS, BODY = "send_request_headers.started", "send_request_body.started"
"""what httpcore calls the moments before these bytes of a request go to the socket"""


@dataclass(frozen=True, slots=True)
class Sender:
    """`instance` is the process's name in the User-Agent, "" for none.

    `may_write` says at any moment whether a write may leave.
    """

    instance: str = ""
    may_write: Callable[[], bool] = lambda: True

    def check(self, method: str) -> None:
        """Raises LeaseLost when the call would be a write and none may leave."""
        if method not in READS and not self.may_write():
            raise LeaseLost

    def extensions(self, method: str, *, body: bool) -> dict[str, Any]:
        """httpx's `extensions` of one request: they make httpcore ask again before its bytes leave.

        Until then the request may have waited, for a connection or its TLS, for seconds. A request
        whose headers left and whose body does not is one that Azure never got.
        """
        if method in READS:
            return {}
        last = BODY if body else HEADERS

        async def look(event: str, _: Mapping[str, Any]) -> None:
            if event.endswith((HEADERS, last)):
                self.check(method)

        return {"trace": look}
