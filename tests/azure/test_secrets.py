"""Neither a token nor a secret is in any log line, message, traceback or repr."""

import logging
import traceback
from collections.abc import Awaitable, Callable

import pytest
from azure.core.credentials import AccessToken

from controller.azure.arm import ArmClient
from controller.azure.credentials import Fetch, Tokens, always, entra
from controller.azure.inventory import InventoryClient
from controller.azure.logs import LogsClient
from controller.azure.session import Session
from controller.emulator.azure.faults import Fault as Stroke
from controller.emulator.azure.server import AzureEmulator
from controller.model.errors import Fault
from tests.azure.test_emulator import by_secret, cloud_of

LOUD = ("", "httpx", "httpcore", "azure", "azure.identity", "azure.core", "msal", "aiohttp")


def noting(fetch: Fetch, seen: list[str]) -> Fetch:
    async def noted(scope: str) -> AccessToken:
        token = await fetch(scope)
        seen.append(token.token)
        return token

    return noted


async def told(call: Callable[[], Awaitable[object]]) -> str:
    """All that a failing call shows."""
    try:
        return repr(await call())
    except Fault as fault:
        return "".join(traceback.format_exception(fault)) + repr(vars(fault))


@pytest.mark.parametrize(
    "stroke",
    [
        None,
        Stroke("subscriptions|/v1/", status=401),
        Stroke("subscriptions|/v1/", status=403),
        Stroke("subscriptions|/v1/", status=500),
        Stroke("subscriptions|/v1/", drop=True),
        Stroke("token", status=401),
        Stroke("token", status=500),
        Stroke("token", drop=True),
    ],
    ids=lambda stroke: str(stroke and (stroke.path, stroke.status)),
)
async def test_nothing_secret_is_shown(
    stroke: Stroke | None, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    async with AzureEmulator() as emulator:
        seed = emulator.azure.seed_walk_through()
        if stroke:
            emulator.faults.add(stroke)
        cloud, who = cloud_of(emulator), by_secret(seed)
        tokens = Tokens(always(noting(entra(who, cloud), seen)))
        async with Session(cloud, tokens) as session, InventoryClient(session) as inventory:
            for name in LOUD:
                caplog.set_level(logging.DEBUG, logger=name)
            names = (seed.subscription, seed.group, seed.workspace)
            shown = [
                await told(lambda: inventory.workspace(*names)),
                await told(lambda: ArmClient(session).get(seed.workspace_id)),
                await told(lambda: LogsClient(session).query(seed.customer_id, "print 1")),
                repr((session, tokens, inventory, who, cloud)),
            ]

    everything = caplog.text + "".join(repr(vars(r)) for r in caplog.records) + "".join(shown)
    assert emulator.requests
    assert seen or stroke
    for secret in (seed.operator.secret, *seen):
        assert secret not in everything
