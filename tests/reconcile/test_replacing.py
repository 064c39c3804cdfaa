"""What Azure does not change: refused with its price, or replaced where the policy allows it."""

from dataclasses import replace
from typing import Any

import pytest

from controller.model.resource import KindName
from controller.reconcile.plan import Action
from controller.reconcile.walk import walk
from tests.reconcile.fakes import Azure, call
from tests.reconcile.samples import (
    APP,
    DATA_CONNECTOR,
    ENDPOINT,
    PRINCIPAL,
    RULE,
    TABLE,
    connector,
    derived,
)
from tests.reconcile.scene import Scene, ready
from tests.reconcile.walking import LOST, ROLE, applied, converged, told

DIRECT: dict[str, Any] = {"rule": {"kind": "Direct"}, "endpoint": {"create": {}}}
ALLOWED: dict[str, Any] = {"policy": {"allowReplace": ["Rule"]}}
INT = [{"name": "Logins_CL", "columns": [{"name": "User", "type": "int"}]}]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (DIRECT, "Rule acme: kind is not set in Azure and Direct here"),
        ({"tables": INT}, "Table Logins_CL: column User is string in Azure and int"),
    ],
)
async def test_an_edit_that_azure_would_refuse_writes_nothing_and_says_its_price(
    spec: dict[str, Any], said: str
) -> None:
    """Nothing at all, though a new column or card in the same edit could be written."""
    scene = await ready()
    scene.change(**spec, definition={"ui": {"title": "New"}})
    await scene.run()
    assert scene.says("Stalled") == "True/Immutable"
    assert said in scene.message("Stalled")
    assert scene.azure.arm.writes() == []


async def test_a_rule_that_was_moved_says_what_a_new_one_costs() -> None:
    scene = await ready()
    scene.azure.arm.bodies[RULE.casefold()]["location"] = "westeurope"
    await scene.walk()
    assert "location is westeurope in Azure and francecentral here" in scene.message("Stalled")
    assert "every sender fails until it has learnt it" in scene.message("Stalled")


async def test_an_endpoint_that_was_moved_says_what_a_new_one_costs() -> None:
    scene = await ready()
    scene.azure.arm.bodies[ENDPOINT.casefold()]["location"] = "westeurope"
    scene.change(**ALLOWED)
    await scene.run()
    assert scene.says("Stalled") == "True/Immutable"
    assert "a new address, which every sender must learn" in scene.message("Stalled")


async def replaced() -> Scene:
    """A rule that becomes Direct where that is allowed; Azure takes its roles along."""
    scene = await ready(connector(**ALLOWED))
    scene.azure.arm.bodies[RULE.casefold()]["tags"]["costCenter"] = "4711"
    scene.azure.arm.takes_along = ROLE
    scene.azure.arm.immutable_ids[RULE.casefold()] = "dcr-new"
    scene.change(**DIRECT)
    await scene.run()
    return scene


async def test_an_allowed_replacement_makes_the_rule_anew_and_all_that_shows_it_follows() -> None:
    scene = await replaced()
    assert scene.says("Ready") == "True/Provisioned"
    writes = scene.azure.arm.writes()
    assert writes[:2] == [call("DELETE", RULE), call("PUT", RULE)]
    assert call("PUT", ROLE) in writes
    config = scene.azure.arm.bodies[DATA_CONNECTOR.casefold()]["properties"]["dcrConfig"]
    assert config["dataCollectionRuleImmutableId"] == "dcr-new"
    rule = scene.azure.arm.bodies[RULE.casefold()]
    assert rule["kind"] == "Direct"
    assert rule["tags"] == {"costCenter": "4711", "contoso-connector-owner": "demo/default/acme"}


async def test_the_event_of_a_replacement_names_both_immutable_ids() -> None:
    scene = await replaced()
    (event,) = [event for event in scene.told if event.reason == "RuleReplaced"]
    assert "was dcr-acme and is dcr-new" in event.message
    scene.told.clear()
    await scene.walk()
    assert scene.told == []


async def test_the_plan_shows_the_replacement_and_what_follows_from_it() -> None:
    azure = Azure()
    await converged(azure)
    azure.arm.bodies[RULE.casefold()]["location"] = "westeurope"
    plan = await walk(derived(**ALLOWED), azure.ports)
    actions = {step.resource.kind: step.action for step in plan.steps}
    assert actions[KindName.RULE] is Action.REPLACE
    assert actions[KindName.ROLE_ASSIGNMENT] is Action.CREATE
    assert actions[KindName.DATA_CONNECTOR] is Action.UPDATE
    assert actions[KindName.TABLE] is Action.NONE


async def test_a_replacement_that_breaks_off_is_completed_by_the_next_walk() -> None:
    azure = Azure()
    await converged(azure)
    azure.arm.bodies[RULE.casefold()]["location"] = "westeurope"
    azure.arm.fail("PUT", RULE, LOST)
    assert told(await applied(azure, derived(**ALLOWED))) is LOST
    assert RULE.casefold() not in azure.arm.bodies
    assert (await applied(azure, derived(**ALLOWED))).done


