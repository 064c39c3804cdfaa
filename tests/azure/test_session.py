"""What every request of ours carries, what is retried, and what is logged."""

import asyncio
import inspect
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import respx
import trustme

from controller.azure import session as module
from controller.azure.clouds import PUBLIC, Cloud, parse
from controller.azure.credentials import Tokens
from controller.azure.session import CONCURRENCY, FAILURES, Service, Session, Sources, trust
from controller.model.errors import Stalled, Transient
from controller.model.reasons import Reason
from tests.azure.conftest import RULE, TABLE


async def test_a_request_carries_token_request_id_and_name(
    tokens: Tokens, azure: respx.MockRouter
) -> None:
    route = azure.get(TABLE).respond(200)
    async with Session(PUBLIC, tokens, sources=Sources(request_id=lambda: "id-1")) as session:
        await session.request("GET", TABLE)

    headers = route.calls.last.request.headers
    assert headers["authorization"] == "Bearer token-0"
    assert headers["x-ms-client-request-id"] == "id-1"
    assert headers["user-agent"].startswith("contoso-connector-operator")


async def test_each_service_gets_its_own_scope(session: Session, tokens: Tokens) -> None:
    scopes: list[str] = []
    given = tokens.token

    async def noting(scope: str) -> object:
        scopes.append(scope)
        return await given(scope)

    tokens.token = noting  # type: ignore[method-assign,assignment] # listens in
    with respx.mock:
        respx.get(f"{PUBLIC.arm}/x").respond(200)
        respx.post(f"{PUBLIC.logs}/x").respond(200)
        await session.request("GET", "/x")
        await session.request("POST", "/x", service=Service.LOGS)

    assert scopes == [PUBLIC.arm_scope, PUBLIC.logs_scope]


@pytest.mark.parametrize(
    "url",
    [
        "https://management.azure.com.evil.example/x",
        "http://management.azure.com/x",
        "https://management.azure.com:8443/x",
        "https://api.loganalytics.azure.com/x",
    ],
)
async def test_no_token_leaves_for_another_origin(session: Session, url: str) -> None:
    with respx.mock(assert_all_called=False) as router:
        anything = router.route().respond(200)
        with pytest.raises(Stalled, match="no token is sent there") as caught:
            await session.request("GET", url)

    assert not anything.called
    assert caught.value.reason == Reason.REFUSED


async def test_a_redirect_is_an_answer_and_not_followed(session: Session) -> None:
    with respx.mock as router:
        router.get(f"{PUBLIC.arm}{TABLE}").respond(
            307, headers={"Location": "https://evil.example"}
        )
        answer = await session.request("GET", TABLE)

    assert answer.status_code == 307


async def test_a_refused_token_is_replaced_once(session: Session, azure: respx.MockRouter) -> None:
    route = azure.get(TABLE)
    route.side_effect = [httpx.Response(401), httpx.Response(200)]

    assert (await session.request("GET", TABLE)).status_code == 200
    sent = [call.request.headers["authorization"] for call in route.calls]
    assert sent == ["Bearer token-0", "Bearer token-1"]


async def test_a_second_refusal_is_the_answer(session: Session, azure: respx.MockRouter) -> None:
    route = azure.get(TABLE).respond(401)

    assert (await session.request("GET", TABLE)).status_code == 401
    assert route.call_count == 2


def _raisable() -> list[Callable[..., Exception]]:
    return [
        found
        for _, found in inspect.getmembers(httpx, inspect.isclass)
        if issubclass(found, Exception)
    ]


def _instance(kind: Callable[..., Exception]) -> Exception:
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("GET", "https://x")
        return httpx.HTTPStatusError("no", request=request, response=httpx.Response(500))
    wanted = inspect.signature(kind).parameters
    return kind("Bearer token-0") if "message" in wanted else kind()


@pytest.mark.parametrize("kind", _raisable(), ids=lambda kind: kind.__name__)
async def test_every_failure_of_httpx_is_no_answer(
    kind: Callable[..., Exception], *, session: Session, azure: respx.MockRouter
) -> None:
    """None escapes, and what they quote is not repeated: it may be a header."""
    azure.put(TABLE).mock(side_effect=_instance(kind))

    with pytest.raises(Transient) as caught:
        await session.request("PUT", TABLE, json={})

    assert caught.value.reason == Reason.AZURE_UNAVAILABLE
    assert caught.value.message.startswith("PUT tables/Contoso_CL: ")
    assert caught.value.__suppress_context__
    assert caught.value.answer.status == 0
    if kind is not httpx.ConnectError:
        assert "token-0" not in caught.value.message


