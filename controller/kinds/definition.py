"""The data connector definition: the connector's card in Sentinel's gallery."""

from typing import Any

from controller.model import bodies
from controller.model.card import ui_config
from controller.model.derived import Derived
from controller.model.placeholders import fill
from controller.model.resource import (
    Body,
    Change,
    Kind,
    KindName,
    Refs,
    Resource,
    Rules,
    Serial,
    Verb,
    Write,
)

_READ_ONLY = {"createdTimeUtc", "lastModifiedUtc"}  # filled by the service (UI.md, properties)


def _resources(derived: Derived) -> tuple[Resource, ...]:
    return (Resource(KindName.DEFINITION, derived.definition_name, derived.definition_id),)


def _desired(derived: Derived, resource: Resource, refs: Refs) -> Body:
    shown = _shown(derived, refs)
    properties: dict[str, Any] = {"connectorUiConfig": ui_config(derived, shown)}
    given = derived.spec.definition and derived.spec.definition.connections_config
    if given:
        field = "spec.definition.connectionsConfig"
        properties["connectionsConfig"] = fill(given, shown, field)
    # no location: the type has none, though templates send it (UI.md, envelope)
    return {"kind": "Customizable", "properties": properties}


def _shown(derived: Derived, refs: Refs) -> Refs:
    """Without an endpoint its address is the Direct rule's own; its name and id do not exist."""
    if derived.endpoint_id is not None:
        return refs
    own = refs["rule.logsIngestion"]
    return refs.also({"endpoint.logsIngestion": own, "endpoint.id": None, "endpoint.name": None})


def _write(desired: Body, readback: Body | None, changes: tuple[Change, ...]) -> Write:
    return Write(Verb.PUT, bodies.updated(desired, readback, _READ_ONLY))


KIND = Kind(
    name=KindName.DEFINITION,
    after=frozenset(),
    resources=_resources,
    desired=_desired,
    rules=Rules(
        fold=frozenset(
            {
                "/kind",
                # the guide and the reference spell the types differently (UI.md)
                "/properties/connectorUiConfig/connectivityCriteria/*/type",
                "/properties/connectorUiConfig/permissions/resourceProvider/*/scope",
            }
        ),
        fold_keys=True,
        # booleans that were not sent read back as false, lists as null (FIELD part 1, 4)
        blank_is_absent=frozenset({"/properties"}),
    ),
    normal=lambda body: body,
    write=_write,
    provides=lambda _derived, _resource, _body: {},
    serial=Serial.WORKSPACE,
)
