"""For each reason how it comes about, in the emulated Azure or in the object, and how it ends.

Nothing is constructed: the real reconciler meets the cause, says the reason, and says another one
once the cause is gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from controller.config import Grant, Who
from controller.emulator.azure import Fault, Options, Request
from controller.model.connector import APPROVED_PLAN, CONFIRM_TABLE_DELETION
from controller.model.reasons import Reason
from controller.model.resource import Inventory, Workspace
from controller.reconcile.reach import granted
from tests.e2e.harness import CONTOSO, manifest
from tests.e2e.life import Life

GROUP = "/subscriptions/74c5f87b-c853-4d0f-8ec5-c8cc00ca8761/resourceGroups/sentinel-rg"
WORKSPACE = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/LogAnalytics1"
SENTINEL = f"{WORKSPACE}/providers/Microsoft.SecurityInsights"
TABLE = f"{WORKSPACE}/tables/ContosoSecurityAlerts_CL"
RULE = f"{GROUP}/providers/Microsoft.Insights/dataCollectionRules/ContosoSecurityAlertsPushDCR"
ENDPOINT = f"{GROUP}/providers/Microsoft.Insights/dataCollectionEndpoints/somebodys"
DATA_CONNECTOR = f"{SENTINEL}/dataConnectors/ContosoSecurityAlertsPushConnector"
ONBOARDING = f"{SENTINEL}/onboardingStates/default"
STRANGER = "11111111-2222-4333-8444-555555555555"
EVENT = {"EventSeverity": "High", "EventType": "Malware", "UserName": "ada"}
DAYS = 24 * 3600.0
MINUTES = 60.0

Do = Callable[[Life], Awaitable[None]]
Json = dict[str, Any]


async def nothing(_: Life) -> None:
    """The cause is in the object from its beginning, or ends by itself."""


@dataclass(frozen=True)
class Cause:
    """`on` is the condition that carries the reason, `ends` what it says once that is mended.

    `event` is the type of the event that tells it, None where a state is no news. `health` is
    Argo CD's word. `ready`: the object is Ready before it happens.
    """

    reason: Reason
    on: str
    status: str
    health: str
    event: str | None
    ends: tuple[str, Reason]
    make: Do = nothing
    mend: Do = nothing
    spec: Mapping[str, Any] = field(default_factory=dict)
    options: Options = field(default_factory=lambda: Options(retry_after=0))
    ready: bool = True
    told: Reason | None = None
    """the reason of the event, where another condition is the news"""

    def __str__(self) -> str:
        return str(self.reason)


def spec(**changed: Any) -> Json:
    """The walk-through's connector with other top-level fields."""
    return {**manifest(CONTOSO)["spec"], **changed}


def ui(**changed: Any) -> Json:
    """Its definition with another card."""
    definition: Json = manifest(CONTOSO)["spec"]["definition"]
    return {**definition, "ui": {**definition["ui"], **changed}}


def rule(**changed: Any) -> Json:
    return {**manifest(CONTOSO)["spec"]["rule"], **changed}


def changed(**fields: Any) -> Do:
    """Somebody applies the object with these fields."""

    async def change(life: Life) -> None:
        life.change(**fields)

    return change


def asking(query: str) -> Json:
    """Its definition with another question for data."""
    return ui(connectivityCriteria=[{"type": "IsConnectedQuery", "value": [query]}])


def struck(fault: Fault) -> Do:
    async def strike(life: Life) -> None:
        life.emulator.faults.add(fault)

    return strike


async def relieved(life: Life) -> None:
    life.emulator.faults.clear()


async def be_granted_another_group(life: Life) -> None:
    """The administrator moves the namespace's scopes: the operator starts anew with them."""
    _grant(life, f"{GROUP}-of-others")


async def be_granted_the_group(life: Life) -> None:
    _grant(life, GROUP)


def _grant(life: Life, scope: str) -> None:
    life.reaches = lambda namespace: granted(namespace, Grant((scope,)))
    life.change()


async def be_left_to_a_secret(life: Life) -> None:
    """The administrator gives the namespace no identity but its own, which is not there yet."""
    grant = Grant((GROUP,), Who.SECRET)
    life.reaches = lambda namespace: granted(namespace, grant)


async def bring_the_secret(life: Life) -> None:
    life.secrets.held["soc/azure"] = credentials(life)


def credentials(life: Life) -> dict[str, str]:
    """What a Secret of the operator's own application holds."""
    return {
        "AZURE_TENANT_ID": life.seed.tenant,
        "AZURE_CLIENT_ID": life.seed.operator.client_id,
        "AZURE_CLIENT_SECRET": life.seed.operator.secret,
    }


async def later(life: Life) -> None:
    """Nobody does anything but wait."""
    life.clock.forward(25 * MINUTES)


async def send(life: Life) -> None:
    """The source sends one event, and its table has got a first one."""
    azure, held = life.emulator.azure, life.emulator.azure.get(RULE)
    assert held is not None
    flow = held.body["properties"]["dataFlows"][0]
    columns = dict.fromkeys(EVENT, "string")
    table = "ContosoSecurityAlerts_CL"
    azure.logs.ingest(life.seed.customer_id, table, columns, flow["transformKql"], [EVENT])
    azure.placed.add(life.seed.customer_id)


async def fall_silent(life: Life) -> None:
    await send(life)
    await life.until(lambda: life.says("IsConnected") == ("True", "Connected"))
    life.clock.forward(8 * DAYS)


async def lose_workspace(life: Life) -> None:
    life.emulator.azure.delete(life.seed.workspace_id)


