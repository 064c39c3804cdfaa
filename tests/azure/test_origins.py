"""No token goes to a host outside the cloud, nor to another path than the one that was checked.

Held at the HTTP edge: whatever an object, a record or an answer of Azure makes of a URL.
"""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from controller.azure.arm import ArmClient
from controller.azure.clouds import PUBLIC
from controller.azure.credentials import entra
from controller.azure.origins import check_origin
from controller.azure.session import Session
from controller.emulator.azure.faults import Fault as Stroke
from controller.emulator.azure.server import AzureEmulator
from controller.model.errors import Fault, Stalled
from controller.model.reasons import Reason
from tests.azure.conftest import CONNECTORS, RULE, TABLE
from tests.azure.test_emulator import by_secret, cloud_of

ELSEWHERE = (
    "https://evil.example/x",
    "https://evil.example:443/subscriptions/s",
    "http://management.azure.com/x",
    "https://management.azure.com:8443/x",
    "https://management.azure.com.evil.example/x",
    "https://management.azure.com@evil.example/x",
    "https://evil.example#@management.azure.com/x",
    "https://evil.example\\@management.azure.com/x",
    "https://token@management.azure.com/x",
    "https://management.azure.com%2eevil.example/x",
    "https://management\uff0eazure.com.evil.example/x",
    "https://api.loganalytics.azure.com/x",
    "//evil.example/x",
    "evil.example/x",
    "@evil.example/x",
    "file:///etc/passwd",
    "https:///x",
    "https://[::1]/x",
    "https://management.azure.com:99999999/x",
    "https://management.azure.com/a\r\nHost: evil.example",
)
"""what a next page or an operation may be said to be at"""
DETOURS = (
    "/subscriptions/s/../t",
    "/subscriptions/s/./t",
    "/subscriptions/s/..",
    "/subscriptions/s/%2e%2e/t",
    "/subscriptions/s/%2E./t",
    "/subscriptions/s/a%2fb",
    "/subscriptions/s/a%5cb",
    "/subscriptions/s/a\\b",
    "/subscriptions/s/a%252fb",
    "/subscriptions/s/a%00b",
    "/subscriptions/s/a\x01b",
    "/subscriptions/s/a%3fb",
    "/subscriptions/s/a%23b",
)
"""paths that somebody on the way may read as other ones"""


@pytest.fixture
def anywhere() -> Iterator[respx.Route]:
    """Every host of the world, ready to answer."""
    with respx.mock(assert_all_called=False) as router:
        yield router.route().respond(200, json={"value": []})


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_a_next_page_elsewhere_is_refused_by_its_fields_name(
    url: str, *, arm: ArmClient
) -> None:
    with respx.mock(assert_all_called=False) as router:
        first = router.get(f"{PUBLIC.arm}{CONNECTORS}").respond(
            200, json={"value": [], "nextLink": url}
        )
        anything = router.route().respond(200, json={"value": []})
        with pytest.raises(Stalled, match=r"^nextLink of dataConnectors") as caught:
            await arm.list(CONNECTORS)

    assert first.call_count == 1
    assert not anything.called
    assert caught.value.reason == Reason.REFUSED


@pytest.mark.parametrize("header", ["Azure-AsyncOperation", "Location"])
@pytest.mark.parametrize("url", [url for url in ELSEWHERE if url.isascii() and url.isprintable()])
async def test_an_operation_elsewhere_is_refused_by_its_headers_name(
    url: str, header: str, *, arm: ArmClient
) -> None:
    with respx.mock(assert_all_called=False) as router:
        router.put(f"{PUBLIC.arm}{TABLE}").respond(202, headers={header: url})
        anything = router.get().respond(200)
        with pytest.raises(Stalled, match=f"^{header} of tables/Contoso_CL"):
            await arm.put(TABLE, {})

    assert not anything.called


@pytest.mark.parametrize("path", DETOURS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_path_that_hides_another_is_not_sent(
    path: str, method: str, *, session: Session, anywhere: respx.Route
) -> None:
    with pytest.raises(Stalled, match=r"may mean another path|is no URL"):
        await session.request(method, path)

    assert not anywhere.called


async def test_a_path_that_begins_with_a_host_is_not_sent(
    session: Session, anywhere: respx.Route
) -> None:
    with pytest.raises(Stalled, match="empty name"):
        await session.request("GET", "//evil.example/x")

    assert not anywhere.called


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_a_fault_and_goes_nowhere(status: int, *, arm: ArmClient) -> None:
    with respx.mock(assert_all_called=False) as router:
        router.get(f"{PUBLIC.arm}{RULE}").respond(
            status, headers={"Location": "https://evil.example/x"}
        )
        anything = router.route().respond(200)
        with pytest.raises(Fault):
            await arm.get(RULE)

    assert not anything.called


async def test_a_redirect_of_entra_does_not_take_the_secret_along() -> None:
    """azure-identity signs in by itself, past our session."""
    callers: list[str] = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.append((await reader.readline()).decode())
        writer.close()

    async with (
        await asyncio.start_server(elsewhere, "127.0.0.1", 0) as server,
        AzureEmulator() as emulator,
    ):
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/token"
        emulator.faults.add(Stroke("token", method="POST", status=307, headers={"Location": url}))
        who = by_secret(emulator.azure.seed_walk_through())
        with pytest.raises(Fault):
            await entra(who, cloud_of(emulator))("https://management.azure.com/.default")

        assert any(request.status == 307 for request in emulator.requests)
    assert callers == []


@given(st.text(max_size=40), st.sampled_from(["", "/", "https://management.azure.com", "//", "@"]))
def test_what_passes_goes_to_the_cloud_and_to_the_path_that_was_checked(
    text: str, before: str
) -> None:
    url = f"{before}{text}"
    try:
        check_origin(url, PUBLIC.arm)
    except Stalled:
        return
    sent = httpx.Request("GET", url).url
    assert (sent.scheme, sent.host, sent.port) == ("https", "management.azure.com", None)
    assert ".." not in sent.path.split("/")
