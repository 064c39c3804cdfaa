"""Connectors for the tests of the engine: small, with the names that the tests speak of."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from controller.kinds import KINDS
from controller.model.connector import Connector
from controller.model.derived import Derived, derive
from controller.model.resource import Kind, KindName, Resource
from controller.model.spec import parse

SUBSCRIPTION = "74c5f87b-c853-4d0f-8ec5-c8cc00ca8761"
APP, PRINCIPAL = "fd63552b-4f92-42d8-8333-69006c44b4d9", "c87ef7c8-81f7-49ac-a2c1-128e67e0122b"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/soc"
WORKSPACE = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/ws"
TABLE = f"{WORKSPACE}/tables/Logins_CL"
ENDPOINT = f"{GROUP}/providers/Microsoft.Insights/dataCollectionEndpoints/ws"
RULE = f"{GROUP}/providers/Microsoft.Insights/dataCollectionRules/acme"
SENTINEL = f"{WORKSPACE}/providers/Microsoft.SecurityInsights"
DEFINITION = f"{SENTINEL}/dataConnectorDefinitions/acme"
METADATA = f"{SENTINEL}/metadata/DataConnector-acme"
DATA_CONNECTOR = f"{SENTINEL}/dataConnectors/acme"
CONNECTORS = f"{SENTINEL}/dataConnectors"


def spec(**replaced: Any) -> dict[str, Any]:
    """A workspace, one table, an application; other top-level fields replace or join them."""
    smallest: dict[str, Any] = {
        "workspace": {"subscriptionId": SUBSCRIPTION, "resourceGroup": "soc", "name": "ws"},
        "tables": [{"name": "Logins_CL", "columns": [{"name": "User", "type": "string"}]}],
        "application": {"existing": {"appId": APP, "servicePrincipalId": PRINCIPAL}},
    }
    return deepcopy({**smallest, **replaced})


def derived(name: str = "acme", **replaced: Any) -> Derived:
    return derive(parse(spec(**replaced)), namespace="default", name=name, installation="demo")


def connector(
    name: str = "acme",
    *,
    status: Mapping[str, Any] | None = None,
    annotations: Mapping[str, str] | None = None,
    generation: int = 1,
    created: str = "2026-11-24T12:00:00Z",
    **replaced: Any,
) -> Connector:
    """The object; `replaced` are top-level fields of its spec."""
    return Connector(
        namespace="default",
        name=name,
        uid=f"uid-{name}",
        generation=generation,
        resource_version="1",
        spec=spec(**replaced),
        status=status or {},
        annotations=annotations or {},
        created=created,
    )


def kind(name: KindName) -> Kind:
    return next(found for found in KINDS if found.name is name)


def resource(name: KindName, of: Derived | None = None) -> Resource:
    """The first resource of that kind."""
    return kind(name).resources(of or derived())[0]