def test_the_failures_caught_are_no_wider_than_httpx() -> None:
    assert all(kind.__module__.startswith("httpx") for kind in FAILURES)


async def test_arm_is_asked_so_much_at_a_time_and_no_more(
    session: Session, azure: respx.MockRouter
) -> None:
    running = 0
    full = asyncio.Event()
    go_on = asyncio.Event()

    async def answer(_: httpx.Request) -> httpx.Response:
        nonlocal running
        running += 1
        if running == CONCURRENCY[Service.ARM]:
            full.set()
        await go_on.wait()
        return httpx.Response(200)

    azure.get(TABLE).mock(side_effect=answer)
    asked = [asyncio.create_task(session.request("GET", TABLE)) for _ in range(20)]
    await full.wait()
    assert running == CONCURRENCY[Service.ARM]
    go_on.set()
    await asyncio.gather(*asked)
    assert running == 20


async def test_a_call_is_one_line_with_its_fields(
    tokens: Tokens, azure: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    azure.get(TABLE).respond(200, headers={"x-ms-correlation-request-id": "c-1"})
    ticks = iter([10.0, 10.25])
    sources = Sources(now=lambda: 0.0, elapsed=lambda: next(ticks))
    with caplog.at_level(logging.DEBUG):
        async with Session(PUBLIC, tokens, sources=sources) as session:
            await session.request("GET", f"{TABLE}?t=certificate")

    (record,) = [r for r in caplog.records if r.name == module.__name__]
    said = {key: vars(record)[key] for key in ("method", "resource", "status", "milliseconds")}
    assert said == {"method": "GET", "resource": TABLE, "status": 200, "milliseconds": 250}
    assert vars(record)["correlation_id"] == "c-1"
    assert vars(record)["started"] == "1970-01-01T00:00:00+00:00"
    assert "certificate" not in caplog.text


async def test_the_log_shows_two_writes_in_flight_together(
    session: Session, azure: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    both = asyncio.Barrier(2)

    async def answer(_: httpx.Request) -> httpx.Response:
        await both.wait()
        return httpx.Response(200)

    azure.put(url__startswith=PUBLIC.arm).mock(side_effect=answer)
    with caplog.at_level(logging.INFO):
        await asyncio.gather(
            session.request("PUT", TABLE, json={}), session.request("PUT", RULE, json={})
        )

    lines = [record.getMessage() for record in caplog.records]
    assert [("begins" in line) for line in lines] == [True, True, False, False]


async def test_a_call_without_an_answer_is_a_warning(
    session: Session, azure: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    azure.get(TABLE).mock(side_effect=httpx.ReadTimeout)

    with pytest.raises(Transient, match="no answer within 30 seconds"):
        await session.request("GET", TABLE)

    assert f"GET {TABLE} got no answer: ReadTimeout" in caplog.text


async def test_no_library_prints_urls_into_the_log(
    session: Session, azure: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    azure.get(TABLE).respond(200)
    with caplog.at_level(logging.DEBUG):
        await session.request("GET", f"{TABLE}?s=signature")

    assert {record.name for record in caplog.records} == {module.__name__}
    assert "signature" not in caplog.text


def test_a_bare_source_tree_has_a_name_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKAGE", "not-installed")

    assert module.user_agent() == "not-installed"


def test_identities_of_one_cloud_share_what_it_costs_to_trust_it(tmp_path: Path) -> None:
    pem = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(pem))
    own = replace(PUBLIC, ca_file=pem)

    assert trust(PUBLIC) is trust(replace(PUBLIC))
    assert trust(own) is trust(replace(own))
    assert trust(own) is not trust(PUBLIC)


def test_an_authority_that_was_renewed_is_trusted_from_then_on(tmp_path: Path) -> None:
    pem = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(pem))
    own = replace(PUBLIC, ca_file=pem)
    before = trust(own)

    trustme.CA().cert_pem.write_to_path(str(pem))

    assert trust(own) is not before


def test_a_cloud_with_its_own_authority_trusts_only_that(tmp_path: Path) -> None:
    pem = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(pem))
    cloud = parse({**_document(PUBLIC), "caFile": str(pem)})

    assert len(trust(cloud).get_ca_certs()) == 1
    assert len(trust(PUBLIC).get_ca_certs()) > 1


def _document(cloud: Cloud) -> dict[str, str]:
    return {
        "name": cloud.name,
        "authority": cloud.authority,
        "arm": cloud.arm,
        "armScope": cloud.arm_scope,
        "logs": cloud.logs,
        "logsScope": cloud.logs_scope,
        "ingestScope": cloud.ingest_scope,
    }
