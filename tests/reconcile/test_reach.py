"""How far a connector may reach: the scopes of its namespace, asked before every call to Azure."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from controller.config import EVERYWHERE, Grant
from controller.model import arm_ids
from controller.model.connector import FINALIZER, TAKE_OVER
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import KindName
from controller.reconcile.adoption import resources
from controller.reconcile.deletion import used_by
from controller.reconcile.observe import Ports
from controller.reconcile.reach import Reach, Reaches, granted, within
from controller.reconcile.rivals import Neighbours, named
from tests.reconcile.deleting import IDS, filled, record
from tests.reconcile.fakes import NOW, Azure, call
from tests.reconcile.portal import PORTAL_RULE, deployed
from tests.reconcile.samples import (
    ENDPOINT,
    GROUP,
    RULE,
    SUBSCRIPTION,
    TABLE,
    WORKSPACE,
    connector,
    derived,
)
from tests.reconcile.scene import Scene, ready

WHOLE = f"/subscriptions/{SUBSCRIPTION}"
ELSEWHERE = f"{WHOLE}/resourceGroups/elsewhere"
FOREIGN = f"{ELSEWHERE}/providers/Microsoft.Insights/dataCollectionEndpoints/theirs"
SETTING = "CONTOSO_NAMESPACES"
LISTED_RULES = f"{WHOLE}/providers/Microsoft.Insights/dataCollectionRules"


def reaching(*scopes: str) -> Reaches:
    """Every namespace is granted these."""
    return lambda namespace: granted(namespace, Grant(scopes))


def confined(scene: Scene, *scopes: str) -> Scene:
    """The administrator grants no more than these from now on."""
    scene.reconcile = replace(scene.operator(), reaches=reaching(*scopes))
    return scene


@pytest.mark.parametrize(
    ("scope", "resource_id", "allowed"),
    [
        (EVERYWHERE, RULE, True),
        (WHOLE, RULE, True),
        (GROUP, RULE, True),
        (GROUP.upper(), RULE, True),
        (GROUP, RULE.lower(), True),
        (GROUP, GROUP, True),
        (ELSEWHERE, RULE, False),
        (f"{GROUP}2", RULE, False),
        (GROUP, f"{GROUP}2/providers/x/y/z", False),
        (f"/subscriptions/{SUBSCRIPTION[:-1]}0", RULE, False),
        (EVERYWHERE, f"{GROUP}/../elsewhere/providers/x/y/z", False),
        (GROUP, f"{GROUP}/../elsewhere/providers/x/y/z", False),
        (GROUP, f"{GROUP}/providers/x/y/..", False),
        (GROUP, f"{GROUP}/providers/x/y/a%2f..%2f..", False),
        (GROUP, f"{GROUP}/providers/x/y/a\\..", False),
        (GROUP, f"{GROUP}//providers/x/y/z", False),
        (GROUP, f"{GROUP}/providers/x/y/z?a=b", False),
        (GROUP, GROUP.replace("s", "\u017f"), False),
    ],
)
def test_a_scope_allows_itself_and_what_lies_below_it(
    scope: str, resource_id: str, allowed: bool
) -> None:
    assert Reach("soc", (scope,)).allows(resource_id) is allowed


OUTSIDE: Mapping[str, tuple[dict[str, Any], str]] = {
    "rule": ({"rule": {"resourceGroup": "elsewhere"}}, "spec.rule.resourceGroup: "),
    "new endpoint": (
        {"endpoint": {"create": {"resourceGroup": "elsewhere"}}},
        "spec.endpoint.create.resourceGroup: ",
    ),
    "existing endpoint": (
        {"endpoint": {"existing": {"resourceId": FOREIGN}}},
        "spec.endpoint.existing.resourceId: ",
    ),
}


@pytest.mark.parametrize(("spec", "field"), OUTSIDE.values(), ids=OUTSIDE.keys())
def test_what_is_named_outside_is_refused_with_its_field(spec: dict[str, Any], field: str) -> None:
    with pytest.raises(Stalled) as caught:
        Reach("soc", (GROUP,)).check(derived(**spec))
    assert caught.value.reason is Reason.NOT_ALLOWED
    assert caught.value.message.startswith(field)
    assert ELSEWHERE in caught.value.message


async def test_an_object_outside_is_stalled_by_a_sentence_and_without_a_call() -> None:
    scene = confined(Scene(), ELSEWHERE)
    await scene.run()
    assert scene.azure.arm.calls == []
    assert scene.says("Stalled") == "True/NotAllowed"
    said = scene.message("Stalled")
    assert said.startswith(f"spec.workspace: {WORKSPACE} is outside of what namespace default may")
    assert ELSEWHERE in said
    assert SETTING in said


async def test_a_namespace_that_is_not_served_may_touch_nothing() -> None:
    scene = Scene()
    scene.reconcile = replace(scene.operator(), reaches=lambda namespace: granted(namespace, None))
    await scene.run()
    assert scene.azure.arm.calls == []
    assert "(nothing)" in scene.message("Stalled")


@pytest.mark.parametrize("scope", [EVERYWHERE, WHOLE, GROUP])
async def test_an_object_inside_becomes_ready_and_goes_again(scope: str) -> None:
    scene = confined(Scene(), scope)
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"
    assert (await scene.delete()).release
    assert set(scene.azure.arm.bodies) == {TABLE.casefold()}


async def test_a_scope_that_grows_lets_the_object_go_on() -> None:
    scene = confined(Scene(), ELSEWHERE)
    await scene.run()
    confined(scene, WHOLE)
    await scene.run()
    assert (scene.says("Ready"), scene.says("Stalled")) == ("True/Provisioned", "-")


async def test_a_scope_that_shrinks_stops_the_object_without_a_call() -> None:
    scene = await ready()
    confined(scene, ELSEWHERE)
    await scene.walk()
    assert scene.azure.arm.calls == []
    assert scene.says("Ready") == "False/NotAllowed"


async def test_a_connector_that_the_chain_finds_outside_is_not_taken_over() -> None:
    scene = Scene()
    scene.azure = await deployed()
    confined(scene, GROUP)
    await scene.run()
    assert scene.azure.arm.writes() == []
    assert scene.says("Stalled") == "True/NotAllowed"
    assert scene.message("Stalled").startswith(f"spec.rule.resourceGroup: {PORTAL_RULE} is outside")


async def test_a_rule_outside_is_not_taken_over_by_annotation() -> None:
    spec: dict[str, Any] = {"rule": {"name": "AcmePushDCR", "resourceGroup": "net"}}
    scene = Scene(connector(annotations={TAKE_OVER: PORTAL_RULE}, **spec))
    scene.azure = await deployed()
    confined(scene, GROUP)
    await scene.run()
    assert scene.azure.arm.calls == []
    assert scene.says("Stalled") == "True/NotAllowed"


async def test_a_status_that_says_a_rule_outside_was_taken_over_is_not_believed() -> None:
    scene = Scene(connector(status={"resources": [_forged("Rule", PORTAL_RULE, "Adopted")]}))
    confined(scene, GROUP)
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"
    assert call("GET", PORTAL_RULE) not in scene.azure.arm.calls
    assert call("PUT", RULE) in scene.azure.arm.writes()


def _forged(kind: str, resource_id: str, origin: str = "Created") -> dict[str, str]:
    name = resource_id.rpartition("/")[2]
    return {"kind": kind, "name": name, "id": resource_id, "state": "InSync", "origin": origin}


async def _deleted(scene: Scene, forged: dict[str, str]) -> Scene:
    """The object goes with that record in its status."""
    scene.held = replace(scene.held, status={"resources": [forged]}, finalizers=(FINALIZER,))
    await scene.delete()
    return scene


async def test_a_forged_status_deletes_nothing_outside() -> None:
    scene = confined(Scene(), GROUP)
    scene.azure.arm.store(PORTAL_RULE, {"properties": {}})
    await _deleted(scene, _forged("Rule", PORTAL_RULE))
    assert scene.azure.arm.calls == []
    assert scene.says("Stalled") == "True/DeletionBlocked"
    assert PORTAL_RULE in scene.message("Stalled")
    assert "on-delete=Orphan" in scene.message("Stalled")


STRANGE: Mapping[str, dict[str, str]] = {
    "a whole workspace": _forged("Table", WORKSPACE),
    "a virtual machine": _forged("Rule", f"{GROUP}/providers/Microsoft.Compute/virtualMachines/x"),
    "a rule as a table": _forged("Table", RULE),
    "a resource group": _forged("Endpoint", GROUP),
    "a way out": _forged("Rule", f"{GROUP}/../elsewhere/providers/Microsoft.Insights/x/y"),
    "another workspace's table": _forged("Table", TABLE.replace("/ws/", "/theirs/")),
    "no id": _forged("Rule", ""),
}


@pytest.mark.parametrize("forged", STRANGE.values(), ids=STRANGE.keys())
async def test_a_forged_status_deletes_only_what_such_an_object_can_have(
    forged: dict[str, str],
) -> None:
    everything: dict[str, Any] = {"policy": {"deletion": {"tables": "Delete", "adopted": "Delete"}}}
    scene = await _deleted(Scene(connector(**everything)), forged)
    assert scene.azure.arm.calls == []


async def test_a_table_is_counted_by_its_id_and_not_by_what_a_record_calls_it() -> None:
    scene = Scene(connector(policy={"deletion": {"tables": "Delete"}}))
    scene.azure = filled()
    scene.restart()
    await _deleted(scene, {**record("Table"), "name": "Empty_CL"})
    (asked,) = [kql for kql in scene.azure.logs.asked if "count()" in kql]
    assert asked.startswith("Logins_CL ")


async def test_what_an_object_names_outside_its_own_reach_holds_nobody_back() -> None:
    """Of another namespace, and older: it neither takes the rule nor keeps it from going."""
    stranger = replace(connector("stranger", created="2026-01-01T00:00:00Z"), namespace="b")
    stranger = replace(stranger, spec={**stranger.spec, "rule": {"name": "acme"}})

    def reaches(namespace: str) -> Reach:
        return Reach(namespace, (ELSEWHERE if namespace == "b" else GROUP,))

    me = connector()
    neighbours = Neighbours(me, [stranger], "demo", NOW, reaches=reaches)
    assert neighbours.rival(named(me)) is None
    assert used_by([stranger], reaches) == frozenset()
    assert RULE.casefold() in used_by([stranger])


def _confined_ports() -> tuple[Azure, Ports]:
    azure = Azure()
    return azure, within(azure.ports, Reach("soc", (GROUP,)))


ACTS: Mapping[str, Callable[[Ports], Awaitable[object]]] = {
    "get": lambda ports: ports.arm.get(FOREIGN),
    "put": lambda ports: ports.arm.put(FOREIGN, {}),
    "patch": lambda ports: ports.arm.patch(FOREIGN, {}),
    "delete": lambda ports: ports.arm.delete(FOREIGN),
    "list": lambda ports: ports.arm.list(f"/subscriptions/{'0' * 8}/providers/x/y"),
    "workspace": lambda ports: ports.inventory.workspace(SUBSCRIPTION, "elsewhere", "ws"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
async def test_no_act_passes_the_closed_ports(act: Callable[[Ports], Awaitable[object]]) -> None:
    azure, ports = _confined_ports()
    with pytest.raises(Stalled) as caught:
        await act(ports)
    assert caught.value.reason is Reason.NOT_ALLOWED
    assert azure.arm.calls == []


async def test_a_list_of_the_subscription_is_open_to_who_has_a_group_of_it() -> None:
    """Only it tells whether an endpoint is still used, and where a rule went."""
    azure, ports = _confined_ports()
    await ports.arm.list(LISTED_RULES)
    assert azure.arm.calls == [call("LIST", LISTED_RULES)]


async def test_closed_ports_pass_on_what_lies_inside() -> None:
    azure, ports = _confined_ports()
    await ports.arm.put(ENDPOINT, {"properties": {}})
    assert await ports.arm.get(ENDPOINT) is not None
    await ports.arm.patch(ENDPOINT, {"properties": {"schema": {"columns": []}}})
    await ports.arm.delete(ENDPOINT)
    assert [verb for verb, _ in azure.arm.calls] == ["PUT", "GET", "PATCH", "DELETE"]
    assert (await ports.inventory.workspace(SUBSCRIPTION, "soc", "ws")).id == WORKSPACE


def test_every_resource_of_a_connector_is_known_by_the_shape_of_its_id() -> None:
    wanted = [found for found in resources(derived()) if found.id]
    assert len(wanted) == len(IDS)
    assert all(arm_ids.is_of(found.kind, found.id) for found in wanted)
    assert all(arm_ids.is_of(KindName(kind), resource_id) for kind, resource_id in IDS.items())
