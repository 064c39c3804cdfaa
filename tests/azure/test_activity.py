"""The Activity Log: whose write counts, what is asked, and that it never fails anybody."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx
from azure.core.credentials import AccessToken

from controller.azure.activity import ActivityLog
from controller.azure.arm import ArmClient
from controller.azure.clouds import PUBLIC
from controller.azure.credentials import Tokens, always
from controller.azure.session import Session
from controller.model.activity import Author
from tests.azure.conftest import RULE

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SINCE = datetime(2026, 11, 24, 11, 50, tzinfo=UTC)
VALUES = "/subscriptions/s/providers/Microsoft.Insights/eventtypes/management/values"
OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
WRITE = "Microsoft.Insights/dataCollectionRules/write"


def entry(caller: str | None = "ann@contoso.com", minute: int = 55, **replaced: Any) -> Any:
    found = {
        "caller": caller,
        "claims": {OBJECT_ID: "anns-object-id", "appid": "portal"},
        "correlationId": "hers",
        "eventTimestamp": f"2026-11-24T11:{minute}:00.1234567Z",
        "operationName": {"value": WRITE},
        "status": {"value": "Succeeded"},
    }
    return {**found, **replaced}


def token(**claims: str) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.signature"


@pytest.fixture
async def session() -> AsyncIterator[Session]:
    async def fetch(scope: str) -> AccessToken:
        return AccessToken(token(appid="operator", oid="operators-object-id"), 9_999_999_999)

    async with Session(PUBLIC, Tokens(always(fetch))) as session:
        yield session


@pytest.fixture
def log(session: Session) -> ActivityLog:
    return ActivityLog(session, ArmClient(session), clock=lambda: NOW)


async def test_the_newest_write_is_told_with_caller_time_and_operation(
    log: ActivityLog, azure: respx.MockRouter
) -> None:
    entries = [entry("bob@contoso.com", 53), entry(), entry("eve@contoso.com", 51)]
    route = azure.get(VALUES).respond(json={"value": entries})

    author = await log.last_write(RULE, SINCE)

    assert author is not None
    assert (author.caller, author.operation) == ("ann@contoso.com", WRITE)
    assert author.time == datetime(2026, 11, 24, 11, 55, 0, 123456, tzinfo=UTC)
    assert dict(route.calls.last.request.url.params) == {
        "api-version": "2015-04-01",
        "$filter": "eventTimestamp ge '2026-11-24T11:50:00Z' and eventTimestamp le "
        f"'2026-11-24T12:00:00Z' and resourceUri eq '{RULE}'",
    }


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(entry(claims={OBJECT_ID: "operators-object-id"}), id="our principal"),
        pytest.param(entry(claims={"appid": "operator"}), id="our application"),
        pytest.param(entry(operationName={"value": "x/listKeys/action"}), id="no write"),
        pytest.param(entry(status={"value": "Failed"}), id="not carried out"),
        pytest.param(entry(status={"value": "Started"}), id="not known to be carried out"),
        pytest.param(entry(eventTimestamp="soon"), id="without a time"),
        pytest.param(entry(claims=None, status=None), id="of another shape"),
        pytest.param("text", id="no object"),
    ],
)
async def test_what_nobody_else_wrote_does_not_count(
    log: ActivityLog, azure: respx.MockRouter, other: Any
) -> None:
    azure.get(VALUES).respond(json={"value": [other]})

    assert await log.last_write(RULE, SINCE) is None


async def test_our_write_is_known_by_its_correlation_id(
    log: ActivityLog, session: Session, azure: respx.MockRouter
) -> None:
    """Also where a person's own account runs the operator."""
    azure.put(RULE).respond(200, headers={"x-ms-correlation-request-id": "hers"})
    azure.get(VALUES).respond(json={"value": [entry()]})

    assert await log.last_write(RULE, SINCE) is not None
    await session.request("PUT", RULE)
    assert await log.last_write(RULE, SINCE) is None


async def test_a_record_without_a_caller_still_tells_time_and_operation(
    log: ActivityLog, azure: respx.MockRouter
) -> None:
    azure.get(VALUES).respond(json={"value": [entry(None)]})

    author = await log.last_write(RULE, SINCE)

    assert author == Author("", datetime(2026, 11, 24, 11, 55, 0, 123456, tzinfo=UTC), WRITE)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(403, json={"error": {"code": "AuthorizationFailed", "message": "No."}}),
        httpx.Response(404, json={"error": {"code": "NotFound", "message": "No."}}),
        httpx.Response(400, json={"error": {"code": "BadRequest", "message": "No filter."}}),
        httpx.Response(429, headers={"Retry-After": "60"}),
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"value": None}),
        httpx.ConnectError("down"),
    ],
    ids=lambda answer: str(getattr(answer, "status_code", answer)),
)
async def test_a_log_that_cannot_be_read_tells_nothing_and_fails_nobody(
    log: ActivityLog, azure: respx.MockRouter, answer: httpx.Response | Exception
) -> None:
    azure.get(VALUES).mock(side_effect=[answer])

    assert await log.last_write(RULE, SINCE) is None


@pytest.mark.parametrize("opaque", ["opaque", "a.b.c", token(), "e30.W10.x"])
async def test_a_token_that_does_not_say_whose_it_is_is_enough(
    azure: respx.MockRouter, opaque: str
) -> None:
    async def fetch(scope: str) -> AccessToken:
        return AccessToken(opaque, 9_999_999_999)

    azure.get(VALUES).respond(json={"value": [entry(claims={})]})
    async with Session(PUBLIC, Tokens(always(fetch))) as session:
        log = ActivityLog(session, ArmClient(session), clock=lambda: NOW)
        assert await log.last_write(RULE, SINCE) is not None
