"""A connector that was there before: found by its chain, taken over as it is, or left alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import KindName
from controller.reconcile.consent import Leave
from controller.reconcile.ownership import Standing
from controller.reconcile.plan import Action
from controller.reconcile.walk import walk
from tests.reconcile.fakes import Azure, call
from tests.reconcile.portal import (
    IMMUTABLE,
    PORTAL_ENDPOINT,
    PORTAL_PUSH,
    PORTAL_RULE,
    deployed,
)
from tests.reconcile.samples import (
    CONNECTORS,
    DATA_CONNECTOR,
    DEFINITION,
    ENDPOINT,
    METADATA,
    RULE,
    SUBSCRIPTION,
    connector,
    derived,
)
from tests.reconcile.scene import Scene
from tests.reconcile.walking import LOST, Begun, applied, converged, told

RULES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Insights/dataCollectionRules"
OWNER = {"contoso-connector-owner": "demo/default/acme"}


async def test_a_connector_of_the_portal_is_taken_over_by_one_tag_and_nothing_else() -> None:
    azure = await deployed()
    before = {key: dict(body) for key, body in azure.arm.bodies.items()}
    assert (await applied(azure)).done
    assert azure.arm.writes() == [call("PUT", PORTAL_RULE)]
    assert azure.arm.bodies.keys() == before.keys()
    after = azure.arm.bodies[PORTAL_RULE.casefold()]
    assert after["tags"] == {"costCenter": "4711", **OWNER}
    untagged = {**after, "tags": before[PORTAL_RULE.casefold()]["tags"], "kind": ""}
    assert untagged == before[PORTAL_RULE.casefold()]


async def test_what_was_found_is_known_to_the_connector() -> None:
    plan = await applied(await deployed())
    assert plan.derived is not None
    assert (plan.derived.rule_id, plan.derived.endpoint_id) == (PORTAL_RULE, PORTAL_ENDPOINT)
    assert plan.refs["rule.immutableId"] == IMMUTABLE
    assert [step.action for step in plan.of(KindName.RULE)] == [Action.ADOPT]


async def test_a_second_walk_of_the_object_makes_no_list_that_the_first_one_needed() -> None:
    scene = Scene()
    scene.azure = await deployed()
    scene.restart()
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"
    assert "Adopted" in [event.reason for event in scene.told]
    scene.azure.arm.forget_calls()
    scene.restart()
    await scene.walk()
    assert scene.azure.arm.writes() == []
    lists = {path for verb, path in scene.azure.arm.calls if verb == "LIST"}
    assert lists == {CONNECTORS.casefold(), role_list(PORTAL_RULE)}


def role_list(rule: str) -> str:
    return f"{rule}/providers/microsoft.authorization/roleassignments".casefold()


async def test_all_that_was_adopted_is_recorded_so() -> None:
    scene = Scene()
    scene.azure = await deployed()
    scene.restart()
    await scene.run()
    origins = {r["kind"]: r.get("origin") for r in scene.held.status["resources"]}
    assert origins.pop("Application") == "Existing"
    assert set(origins.values()) == {"Adopted"}


async def test_an_object_whose_status_was_lost_finds_its_connector_again() -> None:
    scene = Scene()
    scene.azure = await deployed()
    scene.restart()
    await scene.run()
    scene.held = replace(scene.held, status={})
    scene.azure.arm.forget_calls()
    scene.restart()
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"
    assert scene.azure.arm.writes() == []


async def test_a_connector_of_ours_costs_no_list_of_rules() -> None:
    azure = Azure()
    await converged(azure)
    azure.arm.bodies[DATA_CONNECTOR.casefold()]["properties"]["dcrConfig"] = {}
    assert (await applied(azure)).done
    assert call("LIST", RULES) not in azure.arm.calls


async def test_a_new_connector_costs_no_list_of_rules() -> None:
    azure = Azure()
    await converged(azure)
    assert call("LIST", RULES) not in azure.arm.calls


GIVEN: Mapping[str, tuple[dict[str, Any], str]] = {
    "rule name": ({"rule": {"name": "mine"}}, "AcmePushDCR"),
    "rule group": ({"rule": {"resourceGroup": "soc"}}, "AcmePushDCR"),
    "endpoint name": ({"endpoint": {"create": {"name": "mine"}}}, "shared-dce"),
    "endpoint group": ({"endpoint": {"create": {"resourceGroup": "soc"}}}, "shared-dce"),
    "endpoint of others": ({"endpoint": {"existing": {"resourceId": ENDPOINT}}}, "shared-dce"),
    "data connector": ({"dataConnectors": [{"name": "mine"}]}, PORTAL_PUSH.rpartition("/")[2]),
}


@pytest.mark.parametrize(("given", "there"), GIVEN.values(), ids=GIVEN.keys())
async def test_a_name_that_is_given_and_another_is_refused_with_both(
    given: dict[str, Any], there: str
) -> None:
    azure = await deployed()
    with pytest.raises(Stalled, match=there) as caught:
        await applied(azure, derived(**given))
    assert caught.value.reason is Reason.OTHER_NAME
    assert azure.arm.writes() == []


SAME: Mapping[str, dict[str, Any]] = {
    "rule": {"rule": {"name": "acmepushdcr"}},
    "rule and group": {"rule": {"name": "AcmePushDCR", "resourceGroup": "NET"}},
    "endpoint": {"endpoint": {"create": {"name": "shared-dce", "resourceGroup": "net"}}},
    "endpoint of others": {"endpoint": {"existing": {"resourceId": PORTAL_ENDPOINT}}},
    "data connector": {"dataConnectors": [{"name": PORTAL_PUSH.rpartition("/")[2]}]},
}


@pytest.mark.parametrize("given", SAME.values(), ids=SAME.keys())
async def test_a_name_that_is_given_and_the_same_is_no_hindrance(given: dict[str, Any]) -> None:
    azure = await deployed()
    assert (await applied(azure, derived(**given))).done
    assert azure.arm.writes() == [call("PUT", PORTAL_RULE)]


async def test_a_data_connector_that_only_an_older_version_lists_is_not_made_again() -> None:
    azure = await deployed()
    theirs = azure.arm.bodies.pop(PORTAL_PUSH.casefold())
    azure.arm.in_older_versions[PORTAL_PUSH.casefold()] = theirs
    plan = await walk(derived(), azure.ports)
    (step,) = plan.of(KindName.DATA_CONNECTOR)
    assert (step.resource.id, step.action) == (PORTAL_PUSH, Action.NONE)


async def test_a_named_data_connector_that_only_an_older_version_shows_is_found() -> None:
    azure = await deployed()
    theirs = azure.arm.bodies.pop(PORTAL_PUSH.casefold())
    azure.arm.in_older_versions[PORTAL_PUSH.casefold()] = theirs
    name = PORTAL_PUSH.rpartition("/")[2]
    plan = await walk(derived(dataConnectors=[{"name": name}]), azure.ports)
    assert [step.action for step in plan.of(KindName.DATA_CONNECTOR)] == [Action.NONE]


async def test_a_data_connector_of_ours_that_is_renamed_is_no_strange_one() -> None:
    scene = Scene(connector(dataConnectors=[{"name": "one"}]))
    await scene.run()
    scene.change(dataConnectors=[{"name": "two"}])
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"
    there = {key for key in scene.azure.arm.bodies if "/dataconnectors/" in key}
    assert there == {f"{CONNECTORS}/two".casefold()}


async def test_a_data_connector_whose_rule_is_gone_leads_nowhere() -> None:
    azure = await deployed()
    del azure.arm.bodies[PORTAL_RULE.casefold()]
    assert (await applied(azure)).done
    assert RULE.casefold() in azure.arm.bodies
    assert azure.arm.bodies[PORTAL_PUSH.casefold()]["properties"]["dcrConfig"][
        "dataCollectionRuleImmutableId"
    ] == ("dcr-acme")


async def test_half_a_deployment_is_taken_over_and_completed() -> None:
    """The portal made rule and endpoint, and then no data connector (FIELD 1)."""
    azure = await deployed()
    del azure.arm.bodies[PORTAL_PUSH.casefold()]
    spec: dict[str, Any] = {"rule": {"name": "AcmePushDCR", "resourceGroup": "net"}}
    assert (await applied(azure, derived(**spec))).done
    assert set(azure.arm.writes()) == {call("PUT", PORTAL_RULE), call("PUT", DATA_CONNECTOR)}
    assert ENDPOINT.casefold() not in azure.arm.bodies


async def test_an_endpoint_that_is_none_is_not_followed() -> None:
    azure = await deployed()
    azure.arm.bodies[PORTAL_RULE.casefold()]["properties"]["dataCollectionEndpointId"] = "none"
    assert (await applied(azure)).done
    assert ENDPOINT.casefold() in azure.arm.bodies


async def test_an_endpoint_that_drifted_is_put_back_where_it_was() -> None:
    """Not taken for a name that the spec leaves out: the object knows its own."""
    scene = Scene()
    await scene.run()
    rule = scene.azure.arm.bodies[RULE.casefold()]["properties"]
    rule["dataCollectionEndpointId"] = PORTAL_ENDPOINT
    await scene.walk()
    rule = scene.azure.arm.bodies[RULE.casefold()]["properties"]
    assert rule["dataCollectionEndpointId"] == ENDPOINT


async def test_another_endpoint_in_the_spec_of_an_adopted_connector_is_a_change() -> None:
    scene = Scene()
    scene.azure = await deployed()
    scene.restart()
    await scene.run()
    scene.held = replace(scene.held, status={})
    scene.change(endpoint={"create": {"name": "mine"}})
    scene.restart()
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"


async def test_a_rule_that_cannot_be_read_is_not_looked_for() -> None:
    azure = await deployed()
    azure.arm.fail("GET", RULE, LOST)
    plan = await walk(derived(), azure.ports)
    assert told(plan) is LOST
    assert call("LIST", RULES) not in azure.arm.calls


async def test_a_list_that_fails_ends_the_walk() -> None:
    azure = await deployed()
    azure.arm.fail("LIST", RULES, LOST)
    with pytest.raises(type(LOST)):
        await applied(azure)
    assert azure.arm.writes() == []


async def test_the_workspace_s_fault_is_told_before_that_of_a_list() -> None:
    azure = await deployed()
    azure.arm.fail("LIST", RULES, LOST)
    azure.inventory.fault = Stalled(Reason.WORKSPACE_NOT_FOUND, "No such workspace.")
    with pytest.raises(Stalled):
        await applied(azure)


NEVER: dict[str, Any] = {"policy": {"adoption": "Never"}}


async def test_with_never_what_was_there_is_left_alone_and_its_differences_are_told() -> None:
    azure = await deployed()
    begun = Begun(azure)
    plan = await walk(derived(**NEVER), azure.ports, begin=begun)
    assert (begun.plans, azure.arm.writes()) == ([], [])
    reasons = {step.resource.kind: step.fault.reason for step in plan.steps if step.fault}
    assert reasons == dict.fromkeys(
        (KindName.RULE, KindName.DEFINITION, KindName.METADATA, KindName.DATA_CONNECTOR),
        Reason.NOT_OURS,
    )
    (rule,) = plan.of(KindName.RULE)
    assert rule.fault is not None
    assert "It differs in /tags/contoso-connector-owner." in rule.fault.message


async def test_with_never_nothing_is_made_beside_what_was_there() -> None:
    """Only the card is there: the rule would be new, and is not made either."""
    azure = await deployed()
    for gone in (PORTAL_PUSH, PORTAL_RULE, METADATA):
        del azure.arm.bodies[gone.casefold()]
    plan = await applied(azure, derived(**NEVER))
    assert told(plan).reason is Reason.NOT_OURS
    assert azure.arm.writes() == []


async def test_with_never_what_was_refused_is_not_ours_and_is_not_deleted() -> None:
    policy = {"adoption": "Never", "deletion": {"adopted": "Delete"}}
    scene = Scene(connector(policy=policy))
    scene.azure = await deployed()
    scene.restart()
    await scene.run()
    await scene.walk()
    assert scene.says("Stalled") == "True/NotOurs"
    origins = {r["kind"]: r.get("origin") for r in scene.held.status["resources"]}
    kinds = ("Rule", "Definition", "Metadata", "DataConnector")
    assert [origins[kind] for kind in kinds] == ["Existing"] * 4
    await scene.delete()
    assert DEFINITION.casefold() in scene.azure.arm.bodies


async def test_with_never_a_connector_of_our_own_is_kept_as_declared() -> None:
    scene = Scene(connector(**NEVER))
    await scene.run()
    del scene.azure.arm.bodies[RULE.casefold()]["tags"]
    scene.azure.arm.bodies[DEFINITION.casefold()]["properties"] = {}
    await scene.walk()
    assert scene.says("Ready") == "True/Provisioned"
    del scene.azure.arm.bodies[RULE.casefold()]
    await scene.walk()
    assert scene.says("Ready") == "True/Provisioned"


async def test_a_card_of_the_gallery_is_taken_over_while_there_is_no_rule() -> None:
    azure = await deployed()
    for gone in (PORTAL_PUSH, PORTAL_RULE):
        del azure.arm.bodies[gone.casefold()]
    plan = await applied(azure)
    assert plan.done
    assert [step.action for step in plan.of(KindName.DEFINITION)] == [Action.ADOPT]


async def test_what_was_adopted_stays_ours_when_its_rule_is_deleted() -> None:
    scene = Scene()
    scene.azure = await deployed()
    scene.restart()
    await scene.run()
    del scene.azure.arm.bodies[PORTAL_RULE.casefold()]
    await scene.walk()
    assert scene.says("Ready") == "True/Provisioned"
    assert PORTAL_RULE.casefold() in scene.azure.arm.bodies
    assert "RuleReplaced" not in [event.reason for event in scene.told]


async def test_a_hint_for_another_name_is_not_followed() -> None:
    azure = Azure()
    hints = {KindName.RULE: PORTAL_RULE, KindName.ENDPOINT: PORTAL_ENDPOINT}
    leave = Leave(standing=Standing(adopted=hints))
    wanted = derived(rule={"name": "mine"}, endpoint={"create": {"name": "mine"}})
    plan = await walk(wanted, azure.ports, leave=leave)
    assert plan.derived is wanted