async def test_a_rule_of_others_is_never_replaced() -> None:
    azure = Azure()
    await converged(azure)
    rule = azure.arm.bodies[RULE.casefold()]
    azure.arm.bodies[RULE.casefold()] = {**rule, "tags": {}, "location": "westeurope"}
    plan = await applied(azure, derived(**ALLOWED))
    assert told(plan).reason == "Immutable"
    assert azure.arm.writes() == []


async def test_another_principal_gets_another_role_and_the_old_one_goes() -> None:
    scene = await ready()
    other = PRINCIPAL[:-1] + "c"
    scene.change(application={"existing": {"appId": APP, "servicePrincipalId": other}})
    await scene.run()
    roles = [body for key, body in scene.azure.arm.bodies.items() if "/roleassignments/" in key]
    assert [role["properties"]["principalId"] for role in roles] == [other]
    assert "Deleted" in [event.reason for event in scene.told]


async def test_a_renamed_rule_goes_once_its_successor_works() -> None:
    scene = await ready()
    scene.change(rule={"name": "new"})
    scene.azure.arm.fail("PUT", DATA_CONNECTOR, LOST)
    await scene.run()
    assert RULE.casefold() in scene.azure.arm.bodies
    await scene.walk()
    assert scene.says("Ready") == "True/Provisioned"
    assert RULE.casefold() not in scene.azure.arm.bodies
    assert RULE not in [record.get("id") for record in scene.held.status["resources"]]


RETAIN: dict[str, Any] = {"policy": {"deletion": {"created": "Retain"}}}


async def test_what_is_retained_stays_listed_and_costs_nothing() -> None:
    scene = await ready(connector(**RETAIN))
    scene.change(rule={"name": "new"})
    await scene.run()
    scene.azure.arm.forget_calls()
    await scene.walk()
    states = {r["name"]: r["state"] for r in scene.held.status["resources"] if r["kind"] == "Rule"}
    assert states == {"new": "InSync", "acme": "Orphaned"}
    assert RULE.casefold() in scene.azure.arm.bodies
    assert not [path for verb, path in scene.azure.arm.calls if path == RULE.casefold()]


TWO = [
    {"name": "Logins_CL", "columns": [{"name": "User", "type": "string"}]},
    {"name": "More_CL", "columns": [{"name": "User", "type": "string"}]},
]
FLOWS = [{"stream": "Custom-More", "table": "More_CL"}]
DELETING: dict[str, Any] = {"policy": {"deletion": {"tables": "Delete"}}}


async def test_a_table_that_left_the_spec_is_protected_as_in_a_deletion() -> None:
    """It holds up nothing: the connector is Ready, the record says why it is still there."""
    scene = await ready(connector(tables=TWO, **DELETING))
    scene.change(tables=TWO[1:])
    await scene.walk()
    assert scene.says("Ready") == "True/Provisioned"
    (record,) = [r for r in scene.held.status["resources"] if r["name"] == "Logins_CL"]
    assert record["state"] == "Orphaned"
    assert "could not be counted" in record["message"]
    assert TABLE.casefold() in scene.azure.arm.bodies


async def test_an_orphan_that_another_owner_has_taken_is_forgotten_and_stays() -> None:
    scene = await ready()
    scene.azure.arm.bodies[RULE.casefold()]["tags"] = {"contoso-connector-owner": "far/soc/theirs"}
    scene.change(rule={"name": "new"})
    await scene.run()
    assert RULE.casefold() in scene.azure.arm.bodies
    assert RULE not in [record.get("id") for record in scene.held.status["resources"]]


async def test_what_another_object_names_stays_when_it_leaves_the_spec() -> None:
    scene = await ready()
    scene.others = [connector("younger", created="2026-11-24T13:00:00Z", rule={"name": "acme"})]
    scene.change(rule={"name": "new"})
    await scene.run()
    assert RULE.casefold() in scene.azure.arm.bodies


async def test_an_endpoint_left_to_others_is_forgotten() -> None:
    scene = await ready()
    theirs = replace(connector("other"), uid="other")
    other = Scene(theirs)
    other.azure, other.clock = scene.azure, scene.clock
    other.restart()
    await other.run()
    scene.change(endpoint={"create": {"name": "mine"}})
    await scene.run()
    assert ENDPOINT.casefold() in scene.azure.arm.bodies
    assert ENDPOINT not in [record.get("id") for record in scene.held.status["resources"]]


async def test_an_object_that_only_looks_deletes_nothing_that_left_its_spec() -> None:
    scene = await ready()
    scene.change(policy={"apply": "Never"}, dataConnectors=[{"name": "acme"}])
    await scene.run()
    held = scene.held.status["resources"]
    extra = {"kind": "Rule", "name": "old", "id": f"{RULE}2", "origin": "Created"}
    scene.held = replace(scene.held, status={**scene.held.status, "resources": [*held, extra]})
    scene.azure.arm.forget_calls()
    await scene.walk()
    assert scene.azure.arm.writes() == []
