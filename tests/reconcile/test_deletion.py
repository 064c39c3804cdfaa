"""What deletion takes and what it leaves: policy, origin, what others use."""

from dataclasses import replace
from typing import Any

import pytest

from controller.reconcile.deletion import used_by
from tests.reconcile.deleting import (
    DENIED,
    EMPTY,
    GONE,
    IDS,
    doomed,
    filled,
    left,
    object_with,
    record,
    run,
    stopped,
)
from tests.reconcile.fakes import Azure
from tests.reconcile.samples import (
    DEFINITION,
    ENDPOINT,
    GROUP,
    RULE,
    SUBSCRIPTION,
    connector,
)


@pytest.mark.parametrize(
    ("origin", "fate", "goes"),
    [
        ("Created", {"created": "Delete"}, True),
        ("Created", {"created": "Retain"}, False),
        ("Created", {"created": "Retain", "adopted": "Delete"}, False),
        ("Adopted", {"adopted": "Delete", "created": "Retain"}, True),
        ("Adopted", {"adopted": "Retain"}, False),
        ("", {"adopted": "Retain"}, False),
        ("", {"adopted": "Delete"}, True),
        ("Existing", {"adopted": "Delete", "created": "Delete"}, False),
    ],
)
def test_each_origin_has_its_fate(origin: str, fate: dict[str, Any], *, goes: bool) -> None:
    """An unknown origin counts as adopted."""
    assert doomed(object_with(record("Rule", origin), **fate)) == (["Rule"] if goes else [])


@pytest.mark.parametrize(
    ("origin", "fate", "goes"),
    [
        ("Created", {}, False),
        ("Created", {"tables": "Delete"}, True),
        ("Created", {"tables": "Delete", "created": "Retain"}, True),
        ("Adopted", {"tables": "Delete"}, False),
        ("Adopted", {"tables": "Delete", "adopted": "Delete"}, True),
        ("Adopted", {"adopted": "Delete"}, False),
    ],
)
def test_tables_have_a_fate_of_their_own(origin: str, fate: dict[str, Any], *, goes: bool) -> None:
    assert doomed(object_with(record("Table", origin), **fate)) == (["Table"] if goes else [])


def test_deletion_goes_in_reverse_order_of_the_needs() -> None:
    everything = object_with(*(record(kind) for kind in IDS), tables="Delete")
    assert doomed(everything) == [
        "DataConnector",
        "Metadata",
        "Definition",
        "RoleAssignment",
        "Rule",
        "Endpoint",
        "Table",
    ]


def test_what_another_object_uses_stays() -> None:
    mine = object_with(record("Rule"), record("Definition"))
    theirs = connector("theirs", status={"resources": [{**record("Rule"), "id": RULE.upper()}]})
    assert doomed(mine, theirs) == ["Definition"]


def test_what_another_object_names_stays_though_it_has_not_got_there_yet() -> None:
    mine = object_with(record("Rule"), record("Definition"), record("Table"), tables="Delete")
    theirs = connector("theirs", rule={"name": "acme"})
    assert doomed(mine, theirs) == ["Definition"]


def test_what_is_not_in_arm_does_not_go() -> None:
    application = {"kind": "Application", "name": "app", "origin": "Created"}
    nameless = {"kind": "Rule", "name": "acme", "origin": "Created"}
    assert doomed(object_with(application, nameless)) == []


def test_an_inherited_role_stays_whatever_the_policy() -> None:
    """It gives the application its right on other rules too."""
    above = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/a"
    inherited = {**record("RoleAssignment", "Adopted"), "id": above}
    assert doomed(object_with(inherited, adopted="Delete")) == []
    assert doomed(object_with(record("RoleAssignment", "Adopted"), adopted="Delete")) != []


async def test_all_that_is_ours_goes_one_after_the_other() -> None:
    azure = filled()
    azure.arm.bodies[RULE.casefold()]["properties"]["dataCollectionEndpointId"] = ENDPOINT
    progress = await run(azure, object_with(*(record(kind) for kind in IDS)))
    assert progress.fault is None
    assert [gone["kind"] for gone in progress.gone][-2:] == ["Rule", "Endpoint"]
    assert left(azure) == {"Table"}
    assert all(len(calls) == 1 for calls in azure.arm.together)


