"""The data collection rule: streams, transforms, destination. The claim of its owner is on it."""

from collections.abc import Mapping
from typing import Any

from controller.model import bodies
from controller.model.bodies import at
from controller.model.claims import OWNER_TAG
from controller.model.columns import canonical
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
from controller.model.spec import Rule
from controller.model.spelling import caseless, compact, kql

DESTINATION = "clv2ws1"
"""the name that the guide and most shipped connectors use (PUSH payload 2, FIELD part 3, 2)"""

# OpenAPI 2024-03-11; sending them back fails (FIELD 19)
_READ_ONLY = {"immutableId", "provisioningState", "endpoints", "metadata", "ingestionQuotas"}

# enums of sources that are not ours to send, but somebody's to keep (OpenAPI 2024-03-11)
_SOURCE_ENUMS = bodies.under(
    "/properties/dataSources/*/*",
    {"facilityNames/*", "logLevels/*", "logLevel", "format", "profileFilter/*"},
) | {
    "/properties/dataSources/logFiles/*/settings/text/recordStartTimestampFormat",
    "/properties/references/enrichmentData/storageBlobs/*/lookupType",
}


def _resources(derived: Derived) -> tuple[Resource, ...]:
    return (Resource(KindName.RULE, derived.rule_name, derived.rule_id),)


def _desired(derived: Derived, resource: Resource, refs: Refs) -> Body:
    given = derived.spec.rule or Rule()
    body = {
        "location": refs["workspace.location"],
        "kind": given.kind or "",  # none is asked for, too: a rule of another kind is another
        "tags": {**(given.tags or {}), OWNER_TAG: derived.owner},
        "properties": bodies.given(
            {
                "description": given.description,
                "dataCollectionEndpointId": derived.endpoint_id,
                "streamDeclarations": _streams(derived),
                "destinations": {
                    "logAnalytics": [
                        {"workspaceResourceId": derived.workspace_id, "name": DESTINATION}
                    ]
                },
                "dataFlows": _flows(derived),
            }
        ),
    }
    return bodies.given(body)


def _streams(derived: Derived) -> dict[str, Any]:
    return {
        name: {"columns": [{"name": column.name, "type": column.type} for column in columns]}
        for name, columns in derived.streams
    }


def _flows(derived: Derived) -> list[dict[str, Any]]:
    return [
        bodies.given(
            {
                "streams": [flow.stream],
                "destinations": [DESTINATION],
                "transformKql": flow.transform,
                "outputStream": flow.output,
            }
        )
        for flow in derived.flows
    ]


def _comparable(desired: Body, readback: Body) -> tuple[Body, Body]:
    """A destination is what it points to: ours takes the name that the readback's flows use."""
    asked = bodies.asked_of_identity(desired, readback)
    names = _names_there(asked, readback)
    if not names:
        return asked, readback
    properties = asked["properties"]
    renamed = {
        "destinations": {
            **properties["destinations"],
            "logAnalytics": [
                {**item, "name": names[item["name"]]} if item.get("name") in names else item
                for item in properties["destinations"]["logAnalytics"]
            ],
        },
        "dataFlows": [
            {**flow, "destinations": [names.get(name, name) for name in flow["destinations"]]}
            if flow.get("destinations")
            else flow
            for flow in properties.get("dataFlows") or ()
        ],
    }
    return {**asked, "properties": {**properties, **renamed}}, readback


def _names_there(desired: Body, readback: Body) -> dict[str, str]:
    """Our name of a workspace -> the readback's, where that is another and in use there."""
    flows = at(readback, "properties", "dataFlows") or ()
    used = {name for flow in flows for name in flow.get("destinations") or ()}
    there = [(name, target) for name, target in _targets(readback) if name in used]
    names = {target: name for name, target in there}
    return {
        name: names[target]
        for name, target in _targets(desired)
        if target in names and (name, target) not in there
    }


def _targets(body: Body) -> list[tuple[str, str]]:
    """The workspaces that it sends to, as (name, id without case)."""
    items = at(body, "properties", "destinations", "logAnalytics") or ()
    named = [(at(item, "name"), str(at(item, "workspaceResourceId"))) for item in items]
    return [(name, workspace.casefold()) for name, workspace in named if name is not None]


