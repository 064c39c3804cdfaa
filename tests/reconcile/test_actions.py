"""Which actions a connector needs follows from its spec and policy: reads, writes, deletions."""

from itertools import product
from typing import Any

import pytest

from controller.kinds import KINDS
from controller.model.resource import KindName
from controller.model.spec import Fate
from controller.reconcile.actions import ACTIONS, needs
from tests.kinds.samples import MINIMAL, derived
from tests.reconcile.deleting import doomed, object_with, record

FATES = list(product(Fate, repeat=3))
KIND_OF = {kind.type: kind.name for kind in KINDS if kind.type}
ORIGINS = ("Created", "Adopted", "Existing", "")
ELSEWHERE = (
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/network"
    "/providers/Microsoft.Insights/dataCollectionEndpoints/shared"
)


def names(**changed: Any) -> set[str]:
    return {need.action.name for need in needs(derived({**MINIMAL, **changed}))}


def verbs(kind: str, **changed: Any) -> set[str]:
    """What may be done to a kind."""
    split = (name.rpartition("/") for name in names(**changed))
    return {verb for type_, _, verb in split if type_.endswith(f"/{kind}")}


def scopes(action: str, **changed: Any) -> set[str]:
    found = needs(derived({**MINIMAL, **changed}))
    return {need.scope for need in found if need.action.name.endswith(action)}


@pytest.mark.parametrize("fates", FATES, ids="-".join)
def test_delete_is_needed_of_exactly_what_deletion_takes(fates: tuple[Fate, ...]) -> None:
    policy: dict[str, Any] = dict(zip(("tables", "created", "adopted"), fates, strict=True))
    goes = {
        kind
        for kind in KIND_OF.values()
        for origin in ORIGINS
        if doomed(object_with(record(kind, origin), **policy))
    }
    found = names(policy={"deletion": policy})
    assert {
        KIND_OF.get(name.removesuffix("/delete")) for name in found if "/delete" in name
    } == goes


def test_by_default_data_is_never_deleted() -> None:
    assert verbs("tables") == {"read", "write"}


@pytest.mark.parametrize(
    ("policy", "given"),
    [("Ensure", {"read", "write", "delete"}), ("Verify", {"read"}), ("Ignore", set())],
)
def test_roles_are_given_with_ensure_and_read_with_verify(policy: str, given: set[str]) -> None:
    assert verbs("roleAssignments", roleAssignment=policy) == given


def test_an_object_that_never_writes_needs_reads_alone() -> None:
    gone = {"tables": "Delete", "created": "Delete", "adopted": "Delete"}
    policy = {"apply": "Never", "deletion": gone, "allowReplace": ["Rule"]}
    found = names(policy=policy)
    assert {name.rpartition("/")[2] for name in found} == {"read"}


def test_a_rule_that_may_be_made_anew_may_be_deleted() -> None:
    kept = {"created": "Retain"}
    assert "delete" not in verbs("dataCollectionRules", policy={"deletion": kept})
    policy = {"deletion": kept, "allowReplace": ["Rule"]}
    assert "delete" in verbs("dataCollectionRules", policy=policy)


def test_an_endpoint_of_others_is_read_where_it_lies_and_no_more() -> None:
    existing = {"existing": {"resourceId": ELSEWHERE}}
    assert verbs("dataCollectionEndpoints", endpoint=existing) == {"read"}
    group = ELSEWHERE.partition("/providers/")[0]
    assert scopes("dataCollectionEndpoints/read", endpoint=existing) == {group}


def test_each_action_is_needed_in_the_group_of_its_resource() -> None:
    changed = {
        "rule": {"resourceGroup": "rules-rg"},
        "endpoint": {"create": {"resourceGroup": "endpoints-rg"}},
    }
    (rules,) = scopes("dataCollectionRules/write", **changed)
    (endpoints,) = scopes("dataCollectionEndpoints/write", **changed)
    (given,) = scopes("roleAssignments/write", **changed)
    assert [scope.rpartition("/")[2] for scope in (rules, endpoints, given)] == [
        "rules-rg",
        "endpoints-rg",
        "rules-rg",
    ]


def test_the_list_of_rules_is_optional_only_where_no_endpoint_is_deleted() -> None:
    """With less, an endpoint could go that a rule elsewhere still sends through."""

    def lack(**changed: Any) -> list[str]:
        found = needs(derived({**MINIMAL, **changed}))
        return [
            need.action.lack
            for need in found
            if need.action.name.endswith("dataCollectionRules/read")
            and "/resourceGroups/" not in need.scope
        ]

    assert lack() == [""]
    (said,) = lack(policy={"deletion": {"created": "Retain"}})
    assert said


def test_every_kind_of_azure_has_its_actions() -> None:
    found = {action.purpose for action in ACTIONS}
    assert {str(kind) for kind in KindName if kind is not KindName.APPLICATION} <= found
