"""What Azure's refusals mean: the one table from ARM code to fault. Sends nothing.

A code that no row names falls to its HTTP status.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from controller.azure.bodies import Said, retry_after, said, wait_in_words
from controller.model.errors import Answer, Conflict, Fault, Stalled, Throttled, Transient, Waiting
from controller.model.reasons import Reason

LIMIT = 700
"""characters of Azure's own words in a message"""


class Row(NamedTuple):
    """What one code means. `key` ends with `*` for all codes that begin so."""

    key: str
    fault: type[Fault]
    reason: Reason
    advice: str


_REFUSED = "Azure refuses the request; correct what it names in the spec."
_LATER = "Azure is busy with it; it is tried again."
_BUSY = "Azure asks to come back later; it is tried again then."
_OUTAGE = "Azure could not carry it out; it is tried again."
_CONFLICT = "It was changed at the same time; it is read and planned again."
_GONE = "Create it, or correct spec.workspace."
_RIGHTS = "Give the operator's identity a role with the action that Azure names."
_SIGN_IN = "Azure does not accept the token; check the operator's credentials and their tenant."
_TABLE = (
    "The table is not ready for rules yet. If this stays: the table may have another plan, be a"
    " Classic one that needs its migration, or be of a workspace without Microsoft Sentinel."
)
_PARENT = "What it belongs to is not there yet."
_PRINCIPAL = (
    "Entra ID does not know the principal yet. If this stays: give the object id of the service"
    " principal (enterprise application), not that of the application, as servicePrincipalId."
)
_REGISTER = "Register the provider that Azure names: az provider register --namespace NAME."
_ONBOARD = "Add Microsoft Sentinel to the workspace (portal, or the onboardingStates API)."
_IMMUTABLE = "Azure does not change this in place; restore it in the spec, or delete the resource."

PHRASES: tuple[Row, ...] = (
    Row("not onboarded to Microsoft Sentinel", Stalled, Reason.SENTINEL_NOT_ONBOARDED, _ONBOARD),
    Row("Workspace not active", Waiting, Reason.WAITING_FOR_PARENT, _PARENT),
    Row("is immutable", Stalled, Reason.IMMUTABLE, _IMMUTABLE),
)
"""sentences that say more than the general code they come with"""

CODES: tuple[Row, ...] = (
    # a dependency is not there yet
    Row("InvalidOutputTable", Waiting, Reason.WAITING_FOR_TABLE, _TABLE),
    Row("PrincipalNotFound", Waiting, Reason.WAITING_FOR_PRINCIPAL, _PRINCIPAL),
    Row("ParentResourceNotFound", Waiting, Reason.WAITING_FOR_PARENT, _PARENT),
    Row("ResourceNotFound", Waiting, Reason.WAITING_FOR_PARENT, _PARENT),
    Row("LinkedResource*", Waiting, Reason.WAITING_FOR_PARENT, _PARENT),
    # the place
    Row("WorkspaceNotFound", Stalled, Reason.WORKSPACE_NOT_FOUND, _GONE),
    Row("ResourceGroupNotFound", Stalled, Reason.WORKSPACE_NOT_FOUND, _GONE),
    Row("SubscriptionNotFound", Stalled, Reason.WORKSPACE_NOT_FOUND, _GONE),
    Row("InvalidSubscriptionId", Stalled, Reason.WORKSPACE_NOT_FOUND, _GONE),
    Row("FailedToResolveResource", Stalled, Reason.WORKSPACE_NOT_FOUND, _GONE),
    Row("PathNotFoundError", Stalled, Reason.WORKSPACE_NOT_FOUND, _GONE),
    Row("MissingSubscriptionRegistration", Stalled, Reason.PROVIDER_NOT_REGISTERED, _REGISTER),
    # rights
    Row("AuthorizationFailed", Stalled, Reason.ACCESS_DENIED, _RIGHTS),
    Row("LinkedAuthorizationFailed", Stalled, Reason.ACCESS_DENIED, _RIGHTS),
    Row("InsufficientAccessError", Stalled, Reason.ACCESS_DENIED, _RIGHTS),
    Row("InvalidAuthenticationToken*", Stalled, Reason.CREDENTIALS_INVALID, _SIGN_IN),
    Row("ExpiredAuthenticationToken", Stalled, Reason.CREDENTIALS_INVALID, _SIGN_IN),
    Row("AuthenticationFailed", Stalled, Reason.CREDENTIALS_INVALID, _SIGN_IN),
    Row(
        "ScopeLocked",
        Stalled,
        Reason.REFUSED,
        "A management lock forbids it; have the lock removed, or leave the resource as it is.",
    ),
    Row(
        "RequestDisallowedByPolicy",
        Stalled,
        Reason.REFUSED,
        "An Azure Policy forbids it; change the spec to comply, or have an exemption made.",
    ),
    Row(
        "InvalidLicense",
        Stalled,
        Reason.REFUSED,
        "The tenant lacks a licence that this connector needs.",
    ),
    # the body
    Row("InvalidTransformQuery", Stalled, Reason.REFUSED, "Correct the flow's transformKql."),
    Row(
        "InvalidTransformOutput",
        Stalled,
        Reason.REFUSED,
        "Make the transform's output columns have the types of the table's.",
    ),
    Row("InvalidStream", Stalled, Reason.REFUSED, "Correct the rule's streams and flows."),
    Row("InvalidPayload", Stalled, Reason.REFUSED, _REFUSED),
    Row("InvalidParameter", Stalled, Reason.REFUSED, _REFUSED),
    Row("SchemaUpdateFatalError", Stalled, Reason.REFUSED, "Correct the table's columns."),
    Row("RoleAssignmentUpdateNotPermitted", Stalled, Reason.IMMUTABLE, _IMMUTABLE),
    # written at the same time
    Row("RoleAssignmentExists", Conflict, Reason.AZURE_UNAVAILABLE, _CONFLICT),
    Row("NewerDataExists", Conflict, Reason.AZURE_UNAVAILABLE, _CONFLICT),
    # later
    Row("AnotherOperationInProgress", Transient, Reason.AZURE_UNAVAILABLE, _LATER),
    Row("RetryableError*", Transient, Reason.AZURE_UNAVAILABLE, _LATER),
    Row("TooManyRequests", Throttled, Reason.THROTTLED, _BUSY),
    Row("Canceled", Transient, Reason.AZURE_UNAVAILABLE, _OUTAGE),
    Row("InternalServerError", Transient, Reason.AZURE_UNAVAILABLE, _OUTAGE),
    Row("InternalError", Transient, Reason.AZURE_UNAVAILABLE, _OUTAGE),
    Row("ServiceUnavailable", Transient, Reason.AZURE_UNAVAILABLE, _OUTAGE),
    Row("ServerTimeout", Transient, Reason.AZURE_UNAVAILABLE, _OUTAGE),
)