def _write(desired: Body, readback: Body | None, changes: tuple[Change, ...]) -> Write:
    """An omitted property is removed by PUT (FIELD part 1, 1), so the readback lies under ours."""
    if readback is None:
        return Write(Verb.PUT, _without_blank_kind(desired))
    _refuse_immutable(desired, readback, changes)
    return Write(Verb.PUT, _over(desired, readback))


def _over(desired: Body, readback: Body) -> Body:
    """Ours over what is writable of the readback: tags, identity and much else of others stay."""
    body = _without_blank_kind(bodies.laid_over(_writable(readback), desired))
    body["tags"] = bodies.tags_over(readback.get("tags"), desired["tags"])
    ours, properties = desired["properties"], body["properties"]
    name = _destination_name(readback, ours["destinations"]["logAnalytics"][0])
    properties["streamDeclarations"] = ours["streamDeclarations"]
    properties["destinations"] = {
        "logAnalytics": [{**ours["destinations"]["logAnalytics"][0], "name": name}]
    }
    properties["dataFlows"] = [{**flow, "destinations": [name]} for flow in ours["dataFlows"]]
    return body


def _without_blank_kind(body: Body) -> dict[str, Any]:
    return dict(body) if body["kind"] else bodies.without(body, {"kind"})


def _destination_name(readback: Body, ours: Mapping[str, str]) -> str:
    """The name that our workspace has there: any name serves, and renaming it is no gain."""
    wanted = ours["workspaceResourceId"].casefold()
    return next((name for name, target in _targets(readback) if target == wanted), ours["name"])


def _refuse_immutable(desired: Body, readback: Body, changes: tuple[Change, ...]) -> None:
    """A PUT with another kind fails for ever (FIELD 14); location is set once (OpenAPI)."""
    for field in ("kind", "location"):
        if any(change.path == f"/{field}" for change in changes):
            raise Stalled(
                Reason.IMMUTABLE,
                f"Rule {readback.get('name')}: {field} is {readback.get(field) or 'not set'} in "
                f"Azure and {desired.get(field) or 'not set'} here; Azure sets it once, at "
                "creation. Take the change back, name another rule in spec.rule.name, or let the "
                "operator replace one of its own with spec.policy.allowReplace: [Rule]. That costs "
                "a new immutable id: every sender fails until it has learnt it, and what it sends "
                "meanwhile is lost.",
            )


def _writable(readback: Body) -> dict[str, Any]:
    top = bodies.given(bodies.without(readback, bodies.ENVELOPE))
    if bodies.has_no_identity(top):
        top.pop("identity", None)  # old versions refuse it (FIELD part 1, 1)
    return {**top, "properties": bodies.without(top.get("properties") or {}, _READ_ONLY)}


def _provides(derived: Derived, resource: Resource, body: Body) -> Mapping[str, Any]:
    return bodies.given(
        {
            "rule.id": resource.id,
            "rule.name": resource.name,
            "rule.immutableId": at(body, "properties", "immutableId"),
            "rule.logsIngestion": at(body, "properties", "endpoints", "logsIngestion"),
        }
    )


KIND = Kind(
    name=KindName.RULE,
    type="Microsoft.Insights/dataCollectionRules",
    after=frozenset({KindName.TABLE, KindName.ENDPOINT}),
    resources=_resources,
    desired=_desired,
    rules=Rules(
        forms={
            "/kind": compact,
            "/identity/type": compact,
            "/properties/streamDeclarations/*/columns/*/type": canonical,
            "/properties/dataFlows/*/transformKql": kql,
            **dict.fromkeys(_SOURCE_ENUMS, caseless),
        },
        read_only=bodies.under("/properties", _READ_ONLY)
        # resolved inside the elements that were sent (FIELD part 1, 1)
        | {
            "/properties/destinations/logAnalytics/*/workspaceId",
            "/properties/destinations/monitoringAccounts/*/accountId",
        },
        closed=frozenset(
            {
                "/properties/streamDeclarations",
                "/properties/destinations",
                # what somebody adds to a flow changes the data
                "/properties/dataFlows/*",
            }
        ),
        fold_keys=frozenset({"/tags"}),  # names of tags have no case (ARM)
        # absent, null and blank are one kind: the packager sends a blank (FIELD part 3, 2)
        blank_is_absent=frozenset({"/kind", "/properties/dataFlows"}),
    ),
    comparable=_comparable,
    write=_write,
    provides=_provides,
    settled=bodies.pending,
    replacement=_over,
)
