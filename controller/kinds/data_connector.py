"""The data connector of kind Push: binds stream, rule, endpoint and application."""

from controller.model import arm_ids, bodies
from controller.model.bodies import at
from controller.model.derived import Derived, Push
from controller.model.resource import (
    Body,
    Change,
    Find,
    Kind,
    KindName,
    Refs,
    Resource,
    Rules,
    Serial,
    Verb,
    Write,
)
from controller.model.spelling import caseless

_COLLECTION = "dataConnectors"


def _resources(derived: Derived) -> tuple[Resource, ...]:
    return tuple(
        Resource(
            KindName.DATA_CONNECTOR,
            push.name,
            arm_ids.sentinel(derived.workspace_id, _COLLECTION, push.name),
            find=None if push.named else of_definition(derived),
        )
        for push in derived.pushes
    )


def of_definition(derived: Derived) -> Find:
    """The portal names a data connector by a GUID (FIELD 43): it is known by its definition."""

    def matches(body: Body) -> bool:
        kind = str(at(body, "kind")).casefold()
        definition = at(body, "properties", "connectorDefinitionName")
        return kind == "push" and definition == derived.definition_name

    return Find(arm_ids.sentinel_list(derived.workspace_id, _COLLECTION), matches)


def _desired(derived: Derived, resource: Resource, refs: Refs) -> Body:
    push = _push(derived, resource)
    address = "rule.logsIngestion" if derived.endpoint_id is None else "endpoint.logsIngestion"
    properties = {
        "connectorDefinitionName": derived.definition_name,
        "dcrConfig": {
            "streamName": push.stream,
            "dataCollectionEndpoint": refs[address],
            "dataCollectionRuleImmutableId": refs["rule.immutableId"],
        },
        "auth": {
            "type": "Push",
            "AppId": refs["application.appId"],
            "ServicePrincipalId": refs["application.servicePrincipalId"],
        },
        "isActive": push.is_active,
    }
    return {
        "kind": "Push",
        "properties": bodies.laid_over(push.properties, properties, fold_keys=True),
    }


def _push(derived: Derived, resource: Resource) -> Push:
    """A found data connector may have any name; then there is only one."""
    named = {push.name: push for push in derived.pushes}
    return named.get(resource.name, derived.pushes[0])


def _write(desired: Body, readback: Body | None, changes: tuple[Change, ...]) -> Write:
    return Write(Verb.PUT, bodies.updated(desired, readback, frozenset()))


KIND = Kind(
    name=KindName.DATA_CONNECTOR,
    type="Microsoft.SecurityInsights/dataConnectors",
    after=frozenset({KindName.DEFINITION, KindName.RULE, KindName.ENDPOINT, KindName.APPLICATION}),
    resources=_resources,
    desired=_desired,
    rules=Rules(
        forms={
            "/kind": caseless,
            "/properties/auth/type": caseless,
            "/properties/dcrConfig/dataCollectionEndpoint": caseless,
            # `Enabled` comes back as `enabled` (FIELD part 1, 4)
            "/properties/dataTypes/*/state": caseless,
            # enums of the connectors that poll (OpenAPI 2025-09-01), under pollingConfig before
            "/properties/request/httpMethod": caseless,
            "/properties/paging/pagingType": caseless,
            "/properties/pollingConfig/auth/authType": caseless,
            "/properties/pollingConfig/request/httpMethod": caseless,
            "/properties/pollingConfig/paging/pagingType": caseless,
        },
        # written AppId, shipped as appId too, expected back in camelCase (FIELD part 3, 4; API 6)
        fold_keys=frozenset({""}),
        blank_is_absent=frozenset({"/properties/request", "/properties/response"}),
        # no schema has isActive for Push, so a readback without it says nothing (API A)
        unreported=frozenset({"/properties/isActive"}),
    ),
    write=_write,
    provides=lambda _derived, _resource, _body: {},
    serial=Serial.WORKSPACE,
)
