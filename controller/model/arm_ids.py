"""ARM ids as we write them, and what lies above what. Knows no resource's body."""

import re

_GROUP = "/subscriptions/{}/resourceGroups/{}"
_MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"
_EXTENSION = re.compile(r"/providers/microsoft\.authorization/roleassignments/", re.IGNORECASE)


def in_group(subscription_id: str, resource_group: str, resource_type: str, name: str) -> str:
    """The id of a resource of a group; `resource_type` with its provider."""
    group = _GROUP.format(subscription_id, resource_group)
    return f"{group}/providers/{resource_type}/{name}"


def sentinel(workspace_id: str, collection: str, name: str) -> str:
    """The id of something that Microsoft Sentinel keeps for a workspace."""
    return f"{sentinel_list(workspace_id, collection)}/{name}"


def sentinel_list(workspace_id: str, collection: str) -> str:
    return f"{workspace_id}/providers/Microsoft.SecurityInsights/{collection}"


def name_of(resource_id: str) -> str:
    """The last part of an id."""
    return resource_id.rstrip("/").rpartition("/")[2]


def group_of(resource_id: str) -> str:
    """The resource group of an id that lies in one."""
    return resource_id.split("/")[4]


def covers(scope: str, resource_id: str) -> bool:
    """Whether the scope is the resource or above it, in any case (FIELD 37); `/` is above all.

    Of a management group the id does not tell: one that a LIST at the resource answers is above.
    """
    above = scope.casefold().rstrip("/") + "/"
    return above.startswith(_MANAGEMENT_GROUP) or (resource_id.casefold() + "/").startswith(above)


def assignment_scope(assignment_id: str) -> str:
    """The scope of a role assignment, read from its id."""
    return _EXTENSION.split(assignment_id)[0]
