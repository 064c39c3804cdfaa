"""The HTTP session: credentials are fresh, every failure is an ApiError, no token is told."""

import httpx
import kopf
import pytest
import respx

from controller.kube.api import CREDENTIALS_AGE, Api, ApiError, Call
from controller.kube.login import NoAccess
from tests.kube.conftest import SERVER

PING = Call("GET", "/version")


class Tokens:
    """A login that gives another token at each call."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> kopf.ConnectionInfo:
        self.count += 1
        return kopf.ConnectionInfo(server=SERVER, token=f"secret-{self.count}")


def sent_tokens(server: respx.MockRouter) -> list[str]:
    return [call.request.headers["Authorization"] for call in server.calls]


async def test_the_credentials_are_read_again_after_a_minute(server: respx.MockRouter) -> None:
    server.get("/version").respond(json={})
    now = 0.0
    async with Api(Tokens(), clock=lambda: now) as api:
        await api.send(PING)
        now = CREDENTIALS_AGE - 1
        await api.send(PING)
        now = CREDENTIALS_AGE
        await api.send(PING)

    assert sent_tokens(server) == ["Bearer secret-1", "Bearer secret-1", "Bearer secret-2"]


async def test_a_401_reads_the_credentials_and_tries_once_more(server: respx.MockRouter) -> None:
    server.get("/version").mock(side_effect=[httpx.Response(401), httpx.Response(200, json={})])
    async with Api(Tokens()) as api:
        await api.send(PING)

    assert sent_tokens(server) == ["Bearer secret-1", "Bearer secret-2"]


async def test_a_second_401_is_an_error_that_shows_no_token(server: respx.MockRouter) -> None:
    server.get("/version").respond(401, json={"kind": "Status", "message": "Unauthorized"})
    async with Api(Tokens()) as api:
        with pytest.raises(ApiError) as caught:
            await api.send(PING)

    assert caught.value.status == 401
    assert str(caught.value) == "Kubernetes GET /version: 401 Unauthorized"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 422, 429, 500, 503])
async def test_a_refusal_carries_the_servers_status_and_reason(
    api: Api, server: respx.MockRouter, status: int
) -> None:
    told = {"kind": "Status", "reason": "SomeReason", "message": "it is so"}
    server.get("/version").respond(status, json=told)

    with pytest.raises(ApiError, match=f"{status} it is so") as caught:
        await api.send(PING)

    assert (caught.value.status, caught.value.reason) == (status, "SomeReason")


@pytest.mark.parametrize("answer", [httpx.Response(502, text="<b>gate</b>"), httpx.Response(502)])
async def test_a_proxys_page_is_not_repeated(
    api: Api, server: respx.MockRouter, answer: httpx.Response
) -> None:
    server.get("/version").mock(return_value=answer)

    with pytest.raises(ApiError) as caught:
        await api.send(PING)

    assert str(caught.value) == "Kubernetes GET /version: 502 Bad Gateway"


@pytest.mark.parametrize("failure", [httpx.ConnectError("refused"), httpx.ReadTimeout("")])
async def test_silence_is_an_error_of_status_0(
    api: Api, server: respx.MockRouter, failure: httpx.TransportError
) -> None:
    server.get("/version").mock(side_effect=failure)

    with pytest.raises(ApiError) as caught:
        await api.send(PING)

    assert caught.value.status == 0


async def test_an_answer_that_is_no_json_is_an_error(api: Api, server: respx.MockRouter) -> None:
    server.get("/version").respond(200, text="hello")

    with pytest.raises(ApiError, match="no JSON object"):
        await api.send(PING)


@pytest.mark.parametrize("status", [301, 307, 308])
async def test_a_redirect_is_an_error_and_the_token_stays(status: int, *, api: Api) -> None:
    with respx.mock(assert_all_called=False) as router:
        router.get(f"{SERVER}/version").respond(
            status, headers={"Location": "https://evil.example"}
        )
        anything = router.route().respond(200, json={})
        with pytest.raises(ApiError):
            await api.send(PING)

    assert not anything.called


async def test_credentials_that_vanished_are_an_error_of_status_0(
    server: respx.MockRouter,
) -> None:
    server.get("/version").respond(401)

    def login() -> kopf.ConnectionInfo:
        if server.calls:
            raise NoAccess("No kubeconfig.")
        return kopf.ConnectionInfo(server=SERVER)

    async with Api(login) as api:
        with pytest.raises(ApiError, match="No kubeconfig") as caught:
            await api.send(PING)

    assert (caught.value.status, caught.value.reason) == (0, "NoAccess")
