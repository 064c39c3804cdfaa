"""Data collection endpoints: what a PUT keeps, what Azure adds."""

from controller.emulator.azure.answers import Answer, Call, Json, record, section
from controller.emulator.azure.arm.common import (
    Routes,
    canonical_path,
    deleted,
    existing,
    location_of,
    page,
    system_data,
)
from controller.emulator.azure.store import Azure, Resource
from controller.emulator.azure.targets import Target

TYPE = "Microsoft.Insights/dataCollectionEndpoints"
_SUFFIX = "monitor.azure.com"


def _put(azure: Azure, call: Call, target: Target) -> Answer:
    body = record(call.body, what="the endpoint")
    old = azure.get(target.path)
    location = location_of(body, old=old, target=target)
    id_ = old.id if old else canonical_path(azure, target, TYPE)
    private = old.private if old else {"host": azure.host(target.name, location)}
    kept = old.body["properties"] if old else {}
    readback: Json = {
        "properties": _properties(azure, section(body, "properties"), private["host"])
        | {"immutableId": kept.get("immutableId") or azure.immutable_id(target.name, "dce")},
        "location": location,
        "id": id_,
        "name": id_.rpartition("/")[2],
        "type": TYPE,
        "etag": azure.etag(),
        "systemData": system_data(azure, call.caller, old),
    }
    readback |= {key: body[key] for key in ("tags", "kind", "identity") if body.get(key)}
    azure.put(Resource(id_, TYPE.lower(), readback, old.created if old else azure.stamp(), private))
    return Answer(200 if old else 201, readback, _REMAINING)


def _properties(azure: Azure, given: Json, host: str) -> Json:
    """What was asked for, and the three addresses. The ingestion address leads to the emulator:
    the real host's name is a part of its path."""
    access = section(given, "networkAcls").get("publicNetworkAccess") or "Enabled"
    properties: Json = {
        "configurationAccess": {"endpoint": f"https://{host}.handler.control.{_SUFFIX}"},
        "logsIngestion": {"endpoint": ingestion_url(azure, host)},
        "metricsIngestion": {"endpoint": f"https://{host}.metrics.ingest.{_SUFFIX}"},
        "networkAcls": {"publicNetworkAccess": access},
        "provisioningState": "Succeeded",
    }
    if given.get("description"):
        properties["description"] = given["description"]
    return properties


def ingestion_url(azure: Azure, host: str) -> str:
    """`https://127.0.0.1:PORT/ingest/<name>-<4 characters>.<region>-1.ingest.monitor.azure.com`."""
    return f"{azure.ingestion_base}/ingest/{host}.ingest.{_SUFFIX}"


def _patch(azure: Azure, call: Call, target: Target) -> Answer:
    return patch_tags(azure, call, existing(azure, target))


def patch_tags(azure: Azure, call: Call, resource: Resource) -> Answer:
    """Endpoints and rules: PATCH knows tags and identity only, all else needs a full PUT."""
    body = record(call.body, what="the patch")
    changed = {key: body[key] for key in ("tags", "identity") if key in body}
    resource.body = (
        resource.body
        | changed
        | {
            "etag": azure.etag(),
            "systemData": system_data(azure, call.caller, resource),
        }
    )
    return Answer(200, resource.body)


def _get(azure: Azure, call: Call, target: Target) -> Answer:
    return Answer(200, existing(azure, target).body)


def _list(azure: Azure, call: Call, target: Target) -> Answer:
    return page(azure, call, (e.body for e in azure.of_type(TYPE.lower(), scope=target.scope)))


def _associations(azure: Azure, call: Call, target: Target) -> Answer:
    """Machines whose agents ask this endpoint for their configuration: there are none here."""
    return page(azure, call, ())


def _delete(azure: Azure, call: Call, target: Target) -> Answer:
    return deleted(azure, target)


_REMAINING = {"x-ms-ratelimit-remaining-subscription-resource-requests": "59"}
ROUTES: Routes = {
    (TYPE.lower(), "item"): {"GET": _get, "PUT": _put, "PATCH": _patch, "DELETE": _delete},
    (TYPE.lower(), "collection"): {"GET": _list},
    (f"{TYPE.lower()}/associations", "collection"): {"GET": _associations},
}
