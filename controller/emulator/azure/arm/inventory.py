"""Subscriptions, resource groups, resource providers, workspaces: read, and providers registered.

They are made by seeds, not by calls.
"""

from controller.emulator.azure.answers import Answer, Call, Json, Refused
from controller.emulator.azure.arm.common import Routes, existing, page
from controller.emulator.azure.store import PROVIDERS, Azure
from controller.emulator.azure.targets import WORKSPACE, Target


def _subscription(azure: Azure, call: Call, target: Target) -> Answer:
    return Answer(200, existing(azure, target).body)


def _subscriptions(azure: Azure, call: Call, target: Target) -> Answer:
    found = azure.of_type("subscriptions")
    return page(azure, call, (subscription.body for subscription in found))


def _group(azure: Azure, call: Call, target: Target) -> Answer:
    return Answer(200, existing(azure, target).body)


def _group_exists(azure: Azure, call: Call, target: Target) -> Answer:
    return Answer(204)


def _groups(azure: Azure, call: Call, target: Target) -> Answer:
    found = azure.of_type("resourcegroups", scope=target.scope)
    return page(azure, call, (group.body for group in found))


def _provider(azure: Azure, call: Call, target: Target) -> Answer:
    return Answer(200, _provider_body(azure, target.subscription, _named(target.name)))


def _providers(azure: Azure, call: Call, target: Target) -> Answer:
    bodies = (_provider_body(azure, target.subscription, name) for name in PROVIDERS)
    return page(azure, call, bodies)


def _register(azure: Azure, call: Call, target: Target) -> Answer:
    name = _named(target.name)
    azure.registered[target.subscription.lower()].add(name.lower())
    return Answer(200, _provider_body(azure, target.subscription, name))


def _named(namespace: str) -> str:
    for name in PROVIDERS:
        if name.lower() == namespace.lower():
            return name
    raise Refused(
        404,
        "InvalidResourceNamespace",
        f"The resource namespace '{namespace}' is invalid.",
    )


def _provider_body(azure: Azure, subscription: str, name: str) -> Json:
    registered = name.lower() in azure.registered[subscription.lower()]
    types = [
        {
            "resourceType": type_.partition("/")[2],
            "locations": [],
            "apiVersions": sorted(versions, reverse=True),
        }
        for type_, versions in azure.versions.items()
        if type_.startswith(name.lower() + "/")
    ]
    return {
        "id": f"/subscriptions/{subscription}/providers/{name}",
        "namespace": name,
        "registrationPolicy": "RegistrationRequired",
        "registrationState": "Registered" if registered else "NotRegistered",
        "resourceTypes": types,
    }


def _workspace(azure: Azure, call: Call, target: Target) -> Answer:
    return Answer(200, existing(azure, target).body)


def _workspaces(azure: Azure, call: Call, target: Target) -> Answer:
    found = azure.of_type(WORKSPACE, scope=target.scope)
    return page(azure, call, (workspace.body for workspace in found))


ROUTES: Routes = {
    ("subscriptions", "item"): {"GET": _subscription},
    ("subscriptions", "collection"): {"GET": _subscriptions},
    ("resourcegroups", "item"): {"GET": _group, "HEAD": _group_exists},
    ("resourcegroups", "collection"): {"GET": _groups},
    ("providers", "item"): {"GET": _provider},
    ("providers", "collection"): {"GET": _providers},
    ("providers/register", "item"): {"POST": _register},
    (WORKSPACE, "item"): {"GET": _workspace},
    (WORKSPACE, "collection"): {"GET": _workspaces},
}
