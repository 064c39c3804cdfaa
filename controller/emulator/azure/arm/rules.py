"""Data collection rules: full replace by PUT, what Azure adds to the readback, PATCH of tags.

What is wrong with a rule is said by `rule_checks`.
"""

from copy import deepcopy

from controller.emulator.azure.answers import Answer, Call, Json, record, section
from controller.emulator.azure.arm import rule_checks
from controller.emulator.azure.arm.common import (
    Routes,
    canonical_path,
    deleted,
    existing,
    location_of,
    page,
    system_data,
)
from controller.emulator.azure.arm.endpoints import ingestion_url, patch_tags
from controller.emulator.azure.store import Azure, Resource
from controller.emulator.azure.targets import Target

TYPE = "Microsoft.Insights/dataCollectionRules"
_READ_ONLY = {"immutableId", "provisioningState", "endpoints", "metadata", "ingestionQuotas"}
_VERSIONS_WITHOUT_ENDPOINTS = {"2019-11-01-preview", "2021-04-01", "2021-09-01-preview"}


async def _put(azure: Azure, call: Call, target: Target) -> Answer:
    body = record(call.body, what="the rule")
    location = location_of(body, old=azure.get(target.path), target=target)
    kind = str(body.get("kind") or "").strip()
    rule_checks.refuse_other_kind(kind, azure.get(target.path))
    properties = section(body, "properties")
    await rule_checks.refuse_invalid(azure, properties, location)
    old = azure.get(target.path)  # again: the checks have given way to other calls
    resource = _resource(azure, call, target, location=location, old=old)
    if kind:
        resource.body["kind"] = kind
    azure.put(resource)
    return Answer(200 if old else 201, _view(resource, call), _REMAINING)


def _resource(
    azure: Azure, call: Call, target: Target, *, location: str, old: Resource | None
) -> Resource:
    sent = record(call.body, what="the rule")
    id_ = old.id if old else canonical_path(azure, target, TYPE)
    private = dict(old.private) if old else {}
    if str(sent.get("kind") or "").strip() == "Direct":
        private.setdefault("host", azure.host(target.name, location))
    body: Json = {
        "properties": _properties(azure, section(sent, "properties"), private.get("host"))
        | {
            "immutableId": old.body["properties"]["immutableId"]
            if old
            else azure.immutable_id(target.name, "dcr"),
            "provisioningState": "Succeeded",
        },
        "location": location,
        "id": id_,
        "name": id_.rpartition("/")[2],
        "type": TYPE,
        "etag": azure.etag(),
        "systemData": system_data(azure, call.caller, old),
    }
    body |= {key: sent[key] for key in ("tags", "identity") if sent.get(key)}
    if section(body, "identity").get("type") == "None":
        del body["identity"]
    return Resource(id_, TYPE.lower(), body, old.created if old else azure.stamp(), private)


def _properties(azure: Azure, given: Json, host: str | None) -> Json:
    """As given, in the order given; read-only values sent back are ignored, as azure-cli's are."""
    properties = {k: deepcopy(v) for k, v in given.items() if k not in _READ_ONLY and v is not None}
    for destination in section(properties, "destinations").get("logAnalytics") or []:
        workspace = azure.get(str(destination.get("workspaceResourceId")))
        if workspace is not None:
            destination["workspaceId"] = workspace.body["properties"]["customerId"]
    if host is not None:
        properties["endpoints"] = {
            "logsIngestion": ingestion_url(azure, host),
            "metricsIngestion": f"https://{host}.metrics.ingest.monitor.azure.com",
        }
    return properties


def _view(resource: Resource, call: Call) -> Json:
    """Old API versions do not show a rule's own endpoints [logs-ingestion-api-overview]."""
    if call.api_version not in _VERSIONS_WITHOUT_ENDPOINTS:
        return resource.body
    shown = {k: v for k, v in resource.body["properties"].items() if k != "endpoints"}
    return resource.body | {"properties": shown}


def _patch(azure: Azure, call: Call, target: Target) -> Answer:
    return patch_tags(azure, call, existing(azure, target))


def _get(azure: Azure, call: Call, target: Target) -> Answer:
    return Answer(200, _view(existing(azure, target), call))


def _list(azure: Azure, call: Call, target: Target) -> Answer:
    rules = azure.of_type(TYPE.lower(), scope=target.scope)
    return page(azure, call, (_view(rule, call) for rule in rules))


def _delete(azure: Azure, call: Call, target: Target) -> Answer:
    return deleted(azure, target)


_REMAINING = {"x-ms-ratelimit-remaining-subscription-resource-requests": "149"}
ROUTES: Routes = {
    (TYPE.lower(), "item"): {"GET": _get, "PUT": _put, "PATCH": _patch, "DELETE": _delete},
    (TYPE.lower(), "collection"): {"GET": _list},
}
