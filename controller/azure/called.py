"""One request as a fact: few, known words for what it was about. Decides which words there are."""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.azure.ids import resource_type
from controller.azure.versions import VERSIONS
from controller.model.facts import Called

CORRELATION_ID = "x-ms-correlation-request-id"
REMAINING = "x-ms-ratelimit-remaining-"
BUDGETS = (
    "subscription-reads",
    "subscription-writes",
    "subscription-deletes",
    "subscription-global-reads",
    "subscription-global-writes",
    "subscription-global-deletes",
    "tenant-reads",
    "tenant-writes",
    "subscription-resource-requests",
    "subscription-resource-entities-read",
)
"""what Azure counts down by headers: of the subscription, and of the provider that was asked"""
QUERY, OPERATION, OTHER = "query", "operation", "other"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. `service` is `arm` or `logs`, `began` in seconds since the epoch."""

    service: str
    verb: str
    path: str
    began: float


def called(
    request: Request, seconds: float, status: int | None, headers: Mapping[str, str]
) -> Called:
    """The fact of a request that ended so; `status` None: without an answer."""
    return Called(
        service=request.service,
        verb=request.verb,
        type=QUERY if request.service != "arm" else kind_of(request.path),
        path=request.path,
        status=status,
        began=request.began,
        seconds=seconds,
        subscription=subscription(request.path),
        correlation_id=headers.get(CORRELATION_ID, ""),
        budget=_budget(headers),
    )


def kind_of(path: str) -> str:
    """The ARM type if it is one that we ask for; of what Azure leads us to only that it is so."""
    type_ = resource_type(path)
    if type_ in VERSIONS:
        return type_
    return OPERATION if "/operation" in path.lower() else OTHER


def subscription(path: str) -> str:
    """The subscription's id in lower case, "" if the path is in none."""
    parts = path.split("/")
    return parts[2].lower() if len(parts) > 2 and parts[1].lower() == "subscriptions" else ""


def _budget(headers: Mapping[str, str]) -> Mapping[str, int]:
    found = {name: headers.get(f"{REMAINING}{name}", "") for name in BUDGETS}
    return {name: int(text) for name, text in found.items() if text.isdigit()}
