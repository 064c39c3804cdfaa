"""From a call on ARM to the route of its type, past what ARM itself refuses before any provider.

In ARM's order: token, subscription, API version, rights, group, registration, parents, onboarding.
"""

import inspect

from controller.emulator.azure.answers import Answer, Call, Refused, detail
from controller.emulator.azure.arm import (
    activity,
    authorization,
    endpoints,
    inventory,
    operations,
    rules,
    sentinel,
    tables,
)
from controller.emulator.azure.arm.common import Route, Routes, not_found
from controller.emulator.azure.entra import ARM_AUDIENCES
from controller.emulator.azure.store import PROVIDERS, Azure
from controller.emulator.azure.targets import WORKSPACE, Target, target

ROUTES: Routes = {
    **inventory.ROUTES,
    **tables.ROUTES,
    **operations.ROUTES,
    **rules.ROUTES,
    **endpoints.ROUTES,
    **sentinel.ROUTES,
    **authorization.ROUTES,
    **activity.ROUTES,
}
_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}
_BUCKETS = {
    "GET": {"x-ms-ratelimit-remaining-subscription-reads": "249"},
    "HEAD": {"x-ms-ratelimit-remaining-subscription-reads": "249"},
    "DELETE": {"x-ms-ratelimit-remaining-subscription-deletes": "199"},
}
_WRITTEN = ("PUT", "PATCH", "DELETE")
_WRITES = {"x-ms-ratelimit-remaining-subscription-writes": "199"}
_NAMED_PROVIDERS = {name.lower(): name for name in PROVIDERS}


async def act(azure: Azure, call: Call) -> Answer:
    """The answer of ARM. Raises Refused."""
    where = target(call.path)
    caller = azure.entra.principal(call.authorization, ARM_AUDIENCES)
    call = Call(**{**vars(call), "caller": caller})
    route = _admit(azure, call, where)
    found = route(azure, call, where)
    answer = await found if inspect.isawaitable(found) else found
    if call.method in _WRITTEN and answer.status < 300:
        activity.record(azure, call, where, _action(call, where))
    bucket = _BUCKETS.get(call.method, _WRITES)
    return Answer(answer.status, answer.body, {**bucket, **answer.headers})


def _admit(azure: Azure, call: Call, where: Target) -> Route:
    if where.subscription and azure.get(f"/subscriptions/{where.subscription}") is None:
        raise Refused(
            404,
            "SubscriptionNotFound",
            f"The subscription '{where.subscription}' could not be found.",
        )
    route = _route(call, where)
    _refuse_version(azure, call, where)
    _refuse_denied(azure, call, where)
    _refuse_missing_group(azure, where)
    _refuse_unregistered(azure, where)
    _refuse_missing_parent(azure, call, where)
    if where.workspace_path and where.namespace.lower() == "microsoft.securityinsights":
        sentinel.refuse_unless_onboarded(azure, where)
    return route


def _route(call: Call, where: Target) -> Route:
    methods = ROUTES.get((where.type, where.shape))
    if methods is None:
        raise Refused(
            404,
            "InvalidResourceType",
            f"The resource type '{where.type.partition('/')[2]}' could not be found in the "
            f"namespace '{where.namespace}' for api version '{call.api_version}'.",
        )
    if call.method not in methods:
        raise Refused(
            405, "MethodNotAllowed", f"{call.method} is not supported on '{where.label}'."
        )
    return methods[call.method]


def _refuse_version(azure: Azure, call: Call, where: Target) -> None:
    if not call.api_version:
        raise Refused(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    versions = azure.versions.get(where.type, frozenset())
    if call.api_version in versions:
        return
    listed = ", ".join(sorted(versions, reverse=True))
    if not where.namespace or where.type.startswith("providers"):
        raise Refused(
            400,
            "InvalidApiVersionParameter",
            f"The api-version '{call.api_version}' is invalid. The supported versions are "
            f"'{listed}'.",
        )
    raise Refused(
        400,
        "NoRegisteredProviderFound",
        f"No registered resource provider found for location '' and API version "
        f"'{call.api_version}' for type '{where.type.partition('/')[2]}'. The supported "
        f"api-versions are '{listed}'.",
    )


def _refuse_denied(azure: Azure, call: Call, where: Target) -> None:
    action = _action(call, where)
    if not azure.denies(call.caller, action, where.path):
        return
    raise Refused(
        403,
        "AuthorizationFailed",
        f"The client '{call.caller.app_id}' with object id '{call.caller.object_id}' does not have "
        f"authorization to perform action '{action}' over scope '{where.path}' or the scope is "
        "invalid. If access was recently granted, please refresh your credentials.",
    )


def _action(call: Call, where: Target) -> str:
    return f"{_type_label(where)}/{_VERBS.get(call.method, 'action')}"


def _type_label(where: Target) -> str:
    """The type in the caller's case: `Microsoft.Insights/dataCollectionRules`."""
    if not where.namespace or where.type.startswith("providers"):
        return f"Microsoft.Resources/{where.type}"
    parts = where.label.split("/")
    return "/".join([parts[0], *parts[1::2]])


def _refuse_missing_group(azure: Azure, where: Target) -> None:
    name = where.name if where.type == "resourcegroups" else where.group
    if not name or azure.get(f"/subscriptions/{where.subscription}/resourceGroups/{name}"):
        return
    raise Refused(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")


def _refuse_unregistered(azure: Azure, where: Target) -> None:
    name = _NAMED_PROVIDERS.get(where.namespace.lower())
    if name is None or where.type.startswith("providers"):
        return
    if name.lower() in azure.registered[where.subscription.lower()]:
        return
    sentence = (
        f"The subscription is not registered to use namespace '{name}'. See "
        "https://aka.ms/rps-not-found for how to register subscriptions."
    )
    details = (detail("MissingSubscriptionRegistration", name, sentence),)
    raise Refused(409, "MissingSubscriptionRegistration", sentence, details=details)


def _refuse_missing_parent(azure: Azure, call: Call, where: Target) -> None:
    workspace = where.workspace_path
    if not workspace or where.type == WORKSPACE or azure.get(workspace) is not None:
        return
    if where.namespace.lower() != "microsoft.operationalinsights":
        raise not_found(target(workspace))
    verb = _VERBS.get(call.method, "action")
    kind = where.type.partition("/")[2]
    raise Refused(
        404,
        "ParentResourceNotFound",
        f"Failed to perform '{verb}' on resource(s) of type '{kind}', because the parent resource "
        f"'{workspace}' could not be found.",
    )