async def test_a_write_after_a_deletion_reads_again() -> None:
    azure = filled()
    await run(azure, object_with(record("Rule")))
    assert azure.ports.gate.version(RULE) == 1


async def test_what_is_gone_already_is_no_fault() -> None:
    progress = await run(Azure(), object_with(*(record(k) for k in IDS), tables="Delete"))
    assert progress.fault is None
    assert len(progress.gone) == len(IDS)


async def test_a_fault_stops_it_and_what_is_gone_by_then_is_told() -> None:
    azure = filled()
    azure.arm.fail("DELETE", DEFINITION, DENIED)
    progress = await run(azure, object_with(*(record(kind) for kind in IDS)))
    assert stopped(progress) is DENIED
    assert [gone["kind"] for gone in progress.gone] == ["DataConnector", "Metadata"]


@pytest.mark.parametrize("verb", ["DELETE", "GET"])
async def test_a_workspace_that_is_gone_took_everything_along(verb: str) -> None:
    azure = filled()
    for resource_id in IDS.values():
        azure.arm.fail(verb, resource_id, GONE)
    azure.inventory.fault = GONE
    azure.logs.replies["Logins_CL"] = EMPTY
    everything = object_with(*(record(kind) for kind in IDS), tables="Delete")
    assert (await run(azure, everything)).fault is None


ENDPOINT_ALONE = object_with(record("Endpoint"))


async def test_an_endpoint_that_nobody_uses_goes() -> None:
    azure = filled()
    azure.arm.store(RULE, {"properties": {"dataCollectionEndpointId": None}})
    await run(azure, ENDPOINT_ALONE)
    assert "Endpoint" not in left(azure)


async def test_the_last_connector_that_leaves_an_endpoint_deletes_it() -> None:
    """It found the endpoint that another object of this installation had made."""
    azure = filled()
    await run(azure, object_with(record("Endpoint", "Adopted")))
    assert "Endpoint" not in left(azure)


@pytest.mark.parametrize("tags", [None, {}, {"contoso-connector-created-by": "other"}])
async def test_an_endpoint_of_others_stays(tags: dict[str, str] | None) -> None:
    azure = filled()
    azure.arm.store(ENDPOINT, {"tags": tags, "properties": {}})
    progress = await run(azure, object_with(record("Endpoint"), adopted="Delete"))
    assert (progress.gone, progress.fault) == ((), None)
    assert "Endpoint" in left(azure)


async def test_the_tag_of_an_endpoint_may_be_recased() -> None:
    azure = filled()
    azure.arm.store(ENDPOINT, {"tags": {"Contoso-Connector-Created-By": "demo"}})
    await run(azure, ENDPOINT_ALONE)
    assert "Endpoint" not in left(azure)


async def test_an_endpoint_that_a_rule_of_the_subscription_names_stays() -> None:
    azure = filled()
    elsewhere = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/x/providers/Microsoft.Insights"
    names = {"properties": {"dataCollectionEndpointId": ENDPOINT.upper()}}
    azure.arm.store(f"{elsewhere}/dataCollectionRules/theirs", names)
    await run(azure, ENDPOINT_ALONE)
    assert "Endpoint" in left(azure)


async def test_an_endpoint_with_an_association_stays() -> None:
    azure = filled()
    azure.arm.store(f"{ENDPOINT}/associations/machine", {"properties": {}})
    await run(azure, ENDPOINT_ALONE)
    assert "Endpoint" in left(azure)


def test_an_object_that_is_deleted_too_holds_nothing_back() -> None:
    mine, theirs = object_with(record("Rule")), connector("theirs", rule={"name": "acme"})
    assert RULE.casefold() in used_by([theirs])
    assert used_by([replace(theirs, deleting=True)]) == set()
    assert doomed(mine, replace(theirs, deleting=True)) == ["Rule"]


async def test_a_rule_that_cannot_be_read_holds_up_what_its_claim_speaks_for() -> None:
    """Whose it is by now is not known."""
    azure = filled()
    azure.arm.fail("GET", RULE, DENIED)
    progress = await run(azure, object_with(record("Rule"), record("Definition")))
    assert stopped(progress) is DENIED
    assert {"Rule", "Definition"} <= left(azure)
