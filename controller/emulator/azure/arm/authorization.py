"""Role assignments at any scope: unique by name and by (scope, principal, role), immutable.

Also answers whether a principal holds a role at a scope or above it.
"""

import re
import uuid
from collections.abc import Callable

from controller.emulator.azure.answers import Answer, Call, Json, Refused, record, section
from controller.emulator.azure.arm.common import Routes, page
from controller.emulator.azure.store import Azure, Resource
from controller.emulator.azure.targets import Target, under

TYPE = "Microsoft.Authorization/roleAssignments"
METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"
_PRINCIPAL = re.compile(r"(?:principalId eq|assignedTo\()\s*'([^']*)'", re.IGNORECASE)


def _put(azure: Azure, call: Call, target: Target) -> Answer:
    """201 also when it replaces (recorded); only description and condition can change."""
    given = section(record(call.body, what="the role assignment"), "properties")
    _refuse_malformed(given, target)
    if azure.get(target.scope) is None:
        raise Refused(
            404, "ResourceNotFound", f"The scope '{target.scope}' of the assignment was not found."
        )
    if not azure.entra.knows(str(given["principalId"])):
        raise _principal_not_found(azure, given, target)
    old = _named(azure, target.name)
    if old is not None and _identity(old.body["properties"]) != _identity(given, target.scope):
        raise Refused(
            400,
            "RoleAssignmentUpdateNotPermitted",
            "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
        )
    if old is None and _equal(azure, given, target.scope) is not None:
        raise Refused(409, "RoleAssignmentExists", "The role assignment already exists.")
    body = _readback(azure, call, target, given=given)
    resource = Resource(body["id"], TYPE.lower(), body, azure.stamp())
    azure.put(resource)
    return Answer(201, body)


def _readback(azure: Azure, call: Call, target: Target, *, given: Json) -> Json:
    old = _named(azure, target.name)
    scope = _scope_id(azure, target.scope)
    now = azure.stamp()
    kept = old.body["properties"] if old else {"createdOn": now, "createdBy": call.caller.object_id}
    return {
        "properties": {
            "roleDefinitionId": given["roleDefinitionId"],
            "principalId": given["principalId"],
            "principalType": given.get("principalType") or "ServicePrincipal",
            "scope": scope,
            "condition": given.get("condition"),
            "conditionVersion": given.get("conditionVersion"),
            "createdOn": kept["createdOn"],
            "updatedOn": now,
            "createdBy": kept["createdBy"],
            "updatedBy": call.caller.object_id,
            "delegatedManagedIdentityResourceId": None,
            "description": given.get("description"),
        },
        "id": f"{scope}/providers/{TYPE}/{target.name}",
        "type": TYPE,
        "name": target.name,
    }


def _refuse_malformed(given: Json, target: Target) -> None:
    try:
        uuid.UUID(target.name)
    except ValueError as error:
        raise Refused(
            400,
            "InvalidRoleAssignmentId",
            f"The role assignment ID '{target.name}' is not valid. The role assignment ID must be "
            "a GUID.",
        ) from error
    for key in ("roleDefinitionId", "principalId"):
        if not given.get(key):
            raise Refused(
                400, "InvalidRequestContent", f"The request content lacks 'properties.{key}'."
            )


def _principal_not_found(azure: Azure, given: Json, target: Target) -> Refused:
    subscription = azure.get(f"/subscriptions/{target.subscription}")
    tenant = subscription.body["tenantId"] if subscription else ""
    principal = str(given["principalId"]).replace("-", "")
    return Refused(
        400,
        "PrincipalNotFound",
        f"Principal {principal} does not exist in the directory {tenant}. Check that you have the "
        "correct principal ID. If you are creating this principal and then immediately assigning a "
        "role, this error might be related to a replication delay. In this case, set the role "
        "assignment principalType property to a value, such as ServicePrincipal, User, or Group. "
        "See https://aka.ms/docs-principaltype",
    )


def _scope_id(azure: Azure, scope: str) -> str:
    resource = azure.get(scope)
    return resource.id if resource else scope


def _role(definition_id: str) -> str:
    return definition_id.rpartition("/")[2].lower()


def _identity(properties: Json, scope: str = "") -> tuple[str, str, str]:
    where = str(properties.get("scope") or scope).lower()
    return where, str(properties["principalId"]).lower(), _role(properties["roleDefinitionId"])


def _named(azure: Azure, name: str) -> Resource | None:
    """Names are unique over all scopes."""
    for assignment in azure.of_type(TYPE.lower()):
        if assignment.body["name"].lower() == name.lower():
            return assignment
    return None


def _equal(azure: Azure, given: Json, scope: str) -> Resource | None:
    wanted = _identity({**given, "scope": scope})
    for assignment in azure.of_type(TYPE.lower()):
        if _identity(assignment.body["properties"]) == wanted:
            return assignment
    return None


def _existing(azure: Azure, target: Target) -> Resource:
    assignment = azure.get(target.path)
    if assignment is None:
        raise Refused(
            404,
            "RoleAssignmentNotFound",
            f"The role assignment '{target.name}' is not found.",
        )
    return assignment


def _get(azure: Azure, call: Call, target: Target) -> Answer:
    return Answer(200, _existing(azure, target).body)


def _list(azure: Azure, call: Call, target: Target) -> Answer:
    """At the scope and above; also below it unless `$filter` says atScope()."""
    query = call.query.get("$filter", "")
    principal = _PRINCIPAL.search(query)
    wanted = _visible_from(target.scope, below="atscope()" not in query.lower())
    return page(
        azure,
        call,
        (
            assignment.body
            for assignment in azure.of_type(TYPE.lower())
            if wanted(assignment.body["properties"]["scope"])
            and (principal is None or _is_for(assignment, principal[1]))
        ),
    )


def _visible_from(scope: str, *, below: bool) -> Callable[[str], bool]:
    low = scope.lower()
    return lambda found: under(found, low) or (below and under(scope, found.lower()))


def _is_for(assignment: Resource, principal: str) -> bool:
    return bool(assignment.body["properties"]["principalId"].lower() == principal.lower())


def _delete(azure: Azure, call: Call, target: Target) -> Answer:
    assignment = azure.get(target.path)
    if assignment is None:
        return Answer(204)
    azure.delete(target.path)
    return Answer(200, assignment.body)


def holds(azure: Azure, object_id: str, role: str, *, at: str) -> bool:
    """Whether a principal holds a role (its GUID) at an id or above it."""
    for assignment in azure.of_type(TYPE.lower()):
        properties = assignment.body["properties"]
        if (
            _is_for(assignment, object_id)
            and _role(properties["roleDefinitionId"]) == role
            and under(properties["scope"], at.lower())
        ):
            return True
    return False


ROUTES: Routes = {
    (TYPE.lower(), "item"): {"GET": _get, "PUT": _put, "DELETE": _delete},
    (TYPE.lower(), "collection"): {"GET": _list},
}
