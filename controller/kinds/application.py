"""The Entra application that the source pushes with: one that exists, never read nor written."""

from collections.abc import Mapping
from typing import Any

from controller.model.derived import Derived
from controller.model.resource import (
    Body,
    Kind,
    KindName,
    Refs,
    Resource,
    Rules,
    Verb,
    Write,
)


def _resources(derived: Derived) -> tuple[Resource, ...]:
    return (Resource(KindName.APPLICATION, derived.app_id, "", managed=False),)


def _desired(derived: Derived, resource: Resource, refs: Refs) -> Body:
    return {}


def _provides(derived: Derived, resource: Resource, body: Body) -> Mapping[str, Any]:
    return {
        "application.appId": derived.app_id,
        "application.servicePrincipalId": derived.service_principal_id,
    }


KIND = Kind(
    name=KindName.APPLICATION,
    after=frozenset(),
    resources=_resources,
    desired=_desired,
    rules=Rules(),
    write=lambda desired, _readback, _changes: Write(Verb.PUT, desired),
    provides=_provides,
)
