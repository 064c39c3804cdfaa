"""All that a connector's life does in Azure: reads, and writes of the types that it consists of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from controller.azure.ids import resource_type
from controller.model import arm_ids
from controller.model.derived import Derived, derive
from controller.model.spec import parse
from controller.reconcile.actions import Need, needs
from tests.emulated import everything
from tests.emulated.stage import WRITES, Asked, Stage, staged
from tests.kinds.samples import APPLICATION

INSIGHTS, SENTINEL = "microsoft.insights", "microsoft.securityinsights"
MANAGED = {
    "microsoft.operationalinsights/workspaces/tables",
    f"{INSIGHTS}/datacollectionendpoints",
    f"{INSIGHTS}/datacollectionrules",
    "microsoft.authorization/roleassignments",
    f"{SENTINEL}/dataconnectordefinitions",
    f"{SENTINEL}/metadata",
    f"{SENTINEL}/dataconnectors",
}
PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"
"""Monitoring Metrics Publisher"""
GONE = {"tables": "Delete", "created": "Delete", "adopted": "Delete"}
KEPT = {"tables": "Retain", "created": "Retain", "adopted": "Retain"}
QUERY = "microsoft.operationalinsights/workspaces/query"
PROVIDERS = (INSIGHTS, SENTINEL, "microsoft.operationalinsights")
ASSOCIATIONS = f"{INSIGHTS}/datacollectionendpoints/associations"
OF_TYPE = {
    **dict.fromkeys(PROVIDERS, "microsoft.resources/subscriptions/providers"),
    ASSOCIATIONS: f"{INSIGHTS}/datacollectionruleassociations",
}
"""types of ARM's paths that Azure's roles name otherwise"""
_SUBSCRIPTION = f"/subscriptions/{everything.SPEC['workspace']['subscriptionId']}"
FOR_THE_PORTAL = {(_SUBSCRIPTION, "Microsoft.Insights/dataCollectionRules/read")}
"""what is optional, and asked for only where a connector was made by another hand"""
LIVES: Mapping[str, Mapping[str, Any]] = {
    "the default policy": {},
    "everything is deleted": {"policy": {"deletion": GONE}},
    "everything is kept": {"policy": {"deletion": KEPT}},
    "the rule in another group": {"rule": {**everything.SPEC["rule"], "resourceGroup": "rules-rg"}},
    "no right to send is looked for": {"roleAssignment": "Ignore"},
    "a rule without an endpoint": {**everything.direct(), "endpoint": None},
}


def derived(spec: Mapping[str, Any]) -> Derived:
    return derive(parse(spec), namespace="default", name=everything.NAME, installation="demo")


async def live(stage: Stage) -> None:
    """Created, asked for data, changed by somebody and repaired, and deleted."""
    await stage.run()
    await stage.run(minutes=1)
    for rule in list(stage.cloud.store.of_type(f"{INSIGHTS}/datacollectionrules")):
        rule.body["properties"]["dataFlows"] = []
    await stage.run()
    await stage.run(minutes=0)
    stage.held = replace(stage.held, deleting=True)
    assert (await stage.run()).status is None


def asked(call: Asked, place: Derived) -> Iterator[tuple[str, str]]:
    """The actions of a call, in lower case, and what each is asked of."""
    if call.path.startswith("/v1/workspaces/"):
        yield from ((f"{QUERY}/read", place.workspace_id), (f"{QUERY}/*/read", place.workspace_id))
        return
    verb = {"GET": "read", "DELETE": "delete"}.get(call.method, "write")
    type_ = resource_type(call.path)
    yield f"{OF_TYPE.get(type_, type_)}/{verb}", call.path


def narrowest(action: str, path: str, given: tuple[Need, ...]) -> Need:
    """The right that allows the call; fails the test when none does."""
    allowing = [
        need
        for need in given
        if need.action.name.lower() == action and arm_ids.covers(need.scope, path)
    ]
    assert allowing, f"{action} of {path} is not in the table"
    return max(allowing, key=lambda need: len(need.scope))


def keys(stage: Stage, given: tuple[Need, ...]) -> set[tuple[str, str]]:
    """The rights that the calls have used; fails the test for a call without one."""
    place = derived(stage.held.spec)
    return {
        narrowest(action, path, given).key
        for call in stage.cloud.calls
        for action, path in asked(call, place)
    }


@pytest.mark.parametrize("changed", LIVES.values(), ids=list(LIVES))
async def test_a_life_needs_the_actions_of_the_table_and_uses_each(
    changed: Mapping[str, Any],
) -> None:
    spec = {key: value for key, value in {**everything.SPEC, **changed}.items() if value}
    async with staged(everything.NAME, spec) as stage:
        stage.cloud.store.add_resource_group(
            everything.SPEC["workspace"]["subscriptionId"], "rules-rg", "francecentral"
        )
        await live(stage)

        given = needs(derived(spec))
        used = keys(stage, given)
        unused = [need for need in given if need.key not in used]
        assert {need.key for need in unused} <= FOR_THE_PORTAL
        assert all(need.action.lack for need in unused)


async def test_the_rule_of_a_connector_of_the_portal_is_looked_for_in_the_subscription() -> None:
    """As if another had made all of it: nothing is remembered, and the rule bears no tag."""
    spec = {**everything.SPEC, "policy": {"deletion": KEPT}}
    async with staged(everything.NAME, spec) as stage:
        await stage.run()
        for resource in stage.cloud.store.all():
            if resource.type == f"{INSIGHTS}/datacollectionrules":
                resource.body["tags"] = {}
            if resource.type == f"{SENTINEL}/dataconnectors":
                resource.body["properties"]["dcrConfig"]["dataCollectionRuleImmutableId"] = "dcr-1"
        stage.held = replace(stage.held, status={})
        stage.cloud.calls.clear()
        await stage.run()

        assert keys(stage, needs(derived(spec))) >= FOR_THE_PORTAL


async def test_a_life_writes_what_it_manages_and_asks_azure_for_no_action() -> None:
    """No POST to ARM: no key is listed, no provider registered, no workspace onboarded."""
    async with staged(everything.NAME, {**everything.SPEC, "policy": {"deletion": GONE}}) as stage:
        await live(stage)

        calls = stage.cloud.calls
        arm = [call for call in calls if not call.path.startswith("/v1/workspaces/")]
        assert {call.method for call in arm} <= {"GET", *WRITES}
        written = {resource_type(call.path) for call in arm if call.method in WRITES}
        assert written == MANAGED
        assert {call.method for call in calls if call not in arm} == {"POST"}


async def test_the_only_role_that_is_given_is_the_sender_s_at_its_rule() -> None:
    async with staged(everything.NAME, everything.SPEC) as stage:
        await stage.run()

        (rule,) = stage.cloud.store.of_type("microsoft.insights/datacollectionrules")
        (given,) = stage.cloud.store.of_type("microsoft.authorization/roleassignments")
        assert given.key.startswith(f"{rule.key}/providers/microsoft.authorization/")
        properties = given.body["properties"]
        assert properties["roleDefinitionId"].endswith(f"/roleDefinitions/{PUBLISHER}")
        assert properties["principalId"] == APPLICATION["existing"]["servicePrincipalId"]
