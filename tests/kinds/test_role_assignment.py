"""Whoever gave the application the role, at the rule or above it: it satisfies."""

from typing import Any

import pytest

from controller.kinds.role_assignment import KIND, PUBLISHER
from controller.model.errors import Stalled
from controller.model.resource import Body, Resource, Verb
from controller.reconcile.diff import changes
from tests.kinds.samples import APPLICATION, REFS, minimal

PRINCIPAL = APPLICATION["existing"]["servicePrincipalId"]
RULE = minimal().rule_id
GROUP = RULE.partition("/providers/")[0]


def resource(**changed: Any) -> Resource:
    (found,) = KIND.resources(minimal(**changed))
    return found


MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/corp"


def assignment(at: str, **properties: str) -> Body:
    return {
        "id": f"{at}/providers/Microsoft.Authorization/roleAssignments/x",
        "name": "x",
        "properties": {
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{PUBLISHER}",
            "principalId": PRINCIPAL,
            **properties,
        },
    }


def found(body: Body) -> bool:
    find = resource().find
    assert find is not None
    return find.matches(body)


@pytest.mark.parametrize(
    "scope",
    [RULE, GROUP.upper(), GROUP.rpartition("/resourceGroups")[0], MANAGEMENT_GROUP, ""],
)
def test_one_at_the_rule_or_above_is_found(scope: str) -> None:
    assert found(assignment(scope))
    assert found(assignment("/else", scope=scope or "/"))


@pytest.mark.parametrize("scope", [f"{RULE}-2", f"{GROUP}-2", f"{RULE}/below"])
def test_one_beside_or_below_is_not(scope: str) -> None:
    assert not found(assignment(scope))


def test_another_role_or_principal_is_not() -> None:
    assert not found(assignment(RULE, principalId="00000000-0000-0000-0000-000000000000"))
    assert not found(assignment(RULE, roleDefinitionId="/roleDefinitions/b24988ac"))


def test_an_inherited_one_satisfies() -> None:
    desired = KIND.desired(minimal(), resource(), REFS)

    assert changes(KIND, desired, assignment(GROUP, principalId=PRINCIPAL.upper())) == ()


def test_it_is_looked_for_at_the_rule_by_principal() -> None:
    find = resource().find

    assert find is not None
    assert find.any_will_do
    assert find.collection == (
        f"{RULE}/providers/Microsoft.Authorization/roleAssignments"
        f"?$filter=principalId eq '{PRINCIPAL}'"
    )


def test_the_name_is_the_same_for_the_same_rule_and_principal_only() -> None:
    recased = {"existing": {**APPLICATION["existing"], "servicePrincipalId": PRINCIPAL.upper()}}

    assert resource().name == resource(application=recased).name
    assert resource().name != resource(rule={"name": "another"}).name


def test_its_name_never_changes_between_versions_of_the_operator() -> None:
    assert resource().name == "94fa4b7c-f90a-5071-86e9-8a14b0fc8291"


def test_verify_reads_and_never_writes() -> None:
    assert not resource(roleAssignment="Verify").managed
    assert resource().managed


def test_ignore_does_not_look() -> None:
    assert KIND.resources(minimal(roleAssignment="Ignore")) == ()


def test_one_under_our_name_for_somebody_else_stops() -> None:
    desired = KIND.desired(minimal(), resource(), REFS)
    have = assignment(RULE, principalId="00000000-0000-0000-0000-000000000000")

    assert KIND.write(desired, None, ()).verb is Verb.PUT
    with pytest.raises(Stalled, match="another principal or role"):
        KIND.write(desired, have, changes(KIND, desired, have))
