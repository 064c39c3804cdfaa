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

DESTINATION = "clv2ws1"
"""the name that the guide and most shipped connectors use (PUSH payload 2, FIELD part 3, 2)"""

# OpenAPI 2024-03-11; sending them back fails (FIELD 19)
_READ_ONLY = {"immutableId", "provisioningState", "endpoints", "metadata", "ingestionQuotas"}


def _resources(derived: Derived) -> tuple[Resource, ...]:
    return (Resource(KindName.RULE, derived.rule_name, derived.rule_id),)


def _desired(derived: Derived, resource: Resource, refs: Refs) -> Body:
    given = derived.spec.rule or Rule()
    body = {
        "location": refs["workspace.location"],
        "kind": given.kind or None,
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


def _normal(body: Body) -> Body:
    """Maps that are closed become lists; a destination is what it points to, not its name."""
    properties = dict(at(body, "properties") or {})
    targets = dict(_targets(properties))
    properties["streamDeclarations"] = [
        {"name": name, "columns": [_column(column) for column in at(stream, "columns") or ()]}
        for name, stream in (properties.get("streamDeclarations") or {}).items()
    ]
    properties["destinations"] = sorted(targets.values())
    properties["dataFlows"] = [_flow(flow, targets) for flow in properties.get("dataFlows") or ()]
    # absent, null and blank are one kind: the packager sends a blank (FIELD part 3, 2)
    kind = (body.get("kind") or "").strip()
    return {**body, "kind": kind, "tags": bodies.folded(body.get("tags")), "properties": properties}


def _targets(properties: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The destinations as (name, what it is): a workspace by its id, others by type and name."""
    found: list[tuple[str, str]] = []
    for kind, value in bodies.given(properties.get("destinations") or {}).items():
        for item in value if isinstance(value, list) else [value]:
            name = str(at(item, "name"))
            found.append((name, _target(kind, at(item, "workspaceResourceId") or name)))
    return found


def _target(kind: str, what: str) -> str:
    return what.casefold() if kind == "logAnalytics" else f"{kind} {what}"


def _column(column: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": column.get("name"), "type": canonical(str(column.get("type")))}


def _flow(flow: Mapping[str, Any], targets: Mapping[str, str]) -> dict[str, Any]:
    """A flow is one value: what somebody added to it changes the data, so it is drift."""
    names = flow.get("destinations") or ()
    return {
        "streams": sorted(flow.get("streams") or ()),
        "destinations": sorted(targets.get(name, name) for name in names),
        "transformKql": _plain(flow.get("transformKql")),
        "outputStream": flow.get("outputStream"),
        "builtInTransform": flow.get("builtInTransform") or None,
        "captureOverflow": flow.get("captureOverflow") or None,
    }


def _plain(kql: str | None) -> str | None:
    """KQL without what no reader sees: stored text keeps its line ends (the recording
    `dcr_custom_logs_readback` has both ending in new lines, one after a blank)."""
    if kql is None:
        return None
    return "\n".join(line.rstrip() for line in kql.splitlines()).rstrip() or None


def _write(desired: Body, readback: Body | None, changes: tuple[Change, ...]) -> Write:
    """An omitted property is removed by PUT (FIELD part 1, 1), so the readback lies under ours."""
    if readback is None:
        return Write(Verb.PUT, desired)
    _refuse_immutable(desired, readback, changes)
    body = bodies.laid_over(_writable(readback), desired)
    body["tags"] = bodies.tags_over(readback.get("tags"), desired["tags"])
    ours, properties = desired["properties"], body["properties"]
    name = _destination_name(readback, ours["destinations"]["logAnalytics"][0])
    properties["streamDeclarations"] = ours["streamDeclarations"]
    properties["destinations"] = {
        "logAnalytics": [{**ours["destinations"]["logAnalytics"][0], "name": name}]
    }
    properties["dataFlows"] = [{**flow, "destinations": [name]} for flow in ours["dataFlows"]]
    return Write(Verb.PUT, body)


def _destination_name(readback: Body, ours: Mapping[str, str]) -> str:
    """The name that our workspace has there: any name serves, and renaming it is no gain."""
    wanted = _target("logAnalytics", ours["workspaceResourceId"])
    there = _targets(at(readback, "properties") or {})
    return next((name for name, target in there if target == wanted), ours["name"])


def _refuse_immutable(desired: Body, readback: Body, changes: tuple[Change, ...]) -> None:
    """A PUT with another kind fails for ever (FIELD 14); location is set once (OpenAPI)."""
    for field in ("kind", "location"):
        if any(change.path == f"/{field}" for change in changes):
            raise Stalled(
                Reason.IMMUTABLE,
                f"Rule {readback.get('name')}: {field} is {readback.get(field) or 'not set'} in "
                f"Azure and {desired.get(field) or 'not set'} here; Azure sets it once, at "
                "creation. Name another rule in spec.rule.name, or delete this one: its immutable "
                "id, which senders use, goes with it.",
            )


def _writable(readback: Body) -> dict[str, Any]:
    top = bodies.given(bodies.without(readback, bodies.ENVELOPE))
    if at(top, "identity", "type") == "None":
        del top["identity"]  # dropped by Azure, and refused by old versions (FIELD part 1, 1)
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
    after=frozenset({KindName.TABLE, KindName.ENDPOINT}),
    resources=_resources,
    desired=_desired,
    rules=Rules(
        fold=frozenset({"/kind"}),
        keyed={
            "/properties/streamDeclarations": "name",
            "/properties/streamDeclarations/*/columns": "name",
        },
        unordered=frozenset({"/properties/destinations", "/properties/dataFlows"}),
    ),
    normal=_normal,
    write=_write,
    provides=_provides,
    settled=bodies.pending,
)
