"""What the emulated Azure holds: resources by id, the directory, registrations, denials.

Keeps and finds; what a write means is decided by the route of its kind. No network here.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from controller.emulator.azure.answers import Json, Principal
from controller.emulator.azure.entra import Application, Entra
from controller.emulator.azure.logs import Logs
from controller.emulator.azure.options import Options
from controller.emulator.azure.targets import WORKSPACE, target, under
from controller.emulator.azure.versions import VERSIONS

Clock = Callable[[], datetime]
NewId = Callable[[], uuid.UUID]
PROVIDERS = ("Microsoft.Insights", "Microsoft.OperationalInsights", "Microsoft.SecurityInsights")
ONBOARDING = "microsoft.securityinsights/onboardingstates"


@dataclass
class Resource:
    """`id` as it is served, `type` in lower case, `body` what GET answers; `private` is what we
    remember beside it (JSON values only, it goes into the state file)."""

    id: str
    type: str
    body: Json
    created: str
    private: Json = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.id.lower()


@dataclass(frozen=True)
class WalkThrough:
    """The names and credentials that `seed_walk_through` has made."""

    tenant: str
    subscription: str
    group: str
    workspace: str
    workspace_id: str
    customer_id: str
    location: str
    operator: Application
    push: Application


class Azure:
    """The whole store. Tests seed and read it directly; routes go through the same methods."""

    def __init__(self, clock: Clock, options: Options, new_id: NewId = uuid.uuid4) -> None:
        self.clock = clock
        self.options = options
        self.new_id = new_id
        self.entra = Entra(clock)
        self.logs = Logs(clock)
        self.ingestion_base = "https://127.0.0.1"
        self.versions = dict(VERSIONS)
        self.registered: dict[str, set[str]] = {}
        self.suffixes: dict[str, str] = {}
        self.immutable_ids: dict[str, str] = {}
        self.operations: dict[str, Json] = {}
        self.placed: set[str] = set()
        self.activity: list[Json] = []
        self._by_type: dict[str, dict[str, Resource]] = {}
        self._denied: list[tuple[str, re.Pattern[str]]] = []

    # Resources

    def get(self, id_: str) -> Resource | None:
        key = id_.lower()
        return self._by_type.get(target(key).type, {}).get(key)

    def put(self, resource: Resource) -> None:
        self._by_type.setdefault(resource.type, {})[resource.key] = resource

    def delete(self, id_: str) -> bool:
        """Remove a resource and all that lies below it; True when it existed."""
        found = self.get(id_) is not None
        for resources in self._by_type.values():
            for key in [key for key in resources if under(id_, key)]:
                del resources[key]
        return found

    def of_type(self, type_: str, *, scope: str = "") -> Iterator[Resource]:
        """Resources of a lower-case type below a scope ("" is everywhere), oldest first."""
        prefix = scope.lower().rstrip("/") + "/"
        for key, resource in self._by_type.get(type_, {}).items():
            if key.startswith(prefix):
                yield resource

    def all(self) -> Iterator[Resource]:
        for resources in self._by_type.values():
            yield from resources.values()

    def workspace(self, path: str) -> Resource | None:
        """The workspace in whose tree `path` lies."""
        return self.get(target(path).workspace_path or path)

    def by_customer_id(self, customer_id: str) -> Resource | None:
        for workspace in self.of_type(WORKSPACE):
            if workspace.body["properties"]["customerId"] == customer_id.lower():
                return workspace
        return None

    def onboarded(self, workspace_id: str) -> bool:
        return any(self.of_type(ONBOARDING, scope=workspace_id))

    # Time and names

    def stamp(self) -> str:
        return timestamp(self.clock())

    def etag(self) -> str:
        """An etag as Azure writes it, with the quotes inside."""
        parts = self.new_id().hex
        return f'"{parts[:8]}-0000-0100-0000-{parts[8:16]}"'

    def host(self, name: str, location: str) -> str:
        """`contososecurityalertsdce-tw4s.francecentral-1`: four characters nobody can compute."""
        suffix = self.suffixes.pop(name.lower(), None) or self.new_id().hex[:4]
        return f"{name.lower()}-{suffix}.{location}-1"

    def immutable_id(self, name: str, prefix: str) -> str:
        """`dcr-<32 hex>`, new each time unless the seed has laid one by."""
        return self.immutable_ids.pop(name.lower(), None) or f"{prefix}-{self.new_id().hex}"

    # Rights

    def deny(self, principal: str, pattern: str) -> None:
        """From now on the principal (client or object id) gets AuthorizationFailed wherever the
        expression is found in "<action> <path>", for example "dataCollectionRules/write"."""
        self._denied.append((principal.lower(), re.compile(pattern, re.IGNORECASE)))

    def allow(self, principal: str) -> None:
        """Lift all denials of a principal."""
        self._denied = [row for row in self._denied if row[0] != principal.lower()]

    def denies(self, principal: Principal, action: str, path: str) -> bool:
        application = self.entra.application_of(principal)
        if application is None or not application.arm:
            return True
        names = (principal.app_id.lower(), principal.object_id.lower())
        return any(
            who in names and pattern.search(f"{action} {path}") for who, pattern in self._denied
        )

    # Seeds

    def add_subscription(self, subscription: str, tenant: str, name: str = "Emulated") -> None:
        """A subscription with the three providers registered."""
        body: Json = {
            "id": f"/subscriptions/{subscription}",
            "subscriptionId": subscription,
            "tenantId": tenant,
            "displayName": name,
            "state": "Enabled",
            "authorizationSource": "RoleBased",
            "subscriptionPolicies": {
                "locationPlacementId": "Public_2014-09-01",
                "quotaId": "PayAsYouGo_2014-09-01",
                "spendingLimit": "Off",
            },
            "managedByTenants": [],
        }
        self.put(Resource(body["id"], "subscriptions", body, self.stamp()))
        self.registered.setdefault(subscription.lower(), {name.lower() for name in PROVIDERS})

    def unregister(self, subscription: str, namespace: str) -> None:
        """Take a provider's registration away; the register call brings it back."""
        self.registered[subscription.lower()].discard(namespace.lower())

    def add_resource_group(self, subscription: str, name: str, location: str) -> None:
        id_ = f"/subscriptions/{subscription}/resourceGroups/{name}"
        body: Json = {
            "id": id_,
            "name": name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": location,
            "properties": {"provisioningState": "Succeeded"},
        }
        self.put(Resource(id_, "resourcegroups", body, self.stamp()))

    def add_workspace(
        self, subscription: str, group: str, *, name: str, location: str, onboarded: bool = True
    ) -> Resource:
        """A Log Analytics workspace; its group must exist. Its customerId is in the body. One that
        exists is returned as it is."""
        id_ = (
            f"/subscriptions/{subscription}/resourceGroups/{group}"
            f"/providers/Microsoft.OperationalInsights/workspaces/{name}"
        )
        if (present := self.get(id_)) is not None:
            return present
        now = self.stamp()
        body: Json = {
            "properties": {
                "customerId": str(self.new_id()),
                "provisioningState": "Succeeded",
                "sku": {"name": "PerGB2018", "lastSkuUpdate": now},
                "retentionInDays": 30,
                "features": {"enableLogAccessUsingOnlyResourcePermissions": True},
                "publicNetworkAccessForIngestion": "Enabled",
                "publicNetworkAccessForQuery": "Enabled",
                "createdDate": now,
                "modifiedDate": now,
            },
            "location": location,
            "id": id_,
            "name": name,
            "type": "Microsoft.OperationalInsights/workspaces",
            "etag": self.etag(),
        }
        workspace = Resource(id_, WORKSPACE, body, now)
        self.put(workspace)
        if onboarded:
            self.onboard(id_)
        return workspace

    def onboard(self, workspace_id: str) -> None:
        """Turn Microsoft Sentinel on in a workspace."""
        id_ = f"{workspace_id}/providers/Microsoft.SecurityInsights/onboardingStates/default"
        body: Json = {
            "properties": {},
            "id": id_,
            "name": "default",
            "type": "Microsoft.SecurityInsights/onboardingStates",
            "systemData": {},
        }
        self.put(Resource(id_, ONBOARDING, body, self.stamp()))

    def seed_walk_through(self) -> WalkThrough:
        """The walk-through's subscription, workspace and push application, and an operator with all
        rights. The first endpoint and rule of its names get the walk-through's suffix and id. What
        a state file has brought back stays as it is."""
        subscription, group = "74c5f87b-c853-4d0f-8ec5-c8cc00ca8761", "sentinel-rg"
        tenant, location = "9a1ee1e2-0c85-4f0e-9d1f-6a5b8f3f0c11", "francecentral"
        self.add_subscription(subscription, tenant, "Contoso Security")
        self.add_resource_group(subscription, group, location)
        workspace = self.add_workspace(subscription, group, name="LogAnalytics1", location=location)
        operator = _operator(tenant, self.new_id().hex)
        push = _push_application(tenant, self.new_id().hex)
        operator, push = self.entra.ensure(operator), self.entra.ensure(push)
        self.suffixes["contososecurityalertsdce"] = "tw4s"
        self.immutable_ids["contososecurityalertspushdcr"] = "dcr-f113d68d2a3244ddbb3d785041fd93b8"
        return WalkThrough(
            tenant=tenant,
            subscription=subscription,
            group=group,
            workspace="LogAnalytics1",
            workspace_id=workspace.id,
            customer_id=workspace.body["properties"]["customerId"],
            location=location,
            operator=operator,
            push=push,
        )


def _operator(tenant: str, secret: str) -> Application:
    return Application(
        tenant,
        "5d3ce6b1-9c4e-4f0a-8f35-2b1f0a7f6c02",
        "e2b5c1d4-7a60-4c8b-9b0e-3f4d5a6b7c03",
        display_name="contoso-connector-operator",
        secret=secret,
        subjects=("system:serviceaccount:contoso-connector:contoso-connector-operator",),
    )


def _push_application(tenant: str, secret: str) -> Application:
    return Application(
        tenant,
        "fd63552b-4f92-42d8-8333-69006c44b4d9",
        "c87ef7c8-81f7-49ac-a2c1-128e67e0122b",
        display_name="Contoso Security Alerts Push Connector Application",
        secret=secret,
        arm=False,
    )


def timestamp(moment: datetime) -> str:
    """Seven fractional digits, as Azure writes times."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0Z"
