"""ARM ids as we write them, and what lies above what. Knows no resource's body."""

import re
from collections.abc import Mapping
from string import ascii_lowercase, ascii_uppercase

from controller.model.kind_name import KindName

WORKSPACES = "Microsoft.OperationalInsights/workspaces"
ENDPOINTS = "Microsoft.Insights/dataCollectionEndpoints"
RULES = "Microsoft.Insights/dataCollectionRules"

_GROUP = "/subscriptions/{}/resourceGroups/{}"
_MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"
_PART = r"(?!\.{1,2}(?:/|$))[^/?#%\\\x00-\x20\x7f]+"
"""one name: nothing that a client or a server on the way reads as another path"""
_PATH = re.compile(f"(/{_PART})+|/", re.ASCII)


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
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
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


def subscription_scope(resource_id: str) -> str:
    """The id of the subscription that an id lies in."""
    return "/".join(resource_id.split("/")[:3])


def group_scope(resource_id: str) -> str:
    """The id of the resource group of an id, of its subscription if it lies in none."""
    return "/".join(resource_id.split("/")[:5])


def is_of(kind: KindName, resource_id: str) -> bool:
    """Whether the id is one of the kind's own: a record may say anything."""
    shape = _SHAPES.get(kind)
    return shape is not None and shape.fullmatch(resource_id) is not None


def is_plain(resource_id: str) -> bool:
    """Whether it is what it seems to be: names between single slashes, none of them dots alone,
    no escape, query, backslash or control character."""
    return _PATH.fullmatch(resource_id) is not None


def covers(scope: str, resource_id: str) -> bool:
    """Whether the scope is the resource or above it, in any case (FIELD 37); `/` is above all.

    Of a management group the id does not tell: one that a LIST at the resource answers is above.
    """
    above = _folded(scope).rstrip("/") + "/"
    return above.startswith(_MANAGEMENT_GROUP) or (_folded(resource_id) + "/").startswith(above)


def _folded(resource_id: str) -> str:
    """Without case in ASCII alone: to Unicode more is equal than to Azure (\u017f is an s)."""
    return resource_id.translate(_LOWER)


def assignment_scope(assignment_id: str) -> str:
    """The scope of a role assignment, read from its id."""
    return _EXTENSION.split(assignment_id)[0]
