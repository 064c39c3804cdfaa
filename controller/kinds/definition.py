"""The data connector definition: the connector's card in Sentinel's gallery."""

from typing import Any

from controller.model import bodies
from controller.model.bodies import at
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
from controller.model.spelling import caseless, kql

_CRITERIA, _CLASSIC_CRITERIA = "connectivityCriteria", "connectivityCriterias"
_CARD = "/properties/connectorUiConfig"
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


def _comparable(desired: Body, readback: Body) -> tuple[Body, Body]:
    """Criteria have an older name, that of the classic connectors (UI.md): ours is as good."""
    ours, theirs = _card(desired), _card(readback)
    asked = next((name for name in (_CRITERIA, _CLASSIC_CRITERIA) if name in ours), None)
    there = _CLASSIC_CRITERIA if asked == _CRITERIA else _CRITERIA
    if asked is None or asked in theirs or there not in theirs:
        return desired, readback
    renamed = {asked: theirs[there], **bodies.without(theirs, {there})}
    properties = {**readback["properties"], "connectorUiConfig": renamed}
    return desired, {**readback, "properties": properties}


def _card(body: Body) -> Body:
    return at(body, "properties", "connectorUiConfig") or {}


def _write(desired: Body, readback: Body | None, changes: tuple[Change, ...]) -> Write:
    return Write(Verb.PUT, bodies.updated(desired, readback, _READ_ONLY))


KIND = Kind(
    name=KindName.DEFINITION,
    type="Microsoft.SecurityInsights/dataConnectorDefinitions",
    after=frozenset(),
    resources=_resources,
    desired=_desired,
    rules=Rules(
        forms={
            "/kind": caseless,
            # the guide and the reference spell the types differently (UI.md)
            f"{_CARD}/connectivityCriteria/*/type": caseless,
            f"{_CARD}/permissions/resourceProvider/*/scope": caseless,
            f"{_CARD}/connectivityCriteria/*/value/*": kql,
            f"{_CARD}/dataTypes/*/lastDataReceivedQuery": kql,
            f"{_CARD}/graphQueries/*/baseQuery": kql,
            f"{_CARD}/sampleQueries/*/query": kql,
        },
        read_only=bodies.under("/properties", _READ_ONLY),
        ordered=frozenset({_CARD}),  # what a reader sees, in the order that it is shown in
        fold_keys=frozenset({""}),
        # booleans that were not sent read back as false, lists as null (FIELD part 1, 4)
        blank_is_absent=frozenset({"/properties"}),
    ),
    comparable=_comparable,
    write=_write,
    provides=lambda _derived, _resource, _body: {},
    serial=Serial.WORKSPACE,
)
