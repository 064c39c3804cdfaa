"""ARM ids as we write them, and what lies above what. Knows no resource's body."""

import re
from collections.abc import Mapping

from controller.model.kind_name import KindName

WORKSPACES = "Microsoft.OperationalInsights/workspaces"
ENDPOINTS = "Microsoft.Insights/dataCollectionEndpoints"
RULES = "Microsoft.Insights/dataCollectionRules"

_GROUP = "/subscriptions/{}/resourceGroups/{}"
_MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"
_PART = "[^/?#%\\\\]+"


def _shape(path: str) -> re.Pattern[str]:
    """Any id of that path in any resource group; `*` stands for one name."""
    parts = path.replace(".", "[.]").replace("*", _PART)
    return re.compile(_GROUP.format(_PART, _PART) + f"/providers/{parts}", re.IGNORECASE)


_SENTINEL = f"{WORKSPACES}/*/providers/Microsoft.SecurityInsights"
_SHAPES: Mapping[KindName, re.Pattern[str]] = {
    KindName.TABLE: _shape(f"{WORKSPACES}/*/tables/*"),
    KindName.ENDPOINT: _shape(f"{ENDPOINTS}/*"),
    KindName.RULE: _shape(f"{RULES}/*"),
    KindName.ROLE_ASSIGNMENT: _shape(
        f"{RULES}/*/providers/Microsoft.Authorization/roleAssignments/*"
    ),
    KindName.DEFINITION: _shape(f"{_SENTINEL}/dataConnectorDefinitions/*"),
    KindName.METADATA: _shape(f"{_SENTINEL}/metadata/*"),
    KindName.DATA_CONNECTOR: _shape(f"{_SENTINEL}/dataConnectors/*"),
}
_EXTENSION = re.compile(r"/providers/microsoft\.authorization/roleassignments/", re.IGNORECASE)


def in_group(subscription_id: str, resource_group: str, resource_type: str, name: str) -> str:
    """The id of a resource of a group; `resource_type` with its provider."""
    group = _GROUP.format(subscription_id, resource_group)
    return f"{group}/providers/{resource_type}/{name}"


def workspace(subscription_id: str, resource_group: str, name: str) -> str:
    """The id of a Log Analytics workspace."""
    return in_group(subscription_id, resource_group, WORKSPACES, name)


def sentinel(workspace_id: str, collection: str, name: str) -> str:
    """The id of something that Microsoft Sentinel keeps for a workspace."""
    return f"{sentinel_list(workspace_id, collection)}/{name}"


def sentinel_list(workspace_id: str, collection: str) -> str:
    return f"{workspace_id}/providers/Microsoft.SecurityInsights/{collection}"


def name_of(resource_id: str) -> str:
    """The last part of an id."""
    return resource_id.rstrip("/").rpartition("/")[2]


def group_of(resource_id: str) -> str:
    """The resource group of an id, "" if it lies in none."""
    return [*resource_id.split("/"), *[""] * 5][4]


def subscription_of(resource_id: str) -> str:
    """The subscription of an id, folded; "" if it lies in none."""
    _, _, inside = resource_id.casefold().partition("/subscriptions/")
    return inside.partition("/")[0]


def is_of(kind: KindName, resource_id: str) -> bool:
    """Whether the id is one of the kind's own: a record may say anything."""
    shape = _SHAPES.get(kind)
    return shape is not None and shape.fullmatch(resource_id) is not None


def covers(scope: str, resource_id: str) -> bool:
    """Whether the scope is the resource or above it, in any case (FIELD 37); `/` is above all.

    Of a management group the id does not tell: one that a LIST at the resource answers is above.
    """
    above = scope.casefold().rstrip("/") + "/"
    return above.startswith(_MANAGEMENT_GROUP) or (resource_id.casefold() + "/").startswith(above)


def assignment_scope(assignment_id: str) -> str:
    """The scope of a role assignment, read from its id."""
    return _EXTENSION.split(assignment_id)[0]
