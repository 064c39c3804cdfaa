"""/metrics and /readyz over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.telemetry import pages as module
from controller.telemetry.metrics import Metrics
from controller.telemetry.pages import pages

LOOPBACK = "127.0.0.1"


async def well() -> None:
    """All is well."""


async def badly() -> None:
    raise Stalled(Reason.CREDENTIALS_INVALID, "Entra ID gave no token.")


async def leaking() -> None:
    raise ValueError("it was sent Bearer s3cret")


async def never() -> None:
    await asyncio.Event().wait()


async def got(path: str, *checks: Callable[[], Awaitable[object]]) -> tuple[int, str, str]:
    named = {check.__name__: check for check in checks}
    async with (
        pages(0, Metrics("1"), named, host=LOOPBACK) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://{LOOPBACK}:{port}{path}") as answer,
    ):
        return answer.status, answer.headers["Content-Type"], await answer.text()


async def test_metrics_are_served_as_prometheus_wants_them() -> None:
    status, media_type, text = await got("/metrics")
    assert (status, media_type.partition(";")[0]) == (200, "text/plain")
    assert 'contoso_connector_build_info{version="1"} 1.0' in text.splitlines()


async def test_ready_is_who_passes_every_check() -> None:
    assert (await got("/readyz", well))[0] == 200
    status, _, text = await got("/readyz", well, badly)
    assert status == 503
    assert "Entra ID gave no token." in text


async def test_a_check_shows_no_token_that_its_sentence_holds() -> None:
    _, _, text = await got("/readyz", leaking)
    assert "Bearer ***" in text
    assert "s3cret" not in text


async def test_two_pages_are_served_and_nothing_is_taken() -> None:
    async with (
        pages(0, Metrics("1"), {}, host=LOOPBACK) as port,
        aiohttp.ClientSession(f"http://{LOOPBACK}:{port}") as session,
    ):
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            for path in ("/metrics", "/readyz", "/", "/debug", "/healthz"):
                async with session.request(method, path, data=b"x" * 10) as answer:
                    served = method == "GET" and path in ("/metrics", "/readyz")
                    assert (answer.status == 200) is served, (method, path)


async def test_a_check_without_an_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    status, _, text = await got("/readyz", never)
    assert (status, "no answer within" in text) == (503, True)
