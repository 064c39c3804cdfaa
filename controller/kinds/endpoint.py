"""The data collection endpoint that senders post to; one a workspace, shared by connectors."""

from collections.abc import Mapping
from typing import Any

from controller.model import bodies
from controller.model.bodies import at
from controller.model.claims import CREATED_BY_TAG
from controller.model.derived import Derived
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import (
    Body,
    Change,
    Kind,
    KindName,
    Refs,
    Resource,
    Rules,
    Verb,
    Write,
)
from controller.model.spec import EndpointCreate
from controller.model.spelling import caseless, compact

# what ARM fills in (OpenAPI 2024-03-11; FIELD part 1, 2): sent back, some of it is refused
_READ_ONLY = {
    "immutableId",
    "configurationAccess",
    "logsIngestion",
    "metricsIngestion",
    "provisioningState",
    "privateLinkScopedResources",
    "failoverConfiguration",
    "metadata",
}


def _resources(derived: Derived) -> tuple[Resource, ...]:
    if derived.endpoint_id is None or derived.endpoint_name is None:
        return ()
    managed = derived.endpoint_managed
    return (
        Resource(KindName.ENDPOINT, derived.endpoint_name, derived.endpoint_id, managed=managed),
    )


def _desired(derived: Derived, resource: Resource, refs: Refs) -> Body:
    given = (derived.spec.endpoint and derived.spec.endpoint.create) or EndpointCreate()
    access = given.public_network_access
    return {
        "location": refs["workspace.location"],
        "tags": {**(given.tags or {}), CREATED_BY_TAG: derived.installation},
        "properties": bodies.given(
            {
                "description": given.description,
                "networkAcls": access and {"publicNetworkAccess": access},
            }
        ),
    }


def _comparable(desired: Body, readback: Body) -> tuple[Body, Body]:
    """Who created it is told once: no drift where another installation did, or the portal."""
    asked = bodies.asked_of_identity(desired, readback)
    if CREATED_BY_TAG in (asked.get("tags") or {}):
        asked = {**asked, "tags": bodies.without(asked["tags"], {CREATED_BY_TAG})}
    return asked, readback


def _write(desired: Body, readback: Body | None, changes: tuple[Change, ...]) -> Write:
    if readback is None:
        return Write(Verb.PUT, desired)
    if any(change.path == "/location" for change in changes):
        raise Stalled(
            Reason.IMMUTABLE,
            f"Endpoint {readback.get('name')} is in {readback.get('location')}, the workspace in "
            f"{desired['location']}; Azure moves no endpoint. Give spec.endpoint.create another "
            "name, or delete the endpoint. Either costs a new address, which every sender must "
            "learn.",
        )
    ours = {**desired, "tags": bodies.without(desired["tags"], {CREATED_BY_TAG})}
    body = bodies.laid_over(_writable(readback), ours)
    body["tags"] = bodies.tags_over(readback.get("tags"), ours["tags"])
    return Write(Verb.PUT, body)


def _writable(readback: Body) -> dict[str, Any]:
    top = bodies.given(bodies.without(readback, bodies.ENVELOPE))
    return {**top, "properties": bodies.without(top.get("properties") or {}, _READ_ONLY)}


def _provides(derived: Derived, resource: Resource, body: Body) -> Mapping[str, Any]:
    return bodies.given(
        {
            "endpoint.id": resource.id,
            "endpoint.name": resource.name,
            "endpoint.logsIngestion": at(body, "properties", "logsIngestion", "endpoint"),
        }
    )


KIND = Kind(
    name=KindName.ENDPOINT,
    type="Microsoft.Insights/dataCollectionEndpoints",
    after=frozenset(),
    resources=_resources,
    desired=_desired,
    rules=Rules(
        forms={
            "/kind": caseless,
            "/properties/networkAcls/publicNetworkAccess": caseless,
            "/identity/type": compact,
        },
        read_only=bodies.under("/properties", _READ_ONLY),
        fold_keys=frozenset({"/tags"}),  # names of tags have no case (ARM)
    ),
    comparable=_comparable,
    write=_write,
    provides=_provides,
    settled=bodies.pending,
)
