"""Whether the place that a connector goes to is ready for it: providers, workspace, Sentinel.

By azure-mgmt-resource, whose calls go through our one session. Writes nothing: it registers no
provider and onboards no workspace.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from azure.mgmt.resource.resources.aio import ResourceManagementClient

from controller.azure.bridge import OverSession
from controller.azure.flights import Flights
from controller.azure.ids import resource_type
from controller.azure.session import Session
from controller.azure.versions import VERSIONS
from controller.model.errors import Fault, Stalled
from controller.model.reasons import Reason
from controller.model.resource import Workspace

PROVIDERS = ("Microsoft.OperationalInsights", "Microsoft.Insights", "Microsoft.SecurityInsights")
USABLE = frozenset({"registered", "registering"})
"""a provider can be used while it is still being registered in further regions"""
PROVIDERS_KEPT = 600.0
"""seconds that registered providers of a subscription are not asked for again"""


class InventoryClient:
    """`model.resource.Inventory` over one session."""

    def __init__(self, session: Session, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._transport = OverSession(session)
        self._clock = clock
        self._clients: dict[str, ResourceManagementClient] = {}
        self._registered: dict[str, float] = {}
        self._tenants: dict[str, str] = {}
        self._places: Flights[Workspace] = Flights()
        self._askings: Flights[Any] = Flights()

    async def workspace(self, subscription_id: str, resource_group: str, name: str) -> Workspace:
        """The workspace, if it can take a connector.

        Raises Stalled with ProviderNotRegistered, WorkspaceNotFound, SentinelNotOnboarded,
        AccessDenied; Transient when Azure does not answer.
        """
        place = _Place(subscription_id, resource_group, name)
        return await self._places.share(place.path.lower(), lambda: self._look(place))

    async def close(self) -> None:
        """Ends the calls in the air; the session is its owner's."""
        await self._places.close()
        await self._askings.close()

    async def __aenter__(self) -> "InventoryClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _look(self, place: "_Place") -> Workspace:
        subscription = place.subscription_id
        answers: tuple[Any, ...] = await asyncio.gather(
            self._askings.share(("providers", subscription), lambda: self._providers(subscription)),
            self._workspace(place),
            self._onboarded(place),
            self._askings.share(("tenant", subscription), lambda: self._tenant(subscription)),
            return_exceptions=True,
        )
        for answer in answers:
            # in this order: a missing provider explains a missing workspace, and so on
            if isinstance(answer, BaseException):
                raise place.named(answer)
        _, resource, _, tenant_id = answers
        return Workspace(
            id=place.path,
            location=resource["location"],
            customer_id=resource["properties"]["customerId"],
            tenant_id=tenant_id,
        )

    async def _providers(self, subscription_id: str) -> None:
        seen = self._registered.get(subscription_id)
        if seen is not None and self._clock() - seen < PROVIDERS_KEPT:
            return
        client = self._client(subscription_id)
        states = await asyncio.gather(*(_registration(client, name) for name in PROVIDERS))
        for name, state in zip(PROVIDERS, states, strict=True):
            if state.lower() not in USABLE:
                raise Stalled(
                    Reason.PROVIDER_NOT_REGISTERED,
                    f"The resource provider {name} is {state} in subscription {subscription_id}."
                    f" Register it: az provider register --namespace {name}"
                    f" --subscription {subscription_id}",
                )
        self._registered[subscription_id] = self._clock()

    async def _workspace(self, place: "_Place") -> Any:
        try:
            return await self._get(place.subscription_id, place.path)
        except Fault as fault:
            # a workspace has no other parent than its resource group: not there is not there
            if fault.answer.status != 404:
                raise
            raise Stalled(Reason.WORKSPACE_NOT_FOUND, fault.message, answer=fault.answer) from fault

    async def _onboarded(self, place: "_Place") -> None:
        path = f"{place.path}/providers/Microsoft.SecurityInsights/onboardingStates/default"
        try:
            await self._get(place.subscription_id, path)
        except Fault as fault:
            if fault.answer.status != 404:
                raise
            raise Stalled(
                Reason.SENTINEL_NOT_ONBOARDED,
                f"The workspace {place.name} has no Microsoft Sentinel. Add it in the portal, or"
                " PUT onboardingStates/default of the workspace.",
                answer=fault.answer,
            ) from fault

    async def _tenant(self, subscription_id: str) -> str:
        if subscription_id not in self._tenants:
            found = await self._get(subscription_id, f"/subscriptions/{subscription_id}")
            self._tenants[subscription_id] = found["tenantId"]
        return self._tenants[subscription_id]

    async def _get(self, subscription_id: str, path: str) -> Any:
        version = VERSIONS[resource_type(path)][0]
        client = self._client(subscription_id)
        return await client.resources.get_by_id(path.removeprefix("/"), api_version=version)

    def _client(self, subscription_id: str) -> ResourceManagementClient:
        if subscription_id not in self._clients:
            cloud = self._session.cloud
            # no policies: token, limits, log and faults are the session's; a retry or an automatic
            # registration of providers would be a decision that is ours
            self._clients[subscription_id] = ResourceManagementClient(
                self._session.tokens,
                subscription_id,
                base_url=cloud.arm,
                credential_scopes=[cloud.arm_scope],
                policies=[],
                transport=self._transport,
            )
        return self._clients[subscription_id]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a connector goes, as its spec names it."""

    subscription_id: str
    resource_group: str
    name: str

    @property
    def path(self) -> str:
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.OperationalInsights/workspaces/{self.name}"
        )

    def named(self, error: BaseException) -> BaseException:
        """The same error; one about the place names all three parts of it."""
        if not isinstance(error, Fault) or error.reason != Reason.WORKSPACE_NOT_FOUND:
            return error
        return Stalled(
            Reason.WORKSPACE_NOT_FOUND,
            f"There is no workspace {self.name} in resource group {self.resource_group} of"
            f" subscription {self.subscription_id}, or the operator may not see it. Create it, or"
            f" correct spec.workspace. ({error.message})",
            answer=error.answer,
        )


async def _registration(client: ResourceManagementClient, name: str) -> str:
    try:
        provider = await client.providers.get(name)
    except Fault as fault:
        if fault.reason != Reason.ACCESS_DENIED:
            raise
        # who may not look at providers may still be given all that a connector needs
        return "registered"
    return provider.registration_state or "unknown"
