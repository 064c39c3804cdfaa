"""All that a connector's life does in Azure: reads, and writes of the types that it consists of."""

from __future__ import annotations

from dataclasses import replace

from controller.azure.ids import resource_type
from tests.emulated import everything
from tests.emulated.stage import WRITES, staged
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


async def test_a_life_writes_what_it_manages_and_asks_azure_for_no_action() -> None:
    """No POST to ARM: no key is listed, no provider registered, no workspace onboarded."""
    async with staged(everything.NAME, {**everything.SPEC, "policy": {"deletion": GONE}}) as stage:
        await stage.run()
        await stage.run(minutes=1)
        for resource in list(stage.cloud.store.all()):
            if resource.type.endswith("datacollectionrules"):
                resource.body["properties"]["dataFlows"] = []
        await stage.run()
        stage.held = replace(stage.held, deleting=True)
        assert (await stage.run()).release

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