async def make_workspace(life: Life) -> None:
    seed = life.seed
    life.emulator.azure.add_workspace(
        seed.subscription, seed.group, name=seed.workspace, location=seed.location
    )


async def deny(life: Life) -> None:
    life.emulator.azure.deny(life.seed.operator.client_id, "dataCollectionRules/")


async def allow(life: Life) -> None:
    life.emulator.azure.allow(life.seed.operator.client_id)


async def unregister(life: Life) -> None:
    life.emulator.azure.unregister(life.seed.subscription, "Microsoft.SecurityInsights")


async def register(life: Life) -> None:
    registered = life.emulator.azure.registered[life.seed.subscription.lower()]
    registered.add("microsoft.securityinsights")


async def take_sentinel_away(life: Life) -> None:
    life.emulator.azure.delete(ONBOARDING)


async def onboard(life: Life) -> None:
    life.emulator.azure.onboard(life.seed.workspace_id)


async def rotate_secret(life: Life) -> None:
    """Before its first token: one that is in hand stays good for an hour."""
    life.emulator.azure.entra.add(replace(life.seed.operator, secret="another one"))


async def restore_secret(life: Life) -> None:
    life.emulator.azure.entra.add(life.seed.operator)


async def hire(life: Life) -> None:
    """The service principal has spread through Entra."""
    life.emulator.azure.entra.add(replace(life.seed.push, service_principal_id=STRANGER))


async def make_endpoint(life: Life) -> None:
    await life.edge.arm.put(ENDPOINT, {"location": life.seed.location, "properties": {}})


async def assign_role(life: Life) -> None:
    life.change(roleAssignment="Ensure")


async def edit_rule(life: Life) -> None:
    held = life.emulator.azure.get(RULE)
    assert held is not None
    held.body["properties"]["dataFlows"][0]["transformKql"] = "source | take 0"


async def approve(life: Life) -> None:
    life.annotate(APPROVED_PLAN, life.connector.status["plan"]["hash"])


async def make_rule(life: Life) -> None:
    """Somebody has made a rule of that name, by hand, in this place."""
    destination = {"name": "theirs", "workspaceResourceId": WORKSPACE}
    body = {
        "location": life.seed.location,
        "properties": {"destinations": {"logAnalytics": [destination]}, "dataFlows": []},
    }
    await life.edge.arm.put(RULE, body)


async def appear_beside(life: Life) -> None:
    """An older object names the same rule."""
    life.connector = replace(life.connector, created="2026-11-02T08:00:00Z")
    life.others = (replace(life.connector, name="elder", created="2026-11-01T08:00:00Z"),)


async def leave(life: Life) -> None:
    life.others = ()


async def be_deployed_under_another_name(life: Life) -> None:
    """The portal's Deploy button names the data connector by a GUID; the object names another."""
    body = life.emulator.azure.get(DATA_CONNECTOR)
    assert body is not None
    name = "ContosoSecurityAlertsPushConnector0b7d1f0a-7c0e-4f4b-8a3a-6a1c2b8f9d10"
    path = f"{SENTINEL}/dataConnectors/{name}"
    given = {"kind": "Push", "properties": dict(body.body["properties"])}
    life.emulator.azure.delete(DATA_CONNECTOR)
    await life.edge.arm.put(path, given)
    life.change()


async def name_none(life: Life) -> None:
    spec_ = {key: value for key, value in life.connector.spec.items() if key != "dataConnectors"}
    life.connector = replace(life.connector, spec=spec_)
    life.change()


async def drop_a_column(life: Life) -> None:
    """Azure takes the next write to the table and forgets a column."""

    async def forget(request: Request) -> None:
        held = life.emulator.azure.get(TABLE)
        if request.method == "PATCH" and request.path.endswith("_CL") and held is not None:
            held.body["properties"]["schema"]["columns"] = [
                column
                for column in held.body["properties"]["schema"]["columns"]
                if column["name"] != "DeviceId"
            ]

    life.emulator.faults.after = forget
    (table,) = life.connector.spec["tables"]
    life.change(tables=[{**table, "columns": [*table["columns"], _column("Added")]}])


async def restore_the_column(life: Life) -> None:
    life.emulator.faults.after = None
    held = life.emulator.azure.get(TABLE)
    assert held is not None
    held.body["properties"]["schema"]["columns"].append(_column("DeviceId"))


def _column(name: str) -> Json:
    return {"name": name, "type": "string"}


async def be_deleted_with_rows(life: Life) -> None:
    await send(life)
    life.connector = replace(life.connector, deleting=True)
    life.wait = 0.0


async def confirm(life: Life) -> None:
    life.annotate(CONFIRM_TABLE_DELETION, "ContosoSecurityAlerts_CL")


async def break_the_operator(life: Life) -> None:
    """A defect of ours: what one of the ports gives back is not what the core expects."""
    _look_by(life, Broken())
    life.change()


async def mend_the_operator(life: Life) -> None:
    _look_by(life, life.edge.inventory)


def _look_by(life: Life, inventory: Inventory) -> None:
    (own,) = life.begun
    own.ports = replace(own.ports, inventory=inventory)


class Broken:
    """An inventory whose code is wrong."""

    async def workspace(self, *_: str) -> Workspace:
        raise KeyError("client_secret=not for the status")


async def report_no_activity(life: Life) -> None:
    azure = life.emulator.azure
    azure.options = replace(azure.options, report_is_active=False)


async def report_activity(life: Life) -> None:
    azure = life.emulator.azure
    azure.options = replace(azure.options, report_is_active=True)
