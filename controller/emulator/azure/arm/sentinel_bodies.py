"""How Sentinel's bodies come back: defaults, recased and dropped keys, nulls; what a body needs."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from controller.emulator.azure.answers import Json, Refused, section
from controller.emulator.azure.store import Resource

_UI_REQUIRED = (
    *("title", "publisher", "descriptionMarkdown", "graphQueries", "dataTypes"),
    *("connectivityCriteria", "permissions", "instructionSteps"),
)
_ACTIONS = ("write", "read", "delete", "action")
_TIERS = ("Microsoft", "Partner", "Community")
_SOURCES = ("LocalWorkspace", "Community", "Solution", "SourceRepository")
_RECASED = ("auth", "request")
_SECRETS = ("apiKey", "clientSecret", "password")
_CONNECTOR_NULLS = ("dataType", "paging", "addOnAttributes")


def refuse_incomplete_definition(body: Json) -> None:
    _require(body, ("kind",), "")
    properties = section(body, "properties")
    _require(properties, ("connectorUiConfig",), "properties")
    _require(section(properties, "connectorUiConfig"), _UI_REQUIRED, "properties.connectorUiConfig")
    connections = section(properties, "connectionsConfig")
    if connections:
        needed = ("templateSpecName", "templateSpecVersion")
        _require(connections, needed, "properties.connectionsConfig")


def definition_properties(given: Json) -> Json:
    """isPreview and all four permission booleans are filled in with false (OpenAPI example)."""
    properties = deepcopy(given)
    ui = section(properties, "connectorUiConfig")
    if isinstance(ui.get("availability"), dict):
        ui["availability"] = {"isPreview": False} | ui["availability"]
    for provider in section(ui, "permissions").get("resourceProvider") or []:
        asked = provider.get("requiredPermissions") or {}
        provider["requiredPermissions"] = {name: bool(asked.get(name)) for name in _ACTIONS}
    return properties


def refuse_incomplete_metadata(body: Json) -> None:
    properties = section(body, "properties")
    _require(properties, ("parentId", "kind"), "properties")
    for key, field, allowed in (("support", "tier", _TIERS), ("source", "kind", _SOURCES)):
        block = properties.get(key)
        if block is None:
            continue
        _require(section(properties, key), (field,), f"properties.{key}")
        if block[field] not in allowed:
            raise _unparsed(
                f"Error converting value \"{block[field]}\" to type '{key}.{field}'. Path "
                f"'properties.{key}.{field}'"
            )


def metadata_properties(given: Json, workspace: Resource | None) -> Json:
    """`dependencies.criteria[].name` is dropped, `source` defaults to the workspace."""
    properties = deepcopy(given)
    if "dependencies" in properties:
        properties["dependencies"] = _without_names(properties["dependencies"])
    if isinstance(properties.get("categories"), dict):
        properties["categories"] = {"domains": None, "verticals": None} | properties["categories"]
    if not properties.get("source") and workspace is not None:
        properties["source"] = {
            "kind": "LocalWorkspace",
            "name": workspace.body["name"],
            "sourceId": workspace.body["properties"]["customerId"],
        }
    return properties


def _without_names(dependencies: Any) -> Any:
    if not isinstance(dependencies, dict):
        return dependencies
    kept = {key: value for key, value in dependencies.items() if key != "name"}
    if isinstance(kept.get("criteria"), list):
        kept["criteria"] = [_without_names(criterion) for criterion in kept["criteria"]]
    return kept


def refuse_incomplete_connector(body: Json) -> None:
    _require(body, ("kind",), "")
    properties = section(body, "properties")
    _require(properties, ("connectorDefinitionName", "auth", "dcrConfig"), "properties")
    needed = ("dataCollectionEndpoint", "dataCollectionRuleImmutableId", "streamName")
    _require(section(properties, "dcrConfig"), needed, "properties.dcrConfig")
    if body["kind"] == "Push" and section(properties, "auth").get("type") != "Push":
        raise _unparsed("Required property 'type' is not 'Push'. Path 'properties.auth'")


def connector_properties(given: Json) -> Json:
    """camelCase in `auth` and `request` (`AppId` comes back as `appId`), secrets never, optional
    blocks as explicit nulls, `isActive` true unless told otherwise."""
    properties: Json = dict.fromkeys(_CONNECTOR_NULLS) | {"isActive": True} | deepcopy(given)
    for block in _RECASED:
        if isinstance(properties.get(block), dict):
            properties[block] = {
                key[:1].lower() + key[1:]: value
                for key, value in properties[block].items()
                if key not in _SECRETS
            }
    return properties


def _require(body: Json, keys: Iterable[str], path: str) -> None:
    for key in keys:
        if body.get(key) in (None, ""):
            where = f" Path '{path}'." if path else ""
            raise _unparsed(f"Required property '{key}' not found in JSON.{where}")


def _unparsed(problem: str) -> Refused:
    return Refused(400, "BadRequest", f"Failed to parse input. Error='{problem}'")
