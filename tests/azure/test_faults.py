"""What Azure's error codes come to, as a table; and what the message of a fault holds."""

import json
from typing import Any

import pytest

from controller.azure.faults import CODES, LIMIT, PHRASES, STATUSES, fault
from controller.model.errors import Conflict, Fault, Stalled, Throttled, Transient, Waiting
from controller.model.reasons import Reason

NOT_ONBOARDED = "Workspace 'w' is not onboarded to Microsoft Sentinel."
KIND_IMMUTABLE = "The new DCR kind is different from the previous one. The kind is immutable."

# code, HTTP status, message -> how it is handled, the condition's reason
TABLE: list[tuple[str, int, str, type[Fault], Reason]] = [
    ("InvalidOutputTable", 400, "", Waiting, Reason.WAITING_FOR_TABLE),
    ("PrincipalNotFound", 400, "", Waiting, Reason.WAITING_FOR_PRINCIPAL),
    ("ParentResourceNotFound", 404, "", Waiting, Reason.WAITING_FOR_PARENT),
    ("ResourceNotFound", 404, "", Waiting, Reason.WAITING_FOR_PARENT),
    ("ResourceNotFound", 404, "Workspace not active", Waiting, Reason.WAITING_FOR_PARENT),
    ("LinkedResourceNotFound", 400, "", Waiting, Reason.WAITING_FOR_PARENT),
    ("WorkspaceNotFound", 404, "", Stalled, Reason.WORKSPACE_NOT_FOUND),
    ("ResourceGroupNotFound", 404, "", Stalled, Reason.WORKSPACE_NOT_FOUND),
    ("SubscriptionNotFound", 404, "", Stalled, Reason.WORKSPACE_NOT_FOUND),
    ("InvalidSubscriptionId", 400, "", Stalled, Reason.WORKSPACE_NOT_FOUND),
    ("FailedToResolveResource", 400, "", Stalled, Reason.WORKSPACE_NOT_FOUND),
    ("PathNotFoundError", 404, "", Stalled, Reason.WORKSPACE_NOT_FOUND),
    ("MissingSubscriptionRegistration", 409, "", Stalled, Reason.PROVIDER_NOT_REGISTERED),
    ("BadRequest", 400, NOT_ONBOARDED, Stalled, Reason.SENTINEL_NOT_ONBOARDED),
    ("AuthorizationFailed", 403, "", Stalled, Reason.ACCESS_DENIED),
    ("LinkedAuthorizationFailed", 403, "", Stalled, Reason.ACCESS_DENIED),
    ("InsufficientAccessError", 403, "", Stalled, Reason.ACCESS_DENIED),
    ("InvalidAuthenticationToken", 401, "", Stalled, Reason.CREDENTIALS_INVALID),
    ("InvalidAuthenticationTokenTenant", 401, "", Stalled, Reason.CREDENTIALS_INVALID),
    ("ExpiredAuthenticationToken", 401, "", Stalled, Reason.CREDENTIALS_INVALID),
    ("AuthenticationFailed", 401, "", Stalled, Reason.CREDENTIALS_INVALID),
    ("ScopeLocked", 409, "", Stalled, Reason.REFUSED),
    ("RequestDisallowedByPolicy", 403, "", Stalled, Reason.REFUSED),
    ("InvalidLicense", 401, "", Stalled, Reason.REFUSED),
    ("InvalidTransformQuery", 400, "", Stalled, Reason.REFUSED),
    ("InvalidTransformOutput", 400, "", Stalled, Reason.REFUSED),
    ("InvalidStream", 400, "", Stalled, Reason.REFUSED),
    ("InvalidPayload", 400, "", Stalled, Reason.REFUSED),
    ("InvalidPayload", 400, KIND_IMMUTABLE, Stalled, Reason.IMMUTABLE),
    ("InvalidParameter", 400, "", Stalled, Reason.REFUSED),
    ("SchemaUpdateFatalError", 200, "", Stalled, Reason.REFUSED),
    ("RoleAssignmentUpdateNotPermitted", 400, "", Stalled, Reason.IMMUTABLE),
    ("RoleAssignmentExists", 409, "", Conflict, Reason.AZURE_UNAVAILABLE),
    ("NewerDataExists", 409, "", Conflict, Reason.AZURE_UNAVAILABLE),
    ("AnotherOperationInProgress", 409, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("RetryableErrorDueToAnotherOperation", 409, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("RetryableErrorDueToAnotherOperation", 429, "", Throttled, Reason.THROTTLED),
    ("TooManyRequests", 429, "", Throttled, Reason.THROTTLED),
    ("TooManyRequests", 503, "", Throttled, Reason.THROTTLED),
    ("Canceled", 200, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("InternalServerError", 500, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("InternalServerError", 200, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("InternalError", 500, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("ServiceUnavailable", 503, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("ServerTimeout", 400, "", Transient, Reason.AZURE_UNAVAILABLE),
    # a code that nobody knows falls to its HTTP status
    ("Unheard", 200, "", Stalled, Reason.REFUSED),
    ("Unheard", 302, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("Unheard", 400, "", Stalled, Reason.REFUSED),
    ("Unheard", 401, "", Stalled, Reason.CREDENTIALS_INVALID),
    ("Unheard", 403, "", Stalled, Reason.ACCESS_DENIED),
    ("Unheard", 404, "", Waiting, Reason.WAITING_FOR_PARENT),
    ("Unheard", 405, "", Stalled, Reason.REFUSED),
    ("Unheard", 408, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("Unheard", 409, "", Conflict, Reason.AZURE_UNAVAILABLE),
    ("Unheard", 412, "", Conflict, Reason.AZURE_UNAVAILABLE),
    ("Unheard", 413, "", Stalled, Reason.REFUSED),
    ("Unheard", 422, "", Stalled, Reason.REFUSED),
    ("Unheard", 429, "", Throttled, Reason.THROTTLED),
    ("Unheard", 500, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("Unheard", 502, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("Unheard", 503, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("Unheard", 504, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("", 200, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("", 500, "", Transient, Reason.AZURE_UNAVAILABLE),
    ("", 409, "", Conflict, Reason.AZURE_UNAVAILABLE),
]


def envelope(code: str, message: str = "", **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}


def raised(body: object, *, status: int = 400, **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return fault(status, named, body, resource="tables/Contoso_CL")


@pytest.mark.parametrize(("code", "status", "message", "handled", "reason"), TABLE)
def test_each_code_is_handled_as_the_table_says(
    code: str, status: int, message: str, *, handled: type[Fault], reason: Reason
) -> None:
    found = raised(envelope(code, message), status=status)

    assert (type(found), found.reason) == (handled, reason)
    assert found.answer.status == status
    assert found.answer.code == code


@pytest.mark.parametrize("body", [envelope("Odd", "Bearer ey.J {} no."), "Bearer ey.J {} no."])
def test_a_token_that_azure_echoes_is_masked(body: object) -> None:
    assert "Bearer *** {} no." in raised(body).message


@pytest.mark.parametrize("row", [*CODES, *PHRASES, *STATUSES.values()], ids=lambda row: row.key)
def test_what_goes_by_itself_says_so(row: Any) -> None:
    by_itself = issubclass(row.fault, Transient | Conflict)

    assert ("again" in row.advice) is by_itself


@pytest.mark.parametrize("row", [*CODES, *PHRASES], ids=lambda row: row.key)
def test_every_row_of_the_code_is_in_the_table_above(row: Any) -> None:
    key = row.key.rstrip("*").lower()

    assert any(code.lower().startswith(key) or key in text.lower() for code, _, text, *_ in TABLE)


def details(*codes: str) -> dict[str, Any]:
    leaves = [{"code": code, "message": f"{code} says", "target": "flow"} for code in codes]
    return envelope("InvalidPayload", "Data collection rule is invalid", details=leaves)


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        (("InvalidOutputTable",), Reason.WAITING_FOR_TABLE),
        (("InvalidOutputTable", "InvalidOutputTable"), Reason.WAITING_FOR_TABLE),
        (("InvalidOutputTable", "InvalidTransformQuery"), Reason.REFUSED),
        (("InvalidStream", "InvalidOutputTable"), Reason.REFUSED),
        (("InvalidOutputTable", "NeverHeardOf"), Reason.REFUSED),
    ],
)
def test_waiting_for_a_table_ends_where_waiting_cannot_help(
    codes: tuple[str, ...], reason: Reason
) -> None:
    assert raised(details(*codes)).reason == reason


def test_the_sentence_that_says_what_is_wrong_is_in_the_message() -> None:
    found = raised(details("InvalidTransformQuery"))

    assert found.message == (
        "tables/Contoso_CL: Correct the flow's transformKql. Azure says: InvalidTransformQuery"
        " (flow): InvalidTransformQuery says"
    )


INNER = {"code": "AuthorizationFailed", "message": "no right to perform action 'x/read'"}


@pytest.mark.parametrize(
    "body",
    [
        {"error": INNER},
        INNER,
        {"Error": {"Code": INNER["code"], "Message": INNER["message"]}},
        json.dumps({"error": INNER}),
        {"error": json.dumps(INNER)},
        {"error": {"code": "BadRequest", "message": json.dumps({"error": INNER})}},
        {"error": {"code": "BadRequest", "message": "outer", "details": [{"error": INNER}]}},
        {"error": {"code": "BadRequest", "message": "outer", "innererror": INNER}},
        {"status": "Failed", "error": INNER},
    ],
)
def test_the_innermost_error_decides_in_any_envelope(body: object) -> None:
    found = raised(body, status=403)

    assert found.reason == Reason.ACCESS_DENIED
    assert "no right to perform action 'x/read'" in found.message
    assert "outer" not in found.message


@pytest.mark.parametrize("body", ["", "<html><h1>502</h1></html>", None, [], {}, "{not json", 7])
def test_a_body_that_says_nothing_falls_to_the_status(body: object) -> None:
    found = raised(body, status=502)

    assert isinstance(found, Transient)
    assert found.message.endswith("Azure answered 502 without a reason.")


def test_plain_text_is_quoted() -> None:
    assert raised("upstream\n  timed out", status=504).message.endswith(
        "Azure says: upstream timed out"
    )


def test_long_words_of_azure_are_cut() -> None:
    assert len(raised(envelope("Unheard", "x" * 5000)).message) < LIMIT + 200


def test_the_same_sentence_is_quoted_once() -> None:
    assert (
        raised(details("InvalidStream", "InvalidStream")).message.count("InvalidStream says") == 1
    )


def test_the_correlation_id_is_kept_for_support() -> None:
    assert raised({}, x_ms_correlation_request_id="1-2").answer.correlation_id == "1-2"


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"retry-after": "17"}, "", 17),
        ({"retry-after": "1.5"}, "", 1.5),
        ({"retry-after": "-3"}, "", None),
        ({"retry-after": "inf"}, "", None),
        (
            {
                "retry-after": "Tue, 24 Nov 2026 11:00:30 GMT",
                "date": "Tue, 24 Nov 2026 11:00:00 GMT",
            },
            "",
            30,
        ),
        ({"retry-after": "Tue, 24 Nov 2026 11:00:30 GMT"}, "", None),
        (
            {"retry-after": "Tue, 24 Nov 2026 11:00:30", "date": "Tue, 24 Nov 2026 11:01:00 GMT"},
            "",
            0,
        ),
        ({"retry-after": "soon"}, "", None),
        ({}, "The request can be retried in 14 seconds.", 14),
        ({}, "Please retry after 2 minutes.", 120),
        ({}, "Please try later.", None),
        ({"retry-after": "3"}, "can be retried in 14 seconds", 3),
    ],
)
def test_the_time_that_azure_names_is_kept(
    headers: dict[str, str], message: str, seconds: float | None
) -> None:
    found = fault(429, headers, envelope("RetryableError", message), resource="x")

    assert isinstance(found, Throttled)
    assert found.retry_after == seconds
