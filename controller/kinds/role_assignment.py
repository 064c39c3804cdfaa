"""The application's right to send to the rule: Monitoring Metrics Publisher, there or above."""

from uuid import UUID, uuid5

from controller.model import arm_ids, bodies, claims
from controller.model.bodies import at
from controller.model.derived import Derived
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import (
    Body,
    Change,
    Find,
    Kind,
    KindName,
    Refs,
    Resource,
    Rules,
    Verb,
    Write,
)
from controller.model.spec import RolePolicy
from controller.model.spelling import caseless, role

PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"
"""the role Monitoring Metrics Publisher (API 7)"""

NAMES = UUID("6b1a1f6e-6d0c-5b5e-9c55-2f3f6a3d6c10")
"""the namespace of our names; another one would assign everything a second time"""

_READ_ONLY = {"scope", "createdOn", "updatedOn", "createdBy", "updatedBy"}  # OpenAPI 2022-04-01
_TYPE = "providers/Microsoft.Authorization/roleAssignments"


def _resources(derived: Derived) -> tuple[Resource, ...]:
    policy = derived.spec.role_assignment
    if policy is RolePolicy.IGNORE:
        return ()
    principal = derived.service_principal_id
    # names are unique in a tenant and for ever one scope, principal and role (API 7)
    name = str(uuid5(NAMES, f"{derived.rule_id}|{principal}|{PUBLISHER}".casefold()))
    return (
        Resource(
            KindName.ROLE_ASSIGNMENT,
            name,
            f"{derived.rule_id}/{_TYPE}/{name}",
            managed=policy is RolePolicy.ENSURE,
            find=_find(derived.rule_id, principal),
        ),
    )


def _find(rule_id: str, principal: str) -> Find:
    """A LIST at the rule with this filter answers what is at, above and below it (API 7)."""

    def matches(body: Body) -> bool:
        scope = at(body, "properties", "scope") or arm_ids.assignment_scope(str(body.get("id")))
        return (
            _role(body) == PUBLISHER
            and str(at(body, "properties", "principalId")).casefold() == principal.casefold()
            and arm_ids.covers(scope, rule_id)
        )

    query = f"$filter=principalId eq '{principal}'"
    return Find(f"{rule_id}/{_TYPE}?{query}", matches, any_will_do=True)


def _role(body: Body) -> str:
    return arm_ids.name_of(str(at(body, "properties", "roleDefinitionId"))).casefold()


def _desired(derived: Derived, resource: Resource, refs: Refs) -> Body:
    subscription = derived.spec.workspace.subscription_id
    return {
        "properties": {
            "roleDefinitionId": f"/subscriptions/{subscription}/providers"
            f"/Microsoft.Authorization/roleDefinitions/{PUBLISHER}",
            "principalId": refs["application.servicePrincipalId"],
            # without it a new principal is refused until Entra has replicated it (FIELD 34)
            "principalType": "ServicePrincipal",
            "description": claims.described(derived.owner),
        }
    }


def _comparable(desired: Body, readback: Body) -> tuple[Body, Body]:
    """Once there it satisfies, whoever made it: our claim in the description is told once."""
    if claims.is_described(at(desired, "properties", "description")):
        kept = bodies.without(desired["properties"], {"description"})
        desired = {**desired, "properties": kept}
    return desired, readback


def _write(desired: Body, readback: Body | None, changes: tuple[Change, ...]) -> Write:
    if readback is not None:
        raise Stalled(
            Reason.IMMUTABLE,
            f"Role assignment {readback.get('name')} is for another principal or role, and Azure "
            "changes neither (RoleAssignmentUpdateNotPermitted): delete it.",
        )
    return Write(Verb.PUT, desired)


KIND = Kind(
    name=KindName.ROLE_ASSIGNMENT,
    type="Microsoft.Authorization/roleAssignments",
    after=frozenset({KindName.RULE, KindName.APPLICATION}),
    resources=_resources,
    desired=_desired,
    rules=Rules(
        forms={
            "/properties/roleDefinitionId": role,
            "/properties/principalType": caseless,
        },
        read_only=bodies.under("/properties", _READ_ONLY),
        unreported=frozenset({"/properties/principalType"}),  # a field of newer versions (API 7)
    ),
    comparable=_comparable,
    write=_write,
    provides=lambda _derived, _resource, _body: {},
)
