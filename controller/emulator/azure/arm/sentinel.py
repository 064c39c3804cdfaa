"""Microsoft Sentinel: connector definitions, metadata, data connectors, onboarding.

Readbacks differ from what was written as the OpenAPI examples and recorded exchanges show; where
kind Push has no example, its nearest kin RestApiPoller is followed (inference).
"""

from collections.abc import Callable

from controller.emulator.azure.answers import Answer, Call, Json, Refused, record, section
from controller.emulator.azure.arm.common import Routes, canonical_path, page, system_data
from controller.emulator.azure.arm.sentinel_bodies import (
    connector_properties,
    definition_properties,
    metadata_properties,
    refuse_incomplete_connector,
    refuse_incomplete_definition,
    refuse_incomplete_metadata,
)
from controller.emulator.azure.store import ONBOARDING, Azure, Resource
from controller.emulator.azure.targets import Target

_NAMESPACE = "Microsoft.SecurityInsights"
DEFINITIONS = f"{_NAMESPACE}/dataConnectorDefinitions"
METADATA = f"{_NAMESPACE}/metadata"
CONNECTORS = f"{_NAMESPACE}/dataConnectors"


def _put_definition(azure: Azure, call: Call, target: Target) -> Answer:
    """An update needs the etag of the last GET [data-connector-ui-definitions-reference]. Without
    one, or with a stale one, the same provider's alert rules answer 409, never 412
    (hashicorp/terraform-provider-azurerm#25564), so we do too (inference)."""
    body = record(call.body, what="the definition")
    refuse_incomplete_definition(body)
    old = azure.get(target.path)
    if old is not None and body.get("etag") != old.body["etag"]:
        raise _stale(target)
    now = azure.stamp()
    properties = definition_properties(section(body, "properties"))
    properties["createdTimeUtc"] = old.body["properties"]["createdTimeUtc"] if old else now
    properties["lastModifiedUtc"] = now
    readback = _readback(azure, call, target, type_=DEFINITIONS) | {
        "kind": body["kind"],
        "etag": azure.etag(),
        "properties": properties,
    }
    return _store(azure, readback, DEFINITIONS)


def _put_metadata(azure: Azure, call: Call, target: Target) -> Answer:
    """No etag in the body, none asked for (a recorded PUT without one replaced and got 200)."""
    body = record(call.body, what="the metadata")
    refuse_incomplete_metadata(body)
    workspace = azure.workspace(target.path)
    readback = _readback(azure, call, target, type_=METADATA) | {
        "properties": metadata_properties(section(body, "properties"), workspace)
    }
    return _store(azure, readback, METADATA)


def _patch_metadata(azure: Azure, call: Call, target: Target) -> Answer:
    body = record(call.body, what="the metadata")
    old = _existing(azure, target)
    merged = old.body["properties"] | section(body, "properties")
    readback = _readback(azure, call, target, type_=METADATA) | {
        "properties": metadata_properties(merged, azure.workspace(target.path))
    }
    return _store(azure, readback, METADATA)


def _put_connector(azure: Azure, call: Call, target: Target) -> Answer:
    """An etag is not asked for, but a stale one is refused."""
    body = record(call.body, what="the data connector")
    kind = body.get("kind")
    if kind == "Push" and call.api_version not in azure.options.push_versions:
        raise Refused(
            400,
            "BadRequest",
            f"Connector kind 'Push' is not supported in api-version: '{call.api_version}'",
        )
    refuse_incomplete_connector(body)
    old = azure.get(target.path)
    if old is not None and body.get("etag") not in (None, old.body["etag"]):
        raise _stale(target)
    readback = _readback(azure, call, target, type_=CONNECTORS) | {
        "kind": kind,
        "etag": azure.etag(),
        "properties": connector_properties(section(body, "properties")),
    }
    del readback["systemData"]
    answer = _store(azure, readback, CONNECTORS)
    return Answer(answer.status, _connector_view(azure, readback))


def _connector_view(azure: Azure, body: Json) -> Json:
    if azure.options.report_is_active:
        return body
    shown = {key: value for key, value in body["properties"].items() if key != "isActive"}
    return body | {"properties": shown}


def _put_onboarding(azure: Azure, call: Call, target: Target) -> Answer:
    """`customerManagedKey` is dropped; system data is full here and empty on GET (recorded)."""
    old = azure.get(target.path)
    azure.onboard(target.scope)
    body = _readback(azure, call, target, type_=f"{_NAMESPACE}/onboardingStates")
    return Answer(200 if old else 201, body | {"properties": {}})


def _readback(azure: Azure, call: Call, target: Target, *, type_: str) -> Json:
    old = azure.get(target.path)
    id_ = old.id if old else canonical_path(azure, target, type_)
    return {
        "id": id_,
        "name": id_.rpartition("/")[2],
        "type": type_,
        "systemData": system_data(azure, call.caller, old),
    }


def _store(azure: Azure, readback: Json, type_: str) -> Answer:
    old = azure.get(readback["id"])
    created = old.created if old else azure.stamp()
    azure.put(Resource(readback["id"], type_.lower(), readback, created))
    return Answer(200 if old else 201, readback)


def _existing(azure: Azure, target: Target) -> Resource:
    resource = azure.get(target.path)
    if resource is None:  # the sentence is an inference, no recording has one
        raise Refused(404, "NotFound", f"Resource '{target.name}' was not found: '{target.label}'.")
    return resource


def _stale(target: Target) -> Refused:
    return Refused(
        409,
        "Conflict",
        f"Newer instance of '{target.name}' exists for workspace "
        f"'{target.scope.rpartition('/')[2]}' (Etag does not match). Data was not saved.",
    )


def _get(azure: Azure, call: Call, target: Target) -> Answer:
    return Answer(200, _connector_view(azure, _existing(azure, target).body))


def _list(type_: str) -> Callable[[Azure, Call, Target], Answer]:
    def listed(azure: Azure, call: Call, target: Target) -> Answer:
        found = azure.of_type(type_, scope=target.scope)
        return page(azure, call, (_connector_view(azure, resource.body) for resource in found))

    return listed


def _delete(azure: Azure, call: Call, target: Target) -> Answer:
    """The body of a 200 is {} (recorded)."""
    return Answer(200, {}) if azure.delete(target.path) else Answer(204)


def _kind(type_: str, **methods: Callable[[Azure, Call, Target], Answer]) -> Routes:
    return {
        (type_.lower(), "item"): {"GET": _get, "DELETE": _delete, **methods},
        (type_.lower(), "collection"): {"GET": _list(type_.lower())},
    }


ROUTES: Routes = {
    **_kind(DEFINITIONS, PUT=_put_definition),
    **_kind(METADATA, PUT=_put_metadata, PATCH=_patch_metadata),
    **_kind(CONNECTORS, PUT=_put_connector),
    **_kind(ONBOARDING, PUT=_put_onboarding),
}


def refuse_unless_onboarded(azure: Azure, target: Target) -> None:
    """All but onboarding itself: 400 BadRequest (iknowjason/PurpleCloud#42)."""
    if target.type == ONBOARDING or azure.onboarded(target.scope):
        return
    raise Refused(
        400,
        "BadRequest",
        f"Workspace '{target.scope.rpartition('/')[2]}' is not onboarded to Microsoft Sentinel. "
        "Please onboard through the portal or use the OnboardingStates ARM api.",
    )
