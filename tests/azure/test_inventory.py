"""How often the inventory asks; what it says is tested against the emulator."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import respx

from controller.azure.inventory import PROVIDERS, PROVIDERS_KEPT, InventoryClient
from controller.azure.session import Session
from controller.model.errors import Throttled, Transient
from tests.azure.conftest import WORKSPACE

ONBOARDING = f"{WORKSPACE}/providers/Microsoft.SecurityInsights/onboardingStates/default"


class Clock:
    """Seconds that only a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def inventory(session: Session, clock: Clock) -> AsyncIterator[InventoryClient]:
    async with InventoryClient(session, clock=clock) as inventory:
        yield inventory


@pytest.fixture
def azure() -> respx.MockRouter:
    """Everything is there; the routes are named."""
    router = respx.MockRouter(base_url="https://management.azure.com", assert_all_called=False)
    for name in PROVIDERS:
        route = router.get(f"/subscriptions/s/providers/{name}", name=name)
        route.respond(json={"namespace": name, "registrationState": "Registered"})
    router.get("/subscriptions/s", name="subscription").respond(json={"tenantId": "tenant"})
    router.get(ONBOARDING, name="onboarding").respond(json={"name": "default"})
    workspace = {"location": "francecentral", "properties": {"customerId": "guid"}}
    router.get(WORKSPACE, name="workspace").respond(json=workspace)
    return router


async def ask(inventory: InventoryClient) -> None:
    place = await inventory.workspace("s", "sentinel-rg", "LogAnalytics1")
    assert (place.id, place.customer_id, place.tenant_id) == (WORKSPACE, "guid", "tenant")


async def test_connectors_that_ask_at_once_share_the_calls(
    inventory: InventoryClient, azure: respx.MockRouter
) -> None:
    with azure:
        await asyncio.gather(*(ask(inventory) for _ in range(20)))

        assert azure.calls.call_count == len(PROVIDERS) + 3


async def test_the_tenant_is_asked_for_once_and_registrations_rarely(
    inventory: InventoryClient, azure: respx.MockRouter, clock: Clock
) -> None:
    with azure:
        await ask(inventory)
        clock.now += PROVIDERS_KEPT - 1
        await ask(inventory)
        assert azure[PROVIDERS[0]].call_count == 1
        clock.now += 1
        await ask(inventory)

        assert azure[PROVIDERS[0]].call_count == 2
        assert azure["subscription"].call_count == 1
        assert azure["workspace"].call_count == 3


async def test_a_registration_under_way_is_enough(
    inventory: InventoryClient, azure: respx.MockRouter
) -> None:
    azure[PROVIDERS[1]].respond(json={"registrationState": "Registering"})

    with azure:
        await ask(inventory)


@pytest.mark.parametrize("name", [PROVIDERS[0], "workspace", "onboarding", "subscription"])
async def test_an_azure_that_does_not_serve_is_no_missing_place(
    name: str, *, inventory: InventoryClient, azure: respx.MockRouter
) -> None:
    """Nor is it tried again here: that is the loop's business."""
    azure[name].respond(503)

    with azure:
        with pytest.raises(Transient):
            await ask(inventory)

        assert azure[name].call_count == 1


async def test_throttling_tells_when_to_come_back(
    inventory: InventoryClient, azure: respx.MockRouter
) -> None:
    azure["workspace"].respond(429, headers={"retry-after": "11"})

    with azure, pytest.raises(Throttled) as caught:
        await ask(inventory)

    assert caught.value.retry_after == 11
