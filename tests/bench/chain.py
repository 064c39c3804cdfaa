"""The chain: the calls to Azure that the Contoso connector cannot make at the same time.

Written down by hand, from what depends on what, and not read from a log. Pure.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Link(NamedTuple):
    """Some calls, one after the other, and the pauses that Azure asks for between them."""

    name: str
    calls: int
    pauses: int = 0


CHAIN = (
    Link("token", 1),
    Link("workspace and first reads, all at once", 1),
    # PUT is answered 202; the operation is done at the second poll; GET shows the table
    Link("table: PUT, poll, poll, GET", 4, pauses=2),
    # each of these is read again first, since what it needs was written meanwhile
    Link("rule: GET, PUT", 2),
    Link("definition: GET, PUT", 2),
    Link("metadata: GET, PUT", 2),
    Link("data connector: GET, PUT", 2),
)

FACTOR = 1.1
MARGIN = 1.0
"""seconds for all that is not Azure: the Kubernetes API, the operator's own work"""


def seconds(chain: Sequence[Link], *, latency: float, pause: float) -> float:
    """How long the chain takes when a call takes `latency` and a Retry-After says `pause`."""
    return sum(link.calls * latency + link.pauses * pause for link in chain)


def limit(chain_seconds: float) -> float:
    """The longest that converging may take."""
    return FACTOR * chain_seconds + MARGIN