STATUSES: Mapping[int, Row] = {
    200: Row("an operation that failed", Stalled, Reason.REFUSED, _REFUSED),
    401: Row("401", Stalled, Reason.CREDENTIALS_INVALID, _SIGN_IN),
    403: Row("403", Stalled, Reason.ACCESS_DENIED, _RIGHTS),
    404: Row("404", Waiting, Reason.WAITING_FOR_PARENT, _PARENT),
    408: Row("408", Transient, Reason.AZURE_UNAVAILABLE, _OUTAGE),
    409: Row("409", Conflict, Reason.AZURE_UNAVAILABLE, _CONFLICT),
    412: Row("412", Conflict, Reason.AZURE_UNAVAILABLE, _CONFLICT),
    429: Row("429", Throttled, Reason.THROTTLED, _BUSY),
}
_OTHER_4XX = Row("4xx", Stalled, Reason.REFUSED, _REFUSED)
_OTHER = Row("5xx", Transient, Reason.AZURE_UNAVAILABLE, _OUTAGE)

_SEVERITY = (Stalled, Waiting, Conflict, Throttled, Transient)
"""of several details the one that retrying helps least decides"""


def fault(status: int, headers: Mapping[str, str], body: object, *, resource: str) -> Fault:
    """The fault for one answer; `body` is parsed JSON or text, `resource` how messages name it.

    `headers` are looked up in lower case. A status below 300 is a long-running operation that
    failed, with the error in its body.
    """
    leaves = tuple(said(body))
    row, leaf = _decide(status, leaves)
    code = next(iter(leaf.codes), "")
    answer = Answer(status, code, headers.get("x-ms-correlation-request-id", ""))
    wait = retry_after(headers)
    if wait is None:
        wait = wait_in_words(leaf.message)
    message = f"{resource}: {row.advice} {_quote(status, leaves)}"
    return row.fault(row.reason, message, retry_after=wait, answer=answer)


def _decide(status: int, leaves: Sequence[Said]) -> tuple[Row, Said]:
    found = [(row, leaf) for leaf in leaves if (row := _row(leaf))]
    # 429 stays throttling whatever the code: providers send their own with it
    if found and status != 429:
        return min(found, key=lambda pair: _SEVERITY.index(pair[0].fault))
    leaf = leaves[0] if leaves else Said((), "")
    if status in STATUSES and (leaves or status >= 400):
        return STATUSES[status], leaf
    return (_OTHER_4XX if 400 <= status < 500 else _OTHER), leaf


def _row(leaf: Said) -> Row | None:
    spoken = leaf.message.lower()
    for row in PHRASES:
        if row.key.lower() in spoken:
            return row
    return next((row for code in leaf.codes for row in CODES if _matches(row.key, code)), None)


def _matches(key: str, code: str) -> bool:
    if key.endswith("*"):
        return code.lower().startswith(key[:-1].lower())
    return code.lower() == key.lower()


def _quote(status: int, leaves: Sequence[Said]) -> str:
    sentences = dict.fromkeys(_sentence(leaf) for leaf in leaves)
    words = " ".join(sentence for sentence in sentences if sentence)
    if not words:
        return f"Azure answered {status} without a reason."
    return f"Azure says: {words if len(words) <= LIMIT else words[: LIMIT - 1] + '…'}"


def _sentence(leaf: Said) -> str:
    code = next(iter(leaf.codes), "")
    place = f" ({leaf.target})" if leaf.target else ""
    if not leaf.message:
        return f"{code}{place}."
    return f"{code}{place}: {leaf.message}" if code else leaf.message
